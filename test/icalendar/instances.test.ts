/** Instances of objects: what the awkward files must give, series, overrides, and what an expansion needs. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  extent,
  type Instance,
  instances,
  occurrenceRows,
  type RecurringObject,
  spanOverlaps,
} from '../../src/icalendar/instances.ts';
import { dayMs, hourMs, instant } from '../../src/icalendar/time.ts';
import { utc, type Zone } from '../../src/icalendar/timezone.ts';
import { dateTimeParams, formatDateTime } from '../../src/icalendar/value.ts';
import { at, event, objectOf } from './fixtures.ts';
import {
  always,
  berlin,
  componentOf,
  file,
  iso,
  list,
  moscow,
  range,
  shown,
  zone,
} from './instance-fixtures.ts';

describe('instances of awkward files', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'tzid-iana-no-vtimezone': ['2026-03-10T07:00/60'],
    'tzid-windows-no-vtimezone': ['2026-03-10T07:00/0'],
    'tzid-trailing-space': ['2026-03-10T09:00/0'],
    'tzid-tzone-microsoft': ['2026-03-10T07:00/0'],
    'tzid-display-name': ['2026-03-10T07:00/0'],
    'tzid-on-utc-value': ['2026-03-10T10:00/0'],
    'tzid-on-date': ['2026-08-31T21:00/1440', '2026-09-14T21:00/1440'],
    'vtimezone-empty': ['2026-03-10T07:00/0'],
    'vtimezone-rule-bomb': ['2026-03-10T09:00/0'],
    'dst-gap': ['2026-03-29T01:30/0'],
    'dst-overlap': ['2026-10-25T00:30/60'],
    'p1d-versus-pt24h': ['2026-03-28T11:00/1380'],
    floating: ['2026-03-10T06:00/60'],
    'allday-multi': ['2026-06-27T21:00/15840'],
    'allday-end-equals-start': ['2026-03-09T21:00/1440'],
    'date-start-datetime-end': ['2026-03-09T21:00/2340'],
    'value-date-missing': ['2026-03-09T21:00/1440'],
    'duration-and-dtend': ['2026-03-10T10:00/90'],
    'duration-odd-forms': ['2026-03-10T10:00/13140'],
    'no-end-datetime': ['2026-03-10T10:00/0'],
    'no-dtstart': [],
    'date-1601': ['1601-01-01T00:00/0'],
    'impossible-dates': [],
    'leap-second': ['2016-12-31T23:59/0'],
    'utc-offset-in-value': [],
    'leap-day-yearly': ['2024-02-28T21:00/1440', '2028-02-28T21:00/1440', '2032-02-28T21:00/1440'],
    'until-date-with-datetime-start': [
      '2026-03-10T08:00/60',
      '2026-03-11T08:00/60',
      '2026-03-12T08:00/60',
      '2026-03-13T08:00/60',
    ],
    'until-local-no-z': [
      '2026-03-10T08:00/60',
      '2026-03-11T08:00/60',
      '2026-03-12T08:00/60',
      '2026-03-13T08:00/60',
    ],
    'until-before-start': ['2026-03-10T09:00/60'],
    'count-and-until': ['2026-03-10T09:00/60', '2026-03-11T09:00/60', '2026-03-12T09:00/60'],
    'interval-zero': ['2026-03-10T09:00/60', '2026-03-16T09:00/60', '2026-03-23T09:00/60'],
    'count-billion': ['2026-03-10T09:00/60', '2026-03-11T09:00/60', '2026-03-12T09:00/60'],
    'minutely-byhour': ['2026-03-10T09:00/60', '2026-03-11T09:00/60', '2026-03-12T09:00/60'],
    'dense-cross-product': ['2026-03-10T09:00/60'],
    'conflicting-by-parts': ['2011-11-23T20:00/1440', '2016-11-23T21:00/1440', '2022-11-23T21:00/1440'],
    'last-workday': [
      '2026-03-31T09:00/60',
      '2026-04-30T09:00/60',
      '2026-05-29T09:00/60',
      '2026-06-30T09:00/60',
    ],
    'byweekno-wkst-sunday': ['2026-01-04T09:00/60', '2027-01-03T09:00/60', '2028-01-02T09:00/60'],
    'byyearday-negative': [
      '2026-12-31T09:00/60',
      '2027-12-31T09:00/60',
      '2028-12-31T09:00/60',
      '2029-12-31T09:00/60',
    ],
    'german-weekday-token': ['2026-03-10T09:00/60', '2026-03-14T09:00/60', '2026-03-21T09:00/60'],
    'lowercase-rrule': ['2026-03-10T09:00/60', '2026-03-16T09:00/60', '2026-03-23T09:00/60'],
    'two-rrules': [
      '2026-03-10T09:00/60',
      '2026-03-17T09:00/60',
      '2026-03-24T09:00/60',
      '2026-04-10T09:00/60',
    ],
    'exrule-excludes-all': [],
    'exdate-type-mismatch': [
      '2026-03-10T09:00/60',
      '2026-03-12T09:00/60',
      '2026-03-13T09:00/60',
      '2026-03-14T09:00/60',
    ],
    'exdate-datetime-on-allday': [
      '2026-03-09T21:00/1440',
      '2026-03-10T21:00/1440',
      '2026-03-12T21:00/1440',
      '2026-03-13T21:00/1440',
    ],
    'rdate-period': ['2026-03-10T09:00/60', '2026-03-12T09:00/180', '2026-03-14T09:00/30'],
    'rdate-only': ['2026-03-10T09:00/60', '2026-04-01T09:00/60', '2026-04-15T09:00/60'],
    'override-only': ['2026-03-12T11:00/60<2026-03-12T09:00'],
    'override-only-two': ['2026-03-12T11:00/60<2026-03-12T09:00', '2026-03-19T11:00/60<2026-03-19T09:00'],
    'override-zone-differs': [
      '2026-03-10T08:00/60',
      '2026-03-11T12:00/60<2026-03-11T08:00',
      '2026-03-12T08:00/60',
    ],
    'override-with-rrule': ['2026-05-27T21:00/1440'],
    'override-not-in-set': [
      '2026-03-10T09:00/60',
      '2026-03-12T09:00/0',
      '2026-03-17T09:00/60',
      '2026-03-24T09:00/60',
    ],
    'override-first-in-file': [
      '2026-03-10T09:00/60',
      '2026-03-11T15:00/60<2026-03-11T09:00',
      '2026-03-12T09:00/60',
    ],
    'this-and-future': [
      '2026-03-10T09:00/60',
      '2026-03-11T09:00/60',
      '2026-03-12T09:00/60',
      '2026-03-13T11:00/120<2026-03-13T09:00',
      '2026-03-14T11:00/120<2026-03-14T09:00',
      '2026-03-15T11:00/120<2026-03-15T09:00',
    ],
  };
  const endless = new Set([
    'leap-day-yearly',
    'interval-zero',
    'count-billion',
    'minutely-byhour',
    'conflicting-by-parts',
    'german-weekday-token',
    'lowercase-rrule',
  ]);
  for (const [name, wanted] of Object.entries(expected)) {
    it(`${name}: ${wanted.join(', ') || 'none'}`, () => {
      const most = endless.has(name) ? 3 : 10;
      assert.deepEqual(list(file(name), always, moscow, most), wanted);
    });
  }

  it('end within 50 ms, whatever the file', () => {
    for (const name of Object.keys(expected)) {
      const object = file(name);
      for (const within of [always, range('2126-01-01T00:00', '2126-02-01T00:00')]) {
        const started = performance.now();
        occurrenceRows({ ...object }, within, { zone: moscow, maxInstances: 1000 });
        extent({ ...object }, moscow);
        assert(performance.now() - started < 100, name);
      }
    }
  });

  it('follow the calendar zone for days that a query begins and ends with', () => {
    const festival = file('allday-multi');
    assert.deepEqual(list(festival, range('2026-07-08T21:00', '2026-07-10T00:00')), []);
    assert.equal(list(festival, range('2026-07-08T20:59', '2026-07-10T00:00')).length, 1);
  });

  it('are found ten years and a century later', () => {
    assert.deepEqual(list(file('old-dates'), range('2026-12-29T12:00', '2026-12-31T00:00')), [
      '2026-12-29T21:00/1440',
    ]);
    assert.deepEqual(list(file('minutely-byhour'), range('2126-05-05T00:00', '2126-05-06T00:00')), [
      '2126-05-05T09:00/60',
    ]);
  });
});

describe('a series', () => {
  const series = (...lines: readonly string[]): RecurringObject => objectOf(...event(...lines));

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
    const until = (start: string, text: string): number =>
      list(series(start, `RRULE:FREQ=DAILY;UNTIL=${text}`), always, berlin, 10).length;
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

  it('follows only so many rules', () => {
    const rules = Array.from(
      { length: 40 },
      (_, index) => `RRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=${(index % 28) + 1};COUNT=2`,
    );
    assert(list(series('DTSTART:20250101T090000Z', ...rules), always, utc, 100).length <= 20);
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

describe('the same instants', () => {
  it('come from a range as from filtering everything', () => {
    const rule = fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,SA',
      'FREQ=HOURLY;INTERVAL=7',
      'FREQ=MONTHLY;BYMONTHDAY=31',
      'FREQ=DAILY;COUNT=200',
      'FREQ=DAILY;UNTIL=20260801',
    );
    const length = fc.constantFrom(
      'DURATION:PT0S',
      'DURATION:PT90M',
      'DURATION:P3D',
      'DURATION:P1DT2H',
      'DTEND;TZID=Europe/Berlin:20260310T120000',
    );
    const extra = fc.subarray([
      'RDATE;VALUE=PERIOD:20260701T000000Z/P10D',
      'EXDATE;VALUE=DATE:20260601',
      'RDATE:20260101T000000Z',
    ]);
    fc.assert(
      fc.property(
        rule,
        length,
        extra,
        fc.integer({ min: -80, max: 300 }),
        fc.integer({ min: 0, max: 2000 }),
        (text, lasts, more, day, hours) => {
          const object = objectOf(
            ...event('DTSTART;TZID=Europe/Berlin:20260310T023000', lasts, `RRULE:${text}`, ...more),
          );
          const start = at('2026-03-10T00:30') + day * dayMs;
          const within = { start: instant(start), end: instant(start + hours * hourMs) };
          const whole = [
            ...instances(object, range('2025-01-01T00:00', '2027-06-01T00:00'), {
              zone: utc,
              maxInstances: 10_000,
            }),
          ];
          const expected = whole
            .filter((one) => spanOverlaps(one.rule, one.start, one.end, within))
            .map(shown);
          assert.deepEqual(list(object, within, utc, 10_000), expected);
          const bounds = extent(object, utc);
          assert(whole.every((one) => one.start >= bounds.first && one.end <= bounds.last));
        },
      ),
      { numRuns: 200 },
    );
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

describe('what an expansion needs', () => {
  const written = (one: Instance): string =>
    [one.value, one.endValue, one.recurrenceValue]
      .map((value) => `${Object.values(dateTimeParams(value)).join()} ${formatDateTime(value)}`.trim())
      .join(' | ');
  const all = (object: RecurringObject, home: Zone = utc): readonly string[] =>
    [...instances(object, always, { zone: home, maxInstances: 9 })].map(written);

  it('are start, end and original start in the form of the component', () => {
    assert.deepEqual(
      all(
        objectOf(
          ...event('DTSTART;TZID=Europe/Berlin:20260310T090000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2'),
          ...event(
            'RECURRENCE-ID:20260311T080000Z',
            'DTSTART;TZID=Europe/Moscow:20260311T150000',
            'DURATION:PT1H',
          ),
        ),
      ),
      [
        'Europe/Berlin 20260310T090000 | Europe/Berlin 20260310T100000 | Europe/Berlin 20260310T090000',
        'Europe/Moscow 20260311T150000 | Europe/Moscow 20260311T160000 | 20260311T080000Z',
      ],
    );
    assert.deepEqual(
      all(
        objectOf(...event('DTSTART;VALUE=DATE:20260328', 'DURATION:P2D', 'RRULE:FREQ=DAILY;COUNT=2')),
        berlin,
      ),
      ['DATE 20260328 | DATE 20260330 | DATE 20260328', 'DATE 20260329 | DATE 20260331 | DATE 20260329'],
    );
    assert.deepEqual(all(objectOf(...event('DTSTART:20260310T090000', 'DURATION:PT1H')), berlin), [
      '20260310T090000 | 20260310T100000 | 20260310T090000',
    ]);
    assert.deepEqual(all(objectOf(...event('DTSTART:20260310T090000Z', 'DURATION:PT1H'))), [
      '20260310T090000Z | 20260310T100000Z | 20260310T090000Z',
    ]);
    assert.deepEqual(all(file('date-start-datetime-end')), [
      'DATE 20260310 | 20260311T120000Z | DATE 20260310',
    ]);
    assert.deepEqual(all(componentOf('VTODO', 'COMPLETED:20260310T090000Z')), [
      '20260310T090000Z | 20260310T090000Z | 20260310T090000Z',
    ]);
  });

  it('is whether they recur, and the component that describes them', () => {
    const [first, second] = [
      ...instances(file('override-first-in-file'), always, { zone: utc, maxInstances: 9 }),
    ];
    assert.equal(first?.component.first('SUMMARY')?.rawValue, 'Master');
    assert.equal(second?.component.first('SUMMARY')?.rawValue, 'Override');
    assert.equal(first?.recurring && second?.recurring, true);
    assert.equal(
      [...instances(file('floating'), always, { zone: utc, maxInstances: 9 })][0]?.recurring,
      false,
    );
    assert.equal(
      [...instances(file('override-only'), always, { zone: utc, maxInstances: 9 })][0]?.recurring,
      true,
    );
  });
});
