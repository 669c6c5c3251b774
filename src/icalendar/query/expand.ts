/** Series -> single components (RFC 4791 §9.6.5), for clients that do not calculate recurrences. */
import { latin1 } from '../charset.ts';
import type { Component, Property } from '../component.ts';
import { type Instance, type InstanceOptions, instances } from '../instances/instances.ts';
import type { CalendarObject } from '../object.ts';
import type { Steps } from '../steps.ts';
import { type DateTimeValue, type Instant, type TimeRange } from '../time.ts';
import {
  contentLine,
  type Duration,
  dateTimeParams,
  foldLine,
  formatDate,
  formatDateTime,
  formatDuration,
  formatLocal,
  formatUtc,
  parseDateTime,
  parseDuration,
} from '../value.ts';
import { propertyText } from '../write.ts';
import { type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { type CompSelection, innerSelection, wantedPart } from './selection.ts';

export interface ExpandOptions extends InstanceOptions {
  /** The selection for VCALENDAR (RFC 4791 §9.6.1); absent: everything. */
  readonly comp?: CompSelection | undefined;
  /** The most bytes that the object may expand to; absent: any number. */
  readonly maxBytes?: number | undefined;
}

/**
 * The object as a VCALENDAR with one component for each instance in `range`, in pieces that end at ends of lines; `undefined`
 * where there is nothing yet, and a caller may pause.
 *
 * Zoned times become UTC, days and floating times stay what they are; there are no rules and no time zones left. Each
 * instance of a series has its RECURRENCE-ID, the first one too, since clients tell instances apart by it. An object that
 * does not recur is returned whether it is in the range or not: whoever asked for it by name wants it.
 *
 * Returns whether it ended at a bound. Memory does not multiply: what is long and the same in all instances is one piece,
 * given out many times.
 */
export function* expandedCalendar(
  object: CalendarObject,
  range: TimeRange,
  options: ExpandOptions,
): Generator<Uint8Array | undefined, boolean> {
  const { comp = everything, maxBytes = Infinity } = options;
  const isWire = yield* wireForm(latin1(object.bytes));
  const lines = new Lines(object, isWire, zoneResolver(object.timezones, options.zone));
  const out = new Pieces();
  out.add('BEGIN:VCALENDAR\r\n');
  let truncated = false;
  for (const property of object.calendar.properties) {
    out.add(selectedText(comp, property.name, () => lines.kept(property)));
    if (out.isDue()) yield out.taken();
  }
  if (isSeries(object)) {
    const cursor = instances(object, range, options);
    const templates = new Map<Component, Template>();
    for (const instance of cursor) {
      const { component } = instance;
      let template = templates.get(component);
      if (!template) templates.set(component, (template = yield* templateOf(component, lines, comp)));
      for (const part of template) {
        if (part instanceof Uint8Array) {
          yield out.taken();
          out.passed(part);
          yield part;
        } else out.add(typeof part === 'string' ? part : part(instance));
      }
      truncated = out.sizeBytes > maxBytes;
      if (truncated) break;
      if (out.isDue()) yield out.taken();
    }
    truncated ||= cursor.truncated;
  } else if (object.master) {
    const inner = innerSelection(comp, object.master.name);
    if (inner) yield* componentPieces(object.master, inner, lines, out);
  }
  out.add('END:VCALENDAR\r\n');
  yield out.taken();
  return truncated;
}

const everything: CompSelection = { name: 'VCALENDAR', props: 'all', comps: 'all' };

/** Characters of a piece; of what is the same in all instances, from where on it is a piece of its own. */
const pieceLength = 32 * 1024;
const longLength = 4 * 1024;
/** Lines that are looked at between two pauses, most of which may say nothing: some milliseconds. */
const stepLines = 2_000;

/** Collects the text and gives it away in pieces. */
class Pieces {
  /** The bytes of everything that was added. */
  sizeBytes = 0;
  private text = '';
  private addedCount = 0;

  add(line: string): void {
    this.addedCount++;
    this.sizeBytes += line.length;
    this.text += line;
  }

  /** Counts bytes that are written elsewhere. */
  passed({ length }: Uint8Array): void {
    this.sizeBytes += length;
  }

  /** Whether a piece is full, or it is time for a pause. */
  isDue(): boolean {
    return this.text.length >= pieceLength || this.addedCount >= stepLines;
  }

  taken(): Uint8Array | undefined {
    const text = this.takenText();
    return text === '' ? undefined : Buffer.from(text, 'latin1');
  }

  takenText(): string {
    const { text } = this;
    this.text = '';
    this.addedCount = 0;
    return text;
  }
}
/** A line of this many bytes would take milliseconds to decode and fold, so it is passed on as the client sent it. */
const longLine: number = 256 * 1024;

/** Whether the object expands to instances that each have a RECURRENCE-ID. */
export function isSeries({ master, overrides }: CalendarObject): boolean {
  return (
    overrides.length > 0 || (master !== undefined && (hasValue(master, 'RRULE') || hasValue(master, 'RDATE')))
  );
}

function hasValue(component: Component, name: string): boolean {
  return component.all(name).some((property) => property.rawValue.trim() !== '');
}

function hasEnd(component: Component): boolean {
  return hasValue(component, 'DTEND') || hasValue(component, 'DURATION');
}

const ruleNames: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID']);

/**
 * A component prepared for many instances: what is the same in all of them, in bytes where it is long, and what each
 * says for itself.
 */
type Template = readonly (string | Uint8Array | ((instance: Instance) => string))[];

function* templateOf(component: Component, lines: Lines, comp: CompSelection): Steps<Template> {
  const selection = innerSelection(comp, component.name);
  if (!selection) return [];
  const parts: Template[number][] = [];
  const same = new Pieces();
  const pass = (): void => {
    const text = same.takenText();
    if (text !== '') parts.push(text.length < longLength ? text : Buffer.from(text, 'latin1'));
  };
  const varying = (part: (instance: Instance) => string): void => {
    pass();
    parts.push(part);
  };
  same.add(`BEGIN:${component.name}\r\n`);
  for (const property of component.properties) {
    if (same.isDue()) {
      pass();
      yield;
    }
    if (ruleNames.has(property.name)) continue;
    if (ownNames.has(property.name)) {
      varying((instance) =>
        selectedText(selection, property.name, () => instanceLine(property, instance, lines)),
      );
    } else same.add(selectedText(selection, property.name, () => lines.inUtc(property)));
  }
  if (takesTimes(component)) varying((instance) => takenTimes(instance, selection));
  varying((instance) => selectedText(selection, 'RECURRENCE-ID', () => recurrenceLine(instance)));
  if (component.name === 'VEVENT' && hasValue(component, 'RDATE') && !hasEnd(component))
    varying((instance) => selectedText(selection, 'DTEND', () => periodEndLine(instance)));
  for (const inner of component.components) {
    const chosen = innerSelection(selection, inner.name);
    if (!chosen) continue;
    for (const piece of componentPieces(inner, chosen, lines, same)) {
      if (piece) parts.push(piece);
      yield;
    }
  }
  same.add(`END:${component.name}\r\n`);
  pass();
  return parts;
}

/** The part of a content line that is asked for. */
function selectedText(selection: CompSelection, name: string, line: () => string): string {
  const part = wantedPart(selection, name);
  if (part === 'nothing') return '';
  return part === 'whole' ? line() : withoutValueText(line());
}

/** A content line up to and with the colon before its value, wherever it is folded (RFC 4791 §9.6.4, `novalue`). */
function withoutValueText(line: string): string {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted;
    else if (line[at] === ':' && !isQuoted) return `${line.slice(0, at + 1)}\r\n`;
  }
  return line;
}

