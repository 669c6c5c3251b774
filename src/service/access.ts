/**
 * May this actor do this here: the one authorisation function, asked for every href (clients.md, demand 39).
 *
 * Deny by default. What somebody may not see answers as if it were not there. The decision itself is a pure function of
 * values (`decideAccess`); the rest of this file fetches them, and remembers them for one version of the directory.
 * It is long so that every question of rights is answered in one place.
 */
import {
  type Access,
  type AccessReason,
  allows,
  type Deed,
  everyone,
  type Level,
  lower,
  reachAt,
} from '../core/acl.ts';
import type { Calendar, CalendarView, Detail, ObjectHead, SeenCalendar } from '../core/calendar.ts';
import type { PolicyKey } from '../core/change-set.ts';
import { type CalendarId, id, type PrincipalId } from '../core/ids.ts';
import { type Actor, normalName, type Principal } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { Services } from './context.ts';
import type { Directory } from './memory.ts';

/** What the storage says about one person and one calendar. */
export interface Rights {
  /** The highest level granted to the person, their groups or everyone. */
  readonly granted: Level | undefined;
  /** The highest level granted to the person or their groups by name, without grants to everyone. */
  readonly grantedByName: Level | undefined;
  readonly view: CalendarView | undefined;
}

/**
 * What this actor may do with this calendar. Needs no read for the actor's own calendars, and for others at most one
 * for each version of the directory.
 */
export async function calendarAccess(services: Services, actor: Actor, calendar: Calendar): Promise<Access> {
  return (await see(services, actor, calendar)).access;
}

/**
 * The children of the actor's one calendar home, own ones first, each group in order of creation: own, shared, group,
 * company and favourite calendars, without those they have taken out (clients.md W10, demand 52).
 */
export async function visibleCalendars(services: Services, actor: Actor): Promise<readonly SeenCalendar[]> {
  if (isOperator(actor)) return [];
  const directory = await services.memory.current(services.storage);
  // The key holds everything that decides: an actor made before a change of rights must not fill the answer for later
  // ones.
  const { id: person, isAdmin, disabled } = actor.principal;
  const key = `${person} ${isAdmin} ${disabled} ${actor.scope} ${reachOf(actor)} ${actor.via === 'session'} ${actor.groups.join(' ')}`;
  const children = await directory.homes.get(key, () => childrenOf(services, directory, actor));
  // What is remembered are the rights; the rows with their counters are read each time.
  const rows = await Promise.all(children.map(({ id }) => services.storage.calendar(id)));
  return children.flatMap(({ access, view }, index) => {
    const calendar = rows[index];
    return (calendar && seenCalendar(actor, calendar, access, view)) ?? [];
  });
}

/** One calendar of a home, without its row. */
export interface HomeChild {
  readonly id: CalendarId;
  readonly access: Access;
  readonly view: CalendarView | undefined;
}

/** Looks through everything shared with the actor. In a company where everybody shares with everyone that is a lot. */
async function childrenOf(
  services: Services,
  directory: Directory,
  actor: Actor,
): Promise<readonly HomeChild[]> {
  const policies = await policiesOf(services, directory);
  const own: HomeChild[] = [];
  const foreign: HomeChild[] = [];
  for (const { calendar, view, ...granted } of await services.storage.visibleTo(
    actor.principal.id,
    actor.groups,
  )) {
    const access = decideAccess(actor, calendar, { ...granted, view }, policies);
    if (!access.inHome) continue;
    (calendar.owner === actor.principal.id ? own : foreign).push({ id: calendar.id, access, view });
  }
  return [...own, ...foreign];
}

const sharedPrefix = 'shared-';

/** Last segment, decoded, of a calendar's URL in the actor's home. */
export function homeName(seen: SeenCalendar): string {
  return seen.isOwn ? seen.calendar.name : sharedName(seen.calendar.id);
}

/** The name of a foreign calendar in a home: stable, and free of whatever its owner renames. */
function sharedName(calendar: CalendarId): string {
  return sharedPrefix + calendar.toString(36);
}

