/** Laws that hold for any bytes: nothing throws, time is linear, and what is accepted stays what it is. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { parseCalendar } from '../../src/icalendar/component.ts';
import { feedPart } from '../../src/icalendar/feed/feed.ts';
import { CalendarMerge } from '../../src/icalendar/feed/merge.ts';
import { reducedSteps } from '../../src/icalendar/feed/reduce.ts';
import { openImport } from '../../src/icalendar/import/import.ts';
import { alarmRings, ringingAlarms } from '../../src/icalendar/instances/alarm-times.ts';
import { type CalendarObject, parseObject } from '../../src/icalendar/object.ts';
import { busyPeriods } from '../../src/icalendar/query/freebusy.ts';
import { matches } from '../../src/icalendar/query/match.ts';
import { selectedData } from '../../src/icalendar/query/select.ts';
import { acceptObject } from '../../src/icalendar/repair.ts';
import { completed } from '../../src/icalendar/steps.ts';
import { utc } from '../../src/icalendar/zones/timezone.ts';
import { nasty, nastyNames, rules, text, at as time } from './fixtures.ts';

const range = { start: time('2026-03-01T00:00'), end: time('2026-04-01T00:00') };
const options = { zone: utc, maxInstances: 50, maxSteps: 2_000 };
const seeds = nastyNames.filter((name) => !name.startsWith('line-5000')).map(nasty);

const pieces = [
  'BEGIN:VCALENDAR',
  'END:VCALENDAR',
  'BEGIN:VEVENT',
  'END:VEVENT',
  'BEGIN:VALARM',
  'END:VALARM',
  'BEGIN:VTIMEZONE',
  'TZID:A',
  'END:VTIMEZONE',
  'BEGIN:VTODO',
  'END:VTODO',
  'UID:u',
  'UID:v',
  'VERSION:2.0',
  'PRODID:x',
  'METHOD:X',
  'DTSTART:20260310T090000Z',
  'DTSTART;TZID=A:20260310T090000',
  'DTSTART:20260310',
  'DTEND:20260310',
  'DURATION:P1D',
  'DURATION:-PT1H',
  'RRULE:FREQ=DAILY',
  'RRULE:FREQ=SECONDLY;BYHOUR=9',
  'RRULE:FREQ=YEARLY;BYDAY=5MO',
  'RDATE:20260311',
  'EXDATE:20260311T090000Z',
  'RECURRENCE-ID:20260311T090000Z',
  'RECURRENCE-ID;RANGE=THISANDFUTURE:20260312',
  'TRIGGER:-P1D',
  'TRIGGER;RELATED=END:PT1H',
  'ACTION:DISPLAY',
  'REPEAT:99',
  'CLASS:PRIVATE',
  'X-A;B="c',
  'X-A;B="c":d',
  ' folded',
  'no colon',
  ':',
  ';',
  '\0',
  '',
];

/** Lines in a disorder that often comes close to a calendar. */
const disorder = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom('\r\n', '\n', '\r', '\r\n ')), {
    maxLength: 40,
  })
  .map((lines) => Buffer.from(lines.map((line) => line.join('')).join('')));

/** An awkward file with some bytes changed, taken out or doubled. */
const damaged = fc
  .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 6 }))
  .map(([seed, changes]) => {
    let bytes = Buffer.from(seed);
    for (const [place, byte, how] of changes) {
      const i = place % (bytes.length + 1);
      if (how === 0) bytes[Math.min(i, bytes.length - 1)] = byte;
      else if (how === 1) bytes = Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1 + (byte % 40))]);
      else
        bytes = Buffer.concat([
          bytes.subarray(0, i),
          bytes.subarray(Math.max(0, i - byte), i),
          bytes.subarray(i),
        ]);
    }
    return bytes;
  });

const anyBytes = fc.oneof(damaged, disorder, fc.uint8Array({ maxLength: 300 }));

