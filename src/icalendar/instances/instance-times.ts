/** When a component happens, from its properties: its start, its length, and which row of RFC 4791 §9.9 applies to it. */
import type { Component } from '../component.ts';
import type { Line, Lines } from '../event-lines.ts';
import type { ObjectKind } from '../object.ts';
import { type DateTimeValue, dayMs, type Instant, instant, type LocalTime, localTime } from '../time.ts';
import { type Duration, parseDateTime, parseDuration, parsePeriod, splitList } from '../value.ts';
import type { Zone, ZoneResolver } from '../zones/timezone.ts';
import type { OverlapRule } from './instance-overlap.ts';

/** Nominal days, which follow the clock, and then exact milliseconds (RFC 5545 §3.3.6). */
export interface Length {
  readonly days: number;
  readonly ms: number;
}

export interface Timing {
  readonly component: Component;
  /** What recurs: DTSTART, or the DUE of a to-do that has no DTSTART. Absent when the component has neither. */
  readonly anchor: DateTimeValue | undefined;
  /** The zone of the anchor, and the anchor on its clock. */
  readonly zone: Zone;
  readonly local: LocalTime;
  readonly start: Instant;
  readonly end: Instant;
  readonly length: Length;
  readonly rule: OverlapRule;
}

/** Reads when `component` happens. Several answers only for a VFREEBUSY of periods, none when it never happens. */
export function timingsOf(component: Component, kind: ObjectKind, zones: ZoneResolver): readonly Timing[] {
  switch (kind) {
    case 'VTODO':
      return [toDoTiming(component, zones)];
    case 'VFREEBUSY':
      return freeBusyTimings(component, zones);
    case 'VAVAILABILITY':
      return [availabilityTiming(component, zones)];
    case 'VEVENT':
    case 'VJOURNAL': {
      const start = dateTimeOf(component.first('DTSTART'));
      if (!start) return [];
      return [anchored(component, start, eventLength(component, kind, start, zones), 'span', zones)];
    }
    default:
      return kind;
  }
}

export function dateTimeOf(property: Line | undefined): DateTimeValue | undefined {
  if (!property) return undefined;
  const value = property.rawValue;
  // The common form needs no parameters: Z wins over TZID.
  if (value.length === 16) return parseDateTime(value);
  return parseDateTime(value, { tzid: property.param('TZID'), valueType: property.param('VALUE') });
}

/** The timing of a component that begins at `anchor`. */
export function anchored(
  component: Component,
  anchor: DateTimeValue,
  length: Length,
  rule: OverlapRule,
  zones: ZoneResolver,
): Timing {
  const zone = zones.zoneOf(anchor);
  const local = anchor.kind === 'utc' ? localTime(anchor.instant) : anchor.local;
  const start = anchor.kind === 'utc' ? anchor.instant : zone.toInstant(local);
  return { component, anchor, zone, local, start, end: endOf(zone, local, start, length), length, rule };
}

/** The end of what starts at `start`, which is `local` on the clock of `zone`. */
export function endOf(zone: Zone, local: LocalTime, start: Instant, length: Length): Instant {
  if (length.days === 0) return instant(Math.min(start + length.ms, lastInstant));
  const day = zone.toInstant(localTime(local + length.days * dayMs));
  return instant(Math.min(day + length.ms, lastInstant));
}

/** The last time that a DATE-TIME can express; a duration of a million weeks ends here. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59);

const oneDay: Length = { days: 1, ms: 0 };
const noLength: Length = { days: 0, ms: 0 };

/**
 * A DTEND gives all instances the same exact length, a DURATION the same nominal one (RFC 5545 §3.8.5.3); between two
 * DATEs it is days. DTEND wins over DURATION. What ends before it starts has no length; a day has at least one day.
 */
export function eventLength(
  component: Lines,
  kind: ObjectKind,
  start: DateTimeValue,
  zones: ZoneResolver,
): Length {
  const shortest = start.kind === 'date' ? oneDay : noLength;
  if (kind === 'VJOURNAL') return shortest;
  const end = dateTimeOf(component.first('DTEND'));
  if (end) return positive(between(start, end, zones), shortest);
  const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
  return duration ? positive(lengthOf(duration, start), shortest) : shortest;
}

