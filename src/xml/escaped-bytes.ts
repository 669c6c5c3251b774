/** UTF-8 bytes as XML character data: texts of calendars in rows that SQL assembles, and parts of them. */

/** What is done with a byte: kept, dropped, looked at with the two behind it, or written as a reference. */
const [kept, dropped, surrogate, noncharacter, reference] = [0, 1, 2, 3, 4];

const references: Readonly<Record<number, Buffer>> = {
  0x26: Buffer.from('&amp;'),
  0x3c: Buffer.from('&lt;'),
  0x3e: Buffer.from('&gt;'),
  // As a reference: the XML reader of the client would turn a bare CR into LF (XML 1.0 §2.11).
  0x0d: Buffer.from('&#13;'),
};

const kinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (references[byte]) return reference;
  if (byte === 0xed) return surrogate;
  if (byte === 0xef) return noncharacter;
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a ? dropped : kept;
});

/** Bytes that a byte becomes, at most. */
const sizes: Uint8Array = Uint8Array.from(kinds, (_, byte) => references[byte]?.length ?? 1);

/** The references one behind the other, that of a byte at eight times its number: to look each up in an object costs twice the time. */
const written: Uint8Array = new Uint8Array(8 * 256);
for (const [byte, text] of Object.entries(references)) written.set(text, 8 * Number(byte));

/**
 * Escapes UTF-8 bytes for XML 1.0 character data; what XML cannot carry at all is dropped (XML 1.0 §2.2): control
 * characters but tab and LF, and the UTF-8 forms of surrogates, U+FFFE and U+FFFF.
 *
 * Byte by byte, because a long text of markup has millions of places: to replace them in a string takes five times as long.
 */
export function escapedBytes(bytes: Uint8Array): Buffer {
  let size = 0;
  for (let at = 0; at < bytes.length; at++) size += sizes[bytes[at] ?? 0] ?? 1;
  const out = Buffer.allocUnsafe(size);
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const kind = kinds[byte];
    if (kind === kept) out[to++] = byte;
    else if (kind === reference) {
      const end = to + (sizes[byte] ?? 0);
      for (let from = 8 * byte; to < end; from++) out[to++] = written[from] ?? 0;
    } else if (kind !== dropped) {
      if (isForbidden(byte, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)) at += 2;
      else out[to++] = byte;
    }
  }
  return out.subarray(0, to);
}

/**
 * The same piece by piece, so that others may have their turn between them: five megabytes of markup become twenty, and take
 * some sixty milliseconds.
 */
export function* escapedPieces(bytes: Uint8Array): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    let end = Math.min(from + pieceBytes, bytes.length);
    // What is forbidden is found by its first byte, so no character may fall apart; what is no UTF-8 is cut anywhere.
    for (let back = 0; back < maxContinuations && isContinuation(bytes[end]); back++) end--;
    yield escapedBytes(bytes.subarray(from, end));
    from = end;
  }
}

const pieceBytes: number = 64 * 1024;
/** Bytes of a character behind its first. */
const maxContinuations = 3;

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}

/** The UTF-8 form of a surrogate, of U+FFFE or of U+FFFF. */
function isForbidden(first: number, second: number, third: number): boolean {
  if (third < 0x80 || third > 0xbf) return false;
  return first === 0xed ? second >= 0xa0 && second <= 0xbf : second === 0xbf && third >= 0xbe;
}
