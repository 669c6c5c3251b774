import { caldav, type DavAnswer, dav, syncTokenOf } from '../../dav.ts';
import { type ComponentLines, calendarObject, event } from '../../objects.ts';
import { type Desk, element, textIn } from './desk.ts';

/** The rows of RFC 4791 §9.9 for tasks, by their names. */
const tasks: Readonly<Record<string, readonly string[]>> = {
  'start-duration': ['DTSTART:20310110T100000Z', 'DURATION:PT1H'],
  'start-due': ['DTSTART:20310110T100000Z', 'DUE:20310111T100000Z'],
  start: ['DTSTART:20310110T100000Z'],
  due: ['DUE:20310110T100000Z'],
  'completed-created': ['COMPLETED:20310110T100000Z', 'CREATED:20310105T100000Z'],
  completed: ['COMPLETED:20310110T100000Z'],
  created: ['CREATED:20310105T100000Z'],
  nothing: [],
};

const ranges: readonly (readonly [from: string, to: string, found: readonly string[]])[] = [
  [
    '20310110T100000Z',
    '20310110T103000Z',
    ['start-duration', 'start-due', 'start', 'completed-created', 'completed', 'created', 'nothing'],
  ],
  ['20310110T110000Z', '20310110T120000Z', ['start-duration', 'start-due', 'created', 'nothing']],
  ['20310110T090000Z', '20310110T100000Z', ['due', 'completed-created', 'completed', 'created', 'nothing']],
  ['20310104T000000Z', '20310106T000000Z', ['completed-created', 'created', 'nothing']],
  ['20300101T000000Z', '20300102T000000Z', ['nothing']],
];

const prop = (name: string, inner = ''): string => `<C:prop-filter name="${name}">${inner}</C:prop-filter>`;
const match = (text: string, attributes = ''): string => `<C:text-match ${attributes}>${text}</C:text-match>`;
const comp = (name: string, inner = ''): string => `<C:comp-filter name="${name}">${inner}</C:comp-filter>`;
const absent = '<C:is-not-defined/>';

/** Filters inside of VCALENDAR, and which of the three events each finds. */
const filters: readonly (readonly [what: string, filter: string, found: readonly string[]])[] = [
  ['nothing at all', '', ['one', 'series', 'alarm']],
  ['no tasks', comp('VTODO', absent), ['one', 'series', 'alarm']],
  ['events and tasks in one object', comp('VEVENT') + comp('VTODO'), []],
  ['a description', comp('VEVENT', prop('DESCRIPTION')), ['one', 'series']],
  ['a component without description', comp('VEVENT', prop('DESCRIPTION', absent)), ['series', 'alarm']],
  ['two properties at once', comp('VEVENT', prop('CLASS', match('priv')) + prop('DESCRIPTION')), ['one']],
  ['a text in any case', comp('VEVENT', prop('SUMMARY', match('SERIES'))), ['series']],
  ['the octets of a text', comp('VEVENT', prop('SUMMARY', match('SERIES', 'collation="i;octet"'))), []],
  [
    'letters of any alphabet in any case',
    comp('VEVENT', prop('SUMMARY', match('ÄRENDE', 'collation="i;unicode-casemap"'))),
    ['one'],
  ],
  [
    'a component whose text is another',
    comp('VEVENT', prop('SUMMARY', match('series', 'negate-condition="yes"'))),
    ['one', 'series', 'alarm'],
  ],
  ['one of several categories', comp('VEVENT', prop('CATEGORIES', match('second'))), ['one']],
  [
    'a changed instance without RANGE',
    comp('VEVENT', prop('RECURRENCE-ID', `<C:param-filter name="RANGE">${absent}</C:param-filter>`)),
    ['series'],
  ],
  ['no alarm', comp('VEVENT', comp('VALARM', absent)), ['one', 'series']],
  [
    'an alarm that rings in a range',
    comp('VEVENT', comp('VALARM', '<C:time-range start="20310310T094000Z" end="20310310T095000Z"/>')),
    ['alarm'],
  ],
];

/** Filters that mean nothing, and the precondition that says so (RFC 4791 §7.8, §7.5.1). */
const bad: readonly (readonly [what: string, filter: string, precondition: string])[] = [
  ['a component inside of a wrong one', comp('VALARM'), 'valid-filter'],
  ['an event inside of an event', comp('VEVENT', comp('VEVENT')), 'valid-filter'],
  ['an unknown component inside of an alarm', comp('VEVENT', comp('VALARM', comp('X-NONE'))), 'valid-filter'],
  ['a range for a time zone', comp('VTIMEZONE', '<C:time-range start="20310101T000000Z"/>'), 'valid-filter'],
  [
    'a range for a text',
    comp('VEVENT', prop('SUMMARY', '<C:time-range start="20310101T000000Z"/>')),
    'valid-filter',
  ],
  [
    'a range that ends before it begins',
    range('start="20310102T000000Z" end="20310101T000000Z"'),
    'valid-filter',
  ],
  ['a range in local time', range('start="20310101T000000"'), 'valid-filter'],
  ['a range of dates', range('start="20310101" end="20310102"'), 'valid-filter'],
  [
    'an unknown collation',
    comp('VEVENT', prop('UID', match('x', 'collation="i;none"'))),
    'supported-collation',
  ],
];

function range(attributes: string): string {
  return comp('VEVENT', `<C:time-range ${attributes}/>`);
}

function query(filter: string): string {
  const inner = `<D:prop><D:getetag/></D:prop><C:filter>${comp('VCALENDAR', filter)}</C:filter>`;
  return element('C:calendar-query', inner);
}

