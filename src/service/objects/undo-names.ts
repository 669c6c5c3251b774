/**
 * Writes that can be taken back, by a name that only their person knows: for ten minutes, and also after a restart of the
 * server. What stood there before lies in the table of codes.
 */
import { type CalendarId, etag, id, type PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { issueCode, randomCode, readCode, useCode } from '../codes.ts';
import type { Services } from '../context.ts';
import type { UndoStep } from './undo.ts';

const undoMs = 10 * 60_000;

/** Larger writes cannot be undone; a deleted object is still in the trash. */
const maxUndoBytes = 4 * 1024 * 1024;

/** `[calendar, name, base64 of what was there, entity tag of what is, who had made it]`; before schema 11 without the last. */
type WrittenStep = readonly [number, string, string | null, string | null, (number | null)?];

/** Stores the steps and returns their name. */
export async function keepUndo(
  services: Services,
  actor: Actor,
  steps: readonly UndoStep[],
): Promise<string> {
  const sizeBytes = steps.reduce((sum, { before }) => sum + (before?.length ?? 0), 0);
  if (sizeBytes > maxUndoBytes) return randomCode(services);
  const payload = JSON.stringify(steps.map(written));
  const { code } = await issueCode(services, {
    purpose: 'undo',
    principal: actor.principal.id,
    payload,
    lifeMs: undoMs,
  });
  return code;
}

/** The steps behind a name, once. Refuses `not-found` for names that are used, old, or somebody else's. */
export async function takeUndo(services: Services, actor: Actor, name: string): Promise<readonly UndoStep[]> {
  const found = await readCode(services, 'undo', name);
  if (found?.principal !== actor.principal.id)
    throw new Refusal('not-found', 'this cannot be taken back any more');
  await useCode(services, 'undo', name);
  // It was written by `keepUndo`, by nobody else.
  const steps: readonly WrittenStep[] = JSON.parse(found.payload);
  return steps.map(([calendar, objectName, before, after, creator = null]) => ({
    calendar: id<CalendarId>(calendar),
    name: objectName,
    before: before === null ? undefined : Buffer.from(before, 'base64'),
    after: after === null ? undefined : etag(after),
    creator: creator === null ? null : id<PrincipalId>(creator),
  }));
}

function written({ calendar, name, before, after, creator }: UndoStep): WrittenStep {
  const bytes = before ? Buffer.from(before).toString('base64') : null;
  return [calendar, name, bytes, after ?? null, creator ?? null];
}