/** Names of this form are reserved for foreign calendars: nobody can give one to a calendar of their own. */
export function isSharedName(segment: string): boolean {
  return sharedId(segment) !== undefined;
}

/**
 * The calendar that a decoded URL segment names in somebody's home; `undefined` where it is not there or not to be seen.
 *
 * In one's own home: own calendars by name, foreign ones by `sharedName`. In the home of another person or group: those
 * of its calendars that the actor may see, by the owner's names.
 */
export async function calendarInHome(
  services: Services,
  actor: Actor,
  homeOwner: Principal,
  segment: string,
): Promise<SeenCalendar | undefined> {
  const found = await addressed(services, actor, homeOwner, segment);
  return found?.seen;
}

/**
 * The calendar as a free/busy question may name it: also one whose export is off, if grants allow its busy times
 * (RFC 4791 §7.10). To be used for nothing else.
 */
export async function calendarForBusy(
  services: Services,
  actor: Actor,
  homeOwner: Principal,
  segment: string,
): Promise<Calendar | undefined> {
  const found = await addressed(services, actor, homeOwner, segment);
  return found?.access.canSeeBusy ? found.calendar : undefined;
}

/** The calendars of one person or group whose busy times the actor may know, in order of creation. */
export async function calendarsForBusy(
  services: Services,
  actor: Actor,
  owner: Principal,
): Promise<readonly Calendar[]> {
  const found: Calendar[] = [];
  for (const calendar of await services.storage.calendarsOf(owner.id)) {
    if ((await calendarAccess(services, actor, calendar)).canSeeBusy) found.push(calendar);
  }
  return found;
}

/** The calendar with this id, if the actor may see it. */
export async function calendarById(
  services: Services,
  actor: Actor,
  calendar: CalendarId,
): Promise<SeenCalendar | undefined> {
  const found = await services.storage.calendar(calendar);
  return found && (await see(services, actor, found)).seen;
}

/** Calendars of `owner` that the actor may see, in order of creation: the listing of a home that is not the actor's. */
export async function calendarsOf(
  services: Services,
  actor: Actor,
  owner: Principal,
): Promise<readonly SeenCalendar[]> {
  const found: SeenCalendar[] = [];
  for (const calendar of await services.storage.calendarsOf(owner.id)) {
    const { seen } = await see(services, actor, calendar);
    if (seen) found.push(seen);
  }
  return found;
}

/** Refuses unless the calendar may be used at `needed`: `not-found` where it is not even visible. */
export function requireLevel(access: Access, needed: Level): void {
  if (access.level === undefined) throw new Refusal('not-found', 'there is no such calendar');
  if (allows(access.level, needed)) return;
  const privilege = privilegeNames[needed];
  const isWriting = needed === 'contribute' || needed === 'revise' || needed === 'edit';
  if (isWriting && !access.canWrite && access.reason !== 'read-only-credential')
    throw readOnlyCalendar(privilege);
  throw new Refusal('need-privileges', needs[needed](access), { privilege });
}

/** The refusal of a write to a calendar that the actor may only read. */
export function readOnlyCalendar(privilege: string): Refusal {
  const detail = { privilege, mistake: 'read-only-calendar' } as const;
  return new Refusal('need-privileges', 'you may only read this calendar', detail);
}

/** What must be known of an object to decide whether somebody may change it. */
export type Standing = Pick<ObjectHead, 'uid' | 'name'>;

/** Refuses a change or removal of an existing object that the actor may not do; the refusal names the object. */
export async function requireDeed(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  object: Standing,
  deed: Deed,
): Promise<void> {
  if (!(await mayDo(services, actor, seen, object, deed))) throw notTheirs(seen, object, deed);
}

/** May the actor do this to the object with this UID. Asks the storage only where that depends on who made it. */
export async function mayDo(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { uid }: Pick<Standing, 'uid'>,
  deed: Deed,
): Promise<boolean> {
  const reach = deed === 'change' ? seen.access.changes : seen.access.removes;
  return reach === 'all' || (reach === 'own' && (await ownAmong(services, actor, seen, [uid])).has(uid));
}

