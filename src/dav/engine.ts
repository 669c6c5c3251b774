/** The engine's contract with a door: what it must be told, and what it gives to handlers. */
import type { Expectation } from '../core/change-set.ts';
import type { ETag } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import type { Actor } from '../core/principal.ts';
import type { XmlName } from '../xml/name.ts';
import type { XmlElement } from '../xml/reader.ts';
import type { AnyMethod, Target } from './method.ts';
import type { Responder, ResponderOptions, RowTemplate } from './planner.ts';
import type { Privilege } from './privilege.ts';
import type { AnyProperty } from './property.ts';
import type { Registry } from './registry.ts';
import type { AnyReport } from './report.ts';
import type { DavPath, DavRequest, RawRequest, Site } from './request.ts';
import type { Kind, Resource, World } from './resource.ts';
import type { DavResponse } from './response.ts';

/** What every handler, property and report is given besides its resource. */
export interface DavContext<W extends World> {
  readonly request: DavRequest;
  readonly actor: Actor;
  readonly services: W['services'];
  readonly dav: Dav<W>;
  /**
   * What the preconditions found and must still be true when the change is applied: hand it to the service. `absent`
   * after `If-None-Match: *`, the etag after an `If-Match` or `If` that named one, else `anything`.
   */
  readonly expect: Expectation;
}

export interface DavOptions<W extends World> {
  readonly site: Site;
  readonly limits: Limits;
  readonly services: W['services'];
  /** In the order in which OPTIONS lists them. OPTIONS, PROPFIND, PROPPATCH, REPORT and ACL need no entry. */
  readonly methods: readonly AnyMethod[];
  /** In the order in which answers list them; the engine's own come first (`own.ts`). */
  readonly properties: readonly AnyProperty[];
  readonly reports: readonly AnyReport[];
  /** Properties of the engine that this door does not have, so that clients may keep dead ones of that name. */
  readonly withoutProperties?: readonly XmlName[];
  /** Tokens of the `DAV` header after `1`: `['3', 'access-control', …]`. The same on every URL (clients.md W9). */
  readonly features: readonly string[];
  /** What the actor may see at these segments below `site.basePath`; what they may not see is absent. */
  readonly resolve: (segments: readonly string[], context: DavContext<W>) => Promise<Resource<W> | undefined>;
  /** Direct members in pages, only those the actor may see. */
  readonly members: (
    collection: Resource<W>,
    context: DavContext<W>,
  ) => AsyncIterable<readonly Resource<W>[]>;
  /** Members written by the storage itself, when the actor sees them all in full and they are of one kind. */
  readonly memberRows?: (
    collection: Resource<W>,
    context: DavContext<W>,
  ) => Promise<MemberRows<W> | undefined>;
  readonly access: AccessControl<W>;
  readonly principals: PrincipalDirectory<W>;
  /** Absent: properties that are not in the registry cannot be set. */
  readonly deadProperties?: DeadProperties<W>;
  /**
   * Applies the whole patch, or throws and changes nothing. Checks the actor's rights itself: a person's private
   * settings may be set where the person may not write (clients.md W24).
   */
  readonly applyPatch: (
    resource: Resource<W>,
    patch: ResourcePatch<W>,
    context: DavContext<W>,
  ) => Promise<void>;
  /** The entity tag of a resource that carries none because its content is made when it is asked for. */
  readonly madeEtag?: (resource: Resource<W>, context: DavContext<W>) => Promise<ETag | undefined>;
  /** RFC 4331 §3, §4 for the home that holds the resource; absent where nothing is counted. */
  readonly quota?: (resource: Resource<W>, context: DavContext<W>) => Promise<Quota | undefined>;
  /** RFC 6578, for the kinds that keep a log. */
  readonly sync?: SyncSource<W>;
  /** Tokens of the locks that cover a path, for the `If` header; absent where nothing can be locked. */
  readonly lockTokens?: (path: DavPath, context: DavContext<W>) => Promise<readonly string[]>;
  /** Called for unexpected errors, which are answered with 500. */
  readonly logError: (error: unknown, request: RawRequest) => void;
}

