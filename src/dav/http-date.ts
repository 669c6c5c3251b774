/** Dates of HTTP headers (RFC 9110 §5.6.7), read in all three forms, written in the first. */
import type { Instant } from './resource.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const forms: readonly RegExp[] = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Za-z]{3}, (?<day>\d{2}) (?<month>[A-Za-z]{3}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Za-z]{6,9}, (?<day>\d{2})-(?<month>[A-Za-z]{3})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Za-z]{3} (?<month>[A-Za-z]{3}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/** `undefined` for what is no date: a recipient ignores such a header (RFC 9110 §13.1.3). */
export function parseHttpDate(text: string): Instant | undefined {
  for (const form of forms) {
    const groups = form.exec(text.trim())?.groups;
    if (groups === undefined) continue;
    const month = months.indexOf((groups['month'] ?? '').toLowerCase());
    const [hour = 0, minute = 0, second = 0] = (groups['time'] ?? '').split(':').map(Number);
    const year = fullYear(groups['year'] ?? '');
    const day = Number(groups['day']);
    // Second 60 is a leap second; anything else beyond its bounds would become a time of another day.
    if (month === -1 || day < 1 || day > daysOf(year, month)) return undefined;
    if (hour > 23 || minute > 59 || second > 60) return undefined;
    return instant(Date.UTC(year, month, day, hour, minute, second));
  }
  return undefined;
}

export function httpDate(when: Instant): string {
  return new Date(when).toUTCString();
}

/** Two digits mean the century that is nearest without lying more than 50 years ahead; the format died before 2000. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length === 4 ? year : year + (year < 70 ? 2000 : 1900);
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

/** The one place where this folder makes an instant out of a number; there is nothing that could be wrong with it. */
function instant(ms: number): Instant {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand has no other way in
  return ms as Instant;
}
