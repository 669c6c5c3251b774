import assert from 'node:assert/strict';
import { etag } from '../../src/core/ids.ts';
import { ByteCache, Kept, Memory } from '../../src/service/memory.ts';
import { type Office, office } from './office.ts';

describe('memory', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  it('keeps what it knows of people for one version of the directory', async () => {
    const memory = new Memory();
    const first = await memory.current(at.services.storage);
    assert.equal(await memory.current(at.services.storage), first);
    await at.services.storage.commit({
      actor: null,
      changes: [{ do: 'set-policy', key: 'export.user', value: 'forbidden' }],
    });
    assert.notEqual(await memory.current(at.services.storage), first);
  });

  it('keeps no absence, and asks again', async () => {
    const kept = new Kept<number | undefined>();
    let asked = 0;
    const load = async () => {
      asked++;
      return asked > 1 ? asked : undefined;
    };
    assert.deepEqual(
      [await kept.get('a', load), await kept.get('a', load), await kept.get('a', load)],
      [undefined, 2, 2],
    );
  });

  it('forgets the older half when it is full', () => {
    const kept = new Kept<number>();
    for (let n = 0; n < 20_001; n++) kept.keep(n, n);
    assert.equal(kept.known(0), undefined);
    assert.equal(kept.known(9_999), undefined);
    assert.equal(kept.known(10_000), 10_000);
    assert.equal(kept.known(20_000), 20_000);
  });

  it('holds finished bytes up to a bound, those that were asked for last', () => {
    const cache = new ByteCache(10, 6);
    const tag = (name: string) => etag(`"${name}"`);
    for (const name of ['a', 'b']) cache.keep(tag(name), [Buffer.alloc(4)], 4);
    assert.ok(cache.get(tag('a')));
    cache.keep(tag('a'), [], 4);
    cache.keep(tag('c'), [Buffer.alloc(4)], 4);
    assert.equal(cache.get(tag('b')), undefined);
    assert.equal(cache.get(tag('a'))?.length, 1);
    assert.ok(cache.get(tag('c')));
  });
});
