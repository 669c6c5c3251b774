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
import type { Change } from '../core/change-set.ts';
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
  const before = await tickedFor(services, calendar);
  if (before.has(who) === may) return;
  if (!may) {
    await commit(services, actor, await withoutTicks(services, calendar, [who]));
    return;
  }
  const ticked = new Set(before).add(who);
  if (ticked.size > maxTicks)
    throw new Refusal('quota-exceeded', `at most ${maxTicks} people and groups may share a calendar further`);
  await commit(services, actor, [ticksOf(calendar, ticked)]);
}

/** What takes the ticks of these away: whoever loses access begins without one when they get it back. */
export async function withoutTicks(
  services: Services,
  calendar: Calendar,
  gone: readonly PrincipalId[],
): Promise<readonly Change[]> {
  const before = await tickedFor(services, calendar);
  const after = [...before].filter((who) => !gone.includes(who));
  return after.length === before.size ? [] : [ticksOf(calendar, new Set(after))];
}

function ticksOf(calendar: Calendar, ticked: ReadonlySet<PrincipalId>): Change {
  const value = ticked.size === 0 ? null : JSON.stringify([...ticked]);
  return { do: 'set-preference', principal: calendar.owner, key: keyOf(calendar), value };
}

function keyOf({ id }: Calendar): string {
  return `share-further.${id}`;
}
