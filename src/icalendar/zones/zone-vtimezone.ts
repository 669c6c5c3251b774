/** Zones that an object defines itself: VTIMEZONE (RFC 5545 §3.6.5). */
import type { Component } from '../component.ts';
import { type StepBudget, walkRule } from '../recurrence/recur.ts';
import { dateOf, dayOf, lastYear, yearOf } from '../recurrence/recur-calendar.ts';
import { parseRecurrenceRule, type RecurrenceRule } from '../recurrence/recur-rule.ts';
import { type DateTimeValue, dayMs, hourMs, type LocalTime, localTime, minuteMs, secondMs } from '../time.ts';
import { parseDateTime, splitList } from '../value.ts';
import { tzidOf } from '../zone-tzid.ts';
import { type Stretch, StretchZone, type Zone } from './zone.ts';

/** The time of day that UNTIL means when it is a day. */
export const endOfDay: LocalTime = localTime(dayMs - secondMs);

/** The most observances, and the most explicit dates in all of them, that are read: no real zone has a tenth of them. */
const maxObservances = 500;
export const maxDates = 5_000;
/** A rule that changes the clock more often in `windowYears` is none, and only its DTSTART counts. */
const maxOnsetsOfRule = 64;
/** Steps that a zone may cost as long as it lives: real ones need about 50 for each window. */
const maxSteps = 10_000;
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
  const room = { left: maxDates };
  for (const child of observancesOf(component)) {
    const observance = readObservance(child, room);
    if (observance) observances.push(observance);
  }
  if (observances.length === 0) return undefined;
  const table = new OnsetTable(observances);
  return new StretchZone(tzidOf(component) ?? '', true, (at) => table.stretchAt(at));
}

/** The observances that are read. */
export function observancesOf({ components }: Component): readonly Component[] {
  const observances: Component[] = [];
  for (const component of components) {
    if (component.name !== 'STANDARD' && component.name !== 'DAYLIGHT') continue;
    observances.push(component);
    if (observances.length === maxObservances) break;
  }
  return observances;
}

/** The first `count` values of a list of dates. Of a line of megabytes no more than that is looked at. */
export function datesIn(rawValue: string, count: number): readonly string[] {
  return splitList(rawValue.slice(0, count * maxDateLength)).slice(0, count);
}

/** `19700101T000000Z/PT1H,`, and blanks. */
const maxDateLength = 40;

/** `room`: explicit dates that the zone may still have. */
function readObservance(component: Component, room: { left: number }): Observance | undefined {
  const start = startOf(component);
  const offsetTo = parseOffset(component.first('TZOFFSETTO')?.rawValue ?? '');
  const offsetFrom = parseOffset(component.first('TZOFFSETFROM')?.rawValue ?? '') ?? offsetTo;
  if (start === undefined || offsetTo === undefined || offsetFrom === undefined) return undefined;
  const ruleText = component.first('RRULE')?.rawValue;
  const parsed = ruleText === undefined ? undefined : parseRecurrenceRule(ruleText).rule;
  const rule = parsed?.frequency === 'YEARLY' ? parsed : undefined;
  const dates = new Set([start - offsetFrom]);
  for (const property of component.all('RDATE')) {
    const texts = datesIn(property.rawValue, room.left);
    room.left -= texts.length;
    for (const text of texts) {
      const value = parseDateTime(text);
      if (value) dates.add(onsetOf(value, start, offsetFrom));
    }
  }
  return {
    start,
    offsetFrom,
    offsetTo,
    rule,
    until: rule?.until ? onsetOf(rule.until, endOfDay, offsetFrom) : Infinity,
    dates: [...dates].sort((a, b) => a - b),
  };
}

/**
 * When an observance begins: a local time, even where it is written in UTC (RFC 5545 §3.6.5).
 *
 * Without a date that can be read, as imports leave it out, it begins long ago; `undefined` for a DAYLIGHT without a rule, of
 * which then nobody knows when it is.
 */
export function startOf(observance: Component): LocalTime | undefined {
  const value = parseDateTime(observance.first('DTSTART')?.rawValue ?? '');
  if (value) return value.kind === 'utc' ? localTime(value.instant) : value.local;
  return observance.name === 'STANDARD' || observance.first('RRULE') ? longAgo : undefined;
}

