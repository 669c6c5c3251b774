import { caldav, type DavAnswer } from '../../dav.ts';
import { type ComponentLines, calendarObject, unfold } from '../../objects.ts';
import { asked, type Desk, element, textIn, update } from './desk.ts';

/** Bodies of a PROPFIND that ask for nothing, or for several things (RFC 4918 §14.20). */
const nonsense: readonly (readonly [what: string, body: string])[] = [
  ['asks for nothing', element('D:propfind', '')],
  ['asks for what nobody knows', element('D:propfind', '<x:everything/>')],
  ['asks for names and for values', element('D:propfind', '<D:propname/><D:prop><D:getetag/></D:prop>')],
  [
    'asks for everything and for something',
    element('D:propfind', '<D:allprop/><D:prop><D:getetag/></D:prop>'),
  ],
  ['is another request', element('D:propertyupdate', '<D:prop><D:getetag/></D:prop>')],
  ['is not closed', '<D:propfind xmlns:D="DAV:"><D:allprop></D:propfind>'],
];

const lines = ['DTSTART;TZID=Own:20310101T100000', 'DURATION:PT1H'];
const series: readonly ComponentLines[] = [
  { kind: 'VEVENT', uid: 'parts', lines: [...lines, 'SUMMARY:series', 'RRULE:FREQ=DAILY;COUNT=5'] },
  {
    kind: 'VEVENT',
    uid: 'parts',
    lines: ['RECURRENCE-ID;TZID=Own:20310103T100000', 'DTSTART;TZID=Own:20310103T150000', 'DURATION:PT1H'],
  },
];
const zone = ['BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'];
zone.push('TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE');
const object = calendarObject(series).replace('BEGIN:VEVENT', `${zone.join('\r\n')}\r\nBEGIN:VEVENT`);

const calendar = (inner: string): string => `<C:comp name="VCALENDAR">${inner}</C:comp>`;
const ofEvent = (...names: readonly string[]): string =>
  calendar(`<C:comp name="VEVENT">${names.map((name) => `<C:prop name="${name}"/>`).join('')}</C:comp>`);
const between = (tag: string, from: string, to: string): string => `<C:${tag} start="${from}" end="${to}"/>`;

function instanceOf(id: string, start: string = id): readonly string[] {
  return ['BEGIN:VEVENT', `DTSTART:${start}`, `RECURRENCE-ID:${id}`, 'END:VEVENT'];
}

/** What `calendar-data` asks for, and the lines inside of VCALENDAR that are left (RFC 4791 §9.6). */
const parts: readonly (readonly [what: string, inner: string, left: readonly string[]])[] = [
  [
    'the properties of the calendar alone',
    calendar('<C:allprop/>'),
    ['VERSION:2.0', 'PRODID:-//portcal//conformance//EN'],
  ],
  ['a component by its name alone', calendar('<C:comp name="VTIMEZONE"/>'), zone],
  [
    'a property without its value',
    calendar('<C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/></C:comp>'),
    ['BEGIN:VEVENT', 'SUMMARY:', 'END:VEVENT', 'BEGIN:VEVENT', 'END:VEVENT'],
  ],
  [
    'the changed instances of another year, left out',
    ofEvent('RECURRENCE-ID') + between('limit-recurrence-set', '20330101T000000Z', '20340101T000000Z'),
    ['BEGIN:VEVENT', 'END:VEVENT'],
  ],
  [
    'parts of the instances of two days, in UTC',
    ofEvent('DTSTART', 'RECURRENCE-ID') + between('expand', '20310102T000000Z', '20310104T000000Z'),
    [instanceOf('20310102T070000Z'), instanceOf('20310103T070000Z', '20310103T120000Z')].flat(),
  ],
  [
    'instances of a time that has none',
    ofEvent('DTSTART') + between('expand', '20330101T000000Z', '20340101T000000Z'),
    [],
  ],
];

/** What can be no `calendar-data`. */
const noParts: readonly (readonly [what: string, inner: string])[] = [
  ['two calendars', calendar('') + calendar('')],
  ['another outermost component', '<C:comp name="VEVENT"/>'],
  ['a component without a name', '<C:comp/>'],
  ['all properties and some', calendar('<C:allprop/><C:prop name="VERSION"/>')],
  ['all components and some', calendar('<C:allcomp/><C:comp name="VEVENT"/>')],
  ['an expansion without an end', '<C:expand start="20310101T000000Z"/>'],
  ['an expansion that ends before it begins', between('expand', '20310102T000000Z', '20310101T000000Z')],
  ['an expansion in local time', between('expand', '20310101T000000', '20310102T000000')],
  ['an expansion to a day that is none', between('expand', '20310101T000000Z', '20310132T000000Z')],
  [
    'instances written out and left out at once',
    between('expand', '20310101T000000Z', '20310102T000000Z') +
      between('limit-recurrence-set', '20310101T000000Z', '20310102T000000Z'),
  ],
];

