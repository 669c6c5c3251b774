/** Reads a zip file by its directory, and holds every header against it. */
import assert from 'node:assert/strict';
import { crc32, inflateRawSync } from 'node:zlib';

export function unzipped(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  assert.equal(at + bytes.readUInt32LE(end + 12), end);
  const found = new Map<string, Buffer>();
  for (let entry = 0; entry < count; entry++) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [crc, compressedBytes, sizeBytes] = [16, 20, 24].map((field) => bytes.readUInt32LE(at + field));
    const nameBytes = bytes.readUInt16LE(at + 28);
    const path = bytes.subarray(at + 46, at + 46 + nameBytes);
    const offset = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(offset), 0x04034b50);
    assert.equal(bytes.readUInt16LE(offset + 26), nameBytes);
    const begin = offset + 30 + nameBytes;
    assert.deepEqual(bytes.subarray(offset + 30, begin), path);
    const behind = begin + (compressedBytes ?? 0);
    assert.equal(bytes.readUInt32LE(behind), 0x08074b50);
    assert.deepEqual(
      [4, 8, 12].map((field) => bytes.readUInt32LE(behind + field)),
      [crc, compressedBytes, sizeBytes],
    );
    const content = inflateRawSync(bytes.subarray(begin, behind));
    assert.equal(content.length, sizeBytes);
    assert.equal(crc32(content), crc);
    found.set(path.toString(), content);
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30);
  }
  assert.equal(at, end);
  return found;
}
