/**
 * The Gregorian calendar in whole numbers, for recurrence rules and time zones.
 *
 * A day is counted from 1970-01-01. A date is packed into one number, because a rule looks at thousands of them and an
 * object for each would cost more than the arithmetic.
 */

/** Monday is 0, Sunday is 6. */
export type Weekday = number;

/** `year << 9 | month << 5 | day`, month and day counted from 1. Packed dates are in order of time. */
export type PackedDate = number;

export const lastYear = 9999;

/** The day number of a date. `month` may be outside 1..12 by one year, `day` may be anything. */
export function dayOf(year: number, month: number, day: number): number {
  // Years are counted from March, so that the leap day comes last and months have a linear formula.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

export function dateOf(day: number): PackedDate {
  const z = day + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra =
    ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36524) | 0) - ((dayOfEra / 146096) | 0)) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const march = ((5 * dayOfYear + 2) / 153) | 0;
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return (year << 9) | (month << 5) | (dayOfYear - (((153 * march + 2) / 5) | 0) + 1);
}

export const yearOf = (date: PackedDate): number => date >> 9;
export const monthOf = (date: PackedDate): number => (date >> 5) & 15;
export const dayOfMonthOf = (date: PackedDate): number => date & 31;

export function weekdayOf(day: number): Weekday {
  return (((day + 3) % 7) + 7) % 7;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export const daysInYear = (year: number): number => (isLeapYear(year) ? 366 : 365);

/** The first day of week one: the week that has at least four of its days in the year (RFC 5545 §3.3.10, WKST). */
export function firstWeekOf(year: number, weekStart: Weekday): number {
  const fourth = dayOf(year, 1, 4);
  return fourth - ((weekdayOf(fourth) - weekStart + 7) % 7);
}