/** Adds the component to `out`, and gives what becomes full meanwhile. */
function* componentPieces(
  component: Component,
  selection: CompSelection,
  lines: Lines,
  out: Pieces,
): Generator<Uint8Array | undefined, void> {
  out.add(`BEGIN:${component.name}\r\n`);
  for (const property of component.properties) {
    out.add(selectedText(selection, property.name, () => lines.inUtc(property)));
    if (out.isDue()) yield out.taken();
  }
  for (const inner of component.components) {
    const chosen = innerSelection(selection, inner.name);
    if (chosen) yield* componentPieces(inner, chosen, lines, out);
  }
  out.add(`END:${component.name}\r\n`);
  // There may be very many components even without properties.
  if (out.isDue()) yield out.taken();
}

/** Properties that differ from instance to instance. */
const ownNames: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);

function recurrenceLine(instance: Instance): string {
  return instance.recurring ? dateLine('RECURRENCE-ID', instance.recurrenceValue, instance.recurrenceId) : '';
}

function instanceLine(property: Property, instance: Instance, lines: Lines): string {
  const { name } = property;
  switch (name) {
    case 'DTSTART':
      return dateLine(name, instance.value, instance.start);
    case 'DTEND':
    case 'DUE':
      return property.rawValue.trim() === '' ? '' : dateLine(name, instance.endValue, instance.end);
    case 'DURATION': {
      // A day of 23 hours would be lost in UTC: where days count, the end is told instead, as for a period of another length.
      const duration = parseDuration(property.rawValue);
      if (instance.allDay || !duration || isAsLong(instance, duration)) return lines.kept(property);
      if (instance.component.first('DTEND') ?? instance.component.first('DUE')) return '';
      return dateLine(instance.component.name === 'VTODO' ? 'DUE' : 'DTEND', instance.endValue, instance.end);
    }
    default:
      return '';
  }
}

