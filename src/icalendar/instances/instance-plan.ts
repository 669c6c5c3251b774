/** A calendar object prepared for expansion: its series, its overrides in order, and how far instances can be moved. */
import type { Component } from '../component.ts';
import type { CalendarObject } from '../object.ts';
import { type StepBudget, walkRule } from '../recurrence/recur.ts';
import { compareRevisions } from '../revision.ts';
import { completed, type Steps } from '../steps.ts';
import { type DateTimeValue, dayMs, type Instant, type LocalTime, localTime } from '../time.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { indexBounds, type OverlapRule } from './instance-overlap.ts';
import { anchored, dateTimeOf, type Length, type Timing, timingsOf } from './instance-times.ts';
import { type BoundedRule, isRecurring, onClockOf, readSeries, type Series } from './recur-set.ts';

/** What expansion needs of a calendar object. Any recurring component will do: an AVAILABLE expands like a VEVENT. */
export type RecurringObject = Pick<CalendarObject, 'kind' | 'master' | 'overrides' | 'timezones'>;

/** A component with RECURRENCE-ID. */
export interface Override {
  /** The instance it replaces. */
  readonly at: Instant;
  readonly timing: Timing;
  /** RECURRENCE-ID as written. */
  readonly value: DateTimeValue | undefined;
  /** How much later than the replaced instance it is, on the clock of its own zone. */
  readonly shiftMs: number;
}

