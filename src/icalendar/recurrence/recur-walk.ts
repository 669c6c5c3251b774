/** What the kinds of walk through a rule have in common; recur.ts chooses among them. */

import { dayMs, hourMs, minuteMs, secondMs } from '../time.ts';
import type { Frequency } from './recur-rule.ts';

/** Steps that are left; below zero the walk has ended early, and more may follow. Shared by the walks of one question. */
export interface StepBudget {
  left: number;
}

/** Local times in ascending order, then NaN for ever. */
export interface RuleWalk {
  next(): number;
}

/** Local times in milliseconds. */
export interface WalkLimits {
  /** The first time that counts. */
  readonly least: number;
  /** The first time that is wanted. */
  readonly from: number;
  /** The last time that is wanted. */
  readonly until: number;
  /** Instances from `least` on; Infinity without COUNT. */
  readonly count: number;
  readonly budget: StepBudget;
}

/** The milliseconds of a frequency's period, 0 where periods differ in length. */
export const periodMs: Readonly<Record<Frequency, number>> = {
  SECONDLY: secondMs,
  MINUTELY: minuteMs,
  HOURLY: hourMs,
  DAILY: dayMs,
  WEEKLY: 7 * dayMs,
  MONTHLY: 0,
  YEARLY: 0,
};

/** Days after which dates, months, years and weekdays repeat: 400 years are a whole number of weeks. */
export const cycleDays = 146_097;
