/** The rights of `service/access.ts` as RFC 3744 states them: privileges, owners and access control lists. */
import { everyone, type Grant, type Level } from '../core/acl.ts';
import type { SeenCalendar } from '../core/calendar.ts';
import type { PrincipalId } from '../core/ids.ts';
import { Refusal } from '../core/refusal.ts';
import type { AccessControl, Ace, AcePrincipal } from '../dav/engine.ts';
import { DavError } from '../dav/error.ts';
import { expandPrivilege, type Privilege } from '../dav/privilege.ts';
import { dependsOnCreator, ownAmong, principalById, reachesAll } from '../service/access.ts';
import { grantsOf, setGrants } from '../service/calendars/calendars.ts';
import { dav } from '../xml/name.ts';
import { principalHref } from './hrefs.ts';
import { withHrefs } from './refusal-hrefs.ts';
import type { CaldavResource, CaldavWorld, CalendarResource, Context, ObjectResource } from './world.ts';

export const accessControl: AccessControl<CaldavWorld> = {
  privileges,
  privilegesDiffer: (member) => member.kind === 'object' && dependsOnCreator(member.seen.access),
  owner: ownerHref,
  async acl(resource, context) {
    if (resource.kind === 'calendar') return await calendarAces(resource, context);
    if (resource.kind === 'object') return await inheritedAces(resource.calendarHref, resource.seen, context);
    return ownerAces(resource);
  },
  inheritedFrom: (resource) => (resource.kind === 'object' ? [resource.calendarHref] : []),
  abstract: ({ kind }) => (kind === 'calendar' || kind === 'object' ? partsOfLevels : none),
  setAclOn: ['calendar'],
  setAcl,
};

/** Held by everybody who may see a resource at all: details that they may not know have been left out of it already. */
const reading: ReadonlySet<Privilege> = new Set(expandPrivilege('read'));
const writing: ReadonlySet<Privilege> = new Set([...expandPrivilege('read'), ...expandPrivilege('write')]);
/** On objects that others have made, where these may be changed but not removed. */
const changing: ReadonlySet<Privilege> = new Set([
  ...expandPrivilege('read'),
  'write-content',
  'write-properties',
]);
/**
 * On a calendar in which some objects may not be changed or removed. Programs decide here, and not at the objects,
 * whether anything can be written at all (clients.md W24); a change of an object that is not theirs is then refused.
 */
const contributing: ReadonlySet<Privilege> = new Set([
  ...expandPrivilege('read'),
  'write-content',
  'bind',
  'unbind',
]);
const managing: ReadonlySet<Privilege> = new Set(expandPrivilege('all'));
const onlyBusy: ReadonlySet<Privilege> = new Set(['read-free-busy']);
const ofOwnHome: ReadonlySet<Privilege> = new Set([...writing, 'read-acl']);
const describing: ReadonlySet<Privilege> = new Set([
  ...expandPrivilege('read'),
  'write-properties',
  'read-acl',
]);
const none: ReadonlySet<Privilege> = new Set();

/** Privileges that are granted only as a part of a level, never alone. */
const partsOfLevels: ReadonlySet<Privilege> = new Set([
  'write-properties',
  'unbind',
  'unlock',
  'read-acl',
  'write-acl',
]);

/** Read-only calendars list nothing of `write`, though a private PROPPATCH succeeds there (clients.md W24). */
function privileges(
  resource: CaldavResource,
  context: Context,
  wanted?: Privilege,
): ReadonlySet<Privilege> | Promise<ReadonlySet<Privilege>> {
  const { actor } = context;
  if (resource.kind === 'calendar') return ofCalendar(resource.seen);
  if (resource.kind === 'object') {
    if (!dependsOnCreator(resource.seen.access)) return ofCalendar(resource.seen);
    // A GET needs no look-up of who has added the object.
    return wanted !== undefined && reading.has(wanted) ? reading : ofObject(resource, context);
  }
  if (resource.kind === 'busy-calendar') return onlyBusy;
  if (actor.scope !== 'write' || !reachesAll(actor)) return reading;
  if (resource.kind === 'home') return ofOwnHome;
  const isSelf = resource.kind === 'principal' && resource.principal.id === actor.principal.id;
  return isSelf ? describing : reading;
}

function ofCalendar({ access }: SeenCalendar): ReadonlySet<Privilege> {
  if (access.canManage) return managing;
  if (dependsOnCreator(access)) return contributing;
  return access.canWrite ? writing : reading;
}

async function ofObject(
  { seen, head }: ObjectResource,
  { services, actor }: Context,
): Promise<ReadonlySet<Privilege>> {
  if ((await ownAmong(services, actor, seen, [head.uid])).size > 0) return writing;
  return seen.access.changes === 'all' ? changing : reading;
}

function ownerHref(resource: CaldavResource, context: Context): string | undefined {
  const name = ownerName(resource);
  return name === undefined ? undefined : principalHref(context, { name });
}

function ownerName(resource: CaldavResource): string | undefined {
  if ('seen' in resource) return resource.seen.calendar.ownerName;
  if ('calendar' in resource) return resource.calendar.ownerName;
  if ('owner' in resource) return resource.owner.name;
  return 'principal' in resource ? resource.principal.name : undefined;
}

/**
 * The privileges that a grant of each level stands for (core/acl.ts). `titles` has no privilege of its own. That people
 * may change and remove what they have added goes with `bind`, since RFC 3744 has no word for it.
 */
