/** Organizer and attendees, both ways (exchange.md 11.2, 11.3). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { Answer, EventAttendee, EventContent, EventPerson } from '../../event.ts';
import { child, flagOf, list, make, makeText, textOf } from '../wire/elements.ts';
import type { Mapping } from './mapping.ts';
import { answerWords, ourWord, theirWord } from './words.ts';

/** One row for each list of an item. */
export const attendeeLists = [
  { element: 'RequiredAttendees', role: 'required' },
  { element: 'OptionalAttendees', role: 'optional' },
  { element: 'Resources', role: 'resource' },
] as const;

/** More are not read; a server sends a whole distribution list as one. */
const maxAttendees = 5000;

/** Whose meeting it is: `guest` means that only the own answer and the like may be changed (exchange.md 11.3). */
export function roleOf(item: XmlElement, mapping: Mapping): 'owner' | 'guest' {
  const response = textOf(item, 'MyResponseType')?.trim();
  // Nobody waits for their own answer: some servers say so of a meeting that was made through them.
  const organizer = personOf(child(child(item, 'Organizer'), 'Mailbox'), mapping) ?? null;
  const isOwn = organizer !== null && isOwner(organizer.address, mapping);
  if (response === 'NoResponseReceived' && isOwn) return 'owner';
  if (response !== undefined && response !== 'Organizer' && response !== 'Unknown') return 'guest';
  const elsewhere = flagOf(item, 'IsOrganizer') === false && flagOf(item, 'IsMeeting') === true;
  return elsewhere && response !== 'Organizer' ? 'guest' : 'owner';
}

/** The owner's own answer; null where nobody invited them. */
export function answerOf(item: XmlElement, mapping: Mapping): Answer | null {
  return roleOf(item, mapping) === 'guest' ? ourWord(answerWords, textOf(item, 'MyResponseType')) : null;
}

export function readPeople(
  item: XmlElement,
  mapping: Mapping,
): Pick<EventContent, 'organizer' | 'attendees'> {
  const organizer = personOf(child(child(item, 'Organizer'), 'Mailbox'), mapping);
  const attendees = new Map<string, EventAttendee>();
  for (const { element, role } of attendeeLists) {
    for (const attendee of list(item, element, 'Attendee').slice(0, maxAttendees)) {
      const person = personOf(child(attendee, 'Mailbox'), mapping);
      if (!person || person.address === organizer?.address || attendees.has(person.address)) continue;
      const answer = ourWord(answerWords, textOf(attendee, 'ResponseType'));
      attendees.set(person.address, { ...person, role, answer });
    }
  }
  // Every item has an organizer there; only that of a meeting means something.
  const isMeeting = attendees.size > 0 || roleOf(item, mapping) === 'guest';
  const owner = organizer ?? { address: mapping.mailbox, name: '' };
  return {
    organizer: isMeeting ? owner : null,
    attendees: [...attendees.values()].sort((one, other) => (one.address < other.address ? -1 : 1)),
  };
}

/** Undefined for one without any address. */
function personOf(mailbox: XmlElement | undefined, { directory }: Mapping): EventPerson | undefined {
  const written = writtenAddress(mailbox);
  if (written === '') return undefined;
  const address = directory.get(written) ?? written;
  const name = (textOf(mailbox, 'Name') ?? '').normalize('NFC').trim();
  // A name that only repeats the address says nothing.
  return { address, name: name.toLowerCase() === address ? '' : name };
}

/** Without what some put around it: `SMTP:bob@x`, `mailto:bob@x`, `<bob@x>`, `'bob@x'`. Empty: none. */
function writtenAddress(mailbox: XmlElement | undefined): string {
  const text = textOf(mailbox, 'EmailAddress')?.trim().toLowerCase() ?? '';
  return text.replace(/^(?:smtp:|mailto:|ex:(?=\/))\s*/, '').replace(/^(?:<(.*)>|'(.*@.*)')$/, '$1$2');
}

/** Addresses of the directory that have to be resolved before the item is read (type EX). */
export function directoryAddresses(item: XmlElement): readonly string[] {
  const mailboxes = [
    child(child(item, 'Organizer'), 'Mailbox'),
    ...attendeeLists.flatMap(({ element }) =>
      list(item, element, 'Attendee').map((attendee) => child(attendee, 'Mailbox')),
    ),
  ];
  const addresses = mailboxes.map(writtenAddress);
  return [...new Set(addresses.filter(isDirectoryAddress))];
}

/** `/o=Example/ou=…/cn=…`: a name of the directory, not of mail. */
export const isDirectoryAddress = (address: string): boolean => /^\/[a-z]+=/i.test(address);

/** Whether the mailbox's owner organizes it, or nobody does. Other people's meetings are never written as meetings of ours. */
export function isOwnMeeting({ organizer }: EventContent, mapping: Mapping): boolean {
  return organizer === null || isOwner(organizer.address, mapping);
}

function isOwner(address: string, { mailbox, aliases }: Mapping): boolean {
  return address === mailbox || aliases.includes(address);
}

/** One of the three lists; undefined when nobody is on it. */
export function attendeeElement(
  { element, role }: (typeof attendeeLists)[number],
  content: EventContent,
  mapping: Mapping,
): DocumentElement | undefined {
  if (!isOwnMeeting(content, mapping)) return undefined;
  const attendees = content.attendees.filter((attendee) => attendee.role === role);
  if (attendees.length === 0) return undefined;
  return make(
    element,
    attendees.map((attendee) => attendeeOf(attendee, mapping)),
  );
}

function attendeeOf({ address, name, answer }: EventAttendee, { version }: Mapping): DocumentElement {
  const mailbox = make('Mailbox', [
    name === '' ? undefined : makeText('Name', name),
    makeText('EmailAddress', address),
    isDirectoryAddress(address) ? makeText('RoutingType', 'EX') : undefined,
  ]);
  // An answer that is known here must not be forgotten when the list is written.
  const response =
    answer === 'needs-action' ? undefined : makeText('ResponseType', theirWord(answerWords, answer, version));
  return make('Attendee', [mailbox, response]);
}
