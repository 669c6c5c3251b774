/** The first look at an imported file: where each component lies, and what is said of the calendar as a whole. */
import { type Finding, shortened } from '../finding.ts';
import { maxDepth, maxFindings } from '../limits.ts';
import { mendedLine } from '../line-mending.ts';
import { isObjectKind } from '../object.ts';
import { BrokenLine, LineScanner, type PropertyLine } from '../scan.ts';
import { Stride } from '../steps.ts';
import { decodeText, parseDuration } from '../value.ts';
import { tzidOfText } from '../zone-tzid.ts';
import { logicalEnd } from './import-bytes.ts';

/** What the file says about the calendar as a whole. */
export interface ImportedCalendar {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly timezone: string | undefined;
  readonly color: string | undefined;
  /** How often the publisher wants to be asked; a malformed wish is no wish. */
  readonly refreshMs: number | undefined;
}

/** Where a component lies. */
export interface Place {
  readonly name: string;
  readonly start: number;
  end: number;
  readonly line: number;
  /** The last physical line of it. */
  lastLine: number;
  uid: string;
}

export interface Outline {
  readonly calendar: ImportedCalendar;
  readonly calendarCount: number;
  readonly complete: boolean;
  readonly places: readonly Place[];
  readonly zones: ReadonlyMap<string, Place>;
}

export function note(findings: Finding[], code: Finding['code'], line: number, message: string): void {
  if (findings.length < maxFindings) findings.push({ code, line, message, fatal: false });
}

/** Lines of one step. */
const stepLines = 2_000;

/** A scanner holds all its bytes as text: of a large file it gets a piece at a time. */
const pieceBytes = 256 * 1024;

/**
 * The end of a logical line is looked for so far behind the end of a piece. What is folded beyond that is cut in two, and
 * the second half is a broken line: no harm, since nothing that is looked for here is that long.
 */
const maxOverhangBytes = 256 * 1024;

/** The children of each VCALENDAR, and the properties of the first one; in steps of a millisecond or two. */
export function* outlineSteps(bytes: Uint8Array, findings: Finding[]): Generator<void, Outline> {
  const reader = new OutlineReader(findings);
  let lastLine = 0;
  const stride = new Stride(stepLines);
  for (let from = 0; from < bytes.length; ) {
    const to = logicalEnd(bytes, from + pieceBytes, maxOverhangBytes);
    const scanner = new LineScanner(bytes.subarray(from, to), lastLine + 1, from, true);
    for (let line = scanner.next(); line; line = scanner.next()) {
      reader.take(line, scanner.lineNumber);
      if (stride.isOver(line.end - line.start)) yield;
    }
    lastLine = scanner.lineNumber;
    from = to;
    yield;
  }
  reader.finish(bytes.length, lastLine);
  return reader;
}

class OutlineReader implements Outline {
  calendarCount = 0;
  complete = true;
  readonly places: Place[] = [];
  readonly zones = new Map<string, Place>();
  private readonly findings: Finding[];
  private readonly properties = new Map<string, string>();
  /** Names of the open components; the first is VCALENDAR or what stands in its place. */
  private readonly open: string[] = [];
  /** Open components below the deepest permitted one, which have no names here. */
  private tooDeep = 0;
  /** How many calendars have begun inside another; their END does not close the outer one. */
  private innerCalendars = 0;
  private place: Place | undefined;
  /**
   * Components that begin inside `place` where they cannot stand: if `place` turns out to have no END, it ends before
   * them.
   */
  private inner: Place[] = [];
  private innerDepth = 0;
  private refused = false;
  /** The open component lies behind the end of its calendar. */
  private isBehind = false;

  constructor(findings: Finding[]) {
    this.findings = findings;
  }

  get calendar(): ImportedCalendar {
    const text = (...names: readonly string[]): string | undefined => {
      for (const name of names) {
        const value = decodeText(this.properties.get(name) ?? '').trim();
        if (value !== '') return value;
      }
      return undefined;
    };
    return {
      name: text('NAME', 'X-WR-CALNAME'),
      description: text('DESCRIPTION', 'X-WR-CALDESC'),
      timezone: text('X-WR-TIMEZONE'),
      color: text('COLOR', 'X-APPLE-CALENDAR-COLOR'),
      refreshMs: interval(text('REFRESH-INTERVAL')) ?? interval(text('X-PUBLISHED-TTL')),
    };
  }

  /** `lastLine`: the physical line with which the line ends. */
  take(line: PropertyLine | BrokenLine, lastLine: number): void {
    const inside = this.open[0] === 'VCALENDAR';
    // Broken lines inside components are reported by the second pass, with all else that is left out there.
    if (line instanceof BrokenLine) {
      const mended = mendedLine(line);
      if (!inside || this.open.length === 1)
        note(
          this.findings,
          'malformed-line',
          line.line,
          mended?.message ?? `line ${line.line} was skipped: it ${line.reason}`,
        );
      if (mended) this.take(mended.line, lastLine);
    } else if (line.name === 'BEGIN') this.begin(line);
    else if (line.name === 'END') this.close(line, lastLine);
    else if (!inside)
      note(this.findings, 'outside-calendar', line.line, `line ${line.line} is outside of a calendar`);
    else if (this.open.length === 1) this.calendarProperty(line);
    else if (this.place) {
      const depth = this.open.length + this.tooDeep;
      if (depth === 2) nameOf(this.place, line);
      else if (depth === this.innerDepth) {
        const last = this.inner[this.inner.length - 1];
        if (last) nameOf(last, line);
      }
    }
  }

  finish(end: number, lastLine: number): void {
    if (this.open.length === 0) return;
    this.complete = false;
    const name = shortened(this.open[this.open.length - 1] ?? '');
    note(this.findings, 'unbalanced', lastLine, `the text ends inside ${name}`);
    if (this.place) this.keepAll(end, lastLine);
  }

