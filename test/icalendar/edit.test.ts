import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  applyEdits,
  insert,
  insertAfter,
  remove,
  removeAll,
  replace,
  setProperty,
} from '../../src/icalendar/edit.ts';
import { calendar, event, objectFrom, objectOf, text } from './fixtures.ts';

const bytes = calendar(
  ...event('SUMMARY:long text that is', ' folded', 'LOCATION:x', 'LOCATION:y', 'BEGIN:VALARM', 'END:VALARM'),
);
const object = objectFrom(bytes);
const master = object.master ?? assert.fail();
const whole = text(bytes);

const zone = (tzid: string, note: string): string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  `COMMENT:${note}`,
  'END:VTIMEZONE',
];

describe('edits', () => {
  it('change the lines they name and no other byte', () => {
    const summary = master.first('SUMMARY') ?? assert.fail();
    assert.equal(
      text(applyEdits(bytes, [replace(summary, 'SUMMARY:z\r\n')])),
      whole.replace('long text that is\r\n  folded', 'z').replace('long text that is\r\n folded', 'z'),
    );
    assert.equal(text(applyEdits(bytes, [remove(summary)])), whole.replace(/SUMMARY.*\r\n .*\r\n/, ''));
    assert.equal(
      text(applyEdits(bytes, [insert(master, 'A:1\r\n')])),
      whole.replace('UID:u', 'A:1\r\nUID:u'),
    );
    assert.equal(
      text(applyEdits(bytes, [insertAfter(summary, 'A:1\r\n')])),
      whole.replace('LOCATION:x', 'A:1\r\nLOCATION:x'),
    );
    const alarm = master.components[0] ?? assert.fail();
    assert.equal(
      text(applyEdits(bytes, [remove(alarm)])),
      whole.replace('BEGIN:VALARM\r\nEND:VALARM\r\n', ''),
    );
  });

  it('set a property: in its place, once, or new', () => {
    assert.equal(
      text(applyEdits(bytes, setProperty(master, 'LOCATION', 'LOCATION:z\r\n'))),
      whole.replace('LOCATION:x\r\nLOCATION:y', 'LOCATION:z'),
    );
    assert.equal(
      text(applyEdits(bytes, setProperty(master, 'STATUS', 'STATUS:CONFIRMED\r\n'))),
      whole.replace('UID:u', 'STATUS:CONFIRMED\r\nUID:u'),
    );
  });

  it('take lines that lie together out as one', () => {
    const { properties } =
      objectOf(...event('A:1', 'B:1', 'A:2', 'A:3', ' folded', 'A:4', 'B:2')).master ?? assert.fail();
    const all = properties.filter(({ name }) => name === 'A');
    const edits = removeAll(all);
    assert.deepEqual(
      edits.map(({ start, end }) => [start, end]),
      [
        [all[0]?.start, all[0]?.end],
        [all[1]?.start, all[3]?.end],
      ],
    );
    assert.deepEqual(removeAll([]), []);
  });

  it('apply in the order of the bytes, and at one place in the order given', () => {
    const [first, second] = master.all('LOCATION');
    assert(first && second);
    const edits = [remove(second), insert(master, 'A:1\r\n'), insert(master, 'B:2\r\n'), remove(first)];
    assert.equal(
      text(applyEdits(bytes, edits)),
      whole.replace('LOCATION:x\r\nLOCATION:y\r\n', '').replace('UID:u', 'A:1\r\nB:2\r\nUID:u'),
    );
  });

  it('leave the very bytes when there is nothing to do', () => {
    assert.equal(applyEdits(bytes, []), bytes);
  });

  it('must not overlap or lie outside', () => {
    assert.throws(
      () => applyEdits(bytes, [remove(master), remove(master.properties[0] ?? assert.fail())]),
      RangeError,
    );
    assert.throws(() => applyEdits(bytes, [{ start: 0, end: bytes.length + 1, text: '' }]), RangeError);
    assert.throws(() => applyEdits(bytes, [{ start: 3, end: 2, text: '' }]), RangeError);
  });

  it('keep all other bytes of any object', () => {
    const line = fc.tuple(
      fc.constantFrom('X-A', 'x-b', 'LOCATION'),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\r\n', '\n'),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.nat(), (lines, pick) => {
        const written = lines.map(([name, value, end]) => `${name}:${value.replace(/\p{Cc}/gu, '')}x${end}`);
        const body = Buffer.from(
          `BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n${written.join('')}END:VEVENT\nEND:VCALENDAR`,
        );
        const target = objectFrom(body).master?.properties[1 + (pick % lines.length)] ?? assert.fail();
        const edited = applyEdits(body, [replace(target, 'NEW:1\r\n')]);
        const expected = written.map((old, i) => (i === pick % lines.length ? 'NEW:1\r\n' : old));
        assert.equal(
          text(edited),
          `BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n${expected.join('')}END:VEVENT\nEND:VCALENDAR`,
        );
      }),
    );
  });
});

describe('an object', () => {
  it('takes kind and UID from its first component, and no other into its set', () => {
    const mixed = objectOf(
      'BEGIN:X-A',
      'UID:x',
      'END:X-A',
      ...event('RECURRENCE-ID:20260101', 'SUMMARY:o'),
      'BEGIN:VTODO',
      'UID:u',
      'END:VTODO',
      ...event('SUMMARY:m'),
    );
    assert.equal(mixed.kind, 'VEVENT');
    assert.equal(mixed.master?.first('SUMMARY')?.rawValue, 'm');
    assert.equal(mixed.overrides.length, 1);
  });

  it('knows its time zones by TZID, the first definition of each', () => {
    const { timezones } = objectOf(
      ...zone('A', '1'),
      ...zone('A', '2'),
      ...zone('__proto__', '3'),
      'BEGIN:VTIMEZONE',
      'END:VTIMEZONE',
      ...event(),
    );
    assert.deepEqual(
      [...timezones].map(([tzid, zone]) => [tzid, zone.first('COMMENT')?.rawValue]),
      [
        ['A', '1'],
        ['__proto__', '3'],
      ],
    );
  });
});
