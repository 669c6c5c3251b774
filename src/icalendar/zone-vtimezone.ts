/** Zones that an object defines itself: VTIMEZONE (RFC 5545 §3.6.5). */
import type { Component } from './component.ts';
import { walkRule } from './recur.ts';
import { dateOf, dayOf, lastYear, yearOf } from './recur-calendar.ts';
import { parseRecurrenceRule, type RecurrenceRule } from './recur-rule.ts';
import { type DateTimeValue, dayMs, hourMs, type LocalTime, localTime, minuteMs, secondMs } from './time.ts';
import { parseDateTime, splitList } from './value.ts';
import { type Stretch, StretchZone, type Zone } from './zone.ts';

/** Of more observances, and of more explicit dates in one, the rest is not read: no real zone has a tenth of them. */
const maxObservances = 1_000;
const maxDates = 5_000;
/** Periods of all rules that one window of years may cost, and onsets it may have. */
const maxSteps = 20_000;
const maxOnsets = 4_000;
/** Onsets are worked out for this many years at a time. */
const windowYears = 16;
/** Looking back for the last onset of a yearly rule; 29 February can be eight years away. */
const lookBackYears = 9;

/** One STANDARD or DAYLIGHT. */
interface Observance {
  readonly start: LocalTime;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  readonly rule: RecurrenceRule | undefined;
  /** The last instant at which the rule may begin; Infinity without UNTIL. */
  readonly until: number;
  /** Explicit onsets as instants, DTSTART included, ascending. */
  readonly dates: readonly number[];
}

/** From `at` on the offset is `offset`. */
interface Onset {
  readonly at: number;
  readonly offset: number;
}

/**
 * The zone that a VTIMEZONE describes, or `undefined` when no observance in it can be read.
 *
 * Only YEARLY rules are followed; of others DTSTART counts. Nothing is worked out before it is asked for, and then for
 * some years only, so that a hostile definition costs little.
 */
export function zoneFromVtimezone(component: Component): Zone | undefined {
  const observances: Observance[] = [];
  for (const child of component.components) {
    if (child.name !== 'STANDARD' && child.name !== 'DAYLIGHT') continue;
    const observance = observances.length < maxObservances ? readObservance(child) : undefined;
    if (observance) observances.push(observance);
  }
  if (observances.length === 0) return undefined;
  const table = new OnsetTable(observances);
  return new StretchZone(component.first('TZID')?.rawValue.trim() ?? '', true, (at) => table.stretchAt(at));
}

function readObservance(component: Component): Observance | undefined {
  const start = localOf(parseDateTime(component.first('DTSTART')?.rawValue ?? ''));
  const offsetTo = parseOffset(component.first('TZOFFSETTO')?.rawValue ?? '');
  const offsetFrom = parseOffset(component.first('TZOFFSETFROM')?.rawValue ?? '') ?? offsetTo;
  if (start === undefined || offsetTo === undefined || offsetFrom === undefined) return undefined;
  const ruleText = component.first('RRULE')?.rawValue;
  const parsed = ruleText === undefined ? undefined : parseRecurrenceRule(ruleText).rule;
  const rule = parsed?.frequency === 'YEARLY' ? parsed : undefined;
  const dates = new Set([start - offsetFrom]);
  for (const property of component.all('RDATE')) {
    for (const text of splitList(property.rawValue)) {
      const value = parseDateTime(text);
      if (value && dates.size < maxDates) dates.add(instantOf(value, start, offsetFrom));
    }
  }
  return {
    start,
    offsetFrom,
    offsetTo,
    rule,
    until: rule?.until ? instantOf(rule.until, localTime(dayMs - 1), offsetFrom) : Infinity,
    dates: [...dates].sort((a, b) => a - b),
  };
}

function localOf(value: DateTimeValue | undefined): LocalTime | undefined {
  if (!value) return undefined;
  return value.kind === 'utc' ? localTime(value.instant) : value.local;
}

/** Onsets are written in the local time before them; a DATE takes its time of day from `clock`. */
function instantOf(value: DateTimeValue, clock: LocalTime, offsetFrom: number): number {
  if (value.kind === 'utc') return value.instant;
  const time = value.kind === 'date' ? clock - Math.floor(clock / dayMs) * dayMs : 0;
  return value.local + time - offsetFrom;
}