/** The UIDs among these of objects that the actor has made. */
export async function ownAmong(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  uids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (uids.length === 0) return new Set();
  const creators = await services.storage.creators(seen.calendar.id, uids);
  return new Set(uids.filter((uid) => creators.get(uid) === actor.principal.id));
}

/** Whether the actor's rights on an object depend on who made it. */
export function dependsOnCreator({ changes, removes }: Access): boolean {
  return changes === 'own' || removes === 'own';
}

/** What `requireDeed` refuses with: the privilege that is missing, and on which object (RFC 3744 §7.1.1). */
export function notTheirs({ calendar }: SeenCalendar, { name }: Pick<Standing, 'name'>, deed: Deed): Refusal {
  const verb = deed === 'change' ? 'change' : 'remove';
  return new Refusal('need-privileges', `you may ${verb} only what you have added yourself here`, {
    privilege: deed === 'change' ? 'write-content' : 'unbind',
    calendar: calendar.id,
    name,
  });
}

/** Refuses everyone but administrators and the command line. */
export function requireAdministrator(actor: Actor): void {
  requireReach(actor);
  if (isOperator(actor) || (actor.principal.isAdmin && !actor.principal.disabled)) return;
  throw new Refusal('need-privileges', 'only an administrator may do this', { privilege: 'all' });
}

/** Refuses unless the actor is this principal, an administrator or the command line, with a credential that may write. */
export function requireSelf(actor: Actor, principal: Principal): void {
  requireReach(actor);
  if (isOperator(actor) || actor.principal.isAdmin || actor.principal.id === principal.id) return;
  throw new Refusal('need-privileges', 'this belongs to somebody else', { privilege: 'write' });
}

/** Refuses a credential that may only read. */
export function requireWriting(actor: Actor): void {
  if (actor.scope === 'write' && !actor.principal.disabled) return;
  throw new Refusal('need-privileges', 'this app password may only read', { privilege: 'write' });
}

/** Refuses changes of anything but a calendar to credentials that may only read, or that open single calendars only. */
export function requireReach(actor: Actor): void {
  requireWriting(actor);
  if (reachesAll(actor)) return;
  throw new Refusal('need-privileges', 'this app password opens single calendars only', {
    privilege: 'write',
  });
}

/** Whether the credential opens more than single calendars: files, the person, new calendars. */
export function reachesAll({ calendars }: Actor): boolean {
  return calendars === undefined;
}

/** The calendars that the credential opens, as part of a memory key. */
export function reachOf({ calendars }: Actor): string {
  return calendars ? `[${[...calendars].join()}]` : '*';
}

/** Whether this is the command line or background work: whoever has the machine may do everything. */
export function isOperator(actor: Actor): boolean {
  return actor.via === 'command-line' || actor.via === 'system';
}

/** The actor of the command line and of background work. Nothing is hidden from it, and its changes name no person. */
export function operator(via: 'command-line' | 'system' = 'system'): Actor {
  return { principal: nobody, groups: [], scope: 'write', via };
}

const nobody: Principal = {
  id: id(0),
  kind: 'company',
  name: '',
  displayName: '',
  addresses: [],
  language: 'en',
  timeZone: 'UTC',
  isAdmin: true,
  disabled: false,
};

/** An actor for somebody who has proved who they are. */
export async function actorFor(
  services: Services,
  principal: Principal,
  proof: Pick<Actor, 'scope' | 'via' | 'calendars'>,
): Promise<Actor> {
  return { principal, groups: await services.storage.groupsOf(principal.id), ...proof };
}

/**
 * The decision itself.
 *
 * The owner manages; for a group's calendars those members are managers who have the level `manage`, for the company's
 * the administrators. Others have the highest of their grants. While export is off, by owner or administrator, the
 * calendar leaves the portal to its owner or managers only; the grants go on to count for free/busy.
 */
