/** Every row of exchange.md 10.1 and 10.2, both ways. */
import assert from 'node:assert/strict';
import { markerProperties } from '../../../../src/connectors/exchange/mapping/marker.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { recurrenceElement } from '../../../../src/connectors/exchange/mapping/pattern.ts';
import { createPlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { readItem } from '../../../../src/connectors/exchange/mapping/read.ts';
import { exportRecurrence } from '../../../../src/connectors/exchange/mapping/recurrence.ts';
import {
  allDay,
  event,
  eventOf,
  item,
  mapping,
  planned,
  readOk,
  series,
  stepAt,
  window,
  xmlOf,
} from './fixture.ts';

const at = (date: string, zone = 'Europe/Berlin') => ({
  start: { local: `${date}T10:00:00`, zone },
  end: { local: `${date}T11:00:00`, zone },
});

function wire(rule: string, date: string): string {
  const exported = exportRecurrence(series(rule, at(date)), mapping);
  return exported.as === 'series'
    ? xmlOf(recurrenceElement(exported.recurrence, mapping.version)).replace(/<\/?Recurrence>/g, '')
    : `${exported.as} ${'reason' in exported ? exported.reason : ''}`;
}

function ruleOf(
  recurrence: string,
  start = '2026-11-23T09:00:00Z',
  zone = 'W. Europe Standard Time',
): string {
  const told = `<Start>${start}</Start><End>${start}</End><Recurrence>${recurrence}</Recurrence><StartTimeZone Id="${zone}"/>`;
  return eventOf(told).recurrence?.rules.join() ?? 'none';
}

const noEnd = (date: string): string => `<NoEndRecurrence><StartDate>${date}</StartDate></NoEndRecurrence>`;
const weekly = (interval: number, days: string, first = 'Monday'): string =>
  `<WeeklyRecurrence><Interval>${interval}</Interval><DaysOfWeek>${days}</DaysOfWeek><FirstDayOfWeek>${first}</FirstDayOfWeek></WeeklyRecurrence>`;
const monthlyDay = (interval: number, day: number): string =>
  `<AbsoluteMonthlyRecurrence><Interval>${interval}</Interval><DayOfMonth>${day}</DayOfMonth></AbsoluteMonthlyRecurrence>`;
const monthlyNth = (interval: number, days: string, index: string): string =>
  `<RelativeMonthlyRecurrence><Interval>${interval}</Interval><DaysOfWeek>${days}</DaysOfWeek><DayOfWeekIndex>${index}</DayOfWeekIndex></RelativeMonthlyRecurrence>`;
const yearlyDay = (day: number, month: string): string =>
  `<AbsoluteYearlyRecurrence><DayOfMonth>${day}</DayOfMonth><Month>${month}</Month></AbsoluteYearlyRecurrence>`;
const yearlyNth = (days: string, index: string, month: string): string =>
  `<RelativeYearlyRecurrence><DaysOfWeek>${days}</DaysOfWeek><DayOfWeekIndex>${index}</DayOfWeekIndex><Month>${month}</Month></RelativeYearlyRecurrence>`;

/** Rules that go and come back as they are, with a day that fits. */
const bothWays: readonly (readonly [rule: string, date: string, pattern: string])[] = [
  ['FREQ=DAILY', '2026-11-23', '<DailyRecurrence><Interval>1</Interval></DailyRecurrence>'],
  ['FREQ=DAILY;INTERVAL=10', '2026-11-23', '<DailyRecurrence><Interval>10</Interval></DailyRecurrence>'],
  ['FREQ=WEEKLY;BYDAY=MO', '2026-11-23', weekly(1, 'Monday')],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE', '2026-11-23', weekly(2, 'Monday Wednesday')],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU', '2026-11-23', weekly(2, 'Monday Sunday', 'Sunday')],
  ['FREQ=MONTHLY;BYMONTHDAY=23', '2026-11-23', monthlyDay(1, 23)],
  ['FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28', '2026-11-28', monthlyDay(3, 28)],
  ['FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1', '2026-11-30', monthlyDay(1, 31)],
  ['FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1', '2026-11-30', monthlyDay(1, 30)],
  ['FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1', '2026-11-29', monthlyDay(1, 29)],
  ['FREQ=MONTHLY;BYDAY=2TU', '2026-11-10', monthlyNth(1, 'Tuesday', 'Second')],
  ['FREQ=MONTHLY;BYDAY=-1FR', '2026-11-27', monthlyNth(1, 'Friday', 'Last')],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-11-30', monthlyNth(1, 'Weekday', 'Last')],
  ['FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1', '2026-11-01', monthlyNth(1, 'WeekendDay', 'First')],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=3', '2026-11-03', monthlyNth(1, 'Day', 'Third')],
  ['FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=23', '2026-11-23', yearlyDay(23, 'November')],
  ['FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31', '2026-01-31', yearlyDay(31, 'January')],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1', '2028-02-29', yearlyDay(29, 'February')],
  ['FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU', '2026-10-25', yearlyNth('Sunday', 'Last', 'October')],
  ['FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYMONTHDAY=23', '2026-11-23', monthlyDay(24, 23)],
  ['FREQ=YEARLY;INTERVAL=3;BYMONTH=1;BYMONTHDAY=31', '2026-01-31', monthlyDay(36, 31)],
  ['FREQ=YEARLY;INTERVAL=8;BYMONTH=10;BYDAY=-1SU', '2026-10-25', monthlyNth(96, 'Sunday', 'Last')],
];

