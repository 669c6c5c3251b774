/**
 * May share further (portal.md 3.7): whoever reads a calendar that was shared with them by name makes a public link to it
 * only where the owner has ticked that. Those who manage it need no tick, nor does what everyone in the portal may see:
 * there "allow export" alone decides.
 *
 * The ticks are the owner's choice, kept among their preferences, a row for each calendar. A calendar that is handed over
 * starts without any.
 */
import { allows, everyone } from '../core/acl.ts';
import type { Calendar, SeenCalendar } from '../core/calendar.ts';
import type { PrincipalId } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { requireLevel } from './access.ts';
import type { Services } from './context.ts';
import { preferencesOf } from './preferences.ts';
import { commit } from './writing.ts';

/** People and groups that may share a calendar further; a bound on one row, not on grants. */
const maxTicks = 200;

export async function mayShareFurther(
  services: Services,
  actor: Actor,
  { calendar, access, isOwn }: SeenCalendar,
): Promise<boolean> {
  if (isOwn || access.isOwner || access.rights === 'manage' || calendar.ownerKind === 'company') return true;
  const open = await services.storage.grantedLevel(calendar.id, [everyone]);
  if (access.rights !== undefined && allows(open, access.rights)) return true;
  const ticked = await tickedFor(services, calendar);
  return [actor.principal.id, ...actor.groups].some((who) => ticked.has(who));
}

/** Refuses to make a public link, or to show one, for somebody who may only read. */
export async function requireShareFurther(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
): Promise<void> {
  if (await mayShareFurther(services, actor, seen)) return;
  throw new Refusal('export-forbidden', 'the owner has not allowed its readers to share it further');
}

/** Whom the owner has allowed to share a calendar further. */
export async function tickedFor(services: Services, calendar: Calendar): Promise<ReadonlySet<PrincipalId>> {
  const value = (await preferencesOf(services, calendar.owner)).get(keyOf(calendar));
  // Written by `setShareFurther`; whatever else stands there ticks nobody.
  const ids: readonly unknown[] = Array.isArray(value) ? value : [];
  return new Set(ids.filter((one): one is PrincipalId => Number.isSafeInteger(one)));
}

/** For those who manage the calendar. */
export async function setShareFurther(
  services: Services,
  actor: Actor,
  { calendar, access }: SeenCalendar,
  who: PrincipalId,
  may: boolean,
): Promise<void> {
  requireLevel(access, 'manage');
  const ticked = new Set(await tickedFor(services, calendar));
  if (ticked.has(who) === may) return;
  if (may) ticked.add(who);
  else ticked.delete(who);
  if (ticked.size > maxTicks)
    throw new Refusal('quota-exceeded', `at most ${maxTicks} people and groups may share a calendar further`);
  const value = ticked.size === 0 ? null : JSON.stringify([...ticked]);
  const { owner } = calendar;
  await commit(services, actor, [{ do: 'set-preference', principal: owner, key: keyOf(calendar), value }]);
}

function keyOf({ id }: Calendar): string {
  return `share-further.${id}`;
}
