/**
 * The three ways in which this server counts time.
 *
 * An `Instant` is a point on the UTC line; a `LocalTime` is what a clock on a wall shows, without saying where; a
 * `DateTimeValue` is what an iCalendar property said (RFC 5545 §3.3.4, §3.3.5). Only `timezone.ts` turns one into another.
 */

declare const instantBrand: unique symbol;
declare const localBrand: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z. May be negative; years 1601 to 9999. */
export type Instant = number & { readonly [instantBrand]: true };

/** A wall clock reading, encoded as the milliseconds that `Date.UTC` gives for its fields. */
export type LocalTime = number & { readonly [localBrand]: true };

/** Half-open `[start, end)`. An open side is `-Infinity` or `Infinity`. */
export interface TimeRange {
  readonly start: Instant;
  readonly end: Instant;
}

/** A DATE or DATE-TIME as written: a day, a UTC instant, a floating time, or a local time with its zone's name. */
export type DateTimeValue =
  | { readonly kind: 'date'; readonly local: LocalTime }
  | { readonly kind: 'utc'; readonly instant: Instant }
  | { readonly kind: 'floating'; readonly local: LocalTime }
  | { readonly kind: 'zoned'; readonly local: LocalTime; readonly tzid: string };

// Brands have no form at run time, so only these two may give them.
/* oxlint-disable typescript/no-unsafe-type-assertion */
export const instant = (ms: number): Instant => ms as Instant;
export const localTime = (ms: number): LocalTime => ms as LocalTime;
/* oxlint-enable typescript/no-unsafe-type-assertion */

export const secondMs = 1000;
export const minuteMs: number = 60 * secondMs;
export const hourMs: number = 60 * minuteMs;
export const dayMs: number = 24 * hourMs;
