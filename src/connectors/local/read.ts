/**
 * An object of ours as a neutral event.
 *
 * What an event cannot say in neutral words (an EXRULE, an override for all that follows) is refused by a code: such an
 * object stays where it is, and is listed.
 */
import type { Component } from '../../icalendar/component.ts';
import { currentOverrides } from '../../icalendar/instances/instance-plan.ts';
import { dateTimeOf, timingsOf } from '../../icalendar/instances/instance-times.ts';
import { periodRange } from '../../icalendar/instances/period.ts';
import type { CalendarObject } from '../../icalendar/object.ts';
import { type DateTimeValue, dayMs, type Instant, instant } from '../../icalendar/time.ts';
import { parseDateTime, parsePeriod, splitList } from '../../icalendar/value.ts';
import { canonical, compare, isSame } from '../agreed.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from '../event.ts';
import { clockOf, clockText, dayText, instanceContent, instantOf, zoneNamed } from '../series.ts';
import { timelessContent } from './content.ts';
import { TimeReader } from './times.ts';
import type { LocalView } from './view.ts';

export type LocalRefusal =
  | 'no-event'
  | 'no-start'
  | 'exrule'
  | 'this-and-following'
  | 'rdate-period'
  | 'too-large';

export interface LocalEvent {
  readonly event: NeutralEvent;
  /** The component that stands for each changed instance, by its key. */
  readonly components: ReadonlyMap<RecurrenceKey, Component>;
  /** Ends of the dates that have a length of their own (RFC 5545 §3.8.5.2, PERIOD), as far as no component says more of them. */
  readonly periods: ReadonlyMap<RecurrenceKey, Instant>;
  /** The component that says what the event says: the master, or the first override of an object without a series. */
  readonly base: Component;
}

/** More changed or excluded instances are no calendar entry of a person. */
const maxKeys = 2_000;

export function readLocal(
  object: CalendarObject,
  view: LocalView,
): LocalEvent | { readonly refused: LocalRefusal } {
  // Of two descriptions of one instance the newer counts.
  const current = currentOverrides(object, view.zone);
  const [first] = current;
  const base = object.master ?? first;
  if (object.kind !== 'VEVENT' || !base) return { refused: 'no-event' };
  const reader = new TimeReader(object.timezones, view.zone);
  const start = dateTimeOf(base.first('DTSTART'));
  if (!start) return { refused: 'no-start' };
  if (base.first('EXRULE')) return { refused: 'exrule' };
  const others = object.master ? current : current.filter((component) => component !== base);
  if (others.length > maxKeys) return { refused: 'too-large' };
  // Without a master the instances that are known are all there is.
  const anchor = object.master ? start : (dateTimeOf(base.first('RECURRENCE-ID')) ?? start);
  const overrides: Record<RecurrenceKey, EventContent> = {};
  const components = new Map<RecurrenceKey, Component>();
  const orphaned: EventTime[] = [];
  for (const component of others) {
    if ((component.first('RECURRENCE-ID')?.param('RANGE') ?? '') !== '')
      return { refused: 'this-and-following' };
    const value = dateTimeOf(component.first('RECURRENCE-ID'));
    if (!value || !component.first('DTSTART')) continue;
    const key = reader.key(value, anchor);
    if (components.has(key)) continue;
    components.set(key, component);
    overrides[key] = contentOf(component, reader, view);
    if (!object.master) orphaned.push(reader.time(value));
  }
  const recurrence = object.master
    ? recurrenceOf(object.master, start, reader)
    : { rules: [], dates: orphaned, periods: new Map<RecurrenceKey, Instant>() };
  if (recurrence === 'rdate-period') return { refused: 'rdate-period' };
  const { periods: all, ...repeated } = recurrence;
  const excluded = object.master ? excludedOf(object.master, start, reader) : [];
  if (excluded.length > maxKeys) return { refused: 'too-large' };
  const recurs = repeated.rules.length + repeated.dates.length > 0;
  // An event that happens once may have an override of just that: then that is what happens.
  const said = (recurs ? undefined : components.get(reader.key(start, anchor))) ?? base;
  const event: NeutralEvent = {
    uid: object.uid,
    content: contentOf(said, reader, view),
    recurrence: recurs ? repeated : null,
    excluded: recurs ? excluded.filter((key) => !components.has(key)) : [],
    overrides: recurs ? overrides : {},
    zones: reader.defined,
  };
  const periods = new Map([...all].filter(([key]) => !components.has(key)));
  // What stands beside an event that does not recur is not told, and stays.
  return {
    event: canonical(withPeriods(event, periods)),
    components: recurs ? components : new Map(),
    periods,
    base: said,
  };
}