const granted: Readonly<Record<Level, readonly Privilege[]>> = {
  busy: ['read-free-busy'],
  titles: ['read-free-busy'],
  read: ['read'],
  contribute: ['read', 'bind'],
  revise: ['read', 'bind', 'write-content'],
  edit: ['read', 'write'],
  manage: ['all'],
};

/**
 * Names `read` and `write` besides `all`, which contains them: CalDAV Synchronizer (Outlook) takes a calendar for
 * read-only, even its owner's, if some entry of the list grants `read` and none grants `write`.
 */
const ownerEntry: Ace = {
  principal: { is: 'property', property: dav('owner') },
  grant: ['all', 'read', 'write'],
  isProtected: true,
};

/** The entries for the grants. Only those who manage the calendar may read the list, so all grants are shown. */
async function calendarAces(
  { seen }: Pick<CalendarResource, 'seen'>,
  context: Context,
): Promise<readonly Ace[]> {
  const grants = await grantsOf(context.services, context.actor, seen);
  const aces = await Promise.all(grants.map((one) => aceOf(one, context)));
  return [ownerEntry, ...aces.filter((ace) => ace !== undefined)];
}

async function inheritedAces(from: string, seen: SeenCalendar, context: Context): Promise<readonly Ace[]> {
  const aces = await calendarAces({ seen }, context);
  return aces.map((ace) => ({ ...ace, inheritedFrom: from }));
}

function ownerAces(resource: CaldavResource): readonly Ace[] {
  const everybody: Ace = { principal: { is: 'authenticated' }, grant: ['read'], isProtected: true };
  if (resource.kind === 'principal') {
    const oneself: readonly Privilege[] = ['write-properties', 'read-acl'];
    return [{ principal: { is: 'self' }, grant: oneself, isProtected: true }, everybody];
  }
  if ('owner' in resource) return [{ ...ownerEntry, grant: ['read', 'write', 'read-acl'] }, everybody];
  return ownerName(resource) === undefined ? [everybody] : [ownerEntry];
}

async function aceOf({ grantee, level }: Grant, context: Context): Promise<Ace | undefined> {
  const principal = await acePrincipal(grantee, context);
  return principal && { principal, grant: granted[level], isProtected: false };
}

async function acePrincipal(
  grantee: PrincipalId | typeof everyone,
  context: Context,
): Promise<AcePrincipal | undefined> {
  if (grantee === everyone) return { is: 'authenticated' };
  const principal = await principalById(context.services, grantee);
  return principal && { is: 'href', href: principalHref(context, principal) };
}

/**
 * RFC 3744 §8.1: the list becomes the calendar's grants. Combinations of privileges that are no level of ours are refused
 * rather than rounded: nobody shall get more than was meant, nor believe that they gave what they did not.
 */
async function setAcl(resource: CaldavResource, aces: readonly Ace[], context: Context): Promise<void> {
  if (resource.kind !== 'calendar') throw new Refusal('need-privileges', 'this list cannot be changed');
  const { services, actor } = context;
  const { seen } = resource;
  const wanted = new Map<PrincipalId | typeof everyone, Level>();
  for (const ace of aces) {
    const grantee = await granteeOf(ace.principal, context);
    const before = wanted.get(grantee);
    wanted.set(grantee, levelOf([...(before ? granted[before] : []), ...ace.grant]));
  }
  if (wanted.get(everyone) === 'manage') {
    throw new DavError(403, 'not everyone can manage a calendar', { name: dav('allowed-principal') });
  }
  const changes = new Map<PrincipalId | typeof everyone, Level | null>(wanted);
  for (const { grantee, level } of await grantsOf(services, actor, seen)) {
    const next = wanted.get(grantee);
    // A grant of titles shows as busy times in a list: a list that was read and sent back unchanged must not take titles away.
    if (next === level || (next === 'busy' && level === 'titles')) changes.delete(grantee);
    else if (next === undefined) changes.set(grantee, null);
  }
  const list = [...changes].map(([grantee, level]) => ({ grantee, level }));
  if (list.length > 0) await withHrefs(setGrants(services, actor, seen, list), { href: resource.href });
}

async function granteeOf(principal: AcePrincipal, context: Context): Promise<PrincipalId | typeof everyone> {
  if (principal.is === 'authenticated') return everyone;
  if (principal.is !== 'href') {
    throw new DavError(403, 'rights are given to principals by their href, or to all who are signed in', {
      name: dav('allowed-principal'),
    });
  }
  const resource = await context.dav.resolveHref(principal.href, context);
  if (resource?.kind === 'principal') return resource.principal.id;
  throw new DavError(403, `${principal.href} is no principal`, { name: dav('recognized-principal') });
}

function levelOf(privileges: readonly Privilege[]): Level {
  const all = new Set(privileges.flatMap(expandPrivilege));
  const level = levelsByPrivilege.find(([, needed]) => needed.every((one) => all.has(one)))?.[0];
  const rest = level && [...all].filter((one) => !new Set(granted[level].flatMap(expandPrivilege)).has(one));
  if (level && rest?.every((one) => one === 'read-current-user-privilege-set')) return level;
  throw new DavError(403, rightsHere, {
    name: dav('no-ace-conflict'),
  });
}

const rightsHere =
  'rights here are: read-free-busy; read; read and bind; read, bind and write-content; read and write; all';

/** Levels by the privilege that shows them, the highest first. */
const levelsByPrivilege: readonly (readonly [Level, readonly Privilege[]])[] = (
  ['manage', 'edit', 'revise', 'contribute', 'read', 'busy'] as const
).map((level) => [level, granted[level].flatMap(expandPrivilege)] as const);
