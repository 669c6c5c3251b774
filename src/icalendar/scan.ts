/**
 * Bytes -> content lines (RFC 5545 §3.1), one at a time, with their place in the bytes.
 *
 * The scanner works on a one-byte string, in which a character's index is its byte's offset; text is decoded only when
 * a value is asked for. Unfolding therefore happens before UTF-8 decoding, and U+2028, U+2029 and U+0085 are no line ends.
 */
import { isAscii } from 'node:buffer';
import { latin1, utf8Text } from './charset.ts';
import { maxParameterLength, maxParameterValues, maxPhysicalLines } from './limits.ts';
import { unfolded } from './unfold.ts';

export interface Parameter {
  /** In upper case. */
  readonly name: string;
  /** Without quotes, RFC 6868 decoded. */
  readonly values: readonly string[];
}

/** One property line. Its value and parameters are decoded when asked for. */
export interface Property {
  /** In upper case. */
  readonly name: string;
  /** Unfolded and decoded from UTF-8, but with its backslashes. */
  readonly rawValue: string;
  /** 1-based physical line in the source. */
  readonly line: number;
  /** Byte offsets of the line with its folds and its line end. */
  readonly start: number;
  readonly end: number;
  readonly params: readonly Parameter[];
  /** The whole line, unfolded, without its line end. */
  readonly content: string;
  /** The first value of a parameter; names are case-insensitive. */
  param(name: string): string | undefined;
}

/** A line that is not a content line. */
export class BrokenLine {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly reason: string;
  /** The unfolded text, one character for each byte; empty for a line that is too long to be worth reading. */
  readonly text: string;

  constructor(line: number, start: number, end: number, reason: string, text = '') {
    this.line = line;
    this.start = start;
    this.end = end;
    this.reason = reason;
    this.text = text;
  }

  /** The same line with another text, one character for each byte; `undefined` if that is no content line either. */
  as(text: string): PropertyLine | undefined {
    const read = readLine(text, 0, text.length, false, this.line, this.start, this.end);
    return read instanceof BrokenLine ? undefined : read;
  }
}

const colon = 0x3a;
const semicolon = 0x3b;
const comma = 0x2c;
const quote = 0x22;
const equals = 0x3d;
const carriageReturn = 0x0d;

/**
 * Characters of names. RFC 5545 has letters, digits and the hyphen; underscores, `$` and letters beyond ASCII are seen
 * in the wild and harm nobody. What would end a name or start markup is not taken for one.
 */
