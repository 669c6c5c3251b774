import assert from 'node:assert/strict';
import { TimeReader } from '../../../src/connectors/local/times.ts';
import { parseObject } from '../../../src/icalendar/object.ts';
import { type DateTimeValue, instant } from '../../../src/icalendar/time.ts';
import { parseDateTime } from '../../../src/icalendar/value.ts';
import { ianaZone, type Zone } from '../../../src/icalendar/zones/timezone.ts';

const stockholm = zone('Europe/Stockholm');

/** An object in which the zone "Office" is defined: Kathmandu's time. */
const inOffice = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//x//y//EN',
  'BEGIN:VTIMEZONE',
  'TZID:Office',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0545',
  'TZOFFSETTO:+0545',
  'END:STANDARD',
  'END:VTIMEZONE',
  'BEGIN:VEVENT',
  'UID:1',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Office:20260323T090000',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

describe('times of an object, as an event has them', () => {
  it('keep their zone by its name, and instants in UTC', () => {
    const times = reader();
    assert.deepEqual(
      times.time(at('20260323T090000', 'Europe/Berlin')),
      clock('2026-03-23T09:00:00', 'Europe/Berlin'),
    );
    assert.deepEqual(times.time(at('20260323T090000Z')), clock('2026-03-23T09:00:00', 'UTC'));
    assert.deepEqual(times.time(at('20260323T090000', 'Etc/UTC')), clock('2026-03-23T09:00:00', 'UTC'));
    assert.deepEqual(times.time(at('20260323')), { date: '2026-03-23' });
    assert.deepEqual(times.defined, {});
  });

  it('bring the definition of a zone that only the object knows', () => {
    const times = reader();
    assert.deepEqual(times.time(at('20260323T090000', 'Office')), clock('2026-03-23T09:00:00', 'Office'));
    assert.match(
      times.defined['Office'] ?? '',
      /^BEGIN:VTIMEZONE\r\nTZID:Office\r\n[\s\S]*TZOFFSETTO:\+0545\r\n/,
    );
  });

  it('have one made where the name says the offset', () => {
    const times = reader();
    for (const [name, offset] of [
      ['GMT-0330', '-0330'],
      ['UTC+05:45', '+0545'],
    ] as const) {
      const found = times.time(at('20260323T090000', name));
      if ('zone' in found && found.zone !== 'UTC')
        assert.match(
          times.defined[found.zone] ?? '',
          new RegExp(`TZOFFSETFROM:\\${offset}\r\nTZOFFSETTO:\\${offset}\r\n`),
        );
      assert.deepEqual(found, clock('2026-03-23T09:00:00', name));
    }
  });

  it('are told in UTC where the zone of the calendar itself has no name', () => {
    const own = parsed().timezones;
    const custom = new TimeReader(own, stockholm).zones.zoneOf(at('20260323T090000', 'Office'));
    const times = new TimeReader(new Map(), custom);
    assert.deepEqual(times.time(at('20260323T090000')), clock('2026-03-23T03:15:00', 'UTC'));
    assert.deepEqual(times.time(at('20260323T090000', 'Nowhere')), clock('2026-03-23T03:15:00', 'UTC'));
    assert.deepEqual(times.defined, {});
  });

  it('are written as another time is', () => {
    const noon = instant(Date.UTC(2026, 2, 23, 11));
    const like = (value: DateTimeValue): unknown => reader().timeLike(noon, value);
    assert.deepEqual(
      like(at('20260101T000000', 'Europe/Berlin')),
      clock('2026-03-23T12:00:00', 'Europe/Berlin'),
    );
    assert.deepEqual(like(at('20260101T000000Z')), clock('2026-03-23T11:00:00', 'UTC'));
    assert.deepEqual(like(at('20260101T000000')), clock('2026-03-23T12:00:00', 'Europe/Stockholm'));
  });

  it('name instances by their day in series of days, by their instant in others', () => {
    const times = reader();
    const [days, timed] = [at('20260323'), at('20260323T090000', 'Europe/Stockholm')];
    assert.equal(times.key(at('20260325'), days), '2026-03-25');
    assert.equal(times.key(at('20260325T120000'), days), '2026-03-25');
    // Midnight of Stockholm, as Exchange writes a day.
    assert.equal(times.key(at('20260324T230000Z'), days), '2026-03-25');
    assert.equal(times.key(at('20260325T090000', 'Europe/Stockholm'), timed), '2026-03-25T08:00:00Z');
    assert.equal(times.key(at('20260325T080000Z'), timed), '2026-03-25T08:00:00Z');
    // A day in a timed series is the usual time on it: another one in summer.
    assert.equal(times.key(at('20260325'), timed), '2026-03-25T08:00:00Z');
    assert.equal(times.key(at('20260401'), timed), '2026-04-01T07:00:00Z');
    assert.equal(times.key(at('20260325'), at('20260323T080000Z')), '2026-03-25T08:00:00Z');
  });

  it('have one spelling of a rule’s end', () => {
    const times = reader();
    const [days, timed] = [at('20260323'), at('20260323T090000', 'Europe/Stockholm')];
    const until = (rule: string, start: DateTimeValue): string =>
      times.rule(`FREQ=DAILY;UNTIL=${rule}`, start);
    assert.match(until('20260401', days), /UNTIL=20260401$/);
    assert.match(until('20260401T120000', days), /UNTIL=20260401$/);
    assert.match(until('20260331T220000Z', days), /UNTIL=20260401$/);
    assert.match(until('20260401T070000Z', timed), /UNTIL=20260401T070000Z$/);
    assert.match(until('20260401T090000', timed), /UNTIL=20260401T070000Z$/);
    // The whole of that local day.
    assert.match(until('20260401', timed), /UNTIL=20260401T215959Z$/);
    assert.equal(times.rule('INTERVAL=1;FREQ=DAILY', timed), times.rule('FREQ=DAILY', timed));
  });
});

function parsed(): NonNullable<ReturnType<typeof parseObject>> {
  const object = parseObject(Buffer.from(inOffice));
  assert.ok(object);
  return object;
}

function reader(): TimeReader {
  return new TimeReader(parsed().timezones, stockholm);
}

function at(text: string, tzid?: string): DateTimeValue {
  const value = parseDateTime(text, tzid === undefined ? {} : { tzid });
  assert.ok(value, text);
  return value;
}

function zone(name: string): Zone {
  const found = ianaZone(name);
  assert.ok(found, name);
  return found;
}

function clock(local: string, name: string): unknown {
  return { local, zone: name };
}
