/** Cookies of one connection: Exchange keeps in them to which of its machines a mailbox belongs. */
export interface Cookies {
  /** For the `cookie` header; undefined: none. */
  readonly header: () => string | undefined;
  readonly keep: (headers: Headers) => void;
}

const maxCookies = 50;
const maxLength = 4096;

/** Names and values only: all requests of a connection go to one path of one host. */
export function cookies(): Cookies {
  const kept = new Map<string, string>();
  return {
    header: () =>
      kept.size === 0 ? undefined : [...kept].map(([name, value]) => `${name}=${value}`).join('; '),
    keep(headers) {
      for (const line of headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(';');
        const equals = pair.indexOf('=');
        const name = pair.slice(0, equals).trim();
        const value = pair.slice(equals + 1).trim();
        if (equals < 1 || line.length > maxLength) continue;
        kept.delete(name);
        const isGone = value === '' || attributes.some((each) => /^\s*max-age\s*=\s*(?:0|-)/i.test(each));
        if (!isGone && kept.size < maxCookies) kept.set(name, value);
      }
    },
  };
}
