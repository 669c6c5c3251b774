/** What every new calendar has in common, and where calendars may be made. */
import { everyone, type Level } from '../../core/acl.ts';
import type { Calendar, ComponentName } from '../../core/calendar.ts';
import type { CalendarPatch, Change, NewCalendar } from '../../core/change-set.ts';
import type { CalendarId } from '../../core/ids.ts';
import { isSegment } from '../../core/name.ts';
import type { Actor, Principal, PrincipalKind } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { isOperator, isSharedName, requireAdministrator, requireReach } from '../access.ts';
import type { Services } from '../context.ts';
import { ianaZoneName, zoneNameOf } from '../objects/zones.ts';
import type { PropertyPatch } from '../properties.ts';

/** The values of a new calendar; each that is left out has a sensible default. */
export interface NewCalendarValues {
  /** Last path segment, decoded. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string | null;
  readonly color?: string | null;
  readonly order?: number | null;
  /** `CALDAV:calendar-timezone`; its zone's name is found in it. */
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

/** Where a calendar is moved or copied to. */
export interface CalendarTarget {
  readonly owner: Principal;
  /** Decoded. */
  readonly name: string;
  /** False: refuse with `stale` when there is a calendar of that name (RFC 4918 §10.6). */
  readonly overwrite: boolean;
}

/** A calendar made without a set of components takes all that are stored (RFC 4791 §5.2.3). */
export const defaultComponents: readonly ComponentName[] = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY'];

/** The row of a new calendar. */
export function newCalendar(id: CalendarId, owner: Principal, values: NewCalendarValues): NewCalendar {
  return {
    id,
    owner: owner.id,
    name: values.name.normalize('NFC'),
    displayName: values.displayName ?? values.name,
    description: values.description ?? null,
    color: values.color ?? null,
    order: values.order ?? null,
    timeZoneData: null,
    timeZone: null,
    ...zoneChanges(values),
    components: values.components ?? defaultComponents,
    transparent: values.transparent ?? false,
    exportAllowed: values.exportAllowed ?? true,
  };
}

/** Who may do what on a new calendar that is no person's. */
export function defaultGrants(calendar: CalendarId, owner: Principal): readonly Change[] {
  const level = firstLevels[owner.kind];
  if (!level) return [];
  const grantee = owner.kind === 'group' ? owner.id : everyone;
  return [{ do: 'grant', calendar, grantee, level }];
}

/** Members edit a group's, everyone reads the company's and sees when rooms are taken. */
const firstLevels: Readonly<Record<PrincipalKind, Level | undefined>> = {
  user: undefined,
  group: 'edit',
  company: 'read',
  room: 'busy',
  resource: 'busy',
};

/** The changes that make room at the target of a COPY or MOVE: what is overwritten goes to the trash. */
export async function targetChanges(
  services: Services,
  actor: Actor,
  source: CalendarId,
  target: CalendarTarget,
): Promise<{ readonly existing: Calendar | undefined; readonly changes: readonly Change[] }> {
  requireHome(actor, target.owner);
  requireCalendarName(services, target.name);
  const existing = await services.storage.calendarByName(target.owner.id, target.name.normalize('NFC'));
  if (!existing) return { existing, changes: [] };
  if (existing.id === source) throw new Refusal('location-not-ok', 'source and target are the same');
  if (!target.overwrite) throw new Refusal('stale', 'there is a calendar of that name');
  return { existing, changes: [{ do: 'delete-calendar', calendar: existing.id }] };
}

/**
 * Refuses to make calendars in the home of somebody else; those of groups, rooms and the company are made by
 * administrators.
 */
export function requireHome(actor: Actor, owner: Principal): void {
  requireReach(actor);
  if (owner.kind !== 'user') return requireAdministrator(actor);
  if (isOperator(actor) || actor.principal.id === owner.id) return;
  throw new Refusal('need-privileges', 'this home belongs to somebody else', { privilege: 'bind' });
}

/** Refuses names that a calendar cannot have. */
export function requireCalendarName(services: Services, name: string): void {
  if (isSegment(name, services.limits.maxNameBytes) && !isSharedName(name)) return;
  throw new Refusal('bad-name', `${JSON.stringify(name.slice(0, 100))} is no name that a calendar can have`);
}

/** A zone's name and its definition say the same thing twice, so setting one also sets the other (RFC 7809 §5.2). */
export function zoneChanges(given: {
  readonly timeZone?: string | null | undefined;
  readonly timeZoneData?: string | null | undefined;
}): Pick<CalendarPatch, 'timeZone' | 'timeZoneData'> {
  const { timeZone, timeZoneData } = given;
  if (typeof timeZone === 'string') {
    const name = ianaZoneName(timeZone);
    if (name === undefined) throw new Refusal('invalid-property', 'there is no time zone of that name');
    return { timeZone: name, timeZoneData: timeZoneData ?? null };
  }
  if (typeof timeZoneData === 'string') return { timeZone: zoneNameOf(timeZoneData), timeZoneData };
  return timeZone === null || timeZoneData === null ? { timeZone: null, timeZoneData: null } : {};
}