/** An instance with an end of its own, which says what its series says of all else. */
export function periodContent(event: NeutralEvent, key: RecurrenceKey, end: Instant): EventContent {
  const plain = instanceContent(event, key);
  if ('date' in plain.end || instantOf(plain.end, event.zones) === end) return plain;
  const { zone } = plain.end;
  return { ...plain, end: { local: clockText(zoneNamed(zone, event.zones).toLocal(end)), zone } };
}

/** A date of another length than its series is a changed instance. */
function withPeriods(event: NeutralEvent, periods: ReadonlyMap<RecurrenceKey, Instant>): NeutralEvent {
  const own = [...periods].flatMap(([key, end]) => {
    const content = periodContent(event, key, end);
    const isChanged = !event.excluded.includes(key) && !isSame(content, instanceContent(event, key));
    return isChanged ? [[key, content] as const] : [];
  });
  return own.length === 0
    ? event
    : { ...event, overrides: { ...event.overrides, ...Object.fromEntries(own) } };
}

/** What one component says, with its times. */
export function contentOf(component: Component, reader: TimeReader, view: LocalView): EventContent {
  return { ...timesOf(component, reader), ...timelessContent(component, view) };
}

function timesOf(
  component: Component,
  reader: TimeReader,
): { readonly start: EventTime; readonly end: EventTime } {
  const value = dateTimeOf(component.first('DTSTART'));
  const [timing] = timingsOf(component, 'VEVENT', reader.zones);
  if (!value || !timing) throw new Error('an event without a start was let through');
  const start = reader.time(value);
  const written = dateTimeOf(component.first('DTEND'));
  if ('date' in start) {
    const days = Math.max(1, timing.length.days + Math.ceil(timing.length.ms / dayMs));
    return { start, end: { date: dayText(clockOf(start) + days * dayMs) } };
  }
  const ordered =
    written !== undefined && written.kind !== 'date' && reader.zones.toInstant(written) >= timing.start;
  return { start, end: ordered && written ? reader.time(written) : reader.timeLike(timing.end, value) };
}

function recurrenceOf(
  master: Component,
  start: DateTimeValue,
  reader: TimeReader,
):
  | (NonNullable<NeutralEvent['recurrence']> & Pick<LocalEvent, 'periods'>)
  | Extract<LocalRefusal, 'rdate-period'> {
  const dates: EventTime[] = [];
  const periods = new Map<RecurrenceKey, Instant>();
  for (const property of master.all('RDATE')) {
    for (const { value, lengthMs = 0 } of datesOf(property, reader)) {
      if (value === undefined) return 'rdate-period';
      const key = reader.key(value, start);
      dates.push(start.kind === 'date' ? { date: key } : reader.time(reader.onClockOf(start, value)));
      if (lengthMs > 0 && start.kind !== 'date') periods.set(key, instant(Date.parse(key) + lengthMs));
    }
  }
  const rules = master.all('RRULE').map(({ rawValue }) => reader.rule(rawValue, start));
  return { rules, dates, periods };
}

interface ListedDate {
  /** Undefined: it cannot be read. */
  readonly value: DateTimeValue | undefined;
  /** Of a PERIOD. */
  readonly lengthMs?: number;
}

function datesOf(property: Component['properties'][number], { zones }: TimeReader): readonly ListedDate[] {
  const tzid = property.param('TZID');
  const options = { tzid, valueType: property.param('VALUE') };
  return splitList(property.rawValue).map((text) => {
    const period = text.includes('/') ? parsePeriod(text, { tzid }) : undefined;
    if (!period) return { value: parseDateTime(text, options) };
    const { start, end } = periodRange(period, zones);
    return { value: period.start, lengthMs: end - start };
  });
}

function excludedOf(master: Component, start: DateTimeValue, reader: TimeReader): readonly RecurrenceKey[] {
  return master
    .all('EXDATE')
    .flatMap(valuesOf)
    .flatMap((value) => (value ? [reader.key(value, start)] : []))
    .sort(compare);
}

/** The dates of a list; undefined for what is none. */
export function valuesOf(property: Component['properties'][number]): readonly (DateTimeValue | undefined)[] {
  const options = { tzid: property.param('TZID'), valueType: property.param('VALUE') };
  return splitList(property.rawValue).map((text) => parseDateTime(text, options));
}
