/**
 * The plain WebDAV collection that each person has beside the calendars (RFC 4918).
 *
 * Whoever changes something names the lock tokens that they hold.
 */
import type { Change, Expectation } from '../../core/change-set.ts';
import type { FileLock, FileNode } from '../../core/file.ts';
import type { ETag, FileId } from '../../core/ids.ts';
import { isSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { locksBelow, requireUnlocked } from './file-locks.ts';
import { type FilePath, type FilePlace, fileAt, mayEnter, missing } from './file-places.ts';
import { copyTree, type FileBytes, sizeOf, withContent } from './file-steps.ts';

/** Lock tokens that the client submitted with its request (the `If` header). */
export interface Submitted {
  readonly tokens: readonly string[];
}

export interface NewFile extends Submitted {
  readonly bytes: FileBytes;
  readonly contentType?: string;
  readonly expect: Expectation;
}

export interface FileTransfer extends Submitted {
  readonly overwrite: boolean;
  /** `0`: of a collection only the collection itself (COPY). A MOVE is always of everything. */
  readonly depth?: 0 | 'infinity';
}

/** The members of a collection, in pages. */
export function filesIn(services: Services, collection: FileNode): AsyncIterable<readonly FileNode[]> {
  return services.storage.fileMembers(collection.id);
}

/** The bytes of a file. */
export async function readFile(services: Services, file: FileNode): Promise<Uint8Array> {
  return (await services.storage.fileBytes(file.id)) ?? new Uint8Array();
}

/** Stores a file. Refuses `parent-missing`, `method-not-allowed` on collections, `too-large`, `stale`, `locked`. */
export async function putFile(
  services: Services,
  actor: Actor,
  place: FilePlace,
  file: NewFile,
): Promise<{ readonly created: boolean; readonly etag: ETag }> {
  const sizeBytes = sizeOf(file.bytes);
  if (sizeBytes > services.limits.maxFileBytes) {
    throw new Refusal('too-large', `a file may have at most ${services.limits.maxFileBytes} bytes`);
  }
  const { parent, name } = await parentOf(services, actor, place);
  const existing = await services.storage.file(parent.id, name);
  if (existing?.isCollection) throw new Refusal('method-not-allowed', 'there is a folder of this name');
  const unlocked = () => requireUnlocked(services, place, file.tokens, { members: false, parent: !existing });
  await unlocked();
  await requireRoom(services, place, sizeBytes - (existing?.sizeBytes ?? 0));
  return await withContent(services, actor, place.home, file.bytes, async ({ bytes, etag }) => {
    // Somebody may have locked it while many parts were written.
    if (!(bytes instanceof Uint8Array)) await unlocked();
    const created = await commit(services, actor, [
      {
        do: 'put-file',
        id: services.ids<FileId>(),
        home: place.home.id,
        parent: parent.id,
        name,
        contentType: file.contentType ?? null,
        bytes,
        etag,
        expect: file.expect,
      },
    ]);
    return { created: created[0] ?? false, etag };
  });
}

/** Makes an empty collection (MKCOL). Refuses `method-not-allowed` where there is something, `parent-missing`, `locked`. */
export async function makeCollection(
  services: Services,
  actor: Actor,
  place: FilePlace,
  { tokens }: Submitted,
): Promise<void> {
  if (place.path.length === 0) throw new Refusal('method-not-allowed', 'there is something of that name');
  const { parent, name } = await parentOf(services, actor, place);
  if (await services.storage.file(parent.id, name)) {
    throw new Refusal('method-not-allowed', 'there is something of that name');
  }
  await requireUnlocked(services, place, tokens, { members: false, parent: true });
  const collection: Change = {
    do: 'make-collection',
    id: services.ids<FileId>(),
    home: place.home.id,
    parent: parent.id,
    name,
  };
  await commit(services, actor, [collection]);
}

/** Removes a file, or a collection with everything in it, and the locks on them. */
export async function deleteFile(
  services: Services,
  actor: Actor,
  place: FilePlace,
  { tokens }: Submitted,
): Promise<void> {
  const node = await present(services, actor, place);
  if (place.path.length === 0) throw new Refusal('need-privileges', 'the top collection cannot be removed');
  requireWriting(actor);
  await requireUnlocked(services, place, tokens, { members: true, parent: true });
  await commit(services, actor, [{ do: 'delete-file', id: node.id }, ...(await unlocking(services, place))]);
}

/** Copies a file or collection with its dead properties; locks stay behind. */
export async function copyFile(
  services: Services,
  actor: Actor,
  from: FilePlace,
  to: FilePlace,
  transfer: FileTransfer,
): Promise<{ readonly created: boolean }> {
  const source = await present(services, actor, from);
  const { existing, parent, name } = await clear(services, actor, from, to, transfer);
  const target = { home: to.home, parent: parent.id, name };
  await copyTree(services, actor, source, target, transfer.depth ?? 'infinity', async () => {
    // Again: a large copy takes its time, and others may have come to the place meanwhile.
    const { changes } = await clear(services, actor, from, to, transfer);
    return changes;
  });
  return { created: !existing };
}

/** Moves a file or collection with everything in it; locks do not come along (RFC 4918 §7.7). */
export async function moveFile(
  services: Services,
  actor: Actor,
  from: FilePlace,
  to: FilePlace,
  transfer: FileTransfer,
): Promise<{ readonly created: boolean }> {
  const source = await present(services, actor, from);
  if (from.path.length === 0) throw new Refusal('need-privileges', 'the top collection cannot be moved');
  if (from.home.id !== to.home.id) throw new Refusal('location-not-ok', 'files stay in their home');
  await requireUnlocked(services, from, transfer.tokens, { members: true, parent: true });
  const { existing, parent, name, changes } = await clear(services, actor, from, to, transfer);
  await commit(services, actor, [
    ...changes,
    { do: 'move-file', id: source.id, parent: parent.id, name },
    ...(await unlocking(services, from)),
  ]);
  return { created: !existing };
}

interface Cleared {
  readonly existing: FileNode | undefined;
  readonly parent: FileNode;
  readonly name: string;
  /** Changes to be done first: they remove what is at the target. */
  readonly changes: readonly Change[];
}

/** Makes room at the target of a COPY or MOVE (RFC 4918 §9.8.4, §9.9.3). */
async function clear(
  services: Services,
  actor: Actor,
  from: FilePlace,
  to: FilePlace,
  { overwrite, tokens }: FileTransfer,
): Promise<Cleared> {
  if (from.home.id === to.home.id && (isWithin(to.path, from.path) || isWithin(from.path, to.path))) {
    throw new Refusal('location-not-ok', 'a file or folder cannot be put into or over itself');
  }
  const { parent, name } = await parentOf(services, actor, to);
  const existing = await services.storage.file(parent.id, name);
  if (existing && !overwrite) throw new Refusal('stale', 'there is something of that name');
  await requireUnlocked(services, to, tokens, { members: true, parent: !existing });
  const changes: Change[] = existing ? [{ do: 'delete-file', id: existing.id }] : [];
  return { existing, parent, name, changes };
}

/**
 * Checks the quota before anything is staged, so that a full home does not fill the disk with contents it cannot keep.
 * The commit has the last word.
 */
async function requireRoom(services: Services, { home }: FilePlace, moreBytes: number): Promise<void> {
  if (moreBytes <= 0) return;
  const usedBytes = await services.storage.usedBytes(home.id);
  if (usedBytes + moreBytes > services.limits.maxHomeBytes) {
    throw new Refusal('quota-exceeded', 'the home is full');
  }
}

async function unlocking(services: Services, place: FilePlace): Promise<readonly Change[]> {
  const locks: readonly FileLock[] = await locksBelow(services, place);
  return locks.map(({ token }): Change => ({ do: 'unlock', token }));
}

async function parentOf(
  services: Services,
  actor: Actor,
  place: FilePlace,
): Promise<{ readonly parent: FileNode; readonly name: string }> {
  if (!mayEnter(actor, place.home)) throw missing();
  requireWriting(actor);
  const name = place.path.at(-1);
  if (name === undefined) throw new Refusal('method-not-allowed', 'this is the top collection');
  if (!isSegment(name, services.limits.maxNameBytes)) {
    throw new Refusal('bad-name', `${JSON.stringify(name.slice(0, 100))} is no name that a file can have`);
  }
  const parent = await fileAt(services, actor, { home: place.home, path: place.path.slice(0, -1) });
  if (!parent?.isCollection)
    throw new Refusal('parent-missing', 'the collection it would be in is not there');
  return { parent, name };
}

async function present(services: Services, actor: Actor, place: FilePlace): Promise<FileNode> {
  const node = await fileAt(services, actor, place);
  if (!node) throw missing();
  return node;
}

/** `path` is `ancestor` or lies below it. */
function isWithin(path: FilePath, ancestor: FilePath): boolean {
  return ancestor.every((segment, index) => path[index] === segment);
}
