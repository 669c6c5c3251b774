/** Dates and rules that are written otherwise than RFC 5545 has them, but are plain in their meaning: an import reads them. */
import { maxRuleLength } from '../limits.ts';
import { dayMs, hourMs, instant, localTime, minuteMs, secondMs } from '../time.ts';
import { formatDate, formatDuration, formatLocal, formatUtc, parseDateTime } from '../value.ts';

const loose =
  /^\s*"?(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9}|0)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?(?:\\n|")*\s*$/i;

/** Invisible direction marks, which get copied along with a date from a screen. */
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;

/**
 * A date as RFC 5545 writes it: `2026-03-10T09:00:00+03:00`, `20260310T0900Z`, 24:00 for the next midnight. `undefined` for
 * what names no time.
 */
export function mendedDate(value: string): string | undefined {
  const match = value.length > maxLength ? null : loose.exec(value.replaceAll(invisible, ''));
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

/** The longest text that is tried as a date. */
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
  return (
    rawValue
      .replace(/\\([;,])/g, '$1')
      .replace(/^\s*"?(?:RRULE:)?/i, '')
      .replace(/(?<=\w)[:,\s]+(?=(?:COUNT|UNTIL|INTERVAL|WKST|BY[A-Z]{3,8})=)/gi, ';')
      .replace(/"\s*$/, '')
      .replace(otherFrequency, (_, before: string, word: string, rest: string) =>
        frequencyOf(before, word.toUpperCase(), rest),
      )
      .replace(/(COUNT=\d{1,9})\.0{1,9}(?=;|$)/i, '$1')
      .replace(/((?:COUNT|INTERVAL)=)\+(?=\d)/gi, '$1')
      // An interval longer than any calendar lasts means one instance. libical refuses intervals over 32,767.
      .replace(/(?<=INTERVAL=)\d{10,}(?=;|$)/i, '32767')
      .replace(/(\d)\s+(?=(?:MO|TU|WE|TH|FR|SA|SU)\b)/gi, '$1')
      .replace(/(^|;)(UNTIL=)([^;]{1,40})/i, (_, before: string, name: string, value: string) => {
        return `${before}${name}${parseDateTime(value) ? value : (mendedDate(existing(value)) ?? value)}`;
      })
  );
}

/** Frequencies that RFC 5545 does not have, and how it says them. */
const frequencies: ReadonlyMap<string, string> = new Map([
  ['BIWEEKLY', 'WEEKLY;INTERVAL=2'],
  ['FORTNIGHTLY', 'WEEKLY;INTERVAL=2'],
  ['QUARTERLY', 'MONTHLY;INTERVAL=3'],
  ['ANNUALLY', 'YEARLY'],
  ['ANNUAL', 'YEARLY'],
]);

const otherFrequency = /^((?:.*;)?\s*FREQ=)\s*([A-Z]{6,11})\s*(?=;|$)(.*)$/i;

/** The rule with such a frequency written as RFC 5545 has it. If there is an INTERVAL too, the rule stays as it is. */
function frequencyOf(before: string, word: string, rest: string): string {
  const plain = frequencies.get(word);
  const [one, other] = [before, rest].map((text) => text.replace(everyOne, ''));
  if (plain === undefined || /INTERVAL=/i.test(`${one}${other}`)) return `${before}${word}${rest}`;
  return `${one}${plain}${other}`;
}

const everyOne = /(?:^|;)\s*INTERVAL=\s*1(?=;|$)/i;

const looseDuration =
  /^\s*"?([+-]?)P?(?:([\d.,]{1,9})W)?(?:([\d.,]{1,9})D)?T?(?:([\d.,]{1,9})H)?(?:([\d.,]{1,9})M)?(?:([\d.,]{1,9})S)?"?\s*$/i;
const clockDuration = /^\s*(\d{1,3}):([0-5]\d)(?::([0-5]\d))?\s*$/;

/** A DURATION of fractions (`PT1.5H`, which ISO 8601 allows and RFC 5545 does not) or of a clock (`1:30`). */
export function mendedDuration(value: string): string | undefined {
  if (value.length > maxLength || !/\d/.test(value)) return undefined;
  const clock = clockDuration.exec(value);
  const match = clock ? [value, '', '0', '0', ...clock.slice(1)] : looseDuration.exec(value);
  if (!match) return undefined;
  const units = [7 * dayMs, dayMs, hourMs, minuteMs, secondMs];
  const ms = units.reduce(
    (sum, unit, at) => sum + unit * Number((match[at + 2] ?? '0').replace(',', '.')),
    0,
  );
  if (!Number.isFinite(ms)) return undefined;
  const text = formatDuration({ weeks: 0, days: 0, ms: Math.round(ms / secondMs) * secondMs });
  return match[1] === '-' ? `-${text}` : text;
}

/** A 29th, 30th or 31st that its month does not have becomes the 28th. */
function existing(value: string): string {
  return mendedDate(value)
    ? value
    : value.replace(/^(\d{4}-?\d{2}-?)(?:29|3[01])/, (_, month: string) => `${month}28`);
}
