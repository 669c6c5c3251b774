import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type Component, parseCalendar } from '../../../src/icalendar/component.ts';
import { type FeedHooks, type FeedOptions, feedCuts, feedPart } from '../../../src/icalendar/feed/feed.ts';
import { BytePage, FeedBytes, type Place } from '../../../src/icalendar/feed/feed-bytes.ts';
import { CutsFeed } from '../../../src/icalendar/feed/feed-cut-parts.ts';
import { CalendarMerge, type MergePart } from '../../../src/icalendar/feed/merge.ts';
import { openImport } from '../../../src/icalendar/import/import.ts';
import { parseObject } from '../../../src/icalendar/object.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { formatDuration, parseDuration } from '../../../src/icalendar/value.ts';
import { ianaZone } from '../../../src/icalendar/zones/timezone.ts';
import { benchEvent } from '../../bench/events.ts';
import { at, calendar, event, nasty, nastyNames, rules } from '../fixtures.ts';

const options: FeedOptions = {
  zone: ianaZone('Europe/Moscow') ?? assert.fail(),
  range: { start: at('2026-01-01T00:00'), end: at('2027-01-01T00:00') },
  alarms: true,
  attendees: true,
};
const hooks: FeedHooks = { changed: at('2026-02-02T00:00'), sequence: 3 };

const merged = (part: MergePart): string => {
  const merge = new CalendarMerge();
  return Buffer.from(merge.head() + merge.add(part) + merge.tail(), 'latin1').toString('utf8');
};

/** What components say, whatever the order and the folding of their lines. */
const meaning = (component: Component): unknown => [
  component.name,
  component.properties
    .map(({ name, params, rawValue }) => {
      const duration = name === 'TRIGGER' || name === 'DURATION' ? parseDuration(rawValue) : undefined;
      return JSON.stringify([name, params, duration ? formatDuration(duration) : rawValue]);
    })
    .sort(),
  component.components.map(meaning),
];

const said = (text: string, name: string): unknown => {
  const { calendars, findings } = parseCalendar(Buffer.from(text), 'strict');
  assert.deepEqual(findings, [], `${name}\n${text}`);
  return calendars.map(meaning);
};

/** Parts from what the bytes themselves show, where that is enough. */
const quickParts = (
  own: FeedOptions,
): ((page: BytePage, place: Place, hooks: FeedHooks) => MergePart | undefined) => {
  const scan = new FeedBytes(own);
  const feed = new CutsFeed(own);
  return (page, place, ownHooks) => {
    const cuts = scan.cuts(page, place, ownHooks.uidSuffix);
    return cuts === undefined ? undefined : feed.part(page.bytes, place.from, cuts, ownHooks);
  };
};

/** Whether the bytes went the quick way; that it leads to the same place is asserted. */
const isQuick = (
  bytes: Uint8Array,
  name = '',
  own: Partial<FeedOptions> = {},
  ownHooks: Partial<FeedHooks> = {},
): boolean => {
  const allOptions = { ...options, ...own };
  const allHooks = { ...hooks, ...ownHooks };
  // Other objects lie before and behind it.
  const page = new BytePage(Buffer.concat([neighbour, bytes, neighbour]));
  const place = { from: neighbour.length, to: neighbour.length + bytes.length, plain: false };
  const quick = quickParts(allOptions)(page, place, allHooks);
  if (!quick) return false;
  if (allHooks.uidSuffix === undefined) {
    const kept = feedCuts('VEVENT', bytes, false) ?? assert.fail(name);
    assert.equal(JSON.stringify(JSON.parse(kept)), kept);
    assert.equal(
      merged(new CutsFeed(allOptions).part(page.bytes, place.from, kept, allHooks) ?? assert.fail(name)),
      merged(quick),
    );
  }
  const object = parseObject(bytes, 'forgiving') ?? assert.fail(name);
  const fast = merged(quick);
  assert.deepEqual(said(fast, name), said(merged(feedPart(object, allOptions, allHooks)), name), name);
  for (const line of fast.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, name);
  return true;
};

const neighbour = calendar(...event('DTSTART:20260310T090000Z'));

const isQuickEvent = (...lines: readonly string[]): boolean => isQuick(calendar(...event(...lines)));

const zoned = (name: string, time: string): string => `${name};TZID=Europe/Berlin:${time}`;
const start = zoned('DTSTART', '20260310T090000');

