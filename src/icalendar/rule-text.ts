/** The text of a RECUR value (RFC 5545 §3.3.10): is it one, and what of it can be kept. recur-rule.ts gives it its meaning. */
import { maxRuleLength } from './limits.ts';
import { parseDateTime } from './value.ts';

/** Tells whether a text is a RECUR value by its form. `INTERVAL=0` is let through (it is read as 1), as are unknown parts. */
export function isRuleText(rawValue: string): boolean {
  if (rawValue.length > maxRuleLength) return false;
  const parts = partsOf(rawValue);
  return parts.every(isPart) && parts.some(({ name }) => name === 'FREQ');
}

/**
 * The rule without its invalid parts and list entries, so that a strict reader takes it; `undefined` when no
 * frequency is left. `FREQ=WEEKLY;BYDAY=SA,SO` becomes `FREQ=WEEKLY;BYDAY=SA`.
 */
export function cleanRuleText(rawValue: string): string | undefined {
  if (rawValue.length > maxRuleLength) return undefined;
  const kept: string[] = [];
  let frequency = false;
  for (const part of partsOf(rawValue)) {
    const { name, value } = part;
    if (name === 'FREQ') frequency = isPart(part);
    const entries = lists.has(name) ? value.split(',').map((entry) => entry.trim()) : [value];
    const good = entries.filter((entry) => isPart({ name, value: entry }));
    if (good.length > 0) kept.push(`${name}=${good.join(',')}`);
  }
  return frequency ? kept.join(';') : undefined;
}

/**
 * The parts of a cleaned rule that RFC 5545 knows, each once: of two the last, as `parseRecurrenceRule` reads them. Readers of
 * feeds refuse a whole feed for a part that they do not know. `undefined` for a rule of another calendar or of leap months
 * alone (RFC 7529), of which only DTSTART is followed.
 */
export function knownParts(rule: string): readonly string[] | undefined {
  const parts = new Map<string, string>();
  for (const { name, value } of partsOf(rule)) {
    if (name === 'RSCALE' && !/^(GREGORIAN|GREGORY|ISO8601)$/i.test(value)) return undefined;
    if (!forms.has(name)) continue;
    const known = name === 'BYMONTH' ? withoutLeapMonths(value) : value;
    if (known === '') return undefined;
    parts.set(name, known);
  }
  const most = mostWeekdays(parts);
  const days = weekdaysOf(parts.get('BYDAY') ?? '', most);
  const there = days.filter((day) => ordinalOf(day) <= most);
  // A rule of weekdays that no month has names nothing: without them it would name other days.
  if (days.length > 0 && there.length === 0) return undefined;
  if (there.length === 0) parts.delete('BYDAY');
  else parts.set('BYDAY', there.join(','));
  const seconds = parts.get('BYSECOND');
  if (seconds !== undefined) parts.set('BYSECOND', withoutLeapSecond(seconds));
  return [...parts].map(([name, value]) => `${name}=${value}`);
}

/** How often a weekday can come in what BYDAY counts; 0 where it counts nothing (RFC 5545 §3.3.10). */
function mostWeekdays(parts: ReadonlyMap<string, string>): number {
  const frequency = parts.get('FREQ')?.toUpperCase();
  if (frequency === 'MONTHLY') return 5;
  if (frequency !== 'YEARLY') return 0;
  return parts.has('BYMONTH') ? 5 : 53;
}

/** BYDAY without numbers that count nothing, as no strict reader takes them: 0, more than a year has, those of a week or day. */
function weekdaysOf(days: string, most: number): readonly string[] {
  return days
    .split(',')
    .map((day) => (most > 0 ? day.replace(/^\s*[+-]?0+(?=[A-Z])/i, '') : day.replace(/[^A-Z]/gi, '')))
    .filter((day) => day !== '' && ordinalOf(day) <= 53);
}

function ordinalOf(day: string): number {
  return Math.abs(Number.parseInt(day, 10) || 0);
}

/** Second 60 is read as 59 (docs/recurrence.md), of which readers make a minute more or an error. */
function withoutLeapSecond(seconds: string): string {
  return [...new Set(seconds.split(',').map((second) => (Number(second) === 60 ? '59' : second)))].join(',');
}

/** The months of BYMONTH that the Gregorian calendar has. */
export function withoutLeapMonths(months: string): string {
  if (!/L/i.test(months)) return months;
  return months
    .split(',')
    .filter((month) => !/L\s*$/i.test(month))
    .join(',');
}

interface Part {
  readonly name: string;
  readonly value: string;
}

function partsOf(rawValue: string): readonly Part[] {
  return rawValue
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      if (equals < 0) return { name: '', value: part };
      return { name: part.slice(0, equals).trim().toUpperCase(), value: part.slice(equals + 1).trim() };
    });
}

function isPart({ name, value }: Part): boolean {
  if (name === '') return false;
  const test = forms.get(name);
  // Parts of later standards (RSCALE, SKIP) and X- parts are kept.
  if (!test) return true;
  return lists.has(name) ? value.split(',').every((entry) => test(entry.trim())) : test(value);
}

const weekday = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/i;

const within =
  (least: number, most: number, form = /^\+?\d{1,3}$/) =>
  (value: string): boolean => {
    if (!form.test(value)) return false;
    const size = Math.abs(Number(value));
    return size >= least && size <= most;
  };

/** Of the parts that can count from the end. */
const signed = /^[+-]?\d{1,3}$/;

const lists: ReadonlySet<string> = new Set([
  'BYSECOND',
  'BYMINUTE',
  'BYHOUR',
  'BYDAY',
  'BYMONTHDAY',
  'BYYEARDAY',
  'BYWEEKNO',
  'BYMONTH',
  'BYSETPOS',
]);

/** One entry of each part. */
const forms: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['FREQ', (value) => /^(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$/i.test(value)],
  ['UNTIL', (value) => parseDateTime(value) !== undefined],
  ['COUNT', (value) => /^\d{1,15}$/.test(value)],
  ['INTERVAL', (value) => /^\d{1,9}$/.test(value)],
  ['WKST', (value) => /^(MO|TU|WE|TH|FR|SA|SU)$/i.test(value)],
  ['BYDAY', (value) => weekday.test(value)],
  ['BYSECOND', within(0, 60)],
  ['BYMINUTE', within(0, 59)],
  ['BYHOUR', within(0, 23)],
  ['BYMONTHDAY', within(1, 31, signed)],
  ['BYYEARDAY', within(1, 366, signed)],
  ['BYWEEKNO', within(1, 53, signed)],
  // RFC 7529 §4.2: `5L` is a leap month.
  ['BYMONTH', (value) => within(1, 12)(value.replace(/^(\d{1,2})L$/i, '$1'))],
  ['BYSETPOS', within(1, 366, signed)],
]);