const transparency = (inner: string): string =>
  update(`<D:set><D:prop><C:schedule-calendar-transp>${inner}</C:schedule-calendar-transp></D:prop></D:set>`);

/** What the body of a request may say, and that what says two things at once is not taken for one of them. */
export async function bodies(desk: Desk): Promise<void> {
  const place = await desk.calendar('bodies');
  for (const [what, body] of nonsense) {
    desk.status(
      `a PROPFIND that ${what} is refused`,
      await desk.ask('PROPFIND', place, { body, depth: '0' }),
      400,
    );
  }
  const below = `\n  <?xml version="1.0" encoding="utf-8"?>\n${asked('D:resourcetype')}`;
  desk.status(
    'a PROPFIND may begin a line below, as a text in a program does',
    await desk.ask('PROPFIND', place, {
      body: below,
      depth: '0',
      headers: { 'Content-Type': 'application/xml; charset=utf-8' },
    }),
    207,
  );
  await desk.put(`${place}parts.ics`, object);
  const href = `<D:href>${new URL(desk.at(`${place}parts.ics`)).pathname}</D:href>`;
  const ask = (inner: string, attributes = ''): Promise<DavAnswer> => {
    const data = `<D:prop><C:calendar-data${attributes}>${inner}</C:calendar-data></D:prop>`;
    return desk.ask('REPORT', place, { body: element('C:calendar-multiget', data + href), depth: '1' });
  };
  for (const [what, inner, left] of parts) {
    const found = unfold(textIn(await ask(inner), caldav('calendar-data')) ?? '')
      .trim()
      .split(/\r?\n/);
    const same = found.slice(1, -1).sort().join() === [...left].sort().join();
    desk.checks.check(`calendar-data can be ${what} (RFC 4791 §9.6)`, same, found.join(' '));
  }
  for (const [what, inner] of noParts) {
    desk.status(`calendar-data of ${what} is refused`, await ask(inner), 400, 403);
  }
  for (const attributes of [' version="42.0"', ' content-type="text/card"']) {
    desk.refusal(
      `calendar-data of${attributes} is refused`,
      await ask('', attributes),
      'supported-calendar-data',
      403,
    );
  }
  await choices(desk, place);
  desk.status('the calendar is deleted', await desk.ask('DELETE', place), 200, 204);
}

/** Where a grammar says "one of". */
async function choices(desk: Desk, place: string): Promise<void> {
  const read = async (): Promise<boolean> => {
    const body = asked('C:schedule-calendar-transp');
    return /<(\w+:)?transparent/.test((await desk.ask('PROPFIND', place, { body, depth: '0' })).text);
  };
  await desk.ask('PROPPATCH', place, { body: transparency('<C:transparent/>') });
  desk.checks.check('a calendar can be transparent (RFC 6638 §9.1)', await read());
  for (const inner of ['', '<x:glass/>', '<C:opaque/><C:transparent/>']) {
    const answer = await desk.ask('PROPPATCH', place, { body: transparency(inner) });
    const isRefused = answer.status >= 400 || !/ 200 /.test(answer.text);
    desk.checks.check(`its transparency cannot be "${inner}"`, isRefused && (await read()), answer.text);
  }
  const grant = (inner: string): string => `<D:grant><D:privilege>${inner}</D:privilege></D:grant>`;
  const entry = (who: string, more: string): string =>
    element('D:acl', `<D:ace><D:principal>${who}</D:principal>${more}</D:ace>`);
  for (const [what, body] of [
    ['two principals', entry('<D:authenticated/><D:self/>', grant('<D:read/>'))],
    ['two privileges in one', entry('<D:authenticated/>', grant('<D:read/><D:write/>'))],
    ['nobody', entry('', grant('<D:read/>'))],
    ['no grant', entry('<D:authenticated/>', '')],
  ] as const) {
    desk.status(
      `an access control entry of ${what} is refused`,
      await desk.ask('ACL', place, { body }),
      400,
      403,
    );
  }
}
