import assert from 'node:assert/strict';
import { parseCalendar } from '../../src/icalendar/component.ts';
import { openImport } from '../../src/icalendar/import.ts';
import { CalendarMerge, type MergePart, mergedCalendar, storedPart } from '../../src/icalendar/merge.ts';
import { bytesPart } from '../../src/icalendar/merge-bytes.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { acceptObject } from '../../src/icalendar/repair.ts';
import type { TimeRange } from '../../src/icalendar/time.ts';
import { wireLines } from '../../src/icalendar/write.ts';
import { at, calendar, event, nasty, nastyNames, objectFrom, objectOf, rules, text } from './fixtures.ts';

const range: TimeRange = { start: at('2026-01-01T00:00'), end: at('2027-01-01T00:00') };

const merged = (...parts: readonly MergePart[]): string => {
  const merge = new CalendarMerge();
  const pieces = [merge.head(), ...parts.flatMap((part) => merge.add(part)), merge.tail()];
  return text(Buffer.concat(pieces));
};

const part = (...lines: readonly string[]): MergePart => storedPart(objectOf(...lines), range);
const zone = (tzid: string, offset: string): readonly string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  `TZOFFSETFROM:${offset}`,
  `TZOFFSETTO:${offset}`,
  'END:STANDARD',
  'END:VTIMEZONE',
];
const zoned = (tzid: string, uid = 'u'): readonly string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  `DTSTART;TZID=${tzid}:20260310T090000`,
  'END:VEVENT',
];

async function* pages(): AsyncGenerator<readonly MergePart[]> {
  for (let page = 0; page < 10; page++) {
    await Promise.resolve();
    yield Array.from({ length: 100 }, (_, i) =>
      part('BEGIN:VEVENT', `UID:${page}-${i}`, `DESCRIPTION:${'x'.repeat(200)}`, 'END:VEVENT'),
    );
  }
}

const calendars = (bytes: Uint8Array): readonly string[] => {
  const object = parseObject(bytes, 'forgiving');
  return [merged(bytesPart(bytes, range)), object ? merged(storedPart(object, range)) : merged()];
};

const ownZoned = (offset: string): MergePart =>
  bytesPart(calendar(...zone('Own', offset), ...zoned('Own')), range);

describe('a merged calendar', () => {
  it('is one VCALENDAR with the components of all objects, as they are stored', () => {
    const two = merged(
      part(...event('DTSTART:20260310', 'SUMMARY:a')),
      part('BEGIN:VTODO', 'UID:t', 'END:VTODO'),
    );
    assert.equal(
      two,
      [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//portcal//portcal//EN',
        'CALSCALE:GREGORIAN',
        ...event('DTSTART:20260310', 'SUMMARY:a'),
        'BEGIN:VTODO',
        'UID:t',
        'END:VTODO',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    );
    assert.equal(parseCalendar(Buffer.from(merged()), 'strict').findings.length, 0);
  });

  it('has each time zone once, before the first component that uses it', () => {
    const all = merged(
      part(...zone('Own', '+0100'), ...zoned('Own')),
      part(...zone('Own', '+0100'), ...zoned('Own', 'v')),
      part(...zone('Unused', '+0100'), ...event('DTSTART:20260310')),
    );
    assert.deepEqual(
      all.match(/^(TZID|UID).*/gm)?.map((line) => line.trim()),
      ['TZID:Own', 'UID:u', 'UID:v', 'UID:u'],
    );
  });

  it('makes the definitions that objects lack, under the names that they use', () => {
    const all = merged(
      part(...zoned('Europe/Berlin')),
      part(...zoned('Russian Standard Time')),
      part(...zoned('GMT+0530', 'v')),
      part(...zoned('Nowhere', 'w')),
    );
    assert.deepEqual(
      all.match(/^TZID.*/gm)?.map((line) => line.trim()),
      ['TZID:Europe/Berlin', 'TZID:Russian Standard Time', 'TZID:GMT+0530'],
    );
    assert.match(all, /TZID:GMT\+0530\r\n[^]*?TZOFFSETTO:\+0530/);
    assert.match(merged(part(...zoned('GMT-0330'))), /TZOFFSETTO:-0330/);
  });

  it('renames a definition of the same name and another meaning', () => {
    const all = merged(
      part(...zone('Own', '+0100'), ...zoned('Own')),
      part(
        ...zone('Own', '+0200'),
        ...event(
          'DTSTART;X-A=1;TZID=Own:20260310T090000',
          'SUMMARY:a',
          'BEGIN:VALARM',
          'X-B;TZID=Own:1',
          'END:VALARM',
        ),
      ),
      part(...zone('Own', '+0200'), ...zoned('Own', 'v')),
      part(...zone('Own', '+0300'), ...zoned('Own', 'w')),
    );
    assert.deepEqual(
      all.match(/TZID.*?Own.*/gm)?.map((line) => line.trim()),
      [
        'TZID:Own',
        'TZID=Own:20260310T090000',
        'TZID:Own (2)',
        'TZID=Own (2):20260310T090000',
        'TZID=Own (2):1',
        'TZID=Own (2):20260310T090000',
        'TZID:Own (3)',
        'TZID=Own (3):20260310T090000',
      ],
    );
    assert.deepEqual(parseCalendar(Buffer.from(all), 'strict').findings, []);
  });

  it('does not rename what the zone database knows', () => {
    const all = merged(
      part(...zone('Europe/Berlin', '+0100'), ...zoned('Europe/Berlin')),
      part(...zone('Europe/Berlin', '+0200'), ...zoned('Europe/Berlin', 'v')),
    );
    assert.equal(all.match(/^TZID:/gm)?.length, 1);
  });

  it('has CRLF and short lines whatever was stored, and all of it', () => {
    for (const name of nastyNames) {
      for (const stored of openImport(nasty(name)).objects) {
        const object = objectFrom(stored.bytes);
        const all = merged(storedPart(object, range));
        const { findings, calendars } = parseCalendar(Buffer.from(all), 'strict');
        assert.deepEqual(findings, [], name);
        for (const line of all.split('\r\n'))
          assert(Buffer.byteLength(line) <= 75 && !/[\r\n]/.test(line), name);
        const contents = (parsed: typeof calendars): string[] =>
          parsed.flatMap(({ components }) =>
            components
              .filter((component) => component.name !== 'VTIMEZONE')
              .flatMap((component) => component.properties.map(({ content }) => content)),
          );
        assert.deepEqual(contents(calendars), contents([object.calendar]), name);
      }
    }
  });

  it('comes in chunks, one page of objects after the other', async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of mergedCalendar(pages(), ['NAME:x\r\n'])) chunks.push(chunk);
    assert(chunks.length > 2);
    const whole = text(Buffer.concat(chunks));
    assert(whole.startsWith('BEGIN:VCALENDAR') && whole.includes('NAME:x\r\n'));
    assert.equal(whole.match(/BEGIN:VEVENT/g)?.length, 1000);
  });
});

