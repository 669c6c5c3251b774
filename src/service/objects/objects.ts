/** Calendar objects: read, write and delete one (RFC 4791 §5.3.2, RFC 4918 §9). Copies and moves are in transfers.ts. */

import type { Deed } from '../../core/acl.ts';
import type { NewObject, ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { Expectation } from '../../core/change-set.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { stepBytes } from '../../icalendar/steps.ts';
import { requireDeed, requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { changeSet, commitRefusal, maxAttempts, overtaken } from '../writing.ts';
import { requireGuestChange } from './guests.ts';
import { newObject } from './indexing.ts';
import {
  accept,
  acceptInTurns,
  personOf,
  requireCalendarType,
  requireObjectName,
  requireShownWhole,
} from './object-rules.ts';
import { keepsAlarmsOnly, mayKeepAlarms, putAlarms, sharedEtag } from './personal.ts';
import { ownHidden, type ShownObject, seesEverything, show, showHeads, whole } from './shown.ts';

/** What a client sends to be stored under a name. */
export interface PutRequest {
  /** Last path segment in its canonical encoded form (`encodeSegment`). */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly expect: Expectation;
  /** As sent, with parameters; absent where the protocol has none. */
  readonly contentType?: string;
}

/** What is known about an object right after it was stored, without reading it back. */
export type StoredHead = Pick<NewObject, 'name' | 'uid' | 'kind' | 'etag' | 'classification'>;

export interface PutResult {
  readonly created: boolean;
  /** Absent when the stored bytes are not the sent ones (RFC 4791 §5.3.4). `head.etag` is always there. */
  readonly etag: ETag | undefined;
  readonly head: StoredHead;
  /** It was stored for this person only: alarm state on a calendar that they may only read (clients.md, demand 4). */
  readonly personal: boolean;
}

/**
 * The object as this actor may see it: whole, or reduced, with their own alarm state on calendars they only read.
 * One point read.
 */
export async function getObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
): Promise<ShownObject | undefined> {
  const object = await services.storage.object(seen.calendar.id, name, personOf(actor, seen));
  if (!object) return undefined;
  if (seesEverything(seen)) return whole(object);
  return await show(services, actor, seen, object, await ownHidden(services, actor, seen, [object]));
}

/** `getObject` for the head alone; bytes are read only if they decide what is shown. */
export async function getHead(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
): Promise<ObjectHead | undefined> {
  const head = await services.storage.head(seen.calendar.id, name, personOf(actor, seen));
  if (!head || seesEverything(seen)) return head;
  return (await showHeads(services, actor, seen, [head]))[0];
}

/**
 * Stores an object: validated, repaired where that is harmless, indexed, in one change set.
 *
 * Refuses with the preconditions of RFC 4791 §5.3.2.1; `uid-in-use` names the other object, or this one where its UID is
 * another; `stale` is a failed `expect`. Of what the actor may only read, a change of nothing but alarm state is kept for
 * them alone.
 */
export async function putObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  request: PutRequest,
): Promise<PutResult> {
  requireLevel(seen.access, mayKeepAlarms(actor, seen) ? 'read' : 'contribute');
  requireObjectName(services, request.name);
  requireCalendarType(request.contentType);
  if (await keepsAlarmsOnly(services, actor, seen, request.name)) {
    const { etag, head } = await putAlarms(services, actor, seen, request);
    return { created: false, etag, head, personal: true };
  }
  const { bytes } = request;
  const accepted =
    bytes.length > stepBytes ? await acceptInTurns(services, seen, bytes) : accept(services, seen, bytes);
  await requireGuestChange(services, seen, request.name, accepted.object);
  const object = await newObject(services, seen.calendar, request.name, accepted.object, accepted.bytes);
  const created = await write(services, actor, seen, request.name, request.expect, (expect) => ({
    do: 'put',
    calendar: seen.calendar.id,
    object,
    expect,
    keepsUid: true,
  }));
  return { created, etag: accepted.repaired ? undefined : object.etag, head: object, personal: false };
}

/** Deletes an object; it goes to the trash of the calendar's owner. Refuses `not-found`, `stale`, `need-privileges`. */
export async function deleteObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  expect: Exclude<Expectation, 'absent'> = 'present',
): Promise<void> {
  requireLevel(seen.access, 'contribute');
  await write(services, actor, seen, name, expect === 'anything' ? 'present' : expect, (now) => ({
    do: 'delete',
    calendar: seen.calendar.id,
    name,
    expect: now,
  }));
}

type ObjectChange = Extract<Parameters<typeof changeSet>[1][number], { readonly do: 'put' | 'delete' }>;

/**
 * Commits one change of an object and answers whether it made it.
 *
 * Those who see everything write blindly: the storage checks what they expect. For others the object that stands there is
 * looked at first, and the change holds only if it still stands there; when it does not, it is looked at again.
 */
async function write(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  expect: Expectation,
  change: (expect: Expectation) => ObjectChange,
): Promise<boolean> {
  const blind = seesEverything(seen);
  for (let attempt = 1; ; attempt++) {
    const deed = change(expect).do === 'delete' ? 'remove' : 'change';
    const expected = blind ? expect : await looked(services, actor, seen, { name, expect, deed });
    const result = await services.storage.commit(changeSet(actor, [change(expected)]));
    if (result.ok) return result.created[0] ?? false;
    if (result.reason !== 'stale') throw commitRefusal(result);
    const wanted = deed === 'remove' && expect === 'present';
    if (wanted && (await isMissing(services, seen, name))) throw missing();
    if (expected === expect) throw commitRefusal(result);
    if (attempt === maxAttempts) throw overtaken();
    services.log({ event: 'write-retried', calendar: seen.calendar.id, attempt });
  }
}

/** The expectation after looking at an object: it must still be as it was seen, or still be absent. */
async function looked(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { name, expect, deed }: { readonly name: string; readonly expect: Expectation; readonly deed: Deed },
): Promise<Expectation> {
  if (expect === 'absent') return expect;
  const head = await services.storage.head(seen.calendar.id, name);
  if (!head) return expect === 'anything' ? 'absent' : expect;
  await requireShownWhole(services, actor, seen, head);
  await requireDeed(services, actor, seen, head, deed);
  if (typeof expect !== 'object') return { etag: head.etag };
  const etag = await sharedEtag(services, actor, seen, name, expect.etag);
  return etag === expect.etag ? expect : { etag };
}

async function isMissing(services: Services, seen: SeenCalendar, name: string): Promise<boolean> {
  return (await services.storage.head(seen.calendar.id, name)) === undefined;
}

function missing(): Refusal {
  return new Refusal('not-found', 'there is no such object');
}
