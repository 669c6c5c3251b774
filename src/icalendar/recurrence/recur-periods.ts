/** The walk of WEEKLY, MONTHLY and YEARLY rules: period after period, each with its days and their times. */

import { dayMs, type LocalTime } from '../time.ts';
import { lastDay, type PeriodDays } from './recur-days.ts';
import type { RecurrenceRule } from './recur-rule.ts';
import { selectPositions, type TimeSet } from './recur-times.ts';
import type { RuleWalk, WalkLimits } from './recur-walk.ts';

/**
 * The instances of a period are never listed: the `n`th is a day and a time of day by division, so a year of
 * 31 million seconds costs as much memory as its days and one day's times.
 */
export class PeriodWalk implements RuleWalk {
  private readonly source: PeriodDays;
  private readonly times: TimeSet;
  private readonly limits: WalkLimits;
  private readonly interval: number;
  private readonly setPositions: readonly number[] | undefined;
  private readonly days: number[] = [];
  /** Steps of the budget that one period costs. */
  private readonly steps: number;
  private period: number;
  private remaining: number;
  /** Positions that BYSETPOS selects of `selectedOf` instances. */
  private selected: readonly number[] = [];
  private selectedOf = -1;
  private position = 0;
  private size = 0;
  /** The last time of the period before, where that may lie in this one. */
  private reached = -Infinity;

  constructor(
    source: PeriodDays,
    times: TimeSet,
    rule: RecurrenceRule,
    start: LocalTime,
    limits: WalkLimits,
  ) {
    this.source = source;
    this.times = times;
    this.limits = limits;
    this.interval = rule.interval;
    this.setPositions = rule.bySetPos;
    this.remaining = limits.count;
    this.steps = 1 + Math.ceil((source.candidates + (rule.bySetPos?.length ?? 0)) / 2);
    const first = source.periodOf(Math.floor(start / dayMs));
    const before = source.reachesOver === true ? 1 : 0;
    // Without COUNT nobody needs to know what lies before `from`.
    const skipped =
      limits.count === Infinity && limits.from > start
        ? Math.floor((source.periodOf(Math.floor(limits.from / dayMs)) - before - first) / this.interval)
        : 0;
    this.period = first + Math.max(0, skipped) * this.interval;
  }

  next(): number {
    while (this.position >= this.size) if (!this.advance()) return Number.NaN;
    const at = this.at(this.position++);
    if (at > this.limits.until || --this.remaining < 0) return this.end();
    return at;
  }

  private end(): number {
    this.position = 0;
    this.size = 0;
    this.period = Infinity;
    return Number.NaN;
  }

  /** Goes to the next period that has something to yield. */
  private advance(): boolean {
    const { limits, days } = this;
    // What yields nothing through a whole cycle of the calendar (30 February) never will.
    for (let idle = 0; idle <= this.source.cycle; idle++) {
      const firstDay = this.source.firstDayOf(this.period);
      if (!(firstDay <= lastDay && firstDay * dayMs <= limits.until) || this.remaining <= 0) return false;
      limits.budget.left -= this.steps;
      if (limits.budget.left < 0) return false;
      days.length = 0;
      this.source.fill(this.period, days);
      this.period += this.interval;
      this.size = this.sizeOf(days.length * this.times.length);
      if (this.size === 0) continue;
      const counted = this.positionOf(Math.max(limits.least, this.reached + 1));
      // The same time generated twice is one instance.
      if (this.source.reachesOver === true) this.reached = this.at(this.size - 1);
      this.position = Math.max(counted, this.positionOf(limits.from));
      this.remaining -= this.position - counted;
      if (this.position < this.size) return true;
      idle = 0;
    }
    this.period = Infinity;
    return false;
  }

  /** How many instances the period has, after BYSETPOS. */
  private sizeOf(count: number): number {
    if (!this.setPositions) return count;
    if (count !== this.selectedOf) {
      this.selected = selectPositions(this.setPositions, count);
      this.selectedOf = count;
    }
    return this.selected.length;
  }

  private at(position: number): number {
    const index = this.setPositions ? (this.selected[position] ?? 0) : position;
    const { days, times } = this;
    if (times.length === 1) return (days[index] ?? 0) * dayMs + times.at(0);
    const day = Math.floor(index / times.length);
    return (days[day] ?? 0) * dayMs + times.at(index - day * times.length);
  }

  /** The first position that is not before `local`. */
  private positionOf(local: number): number {
    if (this.at(0) >= local) return 0;
    let before = 0;
    let notBefore = this.size;
    while (notBefore - before > 1) {
      const middle = (before + notBefore) >> 1;
      if (this.at(middle) < local) before = middle;
      else notBefore = middle;
    }
    return notBefore;
  }
}
