/** Texts in the quoted-printable form of vCalendar 1.0, which files of version 2.0 still have: an import reads them. */
import { latin1, normalise } from '../charset.ts';
import { joined, type Steps, stepBytes } from '../steps.ts';
import { UnitWriter } from '../unit-writer.ts';
import { logicalEnd } from './import-bytes.ts';

const pieceBytes: number = 512 * 1024;
/** How far a piece is extended to keep a value together; no text is longer. */
const maxOverhangBytes: number = 1024 * 1024;

/**
 * The bytes with all such texts in the form of RFC 5545 §3.3.11, in as many physical lines as before; the given array itself
 * when there are none. In steps of some milliseconds; time: linear.
 */
export function* plainSteps(source: Uint8Array): Generator<void, Uint8Array> {
  const pieces: Uint8Array[] = [];
  let isChanged = false;
  for (let from = 0; from < source.length; ) {
    const to = pieceEnd(source, from);
    const piece = source.subarray(from, to);
    const plain = isMentioned(piece) ? yield* plainPiece(piece) : piece;
    isChanged ||= plain !== piece;
    pieces.push(plain);
    from = to;
    yield;
  }
  return isChanged ? yield* joined(pieces) : source;
}

/** A piece is longer than that by a line that belongs to no object that could be stored: only its beginning is looked at. */
const mentionBytes: number = 8 * 1024 * 1024;

function isMentioned(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, mentionBytes));
  return spellings.some((spelling) => buffer.includes(spelling));
}

const spellings: readonly string[] = ['QUOTED-PRINTABLE', 'quoted-printable', 'Quoted-Printable'];

/** The end of a line that no `=` joins with the next one. */
function pieceEnd(bytes: Uint8Array, from: number): number {
  let to = logicalEnd(bytes, from + pieceBytes, maxOverhangBytes);
  while (to < bytes.length && isSoft(bytes, to) && to - from < pieceBytes + maxOverhangBytes)
    to = logicalEnd(bytes, to, maxOverhangBytes);
  return to;
}

function isSoft(bytes: Uint8Array, lineEnd: number): boolean {
  const before = bytes[lineEnd - 2] === carriageReturn ? lineEnd - 3 : lineEnd - 2;
  return bytes[before] === equals;
}

const carriageReturn = 0x0d;
const equals = 0x3d;

function* plainPiece(piece: Uint8Array): Steps<Uint8Array> {
  const text = latin1(piece);
  let plain = '';
  let copied = 0;
  encoded.lastIndex = 0;
  for (let match = encoded.exec(text); match; match = encoded.exec(text)) {
    const [head = '', name = '', params = ''] = match;
    const value = yield* valueFrom(text, match.index + head.length);
    const isLong = value.end - match.index > stepBytes;
    if (isLong) yield;
    const utf8 = decoded(value.text, charsetOf(params));
    if (isLong) yield;
    plain += text.slice(copied, match.index) + lineOf(name, params, value, utf8);
    copied = value.end;
    encoded.lastIndex = copied;
  }
  return copied === 0 ? piece : Buffer.from(plain + text.slice(copied), 'latin1');
}

/** Name and parameters of a line that is written so; it may be folded between two parameters. */
const encoded =
  /^([\w-]{1,100})((?:;(?:\r?\n[ \t])?(?!(?:ENCODING=)?QUOTED-PRINTABLE[;:])[\w-]{1,40}(?:=(?:"[^"\r\n]{0,200}"|[^";:\r\n]{0,200}))?){0,10};(?:\r?\n[ \t])?(?:ENCODING=)?QUOTED-PRINTABLE(?:;(?:\r?\n[ \t])?[\w-]{1,40}(?:=(?:"[^"\r\n]{0,200}"|[^";:\r\n]{0,200}))?){0,10}):/gim;

interface Value {
  /** The value without line ends, still quoted-printable. */
  readonly text: string;
  /** Where the value ends, before the line end. */
  readonly end: number;
  readonly lineEnds: number;
}

