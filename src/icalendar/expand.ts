/** Series -> single components (RFC 4791 §9.6.5), for clients that do not calculate recurrences. */
import type { Component, Property } from './component.ts';
import { type Instance, type InstanceOptions, instances } from './instances.ts';
import type { CalendarObject } from './object.ts';
import { type DateTimeValue, type Instant, type TimeRange } from './time.ts';
import { type ZoneResolver, zoneResolver } from './timezone.ts';
import { foldLine, formatDate, formatLocal, formatUtc, parseDateTime, parseDuration } from './value.ts';
import { componentText, propertyText } from './write.ts';

/**
 * The object as a VCALENDAR with one component for each instance in `range`.
 *
 * Zoned times become UTC, days and floating times stay what they are; there are no rules and no time zones left. Each
 * instance of a series has its RECURRENCE-ID, the first one too, since clients tell instances apart by it. An object that
 * does not recur is returned whether it is in the range or not: whoever asked for it by name wants it.
 */
export function expandedCalendar(
  object: CalendarObject,
  range: TimeRange,
  options: InstanceOptions,
): { readonly bytes: Uint8Array; readonly truncated: boolean } {
  const zones = zoneResolver(object.timezones, options.zone);
  const pieces: string[] = ['BEGIN:VCALENDAR\r\n'];
  for (const property of object.calendar.properties) pieces.push(propertyText(property));
  let truncated = false;
  if (isSeries(object)) {
    const cursor = instances(object, range, options);
    const templates = new Map<Component, Template>();
    for (const instance of cursor) {
      const { component } = instance;
      let template = templates.get(component);
      if (!template) templates.set(component, (template = templateOf(component, zones)));
      pieces.push(expandedInstance(instance, template));
    }
    truncated = cursor.truncated;
  } else if (object.master) {
    pieces.push(componentText(object.master, (property) => inUtc(property, zones)));
  }
  pieces.push('END:VCALENDAR\r\n');
  return { bytes: Buffer.from(pieces.join(''), 'utf8'), truncated };
}

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
 * A component prepared for many instances: text that is the same in all of them, the properties that are not, and
 * `undefined` where RECURRENCE-ID goes.
 */
type Template = readonly (string | Property | undefined)[];

function templateOf(component: Component, zones: ZoneResolver): Template {
  const parts: (string | Property | undefined)[] = [];
  let same = `BEGIN:${component.name}\r\n`;
  for (const property of component.properties) {
    if (ruleNames.has(property.name)) continue;
    if (ownNames.has(property.name)) {
      parts.push(same, property);
      same = '';
    } else same += inUtc(property, zones);
  }
  parts.push(same, undefined);
  same = '';
  for (const inner of component.components) {
    same += componentText(inner, (property) => inUtc(property, zones));
  }
  parts.push(`${same}END:${component.name}\r\n`);
  return parts;
}

/** What each instance says for itself. */
const ownNames: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);

function expandedInstance(instance: Instance, template: Template): string {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') text += part;
    else if (part) text += instanceLine(part, instance);
    else if (instance.recurring)
      text += dateLine('RECURRENCE-ID', instance.recurrenceValue, instance.recurrenceId);
  }
  return text;
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