  private begin(line: PropertyLine): void {
    const name = line.rawValue.trim().toUpperCase();
    if (name === 'VCALENDAR' && this.isBehind) {
      if (this.place) this.keepAll(line.start, line.line - 1);
      this.leaveBehind();
    } else if (name === 'VCALENDAR' && this.open[0] === name) {
      this.beginInner(line);
      return;
    }
    if (this.open[0] !== 'VCALENDAR' && (isObjectKind(name) || name === 'VTIMEZONE'))
      this.goBehind(name, line);
    if (this.tooDeep > 0 || this.open.length >= maxDepth) this.tooDeep++;
    else this.open.push(name);
    if (this.place && (isObjectKind(name) || name === 'VTIMEZONE')) {
      this.inner.push(placeOf(name, line));
      this.innerDepth = this.open.length + this.tooDeep;
    }
    if (this.open.length === 1) {
      this.refused = false;
      if (name === 'VCALENDAR') this.calendarCount++;
      else
        note(
          this.findings,
          'outside-calendar',
          line.line,
          `${shortened(name)} in line ${line.line} is outside of a calendar`,
        );
    } else if (this.open.length === 2 && this.open[0] === 'VCALENDAR') this.place ??= placeOf(name, line);
  }

  /** Takes a component behind the end of its calendar, or in a file without a calendar. */
  private goBehind(name: string, { line }: PropertyLine): void {
    const where = this.calendarCount > 0 ? 'behind the end of its calendar' : 'in no calendar';
    note(this.findings, 'outside-calendar', line, `${name} in line ${line} stands ${where}`);
    // QR codes for telephones hold a bare event: it counts as a calendar.
    if (isObjectKind(name)) this.calendarCount = Math.max(this.calendarCount, 1);
    this.open.splice(0, this.open.length, 'VCALENDAR');
    this.tooDeep = 0;
    this.isBehind = true;
  }

  private leaveBehind(): void {
    this.open.length = 0;
    this.tooDeep = 0;
    this.isBehind = false;
  }

  /** A calendar begins while another is open: the other was cut off, or one file was put inside another. */
  private beginInner(line: PropertyLine): void {
    const { line: number } = line;
    note(this.findings, 'unbalanced', number, `line ${number} begins a calendar inside of another`);
    if (this.place) this.keepAll(line.start, number - 1);
    this.open.length = 1;
    this.tooDeep = 0;
    this.refused = false;
    this.calendarCount++;
    this.innerCalendars++;
  }

  private close(line: PropertyLine, lastLine: number): void {
    const name = line.rawValue.trim().toUpperCase();
    if (this.tooDeep > 0 && name !== 'VCALENDAR') {
      this.tooDeep--;
      return;
    }
    const depth = this.open.lastIndexOf(name);
    if (depth !== this.open.length - 1 || depth < 0) {
      note(
        this.findings,
        'unbalanced',
        line.line,
        `END:${shortened(name)} in line ${line.line} does not match its BEGIN`,
      );
    }
    if (depth < 0) return;
    this.open.length = depth;
    this.tooDeep = 0;
    if (this.place && depth === 1) this.keep(this.place, line.end, lastLine);
    else if (this.place && depth === 0) this.keepAll(line.start, lastLine);
    if (this.isBehind && depth < 2) {
      this.leaveBehind();
      return;
    }
    if (depth > 0 || this.innerCalendars === 0) return;
    this.innerCalendars--;
    this.open.push(name);
  }

  /** Keeps what lies between the beginning of `place`, which has no END, and `end`: one component or several. */
  private keepAll(end: number, lastLine: number): void {
    const all = this.place ? [this.place, ...this.inner] : [];
    for (const [at, place] of all.entries()) {
      const next = all[at + 1];
      this.keep(place, next?.start ?? end, next ? next.line - 1 : lastLine);
    }
  }

  private keep(place: Place, end: number, lastLine: number): void {
    this.place = undefined;
    this.inner = [];
    this.innerDepth = 0;
    if (this.refused) return;
    place.end = end;
    place.lastLine = lastLine;
    if (place.name === 'VTIMEZONE') {
      if (!this.zones.has(place.uid)) this.zones.set(place.uid, place);
    } else if (isObjectKind(place.name)) this.places.push(place);
    else
      note(
        this.findings,
        'component',
        place.line,
        `${shortened(place.name)} in line ${place.line} is nothing that can be imported`,
      );
  }

  private calendarProperty(line: PropertyLine): void {
    const { name, rawValue } = line;
    if (name === 'VERSION' && rawValue.trim() === '1.0') {
      this.refused = true;
      note(
        this.findings,
        'version',
        line.line,
        'this calendar is vCalendar 1.0, which is another format; its events were skipped',
      );
    }
    if (this.calendarCount === 1 && !this.properties.has(name)) this.properties.set(name, rawValue);
  }
}

function placeOf(name: string, { start, end, line }: PropertyLine): Place {
  return { name, start, end, line, lastLine: line, uid: '' };
}

/** Notes the UID of an object, or the TZID of a time zone, from one of its lines. */
function nameOf(place: Place, { name, rawValue }: PropertyLine): void {
  if (name === 'UID') place.uid ||= rawValue.trim() === '' ? '' : rawValue;
  else if (name === 'TZID' && place.name === 'VTIMEZONE') place.uid ||= tzidOfText(rawValue);
}

function interval(text: string | undefined): number | undefined {
  const duration = text === undefined ? undefined : parseDuration(text);
  const ms = duration ? (duration.weeks * 7 + duration.days) * 86_400_000 + duration.ms : 0;
  return ms > 0 ? ms : undefined;
}
