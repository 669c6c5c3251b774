/** Which days a rule means: the filters that every frequency shares, and the days of one week, month or year. */
import {
  dateOf,
  dayOf,
  dayOfMonthOf,
  daysInMonth,
  daysInYear,
  firstWeekOf,
  lastYear,
  monthOf,
  weekdayOf,
  yearOf,
} from './recur-calendar.ts';
import type { RecurrenceRule, Skip, WeekdayNumber } from './recur-rule.ts';
import { cycleDays } from './recur-walk.ts';

export const lastDay: number = dayOf(lastYear, 12, 31);

/** The parts of a rule that limit days, in a form that answers in a few comparisons. */
export class DayFilter {
  private readonly months: number;
  private readonly weekdays: number;
  private readonly monthDays: ReadonlySet<number> | undefined;
  private readonly yearDays: ReadonlySet<number> | undefined;
  private readonly weekNumbers: ReadonlySet<number> | undefined;
  private readonly weekStart: number;
  /** The numbered weeks of the year asked for last: their first day, and that of the next year's. */
  private firstWeek = 0;
  private nextFirstWeek = 0;
  /** Whether the filter needs the date, not only the weekday. */
  private readonly dated: boolean;
  /** Whether the filter lets every day pass. */
  readonly open: boolean;
  /** Steps of the budget for asking about a day. */
  readonly steps: number;

  /** BYDAY counts as a list of plain weekdays; ordinals belong to months and years (RFC 5545 §3.3.10). */
  constructor(
    parts: Partial<
      Pick<RecurrenceRule, 'byMonth' | 'byDay' | 'byMonthDay' | 'byYearDay' | 'byWeekNo' | 'weekStart'>
    >,
  ) {
    this.months = parts.byMonth ? mask(parts.byMonth) : -1;
    this.weekdays = parts.byDay ? mask(parts.byDay.map((day) => day.weekday)) : -1;
    this.monthDays = parts.byMonthDay && new Set(parts.byMonthDay);
    this.yearDays = parts.byYearDay && new Set(parts.byYearDay);
    this.weekNumbers = parts.byWeekNo && new Set(parts.byWeekNo);
    this.weekStart = parts.weekStart ?? 0;
    this.dated = this.months !== -1 || !!this.monthDays || !!this.yearDays || !!this.weekNumbers;
    this.open = !this.dated && this.weekdays === -1;
    this.steps = this.dated ? 2 : 1;
  }

  passes(day: number): boolean {
    if (((this.weekdays >> weekdayOf(day)) & 1) === 0) return false;
    if (!this.dated) return true;
    const date = dateOf(day);
    const year = yearOf(date);
    const month = monthOf(date);
    if (((this.months >> month) & 1) === 0) return false;
    if (this.monthDays && !has(this.monthDays, dayOfMonthOf(date), daysInMonth(year, month))) return false;
    if (this.yearDays && !has(this.yearDays, day - dayOf(year, 1, 1) + 1, daysInYear(year))) return false;
    return !this.weekNumbers || this.inWeeks(this.weekNumbers, day);
  }

  /** Whether any day has such a number in such a month, and if all days are whole weeks from `first`, its weekday. */
  isPossible(first: number | undefined): boolean {
    if (first !== undefined && ((this.weekdays >> weekdayOf(first)) & 1) === 0) return false;
    const { monthDays } = this;
    // In a leap year; a negative day number exists if the positive one does.
    return (
      !monthDays ||
      everyMonth.some((month) => {
        if (((this.months >> month) & 1) === 0) return false;
        const last = daysInMonth(2000, month);
        return [...monthDays].some((number) => Math.abs(number) <= last);
      })
    );
  }

  /** The first day not before `day` that may pass: it skips months at a time, and is `day` itself if that passes. */
  skipTo(day: number): number {
    if (this.months === -1) return this.passes(day) ? day : day + 1;
    const date = dateOf(day);
    let month = monthOf(date);
    if ((this.months >> month) & 1) return this.passes(day) ? day : day + 1;
    const year = yearOf(date);
    while (++month <= 12) if ((this.months >> month) & 1) return dayOf(year, month, 1);
    return dayOf(year + 1, 1, 1);
  }

