/**
 * Classes of instance length, so that a range query reads few rows that do not match.
 *
 * The index is ordered by start. An instance that overlaps a range may start before it, by its own length at most; so
 * within a class whose longest instance is known, the rows to read are those that start in the range or at most that
 * much earlier. With one class, a single long instance would make every query read everything before its range.
 */
import { dayMs } from '../../icalendar/time.ts';
import { endOfTime } from './values.ts';

/** The longest instance of each class, ascending; the index in this list is `occurrence.length_class`. */
export const longestOfClass: readonly number[] = [dayMs, 8 * dayMs, 64 * dayMs, 512 * dayMs, 2 * endOfTime];

export function lengthClass(starts: number, ends: number): number {
  const lengthMs = ends - starts;
  return longestOfClass.findIndex((longest) => lengthMs <= longest);
}

/** The earliest start that an instance of the class can have if it overlaps a range that begins at `rangeStart`. */
export function earliestStart(lengthClass: number, rangeStart: number): number {
  const longest = longestOfClass[lengthClass] ?? 2 * endOfTime;
  return Math.max(rangeStart - longest, -endOfTime);
}
