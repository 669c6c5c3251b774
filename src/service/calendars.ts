/** Calendars: make, change, delete, move, copy; favourites and grants. */
import { everyone, type Grant, type Level } from '../core/acl.ts';
import type { Calendar, ComponentName, Detail, ExportWindow, SeenCalendar } from '../core/calendar.ts';
import type { CalendarPatch, Change, ViewPatch } from '../core/change-set.ts';
import { type CalendarId, id, type PrincipalId } from '../core/ids.ts';
import { isSegment } from '../core/name.ts';
import type { Actor, Principal } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import {
  calendarById,
  isOperator,
  isSharedName,
  requireLevel,
  requireSelf,
  requireWriting,
} from './access.ts';
import type { Services } from './context.ts';
import { type PropertyPatch, propertyChanges } from './properties.ts';
import { commit } from './writing.ts';

/** What may be said of a new calendar; everything left out has a sensible value. */
export interface NewCalendarValues {
  /** Last path segment, decoded. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string | null;
  readonly color?: string | null;
  readonly order?: number | null;
  readonly timeZoneData?: string | null;
  /** IANA name. */
  readonly timeZone?: string | null;
  /** Absent: VEVENT, VTODO, VJOURNAL and VFREEBUSY (caldav.md 1, priority 4). */
  readonly components?: readonly ComponentName[];
  readonly transparent?: boolean;
  readonly exportAllowed?: boolean;
  /** Dead properties, written in the same transaction. */
  readonly properties?: PropertyPatch;
}

/** Changes of a calendar. On a foreign one, name, colour, order and transparency are the person's own. */
export interface CalendarChanges {
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

/** Where a calendar is moved or copied to. */
export interface CalendarTarget {
  readonly owner: Principal;
  /** Decoded. */
  readonly name: string;
  readonly overwrite: boolean;
}

/**
 * Makes a calendar for a person (themselves), or for a group, room or the company (their managers and administrators).
 * Refuses `already-exists`, `bad-name`, `location-not-ok`, `need-privileges`, `quota-exceeded`.
 */
export async function createCalendar(
  services: Services,
  actor: Actor,
  owner: Principal,
  values: NewCalendarValues,
): Promise<SeenCalendar> {
  requireSelf(actor, owner);
  requireCalendarName(services, values.name);
  const calendar = services.ids<CalendarId>();
  const changes: Change[] = [
    {
      do: 'create-calendar',
      calendar: {
        id: calendar,
        owner: owner.id,
        name: values.name,
        displayName: values.displayName ?? values.name,
        description: values.description ?? null,
        color: values.color ?? null,
        order: values.order ?? null,
        timeZoneData: values.timeZoneData ?? null,
        timeZone: values.timeZone ?? null,
        components: values.components ?? defaultComponents,
        transparent: values.transparent ?? false,
        exportAllowed: values.exportAllowed ?? true,
      },
    },
    ...propertyChanges({ on: 'calendar', id: calendar, person: null }, values.properties),
  ];
  await commit(services, actor, changes);
  const seen = await calendarById(services, actor, calendar);
  if (!seen) throw new Refusal('need-privileges', 'the calendar was made, but you may not see it');
  return seen;
}

/** A calendar made without a set of components takes all that are stored (RFC 4791 §5.2.3). */
export const defaultComponents: readonly ComponentName[] = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY'];

/**
 * Changes a calendar: one's own for all who see it, a foreign one for oneself. Whoever manages a foreign calendar
 * changes its description, zone and export settings for all; others are refused those with `need-privileges`.
 */
export async function patchCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  changes: CalendarChanges,
): Promise<void> {
  requireWriting(actor);
  const set = seen.isOwn ? ownChanges(actor, seen, changes) : foreignChanges(actor, seen, changes);
  if (set.length > 0) await commit(services, actor, set);
}

/** DELETE on a calendar: one's own goes to the trash, a foreign one only out of the home (clients.md, demand 5). */
export async function deleteCalendar(services: Services, actor: Actor, seen: SeenCalendar): Promise<void> {
  requireWriting(actor);
  if (seen.isOwn) return await trashCalendar(services, actor, seen);
  const patch: ViewPatch = { unsubscribed: true, favourite: false };
  await commit(services, actor, [
    { do: 'view', principal: actor.principal.id, calendar: seen.calendar.id, patch },
  ]);
}

/** Puts a calendar with all that is in it into the trash. For those who manage it. */
export async function trashCalendar(services: Services, actor: Actor, seen: SeenCalendar): Promise<void> {
  requireLevel(seen.access, 'manage');
  await commit(services, actor, [{ do: 'delete-calendar', calendar: seen.calendar.id }]);
}

/** Renames a calendar, or hands it to another owner (then for administrators only). Answers whether the name was free. */
export async function moveCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  target: CalendarTarget,
): Promise<{ readonly created: boolean }> {
  requireLevel(seen.access, 'manage');
  requireSelf(actor, target.owner);
  requireCalendarName(services, target.name);
  const { calendar } = seen;
  const moved: CalendarPatch = {
    name: target.name,
    ...(target.owner.id !== calendar.owner && { owner: target.owner.id }),
  };
  const { existing, changes } = await clear(services, actor, target, calendar.id);
  await commit(services, actor, [...changes, { do: 'patch-calendar', calendar: calendar.id, patch: moved }]);
  return { created: !existing };
}

