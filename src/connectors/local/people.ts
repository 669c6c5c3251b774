/** Who is invited: ORGANIZER and ATTENDEE, both ways (RFC 5545 §3.8.4). */
import type { Component, Property } from '../../icalendar/component.ts';
import { type Edit, insert, remove, replace, withParameters } from '../../icalendar/edit.ts';
import { addressOf } from '../../icalendar/event-facts.ts';
import { contentLine } from '../../icalendar/value.ts';
import { isSame } from '../agreed.ts';
import type { Answer, EventAttendee, EventContent, EventPerson } from '../event.ts';

type People = Pick<EventContent, 'organizer' | 'attendees' | 'answer'>;

/** People without an address of mail stay in our object, and are not told. */
export function peopleOf(component: Component, isOwn: (address: string) => boolean): People {
  const organizer = personOf(component.first('ORGANIZER'));
  const attendees = new Map<string, EventAttendee>();
  let answer: Answer | null = null;
  for (const property of component.all('ATTENDEE')) {
    const person = personOf(property);
    if (!person || person.address === organizer?.address || attendees.has(person.address)) continue;
    const given = answerOf(property);
    const invited = organizer !== null && !isOwn(organizer.address) && isOwn(person.address);
    if (invited) answer = given;
    // The own answer is a field of its own.
    attendees.set(person.address, {
      ...person,
      role: roleOf(property),
      answer: invited ? 'needs-action' : given,
    });
  }
  return { organizer, attendees: [...attendees.values()], answer };
}

function personOf(property: Property | undefined): EventPerson | null {
  const address = property && mailAddressOf(property);
  return address === undefined ? null : { address, name: (property?.param('CN') ?? '').normalize('NFC') };
}

function mailAddressOf(property: Property): string | undefined {
  const written = addressOf(property);
  const address = (written.includes('@') ? written : (property.param('EMAIL') ?? '')).trim().toLowerCase();
  return /^[^\s@:]+@[^\s@]+$/.test(address) ? address : undefined;
}

function roleOf(property: Property): EventAttendee['role'] {
  if (/^(ROOM|RESOURCE)$/i.test(property.param('CUTYPE') ?? '')) return 'resource';
  return /^(OPT|NON)-PARTICIPANT$/i.test(property.param('ROLE') ?? '') ? 'optional' : 'required';
}

function answerOf(property: Property): Answer {
  return answers[(property.param('PARTSTAT') ?? '').toUpperCase()] ?? 'needs-action';
}

const answers: Readonly<Record<string, Answer>> = {
  ACCEPTED: 'accepted',
  TENTATIVE: 'tentative',
  DECLINED: 'declined',
};

/** The edits that make a component invite these people; lines of those who stay keep all else that is known of them. */
export function peopleEdits(
  component: Component,
  wanted: People,
  isOwn: (address: string) => boolean,
): readonly Edit[] {
  const { organizer, answer } = wanted;
  const edits: Edit[] = [];
  let added = '';
  const invited = organizer !== null && !isOwn(organizer.address);
  const missing = new Map(wanted.attendees.map((attendee) => [attendee.address, attendee]));
  for (const property of component.all('ATTENDEE')) {
    const address = mailAddressOf(property);
    if (address === undefined || address === organizer?.address) continue;
    const attendee = missing.get(address);
    missing.delete(address);
    if (attendee)
      edits.push(...attendeeEdits(property, asWritten(attendee, invited && isOwn(address), answer)));
    else edits.push(remove(property));
  }
  for (const attendee of missing.values()) {
    added += attendeeLine(asWritten(attendee, invited && isOwn(attendee.address), answer));
  }
  const [line] = component.all('ORGANIZER');
  if (!isSame(personOf(line), organizer)) {
    const text = organizer ? organizerLine(organizer) : '';
    edits.push(...component.all('ORGANIZER').map(remove));
    added = text + added;
  }
  return added === '' ? edits : [...edits, insert(component, added)];
}

function asWritten(attendee: EventAttendee, isSelf: boolean, answer: Answer | null): EventAttendee {
  return isSelf ? { ...attendee, answer: answer ?? 'needs-action' } : attendee;
}

/** The provider mails those it knows of, so nobody here does (exchange.md 11.4; RFC 6638 §7.1). */
const silent = { 'SCHEDULE-AGENT': 'NONE' };

function organizerLine({ address, name }: EventPerson): string {
  return contentLine('ORGANIZER', `mailto:${address}`, { CN: name === '' ? undefined : name, ...silent });
}

function attendeeLine({ address, name, role, answer }: EventAttendee): string {
  return contentLine('ATTENDEE', `mailto:${address}`, {
    CN: name === '' ? undefined : name,
    CUTYPE: role === 'resource' ? 'RESOURCE' : undefined,
    ROLE: role === 'optional' ? 'OPT-PARTICIPANT' : 'REQ-PARTICIPANT',
    PARTSTAT: answer.toUpperCase(),
    RSVP: answer === 'needs-action' && role !== 'resource' ? 'TRUE' : undefined,
    ...silent,
  });
}

function attendeeEdits(property: Property, { name, role, answer }: EventAttendee): readonly Edit[] {
  const changes: Record<string, string | undefined> = {};
  if ((personOf(property)?.name ?? '') !== name) changes['CN'] = name === '' ? undefined : name;
  if (answerOf(property) !== answer) changes['PARTSTAT'] = answer.toUpperCase();
  if (roleOf(property) !== role) {
    changes['CUTYPE'] = role === 'resource' ? 'RESOURCE' : undefined;
    changes['ROLE'] = role === 'optional' ? 'OPT-PARTICIPANT' : 'REQ-PARTICIPANT';
  }
  return Object.keys(changes).length === 0 ? [] : [replace(property, withParameters(property, changes))];
}