describe('the feed part of stored bytes', () => {
  it('says the same as that of the parsed object, for events as people have them', () => {
    for (let n = 0; n < 1_000; n++) {
      const { ics, name } = benchEvent(n);
      for (const flag of [true, false]) {
        const own = { alarms: flag, attendees: flag };
        const ownHooks = flag ? { category: 'Büro, innen', uidSuffix: '-é' } : { sequence: undefined };
        assert.ok(isQuick(Buffer.from(ics), name, own, ownHooks), ics);
      }
    }
  });

  it('says the same for every awkward file that it takes', () => {
    for (const name of nastyNames) {
      const stored = acceptObject(nasty(name), rules);
      const all = [...openImport(nasty(name)).objects].map(({ bytes }) => bytes);
      if (stored.ok) all.push(stored.bytes);
      for (const bytes of all) isQuick(bytes, name);
    }
  });

  it('says the same whatever lines come together', () => {
    const lines = fc.constantFrom(...usual, ...odd);
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 6 }), fc.boolean(), (own, before) => {
        const all = before ? [...own, start] : [start, ...own];
        isQuick(calendar(...event(...all)), all.join('\n'));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes the usual lines', () => {
    for (const line of usual) assert.ok(isQuickEvent(start, ...line.split('\r\n')), line);
    assert.ok(isQuickEvent('DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260311'));
    assert.ok(isQuickEvent('DTSTART:20260310T090000Z', 'DTEND:20260310T100000Z', 'EXDATE:20260317T090000Z'));
    assert.ok(isQuickEvent('DTSTART;TZID=Russian Standard Time:20260310T090000'));
    assert.ok(
      isQuickEvent('DTSTART;TZID="Europe/Berlin":20260310T090000', zoned('DTEND', '20260310T100000')),
    );
  });

  it('mends single lines, and leaves the rest to copying', () => {
    for (const line of mended) assert.ok(isQuickEvent(start, line), line);
  });

  it('has mended lines that follow one another as one, as far as that is short', () => {
    const lines = Array.from({ length: 200 }, () => 'REQUEST-STATUS:2.0;Success');
    const bytes = calendar(...event('DTSTART:20260310T090000Z', 'DTEND:20260310T100000Z', ...lines));
    const cuts: unknown = JSON.parse(feedCuts('VEVENT', bytes, true) ?? assert.fail());
    assert.ok(Array.isArray(cuts));
    const texts = cuts.filter((item) => typeof item === 'string' && item.startsWith('REQUEST'));
    assert.ok(texts.length > 0 && texts.length < 5, `${texts.length} texts`);
    assert.equal(texts.join('').match(/REQUEST-STATUS/g)?.length, 200);
  });

  it('leaves two overrides of one instance to the parser', () => {
    const master = event(start, 'RRULE:FREQ=DAILY');
    const override = event(zoned('RECURRENCE-ID', '20260312T090000'), zoned('DTSTART', '20260312T110000'));
    assert.ok(isQuick(calendar(...master, ...override)));
    assert.ok(!isQuick(calendar(...master, ...override, ...override)));
    assert.ok(!isQuick(calendar(...override, ...override)));
  });

  it('leaves events of another form to the parser', () => {
    for (const line of odd) assert.ok(!isQuickEvent(start, ...line.split('\r\n')), line);
    for (const lines of [
      ['DTSTART:20260310T090000'],
      ['DTSTART;VALUE=DATE:20260310'],
      ['DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260310'],
      ['DTSTART;TZID=Nowhere:20260310T090000'],
      ['DTSTART;TZID=Etc/UTC:20260310T090000'],
      ['DTSTART:20260230T090000Z'],
      ['SUMMARY:no start'],
      // The clock goes from two to three.
      [zoned('DTSTART', '20260329T023000'), zoned('DTEND', '20260329T030000')],
      [start, zoned('DTEND', '20260310T080000')],
      [start, 'DTEND:20260310T120000Z'],
      [start, zoned('DTEND', '20260310T100000'), 'DURATION:PT1H'],
      [start, zoned('EXDATE', '20260329T023000')],
      [start, 'EXDATE:20260310T120000Z'],
    ])
      assert.ok(!isQuickEvent(...lines), lines.join());
    const whole = Buffer.from(calendar(...event(start))).toString();
    for (const text of [
      whole.replaceAll('\r\n', '\n'),
      whole.slice(0, -5),
      whole.replace('END:VCALENDAR', 'X:1\r\nEND:VCALENDAR'),
      whole.replace('UID:u\r\n', ''),
      whole.replace('END:VEVENT', 'END:VTODO'),
      whole.replace('UID:u', 'UID:\x07u'),
      whole.replace('UID:u', 'UID:u\rv'),
      whole.replace('BEGIN:VEVENT', 'BEGIN:VTODO'),
      whole.replace('BEGIN:VEVENT', 'X:BEGIN:VEVENT'),
      `\r\n${whole}`,
      whole + whole,
    ])
      assert.ok(!isQuick(Buffer.from(text)), text);
    const bell = Buffer.from(whole.replace('UID:u', 'UID:\x7f'));
    const page = new BytePage(Buffer.concat([neighbour, bell, neighbour]));
    const ends = [0, neighbour.length, neighbour.length + bell.length, page.bytes.length];
    const reader = quickParts(options);
    const quick = [0, 1, 2].map((n) =>
      reader(page, { from: ends[n] ?? 0, to: ends[n + 1] ?? 0, plain: true }, hooks),
    );
    assert.deepEqual(
      quick.map((part) => part !== undefined),
      [true, false, true],
    );
  });

  it('takes series with their instances, and leaves mixed ones to the parser', () => {
    const series = event(start, 'RRULE:FREQ=DAILY;COUNT=9');
    const instance = (...lines: readonly string[]): readonly string[] =>
      event(zoned('DTSTART', '20260312T110000'), ...lines);
    const id = zoned('RECURRENCE-ID', '20260312T090000');
    assert.ok(isQuick(calendar(...series, ...instance(id))));
    assert.ok(isQuick(calendar(...instance(id))));
    for (const other of [
      instance(zoned('RECURRENCE-ID;RANGE=THISANDFUTURE', '20260312T090000')),
      instance('RECURRENCE-ID:20260312T080000Z'),
      instance(id, 'RRULE:FREQ=DAILY'),
      instance(),
    ])
      assert.ok(!isQuick(calendar(...series, ...other)), other.join());
    assert.ok(!isQuick(calendar(...instance(id), ...series)));
    assert.ok(!isQuick(calendar(...series, ...instance(id).map((line) => line.replace('UID:u', 'UID:v')))));
  });
});

