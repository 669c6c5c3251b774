import assert from 'node:assert/strict';
import ICAL from 'ical.js';
import { parseCalendar } from '../../../src/icalendar/component.ts';
import {
  type FeedHooks,
  type FeedOptions,
  feedHead,
  feedPart,
  feedParts,
} from '../../../src/icalendar/feed/feed.ts';
import { BytePage } from '../../../src/icalendar/feed/feed-bytes.ts';
import { CalendarMerge } from '../../../src/icalendar/feed/merge.ts';
import { openImport } from '../../../src/icalendar/import/import.ts';
import type { CalendarObject } from '../../../src/icalendar/object.ts';
import { completed } from '../../../src/icalendar/steps.ts';
import { ianaZone } from '../../../src/icalendar/zones/timezone.ts';
import { at, calendar, event, nasty, nastyNames, objectFrom, objectOf, text } from '../fixtures.ts';

const options: FeedOptions = {
  zone: ianaZone('Europe/Moscow') ?? assert.fail(),
  range: { start: at('2026-01-01T00:00'), end: at('2027-01-01T00:00') },
  alarms: false,
  attendees: false,
};
const hooks: FeedHooks = { changed: at('2026-02-02T00:00') };

const fed = (
  object: CalendarObject,
  own: Partial<FeedOptions> = {},
  ownHooks: Partial<FeedHooks> = {},
): string => {
  const merge = new CalendarMerge();
  const part = feedPart(object, { ...options, ...own }, { ...hooks, ...ownHooks });
  return text(Buffer.from(merge.head(feedHead({ name: 'Work' })) + merge.add(part) + merge.tail(), 'latin1'));
};

/** The unfolded lines of the first event, without the four that always lead. */
const linesOf = (output: string): readonly string[] => {
  const components = parseCalendar(Buffer.from(output), 'strict').calendars[0]?.components ?? [];
  return (
    components
      .find(({ name }) => name !== 'VTIMEZONE')
      ?.properties.slice(4)
      .map(({ content }) => content) ?? []
  );
};

const busy = 'X-MICROSOFT-CDO-BUSYSTATUS:BUSY';
const lines = (...own: readonly string[]): readonly string[] =>
  linesOf(fed(objectOf(...event(...own)))).filter((line) => line !== busy);
const dates = (...own: readonly string[]): readonly string[] =>
  lines(...own).filter((line) => !line.startsWith('X-MICROSOFT'));

const own = (offset: string): CalendarObject =>
  objectOf(
    'BEGIN:VTIMEZONE',
    'TZID:Own',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    `TZOFFSETFROM:${offset}`,
    `TZOFFSETTO:${offset}`,
    'END:STANDARD',
    'END:VTIMEZONE',
    ...event('DTSTART;TZID=Own:20260310T090000'),
  );

const day = (...end: readonly string[]): string | undefined =>
  dates('DTSTART;VALUE=DATE:20260310', ...end)[1];

const end = (...own: readonly string[]): readonly string[] =>
  dates('DTSTART:20260310T090000Z', ...own).slice(1);

const list = (start: string, ...own: readonly string[]): readonly string[] =>
  dates(start, 'RRULE:FREQ=DAILY', ...own).slice(start.includes('DATE:') ? 3 : 2);

const rule = (start: string, text: string): string | undefined =>
  dates(start, `RRULE:${text}`)
    .find((line) => line.startsWith('RRULE'))
    ?.slice(6);

const task = (...own: readonly string[]): readonly string[] =>
  linesOf(fed(objectOf('BEGIN:VTODO', 'UID:u', ...own, 'END:VTODO')));

const outlook = (...own: readonly string[]): readonly string[] =>
  linesOf(fed(objectOf(...event(...own))))
    .filter((line) => line.startsWith('X-MICROSOFT'))
    .map((line) => line.slice(16));

