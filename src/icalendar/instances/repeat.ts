/** Repetitions as people choose them in a form, and RRULE values (RFC 5545 §3.3.10): both directions. */
import { parseRecurrenceRule, type RecurrenceRule, weekdayNames } from '../recurrence/recur-rule.ts';
import { type DateTimeValue, dayMs, type LocalTime, localTime } from '../time.ts';
import { formatDate, formatLocal, formatUtc } from '../value.ts';
import type { Zone } from '../zones/timezone.ts';

export type WeekdayName = 'MO' | 'TU' | 'WE' | 'TH' | 'FR' | 'SA' | 'SU';

/** The n-th (last: -1) of a weekday in a month. */
export interface NthWeekday {
  readonly nth: number;
  readonly weekday: WeekdayName;
}

export type RepeatEnd =
  | { readonly is: 'never' }
  /** The last day, inclusive. */
  | { readonly is: 'on'; readonly day: LocalTime }
  | { readonly is: 'after'; readonly count: number };

export interface Repeat {
  readonly frequency: 'daily' | 'weekly' | 'monthly' | 'yearly';
  /** At least 1. */
  readonly interval: number;
  /** For weekly repetition, in the order of the week; absent: the weekday of the start. */
  readonly weekdays?: readonly WeekdayName[];
  /** For monthly and yearly repetition; absent: the start's day of the month. */
  readonly monthly?: NthWeekday;
  readonly ends: RepeatEnd;
}

/** When a series starts, on the clock of its zone. */
export interface SeriesStart {
  readonly kind: DateTimeValue['kind'];
  readonly local: LocalTime;
  readonly zone: Zone;
}

