import type { DavAnswer } from '../../dav.ts';
import { type ComponentLines, calendarObject, unfold } from '../../objects.ts';
import { type Desk, element, textIn } from './desk.ts';

type Lines = readonly string[];

const stamped = (kind: ComponentLines['kind'], uid: string, ...lines: Lines): ComponentLines => ({
  kind,
  uid,
  lines,
});
const event = (uid: string, ...lines: Lines): ComponentLines => stamped('VEVENT', uid, ...lines);

/** A monthly series of which one instance has another title; `more` stands in both. */
const changed = (uid: string, day: string, ...more: Lines): readonly ComponentLines[] => [
  event(
    uid,
    `DTSTART:203101${day}T120000Z`,
    'DURATION:PT1H',
    'RRULE:FREQ=MONTHLY',
    'SUMMARY:as ever',
    ...more,
  ),
  event(
    uid,
    `DTSTART:203102${day}T120000Z`,
    'DURATION:PT1H',
    `RECURRENCE-ID:203102${day}T120000Z`,
    'SUMMARY:changed',
    ...more,
  ),
];

const objects: Readonly<Record<string, readonly ComponentLines[]>> = {
  plain: [event('plain', 'DTSTART:20310101T120000Z', 'DTEND:20310101T130000Z', 'SUMMARY:plain')],
  long: [event('long', 'DTSTART:20310117T120000Z', 'DURATION:PT1H', 'CLASS:CONFIDENTIAL')],
  days: [event('days', 'DTSTART;VALUE=DATE:20310104', 'DTEND;VALUE=DATE:20310106')],
  monthly: [event('monthly', 'DTSTART:20310112T120000Z', 'DTEND:20310112T130000Z', 'RRULE:FREQ=MONTHLY')],
  'monthly-day': [event('monthly-day', 'DTSTART;VALUE=DATE:20310201', 'RRULE:FREQ=MONTHLY')],
  changed: changed('changed', '13'),
  counted: changed('counted', '14', 'SEQUENCE:1'),
  later: [
    event('later', 'DTSTART:20310401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=5'),
    event(
      'later',
      'RECURRENCE-ID;RANGE=THISANDFUTURE:20310403T100000Z',
      'DTSTART:20310403T150000Z',
      'DURATION:PT1H',
    ),
  ],
  periods: [
    event(
      'periods',
      'DTSTART:20310531T100000Z',
      'DURATION:PT1H',
      'RDATE;VALUE=PERIOD:20310601T100000Z/PT3H,20310602T100000Z/20310602T140000Z',
    ),
  ],
  task: [
    stamped(
      'VTODO',
      'task',
      'DTSTART:20310112T120000Z',
      'DUE:20310112T130000Z',
      'RRULE:FREQ=MONTHLY',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:x',
      'TRIGGER;RELATED=END:-PT30M',
      'END:VALARM',
    ),
  ],
  journal: [stamped('VJOURNAL', 'journal', 'DTSTART;VALUE=DATE:20310104')],
};

const comp = (name: string, inner = ''): string => `<C:comp-filter name="${name}">${inner}</C:comp-filter>`;
const range = (start: string, end: string): string =>
  `<C:time-range${start && ` start="${start}"`}${end && ` end="${end}"`}/>`;
const absent = (name: string): string => `<C:prop-filter name="${name}"><C:is-not-defined/></C:prop-filter>`;
const events = (start: string, end: string): string => comp('VEVENT', range(start, end));

/** Filters inside of VCALENDAR, and what each finds. */
const filters: readonly (readonly [what: string, filter: string, found: Lines])[] = [
  ['the second month of a series', events('20310212T000000Z', '20310213T000000Z'), ['monthly']],
  ['the second month of a series of days', events('20310301T000000Z', '20310302T000000Z'), ['monthly-day']],
  ['a changed instance', events('20310213T110000Z', '20310213T130000Z'), ['changed']],
  ['a series after 45 years', events('20760312T000000Z', '20760313T000000Z'), ['monthly']],
  ['the end of a duration', events('20310117T123000Z', '20310117T140000Z'), ['long']],
  ['all before a moment', events('', '20310104T000000Z'), ['plain']],
  ['instances before those that moved', events('20310402T100000Z', '20310402T110000Z'), ['later']],
  ['those that moved with a changed one', events('20310405T150000Z', '20310405T160000Z'), ['later']],
  ['where those would have been', events('20310405T100000Z', '20310405T110000Z'), []],
  ['a period of three hours', events('20310601T123000Z', '20310601T124500Z'), ['monthly-day', 'periods']],
  ['a period by its end', events('20310602T133000Z', '20310602T134500Z'), ['periods']],
  ['tasks of the second month', comp('VTODO', range('20310212T000000Z', '20310213T000000Z')), ['task']],
  [
    'an alarm that counts from the end of a task',
    comp('VTODO', comp('VALARM', range('20310112T122500Z', '20310112T123500Z'))),
    ['task'],
  ],
  ['a note of a day', comp('VJOURNAL', range('20310104T120000Z', '20310104T130000Z')), ['journal']],
  [
    'events without end',
    comp('VEVENT', absent('DTEND')),
    ['long', 'monthly-day', 'changed', 'counted', 'later', 'periods'],
  ],
  [
    'events without class',
    comp('VEVENT', absent('CLASS')),
    Object.keys(objects).filter((name) => !['long', 'task', 'journal'].includes(name)),
  ],
];

