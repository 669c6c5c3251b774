/** Cookies of one connection: Exchange keeps in them to which of its machines a mailbox belongs. */
export interface Cookies {
  /** For the `cookie` header; undefined: none. */
  readonly header: () => string | undefined;
  readonly keep: (headers: Headers) => void;
}

const maxCookies = 50;
const maxLength = 4096;

/**
 * For how long, but neither for which path nor for which host: all requests of a connection go to one of each. `now` is in
 * epoch milliseconds; those of Exchange that name a machine of its own last for some minutes.
 */
export function cookies(now: () => number): Cookies {
  const kept = new Map<string, { readonly value: string; readonly until: number }>();
  return {
    header() {
      const valid = [...kept].filter(([, { until }]) => until > now());
      return valid.map(([name, { value }]) => `${name}=${value}`).join('; ') || undefined;
    },
    keep(headers) {
      for (const [name, { until }] of kept) if (until <= now()) kept.delete(name);
      const date = Date.parse(headers.get('date') ?? '') || now();
      for (const line of headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(';');
        const equals = pair.indexOf('=');
        const name = pair.slice(0, equals).trim();
        const value = pair.slice(equals + 1).trim();
        if (equals < 1 || line.length > maxLength) continue;
        kept.delete(name);
        const left = lifetimeOf(attributes, date);
        const until = now() + left;
        if (value !== '' && left > 0 && kept.size < maxCookies) kept.set(name, { value, until });
      }
    },
  };
}

/**
 * Milliseconds. `Max-Age` counts more than `Expires` (RFC 6265 §5.3), which is meant by the clock of the server: `sent` is the
 * date of its answer. What cannot be read is no limit.
 */
function lifetimeOf(attributes: readonly string[], sent: number): number {
  const told = new Map(
    attributes.map((each) => {
      const [name = '', ...value] = each.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()] as const;
    }),
  );
  const seconds = told.get('max-age') ?? '';
  if (/^-?\d{1,10}$/.test(seconds)) return Number(seconds) * 1000;
  // Old ones write `Thu, 01-Jan-1970`.
  const at = Date.parse((told.get('expires') ?? '').replaceAll(/(\d)-([a-z]{3})-(\d)/gi, '$1 $2 $3'));
  return Number.isNaN(at - sent) ? Number.POSITIVE_INFINITY : at - sent;
}