describe('an object in a feed', () => {
  it('RFC 5545 §3.6.4: as published busy times keeps both ends, and has neither version nor category', () => {
    const busyTimes = objectOf(
      'BEGIN:VFREEBUSY',
      'UID:u',
      'DTSTART:20260310T000000Z',
      'DTEND:20260312T000000Z',
      'SEQUENCE:3',
      'FREEBUSY:20260310T090000Z/PT1H',
      'END:VFREEBUSY',
    );
    assert.match(
      fed(busyTimes, {}, { sequence: 5, category: 'Team' }),
      /BEGIN:VFREEBUSY\r\nUID:u\r\nDTSTAMP:20260202T000000Z\r\nDTSTART:20260310T000000Z\r\nDTEND:20260312T000000Z\r\nFREEBUSY:20260310T090000Z\/PT1H\r\nEND:VFREEBUSY/,
    );
  });

  it('is stamped with the time of its last change and a SEQUENCE that grows', () => {
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z', 'SEQUENCE:3', 'LAST-MODIFIED:20300101T000000Z'),
    );
    const output = fed(object, {}, { sequence: 5, uidSuffix: '-7', category: 'Team; one' });
    assert.match(
      output,
      /UID:u-7\r\nDTSTAMP:20260202T000000Z\r\nLAST-MODIFIED:20260202T000000Z\r\nSEQUENCE:8\r\nDTSTART/,
    );
    assert.match(output, /CATEGORIES:Team\\; one\r\n/);
    assert.match(fed(object, {}, { sequence: 2 }), /SEQUENCE:5/);
    assert.match(fed(objectOf(...event('DTSTART:20260310', 'SEQUENCE:-3'))), /SEQUENCE:0/);
    assert.equal(fed(object), fed(object));
  });

  it('tells floating times in the zone of the calendar, and UTC zones in UTC', () => {
    assert.deepEqual(dates('DTSTART:20260310T090000', 'DTEND:20260310T100000'), [
      'DTSTART;TZID=Europe/Moscow:20260310T090000',
      'DTEND;TZID=Europe/Moscow:20260310T100000',
    ]);
    assert.deepEqual(dates('DTSTART;TZID=Etc/UTC:20260310T090000'), ['DTSTART:20260310T090000Z']);
  });

  it('calls zones by their IANA names and defines them', () => {
    const output = fed(objectOf(...event('DTSTART;TZID=Russian Standard Time:20260310T090000')));
    assert.match(output, /BEGIN:VTIMEZONE\r\nTZID:Europe\/Moscow\r\n/);
    assert.match(output, /DTSTART;TZID=Europe\/Moscow:20260310T090000/);
    assert.match(
      fed(objectOf(...event('DTSTART;TZID=Nowhere:20260310T090000'))),
      /DTSTART;TZID=Europe\/Moscow/,
    );
  });

  it('defines zones whose name says no more than an offset', () => {
    for (const [name, offset] of [
      ['GMT+0530', '+0530'],
      ['GMT-0330', '-0330'],
    ]) {
      const output = fed(objectOf(...event(`DTSTART;TZID=${name}:20260310T090000`)));
      assert.ok(output.includes(`TZID:${name}\r\n`), output);
      assert.ok(output.includes(`TZOFFSETTO:${offset}\r\n`), output);
    }
  });

  it('keeps zones that only the object defines, also when two objects mean two by one name', () => {
    const merge = new CalendarMerge();
    const all = ['+0107', '+0207'].map((offset) => merge.add(feedPart(own(offset), options, hooks)));
    assert.deepEqual(
      all
        .join('')
        .match(/TZID.Own.*/g)
        ?.map((line) => line.trim()),
      ['TZID:Own', 'TZID=Own:20260310T090000', 'TZID:Own (2)', 'TZID=Own (2):20260310T090000'],
    );
  });

  it('writes the offsets of a definition as strict readers take them', () => {
    for (const [written, meant] of [
      ['+04:30', '+0430'],
      ['0430', '+0430'],
      ['-0430', '-0430'],
    ] as const)
      assert.ok(fed(own(written)).includes(`TZOFFSETTO:${meant}\r\n`), written);
  });

  it('knows a definition by its name, however the two write it', () => {
    for (const [defined, used] of [
      ['My\\, Zone', '"My, Zone"'],
      ['"My, Zone"', '"My, Zone"'],
      ['Own ', 'Own'],
    ]) {
      const source = calendar(
        'BEGIN:VTIMEZONE',
        `TZID:${defined}`,
        'BEGIN:STANDARD',
        'DTSTART:19700101T000000',
        'TZOFFSETFROM:+0430',
        'TZOFFSETTO:+0430',
        'END:STANDARD',
        'END:VTIMEZONE',
        ...event(`DTSTART;TZID=${used}:20260310T090000`),
      );
      const [imported] = openImport(source).objects;
      for (const bytes of [source, imported?.bytes ?? assert.fail()]) {
        const output = fed(objectFrom(bytes));
        const component = ICAL.Component.fromString(output);
        const start = component.getFirstSubcomponent('vevent')?.getFirstProperty('dtstart');
        const tzid = component.getFirstSubcomponent('vtimezone')?.getFirstPropertyValue('tzid');
        assert.equal(start?.getFirstParameter('tzid'), tzid, defined);
        assert.match(output, /TZOFFSETTO:\+0430/);
      }
    }
  });

  it('defines the zones of Lotus Notes without the times that it repeats in each rule', () => {
    for (const name of ['lotus-notes', 'tzid-other-case']) {
      const output = fed(objectFrom(nasty(name)));
      assert.match(output, /DTSTART:19500312T020000\r\n[^]*RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n/);
      const component = ICAL.Component.fromString(output);
      const zone = new ICAL.Timezone(component.getFirstSubcomponent('vtimezone') ?? assert.fail());
      assert.equal(
        zone.utcOffset(ICAL.Time.fromData({ year: 2026, month: 7, day: 10, hour: 9 })),
        -4 * 3600,
        name,
      );
      assert.match(output, /DTSTART;TZID=Notes East:20260710T090000/);
    }
  });

  it('tells busy times as periods in UTC alone, as readers refuse others', () => {
    const text = fed(
      objectOf(
        'BEGIN:VFREEBUSY',
        'UID:u',
        'DTSTAMP:20260101T000000Z',
        'FREEBUSY:20260310/20260311',
        'FREEBUSY;FBTYPE=BUSY:20260310T090000z/20260310t100000Z,20260311T090000/PT1H,20260312T090000Z/T90M,20260312T090000Z/20260311T090000Z,20260312T090000Z/-PT1H',
        `FREEBUSY;FBTYPE=FREE:${'20260313T090000Z/PT1H,'.repeat(2_001)}`,
        'END:VFREEBUSY',
      ),
    ).replaceAll('\r\n ', '');
    const lines = text.split('\r\n').filter((line) => line.startsWith('FREEBUSY'));
    assert.equal(lines[0], 'FREEBUSY;FBTYPE=BUSY:20260310T090000Z/20260310T100000Z,20260312T090000Z/PT1H30M');
    assert.equal(lines[1]?.split(',').length, 2_001);
    assert.equal(lines.length, 2);
  });

  it('says of a rule that ends before it begins that it has one instance', () => {
    for (const [begins, until, end] of [
      ['DTSTART;VALUE=DATE:20260310', '20260309', 'COUNT=1'],
      ['DTSTART;VALUE=DATE:20260310', '20260310', 'UNTIL=20260310'],
      ['DTSTART:20260310T090000Z', '20260310T085959Z', 'COUNT=1'],
      ['DTSTART:20260310T090000Z', '20260310T090000Z', 'UNTIL=20260310T090000Z'],
      ['DTSTART;TZID=Europe/Moscow:20260310T090000', '20260310T055959Z', 'COUNT=1'],
      ['DTSTART;TZID=Europe/Moscow:20260310T090000', '20260310T060000Z', 'UNTIL=20260310T060000Z'],
    ] as const) {
      const found = dates(begins, `RRULE:FREQ=YEARLY;UNTIL=${until};INTERVAL=1`);
      assert.ok(found.includes(`RRULE:FREQ=YEARLY;${end};INTERVAL=1`), `${begins} ${until}: ${found.join()}`);
    }
  });

  it('has the place of an event whose semicolon was escaped', () => {
    assert.match(fed(objectOf(...event('DTSTART:20260310T090000Z', 'GEO:1.5\\;-2.5'))), /GEO:1\.5;-2\.5\r\n/);
  });

  it('defines zones of observances that say all that one must say', () => {
    const zoneOf = (...observance: readonly string[]): string => {
      const whole = ['DTSTART:19700101T000000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0100'];
      const text = fed(
        objectOf(
          'BEGIN:VTIMEZONE',
          'TZID:Own',
          'BEGIN:STANDARD',
          ...whole,
          'END:STANDARD',
          'BEGIN:DAYLIGHT',
          ...observance,
          'END:DAYLIGHT',
          'END:VTIMEZONE',
          ...event('DTSTART;TZID=Own:20260310T090000'),
        ),
      );
      return /BEGIN:DAYLIGHT\r\n([^]*)END:DAYLIGHT|$/.exec(text)?.[1]?.replaceAll('\r\n', ' ') ?? '';
    };
    assert.equal(zoneOf('DTSTART:19700401T000000', 'TZOFFSETFROM:+1:00'), '');
    assert.equal(zoneOf('DTSTART:soon', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200'), '');
    assert.equal(
      zoneOf('TZOFFSETFROM:late', 'TZOFFSETTO:0200', 'DTSTART:19700401T000000Z'),
      'DTSTART:19700401T000000 TZOFFSETFROM:+0200 TZOFFSETTO:+0200 ',
    );
  });

  it('has no rules of weekdays that no month has, nor of leap seconds', () => {
    const rule = (text: string): string | undefined => dates('DTSTART:20260310T090000Z', `RRULE:${text}`)[1];
    assert.equal(rule('FREQ=MONTHLY;BYDAY=8MO;COUNT=3'), undefined);
    assert.equal(rule('FREQ=MONTHLY;BYDAY=8MO,2TU;COUNT=3'), 'RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=3');
    assert.equal(rule('FREQ=YEARLY;BYMONTH=3;BYDAY=6MO'), undefined);
    assert.equal(rule('FREQ=YEARLY;BYDAY=20MO'), 'RRULE:FREQ=YEARLY;BYDAY=20MO');
    assert.equal(rule('FREQ=DAILY;BYSECOND=59,60'), 'RRULE:FREQ=DAILY;BYSECOND=59');
  });

  it('says each part of a rule once', () => {
    assert.deepEqual(dates('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=3;COUNT=5'), [
      'DTSTART:20260310T090000Z',
      'RRULE:FREQ=DAILY;COUNT=5',
    ]);
  });

  it('has days that end on the day after the last', () => {
    assert.equal(day(), 'DTEND;VALUE=DATE:20260311');
    assert.equal(day('DTEND;VALUE=DATE:20260310'), 'DTEND;VALUE=DATE:20260311');
    assert.equal(day('DTEND;VALUE=DATE:20260312'), 'DTEND;VALUE=DATE:20260312');
    assert.equal(day('DTEND:20260311T100000'), 'DTEND;VALUE=DATE:20260312');
    assert.equal(day('DTEND:20260311T000000'), 'DTEND;VALUE=DATE:20260311');
    assert.equal(day('DURATION:P3D'), 'DTEND;VALUE=DATE:20260313');
    assert.equal(day('DURATION:PT36H'), 'DTEND;VALUE=DATE:20260312');
  });

  it('has one end, not before its start', () => {
    assert.deepEqual(end('DTEND:20260310T100000Z', 'DURATION:PT5H'), ['DTEND:20260310T100000Z']);
    assert.deepEqual(end('DTEND:20260309T100000Z'), ['DTEND:20260310T090000Z']);
    assert.deepEqual(end('DTEND;VALUE=DATE:20260311'), ['DTEND:20260311T000000Z']);
    assert.deepEqual(end('DURATION:P1W2DT3H'), ['DURATION:P9DT3H']);
    assert.deepEqual(end('DURATION:PT0S'), []);
    assert.deepEqual(end('DTEND:'), []);
  });

  it('has its exceptions and additions in the type and zone of its start', () => {
    const zoned = 'DTSTART;TZID=Europe/Berlin:20260310T090000';
    assert.deepEqual(list(zoned, 'EXDATE;VALUE=DATE:20260311'), [
      'EXDATE;TZID=Europe/Berlin:20260311T090000',
    ]);
    assert.deepEqual(list(zoned, 'EXDATE:20260311T080000Z,20260330T070000Z'), [
      'EXDATE;TZID=Europe/Berlin:20260311T090000,20260330T090000',
    ]);
    assert.deepEqual(list('DTSTART;VALUE=DATE:20260310', 'EXDATE:20260311T230000Z'), [
      'EXDATE;VALUE=DATE:20260312',
    ]);
    assert.deepEqual(list('DTSTART:20260310T090000Z', 'EXDATE;VALUE=DATE:20260311'), [
      'EXDATE:20260311T090000Z',
    ]);
    assert.deepEqual(
      list(zoned, 'RDATE;VALUE=PERIOD:20260311T080000Z/PT1H,20260312T080000Z/20260312T090000Z'),
      [
        'RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260311T090000/PT1H',
        'RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260312T090000/20260312T100000',
      ],
    );
    assert.deepEqual(list('DTSTART;VALUE=DATE:20260310', 'RDATE;VALUE=PERIOD:20260311T080000Z/PT1H'), [
      'RDATE;VALUE=DATE:20260311',
    ]);
    assert.deepEqual(list(zoned, 'EXDATE:', 'RDATE:x'), []);
  });

  it('has rules that strict readers take', () => {
    const zoned = 'DTSTART;TZID=Europe/Berlin:20260310T090000';
    assert.equal(rule(zoned, 'FREQ=DAILY;UNTIL=20260313'), 'FREQ=DAILY;UNTIL=20260313T225959Z');
    assert.equal(rule(zoned, 'FREQ=DAILY;UNTIL=20260313T090000'), 'FREQ=DAILY;UNTIL=20260313T080000Z');
    assert.equal(rule(zoned, 'FREQ=DAILY;UNTIL=20260313T090000Z'), 'FREQ=DAILY;UNTIL=20260313T090000Z');
    assert.equal(
      rule('DTSTART;VALUE=DATE:20260310', 'FREQ=DAILY;UNTIL=20260313T220000Z'),
      'FREQ=DAILY;UNTIL=20260314',
    );
    assert.equal(rule(zoned, 'FREQ=DAILY;COUNT=9;UNTIL=20260312T080000Z'), 'FREQ=DAILY;COUNT=3');
    assert.equal(rule(zoned, 'FREQ=DAILY;COUNT=2;UNTIL=20260401T080000Z'), 'FREQ=DAILY;COUNT=2');
    assert.equal(rule(zoned, 'FREQ=DAILY;INTERVAL=0'), 'FREQ=DAILY');
    assert.equal(rule(zoned, 'freq=weekly;byday=mo'), 'FREQ=WEEKLY;BYDAY=MO');
    assert.equal(rule(zoned, ''), undefined);
  });

  it('has rules with the parts of RFC 5545 alone, each once', () => {
    const zoned = 'DTSTART:20260310T090000Z';
    assert.equal(rule(zoned, 'FREQ=DAILY;BYFOO=1;X-A=2;COUNT=3'), 'FREQ=DAILY;COUNT=3');
    assert.equal(rule(zoned, 'FREQ=DAILY;COUNT=0'), 'FREQ=DAILY;COUNT=1');
    assert.equal(rule(zoned, 'FREQ=DAILY;FREQ=WEEKLY;COUNT=3;COUNT=5'), 'FREQ=WEEKLY;COUNT=5');
    assert.equal(rule(zoned, 'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT'), 'FREQ=MONTHLY');
    assert.equal(rule(zoned, 'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD'), 'FREQ=MONTHLY');
    assert.equal(rule(zoned, 'RSCALE=CHINESE;FREQ=YEARLY'), undefined);
    assert.equal(rule(zoned, 'FREQ=MONTHLY;BYDAY=0MO,-1FR;COUNT=3'), 'FREQ=MONTHLY;BYDAY=MO,-1FR;COUNT=3');
    assert.equal(rule(zoned, 'FREQ=YEARLY;BYDAY=54MO'), 'FREQ=YEARLY');
    assert.equal(rule(zoned, 'FREQ=WEEKLY;BYDAY=2MO'), 'FREQ=WEEKLY;BYDAY=MO');
    assert.equal(rule(zoned, 'FREQ=YEARLY;BYMONTH=5L'), undefined);
    assert.equal(rule(zoned, 'FREQ=YEARLY;BYMONTH=5L,6'), 'FREQ=YEARLY;BYMONTH=6');
  });

  it('has periods that do not end before they start', () => {
    const period = (text: string): string | undefined =>
      list('DTSTART:20260310T090000Z', `RDATE;VALUE=PERIOD:${text}`)[0];
    assert.equal(
      period('20260311T090000Z/20260311T080000Z'),
      'RDATE;VALUE=PERIOD:20260311T090000Z/20260311T090000Z',
    );
    assert.equal(period('20260311T090000Z/-PT1H'), 'RDATE;VALUE=PERIOD:20260311T090000Z/PT0S');
  });

  it('has exceptions without a zone on the clock of its start', () => {
    assert.deepEqual(list('DTSTART;TZID=Asia/Tokyo:20260310T090000', 'EXDATE:20260311T090000'), [
      'EXDATE;TZID=Asia/Tokyo:20260311T090000',
    ]);
  });

  it('names its replaced instances in the type and zone of the series', () => {
    const object = objectOf(
      ...event('DTSTART;TZID=Europe/Berlin:20260310T090000', 'RRULE:FREQ=DAILY'),
      ...event(
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T080000Z',
        'DTSTART:20260311T100000Z',
        'RRULE:FREQ=DAILY',
      ),
    );
    const [, second] =
      parseCalendar(Buffer.from(fed(object)), 'strict').calendars[0]?.components.filter(
        ({ name }) => name === 'VEVENT',
      ) ?? [];
    assert.deepEqual(
      second?.properties.slice(4, 6).map(({ content }) => content),
      ['DTSTART:20260311T100000Z', 'RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20260311T090000'],
    );
    assert.equal(second?.first('RRULE'), undefined);
  });

  it('has each replaced instance once, as the newest override tells it, by the quick way as by the parser', () => {
    const master = event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY');
    const override = (stamp: string, summary: string, ...id: readonly string[]): readonly string[] => [
      'BEGIN:VEVENT',
      'UID:u',
      `DTSTAMP:2026010${stamp}T000000Z`,
      ...(id.length > 0 ? id : ['RECURRENCE-ID:20260312T090000Z']),
      'DTSTART:20260312T110000Z',
      `SUMMARY:${summary}`,
      'END:VEVENT',
    ];
    const summaries = (...overrides: readonly (readonly string[])[]): readonly string[] =>
      fed(objectOf(...master, ...overrides.flat())).match(/SUMMARY:\w+/g) ?? [];
    assert.deepEqual(summaries(override('2', 'new'), override('1', 'old')), ['SUMMARY:new']);
    assert.deepEqual(
      summaries(
        override('1', 'old'),
        override('2', 'new', 'RECURRENCE-ID;TZID=Europe/Berlin:20260312T100000'),
      ),
      ['SUMMARY:new'],
    );
    const later = override('1', 'later', 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260312T090000Z');
    assert.deepEqual(summaries(later, override('2', 'one')), ['SUMMARY:later', 'SUMMARY:one']);
  });

  it('has tasks with their due time', () => {
    assert.deepEqual(task('DTSTART:20260310T090000Z', 'DUE;VALUE=DATE:20260311', 'COMPLETED:20260310'), [
      'DTSTART:20260310T090000Z',
      'DUE:20260311T000000Z',
    ]);
    assert.deepEqual(task('DUE:20260311T000000Z', 'COMPLETED:20260310T000000Z'), [
      'DUE:20260311T000000Z',
      'COMPLETED:20260310T000000Z',
    ]);
    assert.deepEqual(task('DTSTART:20260310T090000Z', 'DURATION:PT1H'), [
      'DTSTART:20260310T090000Z',
      'DURATION:PT1H',
    ]);
    assert.deepEqual(task(), []);
  });

  it('has no properties that a strict reader would stumble over', () => {
    const start = 'DTSTART:20260310T090000Z';
    const rest = lines(
      start,
      'X_ODD:1',
      'ÜBER:1',
      'X-LIC-ERROR:1',
      'X-MOZ-LASTACK:1',
      'SUMMARY:a, b; c',
      'SUMMARY:second',
      'PRIORITY:99',
      'PERCENT-COMPLETE:140',
      'GEO:here',
      'GEO:55.75;37.61',
      'STATUS:odd',
      'CREATED:00001231T000000Z',
      'CREATED:20260101',
      'CATEGORIES:',
      'CATEGORIES:a,,b',
      'URL:',
      'ATTACH;VALUE=BINARY;ENCODING=BASE64:eA==',
      'ATTACH;VALUE=BINARY:eA==',
      'ATTACH;ENCODING=BASE64:eA==',
      'ATTACH:data:text/plain,x',
      'ATTACH:https://x/y',
      'X-OWN;TZID=Nowhere;X_P=1;X-Q=2:20260310T090000',
    );
    assert.deepEqual(rest, [
      start,
      'SUMMARY:a\\, b\\; c',
      'CATEGORIES:a,b',
      'ATTACH:https://x/y',
      'X-OWN;X-Q=2:20260310T090000',
    ]);
  });

  it('has nothing in its components that belongs to the calendar', () => {
    const misplaced = ['METHOD:REQUEST', 'VERSION:2.0', 'PRODID:x', 'CALSCALE:GREGORIAN', 'TZID:x'];
    assert.deepEqual(dates('DTSTART:20260310T090000Z', ...misplaced), ['DTSTART:20260310T090000Z']);
  });

  it('says no type of a value that it is not of, by the quick way as by the parser', () => {
    const types = [
      'DATE',
      'DATE-TIME',
      'DURATION',
      'PERIOD',
      'UTC-OFFSET',
      'RECUR',
      'INTEGER',
      'BOOLEAN',
      'x y',
      '',
    ];
    const values = [
      'X-A:text',
      'SUMMARY:x',
      'URL:https://example.com/',
      'COMPLETED:20260310T090000Z',
      'RELATED-TO:u',
    ];
    for (const type of types)
      for (const value of values) {
        const typed = value.replace(':', `;VALUE="${type}":`);
        for (const line of [typed, typed.replaceAll('"', ''), typed.replace('VALUE', 'VALUE=TEXT;VALUE')]) {
          const source = calendar(...event('DTSTART:20260310T090000Z', line));
          const place = { kind: 'VEVENT', from: 0, to: source.length, plain: true };
          const part = completed(feedParts(options).steps(new BytePage(source), place, hooks));
          const output = new CalendarMerge().add(part ?? assert.fail());
          const isOne = type === 'DATE-TIME' && value.startsWith('COMPLETED');
          assert.equal(/;VALUE=/.test(output.replace('VALUE=TEXT', '')), isOne, line);
          new ICAL.Component(ICAL.parse(fed(objectFrom(source)))).toString();
        }
      }
    assert.deepEqual(
      lines('DTSTART:20260310T090000Z', 'X-A;VALUE=DURATION:PT1H', 'X-B;VALUE=URI:a:b').slice(1),
      ['X-A;VALUE=DURATION:PT1H', 'X-B;VALUE=URI:a:b'],
    );
  });

  it('tells no passwords that somebody pasted with a link', () => {
    const rest = lines(
      'DTSTART:20260310T090000Z',
      'URL:https://user:secret@example.com/a@b',
      'DESCRIPTION:see https://me@x.org and mail me@x.org',
      'X-LINK:ftp://a:b@c',
    );
    assert.deepEqual(rest.slice(1), [
      'URL:https://example.com/a@b',
      'DESCRIPTION:see https://x.org and mail me@x.org',
      'X-LINK:ftp://c',
    ]);
  });

  it('tells Outlook whether it is busy and whether it lasts whole days', () => {
    assert.deepEqual(outlook('DTSTART:20260310'), ['BUSYSTATUS:BUSY', 'ALLDAYEVENT:TRUE']);
    assert.deepEqual(outlook('DTSTART:20260310T090000Z', 'TRANSP:TRANSPARENT'), ['BUSYSTATUS:FREE']);
    assert.deepEqual(outlook('DTSTART:20260310T090000Z', 'STATUS:TENTATIVE'), ['BUSYSTATUS:TENTATIVE']);
    assert.deepEqual(outlook('DTSTART:20260310T090000Z', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'), [
      'BUSYSTATUS:OOF',
    ]);
  });

  it('has people only when asked for', () => {
    const object = objectOf(
      ...event('DTSTART:20260310', 'ORGANIZER:mailto:o@x', 'ATTENDEE;CN="A, B":mailto:a@x'),
    );
    assert.doesNotMatch(fed(object), /mailto/);
    assert.match(fed(object, { attendees: true }), /ORGANIZER:mailto:o@x\r\nATTENDEE;CN="A, B":mailto:a@x/);
  });

  it('has alarms only when asked for, and only complete ones', () => {
    const alarm = (...own: readonly string[]): string =>
      fed(objectOf(...event('DTSTART:20260310', 'SUMMARY:Title', 'BEGIN:VALARM', ...own, 'END:VALARM')), {
        alarms: true,
      });
    const inside = (...own: readonly string[]): string =>
      /BEGIN:VALARM\r\n([^]*?)END:VALARM/
        .exec(alarm(...own))?.[1]
        ?.replaceAll('\r\n', ' ')
        .trim() ?? '';
    assert.equal(
      inside('ACTION:display', 'TRIGGER:-PT15M'),
      'ACTION:DISPLAY TRIGGER:-PT15M DESCRIPTION:Title',
    );
    assert.equal(
      inside('ACTION:DISPLAY', 'TRIGGER;RELATED=END:PT5M', 'DESCRIPTION:x', 'REPEAT:2', 'DURATION:PT5M'),
      'ACTION:DISPLAY TRIGGER;RELATED=END:PT5M DESCRIPTION:x DURATION:PT5M REPEAT:2',
    );
    assert.equal(
      inside('ACTION:AUDIO', 'TRIGGER;VALUE=DATE-TIME:20260309T080000Z', 'REPEAT:2'),
      'ACTION:AUDIO TRIGGER;VALUE=DATE-TIME:20260309T080000Z',
    );
    assert.equal(
      inside('ACTION:DISPLAY', 'TRIGGER:-PT15M', 'DESCRIPTION:https://user:secret@example.com/a'),
      'ACTION:DISPLAY TRIGGER:-PT15M DESCRIPTION:https://example.com/a',
    );
    for (const own of [
      ['ACTION:DISPLAY', 'TRIGGER:soon'],
      ['ACTION:DISPLAY'],
      ['TRIGGER:-PT15M'],
      ['ACTION:EMAIL', 'TRIGGER:-PT15M', 'ATTENDEE:mailto:x@y'],
    ])
      assert.equal(inside(...own), '');
    assert.doesNotMatch(fed(objectFrom(nasty('alarm-invalid'))), /VALARM/);
  });

  it('says of the calendar what readers ask for', () => {
    const head = feedHead({
      name: 'Work\nand  play',
      description: 'd',
      timezone: 'Europe/Moscow',
      color: '#FF0000',
      id: 'c1',
      source: 'https://x/y',
    }).join('');
    assert.equal(
      head,
      [
        'METHOD:PUBLISH',
        'NAME:Work and play',
        'X-WR-CALNAME:Work and play',
        'DESCRIPTION:d',
        'X-WR-CALDESC:d',
        'X-WR-TIMEZONE:Europe/Moscow',
        'X-WR-RELCALID:c1',
        'COLOR:red',
        'X-APPLE-CALENDAR-COLOR:#FF0000',
        'SOURCE;VALUE=URI:https://x/y',
        'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
        'X-PUBLISHED-TTL:PT1H',
        '',
      ].join('\r\n'),
    );
  });

  it('says of a colour without a word the word of what looks like it (RFC 7986 §5.9), and the colour itself', () => {
    const colors = (color: string) => feedHead({ name: 'x', color }).filter((line) => line.includes('COLOR'));
    for (const [color, word] of [
      ['#663399', 'rebeccapurple'],
      ['#ffd700', 'gold'],
      ['#0B8043', 'forestgreen'],
      ['#C2185B', 'mediumvioletred'],
      ['#010101', 'black'],
    ] as const)
      assert.deepEqual(colors(color), [`COLOR:${word}\r\n`, `X-APPLE-CALENDAR-COLOR:${color}\r\n`]);
    assert.deepEqual(
      feedHead({ name: 'x' }).filter((line) => line.includes('COLOR')),
      [],
    );
  });
});

describe('a feed of every awkward file', () => {
  it('is read without complaint by an independent strict reader', () => {
    for (const name of nastyNames) {
      for (const stored of openImport(nasty(name)).objects) {
        const output = fed(objectFrom(stored.bytes), { alarms: true, attendees: true });
        assert.deepEqual(parseCalendar(Buffer.from(output), 'strict').findings, [], name);
        for (const line of output.split('\r\n')) assert(Buffer.byteLength(line) <= 75, name);
        const root = ICAL.Component.fromString(output);
        for (const vevent of root.getAllSubcomponents('vevent')) {
          const read = new ICAL.Event(vevent);
          assert(read.uid, name);
          assert(read.endDate.compare(read.startDate) >= 0, name);
          for (const zoned of vevent.getAllProperties()) {
            const tzid = zoned.getParameter('tzid');
            if (tzid)
              assert(
                root
                  .getAllSubcomponents('vtimezone')
                  .some((zone) => zone.getFirstPropertyValue('tzid') === tzid),
                name,
              );
          }
        }
      }
    }
  });
});
