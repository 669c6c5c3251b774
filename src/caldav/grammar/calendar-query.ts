/** The body of `CALDAV:calendar-query` as a value, and what of it the index can answer (RFC 4791 §9.5). */
import type { ComponentName } from '../../core/calendar.ts';
import { Refusal } from '../../core/refusal.ts';
import { isObjectKind } from '../../icalendar/object.ts';
import type { CompFilter } from '../../icalendar/query/filter.ts';
import type { TimeRange } from '../../icalendar/time.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import { caldav } from '../../xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../../xml/reader.ts';
import { filter } from './filter.ts';
import { zoneOfName, zoneOfText } from './timezone.ts';

export interface CalendarQuery {
  readonly filter: CompFilter;
  /** The zone by which floating times and days are read; absent: each calendar's own. */
  readonly zone: Zone | undefined;
}

/** Refuses as `filter` and `requestedZone` do. */
export function calendarQueryBody(body: XmlElement): CalendarQuery {
  const filters = childrenOf(body, caldav('filter'));
  if (filters.length > 1) throw new Refusal('invalid-filter', 'there is more than one filter');
  return { filter: filter(filters[0]), zone: requestedZone(body) };
}

/** `timezone` or `timezone-id` of a report (RFC 4791 §9.8, RFC 7809 §5.1). */
export function requestedZone(body: XmlElement): Zone | undefined {
  const text = childOf(body, caldav('timezone'));
  const name = childOf(body, caldav('timezone-id'));
  if (text && name) throw new Refusal('malformed-request', 'timezone and timezone-id exclude each other');
  if (text) return zoneOfText(text.text).zone;
  return name && zoneOfName(name.text);
}

/** The part of a filter that the index can answer; the filter itself then has the last word. */
export interface Narrowing {
  /** Absent: all kinds. */
  readonly kinds: readonly ComponentName[] | undefined;
  readonly range: TimeRange | undefined;
  /** The narrowing says all that the filter says: if the index proves an object, its bytes need not be read. */
  readonly isExact: boolean;
}

const everything: Narrowing = { kinds: undefined, range: undefined, isExact: false };

/** Never narrower than the filter. */
export function narrowing(filter: CompFilter): Narrowing {
  if (filter.is === 'not-defined') return everything;
  const { props, comps, timeRange } = filter;
  const wanted = comps.find((comp) => comp.is === 'defined' && isObjectKind(comp.name));
  if (wanted?.is !== 'defined' || !isObjectKind(wanted.name)) {
    const isExact = props.length === 0 && comps.length === 0 && !timeRange;
    return { kinds: undefined, range: timeRange, isExact };
  }
  const isBare = props.length === 0 && comps.length === 1 && !timeRange;
  return {
    kinds: [wanted.name],
    range: wanted.timeRange ?? timeRange,
    isExact: isBare && wanted.props.length === 0 && wanted.comps.length === 0,
  };
}

/**
 * The filter for objects of one kind. A range at VCALENDAR means whatever component lies in it, and an object holds components
 * of one kind only (RFC 4791 §4.1).
 */
export function filterOfKind(filter: CompFilter, kind: ComponentName): CompFilter {
  if (filter.is === 'not-defined' || !filter.timeRange) return filter;
  const { timeRange, ...rest } = filter;
  return {
    ...rest,
    comps: [...filter.comps, { name: kind, is: 'defined', timeRange, props: [], comps: [] }],
  };
}

/** All ranges in a filter. */
export function rangesIn(filter: CompFilter): readonly TimeRange[] {
  if (filter.is === 'not-defined') return [];
  const own = [
    filter.timeRange,
    ...filter.props.map((prop) => (prop.is === 'defined' ? prop.timeRange : undefined)),
  ];
  return [...own.filter((range) => range !== undefined), ...filter.comps.flatMap(rangesIn)];
}