/** Other words for the same: they come back in the words above. */
const otherWords: readonly (readonly [rule: string, date: string, pattern: string])[] = [
  ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', '2026-11-23', weekly(1, 'Monday Tuesday Wednesday Thursday Friday')],
  ['FREQ=WEEKLY', '2026-11-23', weekly(1, 'Monday')],
  ['FREQ=WEEKLY;BYDAY=MO;BYHOUR=10;BYMINUTE=0;BYSECOND=0', '2026-11-23', weekly(1, 'Monday')],
  ['FREQ=MONTHLY', '2026-11-23', monthlyDay(1, 23)],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-11-30', monthlyDay(1, 31)],
  ['FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2', '2026-11-10', monthlyNth(1, 'Tuesday', 'Second')],
  ['FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=8,9,10,11,12,13,14', '2026-11-10', monthlyNth(1, 'Tuesday', 'Second')],
  ['FREQ=MONTHLY;BYDAY=TU', '2026-11-24', weekly(1, 'Tuesday')],
  ['FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31', '2026-01-31', monthlyDay(12, 31)],
  ['FREQ=YEARLY', '2026-11-23', yearlyDay(23, 'November')],
  ['FREQ=YEARLY;BYMONTH=2,5,8,11;BYMONTHDAY=23', '2026-11-23', monthlyDay(3, 23)],
  ['FREQ=YEARLY;BYMONTHDAY=23', '2026-11-23', monthlyDay(1, 23)],
  ['FREQ=YEARLY;BYDAY=1MO', '2026-01-05', yearlyNth('Monday', 'First', 'January')],
  ['FREQ=YEARLY;BYDAY=-1FR', '2026-12-25', yearlyNth('Friday', 'Last', 'December')],
];

const unsupported: readonly (readonly [rule: string, date: string, reason: string])[] = [
  ['RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD', '2026-03-31', 'unreadable-rule'],
  ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-10-31', 'short-months'],
  ['FREQ=MONTHLY;BYMONTHDAY=30', '2026-10-30', 'short-months'],
  ['FREQ=MONTHLY', '2026-10-29', 'short-months'],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2028-02-29', 'short-months'],
  ['FREQ=MONTHLY;BYMONTHDAY=1,15', '2026-11-01', 'month-days'],
  ['FREQ=MONTHLY;BYDAY=5MO', '2026-11-30', 'ordinals'],
  ['FREQ=MONTHLY;BYDAY=-2FR', '2026-11-20', 'ordinals'],
  ['FREQ=MONTHLY;BYDAY=1MO,3MO', '2026-11-02', 'ordinals'],
  ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '2026-11-13', 'month-days'],
  ['FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=1', '2026-11-02', 'weekdays'],
  ['FREQ=WEEKLY;BYDAY=MO;BYMONTH=11', '2026-11-23', 'months'],
  ['FREQ=YEARLY;BYMONTH=1,2,3;BYMONTHDAY=5', '2026-01-05', 'months'],
  ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '2026-05-11', 'week-numbers'],
  ['FREQ=YEARLY;BYYEARDAY=100', '2026-04-10', 'year-days'],
  ['FREQ=YEARLY;INTERVAL=9;BYMONTH=11;BYMONTHDAY=23', '2026-11-23', 'interval'],
  ['FREQ=DAILY;INTERVAL=1000', '2026-11-23', 'interval'],
  ['FREQ=DAILY;BYHOUR=9,15', '2026-11-23', 'time-of-day'],
  ['FREQ=HOURLY', '2026-11-23', 'frequency'],
];

