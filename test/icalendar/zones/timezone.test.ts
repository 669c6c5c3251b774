/** Time zones: gaps and overlaps, names, and the zones of an object. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { hourMs, type Instant, instant, localTime, minuteMs } from '../../../src/icalendar/time.ts';
import {
  ianaZone,
  namedZone,
  utc,
  windowsNameOf,
  type Zone,
  zoneResolver,
} from '../../../src/icalendar/zones/timezone.ts';
import { at, event, objectOf } from '../fixtures.ts';

function zone(name: string): Zone {
  const found = namedZone(name);
  assert(found, name);
  return found;
}

const local = (iso: string): ReturnType<typeof localTime> => localTime(at(iso));
const iso = (time: Instant): string => new Date(time).toISOString().slice(0, 16);
const berlin = zone('Europe/Berlin');

describe('an IANA zone', () => {
  it('reads a time that the clock skips with the offset before the gap', () => {
    assert.equal(iso(berlin.toInstant(local('2026-03-29T02:30'))), '2026-03-29T01:30');
    assert.equal(iso(berlin.toInstant(local('2026-03-29T01:59'))), '2026-03-29T00:59');
    assert.equal(iso(berlin.toInstant(local('2026-03-29T03:00'))), '2026-03-29T01:00');
  });

  it('reads a time that comes twice as the first', () => {
    assert.equal(iso(berlin.toInstant(local('2026-10-25T02:30'))), '2026-10-25T00:30');
    assert.equal(iso(berlin.toInstant(local('2026-10-25T03:00'))), '2026-10-25T02:00');
  });

  it('knows a day that a country left out', () => {
    const apia = zone('Pacific/Apia');
    assert.equal(iso(apia.toInstant(local('2011-12-30T12:00'))), '2011-12-30T22:00');
    assert.equal(iso(apia.toInstant(local('2011-12-31T00:00'))), '2011-12-30T10:00');
    assert.equal(iso(apia.toInstant(local('2011-12-29T23:59'))), '2011-12-30T09:59');
  });

  const facts: readonly (readonly [string, string, number])[] = [
    ['Europe/Moscow', '2010-07-01T00:00', 240],
    ['Europe/Moscow', '2012-01-01T00:00', 240],
    ['Europe/Moscow', '2014-10-25T21:59', 240],
    ['Europe/Moscow', '2014-10-25T22:00', 180],
    ['Asia/Kolkata', '2026-01-01T00:00', 330],
    ['Asia/Kathmandu', '1985-12-31T18:29', 330],
    ['Asia/Kathmandu', '1985-12-31T18:30', 345],
    ['America/Recife', '2000-10-10T00:00', -120],
    ['America/Recife', '2000-10-16T00:00', -180],
    ['Africa/Casablanca', '2026-03-01T00:00', 0],
    ['Africa/Casablanca', '2026-04-01T00:00', 60],
    ['Australia/Lord_Howe', '2026-01-01T00:00', 660],
    ['Australia/Lord_Howe', '2026-07-01T00:00', 630],
    ['America/New_York', '9998-07-01T00:00', -240],
    ['America/New_York', '9998-01-01T00:00', -300],
    ['Europe/Berlin', '2101-03-27T00:59', 60],
    ['Europe/Berlin', '2101-03-27T01:00', 120],
  ];
  for (const [name, when, minutes] of facts) {
    it(`${name} is ${minutes} minutes east of UTC at ${when}Z`, () => {
      assert.equal(zone(name).offsetAt(at(when)), minutes * minuteMs);
    });
  }

  it('has local mean time to the second in 1601', () => {
    assert.equal(berlin.offsetAt(at('1601-01-01T00:00')), (53 * 60 + 28) * 1000);
    assert.equal(berlin.toLocal(instant(-Infinity)), -Infinity);
    assert.equal(berlin.toLocal(instant(Infinity)), Infinity);
    assert.equal(berlin.toInstant(localTime(Infinity)), Infinity);
  });

  it('shows each instant on its clock, and reads it back except in the second of two hours', () => {
    const names = Intl.supportedValuesOf('timeZone');
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: -1_000_000, max: 2_500_000 }),
        (name, hours) => {
          const one = zone(name);
          const time = instant(hours * hourMs + 17 * minuteMs);
          const shown = one.toLocal(time);
          assert.equal(shown - time, one.offsetAt(time));
          const back = one.toInstant(shown);
          assert(back <= time);
          assert.equal(one.toLocal(back), shown);
        },
      ),
      { numRuns: 500 },
    );
  }).timeout(60_000);

  it('goes forward when its clock does, but for gaps', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
        fc.integer({ min: 0, max: 600_000 }),
        (name, hours) => {
          const one = zone(name);
          const first = localTime(hours * hourMs);
          const second = localTime(first + 2 * hourMs);
          assert(one.toInstant(first) <= one.toInstant(second));
        },
      ),
    );
  });

  it('is named as it was asked for, aliases too', () => {
    assert.equal(ianaZone('europe/berlin')?.id, 'Europe/Berlin');
    assert.equal(ianaZone('Europe/Kyiv')?.id, 'Europe/Kyiv');
    assert.equal(ianaZone('US/Pacific')?.offsetAt(at('2026-01-01T00:00')), -8 * hourMs);
    assert.equal(ianaZone('Etc/UTC'), utc);
    assert.equal(utc.custom, false);
  });

  it('is unknown when only ICU knows the name, or nobody', () => {
    for (const name of [
      'BST',
      'IST',
      'SystemV/EST5',
      'Nowhere/Land',
      '',
      '__proto__',
      'Europe/Berlin; DROP',
      'x'.repeat(300),
    ])
      assert.equal(ianaZone(name), undefined, name);
    for (let number = 0; number < 2100; number++)
      assert.equal(ianaZone(`Nowhere/Land${number % 1050}x${number}`), undefined);
  });
});

describe('the name of a zone', () => {
  const names: readonly (readonly [string, string])[] = [
    ['Russian Standard Time', 'Europe/Moscow'],
    ['w. europe standard time', 'Europe/Berlin'],
    ['Central Standard Time (Mexico)', 'America/Mexico_City'],
    ['Mexico Standard Time', 'America/Mexico_City'],
    ['UTC', 'UTC'],
    ['z', 'UTC'],
    ['UTC-02', 'Etc/GMT+2'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Berlin'],
    ['(GMT+03:00) Moscow, St. Petersburg, Volgograd', 'Europe/Moscow'],
    ['(UTC+03:00) Moscow, St. Petersburg, Volgograd (RTZ 2)', 'Europe/Moscow'],
    ['(GMT-08:00) Pacific Time (US & Canada); Tijuana', 'America/Los_Angeles'],
    ['(UTC) Coordinated Universal Time', 'UTC'],
    ['Eastern Time (US & Canada)', 'America/New_York'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['/freeassociation.sourceforge.net/Tzfile/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/Europe/Moscow', 'Europe/Moscow'],
    ['/mozilla.org/20050126_1/Europe/Rome', 'Europe/Rome'],
    ['/citadel.org/20190301_1/America/New_York', 'America/New_York'],
    ['/softwarestudio.org/Olson_20011030_5/America/Argentina/Ushuaia', 'America/Argentina/Ushuaia'],
    ['/example.org/UTC', 'UTC'],
    ['America/New York', 'America/New_York'],
    ['EUROPE/BERLIN ', 'Europe/Berlin'],
  ];
  for (const [name, expected] of names) {
    it(`${name} is ${expected}`, () => assert.equal(namedZone(name)?.id, expected));
  }

  it('is no known one otherwise', () => {
    for (const name of [
      '',
      ' ',
      'tzone://Microsoft/Custom',
      '/a/b/c',
      'Customized Time Zone',
      'constructor',
      'y'.repeat(201),
    ])
      assert.equal(namedZone(name), undefined, name);
    for (let number = 0; number < 2_100; number++) assert.equal(namedZone(`Nowhere ${number}`), undefined);
  });

  it('has a Windows name for each zone of the engine that CLDR maps', () => {
    assert.equal(windowsNameOf('Europe/Stockholm'), 'W. Europe Standard Time');
    assert.equal(windowsNameOf('europe/kyiv'), 'FLE Standard Time');
    assert.equal(windowsNameOf('Asia/Kolkata'), 'India Standard Time');
    assert.equal(windowsNameOf('Antarctica/Troll'), undefined);
    const unmapped = Intl.supportedValuesOf('timeZone').filter((name) => !windowsNameOf(name));
    assert(unmapped.length < 40, unmapped.join(' '));
  });
});

describe('the zones of an object', () => {
  const defined = objectOf(
    'BEGIN:VTIMEZONE',
    'TZID:Customized Time Zone',
    'BEGIN:STANDARD',
    'DTSTART:16010101T030000',
    'TZOFFSETFROM:+0500',
    'TZOFFSETTO:+0400',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
    'END:STANDARD',
    'BEGIN:DAYLIGHT',
    'DTSTART:16010101T020000',
    'TZOFFSETFROM:+0400',
    'TZOFFSETTO:+0500',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
    'END:DAYLIGHT',
    'END:VTIMEZONE',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0900',
    'TZOFFSETTO:+0900',
    'END:STANDARD',
    'END:VTIMEZONE',
    'BEGIN:VTIMEZONE',
    'TZID:(UTC+11:00) Nowhere',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0200',
    'END:STANDARD',
    'END:VTIMEZONE',
    'BEGIN:VTIMEZONE',
    'TZID:Empty',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'UID:u',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260101T000000Z',
    'END:VEVENT',
  );
  const zones = zoneResolver(defined.timezones, berlin);

  it('are known names before definitions, and definitions before what a name seems to say', () => {
    assert.equal(zones.zone('Europe/Berlin'), berlin);
    assert.equal(zones.zone('(UTC+11:00) Nowhere').offsetAt(at('2026-01-01T00:00')), 2 * hourMs);
    const custom = zones.zone('Customized Time Zone');
    assert.equal(custom.custom, true);
    assert.equal(custom.id, 'Customized Time Zone');
    assert.equal(custom.offsetAt(at('2026-03-28T21:59')), 4 * hourMs);
    assert.equal(custom.offsetAt(at('2026-03-28T22:00')), 5 * hourMs);
    assert.equal(zones.zone('Customized Time Zone'), custom);
    assert.equal(zones.zone('customized time ZONE'), custom);
  });

  it('are one name where commas in it are not quoted', () => {
    const vienna = 'Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna';
    for (const written of [`(UTC+01:00) ${vienna}`, `"(UTC+01:00) ${vienna.replaceAll(',', '\\,')}"`]) {
      const { master } = objectOf(...event(`DTSTART;TZID=${written}:20260710T090000`));
      assert.equal(master?.first('DTSTART')?.param('TZID'), `(UTC+01:00) ${vienna}`);
    }
  });

  it('are offsets when a name says no more', () => {
    const offsets: readonly (readonly [string, number])[] = [
      ['(UTC+03:00) Somewhere', 180],
      ['(GMT-4:30) Somewhere', -270],
      ['(UTC) Somewhere', 0],
      ['GMT+0530', 330],
      ['UTC-5', -300],
      ['+03:00', 180],
      ['GMT\u22123', -180],
    ];
    for (const [tzid, minutes] of offsets) {
      const found = zones.zone(tzid);
      assert.equal(found.offsetAt(at('2026-01-01T00:00')), minutes * minuteMs, tzid);
      assert.equal(found.toLocal(found.toInstant(local('2026-01-01T00:00'))), local('2026-01-01T00:00'));
    }
  });

  it('are what a name means that no table has, unless it says another offset', () => {
    const names: readonly (readonly [string, string])[] = [
      ['W. Europe Daylight Time', 'Europe/Berlin'],
      ['W.Europe Standard Time', 'Europe/Berlin'],
      ['GMT Standard Time 1', 'Europe/London'],
      ['Eastern Time', 'America/New_York'],
      ['Pacific', 'America/Los_Angeles'],
      ["'Europe/Berlin'", 'Europe/Berlin'],
      ['\u200eEurope\\/Berlin', 'Europe/Berlin'],
      ['US-Eastern', 'US/Eastern'],
      ['Asia-Kolkata', 'Asia/Kolkata'],
      ['Moscow', 'Europe/Moscow'],
      ['Europe/Moscow (MSK+00)', 'Europe/Moscow'],
      ['Moscow Standard Time', 'Europe/Moscow'],
      ['Rio Something, Kyiv', 'Europe/Kyiv'],
      [
        'Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, Prague, Stockholm',
        'Europe/Amsterdam',
      ],
      ['(GMT+01:00) Berlin, Stockholm, Rome, Bern, Brussels, Vienna', 'Europe/Berlin'],
      ['(GMT+02:00) Europe/Berlin', 'Europe/Berlin'],
      ['(UTC-05:00) Eastern Daylight Time', 'America/New_York'],
      ['(UTC+09:00) Europe/Berlin', '(UTC+09:00) Europe/Berlin'],
      ['UTC-5', 'UTC-5'],
    ];
    const bare = zoneResolver(new Map(), utc);
    for (const [tzid, id] of names) assert.equal(bare.zone(tzid).id, id, tzid);
    const unknown = [
      'Customized Time Zone 1',
      'Local',
      'West',
      'Center',
      'Standard Time',
      `${'x, '.repeat(60)}Rome`,
    ];
    for (const tzid of unknown) assert.equal(bare.zone(tzid), utc, tzid);
    assert.deepEqual([...bare.unresolved], unknown);
    for (let number = 0; number < 10_100; number++) assert.equal(bare.zone(`Nowhere at all ${number}`), utc);
  });

  it('are what Windows and CLDR call them in German, Swedish, French and Russian', () => {
    const names: readonly (readonly [string, string])[] = [
      ['Mitteleuropäische Zeit', 'Europe/Berlin'],
      ['Mitteleuropaeische Sommerzeit', 'Europe/Berlin'],
      ['Mitteleuropäische Normalzeit', 'Europe/Berlin'],
      ['Västeuropa, normaltid', 'Europe/Berlin'],
      ['centraleuropeisk sommartid', 'Europe/Berlin'],
      ['heure d’été d’Europe centrale', 'Europe/Berlin'],
      ['Центральная Европа, летнее время', 'Europe/Berlin'],
      ['FLE, normaltid', 'Europe/Helsinki'],
      ['heure normale d’Europe de l’Est', 'Europe/Helsinki'],
      ['heure normale de l’Est nord-américain', 'America/New_York'],
      ['Восточная Америка, стандартное время', 'America/New_York'],
      ['(UTC-05:00) Est (É.-U. et Canada)', 'America/New_York'],
      ['Московское время (зима)', 'Europe/Moscow'],
      ['Москва, стандартное время', 'Europe/Moscow'],
      ['RTZ 2 (зима)', 'Europe/Moscow'],
      ['Russia TZ 11 Standard Time', 'Asia/Kamchatka'],
      ['(UTC+02:00) Athen, Bukarest', 'Europe/Athens'],
      ['(UTC+01:00) Амстердам, Берлин, Берн, Вена, Рим, Стокгольм', 'Europe/Amsterdam'],
      ['(UTC+02:00) Le Caire', 'Africa/Cairo'],
      ['koordinerad universell tid', 'UTC'],
      // Windows means Berlin by it, CLDR Lisbon.
      ['Europe de l’Ouest', 'Etc/GMT+7'],
      ['RTZ 12 (зима)', 'Etc/GMT+7'],
      ['Zeit', 'Etc/GMT+7'],
    ];
    const bare = zoneResolver(new Map(), zone('Etc/GMT+7'));
    for (const [tzid, id] of names) assert.equal(bare.zone(tzid).id, id, tzid);
  });

  it('are what an object defines before what their name means', () => {
    const own = objectOf(
      'BEGIN:VTIMEZONE',
      'TZID:Eastern',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0900',
      'TZOFFSETTO:+0900',
      'END:STANDARD',
      'END:VTIMEZONE',
      ...event('DTSTART;TZID=Eastern:20260101T090000'),
    );
    const found = zoneResolver(own.timezones, utc).zone('Eastern');
    assert.equal(found.offsetAt(at('2026-01-01T00:00')), 9 * hourMs);
  });

  it('fall back to the zone of the calendar, and say for which names', () => {
    assert.equal(zones.zone('Empty'), berlin);
    assert.equal(zones.zone('(UTC+99:00) Nowhere'), berlin);
    assert.equal(zones.zone('tzone://Microsoft/Custom'), berlin);
    assert.deepEqual([...zones.unresolved], ['Empty', '(UTC+99:00) Nowhere', 'tzone://Microsoft/Custom']);
    assert.equal(zoneResolver(new Map(), utc).unresolved.size, 0);
  });

  it('turn values into instants', () => {
    assert.equal(zones.toInstant({ kind: 'utc', instant: at('2026-01-01T10:00') }), at('2026-01-01T10:00'));
    assert.equal(
      zones.toInstant({ kind: 'floating', local: local('2026-01-01T10:00') }),
      at('2026-01-01T09:00'),
    );
    assert.equal(zones.toInstant({ kind: 'date', local: local('2026-01-01T00:00') }), at('2025-12-31T23:00'));
    const moscow = { kind: 'zoned', local: local('2026-01-01T10:00'), tzid: 'Europe/Moscow' } as const;
    assert.equal(zones.toInstant(moscow), at('2026-01-01T07:00'));
  });
});
