import type { Random } from '../random.ts';
import { mutateBytes, mutateNumber, mutateParts } from './mutate.ts';

/** The addresses a hostile request may name. */
export interface Site {
  /** Paths of the home, a calendar, an object in it, the principal. */
  readonly home: string;
  readonly calendar: string;
  readonly object: string;
  readonly principal: string;
}

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Texts = readonly [string, ...string[]];

/** The methods of RFC 4918, 4791, 3744, 5689 and a few that no server of calendars has; reads and reports come more often. */
// biome-ignore format: lists of words
const methods: Texts = [
  'PROPFIND', 'PROPFIND', 'REPORT', 'REPORT', 'REPORT', 'REPORT', 'PROPPATCH', 'PROPPATCH', 'MKCALENDAR', 'MKCOL', 'PUT', 'GET',
  'HEAD', 'OPTIONS', 'DELETE', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'ACL', 'POST', 'PATCH', 'SEARCH', 'BIND', 'TRACE',
];

/** Which bodies are right for a method; those of the others are taken from all. */
const bodyOf: Readonly<Record<string, RegExp>> = {
  PROPFIND: /^<D:propfind/,
  PROPPATCH: /^<D:propertyupdate/,
  REPORT: /^<\w:(calendar-|free-busy|sync-|principal-|acl-|expand-)/,
  MKCALENDAR: /^<C:mkcalendar|^$/,
  MKCOL: /^<D:mkcol|^$/,
  ACL: /^<D:acl /,
  LOCK: /^<D:lockinfo/,
  GET: /^$/,
  HEAD: /^$/,
  DELETE: /^$/,
  COPY: /^$/,
  MOVE: /^$/,
};

const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"';

const range = '<C:time-range start="20300101T000000Z" end="20300201T000000Z"/>';

const filter = `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${range}<C:prop-filter name="SUMMARY"><C:text-match collation="i;ascii-casemap" negate-condition="no">fuzz</C:text-match><C:param-filter name="LANGUAGE"><C:is-not-defined/></C:param-filter></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>`;

