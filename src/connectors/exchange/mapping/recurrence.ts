/** What of an event's recurrence Exchange can say with one pattern, and what has to be said beside it (exchange.md 10.1, 10.2). */

import { dateOf, monthOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { parseRecurrenceRule, type RecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, type LocalTime, localTime } from '../../../icalendar/time.ts';
import type { NeutralEvent } from '../../event.ts';
import { knows } from '../wire/schema-version.ts';
import type { Mapping } from './mapping.ts';
import { type ExchangeRecurrence, maxCount, type Pattern, type Range } from './pattern.ts';
import { patternOf, type Unsupported } from './recurrence-export.ts';
import { firstMatch, lastOccurrence, occurrences, type SeriesClock, seriesClock } from './series-walk.ts';

export { importRecurrence } from './recurrence-import.ts';

export type RecurrenceExport =
  /** It does not recur. */
  | { readonly as: 'single' }
  | {
      readonly as: 'series';
      readonly recurrence: ExchangeRecurrence;
      /** The clock of the master: its start is the first occurrence that fits the pattern. */
      readonly clock: SeriesClock;
      /** The event starts at a time that its rule does not name: that instance is no occurrence of the master. */
      readonly oddStart: boolean;
    }
  | { readonly as: 'singles'; readonly reason: UnsupportedReason };

export type UnsupportedReason =
  | Unsupported
  | 'several-rules'
  | 'no-rule'
  | 'unreadable-rule'
  | 'no-occurrence'
  | 'several-days'
  | 'week-start';

/** What has to be known of the server. */
type Server = Pick<Mapping, 'version' | 'isPeculiar'>;

/** How the recurrence of an event is written; RDATEs are beside it in any case. */
export function exportRecurrence(event: NeutralEvent, server: Server): RecurrenceExport {
  const { recurrence, content, zones } = event;
  if (recurrence === null || recurrence.rules.length + recurrence.dates.length === 0) return { as: 'single' };
  const [text] = recurrence.rules;
  if (text === undefined) return { as: 'singles', reason: 'no-rule' };
  if (recurrence.rules.length > 1) return { as: 'singles', reason: 'several-rules' };
  const { rule, problems } = parseRecurrenceRule(text);
  if (!rule || problems.length > 0 || rule.skip !== 'OMIT')
    return { as: 'singles', reason: 'unreadable-rule' };
  // A server that overlooks things may cut what recurs to one day.
  if (server.isPeculiar === true && days(content) > 1) return { as: 'singles', reason: 'several-days' };
  return exportRule(rule, seriesClock(content.start, zones), server);
}

/** Of whole days; 0 for what lies at a time. */
function days({ start, end }: NeutralEvent['content']): number {
  return 'date' in start && 'date' in end ? (Date.parse(end.date) - Date.parse(start.date)) / dayMs : 0;
}

function exportRule(rule: RecurrenceRule, clock: SeriesClock, server: Server): RecurrenceExport {
  const { version } = server;
  const exact = patternOf(rule, clock.start);
  const pattern = server.isPeculiar === true ? withoutLongYears(exact, clock.start) : exact;
  if (typeof pattern === 'string') return { as: 'singles', reason: pattern };
  const weekMatters = pattern.every === 'week' && pattern.interval > 1 && pattern.days.length > 1;
  if (weekMatters && !knows(version, 'Exchange2010_SP1')) return { as: 'singles', reason: 'week-start' };
  const first = firstOnTheClock(rule, clock);
  if (first === undefined) return { as: 'singles', reason: 'no-occurrence' };
  const range = rangeOf(rule, clock, first, server.isPeculiar !== true || countsWell(pattern));
  if (!range) return { as: 'singles', reason: 'no-occurrence' };
  return {
    as: 'series',
    recurrence: { pattern, range },
    clock: { ...clock, start: first },
    oddStart: first !== clock.start,
  };
}

/**
 * The first occurrence of the master. A series keeps the time of day of its first one there: one that the clock skips, in
 * spring, is moved, and would move all others with it. It stands beside the series then.
 */
function firstOnTheClock(rule: RecurrenceRule, clock: SeriesClock): LocalTime | undefined {
  const first = firstMatch(rule, clock);
  if (first === undefined || first !== clock.start || !isSkipped(first, clock)) return first;
  const [, second] = occurrences(rule, clock, first, Infinity, 2);
  return second === undefined || isSkipped(second, clock) ? first : second;
}

function isSkipped(local: LocalTime, { allDay, zone }: SeriesClock): boolean {
  return !allDay && zone.toLocal(zone.toInstant(local)) !== local;
}

/** Such a server may take every twelve months, and also every twenty-four, for every year. */
function withoutLongYears(pattern: Pattern | Unsupported, start: LocalTime): Pattern | Unsupported {
  if (typeof pattern === 'string' || pattern.every !== 'month' || pattern.interval % 12 !== 0) return pattern;
  if (pattern.interval > 12) return 'interval';
  const { interval: _, ...days } = pattern;
  return { ...days, every: 'year', month: monthOf(dateOf(Math.floor(start / dayMs))) };
}

/**
 * Whether such a server knows when so many occurrences are over. Gromox has been seen in its sources to miscount months, and
 * to end five days a week with the first: its other clients would show too few.
 */
function countsWell(pattern: Pattern): boolean {
  return pattern.every === 'day' || (pattern.every === 'week' && pattern.days.join() !== '0,1,2,3,4');
}

/** `byNumber`: the range of a rule with COUNT may tell it. */
function rangeOf(
  rule: RecurrenceRule,
  clock: SeriesClock,
  first: LocalTime,
  byNumber: boolean,
): Range | undefined {
  const start = dayStart(first);
  // DTSTART counts whether it fits or not (RFC 5545 §3.8.5.3).
  const count = rule.count === undefined ? undefined : rule.count - (first === clock.start ? 0 : 1);
  if (count !== undefined && count < 1) return undefined;
  if (count !== undefined && count <= maxCount && byNumber) return { start, end: 'count', count };
  if (count === undefined && rule.until === undefined) return { start, end: 'none' };
  const last = lastOccurrence(rule, clock);
  return last === undefined || last < first ? undefined : { start, end: 'date', until: dayStart(last) };
}

const dayStart = (local: LocalTime): LocalTime => localTime(Math.floor(local / dayMs) * dayMs);
