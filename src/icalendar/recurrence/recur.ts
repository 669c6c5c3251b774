/**
 * The local times that a recurrence rule generates (RFC 5545 §3.3.10), as pure arithmetic on wall clock readings. Time
 * zones, RDATE, EXDATE and overrides come later, in instances.ts.
 *
 * A rule is walked lazily, from anywhere: a walk that begins in the year 2126 does not visit the days since 1990. What a
 * walk may cost is bounded by a budget of steps, one for each period (second to year) that had to be looked at.
 */

import { dayMs, hourMs, type LocalTime, minuteMs, secondMs } from '../time.ts';
import { daysOfMonths, daysOfWeeks, daysOfYears, lastDay, type PeriodDays } from './recur-days.ts';
import { PeriodWalk } from './recur-periods.ts';
import type { RecurrenceRule } from './recur-rule.ts';
import { steadyWalk } from './recur-steady.ts';
import { TimeSet } from './recur-times.ts';
import { UnitWalk } from './recur-units.ts';
import type { RuleWalk, StepBudget, WalkLimits } from './recur-walk.ts';

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
      : new UnitWalk(rule, start, timesOfUnit(rule, start), limits))
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

/** The times of a day: BYHOUR x BYMINUTE x BYSECOND, each from DTSTART when absent. */
function timesOfDay(rule: RecurrenceRule, start: LocalTime, setPositions?: readonly number[]): TimeSet {
  return new TimeSet(hoursOf(rule, start), minutesOf(rule, start), secondsOf(rule, start), setPositions);
}

/** The times in one unit of a DAILY, HOURLY, MINUTELY or SECONDLY rule, after BYSETPOS: they are the same in each unit. */
function timesOfUnit(rule: RecurrenceRule, start: LocalTime): TimeSet {
  const { bySetPos } = rule;
  if (rule.frequency === 'DAILY') return timesOfDay(rule, start, bySetPos);
  if (rule.frequency === 'SECONDLY') return new TimeSet(zero, zero, zero, bySetPos);
  const minutes = rule.frequency === 'HOURLY' ? minutesOf(rule, start) : zero;
  return new TimeSet(zero, minutes, secondsOf(rule, start), bySetPos);
}

const zero: readonly number[] = [0];

const hoursOf = (rule: RecurrenceRule, start: LocalTime): readonly number[] =>
  rule.byHour ?? [Math.floor((start - Math.floor(start / dayMs) * dayMs) / hourMs)];

const minutesOf = (rule: RecurrenceRule, start: LocalTime): readonly number[] =>
  rule.byMinute ?? [Math.floor((start - Math.floor(start / hourMs) * hourMs) / minuteMs)];

const secondsOf = (rule: RecurrenceRule, start: LocalTime): readonly number[] =>
  rule.bySecond ?? [Math.floor((start - Math.floor(start / minuteMs) * minuteMs) / secondMs)];
