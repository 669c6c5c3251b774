import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { union, unionSteps } from '../../../src/icalendar/instances/period.ts';
import { unavailableSteps } from '../../../src/icalendar/query/availability.ts';
import {
  type BusyPeriod,
  busyTypes,
  freeBusySteps,
  mergedPeriods,
  mergeSteps,
} from '../../../src/icalendar/query/freebusy.ts';
import { selectedData, selectedPieces } from '../../../src/icalendar/query/select.ts';
import type { Steps } from '../../../src/icalendar/steps.ts';
import { dayMs, instant, minuteMs, type TimeRange } from '../../../src/icalendar/time.ts';
import { formatUtc } from '../../../src/icalendar/value.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { at, objectOf } from '../fixtures.ts';

const start = at('2026-01-01T00:00');
const year: TimeRange = { start, end: at('2027-01-01T00:00') };

function counted<Result>(steps: Steps<Result>): { readonly result: Result; readonly count: number } {
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, count };
  }
}

/** Numbers that look like chance, the same each time. */
function* scattered(below: number): Generator<number> {
  for (let at = 1; ; at = (at * 48_271) % 0x7fffffff) yield at % below;
}

const periodAt = (type: BusyPeriod['type'], minute: number, minutes = 1): BusyPeriod => ({
  type,
  start: instant(start + minute * minuteMs),
  end: instant(start + (minute + minutes) * minuteMs),
});

describe('questions about a hundred thousand periods', () => {
  it('join them in steps, in whatever order they come, as they would be joined at once', () => {
    const numbers = scattered(400_000);
    const ranges = Array.from({ length: 45_000 }, () =>
      periodAt('BUSY', numbers.next().value, numbers.next().value % 20),
    );
    const { result, count } = counted(unionSteps(ranges));
    const bare = (spans: readonly TimeRange[]): TimeRange[] =>
      spans.map(({ start, end }) => ({ start, end }));
    assert.deepEqual(bare(result), bare(union(ranges)));
    assert.ok(count > 8, `${count} steps`);
    assert.deepEqual(counted(unionSteps([])), { result: [], count: 1 });
  });

  it('say of few what they say of many', () => {
    const minutes = fc.integer({ min: -100, max: 200 });
    const some = fc.array(
      fc.tuple(fc.constantFrom(...busyTypes), minutes, fc.nat(30)).map((of) => periodAt(...of)),
    );
    fc.assert(
      fc.property(some, (periods) => {
        const hour = { start, end: instant(start + 100 * minuteMs) };
        const { result, count } = counted(mergeSteps(periods, hour));
        assert.deepEqual(result, mergedPeriods(periods, hour));
        assert.equal(count, 1);
      }),
    );
  });

  it('merge them by type and write them, a few thousand in a step', () => {
    const periods = Array.from({ length: 60_000 }, (_, at) => periodAt(busyTypes[at % 3] ?? 'BUSY', 2 * at));
    const merged = counted(mergeSteps(periods, year));
    assert.equal(merged.result.length, 60_000);
    assert.ok(merged.count > 15, `${merged.count} steps`);
    const written = counted(freeBusySteps({ uid: 'u', stamp: start, range: year, periods: merged.result }));
    assert.ok(written.count > 50, `${written.count} steps`);
  });

  it('leave out of a VFREEBUSY what is not asked for, in steps', () => {
    const minutes = Array.from({ length: 30_000 }, (_, n) => instant(start + 10 * n * minuteMs));
    const object = objectOf(
      'BEGIN:VFREEBUSY',
      'UID:f',
      'DTSTAMP:20260101T000000Z',
      `FREEBUSY:${minutes.map((minute) => `${formatUtc(minute)}/PT5M`).join(', ,')}`,
      'END:VFREEBUSY',
    );
    const selection = { freeBusy: { start, end: instant(start + dayMs) } };
    const options = { zone: utc, maxInstances: 10 };
    const pauses = [...selectedPieces(object, selection, options)].filter((piece) => piece === undefined);
    assert.ok(pauses.length > 10, `${pauses.length} steps`);
    const text = Buffer.from(selectedData(object, selection, options).bytes).toString();
    assert.equal(text.replaceAll('\r\n ', '').match(/PT5M/g)?.length, 144);
  });

  it('follow availability in steps, and no further than so many instances', () => {
    const available = Array.from({ length: 50 }, (_, n) => [
      'BEGIN:AVAILABLE',
      `UID:${n}`,
      `DTSTART:20260101T0000${String(n).padStart(2, '0')}Z`,
      'DURATION:PT1S',
      'RRULE:FREQ=MINUTELY',
      'END:AVAILABLE',
    ]);
    const { calendar } = objectOf('BEGIN:VAVAILABILITY', 'UID:a', ...available.flat(), 'END:VAVAILABILITY');
    const { result, count } = counted(unavailableSteps(calendar, year, { zone: utc, maxInstances: 20_000 }));
    assert.ok(count > 20, `${count} steps`);
    // What is not looked at is not told to be free.
    assert.equal(result.at(-1)?.end, year.end);
    assert.ok(result.length <= 20_001, `${result.length} periods`);
  });
});
