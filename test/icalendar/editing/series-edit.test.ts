import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  editedWhole,
  instanceAt,
  oneSteps,
  withoutSteps,
} from '../../../src/icalendar/editing/series-edit.ts';
import { splitSteps } from '../../../src/icalendar/editing/series-split.ts';
import { instances } from '../../../src/icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../../../src/icalendar/object.ts';
import { completed } from '../../../src/icalendar/steps.ts';
import {
  type DateTimeValue,
  dayMs,
  hourMs,
  instant,
  localTime,
  type TimeRange,
} from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';
import { calendar, event } from '../fixtures.ts';

const zone = ianaZone('Europe/Stockholm') ?? utc;
const context = { zone, now: instant(Date.UTC(2026, 10, 1)) };
const year: TimeRange = { start: instant(Date.UTC(2026, 0, 1)), end: instant(Date.UTC(2028, 0, 1)) };

function objectOf(bytes: Uint8Array | undefined): CalendarObject {
  const object = bytes && parseObject(bytes);
  assert.ok(object);
  return object;
}

function series(lines: readonly string[], overrides: readonly string[] = []): CalendarObject {
  const event = [
    'BEGIN:VEVENT',
    'UID:s',
    'DTSTAMP:20260101T000000Z',
    ...lines,
    'X-KEPT;X-P="a:b":1',
    'END:VEVENT',
  ];
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...event, ...overrides, 'END:VCALENDAR', ''];
  return objectOf(Buffer.from(all.join('\r\n')));
}

function starts(object: CalendarObject | undefined): readonly string[] {
  if (!object) return [];
  return [...instances(object, year, { zone, maxInstances: 1000 })].map(({ start }) =>
    new Date(start).toISOString(),
  );
}

interface Made {
  readonly hour: number;
  readonly day: number;
  readonly rule: string;
  readonly end: string;
  readonly form: string;
  readonly out: number;
}

/** Between six and twenty o'clock, where no clock is turned. */
const made: fc.Arbitrary<Made> = fc.record({
  hour: fc.integer({ min: 6, max: 20 }),
  day: fc.integer({ min: 1, max: 28 }),
  rule: fc.constantFrom(
    'FREQ=DAILY;INTERVAL=3',
    'FREQ=WEEKLY;BYDAY=MO,TH',
    'FREQ=MONTHLY',
    'FREQ=WEEKLY;INTERVAL=2',
  ),
  end: fc.constantFrom(';COUNT=20', ';UNTIL=20270301T120000Z', ''),
  form: fc.constantFrom(';TZID=Europe/Stockholm:', ':'),
  out: fc.integer({ min: 0, max: 9 }),
});

/** A series with one instance taken out. */
function seriesOf({ hour, day, rule, end, form, out }: Made): CalendarObject {
  const two = (value: number): string => String(value).padStart(2, '0');
  const start = `202603${two(day)}T${two(hour)}1500${form === ':' ? 'Z' : ''}`;
  const whole = series([`DTSTART${form}${start}`, 'DURATION:PT45M', `RRULE:${rule}${end}`]);
  const taken = [...instances(whole, year, { zone, maxInstances: 1000 })][out];
  return taken ? objectOf(completed(withoutSteps(whole, taken, context))) : whole;
}

describe('an instance of a series', () => {
  it('is found however far it was moved', () => {
    const object = objectOf(
      calendar(
        ...event('DTSTART:20260310T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=5'),
        ...event('RECURRENCE-ID:20200312T090000Z', 'DTSTART:20260301T150000Z'),
      ),
    );
    const found = instanceAt(object, instant(Date.UTC(2020, 2, 12, 9)), utc);
    assert.equal(found?.start, Date.UTC(2026, 2, 1, 15));
  });
});

