/** Calendars: make, change, delete, move; favourites and grants. */
import { everyone, type Grant, type Level } from '../../core/acl.ts';
import type { Detail, ExportWindow, SeenCalendar } from '../../core/calendar.ts';
import type { CalendarPatch, Change, ViewPatch } from '../../core/change-set.ts';
import type { CalendarId, PrincipalId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { calendarById, operator, requireLevel, requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { followChanges } from '../objects/horizon.ts';
import { type PropertyPatch, propertyChanges, requireRoom } from '../properties.ts';
import { insisting } from '../undisturbed.ts';
import { commit } from '../writing.ts';
import {
  type CalendarTarget,
  defaultGrants,
  type NewCalendarValues,
  newCalendar,
  requireCalendarName,
  requireHome,
  targetChanges,
  zoneChanges,
} from './calendar-rows.ts';
import { withoutTicks } from './share-further.ts';

export { copyCalendar } from './calendar-copies.ts';
export {
  type CalendarTarget,
  defaultComponents,
  type NewCalendarValues,
} from './calendar-rows.ts';

/** Changes of a calendar. On a foreign one, name, colour, order and transparency are the person's own. */
export interface CalendarChanges {
  /** null: the name in the URL, on a foreign calendar the owner's name for it. */
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly color?: string | null;
  readonly order?: number | null;
  readonly timeZoneData?: string | null;
  readonly timeZone?: string | null;
  readonly transparent?: boolean | null;
  readonly exportDetail?: Detail;
  readonly exportWindow?: ExportWindow;
  /** Dead properties by Clark name; null removes. Those of a foreign calendar are the person's own. */
  readonly properties?: PropertyPatch;
}

/**
 * Makes a calendar: a person for themselves, an administrator for a group, room or the company.
 * Refuses `already-exists`, `bad-name`, `invalid-calendar-data` (the zone), `need-privileges`, `quota-exceeded`.
 */
export async function createCalendar(
  services: Services,
  actor: Actor,
  owner: Principal,
  values: NewCalendarValues,
): Promise<SeenCalendar> {
  requireHome(actor, owner);
  requireCalendarName(services, values.name);
  const owned = await services.storage.calendarsOf(owner.id);
  if (owned.length >= services.limits.maxCalendarsPerHome) {
    throw new Refusal(
      'quota-exceeded',
      `a home may have at most ${services.limits.maxCalendarsPerHome} calendars`,
    );
  }
  const id = services.ids<CalendarId>();
  const holder = { on: 'calendar', id, person: null } as const;
  if (values.properties) await requireRoom(services, holder, values.properties);
  await commit(services, actor, [
    { do: 'create-calendar', calendar: newCalendar(id, owner, values) },
    ...defaultGrants(id, owner),
    ...propertyChanges(holder, values.properties),
  ]);
  const seen = (await calendarById(services, actor, id)) ?? (await calendarById(services, operator(), id));
  if (!seen) throw new Refusal('busy', 'the calendar was deleted as soon as it was made');
  return seen;
}

/**
 * Changes a calendar: one's own for all who see it, a foreign one for oneself. Whoever manages a foreign calendar
 * changes its description, zone and export settings for all; others are refused those with `need-privileges`.
 * All of it or nothing.
 */
export async function patchCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  changes: CalendarChanges,
): Promise<void> {
  requireWriting(actor);
  const { calendar } = seen;
  const person = seen.isOwn ? null : actor.principal.id;
  const holder = { on: 'calendar', id: calendar.id, person } as const;
  if (changes.properties) await requireRoom(services, holder, changes.properties);
  const { view, shared } = seen.isOwn ? ownPatch(seen, changes) : foreignPatch(changes);
  const set: Change[] = [...propertyChanges(holder, changes.properties)];
  if (Object.keys(shared).length > 0) {
    requireLevel(seen.access, 'manage');
    if (shared.exportDetail !== undefined || shared.exportWindow !== undefined) requireOwner(seen);
    set.push({ do: 'patch-calendar', calendar: calendar.id, patch: shared });
  }
  if (Object.keys(view).length > 0) {
    set.push({ do: 'view', principal: actor.principal.id, calendar: calendar.id, patch: view });
  }
  if (set.length > 0) await commit(services, actor, set);
  if (shared.timeZone !== undefined || shared.timeZoneData !== undefined) {
    await followChanges(services, { calendar: calendar.id });
  }
}

/** DELETE on a calendar: one's own goes to the trash, a foreign one only out of the home (clients.md, demand 5). */
export async function deleteCalendar(services: Services, actor: Actor, seen: SeenCalendar): Promise<void> {
  requireWriting(actor);
  if (seen.isOwn) return await trashCalendar(services, actor, seen);
  await setView(services, actor, seen, { unsubscribed: true, favourite: false });
}

/** Puts a calendar with all that is in it into the trash. For those who manage it. */
export async function trashCalendar(services: Services, actor: Actor, seen: SeenCalendar): Promise<void> {
  requireLevel(seen.access, 'manage');
  await commit(services, actor, [{ do: 'delete-calendar', calendar: seen.calendar.id }]);
}

/** Renames a calendar of one's own; an administrator or the command line may hand it to another owner. */
export async function moveCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  target: CalendarTarget,
): Promise<{ readonly created: boolean }> {
  requireLevel(seen.access, 'manage');
  if (!seen.isOwn)
    throw new Refusal('need-privileges', 'only its owner can move a calendar', { privilege: 'unbind' });
  const { changes, existing } = await targetChanges(services, actor, seen.calendar.id, target);
  const { id, owner } = seen.calendar;
  const patch: CalendarPatch = {
    name: target.name.normalize('NFC'),
    ...(target.owner.id !== owner && { owner: target.owner.id }),
  };
  await commit(services, actor, [...changes, { do: 'patch-calendar', calendar: id, patch }]);
  if (patch.owner !== undefined) await followChanges(services, { calendar: id });
  return { created: !existing };
}