describe('exchange mapping: recurrence patterns', () => {
  for (const [rule, date, pattern] of bothWays) {
    it(`${rule} goes and comes back`, () => {
      assert.equal(wire(rule, date), pattern + noEnd(date));
      const start = `${date}T${date.slice(5) > '03-29' && date.slice(5) < '10-25' ? '08' : '09'}:00:00Z`;
      assert.equal(ruleOf(pattern + noEnd(date), start), rule);
    });
  }
  for (const [rule, date, pattern] of otherWords) {
    it(`${rule} is told in other words`, () => assert.equal(wire(rule, date), pattern + noEnd(date)));
  }
  for (const [rule, date, reason] of unsupported) {
    it(`${rule} has no pattern: ${reason}`, () => assert.equal(wire(rule, date), `singles ${reason}`));
  }

  it('leave the first day of the week to servers that do not know it, unless it matters', () => {
    const xml = (rule: string) =>
      exportRecurrence(series(rule, at('2026-11-23')), { version: 'Exchange2010' });
    const simple = xml('FREQ=WEEKLY;BYDAY=MO,WE');
    assert.ok(simple.as === 'series');
    assert.doesNotMatch(xmlOf(recurrenceElement(simple.recurrence, 'Exchange2010')), /FirstDayOfWeek/);
    assert.deepEqual(xml('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU'), { as: 'singles', reason: 'week-start' });
  });

  it('without a first day of the week begin it on Sunday', () => {
    const pattern =
      '<WeeklyRecurrence><Interval>2</Interval><DaysOfWeek>Monday Sunday</DaysOfWeek></WeeklyRecurrence>';
    assert.equal(ruleOf(pattern + noEnd('2026-11-23')), 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU');
  });

  it('of all days of the week are read word by word', () => {
    const pattern =
      '<WeeklyRecurrence><Interval>1</Interval><DaysOfWeek>Weekday Sunday</DaysOfWeek></WeeklyRecurrence>';
    assert.equal(ruleOf(pattern + noEnd('2026-11-23')), 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SU');
  });
});

describe('exchange mapping: how long a series goes on', () => {
  const daily = '<DailyRecurrence><Interval>1</Interval></DailyRecurrence>';
  const until = (date: string): string =>
    `${daily}<EndDateRecurrence><StartDate>2026-11-23</StartDate><EndDate>${date}</EndDate></EndDateRecurrence>`;

  it('COUNT is a number of occurrences', () => {
    const range =
      '<NumberedRecurrence><StartDate>2026-11-23</StartDate><NumberOfOccurrences>10</NumberOfOccurrences></NumberedRecurrence>';
    assert.equal(wire('FREQ=DAILY;COUNT=10', '2026-11-23'), daily + range);
    assert.equal(ruleOf(daily + range), 'FREQ=DAILY;COUNT=10');
  });

  it('more of them than Exchange counts end on the day of the last', () => {
    assert.equal(wire('FREQ=DAILY;COUNT=1001', '2026-11-23'), until('2029-08-19'));
  });

  it('UNTIL is the day of the last occurrence, and comes back as its start', () => {
    assert.equal(wire('FREQ=DAILY;UNTIL=20261130T235959Z', '2026-11-23'), until('2026-11-30'));
    assert.equal(wire('FREQ=DAILY;UNTIL=20261130T085959Z', '2026-11-23'), until('2026-11-29'));
    assert.equal(ruleOf(until('2026-11-30')), 'FREQ=DAILY;UNTIL=20261130T090000Z');
  });

  it('the day is that of the zone of the series', () => {
    const late = series('FREQ=DAILY;UNTIL=20261130T060000Z', {
      start: { local: '2026-11-23T22:00:00', zone: 'America/Los_Angeles' },
      end: { local: '2026-11-23T23:00:00', zone: 'America/Los_Angeles' },
    });
    const exported = exportRecurrence(late, mapping);
    assert.ok(exported.as === 'series');
    assert.match(xmlOf(recurrenceElement(exported.recurrence, mapping.version)), /<EndDate>2026-11-29</);
  });

  it('an end between two occurrences is that of the one before', () => {
    const weeks = `${weekly(1, 'Monday')}<EndDateRecurrence><StartDate>2026-11-23</StartDate><EndDate>2026-12-11</EndDate></EndDateRecurrence>`;
    assert.equal(ruleOf(weeks), 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20261207T090000Z');
  });

  for (const written of ['2026-11-30Z', '2026-11-30+01:00', '2026-11-30T00:00:00.000000Z', ' 2026-11-30 ']) {
    it(`"${written}" is a day like any other`, () => {
      assert.equal(ruleOf(until(written)), 'FREQ=DAILY;UNTIL=20261130T090000Z');
    });
  }

  it('of all-day series it is a date', () => {
    const told = `<Start>2026-11-22T23:00:00Z</Start><End>2026-11-23T23:00:00Z</End><IsAllDayEvent>true</IsAllDayEvent><Recurrence>${until('2026-11-30')}</Recurrence>`;
    assert.deepEqual(eventOf(told).recurrence?.rules, ['FREQ=DAILY;UNTIL=20261130']);
  });

  it('an end in another age is none', () => {
    assert.equal(ruleOf(until('9999-12-31')), 'FREQ=DAILY');
  });

  it('a far end is worked out', () => {
    assert.match(ruleOf(until('2999-12-31')), /^FREQ=DAILY;UNTIL=29991231/);
  });
});

describe('exchange mapping: instances beside the pattern', () => {
  it('a start that does not fit becomes an item of its own, and the series begins with the first that fits', () => {
    const subject = series('FREQ=WEEKLY;BYDAY=TU;COUNT=5', at('2026-11-23'));
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    const main = xmlOf(stepAt(plan, 0, 'create').element);
    assert.match(
      main,
      /<Start>2026-11-24T10:00:00\+01:00<\/Start>.*<StartDate>2026-11-24<\/StartDate><NumberOfOccurrences>4</,
    );
    const odd = stepAt(plan, 1, 'create');
    assert.deepEqual(
      [odd.part, odd.marker],
      ['2026-11-23T09:00:00Z', 'series:5f3c@portal.example:2026-11-23T09:00:00Z'],
    );
    assert.match(xmlOf(odd.element), /<Start>2026-11-23T10:00:00\+01:00<\/Start>/);
    assert.doesNotMatch(xmlOf(odd.element), /<UID>|<Recurrence>/);
    assert.deepEqual(plan.parts, ['2026-11-23T09:00:00Z']);
    const told = normalizeEvent(subject, window, mapping);
    assert.ok(!('refused' in told));
    assert.deepEqual(told.recurrence?.rules, ['FREQ=WEEKLY;BYDAY=TU;COUNT=4']);
    assert.deepEqual(Object.keys(told.overrides), ['2026-11-23T09:00:00Z']);
  });

  it('a first start in the hour that the clock skips stands beside its series, which keeps its time of day', () => {
    const zone = 'Europe/Berlin';
    const night = {
      start: { local: '2027-03-28T02:30:00', zone },
      end: { local: '2027-03-28T02:45:00', zone },
    };
    const subject = series('FREQ=DAILY;COUNT=4', night);
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.match(
      xmlOf(stepAt(plan, 0, 'create').element),
      /<Start>2027-03-29T02:30:00\+02:00<.*<NumberOfOccurrences>3</,
    );
    assert.match(xmlOf(stepAt(plan, 1, 'create').element), /<Start>2027-03-28T0[13]:30:00(?:Z|\+0[12]:00)</);
    const told = normalizeEvent(subject, window, mapping);
    assert.ok(!('refused' in told));
    assert.deepEqual(told.recurrence?.rules, ['FREQ=DAILY;COUNT=3']);
    assert.deepEqual(Object.keys(told.overrides), ['2027-03-28T01:30:00Z']);
    // Where each of them is skipped, all are moved alike.
    const yearly = series('FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU', night);
    const alike = planned(createPlan({ marker: 'm', event: yearly }, window, mapping));
    assert.deepEqual(alike.parts, []);
  });

  it('RDATEs become items of their own', () => {
    const subject = event(at('2026-11-23'), {
      recurrence: {
        rules: ['FREQ=WEEKLY;BYDAY=MO'],
        dates: [{ local: '2026-11-25T12:00:00', zone: 'Europe/Berlin' }],
      },
    });
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.deepEqual(plan.parts, ['2026-11-25T11:00:00Z']);
    assert.equal(stepAt(plan, 1, 'create').part, '2026-11-25T11:00:00Z');
  });

  it('a rule without a pattern is written as single items for the window', () => {
    const subject = series('FREQ=MONTHLY;BYMONTHDAY=31', at('2026-10-31'), {
      excluded: ['2027-03-31T08:00:00Z'],
    });
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.equal(plan.main, false);
    assert.deepEqual(
      plan.parts.map((key) => key.slice(0, 10)),
      ['2026-10-31', '2026-12-31', '2027-01-31', '2027-05-31', '2027-07-31', '2027-08-31', '2027-10-31'],
    );
    assert.deepEqual(plan.notes, ['recurrence-as-singles']);
    assert.deepEqual(normalizeEvent(subject, window, mapping), subject, 'together they say the whole rule');
  });

  it('is skipped, where the settings say so', () => {
    const plan = createPlan(
      { marker: 'm', event: series('FREQ=MONTHLY;BYMONTHDAY=31', at('2026-10-31')) },
      window,
      { ...mapping, unsupportedRecurrence: 'skip' },
    );
    assert.deepEqual(plan, { refused: 'recurrence-unsupported' });
  });

  it('is approximated, where the settings say so', () => {
    const as = { ...mapping, unsupportedRecurrence: 'approximate' } as const;
    const ending = series('FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5', at('2026-10-31'));
    const plan = planned(createPlan({ marker: 'm', event: ending }, window, as));
    assert.ok(plan.main);
    assert.match(xmlOf(stepAt(plan, 0, 'create').element), /<DayOfMonth>31<.*<EndDate>2027-05-31</);
    const deleted = plan.steps
      .slice(1)
      .map((step) =>
        step.do === 'delete' && step.on.item === 'occurrence' ? step.on.occurrence.key.slice(0, 10) : step.do,
      );
    assert.deepEqual(deleted, ['2026-11-30', '2027-02-28', '2027-04-30']);
  });

  it('a pattern that nobody here knows is read from the occurrences, and is not ours to change', () => {
    const told =
      '<UID>u</UID><Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End><Recurrence><HijriRecurrence/></Recurrence>';
    assert.equal(readItem(item(told), [], mapping).kind, 'needs-occurrences');
    const occurrences = ['2026-11-23T09:00:00Z', '2026-12-22T09:00:00Z'].map((start) =>
      item(`<Start>${start}</Start>`),
    );
    const found = readOk(readItem(item(told), [], mapping, occurrences));
    assert.equal(found.role, 'guest');
    assert.deepEqual(found.notes, ['recurrence-unreadable']);
    assert.deepEqual(found.event.recurrence?.dates, [
      { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' },
      { local: '2026-12-22T10:00:00', zone: 'Europe/Berlin' },
    ]);
  });

  it('a pattern that a server does not tell replaces none that is known here', () => {
    const told =
      '<UID>u</UID><Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End><CalendarItemType>RecurringMaster</CalendarItemType>';
    assert.equal(readItem(item(told), [], mapping).kind, 'needs-occurrences');
    const [marker] = markerProperties('0123456789abcdef').map(xmlOf);
    assert.deepEqual(readItem(item(`${told}${marker}`), [], mapping), {
      kind: 'unreadable',
      reason: 'recurrence-untold',
    });
  });

  it('becomes a note on its first day for calendars without recurrence', () => {
    const told = `<Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End><Recurrence>${weekly(1, 'Monday')}${noEnd('2026-11-23')}</Recurrence>`;
    const found = readOk(readItem(item(told), [], { ...mapping, recurrencePolicy: 'firstAsNote' }));
    assert.deepEqual(
      [found.event.content.start, found.event.recurrence, found.note],
      [{ date: '2026-11-23' }, null, true],
    );
  });

  it('of an all-day series are keys of days', () => {
    const subject = series('FREQ=WEEKLY;BYDAY=TU', allDay('2026-11-23', '2026-11-24'));
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.deepEqual(plan.parts, ['2026-11-23']);
  });
});
