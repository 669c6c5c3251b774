/** When an item lies: start, end and their zones, both ways (exchange.md 12.1). */
import { dateOf, yearOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { dayMs, type Instant, type LocalTime, localTime } from '../../../icalendar/time.ts';
import { ianaZone, utc, type Zone } from '../../../icalendar/zones/timezone.ts';
import { FixedZone } from '../../../icalendar/zones/zone.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { EventContent, EventTime, NeutralEvent } from '../../event.ts';
import type { Guess } from '../../remote.ts';
import { clockOf, clockText, dayText, instantOf, zoneNamed } from '../../series.ts';
import { attribute, child, flagOf, makeText, textOf } from '../wire/elements.ts';
import { knows } from '../wire/schema-version.ts';
import { offsetTimeText, readTime, utcText } from './date-text.ts';
import type { Mapping } from './mapping.ts';
import type { MappingNote, RefusalReason } from './plan.ts';
import { type NamedProperty, propertyElement, zoneProperty } from './properties.ts';
import { readDefinition } from './zone-definition.ts';
import type { Era } from './zone-eras.ts';
import { meetingTimeZone, readMeetingTimeZone } from './zone-meeting.ts';
import { customZone } from './zone-text.ts';
import { ianaNameOf, ianaTwin, offsetOfName, type WireZone, wireZone, zoneElement } from './zones.ts';

/** A zone that an item names. */
export interface ItemZone {
  /** For `EventTime.zone`. */
  readonly name: string;
  readonly zone: Zone;
  /** Its definition, where no name stands for it. */
  readonly text: string | null;
  readonly note: MappingNote | null;
  /** What the item told of it, where that is no name that everybody knows: its definition, or what a dialog shows. */
  readonly told: string | null;
}

/** What an item says of its zone, in the order of 12.1.2. */
export function itemZone(item: XmlElement, side: 'Start' | 'End', mapping: Mapping): ItemZone {
  const element = child(item, `${side}TimeZone`);
  for (const id of [textOf(item, `${side}TimeZoneId`), attribute(element, 'Id')]) {
    const name = id === undefined ? undefined : ianaNameOf(id, mapping);
    if (name !== undefined) return named(name, null);
  }
  const eras = readDefinition(element);
  if (eras) return definedZone(eras, mapping);
  // Names of last resort: what a dialog shows of the zone.
  const meeting = child(item, 'MeetingTimeZone');
  const shown = [
    attribute(element, 'Name'),
    textOf(item, 'TimeZone'),
    attribute(meeting, 'TimeZoneName'),
  ].filter((id) => id !== undefined);
  for (const id of shown) {
    const name = ianaNameOf(id, mapping);
    if (name !== undefined) return named(name, null);
  }
  const oldEra = readMeetingTimeZone(meeting);
  if (oldEra) return definedZone([oldEra], mapping);
  for (const id of shown) {
    const offset = offsetOfName(id);
    const twin =
      offset === undefined ? undefined : ianaTwin(`${offset}`, new FixedZone(id, offset, true), mapping);
    if (twin !== undefined) return named(twin, 'zone-guessed', id);
  }
  return named(mapping.zone, null);
}

/** The zone with the same clocks that everybody knows, or one of its own. */
function definedZone(eras: readonly Era[], mapping: Mapping): ItemZone {
  const { name, text } = customZone(eras);
  const zone = zoneNamed(name, { [name]: text });
  const twin = ianaTwin(name, zone, mapping);
  return twin === undefined
    ? { name, zone, text, note: 'zone-custom', told: text }
    : named(twin, 'zone-guessed', text);
}

function named(name: string, note: MappingNote | null, told: string | null = null): ItemZone {
  return { name, zone: ianaZone(name) ?? utc, text: null, note, told };
}

export interface ItemTimes {
  readonly start: EventTime;
  readonly end: EventTime;
  readonly zones: NeutralEvent['zones'];
  readonly notes: readonly MappingNote[];
  /** The zone that had to be guessed, or is none that has a name. */
  readonly guess?: Guess;
}

/** Start and end of an item; a reason where it has none that can be understood. */
export function readTimes(item: XmlElement, mapping: Mapping): ItemTimes | RefusalReason {
  const zone = itemZone(item, 'Start', mapping);
  const start = momentOf(item, 'Start', zone);
  const end = momentOf(item, 'End', zone) ?? start;
  if (start === undefined || end === undefined) return 'unreadable-time';
  if (end < start) return 'end-before-start';
  if (flagOf(item, 'IsAllDayEvent') === true) {
    const candidates = [zone.zone, itemZone(item, 'End', mapping).zone, ianaZone(mapping.zone) ?? utc];
    const first = dayAt(start, candidates);
    const last = dayAt(end, candidates);
    const after = last > first ? last : first + dayMs;
    return { start: { date: dayText(first) }, end: { date: dayText(after) }, zones: {}, notes: [] };
  }
  const ownEnd = child(item, 'EndTimeZone') ?? child(item, 'EndTimeZoneId');
  const endZone = ownEnd ? itemZone(item, 'End', mapping) : zone;
  const used = [zone, endZone];
  const unclear = used.find(({ note, told }) => note !== null && told !== null);
  return {
    start: { local: clockText(zone.zone.toLocal(start)), zone: zone.name },
    end: { local: clockText(endZone.zone.toLocal(end)), zone: endZone.name },
    zones: Object.fromEntries(used.flatMap(({ name, text }) => (text === null ? [] : [[name, text]]))),
    notes: [...new Set(used.flatMap(({ note }) => (note === null ? [] : [note])))],
    ...(unclear && { guess: { code: unclear.note ?? '', text: guessText(unclear) } }),
  };
}

/** What was taken, and what for. */
function guessText({ name, told }: ItemZone): string {
  return `${name} <- ${(told ?? '').replaceAll('\r\n', ' ').trim()}`.slice(0, maxGuessLength);
}

const maxGuessLength = 900;

/** Answers come in UTC; a time without offset is taken for the clock of the item's zone. */
function momentOf(item: XmlElement, local: string, { zone }: ItemZone): Instant | undefined {
  const time = readTime(textOf(item, local) ?? '');
  if (!time) return undefined;
  return 'at' in time ? time.at : zone.toInstant(time.local);
}

/**
 * The day that an all-day item means by an instant: where it is midnight in one of the zones, in order; otherwise the
 * nearest midnight in the first. Never the zone of this machine (exchange.md 12.1.3).
 */
export function dayAt(at: Instant, zones: readonly Zone[]): LocalTime {
  for (const zone of zones) {
    const local = zone.toLocal(at);
    const day = dayStart(local);
    // Where the clock skips midnight, the day begins when it has been skipped.
    if (local === day || zone.toInstant(day) === at) return day;
  }
  const local = (zones[0] ?? utc).toLocal(at);
  return dayStart(localTime(local + dayMs / 2));
}

const dayStart = (local: LocalTime): LocalTime => localTime(Math.floor(local / dayMs) * dayMs);

/** Nothing longer is accepted by a server (`ErrorCalendarDurationIsTooLong`). */
const maxDurationMs = 5 * 365 * dayMs;

/** Why these times cannot be written; undefined: they can. */
export function refusedTimes(
  { start, end }: EventContent,
  zones: NeutralEvent['zones'],
): RefusalReason | undefined {
  const length = instantOf(end, zones) - instantOf(start, zones);
  if (!Number.isFinite(length) || 'date' in start !== 'date' in end) return 'unreadable-time';
  if (length < 0) return 'end-before-start';
  return length > maxDurationMs ? 'duration-too-long' : undefined;
}

/** One element of an item by which its times are told; the whole list is always written together. */
export interface TimeElement {
  readonly uri: string;
  readonly element: DocumentElement;
  /** It is no field of the schema: `uri` is empty. */
  readonly property?: NamedProperty;
}

/** Where a series is written, its zone must be told even to Exchange 2007. */
export function timeElements(
  content: EventContent,
  zones: NeutralEvent['zones'],
  mapping: Mapping,
): readonly TimeElement[] {
  const allDay = 'date' in content.start;
  const [start, end] = [content.start, content.end].map((time) => wireTime(time, zones, mapping));
  if (!start || !end) return [];
  const modern = knows(mapping.version, 'Exchange2010');
  // Exchange 2007 is told UTC and the zone beside it; the others the clock and its zone (exchange.md 12.1.1), and how far it
  // is ahead: in an update the zone is another field than the time, which without offset would be one in UTC.
  const text = ({ local, at }: WireTime): string => (modern ? offsetTimeText(local, at) : utcText(at));
  const times: TimeElement[] = [
    { uri: 'calendar:Start', element: makeText('Start', text(start)) },
    { uri: 'calendar:End', element: makeText('End', text(end)) },
    { uri: 'calendar:IsAllDayEvent', element: makeText('IsAllDayEvent', allDay) },
  ];
  if (!modern) {
    return [...times, { uri: 'calendar:MeetingTimeZone', element: meetingTimeZone(start.wire) }];
  }
  return [
    ...times,
    { uri: 'calendar:StartTimeZone', element: zoneElement('StartTimeZone', start.wire) },
    { uri: 'calendar:EndTimeZone', element: zoneElement('EndTimeZone', end.wire) },
    ...zoneByName(content.start, zones, mapping),
  ];
}

/** For servers that overlook `StartTimeZone`: a series without its zone would shift with daylight saving. */
function zoneByName(
  start: EventTime,
  zones: NeutralEvent['zones'],
  mapping: Mapping,
): readonly TimeElement[] {
  const name = 'date' in start ? mapping.zone : start.zone;
  const isIana = 'date' in start || zones[name] === undefined;
  if (mapping.isPeculiar !== true || !isIana) return [];
  return [{ uri: '', element: propertyElement(zoneProperty, name), property: zoneProperty }];
}

interface WireTime {
  readonly local: LocalTime;
  readonly at: Instant;
  readonly wire: WireZone;
}

/** A day is its midnight in the person's zone (exchange.md 12.1.4). */
function wireTime(time: EventTime, zones: NeutralEvent['zones'], mapping: Mapping): WireTime {
  const local = clockOf(time);
  const name = 'date' in time ? mapping.zone : time.zone;
  const zone = zoneNamed(name, 'date' in time ? {} : zones);
  const wire = wireZone(
    name,
    'date' in time ? {} : zones,
    yearOf(dateOf(Math.floor(local / dayMs))),
    mapping,
  );
  return { local, at: zone.toInstant(local), wire };
}

/** The instant at which a time lies for Exchange: a day begins at midnight of the person's zone. */
export function exchangeInstant(time: EventTime, zones: NeutralEvent['zones'], mapping: Mapping): Instant {
  return wireTime(time, zones, mapping).at;
}
