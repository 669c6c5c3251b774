/** Creating, changing and deleting calendar items by the rules of Exchange. */
import type { Context } from './context.ts';
import { type Draft, merged, resolveTimes } from './draft.ts';
import { EwsError } from './failure.ts';
import { laxAnnounce } from './lax-meetings.ts';
import { laxPattern, laxStart } from './lax-series.ts';
import { attendeesOf, cancel, copyOf, invite, person, sends, startAgain } from './meetings.ts';
import { type Day, dayMs, daysOf, type Recurrence, sameRecurrence } from './recurrence.ts';
import type { Attendee, Content, Folder, Item, Mailbox, Meeting } from './store.ts';
import { checkNeighbours, instance, type View } from './views.ts';
import { instantOf, wallClock } from './zones.ts';

/** Stores a new calendar item; `send` invites its attendees. */
export function create(context: Context, folder: Folder, draft: Draft, send: boolean): Item {
  if (!folder.folderClass.startsWith('IPF.Appointment'))
    throw new EwsError(
      'ErrorCannotCreateCalendarItemInNonCalendarFolder',
      'Cannot create a calendar item in a folder that is no calendar.',
    );
  const { mailbox } = folder;
  demandRoom(folder);
  const times = resolveTimes(context, draft, undefined);
  const content = merged({ start: times.start, end: times.end, allDay: times.allDay }, draft, times);
  // Exchange sets a reminder unless it is told not to.
  content.reminderSet ??= true;
  const { store } = context.backend;
  const item = store.add(folder, {
    itemClass: draft.itemClass ?? 'IPM.Appointment',
    content,
    uid: '',
    zones: { start: times.startZone, end: times.endZone },
    ...(attendeesOf(content).length > 0 && { meeting: ownMeeting(context, mailbox) }),
    ...(draft.mime !== undefined && { mime: draft.mime }),
  });
  item.uid = draft.uid ?? newUid(item);
  if (draft.recurrence) beginSeries(context, item, draft.recurrence);
  if (send && attendeesOf(content).length > 0) invite(context, item);
  return item;
}

function ownMeeting({ backend }: Context, mailbox: Mailbox): Meeting {
  const response = backend.profile.laxMeetings ? 'NoResponseReceived' : 'Organizer';
  return { organizer: person(mailbox), own: true, sent: false, sequence: 0, response };
}

/** As Exchange makes them: the class id of meetings, and what makes this one unique. */
export function newUid({ serial }: Item): string {
  return `040000008200E00074C5B7101A82E008${'0'.repeat(32)}10000000${serial.toString(16).toUpperCase().padStart(32, '0')}`;
}

function demandRoom({ mailbox }: Folder): void {
  if (mailbox.maxItems === undefined) return;
  let held = 0;
  for (const folder of mailbox.folders.values()) held += folder.items.size;
  if (held >= mailbox.maxItems) throw new EwsError('ErrorQuotaExceeded', 'The mailbox is full.');
}

/** Makes the item a series; its times are moved to the first day of the pattern. */
function beginSeries({ backend }: Context, item: Item, wanted: Recurrence): void {
  const { laxSeries } = backend.profile;
  const recurrence = laxSeries ? laxPattern(wanted) : wanted;
  const zone = item.zones?.start;
  const endZone = item.zones?.end ?? zone;
  if (!zone || !endZone) throw new Error('an item without time zones cannot recur');
  const wall = wallClock(zone, item.content.start);
  const length = laxSeries && item.content.allDay ? dayMs : wallClock(endZone, item.content.end) - wall;
  const first = recurrence.start * dayMs + (wall - Math.floor(wall / dayMs) * dayMs);
  item.recurrence = recurrence;
  item.content = { ...item.content, start: instantOf(zone, first), end: instantOf(endZone, first + length) };
}

export interface UpdateOptions {
  /** SendMeetingInvitationsOrCancellations */
  readonly invitations: string | undefined;
}

/** Applies a draft to an item, a master or one instance. */
export function update(context: Context, view: View, draft: Draft, { invitations }: UpdateOptions): void {
  if (view.day !== undefined) updateInstance(context, view, view.day, draft, invitations);
  else updateWhole(context, view.item, draft, invitations);
}

