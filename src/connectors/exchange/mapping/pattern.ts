/** What an Exchange `Recurrence` can say: a pattern and a range, as values and as elements (exchange.md 10.1). */
import { daysInMonth, type Weekday } from '../../../icalendar/recurrence/recur-calendar.ts';
import type { LocalTime } from '../../../icalendar/time.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { localName, make, makeText, numberOf, textOf } from '../wire/elements.ts';
import { knows, type SchemaVersion } from '../wire/schema-version.ts';
import { dateText, readDay } from './date-text.ts';

/** Monday is 0, as in our rules. */
export const weekdayWords: readonly string[] = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
];

export const monthWords: readonly string[] = [
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
];

/** -1 is the last. */
export type NthIndex = 1 | 2 | 3 | 4 | -1;

export const indexWords: ReadonlyMap<number, string> = new Map([
  [1, 'First'],
  [2, 'Second'],
  [3, 'Third'],
  [4, 'Fourth'],
  [-1, 'Last'],
]);

/** Which days are counted: one weekday, Monday to Friday, Saturday and Sunday, or all. */
export type DayChoice = Weekday | 'Weekday' | 'WeekendDay' | 'Day';

/** The weekdays behind a choice. */
export function weekdaysOf(choice: DayChoice): readonly Weekday[] {
  if (choice === 'Day') return [0, 1, 2, 3, 4, 5, 6];
  if (choice === 'Weekday') return [0, 1, 2, 3, 4];
  return choice === 'WeekendDay' ? [5, 6] : [choice];
}

/** In short months, `day` is the last one (exchange.md 10.2). */
export type Pattern =
  | { readonly every: 'day'; readonly interval: number }
  | {
      readonly every: 'week';
      readonly interval: number;
      readonly days: readonly Weekday[];
      readonly weekStart: Weekday;
    }
  | { readonly every: 'month'; readonly interval: number; readonly day: number }
  | { readonly every: 'month'; readonly interval: number; readonly nth: NthIndex; readonly of: DayChoice }
  | { readonly every: 'year'; readonly month: number; readonly day: number }
  | { readonly every: 'year'; readonly month: number; readonly nth: NthIndex; readonly of: DayChoice };

/** Days as midnights of the series' clock. `until` is the day of the last occurrence. */
export type Range = { readonly start: LocalTime } & (
  | { readonly end: 'none' }
  | { readonly end: 'count'; readonly count: number }
  | { readonly end: 'date'; readonly until: LocalTime }
);

export interface ExchangeRecurrence {
  readonly pattern: Pattern;
  readonly range: Range;
}

/** What servers accept; MS-OXOCAL has no more for them. */
export const maxIntervals: Readonly<Record<Pattern['every'], number>> = {
  day: 999,
  week: 99,
  month: 99,
  year: 1,
};
export const maxCount = 999;

export function recurrenceElement(
  { pattern, range }: ExchangeRecurrence,
  version: SchemaVersion,
): DocumentElement {
  return make('Recurrence', [patternElement(pattern, version), rangeElement(range)]);
}

function patternElement(pattern: Pattern, version: SchemaVersion): DocumentElement {
  if (pattern.every === 'year') {
    const month = makeText('Month', monthWords[pattern.month - 1] ?? '');
    if ('day' in pattern) {
      return make('AbsoluteYearlyRecurrence', [makeText('DayOfMonth', pattern.day), month]);
    }
    return make('RelativeYearlyRecurrence', [...nthElements(pattern), month]);
  }
  const interval = makeText('Interval', pattern.interval);
  if (pattern.every === 'day') return make('DailyRecurrence', [interval]);
  if (pattern.every === 'week') {
    const days = pattern.days.map((day) => weekdayWords[day] ?? '').join(' ');
    const first = makeText('FirstDayOfWeek', weekdayWords[pattern.weekStart] ?? '');
    return make('WeeklyRecurrence', [
      interval,
      makeText('DaysOfWeek', days),
      knows(version, 'Exchange2010_SP1') ? first : undefined,
    ]);
  }
  if ('day' in pattern) {
    return make('AbsoluteMonthlyRecurrence', [interval, makeText('DayOfMonth', pattern.day)]);
  }
  return make('RelativeMonthlyRecurrence', [interval, ...nthElements(pattern)]);
}

function nthElements({
  nth,
  of,
}: {
  readonly nth: NthIndex;
  readonly of: DayChoice;
}): readonly DocumentElement[] {
  const days = typeof of === 'number' ? (weekdayWords[of] ?? '') : of;
  return [makeText('DaysOfWeek', days), makeText('DayOfWeekIndex', indexWords.get(nth) ?? 'Last')];
}

