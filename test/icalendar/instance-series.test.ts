/** Instances of series and of their overrides. */
import assert from 'node:assert/strict';
import {
  extent,
  instances,
  occurrenceRows,
  type RecurringObject,
} from '../../src/icalendar/instances/instances.ts';
import { maxRules } from '../../src/icalendar/limits.ts';
import { instant } from '../../src/icalendar/time.ts';
import { utc } from '../../src/icalendar/zones/timezone.ts';
import { at, event, objectOf } from './fixtures.ts';
import { always, berlin, file, iso, list, moscow, range, zone } from './instance-fixtures.ts';

const series = (...lines: readonly string[]): RecurringObject => objectOf(...event(...lines));

const until = (start: string, text: string): number =>
  list(series(start, `RRULE:FREQ=DAILY;UNTIL=${text}`), always, berlin, 10).length;

describe('a series', () => {
  it('keeps its time on the clock, and reads skipped times with the offset before the gap', () => {
    const nightly = series(
      'DTSTART;TZID=Europe/Berlin:20260328T023000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=3',
    );
    assert.deepEqual(list(nightly), ['2026-03-28T01:30/60', '2026-03-29T01:30/60', '2026-03-30T00:30/60']);
    const autumn = series(
      'DTSTART;TZID=Europe/Berlin:20261024T023000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=3',
    );
    assert.deepEqual(list(autumn), ['2026-10-24T00:30/60', '2026-10-25T00:30/60', '2026-10-26T01:30/60']);
  });

  it('goes in order of time, and names no instant twice, where the clock skips', () => {
    const halfHourly = series(
      'DTSTART;TZID=Europe/Berlin:20260329T013000',
      'RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=7',
    );
    assert.deepEqual(list(halfHourly, always, moscow, 20), [
      '2026-03-29T00:30/0',
      '2026-03-29T01:00/0',
      '2026-03-29T01:30/0',
      '2026-03-29T02:00/0',
      '2026-03-29T02:30/0',
    ]);
    const twice = series(
      'DTSTART;TZID=Europe/Berlin:20260328T023000',
      'RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=8',
    );
    const starts = [...instances(twice, always, { zone: moscow, maxInstances: 20 })].map(
      ({ start }) => start,
    );
    assert.deepEqual(
      starts,
      [...new Set(starts)].sort((a, b) => a - b),
    );
  });

  it('has the same exact length by DTEND, the same nominal one by DURATION', () => {
    const exact = series(
      'DTSTART;TZID=Europe/Berlin:20260327T120000',
      'DTEND;TZID=Europe/Berlin:20260328T120000',
      'RRULE:FREQ=DAILY;COUNT=3',
    );
    assert.deepEqual(list(exact), [
      '2026-03-27T11:00/1440',
      '2026-03-28T11:00/1440',
      '2026-03-29T10:00/1440',
    ]);
    const nominal = series(
      'DTSTART;TZID=Europe/Berlin:20260327T120000',
      'DURATION:P1D',
      'RRULE:FREQ=DAILY;COUNT=3',
    );
    assert.deepEqual(list(nominal), [
      '2026-03-27T11:00/1440',
      '2026-03-28T11:00/1380',
      '2026-03-29T10:00/1440',
    ]);
  });

  it('of days is days, whichever their hours', () => {
    const days = series('DTSTART;VALUE=DATE:20260328', 'RRULE:FREQ=DAILY;COUNT=3');
    assert.deepEqual(list(days, always, berlin), [
      '2026-03-27T23:00/1440',
      '2026-03-28T23:00/1380',
      '2026-03-29T22:00/1440',
    ]);
    assert.equal(
      list(series('DTSTART;VALUE=DATE:20260328', 'DURATION:PT1H'), always, utc).join(),
      '2026-03-28T00:00/1440',
    );
    assert.equal(
      list(series('DTSTART;VALUE=DATE:20260328', 'DURATION:P1DT1H'), always, utc).join(),
      '2026-03-28T00:00/2880',
    );
    assert.equal(
      list(series('DTSTART;VALUE=DATE:20260328', 'DURATION:-P1D'), always, utc).join(),
      '2026-03-28T00:00/1440',
    );
  });

  it('of days begins when the day does, also where midnight is skipped', () => {
    const days = series('DTSTART;VALUE=DATE:20260424', 'RRULE:FREQ=DAILY;COUNT=2');
    assert.deepEqual(list(days, always, zone('Africa/Cairo')), [
      '2026-04-23T22:00/1380',
      '2026-04-24T21:00/1440',
    ]);
  });

  it('takes UNTIL in every form', () => {
    assert.equal(until('DTSTART;TZID=Europe/Berlin:20260310T090000', '20260312T080000Z'), 3);
    assert.equal(until('DTSTART;TZID=Europe/Berlin:20260310T090000', '20260312T075959Z'), 2);
    assert.equal(until('DTSTART;VALUE=DATE:20260310', '20260312'), 3);
    assert.equal(until('DTSTART;VALUE=DATE:20260310', '20260312T000000Z'), 3);
    assert.equal(until('DTSTART;VALUE=DATE:20260310', '20260312T235959'), 3);
    assert.equal(until('DTSTART:20260310T090000', '20260312T080000Z'), 3);
    assert.equal(until('DTSTART:20260310T090000Z', '20260312'), 3);
    assert.equal(until('DTSTART:20260310T233000Z', '20260312'), 3);
  });

  it('takes RDATEs of all kinds, before DTSTART too', () => {
    const object = series(
      'DTSTART;TZID=Europe/Berlin:20260310T090000',
      'DURATION:PT1H',
      'RDATE;TZID=Europe/Moscow:20260301T090000',
      'RDATE;VALUE=DATE:20260312',
      'RDATE:20260314T100000Z,garbage,20260310T080000Z',
      'RDATE;VALUE=PERIOD:20260316T090000Z/P1D,20260310T080000Z/PT2H,20260317T090000Z/nonsense',
    );
    assert.deepEqual(list(object, always, moscow, 20), [
      '2026-03-01T06:00/60',
      '2026-03-10T08:00/120',
      '2026-03-12T08:00/60',
      '2026-03-14T10:00/60',
      '2026-03-16T09:00/1440',
      '2026-03-17T09:00/60',
    ]);
    const days = series('DTSTART;VALUE=DATE:20260310', 'RDATE;TZID=Europe/Berlin:20260312T000000');
    assert.deepEqual(list(days, always, utc), ['2026-03-10T00:00/1440', '2026-03-12T00:00/1440']);
  });

  it('leaves out EXDATEs by instant, and by day', () => {
    const object = series(
      'DTSTART;TZID=Europe/Berlin:20260310T090000',
      'RRULE:FREQ=DAILY;COUNT=6',
      'EXDATE:20260311T080000Z,nothing',
      'EXDATE;TZID=Europe/Moscow:20260312T110000',
      'EXDATE;VALUE=DATE:20260313',
      'EXDATE;TZID=Europe/Berlin:20260315T100000',
    );
    assert.deepEqual(list(object), ['2026-03-10T08:00/0', '2026-03-14T08:00/0', '2026-03-15T08:00/0']);
  });

  it('leaves out what an EXRULE names', () => {
    const object = series(
      'DTSTART:20260310T090000Z',
      'RRULE:FREQ=DAILY;COUNT=8',
      'EXRULE:FREQ=WEEKLY;BYDAY=WE,TU;COUNT=3',
    );
    assert.deepEqual(list(object), [
      '2026-03-12T09:00/0',
      '2026-03-13T09:00/0',
      '2026-03-14T09:00/0',
      '2026-03-15T09:00/0',
      '2026-03-16T09:00/0',
    ]);
  });

  it('is told to be truncated by count and by steps', () => {
    const daily = series('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY');
    const some = instances(daily, always, { zone: utc, maxInstances: 2 });
    assert.equal([...some].length, 2);
    assert.equal(some.truncated, true);
    const all = instances(daily, range('2026-03-10T00:00', '2026-03-12T00:00'), {
      zone: utc,
      maxInstances: 2,
    });
    assert.equal([...all].length, 2);
    assert.equal(all.truncated, false);
    const hopeless = instances(file('exrule-excludes-all'), always, {
      zone: utc,
      maxInstances: 2,
      maxSteps: 1000,
    });
    assert.deepEqual([...hopeless], []);
    assert.equal(hopeless.truncated, true);
    const between = series('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=SECONDLY;INTERVAL=7');
    assert.equal(
      occurrenceRows(between, always, { zone: utc, maxInstances: 1e9, maxSteps: 1000 }).truncated,
      true,
    );
  });

  it('says nothing of a range that ends before it begins', () => {
    const daily = series('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY');
    assert.deepEqual(list(daily, range('2026-04-10T00:00', '2026-04-01T00:00')), []);
  });

  it('cannot last longer than dates can say', () => {
    const object = series('DTSTART:20260310T090000Z', 'DURATION:P999999999W');
    assert.equal(
      iso(instances(object, always, { zone: utc, maxInstances: 1 }).next().value?.end ?? instant(0)),
      '9999-12-31T23:59',
    );
    const days = series('DTSTART;VALUE=DATE:20260310', 'DURATION:P999999999D', 'RRULE:FREQ=DAILY;COUNT=2');
    assert.equal(list(days, range('3000-01-01T00:00', '3000-01-02T00:00')).length, 2);
  });

  it('follows as many rules as may be stored, and no more', () => {
    const rules = Array.from(
      { length: maxRules + 10 },
      (_, index) =>
        `RRULE:FREQ=YEARLY;BYMONTH=${1 + (index % 12)};BYMONTHDAY=${2 + Math.floor(index / 12)};COUNT=2`,
    );
    // DTSTART counts in each of them.
    assert.equal(list(series('DTSTART:20250101T090000Z', ...rules), always, utc, 100).length, maxRules + 1);
  });

  it('is kept prepared per object and zone', () => {
    const days = series('DTSTART;VALUE=DATE:20260310', 'RRULE:FREQ=DAILY;COUNT=1');
    assert.deepEqual([list(days, always, utc), list(days, always, moscow), list(days, always, utc)].flat(), [
      '2026-03-10T00:00/1440',
      '2026-03-09T21:00/1440',
      '2026-03-10T00:00/1440',
    ]);
  });
});