function updateWhole(context: Context, item: Item, draft: Draft, invitations: string | undefined): void {
  const { store, profile } = context.backend;
  const { laxSeries } = profile;
  const before = { ...item.content };
  const beforeRecurrence = item.recurrence;
  const times = resolveTimes(context, draft, { ...item.content, ...(item.zones && { zones: item.zones }) });
  item.content = merged(item.content, draft, times);
  if (draft.itemClass !== undefined) item.itemClass = draft.itemClass;
  if (draft.read !== undefined && item.message) item.message.read = draft.read;
  if (draft.mime !== undefined) item.mime = draft.mime;
  else delete item.mime;
  const timesWritten =
    draft.startText !== undefined || draft.endText !== undefined || draft.startZone !== undefined;
  if (timesWritten || draft.content.allDay !== undefined)
    item.zones = { start: times.startZone, end: times.endZone };
  if (draft.recurrenceCleared) {
    delete item.recurrence;
    dropOverrides(item);
  } else if (draft.recurrence) beginSeries(context, item, draft.recurrence);
  else if (item.recurrence && before.start !== item.content.start) shiftSeries(context, item);
  const moved = before.start !== item.content.start || before.end !== item.content.end;
  const repatterned = !sameRecurrence(beforeRecurrence, item.recurrence);
  // The overrides of a series belong to its pattern and time of day: with those they go.
  if (moved || repatterned || (laxSeries && draft.recurrence)) dropOverrides(item);
  store.touch(item);
  const significant = moved || repatterned || before.location !== item.content.location;
  announce(context, item, before, significant, invitations);
}

function dropOverrides(item: Item): void {
  item.leftovers = new Set([...(item.leftovers ?? []), ...(item.exceptions?.keys() ?? [])]);
  delete item.exceptions;
  delete item.deleted;
}

/** A new start of a series without a new pattern: the pattern begins on that day. */
function shiftSeries(context: Context, item: Item): void {
  const zone = item.zones?.start;
  if (!item.recurrence || !zone) return;
  const day = Math.floor(wallClock(zone, item.content.start) / dayMs);
  if (day === item.recurrence.start) return;
  const moved = { ...item.recurrence, start: day };
  const [first] = daysOf(moved);
  if (first === undefined)
    throw new EwsError(
      'ErrorRecurrenceHasNoOccurrence',
      'Specified recurrence pattern and range yields no occurrences.',
    );
  beginSeries(context, item, { ...moved, start: first });
}

function updateInstance(
  context: Context,
  view: View,
  day: Day,
  draft: Draft,
  invitations: string | undefined,
): void {
  const { item } = view;
  if (draft.recurrence || draft.recurrenceCleared)
    throw new EwsError('ErrorCalendarInvalidPropertyState', 'An occurrence cannot recur itself.');
  const { laxSeries } = context.backend.profile;
  // What is there still from a pattern of before takes the change, and nobody sees it.
  if (laxSeries && item.leftovers?.has(day) && !item.exceptions?.has(day)) return;
  const zones = item.zones;
  const exact = resolveTimes(context, draft, { ...view.content, ...(zones && { zones }) });
  const times = laxSeries ? laxStart(item, draft, exact) : exact;
  if (times.start !== view.content.start) checkNeighbours(item, day, times.start);
  const content = merged(view.content, draft, times);
  const exceptions = new Map(item.exceptions);
  exceptions.set(day, differences(item, day, content, item.exceptions?.get(day)));
  item.exceptions = exceptions;
  changedInstance(context, item);
  if (context.backend.profile.laxMeetings) return;
  const significant =
    times.start !== view.content.start ||
    times.end !== view.content.end ||
    content.location !== view.content.location;
  if (item.meeting && sends(invitations) && (significant || invitations !== 'SendToChangedAndSaveCopy')) {
    startAgain(item);
    invite(context, item);
  }
}

/** What an instance says for itself: otherwise than its master would, or what it once said so. */
function differences(
  item: Item,
  day: Day,
  content: Content,
  before: Partial<Content> = {},
): Partial<Content> {
  const { content: plain } = instance({ ...item, exceptions: new Map() }, day);
  const changed: Partial<Content> = { start: content.start, end: content.end };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both are records made as Content, with no other keys
  const keys = Object.keys({ ...plain, ...content }) as (keyof Content)[];
  for (const key of keys)
    if (JSON.stringify(plain[key]) !== JSON.stringify(content[key]) || key in before || key === 'extended')
      Object.assign(changed, { [key]: content[key] });
  return changed;
}

