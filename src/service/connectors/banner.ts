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
  if (link.stopped !== null) return said('paused', link.stopped, link.lastFailure);
  if (link.failures > 0) return said('error', reasonOf(link.lastFailure), link.lastFailure);
  return said(facts.issues > 0 ? 'partial' : 'ready');
}

function said(state: BannerState, reason: BannerReason | null = null, code: string | null = null): Banner {
  return { state, reason, code };
}

/** A sentence for the code of a failure: `class` or `class:code` of the connector, which are stable. */
export function reasonOf(failure: string | null): BannerReason {
  const [word = ''] = (failure ?? '').split(':', 1);
  return Object.hasOwn(reasons, word) ? (reasons[word] ?? 'other') : 'other';
}

const reasons: Readonly<Record<string, BannerReason>> = {
  auth: 'credentials',
  'auth-global': 'service-account',
  permission: 'permission',
  throttle: 'throttled',
  transient: 'server',
  unreachable: 'unreachable',
  'folder-gone': 'folder',
  quota: 'quota',
  move: 'moving',
  configuration: 'certificate',
};
