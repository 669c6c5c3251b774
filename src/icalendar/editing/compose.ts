/**
 * Structured fields -> a new object, for the portal, the connectors and the command line.
 *
 * The library ical-generator lays out the component; this file stands around it. What goes in is freed of control
 * characters, since the library writes some fields as they are, so that a line break in a title could begin a property of
 * its own. Times, people, links and rules are written here, since the library shifts zoned times by the server's own
 * offset and knows no TZID but as a label.
 */
import ical, { ICalAlarmType } from 'ical-generator';
import { type Component, type Property, parseCalendar } from '../component.ts';
import { productId } from '../repair.ts';
import { isRuleText } from '../rule-text.ts';
import { type DateTimeValue, type Instant, instant, type TimeRange } from '../time.ts';
import { contentLine, dateTimeParams, formatDateTime, formatUtc } from '../value.ts';
import { calendarText, propertyText } from '../write.ts';
import { ianaZone } from '../zones/timezone.ts';
import { vtimezone } from '../zones/vtimezone.ts';

export interface Person {
  /** A mail address, or any other URI. */
  readonly address: string;
  readonly name?: string | undefined;
}

export interface Attendee extends Person {
  readonly role?: 'CHAIR' | 'REQ-PARTICIPANT' | 'OPT-PARTICIPANT' | 'NON-PARTICIPANT' | undefined;
  readonly status?: 'NEEDS-ACTION' | 'ACCEPTED' | 'DECLINED' | 'TENTATIVE' | 'DELEGATED' | undefined;
  readonly type?: 'INDIVIDUAL' | 'GROUP' | 'RESOURCE' | 'ROOM' | undefined;
  readonly rsvp?: boolean | undefined;
}

/** One VEVENT. Texts are plain; line breaks in them are kept, other control characters are not. */
export interface EventFields {
  readonly uid: string;
  readonly stamp: Instant;
  readonly start: DateTimeValue;
  /** Exclusive for days. Without it the event has no length, or one day. */
  readonly end?: DateTimeValue | undefined;
  readonly recurrenceId?: DateTimeValue | undefined;
  /** A RECUR value. */
  readonly rule?: string | undefined;
  readonly exceptions?: readonly DateTimeValue[] | undefined;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  readonly url?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly status?: 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED' | undefined;
  readonly transparency?: 'OPAQUE' | 'TRANSPARENT' | undefined;
  readonly accessClass?: 'PUBLIC' | 'PRIVATE' | 'CONFIDENTIAL' | undefined;
  readonly sequence?: number | undefined;
  readonly priority?: number | undefined;
  readonly created?: Instant | undefined;
  readonly lastModified?: Instant | undefined;
  readonly organizer?: Person | undefined;
  readonly attendees?: readonly Attendee[] | undefined;
  /** Reminders, in minutes before the start. */
  readonly alarmMinutes?: readonly number[] | undefined;
}

/**
 * A complete object: the master and its overrides, with the time zones they use.
 *
 * Throws `TypeError` for an invalid rule, or a zone that the zone database does not have: both are for the caller to check.
 */
export function composeObject(master: EventFields, overrides: readonly EventFields[] = []): Uint8Array {
  const all = [master, ...overrides];
  const zones = new Map<string, TimeRange>();
  for (const fields of all) noteZones(fields, zones);
  let lines = '';
  for (const [tzid, range] of zones) lines += vtimezone(tzid, range);
  for (const fields of all) lines += composeEvent(fields);
  return Buffer.from(calendarText(lines, productId), 'utf8');
}

/** One VEVENT in wire form. */
function composeEvent(fields: EventFields): string {
  const event = laidOut(fields);
  const own = ownLines(fields);
  let lines = '';
  for (const property of event.properties) {
    if (!own.has(property.name)) lines += propertyText(property);
  }
  let alarms = '';
  for (const alarm of event.components) {
    alarms += `BEGIN:VALARM\r\n${alarm.properties.map((property: Property) => propertyText(property)).join('')}END:VALARM\r\n`;
  }
  return `BEGIN:VEVENT\r\n${[...own.values()].join('')}${lines}${alarms}END:VEVENT\r\n`;
}