/** Switches "allow export". While it is off, only the devices of the calendar's owner or managers get the calendar. */
export async function setExportAllowed(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  allowed: boolean,
): Promise<void> {
  requireWriting(actor);
  requireOwner(seen);
  const patch = { exportAllowed: allowed };
  await commit(services, actor, [{ do: 'patch-calendar', calendar: seen.calendar.id, patch }]);
}

/** Adds a calendar to the actor's favourites, or removes it. Adding also undoes an earlier removal from the home. */
export async function setFavourite(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  favourite: boolean,
): Promise<void> {
  requireWriting(actor);
  await setView(services, actor, seen, favourite ? { favourite, unsubscribed: false } : { favourite });
}

/** Grants a level on a calendar, or takes it away (null). For those who manage it. */
export async function grant(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  grantee: PrincipalId | typeof everyone,
  level: Level | null,
): Promise<void> {
  await setGrants(services, actor, seen, [{ grantee, level }]);
}

/** Several grants at once, all or none. `everyone` can be given at most `edit`. */
export async function setGrants(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  grants: readonly { readonly grantee: PrincipalId | typeof everyone; readonly level: Level | null }[],
): Promise<void> {
  requireLevel(seen.access, 'manage');
  if (grants.some(({ grantee, level }) => grantee === everyone && level === 'manage')) {
    throw new Refusal('location-not-ok', 'not everyone can manage a calendar');
  }
  const calendar = seen.calendar.id;
  const gone = grants.flatMap(({ grantee, level }) =>
    level === null && grantee !== everyone ? [grantee] : [],
  );
  await insisting(async () => {
    await commit(services, actor, [
      ...grants.map(({ grantee, level }): Change => ({ do: 'grant', calendar, grantee, level })),
      ...(gone.length === 0 ? [] : await withoutTicks(services, seen.calendar, gone)),
    ]);
  });
}

/** The grants of a calendar. For those who manage it. */
export async function grantsOf(
  services: Services,
  _actor: Actor,
  seen: SeenCalendar,
): Promise<readonly Grant[]> {
  requireLevel(seen.access, 'manage');
  return await services.storage.grants(seen.calendar.id);
}

async function setView(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  patch: ViewPatch,
): Promise<void> {
  const principal = actor.principal.id;
  await commit(services, actor, [{ do: 'view', principal, calendar: seen.calendar.id, patch }]);
}

function requireOwner(seen: SeenCalendar): void {
  if (seen.access.isOwner) return;
  throw new Refusal('need-privileges', 'only the owner of the calendar decides about export', {
    privilege: 'all',
  });
}

interface Patches {
  readonly shared: CalendarPatch;
  readonly view: ViewPatch;
}

function ownPatch(seen: SeenCalendar, changes: CalendarChanges): Patches {
  const { properties: _, displayName, transparent, timeZone, timeZoneData, ...rest } = changes;
  return {
    view: {},
    shared: {
      ...rest,
      ...zoneChanges({ timeZone, timeZoneData }),
      ...(displayName !== undefined && { displayName: displayName ?? seen.calendar.name }),
      ...(transparent !== undefined && { transparent: transparent ?? false }),
    },
  };
}

function foreignPatch(changes: CalendarChanges): Patches {
  const { properties: _, displayName, color, order, transparent, timeZone, timeZoneData, ...rest } = changes;
  return {
    view: {
      ...(displayName !== undefined && { displayName }),
      ...(color !== undefined && { color }),
      ...(order !== undefined && { order }),
      ...(transparent !== undefined && { transparent }),
    },
    shared: { ...rest, ...zoneChanges({ timeZone, timeZoneData }) },
  };
}
