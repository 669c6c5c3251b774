/**
 * The one table of fields: what of an event is which property of a CalendarItem, since which version of the schema, who may
 * change it, how it is written and read (exchange.md 11.1, 11.3, 13). Times and recurrence have several properties each and
 * are written as one: times.ts, recurrence.ts.
 *
 * Two events differ in a property when they would be written differently.
 */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { ContentField, EventContent } from '../../event.ts';
import { flagOf, list, make, makeText, numberOf, textOf } from '../wire/elements.ts';
import { knows, type SchemaVersion } from '../wire/schema-version.ts';
import { bodyElement, readBody } from './body.ts';
import type { Mapping } from './mapping.ts';
import { answerOf, attendeeElement, attendeeLists, readPeople } from './people.ts';
import {
  busyProperty,
  type NamedProperty,
  reminderMinutesProperty,
  reminderSetProperty,
} from './properties.ts';
import { wireTitle, withoutCancelledPrefix } from './title.ts';
import { busyWords, importanceWords, ourWord, privacyWords, theirWord } from './words.ts';

export interface Field {
  readonly part: ContentField;
  readonly uri: string;
  readonly element: string;
  /** A guest may change it in a copy of somebody else's meeting (exchange.md 11.3). */
  readonly guest?: true;
  /** It cannot be deleted: what it says without the property before it means nothing. */
  readonly stays?: true;
  /** The same by its own name, with what it says there: for servers that take a field only when the item is created. */
  readonly also?: { readonly property: NamedProperty; readonly value: (text: string) => string };
  /** Undefined: the item has no such property. Absent: only the server writes it. */
  readonly write?: (content: EventContent, mapping: Mapping) => DocumentElement | undefined;
  /** Absent: another row of the same part reads it. */
  readonly read?: (item: XmlElement, mapping: Mapping) => Partial<EventContent>;
}

/** In the order of the schema, in which an item must have them. */
export const fields: readonly Field[] = [
  {
    part: 'title',
    uri: 'item:Subject',
    element: 'Subject',
    write: ({ title }) => makeText('Subject', wireTitle(title)),
    read: (item) => ({ title: readTitle(item) }),
  },
  {
    part: 'privacy',
    uri: 'item:Sensitivity',
    element: 'Sensitivity',
    guest: true,
    write: ({ privacy }, { version }) => makeText('Sensitivity', theirWord(privacyWords, privacy, version)),
    read: (item) => ({ privacy: ourWord(privacyWords, textOf(item, 'Sensitivity')) }),
  },
  { part: 'description', uri: 'item:Body', element: 'Body', write: bodyElement, read: readBody },
  {
    part: 'categories',
    uri: 'item:Categories',
    element: 'Categories',
    guest: true,
    write: ({ categories }) => categoriesElement(categories),
    read: (item) => ({ categories: setOf(list(item, 'Categories', 'String').map(({ text }) => text)) }),
  },
  {
    part: 'importance',
    uri: 'item:Importance',
    element: 'Importance',
    write: ({ importance }, { version }) =>
      makeText('Importance', theirWord(importanceWords, importance, version)),
    read: (item) => ({ importance: ourWord(importanceWords, textOf(item, 'Importance')) }),
  },
  {
    part: 'reminder',
    uri: 'item:ReminderIsSet',
    element: 'ReminderIsSet',
    guest: true,
    also: { property: reminderSetProperty, value: (text) => text },
    write: (content) => makeText('ReminderIsSet', wireReminder(content) !== undefined),
    read: (item) => ({ reminder: readReminder(item) }),
  },
  {
    part: 'reminder',
    uri: 'item:ReminderMinutesBeforeStart',
    element: 'ReminderMinutesBeforeStart',
    guest: true,
    stays: true,
    also: { property: reminderMinutesProperty, value: (text) => text },
    write: (content) => {
      const minutes = wireReminder(content);
      return minutes === undefined ? undefined : makeText('ReminderMinutesBeforeStart', minutes);
    },
  },
  {
    part: 'busy',
    uri: 'calendar:LegacyFreeBusyStatus',
    element: 'LegacyFreeBusyStatus',
    guest: true,
    also: { property: busyProperty, value: (text) => String(busyNumbers.indexOf(text)) },
    write: ({ busy }, { version }) => makeText('LegacyFreeBusyStatus', theirWord(busyWords, busy, version)),
    read: (item) => ({ busy: ourWord(busyWords, textOf(item, 'LegacyFreeBusyStatus')) }),
  },
  {
    part: 'location',
    uri: 'calendar:Location',
    element: 'Location',
    write: ({ location }) => (location === '' ? undefined : makeText('Location', wireTitle(location))),
    read: (item) => ({ location: oneLine(textOf(item, 'Location') ?? '') }),
  },
  {
    part: 'cancelled',
    uri: 'calendar:IsCancelled',
    element: 'IsCancelled',
    read: (item) => ({ cancelled: isCancelled(item) }),
  },
  {
    part: 'answer',
    uri: 'calendar:MyResponseType',
    element: 'MyResponseType',
    read: (item, mapping) => ({ answer: answerOf(item, mapping) }),
  },
  { part: 'people', uri: 'calendar:Organizer', element: 'Organizer', read: readPeople },
  ...attendeeLists.map(
    (row): Field => ({
      part: 'people',
      uri: `calendar:${row.element}`,
      element: row.element,
      write: (content, mapping) => attendeeElement(row, content, mapping),
    }),
  ),
];