export interface MemberRows<W extends World> {
  /** Any member: it provides the values that all members share. */
  readonly sample: Resource<W>;
  readonly rows: (template: RowTemplate) => AsyncIterable<Uint8Array>;
}

export interface ResourcePatch<W extends World> {
  /** The merged answers of `Property.patch`. */
  readonly live: Partial<W['patch']>;
  /** Serialized elements, `null` for those to remove. */
  readonly dead: ReadonlyMap<XmlName, string | null>;
}

export interface DeadProperties<W extends World> {
  /** For a page of resources, in their order: serialized elements by name. */
  readonly read: (
    resources: readonly Resource<W>[],
    context: DavContext<W>,
  ) => Promise<readonly ReadonlyMap<XmlName, string>[]>;
  /** Which kinds take dead properties. */
  readonly on: readonly Kind<W>[] | 'every';
}

export interface Quota {
  readonly usedBytes: number;
  readonly availableBytes: number;
}

/** RFC 3744: who may do what, as the door's rules say. */
export interface AccessControl<W extends World> {
  /**
   * The actor's privileges, aggregates and their parts both listed; also the answer of `current-user-privilege-set`.
   * `wanted`: the only one of them that matters, where not all can be told at once.
   */
  readonly privileges: (
    resource: Resource<W>,
    context: DavContext<W>,
    wanted?: Privilege,
  ) => ReadonlySet<Privilege> | Promise<ReadonlySet<Privilege>>;
  /** Whether members of one collection, of which this is one, differ in the actor's privileges; absent: never. */
  readonly privilegesDiffer?: (member: Resource<W>) => boolean;
  /** Principal href. */
  readonly owner: (resource: Resource<W>, context: DavContext<W>) => string | undefined;
  readonly group?: (resource: Resource<W>, context: DavContext<W>) => string | undefined;
  readonly acl: (resource: Resource<W>, context: DavContext<W>) => Promise<readonly Ace[]>;
  /** Collections whose entries apply here too (RFC 3744 §5.7). */
  readonly inheritedFrom?: (resource: Resource<W>, context: DavContext<W>) => readonly string[];
  /** Privileges on a resource that nobody is granted but as parts of larger ones (RFC 3744 §5.3). */
  readonly abstract?: (resource: Resource<W>) => ReadonlySet<Privilege>;
  /** Kinds whose list the ACL method changes; with `setAcl`. */
  readonly setAclOn?: readonly Kind<W>[];
  /** Replaces the entries that are neither protected nor inherited. The engine has checked their form. */
  readonly setAcl?: (resource: Resource<W>, aces: readonly Ace[], context: DavContext<W>) => Promise<void>;
}

export type AcePrincipal =
  | { readonly is: 'href'; readonly href: string }
  | { readonly is: 'all' | 'authenticated' | 'unauthenticated' | 'self' }
  | { readonly is: 'property'; readonly property: XmlName };

/** A grant. Denials and inverted principals are not offered (`acl-restrictions`: grant-only, no-invert). */
export interface Ace {
  readonly principal: AcePrincipal;
  readonly grant: readonly Privilege[];
  readonly isProtected: boolean;
  /** Href of the resource it comes from. */
  readonly inheritedFrom?: string;
}

/** Principals for RFC 3744 §9 and RFC 5397. */
export interface PrincipalDirectory<W extends World> {
  readonly currentUser: (context: DavContext<W>) => string;
  /** `DAV:principal-collection-set`. */
  readonly collections: readonly string[];
  readonly isPrincipal: (resource: Resource<W>) => boolean;
  /** `DAV:alternate-URI-set`: `mailto:` and `urn:uuid:` addresses. */
  readonly alternateUris?: (principal: Resource<W>) => readonly string[];
  /** Hrefs of a group's direct members; `undefined` for principals that are no group. */
  readonly members?: (
    principal: Resource<W>,
    context: DavContext<W>,
  ) => Promise<readonly string[] | undefined>;
  /** Hrefs of the groups a principal is a direct member of. */
  readonly memberships?: (principal: Resource<W>, context: DavContext<W>) => Promise<readonly string[]>;
  /** Hrefs of the groups the actor is in, directly or not. */
  readonly groups: (context: DavContext<W>) => Promise<readonly string[]>;
  /** RFC 3744 §9.5. */
  readonly searchable: readonly { readonly property: XmlName; readonly description: string }[];
  /** Principals the actor may see whose properties contain the texts (caseless). */
  readonly search: (query: PrincipalSearch, context: DavContext<W>) => AsyncIterable<readonly Resource<W>[]>;
}

