/** Calendar objects: read, write, delete, copy and move one (RFC 4791 §5.3.2, RFC 4918 §9). */

import type { ObjectHead, SeenCalendar } from '../core/calendar.ts';
import type { Expectation } from '../core/change-set.ts';
import type { ETag } from '../core/ids.ts';
import { decodeSegment, encodeSegment, isSegment } from '../core/name.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal, type RefusalCode } from '../core/refusal.ts';
import { type Accepted, acceptObject } from '../icalendar/repair.ts';
import type { ObjectRules, Precondition } from '../icalendar/validate.ts';
import { requireLevel } from './access.ts';
import type { Services } from './context.ts';
import { newObject } from './indexing.ts';
import { type ShownObject, seesEverything, show, whole } from './shown.ts';
import { changeSet, commit, commitRefusal } from './writing.ts';

/** What a client sends to be stored under a name. */
export interface PutRequest {
  /** Last path segment in its canonical encoded form (`encodeSegment`). */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly expect: Expectation;
  /** As sent, with parameters; absent where the protocol has none. */
  readonly contentType?: string;
}

/** What is known of an object right after it was stored, without reading it back. */
export type StoredHead = Pick<ObjectHead, 'name' | 'uid' | 'kind' | 'etag' | 'sizeBytes' | 'classification'>;

export interface PutResult {
  readonly created: boolean;
  /** Absent when the stored bytes are not the sent ones (RFC 4791 §5.3.4). `head.etag` is always there. */
  readonly etag: ETag | undefined;
  readonly head: StoredHead;
  /** It was stored for this person only: alarm state on a calendar they may read (clients.md, demand 4). */
  readonly personal: boolean;
}

export interface TransferResult {
  readonly created: boolean;
  readonly etag: ETag;
}

/** Where a copy or move goes. */
export interface Target {
  readonly seen: SeenCalendar;
  /** In canonical encoded form. */
  readonly name: string;
  /** False: refuse with `already-exists` when there is something of that name (RFC 4918 §10.6). */
  readonly overwrite: boolean;
}

/**
 * The object as this actor may see it: whole, or reduced, with their own alarm state on calendars they only read.
 * One point read for what is shown whole.
 */
export async function getObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
): Promise<ShownObject | undefined> {
  const object = await services.storage.object(seen.calendar.id, name, personOf(actor, seen));
  if (!object) return undefined;
  return seesEverything(seen) ? whole(object) : show(services, actor, seen, object);
}

/** The same without bytes, where they are not needed to know what is shown. */
export async function getHead(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
): Promise<ObjectHead | undefined> {
  if (!seesEverything(seen)) return (await getObject(services, actor, seen, name))?.head;
  return await services.storage.head(seen.calendar.id, name, personOf(actor, seen));
}

/**
 * Stores an object: validated, repaired where that is harmless, indexed, in one change set.
 *
 * Refuses with the preconditions of RFC 4791 §5.3.2.1; `uid-in-use` names the other object, `stale` is a failed
 * `expect`. On a calendar that the actor may only read, a change of nothing but alarm state is kept for them alone.
 */
export async function putObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  request: PutRequest,
): Promise<PutResult> {
  requireLevel(seen.access, 'edit');
  requireName(services, request.name);
  requireCalendarType(request.contentType);
  const accepted = accept(services, seen, request.bytes);
  const object = await newObject(services, seen.calendar, request.name, accepted.object, accepted.bytes);
  const result = await services.storage.commit(
    changeSet(actor, [{ do: 'put', calendar: seen.calendar.id, object, expect: request.expect }]),
  );
  if (!result.ok) throw commitRefusal(result);
  return {
    created: result.created[0] ?? false,
    etag: accepted.repaired ? undefined : object.etag,
    head: { ...object, sizeBytes: object.bytes.length },
    personal: false,
  };
}

/** Deletes an object; it goes to the trash of the calendar's owner. */
export async function deleteObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  expect: Exclude<Expectation, 'absent'> = 'present',
): Promise<void> {
  requireLevel(seen.access, 'edit');
  const result = await services.storage.commit(
    changeSet(actor, [{ do: 'delete', calendar: seen.calendar.id, name, expect }]),
  );
  if (result.ok) return;
  throw expect === 'present' && result.reason === 'stale' ? missing() : commitRefusal(result);
}

