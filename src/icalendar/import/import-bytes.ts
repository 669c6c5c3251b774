/** Large files in steps: what charset.ts does for a text at once, piece by piece, so that a caller can pause in between. */
import { normalise, utf16Of } from '../charset.ts';
import type { Finding } from '../finding.ts';

/** Takes about a millisecond. */
const pieceBytes = 512 * 1024;
const lineFeed = 0x0a;

/**
 * `normalise` in forgiving mode, in steps. The encoding of a piece is told from that piece, so that a file that somebody
 * joined from two encodings is read; of each kind of finding the first is reported.
 */
export function* normaliseSteps(
  source: Uint8Array,
): Generator<void, { readonly bytes: Uint8Array; readonly findings: readonly Finding[] }> {
  // In UTF-16 a byte that looks like a line feed may be half of a character.
  if (source.length <= pieceBytes || utf16Of(source)) return normalise(source, 'forgiving');
  const pieces: Uint8Array[] = [];
  const findings = new Map<Finding['code'], Finding>();
  let lines = 0;
  let isChanged = false;
  for (let from = 0; from < source.length; ) {
    const to = logicalEnd(source, from + pieceBytes, maxOverhangBytes);
    const piece = source.subarray(from, to);
    const result = normalise(piece, 'forgiving');
    for (const finding of result.findings) {
      if (!findings.has(finding.code)) findings.set(finding.code, shifted(finding, lines));
    }
    isChanged ||= result.bytes !== piece;
    pieces.push(result.bytes);
    lines += lineCount(piece);
    from = to;
    yield;
  }
  return { bytes: isChanged ? Buffer.concat(pieces) : source, findings: [...findings.values()] };
}

/** What is folded stays together, but for what is longer than any text. */
const maxOverhangBytes = 1024 * 1024;

/**
 * The end of a logical line at or behind `from`, so that what is folded stays together; where there is none within
 * `overhang` bytes, that of a physical line behind them.
 */
export function logicalEnd(bytes: Uint8Array, from: number, overhang: number): number {
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const next = bytes[at + 1];
    if ((next !== 0x20 && next !== 0x09) || at - from > overhang) return at + 1;
  }
  return bytes.length;
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
