/** The RECUR value (RFC 5545 §3.3.10): text -> rule. What it generates is in recur.ts. */

import { withoutLeapMonths } from '../rule-text.ts';
import type { DateTimeValue } from '../time.ts';
import { parseDateTime } from '../value.ts';
import type { Weekday } from './recur-calendar.ts';

export type Frequency = 'SECONDLY' | 'MINUTELY' | 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** `2MO`, `-1FR`; an ordinal of 0 means every such day. */
export interface WeekdayNumber {
  readonly weekday: Weekday;
  readonly ordinal: number;
}

/** A rule as its parts say. Lists are sorted and without repetition; an absent part is `undefined`, never an empty list. */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  /** At least 1: `INTERVAL=0` is read as 1, because no other reading ends. */
  readonly interval: number;
  readonly count: number | undefined;
  /** As written: a day, a UTC instant, or a floating time that is read in the zone of DTSTART. */
  readonly until: Exclude<DateTimeValue, { kind: 'zoned' }> | undefined;
  readonly bySecond: readonly number[] | undefined;
  readonly byMinute: readonly number[] | undefined;
  readonly byHour: readonly number[] | undefined;
  readonly byDay: readonly WeekdayNumber[] | undefined;
  readonly byMonthDay: readonly number[] | undefined;
  readonly byYearDay: readonly number[] | undefined;
  readonly byWeekNo: readonly number[] | undefined;
  readonly byMonth: readonly number[] | undefined;
  readonly bySetPos: readonly number[] | undefined;
  readonly weekStart: Weekday;
  /** RFC 7529 §4.1: what becomes of a day that a month does not have; `OMIT` is what RFC 5545 does. */
  readonly skip: Skip;
}

/** None, the last day of the month, or the first of the next. */
export type Skip = 'OMIT' | 'BACKWARD' | 'FORWARD';

export interface ParsedRule {
  /** Absent when the text has no frequency, or needs another calendar than the Gregorian (RFC 7529). */
  readonly rule: RecurrenceRule | undefined;
  /** The parts that were not understood and left out, each as a sentence without a full stop. */
  readonly problems: readonly string[];
}

