/** Generated VTIMEZONEs: what they say, and that readers get back the offsets they were made from. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import ICAL from 'ical.js';
import {
  dayMs,
  hourMs,
  type Instant,
  instant,
  minuteMs,
  type TimeRange,
} from '../../../src/icalendar/time.ts';
import { namedZone, zoneFromVtimezone } from '../../../src/icalendar/zones/timezone.ts';
import { vtimezone } from '../../../src/icalendar/zones/vtimezone.ts';
import { at, event, objectFrom } from '../fixtures.ts';

const years = (first: number, last: number): TimeRange => ({
  start: at(`${first}-03-01T00:00`),
  end: at(`${last}-03-01T00:00`),
});

function lines(zoneId: string, range: TimeRange): readonly string[] {
  return vtimezone(zoneId, range).trimEnd().split('\r\n');
}

/** The zone as a reader of the text sees it. */
function readBack(text: string): (time: Instant) => number {
  const bytes = Buffer.from(
    `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${text}${event('DTSTART:20260101T000000Z').join('\r\n')}\r\nEND:VCALENDAR\r\n`,
  );
  const [component] = objectFrom(bytes).timezones.values();
  assert(component);
  const zone = zoneFromVtimezone(component);
  assert(zone);
  return (time) => zone.offsetAt(time);
}

function readByIcalJs(text: string): (time: Instant) => number {
  const zone = new ICAL.Timezone(new ICAL.Component(ICAL.parse(text)));
  return (time) => {
    const shown = ICAL.Time.fromData({
      year: 1970,
      month: 1,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      isDate: false,
    });
    shown.zone = ICAL.Timezone.utcTimezone;
    shown.adjust(0, 0, 0, time / 1000);
    return shown.convertToZone(zone).utcOffset() * 1000;
  };
}

describe('a generated VTIMEZONE', () => {
  it('is a pair of yearly rules for a zone with summer time, from the year before', () => {
    assert.deepEqual(lines('Europe/Berlin', years(2026, 2027)), [
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'BEGIN:DAYLIGHT',
      'DTSTART:20250330T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'TZNAME:CEST',
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
      'END:DAYLIGHT',
      'BEGIN:STANDARD',
      'DTSTART:20251026T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'TZNAME:CET',
      'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
      'END:STANDARD',
      'END:VTIMEZONE',
    ]);
  });

  it('is one STANDARD for a zone that does not change', () => {
    assert.deepEqual(lines('Europe/Moscow', years(2026, 2026)), [
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Moscow',
      'BEGIN:STANDARD',
      'DTSTART:20250101T000000',
      'TZOFFSETFROM:+0300',
      'TZOFFSETTO:+0300',
      `TZNAME:${lines('Europe/Moscow', years(2026, 2026))[6]?.slice(7)}`,
      'END:STANDARD',
      'END:VTIMEZONE',
    ]);
    assert(vtimezone('UTC', years(2026, 2026)).includes('TZOFFSETTO:+0000\r\nTZNAME:UTC\r\n'));
  });

  it('ends a rule where the law did, and lists single changes', () => {
    const newYork = lines('America/New_York', years(2000, 2030)).filter((line) => line.startsWith('RRULE'));
    assert.deepEqual(newYork, [
      'RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z',
      'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z',
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU',
      'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU',
    ]);
    // Years long past: what Morocco will do next changes from one edition of the zone data to another.
    const morocco = lines('Africa/Casablanca', years(2019, 2021));
    assert(
      morocco.join().includes('RDATE:20190505T030000,RDATE:20200419T030000,RDATE:20210411T030000'),
      morocco.join('\n'),
    );
    assert(!morocco.some((line) => line.startsWith('RRULE')));
  });

  it('counts a lasting change as a new standard time', () => {
    const moscow = lines('Europe/Moscow', years(2012, 2026));
    assert(!moscow.includes('BEGIN:DAYLIGHT'));
    assert(moscow.includes('DTSTART:20110327T020000') && moscow.includes('DTSTART:20141026T020000'));
  });

  it('writes a weekday on or after a date', () => {
    const rules = lines('Asia/Jerusalem', years(2026, 2027)).filter((line) => line.startsWith('RRULE'));
    assert.deepEqual(rules, [
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR',
      'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    ]);
  });

  it('takes a range without ends from 1970 on, and its last rules for ever', () => {
    const open = { start: instant(-Infinity), end: instant(Infinity) };
    const offset = readBack(vtimezone('Europe/Berlin', open));
    for (const when of [
      '1970-06-01T00:00',
      '1975-07-01T00:00',
      '1985-07-01T00:00',
      '2026-07-01T00:00',
      '2226-07-01T00:00',
    ])
      assert.equal(offset(at(when)), namedZone('Europe/Berlin')?.offsetAt(at(when)), when);
  });

  it('keeps the name it was asked for, and refuses one that is none', () => {
    assert(vtimezone('Russian Standard Time', years(2026, 2026)).includes('TZID:Russian Standard Time\r\n'));
    assert.throws(
      () => vtimezone('Nowhere/Land', years(2026, 2026)),
      /no time zone has the name "Nowhere\/Land"/,
    );
  });

  it('gives every reader the offsets of the zone, at any time of its range', () => {
    const names = Intl.supportedValuesOf('timeZone');
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 1965, max: 2045 }),
        fc.integer({ min: 0, max: 25 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (name, first, length, places) => {
          const range = years(first, first + length + 1);
          const text = vtimezone(name, range);
          const zone = namedZone(name);
          assert(zone);
          const ours = readBack(text);
          const theirs = readByIcalJs(text);
          for (const place of places) {
            const hours = Math.floor((place * (range.end - range.start)) / hourMs);
            const time = instant(range.start + hours * hourMs);
            const expected = zone.offsetAt(time);
            assert.equal(ours(time), expected, `${name} ${new Date(time).toISOString()}\n${text}`);
            // ical.js looks for the offset by local time, which says too little near a change, and knows no seconds.
            const calm = [-1, 1].every((days) => zone.offsetAt(instant(time + days * dayMs)) === expected);
            if (calm && expected % minuteMs === 0)
              assert.equal(
                theirs(time),
                expected,
                `ical.js ${name} ${new Date(time).toISOString()}\n${text}`,
              );
          }
        },
      ),
      { numRuns: 150 },
    );
  }).timeout(60_000);
});
