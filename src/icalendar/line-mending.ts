/** Content lines whose parameters are none, as an import reads them: what can be told of the line is kept. */
import { maxParameterLength } from './limits.ts';
import { type BrokenLine, inName, isInZoneName, type PropertyLine } from './scan.ts';

export interface MendedLine {
  readonly line: PropertyLine;
  /** What was done, for people. */
  readonly message: string;
}

/**
 * The line without the parameters that have no value, and with the quotes closed that were left open; `undefined` for what
 * has no name or no colon even so. Always the same for the same line. Time: linear.
 */
export function mendedLine(broken: BrokenLine): MendedLine | undefined {
  const mending = new Mending(broken.text);
  const text = mending.text();
  const line = text === undefined ? undefined : broken.as(text);
  if (!line) return undefined;
  return { line, message: `line ${broken.line} was mended: ${mending.done || 'it has blanks in its name'}` };
}

const colon = 0x3a;
const semicolon = 0x3b;
const quote = 0x22;

/** vCalendar 1.0 wrote the value of ENCODING without its name. */
const bareEncodings: ReadonlySet<string> = new Set(['QUOTED-PRINTABLE', 'BASE64', '8BIT']);

class Mending {
  /** The first thing that was done to the parameters. */
  done = '';
  private readonly source: string;
  private at = 0;
  private out = '';

  constructor(source: string) {
    this.source = source;
  }

  text(): string | undefined {
    this.out = this.name();
    if (this.out === '') return undefined;
    this.passBlanks();
    while (this.source.charCodeAt(this.at) === semicolon) {
      // A line with longer parameters is not read anyway.
      if (this.at > maxParameterLength) return undefined;
      this.at++;
      this.parameter();
    }
    if (this.source.charCodeAt(this.at) !== colon) return undefined;
    return `${this.out}${this.source.slice(this.at)}`;
  }

  private name(): string {
    const { source } = this;
    const from = this.at;
    while (this.at < source.length && inName[source.charCodeAt(this.at)] === 1) this.at++;
    return source.slice(from, this.at);
  }

  private passBlanks(): void {
    while (this.source[this.at] === ' ' || this.source[this.at] === '\t') this.at++;
  }

  private parameter(): void {
    this.passBlanks();
    const name = this.name();
    this.passBlanks();
    if (name !== '' && this.source[this.at] === '=') {
      this.at++;
      this.out += `;${name}=`;
      this.values(name);
      return;
    }
    while (this.at < this.source.length && !this.isAtEnd('')) this.at++;
    if (bareEncodings.has(name.toUpperCase())) this.out += `;ENCODING=${name}`;
    else this.done ||= `its parameter ${name === '' ? 'without a name' : name.slice(0, 40)} has no value`;
  }

  private values(name: string): void {
    const { source } = this;
    const from = this.at;
    for (let isStart = true; this.at < source.length && !this.isAtEnd(name); this.at++) {
      if (isStart && source.charCodeAt(this.at) === quote) {
        const close = source.indexOf('"', this.at + 1);
        if (close < 0 || !/^[;:,]/.test(source.slice(close + 1, close + 2))) {
          this.closeQuote(from, close < 0 ? source.length : close, name);
          return;
        }
        this.at = close;
      }
      isStart = source[this.at] === ',';
    }
    this.out += source.slice(from, this.at);
  }

  private closeQuote(from: number, to: number, name: string): void {
    this.at = openEnd(this.source, this.at + 1, to, name);
    this.out += `${this.source.slice(from, this.at)}"`;
    this.done ||= `the quote in its parameter ${name.slice(0, 40)} was left open`;
    while (this.at < this.source.length && !this.isAtEnd(name)) this.at++;
  }

  private isAtEnd(parameter: string): boolean {
    const code = this.source.charCodeAt(this.at);
    if (code === semicolon) return true;
    return code === colon && !(/^tzid$/i.test(parameter) && isInZoneName(this.source, this.at));
  }
}

/**
 * Where a quoted text ends if its quote was never closed: before the next parameter, before an address, or else before
 * the first colon.
 */
function openEnd(source: string, from: number, to: number, name: string): number {
  const text = source.slice(from, to);
  const address = text.search(/:(?:mailto|https?|urn|invalid):/i);
  let end = address < 0 ? text.indexOf(':') : address;
  while (end >= 0 && /^tzid$/i.test(name) && isInZoneName(text, end)) end = text.indexOf(':', end + 1);
  const parameter = text.search(/;[A-Za-z][A-Za-z0-9-]*=/);
  if (parameter >= 0 && (end < 0 || parameter < end)) end = parameter;
  return end < 0 ? to : from + end;
}
