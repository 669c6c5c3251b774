/** Walking through the occurrences of one rule on the clock of its series. Bounded in steps. */
import { walkRule } from '../../../icalendar/recurrence/recur.ts';
import type { Frequency, RecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, instant, type LocalTime, localTime } from '../../../icalendar/time.ts';
import { utc, type Zone } from '../../../icalendar/zones/timezone.ts';
import type { EventTime, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { clockOf, clockText, dayText, zoneNamed } from '../../series.ts';

/** How the times of a series are counted. Days are midnights in UTC. */
export interface SeriesClock {
  readonly start: LocalTime;
  readonly allDay: boolean;
  readonly zone: Zone;
}

export function seriesClock(start: EventTime, zones: NeutralEvent['zones']): SeriesClock {
  const allDay = 'date' in start;
  return { start: clockOf(start), allDay, zone: allDay ? utc : zoneNamed(start.zone, zones) };
}

/** The key of the occurrence at that clock reading. */
export function keyAt(local: LocalTime, { allDay, zone }: SeriesClock): RecurrenceKey {
  return allDay ? dayText(local) : `${clockText(zone.toInstant(local))}Z`;
}

/** The clock reading that a key means. */
export function localOfKey(key: RecurrenceKey, { allDay, zone }: SeriesClock): LocalTime {
  const ms = Date.parse(key.length === 10 ? `${key}T00:00:00Z` : key);
  return allDay ? localTime(Math.floor(ms / dayMs) * dayMs) : zone.toLocal(instant(ms));
}

/** Steps for one question; a hundred years of days fit. */
const maxSteps = 60_000;

/** The last clock reading that UNTIL admits; Infinity without. RFC 5545 §3.3.10. */
function untilOf({ until }: RecurrenceRule, { allDay, zone }: SeriesClock): LocalTime {
  if (until === undefined) return localTime(Infinity);
  const local =
    until.kind === 'utc' ? (allDay ? localTime(until.instant) : zone.toLocal(until.instant)) : until.local;
  if (!allDay && until.kind !== 'date') return local;
  return localTime(Math.floor(local / dayMs) * dayMs + dayMs - 1);
}

/** The first clock reading from the start on that fits the rule, which the start need not do. */
export function firstMatch(rule: RecurrenceRule, clock: SeriesClock): LocalTime | undefined {
  const { start } = clock;
  const bounds = {
    from: start,
    until: untilOf(rule, clock),
    budget: { left: maxSteps },
    start: 'must-fit',
  } as const;
  const found = walkRule({ ...rule, count: undefined }, start, bounds).next();
  return Number.isNaN(found) ? undefined : localTime(found);
}

/** The occurrences of the rule in a stretch of clock readings, ends included: the start first, whether it fits or not. */
export function occurrences(
  rule: RecurrenceRule,
  clock: SeriesClock,
  from: number,
  until: number,
  maxOccurrences: number,
): readonly LocalTime[] {
  const { start } = clock;
  const found: LocalTime[] = start >= from && start <= until ? [start] : [];
  const walk = walkRule(rule, start, {
    from: localTime(Math.max(from, start)),
    until: localTime(Math.min(until, untilOf(rule, clock))),
    budget: { left: maxSteps },
    start: 'counts',
  });
  for (let at = walk.next(); !Number.isNaN(at) && found.length < maxOccurrences; at = walk.next()) {
    found.push(localTime(at));
  }
  return found;
}

const periodDays: Readonly<Record<Frequency, number>> = {
  SECONDLY: 1,
  MINUTELY: 1,
  HOURLY: 1,
  DAILY: 1,
  WEEKLY: 7,
  MONTHLY: 31,
  YEARLY: 366,
};

/** The last occurrence that is not after `limit`, nor after the rule's own end; undefined if there is none. */
export function lastOccurrence(
  rule: RecurrenceRule,
  clock: SeriesClock,
  limit: number = Infinity,
): LocalTime | undefined {
  const until = Math.min(limit, untilOf(rule, clock));
  // With COUNT everything has to be counted; otherwise the end is looked at first.
  const slack = (2 * periodDays[rule.frequency] * rule.interval + 366) * dayMs;
  if (rule.count === undefined && Number.isFinite(until)) {
    const near = occurrences(rule, clock, until - slack, until, Infinity).at(-1);
    if (near !== undefined) return near;
  }
  return occurrences(rule, clock, clock.start, until, Infinity).at(-1);
}