/** What queries find, what synchronisation tells, and what both refuse. */
export async function queries(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('queries');
  const ask = (filter: string): Promise<DavAnswer> =>
    desk.ask('REPORT', calendar, { body: query(filter), depth: '1' });
  await store(desk, calendar);
  for (const [what, filter, found] of filters) desk.names(`a query for ${what}`, await ask(filter), found);
  for (const [what, filter, precondition] of bad) {
    desk.refusal(`a query with ${what} is refused with ${precondition}`, await ask(filter), precondition);
  }
  for (const [name, lines] of Object.entries(tasks)) {
    await desk.put(`${calendar}${name}`, calendarObject([{ kind: 'VTODO', uid: name, lines }]));
  }
  for (const [from, to, found] of ranges) {
    const filter = comp('VTODO', `<C:time-range start="${from}" end="${to}"/>`);
    desk.names(`tasks from ${from} to ${to} (RFC 4791 §9.9)`, await ask(filter), found);
  }
  await parts(desk, calendar);
  await synchronisation(desk, calendar);
  await states(desk, calendar);
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

async function store(desk: Desk, calendar: string): Promise<void> {
  const lines = ['SUMMARY:series', 'DTSTART:20310101T100000Z', 'DURATION:PT1H'];
  const series: readonly ComponentLines[] = [
    { kind: 'VEVENT', uid: 'series', lines: [...lines, 'RRULE:FREQ=DAILY;COUNT=5'] },
    {
      kind: 'VEVENT',
      uid: 'series',
      lines: [...lines, 'RECURRENCE-ID:20310102T100000Z', 'DESCRIPTION:x'].with(0, 'SUMMARY:changed'),
    },
  ];
  const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:x', 'TRIGGER:-PT15M', 'END:VALARM'];
  const further = ['DESCRIPTION:x', 'CLASS:PRIVATE', 'CATEGORIES:First,Second'];
  await desk.put(`${calendar}one`, event('one', 'ärende', '20310201T100000Z', further));
  await desk.put(`${calendar}series`, calendarObject(series));
  await desk.put(`${calendar}alarm`, event('alarm', 'rings', '20310310T100000Z', alarm));
}

/** RFC 4791 §9.6.1: the query of the RFC's first example, which many programs have copied. */
async function parts(desk: Desk, calendar: string): Promise<void> {
  const zone = ['BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'];
  zone.push('TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE');
  const object = event('zoned', 'zoned').replace('BEGIN:VEVENT', `${zone.join('\r\n')}\r\nBEGIN:VEVENT`);
  await desk.put(
    `${calendar}zoned`,
    object.replace(/DTSTART:\d{8}T\d{6}Z/, 'DTSTART;TZID=Own:20330101T100000'),
  );
  const named = '<C:comp name="VEVENT"><C:prop name="UID"/></C:comp><C:comp name="VTIMEZONE"/>';
  const data = `<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/>${named}</C:comp></C:calendar-data>`;
  const filter = comp('VCALENDAR', comp('VEVENT', prop('UID', match('zoned'))));
  const body = element('C:calendar-query', `<D:prop>${data}</D:prop><C:filter>${filter}</C:filter>`);
  const found =
    textIn(await desk.ask('REPORT', calendar, { body, depth: '1' }), caldav('calendar-data')) ?? '';
  const lines = found.trim().split(/\r?\n/);
  desk.checks.check(
    'a component that nothing is named of is given whole (RFC 4791 §7.8.1)',
    zone.every((line) => lines.includes(line)),
    found,
  );
  desk.checks.check('and of the others what is named', !found.includes('SUMMARY'), found);
}

async function synchronisation(desk: Desk, calendar: string): Promise<void> {
  const sync = (token: string, more = ''): Promise<DavAnswer> => {
    const level = `<D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level>${more}`;
    return desk.ask('REPORT', calendar, {
      body: element('D:sync-collection', `${level}<D:prop><D:getetag/></D:prop>`),
      depth: '0',
    });
  };
  const token = syncTokenOf(await sync('')) ?? '';
  desk.names('after a full synchronisation there is nothing new', await sync(token), []);
  await desk.ask('DELETE', `${calendar}one`);
  await desk.put(`${calendar}late`, event('late', 'late'));
  desk.names('what came and what went is told', await sync(token), ['late', 'one']);
  for (const wrong of ['garbage', `${token}0000000`, 'https://example.com/ns/1']) {
    desk.refusal(`the token ${wrong.slice(-12)} is refused`, await sync(wrong), 'valid-sync-token', 403);
  }
  const limited = await sync('', '<D:limit><D:nresults>2</D:nresults></D:limit>');
  desk.checks.check('an answer that was limited says so', /507/.test(limited.text), limited.text.slice(-300));
  desk.status(
    'an unknown sync-level is refused',
    await desk.ask('REPORT', calendar, {
      body: element('D:sync-collection', '<D:sync-token/><D:sync-level>2</D:sync-level><D:prop/>'),
    }),
    400,
  );
}

/** RFC 6578 §5: the token of a calendar in the `If` header. */
async function states(desk: Desk, calendar: string): Promise<void> {
  const body = element('D:propfind', '<D:prop><D:sync-token/></D:prop>');
  const token = textIn(await desk.ask('PROPFIND', calendar, { body, depth: '0' }), dav('sync-token')) ?? '';
  const condition = { If: `<${new URL(desk.at(calendar)).pathname}> (<${token}>)` };
  const race = await Promise.all(
    ['first', 'second', 'third'].map((uid) => desk.put(`${calendar}${uid}`, event(uid, uid), condition)),
  );
  const statuses = race.map(({ status }) => status);
  const succeeded = statuses.filter((status) => status < 300).length;
  desk.checks.check(
    'of three that write on the condition of one sync token a single one succeeds (RFC 6578 §5)',
    succeeded === 1 && statuses.filter((status) => status === 412).length === 2,
    statuses.join(' '),
  );
}
