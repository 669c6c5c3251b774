/**
 * What the engine knows of resources, and how a door names the kinds it has.
 *
 * A door describes itself by one `World`: the union of its resources, the services its handlers are given, and what a
 * PROPPATCH of live properties adds up to. Every declaration of the engine takes the world as its type parameter; a
 * door writes it once: `type Property<Kind, Value> = dav.Property<MyWorld, Kind, Value>`.
 */
import type { Clock } from '../core/clock.ts';
import type { ETag } from '../core/ids.ts';
import type { XmlName } from '../xml/name.ts';

/** Milliseconds since 1970, UTC. */
export type Instant = ReturnType<Clock['now']>;

/**
 * What RFC 4918 §15 says of every resource, as data. A resource is made by `resolve` with its head loaded, so that
 * preconditions and properties of cost `head` need no further read.
 */
export interface DavResource {
  /** The tag of the door's union: `calendar`, `object`, `principal`… */
  readonly kind: string;
  /** Path in canonical form (clients.md W2): percent-encoded, from the root of the server, `/` at the end of collections. */
  readonly href: string;
  readonly isCollection: boolean;
  /** `DAV:resourcetype`, `DAV:collection` included; a constant of the kind. */
  readonly types: readonly XmlName[];
  readonly displayName?: string | undefined;
  /** Strong, quoted. Absent: the resource has no `getetag` and fails every `If-Match`, `*` excepted. */
  readonly etag?: ETag | undefined;
  readonly contentType?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly created?: Instant | undefined;
  readonly modified?: Instant | undefined;
  /** The resource exists only for reports of its kind; every other request is answered as if it were not there. */
  readonly isHidden?: true;
}

export interface World {
  readonly resource: DavResource;
  readonly services: unknown;
  /** What `Property.patch` answers are merged into, for `applyPatch`. */
  readonly patch: object;
}

export type Resource<W extends World> = W['resource'];
export type Kind<W extends World> = W['resource']['kind'];
/** The member of the door's union with that kind. */
export type ResourceOf<W extends World, K extends string> = Extract<W['resource'], { readonly kind: K }>;

/** A name that is not in use, below a collection that is there. */
export interface Place<Parent extends DavResource> {
  readonly parent: Parent;
  /** Decoded last segment. */
  readonly name: string;
  /** Canonical, without a slash at the end; a method that makes a collection adds it. */
  readonly href: string;
  /** As the client wrote it. */
  readonly trailingSlash: boolean;
}
