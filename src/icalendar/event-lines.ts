/**
 * The few lines of a single event that say when it is and what a calendar's grid shows of it, found without a tree.
 *
 * A tree of an event is twenty times as large as what is wanted of it, and a month of many calendars has thousands of
 * them. So its lines are passed over once, and only those that are asked for are read. Whatever does not have its usual
 * form (a series, lines without CRLF, folded names, components that nobody expects, characters that the parser drops) is
 * left to the parser, whose rules are the only ones: what is read here is what its tree would say.
 */
import type { Property } from './component.ts';
import { BrokenLine, decode, readLine } from './scan.ts';

/** What reading a value needs of its line. */
export type Line = Pick<Property, 'rawValue' | 'param'>;

/** What reading a component needs if it has at most one property of each name. */
export interface Lines {
  readonly first: (name: string) => Line | undefined;
}

/** A single event with the lines that were read. */
export interface EventLines extends Lines {
  readonly hasAlarm: boolean;
}

/** Names of the lines that can be asked for. */
const told = [
  'DTSTART',
  'DTEND',
  'DURATION',
  'SUMMARY',
  'LOCATION',
  'TRANSP',
  'STATUS',
  'CLASS',
  'ATTENDEE',
] as const;

/** Properties that make a series, or change one. */
const ofSeries = ['RRULE', 'RDATE', 'RECURRENCE-ID', 'EXDATE', 'EXRULE'] as const;

const slots: ReadonlyMap<string, number> = new Map(told.map((name, slot) => [name, slot]));
const seriesNames: ReadonlySet<string> = new Set(ofSeries);

/** The first letters of the names that must be looked at. */
const initials: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  [...told, ...ofSeries, 'BEGIN', 'END'].some((name) => name.charCodeAt(0) === code) ? 1 : 0,
);

interface Part {
  readonly begin: string;
  readonly end: string;
  readonly parts: readonly Part[];
}

const partOf = (name: string, parts: readonly Part[] = []): Part => ({
  begin: `BEGIN:${name}\r\n`,
  end: `END:${name}\r\n`,
  parts,
});

const calendarPart: Part = partOf('VCALENDAR');
const eventPart: Part = partOf('VEVENT');
const zonePart: Part = partOf('VTIMEZONE', [partOf('STANDARD'), partOf('DAYLIGHT')]);
const alarmPart: Part = partOf('VALARM');

const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;
const semicolon = 0x3b;
const hyphen = 0x2d;

/** Characters that the parser drops; line ends stand where they belong. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const dropped = /[\0-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]/;

/** Reads the objects of a page, one after the other: what is told of one is good until the next one is read. */
export class EventReader implements EventLines {
  hasAlarm = false;
  private readonly bytes: Buffer;
  private readonly lines: (Line | undefined)[] = told.map(() => undefined);
  /**
   * The object's text, one character for each byte. It is a copy: if it were cut out of the page's text, each part that
   * somebody keeps would keep the whole page.
   */
  private text = '';
  private plain = false;
  private nextReturn = -1;
  /** Where the present line begins and ends, with its folds and its line end. */
  private from = 0;
  private to = 0;
  private folded = false;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The single event in `[from, to)`; `undefined` where it takes the parser to tell. `plain`: see `StoredObject`. */
  read(from: number, to: number, plain: boolean): EventLines | undefined {
    this.text = this.bytes.toString('latin1', from, to);
    if (!this.text.startsWith(calendarPart.begin)) return undefined;
    this.to = calendarPart.begin.length;
    this.plain = plain;
    this.nextReturn = -1;
    this.hasAlarm = false;
    this.lines.fill(undefined);
    return this.calendar() ? this : undefined;
  }

  first(name: string): Line | undefined {
    return this.lines[slots.get(name) ?? -1];
  }

  /** Reads from behind BEGIN:VCALENDAR to the end of the object. */
  private calendar(): boolean {
    let hasEvent = false;
    while (this.advance()) {
      if (this.is(eventPart.begin)) {
        if (hasEvent || !this.event()) return false;
        hasEvent = true;
      } else if (this.is(zonePart.begin)) {
        if (!this.pass(zonePart)) return false;
      } else if (this.is(calendarPart.end)) return hasEvent && this.to === this.text.length;
      else if (this.beginsOrEnds()) return false;
    }
    return false;
  }