  private inWeeks(weeks: ReadonlySet<number>, day: number): boolean {
    if (!(day >= this.firstWeek && day < this.nextFirstWeek)) {
      const year = weekYearOf(day, yearOf(dateOf(day)), this.weekStart);
      this.firstWeek = firstWeekOf(year, this.weekStart);
      this.nextFirstWeek = firstWeekOf(year + 1, this.weekStart);
    }
    const { firstWeek, nextFirstWeek } = this;
    return has(weeks, Math.floor((day - firstWeek) / 7) + 1, (nextFirstWeek - firstWeek) / 7);
  }
}

/** The year whose numbered weeks hold `day`, a day of `year`. */
function weekYearOf(day: number, year: number, weekStart: number): number {
  if (day < firstWeekOf(year, weekStart)) return year - 1;
  return day >= firstWeekOf(year + 1, weekStart) ? year + 1 : year;
}

/** Whether a list of positive and negative ordinals names the `ordinal`th of `count`. */
function has(ordinals: ReadonlySet<number>, ordinal: number, count: number): boolean {
  return ordinals.has(ordinal) || ordinals.has(ordinal - count - 1);
}

function mask(bits: readonly number[]): number {
  let set = 0;
  for (const bit of bits) set |= 1 << bit;
  return set;
}

/** Writes the days of one period into `days`, which is empty, in order and without repetition. */
export interface PeriodDays {
  /** The period a time in `day` may belong to; an earlier one does no harm. */
  readonly periodOf: (day: number) => number;
  /** The first day of a period. */
  readonly firstDayOf: (period: number) => number;
  readonly fill: (period: number, days: number[]) => void;
  /** The most days that one period looks at. */
  readonly candidates: number;
  /** The number of periods after which all days repeat. */
  readonly cycle: number;
  /** A period may end with the first day of the next one (RFC 7529 §4.1, `SKIP=FORWARD`). */
  readonly reachesOver?: boolean;
}

/** Periods are counted in weeks of the rule's WKST. */
export function daysOfWeeks(rule: RecurrenceRule, startDay: number): PeriodDays {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, weekStart } = rule;
  const filter = new DayFilter({ byMonth, byMonthDay, byYearDay, byWeekNo, weekStart });
  const named = rule.byDay?.map((day) => day.weekday);
  const weekdays = named ?? (byMonthDay || byYearDay || byWeekNo ? everyWeekday : [weekdayOf(startDay)]);
  const offsets = [...new Set(weekdays.map((weekday) => (weekday - weekStart + 7) % 7))].sort(
    (a, b) => a - b,
  );
  // 1969-12-29, the Monday before day 0, begins week 0 if weeks begin on Monday.
  const origin = weekStart - 3;
  return {
    periodOf: (day) => Math.floor((day - origin) / 7),
    firstDayOf: (week) => origin + week * 7,
    cycle: cycleDays / 7,
    candidates: filter.open ? 1 : offsets.length,
    fill(week, days) {
      for (const offset of offsets) {
        const day = origin + week * 7 + offset;
        if (filter.open || filter.passes(day)) days.push(day);
      }
    },
  };
}

const everyWeekday: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

/** Periods are months counted from year 0. */
export function daysOfMonths(rule: RecurrenceRule, startDay: number): PeriodDays {
  const { byMonth, byDay, byMonthDay, byYearDay, byWeekNo, weekStart, skip } = rule;
  const months = byMonth ? mask(byMonth) : -1;
  const filter = new DayFilter({ byYearDay, byWeekNo, weekStart });
  const startDate = dayOfMonthOf(dateOf(startDay));
  return {
    periodOf: (day) => monthIndexOf(day),
    firstDayOf: (index) => dayOf(Math.floor(index / 12), (index % 12) + 1, 1),
    cycle: 4800,
    reachesOver: skip === 'FORWARD',
    candidates: byMonthDay?.length ?? (byDay ? byDay.length * 3 : filter.open ? 1 : 31),
    fill(index, days) {
      const year = Math.floor(index / 12);
      const month = (index % 12) + 1;
      if (((months >> month) & 1) === 0) return;
      const first = dayOf(year, month, 1);
      const last = first + daysInMonth(year, month) - 1;
      if (byMonthDay) {
        for (const number of byMonthDay) {
          const day = dayOfMonth(number, first, last, skip);
          if (day >= first && (!byDay || isOneOfMonth(byDay, day, first, last))) days.push(day);
        }
      } else if (byDay) addWeekdays(byDay, first, last, days);
      else if (!filter.open) for (let day = first; day <= last; day++) days.push(day);
      else {
        const day = dayOfMonth(startDate, first, last, skip);
        if (day >= first) days.push(day);
      }
      finish(days, filter);
    },
  };
}

