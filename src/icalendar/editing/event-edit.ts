/**
 * Changes of single fields of a VEVENT, as edits of its bytes: every line that a change is not about stays as its client
 * wrote it, unknown properties, parameters and components among them.
 */
import type { Component } from '../component.ts';
import { type Edit, insert, insertAfter, remove, removeAll, replace, setProperty } from '../edit.ts';
import {
  addressOf,
  categoriesOf,
  type EventFacts,
  isWebAddress,
  linkLines,
  maxLinks,
  reminderMinutes,
} from '../event-facts.ts';
import { type DateTimeValue, type Instant, minuteMs } from '../time.ts';
import {
  contentLine,
  dateTimeParams,
  encodeText,
  formatDateTime,
  formatDuration,
  formatUtc,
  textLine,
} from '../value.ts';

/** Fields that are one property each. */
export type PlainFields = Partial<
  Pick<EventFacts, 'title' | 'location' | 'description' | 'busy' | 'status' | 'privacy' | 'categories'>
>;

/** Fields that are lists of lines; those that stay in the list keep their lines. */
export interface ListFields {
  /** Minutes before the start. */
  readonly reminders?: readonly number[];
  readonly attendees?: readonly { readonly address: string; readonly name?: string }[];
  readonly links?: readonly { readonly url: string; readonly label: string }[];
  /** The organizer to add if there is none yet. */
  readonly organizer?: { readonly address: string; readonly name: string };
}

export type FieldChanges = PlainFields & ListFields;

/** The edits of a component that make its fields say what `changes` says. */
export function fieldEdits(component: Component, changes: FieldChanges): readonly Edit[] {
  return [
    ...plainEdits(component, changes),
    ...(changes.reminders ? reminderEdits(component, changes.reminders, changes.title) : []),
    ...(changes.attendees ? attendeeEdits(component, changes.attendees, changes.organizer) : []),
    ...(changes.links ? linkEdits(component, changes.links) : []),
  ];
}

/**
 * The plain fields that are the same in two components: a change of such a field of the series also applies to the
 * instance.
 */
export function sharedFields(one: Component, other: Component, changes: PlainFields): PlainFields {
  const entries = Object.entries(changes).filter(([field]) => {
    const name = isPlain(field) ? propertyNames[field] : undefined;
    return name !== undefined && rawOf(one, name) === rawOf(other, name);
  });
  return Object.fromEntries(entries);
}

function rawOf(component: Component, name: string): string {
  return component
    .all(name)
    .map(({ rawValue }) => rawValue)
    .join('\n');
}

const propertyNames: Readonly<Record<keyof PlainFields, string>> = {
  title: 'SUMMARY',
  location: 'LOCATION',
  description: 'DESCRIPTION',
  busy: 'TRANSP',
  status: 'STATUS',
  privacy: 'CLASS',
  categories: 'CATEGORIES',
};

function isPlain(field: string): field is keyof PlainFields {
  return field in propertyNames;
}

function plainEdits(component: Component, changes: PlainFields): readonly Edit[] {
  const { title, location, description, busy, status, privacy, categories } = changes;
  const edits: Edit[] = [];
  const line = (name: string, text: string): void => {
    // Not by spreading them as arguments: there may be very many of one name.
    const own = text === '' ? removeAll(component.all(name)) : setProperty(component, name, text);
    for (const edit of own) edits.push(edit);
  };
  const words = (name: string, value: string | undefined): void => {
    if (value !== undefined) line(name, value === '' ? '' : textLine(name, value));
  };
  words('SUMMARY', title);
  words('LOCATION', location);
  words('DESCRIPTION', description);
  if (busy !== undefined) line('TRANSP', contentLine('TRANSP', busy ? 'OPAQUE' : 'TRANSPARENT'));
  if (status !== undefined) line('STATUS', contentLine('STATUS', status.toUpperCase()));
  if (privacy !== undefined) line('CLASS', contentLine('CLASS', privacy.toUpperCase()));
  if (categories && categories.join('\n') !== categoriesOf(component).join('\n')) {
    const list = categories.map((name) => encodeText(name.replaceAll('\n', ' '))).join(',');
    line('CATEGORIES', list === '' ? '' : contentLine('CATEGORIES', list));
  }
  return edits;
}

