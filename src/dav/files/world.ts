/** The resources of the files part. */
import type { FileNode } from '../../core/file.ts';
import type { Principal } from '../../core/principal.ts';
import type { DavContext } from '../engine.ts';
import { submittedTokens } from '../if-header.ts';
import type { Method as DavMethod } from '../method.ts';
import type { Property as DavProperty } from '../property.ts';
import type { DavResource, Instant } from '../resource.ts';
import type { FilePlace, FileStore } from './store.ts';

/** The collection above all homes; it lists the actor's own only. */
export interface MountResource extends DavResource {
  readonly kind: 'mount';
}

export interface FileResource extends DavResource {
  readonly kind: 'file' | 'folder';
  readonly place: FilePlace;
  readonly node: FileNode;
}

export interface FolderResource extends FileResource {
  readonly kind: 'folder';
}

export interface PlainFileResource extends FileResource {
  readonly kind: 'file';
}

export interface FilesServices {
  readonly store: FileStore;
  readonly now: () => Instant;
  /** Segments below the base path under which the homes lie, and the href of the collection that they make. */
  readonly mount: readonly string[];
  readonly mountHref: string;
  readonly principalHref: (principal: Principal) => string;
}

export interface FilesWorld {
  readonly resource: MountResource | FolderResource | PlainFileResource;
  readonly services: FilesServices;
  /** No live property can be set. */
  readonly patch: { readonly none?: never };
}

export type Context = DavContext<FilesWorld>;
export type Kind = FilesWorld['resource']['kind'];
export type Method<K extends Kind, ParentKind extends Kind = never> = DavMethod<FilesWorld, K, ParentKind>;
export type Property<K extends Kind, Value> = DavProperty<FilesWorld, K, Value>;

/** The lock tokens that came with the request: naming one in the `If` header submits it. */
export function tokens({ request }: Context): readonly string[] {
  return [...submittedTokens(request.conditions.if)];
}
