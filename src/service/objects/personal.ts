/**
 * Reminders of objects that somebody may only read: dismissed and snoozed for that person alone (clients.md, demand 4).
 *
 * The client PUTs the whole event with nothing changed but the state of its alarms. What it sent is kept as that person's
 * own copy, which stands in for the shared object until the shared object changes.
 */
import type { NewObject, SeenCalendar } from '../../core/calendar.ts';
import type { Expectation } from '../../core/change-set.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { differsOnlyInAlarmState } from '../../icalendar/editing/alarm-state.ts';
import { parseObject } from '../../icalendar/object.ts';
import { mayDo, notTheirs, readOnlyCalendar } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import { changeSet, commitRefusal, maxAttempts, overtaken } from '../writing.ts';
import { isPlain } from './indexing.ts';
import { acceptInTurns, personOf, requireShownWhole } from './object-rules.ts';

/** The actor may read this foreign calendar in full and not write all that is in it, with a credential that may write. */
export function mayKeepAlarms(actor: Actor, seen: SeenCalendar): boolean {
  const { rights } = seen.access;
  const readsOnly = rights === 'read' || rights === 'contribute';
  return readsOnly && seen.level === rights && !seen.isOwn && actor.scope === 'write';
}

/** Whether the actor may change only the alarm state of the object with this name, and that for themselves. */
export async function keepsAlarmsOnly(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
): Promise<boolean> {
  if (!mayKeepAlarms(actor, seen)) return false;
  if (!seen.access.canWrite) return true;
  const there = await services.storage.head(seen.calendar.id, name);
  return there !== undefined && !(await mayDo(services, actor, seen, there, 'change'));
}

/** The entity tag of the shared object where the actor sees a copy of their own over it, from when they could only read it. */
export async function sharedEtag(
  { storage }: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  etag: ETag,
): Promise<ETag> {
  const person = personOf(actor, seen);
  if (person === undefined) return etag;
  const [shared, own] = await Promise.all([
    storage.head(seen.calendar.id, name),
    storage.head(seen.calendar.id, name, person),
  ]);
  return shared && own?.etag === etag ? shared.etag : etag;
}

/** Keeps the alarm state of one object for the actor. Refuses `need-privileges` when anything else differs. */
export async function putAlarms(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  request: { readonly name: string; readonly bytes: Uint8Array; readonly expect: Expectation },
): Promise<{
  readonly etag: ETag | undefined;
  readonly head: Pick<NewObject, 'name' | 'uid' | 'kind' | 'etag' | 'classification'>;
}> {
  const calendar = seen.calendar.id;
  const principal = actor.principal.id;
  for (let attempt = 1; ; attempt++) {
    const shared = await services.storage.object(calendar, request.name);
    if (!shared) throw readOnlyCalendar('bind');
    await requireShownWhole(services, actor, seen, shared);
    const accepted = await acceptInTurns(services, seen, request.bytes);
    const before = parseObject(shared.bytes);
    if (!before || !differsOnlyInAlarmState(before, accepted.object))
      throw seen.access.canWrite ? notTheirs(seen, shared, 'change') : readOnlyCalendar('write-content');
    const shown = await services.storage.head(calendar, request.name, principal);
    requireExpected(request.expect, shown?.etag);
    const etag = etagOf(accepted.bytes);
    const copy =
      etag === shared.etag ? null : { etag, bytes: accepted.bytes, plain: isPlain(accepted.bytes) };
    const result = await services.storage.commit(
      changeSet(actor, [{ do: 'personal-copy', principal, object: shared.id, over: shared.etag, copy }]),
    );
    if (result.ok) return { etag: accepted.repaired ? undefined : etag, head: { ...shared, etag } };
    if (result.reason !== 'stale' && result.reason !== 'missing') throw commitRefusal(result);
    if (attempt === maxAttempts) throw overtaken();
  }
}

function requireExpected(expect: Expectation, etag: ETag | undefined): void {
  if (expect === 'absent' || (typeof expect === 'object' && expect.etag !== etag)) {
    throw new Refusal('stale', 'the object has been changed meanwhile');
  }
}
