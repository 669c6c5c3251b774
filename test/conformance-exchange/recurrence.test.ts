import assert from 'node:assert/strict';
import { dateOf, dayFrom, daysOf, type Pattern } from '../../conformance/exchange/recurrence.ts';

/** Expected by hand from MS-OXOCAL 2.2.1.44 and a calendar. */
const cases: readonly [name: string, pattern: Pattern, start: string, expected: readonly string[]][] = [
  ['daily', { kind: 'daily', interval: 10 }, '2026-02-20', ['2026-02-20', '2026-03-02', '2026-03-12']],
  [
    'weekly from the middle of a week that begins on Sunday',
    { kind: 'weekly', interval: 2, days: 'Sunday Wednesday', firstDay: 'Sunday' },
    '2026-11-25',
    ['2026-11-25', '2026-12-06', '2026-12-09', '2026-12-20'],
  ],
  [
    'the same with weeks that begin on Monday',
    { kind: 'weekly', interval: 2, days: 'Sunday Wednesday', firstDay: 'Monday' },
    '2026-11-25',
    ['2026-11-25', '2026-11-29', '2026-12-09', '2026-12-13'],
  ],
  [
    'day 31 in short months',
    { kind: 'monthly', interval: 1, day: 31 },
    '2028-01-31',
    ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30'],
  ],
  [
    'a month whose day is over',
    { kind: 'monthly', interval: 3, day: 10 },
    '2026-11-20',
    ['2027-02-10', '2027-05-10'],
  ],
  [
    'the last weekend day',
    { kind: 'monthlyNth', interval: 1, days: 'WeekendDay', position: 'Last' },
    '2026-11-01',
    ['2026-11-29', '2026-12-27', '2027-01-31'],
  ],
  [
    'the fourth day',
    { kind: 'monthlyNth', interval: 1, days: 'Day', position: 'Fourth' },
    '2026-11-01',
    ['2026-11-04', '2026-12-04'],
  ],
  [
    'the first Monday of September',
    { kind: 'yearlyNth', days: 'Monday', position: 'First', month: 8 },
    '2026-11-01',
    ['2027-09-06', '2028-09-04'],
  ],
  [
    'February 29',
    { kind: 'yearly', day: 29, month: 1 },
    '2026-01-01',
    ['2026-02-28', '2027-02-28', '2028-02-29'],
  ],
];

describe('the fake Exchange server: recurrence', () => {
  for (const [name, pattern, start, expected] of cases)
    it(`expands ${name}`, () => {
      const days = [...daysOf({ pattern, start: dayFrom(start), count: expected.length })];
      assert.deepEqual(days.map(dateOf), expected);
    });

  it('stops at the end date, at the count, and where it is asked to', () => {
    const daily: Pattern = { kind: 'daily', interval: 1 };
    const start = dayFrom('2026-11-20');
    assert.equal([...daysOf({ pattern: daily, start, end: start + 4 })].length, 5);
    assert.equal([...daysOf({ pattern: daily, start, count: 3 })].length, 3);
    assert.equal([...daysOf({ pattern: daily, start }, start + 9)].length, 10);
  });
});
