/** Objects -> busy periods -> the VFREEBUSY that answers a free-busy-query (RFC 4791 §7.10, RFC 5545 §3.6.4). */
import type { Component } from '../component.ts';
import { endOf, timingsOf } from '../instances/instance-times.ts';
import { type Instance, type InstanceOptions, instances } from '../instances/instances.ts';
import { clockOf, periodRange, unionSteps } from '../instances/period.ts';
import type { CalendarObject } from '../object.ts';
import { productId } from '../repair.ts';
import { completed, type Steps } from '../steps.ts';
import { type Instant, instant, type TimeRange } from '../time.ts';
import { contentLine, formatUtc, type LineParameters, listEntries, parsePeriod } from '../value.ts';
import { calendarText } from '../write.ts';
import { zoneResolver } from '../zones/timezone.ts';

export type BusyType = 'BUSY' | 'BUSY-UNAVAILABLE' | 'BUSY-TENTATIVE';

/** The types in the order in which they are written. */
export const busyTypes: readonly BusyType[] = ['BUSY', 'BUSY-UNAVAILABLE', 'BUSY-TENTATIVE'];

export interface BusyPeriod extends TimeRange {
  readonly type: BusyType;
}

export interface BusyOptions extends InstanceOptions {
  /** Whether a calendar address belongs to the person whose time it is: somebody who has declined is not busy. */
  readonly isOwn?: (address: string) => boolean;
}

/**
 * How busy one component makes its time; `undefined` when it does not. RFC 4791 §7.10: cancelled and transparent ones
 * do not count, tentative ones count as such.
 */
export function busyTypeOf(component: Component, isOwn?: (address: string) => boolean): BusyType | undefined {
  const word = (name: string): string => component.first(name)?.rawValue.trim().toUpperCase() ?? '';
  const answer = isOwn && ownAnswer(component, isOwn);
  return busyTypeOfWords(word('STATUS'), word('TRANSP'), word('X-MICROSOFT-CDO-BUSYSTATUS'), answer);
}

/** `busyTypeOf` for values of properties in upper case; '' for a missing one. */
export function busyTypeOfWords(
  status: string,
  transparency: string,
  shown: string,
  answer?: string,
): BusyType | undefined {
  if (status === 'CANCELLED' || transparency === 'TRANSPARENT' || answer === 'DECLINED') return undefined;
  if (status === 'TENTATIVE' || answer === 'TENTATIVE') return 'BUSY-TENTATIVE';
  // Outlook's "out of office" is "unavailable" in the RFC.
  if (shown === 'OOF') return 'BUSY-UNAVAILABLE';
  return shown === 'TENTATIVE' && status === '' ? 'BUSY-TENTATIVE' : 'BUSY';
}

function ownAnswer(component: Component, isOwn: (address: string) => boolean): string | undefined {
  const own = component.all('ATTENDEE').find((attendee) => isOwn(attendee.rawValue));
  return own?.param('PARTSTAT')?.toUpperCase();
}

/** The busy periods of one object in `range`, in no order. Events and stored free/busy times have some; the rest has none. */
export function busyPeriods(object: CalendarObject, range: TimeRange, options: BusyOptions): BusyFound {
  return completed(busySteps(object, range, options));
}

export interface BusyFound {
  readonly periods: readonly BusyPeriod[];
  readonly truncated: boolean;
}

/** Periods in one step, which takes some milliseconds. */
const stepPeriods = 1_000;

/** The same in steps, of which an object with few instances takes one. */
export function* busySteps(object: CalendarObject, range: TimeRange, options: BusyOptions): Steps<BusyFound> {
  if (object.kind === 'VFREEBUSY')
    return { periods: yield* publishedPeriods(object, range, options), truncated: false };
  if (object.kind !== 'VEVENT') return { periods: [], truncated: false };
  const periods: BusyPeriod[] = [];
  const types = new Map<Component, BusyType | undefined>();
  const cursor = instances(object, range, options);
  let passed = 0;
  for (const instance of cursor) {
    if (++passed % stepPeriods === 0) yield;
    const { component, start } = instance;
    if (!types.has(component)) types.set(component, busyTypeOf(component, options.isOwn));
    const type = types.get(component);
    if (!type) continue;
    const end = instance.end > start ? instance.end : seriesEnd(object, instance, options);
    if (start < end) periods.push({ type, start, end });
  }
  return { periods, truncated: cursor.truncated };
}

/**
 * The end of a changed instance that does not state one: it lasts as long as its series. By the letter it would have no
 * length, and its time would be offered to others.
 */
