/** People, groups, rooms, resources and the company: make, change, find (portal.md, RFC 3744 §2). */

import { everyone } from '../../core/acl.ts';
import type { ComponentName } from '../../core/calendar.ts';
import type { Change, PrincipalPatch } from '../../core/change-set.ts';
import type { CalendarId, PrincipalId } from '../../core/ids.ts';
import { type Actor, normalName, type Principal, type PrincipalKind } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { principalNamed, requireAdministrator, requireSelf } from '../access.ts';
import { defaultGrants, newCalendar } from '../calendars/calendar-rows.ts';
import type { Services } from '../context.ts';
import { followChanges } from '../objects/horizon.ts';
import { ianaZoneName } from '../objects/zones.ts';
import { type PropertyPatch, propertyChanges, requireRoom } from '../properties.ts';
import { commit } from '../writing.ts';
import { hashPassword } from './passwords.ts';

export interface NewPersonValues {
  /** As typed; kept in normal form. */
  readonly name: string;
  readonly displayName?: string;
  readonly addresses?: readonly string[];
  /** Absent: the person has none and signs in by other means. */
  readonly password?: string;
  readonly isAdmin?: boolean;
  /** BCP 47: `en` (default), `ru`, `sv`. */
  readonly language?: string;
  /** IANA name; default `UTC`. */
  readonly timeZone?: string;
}

export type NewPlaceValues = Omit<NewPersonValues, 'password' | 'isAdmin'>;

/** Name and URL segment of the one principal that owns the company's calendars. */
export const companyName = 'company';

/** Makes a person with the calendar `personal` (events) and the list `tasks` (to-dos), export allowed. For administrators. */
export async function createPerson(
  services: Services,
  actor: Actor,
  values: NewPersonValues,
): Promise<Principal> {
  requireAdministrator(actor);
  const hash = values.password === undefined ? undefined : await hashPassword(values.password);
  const { principal, change } = newPrincipal(services, 'user', values);
  const changes: Change[] = [
    change,
    firstCalendar(services, principal, 'personal', ['VEVENT']),
    firstCalendar(services, principal, 'tasks', ['VTODO']),
  ];
  if (hash !== undefined) changes.push({ do: 'set-password', principal: principal.id, hash });
  await commit(services, actor, changes);
  return principal;
}

/** Makes a group, room or resource with a calendar `calendar`. For administrators. */
export async function createGroup(
  services: Services,
  actor: Actor,
  kind: Exclude<PrincipalKind, 'user' | 'company'>,
  values: NewPlaceValues,
): Promise<Principal> {
  requireAdministrator(actor);
  return await createWithCalendar(services, actor, kind, values);
}

/** The company's principal; made at the first call, with a calendar that everyone may read. */
export async function company(services: Services, actor: Actor, displayName = 'Company'): Promise<Principal> {
  const known = await principalNamed(services, companyName);
  if (known?.kind === 'company') return known;
  requireAdministrator(actor);
  return await createWithCalendar(services, actor, 'company', { name: companyName, displayName });
}

/** The company's principal for somebody who is about to make its first calendar: so none is made here. */
export async function companyOwner(services: Services, actor: Actor): Promise<Principal> {
  const known = await principalNamed(services, companyName);
  if (known?.kind === 'company') return known;
  requireAdministrator(actor);
  const { principal, change } = newPrincipal(services, 'company', {
    name: companyName,
    displayName: 'Company',
  });
  await commit(services, actor, [change]);
  return principal;
}

async function createWithCalendar(
  services: Services,
  actor: Actor,
  kind: Exclude<PrincipalKind, 'user'>,
  values: NewPlaceValues,
): Promise<Principal> {
  const { principal, change } = newPrincipal(services, kind, values);
  const calendar = services.ids<CalendarId>();
  const row = newCalendar(calendar, principal, {
    name: 'calendar',
    displayName: principal.displayName,
    components: ['VEVENT'],
  });
  await commit(services, actor, [
    change,
    { do: 'create-calendar', calendar: row },
    ...defaultGrants(calendar, principal),
  ]);
  return principal;
}

