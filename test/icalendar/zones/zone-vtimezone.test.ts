/** Zones that objects define themselves: VTIMEZONE (RFC 5545 §3.6.5). */
import assert from 'node:assert/strict';
import { dayMs, hourMs, instant, minuteMs } from '../../../src/icalendar/time.ts';
import { namedZone, type Zone, zoneFromVtimezone } from '../../../src/icalendar/zones/timezone.ts';
import { datesIn, parseOffset } from '../../../src/icalendar/zones/zone-vtimezone.ts';
import { at, event, objectOf } from '../fixtures.ts';

function zone(name: string): Zone {
  const found = namedZone(name);
  assert(found, name);
  return found;
}

const berlin = zone('Europe/Berlin');

const define = (...lines: readonly string[]): Zone | undefined => {
  const object = objectOf(
    'BEGIN:VTIMEZONE',
    'TZID:X',
    ...lines,
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'UID:u',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260101T000000Z',
    'END:VEVENT',
  );
  const component = object.timezones.get('X');
  assert(component);
  return zoneFromVtimezone(component);
};

const observance = (
  name: string,
  start: string,
  from: string,
  to: string,
  ...more: readonly string[]
): readonly string[] => [
  `BEGIN:${name}`,
  `DTSTART:${start}`,
  `TZOFFSETFROM:${from}`,
  `TZOFFSETTO:${to}`,
  ...more,
  `END:${name}`,
];

const offsets = (found: Zone | undefined, ...times: readonly string[]): readonly number[] =>
  times.map((time) => (found?.offsetAt(at(time)) ?? Number.NaN) / hourMs);

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => index).join(',');

