/**
 * How a method is declared. Several entries may share a name as long as their kinds differ: `PUT` of an object and
 * `PUT` of a file are two entries. `Allow`, `OPTIONS` and 405 are computed from the registry. HEAD is GET without body.
 *
 * Before a handler runs the engine has: resolved the path, refused what the actor may not do, read no body, and
 * checked `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` and `If` against the resource.
 */
import type { DavContext } from './engine.ts';
import type { Privilege } from './privilege.ts';
import type { Kind, Place, Resource, ResourceOf, World } from './resource.ts';
import type { DavResponse } from './response.ts';

export interface Method<W extends World, K extends Kind<W>, ParentKind extends Kind<W> = never> {
  readonly name: string;
  readonly spec: string;
  readonly on: readonly K[] | 'every';
  /** If true, a 412 carries what is there now, if the client prefers that (RFC 8144 §3.2). */
  readonly changesState: boolean;
  /** Needed on the resource. Absent: the handler, or the service behind it, decides. */
  readonly privilege?: Privilege;
  /** Needed on the collection that holds the resource (`unbind` for DELETE). */
  readonly parentPrivilege?: Privilege;
  /** The method neither reads nor changes the representation: of all conditions only `If` counts (RFC 9110 §13.2.1). */
  readonly ignoresPreconditions?: true;
  /** GET answers for these preconditions itself, because the resource's head does not tell the ETag of the answer. */
  readonly checksPreconditions?: true;
  /**
   * `handle` always refuses, with an error of its own (MKCALENDAR where something exists), so `Allow` does not list the
   * method.
   */
  readonly refusesExisting?: true;
  readonly handle: (resource: ResourceOf<W, K>, context: DavContext<W>) => Promise<DavResponse>;
  /** Kinds of collections below which the method may make something new; with `create`. */
  readonly below?: readonly ParentKind[] | 'every';
  /** Needed on that collection: `bind`, as a rule. */
  readonly createPrivilege?: Privilege;
  readonly create?: (place: Place<ResourceOf<W, ParentKind>>, context: DavContext<W>) => Promise<DavResponse>;
}

/** Any method of a world, as the registry holds it; see `AnyProperty`. */
export interface AnyMethod {
  readonly name: string;
  readonly spec: string;
  readonly on: readonly string[] | 'every';
  readonly changesState: boolean;
  readonly privilege?: Privilege;
  readonly parentPrivilege?: Privilege;
  readonly ignoresPreconditions?: true;
  readonly checksPreconditions?: true;
  readonly refusesExisting?: true;
  readonly handle: (resource: never, context: never) => Promise<DavResponse>;
  readonly below?: readonly string[] | 'every';
  readonly createPrivilege?: Privilege;
  readonly create?: (place: never, context: never) => Promise<DavResponse>;
}

export function defineMethod<W extends World, K extends Kind<W>, ParentKind extends Kind<W> = never>(
  method: Method<W, K, ParentKind>,
): Method<W, K, ParentKind> {
  return method;
}

/** What a path names: something there, or a free name below something, or neither. */
export type Target<W extends World> =
  | { readonly is: 'resource'; readonly resource: Resource<W> }
  | { readonly is: 'place'; readonly place: Place<Resource<W>> }
  | { readonly is: 'nowhere' };
