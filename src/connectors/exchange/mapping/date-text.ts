/** Dates and times as servers write them, and as we do (XML Schema dateTime, date, duration). */
import { type Instant, instant, type LocalTime, localTime, minuteMs } from '../../../icalendar/time.ts';
import { clockText, dayText } from '../../series.ts';

/** What a dateTime says: a point in time, or a clock reading where it has no offset. */
export type ReadTime = { readonly at: Instant } | { readonly local: LocalTime };

const form =
  /^([12]\d{3})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

interface Parts {
  readonly day: number;
  readonly time: number;
  readonly offset: string;
}

/** Undefined for what is no date. Fractions of a second are dropped; hour 24 is none. */
function partsOf(text: string): Parts | undefined {
  const match = form.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', offset = ''] = match;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // A day that its month does not have becomes one of the next.
  if (new Date(date).getUTCMonth() !== Number(month) - 1) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const time = ((Number(hour) * 60 + Number(minute)) * 60 + Math.min(Number(second), 59)) * 1000;
  return { day: date, time, offset: offset.toUpperCase() };
}

export function readTime(text: string): ReadTime | undefined {
  const parts = partsOf(text);
  if (!parts) return undefined;
  const { day, time, offset } = parts;
  if (offset === '') return { local: localTime(day + time) };
  const digits = offset.replace(/\D/g, '');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  const ahead = (hours * 60 + minutes) * minuteMs * (offset.startsWith('-') ? -1 : 1);
  return { at: instant(day + time - ahead) };
}

/** A point in time; without an offset it is one in UTC, as answers are (exchange.md 12.1.1). Seen of `LastModifiedTime`. */
export function readInstant(text: string): Instant | undefined {
  const time = readTime(text);
  return time && ('at' in time ? time.at : instant(time.local));
}

/**
 * The day that a date names, as its midnight. An offset or a time behind it means nothing: `2026-11-23Z` and
 * `2026-11-23T00:00:00.000000Z` are both seen where the schema wants `2026-11-23` (exchange.md 10.1).
 */
export function readDay(text: string): LocalTime | undefined {
  const parts = partsOf(text);
  return parts && localTime(parts.day);
}

/** `2026-11-23T10:00:00`: the clock in the zone that is told beside it. */
export const localText = (local: LocalTime): string => clockText(local);
/** `2026-11-23T10:00:00+01:00`: the clock, and how far it is ahead. */
export function offsetTimeText(local: LocalTime, at: Instant): string {
  const ahead = Math.round((local - at) / minuteMs);
  const two = (count: number): string => String(count).padStart(2, '0');
  const size = Math.abs(ahead);
  return `${clockText(local)}${ahead < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
/** `2026-11-23T09:00:00Z` */
export const utcText = (at: Instant): string => `${clockText(at)}Z`;
/** `2026-11-23` */
export const dateText = (local: LocalTime): string => dayText(local);

/** `PT1H30M`, `-PT5H`, `PT0S`. */
export function durationText(ms: number): string {
  const size = Math.abs(Math.round(ms / 1000));
  const parts = [
    [Math.floor(size / 3600), 'H'],
    [Math.floor((size % 3600) / 60), 'M'],
    [size % 60, 'S'],
  ] as const;
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('');
  return `${ms < 0 ? '-' : ''}PT${text === '' ? '0S' : text}`;
}

/** Milliseconds of `PT1H`, `P0Y0M0DT8H0M0.0S`, `-PT5H30M`; undefined for what is longer than days or no duration. */
export function readDuration(text: string): number | undefined {
  const match =
    /^([+-]?)P(?:0{1,4}Y)?(?:0{1,4}M)?(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d{1,9})?S)?)?$/.exec(
      text.trim(),
    );
  if (!match) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  const size = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}
