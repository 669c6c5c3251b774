/**
 * The parts and forms of an object that a report asks for (RFC 4791 §9.6): some components and properties, expanded or
 * limited recurrences, limited free/busy times.
 */
import type { Component, Property } from '../component.ts';
import { parseSteps } from '../component.ts';
import { applyEdits, type Edit, remove, replace } from '../edit.ts';
import { type InstanceOptions, instances } from '../instances/instances.ts';
import { periodRange } from '../instances/period.ts';
import { type CalendarObject, objectOf } from '../object.ts';
import type { Steps } from '../steps.ts';
import type { TimeRange } from '../time.ts';
import {
  contentLine,
  type LineParameters,
  listEntries,
  type Period,
  parseDateTime,
  parsePeriod,
} from '../value.ts';
import { withoutValue } from '../write.ts';
import { type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { expandedCalendar } from './expand.ts';
import { type CompSelection, type DataSelection, innerSelection, wantedPart } from './selection.ts';

export {
  type CompSelection,
  type DataSelection,
  type PropSelection,
  selectsAll,
} from './selection.ts';

export interface SelectOptions extends InstanceOptions {
  /** Bytes that one object may be expanded to; absent: any number. */
  readonly maxBytes?: number;
}

/** Selected data as one piece, for callers that know it to be small. */
export function selectedData(
  object: CalendarObject,
  selection: DataSelection,
  options: SelectOptions,
): { readonly bytes: Uint8Array; readonly truncated: boolean } {
  const pieces: Uint8Array[] = [];
  const selecting = selectedPieces(object, selection, options);
  for (let step = selecting.next(); ; step = selecting.next()) {
    if (step.done === true) {
      const [only = object.bytes] = pieces;
      return { bytes: pieces.length > 1 ? Buffer.concat(pieces) : only, truncated: step.value };
    }
    if (step.value) pieces.push(step.value);
  }
}

/**
 * The bytes that answer `selection`, piece by piece, so that a caller may pause between them; `undefined` where there is
 * nothing yet. Lines that are kept are kept as they were stored; pieces end at ends of lines.
 *
 * What is returned in the end tells that a series had more instances in the range than `maxInstances`, or that they
 * were larger than `maxBytes`.
 */
export function* selectedPieces(
  object: CalendarObject,
  selection: DataSelection,
  options: SelectOptions,
): Generator<Uint8Array | undefined, boolean> {
  const { comp, recurrence, freeBusy } = selection;
  let current = object;
  let { bytes } = object;
  if (freeBusy) {
    bytes = applyEdits(bytes, yield* freeBusyEdits(current, freeBusy, options));
    // Only a limit or expansion of recurrences needs the object parsed again.
    if (recurrence) current = (yield* reread(bytes)) ?? current;
  }
  if (recurrence?.form === 'expand')
    return yield* expandedCalendar(current, recurrence.range, { ...options, comp });
  if (recurrence) bytes = applyEdits(bytes, limitEdits(current, recurrence.range, options));
  if (comp) {
    const calendar =
      bytes === object.bytes ? object.calendar : (yield* parseSteps(bytes, 'forgiving')).calendars[0];
    if (calendar) {
      const parts = new Parts(bytes);
      yield* selectedParts(calendar, comp, parts);
      bytes = parts.joined();
    }
  }
  yield bytes;
  return false;
}

function* reread(bytes: Uint8Array): Steps<CalendarObject | undefined> {
  const calendar = (yield* parseSteps(bytes, 'forgiving')).calendars[0];
  return calendar && objectOf(calendar, bytes);
}

/** RFC 4791 §9.6.1 to §9.6.4: what is not named is left out, VERSION and time zones included. */
function* selectedParts(component: Component, selection: CompSelection, parts: Parts): Steps<void> {
  parts.text(`BEGIN:${component.name}\r\n`);
  for (const property of component.properties) {
    const part = wantedPart(selection, property.name);
    if (part === 'no value') parts.text(withoutValue(property));
    else if (part === 'whole') parts.old(property);
    if (parts.isDue()) yield;
  }
  for (const inner of component.components) {
    if (selection.comps === 'all') parts.old(inner);
    else {
      const chosen = innerSelection(selection, inner.name);
      if (chosen) yield* selectedParts(inner, chosen, parts);
    }
    if (parts.isDue()) yield;
  }
  parts.text(`END:${component.name}\r\n`);
}

/** Builds the answer from stored lines and new ones; stored lines that lie together are copied together. */
class Parts {
  private readonly bytes: Uint8Array;
  private readonly pieces: Uint8Array[] = [];
  private from = 0;
  private to = 0;
  private fresh = '';
  private count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  old({ start, end }: { readonly start: number; readonly end: number }): void {
    this.passFresh();
    if (start !== this.to) this.passOld();
    if (this.to === this.from) this.from = start;
    this.to = end;
  }

  text(line: string): void {
    this.passOld();
    this.fresh += line;
  }

  /** Asked behind each line, of which so many take some milliseconds. */
  isDue(): boolean {
    return ++this.count % stepLines === 0;
  }

  joined(): Uint8Array {
    this.passOld();
    this.passFresh();
    return Buffer.concat(this.pieces);
  }

  private passOld(): void {
    if (this.to > this.from) this.pieces.push(this.bytes.subarray(this.from, this.to));
    this.from = this.to;
  }

  private passFresh(): void {
    if (this.fresh !== '') this.pieces.push(Buffer.from(this.fresh));
    this.fresh = '';
  }
}

const stepLines = 2_000;

/**
 * RFC 4791 §9.6.6: overrides that neither are in the range nor were, before they were moved, go. Where not all instances
 * could be looked at, none does: the client finds those it needs, and the others are more than it asked for.
 */
function limitEdits(object: CalendarObject, range: TimeRange, options: InstanceOptions): readonly Edit[] {
  const { master, overrides } = object;
  if (overrides.length === 0) return [];
  const inRange = new Set<Component>();
  const present = instances(object, range, options);
  for (const { component } of present) inRange.add(component);
  if (present.truncated) return [];
  const original = new Set<number>();
  let latest = -Infinity;
  if (master) {
    const planned = instances({ ...object, overrides: [] }, range, options);
    for (const { recurrenceId } of planned) {
      original.add(recurrenceId);
      latest = Math.max(latest, recurrenceId);
    }
    if (planned.truncated) return [];
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
function* freeBusyEdits(
  object: CalendarObject,
  range: TimeRange,
  options: InstanceOptions,
): Steps<readonly Edit[]> {
  const zones = zoneResolver(object.timezones, options.zone);
  const edits: Edit[] = [];
  let passed = 0;
  for (const component of object.calendar.components) {
    if (component.name !== 'VFREEBUSY') continue;
    for (const property of component.all('FREEBUSY')) {
      const tzid = property.param('TZID');
      const kept: string[] = [];
      let count = 0;
      for (const text of listEntries(property.rawValue)) {
        count++;
        if (++passed % stepPeriods === 0) yield;
        if (reachesInto(range, parsePeriod(text, { tzid }), zones)) kept.push(text);
      }
      if (kept.length === 0) edits.push(remove(property));
      else if (kept.length < count)
        edits.push(replace(property, contentLine('FREEBUSY', kept.join(), parametersOf(property))));
    }
  }
  return edits;
}

/** Periods of one step: some milliseconds. */
const stepPeriods = 2_000;

function reachesInto(range: TimeRange, period: Period | undefined, zones: ZoneResolver): boolean {
  if (!period) return true;
  const { start, end } = periodRange(period, zones);
  return start < range.end && end > range.start;
}

function parametersOf(property: Property): LineParameters {
  return { FBTYPE: property.param('FBTYPE'), TZID: property.param('TZID') };
}