/** Bodies that are right, each for one method or report; `{object}` and the like stand for paths. */
const bodies: Texts = [
  `<D:propfind ${namespaces}><D:allprop/><D:include><D:acl/><CS:getctag/></D:include></D:propfind>`,
  `<D:propfind ${namespaces}><D:propname/></D:propfind>`,
  `<D:propfind ${namespaces}><D:prop><D:displayname/><D:getetag/><D:acl/><D:sync-token/><C:calendar-timezone/><C:calendar-data/><D:lockdiscovery/><x:y xmlns:x="urn:x"/></D:prop></D:propfind>`,
  `<D:propertyupdate ${namespaces}><D:set><D:prop><D:displayname>fuzz</D:displayname><A:calendar-color>#112233FF</A:calendar-color><C:calendar-timezone>BEGIN:VCALENDAR</C:calendar-timezone><x:y xmlns:x="urn:x" a="b"><z/>t</x:y></D:prop></D:set><D:remove><D:prop><C:calendar-description/></D:prop></D:remove></D:propertyupdate>`,
  `<C:mkcalendar ${namespaces}><D:set><D:prop><D:displayname>fuzz</D:displayname><C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`,
  `<D:mkcol ${namespaces}><D:set><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype></D:prop></D:set></D:mkcol>`,
  `<C:calendar-query ${namespaces}><D:prop><D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:allprop/></C:comp></C:comp><C:expand start="20300101T000000Z" end="20300201T000000Z"/></C:calendar-data></D:prop>${filter}<C:timezone>BEGIN:VCALENDAR</C:timezone></C:calendar-query>`,
  `<C:calendar-query ${namespaces}><D:prop><C:calendar-data><C:limit-recurrence-set start="20300101T000000Z" end="20300201T000000Z"/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"><C:comp-filter name="VALARM">${range}</C:comp-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
  `<C:calendar-multiget ${namespaces}><D:prop><D:getetag/><C:calendar-data content-type="text/calendar" version="2.0"/></D:prop><D:href>{object}</D:href><D:href>{calendar}no%2Fsuch.ics</D:href></C:calendar-multiget>`,
  `<C:free-busy-query ${namespaces}>${range}</C:free-busy-query>`,
  `<D:sync-collection ${namespaces}><D:sync-token></D:sync-token><D:sync-level>1</D:sync-level><D:limit><D:nresults>2</D:nresults></D:limit><D:prop><D:getetag/></D:prop></D:sync-collection>`,
  `<D:principal-property-search ${namespaces} test="anyof"><D:property-search><D:prop><D:displayname/></D:prop><D:match>a</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>`,
  `<D:principal-search-property-set ${namespaces}/>`,
  `<D:principal-match ${namespaces}><D:self/></D:principal-match>`,
  `<D:acl-principal-prop-set ${namespaces}><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>`,
  `<D:expand-property ${namespaces}><D:property name="current-user-principal"><D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="displayname"/></D:property></D:property></D:expand-property>`,
  `<D:acl ${namespaces}><D:ace><D:principal><D:href>{principal}</D:href></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>`,
  `<D:lockinfo ${namespaces}><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>fuzz</D:owner></D:lockinfo>`,
  '',
];

/** Pieces of XML that readers have stumbled over. */
const awkwardPieces: Texts = [
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
  '<?xml version="1.0" encoding="utf-16"?>',
  '&undefined;',
  '&#0;',
  '&#xD800;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<D:href>http://other.example/</D:href>',
  '<D:href>//</D:href>',
  '<D:href>%zz%00%ff</D:href>',
  '<C:time-range/>',
  '<C:time-range start="20300101" end="yesterday"/>',
  '<C:time-range start="99991231T235959Z" end="00010101T000000Z"/>',
  '<C:expand start="00010101T000000Z" end="99991231T235959Z"/>',
  '<C:is-not-defined/>',
  '<C:text-match collation="i;unknown">x</C:text-match>',
  '<D:nresults>-1</D:nresults>',
  '<D:sync-level>infinite</D:sync-level>',
  '<D:sync-token>https://example.com/ns/sync/1/2/3</D:sync-token>',
  '<D:allprop/>',
  '<x xmlns="">',
  '<x xmlns:D="urn:other">',
  '<x:unbound/>',
  '<__proto__/>',
  `<x a="${'y'.repeat(50_000)}"/>`,
  '<x>'.repeat(5_000),
  '<D:prop/>'.repeat(2_000),
];

const headerValues: Readonly<Record<string, Texts>> = {
  Depth: ['0', '1', 'infinity', '', '2', '-1', '1,noroot', 'infinity, 0'],
  Prefer: [
    'return=minimal',
    'return=representation',
    'depth-noroot',
    'return=minimal;;;,=',
    'respond-async, wait=1',
  ],
  Brief: ['t', 'f', 'x'],
  Overwrite: ['T', 'F', 'x'],
  'If-Match': ['*', '"x"', 'W/"x"', 'x', '"a", "b"', '"', ','],
  'If-None-Match': ['*', '"x"', '"*"', ''],
  'If-Modified-Since': ['Fri, 01 Jan 2100 00:00:00 GMT', 'yesterday', ''],
  'If-Schedule-Tag-Match': ['"x"', '*', 'x'],
  If: [
    '(<urn:uuid:x>)',
    '(["x"])',
    '(Not <DAV:no-lock>)',
    '<{object}> (["x"] <urn:x>)',
    '((((',
    '()',
    '<>',
    '(<',
  ],
  'Lock-Token': ['<urn:uuid:00000000-0000-0000-0000-000000000000>', 'x', '<>'],
  Timeout: ['Infinite', 'Second-4100000000', 'Second--1', 'x'],
  Destination: [
    '{calendar}moved.ics',
    '{home}moved/',
    'http://other.example{object}',
    '{object}',
    '/',
    '%zz',
    '../../..',
    '',
  ],
  'Content-Type': [
    'application/xml',
    'text/calendar',
    'text/xml; charset=utf-16',
    'multipart/form-data',
    'x',
    '',
  ],
  'Content-Encoding': ['gzip', 'identity', 'x'],
  'Accept-Encoding': ['gzip;q=0', '*;q=0', 'gzip, br, x;q=9'],
  Accept: ['application/calendar+json', 'text/calendar;version=1.0', '*/*;q=x', ''],
  Range: ['bytes=0-10', 'bytes=-1', 'bytes=5-2', 'lines=1-2'],
  'X-Forwarded-For': ['127.0.0.1, ::1, x'],
  Host: ['other.example', '[::1', ''],
};

const wholePaths: Texts = [
  '/',
  '//',
  '/.well-known/caldav',
  '/dav',
  '/dav/principals/',
  '/dav/calendars/',
  '/dav/calendars/%00/',
  '/dav/calendars/nobody/personal/',
  '/dav/../../etc/passwd',
  '/dav/%2e%2e/%2e%2e/',
  '/dav/%zz',
  '/dav/%ff%fe/',
  `/dav/${'a/'.repeat(500)}`,
  `/dav/calendars/${'n'.repeat(8_000)}`,
  '*',
  '/feeds/x.ics',
  '/?a=%zz&a=b',
];

/** A DAV request that is right in most of its parts and wrong in some. */
export function mutatedRequest(random: Random, site: Site): HostileRequest {
  const fill = (text: string): string =>
    text.replace(/\{(home|calendar|object|principal)\}/g, (_, name: keyof Site) => site[name]);
  const headers: Record<string, string> = {};
  const names = Object.keys(headerValues);
  const method = random.pick(methods);
  if (method === 'PUT') headers['Content-Type'] = 'text/calendar';
  else headers['Content-Type'] = 'application/xml; charset=utf-8';
  if (method === 'COPY' || method === 'MOVE')
    headers['Destination'] = `${site.calendar}${method.toLowerCase()}d.ics`;
  for (let count = random.int(0, 2); count > 0; count--) {
    const name = names[random.int(0, names.length - 1)] ?? 'Depth';
    headers[name] = fill(random.pick(headerValues[name] ?? ['']));
  }
  if (random.chance(0.7)) headers['Depth'] = random.pick(['0', '1']);
  return { method, path: path(random, site), headers, body: body(random, method, fill) };
}

function path(random: Random, site: Site): string {
  const draw = random.next();
  if (draw < 0.06) return random.pick(wholePaths);
  const right = random.pick([site.home, site.calendar, site.calendar, site.object, site.principal]);
  if (draw < 0.85) return right;
  const at = random.int(1, right.length);
  const inserted = random.pick([
    '%',
    '%2F',
    '%00',
    '%FF',
    '..',
    '/',
    '?',
    '#',
    ';',
    'é',
    ' ',
    '+',
    '%C3%A9',
    'x'.repeat(300),
  ]);
  // As a client's library would send it: a target has no blanks and nothing outside ASCII.
  return (right.slice(0, at) + inserted + right.slice(at)).replace(/[^\x21-\x7e]/g, encodeURIComponent);
}

function body(random: Random, method: string, fill: (text: string) => string): Buffer {
  const fitting = bodies.filter((one) => bodyOf[method]?.test(one));
  const chosen = random.chance(0.85) ? fitting[random.int(0, fitting.length - 1)] : undefined;
  const text = fill(chosen ?? random.pick(bodies));
  const draw = random.next();
  if (text === '' || draw < 0.4) return Buffer.from(text);
  if (draw < 0.55) return mutateBytes(random, Buffer.from(text));
  if (draw < 0.65) return Buffer.from(mutateNumber(random, text));
  if (draw < 0.68) return Buffer.from(text, 'utf16le');
  return Buffer.from(mutateParts(random, text.split(/(?=<)/), awkwardPieces).join(''));
}