describe('dates of a series without a zone', () => {
  it('are on the clock of its start', () => {
    const tokyo = ['DTSTART;TZID=Asia/Tokyo:20260310T090000', 'RRULE:FREQ=DAILY;COUNT=3'];
    assert.deepEqual(list(series(...tokyo, 'EXDATE:20260311T090000')), [
      '2026-03-10T00:00/0',
      '2026-03-12T00:00/0',
    ]);
    assert.deepEqual(list(series(...tokyo.slice(0, 1), 'RDATE:20260311T090000')), [
      '2026-03-10T00:00/0',
      '2026-03-11T00:00/0',
    ]);
    const replaced = event('RECURRENCE-ID:20260312T090000', 'DTSTART;TZID=Asia/Tokyo:20260312T100000');
    assert.deepEqual(list(objectOf(...event(...tokyo), ...replaced)), [
      '2026-03-10T00:00/0',
      '2026-03-11T00:00/0',
      '2026-03-12T01:00/0<2026-03-12T00:00',
    ]);
  });
});

describe('a series of whole days', () => {
  const days = (rule: string): readonly string[] => {
    const object = objectOf(...event('DTSTART;VALUE=DATE:20260310', `RRULE:${rule}`));
    const range = { start: at('2026-03-01T00:00'), end: at('2026-04-01T00:00') };
    return [...instances(object, range, { zone: utc, maxInstances: 100 })].map(({ start }) =>
      new Date(start).toISOString().slice(0, 16),
    );
  };
  const midnights = (...days: readonly number[]): readonly string[] =>
    days.map((day) => `2026-03-${day}T00:00`);

  it('ignores the parts of its rule that name times of day (RFC 5545 §3.3.10)', () => {
    assert.deepEqual(days('FREQ=DAILY;BYHOUR=9,10;BYMINUTE=30;BYSECOND=5;COUNT=3'), midnights(10, 11, 12));
  });

  it('has each day once, whatever its rule counts', () => {
    assert.deepEqual(days('FREQ=HOURLY;COUNT=30'), midnights(10, 11));
    assert.deepEqual(days('FREQ=HOURLY;INTERVAL=48;UNTIL=20260314'), midnights(10, 12, 14));
  });
});

