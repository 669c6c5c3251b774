import { escapeXml, xmlType } from '../../conformance/dav.ts';

/** A request of the harness: what to send and where. */
export interface BenchRequest {
  readonly method?: 'GET' | 'OPTIONS' | 'PUT' | 'DELETE' | 'PROPFIND' | 'PROPPATCH' | 'REPORT' | 'MKCALENDAR';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Range = readonly [start: string, end: string];

const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"';

const xml = (body: string): string => `<?xml version="1.0" encoding="utf-8"?>\n${body}`;

function propfind(path: string, depth: 0 | 1, properties: string): BenchRequest {
  const body = xml(`<D:propfind ${namespaces}><D:prop>${properties}</D:prop></D:propfind>`);
  return { method: 'PROPFIND', path, headers: { ...xmlType, Depth: String(depth) }, body };
}

function report(path: string, depth: 0 | 1, body: string): BenchRequest {
  return { method: 'REPORT', path, headers: { ...xmlType, Depth: String(depth) }, body: xml(body) };
}

/** What a client asks every few minutes: has anything changed? */
export const poll = (path: string): BenchRequest => propfind(path, 0, '<CS:getctag/><D:sync-token/>');

export const listEtags = (path: string): BenchRequest => propfind(path, 1, '<D:getetag/><D:getcontenttype/>');

export function mkcalendar(path: string, name: string): BenchRequest {
  const set = `<D:set><D:prop><D:displayname>${escapeXml(name)}</D:displayname></D:prop></D:set>`;
  return {
    method: 'MKCALENDAR',
    path,
    headers: xmlType,
    body: xml(`<C:mkcalendar ${namespaces}>${set}</C:mkcalendar>`),
  };
}

export function rename(path: string, name: string): BenchRequest {
  const set = `<D:set><D:prop><D:displayname>${escapeXml(name)}</D:displayname></D:prop></D:set>`;
  const body = xml(`<D:propertyupdate ${namespaces}>${set}</D:propertyupdate>`);
  return { method: 'PROPPATCH', path, headers: xmlType, body };
}

export function calendarQuery(
  path: string,
  [start, end]: Range,
  data: 'none' | 'full' | 'expand' = 'none',
): BenchRequest {
  const wanted = {
    none: '',
    full: '<C:calendar-data/>',
    expand: `<C:calendar-data><C:expand start="${start}" end="${end}"/></C:calendar-data>`,
  }[data];
  const filter =
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">' +
    `<C:time-range start="${start}" end="${end}"/></C:comp-filter></C:comp-filter></C:filter>`;
  const body = `<C:calendar-query ${namespaces}><D:prop><D:getetag/>${wanted}</D:prop>${filter}</C:calendar-query>`;
  return report(path, 1, body);
}

export function multiget(path: string, hrefs: readonly string[]): BenchRequest {
  const list = hrefs.map((href) => `<D:href>${escapeXml(href)}</D:href>`).join('');
  const wanted = '<D:prop><D:getetag/><C:calendar-data/></D:prop>';
  return report(path, 1, `<C:calendar-multiget ${namespaces}>${wanted}${list}</C:calendar-multiget>`);
}

export function syncCollection(path: string, token = ''): BenchRequest {
  const state = `<D:sync-token>${escapeXml(token)}</D:sync-token><D:sync-level>1</D:sync-level>`;
  const wanted = '<D:prop><D:getetag/></D:prop>';
  return report(path, 0, `<D:sync-collection ${namespaces}>${state}${wanted}</D:sync-collection>`);
}

export function freeBusy(path: string, [start, end]: Range): BenchRequest {
  const range = `<C:time-range start="${start}" end="${end}"/>`;
  return report(path, 1, `<C:free-busy-query ${namespaces}>${range}</C:free-busy-query>`);
}

/** What an iPhone asks when an account is added: the steps that follow the well-known address. */
export const discovery = {
  principal: (path: string): BenchRequest =>
    propfind(path, 0, '<D:current-user-principal/><D:principal-URL/><D:resourcetype/>'),
  options: (path: string): BenchRequest => ({ method: 'OPTIONS', path }),
  home: (path: string): BenchRequest =>
    propfind(
      path,
      0,
      '<C:calendar-home-set/><C:calendar-user-address-set/><D:displayname/><C:schedule-inbox-URL/>' +
        '<C:schedule-outbox-URL/><D:principal-collection-set/><D:supported-report-set/>',
    ),
  listing: (path: string): BenchRequest =>
    propfind(
      path,
      1,
      '<D:displayname/><D:resourcetype/><CS:getctag/><D:sync-token/><D:getetag/><D:current-user-privilege-set/>' +
        '<D:owner/><C:supported-calendar-component-set/><C:calendar-timezone/><C:calendar-description/>' +
        '<A:calendar-color/><A:calendar-order/><D:quota-available-bytes/><D:quota-used-bytes/>' +
        '<D:supported-report-set/><D:resource-id/>',
    ),
};

/* Reading answers: patterns instead of a parser, because the harness shares two cores with the server it measures. */

const decoded = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .trim();

function texts(answer: string, element: string): string[] {
  const pattern = new RegExp(`<(?:[\\w-]+:)?${element}(?:\\s[^>]*)?>([^<]*)</(?:[\\w-]+:)?${element}>`, 'g');
  return [...answer.matchAll(pattern)].map(([, text = '']) => decoded(text));
}

/** The last sync token of an answer: that of the collection in a PROPFIND, the new one in a sync. */
export function syncTokenIn(answer: string): string | undefined {
  return texts(answer, 'sync-token').at(-1);
}

export function ctagIn(answer: string): string | undefined {
  return texts(answer, 'getctag')[0];
}

export function hrefsIn(answer: string): string[] {
  return texts(answer, 'href');
}

/** The first href inside an element such as calendar-home-set. */
export function hrefInside(answer: string, element: string): string | undefined {
  const pattern = new RegExp(`<(?:[\\w-]+:)?${element}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:[\\w-]+:)?${element}>`);
  return hrefsIn(pattern.exec(answer)?.[1] ?? '')[0];
}

export function countOf(answer: string, needle: string | RegExp): number {
  return answer.split(needle).length - 1;
}
