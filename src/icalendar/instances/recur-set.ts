/**
 * The recurrence set of a component as instants (RFC 5545 §3.8.5): DTSTART, RRULE and RDATE, without EXDATE and EXRULE.
 *
 * Two sentences of RFC 5545 §3.3.10 contradict each other on times that the clock skips; we follow the second, and read
 * them with the offset before the gap as for any other value (docs/recurrence.md says why).
 */
import type { Component } from '../component.ts';
import { maxRules } from '../limits.ts';
import { type RuleWalk, type StepBudget, walkRule } from '../recurrence/recur.ts';
import { ofWholeDays, parseRecurrenceRule, type RecurrenceRule } from '../recurrence/recur-rule.ts';
import type { Steps } from '../steps.ts';
import { type DateTimeValue, dayMs, type Instant, instant, type LocalTime, localTime } from '../time.ts';
import { parseDateTime, parsePeriod, splitList } from '../value.ts';
import type { Zone, ZoneResolver } from '../zones/timezone.ts';
import type { Length, Timing } from './instance-times.ts';

/** An explicit date of the series. */
interface ExplicitDate {
  readonly at: Instant;
  readonly local: LocalTime;
  /** The length of a PERIOD; absent for other dates, which have the length of the series. */
  readonly length: Length | undefined;
}

/** A rule, and the last instant at which it may yield an instance. */
export interface BoundedRule {
  readonly rule: RecurrenceRule;
  readonly until: number;
}

export interface Series {
  readonly timing: Timing;
  readonly rules: readonly BoundedRule[];
  readonly exceptionRules: readonly BoundedRule[];
  /** In order of time. */
  readonly dates: readonly ExplicitDate[];
  /** EXDATEs as instants, and as day numbers on the clock of the series. */
  readonly exceptions: ReadonlySet<number>;
  readonly exceptionDays: ReadonlySet<number>;
}

/** Whether a component is a series (RRULE or RDATE). Empty properties count as absent. */
export function isRecurring(component: Component): boolean {
  return hasValue(component, 'RRULE') || hasValue(component, 'RDATE');
}

function hasValue(component: Component, name: string): boolean {
  const property = component.first(name);
  return property !== undefined && property.rawValue !== '';
}

/** Dates of one step: some milliseconds. */
const stepDates = 2_000;

/** Reads the recurrence properties of a component. Few dates take one step. */
export function* readSeries(timing: Timing, zones: ZoneResolver): Steps<Series> {
  const exceptions = new Set<number>();
  const exceptionDays = new Set<number>();
  const allDay = timing.anchor?.kind === 'date';
  let passed = 0;
  for (const property of timing.component.all('EXDATE')) {
    const options = { tzid: property.param('TZID'), valueType: property.param('VALUE') };
    for (const text of splitList(property.rawValue)) {
      if (++passed % stepDates === 0) yield;
      const value = parseDateTime(text, options);
      if (!value) continue;
      // A DATE takes out the whole local day of a timed series: Outlook and Exchange write it so.
      if (allDay || value.kind === 'date') exceptionDays.add(dayNumber(value));
      else exceptions.add(onClockOf(timing, value, zones).at);
    }
  }
  return {
    timing,
    rules: readRules(timing, 'RRULE'),
    exceptionRules: readRules(timing, 'EXRULE'),
    dates: yield* readDates(timing, zones),
    exceptions,
    exceptionDays,
  };
}

/** The number of the day that a value names, on its own clock. */
function dayNumber(value: DateTimeValue): number {
  return Math.floor((value.kind === 'utc' ? value.instant : value.local) / dayMs);
}

function readRules(timing: Timing, name: 'RRULE' | 'EXRULE'): readonly BoundedRule[] {
  const rules: BoundedRule[] = [];
  for (const property of timing.component.all(name)) {
    const { rule: written } = parseRecurrenceRule(property.rawValue);
    if (!written || rules.length >= maxRules) continue;
    const rule = timing.anchor?.kind === 'date' ? ofWholeDays(written) : written;
    rules.push({ rule, until: lastInstant(rule, timing) });
  }
  return rules;
}

/**
 * UNTIL as an instant. A DATE means the whole of that local day; a time without `Z` is read in the zone of DTSTART; in a
 * series of days only the day counts that is written.
 */
