/** Series -> single components (RFC 4791 §9.6.5), for clients that do not calculate recurrences. */
import type { Component, Property } from './component.ts';
import { type Instance, type InstanceOptions, instances } from './instances.ts';
import type { CalendarObject } from './object.ts';
import { type CompSelection, innerSelection, wantedPart } from './selection.ts';
import { type DateTimeValue, type Instant, type TimeRange } from './time.ts';
import { type ZoneResolver, zoneResolver } from './timezone.ts';
import { foldLine, formatDate, formatLocal, formatUtc, parseDateTime, parseDuration } from './value.ts';
import { propertyText } from './write.ts';

export interface ExpandOptions extends InstanceOptions {
  /** The selection for VCALENDAR (RFC 4791 §9.6.1); absent: everything. */
  readonly comp?: CompSelection | undefined;
  /** Bytes that the object may be expanded to; absent: any number. */
  readonly maxBytes?: number | undefined;
}

/**
 * The object as a VCALENDAR with one component for each instance in `range`, in pieces that end at ends of lines.
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
): Generator<Uint8Array, boolean> {
  const { comp = everything, maxBytes = Infinity } = options;
  const zones = zoneResolver(object.timezones, options.zone);
  let truncated = false;
  let text = 'BEGIN:VCALENDAR\r\n';
  for (const property of object.calendar.properties) {
    text += selectedText(comp, property.name, () => propertyText(property));
  }
  if (isSeries(object)) {
    const cursor = instances(object, range, options);
    const templates = new Map<Component, Template>();
    let size = 0;
    for (const instance of cursor) {
      const { component } = instance;
      let template = templates.get(component);
      if (!template) templates.set(component, (template = templateOf(component, zones, comp)));
      for (const part of template) {
        if (typeof part === 'string') text += part;
        else if (part instanceof Uint8Array) {
          size += text.length + part.length;
          if (text !== '') yield Buffer.from(text);
          yield part;
          text = '';
        } else text += part(instance);
      }
      truncated = size + text.length > maxBytes;
      if (truncated) break;
      if (text.length < pieceLength) continue;
      size += text.length;
      yield Buffer.from(text);
      text = '';
    }
    truncated ||= cursor.truncated;
  } else if (object.master) {
    const inner = innerSelection(comp, object.master.name);
    if (inner) text += selectedComponent(object.master, inner, zones);
  }
  yield Buffer.from(`${text}END:VCALENDAR\r\n`);
  return truncated;
}

const everything: CompSelection = { name: 'VCALENDAR', props: 'all', comps: 'all' };

/** Characters of a piece; of what is the same in all instances, from where on it is a piece of its own. */
const pieceLength = 32 * 1024;
const longLength = 4 * 1024;

function isSeries({ master, overrides }: CalendarObject): boolean {
  return (
    overrides.length > 0 || (master !== undefined && (hasValue(master, 'RRULE') || hasValue(master, 'RDATE')))
  );
}

function hasValue(component: Component, name: string): boolean {
  return component.all(name).some((property) => property.rawValue.trim() !== '');
}

const ruleNames: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID']);

/**
 * A component prepared for many instances: what is the same in all of them, in bytes where it is long, and what each
 * says for itself.
 */
type Template = readonly (string | Uint8Array | ((instance: Instance) => string))[];

function templateOf(component: Component, zones: ZoneResolver, comp: CompSelection): Template {
  const selection = innerSelection(comp, component.name);
  if (!selection) return [];
  const parts: Template[number][] = [];
  let same = `BEGIN:${component.name}\r\n`;
  const varying = (part: (instance: Instance) => string): void => {
    parts.push(same.length < longLength ? same : Buffer.from(same), part);
    same = '';
  };
  for (const property of component.properties) {
    if (ruleNames.has(property.name)) continue;
    if (ownNames.has(property.name)) {
      varying((instance) => selectedText(selection, property.name, () => instanceLine(property, instance)));
    } else same += selectedText(selection, property.name, () => inUtc(property, zones));
  }
  varying((instance) => selectedText(selection, 'RECURRENCE-ID', () => recurrenceLine(instance)));
  for (const inner of component.components) {
    const chosen = innerSelection(selection, inner.name);
    if (chosen) same += selectedComponent(inner, chosen, zones);
  }
  same += `END:${component.name}\r\n`;
  parts.push(same.length < longLength ? same : Buffer.from(same));
  return parts;
}

/** As much of a content line as is asked for. */
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

function selectedComponent(component: Component, selection: CompSelection, zones: ZoneResolver): string {
  let text = `BEGIN:${component.name}\r\n`;
  for (const property of component.properties) {
    text += selectedText(selection, property.name, () => inUtc(property, zones));
  }
  for (const inner of component.components) {
    const chosen = innerSelection(selection, inner.name);
    if (chosen) text += selectedComponent(inner, chosen, zones);
  }
  return `${text}END:${component.name}\r\n`;
}

/** What each instance says for itself. */
const ownNames: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);

function recurrenceLine(instance: Instance): string {
  return instance.recurring ? dateLine('RECURRENCE-ID', instance.recurrenceValue, instance.recurrenceId) : '';
}

function instanceLine(property: Property, instance: Instance): string {
  const { name } = property;
  switch (name) {
    case 'DTSTART':
      return dateLine(name, instance.value, instance.start);
    case 'DTEND':
    case 'DUE':
      return property.rawValue.trim() === '' ? '' : dateLine(name, instance.endValue, instance.end);
    case 'DURATION': {
      // A day of 23 hours would be lost in UTC: where days count, the end is told instead.
      const duration = parseDuration(property.rawValue);
      if (instance.allDay || !duration || (duration.weeks === 0 && duration.days === 0))
        return propertyText(property);
      if (instance.component.first('DTEND') ?? instance.component.first('DUE')) return '';
      return dateLine(instance.component.name === 'VTODO' ? 'DUE' : 'DTEND', instance.endValue, instance.end);
    }
    default:
      return '';
  }
}

/** A day and a floating time as they are, everything else in UTC. Such a line is never long enough to be folded. */
function dateLine(name: string, value: DateTimeValue, at: Instant): string {
  if (value.kind === 'date') return `${name};VALUE=DATE:${formatDate(value.local)}\r\n`;
  return `${name}:${value.kind === 'floating' ? formatLocal(value.local) : formatUtc(at)}\r\n`;
}

/** A property without reference to a time zone. */
function inUtc(property: Property, zones: ZoneResolver): string {
  const tzid = property.param('TZID');
  if (tzid === undefined) return propertyText(property);
  const value = parseDateTime(property.rawValue, { tzid, valueType: property.param('VALUE') });
  if (value?.kind !== 'zoned') return propertyText(property);
  // Not by `contentLine`: clients have properties whose names are none.
  return foldLine(`${property.name}:${formatUtc(zones.toInstant(value))}`);
}