describe('a zone that an object defines', () => {
  it('has explicit onsets, in local time, in UTC and as days', () => {
    const found = define(
      ...observance(
        'STANDARD',
        '20200101T020000',
        '+0100',
        '+0200',
        'RDATE:20220101T020000,20240101T010000Z',
        'RDATE;VALUE=DATE:20260101',
      ),
      ...observance('DAYLIGHT', '20210101T020000', '+0200', '+0300', 'RDATE:20230101T020000,20250101T020000'),
    );
    assert.deepEqual(
      offsets(
        found,
        '2019-12-31T00:00',
        '2020-01-01T00:59',
        '2020-01-01T01:00',
        '2021-06-01T00:00',
        '2022-06-01T00:00',
        '2023-06-01T00:00',
        '2024-01-01T00:59',
        '2024-01-01T01:00',
        '2025-06-01T00:00',
        '2026-01-01T00:59',
        '2026-01-01T01:00',
        '2090-01-01T00:00',
      ),
      [1, 1, 2, 3, 2, 3, 3, 2, 3, 3, 2, 2],
    );
  });

  it('has rules that end, in UTC or as a day, and what they left stays', () => {
    const found = define(
      ...observance(
        'STANDARD',
        '19961027T030000',
        '+0200',
        '+0100',
        'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20001029T010000Z',
      ),
      ...observance(
        'DAYLIGHT',
        '19810329T020000',
        '+0100',
        '+0200',
        'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20010325',
      ),
    );
    assert.deepEqual(
      offsets(
        found,
        '1999-12-01T00:00',
        '2000-07-01T00:00',
        '2000-12-01T00:00',
        '2001-12-01T00:00',
        '2150-12-01T00:00',
      ),
      [1, 2, 1, 2, 2],
    );
  });

  it('has rules with COUNT', () => {
    const found = define(
      ...observance('STANDARD', '20200101T000000', '+0100', '+0200', 'RRULE:FREQ=YEARLY;COUNT=2'),
      ...observance('DAYLIGHT', '20200701T000000', '+0200', '+0100', 'RRULE:FREQ=YEARLY;COUNT=3'),
    );
    assert.deepEqual(offsets(found, '2021-03-01T00:00', '2022-03-01T00:00', '2400-01-01T00:00'), [2, 1, 1]);
  });

  it('only follows yearly rules', () => {
    const found = define(
      ...observance('STANDARD', '19700101T000000', '+0000', '+0100', 'RRULE:FREQ=SECONDLY'),
    );
    assert.deepEqual(offsets(found, '1969-01-01T00:00', '2026-03-10T00:00', '9999-12-31T00:00'), [0, 1, 1]);
    assert.equal(found?.offsetAt(instant(-Infinity)), 0);
    assert.equal(found?.offsetAt(instant(Infinity)), hourMs);
  });

  it('begins long ago where no beginning is written, and has offsets of hours alone', () => {
    const zone = define('BEGIN:STANDARD', 'TZOFFSETFROM:+3', 'TZOFFSETTO:-03', 'END:STANDARD');
    assert.deepEqual(offsets(zone, '1969-12-31T00:00', '1970-01-02T00:00', '2026-01-01T00:00'), [3, -3, -3]);
    const summer = ['BEGIN:DAYLIGHT', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'END:DAYLIGHT'];
    const winter = ['BEGIN:STANDARD', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'END:STANDARD'];
    assert.deepEqual(offsets(define(...winter, ...summer), '2026-01-01T00:00', '2026-07-01T00:00'), [1, 1]);
    assert.equal(define(...summer), undefined);
    const ruled = [summer, winter].flatMap(([begin = '', ...lines], at) => [
      begin,
      `RRULE:FREQ=YEARLY;BYMONTH=${3 + 7 * at};BYDAY=-1SU`,
      ...lines,
    ]);
    assert.deepEqual(offsets(define(...ruled), '2026-01-01T00:00', '2026-07-01T00:00'), [1, 2]);
    for (const text of ['3', '+0330', '3:30', '+03:30:15']) assert(parseOffset(text) !== undefined, text);
    for (const text of ['', '+', '330', '+3:3', '24', '+03:', 'x03'])
      assert.equal(parseOffset(text), undefined, text);
  });

  it('begins long ago where its beginning is no date', () => {
    const found = define(...observance('STANDARD', 'never', '+0100', '+0200'));
    assert.deepEqual(offsets(found, '2026-01-01T00:00'), [2]);
  });

  it('has the first of its names that is not empty', () => {
    const named = (...names: readonly string[]): readonly string[] => [
      ...objectOf(
        'BEGIN:VTIMEZONE',
        ...names.map((name) => `TZID:${name}`),
        ...observance('STANDARD', '20200101T000000', '+0100', '+0200'),
        'END:VTIMEZONE',
        ...event('DTSTART:20260101T000000Z'),
      ).timezones.keys(),
    ];
    assert.deepEqual(named('', 'A', 'B'), ['A']);
    assert.deepEqual(named(''), ['']);
  });

  it('skips what cannot be read, and is none if nothing can', () => {
    assert.equal(define(), undefined);
    assert.equal(define(...observance('DAYLIGHT', 'never', '+0100', '+0200')), undefined);
    assert.equal(define(...observance('STANDARD', '20200101T000000', '+0100', 'late')), undefined);
    assert.deepEqual(
      offsets(
        define(...observance('STANDARD', '20200101T000000Z', 'x', '-0330'), 'BEGIN:X-OTHER', 'END:X-OTHER'),
        '2026-01-01T00:00',
      ),
      [-3.5],
    );
    assert.deepEqual(
      offsets(
        define(
          ...observance('STANDARD', '20200101T000000', '+0100', '+0200', 'RDATE:soon,', 'RRULE:nonsense'),
        ),
        '2026-01-01T00:00',
      ),
      [2],
    );
  });

  it('follows no rule that is denser than clocks are turned', () => {
    const bomb = `RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)}`;
    const lines = Array.from({ length: 50 }, () =>
      observance('STANDARD', '16010101T000000', '+0000', '+0100', bomb),
    ).flat();
    assert.deepEqual(offsets(define(...lines), '2026-03-10T00:00', '2426-03-10T00:00'), [1, 1]);
  });

  it('reads offsets with seconds and without a sign', () => {
    assert.equal(parseOffset('+0100'), hourMs);
    assert.equal(parseOffset('-00:30:15'), -(30 * minuteMs + 15_000));
    assert.equal(parseOffset('0530'), 5.5 * hourMs);
    assert.equal(parseOffset('+2400'), undefined);
    assert.equal(parseOffset('east'), undefined);
  });

  it('is the same as the IANA zone it was taken from, over 80 years', () => {
    const found = define(
      ...observance(
        'DAYLIGHT',
        '19810329T020000',
        '+0100',
        '+0200',
        'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
      ),
      ...observance(
        'STANDARD',
        '19961027T030000',
        '+0200',
        '+0100',
        'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
      ),
    );
    for (
      let time = at('1997-01-01T00:00') as number;
      time < at('2077-01-01T00:00');
      time += 5 * dayMs + 7 * hourMs
    )
      assert.equal(
        found?.offsetAt(instant(time)),
        berlin.offsetAt(instant(time)),
        new Date(time).toISOString(),
      );
  });

  it('reads no more explicit dates than any zone has, however they are written', () => {
    const dates = Array.from({ length: 6_000 }, (_, n) => {
      const day = new Date(Date.UTC(1970, 0, 2 + n)).toISOString();
      return `${day.slice(0, 10).replaceAll('-', '')}T000000`;
    });
    assert.deepEqual(datesIn(dates.join(), 2), dates.slice(0, 2));
    const standard = (...more: readonly string[]): readonly string[] =>
      observance('STANDARD', '19700101T000000', '+0100', '+0200', ...more);
    const daylight = observance('DAYLIGHT', '19700102T120000', '+0200', '+0300', `RDATE:${dates[1]}`);
    for (const some of [[`RDATE:${dates.join()}`], dates.map((date) => `RDATE:${date}`)]) {
      assert.equal(define(...standard(...some), ...daylight)?.offsetAt(at('1970-01-03T00:00')), 2 * hourMs);
      const beyond = dates.slice(5_000, 5_001).map((date) => `RDATE:${date}`);
      const last = define(
        ...standard(...some),
        ...observance('DAYLIGHT', '19700102T120000', '+0200', '+0300', ...beyond),
      );
      assert.equal(last?.offsetAt(at('1983-09-15T00:00')), 2 * hourMs);
    }
  });
});
