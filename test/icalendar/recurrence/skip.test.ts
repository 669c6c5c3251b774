/** `RSCALE=GREGORIAN` with `SKIP` (RFC 7529 §4.1): days that a month does not have. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { knownDifference } from '../../../conformance/recurrence/differences.ts';
import { ourAnswer } from '../../../conformance/recurrence/engines.ts';
import { walkRule } from '../../../src/icalendar/recurrence/recur.ts';
import { parseRecurrenceRule } from '../../../src/icalendar/recurrence/recur-rule.ts';
import { type LocalTime, localTime } from '../../../src/icalendar/time.ts';
import { formatLocal } from '../../../src/icalendar/value.ts';

const last = '20600101T000000';
const at = (year: number, month: number, day: number, hour = 9): LocalTime =>
  localTime(Date.UTC(year, month - 1, day, hour));

const daysOf = (start: LocalTime, rule: string, most: number): string =>
  ourAnswer({ start, rule: `RSCALE=GREGORIAN;${rule}` }, most, last).replaceAll(/T\d{6}/g, '');

interface Case {
  readonly frequency: 'MONTHLY' | 'YEARLY';
  readonly interval: number;
  readonly months: readonly number[];
  readonly days: readonly number[];
  readonly skip: 'OMIT' | 'BACKWARD' | 'FORWARD';
  readonly start: LocalTime;
}

const part = (name: string, values: readonly number[]): string =>
  values.length === 0 ? '' : `;${name}=${values.join(',')}`;

const ruleOf = ({ frequency, interval, months, days, skip }: Case): string =>
  `RSCALE=GREGORIAN;FREQ=${frequency};INTERVAL=${interval}${part('BYMONTH', months)}${part('BYMONTHDAY', days)};SKIP=${skip}`;

const cases = (mostDays: number): fc.Arbitrary<Case> =>
  fc.record({
    frequency: fc.constantFrom('MONTHLY', 'YEARLY'),
    interval: fc.integer({ min: 1, max: 5 }),
    months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    days: fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 28, max: 31 }),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: -31, max: -1 }),
      ),
      { maxLength: mostDays },
    ),
    skip: fc.constantFrom('OMIT', 'BACKWARD', 'FORWARD'),
    start: fc
      .tuple(
        fc.integer({ min: 2000, max: 2030 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 26, max: 31 }),
      )
      .map(([year, month, day]) => at(year, month, day)),
  });

/** Month by month, with nothing but Date. */
function byHand({ frequency, interval, months, days, skip, start }: Case, most: number): string {
  const first = new Date(start);
  const found = new Set<number>();
  const isYearly = frequency === 'YEARLY';
  const wanted = isYearly && months.length + days.length === 0 ? [first.getUTCMonth() + 1] : months;
  for (let year = first.getUTCFullYear(); year < 2061; year++) {
    for (let month = 1; month <= 12; month++) {
      const apart = isYearly
        ? year - first.getUTCFullYear()
        : (year - first.getUTCFullYear()) * 12 + month - 1 - first.getUTCMonth();
      if (apart < 0 || apart % interval !== 0 || (wanted.length > 0 && !wanted.includes(month))) continue;
      const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
      for (const number of days.length > 0 ? days : [first.getUTCDate()]) {
        const day = number > 0 ? number : length + number + 1;
        if (day < 1 || (day > length && skip === 'OMIT')) continue;
        found.add(at(year, month, day > length && skip === 'BACKWARD' ? length : Math.min(day, length + 1)));
      }
    }
  }
  const times = [...found]
    .filter((time) => time >= start && time < Date.UTC(2060, 0, 1))
    .sort((a, b) => a - b);
  return times
    .slice(0, most)
    .map((time) => formatLocal(localTime(time)))
    .join(',');
}

describe('days that a month does not have (RFC 7529)', () => {
  it('are left out, are the last of the month, or the first of the next', () => {
    const monthly = (skip: string): string => daysOf(at(2014, 1, 31), `FREQ=MONTHLY${skip}`, 4);
    assert.equal(monthly(''), '20140131,20140331,20140531,20140731');
    assert.equal(monthly(';SKIP=OMIT'), '20140131,20140331,20140531,20140731');
    assert.equal(monthly(';SKIP=BACKWARD'), '20140131,20140228,20140331,20140430');
    assert.equal(monthly(';SKIP=FORWARD'), '20140131,20140301,20140331,20140501');
    const yearly = (skip: string): string => daysOf(at(2016, 2, 29), `FREQ=YEARLY;SKIP=${skip}`, 5);
    assert.equal(yearly('OMIT'), '20160229,20200229,20240229,20280229,20320229');
    assert.equal(yearly('BACKWARD'), '20160229,20170228,20180228,20190228,20200229');
    assert.equal(yearly('FORWARD'), '20160229,20170301,20180301,20190301,20200229');
  });

  it('count once where they are there anyway, and BYDAY limits what they have become', () => {
    const start = at(2026, 1, 31);
    assert.equal(
      daysOf(start, 'FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD;COUNT=5', 9),
      '20260131,20260201,20260301,20260331,20260401',
    );
    assert.equal(
      daysOf(start, 'FREQ=MONTHLY;BYMONTHDAY=28,31;SKIP=BACKWARD;COUNT=4', 9),
      '20260131,20260228,20260328,20260331',
    );
    // 1 March, 1 May and 1 July 2026 are Sunday, Friday and Wednesday.
    assert.equal(daysOf(start, 'FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1FR;SKIP=FORWARD', 1), '20260501');
  });

  it('are what they are by hand', () => {
    fc.assert(
      fc.property(cases(4), (one) => {
        assert.equal(ourAnswer({ start: one.start, rule: ruleOf(one) }, 30, last), byHand(one, 30));
      }),
      { numRuns: 500 },
    );
  });

  it('are found from anywhere', () => {
    fc.assert(
      fc.property(cases(4), fc.integer({ min: 0, max: 4000 }), fc.boolean(), (one, days, counts) => {
        const { rule } = parseRecurrenceRule(`${ruleOf(one)}${counts ? ';COUNT=40' : ''}`);
        assert.ok(rule);
        const from = localTime(one.start + days * 86_400_000);
        const until = localTime(one.start + 6000 * 86_400_000);
        const walk = (first: LocalTime): number[] => {
          const found: number[] = [];
          const walking = walkRule(rule, one.start, {
            from: first,
            until,
            budget: { left: 1e6 },
            start: 'counts',
          });
          for (let time = walking.next(); !Number.isNaN(time); time = walking.next()) found.push(time);
          return found;
        };
        assert.deepEqual(
          walk(from),
          walk(one.start).filter((time) => time >= from),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are what rrule-temporal makes of them', () => {
    fc.assert(
      fc.property(cases(1), (one) => {
        fc.pre(knownDifference('rrule-temporal', ruleOf(one)) === undefined);
        const rruleString = `DTSTART:${formatLocal(one.start)}Z\nRRULE:${ruleOf(one)};UNTIL=${last}Z`;
        const theirs: string[] = [];
        new RRuleTemporal({ rruleString, maxIterations: 50_000 }).all((time) => {
          if (theirs.length < 12) theirs.push(formatLocal(localTime(time.epochMilliseconds)));
          return theirs.length < 12;
        });
        assert.equal(ourAnswer({ start: one.start, rule: ruleOf(one) }, 12, last), theirs.join(','));
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);
});
