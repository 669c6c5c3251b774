/** The local times that rules generate: the examples of RFC 5545 §3.8.5.3, laws of jumping, and bounds. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { walkRule } from '../../../src/icalendar/recurrence/recur.ts';
import {
  dateOf,
  dayOf,
  dayOfMonthOf,
  monthOf,
  weekdayOf,
  yearOf,
} from '../../../src/icalendar/recurrence/recur-calendar.ts';
import { parseRecurrenceRule, type RecurrenceRule } from '../../../src/icalendar/recurrence/recur-rule.ts';
import { dayMs, hourMs, type LocalTime, localTime, secondMs } from '../../../src/icalendar/time.ts';
import { formatLocal } from '../../../src/icalendar/value.ts';
import { at } from '../fixtures.ts';
import { anyRule } from '../rule-arbitrary.ts';

const endless = localTime(Infinity);

function ruleOf(text: string): RecurrenceRule {
  const { rule } = parseRecurrenceRule(text);
  assert(rule, text);
  return rule;
}

interface Wanted {
  readonly from?: LocalTime;
  readonly until?: LocalTime;
  readonly most?: number;
  readonly budget?: { left: number };
  readonly start?: 'counts' | 'must-fit';
}

function times(text: string, start: LocalTime, wanted: Wanted = {}): readonly number[] {
  const {
    from = start,
    until = endless,
    most = 30,
    budget = { left: 1_000_000 },
    start: counts = 'must-fit',
  } = wanted;
  const walk = walkRule(ruleOf(text), start, { from, until, budget, start: counts });
  const found: number[] = [];
  for (let time = walk.next(); !Number.isNaN(time) && found.length < most; time = walk.next())
    found.push(time);
  return found;
}

/** Days as `1997-09-02`, times too when they are not the start's. */
function days(text: string, start: LocalTime, wanted: Wanted = {}): string {
  const clock = start % dayMs;
  return times(text, start, wanted)
    .map((time) => new Date(time).toISOString().slice(0, time % dayMs === clock ? 10 : 16))
    .join(' ');
}

const local = (iso: string): LocalTime => localTime(at(iso));
const september2 = local('1997-09-02T09:00');

const list = (count: number): string => Array.from({ length: count }, (_, index) => index).join(',');

describe('days in whole numbers', () => {
  it('agree with Date, from year 1 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_000, max: 2_932_896 }), (day) => {
        const date = new Date(day * dayMs);
        const packed = dateOf(day);
        assert.equal(yearOf(packed), date.getUTCFullYear());
        assert.equal(monthOf(packed), date.getUTCMonth() + 1);
        assert.equal(dayOfMonthOf(packed), date.getUTCDate());
        assert.equal(weekdayOf(day), (date.getUTCDay() + 6) % 7);
        assert.equal(dayOf(yearOf(packed), monthOf(packed), dayOfMonthOf(packed)), day);
      }),
    );
  });
});

