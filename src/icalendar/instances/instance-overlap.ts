/** When an instance overlaps a time range: the tables of RFC 4791 §9.9. */
import type { Instant, TimeRange } from '../time.ts';

/**
 * Which row of the tables applies; `start` and `end` of the instance are then:
 *
 * - `span`: VEVENT, VJOURNAL, VAVAILABILITY, a to-do with DTSTART alone; without length it is one moment
 * - `to-do-span`: VTODO with DTSTART and DURATION
 * - `to-do-due`: VTODO with DTSTART and DUE, which may come first
 * - `due`: VTODO with DUE alone; both are DUE
 * - `created`, `completed`, `created-completed`: VTODO with only those; start is CREATED, end is COMPLETED
 * - `always`: VTODO with no date at all
 * - `published`: VFREEBUSY with DTSTART and DTEND
 */
export type OverlapRule =
  | 'span'
  | 'to-do-span'
  | 'to-do-due'
  | 'due'
  | 'created'
  | 'completed'
  | 'created-completed'
  | 'always'
  | 'published';

export function spanOverlaps(rule: OverlapRule, start: Instant, end: Instant, range: TimeRange): boolean {
  switch (rule) {
    case 'span':
      return range.end > start && (range.start < end || (range.start === start && start === end));
    case 'to-do-span':
      return range.start <= end && (range.end > start || range.end >= end);
    case 'to-do-due':
      return (range.start < end || range.start <= start) && (range.end > start || range.end >= end);
    case 'due':
      return range.start < end && range.end >= end;
    case 'created':
      return range.end > start;
    case 'completed':
      return range.start <= end && range.end >= end;
    case 'created-completed':
      return (range.start <= start || range.start <= end) && (range.end >= start || range.end >= end);
    case 'always':
      return true;
    case 'published':
      return range.start <= end && range.end > start;
    default:
      return rule;
  }
}

/**
 * `[start, end]` for an index that asks of every row `row.start < range.end` and (`row.end > range.start` or
 * `row.start >= range.start`): no match is missed, whatever the rule. Times have whole seconds, so a millisecond more
 * turns "at or after" into "after" and hardly ever offers a row too many.
 */
export function indexBounds(
  rule: OverlapRule,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  switch (rule) {
    case 'span':
      return { start, end };
    case 'to-do-span':
    case 'to-do-due':
    case 'created-completed':
    case 'due':
    case 'published':
      return { start: Math.min(start, end) - 1, end: Math.max(start, end) + 1 };
    case 'completed':
      return { start: end - 1, end: end + 1 };
    case 'created':
      return { start, end: Infinity };
    case 'always':
      return { start: -Infinity, end: Infinity };
    default:
      return rule;
  }
}