/** Whether the instance lasts that long both on the clock and in UTC. */
function isAsLong({ start, end }: Instance, { weeks, days, ms }: Duration): boolean {
  return weeks === 0 && days === 0 && end - start === Math.max(0, ms);
}

/** Whether it is an override that states no times of its own. */
function takesTimes(component: Component): boolean {
  return (
    hasValue(component, 'RECURRENCE-ID') &&
    !['DTSTART', 'DUE', 'DTEND'].some((name) => hasValue(component, name))
  );
}

/**
 * The times of such an override, taken from the series: a client that does not calculate recurrences could not know
 * them (RFC 4791 §9.6.5).
 */
function takenTimes(instance: Instance, selection: CompSelection): string {
  const { component, rule, start, value, end, endValue } = instance;
  const line = (name: string, is: DateTimeValue, at: Instant): string =>
    selectedText(selection, name, () => dateLine(name, is, at));
  const beginning = rule === 'due' ? '' : line('DTSTART', value, start);
  const hasEnd = rule === 'due' || rule === 'to-do-due' || end > start;
  if (!hasEnd || hasValue(component, 'DURATION')) return beginning;
  return beginning + line(component.name === 'VTODO' ? 'DUE' : 'DTEND', endValue, end);
}

/** An event without any end takes no time, except where a period of its series has one (RFC 5545 §3.8.5.2). */
function periodEndLine({ allDay, start, end, endValue }: Instance): string {
  return allDay || end <= start ? '' : dateLine('DTEND', endValue, end);
}

/** A day and a floating time as they are, everything else in UTC. Such a line is never long enough to be folded. */
function dateLine(name: string, value: DateTimeValue, at: Instant): string {
  if (value.kind === 'date') return `${name};VALUE=DATE:${formatDate(value.local)}\r\n`;
  return `${name}:${value.kind === 'floating' ? formatLocal(value.local) : formatUtc(at)}\r\n`;
}

/**
 * Content lines of one object, as binary strings: a character for each byte of their UTF-8. Most lines go out as they
 * came, and bytes that nobody decodes need not be encoded again.
 */
