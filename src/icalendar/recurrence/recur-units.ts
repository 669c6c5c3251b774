/** The walk of DAILY, HOURLY, MINUTELY and SECONDLY rules: unit after unit, leaping over what BY parts exclude. */

import { dayMs, hourMs, type LocalTime, minuteMs, secondMs } from '../time.ts';
import { DayFilter } from './recur-days.ts';
import type { RecurrenceRule } from './recur-rule.ts';
import type { TimeSet } from './recur-times.ts';
import { periodMs, type RuleWalk, type WalkLimits } from './recur-walk.ts';

/**
 * A rule for every minute with `BYHOUR=9` takes one leap from 9:59 to the next 9:00, and one from the last day of a month
 * to the next month in BYMONTH.
 */
export class UnitWalk implements RuleWalk {
  private readonly unitMs: number;
  private readonly interval: number;
  private readonly first: number;
  private readonly offsets: TimeSet;
  private readonly days: DayFilter;
  private readonly clock: ClockFilter;
  private readonly limits: WalkLimits;
  /** Instances in any whole day that passes; NaN while unknown or when such days are not alike. */
  private readonly perDay: number;
  private unit: number;
  private remaining: number;
  private passingDay = Number.NaN;
  private base = 0;
  private position: number;

  /** `offsets` are the times within a unit, after BYSETPOS. */
  constructor(rule: RecurrenceRule, start: LocalTime, offsets: TimeSet, limits: WalkLimits) {
    this.unitMs = periodMs[rule.frequency];
    this.interval = rule.interval;
    this.first = Math.floor(start / this.unitMs);
    this.offsets = offsets;
    this.position = offsets.length;
    this.days = new DayFilter(rule);
    this.clock = new ClockFilter(rule, this.unitMs);
    this.limits = limits;
    this.remaining = limits.count;
    const counting = limits.count !== Infinity;
    const unitsPerDay = dayMs / this.unitMs;
    const daysAreAlike = unitsPerDay % this.interval === 0;
    this.perDay =
      counting && daysAreAlike && limits.from - start > dayMs
        ? this.passingUnits(this.interval) * offsets.length
        : Number.NaN;
    if (!this.isPossible(start)) this.unit = Infinity;
    else if (counting) this.unit = this.first;
    else this.unit = this.aligned(Math.floor(Math.max(start, limits.from) / this.unitMs));
  }

  next(): number {
    const { limits, offsets } = this;
    for (;;) {
      if (this.position >= offsets.length && !this.advance()) return Number.NaN;
      const at = this.base + offsets.at(this.position++);
      if (at < limits.least) continue;
      if (at > limits.until || --this.remaining < 0) {
        this.unit = Infinity;
        this.position = offsets.length;
        return Number.NaN;
      }
      if (at >= limits.from) return at;
    }
  }

  /** Goes to the next unit that has something to yield or to count. */
  private advance(): boolean {
    const { unitMs, limits, offsets } = this;
    for (;;) {
      const at = this.unit * unitMs;
      if (!(at <= limits.until && this.remaining > 0 && offsets.length > 0)) return false;
      limits.budget.left -= this.days.steps;
      if (limits.budget.left < 0) return false;
      const day = Math.floor(at / dayMs);
      if (day !== this.passingDay) {
        const next = this.days.open ? day : this.days.skipTo(day);
        if (next !== day) {
          this.unit = this.aligned(Math.ceil((next * dayMs) / unitMs));
          continue;
        }
        this.passingDay = day;
        if (this.perDay >= 0 && day * dayMs >= limits.least && (day + 1) * dayMs <= limits.from) {
          this.remaining -= this.perDay;
          this.unit = this.aligned(((day + 1) * dayMs) / unitMs);
          continue;
        }
      }
      const allowed = this.clock.open ? at : day * dayMs + this.clock.skipTo(at - day * dayMs);
      if (allowed !== at) {
        this.unit = this.aligned(Math.ceil(allowed / unitMs));
        continue;
      }
      this.unit += this.interval;
      if (at + unitMs <= limits.from && at >= limits.least) {
        this.remaining -= offsets.length;
        continue;
      }
      this.base = at;
      this.position = 0;
      return true;
    }
  }

  /** Tells rules that can be seen to yield nothing ever: 30 February, every 24 hours from 9:00 with BYHOUR=10. */
  private isPossible(start: LocalTime): boolean {
    const step = divisor(this.interval, dayMs / this.unitMs);
    if (!this.clock.open && this.interval > 1 && this.passingUnits(step) === 0) return false;
    const wholeWeeks = (this.interval * this.unitMs) % (7 * dayMs) === 0;
    return this.days.isPossible(wholeWeeks ? Math.floor(start / dayMs) : undefined);
  }

  /** The first unit of the rule that is not before `unit`. */
  private aligned(unit: number): number {
    return this.first + Math.max(0, Math.ceil((unit - this.first) / this.interval)) * this.interval;
  }

  /** How many units of one day, `step` apart and in step with the first, have a time that passes. */
  private passingUnits(step: number): number {
    const unitsPerDay = dayMs / this.unitMs;
    const firstOfDay = this.first - Math.floor(this.first / step) * step;
    if (this.clock.open) return Math.ceil((unitsPerDay - firstOfDay) / step);
    let count = 0;
    for (let unit = firstOfDay; unit < unitsPerDay; ) {
      const time = unit * this.unitMs;
      const next = this.clock.skipTo(time);
      if (next === time) count++;
      unit =
        next === time ? unit + step : firstOfDay + Math.ceil((next / this.unitMs - firstOfDay) / step) * step;
      this.limits.budget.left -= 0.2;
    }
    return count;
  }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** BYHOUR, BYMINUTE and BYSECOND as far as they limit units; the others expand them (RFC 5545 §3.3.10, the table). */
class ClockFilter {
  /** For each hour the first permitted one from there on, 24 if there is none. */
  private readonly hours: readonly number[] | undefined;
  private readonly minutes: readonly number[] | undefined;
  private readonly seconds: readonly number[] | undefined;
  /** Whether every time passes. */
  readonly open: boolean;

  constructor(rule: RecurrenceRule, unitMs: number) {
    this.hours = unitMs <= hourMs ? leaps(rule.byHour, 24) : undefined;
    this.minutes = unitMs <= minuteMs ? leaps(rule.byMinute, 60) : undefined;
    this.seconds = unitMs <= secondMs ? leaps(rule.bySecond, 60) : undefined;
    this.open = !this.hours && !this.minutes && !this.seconds;
  }

  /** A time of day that is not before `time`, with nothing permitted between; `time` itself if it is permitted. */
  skipTo(time: number): number {
    const hour = Math.floor(time / hourMs);
    const nextHour = this.hours?.[hour] ?? hour;
    if (nextHour !== hour) return nextHour * hourMs;
    const minute = Math.floor(time / minuteMs) % 60;
    const nextMinute = this.minutes?.[minute] ?? minute;
    if (nextMinute !== minute) return hour * hourMs + nextMinute * minuteMs;
    const second = Math.floor(time / secondMs) % 60;
    const nextSecond = this.seconds?.[second] ?? second;
    return nextSecond === second ? time : hour * hourMs + minute * minuteMs + nextSecond * secondMs;
  }
}

function leaps(permitted: readonly number[] | undefined, count: number): readonly number[] | undefined {
  if (!permitted) return undefined;
  const next = Array.from({ length: count }, () => count);
  for (const value of permitted) next[value] = value;
  for (let value = count - 2; value >= 0; value--)
    if (next[value] === count) next[value] = next[value + 1] ?? count;
  return next;
}
