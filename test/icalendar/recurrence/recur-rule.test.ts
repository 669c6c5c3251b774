/** RECUR values (RFC 5545 §3.3.10). */
import assert from 'node:assert/strict';
import { parseRecurrenceRule, type RecurrenceRule } from '../../../src/icalendar/recurrence/recur-rule.ts';
import { at } from '../fixtures.ts';

const parse = parseRecurrenceRule;

function rule(text: string): RecurrenceRule {
  const parsed = parse(text);
  assert.deepEqual(parsed.problems, []);
  assert(parsed.rule);
  return parsed.rule;
}

describe('a recurrence rule', () => {
  it('is read in all its parts, lists in order and without repetition', () => {
    assert.deepEqual(
      rule(
        'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYSECOND=30,0,30;BYMINUTE=15;BYHOUR=9,8;BYDAY=-1FR,MO;BYMONTHDAY=1,-1;' +
          'BYYEARDAY=366,-366;BYWEEKNO=20;BYMONTH=12,1;BYSETPOS=-1,1;WKST=SU',
      ),
      {
        frequency: 'YEARLY',
        interval: 2,
        count: 10,
        until: undefined,
        bySecond: [0, 30],
        byMinute: [15],
        byHour: [8, 9],
        byDay: [
          { weekday: 4, ordinal: -1 },
          { weekday: 0, ordinal: 0 },
        ],
        byMonthDay: [-1, 1],
        byYearDay: [-366, 366],
        byWeekNo: [20],
        byMonth: [1, 12],
        bySetPos: [-1, 1],
        weekStart: 6,
        skip: 'OMIT',
      },
    );
  });

  it('may be written in any case, in any order and with blanks', () => {
    const lower = rule(' byday=mo, tu;interval=+2;freq=weekly;x-anything=1;; ');
    assert.equal(lower.frequency, 'WEEKLY');
    assert.equal(lower.interval, 2);
    assert.equal(lower.byDay?.length, 2);
  });

  it('has UNTIL as a day, a UTC time or a floating time', () => {
    assert.deepEqual(rule('FREQ=DAILY;UNTIL=20260313').until, {
      kind: 'date',
      local: at('2026-03-13T00:00'),
    });
    assert.deepEqual(rule('FREQ=DAILY;UNTIL=20260313T090000Z').until, {
      kind: 'utc',
      instant: at('2026-03-13T09:00'),
    });
    assert.deepEqual(rule('FREQ=DAILY;UNTIL=20260313T090000').until, {
      kind: 'floating',
      local: at('2026-03-13T09:00'),
    });
  });

  it('takes INTERVAL=0 for 1 and COUNT=0 for 1', () => {
    assert.equal(parse('FREQ=DAILY;INTERVAL=0').rule?.interval, 1);
    assert.equal(rule('FREQ=DAILY;COUNT=0').count, 1);
  });

  it('takes the leap second for the last one', () => {
    assert.deepEqual(rule('FREQ=MINUTELY;BYSECOND=60,59').bySecond, [59]);
  });

  it('leaves out what it does not know, and says so', () => {
    const { rule: kept, problems } = parse(
      'FREQ=WEEKLY;BYDAY=SA,SO;BYMONTH=0,13,2;BYMONTHDAY=0,5;BYHOUR=24;COUNT=many;UNTIL=tomorrow;WKST=XX;BYEASTER=0;BYDAY',
    );
    assert.equal(kept?.frequency, 'WEEKLY');
    assert.deepEqual(kept?.byMonth, [2]);
    assert.deepEqual(kept?.byMonthDay, [5]);
    assert.equal(kept?.byHour, undefined);
    assert.equal(kept?.count, undefined);
    assert.equal(kept?.until, undefined);
    assert.deepEqual(problems, [
      'SO is no day of BYDAY',
      '0 is no value of BYMONTH',
      '13 is no value of BYMONTH',
      '0 is no value of BYMONTHDAY',
      '24 is no value of BYHOUR',
      'COUNT=MANY is no positive number',
      'UNTIL=TOMORROW is no date',
      'WKST=XX is no weekday',
      'BYEASTER is no part of a rule',
      'an empty entry is no day of BYDAY',
    ]);
  });

  it('is none without a frequency', () => {
    assert.deepEqual(parse('BYDAY=MO'), { rule: undefined, problems: ['a rule without FREQ'] });
    assert.deepEqual(parse('FREQ=FORTNIGHTLY'), {
      rule: undefined,
      problems: ['FREQ=FORTNIGHTLY is no frequency'],
    });
    assert.deepEqual(parse('').rule, undefined);
  });

  it('is none in a calendar other than the Gregorian (RFC 7529)', () => {
    assert.deepEqual(parse('RSCALE=HEBREW;FREQ=YEARLY'), {
      rule: undefined,
      problems: ['RSCALE=HEBREW is a calendar that is not supported'],
    });
    assert.equal(rule('RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT').frequency, 'YEARLY');
    assert.equal(rule('RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD').skip, 'FORWARD');
    assert.deepEqual(parse('RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OVER').problems, [
      'SKIP=OVER is no way to skip',
    ]);
  });

  it('is none of leap months alone, which the Gregorian calendar has none of (RFC 7529)', () => {
    assert.equal(parse('RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=5L').rule, undefined);
    assert.deepEqual(parse('FREQ=YEARLY;BYMONTH=5L,6').rule?.byMonth, [6]);
    assert.equal(parse('FREQ=YEARLY;BYMONTH=13').rule?.byMonth, undefined);
  });

  it('is none when it is longer than all parts together can be', () => {
    assert.equal(parse(`FREQ=DAILY;BYHOUR=${'1,'.repeat(10_000)}1`).rule, undefined);
  });
});
