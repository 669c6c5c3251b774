/**
 * What a `Recurrence` element means, worked out day by day and month by month as MS-OXOCAL describes it, without any of the
 * product's code: a mistake must not hide behind itself.
 */
import type { XmlElement } from '../../../../src/xml/reader.ts';

const dayMs = 86_400_000;
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
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
];

/** Midnights (UTC) of the occurrences that are not after `until`. */
export function expandRecurrence(recurrence: XmlElement, until: number): readonly number[] {
  const [pattern, range] = recurrence.children;
  if (!pattern || !range) throw new Error('a recurrence has a pattern and a range');
  const start = Date.parse(`${text(range, 'StartDate')}T00:00:00Z`);
  const count = text(range, 'NumberOfOccurrences');
  const end = text(range, 'EndDate');
  const last = Math.min(until, end === undefined ? Infinity : Date.parse(`${end}T00:00:00Z`));
  const most = count === undefined ? Infinity : Number(count);
  const found: number[] = [];
  for (const day of daysOf(pattern, start)) {
    if (day < start) continue;
    if (day > last || found.length >= most) break;
    found.push(day);
  }
  return found;
}

function* daysOf(pattern: XmlElement, start: number): IterableIterator<number> {
  const interval = Number(text(pattern, 'Interval') ?? 1);
  switch (localName(pattern)) {
    case 'DailyRecurrence':
      for (let day = start; ; day += interval * dayMs) yield day;
    case 'WeeklyRecurrence':
      yield* weekly(pattern, start, interval);
      break;
    case 'AbsoluteMonthlyRecurrence':
    case 'RelativeMonthlyRecurrence':
      for (let month = monthNumber(start); ; month += interval) yield dayInMonth(pattern, month);
    case 'AbsoluteYearlyRecurrence':
    case 'RelativeYearlyRecurrence': {
      const month = months.indexOf(text(pattern, 'Month') ?? '');
      for (let year = new Date(start).getUTCFullYear(); ; year++)
        yield dayInMonth(pattern, year * 12 + month);
    }
    default:
      throw new Error(`no pattern: ${localName(pattern)}`);
  }
}

function* weekly(pattern: XmlElement, start: number, interval: number): IterableIterator<number> {
  const days = new Set((text(pattern, 'DaysOfWeek') ?? '').split(' ').map((day) => weekdays.indexOf(day)));
  const first = weekdays.indexOf(text(pattern, 'FirstDayOfWeek') ?? 'Sunday');
  const before = (new Date(start).getUTCDay() - first + 7) % 7;
  for (let week = start - before * dayMs; ; week += 7 * interval * dayMs) {
    for (let day = week; day < week + 7 * dayMs; day += dayMs) {
      if (days.has(new Date(day).getUTCDay())) yield day;
    }
  }
}

function monthNumber(day: number): number {
  const date = new Date(day);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function dayInMonth(pattern: XmlElement, month: number): number {
  const first = Date.UTC(Math.floor(month / 12), month % 12, 1);
  const next = Date.UTC(Math.floor((month + 1) / 12), (month + 1) % 12, 1);
  const dayOfMonth = text(pattern, 'DayOfMonth');
  // A month without that day has its last one instead.
  if (dayOfMonth !== undefined) return Math.min(first + (Number(dayOfMonth) - 1) * dayMs, next - dayMs);
  const word = text(pattern, 'DaysOfWeek') ?? '';
  const isCounted = (day: number): boolean => {
    const weekday = new Date(day).getUTCDay();
    const isWeekend = weekday === 0 || weekday === 6;
    if (word === 'Day') return true;
    if (word === 'Weekday') return !isWeekend;
    return word === 'WeekendDay' ? isWeekend : weekday === weekdays.indexOf(word);
  };
  const days: number[] = [];
  for (let day = first; day < next; day += dayMs) if (isCounted(day)) days.push(day);
  const index = ['First', 'Second', 'Third', 'Fourth'].indexOf(text(pattern, 'DayOfWeekIndex') ?? '');
  const found = index < 0 ? days.at(-1) : days[index];
  if (found === undefined) throw new Error('a month without such a day');
  return found;
}

function text(element: XmlElement, local: string): string | undefined {
  return element.children.find((child) => localName(child) === local)?.text;
}

function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf('}') + 1);
}