function seriesEnd({ master, timezones }: CalendarObject, instance: Instance, options: BusyOptions): Instant {
  const { component, start, end, value } = instance;
  if (!master || component === master || component.first('DTEND') || component.first('DURATION')) return end;
  const zones = zoneResolver(timezones, options.zone);
  const [series] = timingsOf(master, 'VEVENT', zones);
  return series ? endOf(zones.zoneOf(value), clockOf(value), start, series.length) : end;
}

/** What a stored VFREEBUSY says. Types that are not known count as BUSY (RFC 5545 §3.2.9). */
function* publishedPeriods(
  object: CalendarObject,
  range: TimeRange,
  options: BusyOptions,
): Steps<readonly BusyPeriod[]> {
  const zones = zoneResolver(object.timezones, options.zone);
  const periods: BusyPeriod[] = [];
  let passed = 0;
  for (const property of object.master?.all('FREEBUSY') ?? []) {
    const written = property.param('FBTYPE')?.toUpperCase();
    if (written === 'FREE') continue;
    const type = busyTypes.find((known) => known === written) ?? 'BUSY';
    for (const text of listEntries(property.rawValue)) {
      if (++passed % stepPeriods === 0) yield;
      const period = parsePeriod(text, { tzid: property.param('TZID') });
      const span = period && periodRange(period, zones);
      if (span && span.start < range.end && span.end > range.start) periods.push({ type, ...span });
    }
  }
  return periods;
}

/**
 * Periods cut to `range`, those of one type joined where they touch or overlap, ordered by type and start. Periods of
 * different types may overlap: each type tells its own truth.
 */
export function mergedPeriods(periods: readonly BusyPeriod[], range: TimeRange): readonly BusyPeriod[] {
  return completed(mergeSteps(periods, range));
}

/** The same in steps, of which few periods take one. */
export function* mergeSteps(periods: readonly BusyPeriod[], range: TimeRange): Steps<readonly BusyPeriod[]> {
  const byType = new Map<BusyType, TimeRange[]>(busyTypes.map((type) => [type, []]));
  let passed = 0;
  for (const { type, start, end } of periods) {
    byType.get(type)?.push({
      start: instant(Math.max(start, range.start)),
      end: instant(Math.min(end, range.end)),
    });
    if (++passed % mergedInStep === 0) yield;
  }
  const merged: BusyPeriod[] = [];
  for (const [type, ranges] of byType) {
    for (const { start, end } of yield* unionSteps(ranges)) {
      merged.push({ type, start, end });
      if (merged.length % mergedInStep === 0) yield;
    }
  }
  return merged;
}

/** Periods of one step in which they are only copied. */
const mergedInStep = 10_000;

export interface FreeBusyReply {
  readonly uid: string;
  readonly stamp: Instant;
  readonly range: TimeRange;
  /** As `mergedPeriods` gives them. */
  readonly periods: readonly BusyPeriod[];
  /** `REPLY` in an answer to a request for free time (RFC 6638 §5); a report has none. */
  readonly method?: 'REPLY';
  /** Whole content lines for ORGANIZER and ATTENDEE of the request. */
  readonly people?: string;
}

/** A VCALENDAR with one VFREEBUSY. */
export function freeBusyCalendar(reply: FreeBusyReply): Uint8Array {
  return completed(freeBusySteps(reply));
}

/** The same in steps, of which few periods take one. */
export function* freeBusySteps(reply: FreeBusyReply): Steps<Uint8Array> {
  let lines = reply.method ? contentLine('METHOD', reply.method) : '';
  lines += 'BEGIN:VFREEBUSY\r\n';
  lines += contentLine('UID', reply.uid);
  lines += contentLine('DTSTAMP', formatUtc(reply.stamp));
  lines += contentLine('DTSTART', formatUtc(reply.range.start));
  lines += contentLine('DTEND', formatUtc(reply.range.end));
  lines += reply.people ?? '';
  for (const type of busyTypes) {
    const own = reply.periods.filter((period) => period.type === type);
    if (own.length > stepPeriods) yield;
    const params: LineParameters = { FBTYPE: type };
    for (let from = 0; from < own.length; from += periodsPerLine) {
      if (from % stepPeriods === 0 && from > 0) yield;
      const some = own.slice(from, from + periodsPerLine);
      lines += contentLine(
        'FREEBUSY',
        some.map(({ start, end }) => `${formatUtc(start)}/${formatUtc(end)}`).join(),
        params,
      );
    }
  }
  return Buffer.from(calendarText(`${lines}END:VFREEBUSY\r\n`, productId), 'utf8');
}

/** Some readers cut very long lines. */
const periodsPerLine = 100;
