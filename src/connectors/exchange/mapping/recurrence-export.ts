/**
 * A rule as an Exchange recurrence, or the reason why there is none (exchange.md 10.1, 10.2).
 *
 * Whatever form a rule is written in, it is supported if an Exchange pattern has exactly its occurrences: `FREQ=MONTHLY;
 * BYDAY=TU` is weekly, four months at equal distances are every third month.
 */
import {
  dateOf,
  dayOfMonthOf,
  daysInMonth,
  monthOf,
  weekdayOf,
} from '../../../icalendar/recurrence/recur-calendar.ts';
import type { RecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { selectPositions } from '../../../icalendar/recurrence/recur-times.ts';
import { dayMs, type LocalTime } from '../../../icalendar/time.ts';
import {
  alwaysHas,
  type DayChoice,
  maxIntervals,
  monthsVisited,
  type NthIndex,
  type Pattern,
} from './pattern.ts';

/** Why Exchange has no pattern for a rule. */
export type Unsupported =
  | 'frequency'
  | 'time-of-day'
  | 'week-numbers'
  | 'year-days'
  | 'months'
  | 'month-days'
  | 'short-months'
  | 'weekdays'
  | 'ordinals'
  | 'set-positions'
  | 'interval';

/** The pattern of a rule that starts at `start`; the range is the caller's. */
export function patternOf(rule: RecurrenceRule, start: LocalTime): Pattern | Unsupported {
  const unfit = unfitParts(rule, start);
  if (unfit !== undefined) return unfit;
  const pattern = byFrequency(rule, dateOf(Math.floor(start / dayMs)), weekdayOf(Math.floor(start / dayMs)));
  if (typeof pattern === 'string' || pattern.every === 'year') return pattern;
  return pattern.interval > maxIntervals[pattern.every] ? 'interval' : pattern;
}

/** What no pattern says, in any frequency. */
function unfitParts(rule: RecurrenceRule, start: LocalTime): Unsupported | undefined {
  const { frequency, byHour, byMinute, bySecond } = rule;
  if (frequency === 'HOURLY' || frequency === 'MINUTELY' || frequency === 'SECONDLY') return 'frequency';
  if (rule.byWeekNo) return 'week-numbers';
  if (rule.byYearDay) return 'year-days';
  const clock = new Date(start);
  const isOwn = (values: readonly number[] | undefined, own: number): boolean =>
    values === undefined || (values.length === 1 && values[0] === own);
  const sameTime =
    isOwn(byHour, clock.getUTCHours()) &&
    isOwn(byMinute, clock.getUTCMinutes()) &&
    isOwn(bySecond, clock.getUTCSeconds());
  return sameTime ? undefined : 'time-of-day';
}

function byFrequency(rule: RecurrenceRule, date: number, weekday: number): Pattern | Unsupported {
  const { frequency } = rule;
  if (frequency === 'DAILY') return daily(rule, date);
  if (frequency === 'WEEKLY') return weekly(rule, weekday);
  return frequency === 'MONTHLY' ? monthly(rule, date) : yearly(rule, date);
}

const allMonths: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** A selection that leaves sets of one as they are. */
const isTrivial = (positions: readonly number[] | undefined): boolean =>
  positions === undefined || positions.some((position) => position === 1 || position === -1);

function daily(rule: RecurrenceRule, date: number): Pattern | Unsupported {
  const { interval, byDay, byMonthDay, bySetPos } = rule;
  if (!isTrivial(bySetPos)) return 'set-positions';
  if (byMonthDay) {
    if (interval !== 1) return 'month-days';
    return monthly({ ...rule, frequency: 'MONTHLY', bySetPos: undefined }, date);
  }
  if (rule.byMonth && rule.byMonth.length < 12) return 'months';
  if (!byDay) return { every: 'day', interval };
  if (byDay.some(({ ordinal }) => ordinal !== 0)) return 'ordinals';
  if (byDay.length === 7) return { every: 'day', interval };
  return interval === 1 ? everyWeek(byDay) : 'weekdays';
}

function everyWeek(byDay: NonNullable<RecurrenceRule['byDay']>): Pattern {
  return { every: 'week', interval: 1, days: weekdaysIn(byDay), weekStart: 0 };
}

const weekdaysIn = (byDay: NonNullable<RecurrenceRule['byDay']>): readonly number[] =>
  [...new Set(byDay.map(({ weekday }) => weekday))].sort((one, other) => one - other);

function weekly(rule: RecurrenceRule, weekday: number): Pattern | Unsupported {
  const { interval, byDay, bySetPos, weekStart } = rule;
  if (rule.byMonth && rule.byMonth.length < 12) return 'months';
  if (rule.byMonthDay) return 'month-days';
  if (byDay?.some(({ ordinal }) => ordinal !== 0)) return 'ordinals';
  const days = byDay ? weekdaysIn(byDay) : [weekday];
  if (bySetPos === undefined) return { every: 'week', interval, days, weekStart };
  // Each week has the same set: positions in it are weekdays.
  const inWeek = days.toSorted((one, other) => ((one - weekStart + 7) % 7) - ((other - weekStart + 7) % 7));
  const chosen = selectPositions(bySetPos, inWeek.length).map((index) => inWeek[index] ?? 0);
  if (chosen.length === 0) return 'set-positions';
  return { every: 'week', interval, days: chosen.toSorted((one, other) => one - other), weekStart };
}

function monthly(rule: RecurrenceRule, date: number): Pattern | Unsupported {
  const { byMonth, interval } = rule;
  if (byMonth && byMonth.length < 12) {
    return interval === 1 ? inMonths(rule, byMonth, date, 1) : 'months';
  }
  const days = daysOfMonths(rule, monthsVisited(monthOf(date), interval), date);
  if (days === 'all-weeks') return interval === 1 ? everyWeek(rule.byDay ?? []) : 'weekdays';
  return typeof days === 'string' ? days : { every: 'month', interval, ...days };
}

function yearly(rule: RecurrenceRule, date: number): Pattern | Unsupported {
  const { byMonth, byDay, byMonthDay, interval, bySetPos } = rule;
  if (byMonth) {
    return byMonth.length > 1 && bySetPos ? 'set-positions' : inMonths(rule, byMonth, date, interval);
  }
  if (byMonthDay) return bySetPos ? 'set-positions' : inMonths(rule, allMonths, date, interval);
  if (!byDay) return isTrivial(bySetPos) ? inMonths(rule, [monthOf(date)], date, interval) : 'set-positions';
  // The first four of a kind in a year are in January, the last is in December.
  const ordinals = byDay.filter(({ ordinal }) => ordinal !== 0).map(({ ordinal }) => ordinal);
  const [position = 0] = ordinals.length > 0 ? ordinals : (bySetPos ?? []);
  if (position === 0) return interval === 1 ? everyWeek(byDay) : 'weekdays';
  return inMonths(rule, [position === -1 ? 12 : 1], date, interval);
}

/** Occurrences in some months of every `years`th year. */
function inMonths(
  rule: RecurrenceRule,
  months: readonly number[],
  date: number,
  years: number,
): Pattern | Unsupported {
  const days = daysOfMonths(rule, months, date);
  if (days === 'all-weeks')
    return months.length === 12 && years === 1 ? everyWeek(rule.byDay ?? []) : 'weekdays';
  if (typeof days === 'string') return days;
  const [month = 1] = months;
  if (months.length === 1) {
    return years === 1
      ? { every: 'year', month, ...days }
      : { every: 'month', interval: 12 * years, ...days };
  }
  const step = 12 / months.length;
  const isRegular = months.every((each, index) => each === month + index * step);
  return isRegular && years === 1 ? { every: 'month', interval: step, ...days } : 'months';
}

type MonthDays = { readonly day: number } | { readonly nth: NthIndex; readonly of: DayChoice };

/** The one day that each of these months has; `all-weeks` when every week has some. */
function daysOfMonths(
  rule: RecurrenceRule,
  months: readonly number[],
  date: number,
): MonthDays | 'all-weeks' | Unsupported {
  const { byDay, byMonthDay, bySetPos } = rule;
  if (!byDay) return dayOfMonths(byMonthDay ?? [dayOfMonthOf(date)], bySetPos, months);
  if (byMonthDay) return weekOfMonth(byDay, byMonthDay, bySetPos);
  const [only] = byDay;
  if (byDay.some(({ ordinal }) => ordinal !== 0)) {
    const nth = nthIndex(only?.ordinal);
    if (byDay.length > 1 || only === undefined || nth === undefined) return 'ordinals';
    return isTrivial(bySetPos) ? { nth, of: only.weekday } : 'set-positions';
  }
  if (!bySetPos) return 'all-weeks';
  const of = choiceOf(weekdaysIn(byDay));
  const nth = bySetPos.length === 1 ? nthIndex(bySetPos[0]) : undefined;
  if (of === undefined) return 'weekdays';
  return nth === undefined ? 'set-positions' : { nth, of };
}

function nthIndex(position: number | undefined): NthIndex | undefined {
  return ([1, 2, 3, 4, -1] as const).find((index) => index === position);
}

function choiceOf(weekdays: readonly number[]): DayChoice | undefined {
  if (weekdays.length === 7) return 'Day';
  if (weekdays.join() === '0,1,2,3,4') return 'Weekday';
  return weekdays.join() === '5,6' ? 'WeekendDay' : weekdays.length === 1 ? weekdays[0] : undefined;
}

/** A day that no month lacks, or one that falls on the last day of those that do. */
function dayOfMonths(
  days: readonly number[],
  positions: readonly number[] | undefined,
  months: readonly number[],
): MonthDays | Unsupported {
  const [only = 0] = days;
  if (days.length === 1) {
    if (!isTrivial(positions)) return 'set-positions';
    if (only === -1) return { day: 31 };
    const lengths = new Set(months.flatMap(lengthsOf));
    // Counted from the end, it is the same day only where all months are equally long.
    const day = only > 0 ? only : lengths.size === 1 ? Math.max(...lengths) + 1 + only : 0;
    if (day <= 0) return 'month-days';
    return alwaysHas(months, day) ? { day } : 'short-months';
  }
  if (positions?.length !== 1 || positions[0] !== -1 || days.some((day) => day < 0)) return 'month-days';
  const most = Math.max(...days);
  const isLast = months.flatMap(lengthsOf).every((length) => {
    const present = days.filter((day) => day <= length);
    return Math.max(...present) === Math.min(most, length);
  });
  return isLast ? { day: most } : 'short-months';
}

function lengthsOf(month: number): readonly number[] {
  return month === 2 ? [28, 29] : [daysInMonth(1999, month)];
}

/** `BYDAY=TU;BYMONTHDAY=8,9,10,11,12,13,14` is another word for the second Tuesday. */
function weekOfMonth(
  byDay: NonNullable<RecurrenceRule['byDay']>,
  days: readonly number[],
  positions: readonly number[] | undefined,
): MonthDays | Unsupported {
  const [only] = byDay;
  const [first = 0] = days;
  const isWeek = days.length === 7 && days.every((day, index) => day === first + index);
  if (byDay.length !== 1 || only?.ordinal !== 0 || !isWeek || !isTrivial(positions)) return 'month-days';
  const nth = first === -7 ? -1 : nthIndex((first + 6) / 7);
  return nth === undefined ? 'month-days' : { nth, of: only.weekday };
}