/** Copies a calendar with its objects and dead properties. What the actor sees reduced is left out. */
export async function copyCalendar(
  _services: Services,
  _actor: Actor,
  seen: SeenCalendar,
  _target: CalendarTarget,
): Promise<{ readonly created: boolean }> {
  requireLevel(seen.access, 'read');
  throw new Refusal('not-implemented', 'calendars cannot be copied yet');
}

/** "Allow export": off, and the calendar leaves the portal to nobody but its owner's or managers' own devices. */
export async function setExportAllowed(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  allowed: boolean,
): Promise<void> {
  requireOwner(seen);
  requireWriting(actor);
  await commit(services, actor, [
    { do: 'patch-calendar', calendar: seen.calendar.id, patch: { exportAllowed: allowed } },
  ]);
}

/** Keeps a foreign calendar in the actor's list, or no longer. Keeping it also undoes an earlier "take it out". */
export async function setFavourite(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  favourite: boolean,
): Promise<void> {
  requireWriting(actor);
  const patch: ViewPatch = favourite ? { favourite, unsubscribed: false } : { favourite };
  await commit(services, actor, [
    { do: 'view', principal: actor.principal.id, calendar: seen.calendar.id, patch },
  ]);
}

/** Grants a level on a calendar, or takes it away (null). For those who manage it. */
export async function grant(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  grantee: PrincipalId | typeof everyone,
  level: Level | null,
): Promise<void> {
  requireLevel(seen.access, 'manage');
  await commit(services, actor, [{ do: 'grant', calendar: seen.calendar.id, grantee, level }]);
}

/** Who has which level by name. For those who manage the calendar. */
export async function grantsOf(
  services: Services,
  _actor: Actor,
  seen: SeenCalendar,
): Promise<readonly Grant[]> {
  requireLevel(seen.access, 'manage');
  return await services.storage.grants(seen.calendar.id);
}

function requireOwner(seen: SeenCalendar): void {
  if (seen.access.isOwner) return;
  throw new Refusal('need-privileges', 'only the owner of the calendar decides about export', {
    privilege: 'all',
  });
}

function requireCalendarName(services: Services, name: string): void {
  if (!isSegment(name, services.limits.maxNameBytes) || isSharedName(name)) {
    throw new Refusal('bad-name', 'this is no name that a calendar can have');
  }
}

async function clear(
  services: Services,
  actor: Actor,
  target: CalendarTarget,
  source: CalendarId,
): Promise<{ readonly existing: Calendar | undefined; readonly changes: readonly Change[] }> {
  const existing = await services.storage.calendarByName(target.owner.id, target.name);
  if (!existing || existing.id === source) return { existing: undefined, changes: [] };
  if (!target.overwrite) throw new Refusal('already-exists', 'there is a calendar of that name');
  const seen = await calendarById(services, actor, existing.id);
  if (!seen) throw new Refusal('need-privileges', 'the calendar of that name is not yours');
  requireLevel(seen.access, 'manage');
  return { existing, changes: [{ do: 'delete-calendar', calendar: id(existing.id) }] };
}

function ownChanges(_actor: Actor, seen: SeenCalendar, changes: CalendarChanges): readonly Change[] {
  requireLevel(seen.access, 'manage');
  const { properties, displayName, transparent, ...rest } = changes;
  const patch: CalendarPatch = {
    ...rest,
    ...(displayName !== undefined && { displayName: displayName ?? seen.calendar.name }),
    ...(transparent !== undefined && { transparent: transparent ?? false }),
  };
  const set: Change[] = [];
  if (Object.keys(patch).length > 0) set.push({ do: 'patch-calendar', calendar: seen.calendar.id, patch });
  return [...set, ...propertyChanges({ on: 'calendar', id: seen.calendar.id, person: null }, properties)];
}

function foreignChanges(actor: Actor, seen: SeenCalendar, changes: CalendarChanges): readonly Change[] {
  const { properties, displayName, color, order, transparent, ...shared } = changes;
  const calendar = seen.calendar.id;
  const view: ViewPatch = {
    ...(displayName !== undefined && { displayName }),
    ...(color !== undefined && { color }),
    ...(order !== undefined && { order }),
    ...(transparent !== undefined && { transparent }),
  };
  const person = isOperator(actor) ? null : actor.principal.id;
  const set: Change[] = [];
  if (Object.keys(view).length > 0)
    set.push({ do: 'view', principal: actor.principal.id, calendar, patch: view });
  if (Object.keys(shared).length > 0) {
    requireLevel(seen.access, 'manage');
    set.push({ do: 'patch-calendar', calendar, patch: shared });
  }
  return [...set, ...propertyChanges({ on: 'calendar', id: calendar, person }, properties)];
}