/** Copies an object; the copy is judged by the target's rules as if it were PUT there. Dead properties come along. */
export async function copyObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  target: Target,
): Promise<TransferResult> {
  requireLevel(target.seen.access, 'edit');
  const object = await getObject(services, actor, seen, name);
  if (!object) throw missing();
  const accepted = accept(services, target.seen, object.bytes);
  const copy = await newObject(services, target.seen.calendar, target.name, accepted.object, accepted.bytes);
  const created = await commit(services, actor, [
    {
      do: 'put',
      calendar: target.seen.calendar.id,
      object: copy,
      expect: target.overwrite ? 'anything' : 'absent',
    },
  ]);
  return { created: created[0] ?? false, etag: copy.etag };
}

/** Moves an object, in one transaction; it keeps its bytes and entity tag. `expect` concerns the source. */
export async function moveObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  target: Target,
  expect: Exclude<Expectation, 'absent'> = 'present',
): Promise<TransferResult> {
  requireLevel(seen.access, 'edit');
  requireLevel(target.seen.access, 'edit');
  requireName(services, target.name);
  const object = await services.storage.object(seen.calendar.id, name);
  if (!object) throw missing();
  accept(services, target.seen, object.bytes);
  const created = await commit(services, actor, [
    {
      do: 'move',
      from: seen.calendar.id,
      name,
      to: target.seen.calendar.id,
      newName: target.name,
      expect,
      overwrite: target.overwrite,
    },
  ]);
  return { created: created[0] ?? false, etag: object.etag };
}

/** What a calendar accepts, as it announces it (RFC 4791 §5.2.3 to §5.2.9). */
export function objectRules(services: Services, seen: Pick<SeenCalendar, 'calendar'>): ObjectRules {
  const { limits } = services;
  return {
    components: new Set(seen.calendar.components),
    maxAttendeesPerInstance: limits.maxAttendees,
    maxInstances: limits.maxInstances,
    minDateTime: limits.minDateTime,
    maxDateTime: limits.maxDateTime,
  };
}

/** Whose alarm state stands in for the shared bytes: that of somebody who may read, but not write. */
export function personOf(actor: Actor, seen: SeenCalendar): typeof actor.principal.id | undefined {
  return seen.access.rights === 'read' && !seen.isOwn ? actor.principal.id : undefined;
}

function accept(services: Services, seen: SeenCalendar, bytes: Uint8Array): Accepted {
  if (bytes.length > services.limits.maxObjectBytes) {
    throw new Refusal('too-large', `an object may have ${services.limits.maxObjectBytes} bytes`);
  }
  const result = acceptObject(bytes, objectRules(services, seen));
  if (result.ok) return result;
  const { precondition, message, line } = result.refused;
  throw new Refusal(refusals[precondition], message, line === undefined ? {} : { line });
}

const refusals: Readonly<Record<Precondition, RefusalCode>> = {
  'supported-calendar-data': 'unsupported-calendar-data',
  'valid-calendar-data': 'invalid-calendar-data',
  'valid-calendar-object-resource': 'invalid-calendar-object',
  'supported-calendar-component': 'unsupported-component',
  'max-attendees-per-instance': 'too-many-attendees',
  'max-instances': 'too-many-instances',
  'min-date-time': 'before-min-date',
  'max-date-time': 'after-max-date',
};

function requireName(services: Services, name: string): void {
  const decoded = decodeSegment(name);
  if (decoded === undefined || !isSegment(decoded, services.limits.maxNameBytes)) {
    throw new Refusal('bad-name', 'this is no name that a calendar object can have');
  }
  if (encodeSegment(decoded) !== name) throw new Refusal('bad-name', 'the name is not in canonical form');
}

/** Only iCalendar is stored. A body without a type, or of unknown type, is judged by its content. */
function requireCalendarType(contentType: string | undefined): void {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'text/calendar' || type === 'application/octet-stream') return;
  throw new Refusal('unsupported-calendar-data', 'calendar objects are text/calendar');
}

function missing(): Refusal {
  return new Refusal('not-found', 'there is no such object');
}