/**
 * Changes of a person: language, zone and display name by themselves, the rest by administrators. `noted`: dead properties
 * that are set in the same step.
 */
export async function patchPerson(
  services: Services,
  actor: Actor,
  principal: Principal,
  patch: PrincipalPatch,
  noted: PropertyPatch = new Map(),
): Promise<void> {
  const { addresses, isAdmin, disabled, timeZone } = patch;
  const forAdministrators = [addresses, isAdmin, disabled].some((value) => value !== undefined);
  if (forAdministrators) requireAdministrator(actor);
  else requireSelf(actor, principal);
  if (timeZone !== undefined) requireZone(timeZone);
  const holder = { on: 'principal', id: principal.id } as const;
  if (noted.size > 0) await requireRoom(services, holder, noted);
  await commit(services, actor, [
    {
      do: 'patch-principal',
      principal: principal.id,
      patch: { ...patch, ...(addresses && { addresses: normalAddresses(addresses) }) },
    },
    ...propertyChanges(holder, noted),
  ]);
  if (timeZone !== undefined || addresses !== undefined) {
    await followChanges(services, { owner: principal.id });
  }
}

/** Removes somebody with all they own, for good. For administrators. */
export async function deletePerson(services: Services, actor: Actor, principal: Principal): Promise<void> {
  requireAdministrator(actor);
  await commit(services, actor, [{ do: 'delete-principal', principal: principal.id }]);
}

/** Puts a person or group into a group, or takes it out. For administrators. */
export async function setMember(
  services: Services,
  actor: Actor,
  group: Principal,
  member: Principal,
  present: boolean,
): Promise<void> {
  requireAdministrator(actor);
  if (group.kind !== 'group') throw new Refusal('different-kind', 'only groups have members');
  const around = present ? [group.id, ...(await services.storage.groupsOf(group.id))] : [];
  if (around.includes(member.id))
    throw new Refusal('invalid-property', 'a group is no member of itself, nor of its members');
  await commit(services, actor, [{ do: 'member', group: group.id, member: member.id, present }]);
}

/** The direct members of a group that the actor may know of. */
export async function membersOf(
  services: Services,
  actor: Actor,
  group: Principal,
): Promise<readonly Principal[]> {
  const members = await services.storage.membersOf(group.id);
  return await known(services, actor, members);
}

/** The groups that somebody belongs to, at any depth, as far as the actor may know of them. */
export async function groupsOf(
  services: Services,
  actor: Actor,
  principal: Principal,
): Promise<readonly Principal[]> {
  return await known(services, actor, await services.storage.groupsOf(principal.id));
}

/** The groups of which they are a direct member (RFC 3744 §4.4). */
export async function directGroupsOf(
  services: Services,
  actor: Actor,
  principal: Principal,
): Promise<readonly Principal[]> {
  const { storage } = services;
  const direct: PrincipalId[] = [];
  for (const group of await storage.groupsOf(principal.id)) {
    if ((await storage.membersOf(group)).includes(principal.id)) direct.push(group);
  }
  return await known(services, actor, direct);
}

/** A principal by name, if the actor may know of it. Hidden and absent are one answer. */
export async function findPrincipal(
  services: Services,
  actor: Actor,
  name: string,
): Promise<Principal | undefined> {
  const principal = await principalNamed(services, name);
  return principal && mayKnow(actor, principal) ? principal : undefined;
}

