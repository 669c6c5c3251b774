/**
 * Recurrence as Exchange has it (MS-OXOCAL 2.2.1.44, 3.1.4.6): a pattern and a range of days, expanded without times.
 *
 * Days are whole numbers since 1970-01-01, which was a Thursday.
 */
import { EwsError, SoapFault } from './failure.ts';
import { childText, type Element, localName, type Markup, tag, text } from './markup.ts';

export type Day = number;

export const dayMs = 86_400_000;
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const sets: Readonly<Record<string, readonly number[]>> = {
  Day: [0, 1, 2, 3, 4, 5, 6],
  Weekday: [1, 2, 3, 4, 5],
  WeekendDay: [0, 6],
};
const positions = ['First', 'Second', 'Third', 'Fourth', 'Last'] as const;
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export type Pattern =
  | { readonly kind: 'daily'; readonly interval: number }
  | { readonly kind: 'weekly'; readonly interval: number; readonly days: string; readonly firstDay: string }
  | { readonly kind: 'monthly'; readonly interval: number; readonly day: number }
  | {
      readonly kind: 'monthlyNth';
      readonly interval: number;
      readonly days: string;
      readonly position: string;
    }
  | { readonly kind: 'yearly'; readonly day: number; readonly month: number }
  | { readonly kind: 'yearlyNth'; readonly days: string; readonly position: string; readonly month: number };

export interface Recurrence {
  readonly pattern: Pattern;
  readonly start: Day;
  readonly end?: Day;
  readonly count?: number;
}

/** More instances of one series than any client asks for; a series without end stops being expanded there. */
const maxInstances = 5_000;

export function dayOfWeek(day: Day): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function dayFrom(date: string): Day {
  return Math.floor(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / dayMs);
}

