/**
 * The forgiving way in: any .ics file (an upload, a subscription, a hand-over) becomes one object per UID.
 *
 * The file is read twice. The first pass notes where each component lies, which costs some hundred bytes an event; the
 * second builds one object at a time. So a file of 100,000 events needs the memory of its bytes and of one object.
 */
import { createHash } from 'node:crypto';
import { normalise } from './charset.ts';
import { type Component, type Finding, parseFragment } from './component.ts';
import { repairedComponent } from './import-repair.ts';
import { maxFindings } from './limits.ts';
import { isObjectKind, type ObjectKind } from './object.ts';
import { productId } from './repair.ts';
import { BrokenLine, LineScanner, type PropertyLine } from './scan.ts';
import { decodeText, parseDuration } from './value.ts';
import { calendarText } from './write.ts';

/** What the file says about the calendar as a whole. */
export interface ImportedCalendar {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly timezone: string | undefined;
  readonly color: string | undefined;
  /** How often the publisher wants to be asked; a malformed wish is no wish. */
  readonly refreshMs: number | undefined;
}

export interface ImportedObject {
  readonly kind: ObjectKind;
  readonly uid: string;
  /** The UID was made from the content: the same content gives the same UID. */
  readonly uidDerived: boolean;
  /** A complete object as `acceptObject` takes it, but for the limits of the calendar it goes to. */
  readonly bytes: Uint8Array;
}

export interface Import {
  readonly calendar: ImportedCalendar;
  /** Number of events, tasks and so on in the file, overrides included. */
  readonly componentCount: number;
  /** False for what is no calendar at all (an error page): then nothing may be concluded from the absence of events. */
  readonly isCalendar: boolean;
  /** False when the file ends inside a component: what is missing may only have been cut off. */
  readonly isComplete: boolean;
  readonly objects: Iterable<ImportedObject>;
  /** Grows while `objects` is read. Lines are those of the file. */
  readonly findings: readonly Finding[];
}

/** Opens an import. Nothing is thrown, whatever the bytes are. Time: linear. */
export function openImport(source: Uint8Array): Import {
  const { bytes, findings: found } = normalise(source, 'forgiving');
  const findings: Finding[] = [...found];
  const outline = readOutline(bytes, findings);
  return {
    calendar: outline.calendar,
    componentCount: outline.places.length,
    isCalendar: outline.calendarCount > 0,
    isComplete: outline.calendarCount > 0 && outline.complete,
    objects: { [Symbol.iterator]: () => objects(bytes, outline, findings) },
    findings,
  };
}

/** Where a component lies. */
interface Place {
  readonly name: string;
  readonly start: number;
  end: number;
  readonly line: number;
  uid: string;
}

interface Outline {
  readonly calendar: ImportedCalendar;
  readonly calendarCount: number;
  readonly complete: boolean;
  readonly places: readonly Place[];
  readonly zones: ReadonlyMap<string, Place>;
}

function note(findings: Finding[], code: Finding['code'], line: number, message: string): void {
  if (findings.length < maxFindings) findings.push({ code, line, message, fatal: false });
}

