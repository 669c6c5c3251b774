/** What a neutral series comes to in time: which instances it has, what one of them says, how far it reaches. */
import { parseCalendar } from '../icalendar/component.ts';
import { instanceAt } from '../icalendar/editing/series-edit.ts';
import { extent } from '../icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../icalendar/object.ts';
import {
  type DateTimeValue,
  dayMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
  secondMs,
} from '../icalendar/time.ts';
import { contentLine, dateTimeParams, formatDateTime } from '../icalendar/value.ts';
import { namedZone, utc, type Zone, zoneFromVtimezone } from '../icalendar/zones/timezone.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from './event.ts';

type Zones = NeutralEvent['zones'];

/** The zone that a name means in an event; UTC for one that nothing defines. */
export function zoneNamed(name: string, zones: Zones): Zone {
  const text = zones[name];
  const known = text === undefined ? namedZone(name) : definedZone(text);
  return known ?? utc;
}

function definedZone(text: string): Zone | undefined {
  let zone = definedZones.get(text);
  if (zone === undefined) {
    const wrapped = `BEGIN:VCALENDAR\r\n${text}END:VCALENDAR\r\n`;
    const [calendar] = parseCalendar(Buffer.from(wrapped), 'forgiving').calendars;
    const component = calendar?.components.find(({ name }) => name === 'VTIMEZONE');
    zone = (component && zoneFromVtimezone(component)) ?? null;
    if (definedZones.size >= maxDefinedZones) definedZones.clear();
    definedZones.set(text, zone);
  }
  return zone ?? undefined;
}

const definedZones = new Map<string, Zone | null>();
const maxDefinedZones = 200;

/** What the clock on the wall shows; of a day its midnight. */
export function clockOf(time: EventTime): LocalTime {
  return localTime(Date.parse('date' in time ? `${time.date}T00:00:00Z` : `${time.local}Z`));
}

/** Of a day: its midnight in UTC. */
export function instantOf(time: EventTime, zones: Zones): Instant {
  if ('date' in time) return instant(clockOf(time));
  return zoneNamed(time.zone, zones).toInstant(clockOf(time));
}

/** `YYYY-MM-DD` */
export function dayText(local: number): string {
  return new Date(local).toISOString().slice(0, 10);
}

/** `YYYY-MM-DDTHH:MM:SS` */
export function clockText(local: number): string {
  return new Date(Math.floor(local / secondMs) * secondMs).toISOString().slice(0, 19);
}

/** The key of the instance that begins at this time. */
export function keyOf(time: EventTime, zones: Zones): RecurrenceKey {
  return 'date' in time ? time.date : `${clockText(instantOf(time, zones))}Z`;
}

/** The time that a key names, on the clock of the series. */
export function timeOfKey(key: RecurrenceKey, { content, zones }: NeutralEvent): EventTime {
  const { start } = content;
  if ('date' in start) return { date: key.slice(0, 10) };
  const at = instant(Date.parse(key.length === 10 ? `${key}T00:00:00Z` : key));
  return { local: clockText(zoneNamed(start.zone, zones).toLocal(at)), zone: start.zone };
}

/** What an instance says that nothing was changed of. */
export function instanceContent(event: NeutralEvent, key: RecurrenceKey): EventContent {
  const { content, zones } = event;
  const start = timeOfKey(key, event);
  return { ...content, start, end: movedEnd(content, start, zones) };
}

/** Days keep their number, times their exact length (RFC 5545 §3.8.5.3). */
function movedEnd({ start, end }: EventContent, moved: EventTime, zones: Zones): EventTime {
  if ('date' in moved || 'date' in start || 'date' in end) {
    return { date: dayText(clockOf(moved) + clockOf(end) - clockOf(start)) };
  }
  const at = instantOf(moved, zones) + instantOf(end, zones) - instantOf(start, zones);
  return { local: clockText(zoneNamed(end.zone, zones).toLocal(instant(at))), zone: end.zone };
}

/** Does the pattern have an instance there, excluded or not? */
export function occursAt(event: NeutralEvent, key: RecurrenceKey): boolean {
  const object = event.recurrence && skeleton(event);
  if (!object) return false;
  const isDay = 'date' in event.content.start;
  if (isDay !== (key.length === 10)) return false;
  const at = instant(Date.parse(isDay ? `${key}T00:00:00Z` : key));
  return instanceAt(object, at, utc) !== undefined;
}

/** From the first start to the last end of all instances; null: no end. Days are widened to every zone there is. */
export function extentOf(event: NeutralEvent): { readonly start: Instant; readonly end: Instant | null } {
  const object = skeleton(event);
  const bounds = object && extent(object, utc);
  const all = [event.content, ...Object.values(event.overrides)];
  let first = bounds?.first ?? Infinity;
  let last: number = bounds?.last ?? -Infinity;
  for (const { start, end } of all) {
    first = Math.min(first, instantOf(start, event.zones));
    last = Math.max(last, instantOf(end, event.zones));
  }
  const slack = 'date' in event.content.start ? dayMs / 2 : 0;
  return { start: instant(first - slack), end: Number.isFinite(last) ? instant(last + slack) : null };
}

/** The times of an event as an object that the instance walk can read. */
function skeleton(event: NeutralEvent): CalendarObject | undefined {
  const date = (name: string, time: EventTime): string => {
    const value = dateTimeValue(time);
    return contentLine(name, formatDateTime(value), dateTimeParams(value));
  };
  const { content, recurrence, zones } = event;
  const lines = [
    'BEGIN:VCALENDAR\r\n',
    ...Object.values(zones),
    'BEGIN:VEVENT\r\nUID:x\r\n',
    date('DTSTART', content.start),
    date('DTEND', content.end),
    ...(recurrence?.rules ?? []).map((rule) => contentLine('RRULE', rule)),
    ...(recurrence?.dates ?? []).map((time) => date('RDATE', time)),
    'END:VEVENT\r\nEND:VCALENDAR\r\n',
  ];
  return parseObject(Buffer.from(lines.join('')), 'forgiving');
}

/** As an iCalendar property writes it. */
export function dateTimeValue(time: EventTime): DateTimeValue {
  const local = clockOf(time);
  if ('date' in time) return { kind: 'date', local };
  return time.zone === 'UTC'
    ? { kind: 'utc', instant: instant(local) }
    : { kind: 'zoned', local, tzid: time.zone };
}
