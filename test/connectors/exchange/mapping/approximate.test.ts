/** The nearest pattern says in the window what the rule says, and nothing wrong behind it (exchange.md 10.4). */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { NeutralEvent } from '../../../../src/connectors/event.ts';
import { exchangeForm } from '../../../../src/connectors/exchange/mapping/form.ts';
import { instanceKeys } from '../../../../src/connectors/exchange/mapping/instances.ts';
import { dayMs, instant, type TimeRange } from '../../../../src/icalendar/time.ts';
import { mapping, series, window } from './fixture.ts';

const approximate = { ...mapping, unsupportedRecurrence: 'approximate' } as const;

const zone = 'Europe/Berlin';
const on = (date: string) => ({
  start: { local: `${date}T10:00:00`, zone },
  end: { local: `${date}T11:00:00`, zone },
});

const rules = fc.oneof(
  fc
    .tuple(fc.subarray([1, 5, 15, 28, 30, 31], { minLength: 1 }), fc.integer({ min: 1, max: 3 }))
    .map(([days, interval]) => `FREQ=MONTHLY;INTERVAL=${interval};BYMONTHDAY=${days.join()}`),
  fc
    .subarray([1, 2, 3, 6, 9, 11, 12], { minLength: 1 })
    .map((months) => `FREQ=WEEKLY;BYMONTH=${months.join()}`),
  fc
    .subarray(['5MO', '-2FR', '2TU', '4TU'], { minLength: 1 })
    .map((days) => `FREQ=MONTHLY;BYDAY=${days.join()}`),
  fc.integer({ min: 1, max: 52 }).map((week) => `FREQ=YEARLY;BYWEEKNO=${week};BYDAY=MO,TH`),
);
const dates = fc
  .integer({ min: 0, max: 900 })
  .map((days) => on(new Date(Date.UTC(2025, 0, 1) + days * dayMs).toISOString().slice(0, 10)));

const later = (days: number): TimeRange => ({
  start: instant(window.start + days * dayMs),
  end: instant(window.end + days * dayMs),
});

const presentIn = (event: NeutralEvent, range: TimeRange): readonly string[] =>
  instanceKeys(event, range, 5000).filter((key) => !event.excluded.includes(key));

describe('exchange mapping: the nearest pattern', () => {
  it('and single items beside it say exactly what the rule says in the window, and nothing else ever', () => {
    let patterns = 0;
    fc.assert(
      fc.property(rules, dates, fc.integer({ min: 0, max: 700 }), (rule, start, moved) => {
        const event = series(rule, start);
        const range = later(moved);
        const form = exchangeForm(event, range, approximate);
        assert.ok(form.refused === undefined);
        const main = form.main?.event;
        if (main) patterns += 1;
        const wanted = presentIn(event, range);
        const parts = [...form.parts.keys()].filter((key) => wanted.includes(key));
        assert.deepEqual([...(main ? presentIn(main, range) : []), ...parts].sort(), [...wanted].sort());
        const ever = { start: instant(0), end: instant(range.end + 10 * 365 * dayMs) };
        const right = new Set(presentIn(event, ever));
        const wrong = main ? presentIn(main, ever).filter((key) => !right.has(key)) : [];
        assert.deepEqual(wrong, []);
      }),
      { numRuns: 200 },
    );
    assert.ok(patterns > 100, `${patterns} of 200`);
  });

  it('is taken back by no later window', () => {
    const event = series('FREQ=WEEKLY;BYMONTH=1', on('2024-01-02'));
    let [most, parts] = [0, 0];
    for (let days = 0; days < 3000; days += 50) {
      const form = exchangeForm(event, later(days), approximate);
      assert.ok(form.refused === undefined && form.main);
      const { length } = presentIn(form.main.event, { start: instant(0), end: later(days).end });
      assert.ok(length >= most, `${length} after ${most}`);
      most = length;
      parts = Math.max(parts, form.parts.size);
    }
    assert.ok(parts > 0);
  });

  for (const [rule, date, pattern] of [
    ['FREQ=MONTHLY;BYDAY=1MO;BYMONTH=1,2,3,9', '2026-09-07', 'FREQ=MONTHLY;BYDAY=1MO'],
    ['FREQ=WEEKLY;INTERVAL=2;BYMONTH=10,11', '2026-10-05', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2028-02-29', 'FREQ=YEARLY;BYMONTH=2'],
    ['FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=31', '2026-10-31', 'FREQ=MONTHLY;INTERVAL=3'],
    ['FREQ=DAILY;INTERVAL=10;BYMONTH=10,12', '2026-10-01', 'FREQ=DAILY;INTERVAL=10'],
  ] as const) {
    it(`of ${rule} is ${pattern}`, () => {
      const form = exchangeForm(series(rule, on(date)), later(365), approximate);
      assert.ok(form.refused === undefined && form.main);
      const { recurrence } = form.main.event;
      assert.ok(recurrence?.rules[0]?.startsWith(pattern), recurrence?.rules.join());
    });
  }

  it('is none for what has several times a day, or far more days off than on', () => {
    for (const rule of ['FREQ=DAILY;BYHOUR=9,10', 'FREQ=MONTHLY;BYMONTHDAY=1,15', 'FREQ=HOURLY;INTERVAL=7']) {
      const form = exchangeForm(series(rule, on('2026-11-01')), later(800), approximate);
      assert.ok(form.refused === undefined);
      if (rule !== 'FREQ=MONTHLY;BYMONTHDAY=1,15') assert.equal(form.main, null);
      assert.ok(form.parts.size > 0);
    }
  });
});
