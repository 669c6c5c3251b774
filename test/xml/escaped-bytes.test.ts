import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { escapedBytes, escapedPieces } from '../../src/xml/escaped-bytes.ts';

/** The inverse, as an XML reader has it. */
const read = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replaceAll('&#13;', '\r')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

// XML 1.0 §2.2
const isAllowed = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return [0x9, 0xa, 0xd].includes(code);
  return code !== 0xfffe && code !== 0xffff;
};

describe('bytes as XML character data', () => {
  it('reads back as what was written, without what XML forbids', () => {
    const special = fc.constantFrom(...Array.from('&<>\r\n\t\0\x1f\x7f\ufffe\uffff\ufffdé€😀'));
    const unit = fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const written = escapedBytes(Buffer.from(text, 'utf8')).toString('utf8');
        assert.equal(read(written), Array.from(text).filter(isAllowed).join(''));
      }),
    );
  });

  it('drops surrogates that stand in the bytes by themselves', () => {
    assert.equal(
      escapedBytes(Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62, 0xed, 0xbf, 0xbf])).toString(),
      'ab',
    );
    assert.equal(escapedBytes(Buffer.from('\ud7ff', 'utf8')).toString(), '\ud7ff');
  });

  it('reads a view of a larger buffer', () => {
    assert.equal(escapedBytes(Buffer.from('xx<yy').subarray(2, 4)).toString(), '&lt;y');
  });

  it('is the same in pieces, wherever characters would fall apart', () => {
    const pattern = Buffer.from('a&\u00e9<\u20ac>\u{1f600}\uffff\ufffe', 'utf8');
    const surrogates = Buffer.from([0xed, 0xa0, 0x80, 0x80, 0x80, 0x80, 0x80]);
    for (let shift = 0; shift < pattern.length; shift++) {
      const bytes = Buffer.concat([Buffer.alloc(65_536 * 2 - shift, pattern), pattern, surrogates, pattern]);
      const pieces = [...escapedPieces(bytes)];
      assert.equal(pieces.length, 3);
      assert.ok(Buffer.concat(pieces).equals(escapedBytes(bytes)), String(shift));
    }
    assert.deepEqual([...escapedPieces(Buffer.alloc(0))], []);
  });
});
