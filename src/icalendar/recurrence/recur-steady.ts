/** The walk of the commonest rules: those that add the same number of milliseconds each time. */

import { dayMs, type LocalTime } from '../time.ts';
import { weekdayOf } from './recur-calendar.ts';
import type { RecurrenceRule } from './recur-rule.ts';
import { periodMs, type RuleWalk, type WalkLimits } from './recur-walk.ts';

/** Answers `undefined` for a rule that is not of this kind. Any instance is found by one division, COUNT included. */
export function steadyWalk(rule: RecurrenceRule, start: LocalTime, limits: WalkLimits): RuleWalk | undefined {
  const step = steadyStep(rule, start) * rule.interval;
  if (!(step > 0)) return undefined;
  const first = limits.least > start ? start + step : start;
  const wanted = Math.max(first, start + Math.ceil((limits.from - start) / step) * step);
  const last = Math.min(limits.until, first + (limits.count - 1) * step);
  return new SteadyWalk(wanted, step, last);
}

class SteadyWalk implements RuleWalk {
  private at: number;
  private readonly step: number;
  private readonly last: number;

  constructor(at: number, step: number, last: number) {
    this.at = at;
    this.step = step;
    this.last = last;
  }

  next(): number {
    const at = this.at;
    if (!(at <= this.last)) return Number.NaN;
    this.at = at + this.step;
    return at;
  }
}

/** Milliseconds from one instance to the next at INTERVAL=1, or 0. */
function steadyStep(rule: RecurrenceRule, start: LocalTime): number {
  if (rule.byMonth || rule.byMonthDay || rule.byYearDay || rule.byWeekNo || rule.bySetPos) return 0;
  if (rule.byHour || rule.byMinute || rule.bySecond) return 0;
  const [only, second] = rule.byDay ?? [];
  // A weekly rule may name the one weekday that it has anyway.
  const ownDay = rule.frequency === 'WEEKLY' && only?.weekday === weekdayOf(Math.floor(start / dayMs));
  return !only || (ownDay && !second) ? periodMs[rule.frequency] : 0;
}