  /** Passes over the rest of a component. */
  private pass({ end, parts }: Part): boolean {
    while (this.advance()) {
      if (!this.beginsOrEnds()) continue;
      if (this.is(end)) return true;
      const part = parts.find(({ begin }) => this.is(begin));
      if (!part || !this.pass(part)) return false;
    }
    return false;
  }

  /** Whether the present line is exactly this one, unfolded. */
  private is(line: string): boolean {
    return !this.folded && this.text.startsWith(line, this.from);
  }

  /** Whether the present line may be a BEGIN or an END in any spelling. */
  private beginsOrEnds(): boolean {
    const code = this.text.charCodeAt(this.from);
    return code === 0x42 /* B */ || code === 0x45 /* E */;
  }

  private event(): boolean {
    while (this.advance()) {
      const { text, from } = this;
      if (initials[text.charCodeAt(from)] === 0) continue;
      const nameEnd = this.nameEnd();
      if (nameEnd < 0) return false;
      const name = text.slice(from, nameEnd);
      if (name === 'END') return this.is(eventPart.end);
      if (name === 'BEGIN') {
        if (!this.is(alarmPart.begin) || !this.pass(alarmPart)) return false;
        this.hasAlarm = true;
      } else if (seriesNames.has(name)) return false;
      else if (!this.take(slots.get(name), nameEnd)) return false;
    }
    return false;
  }

  /** Where the name of the present line ends; -1 for one that is not in upper case, or has a fold in it. */
  private nameEnd(): number {
    for (let at = this.from; ; at++) {
      const code = this.text.charCodeAt(at);
      if (code === colon || code === semicolon) return at;
      const isUsual = (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === hyphen;
      if (!isUsual) return -1;
    }
  }

  /** Keeps the present line if it is asked for and is the first of its name. */
  private take(slot: number | undefined, nameEnd: number): boolean {
    if (slot === undefined || this.lines[slot] !== undefined) return true;
    const line = this.line(nameEnd);
    if (line === undefined) return false;
    this.lines[slot] = line;
    return true;
  }

  private line(nameEnd: number): Line | undefined {
    const { text, from, to, folded, plain } = this;
    if (!folded && text.charCodeAt(nameEnd) === colon) {
      const value = text.slice(nameEnd + 1, to - 2);
      return plain || !dropped.test(value) ? new PlainLine(value) : undefined;
    }
    const whole = text.slice(from, to - 2);
    const content = folded ? whole.replaceAll(/\r\n[ \t]/g, '') : whole;
    if (!plain && dropped.test(content)) return undefined;
    const line = readLine(content, 0, content.length, false, 0, 0, content.length);
    return line instanceof BrokenLine ? undefined : line;
  }

  /** The next line; false where it is not in the form in which lines are sent, and behind the last. */
  private advance(): boolean {
    const { text } = this;
    let at = this.to;
    this.from = at;
    this.folded = false;
    for (;;) {
      const lf = text.indexOf('\n', at);
      if (lf <= at || text.charCodeAt(lf - 1) !== carriageReturn) return false;
      // A bare CR also ends a line; `plain` bytes have none.
      if (!this.plain && this.returnFrom(at) !== lf - 1) return false;
      at = lf + 1;
      const next = text.charCodeAt(at);
      if (next !== space && next !== tab) break;
      this.folded = true;
    }
    this.to = at;
    const code = text.charCodeAt(this.from);
    // Blank lines, names in lower case, and what a character that the parser drops stands before.
    return code >= 0x41 && code <= 0x5a;
  }

  private returnFrom(at: number): number {
    if (this.nextReturn < at) this.nextReturn = this.text.indexOf('\r', at);
    return this.nextReturn;
  }
}

/** A line without parameters. */
class PlainLine implements Line {
  private readonly value: string;

  constructor(value: string) {
    this.value = value;
  }

  get rawValue(): string {
    return decode(this.value, false);
  }

  param(): undefined {
    return undefined;
  }
}