class Lines {
  private readonly zones: ZoneResolver;
  /** The whole text, where all its lines are in the form in which we send them. */
  private readonly source: string | undefined;
  private readonly bytes: Uint8Array;

  constructor({ bytes }: CalendarObject, isWire: boolean, zones: ZoneResolver) {
    this.zones = zones;
    this.bytes = bytes;
    this.source = isWire ? latin1(bytes) : undefined;
  }

  /** Adds a property as it is; one of megabytes is not folded anew. */
  kept(property: Property): string {
    return (
      this.source?.slice(property.start, property.end) ??
      this.longLine(property) ??
      binary(propertyText(property))
    );
  }

  private longLine({ start, end }: Property): string | undefined {
    const hasLineEnd = this.bytes[end - 2] === 0x0d && this.bytes[end - 1] === 0x0a;
    if (end - start < longLine || !hasLineEnd) return undefined;
    return latin1(this.bytes.subarray(start, end));
  }

  /** Adds a date property in UTC, without reference to a time zone. */
  inUtc(property: Property): string {
    const tzid = property.param('TZID');
    const { name, rawValue } = property;
    if (tzid === undefined)
      return ownNames.has(name) && !isStrict(property) ? strictLine(property) : this.kept(property);
    const value = parseDateTime(rawValue, { tzid, valueType: property.param('VALUE') });
    if (value === undefined) return this.kept(property);
    // Not by `contentLine`: clients use property names that are not valid.
    if (value.kind === 'zoned') return binary(foldLine(`${name}:${formatUtc(this.zones.toInstant(value))}`));
    // A zone beside a day, a UTC or a floating time means nothing, and its definition is not in the answer.
    return binary(foldLine(`${name}${value.kind === 'date' ? ';VALUE=DATE' : ''}:${formatDateTime(value)}`));
  }
}

/** Whether a date or duration is written as RFC 5545 §3.3 has it: without blanks, in capitals, a day as a DATE. */
function isStrict(property: Property): boolean {
  const { name, rawValue } = property;
  if (name === 'DURATION') return strictDuration.test(rawValue);
  const isDay = property.param('VALUE')?.toUpperCase() === 'DATE';
  return (isDay ? strictDate : strictTime).test(rawValue);
}

const strictDate = /^\d{8}$/;
const strictTime = /^\d{8}T\d{6}Z?$/;
const strictDuration = /^[+-]?P(?:\d+W|\d+D(?:T(?:\d+[HMS])+)?|T(?:\d+[HMS])+)$/;

function strictLine(property: Property): string {
  const { name, rawValue } = property;
  if (name === 'DURATION') {
    const duration = parseDuration(rawValue);
    return duration ? contentLine(name, formatDuration(duration)) : '';
  }
  const value = parseDateTime(rawValue, { valueType: property.param('VALUE') });
  return value ? contentLine(name, formatDateTime(value), dateTimeParams(value)) : '';
}

function binary(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

const beyondAscii = /[^\0-\x7f]/;

/** Octets of a physical line without its CRLF (RFC 5545 §3.1). */
const maxLineOctets = 75;

/** Every line ends with CRLF, is short enough and not blank. */
function* wireForm(text: string): Steps<boolean> {
  let stepEnd = wireStep;
  for (let from = 0; from < text.length; ) {
    const cr = text.indexOf('\r', from);
    if (cr <= from || cr - from > maxLineOctets || text.charCodeAt(cr + 1) !== 0x0a) return false;
    // A bare LF before this CR would have ended a shorter line.
    if (text.indexOf('\n', from) !== cr + 1) return false;
    from = cr + 2;
    if (from < stepEnd) continue;
    yield;
    stepEnd = from + wireStep;
  }
  return true;
}

/** Characters of one step: some milliseconds. */
const wireStep: number = 512 * 1024;