describe('two overrides of one instance', () => {
  it('are one instance, as the newer has it', () => {
    const master = event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=2');
    const newer = event('RECURRENCE-ID:20260311T090000Z', 'SEQUENCE:2', 'DTSTART:20260311T100000Z');
    const older = event(
      'RECURRENCE-ID;TZID=Europe/Moscow:20260311T120000',
      'SEQUENCE:1',
      'DTSTART:20260311T110000Z',
    );
    const expected = ['2026-03-10T09:00/0', '2026-03-11T10:00/0<2026-03-11T09:00'];
    assert.deepEqual(list(objectOf(...master, ...newer, ...older)), expected);
    assert.deepEqual(list(objectOf(...master, ...older, ...newer)), expected);
  });

  it('are told apart by DTSTAMP where SEQUENCE says nothing', () => {
    const master = event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=2');
    const stamped = (day: number): readonly string[] => [
      'BEGIN:VEVENT',
      'UID:u',
      `DTSTAMP:2026010${day}T000000Z`,
      'RECURRENCE-ID:20260311T090000Z',
      `DTSTART:20260311T1${day}0000Z`,
      'END:VEVENT',
    ];
    const [older, newer] = [stamped(0), stamped(1)];
    const expected = ['2026-03-10T09:00/0', '2026-03-11T11:00/0<2026-03-11T09:00'];
    assert.deepEqual(list(objectOf(...master, ...newer, ...older)), expected);
    assert.deepEqual(list(objectOf(...master, ...older, ...newer)), expected);
  });

  it('both count where one is of its instance alone and one of all that follow, too', () => {
    const master = event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=3');
    const lasting = event('RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000Z', 'DTSTART:20260311T100000Z');
    const single = event('RECURRENCE-ID:20260311T090000Z', 'DTSTART:20260311T150000Z');
    const expected = [
      '2026-03-10T09:00/0',
      '2026-03-11T15:00/0<2026-03-11T09:00',
      '2026-03-12T10:00/0<2026-03-12T09:00',
    ];
    assert.deepEqual(list(objectOf(...master, ...lasting, ...single)), expected);
    assert.deepEqual(list(objectOf(...master, ...single, ...lasting)), expected);
  });
});

