/** Patterns of Exchange that come near to some days: those that may have all of them, and others (exchange.md 10.4). */
import {
  dateOf,
  dayOfMonthOf,
  daysInMonth,
  monthOf,
  type PackedDate,
  weekdayOf,
  yearOf,
} from '../../../icalendar/recurrence/recur-calendar.ts';
import { dayMs, type LocalTime } from '../../../icalendar/time.ts';
import { maxIntervals, type NthIndex, type Pattern } from './pattern.ts';

/** `locals` in order of time. Whether a pattern has all of them has still to be looked at. */
export function nearPatterns(locals: readonly LocalTime[]): readonly Pattern[] {
  const days = locals.map((local) => Math.floor(local / dayMs));
  const dates = days.map(dateOf);
  const weekdays = [...new Set(days.map(weekdayOf))].sort((one, other) => one - other);
  const [month] = dates.map(monthOf);
  const inMonth = [{ day: Math.max(...dates.map(dayOfMonthOf)) }, ...ordinalsOf(dates, weekdays)];
  const months = stepOf(dates.map(monthsOf));
  const weeks = stepOf(days.map((day) => Math.round((day - weekdayOf(day)) / 7)));
  const patterns: readonly Pattern[] = [
    ...inMonth.map((which) => ({ every: 'month', interval: months, ...which }) as const),
    { every: 'week', interval: weeks, days: weekdays, weekStart: 0 },
    { every: 'day', interval: stepOf(days) },
  ];
  const sameMonth = month !== undefined && dates.every((date) => monthOf(date) === month);
  return [
    ...(sameMonth ? inMonth.map((which) => ({ every: 'year', month, ...which }) as const) : []),
    ...patterns.filter((each) => each.every === 'year' || each.interval <= maxIntervals[each.every]),
  ];
}

const monthsOf = (date: PackedDate): number => yearOf(date) * 12 + monthOf(date);

/** The second Tuesday, the last Friday: where all days are that of their months. */
function ordinalsOf(
  dates: readonly PackedDate[],
  [of, ...others]: readonly number[],
): readonly { readonly nth: NthIndex; readonly of: number }[] {
  if (of === undefined || others.length > 0) return [];
  const week = (date: PackedDate): number => Math.ceil(dayOfMonthOf(date) / 7);
  const isLast = (date: PackedDate): boolean =>
    dayOfMonthOf(date) + 7 > daysInMonth(yearOf(date), monthOf(date));
  const found = ([1, 2, 3, 4, -1] as const).filter((nth) =>
    dates.every((date) => (nth === -1 ? isLast(date) : week(date) === nth)),
  );
  return found.map((nth) => ({ nth, of }));
}

/** The largest step by which all of these numbers can be reached from the first. */
function stepOf(numbers: readonly number[]): number {
  const [first = 0] = numbers;
  return numbers.reduce((step, number) => greatestCommonDivisor(step, number - first), 0) || 1;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
