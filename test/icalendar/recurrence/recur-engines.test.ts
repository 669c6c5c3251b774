/** Rules against independent engines. Where they are known to err, conformance/recurrence/differences.ts says how. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import ICAL from 'ical.js';
import { RRuleTemporal } from 'rrule-temporal';
import { knownDifference } from '../../../conformance/recurrence/differences.ts';
import { ourAnswer } from '../../../conformance/recurrence/engines.ts';
import { localTime } from '../../../src/icalendar/time.ts';
import { formatLocal, parseDateTime } from '../../../src/icalendar/value.ts';
import { anyRule, type RuleCase } from '../rule-arbitrary.ts';

const most = 20;
const last = '20600101T000000';

describe('recurrence rules', () => {
  it('generate what rrule-temporal generates', () => {
    fc.assert(
      fc.property(anyRule, (one) => {
        fc.pre(knownDifference('rrule-temporal', one.rule) === undefined);
        const theirs = rruleTemporal(one);
        fc.pre(theirs !== undefined);
        assert.equal(ourAnswer(one, most, last), theirs);
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  it('generate what ical.js generates, as far as people use rules', () => {
    fc.assert(
      fc.property(commonRule, (one) => {
        const first = parseDateTime(ourAnswer(one, 1, last));
        fc.pre(first?.kind === 'floating');
        // ical.js takes a DTSTART that the rule does not name for an instance of the rule.
        const inStep = { start: first.local, rule: one.rule };
        fc.pre(knownDifference('ical.js', inStep.rule, inStep.start) === undefined);
        assert.equal(ourAnswer(inStep, most, last), icalJs(inStep));
      }),
      { numRuns: 300 },
    );
  }).timeout(60_000);

  it('pass over a 29 February that a year does not have, where ical.js gives 1 March', () => {
    const leap = { start: localTime(Date.UTC(2024, 1, 29, 9)), rule: 'FREQ=YEARLY' };
    assert.equal(ourAnswer(leap, 3, last), '20240229T090000,20280229T090000,20320229T090000');
    assert.ok(icalJs(leap).startsWith('20240229T090000,20250301T090000,'));
    assert.ok(knownDifference('ical.js', leap.rule, leap.start));
    assert.equal(knownDifference('ical.js', leap.rule, localTime(Date.UTC(2024, 1, 28))), undefined);
  });
});

/** `undefined` when it gives up: it counts periods, and rules may leave thousands of them empty. */
function rruleTemporal({ start, rule }: RuleCase): string | undefined {
  const rruleString = `DTSTART:${formatLocal(start)}Z\nRRULE:${rule};UNTIL=${last}Z`;
  const found: string[] = [];
  try {
    new RRuleTemporal({ rruleString, maxIterations: 5_000 }).all((time) => {
      if (found.length < most) found.push(formatLocal(localTime(time.epochMilliseconds)));
      return found.length < most;
    });
  } catch (error) {
    if (error instanceof Error && /maximum/i.test(error.message)) return undefined;
    throw error;
  }
  return found.join(',');
}

function icalJs({ start, rule }: RuleCase): string {
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateTimeString(isoText(start)));
  const found: string[] = [];
  while (found.length < most) {
    const time: ICAL.Time | null = iterator.next();
    if (!time || time.year >= 2060) break;
    found.push(time.toICALString());
  }
  return found.join(',');
}

function isoText(start: number): string {
  return new Date(start).toISOString().slice(0, 19);
}

const day = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const days = fc
  .subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 })
  .map((list) => list.join(','));
const interval = fc.integer({ min: 1, max: 5 }).map((value) => (value === 1 ? '' : `;INTERVAL=${value}`));
const month = fc.integer({ min: 1, max: 12 });

/** The rules that dialogs of calendar programs offer. */
const commonRule: fc.Arbitrary<RuleCase> = fc.record({
  start: fc
    .integer({ min: 0, max: 12_000 * 1440 })
    .map((minute) => localTime(Date.UTC(1995, 0, 1) + minute * 60_000)),
  rule: fc.oneof(
    interval.map((every) => `FREQ=DAILY${every}`),
    days.map((list) => `FREQ=DAILY;BYDAY=${list}`),
    fc.tuple(interval, days).map(([every, list]) => `FREQ=WEEKLY${every};BYDAY=${list}`),
    fc
      .tuple(interval, days, day)
      .map(([every, list, wkst]) => `FREQ=WEEKLY${every};BYDAY=${list};WKST=${wkst}`),
    fc
      .tuple(interval, fc.integer({ min: 1, max: 28 }))
      .map(([every, date]) => `FREQ=MONTHLY${every};BYMONTHDAY=${date}`),
    interval.map((every) => `FREQ=MONTHLY${every};BYMONTHDAY=-1`),
    fc
      .tuple(interval, fc.constantFrom(1, 2, 3, 4, -1), day)
      .map(([every, ordinal, name]) => `FREQ=MONTHLY${every};BYDAY=${ordinal}${name}`),
    fc
      .tuple(month, fc.constantFrom(1, 2, 3, 4, -1), day)
      .map(([number, ordinal, name]) => `FREQ=YEARLY;BYMONTH=${number};BYDAY=${ordinal}${name}`),
    fc.tuple(interval, month).map(([every, number]) => `FREQ=YEARLY${every};BYMONTH=${number};BYMONTHDAY=15`),
    interval.map((every) => `FREQ=YEARLY${every}`),
  ),
});
