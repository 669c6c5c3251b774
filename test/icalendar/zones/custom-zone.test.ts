import assert from 'node:assert/strict';
import { customZoneText } from '../../../src/icalendar/zones/custom-zone.ts';
import { zoneFromVtimezone } from '../../../src/icalendar/zones/timezone.ts';
import { at, objectOf } from '../fixtures.ts';

const event = ['BEGIN:VEVENT', 'UID:u', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260101T000000Z', 'END:VEVENT'];
const zoneOf = (lines: readonly string[]) => {
  const component = objectOf(...lines, ...event).timezones.get('X');
  assert(component);
  return component;
};
const day = (n: number): string =>
  new Date(Date.UTC(1970, 0, 2 + n)).toISOString().slice(0, 10).replaceAll('-', '');

describe('the definition of a zone in feeds', () => {
  it('says as much of an endless one as is read here, and so the same', () => {
    const observances = Array.from({ length: 2_000 }, (_, n) => [
      'BEGIN:STANDARD',
      `DTSTART:${day(10 * n)}T000000`,
      `TZOFFSETFROM:+0${n % 3}00`,
      `TZOFFSETTO:+0${(n + 1) % 3}00`,
      `RDATE:${Array.from({ length: 20 }, (_, at) => `${day(10 * n + (at % 9))}T120000`).join()}`,
      ...Array.from({ length: 20 }, (_, at) => `TZNAME:N${n}-${at}`),
      `TZNAME:${'x'.repeat(5_000)}`,
      'END:STANDARD',
    ]);
    const zone = zoneOf(['BEGIN:VTIMEZONE', 'TZID:X', ...observances.flat(), 'END:VTIMEZONE']);
    const text = customZoneText(zone);
    assert.equal(text.match(/^BEGIN:STANDARD/gm)?.length, 500);
    assert.equal(text.replaceAll('\r\n ', '').match(/\d{8}T120000/g)?.length, 5_000);
    assert.equal(text.match(/^TZNAME/gm)?.length, 1_000);
    const [one, other] = [zoneFromVtimezone(zone), zoneFromVtimezone(zoneOf(text.trimEnd().split('\r\n')))];
    for (let year = 1970; year < 2030; year++) {
      const moment = at(`${year}-06-05T03:00`);
      assert.equal(other?.offsetAt(moment), one?.offsetAt(moment), String(year));
    }
  });

  it('is written as strict readers take it, however it was', () => {
    const text = customZoneText(
      zoneOf([
        'BEGIN:VTIMEZONE',
        'TZID:X',
        'BEGIN:STANDARD',
        'TZOFFSETTO:2',
        'DTSTART;VALUE=DATE:19700101',
        'END:STANDARD',
        'BEGIN:DAYLIGHT',
        'DTSTART:20200329T030000Z',
        'TZOFFSETFROM:02:00',
        'TZOFFSETTO:+03',
        'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;BYHOUR=3;UNTIL=20240331',
        'RDATE;VALUE=DATE:20250401,20260401',
        'RDATE:20270401T010000Z,soon,20200329T030000',
        'RDATE;VALUE=PERIOD:20280401T030000/PT1H',
        'END:DAYLIGHT',
        'BEGIN:STANDARD',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0400',
        'END:STANDARD',
        'BEGIN:DAYLIGHT',
        'DTSTART:never',
        'TZOFFSETTO:+0400',
        'END:DAYLIGHT',
        'END:VTIMEZONE',
      ]),
    );
    assert.deepEqual(text.trimEnd().split('\r\n').slice(2, -1), [
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0200',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:20200329T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0300',
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20240331T215959Z',
      'RDATE:20200329T030000',
      'RDATE:20250401T030000',
      'RDATE:20260401T030000',
      'RDATE:20270401T030000',
      'END:DAYLIGHT',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0400',
      'END:STANDARD',
    ]);
  });
});
