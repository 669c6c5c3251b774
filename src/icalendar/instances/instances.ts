/**
 * The instances of a calendar object in a time range: of a single component, of a series with its overrides, or of
 * overrides alone (RFC 5545 §3.8.4.4, RFC 4791 §9.9).
 *
 * Work is bounded in instances and in steps; what could not be looked at is said by `truncated`, nothing is thrown.
 */
import type { Component } from '../component.ts';
import type { Lines } from '../event-lines.ts';
import type { StepBudget } from '../recurrence/recur.ts';
import {
  type DateTimeValue,
  dayMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
  type TimeRange,
} from '../time.ts';
import type { Zone, ZoneResolver } from '../zones/timezone.ts';
import { indexBounds, type OverlapRule, spanOverlaps } from './instance-overlap.ts';
import {
  type InstancePlan,
  instancePlan,
  type Override,
  type RecurringObject,
  seriesBounds,
  shiftedLocal,
} from './instance-plan.ts';
import { dateTimeOf, endOf, eventLength, type Length, type Timing } from './instance-times.ts';
import { SeriesWalk } from './recur-set.ts';

export { type OverlapRule, spanOverlaps } from './instance-overlap.ts';
export type { RecurringObject } from './instance-plan.ts';

export interface InstanceOptions {
  /** For dates and floating times: the zone of the request, the calendar or its owner. */
  readonly zone: Zone;
  readonly maxInstances: number;
  /** The most periods and candidates that are looked at; `defaultMaxSteps` take a few milliseconds at most. */
  readonly maxSteps?: number;
}

const defaultMaxSteps = 50_000;

export interface Instance {
  /** The component that describes it: the master, or an override. */
  readonly component: Component;
  /** Whether it belongs to a series, or replaces an instance of one. */
  readonly recurring: boolean;
  /** The original start in the series (RECURRENCE-ID); for other components their own start. */
  readonly recurrenceId: Instant;
  /** Infinite only if the component has no date on that side (a to-do, a VAVAILABILITY). */
  readonly start: Instant;
  /** Not before `start`, except of a to-do that is due before it starts. */
  readonly end: Instant;
  /** Whether it starts on a DATE. */
  readonly allDay: boolean;
  readonly rule: OverlapRule;
  /** Start, end and original start in the form and zone in which the component writes its start. */
  readonly value: DateTimeValue;
  readonly endValue: DateTimeValue;
  readonly recurrenceValue: DateTimeValue;
}

/** Instances one by one. It is its own iterator and can be read once. */
export interface InstanceCursor extends IterableIterator<Instance> {
  /** Whether a bound ended it, so that there may be more instances. */
  readonly truncated: boolean;
}

/**
 * The instances that overlap `range` by the rules of RFC 4791 §9.9, lazily, in order of `recurrenceId`.
 *
 * Instances of a series outside of the range are not visited, unless COUNT makes it necessary. An override is an
 * instance of its own: it is found where it was moved to, also when the rule does not name the instance it replaces.
 * With RANGE=THISANDFUTURE it moves all later instances that have no override of their own by as much on the clock, and
 * gives them its length and properties.
 */
export function instances(
  object: RecurringObject,
  range: TimeRange,
  options: InstanceOptions,
): InstanceCursor {
  return new Cursor(instancePlan(object, options.zone), range, options);
}

/** When something happens, and how that is written. */
export type Happening = Pick<Instance, 'start' | 'end' | 'allDay' | 'value' | 'endValue'>;

/** When a single event happens; `undefined` if it does not say when. */
export function singleHappening(event: Lines, zones: ZoneResolver): Happening | undefined {
  const value = dateTimeOf(event.first('DTSTART'));
  if (!value) return undefined;
  const length = eventLength(event, 'VEVENT', value, zones);
  const zone = zones.zoneOf(value);
  const local = value.kind === 'utc' ? localTime(value.instant) : value.local;
  const start = value.kind === 'utc' ? value.instant : zone.toInstant(local);
  const end = endOf(zone, local, start, length);
  const allDay = value.kind === 'date';
  return { start, end, allDay, value, endValue: writtenEnd(value, zone, end, local, length) };
}

/** One row of the occurrence index. */
export interface OccurrenceRow {
  /** For a search of `start < range.end` and (`end > range.start` or `start >= range.start`); may be infinite. */
  readonly start: Instant;
  readonly end: Instant;
  /** The component whose TRANSP and STATUS decide whether it is busy: the master or an override. */
  readonly component: Component;
}

