/** Whatever is wrong with one event of a file, those before and behind it come out as they stood there. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { openImport } from '../../../src/icalendar/import/import.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { objectFrom, rules } from '../fixtures.ts';

const event = (uid: string): readonly string[] =>
  `BEGIN:VEVENT
UID:${uid}
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Moscow:20260310T090000
DURATION:PT1H
SUMMARY:Встреча ${uid}
RRULE:FREQ=DAILY;COUNT=5
EXDATE:20260312T060000Z
ATTENDEE;CN="Name, N.";PARTSTAT=ACCEPTED:mailto:a@example.com
DESCRIPTION:a text\\, so long
  that it goes on
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:x
TRIGGER:-PT15M
END:VALARM
END:VEVENT`.split('\n');

type Damage = (lines: readonly string[]) => readonly string[];

const at = (lines: readonly string[], share: number): number => Math.floor(share * lines.length);
const change =
  (share: number, to: (line: string) => readonly string[]): Damage =>
  (lines) =>
    lines.flatMap((line, index) => (index === at(lines, share) ? to(line) : [line]));

const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const marks =
  'END:VEVENT BEGIN:VEVENT END:VCALENDAR BEGIN:VCALENDAR BEGIN:VTODO BEGIN:VALARM BEGIN:X END:X'.split(' ');
const pieces: readonly string[] = [
  ...Array.from('";:,=\\\0\u2028\ufeff\r\n\t\ud800<&'),
  ...marks,
  ...marks.map((mark) => `\n${mark}\n`),
  '\r\r\n',
  '"'.repeat(50),
  '\nBEGIN:VTIMEZONE\nTZID:Europe/Moscow\n',
  '\n<html>\n',
  '\n<<<<<<< HEAD\n',
  ';ENCODING=QUOTED-PRINTABLE:=\n',
  '\\r\\n',
];
const values: readonly string[] = `DTSTART:0
DTSTART;VALUE=DATE:20260310T090000
DTSTART;TZID="Europe/Moscow:20260310T090000
DTSTART:10.03.2026
RRULE:
RRULE:FREQ=DAILY;COUNT=1e9
RRULE:freq:daily
RRULE:FREQ=DAILY;BYDAY=0MO
UID:
UID
uid:\ufeff`.split('\n');

const damage: fc.Arbitrary<Damage> = fc.oneof(
  share.map((place) => change(place, () => [])),
  share.map((place) => change(place, (line) => [line, line])),
  fc.tuple(share, share).map(([place, cut]) => change(place, (line) => [line.slice(0, cut * line.length)])),
  fc
    .tuple(share, share, fc.constantFrom(...pieces))
    .map(([place, cut, piece]) =>
      change(place, (line) => [line.slice(0, cut * line.length) + piece + line.slice(cut * line.length)]),
    ),
  share.map((place) => change(place, (line) => [line.toLowerCase()])),
  fc
    .tuple(share, fc.constantFrom('', ' ', '\t'), fc.constantFrom(' :', ': ', ' : '))
    .map(([place, blank, colon]) => change(place, (line) => [blank + line.replace(':', colon)])),
  share.map((place) => change(place, (line) => [line.replace(/[:;=]/, '$&"')])),
  fc.tuple(share, fc.constantFrom(...values)).map(([place, line]) => change(place, () => [line])),
  fc.constant<Damage>((lines) => lines.map((line) => `  ${line}`)),
  fc.constant<Damage>((lines) => lines.map((line) => line.trimStart())),
);

const file = fc.record({
  damages: fc.array(damage, { minLength: 1, maxLength: 3 }),
  end: fc.constantFrom('\r\n', '\n', '\r'),
  charset: fc.constantFrom('utf8' as const, 'utf16le' as const),
});

describe('an event that is damaged', () => {
  it('takes nothing from those beside it, and what is made of it could be PUT', () => {
    fc.assert(
      fc.property(file, ({ damages, end, charset }) => {
        const broken = damages.reduce((lines, one) => one(lines), event('broken'));
        const lines = [
          'BEGIN:VCALENDAR',
          'VERSION:2.0',
          ...event('first'),
          ...broken,
          ...event('last'),
          'END:VCALENDAR',
          '',
        ];
        const mark = charset === 'utf16le' ? '\ufeff' : '';
        const made = [...openImport(Buffer.from(mark + lines.join(end), charset)).objects];
        for (const { bytes } of made) assert.equal(acceptObject(bytes, rules).ok, true);
        for (const uid of ['first', 'last']) {
          const found = made.find((object) => object.uid === uid) ?? assert.fail(`${uid} is lost`);
          const { master } = objectFrom(found.bytes);
          assert.deepEqual(
            master?.properties.map(({ content }) => content),
            unfolded(event(uid)),
          );
          assert.equal(master?.components.length, 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The lines of the event itself, those of its alarm left out. */
function unfolded(lines: readonly string[]): readonly string[] {
  const all = lines.join('\n').replaceAll('\n ', '').split('\n');
  return all.slice(1, all.indexOf('BEGIN:VALARM'));
}
