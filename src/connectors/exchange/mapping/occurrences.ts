/**
 * Occurrences of a series that Exchange keeps: which key an OriginalStart means, which index an occurrence has, and whether
 * it may be moved (exchange.md 10.3, 10.5).
 */
import { parseRecurrenceRule, type RecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, hourMs, type Instant, type LocalTime, localTime } from '../../../icalendar/time.ts';
import { ianaZone, utc, type Zone } from '../../../icalendar/zones/timezone.ts';
import type { EventTime, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instantOf } from '../../series.ts';
import type { Mapping } from './mapping.ts';
import type { OccurrenceRef } from './plan.ts';
import {
  keyAt,
  lastOccurrence,
  localOfKey,
  occurrences,
  type SeriesClock,
  seriesClock,
} from './series-walk.ts';
import { dayAt } from './times.ts';

/** A series as Exchange has it: one rule, whose first occurrence is the start. */
export interface WalkedSeries {
  readonly rule: RecurrenceRule;
  readonly clock: SeriesClock;
}

/** Undefined for what is no series of one rule. */
export function walkedSeries({ content, recurrence, zones }: NeutralEvent): WalkedSeries | undefined {
  const [text] = recurrence?.rules ?? [];
  const rule = text === undefined ? undefined : parseRecurrenceRule(text).rule;
  return rule && { rule, clock: seriesClock(content.start, zones) };
}

const dayStart = (local: number): number => Math.floor(local / dayMs) * dayMs;

/** The occurrence on a day of the series' clock. */
function occurrenceOn({ rule, clock }: WalkedSeries, day: number): LocalTime | undefined {
  return occurrences(rule, clock, day, day + dayMs - 1, 1)[0];
}

/**
 * The key of the occurrence that an OriginalStart, or the Start of a deleted one, means: by its day in the series' zone, as
 * some servers write midnight there, and clocks of zone definitions differ. Undefined: there is none on that day.
 */
function keyOfOriginal(series: WalkedSeries, at: Instant, zones: readonly Zone[]): RecurrenceKey | undefined {
  const { clock } = series;
  const day = clock.allDay ? dayAt(at, zones) : dayStart(clock.zone.toLocal(at));
  const found = occurrenceOn(series, day);
  return found === undefined ? undefined : keyAt(found, clock);
}

export interface MeantOccurrence {
  /** Undefined: there is none on that day. */
  readonly key: RecurrenceKey | undefined;
  /** Times of this occurrence are told with the offset from UTC that the series begins with: what they mean. */
  readonly exact: (told: Instant) => Instant;
}

/**
 * Which occurrence a server means. One that overlooks things (`isPeculiar`) may count the clock of a whole series with the
 * offset of its first day, also when daylight saving has begun or ended since.
 */
export function meantOccurrence(
  series: WalkedSeries,
  at: Instant,
  zones: readonly Zone[],
  isPeculiar: boolean,
): MeantOccurrence {
  const { clock } = series;
  const plain = { key: keyOfOriginal(series, at, zones), exact: (told: Instant): Instant => told };
  if (!isPeculiar || clock.allDay) return plain;
  const ahead = clock.start - clock.zone.toInstant(clock.start);
  const local = clock.zone.toLocal(at);
  const fixed = localTime(at + ahead);
  const timeOf = (time: LocalTime): number => time - dayStart(time);
  const isExact = timeOf(local) === timeOf(clock.start) && plain.key !== undefined;
  const isFixed = timeOf(fixed) === timeOf(clock.start) || timeOf(fixed) === 0;
  const found = occurrenceOn(series, dayStart(fixed));
  if (isExact || !isFixed || found === undefined) return plain;
  return {
    key: keyAt(found, clock),
    exact: (told) => clock.zone.toInstant(localTime(told + ahead)),
  };
}

/** Does the series have an occurrence with that key, whatever has become of it? */
export function hasOccurrence(series: WalkedSeries, key: RecurrenceKey): boolean {
  if ((key.length === 10) !== series.clock.allDay) return false;
  const local = localOfKey(key, series.clock);
  return occurrenceOn(series, dayStart(local)) === local;
}

/** How the server calls an occurrence; deleted ones count (exchange.md 10.3), of which it has these. */
export function occurrenceRef(
  series: WalkedSeries,
  key: RecurrenceKey,
  deleted: Iterable<RecurrenceKey>,
  mapping: Mapping,
): OccurrenceRef {
  const { rule, clock } = series;
  const local = localOfKey(key, clock);
  const index = occurrences(rule, clock, clock.start, local, Infinity).length;
  const midnight = localTime(dayStart(local));
  const zone = clock.allDay ? (ianaZone(mapping.zone) ?? utc) : clock.zone;
  const originalStart = zone.toInstant(local);
  // A day begins where its creator is: anywhere between UTC+14 and UTC-12.
  const day = clock.allDay
    ? { start: midnight - 14 * hourMs, end: midnight + 12 * hourMs }
    : { start: zone.toInstant(midnight), end: zone.toInstant(localTime(midnight + dayMs)) };
  const before = [...new Set(deleted)]
    .filter((each) => hasOccurrence(series, each))
    .map((each) => localOfKey(each, clock));
  const present = index - before.filter((each) => each < local).length;
  const ahead = clock.start - zone.toInstant(clock.start);
  return { key, index, present, originalStart, date: midnight, day, zone, ahead };
}

/** So many deleted neighbours in a row are passed by; where there are more, the server says whether it may be moved. */
const maxDeleted = 60;

/**
 * Whether Exchange lets an occurrence be moved there: not to a day on which its neighbours are, nor past them. `dayOf` tells
 * where another occurrence is now, undefined where it was deleted.
 */
export function mayMove(
  series: WalkedSeries,
  key: RecurrenceKey,
  start: EventTime,
  zones: NeutralEvent['zones'],
  movedTo: (key: RecurrenceKey) => EventTime | 'deleted' | undefined,
): boolean {
  const { rule, clock } = series;
  const dayOfTime = (time: EventTime): number =>
    dayStart('date' in time || clock.allDay ? utcDay(time) : clock.zone.toLocal(instantOf(time, zones)));
  const wanted = dayOfTime(start);
  const local = localOfKey(key, clock);
  if (wanted === dayStart(local)) return true;
  const neighbour = (step: (from: number) => LocalTime | undefined): number | undefined => {
    let at = step(local);
    for (let count = 0; at !== undefined && count < maxDeleted; count++) {
      const moved = movedTo(keyAt(at, clock));
      if (moved !== 'deleted') return moved === undefined ? dayStart(at) : dayOfTime(moved);
      at = step(at);
    }
    return undefined;
  };
  const before = neighbour((from) =>
    from <= clock.start ? undefined : lastOccurrence(rule, clock, from - 1),
  );
  const after = neighbour((from) => occurrences(rule, clock, from + 1, Infinity, 1)[0]);
  return (before === undefined || wanted > before) && (after === undefined || wanted < after);
}

function utcDay(time: EventTime): number {
  return Date.parse(`${'date' in time ? time.date : time.local.slice(0, 10)}T00:00:00Z`);
}
