/**
 * Large files and large trees of them are written in short steps, each a transaction of its own, where nobody sees them; the
 * change that shows them is a small one, and shows all or nothing. What a crash leaves half done is cleared away.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Change, StagedContent } from '../../core/change-set.ts';
import { type FileNode, filePartBytes } from '../../core/file.ts';
import type { ETag, FileId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { hourMs, type Instant, instant } from '../../icalendar/time.ts';
import type { Services } from '../context.ts';
import { etagOf, etagOfDigest } from '../fingerprint.ts';
import { commit } from '../writing.ts';

/** The bytes of a file, whole or in the pieces in which they came. */
export type FileBytes = Uint8Array | readonly Uint8Array[];

export interface ReadyContent {
  /** What the change that gives them to a file takes. */
  readonly bytes: Uint8Array | StagedContent;
  readonly etag: ETag;
}

/** More than any upload or copy takes. */
const stagedForMs = hourMs;

/** Nodes of one step of a copy: some two milliseconds. */
const stepNodes = 64;

/** Nodes that one COPY may make. */
const maxCopies = 20_000;

export function sizeOf(bytes: FileBytes): number {
  return piecesOf(bytes).reduce((sum, piece) => sum + piece.length, 0);
}

/** Makes contents ready to be given to a file of this home by `use`; they are cleared away if that fails. */
export async function withContent<Result>(
  services: Services,
  actor: Actor,
  home: Principal,
  bytes: FileBytes,
  use: (content: ReadyContent) => Promise<Result>,
): Promise<Result> {
  const sizeBytes = sizeOf(bytes);
  if (sizeBytes <= filePartBytes) {
    const whole = bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes, sizeBytes);
    return await use({ bytes: whole, etag: etagOf(whole) });
  }
  return await staged(services, actor, async (content) => {
    const hash = createHash('sha256');
    const until = end(services);
    let part = 0;
    for (const piece of partsOf(bytes)) {
      hash.update(piece);
      await commit(services, actor, [
        { do: 'stage-content', content, home: home.id, part: part++, bytes: piece, until },
      ]);
      // Other requests get a turn after each commit.
      await setImmediate();
    }
    return await use({ bytes: { staged: content, sizeBytes }, etag: etagOfDigest(hash) });
  });
}

export interface CopyTarget {
  readonly home: Principal;
  readonly parent: FileId;
  readonly name: string;
}

/** Copies a tree, of a collection with depth 0 only itself; `room` gives the changes that make room for it. */
export async function copyTree(
  services: Services,
  actor: Actor,
  source: FileNode,
  { home, parent, name }: CopyTarget,
  depth: 0 | 'infinity',
  room: () => Promise<readonly Change[]>,
): Promise<void> {
  if (!source.isCollection || depth === 0) {
    const copy: Change = { do: 'copy-file', from: source.id, id: services.ids<FileId>(), parent, name };
    await commit(services, actor, [...(await room()), copy]);
    return;
  }
  await staged(services, actor, async (id) => {
    const root = { home: home.id, until: end(services) };
    let step: Change[] = [{ do: 'copy-file', from: source.id, id, parent: root, name }];
    let count = 0;
    for await (const copy of membersCopied(services, source, id)) {
      if (++count >= maxCopies)
        throw new Refusal('too-large', `at most ${maxCopies} files are copied at once`);
      step.push(copy);
      if (step.length < stepNodes) continue;
      await commit(services, actor, step);
      await setImmediate();
      step = [];
    }
    await commit(services, actor, [...step, ...(await room()), { do: 'place-staged', id, parent, name }]);
  });
}

/** Changes that copy what is in a collection, parents first. */
async function* membersCopied(services: Services, source: FileNode, parent: FileId): AsyncGenerator<Change> {
  for await (const page of services.storage.fileMembers(source.id)) {
    for (const member of page) {
      const id = services.ids<FileId>();
      yield { do: 'copy-file', from: member.id, id, parent, name: member.name };
      if (member.isCollection) yield* membersCopied(services, member, id);
    }
  }
}

/** Runs `work` with a new id for what it stages, which is removed if the work fails. */
async function staged<Result>(
  services: Services,
  actor: Actor,
  work: (id: FileId) => Promise<Result>,
): Promise<Result> {
  const id = services.ids<FileId>();
  try {
    return await work(id);
  } catch (error) {
    // If that fails too, as on a full disk, it is removed when its time is over.
    await commit(services, actor, [{ do: 'drop-staged', id }]).catch(() => {});
    throw error;
  }
}

function* partsOf(bytes: FileBytes): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for (const piece of piecesOf(bytes)) {
    for (let from = 0; from < piece.length; ) {
      const until = Math.min(piece.length, from + filePartBytes - heldBytes);
      held.push(piece.subarray(from, until));
      heldBytes += until - from;
      from = until;
      if (heldBytes < filePartBytes) continue;
      yield joined(held, heldBytes);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield joined(held, heldBytes);
}

function joined(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, sizeBytes);
}

function piecesOf(bytes: FileBytes): readonly Uint8Array[] {
  return bytes instanceof Uint8Array ? [bytes] : bytes;
}

function end(services: Services): Instant {
  return instant(services.clock.now() + stagedForMs);
}