describe('edits of a series', () => {
  it('count one revision more, or begin anew where what stands there is no count (RFC 5545 §3.8.7.4)', () => {
    const next = (...lines: readonly string[]): readonly (string | undefined)[] => {
      const object = series(['DTSTART:20260310T090000Z', ...lines]);
      const { master } = objectOf(editedWhole(object, undefined, { title: 'New' }, context));
      return ['SEQUENCE', 'DTSTAMP', 'LAST-MODIFIED'].map((name) => master?.first(name)?.rawValue);
    };
    const now = '20261101T000000Z';
    assert.deepEqual(next(), ['1', now, now]);
    assert.deepEqual(next('SEQUENCE:7', 'LAST-MODIFIED:20260101T000000Z'), ['8', now, now]);
    for (const broken of ['x', '-3', '2147483647', '99999999999999999999'])
      assert.deepEqual(next(`SEQUENCE:${broken}`), ['0', now, now], broken);
  });

  it('take out exactly the instance that is meant', () => {
    fc.assert(
      fc.property(made, fc.nat(12), (values, at) => {
        const object = seriesOf(values);
        const all = [...instances(object, year, { zone, maxInstances: 1000 })];
        const one = all[at];
        if (!one || all.length < 2) return;
        const left = starts(objectOf(completed(withoutSteps(object, one, context))));
        assert.deepEqual(
          left,
          starts(object).filter((_, index) => index !== at),
        );
      }),
    );
  });

  it('split it into two that together are the one', () => {
    fc.assert(
      fc.property(made, fc.nat(12), (values, at) => {
        const object = seriesOf(values);
        const one = [...instances(object, year, { zone, maxInstances: 1000 })][at];
        if (!one) return;
        const { before, after } = completed(splitSteps(object, one, 'new', context));
        const [first, second] = [before && objectOf(before), objectOf(after)];
        assert.deepEqual([...starts(first), ...starts(second)], starts(object));
        assert.equal(starts(first).length, at);
        assert.equal(second.uid, 'new');
        assert.match(Buffer.from(after).toString(), /^X-KEPT;X-P="a:b":1\r$/m);
      }),
    );
  });

  it('move it by as much as one of its instances', () => {
    fc.assert(
      fc.property(
        made,
        fc.nat(5),
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: -2, max: 2 }),
        (values, at, byDays, byHours) => {
          const object = seriesOf(values);
          const all = [...instances(object, year, { zone, maxInstances: 1000 })];
          const one = all[at];
          if (
            !one ||
            one.value.kind === 'date' ||
            /BYDAY/.test(object.master?.first('RRULE')?.rawValue ?? '')
          )
            return;
          // Days of a month follow the start only where both months have them.
          if (object.master?.first('RRULE')?.rawValue.startsWith('FREQ=MONTHLY')) return;
          const byMs = byDays * dayMs + byHours * hourMs;
          const shift = (value: DateTimeValue): DateTimeValue =>
            value.kind === 'utc'
              ? { ...value, instant: instant(value.instant + byMs) }
              : { ...value, local: localTime(value.local + byMs) };
          const moved = objectOf(
            editedWhole(object, one, { start: shift(one.value), end: shift(one.endValue) }, context),
          );
          const clock = (text: string): number => zone.toLocal(instant(Date.parse(text)));
          const wall = one.value.kind === 'utc' ? (text: string) => Date.parse(text) : clock;
          const [was, is] = [starts(object), starts(moved)];
          assert.equal(wall(is[at] ?? ''), wall(was[at] ?? '') + byMs);
          assert.equal(wall(is[0] ?? ''), wall(was[0] ?? '') + byMs);
        },
      ),
    );
  });

  it('change an instance that lasts on from an override for that one alone', () => {
    const lasting = series(
      ['DTSTART:20261102T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=4', 'SUMMARY:a'],
      [
        'BEGIN:VEVENT',
        'UID:s',
        'DTSTAMP:20260101T000000Z',
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20261109T090000Z',
        'DTSTART:20261109T110000Z',
        'DURATION:PT1H',
        'SUMMARY:b',
        'END:VEVENT',
      ],
    );
    const third = instanceAt(lasting, instant(Date.UTC(2026, 10, 16, 9)), zone);
    assert.ok(third);
    const object = objectOf(completed(oneSteps(lasting, third, { title: 'c' }, context)));
    const titles = [...instances(object, year, { zone, maxInstances: 9 })].map(({ component, start }) => [
      component.first('SUMMARY')?.rawValue,
      new Date(start).getUTCHours(),
    ]);
    assert.deepEqual(titles, [
      ['a', 9],
      ['b', 11],
      ['c', 11],
      ['b', 11],
    ]);
    const moved = objectOf(
      editedWhole(
        lasting,
        undefined,
        {
          start: { kind: 'utc', instant: instant(Date.UTC(2026, 10, 3, 9)) },
          end: { kind: 'utc', instant: instant(Date.UTC(2026, 10, 3, 10)) },
        },
        context,
      ),
    );
    assert.match(
      Buffer.from(moved.bytes).toString(),
      /^RECURRENCE-ID;RANGE=THISANDFUTURE:20261110T090000Z\r$/m,
    );
  });

  it('work on overrides without their master (clients.md, demand 16)', () => {
    const lonely = objectOf(
      Buffer.from(
        [
          'BEGIN:VCALENDAR',
          'VERSION:2.0',
          'PRODID:x',
          'BEGIN:VEVENT',
          'UID:s',
          'DTSTAMP:20260101T000000Z',
          'RECURRENCE-ID:20261109T090000Z',
          'DTSTART:20261109T110000Z',
          'SUMMARY:b',
          'END:VEVENT',
          'END:VCALENDAR',
          '',
        ].join('\r\n'),
      ),
    );
    const [only] = [...instances(lonely, year, { zone, maxInstances: 9 })];
    assert.ok(only);
    assert.equal(completed(withoutSteps(lonely, only, context)), undefined);
    const text = Buffer.from(
      editedWhole(lonely, undefined, { title: 'new', busy: false }, context),
    ).toString();
    assert.match(text, /^SUMMARY:new\r$/m);
    assert.match(text, /^TRANSP:TRANSPARENT\r$/m);
    const { after } = completed(splitSteps(lonely, only, 'other', context));
    assert.match(Buffer.from(after).toString(), /^UID:other\r$/m);
  });

  it('leave the attachments alone of which nobody was told, being more than a thousand', () => {
    const links = Array.from({ length: 1_500 }, (_, n) => `ATTACH:http://x.example/${n}`);
    const lonely = series(['DTSTART:20260105T120000Z', ...links]);
    const lines = Buffer.from(editedWhole(lonely, undefined, { links: [] }, context))
      .toString()
      .split('\r\n');
    assert.deepEqual(
      lines.filter((line) => line.startsWith('ATTACH')),
      links.slice(1_000),
    );
  });

  it('take as many lines out as there are', () => {
    const words = Array.from({ length: 115_000 }, (_, n) => `DESCRIPTION:${n}`);
    const lonely = series(['DTSTART:20260105T120000Z', ...words]);
    const text = Buffer.from(editedWhole(lonely, undefined, { description: '' }, context)).toString();
    assert.doesNotMatch(text, /DESCRIPTION/);
    assert.match(text, /^X-KEPT/m);
  });

  it('leave periods and dates that cannot be read as they are', () => {
    const object = series([
      'DTSTART:20261102T090000Z',
      'DTEND:20261102T100000Z',
      'RDATE;VALUE=PERIOD:20261104T090000Z/PT2H',
      'RDATE:20261105T090000Z,20261120T090000Z',
      'EXDATE:nonsense',
    ]);
    const at = instanceAt(object, instant(Date.UTC(2026, 10, 5, 9)), zone);
    assert.ok(at);
    const { before, after } = completed(splitSteps(object, at, 'n', context));
    assert.match(Buffer.from(before ?? []).toString(), /RDATE;VALUE=PERIOD[^\r]*\r\n(?!RDATE)/);
    assert.match(Buffer.from(after).toString(), /^RDATE:20261105T090000Z,20261120T090000Z\r$/m);
    assert.match(Buffer.from(after).toString(), /^EXDATE:nonsense\r$/m);
  });

  const changed = (id: string, ...lines: readonly string[]): readonly string[] =>
    event('DTSTART:20261103T150000Z', `RECURRENCE-ID${id}`, ...lines);
  /** What stands for the third of November in a series, in forms that its start has not. */
  const forms: Readonly<Record<string, readonly [start: string, id: string]>> = {
    'a day in a series of times': ['DTSTART;TZID=Europe/Stockholm:20261102T090000', ';VALUE=DATE:20261103'],
    'a time in a series of days': ['DTSTART;VALUE=DATE:20261102', ':20261103T090000Z'],
    'another zone': [
      'DTSTART;TZID=Europe/Stockholm:20261102T090000',
      ';TZID=America/New_York:20261103T030000',
    ],
    'no zone': ['DTSTART;TZID=Europe/Stockholm:20261102T090000', ':20261103T090000'],
  };
  for (const [what, [start, id]] of Object.entries(forms))
    it(`finds a changed instance again that is named by ${what}`, () => {
      const lines = [
        ...event(start, 'RRULE:FREQ=DAILY;COUNT=5'),
        ...changed(id),
        ...changed(id, 'SEQUENCE:1'),
      ];
      const object = objectOf(calendar(...lines));
      const one = [...instances(object, year, { zone, maxInstances: 99 })][1];
      assert.ok(one);
      assert.equal(one.component.first('RECURRENCE-ID')?.content, `RECURRENCE-ID${id}`);
      assert.equal(instanceAt(object, one.recurrenceId, zone)?.start, one.start);
      const edited = objectOf(completed(oneSteps(object, one, { title: 'x' }, context)));
      assert.equal(starts(edited).length, 5);
      assert.equal(edited.overrides.length, 2);
      const left = objectOf(completed(withoutSteps(object, one, context)));
      assert.equal(left.overrides.length, 0, 'nor an older one of the same instance');
      assert.deepEqual(
        starts(left),
        starts(object).filter((at) => at !== new Date(one.start).toISOString()),
      );
      const { before, after } = completed(splitSteps(object, one, 'n', context));
      assert.deepEqual([...starts(objectOf(before)), ...starts(objectOf(after))], starts(object));
    });

  it('leaves nothing of what has one instance, and changed it, when that is taken out', () => {
    const start = 'DTSTART;TZID=Europe/Stockholm:20261103T090000';
    const lines = [...event(start), ...changed(';TZID=Europe/Stockholm:20261103T090000')];
    const object = objectOf(calendar(...lines));
    const [one, more] = [...instances(object, year, { zone, maxInstances: 99 })];
    assert.ok(one && !more);
    assert.equal(completed(withoutSteps(object, one, context)), undefined);
  });

  it('leaves a day out of both parts of a series of times that is cut on it', () => {
    const rule = 'RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=8';
    const day = 'EXDATE;VALUE=DATE:20261104';
    const lines = event('DTSTART;TZID=Europe/Stockholm:20261102T090000', rule, day);
    const object = objectOf(calendar(...lines));
    const one = [...instances(object, year, { zone, maxInstances: 99 })][4];
    assert.ok(one);
    const { before, after } = completed(splitSteps(object, one, 'n', context));
    assert.deepEqual([...starts(objectOf(before)), ...starts(objectOf(after))], starts(object));
  });
});