export function dateOf(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** The days of the series in order, deleted and moved ones included; at most those that begin up to `until`. */
export function* daysOf(recurrence: Recurrence, until: Day = Number.POSITIVE_INFINITY): Generator<Day> {
  const last = Math.min(until, recurrence.end ?? Number.POSITIVE_INFINITY);
  const most = Math.min(recurrence.count ?? maxInstances, maxInstances);
  let given = 0;
  for (const day of candidates(recurrence.pattern, recurrence.start)) {
    if (day > last || given === most) return;
    if (day < recurrence.start) continue;
    given += 1;
    yield day;
  }
}

function* candidates(pattern: Pattern, start: Day): Generator<Day> {
  if (pattern.kind === 'daily') for (let day = start; ; day += pattern.interval) yield day;
  else if (pattern.kind === 'weekly') yield* weekly(pattern, start);
  else yield* monthly(pattern, start, 'interval' in pattern ? pattern.interval : 12);
}

function* weekly(pattern: Extract<Pattern, { kind: 'weekly' }>, start: Day): Generator<Day> {
  const first = weekdays.findIndex((name) => name === pattern.firstDay);
  const wanted = new Set(numbersOf(pattern.days));
  const beginning = start - ((dayOfWeek(start) - first + 7) % 7);
  for (let week = beginning; ; week += 7 * pattern.interval)
    for (let day = week; day < week + 7; day++) if (wanted.has(dayOfWeek(day))) yield day;
}

function* monthly(pattern: Pattern, start: Day, interval: number): Generator<Day> {
  const date = new Date(start * dayMs);
  const fixed = pattern.kind === 'yearly' || pattern.kind === 'yearlyNth' ? pattern.month : undefined;
  let index = date.getUTCFullYear() * 12 + (fixed ?? date.getUTCMonth());
  // A month whose day lies before the start counts for yearly patterns only as a year that is over.
  for (; ; index += interval) yield inMonth(pattern, Math.floor(index / 12), index % 12);
}

function inMonth(pattern: Pattern, year: number, month: number): Day {
  const first = Math.floor(Date.UTC(year, month, 1) / dayMs);
  const length = Math.floor(Date.UTC(year, month + 1, 1) / dayMs) - first;
  // MS-OXOCAL 2.2.1.44.1.3: in a month that is too short the last day takes the place.
  if (pattern.kind === 'monthly' || pattern.kind === 'yearly')
    return first + Math.min(pattern.day, length) - 1;
  if (pattern.kind !== 'monthlyNth' && pattern.kind !== 'yearlyNth') throw new Error('not a monthly pattern');
  const wanted = new Set(numbersOf(pattern.days));
  const matching = Array.from({ length }, (_, i) => first + i).filter((day) => wanted.has(dayOfWeek(day)));
  const position = positions.findIndex((name) => name === pattern.position);
  return matching[position === 4 ? matching.length - 1 : position] ?? first;
}

function numbersOf(days: string): readonly number[] {
  return days.split(/\s+/).flatMap((name) => sets[name] ?? [weekdays.findIndex((one) => one === name)]);
}

/** Reads a `Recurrence` element; undefined for an empty one. */
export function readRecurrence(element: Element): Recurrence | undefined {
  const [patternElement, rangeElement] = element.children;
  if (!patternElement || !rangeElement) return undefined;
  const pattern = readPattern(patternElement);
  const start = dayOf(rangeElement, 'StartDate');
  const range = readRange(rangeElement, start);
  const recurrence = { pattern, ...range };
  const [first] = daysOf(recurrence);
  if (first === undefined)
    throw new EwsError(
      'ErrorRecurrenceHasNoOccurrence',
      'Specified recurrence pattern and range yields no occurrences.',
    );
  return { ...recurrence, start: first };
}

function readRange(element: Element, start: Day): Omit<Recurrence, 'pattern'> {
  switch (localName(element)) {
    case 'NoEndRecurrence':
      return { start };
    case 'EndDateRecurrence': {
      const end = dayOf(element, 'EndDate');
      if (end < start) throw invalid('the end date of the recurrence is before its start date');
      return { start, end };
    }
    case 'NumberedRecurrence':
      return { start, count: number(element, 'NumberOfOccurrences', 1, 999) };
    default:
      throw schemaFault(localName(element));
  }
}

function readPattern(element: Element): Pattern {
  const interval = (most = 99): number => number(element, 'Interval', 1, most);
  const days = (): string => {
    const value = childText(element, 'DaysOfWeek') ?? '';
    if (value === '' || numbersOf(value).includes(-1)) throw schemaFault(`DaysOfWeek ${value}`);
    return value;
  };
  const position = (): string => oneOf(positions, childText(element, 'DayOfWeekIndex'));
  const month = (): number => months.indexOf(oneOf(months, childText(element, 'Month')));
  switch (localName(element)) {
    case 'DailyRecurrence':
      return { kind: 'daily', interval: interval(999) };
    case 'WeeklyRecurrence': {
      const firstDay = oneOf(weekdays, childText(element, 'FirstDayOfWeek') ?? 'Sunday');
      return { kind: 'weekly', interval: interval(), days: days(), firstDay };
    }
    case 'AbsoluteMonthlyRecurrence':
      return { kind: 'monthly', interval: interval(), day: number(element, 'DayOfMonth', 1, 31) };
    case 'RelativeMonthlyRecurrence':
      return { kind: 'monthlyNth', interval: interval(), days: days(), position: position() };
    case 'AbsoluteYearlyRecurrence':
      return { kind: 'yearly', day: number(element, 'DayOfMonth', 1, 31), month: month() };
    case 'RelativeYearlyRecurrence':
      return { kind: 'yearlyNth', days: days(), position: position(), month: month() };
    default:
      throw schemaFault(localName(element));
  }
}

function dayOf(element: Element, name: string): Day {
  const value = childText(element, name) ?? '';
  if (!/^\d{4}-\d\d-\d\d/.test(value)) throw schemaFault(`${name} ${value}`);
  return dayFrom(value);
}

function number(element: Element, name: string, least: number, most: number): number {
  const value = Number(childText(element, name));
  if (!Number.isInteger(value)) throw schemaFault(name);
  if (value < least || value > most) throw invalid(`${name} must lie between ${least} and ${most}`);
  return value;
}

function oneOf<T extends string>(choices: readonly T[], value: string | undefined): T {
  const found = choices.find((one) => one === value);
  if (found === undefined) throw schemaFault(String(value));
  return found;
}

function invalid(why: string): EwsError {
  return new EwsError('ErrorCalendarInvalidRecurrence', `The recurrence pattern was invalid: ${why}.`);
}

function schemaFault(what: string): SoapFault {
  return new SoapFault('ErrorSchemaValidation', `The request failed schema validation: ${what} is invalid.`);
}

/** `suffix` is what follows each date: Exchange writes `Z` or an offset there, Gromox a time. */
export function writeRecurrence(recurrence: Recurrence, suffix: string): Markup {
  const date = (day: Day): string => `${dateOf(day)}${suffix}`;
  const start = text('t:StartDate', date(recurrence.start));
  const range =
    recurrence.count !== undefined
      ? tag('t:NumberedRecurrence', [start, text('t:NumberOfOccurrences', recurrence.count)])
      : recurrence.end !== undefined
        ? tag('t:EndDateRecurrence', [start, text('t:EndDate', date(recurrence.end))])
        : tag('t:NoEndRecurrence', [start]);
  return tag('t:Recurrence', [writePattern(recurrence.pattern), range]);
}

function writePattern(pattern: Pattern): Markup {
  switch (pattern.kind) {
    case 'daily':
      return tag('t:DailyRecurrence', [text('t:Interval', pattern.interval)]);
    case 'weekly':
      return tag('t:WeeklyRecurrence', [
        text('t:Interval', pattern.interval),
        text('t:DaysOfWeek', pattern.days),
        text('t:FirstDayOfWeek', pattern.firstDay),
      ]);
    case 'monthly':
      return tag('t:AbsoluteMonthlyRecurrence', [
        text('t:Interval', pattern.interval),
        text('t:DayOfMonth', pattern.day),
      ]);
    case 'monthlyNth':
      return tag('t:RelativeMonthlyRecurrence', [
        text('t:Interval', pattern.interval),
        text('t:DaysOfWeek', pattern.days),
        text('t:DayOfWeekIndex', pattern.position),
      ]);
    case 'yearly':
      return tag('t:AbsoluteYearlyRecurrence', [
        text('t:DayOfMonth', pattern.day),
        text('t:Month', months[pattern.month] ?? ''),
      ]);
    case 'yearlyNth':
    default:
      return tag('t:RelativeYearlyRecurrence', [
        text('t:DaysOfWeek', pattern.days),
        text('t:DayOfWeekIndex', pattern.position),
        text('t:Month', months[pattern.month] ?? ''),
      ]);
  }
}

/** Whether two series have the same days by the same rule. */
export function sameRecurrence(one: Recurrence | undefined, other: Recurrence | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
