/** The plain WebDAV collection each person has beside the calendars (RFC 4918), where attachments live. */
import type { Instant } from '../icalendar/time.ts';
import type { ETag, FileId, PrincipalId } from './ids.ts';

export interface FileNode {
  readonly id: FileId;
  readonly home: PrincipalId;
  /** Null for the top collection of a home. */
  readonly parent: FileId | null;
  /** Decoded, NFC. Empty for the top collection. */
  readonly name: string;
  readonly isCollection: boolean;
  readonly contentType: string | null;
  readonly etag: ETag;
  readonly sizeBytes: number;
  readonly created: Instant;
  readonly modified: Instant;
}

/** Contents are kept in parts of this many bytes, the last one shorter: each is read, written and removed in one short step. */
export const filePartBytes: number = 1024 * 1024;

/** A write lock (RFC 4918 §6). */
export interface FileLock {
  /** `urn:uuid:...` */
  readonly token: string;
  readonly home: PrincipalId;
  /** Decoded segments below the home's top collection, joined by `/`; may name nothing yet. */
  readonly path: string;
  readonly scope: 'exclusive' | 'shared';
  readonly depth: 0 | 'infinity';
  readonly principal: PrincipalId;
  /** The client's `DAV:owner` element, serialized. */
  readonly ownerXml: string;
  readonly expires: Instant;
}
