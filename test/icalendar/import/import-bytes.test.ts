import assert from 'node:assert/strict';
import { importSteps, openImport } from '../../../src/icalendar/import/import.ts';
import { normaliseSteps } from '../../../src/icalendar/import/import-bytes.ts';
import { completed, joined } from '../../../src/icalendar/steps.ts';
import { calendar, event } from '../fixtures.ts';

const mebi = 1024 * 1024;

const many = (count: number, title: string): string => {
  const events = Array.from({ length: count }, (_, n) =>
    event('DTSTART:20260310T090000Z', `SUMMARY:${title} ${n}`).map((line) =>
      line === 'UID:u' ? `UID:u${n}` : line,
    ),
  );
  return Buffer.from(calendar(...events.flat())).toString('utf8');
};

const uidsOf = (source: Uint8Array): readonly string[] =>
  Array.from(openImport(source).objects, ({ uid }) => uid);

describe('the bytes of a large import', () => {
  it('are read in UTF-16 in steps, and say what the same text says in UTF-8', () => {
    const text = many(8_000, 'Ёлка 🎄');
    for (const before of ['\ufeff', '']) {
      const source = Buffer.from(before + text, 'utf16le');
      assert.ok(source.length > mebi);
      const steps = normaliseSteps(source);
      let count = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) count++;
      assert.ok(count >= 2 * Math.floor(source.length / mebi), String(count));
      assert.equal(Buffer.from(step.value.bytes).toString('utf8'), text);
      assert.deepEqual(
        step.value.findings.map(({ code, line }) => [code, line]),
        [['encoding', 1]],
      );
    }
  });

  it('have all of a text of megabytes that is folded, wherever it is folded', () => {
    for (const [width, words] of [
      [74, 'some words '],
      [72, 'ёлка, ёлка '],
      [74, 'QUJD'],
    ] as const) {
      const bytes = Buffer.from(words.repeat(Math.ceil((4 * mebi) / Buffer.byteLength(words))));
      const lines: Buffer[] = [Buffer.from('X-LONG:')];
      for (let at = 0; at < bytes.length; at += width)
        lines.push(bytes.subarray(at, at + width), Buffer.from('\r\n '));
      const source = Buffer.from(calendar(...event('DTSTART:20260310T090000Z', 'X-HERE')));
      const at = source.indexOf('X-HERE');
      const whole = Buffer.concat([source.subarray(0, at), ...lines, source.subarray(at + 'X-HERE'.length)]);
      const read = openImport(whole);
      const [object, ...others] = read.objects;
      const text = Buffer.from(object?.bytes ?? [])
        .toString()
        .replaceAll('\r\n ', '');
      assert.ok(text.includes(`X-LONG:${bytes.toString()}\r\n`), `${words} ${text.length}`);
      assert.deepEqual([others, read.findings.filter(({ code }) => code !== 'split-character')], [[], []]);
    }
  });

  it('are read in steps also where they are one line that is no UTF-8, whatever is wrong with it', () => {
    const read = (unit: readonly number[]): readonly [count: number, text: string] => {
      const line = Buffer.alloc(unit.length * Math.ceil((2 * mebi) / unit.length), Buffer.from(unit));
      const source = Buffer.concat([Buffer.from('X:'), line, Buffer.from('\r\n')]);
      const steps = normaliseSteps(source);
      let count = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) count++;
      return [count, Buffer.from(step.value.bytes).toString('utf8', 2, 200)];
    };
    const forms: readonly (readonly [string, readonly number[]])[] = [
      ['😀', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
      ['é\ufffd', [0xc3, 0xa9, 0xed, 0xa0, 0x80]],
      ['é\ufffdé', [0xc3, 0xa9, 0xff, 0xc3, 0xa9]],
      ['aü ', [0x61, 0xfc, 0x20]],
      ['Привет ', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x20]],
    ];
    for (const [meant, unit] of forms) {
      const [count, text] = read(unit);
      assert.ok(text.startsWith(meant.repeat(5)), `${meant}: ${text.slice(0, 30)}`);
      assert.ok(count > 4, `${meant}: ${count} steps`);
    }
  });

  it('are read in steps also where a line is quoted from one end to the other', () => {
    const wrap = (summary: string): string =>
      Buffer.from(calendar(...event('DTSTART:20260310T090000Z', summary))).toString();
    const quoted = (text: string): string =>
      `SUMMARY;ENCODING=QUOTED-PRINTABLE:${Array.from(Buffer.from(text), (byte) => `=${byte.toString(16).padStart(2, '0')}`).join('')}`;
    const text = 'Мир; труд, \\, май\r\nи=\x01';
    const told = (source: string): readonly [count: number, string | undefined] => {
      let count = 0;
      let object: Uint8Array | undefined;
      for (const step of openImport(Buffer.from(source)).steps) {
        count++;
        object ??= step?.bytes;
      }
      return [
        count,
        Buffer.from(object ?? [])
          .toString()
          .replaceAll('\r\n ', ''),
      ];
    };
    const once = 'Мир\\; труд\\, \\, май\\nи=';
    assert.ok(told(wrap(quoted(text)))[1]?.includes(`SUMMARY:${once}\r\n`), told(wrap(quoted(text)))[1]);
    const long = wrap(quoted(text.repeat(10_000)));
    const reading = importSteps(Buffer.from(long));
    let count = 0;
    while (reading.next().done !== true) count++;
    assert.ok(count > 5, `${count} steps`);
    assert.ok(told(long)[1]?.includes(once.repeat(3)));
  });

  it('are read in steps also where they are one line, and lose nothing beside it', () => {
    const long = `X-LONG:${'blanks and é '.repeat(2 * mebi)}`;
    const source = Buffer.from(many(3, long.slice(0, 30)).replace('SUMMARY', `${long}\r\nSUMMARY`));
    assert.ok(source.length > 24 * mebi);
    const { bytes } = completed(normaliseSteps(source));
    assert.ok(Buffer.compare(bytes, source) === 0);
    let count = 0;
    for (const steps = importSteps(source); steps.next().done !== true; ) count++;
    assert.ok(count > 3, String(count));
    assert.deepEqual(
      uidsOf(source).filter((uid) => uid !== 'u0'),
      ['u1', 'u2'],
    );
  });

  it('are joined in steps', () => {
    const pieces = [0, 1, 9 * mebi, 3, 5 * mebi, 0].map((length, n) => Buffer.alloc(length, n + 1));
    const steps = joined(pieces);
    let count = 1;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count++;
    assert.ok(Buffer.compare(step.value, Buffer.concat(pieces)) === 0);
    assert.ok(count >= 3 && count <= 6, String(count));
    assert.equal(completed(joined([])).length, 0);
  });
});