const longAgo = localTime(0);

/** Onsets are written in the local time before them; a DATE takes its time of day from `clock`. */
export function onsetOf(value: DateTimeValue, clock: LocalTime, offsetFrom: number): number {
  if (value.kind === 'utc') return value.instant;
  const time = value.kind === 'date' ? clock - Math.floor(clock / dayMs) * dayMs : 0;
  return value.local + time - offsetFrom;
}

/**
 * A UTC-OFFSET in milliseconds. RFC 5545 §3.3.14; colons, a missing sign and hours alone are tolerated.
 */
export function parseOffset(text: string): number | undefined {
  const [, sign = '', hours = '', minutes = '0', seconds = '0'] = offsetForm.exec(text.trim()) ?? [];
  if (hours === '') return undefined;
  const ms = Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * secondMs;
  if (ms >= dayMs) return undefined;
  return sign === '-' ? -ms : ms;
}

const offsetForm = /^([+-]?)(\d{1,2}(?=:|$)|\d{2})(?::?(\d{2})(?::?(\d{2}))?)?$/;

/** As strict readers take it: `+0530`, `-034230`. */
export function formatOffset(offset: number): string {
  const size = Math.abs(offset);
  const seconds = (size % minuteMs) / secondMs;
  const parts = [size / hourMs, (size % hourMs) / minuteMs, ...(seconds ? [seconds] : [])];
  return `${offset < 0 ? '-' : '+'}${parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join('')}`;
}

class OnsetTable {
  private readonly rules: readonly Observance[];
  /** DTSTARTs and RDATEs, in order of time. */
  private readonly explicit: readonly Onset[];
  private readonly firstOffset: number;
  private readonly windows = new Map<number, readonly Stretch[]>();
  private readonly budget: StepBudget = { left: maxSteps };

  constructor(observances: readonly Observance[]) {
    const explicit: Onset[] = [];
    let first: Onset = { at: Infinity, offset: 0 };
    for (const { dates, offsetFrom, offsetTo } of observances) {
      for (const at of dates) {
        explicit.push({ at, offset: offsetTo });
        if (at < first.at) first = { at, offset: offsetFrom };
      }
    }
    this.explicit = explicit.sort((a, b) => a.at - b.at);
    this.rules = observances.filter(({ rule }) => rule !== undefined);
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
    const begin = this.indexOf(from);
    const onsets = this.explicit.slice(begin, this.indexOf(until));
    let current: Onset = this.explicit[begin - 1] ?? { at: -Infinity, offset: this.firstOffset };
    for (const observance of this.rules) {
      const offset = observance.offsetTo;
      for (const at of ruleOnsets(observance, from, until, this.budget)) {
        if (at >= from) onsets.push({ at, offset });
        else if (at >= current.at) current = { at, offset };
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

  /** Of the first explicit onset that is not before `at`. */
  private indexOf(at: number): number {
    let low = 0;
    let high = this.explicit.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.explicit[middle]?.at ?? Infinity) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const farPast = dayOf(1, 1, 1) * dayMs;
const farFuture = dayOf(lastYear + 1, 1, 1) * dayMs;

/** What a rule gives between `from` and `until`, and at least its last onset before `from`; in order. */
function ruleOnsets(
  observance: Observance,
  from: number,
  until: number,
  budget: StepBudget,
): readonly number[] {
  const { rule, start, offsetFrom } = observance;
  if (!rule || start - offsetFrom >= until) return [];
  const last = Math.min(observance.until, until) + offsetFrom;
  const counted = rule.count !== undefined;
  // A rule that ended long before: its last onset may still be in force.
  const lookFrom = Math.min(from + offsetFrom, last) - lookBackYears * rule.interval * 366 * dayMs;
  const walk = walkRule(rule, start, {
    from: counted ? start : localTime(lookFrom),
    until: localTime(last),
    budget,
    start: 'counts',
  });
  const onsets: number[] = [];
  for (let local = walk.next(); !Number.isNaN(local); local = walk.next()) {
    if ((onsets.length >= maxOnsetsOfRule && !counted) || --budget.left < 0) return [];
    onsets.push(local - offsetFrom);
  }
  return onsets;
}
