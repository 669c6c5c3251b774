import assert from 'node:assert/strict';
import { Stretches } from '../../../src/service/objects/drawn-stretches.ts';

const mebi = 1024 * 1024;
const stretch = (sizeBytes: number, fill: number) => ({
  count: fill,
  isCut: fill % 2 === 1,
  bytes: Buffer.alloc(sizeBytes, fill),
});

describe('remembered stretches', () => {
  it('are given as they were kept, the first of each key', () => {
    const stretches = new Stretches();
    assert.equal(stretches.get('a'), undefined);
    stretches.keep('a', stretch(3, 1));
    stretches.keep('b', stretch(0, 2));
    stretches.keep('a', stretch(3, 9));
    assert.deepEqual(stretches.get('a'), { count: 1, isCut: true, bytes: new Uint8Array([1, 1, 1]) });
    assert.deepEqual(stretches.get('b'), { count: 2, isCut: false, bytes: new Uint8Array(0) });
  });

  it('make room for new ones, the oldest first, and stay what they were for whoever reads them', () => {
    const stretches = new Stretches();
    for (let n = 0; n < 31; n++) stretches.keep(`${n}`, stretch(mebi - 200, n));
    const first = stretches.get('0');
    assert.ok(first);
    for (let n = 31; n < 100; n++) stretches.keep(`${n}`, stretch(mebi - 200, n));
    assert.ok(first.bytes.every((byte) => byte === 0));
    for (let n = 0; n < 72; n++) assert.equal(stretches.get(`${n}`), undefined, String(n));
    for (let n = 76; n < 100; n++) {
      const found = stretches.get(`${n}`);
      assert.deepEqual([found?.count, found?.bytes.length], [n, mebi - 200]);
      assert.ok(found?.bytes.every((byte) => byte === n));
    }
  });

  it('are not kept when they are longer than anything that would have to go for them', () => {
    const stretches = new Stretches();
    stretches.keep('a', stretch(8 * mebi, 1));
    assert.equal(stretches.get('a'), undefined);
    stretches.keep('b', stretch(8 * mebi - 200, 1));
    assert.equal(stretches.get('b')?.bytes.length, 8 * mebi - 200);
  });

  it('are bounded in number, too', () => {
    const stretches = new Stretches();
    const most = Math.floor((8 * mebi) / 200) * 4;
    for (let n = 0; n < most + 1; n++) stretches.keep(`${n}`, stretch(0, 1));
    assert.equal(stretches.get('0'), undefined);
    assert.ok(stretches.get(`${most}`));
  });
});