/** The rows of the occurrence index: each instance that `instances` finds in any part of `range` has one. */
export function occurrenceRows(
  object: RecurringObject,
  range: TimeRange,
  options: InstanceOptions,
): { readonly rows: readonly OccurrenceRow[]; readonly truncated: boolean } {
  const cursor = new Cursor(instancePlan(object, options.zone), range, options);
  const rows: OccurrenceRow[] = [];
  for (let found = cursor.find(); found; found = cursor.find()) {
    const { start, end, timing } = found;
    const { component } = timing;
    if (timing.rule === 'span') rows.push({ start, end, component });
    else {
      const bounds = indexBounds(timing.rule, start, end);
      rows.push({ start: instant(bounds.start), end: instant(bounds.end), component });
    }
  }
  return { rows, truncated: cursor.truncated };
}

export interface Extent {
  /** The first start of all instances. */
  readonly first: Instant;
  /** The last end of all instances. Infinity for a series without end, or with an end too far away to be calculated. */
  readonly last: Instant;
  readonly recurring: boolean;
  /** Whether a rule has neither COUNT nor UNTIL. */
  readonly infinite: boolean;
}

/** The bounds of all instances. An object that never happens has `first` Infinity and `last` -Infinity. */
export function extent(object: RecurringObject, zone: Zone): Extent {
  const plan = instancePlan(object, zone);
  const bounds = plan.series && seriesBounds(plan.series);
  let first = bounds ? bounds.first + plan.earliestMs : Infinity;
  let last = bounds ? bounds.last + plan.latestMs : -Infinity;
  const include = ({ rule, start, end }: Timing): void => {
    const own = indexBounds(rule, start, end);
    first = Math.min(first, own.start);
    last = Math.max(last, own.end);
  };
  plan.timings.forEach(include);
  for (const { timing } of plan.overrides) include(timing);
  return {
    first: instant(first),
    last: instant(last),
    recurring: bounds !== undefined || plan.overrides.length > 0,
    infinite: bounds?.infinite ?? false,
  };
}

/** An instance that has not been checked for overlap yet. */
interface Candidate {
  readonly timing: Timing;
  readonly recurrenceId: Instant;
  readonly start: Instant;
  readonly end: Instant;
  /** The start on the clock of the timing's zone. */
  readonly local: LocalTime;
  readonly length: Length;
  readonly override: Override | undefined;
}

class Cursor implements InstanceCursor {
  truncated = false;
  private readonly plan: InstancePlan;
  private readonly range: TimeRange;
  private readonly budget: StepBudget;
  private readonly walk: SeriesWalk | undefined;
  private walking: boolean;
  private remaining: number;
  private timingIndex = 0;
  private overrideIndex = 0;
  private lastingIndex = -1;