export const inName: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code > 0x7f || /[A-Za-z0-9!#$%&'*+.^_`|~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * Reads content lines one after the other. CRLF, LF and CR end a line, and so does the CR CR LF that programs write which
 * take a CRLF for two characters of a text; blank lines are passed over.
 *
 * Time: linear in the bytes, whatever they are.
 */
export class LineScanner {
  /** The number of the physical line last read. */
  lineNumber: number;
  private readonly text: string;
  private readonly ascii: boolean;
  private readonly limit: number;
  private readonly offset: number;
  private readonly frees: boolean;
  private position: number;
  private nextLf = -1;
  private nextCr = -1;
  private contentEnd = 0;

  /**
   * `firstLine` is the number of the line with which `bytes` begin, when they are part of a file; `offset` is their place in
   * it, in which the places of lines are told. With `frees`, a line behind a whole BEGIN or END is one of its own although it is
   * indented: somebody's layout, since nothing is so long that it would be folded there.
   */
  constructor(bytes: Uint8Array, firstLine = 1, offset = 0, frees = false) {
    this.ascii = isAscii(bytes);
    this.text = latin1(bytes);
    this.limit = bytes.length;
    this.offset = offset;
    this.frees = frees;
    this.position = 0;
    this.lineNumber = firstLine - 1;
  }

  /** The next content line, or `undefined` at the end. */
  next(): PropertyLine | BrokenLine | undefined {
    for (let blank = 0; ; blank++) {
      if (this.position >= this.limit) return undefined;
      // A caller that counts lines stops here; others continue after them.
      if (blank > maxPhysicalLines) return this.tooManyBlank();
      let start = this.position;
      if (this.frees) while (this.continues(start)) start++;
      let after = this.passLine(start);
      const contentEnd = this.contentEnd;
      const line = this.lineNumber;
      if (!this.continues(after) || (this.frees && this.isWholeMark(start, contentEnd))) {
        this.position = after;
        if (contentEnd === start) continue;
        return readLine(
          this.text,
          start,
          contentEnd,
          this.ascii,
          line,
          start + this.offset,
          after + this.offset,
        );
      }
      const pieces = [this.text.slice(start, contentEnd)];
      while (this.continues(after)) {
        const from = after + 1;
        after = this.passLine(after);
        if (this.contentEnd > from) pieces.push(this.text.slice(from, this.contentEnd));
        if (pieces.length === manyPieces) {
          const rest = unfolded(this.text, after, this.limit, line + maxPhysicalLines - this.lineNumber);
          pieces.push(rest.text);
          after = rest.after;
          this.lineNumber += rest.lineCount;
        }
        // The rest is read as further lines, which are broken too; a caller that counts lines stops here.
        if (this.lineNumber - line >= maxPhysicalLines) return this.tooOftenFolded(line, start, after);
      }
      this.position = after;
      const joined = pieces.join('');
      if (joined.trim() === '') continue;
      return readLine(joined, 0, joined.length, this.ascii, line, start + this.offset, after + this.offset);
    }
  }

  private tooOftenFolded(line: number, start: number, after: number): BrokenLine {
    this.position = after;
    return new BrokenLine(
      line,
      start + this.offset,
      after + this.offset,
      'is folded more often than anybody reads',
    );
  }

  private tooManyBlank(): BrokenLine {
    const at = this.position + this.offset;
    return new BrokenLine(this.lineNumber, at, at, 'stands behind more blank lines than anybody reads');
  }

  private isWholeMark(from: number, to: number): boolean {
    return to - from <= longestMark && wholeMark.test(this.text.slice(from, to));
  }

  private continues(at: number): boolean {
    if (at >= this.limit) return false;
    const code = this.text.charCodeAt(at);
    return code === 0x20 || code === 0x09;
  }

  /** Finds the end of the physical line at `from`; returns where the next one begins. */
  private passLine(from: number): number {
    this.lineNumber++;
    // The places are remembered, so that a text of CR alone is not searched for LF again at every line.
    if (this.nextLf < from) this.nextLf = found(this.text.indexOf('\n', from), this.limit);
    if (this.nextCr < from) this.nextCr = found(this.text.indexOf('\r', from), this.limit);
    const lf = this.nextLf;
    const cr = this.nextCr;
    if (cr < lf) {
      this.contentEnd = cr;
      const last = this.text.charCodeAt(cr + 1) === carriageReturn ? cr + 1 : cr;
      return last + 1 === lf ? Math.min(lf + 1, this.limit) : cr + 1;
    }
    this.contentEnd = lf;
    return Math.min(lf + 1, this.limit);
  }
}

const wholeMark =
  /^(?:BEGIN|END):(?:VCALENDAR|VEVENT|VTODO|VJOURNAL|VFREEBUSY|VAVAILABILITY|AVAILABLE|VTIMEZONE|STANDARD|DAYLIGHT|VALARM)[ \t]*$/i;
const longestMark = 40;

/** Up to this many pieces of a folded line are cut out one by one. */
const manyPieces = 64;

function found(index: number, otherwise: number): number {
  return index < 0 ? otherwise : index;
}

/** Splits one unfolded line, `text` from `from` to `to`, at the end of its name and at its colon. */
export function readLine(
  text: string,
  from: number,
  to: number,
  ascii: boolean,
  line: number,
  start: number,
  end: number,
): PropertyLine | BrokenLine {
  let at = from;
  const broken = (reason: string): BrokenLine =>
    new BrokenLine(line, start, end, reason, text.slice(from, to));
  while (at < to && inName[text.charCodeAt(at)] === 1) at++;
  const nameEnd = at;
  const code = at < to ? text.charCodeAt(at) : 0;
  if (nameEnd === from || (code !== colon && code !== semicolon)) {
    return broken(at < to ? 'does not begin with a property name' : 'has no colon');
  }
  while (at < to && text.charCodeAt(at) === semicolon) {
    const next = passParameter(text, at + 1, to);
    if (next < 0) return broken('has a parameter without a value');
    at = next;
  }
  if (at >= to) return broken('has no colon');
  if (at - nameEnd > maxParameterValues && hasTooManyParameters(text, nameEnd, at))
    return new BrokenLine(line, start, end, 'has more parameters than anybody reads');
  return new PropertyLine(text, from, nameEnd, at, to, ascii, line, start, end);
}

/** Whether the parameters between two places are more, or longer, than is read. */
function hasTooManyParameters(text: string, from: number, to: number): boolean {
  if (to - from > maxParameterLength) return true;
  let values = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const close = text.indexOf('"', at + 1);
      if (close > 0 && close < to) at = close;
    } else if (code === semicolon || code === comma) values++;
  }
  return values > maxParameterValues;
}