/** Asks everything that can be asked of an object. */
const useAll = (object: CalendarObject): void => {
  const defined = { is: 'defined', props: [], comps: [] } as const;
  const alarm = { ...defined, name: 'VALARM', timeRange: range };
  matches(
    object,
    {
      ...defined,
      name: 'VCALENDAR',
      comps: [{ ...defined, name: object.kind, timeRange: range, comps: [alarm] }],
    },
    options,
  );
  for (const form of ['expand', 'limit'] as const) {
    const { bytes } = selectedData(
      object,
      {
        recurrence: { form, range },
        freeBusy: range,
        comp: { name: 'VCALENDAR', props: 'all', comps: 'all' },
      },
      options,
    );
    assert.deepEqual(parseCalendar(bytes, 'strict').findings, []);
  }
  busyPeriods(object, range, options);
  for (const { times } of ringingAlarms(object, range, options)) assert(alarmRings(times, range));
  const merge = new CalendarMerge();
  const feed = feedPart(
    object,
    { zone: utc, range, alarms: true, attendees: true },
    { changed: range.start },
  );
  const output = Buffer.from(merge.head() + merge.add(feed) + merge.tail(), 'latin1');
  assert.deepEqual(parseCalendar(output, 'strict').findings, []);
  assert.deepEqual(parseCalendar(completed(reducedSteps(object, 'titles', 'x')), 'strict').findings, []);
};

describe('any bytes', () => {
  it('are parsed, judged and imported without a throw', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const strict = parseCalendar(bytes, 'strict');
        assert(strict.calendars.length > 0 || strict.findings.some(({ fatal }) => fatal));
        parseCalendar(bytes, 'forgiving');
        acceptObject(bytes, rules);
      }),
      { numRuns: 1500 },
    );
  });

  it('that a PUT accepts are kept, or mended once for all, and answer every question', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const result = acceptObject(bytes, rules);
        if (!result.ok) return;
        assert.equal(result.repaired, result.bytes !== bytes);
        assert(isUtf8(result.bytes));
        const again = acceptObject(result.bytes, rules);
        assert(again.ok && !again.repaired);
        useAll(result.object);
      }),
      { numRuns: 600 },
    );
  });

  it('are imported as objects that a PUT would keep', () => {
    const all = {
      ...rules,
      components: new Set([...rules.components, 'VAVAILABILITY']),
      maxInstances: 1e15,
      maxAttendeesPerInstance: 1e6,
    };
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const object of openImport(bytes).objects) {
          const result = acceptObject(object.bytes, { ...all, minDateTime: time('0000-01-01T00:00') });
          assert(result.ok && !result.repaired, text(object.bytes));
          assert.equal(result.object.uid, object.uid);
          assert.equal(parseObject(object.bytes)?.kind, object.kind);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('have a tree whose places lie within each other', () => {
    fc.assert(
      fc.property(anyBytes, (source) => {
        const { calendars, bytes } = parseCalendar(source, 'forgiving');
        const check = (component: (typeof calendars)[number], start: number, end: number): void => {
          assert(component.start >= start && component.end <= end && component.bodyStart <= component.end);
          for (const part of component.properties)
            assert(part.start >= component.bodyStart && part.end <= component.end);
          for (const inner of component.components) check(inner, component.bodyStart, component.end);
        };
        for (const root of calendars) check(root, 0, bytes.length);
      }),
    );
  });
});

describe('large input', () => {
  it('is judged, imported and written, whatever its shape', () => {
    const shapes: readonly ((n: number) => string)[] = [
      (n) => 'BEGIN:VEVENT\r\n'.repeat(n),
      (n) => `X${';A=1'.repeat(n)}:1\r\n`,
      (n) => `X;A=${'"a",'.repeat(n)}:1\r\n`,
      (n) => 'A\r'.repeat(n),
      (n) => `X:${'\\,'.repeat(n)}\r\n`,
      (n) => `EXDATE:${'20260310T090000Z,'.repeat(n)}\r\n`,
      (n) => 'EXDATE:20260310T090000Z\r\n'.repeat(n),
      (n) => `RRULE:FREQ=DAILY;BYHOUR=${'1,'.repeat(n)}\r\n`,
      (n) => `DURATION:P${'1'.repeat(n)}D\r\n`,
      (n) => `DESCRIPTION:${'a.'.repeat(n)}@\r\n`,
      (n) => `DESCRIPTION:${'a://'.repeat(n)}@\r\n`,
      (n) => `X:${'é\r\n '.repeat(n)}\r\n`,
      (n) => `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(n)}\r\n`,
    ];
    for (const shape of shapes) {
      const source = Buffer.from(
        `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260310T090000Z\r\n${shape(50_000)}END:VEVENT\r\nEND:VCALENDAR\r\n`,
      );
      const result = acceptObject(source, { ...rules, maxInstances: 1e6 });
      for (const object of openImport(source).objects) assert(object.bytes.length > 0);
      if (!result.ok) continue;
      const options = { zone: utc, range, alarms: false, attendees: false };
      assert.match(feedPart(result.object, options, { changed: range.start }).lines(new Map()), /END:VEVENT/);
      assert(completed(reducedSteps(result.object, 'titles', 'x')).length > 0);
    }
  });
});