  constructor(plan: InstancePlan, range: TimeRange, options: InstanceOptions) {
    this.plan = plan;
    this.range = range;
    this.remaining = options.maxInstances;
    this.budget = { left: options.maxSteps ?? defaultMaxSteps };
    if (plan.series) {
      const from = instant(range.start - plan.latestMs);
      this.walk = new SeriesWalk(plan.series, from, instant(range.end - plan.earliestMs), this.budget);
    }
    this.walking = this.walk?.advance() ?? false;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Instance, undefined> {
    const found = this.find();
    return found
      ? { done: false, value: new Found(found, this.plan.series?.timing) }
      : { done: true, value: undefined };
  }

  /** The next candidate that overlaps the range. */
  find(): Candidate | undefined {
    for (let candidate = this.step(); candidate; candidate = this.step()) {
      if (!spanOverlaps(candidate.timing.rule, candidate.start, candidate.end, this.range)) continue;
      if (--this.remaining >= 0) return candidate;
      this.truncated = true;
      return undefined;
    }
    if (this.budget.left < 0) this.truncated = true;
    return undefined;
  }

  /** The next candidate in order of `recurrenceId`. */
  private step(): Candidate | undefined {
    const { plan, walk } = this;
    const timing = plan.timings[this.timingIndex];
    if (timing) {
      this.timingIndex++;
      const { start, end, local, length } = timing;
      return { timing, recurrenceId: start, start, end, local, length, override: undefined };
    }
    const override = plan.overrides[this.overrideIndex];
    const until = override?.at ?? Infinity;
    while (this.walking) {
      if (!walk || walk.at >= until) break;
      const replaced = plan.replaced.size > 0 && plan.replaced.has(walk.at);
      const candidate = replaced ? undefined : this.candidateOf(walk);
      this.walking = walk.advance();
      if (candidate) return candidate;
    }
    if (!override) return undefined;
    this.overrideIndex++;
    const { start, end, local, length } = override.timing;
    return { timing: override.timing, recurrenceId: override.at, start, end, local, length, override };
  }

  private candidateOf(walk: SeriesWalk): Candidate {
    const { lasting } = this.plan;
    const { at, local } = walk;
    while ((lasting[this.lastingIndex + 1]?.at ?? Infinity) <= at) this.lastingIndex++;
    const moved = lasting[this.lastingIndex];
    if (moved) {
      const { timing } = moved;
      const { zone, length } = timing;
      const newLocal = shiftedLocal(moved, at);
      const start = zone.toInstant(newLocal);
      const end = endOf(zone, newLocal, start, length);
      return { timing, recurrenceId: at, start, end, local: newLocal, length, override: undefined };
    }
    const { timing } = walk;
    const length = walk.length ?? timing.length;
    const end = endOf(timing.zone, local, at, length);
    return { timing, recurrenceId: at, start: at, end, local, length, override: undefined };
  }
}

/** Written values are calculated only when asked for: most callers only want instants. */
class Found implements Instance {
  readonly recurrenceId: Instant;
  readonly start: Instant;
  readonly end: Instant;
  private readonly candidate: Candidate;
  private readonly series: Timing | undefined;

  constructor(candidate: Candidate, series: Timing | undefined) {
    this.recurrenceId = candidate.recurrenceId;
    this.start = candidate.start;
    this.end = candidate.end;
    this.candidate = candidate;
    this.series = series;
  }

  get component(): Component {
    return this.candidate.timing.component;
  }

  get recurring(): boolean {
    return this.series !== undefined || this.candidate.override !== undefined;
  }

  get allDay(): boolean {
    return this.candidate.timing.anchor?.kind === 'date';
  }

  get rule(): OverlapRule {
    return this.candidate.timing.rule;
  }

  get value(): DateTimeValue {
    const { timing, start, local } = this.candidate;
    return written(timing.anchor, start, local);
  }

  get endValue(): DateTimeValue {
    const { timing, local, length } = this.candidate;
    return writtenEnd(timing.anchor, timing.zone, this.end, local, length);
  }

  get recurrenceValue(): DateTimeValue {
    const { series, candidate, recurrenceId } = this;
    const own = candidate.override?.value;
    if (own && (!series || saysInstant(own, series.anchor))) return own;
    if (!series) return this.value;
    return written(series.anchor, recurrenceId, series.zone.toLocal(recurrenceId));
  }
}

/**
 * Whether a RECURRENCE-ID says by itself which instance of a series it is about: not a day in a series of times, nor a time in
 * one of days or without a zone in one that has one, which take the series to be understood.
 */
function saysInstant(own: DateTimeValue, anchor: DateTimeValue | undefined): boolean {
  return (
    own.kind === anchor?.kind || (anchor?.kind !== 'date' && (own.kind === 'utc' || own.kind === 'zoned'))
  );
}

/** The end of what begins at `anchor`, in this instance at `local`. */
function writtenEnd(
  anchor: DateTimeValue | undefined,
  zone: Zone,
  end: Instant,
  local: LocalTime,
  length: Length,
): DateTimeValue {
  if (anchor?.kind !== 'date') return written(anchor, end, zone.toLocal(end));
  // A DATE that ends at a time of day (DTEND of another type) ends in UTC.
  if (length.ms !== 0) return { kind: 'utc', instant: end };
  return { kind: 'date', local: localTime(local + length.days * dayMs) };
}

/** A time in the form of `anchor`. */
function written(anchor: DateTimeValue | undefined, at: Instant, local: LocalTime): DateTimeValue {
  if (!anchor || anchor.kind === 'utc') return { kind: 'utc', instant: at };
  if (anchor.kind === 'date') return { kind: 'date', local: localTime(Math.floor(local / dayMs) * dayMs) };
  return anchor.kind === 'zoned' ? { kind: 'zoned', local, tzid: anchor.tzid } : { kind: 'floating', local };
}