/** A day by its number in the month of `first` and `last`; NaN where the month has none, and the rule wants no other. */
function dayOfMonth(number: number, first: number, last: number, skip: Skip): number {
  const day = number > 0 ? first + number - 1 : last + number + 1;
  if (day >= first && day <= last) return day;
  // A day before the month's first cannot be moved into it.
  if (day < first || skip === 'OMIT') return Number.NaN;
  return skip === 'BACKWARD' ? last : last + 1;
}

/** As `isOneOf`, in the month of the day itself: it may have been moved into the next one. */
function isOneOfMonth(byDay: readonly WeekdayNumber[], day: number, first: number, last: number): boolean {
  if (day <= last) return isOneOf(byDay, day, first, last);
  const date = dateOf(day);
  return isOneOf(byDay, day, day, day + daysInMonth(yearOf(date), monthOf(date)) - 1);
}

function monthIndexOf(day: number): number {
  const date = dateOf(day);
  return yearOf(date) * 12 + monthOf(date) - 1;
}

/**
 * Periods are years. With BYWEEKNO a year is that of its numbered weeks, which may begin in December and end in January
 * (RFC 5545 §3.3.10: week one has at least four days in the year).
 */
export function daysOfYears(rule: RecurrenceRule, startDay: number): PeriodDays {
  if (rule.byWeekNo) return daysOfWeekYears(rule, rule.byWeekNo, startDay);
  return {
    periodOf: (day) => yearOf(dateOf(day)),
    firstDayOf: (year) => dayOf(year, 1, 1),
    cycle: 400,
    candidates: yearCandidates(rule),
    fill: yearFiller(rule, startDay),
  };
}

function yearCandidates({ byYearDay, byMonthDay, byMonth, byDay }: RecurrenceRule): number {
  if (byYearDay) return byYearDay.length;
  if (byMonthDay) return byMonthDay.length * (byMonth?.length ?? 12);
  return byDay ? byDay.length * (byMonth ? byMonth.length * 3 : 27) : 1;
}

function yearFiller(rule: RecurrenceRule, startDay: number): PeriodDays['fill'] {
  const { byMonth, byDay, byMonthDay, byYearDay, skip } = rule;
  const start = dateOf(startDay);
  const filter = new DayFilter({ byMonth, byMonthDay });
  if (byYearDay) {
    return (year, days) => {
      const first = dayOf(year, 1, 1);
      const last = first + daysInYear(year) - 1;
      for (const number of byYearDay) {
        const day = number > 0 ? first + number - 1 : last + number + 1;
        if (day >= first && day <= last && limited(day, year, first, last)) days.push(day);
      }
      finish(days, filter);
    };
  }
  if (byMonthDay || !byDay) {
    const months = byMonth ?? (byMonthDay ? everyMonth : [monthOf(start)]);
    const numbers = byMonthDay ?? [dayOfMonthOf(start)];
    return (year, days) => {
      const firstOfYear = byDay ? dayOf(year, 1, 1) : 0;
      const lastOfYear = byDay ? firstOfYear + daysInYear(year) - 1 : 0;
      for (const month of months) {
        const first = dayOf(year, month, 1);
        const last = first + daysInMonth(year, month) - 1;
        for (const number of numbers) {
          const day = dayOfMonth(number, first, last, skip);
          if (day >= first && limited(day, year, firstOfYear, lastOfYear)) days.push(day);
        }
      }
      if (days.length > 1) finish(days, openFilter);
    };
  }
  return (year, days) => {
    if (byMonth) {
      for (const month of byMonth) {
        const first = dayOf(year, month, 1);
        addWeekdays(byDay, first, first + daysInMonth(year, month) - 1, days);
      }
    } else addWeekdays(byDay, dayOf(year, 1, 1), dayOf(year, 12, 31), days);
    finish(days, openFilter);
  };

  /** BYDAY limits days already named; its ordinals count in the month when BYMONTH is there, else in the year. */
  function limited(day: number, year: number, firstOfYear: number, lastOfYear: number): boolean {
    if (!byDay) return true;
    if (!byMonth) return isOneOf(byDay, day, firstOfYear, lastOfYear);
    const month = monthOf(dateOf(day));
    const first = dayOf(year, month, 1);
    return isOneOf(byDay, day, first, first + daysInMonth(year, month) - 1);
  }
}

