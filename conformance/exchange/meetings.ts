/**
 * Meetings across mailboxes: requests, answers and cancellations, delivered and processed at once as the calendar attendant
 * of Exchange does (MS-OXOCAL 3.1.4.7, 3.1.4.8). What leaves the organisation is only recorded.
 */
import type { Backend, Context } from './context.ts';
import { EwsError } from './failure.ts';
import type { Day } from './recurrence.ts';
import type { Attendee, Content, Item, Mailbox, Message, Person, Response } from './store.ts';
import { instance, type View } from './views.ts';

/** A mail that was sent, to people here or elsewhere. */
export interface MailRecord {
  readonly at: number;
  readonly kind: 'request' | 'response' | 'cancellation' | 'note';
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly uid: string;
  readonly response?: Response;
}

export function attendeesOf(content: Content): readonly Attendee[] {
  return [...(content.required ?? []), ...(content.optional ?? []), ...(content.resources ?? [])];
}

export function sends(disposition: string | undefined): boolean {
  return disposition !== undefined && disposition !== 'SendToNone';
}

/** Sends the meeting to these people, or to all of its attendees; the item gets another change key by it. */
export function invite(
  context: Context,
  item: Item,
  to: readonly Attendee[] = attendeesOf(item.content),
): void {
  const { backend } = context;
  const meeting = item.meeting;
  if (!meeting) return;
  meeting.sent = true;
  const organizer = meeting.own ? meeting.organizer : person(item.folder.mailbox);
  record(backend, 'request', organizer, to, item.content.subject ?? '', item.uid);
  for (const attendee of to) {
    const mailbox = backend.store.mailbox(attendee.address);
    if (mailbox && mailbox !== item.folder.mailbox) deliverRequest(backend, item, mailbox, organizer);
  }
  // The answer has told one change key already; what follows from sending makes another.
  backend.store.touch(item);
}

function deliverRequest(backend: Backend, item: Item, mailbox: Mailbox, organizer: Person): void {
  const { store } = backend;
  const subject = item.content.subject ?? '';
  let copy = copyOf(mailbox, item.uid);
  const { reminderSet: _, ...shared } = item.content;
  const content: Content = { ...shared, busy: 'Tentative', reminderSet: true };
  delete content.extended;
  delete content.categories;
  if (copy) {
    copy.content = { ...content, ...(copy.content.extended && { extended: copy.content.extended }) };
    copyParts(item, copy);
    if (copy.meeting) {
      copy.meeting.sequence = item.meeting?.sequence ?? 0;
      copy.meeting.response = 'NoResponseReceived';
    }
    store.touch(copy);
  } else {
    const calendar = mailbox.byName.get('calendar');
    if (!calendar) return;
    copy = store.add(calendar, {
      itemClass: 'IPM.Appointment',
      content,
      uid: item.uid,
      meeting: {
        organizer,
        own: false,
        sent: true,
        sequence: item.meeting?.sequence ?? 0,
        response: 'NoResponseReceived',
      },
    });
    copyParts(item, copy);
  }
  deliver(backend, mailbox, 'IPM.Schedule.Meeting.Request', subject, item, copy, {
    from: organizer,
    to: attendeesOf(item.content),
    item: copy.serial,
    read: false,
  });
}

function copyParts(item: Item, copy: Item): void {
  if (item.zones) copy.zones = item.zones;
  if (item.recurrence) copy.recurrence = item.recurrence;
  else delete copy.recurrence;
  if (item.exceptions) copy.exceptions = new Map(item.exceptions);
  if (item.deleted) copy.deleted = new Set(item.deleted);
}

export function copyOf(mailbox: Mailbox, uid: string): Item | undefined {
  for (const item of mailbox.byName.get('calendar')?.items.values() ?? []) if (item.uid === uid) return item;
  return undefined;
}

function deliver(
  backend: Backend,
  mailbox: Mailbox,
  itemClass: string,
  subject: string,
  about: Item,
  meetingOf: Item,
  message: Message,
): void {
  const inbox = mailbox.byName.get('inbox');
  if (!inbox) return;
  const content: Content = { ...about.content, subject };
  delete content.extended;
  const meeting = meetingOf.meeting && { ...meetingOf.meeting };
  const delivered = backend.store.add(inbox, {
    itemClass,
    content,
    uid: about.uid,
    message,
    ...(meeting && { meeting }),
  });
  copyParts(about, delivered);
}

