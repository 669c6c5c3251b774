/** An Exchange recurrence as a rule (exchange.md 10.1, 10.2). */
import { dateOf, daysInMonth, monthOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { emptyRule, type RecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs } from '../../../icalendar/time.ts';
import { ruleText } from '../../rule.ts';
import {
  alwaysHas,
  type DayChoice,
  type ExchangeRecurrence,
  monthsVisited,
  type Pattern,
  weekdaysOf,
} from './pattern.ts';
import { lastOccurrence, type SeriesClock } from './series-walk.ts';

/** The value of an RRULE for a series whose first occurrence is at `clock.start`. */
export function importRecurrence({ pattern, range }: ExchangeRecurrence, clock: SeriesClock): string {
  const rule = ruleOf(pattern, monthOf(dateOf(Math.floor(clock.start / dayMs))));
  if (range.end === 'count') return ruleText({ ...rule, count: range.count });
  if (range.end === 'none') return ruleText(rule);
  const last = lastOccurrence(rule, clock, range.until + dayMs - 1) ?? clock.start;
  const until = clock.allDay
    ? ({ kind: 'date', local: last } as const)
    : ({ kind: 'utc', instant: clock.zone.toInstant(last) } as const);
  return ruleText({ ...rule, until });
}

function ruleOf(pattern: Pattern, startMonth: number): RecurrenceRule {
  switch (pattern.every) {
    case 'day':
      return { ...emptyRule, frequency: 'DAILY', interval: pattern.interval };
    case 'week': {
      const byDay = pattern.days.map((weekday) => ({ weekday, ordinal: 0 }));
      const { interval, weekStart } = pattern;
      return { ...emptyRule, frequency: 'WEEKLY', interval, byDay, weekStart };
    }
    case 'month': {
      const { interval } = pattern;
      const parts = partsOf(pattern, monthsVisited(startMonth, interval));
      if (interval % 12 !== 0) return { ...emptyRule, frequency: 'MONTHLY', interval, ...parts };
      return { ...emptyRule, frequency: 'YEARLY', interval: interval / 12, byMonth: [startMonth], ...parts };
    }
    case 'year':
      return {
        ...emptyRule,
        frequency: 'YEARLY',
        byMonth: [pattern.month],
        ...partsOf(pattern, [pattern.month]),
      };
    default:
      return pattern satisfies never;
  }
}

type MonthPattern = Extract<Pattern, { every: 'month' | 'year' }>;
type DayParts = Pick<RecurrenceRule, 'byDay' | 'byMonthDay' | 'bySetPos'>;

function partsOf(pattern: MonthPattern, months: readonly number[]): DayParts {
  const nothing = { byDay: undefined, byMonthDay: undefined, bySetPos: undefined };
  if ('nth' in pattern) return { ...nothing, ...nthParts(pattern.nth, pattern.of) };
  const longest = Math.max(...months.map((month) => daysInMonth(2000, month)));
  const day = Math.min(pattern.day, longest);
  if (alwaysHas(months, day)) return { ...nothing, byMonthDay: [day] };
  // Where a month is too short, its last day: the last of those days that there are (exchange.md 10.2).
  const shortest = Math.min(...months.map((month) => daysInMonth(1999, month)));
  const byMonthDay = Array.from({ length: day - shortest + 1 }, (_, index) => shortest + index);
  return { ...nothing, byMonthDay, bySetPos: [-1] };
}

function nthParts(nth: number, of: DayChoice): Partial<DayParts> {
  if (typeof of === 'number') return { byDay: [{ weekday: of, ordinal: nth }] };
  return { byDay: weekdaysOf(of).map((weekday) => ({ weekday, ordinal: 0 })), bySetPos: [nth] };
}
