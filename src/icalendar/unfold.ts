/** Content lines that are folded very often (RFC 5545 §3.1). */

/** The rest of a line after a fold. */
export interface Unfolded {
  /** One character for each byte. */
  readonly text: string;
  /** Where the next content line begins. */
  readonly after: number;
  /** Physical lines that were passed. */
  readonly lineCount: number;
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/**
 * The rest of a content line whose fold is at `from`, byte by byte: half a million pieces, of which each has a character or
 * two, would take ten times as long to be cut out and joined. Line ends are those of `LineScanner`.
 *
 * `source` has one character for each byte and ends at `limit`; at most `maxLines` physical lines are read.
 */
export function unfolded(source: string, from: number, limit: number, maxLines: number): Unfolded {
  let bytes = Buffer.allocUnsafeSlow(firstBytes);
  let length = 0;
  let lineCount = 0;
  let at = from;
  while (lineCount < maxLines && at < limit && isBlank(source.charCodeAt(at))) {
    at++;
    for (; at < limit; at++) {
      const code = source.charCodeAt(at);
      if (code === lineFeed || code === carriageReturn) break;
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
      bytes[length++] = code;
    }
    at = Math.min(behindLineEnd(source, at), limit);
    lineCount++;
  }
  return { text: bytes.toString('latin1', 0, length), after: at, lineCount };
}

/** Room that most such lines take. */
const firstBytes = 4 * 1024;

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

function behindLineEnd(source: string, at: number): number {
  if (source.charCodeAt(at) !== carriageReturn) return at + 1;
  const last = source.charCodeAt(at + 1) === carriageReturn ? at + 1 : at;
  return source.charCodeAt(last + 1) === lineFeed ? last + 2 : at + 1;
}