/** A UTC-OFFSET in milliseconds. RFC 5545 §3.3.14; colons and a missing sign are tolerated. */
export function parseOffset(text: string): number | undefined {
  const match = /^([+-]?)(\d{2}):?(\d{2}):?(\d{2})?$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Number(match[2]) * hourMs + Number(match[3]) * minuteMs + Number(match[4] ?? 0) * secondMs;
  if (ms >= dayMs) return undefined;
  return match[1] === '-' ? -ms : ms;
}

class OnsetTable {
  private readonly observances: readonly Observance[];
  private readonly windows = new Map<number, readonly Stretch[]>();
  private readonly firstOffset: number;

  constructor(observances: readonly Observance[]) {
    this.observances = observances;
    let first: { readonly at: number; readonly offset: number } = { at: Infinity, offset: 0 };
    for (const { dates, offsetFrom } of observances) {
      const at = dates[0] ?? Infinity;
      if (at < first.at) first = { at, offset: offsetFrom };
    }
    this.firstOffset = first.offset;
  }

  stretchAt(at: number): Stretch {
    const year = at >= farFuture ? lastYear : at >= farPast ? yearOf(dateOf(Math.floor(at / dayMs))) : 0;
    const number = Math.floor(year / windowYears);
    let stretches = this.windows.get(number);
    if (!stretches) this.windows.set(number, (stretches = this.stretchesOf(number)));
    for (const stretch of stretches) if (at < stretch.until) return stretch;
    return stretches[stretches.length - 1] ?? { from: -Infinity, until: Infinity, offset: this.firstOffset };
  }

  private stretchesOf(window: number): readonly Stretch[] {
    const firstYear = window * windowYears;
    const from = firstYear <= 0 ? -Infinity : dayOf(firstYear, 1, 1) * dayMs;
    const until =
      firstYear + windowYears > lastYear ? Infinity : dayOf(firstYear + windowYears, 1, 1) * dayMs;
    const budget = { left: maxSteps };
    const onsets: Onset[] = [];
    let current: Onset = { at: -Infinity, offset: this.firstOffset };
    for (const observance of this.observances) {
      const offset = observance.offsetTo;
      for (const at of onsetsOf(observance, from, until, budget)) {
        if (at >= from && at < until) onsets.push({ at, offset });
        else if (at < from && at >= current.at) current = { at, offset };
        if (onsets.length > maxOnsets) break;
      }
    }
    onsets.sort((a, b) => a.at - b.at);
    const stretches: Stretch[] = [];
    let start = from;
    for (const onset of onsets) {
      if (onset.at > start) stretches.push({ from: start, until: onset.at, offset: current.offset });
      start = onset.at;
      current = onset;
    }
    stretches.push({ from: start, until, offset: current.offset });
    return stretches;
  }
}

const farPast = dayOf(1, 1, 1) * dayMs;
const farFuture = dayOf(lastYear + 1, 1, 1) * dayMs;

/** The onsets of an observance between `from` and `until`, and at least the last one before `from`, in no order. */
function* onsetsOf(
  observance: Observance,
  from: number,
  until: number,
  budget: { left: number },
): Generator<number> {
  yield* observance.dates;
  const { rule, offsetFrom } = observance;
  if (!rule || observance.start - offsetFrom >= until) return;
  const lookBack = lookBackYears * rule.interval * 366 * dayMs;
  const last = Math.min(observance.until, until) + offsetFrom;
  let found = false;
  for (const walkFrom of [from - lookBack, observance.start as number]) {
    const bounds = { from: localTime(walkFrom), until: localTime(last), budget, start: 'counts' } as const;
    const walk = walkRule(rule, observance.start, bounds);
    for (let local = walk.next(), count = 0; !Number.isNaN(local) && count < maxOnsets; local = walk.next()) {
      yield local - offsetFrom;
      found = true;
      count++;
    }
    // A rule that ended long before: its last onset may still be in force.
    if (found || walkFrom <= observance.start) return;
  }
}
