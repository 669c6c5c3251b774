/** Instances of objects: what the awkward files must give, ranges, and what an expansion needs. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  extent,
  type Instance,
  instances,
  occurrenceRows,
  type RecurringObject,
  spanOverlaps,
} from '../../../src/icalendar/instances/instances.ts';
import { dayMs, hourMs, instant } from '../../../src/icalendar/time.ts';
import { dateTimeParams, formatDateTime } from '../../../src/icalendar/value.ts';
import { utc, type Zone } from '../../../src/icalendar/zones/timezone.ts';
import { at, event, objectOf } from '../fixtures.ts';
import { always, berlin, componentOf, file, list, moscow, range, shown } from '../instance-fixtures.ts';

const written = (one: Instance): string =>
  [one.value, one.endValue, one.recurrenceValue]
    .map((value) => `${Object.values(dateTimeParams(value)).join()} ${formatDateTime(value)}`.trim())
    .join(' | ');

const all = (object: RecurringObject, home: Zone = utc): readonly string[] =>
  [...instances(object, always, { zone: home, maxInstances: 9 })].map(written);

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

  it('take few steps, whatever the file', () => {
    const far = range('2126-01-01T00:00', '2126-02-01T00:00');
    for (const name of Object.keys(expected)) {
      // Only this one has to look at what it leaves out, until the steps are used up.
      if (name === 'exrule-excludes-all') continue;
      const options = { zone: moscow, maxInstances: 1000 };
      assert(!occurrenceRows(file(name), far, { ...options, maxSteps: 200 }).truncated, name);
      const all = occurrenceRows(file(name), always, { ...options, maxSteps: 15_000 });
      assert(!all.truncated || all.rows.length === 1000, name);
    }
  });

  it('are days in few steps, however often a rule names the same day', () => {
    const week = range('2126-01-01T00:00', '2126-01-08T00:00');
    for (const rule of ['SECONDLY', 'SECONDLY;INTERVAL=86400', 'MINUTELY;BYHOUR=9', 'HOURLY;INTERVAL=7']) {
      const days = objectOf(...event('DTSTART;VALUE=DATE:18991230', `RRULE:FREQ=${rule}`));
      const { rows, truncated } = occurrenceRows(days, week, { zone: utc, maxInstances: 100, maxSteps: 200 });
      assert.equal(rows.length, 7, rule);
      assert(!truncated, rule);
    }
    const weekend = objectOf(...event('DTSTART;VALUE=DATE:20260310', 'RRULE:FREQ=HOURLY;BYDAY=SA,SU'));
    assert.deepEqual(list(weekend, range('2026-03-11T00:00', '2026-03-16T00:00'), utc), [
      '2026-03-14T00:00/1440',
      '2026-03-15T00:00/1440',
    ]);
  });

  it('are bounded by steps where what is counted are the seconds of a day', () => {
    const counted = objectOf(...event('DTSTART;VALUE=DATE:20260310', 'RRULE:FREQ=SECONDLY;COUNT=2147483647'));
    const { rows, truncated } = occurrenceRows(counted, range('2026-03-10T00:00', '2027-03-10T00:00'), {
      zone: utc,
      maxInstances: 1000,
      maxSteps: 1000,
    });
    assert(truncated);
    assert(rows.length <= 1, String(rows.length));
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

describe('what an expansion needs', () => {
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