function reminderEdits(
  component: Component,
  wanted: readonly number[],
  title: string | undefined,
): readonly Edit[] {
  const missing = new Set(wanted);
  const edits: Edit[] = [];
  for (const alarm of component.components.filter(({ name }) => name === 'VALARM')) {
    const minutes = reminderMinutes(alarm);
    if (minutes === undefined) continue;
    if (missing.has(minutes)) missing.delete(minutes);
    else edits.push(remove(alarm));
  }
  const text = title ?? (component.first('SUMMARY')?.rawValue ? undefined : 'Reminder');
  const description =
    text === undefined
      ? contentLine('DESCRIPTION', component.first('SUMMARY')?.rawValue ?? '')
      : textLine('DESCRIPTION', text === '' ? 'Reminder' : text);
  const lines = [...missing].map((minutes) => {
    const trigger = minutes === 0 ? 'PT0S' : formatDuration({ weeks: 0, days: 0, ms: -minutes * minuteMs });
    return `BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:${trigger}\r\n${description}END:VALARM\r\n`;
  });
  // Behind the properties: inner components stand at the end (RFC 5545 §3.6.1).
  const last = component.components.at(-1) ?? component.properties.at(-1);
  if (lines.length > 0)
    edits.push(last ? insertAfter(last, lines.join('')) : insert(component, lines.join('')));
  return edits;
}

function attendeeEdits(
  component: Component,
  wanted: NonNullable<ListFields['attendees']>,
  organizer: ListFields['organizer'],
): readonly Edit[] {
  const missing = new Map(wanted.map((attendee) => [attendee.address.toLowerCase(), attendee]));
  const edits: Edit[] = [];
  for (const property of component.all('ATTENDEE')) {
    // Guests who stay keep their lines, and with them status, role and everything else.
    if (!missing.delete(addressOf(property).toLowerCase())) edits.push(remove(property));
  }
  let lines = '';
  for (const { address, name } of missing.values()) {
    lines += contentLine('ATTENDEE', `mailto:${address.replace(/\s/g, '')}`, {
      CN: name === '' ? undefined : name,
      ROLE: 'REQ-PARTICIPANT',
      PARTSTAT: 'NEEDS-ACTION',
      RSVP: 'TRUE',
    });
  }
  // A meeting has somebody who calls it (RFC 5545 §3.8.4.3); without people it is none.
  if (wanted.length === 0) for (const edit of removeAll(component.all('ORGANIZER'))) edits.push(edit);
  else if (!component.first('ORGANIZER') && organizer) {
    lines += contentLine('ORGANIZER', `mailto:${organizer.address}`, {
      CN: organizer.name === '' ? undefined : organizer.name,
    });
  }
  if (lines !== '') edits.push(insert(component, lines));
  return edits;
}

function linkEdits(component: Component, wanted: NonNullable<ListFields['links']>): readonly Edit[] {
  const missing = new Map(wanted.filter(({ url }) => isWebAddress(url)).map((link) => [link.url, link]));
  const edits: Edit[] = [];
  // Only the first thousand links are shown, so those behind them were not removed by the person.
  for (const { property, link } of linkLines(component, maxLinks)) {
    const same = missing.get(link.url);
    missing.delete(link.url);
    if (!same) edits.push(remove(property));
    else if (same.label !== link.label) edits.push(replace(property, linkLine(property.name, same)));
  }
  const lines = [...missing.values()].map((link) => linkLine('ATTACH', link)).join('');
  if (lines !== '') edits.push(insert(component, lines));
  return edits;
}

function linkLine(name: string, { url, label }: { readonly url: string; readonly label: string }): string {
  return contentLine(name, url, name === 'ATTACH' && label !== '' ? { FILENAME: label } : {});
}

/** Puts a component to another time. A DURATION gives way to the end. */
export function timeEdits(component: Component, start: DateTimeValue, end: DateTimeValue): readonly Edit[] {
  return [
    ...setProperty(component, 'DTEND', dateLine('DTEND', end)),
    ...setProperty(component, 'DTSTART', dateLine('DTSTART', start)),
    ...component.all('DURATION').map(remove),
  ];
}

export function dateLine(name: string, value: DateTimeValue): string {
  return contentLine(name, formatDateTime(value), dateTimeParams(value));
}

/** Tells readers that they have an older version (RFC 5545 §3.8.7): every change of a component ends with this. */
export function revisionEdits(component: Component, now: Instant): readonly Edit[] {
  const stamp = formatUtc(now);
  const sequence = Number.parseInt(component.first('SEQUENCE')?.rawValue ?? '0', 10);
  const next = Number.isSafeInteger(sequence) && sequence >= 0 && sequence < 2 ** 31 - 1 ? sequence + 1 : 0;
  return [
    ...setProperty(component, 'SEQUENCE', contentLine('SEQUENCE', String(next))),
    ...setProperty(component, 'LAST-MODIFIED', contentLine('LAST-MODIFIED', stamp)),
    ...setProperty(component, 'DTSTAMP', contentLine('DTSTAMP', stamp)),
  ];
}
