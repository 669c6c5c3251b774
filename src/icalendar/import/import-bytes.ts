/** Large files in steps: what charset.ts does for a text at once, piece by piece, so that a caller can pause in between. */
import { type Normalised, normalise, normalising, utf16Finding, utf16Of } from '../charset.ts';
import type { Finding } from '../finding.ts';
import { joined, type Steps } from '../steps.ts';

/** Normalising a piece of this size takes about a millisecond. */
const pieceBytes = 512 * 1024;
const lineFeed = 0x0a;

/**
 * `normalise` in forgiving mode, in steps. The encoding of a piece is told from that piece, so that a file that somebody
 * joined from two encodings is read; of each kind of finding the first is reported.
 */
export function* normaliseSteps(source: Uint8Array): Steps<Normalised> {
  if (source.length <= pieceBytes) return normalise(source, 'forgiving');
  const charset = utf16Of(source);
  if (charset === undefined) return yield* pieceSteps(source);
  const { bytes, findings } = yield* pieceSteps(yield* decodedSteps(source, charset));
  return { bytes, findings: [utf16Finding('forgiving'), ...findings] };
}

/** UTF-16 is turned into UTF-8 first of all: a byte of it that looks like a line feed may be half of a character. */
function* decodedSteps(source: Uint8Array, charset: string): Steps<Uint8Array> {
  const decoder = new TextDecoder(charset);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < source.length; from += pieceBytes) {
    const to = from + pieceBytes;
    const text = decoder.decode(source.subarray(from, to), { stream: to < source.length });
    pieces.push(Buffer.from(text, 'utf8'));
    yield;
  }
  return yield* joined(pieces);
}

function* pieceSteps(source: Uint8Array): Steps<Normalised> {
  const pieces: Uint8Array[] = [];
  const findings = new Map<Finding['code'], Finding>();
  let lines = 0;
  let isChanged = false;
  for (let from = 0; from < source.length; ) {
    const to = pieceEnd(source, from);
    const piece = source.subarray(from, to);
    const result = yield* normalising(piece, 'forgiving', from === 0);
    for (const finding of result.findings) {
      if (!findings.has(finding.code)) findings.set(finding.code, shifted(finding, lines));
    }
    isChanged ||= result.bytes !== piece;
    pieces.push(result.bytes);
    lines += lineCount(piece);
    from = to;
    yield;
  }
  return { bytes: isChanged ? yield* joined(pieces) : source, findings: [...findings.values()] };
}

/** Longer lines belong to no object that could be stored: they are cut, so that a file of one line is read in steps, too. */
const maxLineBytes: number = 8 * 1024 * 1024;

function pieceEnd(bytes: Uint8Array, from: number): number {
  const to = logicalEnd(bytes, from + pieceBytes, maxOverhangBytes);
  if (to - from <= maxLineBytes) return to;
  // Between two ASCII characters, neither of them a blank, which would be taken for what stands before the first line.
  let at = from + maxLineBytes;
  while (at < to && !(isVisible(bytes[at]) && isVisible(bytes[at - 1]))) at++;
  return at;
}

function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f;
}

/** How far a piece is extended to keep a folded line together. A longer one (a picture, say) continues in the next piece. */
const maxOverhangBytes = 1024 * 1024;

/**
 * The end of a logical line at or behind `from`, so that what is folded stays together; where there is none within
 * `overhang` bytes, that of a physical line behind them, which ends with a whole character.
 */
export function logicalEnd(bytes: Uint8Array, from: number, overhang: number): number {
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0x20 && next !== 0x09) return at + 1;
    if (at - from > overhang && !isInCharacter(bytes[at + 2])) return at + 1;
  }
  return bytes.length;
}

/** Whether a byte is a UTF-8 continuation byte. */
function isInCharacter(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}

function shifted(finding: Finding, lines: number): Finding {
  const { line } = finding;
  if (line === undefined || lines === 0) return finding;
  const message = finding.message.replace(/^line \d+/, `line ${line + lines}`);
  return { ...finding, line: line + lines, message };
}

function lineCount(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}