/** First pass: the children of each VCALENDAR, and the properties of the first one. */
function readOutline(bytes: Uint8Array, findings: Finding[]): Outline {
  const reader = new OutlineReader(findings);
  const scanner = new LineScanner(bytes);
  for (let line = scanner.next(); line; line = scanner.next()) reader.take(line);
  reader.finish(bytes.length, scanner.lineNumber);
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
  private place: Place | undefined;
  private refused = false;

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

  take(line: PropertyLine | BrokenLine): void {
    const inside = this.open[0] === 'VCALENDAR';
    // Broken lines inside components are reported by the second pass, with all else that is left out there.
    if (line instanceof BrokenLine) {
      if (!inside || this.open.length === 1)
        note(this.findings, 'malformed-line', line.line, `line ${line.line} was skipped: it ${line.reason}`);
    } else if (line.name === 'BEGIN') this.begin(line);
    else if (line.name === 'END') this.close(line);
    else if (!inside)
      note(this.findings, 'outside-calendar', line.line, `line ${line.line} is outside of a calendar`);
    else if (this.open.length === 1) this.calendarProperty(line);
    else if (this.open.length === 2 && this.place) {
      if (line.name === 'UID') this.place.uid ||= line.rawValue.trim() === '' ? '' : line.rawValue;
      else if (line.name === 'TZID' && this.place.name === 'VTIMEZONE') this.place.uid ||= line.rawValue;
    }
  }

  finish(end: number, lastLine: number): void {
    if (this.open.length === 0) return;
    this.complete = false;
    note(this.findings, 'unbalanced', lastLine, `the text ends inside ${this.open[this.open.length - 1]}`);
    if (this.place) this.keep(end);
  }

  private begin(line: PropertyLine): void {
    const name = line.rawValue.trim().toUpperCase();
    this.open.push(name);
    if (this.open.length === 1) {
      this.refused = false;
      if (name === 'VCALENDAR') this.calendarCount++;
      else
        note(
          this.findings,
          'outside-calendar',
          line.line,
          `${name} in line ${line.line} is outside of a calendar`,
        );
    } else if (this.open.length === 2 && this.open[0] === 'VCALENDAR') {
      this.place = { name, start: line.start, end: line.end, line: line.line, uid: '' };
    }
  }

  private close(line: PropertyLine): void {
    const name = line.rawValue.trim().toUpperCase();
    const depth = this.open.lastIndexOf(name);
    if (depth !== this.open.length - 1 || depth < 0) {
      note(
        this.findings,
        'unbalanced',
        line.line,
        `END:${name} in line ${line.line} does not match its BEGIN`,
      );
    }
    if (depth < 0) return;
    this.open.length = depth;
    if (depth <= 1 && this.place) this.keep(depth === 1 ? line.end : line.start);
  }

  private keep(end: number): void {
    const place = this.place;
    this.place = undefined;
    if (!place || this.refused) return;
    place.end = end;
    if (place.name === 'VTIMEZONE') {
      if (!this.zones.has(place.uid)) this.zones.set(place.uid, place);
    } else if (isObjectKind(place.name)) this.places.push(place);
    else
      note(
        this.findings,
        'component',
        place.line,
        `${place.name} in line ${place.line} is nothing that can be imported`,
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

function interval(text: string | undefined): number | undefined {
  const duration = text === undefined ? undefined : parseDuration(text);
  const ms = duration ? (duration.weeks * 7 + duration.days) * 86_400_000 + duration.ms : 0;
  return ms > 0 ? ms : undefined;
}

/** Second pass: groups by kind and UID in the order of the file, one object at a time. */
function* objects(bytes: Uint8Array, outline: Outline, findings: Finding[]): Generator<ImportedObject> {
  // UIDs are compared octet by octet; a Map has no keys of its own, whatever a UID is called.
  const groups = new Map<string, Place[]>();
  for (const place of outline.places) {
    // Without a UID nothing ties components together.
    const key = place.uid === '' ? `${place.start}` : `${place.name} ${place.uid}`;
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  for (const group of groups.values()) {
    const object = buildObject(bytes, group, outline, findings);
    if (object) yield object;
  }
}

function buildObject(
  bytes: Uint8Array,
  group: readonly Place[],
  outline: Outline,
  findings: Finding[],
): ImportedObject | undefined {
  const byRecurrenceId = new Map<string, Component>();
  for (const place of group) {
    const component = readPlace(bytes, place, findings);
    if (!component) continue;
    const id = component.first('RECURRENCE-ID')?.content ?? '';
    const other = byRecurrenceId.get(id);
    if (!other) byRecurrenceId.set(id, component);
    else {
      const newer = isNewer(component, other) ? component : other;
      byRecurrenceId.set(id, newer);
      note(
        findings,
        'object',
        place.line,
        `line ${place.line} describes the same ${place.name} again; the newer of the two was kept`,
      );
    }
  }
  let lines = '';
  let kind: ObjectKind | undefined;
  const zones = new Set<string>();
  for (const component of byRecurrenceId.values()) {
    const repaired = repairedComponent(component, (line, message) => note(findings, 'value', line, message));
    if (!repaired || !isObjectKind(component.name)) continue;
    kind ??= component.name;
    lines += repaired.text;
    for (const tzid of repaired.tzids) zones.add(tzid);
  }
  if (!kind) return undefined;
  const first = group[0];
  let uid = first?.uid ?? '';
  const uidDerived = uid === '';
  if (uidDerived) {
    uid = derivedUid(lines);
    lines = lines.replace('\r\n', `\r\nUID:${uid}\r\n`);
  }
  let zoneLines = '';
  for (const tzid of zones) {
    const place = outline.zones.get(tzid);
    const zone = place && readPlace(bytes, place, findings);
    if (zone) zoneLines += repairedComponent(zone, () => undefined)?.text ?? '';
  }
  return { kind, uid, uidDerived, bytes: Buffer.from(calendarText(zoneLines + lines, productId), 'utf8') };
}

function readPlace(bytes: Uint8Array, place: Place, findings: Finding[]): Component | undefined {
  const parsed = parseFragment(bytes.subarray(place.start, place.end), place.line);
  // That the file ends inside a component was found by the first pass.
  for (const { code, line, message } of parsed.findings) {
    if (code !== 'unbalanced') note(findings, code, line ?? place.line, message);
  }
  return parsed.components[0];
}

/** RFC 5546 §2.1.5: SEQUENCE, then DTSTAMP; LAST-MODIFIED for those who raise neither. */
function isNewer(a: Component, b: Component): boolean {
  for (const name of ['SEQUENCE', 'DTSTAMP', 'LAST-MODIFIED']) {
    const left = a.first(name)?.rawValue ?? '';
    const right = b.first(name)?.rawValue ?? '';
    if (left === right) continue;
    return name === 'SEQUENCE' ? (Number(left) || 0) > (Number(right) || 0) : left > right;
  }
  return false;
}

/** A UID from what the object says; the times at which it was written down do not count. */
function derivedUid(lines: string): string {
  const content = lines.replace(/^(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE|UID)[;:].*\r\n(?: .*\r\n)*/gim, '');
  return `${createHash('sha256').update(content).digest('hex').slice(0, 32)}@import`;
}