function rangeElement(range: Range): DocumentElement {
  const start = makeText('StartDate', dateText(range.start));
  if (range.end === 'none') return make('NoEndRecurrence', [start]);
  if (range.end === 'count') {
    return make('NumberedRecurrence', [start, makeText('NumberOfOccurrences', range.count)]);
  }
  return make('EndDateRecurrence', [start, makeText('EndDate', dateText(range.until))]);
}

/** Undefined for what is no Gregorian pattern, or cannot be read. `first`: the day of the master's Start. */
export function readRecurrence(element: XmlElement, first: LocalTime): ExchangeRecurrence | undefined {
  const pattern = element.children.map(readPattern).find((found) => found !== undefined);
  const range = element.children.map((inner) => readRange(inner, first)).find((found) => found !== undefined);
  return pattern && { pattern, range: range ?? { start: first, end: 'none' } };
}

function readPattern(element: XmlElement): Pattern | undefined {
  const interval = Math.max(1, numberOf(element, 'Interval') ?? 1);
  const day = numberOf(element, 'DayOfMonth');
  const month = monthWords.indexOf(textOf(element, 'Month')?.trim() ?? '') + 1;
  const nth = readNth(element);
  const isDay = day !== undefined && day >= 1 && day <= 31;
  switch (localName(element)) {
    case 'DailyRecurrence':
      return { every: 'day', interval };
    case 'WeeklyRecurrence': {
      const days = readDays(textOf(element, 'DaysOfWeek') ?? '');
      const weekStart = weekdayWords.indexOf(textOf(element, 'FirstDayOfWeek')?.trim() ?? 'Sunday');
      return days.length === 0
        ? undefined
        : { every: 'week', interval, days, weekStart: weekStart < 0 ? 6 : weekStart };
    }
    case 'AbsoluteMonthlyRecurrence':
      return isDay ? { every: 'month', interval, day } : undefined;
    case 'RelativeMonthlyRecurrence':
      return nth && { every: 'month', interval, ...nth };
    case 'AbsoluteYearlyRecurrence':
      return isDay && month > 0 ? { every: 'year', month, day } : undefined;
    case 'RelativeYearlyRecurrence':
      return nth && month > 0 ? { every: 'year', month, ...nth } : undefined;
    default:
      return undefined;
  }
}

function readDays(text: string): readonly Weekday[] {
  const days = new Set<Weekday>();
  for (const word of text.trim().split(/\s+/)) {
    const choice = dayChoice(word);
    if (choice !== undefined) for (const day of weekdaysOf(choice)) days.add(day);
  }
  return [...days].sort((one, other) => one - other);
}

function dayChoice(word: string): DayChoice | undefined {
  if (word === 'Day' || word === 'Weekday' || word === 'WeekendDay') return word;
  // Seen of servers that follow the schema from memory.
  if (word === 'Weekendday') return 'WeekendDay';
  const weekday = weekdayWords.indexOf(word);
  return weekday < 0 ? undefined : weekday;
}

function readNth(element: XmlElement): { readonly nth: NthIndex; readonly of: DayChoice } | undefined {
  const word = textOf(element, 'DayOfWeekIndex')?.trim();
  const of = dayChoice(textOf(element, 'DaysOfWeek')?.trim() ?? '');
  const nth = ([1, 2, 3, 4, -1] as const).find((index) => indexWords.get(index) === word);
  return nth === undefined || of === undefined ? undefined : { nth, of };
}

function readRange(element: XmlElement, first: LocalTime): Range | undefined {
  const start = readDay(textOf(element, 'StartDate') ?? '') ?? first;
  switch (localName(element)) {
    case 'NoEndRecurrence':
      return { start, end: 'none' };
    case 'NumberedRecurrence': {
      const count = numberOf(element, 'NumberOfOccurrences');
      return { start, ...(count === undefined || count < 1 ? { end: 'none' } : { end: 'count', count }) };
    }
    case 'EndDateRecurrence': {
      const until = readDay(textOf(element, 'EndDate') ?? '');
      return { start, ...(until === undefined ? { end: 'none' } : { end: 'date', until }) };
    }
    default:
      return undefined;
  }
}

/** The months, 1 to 12, that a step of `interval` months comes by. */
export function monthsVisited(month: number, interval: number): readonly number[] {
  const months = new Set<number>();
  for (let at = month - 1; !months.has(at + 1); at = (at + interval) % 12) months.add(at + 1);
  return [...months].sort((one, other) => one - other);
}

/** Whether every one of these months has this day in every year. */
export function alwaysHas(months: readonly number[], day: number): boolean {
  return months.every((month) => day <= daysInMonth(1999, month));
}
