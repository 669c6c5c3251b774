/** Finds the yearly rule behind a row of clock changes. */
import {
  dateOf,
  dayOfMonthOf,
  daysInMonth,
  monthOf,
  weekdayOf,
  yearOf,
} from '../recurrence/recur-calendar.ts';
import { weekdayNames } from '../recurrence/recur-rule.ts';
import { dayMs } from '../time.ts';
import type { Transition } from './zone.ts';

/** When in each year a clock changes. */
export interface YearlyRule {
  readonly month: number;
  readonly weekday: number;
  /** The weekday's ordinal in the month, or 0 for the one among `firstDay` and the six days after it. */
  readonly ordinal: number;
  readonly firstDay: number;
  /** A fixed date; no weekday matters. */
  readonly date: number | undefined;
}

/**
 * The rule that one change of each year follows, `undefined` if they differ in anything but the date. Few years may follow
 * several rules; the commonest is answered: last weekday, nth weekday, a weekday on or after a date, a date.
 */
export function yearlyRule(changes: readonly Transition[]): YearlyRule | undefined {
  const [first] = changes;
  if (!first) return undefined;
  const clock = clockOf(first);
  const month = monthOf(dateOf(clock.day));
  const weekday = weekdayOf(clock.day);
  let least = 31;
  let most = 1;
  let isLast = true;
  let sameWeekday = true;
  for (const change of changes) {
    const { day, time } = clockOf(change);
    const date = dateOf(day);
    if (change.offsetFrom !== first.offsetFrom || change.offsetTo !== first.offsetTo) return undefined;
    if (time !== clock.time || monthOf(date) !== month) return undefined;
    const dayOfMonth = dayOfMonthOf(date);
    least = Math.min(least, dayOfMonth);
    most = Math.max(most, dayOfMonth);
    isLast &&= dayOfMonth + 7 > daysInMonth(yearOf(date), month);
    sameWeekday &&= weekdayOf(day) === weekday;
  }
  const rule = { month, weekday, ordinal: 0, firstDay: 0, date: undefined };
  if (sameWeekday && isLast) return { ...rule, ordinal: -1 };
  const ordinal = Math.ceil(least / 7);
  if (sameWeekday && ordinal === Math.ceil(most / 7)) return { ...rule, ordinal };
  if (sameWeekday && most - least < 7) return { ...rule, firstDay: Math.min(least, 25) };
  return least === most ? { ...rule, date: least } : undefined;
}

function clockOf(change: Transition): { readonly day: number; readonly time: number } {
  const local = change.at + change.offsetFrom;
  const day = Math.floor(local / dayMs);
  return { day, time: local - day * dayMs };
}

export function formatYearlyRule(rule: YearlyRule): string {
  const month = `FREQ=YEARLY;BYMONTH=${rule.month}`;
  if (rule.date !== undefined) return `${month};BYMONTHDAY=${rule.date}`;
  const weekday = weekdayNames[rule.weekday] ?? '';
  if (rule.ordinal !== 0) return `${month};BYDAY=${rule.ordinal}${weekday}`;
  const days = [0, 1, 2, 3, 4, 5, 6].map((later) => rule.firstDay + later);
  return `${month};BYMONTHDAY=${days.join(',')};BYDAY=${weekday}`;
}
