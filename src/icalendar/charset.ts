/**
 * Bytes as they come -> UTF-8 bytes that the scanner reads.
 *
 * iCalendar is UTF-8 (RFC 5545 §3.1.4). Small slips are mended in both modes (byte order mark, NUL and other control
 * characters, a fold inside a character); another encoding is refused in strict mode and guessed in forgiving mode.
 */
import { isAscii, isUtf8, transcode } from 'node:buffer';
import { guessedCharset } from './charset-guess.ts';
import type { Finding } from './finding.ts';
import { completed, type Steps } from './steps.ts';

export type ReadMode = 'strict' | 'forgiving';

export interface Normalised {
  /** The given array itself when nothing had to change. */
  readonly bytes: Uint8Array;
  readonly findings: readonly Finding[];
}

/**
 * The text as UTF-8 without byte order mark and control characters, and what was done to get there.
 *
 * Time and memory: linear; the given bytes are returned untouched in the ordinary case.
 */
export function normalise(source: Uint8Array, mode: ReadMode): Normalised {
  return completed(normalising(source, mode));
}

/**
 * The same in steps, of which a text without a very long line takes one. `isFirst`: it is the beginning of a text, and not a
 * further piece, which may begin within a folded line.
 */
export function* normalising(source: Uint8Array, mode: ReadMode, isFirst = true): Steps<Normalised> {
  const findings: Finding[] = [];
  let bytes = decodeUtf16(source, mode, findings);
  bytes = withoutMarks(bytes, mode, isFirst, findings);
  bytes = withoutControls(bytes, findings);
  if (!isUtf8(bytes)) bytes = yield* toUtf8(bytes, mode, findings);
  // Searched after decoding: a fold or another encoding may have hidden some.
  if (!isAscii(bytes) && isUtf8(bytes)) bytes = withoutNoncharacters(bytes, findings);
  return { bytes, findings };
}

function repair(code: Finding['code'], message: string, line?: number): Finding {
  return { code, message, fatal: false, repaired: true, ...(line !== undefined && { line }) };
}

/** UTF-16, told by its byte order mark, or by the zeroes between what are ASCII characters at its beginning. */
export function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0)) return 'utf-16be';
  return undefined;
}

export function utf16Finding(mode: ReadMode): Finding {
  return {
    code: 'encoding',
    line: 1,
    message: 'the text is UTF-16, iCalendar is UTF-8',
    fatal: mode === 'strict',
    repaired: true,
  };
}

function decodeUtf16(bytes: Uint8Array, mode: ReadMode, findings: Finding[]): Uint8Array {
  const charset = utf16Of(bytes);
  if (!charset) return bytes;
  findings.push(utf16Finding(mode));
  return mode === 'strict' ? bytes.subarray(2) : utf8(new TextDecoder(charset).decode(bytes));
}

const mark = '\u00ef\u00bb\u00bf';

/**
 * Drops byte order marks: at the beginning, and in forgiving mode also those of files that somebody joined; then with the
 * blanks before the first line, which can continue none.
 */
function withoutMarks(source: Uint8Array, mode: ReadMode, isFirst: boolean, findings: Finding[]): Uint8Array {
  let bytes = source;
  let count = 0;
  for (; bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf; count++) bytes = bytes.subarray(3);
  if (mode === 'forgiving') {
    let from = 0;
    if (isFirst) while (bytes[from] === 0x20 || bytes[from] === 0x09) from++;
    bytes = bytes.subarray(from);
    if (!isAscii(bytes) && latin1(bytes).includes(`\n${mark}`)) {
      const text = latin1(bytes).replaceAll(markedLine, '\n');
      bytes = Buffer.from(text, 'latin1');
      count++;
    }
  }
  if (count > 0) findings.push(repair('byte-order-mark', 'the text began with a byte order mark'));
  return bytes.length === source.length ? source : bytes;
}

const markedLine = /\n(?:\u00ef\u00bb\u00bf)+/g;