/** The end of the parameter that begins at `at`: the index of the `;` or `:` after it, `to` if there is none, -1 without `=`. */
function passParameter(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && inName[text.charCodeAt(at)] === 1) at++;
  if (at === from || at >= to || text.charCodeAt(at) !== equals) return -1;
  // Outlook writes TZID=tzone://Microsoft/Custom without quotes, others TZID=(UTC+02:00) Helsinki. No date begins so.
  const zone = at - from === 4 && text.slice(from, at).toUpperCase() === 'TZID';
  let valueStart = true;
  for (at++; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === quote && valueStart) {
      at = text.indexOf('"', at + 1);
      if (at < 0 || at >= to) return to;
    } else if (code === semicolon || (code === colon && !(zone && isInZoneName(text, at)))) return at;
    // A quotation mark inside an unquoted value is against the grammar, and is seen. It quotes nothing.
    valueStart = code === comma;
  }
  return to;
}

/** Whether the colon at `at`, in a TZID without quotes, belongs to a URL or to the offset in a name. */
export function isInZoneName(text: string, at: number): boolean {
  return text.startsWith('//', at + 1) || /^\d\d\D/.test(text.slice(at + 1, at + 4));
}

/** A content line over the scanner's text. */
export class PropertyLine implements Property {
  readonly name: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  private readonly text: string;
  private readonly from: number;
  private readonly nameEnd: number;
  private readonly colonAt: number;
  private readonly limit: number;
  private readonly ascii: boolean;
  private value: string | undefined;
  private parameters: readonly Parameter[] | undefined;

  constructor(
    text: string,
    from: number,
    nameEnd: number,
    colonAt: number,
    limit: number,
    ascii: boolean,
    line: number,
    start: number,
    end: number,
  ) {
    this.text = text;
    this.from = from;
    this.nameEnd = nameEnd;
    this.colonAt = colonAt;
    this.limit = limit;
    this.ascii = ascii;
    this.line = line;
    this.start = start;
    this.end = end;
    this.name = decode(text.slice(from, nameEnd), ascii).toUpperCase();
  }

  get rawValue(): string {
    return (this.value ??= decode(this.text.slice(this.colonAt + 1, this.limit), this.ascii));
  }

  get content(): string {
    return decode(this.text.slice(this.from, this.limit), this.ascii);
  }

  get params(): readonly Parameter[] {
    if (this.nameEnd === this.colonAt) return noParameters;
    return (this.parameters ??= readParameters(
      decode(this.text.slice(this.nameEnd, this.colonAt), this.ascii),
    ));
  }

  param(name: string): string | undefined {
    if (this.nameEnd === this.colonAt) return undefined;
    const wanted = name.toUpperCase();
    for (const { name: found, values } of this.params)
      if (found === wanted) return found === 'TZID' ? zoneName(values) : values[0];
    return undefined;
  }
}

/**
 * `TZID=(UTC+01:00) Amsterdam, Berlin` is one name, though nobody quoted it; and some write the backslashes of the
 * VTIMEZONE's TZID, which is a text, in the parameter.
 */
function zoneName(values: readonly string[]): string | undefined {
  const name = values.length > 1 ? values.join(',') : values[0];
  return name?.includes('\\') ? name.replace(/\\([,;])/g, '$1') : name;
}

const noParameters: readonly Parameter[] = [];
const beyondAscii = /[\x80-\xff]/;

/** Text of one character for each byte; `ascii`: known to be. */
export function decode(text: string, ascii: boolean): string {
  return ascii || !beyondAscii.test(text) ? text : utf8Text(Buffer.from(text, 'latin1'));
}

/** Reads `;NAME=value,"value";...`, which `passParameter` has found to be well formed. */
function readParameters(text: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (let at = 0; at < text.length; ) {
    const nameEnd = text.indexOf('=', at);
    const name = text.slice(at + 1, nameEnd).toUpperCase();
    const values: string[] = [];
    at = nameEnd;
    do {
      at++;
      let end: number;
      if (text.charCodeAt(at) === quote) {
        const close = text.indexOf('"', at + 1);
        end = close + 1;
        // What follows a closing quote directly is against the grammar; it is kept as part of the value.
        const from = at + 1;
        while (end < text.length && !endsValue(text.charCodeAt(end))) end++;
        values.push(decodeCarets(text.slice(from, close) + text.slice(close + 1, end)));
      } else {
        end = at;
        while (end < text.length && !endsValue(text.charCodeAt(end))) end++;
        values.push(decodeCarets(text.slice(at, end)));
      }
      at = end;
    } while (text.charCodeAt(at) === comma);
    parameters.push({ name, values });
  }
  return parameters;
}

function endsValue(code: number): boolean {
  return code === comma || code === semicolon;
}

/** RFC 6868 §3.2. An unknown pair stays as it is. */
function decodeCarets(text: string): string {
  if (!text.includes('^')) return text;
  return text.replace(/\^[n^']/g, (pair) => (pair === '^n' ? '\n' : pair === "^'" ? '"' : '^'));
}