export interface InstancePlan {
  readonly zones: ZoneResolver;
  /** Components that do not recur. */
  readonly timings: readonly Timing[];
  readonly series: Series | undefined;
  /** In order of `at`. */
  readonly overrides: readonly Override[];
  /** `overrides`, and also those that were replaced by newer ones of the same instance. */
  readonly every: readonly Override[];
  /** The instants that overrides replace. */
  readonly replaced: ReadonlySet<number>;
  /** Overrides with RANGE=THISANDFUTURE, in order of `at`. */
  readonly lasting: readonly Override[];
  /** An instance of the series at T lies within `[T + earliestMs, T + latestMs]`, moved by a lasting override or not. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Prepares an object. Floating times and dates are in `zone`. Series are kept prepared as long as the object lives. */
export function instancePlan(object: RecurringObject, zone: Zone): InstancePlan {
  const { kind, master, overrides, timezones } = object;
  if (overrides.length === 0 && !(master && isRecurring(master))) {
    const zones = zoneResolver(timezones, zone);
    return singlePlan(master ? timingsOf(master, kind, zones) : [], zones);
  }
  return completed(planSteps(object, zone));
}

/** Prepares a series, in steps of which one with few changed instances takes one: `instancePlan` then has it. */
export function* planSteps(object: RecurringObject, zone: Zone): Steps<InstancePlan> {
  const known = plans.get(object);
  if (known && known.zones.fallback === zone) return known;
  const plan = yield* seriesPlan(object, zoneResolver(object.timezones, zone));
  plans.set(object, plan);
  return plan;
}

const plans = new WeakMap<RecurringObject, InstancePlan>();

// Written out: this is made for each event, and spreading a constant into it took longer than all the rest.
function singlePlan(timings: readonly Timing[], zones: ZoneResolver): InstancePlan {
  return {
    zones,
    timings,
    series: undefined,
    overrides: none,
    every: none,
    replaced: nothing,
    lasting: none,
    earliestMs: 0,
    latestMs: 0,
  };
}

const none: readonly Override[] = [];
const nothing: ReadonlySet<number> = new Set();

/** Overrides in one step, which takes some milliseconds. */
const stepOverrides = 500;
/** Overrides in one step if each may have to read a zone of its own first. */
const stepZoned = 20;
const fewZones = 20;

function* seriesPlan(
  { kind, master, overrides, timezones }: RecurringObject,
  zones: ZoneResolver,
): Steps<InstancePlan> {
  const stepSize = timezones.size > fewZones ? stepZoned : stepOverrides;
  const timings = master ? timingsOf(master, kind, zones) : [];
  const only = timings[0];
  // A master without RRULE is a series of one, so that an override can replace it.
  const series = only?.anchor ? yield* readSeries(only, zones) : undefined;
  const read: Override[] = [];
  for (const component of overrides) {
    const override = readOverride(component, kind, series, zones);
    if (override) read.push(override);
    if (read.length % stepSize === 0 && read.length > 0) yield;
  }
  read.sort((a, b) => a.at - b.at || compareRevisions(a.timing.component, b.timing.component));
  const lasting = series ? newestOf(read.filter(({ timing }) => lastsOn(timing.component))) : none;
  const current = lasting.length === 0 ? newestOf(read) : withSingle(lasting, read);
  const { earliestMs, latestMs } = series ? reachOf(series, lasting) : { earliestMs: 0, latestMs: 0 };
  return {
    zones,
    timings: series ? [] : timings,
    series,
    overrides: current,
    every: read,
    replaced: new Set(current.map(({ at }) => at)),
    lasting,
    earliestMs,
    latestMs,
  };
}

/** An override of one instance wins over one of that instance and all later ones. */
function withSingle(lasting: readonly Override[], all: readonly Override[]): readonly Override[] {
  const single = all.filter(({ timing }) => !lastsOn(timing.component));
  return newestOf([...lasting, ...single].sort((a, b) => a.at - b.at));
}

/**
 * Keeps one override for each instance: the newer, or the one that comes later in the file. `overrides` are in order of
 * time.
 */
function newestOf(overrides: readonly Override[]): readonly Override[] {
  return overrides.filter((override, index) => override.at !== overrides[index + 1]?.at);
}

/** The overrides that count: those without a newer one of the same instance. */
export function currentOverrides(object: CalendarObject, zone: Zone): readonly Component[] {
  const { overrides } = object;
  if (overrides.length < 2) return overrides;
  const plan = instancePlan(object, zone);
  const current = new Set([...plan.overrides, ...plan.lasting].map(({ timing }) => timing.component));
  if (current.size === overrides.length) return overrides;
  return overrides.filter((one) => current.has(one) || !dateTimeOf(one.first('RECURRENCE-ID')));
}

/** RANGE=THISANDPRIOR, of RFC 2445, was dropped by RFC 5545: such an override replaces its one instance. */
function lastsOn(component: Component): boolean {
  return component.first('RECURRENCE-ID')?.param('RANGE')?.toUpperCase() === 'THISANDFUTURE';
}

function readOverride(
  component: Component,
  kind: RecurringObject['kind'],
  series: Series | undefined,
  zones: ZoneResolver,
): Override | undefined {
  const value = dateTimeOf(component.first('RECURRENCE-ID'));
  const original = value && (series ? onClockOf(series.timing, value, zones).at : zones.toInstant(value));
  let timing = timingsOf(component, kind, zones)[0];
  // An override that does not say when is where its instance was.
  if (!timing?.anchor && value) {
    timing = anchored(
      component,
      value,
      series?.timing.length ?? noLength,
      series?.timing.rule ?? 'span',
      zones,
    );
  }
  if (!timing) return undefined;
  const at = original ?? timing.start;
  return { at, timing, value, shiftMs: timing.local - timing.zone.toLocal(at) };
}

const noLength: Length = { days: 0, ms: 0 };

/** The start to which a THISANDFUTURE override moves the instance at `at`, on the clock of its own zone. */
export function shiftedLocal(override: Override, at: Instant): LocalTime {
  return localTime(override.timing.zone.toLocal(at) + override.shiftMs);
}

/** How far from their time in the series instances can lie. */
function reachOf(
  series: Series,
  lasting: readonly Override[],
): Pick<InstancePlan, 'earliestMs' | 'latestMs'> {
  let earliestMs = 0;
  let latestMs = 0;
  const include = (rule: OverlapRule, shiftMs: number, length: Length): void => {
    // Where clocks are turned, nominal times are longer or shorter, by less than a day.
    const doubtMs = shiftMs === 0 && length.days === 0 ? 0 : dayMs;
    const bounds = indexBounds(rule, shiftMs, shiftMs + length.days * dayMs + length.ms);
    earliestMs = Math.min(earliestMs, bounds.start - doubtMs);
    latestMs = Math.max(latestMs, bounds.end + doubtMs);
  };
  include(series.timing.rule, 0, series.timing.length);
  for (const { length } of series.dates) if (length) include(series.timing.rule, 0, length);
  for (const { timing, shiftMs } of lasting) include(timing.rule, shiftMs, timing.length);
  return { earliestMs, latestMs };
}

/** The original starts of a series lie within `[first, last]`; `last` is Infinity also when it is too far to be found. */
export function seriesBounds(series: Series): {
  readonly first: number;
  readonly last: number;
  readonly infinite: boolean;
} {
  const { timing, dates, rules } = series;
  let last: number = Math.max(timing.start, dates[dates.length - 1]?.at ?? -Infinity);
  let infinite = false;
  const budget = { left: maxCounted };
  for (const bounded of rules) {
    last = Math.max(last, lastOfRule(bounded, timing, budget));
    infinite ||= bounded.until === Infinity && bounded.rule.count === undefined;
  }
  return { first: Math.min(timing.start, dates[0]?.at ?? Infinity), last, infinite };
}

/** The most instances and periods that are counted to find where a COUNT ends. */
const maxCounted = 20_000;

function lastOfRule({ rule, until }: BoundedRule, { local, zone }: Timing, budget: StepBudget): number {
  if (rule.count === undefined) return until;
  const bounds = { from: local, until: localTime(Infinity), budget, start: 'counts' } as const;
  const walk = walkRule(rule, local, bounds);
  let last = local;
  for (let at = walk.next(); !Number.isNaN(at); at = walk.next()) {
    last = localTime(at);
    if (--budget.left < 0) break;
  }
  if (budget.left < 0) return until;
  // A time that the clock skips is read as a later instant than its neighbours on the clock.
  return Math.min(until, zone.toInstant(last) + dayMs);
}