function positive(length: Length, shortest: Length): Length {
  return length.days * dayMs + length.ms > 0 ? length : shortest;
}

function between(start: DateTimeValue, end: DateTimeValue, zones: ZoneResolver): Length {
  if (start.kind === 'date' && end.kind === 'date') {
    return { days: Math.round((end.local - start.local) / dayMs), ms: 0 };
  }
  return { days: 0, ms: zones.toInstant(end) - zones.toInstant(start) };
}

function lengthOf(duration: Duration, start: DateTimeValue): Length {
  const days = duration.weeks * 7 + duration.days;
  // Hours make no sense on a DATE; they count as a whole day.
  if (start.kind === 'date') return { days: days + Math.ceil(duration.ms / dayMs), ms: 0 };
  return { days, ms: duration.ms };
}

/** RFC 4791 §9.9, the table for VTODO. */
function toDoTiming(component: Component, zones: ZoneResolver): Timing {
  const start = dateTimeOf(component.first('DTSTART'));
  const due = dateTimeOf(component.first('DUE'));
  if (start && due) return anchored(component, start, between(start, due, zones), 'to-do-due', zones);
  if (due) return anchored(component, due, noLength, 'due', zones);
  if (start) {
    const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
    if (!duration) return anchored(component, start, noLength, 'span', zones);
    const length = positive(lengthOf(duration, start), noLength);
    return anchored(component, start, length, 'to-do-span', zones);
  }
  const created = instantOf(component.first('CREATED'), zones);
  const completed = instantOf(component.first('COMPLETED'), zones);
  if (created !== undefined && completed !== undefined)
    return unanchored(component, created, completed, 'created-completed', zones);
  if (completed !== undefined) return unanchored(component, completed, completed, 'completed', zones);
  if (created !== undefined) return unanchored(component, created, instant(Infinity), 'created', zones);
  return unanchored(component, instant(-Infinity), instant(Infinity), 'always', zones);
}

function instantOf(property: Line | undefined, zones: ZoneResolver): Instant | undefined {
  const value = dateTimeOf(property);
  return value && zones.toInstant(value);
}

function unanchored(
  component: Component,
  start: Instant,
  end: Instant,
  rule: OverlapRule,
  zones: ZoneResolver,
): Timing {
  const local = localTime(start);
  return { component, anchor: undefined, zone: zones.fallback, local, start, end, length: noLength, rule };
}

/** RFC 4791 §9.9, the table for VFREEBUSY: DTSTART and DTEND if both are there, else the periods. */
function freeBusyTimings(component: Component, zones: ZoneResolver): readonly Timing[] {
  const start = dateTimeOf(component.first('DTSTART'));
  const end = dateTimeOf(component.first('DTEND'));
  if (start && end) return [anchored(component, start, between(start, end, zones), 'published', zones)];
  const timings: Timing[] = [];
  for (const property of component.all('FREEBUSY')) {
    for (const text of splitList(property.rawValue)) {
      const period = parsePeriod(text, { tzid: property.param('TZID') });
      if (!period) continue;
      const length = period.end
        ? between(period.start, period.end, zones)
        : lengthOf(period.duration, period.start);
      timings.push(anchored(component, period.start, positive(length, noLength), 'span', zones));
    }
  }
  return timings;
}

/** RFC 7953 §3.1: without DTSTART or DTEND it has no bound on that side. */
function availabilityTiming(component: Component, zones: ZoneResolver): Timing {
  const start = dateTimeOf(component.first('DTSTART'));
  const end = dateTimeOf(component.first('DTEND'));
  const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
  if (start && (end || duration)) {
    return anchored(component, start, eventLength(component, 'VEVENT', start, zones), 'span', zones);
  }
  const from = start ? zones.toInstant(start) : instant(-Infinity);
  return unanchored(component, from, end ? zones.toInstant(end) : instant(Infinity), 'span', zones);
}