/** Monday first, as in RRULE. */
const weekdays: readonly WeekdayName[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

function weekdayOf(local: LocalTime): WeekdayName {
  return weekdays[(new Date(local).getUTCDay() + 6) % 7] ?? 'MO';
}

/** The rule as a form shows it; `undefined` when it says more than the form can. */
export function repeatOf(text: string, start: SeriesStart): Repeat | undefined {
  const { rule, problems } = parseRecurrenceRule(text);
  if (!rule || problems.length > 0 || rule.skip !== 'OMIT') return undefined;
  const { bySecond, byMinute, byHour, byYearDay, byWeekNo } = rule;
  if (bySecond ?? byMinute ?? byHour ?? byYearDay ?? byWeekNo) return undefined;
  const pattern = patternOf(rule, start);
  return pattern && { ...pattern, interval: rule.interval, ends: endOf(rule, start) };
}

type Pattern = Pick<Repeat, 'frequency' | 'weekdays' | 'monthly'>;

function patternOf(rule: RecurrenceRule, start: SeriesStart): Pattern | undefined {
  const { byDay, byMonth, byMonthDay, bySetPos } = rule;
  // Every day of these weekdays, as Thunderbird writes it, is every week on them.
  const isOfWeekdays = rule.frequency === 'DAILY' && rule.interval === 1 && byDay !== undefined;
  switch (isOfWeekdays ? 'WEEKLY' : rule.frequency) {
    case 'DAILY':
      return (byDay ?? byMonth ?? byMonthDay ?? bySetPos) ? undefined : { frequency: 'daily' };
    case 'WEEKLY': {
      // The first day of the week matters only if weeks are skipped.
      const oddWeek = rule.weekStart !== 0 && rule.interval > 1;
      if (oddWeek || (byMonth ?? byMonthDay ?? bySetPos) || byDay?.some(({ ordinal }) => ordinal !== 0))
        return undefined;
      const chosen = byDay?.map(({ weekday }) => weekday).sort((a, b) => a - b);
      const names = chosen?.map((weekday) => weekdays[weekday] ?? 'MO');
      return { frequency: 'weekly', ...(names && { weekdays: names }) };
    }
    case 'MONTHLY':
      return byMonth ? undefined : inMonth(rule, start, 'monthly');
    case 'YEARLY': {
      const month = new Date(start.local).getUTCMonth() + 1;
      if (byMonth && (byMonth.length > 1 || byMonth[0] !== month)) return undefined;
      // An ordinal without BYMONTH counts within the year.
      if (byDay && !byMonth) return undefined;
      return inMonth(rule, start, 'yearly');
    }
    case 'HOURLY':
    case 'MINUTELY':
    case 'SECONDLY':
    default:
      return undefined;
  }
}

function inMonth(
  { byDay, byMonthDay, bySetPos }: RecurrenceRule,
  start: SeriesStart,
  frequency: 'monthly' | 'yearly',
): Pattern | undefined {
  if (!byDay) {
    if (bySetPos) return undefined;
    const isStart =
      !byMonthDay || (byMonthDay.length === 1 && byMonthDay[0] === new Date(start.local).getUTCDate());
    return isStart ? { frequency } : undefined;
  }
  const [only, ...others] = byDay;
  if (!only || others.length > 0 || byMonthDay || (bySetPos && (bySetPos.length > 1 || only.ordinal !== 0)))
    return undefined;
  const nth = bySetPos?.[0] ?? only.ordinal;
  const weekday = weekdays[only.weekday];
  return nth === 0 || !weekday ? undefined : { frequency, monthly: { nth, weekday } };
}

function endOf({ count, until }: RecurrenceRule, { kind, zone }: SeriesStart): RepeatEnd {
  if (count !== undefined) return { is: 'after', count };
  if (!until) return { is: 'never' };
  const local = until.kind === 'utc' && kind !== 'date' ? zone.toLocal(until.instant) : undefined;
  const shown = local ?? (until.kind === 'utc' ? localTime(until.instant) : until.local);
  return { is: 'on', day: dayOf(shown) };
}

/** The RECUR value of a repetition. UNTIL has the form that RFC 5545 demands for the start. */
export function ruleOf(repeat: Repeat, start: SeriesStart): string {
  const { frequency, interval, ends, monthly } = repeat;
  const parts = [`FREQ=${frequency.toUpperCase()}`];
  if (interval > 1) parts.push(`INTERVAL=${interval}`);
  if (ends.is === 'after') parts.push(`COUNT=${ends.count}`);
  if (ends.is === 'on') parts.push(`UNTIL=${untilText(ends.day, start)}`);
  if (frequency === 'weekly' && repeat.weekdays && repeat.weekdays.length > 0) {
    parts.push(
      `BYDAY=${weekdayNames.filter((name) => repeat.weekdays?.some((day) => day === name)).join(',')}`,
    );
  }
  if (monthly && (frequency === 'monthly' || frequency === 'yearly')) {
    if (frequency === 'yearly') parts.push(`BYMONTH=${new Date(start.local).getUTCMonth() + 1}`);
    parts.push(`BYDAY=${monthly.nth}${monthly.weekday}`);
  }
  return parts.join(';');
}

/** The end of the last day, on the clock of the series. */
function untilText(day: LocalTime, { kind, zone }: SeriesStart): string {
  if (kind === 'date') return formatDate(day);
  const last = localTime(day + dayMs - 1000);
  return kind === 'floating' ? formatLocal(last) : formatUtc(zone.toInstant(last));
}

/**
 * The repetition for a start that was moved: its weekdays move by as many days, and so does its last day. `undefined`
 * for rules that the form cannot show; they stay as they are.
 */
export function movedRule(text: string, from: SeriesStart, to: SeriesStart): string | undefined {
  const repeat = repeatOf(text, from);
  if (!repeat) return undefined;
  const days = Math.round((dayOf(to.local) - dayOf(from.local)) / dayMs);
  const { ends, monthly } = repeat;
  return ruleOf(
    {
      ...repeat,
      ...(repeat.weekdays && {
        weekdays: repeat.weekdays.map((day) => weekdays[modulo(weekdays.indexOf(day) + days, 7)] ?? day),
      }),
      ...(monthly && days !== 0 && { monthly: nthOf(to.local, monthly.nth < 0) }),
      ...(ends.is === 'on' && { ends: { is: 'on', day: localTime(ends.day + days * dayMs) } }),
    },
    to,
  );
}

/** Which weekday of its month a day is, counted from the end if `fromEnd` and the day is the last such weekday. */
function nthOf(local: LocalTime, fromEnd: boolean): NthWeekday {
  const date = new Date(local);
  const day = date.getUTCDate();
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return { nth: fromEnd && day + 7 > length ? -1 : Math.ceil(day / 7), weekday: weekdayOf(local) };
}

export function dayOf(local: LocalTime): LocalTime {
  return localTime(Math.floor(local / dayMs) * dayMs);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
