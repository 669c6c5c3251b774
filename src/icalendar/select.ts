/**
 * The parts and forms of an object that a report asks for (RFC 4791 §9.6): some components and properties, expanded or
 * limited recurrences, limited free/busy times.
 */
import type { Component, Property } from './component.ts';
import { parseCalendar } from './component.ts';
import { applyEdits, type Edit, remove, replace } from './edit.ts';
import { expandedCalendar } from './expand.ts';
import { type InstanceOptions, instances } from './instances.ts';
import { type CalendarObject, objectOf } from './object.ts';
import { periodRange } from './period.ts';
import type { TimeRange } from './time.ts';
import { type ZoneResolver, zoneResolver } from './timezone.ts';
import { contentLine, type LineParameters, parseDateTime, parsePeriod, splitList } from './value.ts';
import { withoutValue } from './write.ts';

/** Which properties of a component: all, or those named, some of them without their value. Names are in upper case. */
export type PropSelection = 'all' | ReadonlyMap<string, { readonly noValue: boolean }>;

/** RFC 4791 §9.6.1. */
export interface CompSelection {
  readonly name: string;
  readonly props: PropSelection;
  readonly comps: 'all' | readonly CompSelection[];
}

/** The content of a `calendar-data` element. */
export interface DataSelection {
  /** The selection for VCALENDAR; absent: everything. */
  readonly comp?: CompSelection | undefined;
  readonly recurrence?: { readonly form: 'expand' | 'limit'; readonly range: TimeRange } | undefined;
  readonly freeBusy?: TimeRange | undefined;
}

/** Nothing is selected, so the stored bytes are the answer. */
export function selectsAll(selection: DataSelection): boolean {
  return !selection.comp && !selection.recurrence && !selection.freeBusy;
}

/**
 * The bytes that answer `selection`. Lines that are kept are kept as they were stored.
 *
 * `truncated` tells that a series had more instances in the range than `maxInstances`.
 */
export function selectedData(
  object: CalendarObject,
  selection: DataSelection,
  options: InstanceOptions,
): { readonly bytes: Uint8Array; readonly truncated: boolean } {
  const { comp, recurrence, freeBusy } = selection;
  let truncated = false;
  let current = object;
  let bytes = object.bytes;
  if (freeBusy) {
    bytes = applyEdits(bytes, freeBusyEdits(current, freeBusy, options));
    current = reread(bytes) ?? current;
  }
  if (recurrence?.form === 'limit') bytes = applyEdits(bytes, limitEdits(current, recurrence.range, options));
  else if (recurrence) ({ bytes, truncated } = expandedCalendar(current, recurrence.range, options));
  if (comp) {
    const calendar =
      bytes === object.bytes ? object.calendar : parseCalendar(bytes, 'forgiving').calendars[0];
    bytes = calendar ? Buffer.concat(selectedParts(calendar, comp, bytes)) : bytes;
  }
  return { bytes, truncated };
}

function reread(bytes: Uint8Array): CalendarObject | undefined {
  const calendar = parseCalendar(bytes, 'forgiving').calendars[0];
  return calendar && objectOf(calendar, bytes);
}

/** RFC 4791 §9.6.1 to §9.6.4: what is not named is left out, VERSION and time zones included. */
function selectedParts(component: Component, selection: CompSelection, bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [Buffer.from(`BEGIN:${component.name}\r\n`)];
  for (const property of component.properties) {
    const how = selection.props === 'all' ? { noValue: false } : selection.props.get(property.name);
    if (how?.noValue) pieces.push(Buffer.from(withoutValue(property)));
    else if (how) pieces.push(bytes.subarray(property.start, property.end));
  }
  for (const inner of component.components) {
    if (selection.comps === 'all') pieces.push(bytes.subarray(inner.start, inner.end));
    else {
      const chosen = selection.comps.find(({ name }) => name === inner.name);
      if (chosen) pieces.push(...selectedParts(inner, chosen, bytes));
    }
  }
  pieces.push(Buffer.from(`END:${component.name}\r\n`));
  return pieces;
}

/**
 * RFC 4791 §9.6.6: overrides that neither are in the range nor were, before they were moved, go.
 */
function limitEdits(object: CalendarObject, range: TimeRange, options: InstanceOptions): readonly Edit[] {
  const { master, overrides } = object;
  if (overrides.length === 0) return [];
  const inRange = new Set<Component>();
  for (const { component } of instances(object, range, options)) inRange.add(component);
  const original = new Set<number>();
  let latest = -Infinity;
  if (master) {
    for (const { recurrenceId } of instances({ ...object, overrides: [] }, range, options)) {
      original.add(recurrenceId);
      latest = Math.max(latest, recurrenceId);
    }
  }
  const zones = zoneResolver(object.timezones, options.zone);
  const impacts = (override: Component): boolean => {
    if (inRange.has(override)) return true;
    const id = override.first('RECURRENCE-ID');
    const at = recurrenceInstant(id, zones);
    if (at === undefined) return true;
    if (id?.param('RANGE')?.toUpperCase() === 'THISANDFUTURE') return latest >= at;
    return master ? original.has(at) : at >= range.start && at < range.end;
  };
  return overrides.filter((override) => !impacts(override)).map(remove);
}

function recurrenceInstant(property: Property | undefined, zones: ZoneResolver): number | undefined {
  const value = property && parseDateTime(property.rawValue, { tzid: property.param('TZID') });
  return value && zones.toInstant(value);
}

/** RFC 4791 §9.6.7: of FREEBUSY only the periods that reach into the range. */
function freeBusyEdits(object: CalendarObject, range: TimeRange, options: InstanceOptions): readonly Edit[] {
  const zones = zoneResolver(object.timezones, options.zone);
  const edits: Edit[] = [];
  for (const component of object.calendar.components) {
    if (component.name !== 'VFREEBUSY') continue;
    for (const property of component.all('FREEBUSY')) {
      const tzid = property.param('TZID');
      const all = splitList(property.rawValue);
      const kept = all.filter((text) => {
        const period = parsePeriod(text, { tzid });
        if (!period) return true;
        const { start, end } = periodRange(period, zones);
        return start < range.end && end > range.start;
      });
      if (kept.length === 0) edits.push(remove(property));
      else if (kept.length < all.length)
        edits.push(replace(property, contentLine('FREEBUSY', kept.join(), parametersOf(property))));
    }
  }
  return edits;
}

function parametersOf(property: Property): LineParameters {
  return { FBTYPE: property.param('FBTYPE'), TZID: property.param('TZID') };
}