function lastInstant(rule: RecurrenceRule, { anchor, zone }: Timing): number {
  const { until } = rule;
  if (!until) return Infinity;
  if (anchor?.kind === 'date') return zone.toInstant(localTime(dayNumber(until) * dayMs));
  if (until.kind === 'utc') return until.instant;
  return until.kind === 'date'
    ? zone.toInstant(localTime(until.local + dayMs)) - 1
    : zone.toInstant(until.local);
}

function* readDates(timing: Timing, zones: ZoneResolver): Steps<readonly ExplicitDate[]> {
  const dates: ExplicitDate[] = [];
  let passed = 0;
  for (const property of timing.component.all('RDATE')) {
    const tzid = property.param('TZID');
    const valueType = property.param('VALUE');
    for (const text of splitList(property.rawValue)) {
      if (++passed % stepDates === 0) yield;
      const slash = text.indexOf('/');
      const value = parseDateTime(
        slash < 0 ? text : text.slice(0, slash),
        slash < 0 ? { tzid, valueType } : { tzid },
      );
      if (!value) continue;
      const { at, local } = onClockOf(timing, value, zones);
      const length = slash < 0 ? undefined : periodLength(text, tzid, zones);
      dates.push({ at, local, length });
    }
  }
  return dates.sort((a, b) => a.at - b.at);
}

function periodLength(text: string, tzid: string | undefined, zones: ZoneResolver): Length | undefined {
  const period = parsePeriod(text, { tzid });
  if (!period) return undefined;
  if (period.end)
    return { days: 0, ms: Math.max(0, zones.toInstant(period.end) - zones.toInstant(period.start)) };
  const { weeks, days, ms } = period.duration;
  return { days: Math.max(0, weeks * 7 + days), ms: Math.max(0, ms) };
}

/**
 * Reads an RDATE, EXDATE or RECURRENCE-ID on the clock of the series. A DATE in a timed series means the usual time on
 * that day; in a series of days only the written day counts; a time without a zone is on the clock of DTSTART, as UNTIL
 * is.
 */
export function onClockOf(
  timing: Timing,
  value: DateTimeValue,
  zones: ZoneResolver,
): { readonly at: Instant; readonly local: LocalTime } {
  const { zone } = timing;
  if (timing.anchor?.kind === 'date') {
    const local = localTime(dayNumber(value) * dayMs);
    return { at: zone.toInstant(local), local };
  }
  if (value.kind === 'date') {
    const local = localTime(value.local + timing.local - Math.floor(timing.local / dayMs) * dayMs);
    return { at: zone.toInstant(local), local };
  }
  const at = value.kind === 'floating' ? zone.toInstant(value.local) : zones.toInstant(value);
  return { at, local: zone.toLocal(at) };
}

/**
 * Walks a series in order of time: `advance`, then read `at`, `local` and `length`.
 *
 * Nothing outside of `[from, until]` is visited. When `budget` is used up the walk ends early.
 */
export class SeriesWalk {
  at: Instant = instant(Number.NaN);
  local: LocalTime = localTime(Number.NaN);
  length: Length | undefined;
  readonly timing: Timing;
  private readonly series: Series;
  private readonly until: number;
  private readonly budget: StepBudget;
  private readonly sources: readonly Source[];
  private readonly excluded: readonly Source[];

  constructor(series: Series, from: Instant, until: Instant, budget: StepBudget) {
    const { timing } = series;
    this.timing = timing;
    this.series = series;
    this.until = until;
    this.budget = budget;
    const rule = (counts: 'counts' | 'must-fit') => (bounded: BoundedRule) =>
      new RuleSource(bounded, timing, from, until, budget, counts);
    const sources: Source[] = series.rules.map(rule('counts'));
    sources.push(new DateSource([{ at: timing.start, local: timing.local, length: undefined }], from));
    if (series.dates.length > 0) sources.push(new DateSource(series.dates, from));
    this.sources = sources;
    this.excluded = series.exceptionRules.map(rule('must-fit'));
  }

  /** Goes to the next instance of the set; `false` when there is none. */
  advance(): boolean {
    for (;;) {
      const { sources } = this;
      let first: Source | undefined;
      for (const source of sources) if (!first || source.at < first.at) first = source;
      if (!first || first.at === never || first.at > this.until || --this.budget.left < 0) return false;
      const { at, local, length } = first;
      this.length = length;
      // The same instant from two sources is one instance; a PERIOD says most about it. Each second of one day is one, too.
      for (const source of sources) {
        for (let isAgain = false; source.at === at; isAgain = true) {
          if (isAgain && --this.budget.left < 0) return false;
          this.length ??= source.length;
          source.advance();
        }
      }
      if (this.isExcluded(at, local)) continue;
      this.at = at;
      this.local = local;
      return true;
    }
  }