function changedInstance(context: Context, item: Item): void {
  const { store, profile } = context.backend;
  delete item.mime;
  if (profile.occurrencesChangeMaster) store.touch(item);
  else store.touchUnseen(item);
}

/** Mails what has changed to those whom the request names. */
function announce(
  context: Context,
  item: Item,
  before: Content,
  significant: boolean,
  invitations: string | undefined,
): void {
  if (item.message) return;
  const old = attendeesOf(before);
  const present = attendeesOf(item.content);
  if (!item.meeting) {
    if (old.length + present.length === 0) return;
    item.meeting = ownMeeting(context, item.folder.mailbox);
  }
  if (context.backend.profile.laxMeetings) {
    laxAnnounce(context, item, invitations);
    return;
  }
  if (item.meeting.own && present.length > 0) item.meeting.response = 'Organizer';
  if (!sends(invitations)) return;
  const isIn =
    (people: readonly Attendee[]) =>
    (one: Attendee): boolean =>
      people.some(({ address }) => address.toLowerCase() === one.address.toLowerCase());
  const removed = old.filter((one) => !isIn(present)(one));
  if (removed.length > 0) cancel(context, item, removed);
  const changedOnly =
    invitations?.startsWith('SendToChanged') === true || invitations === 'SendOnlyToChanged';
  const to = changedOnly && !significant ? present.filter((one) => !isIn(old)(one)) : present;
  if (to.length === 0) return;
  if (significant) startAgain(item);
  invite(context, item, to);
}

/** Deletes an item or one instance. */
export function remove(context: Context, view: View, type: string, cancellations: string | undefined): void {
  const { item } = view;
  const meeting = item.meeting;
  const { laxMeetings } = context.backend.profile;
  const announces = !laxMeetings && meeting?.own === true && meeting.sent && sends(cancellations);
  if (view.day !== undefined) {
    removeInstance(context, item, view.day, announces);
    return;
  }
  if (announces) {
    if (meeting) meeting.sequence += 1;
    cancel(context, item);
  }
  discard(context, item, type);
}

function discard(context: Context, item: Item, type: string): void {
  const { store } = context.backend;
  const deleted = item.folder.mailbox.byName.get('deleteditems');
  if (type === 'MoveToDeletedItems' && deleted && item.folder !== deleted) store.move(item, deleted);
  else {
    const recoverable = item.folder.mailbox.byName.get('recoverableitemsdeletions');
    if (type === 'SoftDelete' && recoverable && item.folder !== recoverable) store.move(item, recoverable);
    else store.remove(item);
  }
}

function removeInstance(context: Context, item: Item, day: Day, announces: boolean): void {
  // Seen on Gromox: who was changed counts as deleted already.
  if (context.backend.profile.laxSeries && item.exceptions?.has(day)) return;
  const remaining = item.recurrence && remains(item, item.recurrence, day);
  if (!remaining) {
    // The last one takes the series with it.
    context.backend.store.remove(item);
    return;
  }
  const exceptions = new Map(item.exceptions);
  exceptions.delete(day);
  item.exceptions = exceptions;
  item.deleted = new Set([...(item.deleted ?? []), day]);
  changedInstance(context, item);
  if (announces) cancel(context, item, attendeesOf(item.content), day);
}

function remains(item: Item, recurrence: Recurrence, day: Day): boolean {
  for (const one of daysOf(recurrence)) if (one !== day && !item.deleted?.has(one)) return true;
  return false;
}

/** CancelCalendarItem: the organizer's copy goes too. */
export function cancelMeeting(context: Context, item: Item): void {
  if (!item.meeting?.own)
    throw new EwsError('ErrorCalendarIsNotOrganizer', 'You must be the organizer to cancel the meeting.');
  item.meeting.sequence += 1;
  cancel(context, item);
  discard(context, item, 'MoveToDeletedItems');
}

/** RemoveItem: an attendee puts a cancelled meeting away. */
export function removeCancelled(context: Context, reference: Item): void {
  const copy = reference.message ? copyOf(reference.folder.mailbox, reference.uid) : reference;
  if (copy) discard(context, copy, 'MoveToDeletedItems');
  if (reference.message) discard(context, reference, 'MoveToDeletedItems');
}