function record(
  backend: Backend,
  kind: MailRecord['kind'],
  from: Person,
  to: readonly Person[],
  subject: string,
  uid: string,
  response?: Response,
): void {
  if (to.length === 0) return;
  backend.mails.push({
    at: backend.store.now(),
    kind,
    from: from.address,
    to: to.map(({ address }) => address.toLowerCase()),
    subject,
    uid,
    ...(response && { response }),
  });
}

export function person({ name, address }: Mailbox): Person {
  return { name, address };
}

/** Tells attendees that the meeting, or one instance of it, does not take place. */
export function cancel(
  context: Context,
  item: Item,
  to: readonly Attendee[] = attendeesOf(item.content),
  day?: Day,
): void {
  const { backend } = context;
  const meeting = item.meeting;
  if (!meeting?.own) return;
  const subject = `Canceled: ${item.content.subject ?? ''}`;
  record(backend, 'cancellation', meeting.organizer, to, subject, item.uid);
  for (const attendee of to) {
    const mailbox = backend.store.mailbox(attendee.address);
    const copy = mailbox && mailbox !== item.folder.mailbox ? copyOf(mailbox, item.uid) : undefined;
    if (!mailbox || !copy) continue;
    if (day === undefined) {
      copy.content = { ...copy.content, cancelled: true, subject, busy: 'Free' };
      if (copy.meeting) copy.meeting.sequence = meeting.sequence;
    } else {
      copy.exceptions?.delete(day);
      copy.deleted = new Set([...(copy.deleted ?? []), day]);
    }
    backend.store.touch(copy);
    deliver(backend, mailbox, 'IPM.Schedule.Meeting.Canceled', subject, item, copy, {
      from: meeting.organizer,
      to,
      item: copy.serial,
      read: false,
    });
  }
}

/** Tells all recipients so, whoever has called them together, and whether they knew of it or not (`lax-meetings.ts`). */
export function callOff(context: Context, item: Item): void {
  const { content, folder, meeting } = item;
  if (meeting?.own) cancel(context, item);
  else
    record(
      context.backend,
      'cancellation',
      person(folder.mailbox),
      attendeesOf(content),
      `Canceled: ${content.subject ?? ''}`,
      item.uid,
    );
}

const answers: Readonly<
  Record<string, { readonly response: Response; readonly itemClass: string; readonly prefix: string }>
> = {
  AcceptItem: { response: 'Accept', itemClass: 'IPM.Schedule.Meeting.Resp.Pos', prefix: 'Accepted' },
  TentativelyAcceptItem: {
    response: 'Tentative',
    itemClass: 'IPM.Schedule.Meeting.Resp.Tent',
    prefix: 'Tentative',
  },
  DeclineItem: { response: 'Decline', itemClass: 'IPM.Schedule.Meeting.Resp.Neg', prefix: 'Declined' },
};

export function isAnswer(name: string): boolean {
  return name in answers;
}

/**
 * Answers a meeting request, found by the request or by the calendar item, and tells the organizer if `send`.
 *
 * Returns the items that the answer left in the mailbox: the calendar item, unless it was declined.
 */
export function answer(context: Context, reference: Item, name: string, send: boolean): readonly Item[] {
  const { backend } = context;
  const { store } = backend;
  const given = answers[name];
  if (!given) throw new EwsError('ErrorInvalidRequest', `${name} is no answer.`);
  const { mailbox } = reference.folder;
  const copy = reference.message ? copyOf(mailbox, reference.uid) : reference;
  if (!copy?.meeting)
    throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
  if (copy.meeting.own)
    throw new EwsError(
      `ErrorCalendarIsOrganizerFor${given.response}`,
      'The organizer cannot answer the own meeting.',
    );
  if (copy.content.cancelled)
    throw new EwsError(`ErrorCalendarIsCancelledFor${given.response}`, 'The meeting has been cancelled.');
  const at = store.now();
  copy.meeting.response = given.response;
  copy.meeting.replied = at;
  copy.content = {
    ...copy.content,
    busy: given.response === 'Accept' ? 'Busy' : given.response === 'Tentative' ? 'Tentative' : 'Free',
  };
  store.touch(copy);
  if (send) tellOrganizer(context, copy, given, at);
  const kept = backend.profile.laxMeetings ? keptAtHome(context, copy, given.response) : copy;
  const deleted = mailbox.byName.get('deleteditems');
  if (reference.message && deleted && reference.folder !== deleted) store.move(reference, deleted);
  if (given.response !== 'Decline') return [kept];
  return deleted ? [store.move(kept, deleted)] : [];
}