/** U+FFFE and U+FFFF, which are no characters and which XML cannot carry either. */
function withoutNoncharacters(bytes: Uint8Array, findings: Finding[]): Uint8Array {
  const text = latin1(bytes);
  const at = Math.max(text.indexOf('\u00ef\u00bf\u00be'), text.indexOf('\u00ef\u00bf\u00bf'));
  if (at < 0) return bytes;
  findings.push(
    repair('control-character', 'code points that are no characters were dropped', lineAt(bytes, at)),
  );
  return without(bytes, (from) =>
    bytes[from] === 0xef && bytes[from + 1] === 0xbf && (bytes[from + 2] ?? 0) >= 0xbe ? 3 : 0,
  );
}

/**
 * The bytes without some of them: `length` says how many go at each place. Replacing a million of them in a string
 * would take ten times as long.
 */
function without(bytes: Uint8Array, length: (at: number) => number): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length);
  let kept = 0;
  for (let at = 0; at < bytes.length; ) {
    const dropped = length(at);
    if (dropped > 0) at += dropped;
    else out[kept++] = bytes[at++] ?? 0;
  }
  return out.subarray(0, kept);
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/;
const isControl: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  control.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Drops what RFC 5545 §3.1 calls CONTROL, as XML could not carry it. Tab, CR and LF stay. */
function withoutControls(bytes: Uint8Array, findings: Finding[]): Uint8Array {
  const text = latin1(bytes);
  const found = control.exec(text);
  if (!found) return bytes;
  const line = lineAt(bytes, found.index);
  findings.push(
    found[0] === '\0'
      ? repair('nul', 'NUL bytes were dropped', line)
      : repair('control-character', 'control characters were dropped', line),
  );
  return without(bytes, (at) => isControl[bytes[at] ?? 0] ?? 0);
}

function* toUtf8(source: Uint8Array, mode: ReadMode, findings: Finding[]): Steps<Uint8Array> {
  const bytes = joinSplitCharacters(source);
  if (isUtf8(bytes)) {
    findings.push(repair('split-character', 'a line was folded inside a UTF-8 character'));
    return bytes;
  }
  const at = firstInvalid(bytes);
  const line = lineAt(bytes, at);
  if (mode === 'strict') {
    findings.push({ code: 'encoding', line, message: `line ${line} is not UTF-8`, fatal: true });
    return bytes;
  }
  const lines: Uint8Array[] = [];
  for (const piece of linesOf(bytes)) {
    const isLong = piece.length > longLineBytes;
    if (isLong) yield;
    lines.push(isUtf8(piece) ? piece : ((yield* damagedUtf8(piece)) ?? piece));
    if (isLong) yield;
  }
  const others = lines.filter((piece) => !isUtf8(piece));
  if (others.length === 0) {
    findings.push(repair('encoding', `line ${line} has bytes that are no UTF-8; they were replaced`, line));
    return Buffer.concat(lines);
  }
  const charset = guessedCharset(Buffer.concat(others));
  findings.push(repair('encoding', `line ${line} is not UTF-8; lines like it were read as ${charset}`, line));
  const decoder = new TextDecoder(charset);
  const read: Uint8Array[] = [];
  for (const piece of lines) {
    if (piece.length > longLineBytes) yield;
    if (isUtf8(piece)) read.push(piece);
    else {
      // In each of these encodings a character is one byte.
      for (let from = 0; from < piece.length; from += longLineBytes)
        read.push(utf8(decoder.decode(piece.subarray(from, from + longLineBytes))));
    }
  }
  return Buffer.concat(read);
}

/** Going through a line of this length byte by byte takes some milliseconds. */
const longLineBytes: number = 1024 * 1024;

/**
 * A line that is UTF-8 but for some bytes of it: cut off inside a character, or with the halves of characters beyond the
 * basic plane encoded one by one, as programs do that keep texts in UTF-16. What cannot be told becomes U+FFFD.
 */