/** Objects written out in a time: the lines of each instance that say when it is (RFC 4791 §9.6.5). */
const expansions: readonly (readonly [name: string, start: string, end: string, lines: Lines])[] = [
  [
    'changed',
    '20310201T000000Z',
    '20310314T000000Z',
    [
      'DTSTART:20310213T120000Z DURATION:PT1H RECURRENCE-ID:20310213T120000Z SUMMARY:changed',
      'DTSTART:20310313T120000Z DURATION:PT1H RECURRENCE-ID:20310313T120000Z SUMMARY:as ever',
    ],
  ],
  [
    'counted',
    '20310214T000000Z',
    '20310215T000000Z',
    ['DTSTART:20310214T120000Z DURATION:PT1H RECURRENCE-ID:20310214T120000Z SUMMARY:changed'],
  ],
  [
    'later',
    '20310402T000000Z',
    '20310405T000000Z',
    [
      'DTSTART:20310402T100000Z DURATION:PT1H RECURRENCE-ID:20310402T100000Z',
      'DTSTART:20310403T150000Z DURATION:PT1H RECURRENCE-ID:20310403T100000Z',
      'DTSTART:20310404T150000Z DURATION:PT1H RECURRENCE-ID:20310404T100000Z',
    ],
  ],
  [
    'periods',
    '20310531T000000Z',
    '20310603T000000Z',
    [
      'DTSTART:20310531T100000Z DURATION:PT1H RECURRENCE-ID:20310531T100000Z',
      'DTEND:20310601T130000Z DTSTART:20310601T100000Z RECURRENCE-ID:20310601T100000Z',
      'DTEND:20310602T140000Z DTSTART:20310602T100000Z RECURRENCE-ID:20310602T100000Z',
    ],
  ],
  [
    'monthly-day',
    '20310301T000000Z',
    '20310302T000000Z',
    ['DTSTART;VALUE=DATE:20310301 RECURRENCE-ID;VALUE=DATE:20310301'],
  ],
  [
    'task',
    '20310201T000000Z',
    '20310301T000000Z',
    ['DTSTART:20310212T120000Z DUE:20310212T130000Z RECURRENCE-ID:20310212T120000Z'],
  ],
];

/** What searches of a calendar that repeats find, and how it is written out. */
export async function series(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('series');
  for (const [name, components] of Object.entries(objects))
    await desk.put(`${calendar}${name}`, calendarObject(components));
  const ask = (inner: string): Promise<DavAnswer> =>
    desk.ask('REPORT', calendar, { body: element('C:calendar-query', inner), depth: '1' });
  for (const [what, filter, found] of filters) {
    const inner = `<D:prop><D:getetag/></D:prop><C:filter>${comp('VCALENDAR', filter)}</C:filter>`;
    desk.names(`a query for ${what}`, await ask(inner), found);
  }
  const href = (name: string): string =>
    `<D:href>${new URL(desk.at(`${calendar}${name}`)).pathname}</D:href>`;
  for (const [name, start, end, wanted] of expansions) {
    const data = `<D:prop><C:calendar-data><C:expand start="${start}" end="${end}"/></C:calendar-data></D:prop>`;
    const body = element('C:calendar-multiget', data + href(name));
    const answer = await desk.ask('REPORT', calendar, { body, depth: '1' });
    const told = written(textIn(answer, calendarData) ?? '');
    desk.checks.check(
      `${name} is written out, each instance with its own times`,
      same(told, wanted),
      told.join('; '),
    );
  }
  await zones(desk, calendar);
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

const calendarData = '{urn:ietf:params:xml:ns:caldav}calendar-data';

/** One line for each component, with what says when it is, in the order of the alphabet. */
function written(text: string): Lines {
  return unfold(text)
    .split(/(?=BEGIN:V(?:EVENT|TODO))/)
    .slice(1)
    .map((part) =>
      part.split(/\r?\n/).filter((line) => /^(DT(START|END)|DU|RECURRENCE-ID|SUMMARY)/.test(line)),
    )
    .map((lines) => lines.sort().join(' '));
}

function same(some: Lines, others: Lines): boolean {
  return some.join('\n') === others.join('\n');
}

/** RFC 7809 §3.1.3: who asks for definitions of time zones has all of them, who wants none has the uncommon alone. */
async function zones(desk: Desk, calendar: string): Promise<void> {
  const own = ['BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'];
  own.push('TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE');
  const zoned = event(
    'zoned',
    'DTSTART;TZID=America/New_York:20310310T100000',
    'DTEND;TZID=Own:20310310T190000',
  );
  const text = calendarObject([zoned]).replace('BEGIN:VEVENT', `${own.join('\r\n')}\r\nBEGIN:VEVENT`);
  await desk.put(`${calendar}zoned`, text);
  const path = new URL(desk.at(`${calendar}zoned`)).pathname;
  const multiget = element(
    'C:calendar-multiget',
    `<D:prop><C:calendar-data/></D:prop><D:href>${path}</D:href>`,
  );
  for (const [value, wanted] of [
    ['T', 'America/New_York Own'],
    ['F', 'Own'],
  ] as const) {
    const headers = { 'CalDAV-Timezones': value };
    const found = await desk.ask('GET', `${calendar}zoned`, { headers });
    const reported = await desk.ask('REPORT', calendar, { headers, body: multiget, depth: '1' });
    for (const [how, answer] of [
      ['GET', found.text],
      ['a report', textIn(reported, calendarData) ?? ''],
    ] as const) {
      const names = [...answer.matchAll(/BEGIN:VTIMEZONE\s+TZID:(\S+)/g)].map(([, name]) => name ?? '');
      const claim = `CalDAV-Timezones: ${value} on ${how} gives the definitions of ${wanted} (RFC 7809 §3.1.3)`;
      desk.checks.check(claim, names.sort().join(' ') === wanted, answer);
    }
  }
}
