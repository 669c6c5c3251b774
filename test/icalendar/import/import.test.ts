import assert from 'node:assert/strict';
import { type ImportedObject, importSteps, openImport } from '../../../src/icalendar/import/import.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { parseDateTime } from '../../../src/icalendar/value.ts';
import { utc, zoneResolver } from '../../../src/icalendar/zones/timezone.ts';
import { calendar, event, nasty, objectFrom, rules, text } from '../fixtures.ts';

const objects = (source: Uint8Array): readonly ImportedObject[] => [...openImport(source).objects];
const component = (name: string, ...lines: readonly string[]): readonly string[] => [
  `BEGIN:${name}`,
  ...lines,
  `END:${name}`,
];
const start = 'DTSTART:20260310T090000Z';

const notices = (...lines: readonly string[]): { found: readonly string[]; objects: readonly string[] } => {
  const file = openImport(calendar(...lines));
  const made = [...file.objects].map(({ bytes }) => text(bytes));
  return { found: file.findings.map(({ message }) => message), objects: made };
};

const zone = (tzid: string): readonly string[] =>
  component('VTIMEZONE', `TZID:${tzid}`, ...component('STANDARD', 'DTSTART:19700101T000000'));

const head = (...lines: readonly string[]): ReturnType<typeof openImport>['calendar'] =>
  openImport(calendar(...lines)).calendar;

const state = (source: Uint8Array): readonly [boolean, boolean] => {
  const { isCalendar, isComplete } = openImport(source);
  return [isCalendar, isComplete];
};

const rule = (text: string): string =>
  /RRULE:(.*)\r\n/.exec(notices(...event(start, `RRULE:${text}`)).objects[0] ?? '')?.[1] ?? '';

const twice = (...versions: readonly (readonly string[])[]): string =>
  notices(...versions.flatMap((lines) => component('VEVENT', 'UID:u', start, ...lines))).objects.join('');

const one = (i: number): string =>
  `BEGIN:VEVENT\r\nUID:e${i}\r\nDTSTAMP:20260101T000000Z\r\n${start}\r\nSUMMARY:Event ${i}\r\nEND:VEVENT\r\n`;

let count = 0;

