import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import {
  createVault,
  isSealed,
  keyId,
  keyOf,
  open,
  parseKeys,
  placeOf,
  SealError,
  seal,
} from '../../../src/service/connectors/secrets.ts';

const one = 'a1'.repeat(32);
const two = 'b2'.repeat(32);
const place = placeOf('connector_account', 7, 'secret');

describe('secrets of connectors', () => {
  it('open where they were sealed, whatever they are', () => {
    const ring = parseKeys(one);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = seal(ring, place, text, randomBytes);
        assert.ok(isSealed(sealed));
        assert.equal(open(ring, place, sealed), Buffer.from(text).toString());
      }),
      { numRuns: 100 },
    );
  });

  it('are sealed anew each time, and show neither text nor length at a glance', () => {
    const ring = parseKeys(one);
    const sealed = seal(ring, place, 'correct horse', randomBytes);
    assert.notEqual(sealed, seal(ring, place, 'correct horse', randomBytes));
    assert.match(sealed, /^enc:v1:[0-9a-f]{8}:[\w-]+$/);
    assert.ok(!sealed.includes(Buffer.from('correct').toString('base64url').slice(0, 8)));
  });

  it('open nowhere else: not in another row, not in another column', () => {
    const ring = parseKeys(one);
    const sealed = seal(ring, place, 'x', randomBytes);
    for (const other of [
      placeOf('connector_account', 8, 'secret'),
      placeOf('connector_account', 7, 'login'),
      placeOf('connector_setting', 7, 'secret'),
      placeOf('connector_account', '7", "secret', ''),
    ]) {
      assert.throws(() => open(ring, other, sealed), SealError);
    }
  });

  it('say which key is missing, and notice every change', () => {
    const sealed = seal(parseKeys(one), place, 'secret text', randomBytes);
    const id = keyId(Buffer.from(one, 'hex'));
    assert.equal(keyOf(sealed), id);
    assert.throws(() => open(parseKeys(two), place, sealed), new RegExp(`sealed with key ${id}`));
    const [head, body] = [sealed.slice(0, 16), sealed.slice(16)];
    for (let at = 0; at < body.length - 1; at++) {
      const changed = `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`;
      assert.throws(() => open(parseKeys(one), place, head + changed), SealError);
    }
    assert.throws(() => open(parseKeys(one), place, 'secret text'), /no sealed secret/);
  });

  it('are read with older keys, and sealed with the first', () => {
    const old = seal(parseKeys(one), place, 'x', randomBytes);
    const ring = parseKeys(`${two}\n${one}\n`);
    assert.equal(open(ring, place, old), 'x');
    assert.equal(keyOf(seal(ring, place, 'x', randomBytes)), keyId(Buffer.from(two, 'hex')));
    assert.throws(() => parseKeys(' , \n'), /no key/);
    assert.throws(() => parseKeys('abc'), /64 hexadecimal digits/);
  });

  it('are opened by a key that came after the vault was made', async () => {
    let keys = parseKeys(one);
    let loads = 0;
    const vault = createVault(async () => {
      loads++;
      return keys;
    }, randomBytes);
    const old = await vault.seal(place, 'x');
    keys = parseKeys(`${two} ${one}`);
    const fresh = seal(keys, place, 'y', randomBytes);
    assert.equal(await vault.open(place, old), 'x');
    assert.equal(loads, 1);
    assert.equal(await vault.open(place, fresh), 'y');
    assert.equal(loads, 2);
    assert.deepEqual([await vault.isCurrent(old), await vault.isCurrent(fresh)], [false, true]);
  });
});