/** Read in the sources of Gromox: what is accepted is in the default calendar then, wherever it was before. */
function keptAtHome({ backend: { store, profile } }: Context, copy: Item, response: Response): Item {
  const { mailbox } = copy.folder;
  const home = mailbox.byName.get('calendar');
  if (!home || response === 'Decline' || copyOf(mailbox, copy.uid)) return copy;
  if (profile.movesAccepted) return store.move(copy, home);
  store.copy(copy, home);
  return copy;
}

/** The answer to one instance: it is an exception by it, or goes when it was declined. */
export function answerInstance(
  context: Context,
  item: Item,
  day: Day,
  name: string,
  send: boolean,
): readonly View[] {
  const { backend } = context;
  const given = answers[name];
  if (!given) throw new EwsError('ErrorInvalidRequest', `${name} is no answer.`);
  // Read in the sources of Gromox: the id of an occurrence is not taken there.
  if (backend.profile.laxSeries) throw new EwsError('ErrorInvalidId', 'The id is not that of a meeting.');
  const { meeting } = item;
  if (!meeting || meeting.own)
    throw new EwsError(`ErrorCalendarIsOrganizerFor${given.response}`, 'There is nobody to answer to.');
  const { response } = given;
  if (response === 'Decline') {
    item.exceptions?.delete(day);
    item.deleted = new Set([...(item.deleted ?? []), day]);
  } else {
    const { start, end } = instance(item, day).content;
    const busy = response === 'Accept' ? 'Busy' : 'Tentative';
    item.exceptions = new Map(item.exceptions).set(day, { start, end, ...item.exceptions?.get(day), busy });
    meeting.responses = new Map(meeting.responses).set(day, response);
  }
  backend.store.touch(item);
  if (send) {
    const subject = `${given.prefix}: ${instance(item, day).content.subject ?? ''}`;
    record(
      backend,
      'response',
      person(item.folder.mailbox),
      [meeting.organizer],
      subject,
      item.uid,
      response,
    );
  }
  return response === 'Decline' ? [] : [instance(item, day)];
}

/** What the owner of the mailbox has answered. */
export function responseTo({ meeting }: Item, day: Day | undefined): Response {
  const own = day === undefined ? undefined : meeting?.responses?.get(day);
  return own ?? meeting?.response ?? 'Unknown';
}

function tellOrganizer(
  { backend }: Context,
  copy: Item,
  {
    response,
    itemClass,
    prefix,
  }: { readonly response: Response; readonly itemClass: string; readonly prefix: string },
  at: number,
): void {
  const { store } = backend;
  const organizer = copy.meeting?.organizer;
  if (!organizer) return;
  const { mailbox } = copy.folder;
  const subject = `${prefix}: ${copy.content.subject ?? ''}`;
  record(backend, 'response', person(mailbox), [organizer], subject, copy.uid, response);
  const home = store.mailbox(organizer.address);
  const original = home && copyOf(home, copy.uid);
  if (!home || !original) return;
  const track = (people: readonly Attendee[] = []): readonly Attendee[] =>
    people.map((one) =>
      one.address.toLowerCase() === mailbox.address ? { ...one, response, answered: at } : one,
    );
  for (const key of ['required', 'optional', 'resources'] as const)
    if (original.content[key])
      original.content = { ...original.content, [key]: track(original.content[key]) };
  store.touch(original);
  deliver(backend, home, itemClass, subject, copy, original, {
    from: person(mailbox),
    to: [organizer],
    item: original.serial,
    response,
    read: false,
  });
}

/** After a change of time or place nobody's answer holds any longer, and the meeting has another sequence number. */
export function startAgain(item: Item): void {
  const reset = (people: readonly Attendee[] = []): readonly Attendee[] =>
    people.map(({ name, address, routing }) => ({
      name,
      address,
      response: 'Unknown',
      ...(routing !== undefined && { routing }),
    }));
  for (const key of ['required', 'optional', 'resources'] as const)
    if (item.content[key]) item.content = { ...item.content, [key]: reset(item.content[key]) };
  if (item.meeting) item.meeting.sequence += 1;
}