export interface PrincipalSearch {
  /** `anyof` is of the calendarserver.org variant; RFC 3744 means all. */
  readonly test: 'allof' | 'anyof';
  readonly terms: readonly { readonly property: XmlName; readonly match: string }[];
}

/** What changed (RFC 6578). */
export interface SyncSource<W extends World> {
  readonly on: readonly Kind<W>[];
  readonly token: (collection: Resource<W>, context: DavContext<W>) => Promise<string>;
  /**
   * Services whose next write fails as `stale` unless the collections are still as the tokens say that the request relies
   * on (RFC 6578 §5).
   */
  readonly holding?: (
    relied: readonly { readonly collection: Resource<W>; readonly token: string }[],
    context: DavContext<W>,
  ) => W['services'];
  /**
   * What changed since `token`; `undefined` for the empty token: everything there is. Throws `bad-sync-token`.
   * At most `limit` entries; `truncated` when there was more, and `token` then names the state reached.
   */
  readonly changes: (
    collection: Resource<W>,
    since: string | undefined,
    options: { readonly limit: number; readonly depth: 1 | 'infinity' },
    context: DavContext<W>,
  ) => Promise<SyncAnswer<W>>;
}

export interface SyncAnswer<W extends World> {
  readonly pages: AsyncIterable<readonly SyncEntry<W>[]>;
  /** For an initial listing without limit, where the storage can write the rows. */
  readonly rows?: MemberRows<W>;
  /** The same as `pages` where nothing is asked of a member but what its line has, or what is the same for all. */
  readonly lines?: { readonly sample: Resource<W>; readonly pages: AsyncIterable<readonly SyncLine[]> };
  readonly token: string;
  readonly truncated: boolean;
}

/** A member as it is now, or the href of one that is gone. */
export type SyncEntry<W extends World> =
  | { readonly is: 'changed'; readonly resource: Resource<W> }
  | { readonly is: 'gone'; readonly href: string };

/** A member that is there or gone, by its name as it stands in hrefs. */
export type SyncLine =
  | { readonly name: string; readonly gone: false; readonly etag: string }
  | { readonly name: string; readonly gone: true };

export interface Dav<W extends World> {
  /** Never rejects: what goes wrong becomes an answer. */
  readonly handle: (request: RawRequest) => Promise<DavResponse>;
  /** `handle` with other services than the door's own. */
  readonly handleWith: (services: W['services'], request: RawRequest) => Promise<DavResponse>;
  readonly options: DavOptions<W>;
  /** Href in canonical form for segments below the base path. */
  readonly href: (segments: readonly string[], isCollection: boolean) => string;
  /** Any href a client sends or a property holds, absolute or path-only; `undefined` when it is not ours or is malformed. */
  readonly pathOf: (href: string, context: DavContext<W>) => DavPath | undefined;
  readonly resolveHref: (href: string, context: DavContext<W>) => Promise<Resource<W> | undefined>;
  readonly registry: Registry;
  /** The XML body; `undefined` when there is none. Refuses: `malformed-request`. */
  readonly readXml: (request: DavRequest) => Promise<XmlElement | undefined>;
  readonly responder: (options: ResponderOptions, context: DavContext<W>) => Responder<W>;
  /** What a path names, and what lies around it when nothing is there. */
  readonly target: (path: DavPath, context: DavContext<W>) => Promise<Target<W>>;
  /** Throws `need-privileges` with href and privilege. */
  readonly require: (resource: Resource<W>, privilege: Privilege, context: DavContext<W>) => Promise<void>;
  /**
   * For a path whose collection is missing: throws `need-privileges` unless the actor could make it. What is hidden from
   * them and what is absent are told alike, and nobody is sent to make collections where they may not (RFC 3744 §7.1.1).
   */
  readonly requireBindAbove: (path: DavPath, context: DavContext<W>) => Promise<void>;
}