/** Whom a search finds: principals whose name, display name or address holds the text, in order of name. */
export async function searchPeople(
  services: Services,
  actor: Actor,
  query: { readonly text?: string; readonly kinds?: readonly PrincipalKind[] },
  maxResults = 200,
): Promise<readonly Principal[]> {
  const found: Principal[] = [];
  for await (const page of services.storage.principals({ ...query, includeDisabled: seesDisabled(actor) })) {
    for (const principal of page) {
      if (!mayKnow(actor, principal)) continue;
      found.push(principal);
      if (found.length === maxResults) return found;
    }
  }
  return found;
}

/**
 * Whether the actor may know of somebody. Everyone who can sign in finds everyone who can, and groups, rooms and the
 * company. Disabled accounts are known to administrators only.
 */
export function mayKnow(actor: Actor, principal: Principal): boolean {
  if (actor.principal.disabled) return false;
  return !principal.disabled || seesDisabled(actor);
}

function seesDisabled(actor: Actor): boolean {
  return actor.principal.isAdmin;
}

async function known(
  services: Services,
  actor: Actor,
  ids: readonly PrincipalId[],
): Promise<readonly Principal[]> {
  const found = await Promise.all(ids.map((one) => services.storage.principal(one)));
  return found.filter((one) => one !== undefined).filter((one) => mayKnow(actor, one));
}

function newPrincipal(
  services: Services,
  kind: PrincipalKind,
  values: NewPersonValues,
): { readonly principal: Principal; readonly change: Change } {
  const name = normalName(values.name);
  requirePrincipalName(services, name);
  const timeZone = values.timeZone ?? 'UTC';
  requireZone(timeZone);
  const principal = {
    id: services.ids<PrincipalId>(),
    kind,
    name,
    displayName: values.displayName?.trim() || values.name.trim(),
    addresses: normalAddresses(values.addresses ?? []),
    language: values.language ?? 'en',
    timeZone,
    isAdmin: values.isAdmin ?? false,
  };
  return { principal: { ...principal, disabled: false }, change: { do: 'create-principal', principal } };
}

function requirePrincipalName(services: Services, name: string): void {
  if (name === everyone) {
    throw new Refusal('bad-name', `"${everyone}" stands for all people: nobody can have it as a name`);
  }
  const bad =
    name === '' ||
    name === '.' ||
    name === '..' ||
    /[\p{Cc}/:]/u.test(name) ||
    Buffer.byteLength(name) > services.limits.maxNameBytes;
  if (bad) {
    throw new Refusal(
      'bad-name',
      `a name has 1 to ${services.limits.maxNameBytes} bytes, no "/", ":" or control characters, and is neither "." nor ".."`,
    );
  }
}

function requireZone(timeZone: string): void {
  if (ianaZoneName(timeZone) === undefined) {
    throw new Refusal('invalid-property', `${JSON.stringify(timeZone)} is no time zone that is known`);
  }
}

function normalAddresses(addresses: readonly string[]): readonly string[] {
  const normal = addresses.map((address) => address.trim().toLowerCase());
  for (const address of normal) {
    if (!/^[^@\s\p{Cc}<>"]+@[^@\s\p{Cc}<>"]+$/u.test(address)) {
      throw new Refusal('invalid-property', `${JSON.stringify(address)} is no e-mail address`);
    }
  }
  return [...new Set(normal)];
}

function firstCalendar(
  services: Services,
  owner: Principal,
  name: keyof Words,
  components: readonly ComponentName[],
): Change {
  const displayName = (words[owner.language.split('-', 1)[0] ?? ''] ?? english)[name];
  const id = services.ids<CalendarId>();
  return { do: 'create-calendar', calendar: newCalendar(id, owner, { name, displayName, components }) };
}

interface Words {
  readonly personal: string;
  readonly tasks: string;
}

const english: Words = { personal: 'Personal', tasks: 'Tasks' };

/** Names of the first calendars in the language of their owner. */
const words: Readonly<Record<string, Words>> = {
  en: english,
  ru: { personal: 'Личный', tasks: 'Задачи' },
  sv: { personal: 'Personlig', tasks: 'Uppgifter' },
};
