/** Periods of a property as time, and sets of time as sorted, disjoint ranges. */

import type { Steps } from '../steps.ts';
import { type DateTimeValue, instant, type LocalTime, localTime, type TimeRange } from '../time.ts';
import type { Period } from '../value.ts';
import type { ZoneResolver } from '../zones/timezone.ts';
import { endOf } from './instance-times.ts';

/** From start to end; nominal days of a duration follow the clock of the start's zone (RFC 5545 §3.3.6). */
export function periodRange(period: Period, zones: ZoneResolver): TimeRange {
  const start = zones.toInstant(period.start);
  if (period.end) return { start, end: zones.toInstant(period.end) };
  const { weeks, days, ms } = period.duration;
  const end = endOf(zones.zoneOf(period.start), clockOf(period.start), start, { days: weeks * 7 + days, ms });
  return { start, end };
}

/** The local time that a value shows in its own zone. */
export function clockOf(value: DateTimeValue): LocalTime {
  return value.kind === 'utc' ? localTime(value.instant) : value.local;
}

/** The union of ranges, in order; what touches becomes one. Empty ranges are left out. */
export function union(ranges: readonly TimeRange[]): readonly TimeRange[] {
  const result: TimeRange[] = [];
  for (const range of ranges.filter(({ start, end }) => start < end).toSorted((a, b) => a.start - b.start)) {
    const last = result[result.length - 1];
    if (last && range.start <= last.end) {
      if (range.end > last.end) result[result.length - 1] = { start: last.start, end: range.end };
    } else result.push(range);
  }
  return result;
}

/** Ranges of which one step sorts, or joins, so many: some milliseconds. */
const stepRanges = 10_000;

/** `union` in steps, for very many ranges: some thousands are sorted at once, and the sorted runs are merged. */
export function* unionSteps(ranges: readonly TimeRange[]): Steps<readonly TimeRange[]> {
  let sorted: (readonly TimeRange[])[] = [];
  for (let from = 0; from < ranges.length; from += stepRanges) {
    if (from > 0) yield;
    sorted.push(union(ranges.slice(from, from + stepRanges)));
  }
  while (sorted.length > 1) {
    const merged: (readonly TimeRange[])[] = [];
    for (let at = 0; at < sorted.length; at += 2) {
      const [one = [], other] = sorted.slice(at, at + 2);
      merged.push(other ? yield* joined(one, other) : one);
    }
    sorted = merged;
  }
  return sorted[0] ?? [];
}

/** The union of two that are sorted and disjoint. */
function* joined(one: readonly TimeRange[], other: readonly TimeRange[]): Steps<readonly TimeRange[]> {
  const result: TimeRange[] = [];
  for (let i = 0, j = 0; ; ) {
    const [a, b] = [one[i], other[j]];
    const range = a && (!b || a.start <= b.start) ? a : b;
    if (!range) return result;
    if (range === a) i++;
    else j++;
    const last = result[result.length - 1];
    if (!last || range.start > last.end) result.push(range);
    else if (range.end > last.end) result[result.length - 1] = { start: last.start, end: range.end };
    if ((i + j) % stepRanges === 0) yield;
  }
}

/** The parts of `ranges` that lie within `others`; both are sorted and disjoint. */
export function intersection(
  ranges: readonly TimeRange[],
  others: readonly TimeRange[],
): readonly TimeRange[] {
  const result: TimeRange[] = [];
  for (let i = 0, j = 0; ; ) {
    const a = ranges[i];
    const b = others[j];
    if (!a || !b) return result;
    const start = instant(Math.max(a.start, b.start));
    const end = instant(Math.min(a.end, b.end));
    if (start < end) result.push({ start, end });
    if (a.end < b.end) i++;
    else j++;
  }
}

/** The parts of `ranges` that lie outside of `others`; both are sorted and disjoint. */
export function difference(ranges: readonly TimeRange[], others: readonly TimeRange[]): readonly TimeRange[] {
  const result: TimeRange[] = [];
  let j = 0;
  for (const { start, end } of ranges) {
    let from = start;
    // An earlier one may reach into this range, too: only those that end before it are done with.
    while ((others[j]?.end ?? Infinity) <= start) j++;
    for (let k = j; from < end; k++) {
      const other = others[k];
      const until = other && other.start < end ? other.start : end;
      if (from < until) result.push({ start: from, end: until });
      if (!other || other.start >= end) break;
      from = other.end;
    }
  }
  return result;
}
