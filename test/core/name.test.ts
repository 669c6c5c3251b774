import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeSegment, encodeSegment, isSegment } from '../../src/core/name.ts';

describe('names of resources', () => {
  it('have one spelling, in which all but unreserved characters are encoded', () => {
    assert.equal(encodeSegment('a-b_c.d~e'), 'a-b_c.d~e');
    assert.equal(encodeSegment("a@b +!'()*é/"), 'a%40b%20%2B%21%27%28%29%2A%C3%A9%2F');
    assert.equal(encodeSegment('e\u0301'), encodeSegment('\u00e9'));
    assert.equal(encodeSegment('\ud800'), '%EF%BF%BD');
  });

  it('are decoded once', () => {
    assert.equal(decodeSegment('a%2540'), 'a%40');
    assert.equal(decodeSegment('a+b'), 'a+b');
    assert.equal(decodeSegment('%E9'), undefined);
    assert.equal(decodeSegment('%'), undefined);
    assert.equal(decodeSegment('e\u0301'), '\u00e9');
  });

  it('come back from their encoded form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const normal = name.normalize('NFC');
        assert.equal(decodeSegment(encodeSegment(name)), normal);
        assert.match(encodeSegment(name), /^[\w.~%-]*$/);
      }),
    );
  });

  it('are not empty, not dots, and hold no slash and no control characters', () => {
    for (const bad of ['', '.', '..', 'a/b', 'a\u0000', '\u007f', '\u0085', '\ud800', 'ä'.repeat(6)])
      assert.equal(isSegment(bad, 10), false, bad);
    for (const good of ['a', '...', 'ä'.repeat(5), '%2F', 'a b'])
      assert.equal(isSegment(good, 10), true, good);
  });
});
