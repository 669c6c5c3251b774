/**
 * A zip file as a stream of bytes (APPNOTE 6.3.9): entries are compressed as they come, none is held in memory.
 *
 * Sizes stand behind each entry, as they are known there (§4.3.9). What lies beyond 4 GiB, or is the 65,536th entry, is
 * told in the forms of ZIP64 (§4.3.14, §4.5.3), which are left out where nothing needs them: not every program reads them.
 */
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

export interface ZipEntry {
  /** A path with `/`, of which no segment is `..`. */
  readonly name: string;
  /** Written in UTC, since zip has no zones. */
  readonly modified: Date;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What the directory at the end of the file says about an entry. */
export interface WrittenEntry {
  readonly name: string;
  readonly modified: Date;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  /** Where its header begins. */
  readonly offset: number;
}

/** The whole file. Throws where one entry is 4 GiB or more. */
export async function* zipped(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: WrittenEntry[] = [];
  let offset = 0;
  for await (const { name, modified, chunks } of entries) {
    const begin = offset;
    const header = localHeader(name, modified);
    yield header;
    const sum = { crc: 0, sizeBytes: 0 };
    let compressedBytes = 0;
    for await (const piece of deflated(chunks, sum)) {
      compressedBytes += piece.length;
      yield piece;
    }
    if (Math.max(sum.sizeBytes, compressedBytes) > max32)
      throw new Error(`${name} is too large for a zip file`);
    const { crc, sizeBytes } = sum;
    yield fields([4, signatures.descriptor], [4, crc], [4, compressedBytes], [4, sizeBytes]);
    written.push({ name, modified, crc, compressedBytes, sizeBytes, offset: begin });
    offset = begin + header.length + compressedBytes + descriptorBytes;
  }
  let directoryBytes = 0;
  for (const entry of written) {
    const header = directoryHeader(entry);
    directoryBytes += header.length;
    yield header;
  }
  yield directoryEnd(written.length, directoryBytes, offset);
}

const max16 = 0xffff;
const max32 = 0xffffffff;

const signatures = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  directory: 0x02014b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  end: 0x06054b50,
} as const;

const descriptorBytes = 16;
/** Sizes stand behind the entry; names are UTF-8 (§4.4.4). */
const flags = (1 << 3) | (1 << 11);
const deflate = 8;
const needed = 20;
const needed64 = 45;
/** By a Unix program. */
const madeBy = (3 << 8) | needed64;
/** A regular file for its owner alone. */
const mode = 0o100600;

/** §4.3.7. */
function localHeader(name: string, modified: Date): Buffer {
  const path = Buffer.from(name);
  const head = fields(
    [4, signatures.local],
    [2, needed],
    [2, flags],
    [2, deflate],
    [4, dosTime(modified)],
    [4, 0],
    [4, 0],
    [4, 0],
    [2, path.length],
    [2, 0],
  );
  return Buffer.concat([head, path]);
}

/** §4.3.12. */
export function directoryHeader(entry: WrittenEntry): Buffer {
  const { modified, crc, compressedBytes, sizeBytes, offset } = entry;
  const path = Buffer.from(entry.name);
  const isFar = offset >= max32;
  const extra = isFar ? fields([2, 1], [2, 8], [8, offset]) : Buffer.alloc(0);
  const head = fields(
    [4, signatures.directory],
    [2, madeBy],
    [2, isFar ? needed64 : needed],
    [2, flags],
    [2, deflate],
    [4, dosTime(modified)],
    [4, crc],
    [4, compressedBytes],
    [4, sizeBytes],
    [2, path.length],
    [2, extra.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, mode * 0x10000],
    [4, Math.min(offset, max32)],
  );
  return Buffer.concat([head, path, extra]);
}

/** §4.3.14 to §4.3.16. `offset`: where the directory begins. */
export function directoryEnd(count: number, directoryBytes: number, offset: number): Buffer {
  const end = fields(
    [4, signatures.end],
    [2, 0],
    [2, 0],
    [2, Math.min(count, max16)],
    [2, Math.min(count, max16)],
    [4, Math.min(directoryBytes, max32)],
    [4, Math.min(offset, max32)],
    [2, 0],
  );
  if (count < max16 && directoryBytes < max32 && offset < max32) return end;
  const end64 = fields(
    [4, signatures.end64],
    [8, 44],
    [2, madeBy],
    [2, needed64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, directoryBytes],
    [8, offset],
  );
  const locator = fields([4, signatures.locator64], [4, 0], [8, offset + directoryBytes], [4, 1]);
  return Buffer.concat([end64, locator, end]);
}

/** Numbers one after the other, the lowest byte first. */
function fields(...numbers: readonly (readonly [sizeBytes: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = Buffer.alloc(numbers.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of numbers) {
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, size);
    at += size;
  }
  return bytes;
}

/** Date and time in two bytes each, in steps of two seconds, from 1980 on (§4.4.6). */
function dosTime(at: Date): number {
  const year = Math.max(0, at.getUTCFullYear() - 1980);
  const date = (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return date * 0x10000 + time;
}

interface Sum {
  crc: number;
  sizeBytes: number;
}

async function* deflated(chunks: AsyncIterable<Uint8Array>, sum: Sum): AsyncGenerator<Uint8Array> {
  const counted = async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      sum.crc = crc32(chunk, sum.crc);
      sum.sizeBytes += chunk.length;
      yield chunk;
    }
  };
  // An error comes out of the stream that is read.
  const compressed = pipeline(Readable.from(counted(), { objectMode: false }), createDeflateRaw(), () => {});
  for await (const piece of compressed) yield piece;
}
