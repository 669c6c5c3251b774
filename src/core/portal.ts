/** What the page has stored for itself: who is signed in, codes for one use, and the record of what was done. */
import type { Instant } from '../icalendar/time.ts';
import type { AuditId, PrincipalId, SessionId } from './ids.ts';

export interface Session {
  readonly id: SessionId;
  readonly principal: PrincipalId;
  readonly created: Instant;
  readonly expires: Instant;
  readonly lastUsed: Instant;
  readonly program: string;
  readonly address: string;
  readonly openedBy: OpenedBy;
}

/**
 * `person`: opened by a sign-in here. `proxy`: opened because the proxy in front names the person; it is valid only
 * while the proxy does.
 */
export type OpenedBy = 'person' | 'proxy';

/** What a code is good for. */
export type CodePurpose =
  /** A device is being set up. */
  | 'connect'
  /** The first run: an administrator is made. */
  | 'set-up'
  /** A proof of an identity provider has been used, and is good for nothing more. */
  | 'oidc'
  /** DAVx5 waits until the person has allowed it. */
  | 'login-flow'
  /** An app password that ends if nobody uses it. */
  | 'unused-password'
  /** A write can be taken back. */
  | 'undo'
  /** Progress of background work. */
  | 'job';

export interface Code {
  readonly purpose: CodePurpose;
  /** Null where nobody is known yet. */
  readonly principal: PrincipalId | null;
  /** Its format depends on the purpose. */
  readonly payload: string;
  readonly expires: Instant;
}

export interface AuditEntry {
  readonly id: AuditId;
  readonly at: Instant;
  /** Null for the server itself and the command line. */
  readonly principal: PrincipalId | null;
  /** Login name at that time. */
  readonly who: string | null;
  /** The way in which they had signed in. */
  readonly via: string;
  /** `sign-in`, `link.create`, ... */
  readonly action: string;
  /** What it was done to; never a secret. */
  readonly subject: string;
  readonly address: string;
}