function* damagedUtf8(line: Uint8Array): Steps<Uint8Array | undefined> {
  const { bytes, halves } = withoutHalves(line);
  if (line.length > longLineBytes) yield;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (line.length > longLineBytes) yield;
  let [marks, beyond] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === replacement) marks++;
    // The first of the two halves of a character is passed over.
    if (code > 0x7f && (code & 0xfc00) !== 0xd800) beyond++;
  }
  const replaced = marks - halves;
  return beyond - replaced > replaced ? utf8(text) : undefined;
}

const replacement = 0xfffd;

/**
 * The bytes with the two halves of a character, each encoded by itself, as one, and with U+FFFD for a half without another.
 * A line may consist of nothing else, so it is gone through byte by byte.
 */
function withoutHalves(line: Uint8Array): { readonly bytes: Uint8Array; readonly halves: number } {
  if (!line.includes(surrogateLead)) return { bytes: line, halves: 0 };
  const out = Buffer.allocUnsafe(line.length);
  let [length, halves] = [0, 0];
  for (let at = 0; at < line.length; ) {
    const high = halfAt(line, at);
    if (high < 0) {
      out[length++] = line[at++] ?? 0;
      continue;
    }
    const low = high < 0xdc00 ? halfAt(line, at + 3) : -1;
    if (low >= 0xdc00) {
      const point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
      out[length++] = 0xf0 | (point >> 18);
      out[length++] = 0x80 | ((point >> 12) & 0x3f);
      out[length++] = 0x80 | ((point >> 6) & 0x3f);
      out[length++] = 0x80 | (point & 0x3f);
      at += 6;
    } else {
      halves++;
      out[length++] = 0xef;
      out[length++] = 0xbf;
      out[length++] = 0xbd;
      at += 3;
    }
  }
  return { bytes: out.subarray(0, length), halves };
}

const surrogateLead = 0xed;

/** The half of a character that is encoded at a place, or -1. */
function halfAt(bytes: Uint8Array, at: number): number {
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  if (bytes[at] !== surrogateLead || second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf)
    return -1;
  return 0xd000 | ((second & 0x3f) << 6) | (third & 0x3f);
}

/**
 * Takes out folds that stand between a lead byte and its continuation byte. RFC 5545 §3.1 permits them, but nothing
 * that treats a stored object as UTF-8 text (an XML answer, say) could carry them.
 */
function joinSplitCharacters(source: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if ((byte === 0x0d || byte === 0x0a) && length > 0 && (out[length - 1] ?? 0) >= 0x80) {
      const space = byte === 0x0d && source[i + 1] === 0x0a ? i + 2 : i + 1;
      const next = source[space + 1] ?? 0;
      if ((source[space] === 0x20 || source[space] === 0x09) && next >= 0x80 && next < 0xc0) {
        i = space;
        continue;
      }
    }
    out[length++] = byte;
  }
  return length === source.length ? source : out.subarray(0, length);
}

function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  for (const piece of linesOf(bytes)) {
    if (!isUtf8(piece)) return at;
    at += piece.length;
  }
  return at;
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end + 1;
    yield bytes.subarray(from, to);
    from = to;
  }
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line++;
  return line;
}

/** The text of UTF-8 bytes. Of a long one by way of UTF-16, which takes a quarter of the time that `toString` needs. */
export function utf8Text(bytes: Buffer): string {
  if (bytes.length <= maxRemembered || !isUtf8(bytes)) return bytes.toString('utf8');
  return transcode(bytes, 'utf8', 'utf16le').toString('utf16le');
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/**
 * The bytes as a string of the same length, one character per byte. Reading an object asks for the same one several
 * times, one step after the other, so the last one is remembered, a long one only until somebody needs the room; bytes are
 * never changed in place here.
 */
export function latin1(bytes: Uint8Array): string {
  const known = bytes.length <= maxRemembered ? last : lastLong?.deref();
  if (known?.bytes === bytes) return known.text;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (bytes.length <= maxRemembered) last = { bytes, text };
  else lastLong = new WeakRef({ bytes, text });
  return text;
}

interface Remembered {
  readonly bytes: Uint8Array;
  readonly text: string;
}

let last: Remembered | undefined;
let lastLong: WeakRef<Remembered> | undefined;
const maxRemembered: number = 64 * 1024;