describe('an import', () => {
  it('makes one object for each UID and kind, overrides with their master wherever they stand', () => {
    const other = component('VEVENT', 'UID:v', start);
    const override = event('RECURRENCE-ID:20260311T090000Z', start);
    const made = objects(calendar(...override, ...other, ...event(start), ...component('VTODO', 'UID:w')));
    assert.deepEqual(
      made.map(({ kind, uid }) => [kind, uid]),
      [
        ['VEVENT', 'u'],
        ['VEVENT', 'v'],
        ['VTODO', 'w'],
      ],
    );
    assert.equal(objectFrom(made[0]?.bytes ?? Buffer.alloc(0)).overrides.length, 1);
  });

  it('gives each object the time zones that it uses, from anywhere in the file', () => {
    const made = objects(
      calendar(
        ...event('DTSTART;TZID=A:20260310T090000', 'EXDATE;TZID=C:20260310T090000'),
        ...zone('A'),
        ...zone('B'),
        ...zone('A'),
      ),
    );
    assert.deepEqual([...objectFrom(made[0]?.bytes ?? Buffer.alloc(0)).timezones.keys()], ['A']);
  });

  it('leaves a definition of a time zone its meaning, also where it mends it', () => {
    const observance = (name: string, begin: string, offset: string): readonly string[] =>
      component(name, `DTSTART:${begin}`, `TZOFFSETFROM:${offset}`, `TZOFFSETTO:${offset}`);
    const definitions = {
      'broken beginning': ['TZID:A', ...observance('STANDARD', 'never', '+0500')],
      'broken beginning of a summer': [
        'TZID:A',
        ...observance('STANDARD', '19700101T000000', '+0500'),
        ...observance('DAYLIGHT', 'never', '+0600'),
      ],
      'empty name before': ['TZID:', 'TZID:A', ...observance('STANDARD', '19700101T000000', '+0500')],
      'other name behind': ['TZID:A', 'TZID:B', ...observance('STANDARD', '19700101T000000', '+0500')],
    };
    for (const [what, lines] of Object.entries(definitions)) {
      const source = calendar(
        ...component('VTIMEZONE', ...lines),
        ...event('DTSTART;TZID=A:20260710T120000'),
      );
      const [made] = objects(source);
      assert(made, what);
      for (const bytes of [source, made.bytes]) {
        const { master, timezones } = objectFrom(bytes);
        const value = parseDateTime(master?.first('DTSTART')?.rawValue ?? '', { tzid: 'A' });
        assert(value, what);
        const at = zoneResolver(timezones, utc).toInstant(value);
        assert.equal(new Date(at).toISOString(), '2026-07-10T07:00:00.000Z', what);
      }
      assert.equal(text(made.bytes).match(/^TZID:/gm)?.length, 1, what);
    }
  });

  it('derives a UID from the content, so that the same file updates instead of doubling', () => {
    const nameless = (summary: string, stamp: string): string => {
      const [object] = objects(
        calendar(...component('VEVENT', `DTSTAMP:${stamp}`, start, `SUMMARY:${summary}`)),
      );
      assert(object?.uidDerived);
      assert.equal(objectFrom(object.bytes).uid, object.uid);
      return object.uid;
    };
    assert.equal(nameless('a', '20260101T000000Z'), nameless('a', '20270101T000000Z'));
    assert.notEqual(nameless('a', '20260101T000000Z'), nameless('b', '20260101T000000Z'));
    assert.equal(
      objects(calendar(...component('VEVENT', start), ...component('VEVENT', 'UID:', start, 'SUMMARY:b')))
        .length,
      2,
    );
  });

  it('reads what the file says of the calendar', () => {
    assert.deepEqual(
      head(
        'X-WR-CALNAME:Old',
        'NAME:Work\\, mine',
        'X-WR-TIMEZONE:Europe/Moscow',
        'X-WR-CALDESC:',
        'COLOR:red',
        'REFRESH-INTERVAL;VALUE=DURATION:PT12H',
      ),
      {
        name: 'Work, mine',
        description: undefined,
        timezone: 'Europe/Moscow',
        color: 'red',
        refreshMs: 12 * 3_600_000,
      },
    );
    assert.equal(
      head('REFRESH-INTERVAL:VALUE=DURATION:PT1H', 'X-PUBLISHED-TTL:P1D').refreshMs,
      24 * 3_600_000,
    );
    assert.equal(head('REFRESH-INTERVAL:-PT1H').refreshMs, undefined);
  });

  it('tells an empty calendar from a page that is none, and a whole file from a part', () => {
    assert.deepEqual(state(calendar()), [true, true]);
    assert.deepEqual(state(nasty('html-error-page')), [false, false]);
    assert.deepEqual(state(nasty('truncated-mid-line')), [true, false]);
    assert.deepEqual(state(Buffer.alloc(0)), [false, false]);
  });

  it('keeps the complete events of a file that was cut off', () => {
    const cut = calendar(...event(start), ...component('VEVENT', 'UID:v', start)).subarray(0, -30);
    const file = openImport(cut);
    assert.equal(file.isComplete, false);
    assert.equal([...file.objects].length >= 1, true);
  });

  it('ends a component without END where the next one begins, and loses none of them', () => {
    const open = (uid: string): readonly string[] => ['BEGIN:VEVENT', `UID:${uid}`, start];
    const closed = (uid: string): readonly string[] => [...open(uid), 'END:VEVENT'];
    const uids = (...lines: readonly string[]): readonly string[] =>
      objects(calendar(...lines)).map(({ uid }) => uid);
    assert.deepEqual(uids(...open('a'), ...closed('b'), ...closed('c')), ['a', 'b', 'c']);
    assert.deepEqual(uids(...open('a'), 'END:VTODO', ...closed('b')), ['a', 'b']);
    const many = Array.from({ length: 40 }, (_, n) => `u${n}`);
    assert.deepEqual(uids(...many.flatMap(open)), many);
    assert.deepEqual(uids('BEGIN:VTIMEZONE', 'TZID:Own', ...closed('a'), ...closed('b')), ['a', 'b']);
  });

  it('reads on when a calendar begins before the last one has ended', () => {
    const file = (...lines: readonly string[]): readonly string[] =>
      [...openImport(Buffer.from(lines.join('\r\n'))).objects].map(({ uid }) => uid);
    const named = (uid: string): readonly string[] => component('VEVENT', `UID:${uid}`, start);
    const begin = ['BEGIN:VCALENDAR', 'VERSION:2.0'];
    const cutOff = [...begin, ...named('a'), 'BEGIN:VEVENT', 'UID:b', start];
    assert.deepEqual(file(...cutOff, ...begin, ...named('c'), 'END:VCALENDAR'), ['a', 'b', 'c']);
    const inner = [...begin, ...named('b'), 'END:VCALENDAR'];
    assert.deepEqual(file(...begin, ...named('a'), ...inner, ...named('c'), 'END:VCALENDAR'), [
      'a',
      'b',
      'c',
    ]);
  });

  it('is not delayed by components that never end', () => {
    const lines = [...Array.from({ length: 4_000 }, (_, n) => `BEGIN:X-${n}`), ...Array(4_000).fill('END:Y')];
    assert.deepEqual(notices(...lines).objects, []);
  });

  it('converts dates with an offset, and leaves out what is no date', () => {
    const made = notices(
      ...event(
        'DTSTART:20260310T100000+0300',
        'DTEND:20260310T110000-01:30',
        'EXDATE;TZID=A:20260311T100000,20260230T100000',
        'RDATE:x',
        'DUE:',
        'DURATION:x',
      ),
    );
    assert.match(
      made.objects[0] ?? '',
      /DTSTART:20260310T070000Z\r\nDTEND:20260310T123000Z\r\nEXDATE;TZID=A:20260311T100000\r\nEND/,
    );
    assert.equal(made.found.length, 6);
  });

  it('tells once of a time zone that nothing gives a meaning', () => {
    const told = (...lines: readonly string[]): readonly string[] => notices(...lines).found;
    const at = (uid: string, tzid: string): readonly string[] =>
      component('VEVENT', `UID:${uid}`, `DTSTART;TZID=${tzid}:20260310T090000`);
    assert.deepEqual(told(...at('a', 'Mars/Olympus'), ...at('b', 'Mars/Olympus'), ...at('c', 'CET')), [
      'the time zone "Mars/Olympus" in line 6 is not known; its times are those of the calendar\'s own zone',
    ]);
    const own = component(
      'VTIMEZONE',
      'TZID:Own Zone',
      ...component('STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETTO:+0430', 'TZOFFSETFROM:+0430'),
    );
    const made = notices(...own, ...at('a', 'own zone'));
    assert.deepEqual(made.found, []);
    assert.match(made.objects[0] ?? '', /TZID:Own Zone/);
  });

  it('reads durations of fractions and of a clock', () => {
    const length = (duration: string): string =>
      /DURATION:(.*)|$/.exec(notices(...event(start, `DURATION:${duration}`)).objects[0] ?? '')?.[1] ?? '';
    for (const [written, meant] of [
      ['PT1.5H', 'PT1H30M'],
      ['PT0,25H', 'PT15M'],
      ['-P0.5D', '-PT12H'],
      ['P1DT0.5H', 'PT24H30M'],
      ['1:30', 'PT1H30M'],
      ['00:45:00', 'PT45M'],
      ['PT1.5.5H', ''],
      ['P.D', ''],
      [':', ''],
    ] as const)
      assert.equal(length(written), meant, written);
  });

  it('reads dates and rules that are written otherwise but plain in their meaning', () => {
    const dated = (line: string): string =>
      /DTSTART.*|$/.exec(notices(...event(line)).objects[0] ?? '')?.[0].trim() ?? '';
    for (const [written, meant] of [
      ['2026-03-10T09:00:00Z', ':20260310T090000Z'],
      ['2026-03-10T09:00:00+03:00', ':20260310T060000Z'],
      ['2026-03-10 09:00', ':20260310T090000'],
      ['20260310T0900Z', ':20260310T090000Z'],
      ['20260310T090000.000Z', ':20260310T090000Z'],
      ['20260310T240000Z', ':20260311T000000Z'],
      ['2026-03-10', ';VALUE=DATE:20260310'],
      ['"20260310T090000Z"', ':20260310T090000Z'],
      ['20260310T090000Z/PT1H', ':20260310T090000Z'],
      ['20260310T090000Z,20260311T090000Z', ':20260310T090000Z'],
      ['20260310T096000Z', ''],
    ] as const)
      assert.equal(dated(`DTSTART:${written}`), meant === '' ? '' : `DTSTART${meant}`, written);
    assert.equal(rule('FREQ=WEEKLY\\;BYDAY=MO\\,TU\\;COUNT=3'), 'FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3');
    assert.equal(rule('"FREQ=DAILY;COUNT=3.0"'), 'FREQ=DAILY;COUNT=3');
    assert.equal(rule('FREQ=DAILY;UNTIL=2026-03-12T09:00:00Z'), 'FREQ=DAILY;UNTIL=20260312T090000Z');
    assert.equal(rule('FREQ=DAILY;UNTIL=20260231'), 'FREQ=DAILY;UNTIL=20260228');
    assert.equal(rule('FREQ=WEEKLY BYDAY=MO,TU:COUNT=3'), 'FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3');
    assert.equal(rule('FREQ=MONTHLY;BYDAY=2 TU, -1 FR;COUNT=+3'), 'FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=3');
    assert.equal(rule('FREQ=DAILY;INTERVAL=99999999999'), 'FREQ=DAILY;INTERVAL=32767');
    assert.equal(rule('FREQ=BIWEEKLY;COUNT=3'), 'FREQ=WEEKLY;INTERVAL=2;COUNT=3');
    assert.equal(rule('INTERVAL=1;COUNT=3;FREQ=Quarterly'), 'COUNT=3;FREQ=MONTHLY;INTERVAL=3');
    assert.equal(rule('COUNT=3;FREQ=Quarterly;INTERVAL=1'), 'COUNT=3;FREQ=MONTHLY;INTERVAL=3');
    assert.equal(rule('FREQ=ANNUALLY'), 'FREQ=YEARLY');
    assert.equal(rule('FREQ=FORTNIGHTLY;INTERVAL=4'), '');
    const apart = notices(...event(start, 'RRULE:FREQ=DAILY', 'EXDATE:20260311T090000Z;20260312T090000Z'));
    assert.match(apart.objects[0] ?? '', /EXDATE:20260311T090000Z,20260312T090000Z\r\n/);
    assert.deepEqual(notices(...event(start, 'RRULE:FREQ=DAILY; COUNT=3;')).found, []);
    const kept = notices(...event(start, 'RRULE:FREQ=DAILY', 'EXDATE;VALUE=PERIOD:20260311T090000Z/PT1H'));
    assert.match(kept.objects[0] ?? '', /EXDATE:20260311T090000Z\r\n/);
  });

  it('skips an event whose time cannot be told, and no other', () => {
    const made = notices(
      ...component('VEVENT', 'UID:a', 'DTSTART:soon'),
      ...component('VEVENT', 'UID:b'),
      ...component('VEVENT', 'UID:c', start, 'RECURRENCE-ID:x'),
      ...component('VEVENT', 'UID:d', start),
    );
    assert.equal(made.objects.length, 1);
    assert.match(
      made.found.join('\n'),
      /VEVENT of line 4 was skipped: its DTSTART.*\n.*line 8 was skipped: it has no DTSTART/,
    );
  });

  it('takes an empty RECURRENCE-ID for none', () => {
    assert.match(
      notices(...event(start, 'RECURRENCE-ID:')).objects[0] ?? '',
      /DTSTART:20260310T090000Z\r\nEND/,
    );
    assert.match(twice(['RECURRENCE-ID:', 'SUMMARY:old'], ['SUMMARY:new', 'SEQUENCE:1']), /SUMMARY:new/);
  });

  it('takes out of rules what is none, and keeps the rest', () => {
    assert.equal(rule('FREQ=WEEKLY;BYDAY=SA,SO'), 'FREQ=WEEKLY;BYDAY=SA');
    assert.equal(rule('FREQ=WEEKLY;BYDAY=SO'), 'FREQ=WEEKLY');
    assert.equal(rule('freq=daily;count=3'), 'freq=daily;count=3');
    assert.equal(rule('WEEKLY'), '');
    assert.equal(rule(''), '');
  });

  it('keeps the newer of two descriptions of one thing', () => {
    assert.match(twice(['SUMMARY:old', 'SEQUENCE:1'], ['SUMMARY:new', 'SEQUENCE:10']), /new/);
    assert.match(
      twice(['SUMMARY:new', 'DTSTAMP:20260102T000000Z'], ['SUMMARY:old', 'DTSTAMP:20260101T000000Z']),
      /new/,
    );
    assert.match(twice(['SUMMARY:old'], ['SUMMARY:new', 'LAST-MODIFIED:20260101T000000Z']), /new/);
    assert.match(twice(['SUMMARY:same'], ['SUMMARY:other']), /same/);
  });

  it('leaves out components that stand where they cannot, second properties, and broken lines', () => {
    const made = notices(
      ...event(
        start,
        'UID:second',
        'broken line',
        ...component('VEVENT', 'UID:inner', start),
        ...component('VALARM', 'ACTION:AUDIO'),
      ),
    );
    assert.doesNotMatch(made.objects[0] ?? '', /second|broken|inner/);
    assert.match(made.objects[0] ?? '', /BEGIN:VALARM/);
    assert.deepEqual(made.found, [
      'line 9 does not begin with a property name',
      'a second UID in line 8 was left out',
      'the VEVENT of line 10 was left out: it stands inside a VEVENT',
    ]);
  });

  it('keeps a line whose parameters are broken, without them or with their quotes closed, and says so', () => {
    for (const [written, kept] of [
      ['ATTENDEE;RSVP:mailto:a@example.com', 'ATTENDEE:mailto:a@example.com'],
      ['ATTENDEE;CN=A;RSVP;X=1:mailto:a@example.com', 'ATTENDEE;CN=A;X=1:mailto:a@example.com'],
      ['ATTENDEE;;CN=A:mailto:a@example.com', 'ATTENDEE;CN=A:mailto:a@example.com'],
      ['ATTENDEE; CN = A:mailto:a@example.com', 'ATTENDEE;CN= A:mailto:a@example.com'],
      ['ATTENDEE;CN="Doe, J:mailto:a@example.com', 'ATTENDEE;CN="Doe, J":mailto:a@example.com'],
      ['ATTENDEE;CN="A: b:mailto:a@example.com', 'ATTENDEE;CN="A: b":mailto:a@example.com'],
      [
        'ATTENDEE;CN="Doe; J;ROLE=CHAIR:mailto:a@example.com',
        'ATTENDEE;CN="Doe; J";ROLE=CHAIR:mailto:a@example.com',
      ],
      ['ATTENDEE;X;CN="A"b":mailto:a@example.com', 'ATTENDEE;CN="A":mailto:a@example.com'],
      ['LOCATION;ALTREP="cid:1:say "hello"', 'LOCATION;ALTREP="cid":1:say "hello"'],
      ['SUMMARY :blank', 'SUMMARY:blank'],
      ['SUMMARY;LANGUAGE:Встреча', 'SUMMARY:Встреча'],
    ] as const) {
      const { objects: made, found } = notices(...event(start, written));
      assert.ok(made[0]?.replaceAll('\r\n ', '').includes(`\r\n${kept}\r\n`), `${written} became ${made[0]}`);
      assert.match(found.join(), /^line 8 was mended: /);
    }
    for (const lost of ['ATTENDEE;CN="Doe', 'SUMMARY;LANGUAGE', 'Meeting at nine', ';X=1:y']) {
      const { objects: made, found } = notices(...event(start, lost));
      assert.equal(made.length, 1);
      assert.match(found.join(), /^line 8 (has no colon|does not begin|has a parameter)/, lost);
    }
  });

  it('knows components by lines that had to be mended', () => {
    const made = objects(
      calendar(
        ...component('VEVENT', 'UID;X:a', 'DTSTART;TZID="Europe/Berlin:20260310T090000'),
        ...component('VEVENT', 'UID;X:a', 'RECURRENCE-ID;X:20260310T080000Z', start),
      ),
    );
    assert.deepEqual(
      made.map(({ uid }) => uid),
      ['a'],
    );
    assert.match(text(made[0]?.bytes ?? Buffer.alloc(0)), /DTSTART;TZID="Europe\/Berlin":20260310T090000/);
  });

  it('takes the first value that is one where a property may stand once', () => {
    const made = notices(
      ...component('VEVENT', 'UID:', 'UID:v', start, 'DTEND:x', 'DTEND:20260310T100000Z,'),
    );
    assert.match(made.objects[0] ?? '', /UID:v\r\nDTSTART:20260310T090000Z\r\nDTEND:20260310T100000Z\r\nEND/);
  });

  it('puts a changed instance without a start where its series has it', () => {
    const placed = (master: readonly string[], ...override: readonly string[]): string => {
      const made = notices(...event(...master, 'RRULE:FREQ=DAILY'), ...event('SUMMARY:changed', ...override));
      assert.equal(made.objects.length, 1);
      assert.match(made.found.join(), /has no DTSTART; it stays in its place in the series/);
      return /SUMMARY:changed[^]*/.exec(made.objects[0] ?? '')?.[0] ?? '';
    };
    const zoned = ['DTSTART;TZID=Europe/Berlin:20260310T090000', 'DTEND;TZID=Europe/Berlin:20260310T103000'];
    assert.match(
      placed(zoned, 'RECURRENCE-ID;TZID=Europe/Berlin:20260312T090000'),
      /DTSTART;TZID=Europe\/Berlin:20260312T090000\r\nDURATION:PT1H30M\r\n/,
    );
    assert.match(
      placed(zoned, 'RECURRENCE-ID;VALUE=DATE:20260312'),
      /DTSTART;TZID=Europe\/Berlin:20260312T090000/,
    );
    assert.match(
      placed(zoned, 'DTSTART:x', 'RECURRENCE-ID:20260312T080000Z'),
      /DTSTART:20260312T080000Z\r\nDURATION/,
    );
    assert.match(
      placed([start, 'DURATION:PT45M'], 'RECURRENCE-ID;VALUE=DATE:20260312'),
      /DTSTART:20260312T090000Z\r\nDURATION:PT45M\r\n/,
    );
    assert.match(
      placed(
        ['DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260312'],
        'RECURRENCE-ID;VALUE=DATE:20260315',
      ),
      /DTSTART;VALUE=DATE:20260315\r\nDURATION:P2D\r\n/,
    );
    assert.doesNotMatch(
      placed([start, 'DTEND:20260310T100000'], 'RECURRENCE-ID:20260311T090000Z'),
      /DURATION/,
    );
    assert.doesNotMatch(
      placed(zoned, 'RECURRENCE-ID:20260312T080000Z', 'DTEND:20260312T083000Z'),
      /DURATION/,
    );
    const alone = notices(...event('RECURRENCE-ID:20260312T080000Z'));
    assert.match(alone.objects[0] ?? '', /DTSTART:20260312T080000Z/);
  });

  it('gives the second kind of component with one UID a UID of its own, the same each time', () => {
    const both = calendar(...component('VTODO', 'UID:u', 'SUMMARY:task'), ...event(start));
    const file = openImport(both);
    const [task, meeting] = [...file.objects];
    assert.equal(meeting?.uid, 'u');
    assert.ok(task && task.uid !== 'u');
    assert.equal(objectFrom(task.bytes).uid, task.uid);
    assert.match(text(task.bytes), /BEGIN:VTODO[^]*SUMMARY:task/);
    assert.match(
      file.findings.map(({ message }) => message).join(),
      /the VTODO of line 4 has the UID of another/,
    );
    assert.equal(objects(both)[0]?.uid, task.uid);
  });

  it('reads texts that are quoted-printable, as vCalendar 1.0 had them', () => {
    const made = (...lines: readonly (string | Uint8Array)[]): string => {
      const [before = '', after = ''] = text(calendar(...event(start, '@@', 'PRIORITY:1'))).split('@@');
      const bytes = lines.flatMap((line, at) => [Buffer.from(at === 0 ? '' : '\r\n'), Buffer.from(line)]);
      const file = openImport(Buffer.concat([Buffer.from(before), ...bytes, Buffer.from(after)]));
      const [object] = file.objects;
      assert.deepEqual(file.findings, []);
      assert.match(text(object?.bytes ?? Buffer.alloc(0)), /PRIORITY:1/);
      return text(object?.bytes ?? Buffer.alloc(0)).replaceAll('\r\n ', '');
    };
    const quoted = 'CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE';
    assert.match(
      made(`SUMMARY;${quoted}:=D0=9E=D0=B1=\r\n=D0=B5=D0=\r\n=B4; a=2C b=3D`),
      /SUMMARY:Обед\\; a\\, b=\r\n/,
    );
    assert.match(
      made('DESCRIPTION;ENCODING=quoted-printable:one=0D=0Atwo\\;=\n=20three=00'),
      /DESCRIPTION:one\\ntwo\\; three\r\n/,
    );
    assert.match(made('LOCATION;QUOTED-PRINTABLE;LANGUAGE=de:B=C3=BCro'), /LOCATION;LANGUAGE=de:Büro\r\n/);
    assert.match(
      made('SUMMARY;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CE=E1=E5=E4'),
      /SUMMARY:Обед\r\n/,
    );
    assert.match(made('SUMMARY;CHARSET=nobody-knows;ENCODING=QUOTED-PRINTABLE:=41'), /SUMMARY:A\r\n/);
    assert.match(made('SUMMARY;CHARSET=UTF-8;\r\n ENCODING=QUOTED-PRINTABLE:=41\r\n B'), /SUMMARY:AB\r\n/);
    assert.match(made('CATEGORIES;ENCODING=QUOTED-PRINTABLE:a,b'), /CATEGORIES:a,b\r\n/);
    assert.match(made('DESCRIPTION:say QUOTED-PRINTABLE:=41'), /DESCRIPTION:say QUOTED-PRINTABLE:=41\r\n/);
  });

  it('leaves out availability without a start', () => {
    const made = notices(
      ...component(
        'VAVAILABILITY',
        'UID:a',
        ...component('AVAILABLE', 'UID:x'),
        ...component('AVAILABLE', 'UID:y', start),
        ...component('AVAILABLE', 'DTSTART:x'),
      ),
    );
    assert.deepEqual(
      made.objects[0]?.match(/UID:.*/g)?.map((line) => line.trim()),
      ['UID:a', 'UID:y'],
    );
  });

  it('leaves out alarms inside of alarms', () => {
    const inner = component('VALARM', 'ACTION:AUDIO');
    assert.equal(
      notices(...event(start, ...component('VALARM', ...inner))).objects[0]?.match(/BEGIN:VALARM/g)?.length,
      1,
    );
  });

  it('tells of lines and components outside of calendars', () => {
    const file = openImport(
      Buffer.from('X:1\nBEGIN:VCARD\nUID:1\nEND:VCARD\nBEGIN:VCALENDAR\nX-ROOM\nEND:VEVENT\nEND:VCALENDAR\n'),
    );
    assert.deepEqual(
      file.findings.map(({ line }) => line),
      [1, 2, 3, 6, 7],
    );
  });

  it('keeps what stands behind the end of its calendar, wherever that came from, and says so', () => {
    const cut = one(2).replace('SUMMARY', 'END:VCALENDAR\r\nBEGIN:VALARM\r\nSUMMARY');
    const bytes = Buffer.from(
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${one(1)}${cut}${one(3)}${one(4)}END:VCALENDAR\r\n${one(5)}BEGIN:VCALENDAR\r\n${one(6)}END:VCALENDAR\r\n`,
    );
    const file = openImport(bytes);
    assert.deepEqual(
      [...file.objects].map(({ uid }) => uid),
      ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'],
    );
    assert.ok(file.isComplete);
    const behind = file.findings.filter(({ message }) => message.includes('behind the end of its calendar'));
    assert.equal(behind.length, 3);
  });

  it('takes events that stand in no calendar, as codes for telephones have them', () => {
    const file = openImport(Buffer.from(`BEGIN:VTIMEZONE\r\nTZID:A\r\nEND:VTIMEZONE\r\n${one(1)}${one(2)}`));
    assert.deepEqual(
      [...file.objects].map(({ uid }) => uid),
      ['e1', 'e2'],
    );
    assert.ok(file.isCalendar && file.isComplete);
    assert.match(file.findings[0]?.message ?? '', /^VTIMEZONE in line 1 stands in no calendar/);
    for (const other of [
      'BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n',
      '<p>BEGIN:VEVENT</p>',
      'BEGIN:VTIMEZONE\r\n',
    ])
      assert.equal(openImport(Buffer.from(other)).isCalendar, false, other);
  });

  it('reads files whose lines are indented or set apart, and those that were copied out of pages', () => {
    const folded = one(1).replace('SUMMARY:Event 1', 'SUMMARY:Event\r\n  1, and:\r\n  more');
    const file = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${folded}${one(2)}END:VCALENDAR\r\n`;
    const read = (source: string): readonly string[] =>
      objects(Buffer.from(source)).map(
        ({ bytes }) => objectFrom(bytes).master?.first('SUMMARY')?.rawValue ?? '',
      );
    const inside = (blank: string): string => file.replace(/^(?!(?:BEGIN|END):VCAL)(?=.)/gm, blank);
    const nested = inside('  ')
      .replace(/^ {2}(?!BEGIN|END)(?=[A-Z])/gm, '\t    ')
      .replaceAll(/^ {4}/gm, '\t      ');
    for (const source of [
      file,
      inside('    '),
      inside('\t'),
      file.replace(/^(?=.)/gm, '      '),
      nested,
      inside('\u00a0\u00a0').replaceAll('\r\n', '\n'),
      file.replaceAll('\r\n', '\n\n'),
      file.replaceAll('\r\n', '\r\n\r\n'),
      file.replaceAll('\r\n', '\n\r'),
      file.replaceAll('\r\n', '\r\r\n'),
      file.replace(/^(?=[A-Z])/gm, '\u200e\u202a'),
      file
        .repeat(2_000)
        .replace(/UID:e1/g, () => `UID:x${count++}`)
        .replaceAll('\r\n', '\n\n'),
    ])
      assert.deepEqual([...new Set(read(source))], ['Event 1, and: more', 'Event 2'], source.slice(0, 300));
    const told = openImport(Buffer.from(inside('  '))).findings.map(({ message }) => message);
    assert.deepEqual(told, ['lines are indented; they were read without that']);
    assert.deepEqual(openImport(Buffer.from(file)).findings, []);
  });

  it('takes the rest of a series for a series where it comes alone', () => {
    const rest = [
      'RECURRENCE-ID;RANGE=THISANDFUTURE;X-NOTE="a parameter that makes it longer than a line":20260310T090000Z',
    ];
    const days = 'RDATE;VALUE=PERIOD:20260310T090000Z/PT1H,20260317T090000Z/PT2H';
    const { objects: made, found } = notices(...event(start, ...rest, days));
    const series = objectFrom(Buffer.from(made[0] ?? ''));
    assert.equal(series.master?.first('RDATE')?.rawValue, days.slice(days.indexOf(':') + 1));
    assert.equal(series.overrides.length, 0);
    assert.deepEqual(found, ['the VEVENT of line 4 is the rest of a series, and was taken for a series']);
    for (const lines of [
      event(start, ...rest),
      event(start, 'RECURRENCE-ID:20260310T090000Z', 'RRULE:FREQ=DAILY'),
      [...event(start, 'RRULE:FREQ=DAILY'), ...event(start, ...rest, days)],
    ])
      assert.match(notices(...lines).objects[0] ?? '', /RECURRENCE-ID/);
  });

  it('reads dates with marks that nobody sees, and one zero too many', () => {
    const dates = (text: string): string => notices(...event(start, `DTEND:${text}`)).objects[0] ?? '';
    assert.match(dates('\u200e20260310T100000Z\u202c'), /DTEND:20260310T100000Z\r\n/);
    assert.match(dates('20260310T1000000Z'), /DTEND:20260310T100000Z\r\n/);
    assert.doesNotMatch(dates('20260310T1000005Z'), /DTEND/);
  });

  it('takes an indented line behind a BEGIN or END for one of its own', () => {
    const bytes = Buffer.from(`BEGIN:VCALENDAR\r\n\t${one(1)}  ${one(2)} \r\nEND:VCALENDAR\r\n \r\n`);
    assert.deepEqual(
      objects(bytes).map((object) => [
        object.uid,
        objectFrom(object.bytes).master?.first('SUMMARY')?.rawValue,
      ]),
      [
        ['e1', 'Event 1'],
        ['e2', 'Event 2'],
      ],
    );
  });

  it('ends a quoted-printable text where its line ends, also in a file of CR alone', () => {
    for (const end of ['\r', '\n', '\r\n', '\r\r\n']) {
      const quoted = one(1).replace('SUMMARY:', 'SUMMARY;ENCODING=QUOTED-PRINTABLE:=41=\r\n=42 ');
      const source = `BEGIN:VCALENDAR\r\n${quoted}${one(2)}END:VCALENDAR\r\n`.replaceAll('\r\n', end);
      assert.deepEqual(
        objects(Buffer.from(source)).map(({ bytes }) => objectFrom(bytes).master?.first('SUMMARY')?.rawValue),
        ['AB Event 1', 'Event 2'],
        JSON.stringify(end),
      );
    }
  });

  it('keeps free/busy times that are times', () => {
    const made = notices(...component('VFREEBUSY', 'UID:f', 'FREEBUSY:20260310T090000Z/PT1H', 'FREEBUSY:x'));
    assert.equal(made.objects[0]?.match(/FREEBUSY:/g)?.length, 1);
  });

  it('builds one object of very many lines or components in steps', () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `X-${n}:${n}`);
    const changed = Array.from({ length: 3_000 }, (_, n) => {
      const at = new Date(Date.UTC(2026, 2, 10 + n, 9)).toISOString().replaceAll(/[-:]|\.000/g, '');
      return component('VEVENT', 'UID:u', `RECURRENCE-ID:${at}`, `DTSTART:${at}`);
    });
    const alarms = Array.from({ length: 10_000 }, (_, n) => component('VALARM', `TRIGGER:-PT${n}M`));
    for (const inside of [
      component('VEVENT', 'UID:u', 'DTSTART:20260310T090000Z', ...lines),
      [...component('VEVENT', 'UID:u', 'DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY'), ...changed.flat()],
      component('VEVENT', 'UID:u', 'DTSTART:20260310T090000Z', ...alarms.flat()),
    ]) {
      const file = openImport(calendar(...inside));
      const steps = [...file.steps];
      assert.ok(steps.length > 8, `${steps.length} steps`);
      assert.deepEqual(
        steps.filter((object) => object),
        [...file.objects],
      );
      assert.equal(file.unusableCount, 0);
    }
  });

  it('leaves a list of more dates than any calendar takes to those who refuse it', () => {
    const list = `RDATE:${'20260310T090000Z,'.repeat(70_000)}x`;
    const [made] = openImport(
      calendar(...component('VEVENT', 'UID:u', 'DTSTART:20260310T090000Z', list)),
    ).objects;
    assert.ok(made);
    assert.equal(acceptObject(made.bytes, rules).ok, false);
  });

  it('takes a step for each pass over one very long line', () => {
    const text = 'привет, мир '.repeat(20_000);
    const long = component('VEVENT', 'UID:u', 'DTSTART:20260310T090000Z', `DESCRIPTION:${text}`);
    const steps = [...openImport(calendar(...long)).steps];
    assert.ok(steps.length > 4, `${steps.length} steps`);
    const made = steps.find((object) => object !== undefined);
    assert.equal(objectFrom(made?.bytes ?? assert.fail()).master?.first('DESCRIPTION')?.rawValue, text);
  });

  it('takes 100,000 events in bounded time and gives them one by one', function () {
    this.timeout(120_000);
    const source = Buffer.from(
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${Array.from({ length: 100_000 }, (_, i) => one(i)).join('')}END:VCALENDAR\r\n`,
    );
    const file = openImport(source);
    assert.equal(file.componentCount, 100_000);
    let count = 0;
    for (const object of file.objects) count += object.bytes.length < 300 ? 1 : 0;
    assert.equal(count, 100_000);
    assert.deepEqual(file.findings, []);
  });
});

describe('an import of a large file', () => {
  const events = (from: number, to: number, summary: string): string =>
    Array.from(
      { length: to - from },
      (_, n) =>
        `BEGIN:VEVENT\r\nUID:e${from + n}\r\nDTSTART:20260310T090000Z\r\nSUMMARY:${summary}\r\n ${'x'.repeat(60)}\r\nEND:VEVENT\r\n`,
    ).join('');
  const around = (...inner: readonly (string | Uint8Array)[]): Uint8Array =>
    Buffer.concat(
      ['BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n', ...inner, 'END:VCALENDAR\r\n'].map((one) =>
        typeof one === 'string' ? Buffer.from(one) : one,
      ),
    );

  it('is read in short steps, to the same end', () => {
    const source = around(events(0, 20_000, 'Обед'));
    let steps = 0;
    const reading = importSteps(source);
    let step = reading.next();
    for (; !step.done; step = reading.next()) steps++;
    assert.ok(steps > 40, `${steps} steps`);
    assert.equal(step.value.componentCount, 20_000);
    assert.deepEqual(step.value.findings, []);
    const [first] = step.value.objects;
    assert.match(text(first?.bytes ?? Buffer.alloc(0)), /SUMMARY:Обед/);
  });

  it('finds components wherever the pieces end in which it is read, also in the middle of a long line', () => {
    const long = (n: number): string => `DESCRIPTION:${`${'x'.repeat(70)}\r\n `.repeat(n)}y`;
    const events = Array.from({ length: 40 }, (_, n) =>
      component('VEVENT', `UID:${n}`, start, long(n * 250)),
    ).flat();
    const source = calendar(...events);
    assert.ok(source.length > 10 * 1024 * 1024);
    const found = objects(source);
    assert.deepEqual(
      found.map(({ uid }) => uid),
      Array.from({ length: 40 }, (_, n) => String(n)),
    );
    for (const [n, { bytes }] of found.entries()) assert.ok(bytes.length > n * 250 * 70);
  });

  it('passes over a UID whose components are larger than any object, and says so', () => {
    const part = (n: number): readonly string[] =>
      component(
        'VEVENT',
        'UID:big',
        `RECURRENCE-ID:2026031${n}T090000Z`,
        start,
        `DESCRIPTION:${'x'.repeat(1_000_000)}`,
      );
    const many = Array.from({ length: 7 }, (_, n) => part(n)).flat();
    const file = openImport(calendar(...many, ...component('VEVENT', 'UID:small', start)));
    assert.deepEqual(
      [...file.objects].map(({ uid }) => uid),
      ['small'],
    );
    assert.equal(file.unusableCount, 1);
    assert.match(file.findings.map(({ message }) => message).join(), /larger than any that can be stored/);
  });

  it('is mended piece by piece, each finding told once with its line in the file', () => {
    const cyrillic = Buffer.from(events(20_000, 20_010, 'XXXX'), 'latin1');
    // "Дела" in windows-1251.
    for (let at = cyrillic.indexOf('XXXX'); at >= 0; at = cyrillic.indexOf('XXXX', at + 4)) {
      cyrillic.set([0xc4, 0xe5, 0xeb, 0xe0], at);
    }
    const bell = events(30_000, 30_001, 'ring\x07 \x07');
    const file = openImport(
      around(events(0, 20_000, 'a'), cyrillic, bell, events(40_000, 50_000, 'b'), bell),
    );
    const line = 3 + 20_000 * 6 + 4;
    const found = new Map(file.findings.map((finding) => [finding.code, finding]));
    assert.equal(found.size, file.findings.length);
    assert.equal(found.get('control-character')?.line, line + 60);
    assert.equal(found.get('encoding')?.line, line);
    assert.match(found.get('encoding')?.message ?? '', new RegExp(`^line ${line} .*windows-1251`));
    const texts = [...file.objects].map(({ bytes }) => text(bytes));
    assert.equal(texts.length, 30_011);
    assert.match(texts[20_003] ?? '', /SUMMARY:Дела/);
    assert.match(texts[20_010] ?? '', /SUMMARY:ring x/);
    assert.match(texts[25_000] ?? '', /SUMMARY:bx/);
  });

  it('in UTF-16 is read as a whole', () => {
    const source = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(text(around(events(0, 6_000, 'Ċ'))), 'utf16le'),
    ]);
    assert.equal(openImport(source).componentCount, 6_000);
  });

  it('counts the UIDs of which nothing could be kept, anew at each reading', () => {
    const file = openImport(around('BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n', events(0, 1, 'x')));
    for (let n = 0; n < 2; n++) {
      assert.equal([...file.objects].length, 1);
      assert.equal(file.unusableCount, 1);
    }
  });
});
