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
