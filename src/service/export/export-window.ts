/** Which stretch of time an export shows, and what its time zones must cover. */
import type { Calendar, ExportWindow } from '../../core/calendar.ts';
import {
  dayMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
  type TimeRange,
} from '../../icalendar/time.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import type { Services } from '../context.ts';

/** A day in a zone. */
export interface Day {
  readonly local: LocalTime;
  readonly start: Instant;
}

/** What of a calendar leaves. */
export interface Span extends TimeRange {
  readonly isWhole: boolean;
  /** Until when time zones are told; rules that go on, go on. */
  readonly zonesUntil: Instant;
}

/** The day that the clock shows in a time zone, by its first instant. */
export function today({ clock }: Services, zone: Zone): Day {
  const local = localTime(Math.floor(zone.toLocal(clock.now()) / dayMs) * dayMs);
  return { local, start: zone.toInstant(local) };
}

/** Years after this one that definitions of time zones reach into. */
const zoneYears = 5;

/** A window around a day, from midnight to midnight. */
export function spanOf(window: ExportWindow, { local }: Day, zone: Zone): Span {
  const zonesUntil = instant(Date.UTC(new Date(local).getUTCFullYear() + zoneYears, 0, 1));
  if (window === 'all') {
    return { start: beginning, end: instant(Number.POSITIVE_INFINITY), isWhole: true, zonesUntil };
  }
  const start = zone.toInstant(monthsFrom(local, -window.monthsBack));
  const end = zone.toInstant(monthsFrom(local, window.monthsAhead));
  return { start, end, isWhole: false, zonesUntil };
}

/** The part of a span in which series are taken apart: of an open one, from last year for three years. */
export function singlesRange(span: Span, { local }: Day, zone: Zone): TimeRange {
  const year = new Date(local).getUTCFullYear();
  const from = zone.toInstant(localTime(Date.UTC(year - 1, 0, 1)));
  const until = zone.toInstant(localTime(Date.UTC(year + 2, 0, 1)));
  return {
    start: Number.isFinite(span.start) ? span.start : from,
    end: Number.isFinite(span.end) ? span.end : until,
  };
}

/** What both allow. */
export function covered(one: Span, other: Span): Span {
  return {
    start: instant(Math.max(one.start, other.start)),
    end: instant(Math.min(one.end, other.end)),
    isWhole: one.isWhole && other.isWhole,
    zonesUntil: one.zonesUntil,
  };
}

/** The same day of another month, or that month's last. */
function monthsFrom(local: LocalTime, months: number): LocalTime {
  const date = new Date(local);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  return localTime(first + (Math.min(date.getUTCDate(), lastDay) - 1) * dayMs);
}

const beginning = instant(Number.NEGATIVE_INFINITY);

/** Years at which the beginning of a calendar is looked for, backwards from this one; then 1970 and 1900. */
const yearsBack: readonly number[] = [1, 3, 6, 12, 25];

/**
 * From when on time zones must be told: a year that begins before everything that is shown. Asked of the index, so that
 * a calendar of this year does not carry the history of each zone.
 */
export async function earlier(
  services: Services,
  calendar: Calendar,
  span: Span,
  zone: Zone,
): Promise<Instant> {
  const year = new Date(today(services, zone).local).getUTCFullYear();
  const years = [...yearsBack.map((back) => year - back), 1970, 1900].filter((one) => one < year);
  for (const candidate of years) {
    const end = instant(Date.UTC(candidate, 0, 1));
    if (!(await hasBefore(services, calendar, { start: beginning, end }))) return end;
  }
  return span.isWhole ? instant(Date.UTC(1601, 0, 1)) : instant(Math.min(span.start, Date.UTC(1900, 0, 1)));
}

/** Tasks without a date lie in every range, so tasks are left out of the question. */
async function hasBefore({ storage }: Services, { id }: Calendar, range: TimeRange): Promise<boolean> {
  const kinds = ['VEVENT', 'VJOURNAL'] as const;
  return (
    (await storage.has({ calendar: id, select: { by: 'unindexed', range }, kinds })) ||
    (await storage.has({ calendar: id, select: { by: 'indexed', range }, kinds }))
  );
}
