/** What `doors.ts` asks of a server that holds a hostile object: everything that reads, at every door. */
import { hostileUid } from './hostile.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Who asks; absent: the owner. */
  readonly as?: string;
}

/** Where things are on the server. */
export interface Places {
  /** The calendar with the object `h.ics`, at DAV and in the page's API. */
  readonly calendar: string;
  readonly id: string;
  /** Of the owner's session. */
  readonly cookie: string;
  /** Paths of feeds, by what they tell. */
  readonly feeds: ReadonlyMap<string, string>;
}

/** An instance of the series that begin on or before the day. */
export const instance = 'recurrenceId=20260315T090000Z';

/** A request of the page. */
export function pageRequest(
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Asked {
  return {
    method,
    path: `/api/v1${path}`,
    headers: {
      Authorization: '',
      Cookie: cookie,
      'X-Requested-With': 'portal',
      ...(body !== undefined && { 'Content-Type': type }),
    },
    ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  };
}

type Requests = Record<string, Asked>;

/** By what they are. `bob` sees busy times, `carol` everything, `dave` titles. */
export function readingRequests(places: Places): Readonly<Requests> {
  return {
    ...objectRequests(places),
    ...reportRequests(places),
    ...pageRequests(places),
    ...feedRequests(places),
  };
}

function objectRequests({ calendar }: Places): Requests {
  const path = `${calendar}h.ics`;
  return {
    get: { method: 'GET', path },
    'get busy': { method: 'GET', path, as: 'bob' },
    'get read': { method: 'GET', path, as: 'carol' },
    'get titles': { method: 'GET', path, as: 'dave' },
    'get utc': { method: 'GET', path, headers: { 'CalDAV-Timezones': 'F' } },
    propfind: { method: 'PROPFIND', path: calendar, headers: { Depth: '1' } },
    'propfind busy': { method: 'PROPFIND', path: calendar, headers: { Depth: '1' }, as: 'bob' },
    export: { method: 'GET', path: `${calendar}?export` },
    'export read': { method: 'GET', path: calendar, as: 'carol' },
    'export busy': { method: 'GET', path: calendar, as: 'bob' },
  };
}

function pageRequests({ cookie, id }: Places): Requests {
  const get = (path: string): Asked => pageRequest(cookie, 'GET', path);
  const event = `/calendars/${id}/events/${hostileUid}`;
  return {
    'page month': get('/events?from=2026-03-01&to=2026-04-05'),
    'page year': get('/events?from=2026-01-01&to=2027-01-01'),
    'page search': get('/events?from=2026-01-01&to=2027-01-01&text=nowhere'),
    'page zone': get('/events?from=2026-03-01&to=2026-04-05&zone=Asia/Kathmandu'),
    'page event': get(event),
    'page instance': get(`${event}?${instance}`),
    'page download': get(`/calendars/${id}/download`),
  };
}

function feedRequests({ feeds }: Places): Requests {
  const requests: Requests = {};
  for (const [kind, path] of feeds) {
    requests[`feed ${kind}`] = { method: 'GET', path };
    requests[`feed ${kind} gzip`] = { method: 'GET', path, headers: { 'Accept-Encoding': 'gzip' } };
    requests[`feed ${kind} outlook`] = {
      method: 'GET',
      path,
      headers: { 'User-Agent': 'Microsoft Office/16.0' },
    };
  }
  return requests;
}

function reportRequests({ calendar }: Places): Requests {
  const report = (body: string, as = 'alice', headers: Readonly<Record<string, string>> = {}): Asked => ({
    method: 'REPORT',
    path: calendar,
    headers: { ...xml, ...headers },
    body: `<?xml version="1.0"?>${body.replace('>', ' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">')}`,
    as,
  });
  const query = (
    data: string,
    filter: string,
    as?: string,
    headers?: Readonly<Record<string, string>>,
  ): Asked =>
    report(
      `<C:calendar-query><D:prop><D:getetag/>${data}</D:prop><C:filter><C:comp-filter name="VCALENDAR">${filter}</C:comp-filter></C:filter></C:calendar-query>`,
      as,
      headers,
    );
  const multiget = (inner: string, as?: string, headers?: Readonly<Record<string, string>>): Asked =>
    report(
      `<C:calendar-multiget><D:prop><D:getetag/>${inner}</D:prop><D:href>${calendar}h.ics</D:href></C:calendar-multiget>`,
      as,
      headers,
    );
  return {
    'report all': query(data(''), ''),
    'report expand': query(expand, inMarch),
    'report expand year': query(data(`<C:expand ${year}/>`), inYear),
    'report expand read': query(expand, inMarch, 'carol'),
    'report expand busy': query(expand, inMarch, 'bob'),
    'report expand parts': query(data(parts + `<C:expand ${march}/>`), inMarch),
    'report expand no values': query(data(noValues + `<C:expand ${year}/>`), inMarch),
    'report expand todo': query(
      expand,
      `<C:comp-filter name="VTODO"><C:time-range ${march}/></C:comp-filter>`,
    ),
    'report expand journal': query(
      expand,
      `<C:comp-filter name="VJOURNAL"><C:time-range ${march}/></C:comp-filter>`,
    ),
    'report limit': query(data(`<C:limit-recurrence-set ${march}/>`), inMarch),
    'report limit parts': query(data(parts + `<C:limit-recurrence-set ${march}/>`), inMarch),
    'report limit freebusy': query(data(`<C:limit-freebusy-set ${march}/>`), ''),
    'report parts': query(data(parts), ''),
    'report no values': query(data(noValues), ''),
    'report no zones': query(data(''), inMarch, 'alice', { 'CalDAV-Timezones': 'F' }),
    'report alarm range': query(
      '',
      `<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"><C:time-range ${march}/></C:comp-filter></C:comp-filter>`,
    ),
    'report text description': query('', text('DESCRIPTION', 'nowhere to be found')),
    'report text comment negated': query('', text('COMMENT', 'zz', 'negate-condition="yes"')),
    'report text related': query('', text('RELATED-TO', 'aé', 'collation="i;unicode-casemap"')),
    'report text attach': query('', text('ATTACH', 'X', 'collation="i;octet"')),
    'report text x': query('', text('X-A', 'zz')),
    'report undefined': query(
      '',
      '<C:comp-filter name="VEVENT"><C:prop-filter name="X-ZZ"><C:is-not-defined/></C:prop-filter></C:comp-filter>',
    ),
    'report param': query(
      '',
      '<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE"><C:param-filter name="PARTSTAT"><C:text-match>NEEDS</C:text-match></C:param-filter></C:prop-filter></C:comp-filter>',
    ),
    'report multiget': multiget(data('')),
    'report multiget expand': multiget(expand),
    'report multiget parts': multiget(data(parts)),
    'report multiget no zones': multiget(data(''), 'carol', { 'CalDAV-Timezones': 'F' }),
    'report sync': report(
      `<D:sync-collection><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/>${data('')}</D:prop></D:sync-collection>`,
    ),
    freebusy: report(`<C:free-busy-query><C:time-range ${year}/></C:free-busy-query>`),
    'freebusy as busy': report(`<C:free-busy-query><C:time-range ${march}/></C:free-busy-query>`, 'bob'),
  };
}

const xml = { 'Content-Type': 'application/xml; charset=utf-8', Depth: '1' };
const march = 'start="20260301T000000Z" end="20260401T000000Z"';
const year = 'start="20260101T000000Z" end="20270101T000000Z"';
const inMarch = `<C:comp-filter name="VEVENT"><C:time-range ${march}/></C:comp-filter>`;
const inYear = `<C:comp-filter name="VEVENT"><C:time-range ${year}/></C:comp-filter>`;
const text = (property: string, words: string, extra = ''): string =>
  `<C:comp-filter name="VEVENT"><C:prop-filter name="${property}"><C:text-match ${extra}>${words}</C:text-match></C:prop-filter></C:comp-filter>`;
const data = (inner: string): string => `<C:calendar-data>${inner}</C:calendar-data>`;
const expand = data(`<C:expand ${march}/>`);
const parts =
  '<C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="UID"/><C:prop name="DTSTART" novalue="yes"/></C:comp><C:comp name="VTODO"><C:allprop/></C:comp></C:comp>';
const noValues =
  '<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="X-A" novalue="yes"/><C:prop name="COMMENT" novalue="yes"/><C:prop name="RELATED-TO" novalue="yes"/><C:prop name="REQUEST-STATUS" novalue="yes"/><C:prop name="ATTACH" novalue="yes"/><C:prop name="DESCRIPTION" novalue="yes"/><C:allcomp/></C:comp></C:comp>';