  private isExcluded(at: Instant, local: LocalTime): boolean {
    const { exceptions, exceptionDays } = this.series;
    if (exceptions.size > 0 && exceptions.has(at)) return true;
    if (exceptionDays.size > 0 && exceptionDays.has(Math.floor(local / dayMs))) return true;
    for (const source of this.excluded) {
      while (source.at < at && --this.budget.left >= 0) source.advance();
      if (source.at === at || this.budget.left < 0) return true;
    }
    return false;
  }
}

/** Instants in ascending order, each with its reading on the clock of the series; Infinity at the end. */
interface Source {
  readonly at: Instant;
  readonly local: LocalTime;
  readonly length: Length | undefined;
  advance(): void;
}

const never: Instant = instant(Infinity);

class DateSource implements Source {
  private readonly dates: readonly ExplicitDate[];
  private index = 0;

  constructor(dates: readonly ExplicitDate[], from: Instant) {
    this.dates = dates;
    while ((dates[this.index]?.at ?? Infinity) < from) this.index++;
  }

  get at(): Instant {
    return this.dates[this.index]?.at ?? never;
  }

  get local(): LocalTime {
    return this.dates[this.index]?.local ?? localTime(Number.NaN);
  }

  get length(): Length | undefined {
    return this.dates[this.index]?.length;
  }

  advance(): void {
    this.index++;
  }
}

/** A rule's local times as instants. */
class RuleSource implements Source {
  at: Instant = never;
  local: LocalTime = localTime(Number.NaN);
  readonly length = undefined;
  private readonly walk: RuleWalk;
  private readonly zone: Zone;
  private readonly from: Instant;
  private readonly until: number;
  /** The series has whole days: of a rule that counts hours, only the days matter. */
  private readonly isDays: boolean;
  /** Times in a gap, whose instants come after those of later times on the clock; and the time that was read ahead. */
  private delayed: { readonly at: Instant; readonly local: LocalTime }[] = [];
  private delayedIndex = 0;
  private ahead: { readonly at: Instant; readonly local: LocalTime } | undefined;

  constructor(
    { rule, until }: BoundedRule,
    { zone, local, anchor }: Timing,
    from: Instant,
    end: Instant,
    budget: StepBudget,
    start: 'counts' | 'must-fit',
  ) {
    this.zone = zone;
    this.from = from;
    this.until = Math.min(until, end);
    this.isDays = anchor?.kind === 'date';
    // One day more on both sides, for turned clocks; what is too much is dropped below.
    this.walk = walkRule(rule, local, {
      from: localTime(zone.toLocal(from) - dayMs),
      until: localTime(zone.toLocal(instant(this.until)) + dayMs),
      budget,
      start,
    });
    this.advance();
  }

  advance(): void {
    do this.step();
    while (this.at < this.from);
    if (this.at > this.until) this.at = never;
  }

  private nextLocal(): LocalTime {
    const local = this.walk.next();
    return localTime(this.isDays ? Math.floor(local / dayMs) * dayMs : local);
  }

  private step(): void {
    if (this.delayed.length > 0) {
      this.stepThroughGap();
      return;
    }
    const local = this.nextLocal();
    if (Number.isNaN(local)) {
      this.at = never;
      return;
    }
    const at = this.zone.toInstant(local);
    if (at + this.zone.offsetAt(at) !== local) {
      this.delayed.push({ at, local });
      this.stepThroughGap();
      return;
    }
    this.at = at;
    this.local = local;
  }

  private stepThroughGap(): void {
    while (!this.ahead) {
      const local = this.nextLocal();
      const at = Number.isNaN(local) ? never : this.zone.toInstant(local);
      if (at === never || at + this.zone.offsetAt(at) === local) this.ahead = { at, local };
      else this.delayed.push({ at, local });
    }
    const first = this.delayed[this.delayedIndex];
    if (first && first.at <= this.ahead.at) {
      this.take(first);
      this.delayedIndex++;
      return;
    }
    this.take(this.ahead);
    this.ahead = undefined;
    if (!first) {
      this.delayed = [];
      this.delayedIndex = 0;
    }
  }

  private take({ at, local }: { readonly at: Instant; readonly local: LocalTime }): void {
    this.at = at;
    this.local = local;
  }
}
