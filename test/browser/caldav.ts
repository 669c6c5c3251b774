/** A calendar program in a few lines: what a person did in the page is read back here, and the other way round. */
export interface CalDav {
  readonly get: (
    path: string,
  ) => Promise<{ readonly status: number; readonly text: string; readonly etag: string }>;
  readonly put: (path: string, text: string) => Promise<number>;
  /** Addresses of a calendar's events. */
  readonly list: (calendar: string) => Promise<readonly string[]>;
  /** The first event whose text holds `words`; `undefined` if there is none. */
  readonly find: (
    calendar: string,
    words: string,
  ) => Promise<{ readonly path: string; readonly text: string } | undefined>;
  readonly propfind: (path: string) => Promise<number>;
}

export function caldav(base: string, name: string, password: string, program = 'TestPhone/1.0'): CalDav {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  interface Request extends RequestInit {
    readonly headers?: Record<string, string>;
  }
  const ask = (path: string, init: Request = {}): Promise<Response> =>
    fetch(new URL(path, base), {
      ...init,
      headers: { Authorization: authorization, 'User-Agent': program, ...init.headers },
    });
  const list = async (calendar: string): Promise<readonly string[]> => {
    const response = await ask(calendar, {
      method: 'PROPFIND',
      headers: { Depth: '1', 'Content-Type': 'application/xml' },
      body: '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
    });
    return [...(await response.text()).matchAll(/<(?:\w+:)?href>([^<]+\.ics)</g)].map(
      ([, href]) => href ?? '',
    );
  };
  const get: CalDav['get'] = async (path) => {
    const response = await ask(path);
    return {
      status: response.status,
      text: unfold(await response.text()),
      etag: response.headers.get('etag') ?? '',
    };
  };
  return {
    get,
    list,
    async put(path, text) {
      return (await ask(path, { method: 'PUT', body: text, headers: { 'Content-Type': 'text/calendar' } }))
        .status;
    },
    async find(calendar, words) {
      for (const path of await list(calendar)) {
        const { text } = await get(path);
        if (text.includes(words)) return { path, text };
      }
      return undefined;
    },
    async propfind(path) {
      return (await ask(path, { method: 'PROPFIND', headers: { Depth: '0' } })).status;
    },
  };
}

function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]/g, '');
}
