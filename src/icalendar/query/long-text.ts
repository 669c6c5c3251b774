/** Texts of megabytes, folded and searched a part at a time. */
import type { Search } from './collation.ts';

/** Characters of one part: some milliseconds for the slowest folding, which is that of marks in the wrong order. */
export const partLength: number = 4 * 1024;

/** Parts that are searched in one step, which is quicker than to fold them. */
const stepParts = 64;

/** How far back a place is searched where a text may be split. */
const maxBack = 200;

export function isLong(text: string): boolean {
  return text.length > partLength;
}

/** The parts of a long text. No escape is split, nor, in any usual text, a composed character. */
export function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = from + partLength < text.length ? placeBefore(text, from, from + partLength) : text.length;
    yield text.slice(from, end);
    from = end;
  }
}

function placeBefore(text: string, from: number, end: number): number {
  for (let at = end; at > end - maxBack; at--) {
    if (begins(text.charCodeAt(at)) && text.charCodeAt(at - 1) !== backslash) return at;
  }
  let backslashes = 0;
  while (end - backslashes > from && text.charCodeAt(end - backslashes - 1) === backslash) backslashes++;
  return end - (backslashes % 2);
}

const backslash = 0x5c;

/** Whether a character never combines with the one before it. */
function begins(code: number): boolean {
  return code < 0x300 || !joining.test(String.fromCharCode(code));
}

/** Marks, vowels and finals of Hangul, second halves of surrogates. */
const joining = /[\p{M}\u1160-\u11ff\udc00-\udfff]/u;

/** Whether the whole of some folded parts contains a text; asked part by part, since it may begin in one and end in another. */
export function* foundIn(parts: Iterable<string>, search: Search): Generator<undefined, boolean, undefined> {
  let before = '';
  let passed = 0;
  for (const part of parts) {
    const seen = before + part;
    if (search.isIn(seen)) return true;
    before = search.length > 1 ? seen.slice(1 - search.length) : '';
    if (++passed % stepParts === 0) yield;
  }
  return false;
}