const everyMonth: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const openFilter: DayFilter = new DayFilter({});

function daysOfWeekYears(rule: RecurrenceRule, weeks: readonly number[], startDay: number): PeriodDays {
  const { byMonth, byMonthDay, byYearDay, weekStart } = rule;
  const filter = new DayFilter({ byMonth, byMonthDay, byYearDay });
  const named = rule.byDay?.map((day) => day.weekday);
  const weekdays = named ?? (byMonthDay || byYearDay ? everyWeekday : [weekdayOf(startDay)]);
  const offsets = [...new Set(weekdays.map((weekday) => (weekday - weekStart + 7) % 7))];
  return {
    periodOf: (day) => weekYearOf(day, yearOf(dateOf(day)), weekStart),
    firstDayOf: (year) => firstWeekOf(year, weekStart),
    cycle: 400,
    candidates: weeks.length * offsets.length,
    fill(year, days) {
      const first = firstWeekOf(year, weekStart);
      const weekCount = (firstWeekOf(year + 1, weekStart) - first) / 7;
      for (const number of weeks) {
        const week = number > 0 ? number - 1 : weekCount + number;
        if (week < 0 || week >= weekCount) continue;
        for (const offset of offsets) days.push(first + week * 7 + offset);
      }
      finish(days, filter);
    },
  };
}

/** Adds the days that BYDAY means between `first` and `last`. */
function addWeekdays(byDay: readonly WeekdayNumber[], first: number, last: number, days: number[]): void {
  for (const { weekday, ordinal } of byDay) {
    if (ordinal === 0) {
      for (let day = first + ((weekday - weekdayOf(first) + 7) % 7); day <= last; day += 7) days.push(day);
    } else {
      const day = nthWeekday(weekday, ordinal, first, last);
      if (day >= first && day <= last) days.push(day);
    }
  }
}

/** The `ordinal`th such weekday from `first`, or from `last` backwards; it may lie outside. */
function nthWeekday(weekday: number, ordinal: number, first: number, last: number): number {
  return ordinal > 0
    ? first + ((weekday - weekdayOf(first) + 7) % 7) + (ordinal - 1) * 7
    : last - ((weekdayOf(last) - weekday + 7) % 7) + (ordinal + 1) * 7;
}

function isOneOf(byDay: readonly WeekdayNumber[], day: number, first: number, last: number): boolean {
  const own = weekdayOf(day);
  return byDay.some(
    ({ weekday, ordinal }) =>
      weekday === own && (ordinal === 0 || nthWeekday(weekday, ordinal, first, last) === day),
  );
}

/** Filters, sorts, and removes repetitions, in place. */
function finish(days: number[], filter: DayFilter): void {
  if (days.length > 1) days.sort((a, b) => a - b);
  let kept = 0;
  for (let i = 0; i < days.length; i++) {
    const day = days[i] ?? 0;
    if ((kept > 0 && days[kept - 1] === day) || !(filter.open || filter.passes(day))) continue;
    days[kept++] = day;
  }
  days.length = kept;
}
