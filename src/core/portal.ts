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

/** Proof that a person gave here, or the word of the proxy in front: then the session counts while the proxy gives it. */
export type OpenedBy = 'person' | 'proxy';

/** `connect`: a device is being set up; `set-up`: the first run; `oidc`: a sign-in at an identity provider has been used; `login-flow`: DAVx5 waits for a person's word; `unused-password`: ends an app password that nobody has used; `undo`: a write can be taken back; `job`: how far work in the background has come. */
export type CodePurpose = 'connect' | 'set-up' | 'oidc' | 'login-flow' | 'unused-password' | 'undo' | 'job';

export interface Code {
  readonly purpose: CodePurpose;
  /** Null where nobody is known yet. */
  readonly principal: PrincipalId | null;
  /** In the words of the purpose. */
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
  /** How they had signed in. */
  readonly via: string;
  /** `sign-in`, `link.create`, ... */
  readonly action: string;
  /** What it was done to; never a secret. */
  readonly subject: string;
  readonly address: string;
}