/** The words of `LegacyFreeBusyStatus`, each in the place of its number. */
const busyNumbers: readonly string[] = ['Free', 'Tentative', 'Busy', 'OOF', 'WorkingElsewhere'];

/** What is read beside the table: identity, times, recurrence, and what helps to understand those. */
const otherProperties: readonly { readonly uri: string; readonly since?: SchemaVersion }[] = [
  { uri: 'item:ItemClass' },
  { uri: 'item:LastModifiedTime' },
  { uri: 'calendar:UID' },
  { uri: 'calendar:Start' },
  { uri: 'calendar:End' },
  { uri: 'calendar:OriginalStart' },
  { uri: 'calendar:IsAllDayEvent' },
  { uri: 'calendar:IsMeeting' },
  { uri: 'calendar:MeetingRequestWasSent' },
  { uri: 'calendar:CalendarItemType' },
  { uri: 'calendar:AppointmentState' },
  { uri: 'calendar:TimeZone' },
  { uri: 'calendar:Recurrence' },
  { uri: 'calendar:ModifiedOccurrences' },
  { uri: 'calendar:DeletedOccurrences' },
  { uri: 'calendar:StartTimeZone', since: 'Exchange2010' },
  { uri: 'calendar:EndTimeZone', since: 'Exchange2010' },
  { uri: 'calendar:StartTimeZoneId', since: 'Exchange2013' },
  { uri: 'calendar:EndTimeZoneId', since: 'Exchange2013' },
  { uri: 'calendar:IsOrganizer', since: 'Exchange2013' },
  { uri: 'calendar:JoinOnlineMeetingUrl', since: 'Exchange2013' },
];

/** The FieldURIs of a GetItem shape; the marker is asked for beside them (`ownFields`). */
export function propertiesToRead(version: SchemaVersion): readonly string[] {
  const others = otherProperties.filter(({ since }) => since === undefined || knows(version, since));
  return [...new Set([...fields, ...others].map(({ uri }) => uri))];
}

/** Every part that the table reads. */
export function readFields(item: XmlElement, mapping: Mapping): Partial<EventContent> {
  return Object.assign({}, ...fields.map(({ read }) => read?.(item, mapping) ?? {}));
}

function readTitle(item: XmlElement): string {
  const title = oneLine(textOf(item, 'Subject') ?? '');
  return isCancelled(item) ? withoutCancelledPrefix(title) : title;
}

/** The state's bit for "cancelled" (MS-OXOCAL, PidLidAppointmentStateFlags). */
const cancelledBit = 0x4;

/** As the server says; where it only keeps the bit, a title with the prefix confirms it (exchange.md 11.5). */
function isCancelled(item: XmlElement): boolean {
  if (flagOf(item, 'IsCancelled') === true) return true;
  const state = numberOf(item, 'AppointmentState') ?? 0;
  const subject = oneLine(textOf(item, 'Subject') ?? '');
  return (state & cancelledBit) !== 0 && withoutCancelledPrefix(subject) !== subject;
}

const oneLine = (text: string): string => text.normalize('NFC').replace(/\s*[\r\n]+\s*/g, ' ');

function categoriesElement(categories: readonly string[]): DocumentElement | undefined {
  const names = setOf(categories);
  return names.length === 0
    ? undefined
    : make(
        'Categories',
        names.map((name) => makeText('String', name)),
      );
}

function setOf(names: readonly string[]): readonly string[] {
  const known = names.map((name) => name.normalize('NFC').trim()).filter((name) => name !== '');
  return [...new Set(known)].sort((one, other) => (one < other ? -1 : 1));
}

/** The most that a server takes: five years. */
const maxReminderMinutes = 2_629_800;

/** Undefined where none is set, or one that Exchange cannot say: after the start, or years before it. */
function wireReminder({ reminder }: EventContent): number | undefined {
  return reminder === null || reminder < 0 || reminder > maxReminderMinutes
    ? undefined
    : Math.round(reminder);
}

/** Stands for what a program takes where nobody has said more (MS-OXORMDR 2.2.1.3): a quarter of an hour. */
const defaultReminder = '1525252321';

function readReminder(item: XmlElement): number | null {
  if (flagOf(item, 'ReminderIsSet') !== true) return null;
  if (textOf(item, 'ReminderMinutesBeforeStart')?.trim() === defaultReminder) return 15;
  const minutes = numberOf(item, 'ReminderMinutesBeforeStart') ?? 0;
  return minutes < 0 || minutes > maxReminderMinutes ? null : minutes;
}
