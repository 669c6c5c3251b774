import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  movedRule,
  type Repeat,
  repeatOf,
  ruleOf,
  type SeriesStart,
} from '../../../src/icalendar/instances/repeat.ts';
import { dayMs, localTime } from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';

const zone = ianaZone('Europe/Stockholm') ?? utc;

/** Wednesday 4 November 2026, 9:15 in Stockholm. */
const start: SeriesStart = { kind: 'zoned', local: localTime(Date.UTC(2026, 10, 4, 9, 15)), zone };
const days: SeriesStart = { ...start, kind: 'date', local: localTime(Date.UTC(2026, 10, 4)) };
const floating: SeriesStart = { ...start, kind: 'floating' };

const moved = (from: SeriesStart, byDays: number): SeriesStart => ({
  ...from,
  local: localTime(from.local + byDays * dayMs),
});

describe('repetitions as a form has them', () => {
  it('are read from the rules that programs write', () => {
    const never = { is: 'never' } as const;
    const cases: readonly (readonly [rule: string, repeat: Repeat | undefined])[] = [
      ['FREQ=DAILY', { frequency: 'daily', interval: 1, ends: never }],
      [
        'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=7',
        {
          frequency: 'weekly',
          interval: 1,
          weekdays: ['MO', 'TU', 'WE', 'TH', 'FR'],
          ends: { is: 'after', count: 7 },
        },
      ],
      [
        'FREQ=WEEKLY;WKST=SU;BYDAY=FR,MO',
        { frequency: 'weekly', interval: 1, weekdays: ['MO', 'FR'], ends: never },
      ],
      ['FREQ=MONTHLY;BYMONTHDAY=4', { frequency: 'monthly', interval: 1, ends: never }],
      [
        'FREQ=MONTHLY;BYDAY=-1FR',
        { frequency: 'monthly', interval: 1, monthly: { nth: -1, weekday: 'FR' }, ends: never },
      ],
      [
        'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2',
        { frequency: 'monthly', interval: 1, monthly: { nth: 2, weekday: 'TU' }, ends: never },
      ],
      [
        'FREQ=YEARLY;BYMONTH=11;BYDAY=1WE;COUNT=3',
        {
          frequency: 'yearly',
          interval: 1,
          monthly: { nth: 1, weekday: 'WE' },
          ends: { is: 'after', count: 3 },
        },
      ],
      ['FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=4', { frequency: 'yearly', interval: 1, ends: never }],
      [
        'FREQ=DAILY;UNTIL=20261110T225959Z',
        { frequency: 'daily', interval: 1, ends: { is: 'on', day: localTime(Date.UTC(2026, 10, 10)) } },
      ],
      ['FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO', undefined],
      ['FREQ=WEEKLY;BYDAY=1MO', undefined],
      ['FREQ=MONTHLY;BYMONTHDAY=1,15', undefined],
      ['FREQ=MONTHLY;BYDAY=MO,TU', undefined],
      ['FREQ=MONTHLY;BYDAY=MO', undefined],
      ['FREQ=MONTHLY;BYSETPOS=1', undefined],
      ['RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD', undefined],
      ['FREQ=MONTHLY;BYMONTH=1', undefined],
      ['FREQ=YEARLY;BYMONTH=1', undefined],
      ['FREQ=YEARLY;BYDAY=20MO', undefined],
      ['FREQ=YEARLY;BYWEEKNO=1', undefined],
      ['FREQ=DAILY;INTERVAL=2;BYDAY=MO', undefined],
      ['FREQ=DAILY;BYDAY=MO;BYMONTH=1', undefined],
      ['FREQ=HOURLY', undefined],
      ['FREQ=DAILY;BYHOUR=9', undefined],
      ['nonsense', undefined],
    ];
    for (const [rule, repeat] of cases) assert.deepEqual(repeatOf(rule, start), repeat, rule);
    assert.deepEqual(repeatOf('FREQ=DAILY;UNTIL=20261110', days)?.ends, {
      is: 'on',
      day: localTime(Date.UTC(2026, 10, 10)),
    });
    assert.deepEqual(repeatOf('FREQ=DAILY;UNTIL=20261110T120000Z', days)?.ends, {
      is: 'on',
      day: localTime(Date.UTC(2026, 10, 10)),
    });
  });

  it('write UNTIL in the form of the start (RFC 5545 §3.3.10)', () => {
    const repeat: Repeat = {
      frequency: 'daily',
      interval: 3,
      ends: { is: 'on', day: localTime(Date.UTC(2026, 10, 10)) },
    };
    assert.equal(ruleOf(repeat, start), 'FREQ=DAILY;INTERVAL=3;UNTIL=20261110T225959Z');
    assert.equal(ruleOf(repeat, days), 'FREQ=DAILY;INTERVAL=3;UNTIL=20261110');
    assert.equal(ruleOf(repeat, floating), 'FREQ=DAILY;INTERVAL=3;UNTIL=20261110T235959');
  });

  it('follow a start that is moved', () => {
    const tell = (rule: string, byDays: number) => movedRule(rule, start, moved(start, byDays));
    assert.equal(tell('FREQ=WEEKLY;BYDAY=WE,SU', 1), 'FREQ=WEEKLY;BYDAY=MO,TH');
    assert.equal(tell('FREQ=WEEKLY;BYDAY=WE', -3), 'FREQ=WEEKLY;BYDAY=SU');
    assert.equal(tell('FREQ=MONTHLY;BYDAY=1WE', 7), 'FREQ=MONTHLY;BYDAY=2WE');
    assert.equal(tell('FREQ=MONTHLY;BYDAY=-1WE', 21), 'FREQ=MONTHLY;BYDAY=-1WE');
    assert.equal(tell('FREQ=MONTHLY;BYDAY=-1WE', 14), 'FREQ=MONTHLY;BYDAY=3WE');
    assert.equal(tell('FREQ=DAILY;UNTIL=20261110T225959Z', 2), 'FREQ=DAILY;UNTIL=20261112T225959Z');
    assert.equal(tell('FREQ=YEARLY;BYWEEKNO=1', 2), undefined);
  });

  it('come back from their rule as they were', () => {
    const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU' as const);
    const ends = fc.oneof(
      fc.constant({ is: 'never' } as const),
      fc.integer({ min: 1, max: 500 }).map((count) => ({ is: 'after', count }) as const),
      fc
        .integer({ min: 0, max: 2000 })
        .map((day) => ({ is: 'on', day: localTime(Date.UTC(2026, 10, 4) + day * dayMs) }) as const),
    );
    const repeat = fc.oneof(
      fc.record({
        frequency: fc.constant('daily' as const),
        interval: fc.integer({ min: 1, max: 99 }),
        ends,
      }),
      fc.record({
        frequency: fc.constant('weekly' as const),
        interval: fc.integer({ min: 1, max: 9 }),
        weekdays: fc
          .uniqueArray(weekday, { minLength: 1 })
          .map((chosen) => all.filter((day) => chosen.includes(day))),
        ends,
      }),
      fc.record({
        frequency: fc.constantFrom('monthly' as const, 'yearly' as const),
        interval: fc.integer({ min: 1, max: 9 }),
        monthly: fc.record({ nth: fc.constantFrom(-2, -1, 1, 2, 3, 4), weekday }),
        ends,
      }),
    );
    fc.assert(
      fc.property(repeat, fc.constantFrom(start, days, floating), (one, from) => {
        // A record of the generator has no prototype.
        assert.deepEqual(repeatOf(ruleOf(one, from), from), structuredClone({ ...one }));
      }),
    );
  });
});

const all = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