/** The value that begins at `from`: a `=` at the end of a line joins the next one, and so does the blank of a fold. */
function* valueFrom(text: string, from: number): Steps<Value> {
  const pieces: string[] = [];
  let lineEnds = 0;
  for (let at = from; ; lineEnds++) {
    if (lineEnds % stepLines === stepLines - 1) yield;
    physicalLine.lastIndex = at;
    const [whole = '', line = ''] = physicalLine.exec(text) ?? [];
    const [end, next] = [at + line.length, at + whole.length];
    const isSoft = line.endsWith('=');
    const isFolded = text[next] === ' ' || text[next] === '\t';
    pieces.push(isSoft ? line.slice(0, -1) : line);
    if (next === text.length || !(isSoft || isFolded) || /^(?:BEGIN|END):/i.test(text.slice(next, next + 6)))
      return { text: pieces.join(''), end, lineEnds };
    at = isSoft ? next : next + 1;
  }
}

/** Physical lines of one step: some milliseconds. */
const stepLines = 20_000;

/** With its line end: CRLF, LF or CR, and the CR CR LF that programs write. */
const physicalLine = /([^\r\n]*)(?:\r{0,2}\n|\r)?/y;

/** The content line, with a fold for each line end that there was: so lines keep their numbers. */
function lineOf(name: string, params: string, { lineEnds }: Value, utf8: string): string {
  const kept = params
    .replace(/;?\r?\n[ \t]/g, ';')
    .replace(/;(?:ENCODING=)?QUOTED-PRINTABLE|;CHARSET=[^;]*/gi, '');
  const folds = '\r\n '.repeat(lineEnds + (params.match(/\n/g)?.length ?? 0));
  return `${name}${kept}:${escaped(name, utf8)}${folds}`;
}

function charsetOf(params: string): string | undefined {
  return /;CHARSET=([\w-]+)/i.exec(params)?.[1];
}

/** One character for each byte of UTF-8. */
function decoded(quoted: string, charset: string | undefined): string {
  const bytes = unquoted(quoted);
  const decoder = charset === undefined ? undefined : decoderOf(charset);
  const utf8 = decoder ? Buffer.from(decoder.decode(bytes), 'utf8') : normalise(bytes, 'forgiving').bytes;
  return latin1(utf8);
}

/** The bytes that `=41` and the like stand for. A text may consist of nothing else, so none is looked for by an expression. */
function unquoted(quoted: string): Buffer {
  const out = Buffer.allocUnsafe(quoted.length);
  let length = 0;
  for (let at = 0; at < quoted.length; at++) {
    const code = quoted.charCodeAt(at);
    const byte = code === equals ? 16 * hexDigit(quoted, at + 1) + hexDigit(quoted, at + 2) : Number.NaN;
    if (!Number.isNaN(byte)) at += 2;
    out[length++] = Number.isNaN(byte) ? code : byte;
  }
  return out.subarray(0, length);
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : Number.NaN;
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  // A declared UTF-8 is checked like an undeclared charset: some programs declare it and use another.
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return undefined;
  try {
    return new TextDecoder(charset);
  } catch {
    // An unknown charset counts as none.
    return undefined;
  }
}

const texts: ReadonlySet<string> = new Set(['SUMMARY', 'DESCRIPTION', 'LOCATION', 'COMMENT', 'CONTACT']);

/** Line ends as `\n`, and in texts what is not escaped yet; control characters that were quoted go. */
function escaped(name: string, text: string): string {
  if (!special.test(text)) return text;
  const lines = new UnitWriter(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === carriageReturn || code === lineFeed) {
      if (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++;
      lines.push(backslash);
      lines.push(0x6e /* n */);
    } else if (code >= 0x20 || code === tab) lines.push(code);
  }
  return texts.has(name.toUpperCase()) ? withEscapes(lines.text()) : lines.text();
}

function withEscapes(text: string): string {
  const out = new UnitWriter(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3b /* ; */ || code === 0x2c /* , */) out.push(backslash);
    out.push(code);
    // An escape that is there already is kept.
    if (code === backslash && at + 1 < text.length) out.push(text.charCodeAt(++at));
  }
  return out.text();
}

// oxlint-disable-next-line no-control-regex -- control characters are among what is taken out
const special = /[\0-\x08\x0a-\x1f\\;,]/;
const lineFeed = 0x0a;
const tab = 0x09;
const backslash = 0x5c;
