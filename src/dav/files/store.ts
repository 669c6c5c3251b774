/**
 * What the files part needs from the rules behind it. `service/files/files.ts` and `service/files/file-locks.ts` satisfy it once
 * their services are bound; the locks are theirs to enforce, so no other door can forget them.
 */
import type { Expectation } from '../../core/change-set.ts';
import type { FileLock, FileNode } from '../../core/file.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import type { Quota } from '../engine.ts';

/** Something that may be there or not: decoded segments below the top collection of a home. */
export interface FilePlace {
  readonly home: Principal;
  readonly path: readonly string[];
}

/** Lock tokens that came with the request. */
export interface Submitted {
  readonly tokens: readonly string[];
}

export interface FileTransfer extends Submitted {
  readonly overwrite: boolean;
  /** `0`: of a collection only itself. */
  readonly depth: 0 | 'infinity';
}

export interface LockRequest extends Submitted {
  readonly scope: 'exclusive' | 'shared';
  readonly depth: 0 | 'infinity';
  /** The client's `DAV:owner` element, serialized; '' when it sent none. */
  readonly ownerXml: string;
  /** `undefined`: as long as the server likes. */
  readonly timeoutSeconds: number | undefined;
}

/**
 * All refuse `not-found` where the actor may not know of the place, `need-privileges` for credentials that may only read,
 * and, where they change something, `locked` with `detail.name`: the encoded path, below the home, of the lock in the way, with a slash at the end of a collection.
 */
export interface FileStore {
  /** The person whose files are at `/<name>/`; `undefined` when the actor may not know of them. */
  readonly home: (actor: Actor, name: string) => Promise<Principal | undefined>;
  readonly fileAt: (actor: Actor, place: FilePlace) => Promise<FileNode | undefined>;
  readonly filesIn: (collection: FileNode) => AsyncIterable<readonly FileNode[]>;
  readonly readFile: (file: FileNode) => Promise<Uint8Array>;
  readonly putFile: (
    actor: Actor,
    place: FilePlace,
    file: Submitted & {
      /** The whole content, or the pieces in which it arrived. */
      readonly bytes: Uint8Array | readonly Uint8Array[];
      readonly contentType?: string;
      readonly expect: Expectation;
    },
  ) => Promise<{ readonly created: boolean; readonly etag: ETag }>;
  readonly makeCollection: (actor: Actor, place: FilePlace, submitted: Submitted) => Promise<void>;
  /** Deletes a file, or a folder with everything in it, and all locks on them. */
  readonly deleteFile: (actor: Actor, place: FilePlace, submitted: Submitted) => Promise<void>;
  /**
   * Atomic; what is at the target is removed first. Refuses `stale` when it may not be, `location-not-ok` for a copy
   * into or onto itself.
   */
  readonly copyFile: (
    actor: Actor,
    from: FilePlace,
    to: FilePlace,
    transfer: FileTransfer,
  ) => Promise<{ readonly created: boolean }>;
  readonly moveFile: (
    actor: Actor,
    from: FilePlace,
    to: FilePlace,
    transfer: FileTransfer,
  ) => Promise<{ readonly created: boolean }>;
  /** Locks that cover the place: on it, or of infinite depth above it. */
  readonly locksOn: (place: FilePlace) => Promise<readonly FileLock[]>;
  /** `created`: nothing was there, so there is an empty file now (RFC 4918 §7.3). Refuses `locked` for a conflict. */
  readonly lockFile: (
    actor: Actor,
    place: FilePlace,
    request: LockRequest,
  ) => Promise<{ readonly lock: FileLock; readonly created: boolean }>;
  /** Refuses `stale` when the token is not of a lock that covers the place. */
  readonly refreshLock: (
    actor: Actor,
    place: FilePlace,
    token: string,
    timeoutSeconds: number | undefined,
  ) => Promise<FileLock>;
  readonly unlockFile: (actor: Actor, place: FilePlace, token: string) => Promise<void>;
  /** Serialized elements by Clark name. */
  readonly properties: (node: FileNode) => Promise<ReadonlyMap<string, string>>;
  readonly patchProperties: (
    actor: Actor,
    node: FileNode,
    changes: ReadonlyMap<string, string | null>,
  ) => Promise<void>;
  readonly quota: (home: Principal) => Promise<Quota>;
}
