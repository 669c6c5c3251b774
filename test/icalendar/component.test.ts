import assert from 'node:assert/strict';
import { type Component, parseCalendar, type ReadMode } from '../../src/icalendar/component.ts';
import { maxFindings } from '../../src/icalendar/limits.ts';
import { calendar, event, text } from './fixtures.ts';

const parse = (source: string | Uint8Array, mode: ReadMode = 'strict'): ReturnType<typeof parseCalendar> =>
  parseCalendar(typeof source === 'string' ? Buffer.from(source) : source, mode);

const codes = (source: string | Uint8Array, mode: ReadMode = 'strict'): string[] =>
  parse(source, mode).findings.map(({ code, fatal, line }) => `${code}${fatal ? '!' : ''} ${line ?? '-'}`);

const outline = (component: Component): string =>
  `${component.name}(${[...component.properties.map(({ name }) => name), ...component.components.map(outline)].join()})`;

const deep = (n: number): string => `${'BEGIN:X\n'.repeat(n)}UID:deep\n${'END:X\n'.repeat(n)}`;

const wrap = (...inside: readonly (string | number[])[]): Uint8Array =>
  Buffer.concat([
    Buffer.from('BEGIN:VCALENDAR\r\nX:'),
    ...inside.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
    Buffer.from('\r\nEND:VCALENDAR\r\n'),
  ]);

const value = (source: Uint8Array, mode: ReadMode = 'strict'): string | undefined =>
  parse(source, mode).calendars[0]?.first('X')?.rawValue;

describe('parseCalendar', () => {
  it('builds the tree of components with their places in the bytes', () => {
    const bytes = calendar(...event('SUMMARY:a', 'BEGIN:VALARM', 'ACTION:DISPLAY', 'END:VALARM'));
    const { calendars, findings, bytes: same } = parse(bytes);
    assert.deepEqual(findings, []);
    assert.equal(same, bytes);
    const [root] = calendars;
    assert(root);
    assert.equal(outline(root), 'VCALENDAR(VERSION,PRODID,VEVENT(UID,DTSTAMP,SUMMARY,VALARM(ACTION)))');
    const inner = root.components[0];
    assert(inner);
    assert.equal(inner.line, 4);
    assert(text(bytes.subarray(inner.start, inner.end)).startsWith('BEGIN:VEVENT\r\nUID:u'));
    assert(text(bytes.subarray(inner.start, inner.end)).endsWith('END:VEVENT\r\n'));
    assert(text(bytes.subarray(inner.bodyStart)).startsWith('UID:u'));
  });

  it('reads names of components in any case and with blanks behind them', () => {
    assert.equal(parse('begin:vcalendar \r\nend:VCALENDAR\r\n').calendars[0]?.name, 'VCALENDAR');
  });

  it('finds properties by name, also among many', () => {
    const many = Array.from(
      { length: 50 },
      (_, i) => `EXDATE:202601${String((i % 28) + 1).padStart(2, '0')}`,
    );
    for (const extra of [[], many]) {
      const [component] =
        parse(calendar(...event('SUMMARY:a', 'COMMENT:b', 'COMMENT:c', ...extra))).calendars[0]?.components ??
        [];
      assert(component);
      assert.equal(component.first('SUMMARY')?.rawValue, 'a');
      assert.equal(component.first('LOCATION'), undefined);
      assert.deepEqual(
        component.all('COMMENT').map(({ rawValue }) => rawValue),
        ['b', 'c'],
      );
      assert.deepEqual(component.all('LOCATION'), []);
      assert.equal(component.all('EXDATE').length, extra.length);
    }
  });

  it('refuses in strict mode what it leaves out in forgiving mode', () => {
    const broken = 'BEGIN:VCALENDAR\nnot a line\nVERSION:2.0\nEND:VCALENDAR\nafter: the end\n<html>\n';
    assert.deepEqual(codes(broken), ['malformed-line! 2', 'outside-calendar! 5', 'outside-calendar! 6']);
    assert.deepEqual(codes(broken, 'forgiving'), [
      'malformed-line 2',
      'outside-calendar 5',
      'outside-calendar 6',
    ]);
  });

  it('reports components outside of a calendar and does not return them', () => {
    const { calendars, findings } = parse('BEGIN:VEVENT\nUID:1\nEND:VEVENT\n');
    assert.deepEqual(calendars, []);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['outside-calendar', 'no-calendar'],
    );
  });

  it('closes what is open when an END does not match or the text ends', () => {
    assert.deepEqual(codes('BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n'), ['unbalanced! 3']);
    assert.deepEqual(codes('BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\n'), ['unbalanced! 2']);
    const { calendars, findings, bytes } = parse('BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1', 'forgiving');
    assert.deepEqual(
      findings.map(({ code, fatal }) => [code, fatal]),
      [['unbalanced', false]],
    );
    assert.equal(calendars[0]?.components[0]?.end, bytes.length);
  });

  it('passes over components below the deepest permitted one', () => {
    assert.deepEqual(codes(`BEGIN:VCALENDAR\n${deep(15)}END:VCALENDAR\n`), []);
    assert.deepEqual(codes(`BEGIN:VCALENDAR\n${deep(100)}END:VCALENDAR\n`), ['too-deep! 17']);
    assert.deepEqual(codes('BEGIN:VCALENDAR\n'.repeat(100_000)).slice(0, 1), ['too-deep! 17']);
  });

  it('has a bound on what it reports', () => {
    assert.equal(parse(`BEGIN:VCALENDAR\n${'?\n'.repeat(1000)}END:VCALENDAR\n`).findings.length, maxFindings);
  });

  it('reads several calendars in one stream', () => {
    assert.equal(
      parse('BEGIN:VCALENDAR\nEND:VCALENDAR\n\nBEGIN:VCALENDAR\nEND:VCALENDAR').calendars.length,
      2,
    );
  });
});