describe('the part of stored bytes', () => {
  it('is the same as that of the parsed object, for every awkward file and what an import makes of it', () => {
    for (const name of nastyNames) {
      const stored = acceptObject(nasty(name), rules);
      for (const bytes of [
        ...(stored.ok ? [stored.bytes] : []),
        ...[...openImport(nasty(name)).objects].map(({ bytes }) => bytes),
      ]) {
        const [fast, slow] = calendars(bytes);
        assert.equal(fast, slow, name);
      }
    }
  });

  it('is the same where the quick look must give way to the parser', () => {
    const odd: readonly (readonly string[])[] = [
      ['begin:vevent', 'UID:u', 'end:vevent'],
      ['BEG', ' IN:VEVENT', 'UID:u', 'END:VEVENT'],
      event('DTSTART;TZID=Europe/', ' Berlin:20260310T090000'),
      event('DTSTART;TZ', ' ID=Europe/Berlin:20260310T090000'),
      event('DTSTART;tzid="Europe/Berlin":20260310T090000'),
      event("DTSTART;TZID=^'A^':20260310T090000"),
      [...zone('Ow\r\n n', '+0100'), ...zoned('Own')],
      [...zone('Öwn', '+0100'), ...zoned('Öwn')],
      event('DESCRIPTION:a;TZID=Europe/Berlin'),
      event(`DESCRIPTION:${'x'.repeat(100)}`),
      event('ENDING:x', 'B:1', 'BEGINNING:x'),
      ['BEGIN:VTIMEZONE', 'END:VTIMEZONE', ...event()],
      event('', 'SUMMARY:a'),
    ];
    for (const lines of odd) {
      const [fast, slow] = calendars(calendar(...lines));
      assert.equal(
        fast?.replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, ''),
        slow?.replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, ''),
      );
      if (!lines.some((line) => line.startsWith('DESCRIPTION:a'))) assert.equal(fast, slow);
    }
    for (const bytes of [
      calendar(...event()).subarray(0, -5),
      Buffer.from('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VEVENT\r\n'),
      Buffer.from('hello'),
      Buffer.concat([calendar(...event()), calendar(...event())]),
    ]) {
      const [fast, slow] = calendars(bytes);
      assert.equal(fast, slow);
    }
  });

  it('takes other names for its zones, too', () => {
    assert.match(merged(ownZoned('+0100'), ownZoned('+0200')), /DTSTART;TZID=Own \(2\):/);
  });
});

describe('the wire form of stored lines', () => {
  it('is the stored bytes when they have it', () => {
    const bytes = calendar(...event('SUMMARY:a'));
    assert.equal(wireLines(bytes), bytes);
  });

  it('is made for bare LF, bare CR, blank and long lines, and a missing last line end', () => {
    assert.equal(
      text(wireLines(Buffer.from('A:1\nB:2\r\n\r\nC:3\rD:4\r\n'))),
      'A:1\r\nB:2\r\nC:3\r\nD:4\r\n',
    );
    assert.equal(
      text(wireLines(Buffer.from(`A:${'x'.repeat(80)}\r\n`))),
      `A:${'x'.repeat(73)}\r\n ${'x'.repeat(7)}\r\n`,
    );
    assert.equal(text(wireLines(Buffer.from('A:1\r\nB:2'))), 'A:1\r\nB:2\r\n');
    assert.equal(text(wireLines(Buffer.from('A:1\r\nB:2\nC:3\r\n'))), 'A:1\r\nB:2\r\nC:3\r\n');
  });
});
