/**
 * The permission to share further (portal.md 3.7): somebody with whom a calendar was shared by name can make a public link to
 * it only if the owner has ticked that. Those who manage it need no tick; for what everyone in the portal may see,
 * "allow export" alone decides.
 *
 * The ticks are the owner's choice, kept among their preferences, a row for each calendar. A calendar that is handed over
 * starts without any.
 */
import { allows, everyone } from '../../core/acl.ts';
import type { Calendar, SeenCalendar } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { insisting } from '../undisturbed.ts';
import { commit } from '../writing.ts';

/** People and groups that may share a calendar further; a bound on one row, not on grants. */
const maxTicks = 200;

/**
 * Whether the actor may share this calendar further: they manage it, everyone sees as much as they do, or the owner has
 * ticked them.
 */
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

/** Refuses to make or show a public link for somebody who may not share the calendar further. */
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
  return (await ticksIn(services, calendar)).ticked;
}

/** Ticks or unticks somebody. For those who manage the calendar. Two changes at once do not undo each other. */
export async function setShareFurther(
  services: Services,
  actor: Actor,
  { calendar, access }: SeenCalendar,
  who: PrincipalId,
  may: boolean,
): Promise<void> {
  requireLevel(access, 'manage');
  await insisting(async () => {
    const before = await ticksIn(services, calendar);
    const ticked = new Set(before.ticked);
    if (may) ticked.add(who);
    else ticked.delete(who);
    if (ticked.size === before.ticked.size) return;
    if (may && ticked.size > maxTicks)
      throw new Refusal(
        'quota-exceeded',
        `at most ${maxTicks} people and groups may share a calendar further`,
      );
    await commit(services, actor, [ticksOf(calendar, ticked, before)]);
  });
}

/**
 * The changes that take ticks away from people who lose access, so that they begin without one when they get it back. The
 * change set with them is refused as `stale` if somebody has changed the ticks meanwhile.
 */
export async function withoutTicks(
  services: Services,
  calendar: Calendar,
  gone: readonly PrincipalId[],
): Promise<readonly Change[]> {
  const before = await ticksIn(services, calendar);
  const after = [...before.ticked].filter((who) => !gone.includes(who));
  return after.length === before.ticked.size ? [] : [ticksOf(calendar, new Set(after), before)];
}

interface Ticks {
  readonly ticked: ReadonlySet<PrincipalId>;
  /** The stored value. */
  readonly text: string | null;
}

async function ticksIn({ storage }: Services, calendar: Calendar): Promise<Ticks> {
  const text = (await storage.preferences(calendar.owner)).get(keyOf(calendar)) ?? null;
  // Written by `setShareFurther`; whatever else stands there ticks nobody.
  const ids: unknown = text === null ? [] : JSON.parse(text);
  const known: readonly unknown[] = Array.isArray(ids) ? ids : [];
  return { ticked: new Set(known.filter((one): one is PrincipalId => Number.isSafeInteger(one))), text };
}

function ticksOf(calendar: Calendar, ticked: ReadonlySet<PrincipalId>, before: Ticks): Change {
  const value = ticked.size === 0 ? null : JSON.stringify([...ticked]);
  return {
    do: 'set-preference',
    principal: calendar.owner,
    key: keyOf(calendar),
    value,
    expect: before.text,
  };
}

function keyOf({ id }: Calendar): string {
  return `share-further.${id}`;
}