/** The component as the library writes it, parsed again. */
function laidOut(fields: EventFields): Component {
  const calendar = ical();
  calendar.createEvent({
    id: 'uid',
    // The library demands a start. `ownLines` replaces it, like all dates.
    start: new Date(0),
    stamp: new Date(0),
    ...(fields.summary !== undefined && { summary: clean(fields.summary) }),
    ...(fields.description !== undefined && { description: clean(fields.description) }),
    ...(fields.location !== undefined && { location: clean(fields.location) }),
    categories: (fields.categories ?? [])
      .map((name) => ({ name: clean(name).replaceAll('\n', ' ').trim() }))
      .filter(({ name }) => name !== ''),
    alarms: (fields.alarmMinutes ?? []).map((minutes) => ({
      type: ICalAlarmType.display,
      trigger: minutes * 60,
      description: clean(fields.summary ?? 'Reminder'),
    })),
  });
  const event = parseCalendar(Buffer.from(calendar.toString()), 'strict').calendars[0]?.components[0];
  if (!event) throw new Error('ical-generator wrote no event');
  return event;
}

/** The properties that are written here, in their order; an empty line means that the property is left out. */
function ownLines(fields: EventFields): ReadonlyMap<string, string> {
  if (fields.rule !== undefined && !isRuleText(fields.rule))
    throw new TypeError(`not a recurrence rule: ${fields.rule}`);
  const lines = new Map<string, string>();
  const date = (name: string, value: DateTimeValue | undefined): void => {
    lines.set(name, value ? contentLine(name, formatDateTime(value), dateTimeParams(value)) : '');
  };
  const time = (name: string, value: Instant | undefined): void => {
    lines.set(name, value === undefined ? '' : contentLine(name, formatUtc(value)));
  };
  lines.set('UID', contentLine('UID', clean(fields.uid).replaceAll('\n', '')));
  time('DTSTAMP', fields.stamp);
  time('CREATED', fields.created);
  time('LAST-MODIFIED', fields.lastModified);
  date('DTSTART', fields.start);
  date('DTEND', fields.end);
  date('RECURRENCE-ID', fields.recurrenceId);
  lines.set('RRULE', fields.rule === undefined ? '' : contentLine('RRULE', fields.rule));
  lines.set(
    'EXDATE',
    (fields.exceptions ?? [])
      .map((value) => contentLine('EXDATE', formatDateTime(value), dateTimeParams(value)))
      .join(''),
  );
  // Checked by their types when they come from our own code, and by the pattern when they come from JSON.
  const word = (name: string, value: string | number | undefined): void => {
    lines.set(
      name,
      value !== undefined && /^[A-Z0-9-]+$/.test(`${value}`) ? contentLine(name, `${value}`) : '',
    );
  };
  word('STATUS', fields.status);
  word('TRANSP', fields.transparency);
  word('CLASS', fields.accessClass);
  word('SEQUENCE', fields.sequence ?? 0);
  word('PRIORITY', fields.priority);
  lines.set('URL', fields.url === undefined ? '' : contentLine('URL', uri(fields.url)));
  lines.set('ORGANIZER', fields.organizer ? person('ORGANIZER', fields.organizer) : '');
  lines.set('ATTENDEE', (fields.attendees ?? []).map((attendee) => person('ATTENDEE', attendee)).join(''));
  return lines;
}

function person(name: string, { address, name: cn, role, status, type, rsvp }: Attendee): string {
  return contentLine(name, /^[a-z][a-z0-9+.-]*:/i.test(address) ? uri(address) : `mailto:${uri(address)}`, {
    CN: cn === undefined ? undefined : clean(cn),
    CUTYPE: type,
    ROLE: role,
    PARTSTAT: status,
    RSVP: rsvp === undefined ? undefined : rsvp ? 'TRUE' : 'FALSE',
  });
}

/** Takes out blanks and control characters, which no URI has. */
function uri(text: string): string {
  return clean(text).replace(/\s+/g, '');
}

/** Line ends become LF; other control characters and halves of characters go. */
function clean(text: string): string {
  return Buffer.from(text.replace(/\r\n?/g, '\n').replace(controls, ''), 'utf8').toString('utf8');
}

// oxlint-disable-next-line no-control-regex -- control characters are what this takes out
const controls = /[\0-\x08\x0b-\x1f\x7f]+/g;

/** Widens the range in which each zone is needed. A series needs its zone for ever. */
function noteZones(fields: EventFields, zones: Map<string, TimeRange>): void {
  for (const value of [fields.start, fields.end, fields.recurrenceId, ...(fields.exceptions ?? [])]) {
    if (value?.kind !== 'zoned') continue;
    const zone = ianaZone(value.tzid);
    if (!zone) throw new TypeError(`not a time zone: ${value.tzid}`);
    const at = zone.toInstant(value.local);
    const known = zones.get(value.tzid);
    const start = Math.min(known?.start ?? at, at);
    const end = fields.rule === undefined ? Math.max(known?.end ?? at, at + 1) : Number.POSITIVE_INFINITY;
    zones.set(value.tzid, { start: instant(start), end: instant(end) });
  }
}
