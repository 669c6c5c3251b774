/** A calendar as the API shows it: with everything that the person may do, and why not. */
import { everyone } from '../core/acl.ts';
import type { SeenCalendar } from '../core/calendar.ts';
import type { PolicyKey } from '../core/change-set.ts';
import type { CalendarId } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { calendarById, exportClosed, policiesOf, visibleCalendars } from '../service/access.ts';
import { mayShareFurther } from '../service/calendars/share-further.ts';
import type { Services } from '../service/context.ts';
import { etagOfParts } from '../service/fingerprint.ts';
import { preferencesOf } from '../service/people/preferences.ts';
import type { Calendar, Level, Reason } from './api.ts';
import { personById } from './people-shape.ts';
import { hiddenKey } from './preferences.ts';
import { pathId } from './route.ts';

/** Colours for calendars for which nobody has chosen one. */
const palette = [
  '#3366CC',
  '#0B8043',
  '#D04A02',
  '#8E24AA',
  '#00838F',
  '#C2185B',
  '#6D4C41',
  '#546E7A',
] as const;

/** What is needed to describe any calendar to one person. */
export interface Describing {
  readonly services: Services;
  readonly actor: Actor;
  readonly values: ReadonlyMap<string, unknown>;
  readonly policies: ReadonlyMap<PolicyKey, string>;
  /** Own calendars for events: the last one cannot be deleted. */
  readonly ownCount: number;
  readonly defaultCalendar: string | undefined;
  /** Colours of the calendars for which nobody has chosen one. */
  readonly colors: ReadonlyMap<CalendarId, string>;
}

export async function describing(
  services: Services,
  actor: Actor,
  all?: readonly SeenCalendar[],
): Promise<Describing> {
  const [seen, values, policies] = await Promise.all([
    all ?? visibleCalendars(services, actor),
    preferencesOf(services, actor.principal.id),
    policiesOf(services),
  ]);
  const own = seen.filter(({ isOwn, calendar }) => isOwn && calendar.components.includes('VEVENT'));
  const chosen = values.get('defaultCalendar');
  const writable = seen.some(({ calendar, access }) => String(calendar.id) === chosen && access.canWrite);
  const first = own[0];
  return {
    services,
    actor,
    values,
    policies,
    ownCount: own.length,
    defaultCalendar: writable ? String(chosen) : first && String(first.calendar.id),
    colors: colorsFor(seen),
  };
}

/** A colour of the palette for each calendar that has none: always the same one, and one that no other has while there are enough. */
function colorsFor(all: readonly SeenCalendar[]): ReadonlyMap<CalendarId, string> {
  const used = new Set(all.map(chosenColor));
  const colors = new Map<CalendarId, string>();
  for (const seen of all.toSorted((one, other) => one.calendar.id - other.calendar.id)) {
    const { id } = seen.calendar;
    if (chosenColor(seen) !== undefined) continue;
    const first = id % palette.length;
    const turned = [...palette.slice(first), ...palette.slice(0, first)];
    const color = turned.find((one) => !used.has(one)) ?? palette[0];
    used.add(color);
    colors.set(id, color);
  }
  return colors;
}

function chosenColor({ view, calendar }: SeenCalendar): string | undefined {
  return (view?.color ?? calendar.color)?.slice(0, 7);
}

export async function calendarShape(to: Describing, seen: SeenCalendar): Promise<Calendar> {
  const { services } = to;
  const { calendar, view, access, isOwn } = seen;
  const { canWrite, canManage, isOwner } = access;
  const isEvents = calendar.components.includes('VEVENT');
  const isTasks = calendar.components.includes('VTODO');
  const last = isOwn && isEvents && to.ownCount <= 1;
  const deleteReason: Reason | null = !isOwner ? 'not-owner' : last ? 'last-calendar' : null;
  const exportReason = exportReasonOf(to, seen);
  const grants = canManage ? await services.storage.grants(calendar.id) : [];
  const shape: Omit<Calendar, 'etag'> = {
    id: String(calendar.id),
    name: view?.displayName ?? calendar.displayName,
    ownerName: calendar.displayName,
    description: calendar.description ?? '',
    color: chosenColor(seen) ?? to.colors.get(calendar.id) ?? palette[0],
    order: view?.order ?? calendar.order,
    timeZone: calendar.timeZone,
    owner: await personById(services, calendar.owner),
    section: sectionOf(seen),
    kind: isEvents && isTasks ? 'mixed' : isTasks ? 'tasks' : 'events',
    level: seen.level,
    visible: to.values.get(hiddenKey(calendar.id)) !== true,
    favourite: view?.favourite ?? false,
    isDefault: to.defaultCalendar === String(calendar.id),
    canEdit: canWrite,
    canManage,
    canChangeProperties: isOwner,
    canDelete: deleteReason === null,
    deleteReason,
    canShare: canManage,
    canExport: exportReason === null,
    exportReason,
    linkReason: await linkReasonOf(to, seen),
    exportAllowed: calendar.exportAllowed,
    exportDetail: calendar.exportDetail,
    exportForbidden: to.policies.get(`export.${calendar.ownerKind}`) === 'forbidden',
    exportForced: to.policies.get(`export.${calendar.ownerKind}`) === 'allowed',
    everyone: grants.find(({ grantee }) => grantee === everyone)?.level ?? null,
  };
  return { ...shape, etag: etagOfParts([JSON.stringify(shape)]) };
}

/** Why a calendar cannot be exported by link or download; null: it can. The owner's own devices do not count as export. */
export function exportReasonOf(
  { policies }: Pick<Describing, 'policies'>,
  { calendar }: SeenCalendar,
): Reason | null {
  return exportClosed(calendar, policies) ?? null;
}

/** Why the actor can make no public link to a calendar. */
export async function linkReasonOf(
  to: Pick<Describing, 'services' | 'actor' | 'policies'>,
  seen: SeenCalendar,
): Promise<Reason | null> {
  const reason = exportReasonOf(to, seen);
  if (reason !== null) return reason;
  return (await mayShareFurther(to.services, to.actor, seen)) ? null : 'may-not-share';
}

function sectionOf({ isOwn, view, calendar }: SeenCalendar): Calendar['section'] {
  if (isOwn) return 'mine';
  if (view?.favourite) return 'favourite';
  if (calendar.ownerKind === 'company') return 'company';
  return calendar.ownerKind === 'group' ? 'group' : 'shared';
}

/** The calendar that a path names, if the actor may see it. Hidden and absent are one answer. */
export async function calendarAt(
  services: Services,
  actor: Actor,
  id: string | undefined,
): Promise<SeenCalendar> {
  const seen = await calendarById(services, actor, pathId<CalendarId>(id));
  if (!seen) throw new Refusal('not-found', 'there is no such calendar');
  return seen;
}

/** Refuses links, downloads and the like while export is off: E04 by the owner, E05 by the administrator. */
export async function requireExport(services: Services, seen: SeenCalendar): Promise<void> {
  const reason = exportReasonOf({ policies: await policiesOf(services) }, seen);
  if (reason === null) return;
  throw new ExportOff(reason);
}

/** Says who has switched export off. */
export class ExportOff extends Refusal {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super('export-forbidden', `export is off: ${reason}`);
    this.reason = reason;
  }
}

/** Refuses a level that cannot be given to everyone. */
export function requireEveryoneLevel(level: Level | null): void {
  if (level === 'manage') throw new Refusal('location-not-ok', 'not everyone can manage a calendar');
}
