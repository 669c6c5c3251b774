/** What is read of an event without a tree is what its tree says, or nothing. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { eventSummary } from '../../src/icalendar/event-facts.ts';
import { type EventLines, EventReader } from '../../src/icalendar/event-lines.ts';
import { instances, singleHappening } from '../../src/icalendar/instances/instances.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { instant } from '../../src/icalendar/time.ts';
import { ianaZone, utc, zoneResolver } from '../../src/icalendar/zones/timezone.ts';
import { calendar, event, nasty, nastyNames } from './fixtures.ts';

const told = ['DTSTART', 'DTEND', 'DURATION', 'SUMMARY', 'LOCATION', 'TRANSP', 'STATUS', 'CLASS', 'ATTENDEE'];
const zone = ianaZone('America/New_York') ?? utc;
const always = { start: instant(-Infinity), end: instant(Infinity) };

/** As storage knows it (service/objects/indexing.ts): no control characters, no bare CR, nothing that XML escapes. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const notPlain = /[\0-\x08\x0b\x0c\x0e-\x1f&<>]|\r(?!\n)|\xef\xbf[\xbe\xbf]/;

/** Reads an object that stands between others, and holds what is told against the tree; answers whether it was read. */
function isRead(bytes: Uint8Array, around: Uint8Array = new Uint8Array(0)): boolean {
  const reader = new EventReader(Buffer.concat([around, bytes, around]));
  const plain = !notPlain.test(Buffer.from(bytes).toString('latin1'));
  const read = (isPlain: boolean): EventLines | undefined =>
    reader.read(around.length, around.length + bytes.length, isPlain);
  const found = read(plain);
  if (!found) {
    assert.equal(read(false), undefined);
    return false;
  }
  const object = parseObject(bytes);
  const master = object?.master;
  assert.ok(object && master);
  assert.deepEqual([object.kind, object.overrides.length], ['VEVENT', 0]);
  for (const name of ['RRULE', 'RDATE', 'EXDATE']) assert.equal(master.first(name), undefined);
  for (const again of [found, read(false) ?? found]) {
    for (const name of told) {
      const line = again.first(name);
      const expected = master.first(name);
      assert.deepEqual(
        [line?.rawValue, line?.param('TZID'), line?.param('VALUE')],
        [expected?.rawValue, expected?.param('TZID'), expected?.param('VALUE')],
        name,
      );
    }
    assert.equal(
      again.hasAlarm,
      master.components.some(({ name }) => name === 'VALARM'),
    );
    assert.deepEqual(eventSummary(again), eventSummary(master));
    const [instance] = instances(object, always, { zone, maxInstances: 1 });
    const { start, end, allDay, value, endValue } = instance ?? {};
    assert.deepEqual(
      singleHappening(again, zoneResolver(object.timezones, zone)),
      instance && { start, end, allDay, value, endValue },
    );
  }
  return true;
}