describe('overrides', () => {
  const master = event('DTSTART;TZID=Europe/Berlin:20260310T090000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
  const moved = (...lines: readonly string[]): RecurringObject => objectOf(...master, ...event(...lines));

  it('are found where they went, and not where they were', () => {
    const object = moved(
      'RECURRENCE-ID;TZID=Europe/Berlin:20260312T090000',
      'DTSTART:20270101T120000Z',
      'DURATION:PT30M',
    );
    assert.deepEqual(list(object, range('2026-03-12T00:00', '2026-03-13T00:00')), []);
    assert.deepEqual(list(object, range('2027-01-01T10:00', '2027-01-01T14:00')), [
      '2027-01-01T12:00/30<2026-03-12T08:00',
    ]);
  });

  it('replace the day of a series of days by any form of RECURRENCE-ID', () => {
    for (const id of [
      'RECURRENCE-ID;VALUE=DATE:20260311',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260311T000000',
      'RECURRENCE-ID:20260311T000000Z',
    ]) {
      const object = objectOf(
        ...event('DTSTART;VALUE=DATE:20260310', 'RRULE:FREQ=DAILY;COUNT=3'),
        ...event(id, 'DTSTART;VALUE=DATE:20260320'),
      );
      assert.deepEqual(
        list(object, always, utc),
        ['2026-03-10T00:00/1440', '2026-03-20T00:00/1440<2026-03-11T00:00', '2026-03-12T00:00/1440'],
        id,
      );
    }
  });

  it('replace the instance of a day when RECURRENCE-ID is a DATE', () => {
    const object = moved('RECURRENCE-ID;VALUE=DATE:20260311', 'DTSTART:20260311T150000Z');
    assert.deepEqual(list(object, range('2026-03-11T00:00', '2026-03-12T00:00')), [
      '2026-03-11T15:00/0<2026-03-11T08:00',
    ]);
  });

  it('are where their instance was when they do not say', () => {
    const object = moved('RECURRENCE-ID;TZID=Europe/Berlin:20260311T090000', 'SUMMARY:changed');
    assert.deepEqual(list(object, range('2026-03-11T00:00', '2026-03-12T00:00')), ['2026-03-11T08:00/60']);
    assert.deepEqual(list(objectOf(...event('RECURRENCE-ID:20260311T090000Z')), always), [
      '2026-03-11T09:00/0',
    ]);
    assert.deepEqual(list(objectOf(...event('RECURRENCE-ID:someday')), always), []);
    assert.deepEqual(list(objectOf(...event('RECURRENCE-ID:someday', 'DTSTART:20260311T090000Z')), always), [
      '2026-03-11T09:00/0',
    ]);
  });

  it('stay when EXDATE takes out the instance they replace', () => {
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=2', 'EXDATE:20260311T090000Z'),
      ...event('RECURRENCE-ID:20260311T090000Z', 'DTSTART:20260311T120000Z'),
    );
    assert.deepEqual(list(object), ['2026-03-10T09:00/0', '2026-03-11T12:00/0<2026-03-11T09:00']);
  });

  it('replace the one instance of a master without a rule', () => {
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z'),
      ...event('RECURRENCE-ID:20260310T090000Z', 'DTSTART:20260310T120000Z'),
    );
    assert.deepEqual(list(object), ['2026-03-10T12:00/0<2026-03-10T09:00']);
    assert.deepEqual(extent(object, utc), {
      first: at('2026-03-10T09:00'),
      last: at('2026-03-10T12:00'),
      recurring: true,
      infinite: false,
    });
  });

  it('with THISANDFUTURE move what follows on the clock, across the change of time, until the next of them', () => {
    const object = objectOf(
      ...event('DTSTART;TZID=Europe/Berlin:20260326T090000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=7'),
      ...event(
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260327T090000',
        'DTSTART;TZID=Europe/Berlin:20260327T140000',
        'DURATION:PT2H',
      ),
      ...event(
        'RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000',
        'DTSTART;TZID=Europe/Berlin:20260330T070000',
      ),
      ...event(
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260331T090000',
        'DTSTART;TZID=Europe/Berlin:20260330T220000',
        'DURATION:PT3H',
      ),
    );
    assert.deepEqual(list(object, always, utc, 20), [
      '2026-03-26T08:00/60',
      '2026-03-27T13:00/120<2026-03-27T08:00',
      '2026-03-28T13:00/120<2026-03-28T08:00',
      '2026-03-29T12:00/120<2026-03-29T07:00',
      '2026-03-30T05:00/0<2026-03-30T07:00',
      '2026-03-30T20:00/180<2026-03-31T07:00',
      '2026-03-31T20:00/180<2026-04-01T07:00',
    ]);
    assert.deepEqual(list(object, range('2026-03-31T21:00', '2026-03-31T22:00'), utc), [
      '2026-03-31T20:00/180<2026-04-01T07:00',
    ]);
    const bounds = extent(object, utc);
    assert(bounds.first <= at('2026-03-26T08:00') && bounds.last >= at('2026-03-31T23:00'));
  });

  it('with THISANDFUTURE can turn a series of hours into one of days', () => {
    const object = objectOf(
      ...event('DTSTART;TZID=Europe/Berlin:20260310T090000', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...event(
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260311T090000',
        'DTSTART;VALUE=DATE:20260311',
      ),
    );
    const found = [...instances(object, always, { zone: berlin, maxInstances: 9 })];
    assert.deepEqual(
      found.map(({ allDay, start }) => [allDay, iso(start)]),
      [
        [false, '2026-03-10T08:00'],
        [true, '2026-03-10T23:00'],
        [true, '2026-03-11T23:00'],
      ],
    );
  });

  it('with THISANDPRIOR replace one instance', () => {
    assert.equal(
      new Set(list(file('range-thisandprior'), always, utc, 20).map((text) => text.slice(11))).size,
      2,
    );
  });
});
