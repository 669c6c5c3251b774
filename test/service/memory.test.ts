import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { etag } from '../../src/core/ids.ts';
import { gzipOptions } from '../../src/http/compression.ts';
import { ExportMemory } from '../../src/service/export/export-memory.ts';
import { Kept, KeptBytes, Memory } from '../../src/service/memory.ts';
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

  it('forgets the older half of what is counted in bytes when there is no more room', () => {
    const kept = new KeptBytes<number>(100);
    const known = (): string => ['a', 'b', 'c', 'd'].filter((key) => kept.known(key) !== undefined).join('');
    for (const [n, key] of ['a', 'b', 'c'].entries()) kept.keep(key, n, 30);
    assert.equal(known(), 'abc');
    kept.keep('a', 3, 40);
    assert.deepEqual([known(), kept.known('a')], ['abc', 3]);
    kept.keep('d', 4, 10);
    assert.equal(known(), 'ad');
    kept.keep('b', 5, 51);
    assert.equal(known(), 'ad');
  });

  it('holds finished exports up to a bound, those that were asked for last', () => {
    const exports = new ExportMemory(10, 6);
    const tag = (name: string) => etag(`"${name}"`);
    const keep = (form: string, state: string, sizeBytes: number) =>
      exports.keep({
        form: tag(form),
        etag: tag(state),
        chunks: [Buffer.alloc(sizeBytes)],
        pieces: undefined,
      });
    keep('a', 'a1', 4);
    keep('b', 'b1', 4);
    assert.ok(exports.whole(tag('a'), tag('a1')));
    keep('c', 'c1', 4);
    assert.equal(exports.whole(tag('b'), tag('b1')), undefined);
    assert.equal(exports.whole(tag('a'), tag('a1'))?.[0]?.length, 4);
    assert.ok(exports.whole(tag('c'), tag('c1')));
    keep('c', 'c2', 4);
    assert.equal(exports.whole(tag('c'), tag('c1')), undefined);
    assert.ok(exports.whole(tag('a'), tag('a1')));
    keep('d', 'd1', 7);
    assert.equal(exports.whole(tag('d'), tag('d1')), undefined);
  });

  it('makes the gzip form of an export once, the bytes of a compressed stream', async () => {
    const exports = new ExportMemory(1_000_000, 1_000_000);
    const tag = etag('"a"');
    const chunks = Array.from({ length: 20 }, (_, n) => Buffer.from(`SUMMARY:Event ${n}\r\n`.repeat(n + 1)));
    exports.keep({ form: tag, etag: tag, chunks, pieces: undefined });
    const zipped = await exports.zipped(tag, tag);
    assert.equal(await exports.zipped(tag, tag), zipped);
    const streamed: Buffer[] = [];
    for await (const piece of Readable.from(chunks).pipe(createGzip(gzipOptions))) streamed.push(piece);
    assert.deepEqual(zipped, Buffer.concat(streamed));
    assert.equal(await exports.zipped(tag, etag('"b"')), undefined);
  });
});
