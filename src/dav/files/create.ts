/**
 * The plain WebDAV collection beside the calendars: RFC 4918 class 1, 2 and 3, an engine of its own with its own
 * registries, so that locks are offered here and nowhere else (caldav.md §2.10).
 */
import type { Clock } from '../../core/clock.ts';
import type { Limits } from '../../core/limits.ts';
import type { Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { dav, isXmlName, type XmlName } from '../../xml/name.ts';
import { createDav } from '../create.ts';
import type { AccessControl, Dav, DavOptions, PrincipalDirectory, ResourcePatch } from '../engine.ts';
import { submittedTokens } from '../if-header.ts';
import { hrefOf } from '../path.ts';
import { expandPrivilege, type Privilege } from '../privilege.ts';
import type { Site } from '../request.ts';
import { lockProperties, shown } from './locks.ts';
import { fileMethods } from './methods.ts';
import { membersOf, placeAt, resolveFile } from './resources.ts';
import type { FileStore } from './store.ts';
import { Locked, withDavErrors } from './store-errors.ts';
import type { Context, FileResource, FilesWorld } from './world.ts';

export interface FilesOptions {
  readonly site: Site;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Segments below the base path under which the homes lie: `['dav', 'files']`. */
  readonly mount: readonly string[];
  readonly store: FileStore;
  readonly principalHref: (principal: Principal) => string;
  /** `DAV:principal-collection-set`. */
  readonly principalCollections: readonly string[];
  readonly logError: DavOptions<FilesWorld>['logError'];
}

export function createFilesDav(options: FilesOptions): Dav<FilesWorld> {
  const { site, limits, clock, mount, store, principalHref } = options;
  const mountHref = hrefOf(site, mount, true);
  return createDav<FilesWorld>({
    site,
    limits,
    services: { store, now: clock.now, mount, mountHref, principalHref },
    methods: fileMethods,
    properties: lockProperties,
    reports: [],
    // A file's only name is that in its path. So `displayname` is not live here, and clients may keep a dead one (RFC
    // 4918 §15.2).
    withoutProperties: [dav('displayname')],
    features: ['2', '3', 'access-control', 'extended-mkcol'],
    resolve: resolveFile,
    members: membersOf,
    access,
    principals: principalsOf(options),
    deadProperties: { on: ['file', 'folder'], read: readDead },
    applyPatch,
    quota: async (resource) => (resource.kind === 'mount' ? undefined : store.quota(resource.place.home)),
    lockTokens: async (path, context) => {
      const place = await placeAt(path, context);
      return place === undefined ? [] : (await store.locksOn(place)).map(({ token }) => token);
    },
    logError: options.logError,
  });
}

/** Files belong to their owner alone and do not exist for anybody else, so only the owner's rights are ever listed. */
const access: AccessControl<FilesWorld> = {
  privileges: ({ kind }, { actor }) => (kind === 'mount' || actor.scope === 'read' ? readOnly : everything),
  owner: (resource, { services }) =>
    resource.kind === 'mount' ? undefined : services.principalHref(resource.place.home),
  acl: async (resource, { services }) => {
    if (resource.kind === 'mount') return [];
    const href = services.principalHref(resource.place.home);
    return [{ principal: { is: 'href', href }, grant: ['all'], isProtected: true }];
  },
};

const everything: ReadonlySet<Privilege> = new Set(expandPrivilege('all'));
const readOnly: ReadonlySet<Privilege> = new Set([...expandPrivilege('read'), 'read-acl']);

/** Principals are served by another engine; this one only has their hrefs. */
function principalsOf({ principalHref, principalCollections }: FilesOptions): PrincipalDirectory<FilesWorld> {
  return {
    currentUser: ({ actor }) => principalHref(actor.principal),
    collections: principalCollections,
    isPrincipal: () => false,
    groups: async () => [],
    searchable: [],
    async *search() {},
  };
}

async function readDead(
  resources: readonly FilesWorld['resource'][],
  { services }: Context,
): Promise<readonly ReadonlyMap<XmlName, string>[]> {
  const found: ReadonlyMap<XmlName, string>[] = [];
  for (const resource of resources) {
    const kept = resource.kind === 'mount' ? [] : await services.store.properties(resource.node);
    const named = new Map<XmlName, string>();
    for (const [name, xml] of kept) if (isXmlName(name)) named.set(name, xml);
    found.push(named);
  }
  return found;
}

async function applyPatch(
  resource: FilesWorld['resource'],
  { dead }: ResourcePatch<FilesWorld>,
  context: Context,
): Promise<void> {
  if (resource.kind === 'mount') throw new Refusal('protected-property', 'nothing can be set here');
  const { store } = context.services;
  await requireToken(resource, context);
  await withDavErrors(
    store.patchProperties(context.actor, resource.node, dead),
    resource.place.home,
    context,
  );
}

/**
 * A lock protects properties too (RFC 4918 §7). If several shared locks cover one thing, the token of one of them is
 * enough.
 */
async function requireToken(file: FileResource, context: Context): Promise<void> {
  const locks = await context.services.store.locksOn(file.place);
  const submitted = submittedTokens(context.request.conditions.if);
  const opened = new Set(locks.filter(({ token }) => submitted.has(token)).map(({ path }) => path));
  const closed = locks.find(({ path }) => !opened.has(path));
  if (closed === undefined) return;
  const { rootHref } = shown(closed, file, context);
  throw new Locked('it is locked', dav('lock-token-submitted'), rootHref);
}
