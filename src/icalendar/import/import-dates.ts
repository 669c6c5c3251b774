/** Dates and rules that are written otherwise than RFC 5545 has them, but are plain in their meaning: an import reads them. */
import { maxRuleLength } from '../limits.ts';
import { dayMs, hourMs, instant, localTime, minuteMs, secondMs } from '../time.ts';
import { formatDate, formatLocal, formatUtc, parseDateTime } from '../value.ts';

const loose =
  /^\s*"?(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?(?:\\n|")*\s*$/i;

/**
 * A date as RFC 5545 writes it: `2026-03-10T09:00:00+03:00`, `20260310T0900Z`, 24:00 for the next midnight. `undefined` for
 * what names no time.
 */
export function mendedDate(value: string): string | undefined {
  const match = value.length > maxLength ? null : loose.exec(value);
  const day = match && parseDateTime(`${match[1]}${match[2]}${match[3]}`);
  if (!match || day?.kind !== 'date') return undefined;
  if (match[4] === undefined) return formatDate(day.local);
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  const isMidnight = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !isMidnight) || minute > 59 || second > 60) return undefined;
  const local = day.local + hour * hourMs + minute * minuteMs + Math.min(second, 59) * secondMs;
  if (local >= latest) return undefined;
  const zone = match[7];
  if (zone === undefined) return formatLocal(localTime(local));
  return formatUtc(instant(local - offsetMs(zone)));
}

/** Characters of a date, however it is written. */
const maxLength = 60;
const latest = Date.UTC(9999, 11, 30) + dayMs;

function offsetMs(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * minuteMs;
}

/**
 * A rule whose text was escaped or quoted as a whole, named twice, or ends at a time that is written otherwise: a series
 * that loses its end for that would never stop.
 */
export function mendedRule(rawValue: string): string {
  if (rawValue.length > maxRuleLength) return rawValue;
  return rawValue
    .replace(/\\([;,])/g, '$1')
    .replace(/^\s*"?(?:RRULE:)?/i, '')
    .replace(/(?<=\w)[:,\s]+(?=(?:COUNT|UNTIL|INTERVAL|WKST|BY[A-Z]{3,8})=)/gi, ';')
    .replace(/"\s*$/, '')
    .replace(/(COUNT=\d{1,9})\.0{1,9}(?=;|$)/i, '$1')
    .replace(/(^|;)(UNTIL=)([^;]{1,40})/i, (_, before: string, name: string, value: string) => {
      return `${before}${name}${parseDateTime(value) ? value : (mendedDate(existing(value)) ?? value)}`;
    });
}

/** The last days of a month that not every month has become one that it has. */
function existing(value: string): string {
  return mendedDate(value)
    ? value
    : value.replace(/^(\d{4}-?\d{2}-?)(?:29|3[01])/, (_, month: string) => `${month}28`);
}
