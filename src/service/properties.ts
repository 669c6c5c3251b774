/** Dead properties: whatever a client wants to remember on a resource (RFC 4918 §4, clients.md W25). */
import type { Calendar, SeenCalendar } from '../core/calendar.ts';
import type { Change, PropertyHolder } from '../core/change-set.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { requireReach, requireWriting } from './access.ts';
import type { Services } from './context.ts';
import { commit } from './writing.ts';

/** Serialized elements by Clark name; null removes. */
export type PropertyPatch = ReadonlyMap<string, string | null>;

/** The dead properties of a calendar as one person meets it: on a foreign one their own stand over the owner's. */
export async function calendarProperties(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
): Promise<ReadonlyMap<string, string>> {
  const { calendar } = seen;
  const holder = { on: 'calendar', id: calendar.id } as const;
  let shared = sharedOf.get(calendar);
  if (!shared) {
    shared = await services.storage.properties({ ...holder, person: null });
    sharedOf.set(calendar, shared);
  }
  if (seen.isOwn) return shared;
  const own = await services.storage.properties({ ...holder, person: actor.principal.id });
  return new Map([...shared, ...own]);
}

/** Keyed by the calendar's value: a change of its properties moves its counter, and then the calendar is another value. */
const sharedOf = new WeakMap<Calendar, ReadonlyMap<string, string>>();

/** The dead properties of anything else. The caller has checked that the actor may read it. */
export async function properties(
  services: Services,
  holder: PropertyHolder,
): Promise<ReadonlyMap<string, string>> {
  return await services.storage.properties(holder);
}

/** Sets and removes dead properties of anything but a calendar, all or none. The caller has checked the right to. */
export async function patchProperties(
  services: Services,
  actor: Actor,
  holder: PropertyHolder,
  patch: PropertyPatch,
): Promise<void> {
  (holder.on === 'object' ? requireWriting : requireReach)(actor);
  await requireRoom(services, holder, patch);
  await commit(services, actor, propertyChanges(holder, patch));
}

/** The changes that a patch amounts to. */
export function propertyChanges(holder: PropertyHolder, patch: PropertyPatch | undefined): readonly Change[] {
  const changes: Change[] = [];
  for (const [name, xml] of patch ?? []) changes.push({ do: 'set-property', holder, name, xml });
  return changes;
}

/** Refuses when the resource would hold more than `limits.maxDeadPropertyBytes`. */
export async function requireRoom(
  services: Services,
  holder: PropertyHolder,
  patch: PropertyPatch,
): Promise<void> {
  let sizeBytes = 0;
  for (const [name, xml] of new Map<string, string | null>([
    ...(await services.storage.properties(holder)),
    ...patch,
  ])) {
    if (xml !== null) sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(xml);
  }
  if (sizeBytes <= services.limits.maxDeadPropertyBytes) return;
  throw new Refusal(
    'quota-exceeded',
    `all properties of one resource may have at most ${services.limits.maxDeadPropertyBytes} bytes`,
  );
}