describe('examples of RFC 5545', () => {
  const examples: readonly (readonly [string, string, string])[] = [
    ['every other day', 'FREQ=DAILY;INTERVAL=2;COUNT=4', '1997-09-02 1997-09-04 1997-09-06 1997-09-08'],
    [
      'every 10 days, 5 times',
      'FREQ=DAILY;INTERVAL=10;COUNT=5',
      '1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12',
    ],
    [
      'every other week on Tuesday and Thursday',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
      '1997-09-02 1997-09-04 1997-09-16 1997-09-18 1997-09-30 1997-10-02 1997-10-14 1997-10-16',
    ],
    [
      'the first Friday of the month',
      'FREQ=MONTHLY;COUNT=4;BYDAY=1FR',
      '1997-09-05 1997-10-03 1997-11-07 1997-12-05',
    ],
    [
      'the first and last Sunday of every other month',
      'FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU',
      '1997-09-07 1997-09-28 1997-11-02 1997-11-30 1998-01-04 1998-01-25',
    ],
    [
      'the second-to-last Monday of the month',
      'FREQ=MONTHLY;COUNT=4;BYDAY=-2MO',
      '1997-09-22 1997-10-20 1997-11-17 1997-12-22',
    ],
    [
      'the third-to-last day of the month',
      'FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=4',
      '1997-09-28 1997-10-29 1997-11-28 1997-12-29',
    ],
    [
      'the 2nd and 15th of the month',
      'FREQ=MONTHLY;COUNT=5;BYMONTHDAY=2,15',
      '1997-09-02 1997-09-15 1997-10-02 1997-10-15 1997-11-02',
    ],
    [
      'every Tuesday of every other month',
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=7',
      '1997-09-02 1997-09-09 1997-09-16 1997-09-23 1997-09-30 1997-11-04 1997-11-11',
    ],
    [
      'three days of every third year',
      'FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200',
      '2000-01-01 2000-04-09 2000-07-18 2003-01-01',
    ],
    ['every 20th Monday of the year', 'FREQ=YEARLY;BYDAY=20MO;COUNT=3', '1998-05-18 1999-05-17 2000-05-15'],
    ['Monday of week 20', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3', '1998-05-11 1999-05-17 2000-05-15'],
    [
      'every Thursday in March',
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=5',
      '1998-03-05 1998-03-12 1998-03-19 1998-03-26 1999-03-04',
    ],
    [
      'every Friday the 13th',
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4',
      '1998-02-13 1998-03-13 1998-11-13 1999-08-13',
    ],
    [
      'the Saturday after the first Sunday',
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=4',
      '1997-09-13 1997-10-11 1997-11-08 1997-12-13',
    ],
    [
      'election day',
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2',
      '1997-11-04 2001-11-06',
    ],
    [
      'the third Tuesday, Wednesday or Thursday',
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      '1997-09-04 1997-10-07 1997-11-06',
    ],
    [
      'the second-to-last weekday',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4',
      '1997-09-29 1997-10-30 1997-11-27 1997-12-30',
    ],
    ['every 3 hours', 'FREQ=HOURLY;INTERVAL=3;COUNT=3', '1997-09-02 1997-09-02T12:00 1997-09-02T15:00'],
    ['every 15 minutes', 'FREQ=MINUTELY;INTERVAL=15;COUNT=3', '1997-09-02 1997-09-02T09:15 1997-09-02T09:30'],
    [
      'every hour and a half',
      'FREQ=MINUTELY;INTERVAL=90;COUNT=3',
      '1997-09-02 1997-09-02T10:30 1997-09-02T12:00',
    ],
    [
      'every 20 minutes from 9 to 16:40, as DAILY',
      'FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40;COUNT=4',
      '1997-09-02 1997-09-02T09:20 1997-09-02T09:40 1997-09-02T10:00',
    ],
    [
      'every 20 minutes from 9 to 16:40, as MINUTELY',
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=7',
      '1997-09-02 1997-09-02T09:20 1997-09-02T09:40 1997-09-02T10:00 1997-09-02T10:20 1997-09-02T10:40 1997-09-03',
    ],
    [
      'an invalid date is passed over',
      'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=8',
      '1997-09-15 1997-09-30 1997-10-15 1997-10-30 1997-11-15 1997-11-30 1997-12-15 1997-12-30',
    ],
  ];
  for (const [name, rule, expected] of examples) {
    it(name, () => assert.equal(days(rule, september2), expected));
  }

  it('WKST decides which weeks every other week means', () => {
    const start = local('1997-08-05T09:00');
    const rule = 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU';
    assert.equal(days(`${rule};WKST=MO`, start), '1997-08-05 1997-08-10 1997-08-19 1997-08-24');
    assert.equal(days(`${rule};WKST=SU`, start), '1997-08-05 1997-08-17 1997-08-19 1997-08-31');
  });

  it('every day in January, by YEARLY and by DAILY', () => {
    const start = local('1998-01-01T09:00');
    const daily = times('FREQ=DAILY;BYMONTH=1', start, { most: 70 });
    assert.deepEqual(times('FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA', start, { most: 70 }), daily);
    assert.equal(formatLocal(localTime(daily[31] ?? 0)), '19990101T090000');
  });
});

describe('what a rule leaves open', () => {
  it('comes from DTSTART: day, month, weekday, time', () => {
    assert.equal(days('FREQ=YEARLY;COUNT=2', september2), '1997-09-02 1998-09-02');
    assert.equal(days('FREQ=YEARLY;BYMONTH=5;COUNT=2', september2), '1998-05-02 1999-05-02');
    assert.equal(days('FREQ=YEARLY;BYWEEKNO=2;COUNT=2', september2), '1998-01-06 1999-01-12');
    assert.equal(days('FREQ=MONTHLY;COUNT=2', september2), '1997-09-02 1997-10-02');
    assert.equal(days('FREQ=YEARLY;BYMONTHDAY=3;COUNT=2', september2), '1997-09-03 1997-10-03');
    assert.equal(days('FREQ=HOURLY;BYMINUTE=0,30;COUNT=2', september2), '1997-09-02 1997-09-02T09:30');
  });

  it('is all days where only parts limit that have no meaning for the frequency', () => {
    assert.equal(days('FREQ=WEEKLY;BYMONTHDAY=13;COUNT=2', september2), '1997-09-13 1997-10-13');
    assert.equal(days('FREQ=MONTHLY;BYYEARDAY=100;COUNT=2', september2), '1998-04-10 1999-04-10');
    assert.equal(days('FREQ=DAILY;BYWEEKNO=1;BYDAY=MO;COUNT=2', september2), '1997-12-29 1999-01-04');
    assert.equal(days('FREQ=YEARLY;BYWEEKNO=1;BYYEARDAY=1;COUNT=2', september2), '1998-01-01 2001-01-01');
  });
});

describe('days that not every year has', () => {
  it('29 February comes in leap years only', () => {
    assert.equal(days('FREQ=YEARLY;COUNT=3', local('2024-02-29T09:00')), '2024-02-29 2028-02-29 2032-02-29');
    assert.equal(days('FREQ=YEARLY;COUNT=2', local('2096-02-29T09:00')), '2096-02-29 2104-02-29');
  });

  it('day 366 and the last day are one day in leap years', () => {
    assert.equal(
      days('FREQ=YEARLY;BYYEARDAY=-1,366;COUNT=3', local('2027-12-31T09:00')),
      '2027-12-31 2028-12-31 2029-12-31',
    );
  });

  it('week 53 comes when a year has it, and belongs to the year it is numbered in', () => {
    assert.equal(days('FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR;COUNT=2', september2), '1999-01-01 2004-12-31');
    assert.equal(days('FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;COUNT=2', september2), '1997-12-28 1999-01-03');
    // 30 December 2024 is in week one of 2025, so every second year from there is 2027.
    assert.equal(
      days('FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO;COUNT=2', local('2024-12-30T09:00')),
      '2024-12-30 2027-01-04',
    );
  });
});

describe('a walk from somewhere', () => {
  it('yields what a walk from the start yields from there on, with COUNT and without', () => {
    fc.assert(
      fc.property(
        anyRule,
        fc.nat({ max: 4_000 }),
        fc.option(fc.integer({ min: 1, max: 60 })),
        ({ start, rule }, later, count) => {
          const from = localTime(start + later * dayMs + 5 * hourMs);
          const text = count === null ? rule : `${rule};COUNT=${count}`;
          const until = localTime(from + 3000 * dayMs);
          const budget = { left: 3_000_000 };
          const whole = times(text, start, { until, most: count ?? 20_000, budget });
          fc.pre(budget.left > 0 && whole.length < 20_000);
          const expected = whole.filter((time) => time >= from).slice(0, 50);
          assert.deepEqual(times(text, start, { from, until, most: 50 }), expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts DTSTART whether it fits or not, if asked to', () => {
    assert.equal(
      days('FREQ=DAILY;BYDAY=MO;COUNT=3', september2, { start: 'counts' }),
      '1997-09-08 1997-09-15',
    );
    assert.equal(days('FREQ=DAILY;COUNT=3', september2, { start: 'counts' }), '1997-09-03 1997-09-04');
    assert.equal(days('FREQ=DAILY;COUNT=1', september2, { start: 'counts' }), '');
  });

  it('does not visit the days between', () => {
    const far = { from: local('2126-01-01T00:00'), most: 3 };
    for (const rule of [
      'FREQ=DAILY',
      'FREQ=DAILY;BYDAY=MO,FR',
      'FREQ=MONTHLY;BYDAY=2TU',
      'FREQ=WEEKLY;BYDAY=MO,TU',
      'FREQ=MINUTELY;BYHOUR=9',
    ]) {
      const budget = { left: 100 };
      assert.equal(times(rule, september2, { ...far, budget }).length, 3, rule);
      assert(budget.left > 0, rule);
    }
  });

  it('finds the end of a large COUNT by arithmetic', () => {
    const budget = { left: 10 };
    const rule = 'FREQ=DAILY;INTERVAL=2;COUNT=1000000';
    assert.equal(days(rule, september2, { from: local('7000-01-01T00:00'), most: 1, budget }), '7000-01-01');
    assert.equal(
      days('FREQ=MINUTELY;BYHOUR=9;COUNT=120', september2, { from: local('1997-09-03T09:58') }),
      '1997-09-03T09:58 1997-09-03T09:59',
    );
  });
});

describe('hostile rules', () => {
  const bounded: readonly string[] = [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;INTERVAL=7;BYDAY=MO',
    'FREQ=WEEKLY;BYDAY=MO;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=HOURLY;INTERVAL=24;BYHOUR=10',
    'FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10',
    'FREQ=SECONDLY;INTERVAL=86400;BYHOUR=10',
    'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300',
    'FREQ=DAILY;BYSETPOS=2',
  ];
  for (const rule of bounded) {
    it(`${rule} is known to yield nothing`, () => {
      const budget = { left: 50_000 };
      assert.deepEqual(times(rule, september2, { budget }), []);
      assert(budget.left >= 0);
    });
  }

  it('stop at the budget, and say so by it', () => {
    const budget = { left: 1000 };
    assert.deepEqual(
      times('FREQ=SECONDLY;INTERVAL=7919;BYMONTH=2;BYMONTHDAY=29;BYYEARDAY=59', september2, { budget }),
      [],
    );
    assert(budget.left < 0);
  });

  it('of 31 million times a year cost no more than their days', () => {
    const rule = `FREQ=YEARLY;BYYEARDAY=${list(367).slice(2)};BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)}`;
    const noon = local('1999-06-01T12:00');
    const budget = { left: 5_000 };
    assert.deepEqual(times(rule, september2, { from: noon, most: 2, budget }), [noon, noon + secondMs]);
    assert.equal(times(`${rule};BYSETPOS=-1`, september2, { most: 1, budget })[0], at('1997-12-31T23:59:59'));
    assert(budget.left >= 0);
  });

  it('end with the year 9999', () => {
    assert.equal(days('FREQ=YEARLY', local('9997-06-01T09:00')), '9997-06-01 9998-06-01 9999-06-01');
    assert.equal(days('FREQ=DAILY', local('9999-12-30T09:00')), '9999-12-30 9999-12-31');
    assert.equal(days('FREQ=HOURLY;BYHOUR=9', local('9999-12-31T09:00')), '9999-12-31');
  });
});
