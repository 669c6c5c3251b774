/** Paths of the files part to resources and back. */
import type { FileNode } from '../../core/file.ts';
import { encodeSegment } from '../../core/name.ts';
import type { Principal } from '../../core/principal.ts';
import { dav, type XmlName } from '../../xml/name.ts';
import { isBelowOrSame } from '../path.ts';
import type { DavPath } from '../request.ts';
import type { FilePlace } from './store.ts';
import type { Context, FilesServices, FilesWorld, FolderResource, MountResource } from './world.ts';

/** What a path below the mount says: the mount itself, or a place in a home that the actor may know. */
type FilesPath = { readonly at: 'mount' } | { readonly at: 'place'; readonly place: FilePlace };

/** `undefined` for what lies outside of the mount, and for homes that are not the actor's to see. */
async function filesPath(
  segments: readonly string[],
  { actor, services }: Context,
): Promise<FilesPath | undefined> {
  const { mount } = services;
  if (!isBelowOrSame(segments, mount)) return undefined;
  const [name, ...path] = segments.slice(mount.length);
  if (name === undefined) return { at: 'mount' };
  const home = await services.store.home(actor, name);
  return home === undefined ? undefined : { at: 'place', place: { home, path } };
}

export async function resolveFile(
  segments: readonly string[],
  context: Context,
): Promise<FilesWorld['resource'] | undefined> {
  const { actor, services } = context;
  const path = await filesPath(segments, context);
  if (path === undefined) return undefined;
  if (path.at === 'mount') return mountResource(services);
  const node = await services.store.fileAt(actor, path.place);
  return node === undefined ? undefined : fileResource(node, path.place, services);
}

/** The place that a client's href names; `undefined` when it lies outside of the files. */
export async function placeAt(path: DavPath, context: Context): Promise<FilePlace | undefined> {
  const found = await filesPath(path.segments, context);
  return found?.at === 'place' ? found.place : undefined;
}

export async function* membersOf(
  resource: FilesWorld['resource'],
  { actor, services }: Context,
): AsyncGenerator<readonly FilesWorld['resource'][]> {
  if (resource.kind === 'file') return;
  if (resource.kind === 'mount') {
    const own = { home: actor.principal, path: [] };
    const node = await services.store.fileAt(actor, own);
    if (node !== undefined) yield [fileResource(node, own, services)];
    return;
  }
  const { home, path } = resource.place;
  for await (const page of services.store.filesIn(resource.node)) {
    yield page.map((node) => fileResource(node, { home, path: [...path, node.name] }, services));
  }
}

function fileResource(
  node: FileNode,
  place: FilePlace,
  services: FilesServices,
): Exclude<FilesWorld['resource'], MountResource> {
  const { created, modified } = node;
  const href = hrefOfPlace(place, services);
  if (node.isCollection) {
    return {
      kind: 'folder',
      href: `${href}/`,
      isCollection: true,
      types: collection,
      created,
      modified,
      place,
      node,
    };
  }
  const { etag, sizeBytes } = node;
  const contentType = node.contentType ?? 'application/octet-stream';
  return {
    kind: 'file',
    href,
    isCollection: false,
    types: none,
    etag,
    contentType,
    sizeBytes,
    created,
    modified,
    place,
    node,
  };
}

/** A free name below a folder. */
export function inside({ place }: FolderResource, name: string): FilePlace {
  return { home: place.home, path: [...place.path, name] };
}

/** Without a slash at the end. */
export function hrefOfPlace({ home, path }: FilePlace, { mountHref }: FilesServices): string {
  return mountHref + [home.name, ...path].map(encodeSegment).join('/');
}

/** Href of something whose encoded path below its home is known: how locks are named. */
export function hrefInHome(home: Principal, encodedPath: string, { mountHref }: FilesServices): string {
  return `${mountHref}${encodeSegment(home.name)}/${encodedPath}`;
}

function mountResource({ mountHref }: FilesServices): MountResource {
  return { kind: 'mount', href: mountHref, isCollection: true, types: collection };
}

const none: readonly XmlName[] = [];
const collection: readonly XmlName[] = [dav('collection')];