export function decideAccess(
  actor: Actor,
  calendar: Calendar,
  rights: Rights,
  policies: ReadonlyMap<PolicyKey, string>,
): Access {
  if (actor.principal.disabled) return nothing;
  // This device's app password does not open the calendar: not even its busy times.
  if (actor.calendars?.has(calendar.id) === false) return nothing;
  const isOwner = ownsIt(actor, calendar, rights);
  const granted = isOwner ? 'manage' : rights.granted;
  if (granted === undefined) return nothing;
  // The page is the portal itself: looking at a calendar there is no export.
  const closed = isOwner || actor.via === 'session' ? undefined : exportClosed(calendar, policies);
  const readOnly = actor.scope === 'read' && allows(granted, 'contribute');
  const level = closed ? undefined : readOnly ? lower(granted, 'read') : granted;
  const reason: AccessReason | undefined = closed ?? (readOnly ? 'read-only-credential' : undefined);
  return {
    level,
    rights: granted,
    isOwner,
    canWrite: allows(level, 'contribute'),
    changes: reachAt(level, 'change'),
    removes: reachAt(level, 'remove'),
    canManage: allows(level, 'manage'),
    canSeeBusy: true,
    detail: detailOf(level),
    seesPrivate: level !== undefined && allows(granted, 'manage'),
    inHome: level !== undefined && isInHome(actor, calendar, rights, isOwner),
    ...(reason && { reason }),
  };
}

/** Why nobody but its owners may take this calendar out of the portal; `undefined` when everybody with rights may. */
export function exportClosed(
  calendar: Calendar,
  policies: ReadonlyMap<PolicyKey, string>,
): 'export-off' | 'export-forbidden' | undefined {
  const rule = policies.get(`export.${calendar.ownerKind}`);
  if (rule === 'forbidden') return 'export-forbidden';
  return rule === 'allowed' || calendar.exportAllowed ? undefined : 'export-off';
}

/** The administrator's rules, remembered for one version of the directory. */
export async function policiesOf(
  services: Services,
  directory?: Directory,
): Promise<ReadonlyMap<PolicyKey, string>> {
  const known = directory ?? (await services.memory.current(services.storage));
  return await known.policies.get('all', services.storage.policies);
}

/** A principal by login or URL name, remembered for one version of the directory. Not filtered by what the actor may see. */
export async function principalNamed(services: Services, name: string): Promise<Principal | undefined> {
  const normal = normalName(name);
  const directory = await services.memory.current(services.storage);
  return await directory.principals.get(normal, () => services.storage.principalByName(normal));
}

/** A principal by id, remembered likewise. */
export async function principalById(services: Services, wanted: PrincipalId): Promise<Principal | undefined> {
  const directory = await services.memory.current(services.storage);
  return await directory.principals.get(wanted, () => services.storage.principal(wanted));
}

const nothing: Access = {
  level: undefined,
  rights: undefined,
  isOwner: false,
  canWrite: false,
  changes: 'none',
  removes: 'none',
  canManage: false,
  canSeeBusy: false,
  detail: 'none',
  seesPrivate: false,
  inHome: false,
  reason: 'no-grant',
};

interface Found {
  readonly calendar: Calendar;
  readonly access: Access;
  /** Absent if the actor may not see it. */
  readonly seen: SeenCalendar | undefined;
}

async function addressed(
  services: Services,
  actor: Actor,
  homeOwner: Principal,
  segment: string,
): Promise<Found | undefined> {
  const own = await services.storage.calendarByName(homeOwner.id, segment.normalize('NFC'));
  if (own) return await see(services, actor, own);
  const foreign = sharedId(segment);
  if (foreign === undefined || homeOwner.id !== actor.principal.id) return undefined;
  const calendar = await services.storage.calendar(foreign);
  if (!calendar || calendar.owner === actor.principal.id) return undefined;
  const found = await see(services, actor, calendar);
  // The calendar was taken out of the home, or never was in it, so the name does not exist there.
  return found.access.inHome || !found.seen ? found : undefined;
}

