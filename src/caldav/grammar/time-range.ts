/** `start` and `end` attributes of `time-range`, `expand` and the limits (RFC 4791 §9.6.5 to §9.6.7, §9.9). */
import type { Limits } from '../../core/limits.ts';
import { Refusal, type RefusalCode } from '../../core/refusal.ts';
import { type Instant, instant, type TimeRange } from '../../icalendar/time.ts';
import { parseDateTime } from '../../icalendar/value.ts';
import { localNameOf } from '../../xml/name.ts';
import type { XmlElement } from '../../xml/reader.ts';

/** A `time-range`: either side may be open, not both. Refuses `invalid-filter`. */
export function timeRange(element: XmlElement): TimeRange {
  return range(element, 'invalid-filter');
}

/** `expand`, `limit-recurrence-set`, `limit-freebusy-set`: both sides are needed. Refuses `malformed-request`. */
export function closedRange(element: XmlElement): TimeRange {
  for (const side of ['start', 'end'] as const) {
    if (!element.attributes.has(`{}${side}`)) {
      throw new Refusal('malformed-request', `${localNameOf(element.name)} needs start and end`);
    }
  }
  return range(element, 'malformed-request');
}

/** Refuses a range that reaches beyond the dates a calendar can hold (RFC 4791 §7.8: min-date-time, max-date-time). */
export function requireDates(range: TimeRange | undefined, limits: Limits): void {
  if (!range) return;
  for (const side of [range.start, range.end]) {
    if (!Number.isFinite(side)) continue;
    if (side < limits.minDateTime) {
      throw new Refusal('before-min-date', 'the range begins before the first date that calendars hold');
    }
    if (side > limits.maxDateTime) {
      throw new Refusal('after-max-date', 'the range ends after the last date that calendars hold');
    }
  }
}

/** A `time-range` of busy times, where no filter stands that could be wrong: either side may be open. Refuses `malformed-request`. */
export function busyRange(element: XmlElement): TimeRange {
  return range(element, 'malformed-request');
}

/** An open side is where the dates end that calendars hold: what is answered has a beginning and an end. */
export function closed(range: TimeRange, limits: Limits): TimeRange {
  return {
    start: Number.isFinite(range.start) ? range.start : limits.minDateTime,
    end: Number.isFinite(range.end) ? range.end : limits.maxDateTime,
  };
}

function range(element: XmlElement, code: RefusalCode): TimeRange {
  const name = localNameOf(element.name);
  const start = utc(element, 'start', code);
  const end = utc(element, 'end', code);
  if (start === undefined && end === undefined) throw new Refusal(code, `${name} has neither start nor end`);
  if (start !== undefined && end !== undefined && end <= start) {
    throw new Refusal(code, `${name} ends before it starts`);
  }
  return { start: start ?? instant(Number.NEGATIVE_INFINITY), end: end ?? instant(Number.POSITIVE_INFINITY) };
}

function utc(element: XmlElement, side: 'start' | 'end', code: RefusalCode): Instant | undefined {
  const text = element.attributes.get(`{}${side}`);
  if (text === undefined) return undefined;
  const value = parseDateTime(text);
  if (value?.kind === 'utc') return value.instant;
  throw new Refusal(code, `the ${side} of ${localNameOf(element.name)} is not a date with UTC time`);
}
