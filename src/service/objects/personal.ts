/**
 * Reminders on calendars that somebody may only read: dismissed and snoozed for that person alone (clients.md, demand 4).
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
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import { changeSet, commitRefusal, maxAttempts, overtaken } from '../writing.ts';
import { isPlain } from './indexing.ts';
import { acceptInTurns, requireShownWhole } from './object-rules.ts';

/** The actor may read this foreign calendar in full and not write to it, with a credential that may write. */
export function mayKeepAlarms(actor: Actor, seen: SeenCalendar): boolean {
  return seen.access.rights === 'read' && seen.level === 'read' && !seen.isOwn && actor.scope === 'write';
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
    if (!shared) throw readOnly('bind');
    await requireShownWhole(services, actor, seen, shared);
    const accepted = await acceptInTurns(services, seen, request.bytes);
    const before = parseObject(shared.bytes);
    if (!before || !differsOnlyInAlarmState(before, accepted.object)) throw readOnly('write-content');
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
    throw new Refusal('stale', 'it has been changed meanwhile');
  }
}

function readOnly(privilege: 'bind' | 'write-content'): Refusal {
  return new Refusal('need-privileges', 'you may only read this calendar', { privilege });
}
