/**
 * Events in structured fields, as a page shows and changes them. Stored bytes are edited in place, so whatever the form does
 * not know stays as its client wrote it; every write is judged as a PUT is.
 *
 * Each write answers the steps that take it back. The file is long because all of these share one
 * way to store, which nothing else may take.
 */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { CalendarId, ETag, PrincipalId } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Answer, ownAnswer } from '../../icalendar/editing/answer.ts';
import { composeObject, type EventFields } from '../../icalendar/editing/compose.ts';
import type { FieldChanges } from '../../icalendar/editing/event-edit.ts';
import {
  answerSteps,
  type EditContext,
  type EventChange,
  editedWhole,
  editSteps,
  instanceAt,
  oneSteps,
  preparedSteps,
  seriesStart,
  withoutSteps,
} from '../../icalendar/editing/series-edit.ts';
import { splitSteps } from '../../icalendar/editing/series-split.ts';
import { type Instance, instances } from '../../icalendar/instances/instances.ts';
import { ruleOf } from '../../icalendar/instances/repeat.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { isRuleText } from '../../icalendar/rule-text.ts';
import { type DateTimeValue, instant } from '../../icalendar/time.ts';
import { parseDateTime } from '../../icalendar/value.ts';
import { ianaZone, utc, type Zone, zoneResolver } from '../../icalendar/zones/timezone.ts';
import { requireDeed, requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { inTurns } from '../pace.ts';
import { commit } from '../writing.ts';
import { recurrenceIdOf } from './drawn.ts';
import { addressesOfGuest, requireGuestChange } from './guests.ts';
import { newObject } from './indexing.ts';
import { acceptInTurns, requireShownWhole } from './object-rules.ts';
import { getObject } from './objects.ts';
import { parsedInTurns } from './parsed.ts';
import { sharedEtag } from './personal.ts';
import type { ShownObject } from './shown.ts';
import { moveObject } from './transfers.ts';
import type { UndoStep } from './undo.ts';

export type { EventChange } from '../../icalendar/editing/series-edit.ts';

export type Scope = 'one' | 'following' | 'all';

/** Which event, and which instance of it. */
export interface Target {
  readonly seen: SeenCalendar;
  readonly uid: string;
  readonly recurrenceId?: string | undefined;
  /** Reads days and floating times: the person's. */
  readonly zone: Zone;
}

/** An event as somebody sees it. */
export interface OpenEvent {
  readonly shown: ShownObject;
  readonly object: CalendarObject;
  /** The instance that was asked for, or else the first, if there is any. */
  readonly instance: Instance | undefined;
  readonly isSeries: boolean;
}

export interface Written {
  readonly calendar: CalendarId;
  readonly uid: string;
  /** `undefined`: the object is gone. */
  readonly etag: ETag | undefined;
  readonly recurrenceId: string | undefined;
  readonly undo: readonly UndoStep[];
}

export interface NewEvent extends Omit<EventChange, 'start' | 'end'> {
  readonly start: DateTimeValue;
  readonly end: DateTimeValue;
}

/** The event with this UID. Refuses `not-found` where there is none to see, or no such instance. */
export async function openEvent(services: Services, actor: Actor, target: Target): Promise<OpenEvent> {
  const { seen, uid, recurrenceId, zone } = target;
  const name = await nameOf(services, seen, uid);
  const shown = name === undefined ? undefined : await getObject(services, actor, seen, name);
  const object = shown && (await parsedInTurns(services, shown.etag, shown.bytes, zone));
  if (!object || object.kind !== 'VEVENT') throw new Refusal('not-found', 'there is no such event');
  const isSeries =
    object.overrides.length > 0 ||
    object.master?.first('RRULE') !== undefined ||
    object.master?.first('RDATE') !== undefined;
  if (recurrenceId === undefined) {
    const range = { start: instant(-Infinity), end: instant(Infinity) };
    const [first] = instances(object, range, { zone, maxInstances: 1 });
    return { shown, object, instance: first, isSeries };
  }
  const instance = isSeries ? instanceOf(object, recurrenceId, zone) : undefined;
  if (!instance) throw new Refusal('not-found', 'the series has no such instance');
  return { shown, object, instance, isSeries };
}

function instanceOf(object: CalendarObject, recurrenceId: string, zone: Zone): Instance | undefined {
  const value = parseDateTime(recurrenceId);
  return value && instanceAt(object, zoneResolver(object.timezones, zone).toInstant(value), zone);
}

/** Refuses a UID that is in use. Of two requests at once, the commit lets one through. */
async function requireFreeUid(services: Services, seen: SeenCalendar, uid: string): Promise<void> {
  // oxlint-disable-next-line no-control-regex -- those are what no text of a calendar may have
  if (uid.trim() !== uid || uid === '' || /[\u0000-\u001f\u007f]/.test(uid))
    throw new Refusal('malformed-request', `${JSON.stringify(uid.slice(0, 100))} cannot be a UID`);
  if ((await nameOf(services, seen, uid)) !== undefined)
    throw new Refusal('uid-in-use', 'an event of this calendar has this UID already');
}

async function nameOf(services: Services, seen: SeenCalendar, uid: string): Promise<string | undefined> {
  const query = { calendar: seen.calendar.id, select: { by: 'uids', uids: [uid] } } as const;
  for await (const page of services.storage.heads(query)) for (const { name } of page) return name;
  return undefined;
}

/** Adds an event, with this UID or one of our making. Refuses what a PUT would. */
export async function addEvent(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  event: NewEvent,
  givenUid?: string,
): Promise<Written> {
  requireLevel(seen.access, 'contribute');
  requireOrder(event.start, event.end);
  const ownUid = newUid(services);
  const uid = givenUid ?? ownUid;
  if (givenUid !== undefined) await requireFreeUid(services, seen, givenUid);
  const { title, location, description, repeat, reminders, busy, status, privacy, categories } = event;
  const zones = zoneResolver(new Map(), ianaZone(actor.principal.timeZone) ?? seenZone);
  const now = services.clock.now();
  const people = withOrganizer(actor, event);
  const fields: EventFields = {
    uid,
    stamp: now,
    created: now,
    lastModified: now,
    start: event.start,
    end: event.end,
    rule: ruleText(repeat, event.start, zones) ?? undefined,
    summary: filled(title),
    location: filled(location),
    description: filled(description),
    categories,
    status: status === undefined ? undefined : statusWords[status],
    transparency: busy === false ? 'TRANSPARENT' : undefined,
    accessClass: privacy === undefined || privacy === 'public' ? undefined : privacyWords[privacy],
    organizer: people.attendees && people.attendees.length > 0 ? people.organizer : undefined,
    attendees: people.attendees?.map(({ address, name }) => ({
      address,
      name: name === '' ? undefined : name,
      role: 'REQ-PARTICIPANT',
      status: 'NEEDS-ACTION',
      rsvp: true,
    })),
    alarmMinutes: reminders,
  };
  const composed = composeObject(fields);
  const bytes = event.links && event.links.length > 0 ? withLinks(services, composed, event.links) : composed;
  // A UID made up by others may not be a valid resource name.
  const name = encodeSegment(`${/^[\w.@-]{1,200}$/.test(uid) ? uid : ownUid}.ics`);
  const etag = await write(services, actor, [{ seen, name, bytes, expect: 'absent' }]);
  const calendar = seen.calendar.id;
  const undo = [{ calendar, name, before: undefined, after: etag[0] }];
  return { calendar, uid, etag: etag[0], recurrenceId: undefined, undo };
}

const statusWords = { confirmed: 'CONFIRMED', tentative: 'TENTATIVE', cancelled: 'CANCELLED' } as const;
const privacyWords = { public: 'PUBLIC', private: 'PRIVATE', confidential: 'CONFIDENTIAL' } as const;

/** The fallback zone of a resolver that is asked about zoned and UTC times only, so it never counts. */
const seenZone: Zone = utc;

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function withLinks(
  services: Services,
  bytes: Uint8Array,
  links: NonNullable<FieldChanges['links']>,
): Uint8Array {
  const object = parseObject(bytes);
  if (!object) throw new Error('a composed object cannot be read');
  return editedWhole(object, undefined, { links }, { zone: seenZone, now: services.clock.now() });
}

/**
 * Changes an event, or one, the following or all instances of a series. `expect` is the entity tag that the person saw.
 * Refuses `stale` when it has another by now.
 */
export async function changeEvent(
  services: Services,
  actor: Actor,
  target: Target,
  scope: Scope,
  change: EventChange,
  expect: ETag,
): Promise<Written> {
  const open = await forWriting(services, actor, target, expect);
  const { object, shown, isSeries } = open;
  const { zone } = target;
  const instance = target.recurrenceId === undefined ? undefined : open.instance;
  requireTimes(change, open);
  const context: EditContext = { zone, now: services.clock.now() };
  const full = withOrganizer(actor, checked(change));
  if (scope !== 'all' && isSeries) {
    if (!instance)
      throw new Refusal('malformed-request', `the scope ${scope} needs the instance that it is about`);
    if (scope === 'one') {
      if (full.repeat !== undefined)
        throw new Refusal('malformed-request', 'a single instance does not repeat');
      return await store(
        services,
        actor,
        target,
        shown,
        await inTurns(oneSteps(object, instance, full, context)),
      );
    }
    const uid = newUid(services);
    const { before, after } = await inTurns(splitSteps(object, instance, uid, context));
    if (before) {
      const rest = await inTurns(preparedSteps(after, zone));
      const first = rest && instanceAt(rest, instance.recurrenceId, zone);
      const edited = rest ? await inTurns(editSteps(rest, first, full, context)) : after;
      return await storeSplit(services, actor, target, shown, { before, uid, after: edited });
    }
  }
  const edited = await inTurns(editSteps(object, instance, full, context));
  return await store(services, actor, target, shown, edited);
}

/** Answers an invitation, for one instance of a series or for all. Refuses `malformed-request` to those who are not asked. */
export async function answerEvent(
  services: Services,
  actor: Actor,
  target: Target,
  answer: Answer,
  expect: ETag,
): Promise<Written> {
  const { object, shown, instance, isSeries } = await forWriting(services, actor, target, expect);
  const isOwn = await addressesOfGuest(services, actor, target.seen);
  const one = isSeries && target.recurrenceId !== undefined ? instance : undefined;
  const asked = one ? [one.component] : [object.master, ...object.overrides];
  if (!asked.some((component) => component && ownAnswer(component, isOwn) !== undefined))
    throw new Refusal('malformed-request', 'you are not invited to this event');
  const context: EditContext = { zone: target.zone, now: services.clock.now() };
  const edited = await inTurns(answerSteps(object, one, { answer, isOwn }, context));
  return await store(services, actor, target, shown, edited);
}

/** Removes an event, or one, the following or all instances of a series. */
export async function removeEvent(
  services: Services,
  actor: Actor,
  target: Target,
  scope: Scope,
  expect: ETag,
): Promise<Written> {
  const { object, shown, instance, isSeries } = await forWriting(services, actor, target, expect);
  const context: EditContext = { zone: target.zone, now: services.clock.now() };
  if (scope === 'all' || !isSeries) return await store(services, actor, target, shown, undefined);
  if (!instance || target.recurrenceId === undefined)
    throw new Refusal('malformed-request', `the scope ${scope} needs the instance that it is about`);
  const left =
    scope === 'one'
      ? await inTurns(withoutSteps(object, instance, context))
      : (await inTurns(splitSteps(object, instance, newUid(services), context))).before;
  return await store(services, actor, target, shown, left);
}

/** Moves an event with all its instances to another calendar. */
export async function moveEvent(
  services: Services,
  actor: Actor,
  target: Target,
  to: SeenCalendar,
  expect: ETag,
): Promise<Written> {
  const { shown } = await forWriting(services, actor, target, expect);
  const { name } = shown.head;
  const from = target.seen.calendar.id;
  const creator = await creatorOf(services, target.seen, target.uid);
  const moved = await moveObject(
    services,
    actor,
    target.seen,
    name,
    { seen: to, name, overwrite: false },
    { etag: shown.etag },
  );
  const calendar = to.calendar.id;
  const undo = [
    { calendar: from, name, before: shown.bytes, after: undefined, creator },
    { calendar, name, before: undefined, after: moved.etag },
  ];
  return { calendar, uid: target.uid, etag: moved.etag, recurrenceId: target.recurrenceId, undo };
}

/** The creator, so that an undo restores it too. */
async function creatorOf(
  { storage }: Services,
  { calendar }: SeenCalendar,
  uid: string,
): Promise<PrincipalId | null> {
  return (await storage.creators(calendar.id, [uid])).get(uid) ?? null;
}

async function forWriting(
  services: Services,
  actor: Actor,
  target: Target,
  expect: ETag,
): Promise<OpenEvent> {
  const { seen } = target;
  requireLevel(seen.access, 'contribute');
  const open = await openEvent(services, actor, target);
  await requireShownWhole(services, actor, seen, open.shown.head);
  if (open.shown.etag !== expect) throw new Refusal('stale', 'the event has been changed meanwhile');
  return open;
}

interface Write {
  readonly seen: SeenCalendar;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly expect: 'absent' | { readonly etag: ETag };
  /** The creator of a part that was split off: that of the whole series. */
  readonly creator?: PrincipalId | null;
}

/** Writes all steps or none. Returns the new entity tags. */
async function write(services: Services, actor: Actor, writes: readonly Write[]): Promise<readonly ETag[]> {
  const changes: Change[] = [];
  const etags: ETag[] = [];
  for (const { seen, name, bytes, expect, creator } of writes) {
    const accepted = await acceptInTurns(services, seen, bytes);
    await requireGuestChange(services, seen, name, accepted.object);
    const object = await newObject(services, seen.calendar, name, accepted.object, accepted.bytes);
    etags.push(object.etag);
    const change = { do: 'put', calendar: seen.calendar.id, object, expect } as const;
    changes.push(creator === undefined ? change : { ...change, creator });
  }
  await commit(services, actor, changes);
  return etags;
}

/** Stores the new bytes of an object, or deletes it where nothing is left. */
async function store(
  services: Services,
  actor: Actor,
  { seen, uid, recurrenceId }: Target,
  shown: ShownObject,
  bytes: Uint8Array | undefined,
): Promise<Written> {
  const { name } = shown.head;
  const calendar = seen.calendar.id;
  await requireDeed(services, actor, seen, shown.head, bytes ? 'change' : 'remove');
  const expect = { etag: await sharedEtag(services, actor, seen, name, shown.etag) };
  const creator = await creatorOf(services, seen, uid);
  let etag: ETag | undefined;
  if (bytes) [etag] = await write(services, actor, [{ seen, name, bytes, expect }]);
  else await commit(services, actor, [{ do: 'delete', calendar, name, expect }]);
  const undo = [{ calendar, name, before: shown.bytes, after: etag, creator }];
  return { calendar, uid, etag, recurrenceId, undo };
}

/** A series in two: the instances before the one that was changed, and the rest as an object of its own. */
interface Split {
  readonly before: Uint8Array;
  /** Of the second part. */
  readonly uid: string;
  readonly after: Uint8Array;
}

/** Stores both parts of a split series, or neither. Answers the second one. */
async function storeSplit(
  services: Services,
  actor: Actor,
  { seen, zone }: Target,
  shown: ShownObject,
  { before, uid, after }: Split,
): Promise<Written> {
  const { name } = shown.head;
  const newName = encodeSegment(`${uid}.ics`);
  await requireDeed(services, actor, seen, shown.head, 'change');
  const expect = { etag: await sharedEtag(services, actor, seen, name, shown.etag) };
  const creator = await creatorOf(services, seen, shown.head.uid);
  const [first, second] = await write(services, actor, [
    { seen, name, bytes: before, expect },
    { seen, name: newName, bytes: after, expect: 'absent', creator },
  ]);
  const calendar = seen.calendar.id;
  const undo = [
    { calendar, name, before: shown.bytes, after: first },
    { calendar, name: newName, before: undefined, after: second },
  ];
  const object = await inTurns(preparedSteps(after, zone));
  const range = { start: instant(-Infinity), end: instant(Infinity) };
  const [head] = object ? instances(object, range, { zone, maxInstances: 1 }) : [];
  const isSeries = object?.master?.first('RRULE') !== undefined;
  const recurrenceId = head && isSeries ? recurrenceIdOf(head) : undefined;
  return { calendar, uid, etag: second, recurrenceId, undo };
}

/** Refuses a start without an end, an end without a start, and an end before the start. */
function requireTimes(change: EventChange, { instance }: OpenEvent): void {
  const { start, end } = change;
  if ((start === undefined) !== (end === undefined) || (start && !instance))
    throw new Refusal('malformed-request', 'start and end change together');
  if (start && end) requireOrder(start, end);
}

/** Refuses an end before the start: error E08 of the page. */
function requireOrder(start: DateTimeValue, end: DateTimeValue): void {
  if ((start.kind === 'date') !== (end.kind === 'date'))
    throw new Refusal('malformed-request', 'start and end are both days or both times');
  const zones = zoneResolver(new Map(), seenZone);
  const lengthMs = zones.toInstant(end) - zones.toInstant(start);
  if (lengthMs < 0 || (start.kind === 'date' && lengthMs === 0))
    throw new Refusal('invalid-property', 'the end is before the start', { mistake: 'end-before-start' });
}

function checked(change: EventChange): EventChange {
  if (typeof change.repeat === 'string') requireRule(change.repeat);
  return change;
}

function requireRule(text: string): void {
  if (!isRuleText(text))
    throw new Refusal('invalid-property', `${JSON.stringify(text.slice(0, 100))} is no recurrence rule`);
}

function ruleText(
  repeat: EventChange['repeat'],
  start: DateTimeValue,
  zones: ReturnType<typeof zoneResolver>,
): string | undefined {
  if (repeat === undefined || repeat === null) return undefined;
  if (typeof repeat !== 'string') return ruleOf(repeat, seriesStart(start, zones));
  requireRule(repeat);
  return repeat;
}

/** Adds an organizer if guests are invited and there is none: the person at the page. */
function withOrganizer<Changes extends FieldChanges>(actor: Actor, changes: Changes): Changes {
  const [address] = actor.principal.addresses;
  if (!changes.attendees || changes.attendees.length === 0 || address === undefined) return changes;
  return { ...changes, organizer: { address, name: actor.principal.displayName } };
}

/** A random UID, which reveals nothing and is used nowhere else. */
function newUid(services: Services): string {
  return Buffer.from(services.random(16)).toString('hex');
}