export const weekdayNames: readonly string[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** Longer texts are no rule: all parts with all their values are about 4 kB. */
const maxRuleLength = 16_384;

/**
 * Reads a rule. Names and values are accepted in any case and order; values out of range and unknown parts are left out
 * and reported. A BY part of which nothing remains is as good as absent.
 */
export function parseRecurrenceRule(text: string): ParsedRule {
  if (text.length > maxRuleLength)
    return { rule: undefined, problems: [`a rule of ${text.length} characters`] };
  const reader = new RuleReader();
  for (const part of text.trim().toUpperCase().split(';')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    reader.take(
      equals < 0 ? part : part.slice(0, equals).trim(),
      equals < 0 ? '' : part.slice(equals + 1).trim(),
    );
  }
  return reader.finish();
}

/**
 * The rule of a series of days: RFC 5545 §3.3.10 wants the parts to be ignored that name times of day. A rule for every
 * hour, minute or second then names each day it may name, and is one for every day.
 */
export function ofWholeDays(rule: RecurrenceRule): RecurrenceRule {
  const days = { ...rule, byHour: undefined, byMinute: undefined, bySecond: undefined };
  const hasEachDay = rule.interval <= (unitsOfDay[rule.frequency] ?? 0);
  // But COUNT counts the hours, and BYSETPOS selects among the times of a unit.
  if (!hasEachDay || rule.count !== undefined || rule.bySetPos) return days;
  return { ...days, frequency: 'DAILY', interval: 1 };
}

const unitsOfDay: Readonly<Partial<Record<Frequency, number>>> = {
  HOURLY: 24,
  MINUTELY: 1_440,
  SECONDLY: 86_400,
};

const frequencies: ReadonlySet<string> = new Set<Frequency>([
  'SECONDLY',
  'MINUTELY',
  'HOURLY',
  'DAILY',
  'WEEKLY',
  'MONTHLY',
  'YEARLY',
]);

const skips: ReadonlySet<string> = new Set<Skip>(['OMIT', 'BACKWARD', 'FORWARD']);

const isSkip = (text: string): text is Skip => skips.has(text);

const isFrequency = (text: string): text is Frequency => frequencies.has(text);

type Draft = { -readonly [Part in keyof RecurrenceRule]: RecurrenceRule[Part] };

/** A rule that says nothing but its frequency. */
export const emptyRule: Omit<RecurrenceRule, 'frequency'> = {
  interval: 1,
  count: undefined,
  until: undefined,
  bySecond: undefined,
  byMinute: undefined,
  byHour: undefined,
  byDay: undefined,
  byMonthDay: undefined,
  byYearDay: undefined,
  byWeekNo: undefined,
  byMonth: undefined,
  bySetPos: undefined,
  weekStart: 0,
  skip: 'OMIT',
};

class RuleReader {
  private readonly problems: string[] = [];
  private frequency: Frequency | undefined;
  private gregorian = true;
  private readonly draft: Omit<Draft, 'frequency'> = { ...emptyRule };

  take(name: string, value: string): void {
    const draft = this.draft;
    switch (name) {
      case 'FREQ':
        if (isFrequency(value)) this.frequency = value;
        else this.problems.push(`FREQ=${value} is no frequency`);
        break;
      case 'INTERVAL':
        draft.interval = Math.max(1, this.positive(name, value) ?? 1);
        break;
      case 'COUNT':
        // COUNT=0 is a mistake; DTSTART alone is nearer to it than a series without end.
        draft.count = /^0+$/.test(value) ? 1 : this.positive(name, value);
        break;
      case 'UNTIL':
        draft.until = this.until(value);
        break;
      case 'BYSECOND':
        // Second 60 is a leap second; our minutes have none, so it is the last second (as in value.ts).
        draft.bySecond = unique(this.numbers(name, value, 0, 60)?.map((second) => Math.min(second, 59)));
        break;
      case 'BYMINUTE':
        draft.byMinute = this.numbers(name, value, 0, 59);
        break;
      case 'BYHOUR':
        draft.byHour = this.numbers(name, value, 0, 23);
        break;
      case 'BYDAY':
        draft.byDay = this.weekdays(value);
        break;
      case 'BYMONTHDAY':
        draft.byMonthDay = this.signed(name, value, 31);
        break;
      case 'BYYEARDAY':
        draft.byYearDay = this.signed(name, value, 366);
        break;
      case 'BYWEEKNO':
        draft.byWeekNo = this.signed(name, value, 53);
        break;
      case 'BYMONTH':
        this.months(value);
        break;
      case 'BYSETPOS':
        draft.bySetPos = this.signed(name, value, 366);
        break;
      case 'WKST':
        if (weekdayNames.includes(value)) draft.weekStart = weekdayNames.indexOf(value);
        else this.problems.push(`WKST=${value} is no weekday`);
        break;
      case 'RSCALE':
        this.gregorian = value === 'GREGORIAN' || value === 'GREGORY' || value === 'ISO8601';
        if (!this.gregorian) this.problems.push(`RSCALE=${value} is a calendar that is not supported`);
        break;
      case 'SKIP':
        if (isSkip(value)) draft.skip = value;
        else this.problems.push(`SKIP=${value} is no way to skip`);
        break;
      default:
        if (!name.startsWith('X-')) this.problems.push(`${name} is no part of a rule`);
    }
  }

  finish(): ParsedRule {
    const { frequency, problems } = this;
    if (!frequency) {
      if (problems.length === 0) problems.push('a rule without FREQ');
      return { rule: undefined, problems };
    }
    return { rule: this.gregorian ? { frequency, ...this.draft } : undefined, problems };
  }

  private positive(name: string, value: string): number | undefined {
    if (/^\+?\d{1,15}$/.test(value) && Number(value) > 0) return Number(value);
    this.problems.push(`${name}=${value} is no positive number`);
    return undefined;
  }

  private until(value: string): RecurrenceRule['until'] {
    const until = parseDateTime(value);
    if (until && until.kind !== 'zoned') return until;
    this.problems.push(`UNTIL=${value} is no date`);
    return undefined;
  }

  private numbers(name: string, value: string, least: number, most: number): readonly number[] | undefined {
    const numbers: number[] = [];
    for (const entry of value.split(',')) {
      const number = /^ *[+-]?\d{1,4} *$/.test(entry) ? Number(entry) : Number.NaN;
      if (number >= least && number <= most) numbers.push(number);
      else this.problems.push(`${entry || 'an empty entry'} is no value of ${name}`);
    }
    return unique(numbers);
  }

  private signed(name: string, value: string, most: number): readonly number[] | undefined {
    const numbers = this.numbers(name, value, -most, most);
    if (!numbers?.includes(0)) return numbers;
    this.problems.push(`0 is no value of ${name}`);
    return unique(numbers.filter((number) => number !== 0));
  }

  private months(value: string): void {
    const months = withoutLeapMonths(value);
    if (months !== value) this.problems.push(`BYMONTH=${value} has leap months, which no year has`);
    // A rule with only such months never yields anything; without the part it would apply to all months.
    if (months === '' && value !== '') this.gregorian = false;
    else this.draft.byMonth = this.numbers('BYMONTH', months, 1, 12);
  }

  private weekdays(value: string): readonly WeekdayNumber[] | undefined {
    const days = new Map<string, WeekdayNumber>();
    for (const entry of value.split(',')) {
      const match = /^ *([+-]?\d{1,2})? *([A-Z]{2}) *$/.exec(entry);
      const weekday = weekdayNames.indexOf(match?.[2] ?? '');
      const ordinal = Number(match?.[1] ?? 0);
      if (weekday < 0 || Math.abs(ordinal) > 53)
        this.problems.push(`${entry || 'an empty entry'} is no day of BYDAY`);
      else days.set(`${ordinal} ${weekday}`, { weekday, ordinal });
    }
    return days.size === 0 ? undefined : [...days.values()];
  }
}

function unique(numbers: readonly number[] | undefined): readonly number[] | undefined {
  if (numbers === undefined || numbers.length === 0) return undefined;
  return [...new Set(numbers)].sort((a, b) => a - b);
}
