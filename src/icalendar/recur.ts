/**
 * The local times that a recurrence rule generates (RFC 5545 §3.3.10), as pure arithmetic on wall clock readings. Time
 * zones, RDATE, EXDATE and overrides come later, in instances.ts.
 *
 * A rule is walked lazily, from anywhere: a walk that begins in the year 2126 does not visit the days since 1990. What a
 * walk may cost is bounded by a budget of steps, one for each period (second to year) that had to be looked at.
 */
import { daysOfMonths, daysOfWeeks, daysOfYears, lastDay, type PeriodDays } from './recur-days.ts';
import { PeriodWalk, selectPositions } from './recur-periods.ts';
import type { RecurrenceRule } from './recur-rule.ts';
import { steadyWalk } from './recur-steady.ts';
import { UnitWalk } from './recur-units.ts';
import type { RuleWalk, StepBudget, WalkLimits } from './recur-walk.ts';
import { dayMs, hourMs, type LocalTime, minuteMs, secondMs } from './time.ts';

export type { RuleWalk, StepBudget } from './recur-walk.ts';

export interface WalkBounds {
  /** Nothing before this is wanted. */
  readonly from: LocalTime;
  /** Nothing after this is wanted, nor generated: the earlier of UNTIL and the end of the question. Inclusive. */
  readonly until: LocalTime;
  readonly budget: StepBudget;
  /**
   * What DTSTART counts for. In a component it is the first instance whether it fits the rule or not, and uses up one of
   * COUNT; the walk then yields what comes after it. An EXRULE names it only if it fits.
   */
  readonly start: 'counts' | 'must-fit';
}

/** Walks the rule of a component that starts at `start`. UNTIL is the caller's: only it knows the zone. */
export function walkRule(rule: RecurrenceRule, start: LocalTime, bounds: WalkBounds): RuleWalk {
  const counts = bounds.start === 'counts';
  const limits: WalkLimits = {
    least: counts ? start + 1 : start,
    from: bounds.from,
    until: Math.min(bounds.until, lastDay * dayMs + dayMs - 1),
    count: rule.count === undefined ? Infinity : rule.count - (counts ? 1 : 0),
    budget: bounds.budget,
  };
  if (limits.count <= 0 || limits.from > limits.until) return finished;
  return (
    steadyWalk(rule, start, limits) ??
    (isPeriodic(rule)
      ? periodWalk(rule, start, limits)
      : new UnitWalk(rule, start, unitOffsets(rule, start), limits))
  );
}

const finished: RuleWalk = { next: () => Number.NaN };

type PeriodicRule = RecurrenceRule & { readonly frequency: 'WEEKLY' | 'MONTHLY' | 'YEARLY' };

function isPeriodic(rule: RecurrenceRule): rule is PeriodicRule {
  return rule.frequency === 'WEEKLY' || rule.frequency === 'MONTHLY' || rule.frequency === 'YEARLY';
}

function periodWalk(rule: PeriodicRule, start: LocalTime, limits: WalkLimits): RuleWalk {
  return new PeriodWalk(
    periodDays(rule, Math.floor(start / dayMs)),
    timesOfDay(rule, start),
    rule,
    start,
    limits,
  );
}

function periodDays(rule: PeriodicRule, startDay: number): PeriodDays {
  if (rule.frequency === 'WEEKLY') return daysOfWeeks(rule, startDay);
  return rule.frequency === 'MONTHLY' ? daysOfMonths(rule, startDay) : daysOfYears(rule, startDay);
}

/** The times of a day in milliseconds, ascending: BYHOUR x BYMINUTE x BYSECOND, each from DTSTART when absent. */
function timesOfDay(rule: RecurrenceRule, start: LocalTime): readonly number[] {
  const time = start - Math.floor(start / dayMs) * dayMs;
  const { byHour, byMinute, bySecond } = rule;
  if (!byHour && !byMinute && !bySecond) return [time];
  const hours = byHour ?? [Math.floor(time / hourMs)];
  return cross(
    hours,
    hourMs,
    cross(minutesOf(rule, time), minuteMs, cross(secondsOf(rule, time), secondMs, [0])),
  );
}

/** The times in one unit of a DAILY, HOURLY, MINUTELY or SECONDLY rule, after BYSETPOS: it is the same in each unit. */
function unitOffsets(rule: RecurrenceRule, start: LocalTime): readonly number[] {
  const offsets = offsetsInUnit(rule, start);
  const positions = rule.bySetPos && selectPositions(rule.bySetPos, offsets.length);
  return positions ? positions.flatMap((position) => offsets[position] ?? []) : offsets;
}

function offsetsInUnit(rule: RecurrenceRule, start: LocalTime): readonly number[] {
  if (rule.frequency === 'DAILY') return timesOfDay(rule, start);
  if (rule.frequency === 'SECONDLY') return [0];
  const time = start - Math.floor(start / dayMs) * dayMs;
  const seconds = cross(secondsOf(rule, time), secondMs, [0]);
  return rule.frequency === 'HOURLY' ? cross(minutesOf(rule, time), minuteMs, seconds) : seconds;
}

const minutesOf = (rule: RecurrenceRule, time: number): readonly number[] =>
  rule.byMinute ?? [Math.floor(time / minuteMs) % 60];

const secondsOf = (rule: RecurrenceRule, time: number): readonly number[] =>
  rule.bySecond ?? [Math.floor(time / secondMs) % 60];

function cross(values: readonly number[], unitMs: number, offsets: readonly number[]): readonly number[] {
  const sums: number[] = [];
  for (const value of values) for (const offset of offsets) sums.push(value * unitMs + offset);
  return sums;
}
