/** Recurrence rules as fast-check makes them up: every frequency with the parts that RFC 5545 §3.3.10 allows it. */
import * as fc from 'fast-check';
import { dayMs, type LocalTime, localTime, secondMs } from '../../src/icalendar/time.ts';

export interface RuleCase {
  readonly start: LocalTime;
  /** Without COUNT and UNTIL. */
  readonly rule: string;
}

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

const list = (value: fc.Arbitrary<number | string>, most: number): fc.Arbitrary<string> =>
  fc.uniqueArray(value, { minLength: 1, maxLength: most }).map((values) => values.join(','));

const signed = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.integer({ min: -most, max: -1 }));

const plainDay: fc.Arbitrary<string> = fc.constantFrom(...weekdays);

const numberedDay = (most: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 3, arbitrary: signed(most).map(String) }),
      plainDay,
    )
    .map((parts) => parts.join(''));

/** A part that is there once in `once` rules. */
const rarely = (part: string, value: fc.Arbitrary<string>, once: number): fc.Arbitrary<string> =>
  fc
    .oneof({ weight: once - 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: value })
    .map((text) => (text === '' ? '' : `${part}=${text}`));

const always = (part: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  value.map((text) => `${part}=${text}`);

const months = rarely('BYMONTH', list(fc.integer({ min: 1, max: 12 }), 4), 3);
const monthDays = list(signed(31), 4);
const yearDays = list(signed(366), 5);

const times: readonly fc.Arbitrary<string>[] = [
  rarely('BYHOUR', list(fc.integer({ min: 0, max: 23 }), 3), 4),
  rarely('BYMINUTE', list(fc.integer({ min: 0, max: 59 }), 3), 5),
  rarely('BYSECOND', list(fc.integer({ min: 0, max: 59 }), 2), 8),
];

const dayParts: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  YEARLY: fc.oneof(
    fc.tuple(months, rarely('BYDAY', list(numberedDay(5), 3), 2)),
    fc.tuple(
      fc.constant('BYMONTH=2,3,11'),
      rarely('BYDAY', list(numberedDay(5), 3), 2),
      rarely('BYMONTHDAY', monthDays, 2),
    ),
    fc.tuple(rarely('BYDAY', list(numberedDay(53), 3), 2)),
    fc.tuple(always('BYWEEKNO', list(signed(53), 3)), rarely('BYDAY', list(plainDay, 3), 2), months),
    fc.tuple(always('BYYEARDAY', yearDays), rarely('BYDAY', list(plainDay, 3), 3), months),
    fc.tuple(always('BYMONTHDAY', monthDays), rarely('BYDAY', list(plainDay, 3), 3), months),
  ),
  MONTHLY: fc.tuple(months, rarely('BYMONTHDAY', monthDays, 2), rarely('BYDAY', list(numberedDay(5), 3), 2)),
  WEEKLY: fc.tuple(months, rarely('BYDAY', list(plainDay, 4), 2)),
  DAILY: fc.tuple(months, rarely('BYMONTHDAY', monthDays, 3), rarely('BYDAY', list(plainDay, 4), 3)),
};
const limitingParts: fc.Arbitrary<readonly string[]> = fc.tuple(
  months,
  rarely('BYYEARDAY', yearDays, 6),
  rarely('BYMONTHDAY', monthDays, 5),
  rarely('BYDAY', list(plainDay, 4), 4),
);

/** Rules of one frequency, with a start between 1995 and 2030. */
function rulesOf(frequency: string): fc.Arbitrary<RuleCase> {
  const interval = fc
    .oneof(
      { weight: 2, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 13 }) },
    )
    .map((value) => (value === 1 ? '' : `INTERVAL=${value}`));
  const setPositions = rarely('BYSETPOS', list(fc.oneof(signed(5), signed(40)), 3), 6);
  const from = Date.UTC(1995, 0, 1);
  const start = fc
    .tuple(fc.integer({ min: 0, max: 35 * 366 }), fc.integer({ min: 0, max: 86_399 }))
    .map(([day, second]) => localTime(from + day * dayMs + second * secondMs));
  return fc
    .tuple(
      interval,
      dayParts[frequency] ?? limitingParts,
      fc.tuple(...times),
      setPositions,
      rarely('WKST', plainDay, 4),
      start,
    )
    .map(([every, days, clock, positions, weekStart, at]) => {
      const limits = [...days, ...clock].filter((part) => part !== '');
      // BYSETPOS needs another BY part to choose from.
      const chosen = limits.length > 0 ? positions : '';
      const parts = [`FREQ=${frequency}`, every, ...limits, chosen, weekStart];
      return { start: at, rule: parts.filter((part) => part !== '').join(';') };
    });
}

const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;

export const anyRule: fc.Arbitrary<RuleCase> = fc.oneof(...frequencies.map(rulesOf));