async function see(services: Services, actor: Actor, calendar: Calendar): Promise<Found> {
  if (isOperator(actor) || calendar.owner === actor.principal.id) {
    const access = decideAccess(actor, calendar, noRights, noPolicies);
    return { calendar, access, seen: seenCalendar(actor, calendar, access, undefined) };
  }
  const directory = await services.memory.current(services.storage);
  const [rights, policies] = await Promise.all([
    rightsOf(services, directory, actor, calendar.id),
    policiesOf(services, directory),
  ]);
  const access = decideAccess(actor, calendar, rights, policies);
  return { calendar, access, seen: seenCalendar(actor, calendar, access, rights.view) };
}

const noRights: Rights = { granted: undefined, grantedByName: undefined, view: undefined };
const noPolicies: ReadonlyMap<PolicyKey, string> = new Map();

function seenCalendar(
  actor: Actor,
  calendar: Calendar,
  access: Access,
  view: CalendarView | undefined,
): SeenCalendar | undefined {
  if (access.level === undefined) return undefined;
  const isOwn = calendar.owner === actor.principal.id || isOperator(actor);
  return { calendar, level: access.level, access, isOwn, view };
}

async function rightsOf(
  services: Services,
  directory: Directory,
  actor: Actor,
  calendar: CalendarId,
): Promise<Rights> {
  const { storage } = services;
  const person = actor.principal.id;
  // The groups are part of the key: an actor made before a change of membership must not fill the answer for later
  // ones.
  return await directory.rights.get(`${calendar} ${person} ${actor.groups.join(' ')}`, async () => {
    const names = [person, ...actor.groups];
    const [granted, grantedByName, view] = await Promise.all([
      storage.grantedLevel(calendar, [...names, everyone]),
      storage.grantedLevel(calendar, names),
      storage.view(person, calendar),
    ]);
    return { granted, grantedByName, view };
  });
}

function ownsIt(actor: Actor, calendar: Calendar, rights: Rights): boolean {
  if (isOperator(actor) || calendar.owner === actor.principal.id) return true;
  const manages = rights.grantedByName === 'manage';
  if (calendar.ownerKind === 'user') return false;
  if (calendar.ownerKind === 'group') return manages && actor.groups.includes(calendar.owner);
  return manages || actor.principal.isAdmin;
}

function isInHome(actor: Actor, calendar: Calendar, rights: Rights, isOwner: boolean): boolean {
  if (calendar.owner === actor.principal.id) return true;
  if (rights.view?.unsubscribed) return false;
  if (rights.view?.favourite || rights.grantedByName !== undefined) return true;
  if (calendar.ownerKind === 'company') return true;
  // Calendars that everyone may read would fill every home: they are listed only for members of the group and for
  // people who have chosen them.
  return calendar.ownerKind === 'group' && (isOwner || actor.groups.includes(calendar.owner));
}

function detailOf(level: Level | undefined): Detail | 'none' {
  if (level === undefined) return 'none';
  if (level === 'busy' || level === 'titles') return level;
  return 'full';
}

function sharedId(segment: string): CalendarId | undefined {
  const match = /^shared-([0-9a-z]{1,11})$/.exec(segment);
  const value = match?.[1] === undefined ? Number.NaN : Number.parseInt(match[1], 36);
  return Number.isSafeInteger(value) ? id<CalendarId>(value) : undefined;
}

const privilegeNames: Readonly<Record<Level, string>> = {
  busy: 'read-free-busy',
  titles: 'read',
  read: 'read',
  contribute: 'bind',
  revise: 'write-content',
  edit: 'unbind',
  manage: 'write-acl',
};

const readOnlyCredential = 'this app password may only read';

const toWrite = ({ reason }: Access): string =>
  reason === 'read-only-credential'
    ? readOnlyCredential
    : 'you may not do this to everything in this calendar';

const needs: Readonly<Record<Level, (access: Access) => string>> = {
  busy: () => 'the busy times of this calendar are not shared with you',
  titles: () => 'only the busy times of this calendar are shared with you',
  read: () => 'the details of this calendar are not shared with you',
  contribute: toWrite,
  revise: toWrite,
  edit: toWrite,
  manage: ({ reason }) =>
    reason === 'read-only-credential'
      ? readOnlyCredential
      : 'only those who manage this calendar may do this',
};
