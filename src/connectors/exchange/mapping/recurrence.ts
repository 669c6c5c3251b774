/** What of an event's recurrence Exchange can say with one pattern, and what has to be said beside it (exchange.md 10.1, 10.2). */
import { parseRecurrenceRule, type RecurrenceRule } from '../../../icalendar/recur-rule.ts';
import { dayMs, type LocalTime, localTime } from '../../../icalendar/time.ts';
import type { NeutralEvent } from '../../event.ts';
import { knows, type SchemaVersion } from '../wire/schema-version.ts';
import { type ExchangeRecurrence, maxCount, type Range } from './pattern.ts';
import { patternOf, type Unsupported } from './recurrence-export.ts';
import { firstMatch, lastOccurrence, type SeriesClock, seriesClock } from './series-walk.ts';

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
  | 'week-start';

/** How the recurrence of an event is written; RDATEs are beside it in any case. */
export function exportRecurrence(event: NeutralEvent, version: SchemaVersion): RecurrenceExport {
  const { recurrence, content, zones } = event;
  if (recurrence === null || recurrence.rules.length + recurrence.dates.length === 0) return { as: 'single' };
  const [text] = recurrence.rules;
  if (text === undefined) return { as: 'singles', reason: 'no-rule' };
  if (recurrence.rules.length > 1) return { as: 'singles', reason: 'several-rules' };
  const { rule, problems } = parseRecurrenceRule(text);
  if (!rule || problems.length > 0) return { as: 'singles', reason: 'unreadable-rule' };
  return exportRule(rule, seriesClock(content.start, zones), version);
}

function exportRule(rule: RecurrenceRule, clock: SeriesClock, version: SchemaVersion): RecurrenceExport {
  const pattern = patternOf(rule, clock.start);
  if (typeof pattern === 'string') return { as: 'singles', reason: pattern };
  const weekMatters = pattern.every === 'week' && pattern.interval > 1 && pattern.days.length > 1;
  if (weekMatters && !knows(version, 'Exchange2010_SP1')) return { as: 'singles', reason: 'week-start' };
  const first = firstMatch(rule, clock);
  if (first === undefined) return { as: 'singles', reason: 'no-occurrence' };
  const range = rangeOf(rule, clock, first);
  if (!range) return { as: 'singles', reason: 'no-occurrence' };
  return {
    as: 'series',
    recurrence: { pattern, range },
    clock: { ...clock, start: first },
    oddStart: first !== clock.start,
  };
}

function rangeOf(rule: RecurrenceRule, clock: SeriesClock, first: LocalTime): Range | undefined {
  const start = dayStart(first);
  // DTSTART counts whether it fits or not (RFC 5545 §3.8.5.3).
  const count = rule.count === undefined ? undefined : rule.count - (first === clock.start ? 0 : 1);
  if (count !== undefined && count < 1) return undefined;
  if (count !== undefined && count <= maxCount) return { start, end: 'count', count };
  if (count === undefined && rule.until === undefined) return { start, end: 'none' };
  const last = lastOccurrence(rule, clock);
  return last === undefined || last < first ? undefined : { start, end: 'date', until: dayStart(last) };
}

const dayStart = (local: LocalTime): LocalTime => localTime(Math.floor(local / dayMs) * dayMs);
