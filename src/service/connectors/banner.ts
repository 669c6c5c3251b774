/** What the banner says: a pure function of settings, link and run (exchange.md §5). */
import type { ConnectorAccount, ConnectorLink, StopReason } from '../../core/connector.ts';

export type BannerState =
  | 'absent'
  | 'not_configured'
  | 'needs_authorisation'
  | 'ready'
  | 'queued'
  | 'running'
  | 'partial'
  | 'error'
  | 'paused';

/** Why, as a code for which every language has a sentence. */
export type BannerReason =
  | StopReason
  | 'throttled'
  | 'server'
  | 'service-account'
  | 'not-set-up'
  | 'moving'
  | 'unreachable'
  | 'certificate'
  | 'password-expired'
  | 'account-locked'
  | 'mailbox-not-found'
  | 'method-not-offered'
  | 'other';

export interface BannerFacts {
  /** The connector is on, and there for this person. */
  readonly isOffered: boolean;
  /** There is a server to talk to and a way to sign in. */
  readonly isSetUp: boolean;
  /** The last test of the connection failed, and no run has shown otherwise since. */
  readonly testFailed: boolean;
  /** The connector has stopped as a whole: the code; undefined: it works. */
  readonly stopped: string | undefined;
  readonly account: Pick<ConnectorAccount, 'stopped'> | undefined;
  readonly link: Pick<ConnectorLink, 'stopped' | 'failures' | 'lastFailure'> | undefined;
  /** Of a run that waits or works. */
  readonly underWay: 'queued' | 'running' | undefined;
  /** Events that need attention. */
  readonly issues: number;
}

export interface Banner {
  readonly state: BannerState;
  readonly reason: BannerReason | null;
  /** For support. */
  readonly code: string | null;
}

export function banner(facts: BannerFacts): Banner {
  const { account, link, underWay } = facts;
  if (!facts.isOffered) return said('absent');
  if (!facts.isSetUp || facts.testFailed) return said('not_configured', 'not-set-up');
  if (!account) return said('needs_authorisation');
  if (facts.stopped !== undefined) return said('paused', 'service-account', facts.stopped);
  if (account.stopped !== null) return said('paused', account.stopped);
  if (!link) return said('needs_authorisation');
  if (underWay) return said(underWay);
  if (link.stopped !== null)
    return said('paused', whyStopped(link.stopped, link.lastFailure), link.lastFailure);
  if (link.failures > 0) return said('error', reasonOf(link.lastFailure), link.lastFailure);
  return said(facts.issues > 0 ? 'partial' : 'ready');
}

function said(state: BannerState, reason: BannerReason | null = null, code: string | null = null): Banner {
  return { state, reason, code };
}

/** What stops a link for want of a right may be no right at all: a mailbox that is gone, an account that is locked. */
function whyStopped(stopped: StopReason, code: string | null): BannerReason {
  const told = reasonOf(code);
  return stopped === 'permission' && ofMailbox.has(told) ? told : stopped;
}

const ofMailbox: ReadonlySet<BannerReason> = new Set([
  'mailbox-not-found',
  'password-expired',
  'account-locked',
]);

/** A sentence for the code of a failure: the provider's response code, or the connector's own in kebab case. */
export function reasonOf(code: string | null): BannerReason {
  return reasons.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? 'other';
}

/** In this order. */
const reasons: readonly (readonly [RegExp, BannerReason])[] = [
  [/^login-refused$|^http-401$/, 'credentials'],
  [/^ErrorPassword/, 'password-expired'],
  [/^ErrorAccountDisabled$|^ErrorCallerIsInvalidADAccount$/, 'account-locked'],
  [/^method-not|^connection-not-kept$|^challenge-/, 'method-not-offered'],
  [/^certificate-|^tls-/, 'certificate'],
  [
    /^(server-unreachable|name-not-found|proxy-failed|stream-ended)$|^connect-|^answer-timeout$/,
    'unreachable',
  ],
  [/^paused-by-server$|^http-(429|503)$|ServerBusy|^ErrorExceeded|^ErrorTimeoutExpired$/, 'throttled'],
  [/NonExistentMailbox|NonPrimarySmtpAddress|MailboxNotFound|CannotFindUser/, 'mailbox-not-found'],
  [/^http-403$|AccessDenied|[Ii]mpersonat|NotAllowedByPolicy|^calendar-read-only$/, 'permission'],
  [/Quota|^quota$/, 'quota'],
  [/MailboxMoveInProgress|MailboxStoreUnavailable/, 'moving'],
  [/^Error(SavedItem|Sync|Parent)?FolderNotFound$|^ErrorCannotFindFolder$|^ErrorInvalidFolderId$/, 'folder'],
  [/^guard$/, 'guard'],
  [
    /^host-|^address-not-allowed$|^insecure-http$|^exchange-online$|^proxy$|^person-|^autodiscover-|^http-(redirect|3|40)|^answer-not-soap$/,
    'not-set-up',
  ],
  [
    /^http-|^answer-|^fault-|^ErrorInternalServer|^ErrorConnection|^no-answer$|^endless-|^unexpected-/,
    'server',
  ],
];