const alarm = (...lines: readonly string[]): string => ['BEGIN:VALARM', ...lines, 'END:VALARM'].join('\r\n');

/** Lines that are copied. */
const usual: readonly string[] = [
  zoned('DTEND', '20260310T100000'),
  'DURATION:PT1H',
  'RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260410T090000Z',
  'RRULE:FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2;COUNT=5',
  zoned('EXDATE', '20260317T090000,20260324T090000'),
  'SUMMARY:Обед\\, потом кофе',
  `DESCRIPTION:${'x'.repeat(60)}\r\n ${'y'.repeat(60)}`,
  'LOCATION:Here',
  'CATEGORIES:Work,Büro',
  'STATUS:TENTATIVE',
  'STATUS:CANCELLED',
  'TRANSP:TRANSPARENT',
  'CLASS:PRIVATE',
  'PRIORITY:5',
  'X-MICROSOFT-CDO-BUSYSTATUS:OOF',
  'CREATED:20250101T000000Z',
  'SEQUENCE:7',
  'X-MOZ-LASTACK:20250101T000000Z',
  'X-OTHER;A=1;B="x:y",z:any value',
  'ORGANIZER;CN="Петрова, Анна":mailto:anna@example.com',
  'ATTENDEE;CN=Igor;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;X-A=1:mailto:\r\n igor@example.com',
  alarm('ACTION:DISPLAY', 'TRIGGER:-PT15M', 'DESCRIPTION:x'),
  alarm('TRIGGER;RELATED=END:-P1D', 'ACTION:AUDIO'),
];

/** Lines that go through the parser alone. */
const mended: readonly string[] = [
  'SUMMARY;LANGUAGE=de:Mittag',
  'SUMMARY:a, b; c',
  'DESCRIPTION:mail me@x.org or https://me:secret@x.org',
  'DESCRIPTION:\\N',
  'COMMENT:\\\r\n n',
  'CATEGORIES:,a,',
  'CATEGORIES:a\\,b',
  'CLASS:secret thing',
  'PRIORITY:99',
  'CREATED:yesterday',
  'URL:https://user:secret@example.com/',
  'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD',
  'X-LINK:https://me:secret@x.org',
  'X-ZONE;TZID=Europe/Berlin:1',
  'X-QUOTES;A=x"y":1',
  'ATTENDEE;CN="a" b:mailto:x@y',
  'CONTACT:me\\, you',
  'GEO:1;2',
];

/** Lines for which all of the event goes through the parser. */
const odd: readonly string[] = [
  'summary:small',
  'STATUS:final',
  'TRANSP;X=1:OPAQUE',
  'X-MICROSOFT-CDO-BUSYSTATUS:ELSEWHERE',
  'SEQUENCE:many',
  'no colon',
  'SUMM\r\n ARY:folded name',
  'RDATE:20260401T090000Z',
  'EXRULE:FREQ=DAILY',
  'RRULE:FREQ=DAILY;INTERVAL=0',
  'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260410T090000Z',
  'RRULE:FREQ=DAILY;UNTIL=20260410',
  'RRULE:FREQ=DAILY;UNTIL=20260309T090000Z',
  'RRULE:FREQ=HOURLY',
  'DURATION:PT0S',
  'EXDATE;VALUE=DATE:20260317',
  'EXDATE;TZID=Europe/Paris:20260317T090000',
  'EXDATE;TZID=Europe/Berlin:20260317T090000,',
  'EXDATE;TZID=Russian Standard Time:20260317T090000',
  'EXDATE;X=1:20260317T090000Z',
  'DTEND:soon',
  'DTSTART:20260310T090000Z',
  'BEGIN:X-INNER\r\nEND:X-INNER',
  alarm('ACTION:DISPLAY', 'BEGIN:X\r\nEND:X', 'TRIGGER:-PT15M'),
  'BEGIN:VALARM\r\nEND:VEVENT',
];