describe('bytes that are not quite iCalendar', () => {
  it('lose a byte order mark', () => {
    const source = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), wrap('a')]);
    assert.deepEqual(codes(source), ['byte-order-mark -']);
    assert.deepEqual(parse(source).bytes, wrap('a'));
  });

  it('lose NULs and other control characters, but not tabs', () => {
    assert.equal(value(wrap('a', [0, 0], 'b', [1, 0x1f, 0x0b], '\tc')), 'ab\tc');
    assert.deepEqual(codes(wrap([0])), ['nul 2']);
    assert.deepEqual(codes(wrap([7])), ['control-character 2']);
  });

  it('lose folds inside of a character, with any line end', () => {
    for (const fold of ['\r\n ', '\n ', '\r\n\t']) {
      const source = wrap('caf', [0xc3], fold, [0xa9]);
      assert.deepEqual(codes(source), ['split-character -']);
      assert.equal(value(source), 'café');
      assert.deepEqual(parse(source).bytes, wrap('café'));
    }
  });

  it('are refused as UTF-16 by PUT, and read by an import', () => {
    const words = 'BEGIN:VCALENDAR\r\nX:Встреча\r\nEND:VCALENDAR\r\n';
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(words, 'utf16le')]);
    const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(words, 'utf16le').swap16()]);
    for (const source of [little, big]) {
      assert.equal(codes(source)[0], 'encoding! 1');
      assert.equal(value(source, 'forgiving'), 'Встреча');
    }
  });

  it('are refused in other encodings by PUT, with the line', () => {
    assert.equal(codes(wrap('caf', [0xe9]))[0], 'encoding! 2');
    assert.equal(codes(wrap([0xc3]))[0], 'encoding! 2');
  });

  it('are read by an import in the Russian encodings, each line by itself', () => {
    // "Обед", "Я пишу" and "СОВЕЩАНИЕ" in windows-1251, then "Совещание" in KOI8-R and in IBM866.
    const read = (...bytes: readonly number[]): string | undefined =>
      value(wrap([...bytes], '\r\nY:Привет'), 'forgiving');
    assert.equal(read(0xce, 0xe1, 0xe5, 0xe4), 'Обед');
    assert.equal(read(0xd1, 0xce, 0xc2, 0xc5, 0xd9, 0xc0, 0xcd, 0xc8, 0xc5), 'СОВЕЩАНИЕ');
    assert.equal(read(0xf3, 0xcf, 0xd7, 0xc5, 0xdd, 0xc1, 0xce, 0xc9, 0xc5), 'Совещание');
    assert.equal(read(0x91, 0xae, 0xa2, 0xa5, 0xe9, 0xa0, 0xad, 0xa8, 0xa5), 'Совещание');
  });

  it('are known as UTF-16 without a byte order mark', () => {
    const source = Buffer.from('BEGIN:VCALENDAR\r\nX:Дело\r\nEND:VCALENDAR\r\n', 'utf16le');
    assert.equal(value(source, 'forgiving'), 'Дело');
    assert.equal(value(Buffer.from(source).swap16(), 'forgiving'), 'Дело');
    assert.deepEqual(codes(source)[0], 'encoding! 1');
  });

  it('lose byte order marks that were written twice, or joined with a file', () => {
    const mark = [0xef, 0xbb, 0xbf];
    const plain = Buffer.from(wrap('a'));
    assert.deepEqual(codes(Buffer.concat([Buffer.from([...mark, ...mark]), plain])), ['byte-order-mark -']);
    const joined = Buffer.concat([Buffer.from('  '), plain, Buffer.from(mark), plain]);
    assert.equal(parse(joined, 'forgiving').calendars.length, 2);
  });

  it('lose code points that are no characters, which no XML answer could carry', () => {
    assert.equal(value(wrap('a\ufffe\uffff\ufffdb')), 'a\ufffdb');
    assert.equal(value(wrap('\uffff', [0xc3], '\r\n ', [0xa9])), 'é', 'where a fold stands in a character');
    assert.equal(
      value(wrap('a', [0xef, 0xbf], '\r\n ', [0xbf], 'b')),
      'ab',
      'where it stands in one of them',
    );
    assert.equal(value(wrap('\uffff', 'é', [0xd0]), 'forgiving'), 'é\ufffd', 'in a line that is damaged');
  });

  it('are guessed to be windows-1251 or windows-1252 by an import', () => {
    assert.equal(value(wrap([0xc2, 0xf1, 0xf2, 0xf0, 0xe5, 0xf7, 0xe0]), 'forgiving'), 'Встреча');
    assert.equal(value(wrap('Caf', [0xe9], ' M', [0xfc], 'nchen'), 'forgiving'), 'Café München');
  });

  it('stay UTF-8 where most of a line is, cut off inside a character or with halves of characters', () => {
    assert.equal(value(wrap('Встреча', [0xd0]), 'forgiving'), 'Встреча\ufffd');
    assert.equal(value(wrap('a', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), 'forgiving'), 'a😀');
    assert.equal(value(wrap('a', [0xed, 0xa0, 0x80], 'b'), 'forgiving'), 'a\ufffdb');
    const { findings } = parse(wrap('éé', [0xe2, 0x82]), 'forgiving');
    assert.match(findings[0]?.message ?? '', /line \d+ has bytes that are no UTF-8; they were replaced/);
  });

  it('keep the lines that are UTF-8 when others are not', () => {
    const source = wrap('caf', [0xe9], '\r\nY:naïve');
    assert.equal(parse(source, 'forgiving').calendars[0]?.first('Y')?.rawValue, 'naïve');
  });
});
