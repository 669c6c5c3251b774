/** Write locks on files (RFC 4918 §6, §7). */
import type { Change } from '../../core/change-set.ts';
import type { FileLock } from '../../core/file.ts';
import type { FileId } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { instant, secondMs } from '../../icalendar/time.ts';
import { requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import { commit } from '../writing.ts';
import { type FilePath, type FilePlace, fileAt } from './file-places.ts';

export interface LockRequest {
  readonly scope: 'exclusive' | 'shared';
  readonly depth: 0 | 'infinity';
  /** The client's `DAV:owner` element, serialized. */
  readonly ownerXml: string;
  /** What the client asked for; `undefined`: as long as we like. */
  readonly timeoutSeconds: number | undefined;
  readonly tokens: readonly string[];
}

/** The longest that a lock lives without being refreshed. */
export const maxLockSeconds = 3600;

/** The locks that protect a place: its own, and those of infinite depth above it. */
export async function locksOn(services: Services, place: FilePlace): Promise<readonly FileLock[]> {
  return (await locksOf(services, place)).filter((lock) => protects(lock, place.path));
}

/** The locks at a place and on everything below it. */
export async function locksBelow(services: Services, place: FilePlace): Promise<readonly FileLock[]> {
  return (await locksOf(services, place)).filter((lock) => startsWith(pathOf(lock), place.path));
}

/**
 * Refuses `locked` unless the tokens cover each lock that a change of the place would break (RFC 4918 §7).
 *
 * `members`: everything below changes too; `parent`: the collection it is in gains or loses a member.
 */
export async function requireUnlocked(
  services: Services,
  place: FilePlace,
  tokens: readonly string[],
  touches: { readonly members: boolean; readonly parent: boolean },
): Promise<void> {
  const locks = await locksOf(services, place);
  if (locks.length === 0) return;
  const parent = place.path.slice(0, -1);
  const concerned = locks.filter(
    (lock) =>
      protects(lock, place.path) ||
      (touches.members && startsWith(pathOf(lock), place.path)) ||
      (touches.parent && place.path.length > 0 && protects(lock, parent)),
  );
  // Several shared locks on one thing: the token of one of them is enough.
  for (const lock of concerned) {
    const equals = concerned.filter(({ path, scope }) => path === lock.path && scope === lock.scope);
    if (equals.some(({ token }) => tokens.includes(token))) continue;
    throw new Refusal('locked', 'it is locked', { name: await rootOf(services, place, lock) });
  }
}

/** Locks a place; where nothing is yet, an empty file comes to be (RFC 4918 §7.3). */
export async function lockFile(
  services: Services,
  actor: Actor,
  place: FilePlace,
  request: LockRequest,
): Promise<{ readonly lock: FileLock; readonly created: boolean }> {
  requireWriting(actor);
  const node = await fileAt(services, actor, place);
  const name = place.path.at(-1);
  const parent = await fileAt(services, actor, { home: place.home, path: place.path.slice(0, -1) });
  if (!node && (name === undefined || !parent?.isCollection)) {
    throw new Refusal(parent ? 'parent-missing' : 'not-found', 'the collection it would be in is not there');
  }
  await requireNoConflict(services, place, request);
  if (!node) {
    await requireUnlocked(services, place, request.tokens, { members: false, parent: true });
  }
  const lock: FileLock = {
    token: `urn:uuid:${uuid(services)}`,
    home: place.home.id,
    path: place.path.join('/'),
    scope: request.scope,
    depth: request.depth,
    principal: actor.principal.id,
    ownerXml: request.ownerXml,
    expires: expiry(services, request.timeoutSeconds),
  };
  const changes: Change[] = [{ do: 'lock', lock }];
  if (!node && name !== undefined && parent) changes.unshift(emptyFile(services, place, parent.id, name));
  await commit(services, actor, changes);
  return { lock, created: !node };
}

/** Extends one of the locks that protect a place. Refuses `stale` if the token belongs to none of them. */
export async function refreshLock(
  services: Services,
  actor: Actor,
  place: FilePlace,
  token: string,
  timeoutSeconds: number | undefined,
): Promise<FileLock> {
  const lock = await heldLock(services, actor, place, token);
  if (!lock)
    throw new Refusal('stale', `${token.slice(0, 100)} is no token of a lock on this file or folder`);
  const refreshed = { ...lock, expires: expiry(services, timeoutSeconds) };
  await commit(services, actor, [{ do: 'lock', lock: refreshed }]);
  return refreshed;
}

/** Removes a lock. Refuses `stale` if the token belongs to no lock that protects the place. */
export async function unlockFile(
  services: Services,
  actor: Actor,
  place: FilePlace,
  token: string,
): Promise<void> {
  const lock = await heldLock(services, actor, place, token);
  if (!lock)
    throw new Refusal('stale', `${token.slice(0, 100)} is no token of a lock on this file or folder`);
  await commit(services, actor, [{ do: 'unlock', token }]);
}

async function heldLock(
  services: Services,
  actor: Actor,
  place: FilePlace,
  token: string,
): Promise<FileLock | undefined> {
  requireWriting(actor);
  if (!(await fileAt(services, actor, place))) throw new Refusal('not-found', 'there is no such file');
  return (await locksOn(services, place)).find((lock) => lock.token === token);
}

/** RFC 4918 §6.1: an exclusive lock tolerates no other, a shared one no exclusive one; above, below and on the place. */
async function requireNoConflict(services: Services, place: FilePlace, request: LockRequest): Promise<void> {
  for (const lock of await locksOf(services, place)) {
    const overlaps =
      protects(lock, place.path) || (request.depth === 'infinity' && startsWith(pathOf(lock), place.path));
    if (!overlaps || (lock.scope === 'shared' && request.scope === 'shared')) continue;
    throw new Refusal('locked', 'it is locked already', { name: await rootOf(services, place, lock) });
  }
}

async function locksOf(services: Services, place: FilePlace): Promise<readonly FileLock[]> {
  return await services.storage.locks(place.home.id, services.clock.now());
}

function protects(lock: FileLock, path: FilePath): boolean {
  const root = pathOf(lock);
  return startsWith(path, root) && (lock.depth === 'infinity' || path.length === root.length);
}

function pathOf(lock: FileLock): FilePath {
  return lock.path === '' ? [] : lock.path.split('/');
}

function startsWith(path: FilePath, start: FilePath): boolean {
  return start.every((segment, index) => path[index] === segment);
}

/** The encoded path of a lock below the home; of a collection with a slash at its end. */
async function rootOf(services: Services, { home }: FilePlace, lock: FileLock): Promise<string> {
  const path = pathOf(lock);
  let node = await services.storage.fileRoot(home.id);
  for (const segment of path) node = node && (await services.storage.file(node.id, segment));
  const encoded = path.map(encodeSegment).join('/');
  return node?.isCollection && encoded !== '' ? `${encoded}/` : encoded;
}

function expiry(services: Services, timeoutSeconds: number | undefined): FileLock['expires'] {
  const seconds = Math.min(Math.max(timeoutSeconds ?? maxLockSeconds, 1), maxLockSeconds);
  return instant(services.clock.now() + seconds * secondMs);
}

function emptyFile(services: Services, place: FilePlace, parent: FileId, name: string): Change {
  const bytes = new Uint8Array();
  return {
    do: 'put-file',
    id: services.ids<FileId>(),
    home: place.home.id,
    parent,
    name,
    contentType: null,
    bytes,
    etag: etagOf(bytes),
    expect: 'absent',
  };
}

/** RFC 9562 §5.4. */
function uuid(services: Services): string {
  const bytes = Buffer.from(services.random(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
