/**
 * Files that somebody has laid out for people to read: an import reads them as they were before.
 *
 * Templates in programs indent lines, as if all of them were folded (RFC 5545 §3.1); copies out of pages and letters have blanks
 * of other kinds, marks that nobody sees, and an empty line behind each line, before what is folded too.
 */
import { latin1 } from '../charset.ts';
import { joined, type Steps } from '../steps.ts';

/** Takes some milliseconds where something has to change. */
const pieceBytes: number = 128 * 1024;
/** A piece longer than this has a line that can belong to no event, so nobody has laid it out. */
const maxPieceBytes: number = 1024 * 1024;
/** A file that is indented is so from the beginning: this much of it is checked. */
const lookedAtBytes: number = 64 * 1024;

export interface LaidOut {
  /** The bytes with the same number of physical lines; the given array itself if nothing had to change. */
  readonly bytes: Uint8Array;
  /** Whether lines were indented that are not folded. */
  readonly isIndented: boolean;
}

/** In steps of some milliseconds; time: linear. */
export function* plainLayoutSteps(source: Uint8Array): Steps<LaidOut> {
  const isIndented = indented.test(visible(latin1(source.subarray(0, lookedAtBytes))));
  const layout = isIndented ? new Layout() : undefined;
  const pieces: Uint8Array[] = [];
  let isChanged = false;
  for (let from = 0; from < source.length; ) {
    const to = pieceEnd(source, from + pieceBytes);
    const piece = source.subarray(from, to);
    const isLooked = piece.length <= maxPieceBytes && (layout !== undefined || isHinted(piece));
    pieces.push(isLooked ? Buffer.from(unbroken(plain(piece, layout)), 'latin1') : piece);
    isChanged ||= isLooked;
    from = to;
    yield;
  }
  return { bytes: isChanged ? yield* joined(pieces) : source, isIndented };
}

function plain(piece: Uint8Array, layout: Layout | undefined): string {
  const text = visible(latin1(piece));
  return layout ? layout.plain(text) : text;
}

/** The end of a physical line at or behind `from`, if possible one before a line that is neither empty nor indented. */
function pieceEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(lineFeed, from);
  for (let passed = 0; passed < 64 && at >= 0 && (bytes[at + 1] ?? 0) <= space; passed++)
    at = bytes.indexOf(lineFeed, at + 1);
  return at < 0 ? bytes.length : at + 1;
}

const lineFeed = 0x0a;
const space = 0x20;

function isHinted(piece: Uint8Array): boolean {
  const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  return hints.some((hint) => buffer.includes(hint));
}

/** A line after the BEGIN of a component cannot be a folded one: if it is indented, that is layout. */
const indented = /^[ \t]*BEGIN:[A-Z-]+[ \t]*\r{0,2}\n[ \t]+[A-Z][A-Z0-9-]*[;:]/im;

/** In one character for each byte: what the two expressions below begin with. */
const hints: readonly Buffer[] = [
  '\n\n ',
  '\n\n\t',
  '\n\r\n ',
  '\n\r\n\t',
  '\n\r ',
  '\n\r\t',
  '\n\xe2\x80',
  '\n\xc2\xa0',
].map((hint) => Buffer.from(hint, 'latin1'));

/** Without marks of direction and joining at the beginning of lines, and with blanks for the blanks there that do not break. */
function visible(text: string): string {
  return text.replace(hidden, (marks) => marks.replaceAll('\xc2\xa0', ' ').replace(marksOnly, ''));
}

const hidden = /(?<=\n)(?:\xe2\x80[\x8b-\x8f\xaa-\xae]|\xc2\xa0){1,64}/g;
const marksOnly = /\xe2\x80[\x8b-\x8f\xaa-\xae]/g;

/** With a fold in place of the empty line before what is folded. */
function unbroken(text: string): string {
  return text.replace(brokenFold, ' $1');
}

const brokenFold = /(?<=[^\r\n]\r{0,2}\n)(\r{0,2}\n|\r)(?=[ \t]+(?!BEGIN:|END:)[^\s])/gi;

/** Takes the blanks off lines that are indented as the first line of their component is. */
class Layout {
  private indent = 0;
  private isBehindMark = false;

  /** `text`: whole physical lines. */
  plain(text: string): string {
    return text
      .split('\n')
      .map((line) => this.line(line))
      .join('\n');
  }

  private line(line: string): string {
    const width = line.search(/[^ \t]|$/);
    const rest = line.slice(width);
    if (rest.trim() === '') return line;
    if (width === 0 || mark.test(rest)) {
      this.isBehindMark = mark.test(rest);
      // If two files were joined, the second may be indented differently or not at all.
      if (width === 0) this.indent = 0;
      return rest;
    }
    if (this.isBehindMark) {
      this.isBehindMark = false;
      this.indent = width;
      return rest;
    }
    if (width === this.indent) return property.test(rest) ? rest : ` ${rest}`;
    return width > this.indent ? line.slice(this.indent) : line;
  }
}

const mark = /^(?:BEGIN|END):[A-Z-]+\s*$/i;
/** Names are written large by all who write them one under the other; what is folded may have a colon, too. */
const property = /^[A-Z][A-Z0-9-]*[;:]/;
