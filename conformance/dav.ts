import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { descendants, type Element, readXml, textOf } from './xml.ts';

export const dav = (local: string): string => `{DAV:}${local}`;
export const caldav = (local: string): string => `{urn:ietf:params:xml:ns:caldav}${local}`;

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

export interface DavQuestion {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly as?: Credentials | undefined;
  readonly limitMs?: number;
}

export interface DavAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The URL that answered, which differs from the one asked after a redirect was followed. */
  readonly url: string;
}

/** One response element of a multistatus, with the properties it gives as found (2xx). */
export interface DavResponse {
  /** Path only, as sent. */
  readonly href: string;
  /** The status of the whole response, where it has one: 404 for a deleted member of a sync. */
  readonly status: number | undefined;
  readonly found: readonly Element[];
}

/** Sends one request and reads the whole answer; redirects are not followed. Rejects on network errors only. */
export function send(question: DavQuestion): Promise<DavAnswer> {
  const { url, method, body, as, limitMs = 20_000 } = question;
  const headers: Record<string, string> = { ...question.headers };
  if (as) headers['Authorization'] = basic(as);
  if (body !== undefined) headers['Content-Length'] = String(Buffer.byteLength(body));
  const start = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = start(
      url,
      { method, headers, timeout: limitMs, rejectUnauthorized: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const flat = Object.entries(incoming.headers).map(([name, value]) => [
            name,
            [value ?? ''].flat().join(', '),
          ]);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(flat),
            text: Buffer.concat(chunks).toString('utf8'),
            url,
          });
        });
      },
    );
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`no answer to ${method} ${url} in ${limitMs} ms`)),
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** As `send`, following at most five redirects with method and body kept, as Apple's clients do. */
export async function sendFollowing(question: DavQuestion): Promise<DavAnswer> {
  let answer = await send(question);
  for (let hop = 0; hop < 5; hop++) {
    const location = answer.headers['location'];
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) break;
    answer = await send({ ...question, url: new URL(location, answer.url).href });
  }
  return answer;
}

export function basic({ name, password }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

export function propfind(url: string, depth: 0 | 1, properties: string, as?: Credentials): DavQuestion {
  const body = `<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"><d:prop>${properties}</d:prop></d:propfind>`;
  return { method: 'PROPFIND', url, headers: { Depth: String(depth), ...xmlType }, body, as };
}

export function syncCollection(url: string, token: string, as?: Credentials): DavQuestion {
  const body = `<?xml version="1.0" encoding="utf-8"?><d:sync-collection xmlns:d="DAV:"><d:sync-token>${escapeXml(token)}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>`;
  return { method: 'REPORT', url, headers: { Depth: '0', ...xmlType }, body, as };
}

export const xmlType: Readonly<Record<string, string>> = { 'Content-Type': 'application/xml; charset=utf-8' };
export const calendarType: Readonly<Record<string, string>> = {
  'Content-Type': 'text/calendar; charset=utf-8',
};

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** The responses of a 207; none for any other answer or a body that is not well-formed. */
export function responsesOf(answer: DavAnswer): DavResponse[] {
  const document = answer.status === 207 ? readXml(answer.text) : undefined;
  return document === undefined
    ? []
    : document.children.filter(({ name }) => name === dav('response')).map(response);
}

function response(element: Element): DavResponse {
  const href = element.children.find(({ name }) => name === dav('href'));
  const status = element.children.find(({ name }) => name === dav('status'));
  const found = element.children
    .filter(({ name }) => name === dav('propstat'))
    .filter((propstat) => descendants(propstat, dav('status')).some((one) => / 2\d\d/.test(textOf(one))))
    .flatMap((propstat) => propstat.children.find(({ name }) => name === dav('prop'))?.children ?? []);
  return {
    href: href === undefined ? '' : pathOf(textOf(href)),
    status: status === undefined ? undefined : Number(/ (\d{3})/.exec(textOf(status))?.[1]),
    found,
  };
}

export function propertyOf(answer: DavAnswer, name: string): Element | undefined {
  return responsesOf(answer)
    .flatMap(({ found }) => found)
    .find((property) => property.name === name);
}

/** The path of the first href inside a property such as current-user-principal. */
export function hrefIn(property: Element | undefined): string | undefined {
  const href = property === undefined ? undefined : descendants(property, dav('href'))[0];
  return href === undefined ? undefined : pathOf(textOf(href));
}

/** The sync token that ends a sync-collection answer. */
export function syncTokenOf(answer: DavAnswer): string | undefined {
  const token = readXml(answer.text)?.children.find(({ name }) => name === dav('sync-token'));
  return token === undefined ? undefined : textOf(token);
}

export function pathOf(href: string): string {
  return new URL(href, 'http://server.invalid').pathname;
}

/** The last segment of a path, decoded; a trailing slash does not count. */
export function lastSegment(path: string): string {
  return decodeURIComponent(path.replace(/\/$/, '').split('/').at(-1) ?? '');
}
