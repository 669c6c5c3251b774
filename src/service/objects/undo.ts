/** Taking a write back: what stood there before is put in its place, if nothing has changed since. */
import type { Change } from '../../core/change-set.ts';
import type { CalendarId, ETag, PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { calendarById, requireDeed, requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { newObject } from './indexing.ts';
import { acceptInTurns } from './object-rules.ts';

/** One object before and after a write; the bytes as they were. */
export interface UndoStep {
  readonly calendar: CalendarId;
  readonly name: string;
  readonly before: Uint8Array | undefined;
  readonly after: ETag | undefined;
  /** Who had made what stood there. */
  readonly creator?: PrincipalId | null;
}

/** Takes a write back, in one transaction. Refuses `stale` when anything of it has changed since. */
export async function undoWrite(services: Services, actor: Actor, steps: readonly UndoStep[]): Promise<void> {
  const changes: Change[] = [];
  for (const { calendar, name, before, after, creator = null } of steps) {
    const seen = await calendarById(services, actor, calendar);
    if (!seen) throw new Refusal('not-found', 'there is no such calendar');
    requireLevel(seen.access, 'contribute');
    const there = after && (await services.storage.head(calendar, name));
    // Removing what the write itself has made needs no right to delete: it is still as the write left it.
    if (there) await requireDeed(services, actor, seen, there, 'change');
    if (before) {
      const { object, bytes } = await acceptInTurns(services, seen, before);
      const stored = await newObject(services, seen.calendar, name, object, bytes);
      const expect = after ? { etag: after } : 'absent';
      changes.push({ do: 'put', calendar, object: stored, expect, creator });
    } else if (after) changes.unshift({ do: 'delete', calendar, name, expect: { etag: after } });
  }
  await commit(services, actor, changes);
}
