/**
 * An object of ours as a neutral event.
 *
 * What an event cannot say in neutral words (an EXRULE, an override for all that follows) is refused by a code: such an
 * object stays where it is, and is listed.
 */
import type { Component } from '../../icalendar/component.ts';
import { currentOverrides } from '../../icalendar/instances/instance-plan.ts';
import { dateTimeOf, timingsOf } from '../../icalendar/instances/instance-times.ts';
import type { CalendarObject } from '../../icalendar/object.ts';
import { type DateTimeValue, dayMs } from '../../icalendar/time.ts';
import { parseDateTime, splitList } from '../../icalendar/value.ts';
import { canonical, compare } from '../agreed.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from '../event.ts';
import { clockOf, dayText } from '../series.ts';
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
    : { rules: [], dates: orphaned };
  if (recurrence === 'rdate-period') return { refused: 'rdate-period' };
  const excluded = object.master ? excludedOf(object.master, start, reader) : [];
  if (excluded.length > maxKeys) return { refused: 'too-large' };
  const recurs = recurrence.rules.length + recurrence.dates.length > 0;
  // An event that happens once may have an override of just that: then that is what happens.
  const said = (recurs ? undefined : components.get(reader.key(start, anchor))) ?? base;
  const event: NeutralEvent = {
    uid: object.uid,
    content: contentOf(said, reader, view),
    recurrence: recurs ? recurrence : null,
    excluded: recurs ? excluded.filter((key) => !components.has(key)) : [],
    overrides: recurs ? overrides : {},
    zones: reader.defined,
  };
  // What stands beside an event that does not recur is not told, and stays.
  return { event: canonical(event), components: recurs ? components : new Map(), base: said };
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
): NonNullable<NeutralEvent['recurrence']> | 'rdate-period' {
  const dates: EventTime[] = [];
  for (const property of master.all('RDATE')) {
    for (const value of valuesOf(property)) {
      if (value === undefined) return 'rdate-period';
      const key = reader.key(value, start);
      dates.push(start.kind === 'date' ? { date: key } : reader.time(reader.onClockOf(start, value)));
    }
  }
  return { rules: master.all('RRULE').map(({ rawValue }) => reader.rule(rawValue, start)), dates };
}

function excludedOf(master: Component, start: DateTimeValue, reader: TimeReader): readonly RecurrenceKey[] {
  return master
    .all('EXDATE')
    .flatMap(valuesOf)
    .flatMap((value) => (value ? [reader.key(value, start)] : []))
    .sort(compare);
}

/** The dates of a list; undefined for what is none, as a PERIOD. */
export function valuesOf(property: Component['properties'][number]): readonly (DateTimeValue | undefined)[] {
  const options = { tzid: property.param('TZID'), valueType: property.param('VALUE') };
  return splitList(property.rawValue).map((text) => parseDateTime(text, options));
}