describe('lines of an event', () => {
  const usual = event(
    'DTSTART;TZID=Europe/Stockholm:20260310T090000',
    'DTEND;TZID=Europe/Stockholm:20260310T100000',
    'SUMMARY:Räksmörgås\\, med ägg',
    'LOCATION;LANGUAGE=sv:Rum 7\\nplan 2',
    'DESCRIPTION:DTSTART:20250101',
    ' SUMMARY:not this',
    'ATTENDEE;CN="B; SUMMARY:c":mailto:b@example.com',
    'CLASS:PRIVATE',
    'TRANSP:TRANSPARENT',
    'STATUS:TENTATIVE',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'SUMMARY:of the alarm',
    'DURATION:PT5M',
    'TRIGGER:-PT15M',
    'END:VALARM',
  );
  const berlin = [
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Stockholm',
    'BEGIN:STANDARD',
    'DTSTART:16010101T000000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'END:STANDARD',
    'END:VTIMEZONE',
  ];

  it('are those of its tree, with zones, alarms and folds', () => {
    assert.ok(isRead(calendar(...usual)));
    assert.ok(isRead(calendar(...berlin, ...usual)));
    assert.ok(isRead(calendar(...usual, ...berlin)));
    assert.ok(isRead(calendar(...event('DTSTART;VALUE=DATE:20260310', 'SUMMARY:Tom & <Jerry>'))));
    assert.ok(isRead(calendar(...event('DTSTART;VALUE=DATE:20260310', 'DTEND:20260312T100000Z'))));
    assert.ok(isRead(calendar(...event('SUMMARY:at no time'))));
    assert.ok(isRead(calendar(...event('DTSTART:20260310T0900', ' 00Z', 'SUMMARY:R\u00e4', '\tksm\u00f6'))));
    assert.ok(isRead(calendar(...event('DTSTART:20260310T090000', 'SUMMARY:one', 'SUMMARY:two'))));
  });

  it('are left to the parser where their form is not the usual one', () => {
    const start = 'DTSTART:20260310T090000Z';
    const others: readonly (readonly string[])[] = [
      [start, 'RRULE:FREQ=DAILY'],
      [start, 'RDATE:20260311T090000Z'],
      [start, 'RECURRENCE-ID:20260310T090000Z'],
      [start, 'summary:in lower case'],
      [start, 'Summary:in both'],
      [start, 'SUM', ' MARY:folded'],
      [start, 'X-A:b\rSUMMARY:behind a bare CR'],
      [start, 'X-A:b\nSUMMARY:behind a bare LF'],
      [start, '\u0001SUMMARY:behind a character that is dropped'],
      [start, 'SUMMARY:with \u0001 one'],
      [start, 'SUMMARY:with \ufffe one'],
      [start, 'SUMMARY;X:without a value', 'SUMMARY:this one'],
      [start, '', 'SUMMARY:behind a blank line'],
      [start, 'BEGIN:VALARM', 'END:VALARM', ' goes on', 'SUMMARY:of the alarm', 'END:VALARM'],
      [start, 'BEGIN:X-PART', 'SUMMARY:not this', 'END:X-PART'],
      [start, 'BEGIN:VALARM', 'BEGIN:X-PART', 'END:VALARM', 'SUMMARY:where is it'],
      [start, 'END:VEVENT', 'BEGIN:VEVENT', 'UID:u', 'RECURRENCE-ID:20260310T090000Z'],
      [start, 'END:VEVENT', 'END:VCALENDAR', 'BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:u'],
    ];
    for (const lines of others) assert.equal(isRead(calendar(...event(...lines))), false, lines.join(' | '));
    assert.equal(isRead(calendar('BEGIN:VTODO', 'UID:u', 'SUMMARY:a task', 'END:VTODO')), false);
    assert.equal(isRead(calendar(...berlin)), false);
  });

  it('are those of its tree in the awkward files', () => {
    let read = 0;
    for (const name of nastyNames) if (isRead(nasty(name), calendar(...usual))) read++;
    assert.ok(read > 20, String(read));
  });

  const pieces = [
    ...usual,
    ...berlin,
    'DTSTART:20260310T090000Z',
    'DTSTART;TZID=(UTC+01:00) Berlin:20260310T090000',
    'DTSTART;TZID="Nowhere/Land":20260310T090000',
    'DTSTART;TZID=X^nY,Z:20260310T090000',
    'DTEND:20260311',
    'DURATION:P1D',
    'DURATION:nonsense',
    'SUMMARY;ALTREP="a:b";LANGUAGE=en:quoted',
    'SUMMARY;LANGUAGE:broken',
    'LOCATION;X=a"b:c',
    'ATTENDEE;CN:broken',
    'ATTENDEE:mailto:x@example.com',
    'RRULE:FREQ=DAILY',
    'EXDATE:20260310',
    'END:VCALENDAR',
    'BEGIN:VCALENDAR',
    'begin:vevent',
    'BEGIN;X=1:VALARM',
    'END:VALARM ',
    'BEGIN:VTODO',
    'X-Ä:ö',
    'CLAſS:PUBLIC',
    'summary:small',
    'X-LONG:\u{1F600}',
    ' folded',
    '\tfolded',
    'no colon',
    ':',
    '',
    '\ufffe SUMMARY:noncharacter',
  ];
  const ends = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\r\n ', '\0\r\n'];

  it('are those of its tree whatever lines there are', () => {
    const lines = fc.array(
      fc.tuple(
        fc.constantFrom(...pieces),
        fc.nat(200).map((at) => ends[Math.floor((at - 180) / 2)] ?? '\r\n'),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, lines, lines, (before, inside, behind) => {
        const joined = (some: typeof before): string => some.map((line) => line.join('')).join('');
        const text = `BEGIN:VCALENDAR\r\n${joined(before)}BEGIN:VEVENT\r\nUID:u\r\n${joined(inside)}END:VEVENT\r\n${joined(behind)}END:VCALENDAR\r\n`;
        isRead(Buffer.from(text), Buffer.from('x'));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are those of its tree when bytes of a usual event are changed, taken out or doubled', () => {
    const seed = calendar(...berlin, ...usual);
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255), fc.nat(2)), { maxLength: 3 }),
        (changes) => {
          let bytes = Buffer.from(seed);
          for (const [place, byte, how] of changes) {
            const put = how === 0 ? [byte] : how === 1 ? [] : [bytes[place] ?? 0, bytes[place] ?? 0];
            bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), bytes.subarray(place + 1)]);
          }
          if (isRead(bytes)) read++;
        },
      ),
      { numRuns: 3_000 },
    );
    assert.ok(read > 1_000, String(read));
  });

  it('are those of the object that was read last', () => {
    const first = calendar(...usual);
    const second = calendar(...event('DTSTART:20260310T090000Z'));
    const reader = new EventReader(Buffer.concat([first, second]));
    assert.equal(reader.read(0, first.length, true)?.hasAlarm, true);
    const other = reader.read(first.length, first.length + second.length, true);
    assert.equal(other?.first('SUMMARY'), undefined);
    assert.equal(other?.hasAlarm, false);
  });
});
