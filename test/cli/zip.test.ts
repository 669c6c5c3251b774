import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { directoryEnd, directoryHeader, type ZipEntry, zipped } from '../../src/cli/zip.ts';
import { unzipped } from './unzipped.ts';

const modified = new Date('2026-11-21T14:05:33Z');

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield piece;
}

async function zipOf(entries: readonly (readonly [string, readonly Uint8Array[]])[]): Promise<Buffer> {
  const written: Uint8Array[] = [];
  const all = async function* all(): AsyncGenerator<ZipEntry> {
    for (const [name, pieces] of entries) yield { name, modified, chunks: inPieces(pieces) };
  };
  for await (const piece of zipped(all())) written.push(piece);
  return Buffer.concat(written);
}

describe('a zip file', () => {
  it('gives every entry back, in whatever pieces it came', async () => {
    const entries = fc.uniqueArray(
      fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.array(fc.uint8Array())),
      { selector: ([name]) => Buffer.from(name).toString(), maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        const inside = unzipped(await zipOf(given));
        assert.equal(inside.size, given.length);
        for (const [name, pieces] of given)
          assert.deepEqual(inside.get(Buffer.from(name).toString()), Buffer.concat(pieces));
      }),
      { numRuns: 50 },
    );
  });

  it('says when an entry was written, in steps of two seconds, and that its name is UTF-8', async () => {
    const bytes = await zipOf([['алиса/дом.ics', [Buffer.from('x')]]]);
    assert.equal(bytes.readUInt16LE(6) & (1 << 11), 1 << 11);
    const [time, date] = [bytes.readUInt16LE(10), bytes.readUInt16LE(12)];
    assert.deepEqual(
      [(date >> 9) + 1980, (date >> 5) & 15, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2],
      [2026, 11, 21, 14, 5, 32],
    );
  });

  it('holds no entry in memory: what is not taken is not made', async () => {
    let made = 0;
    const noise = Buffer.from(Array.from({ length: 64 * 1024 }, (_, at) => (at * 7919 * (at % 251)) % 256));
    const endless = async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        made += 1;
        yield noise;
      }
    };
    const one = async function* one(): AsyncGenerator<ZipEntry> {
      yield { name: 'endless', modified, chunks: endless() };
    };
    let taken = 0;
    for await (const _ of zipped(one())) if (++taken === 3) break;
    assert.ok(made < 100, `${made} pieces were made for three that were taken`);
  });

  it('breaks off where an entry does', async () => {
    const broken = async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('the calendar cannot be read');
    };
    const one = async function* one(): AsyncGenerator<ZipEntry> {
      yield { name: 'a', modified, chunks: broken() };
    };
    await assert.rejects(async () => {
      for await (const _ of zipped(one()));
    }, /the calendar cannot be read/);
  });

  it('tells of more than 65,534 entries, and of what lies beyond 4 GiB, in the forms of ZIP64', () => {
    assert.equal(directoryEnd(0xfffe, 10, 20).length, 22);
    for (const [count, size, offset] of [
      [0xffff, 10, 20],
      [1, 10, 2 ** 33],
      [1, 2 ** 32, 20],
    ] as const) {
      const bytes = directoryEnd(count, size, offset);
      assert.equal(bytes.readUInt32LE(0), 0x06064b50);
      assert.deepEqual(
        [24, 32, 40, 48].map((at) => Number(bytes.readBigUInt64LE(at))),
        [count, count, size, offset],
      );
      assert.equal(bytes.readUInt32LE(56), 0x07064b50);
      assert.equal(Number(bytes.readBigUInt64LE(64)), offset + size);
      assert.equal(bytes.readUInt32LE(76), 0x06054b50);
      assert.equal(bytes.length, 98);
    }
    const entry = { name: 'a', modified, crc: 1, compressedBytes: 2, sizeBytes: 3 };
    const far = directoryHeader({ ...entry, offset: 2 ** 33 });
    assert.equal(far.readUInt32LE(42), 0xffffffff);
    assert.deepEqual([far.readUInt16LE(47), far.readUInt16LE(49)], [1, 8]);
    assert.equal(Number(far.readBigUInt64LE(51)), 2 ** 33);
    assert.equal(directoryHeader({ ...entry, offset: 7 }).readUInt32LE(42), 7);
  });
});
