/**
 * What is stored so that a calendar here and one at a provider (Exchange, later Google) stay in step.
 *
 * An account is a person's mailbox; a link pairs one calendar of ours with one of theirs; an item is one thing that the
 * provider has reported; a pair says which event of ours it is, and what both sides last agreed on.
 */
import type { Instant } from '../icalendar/time.ts';
import type {
  CalendarId,
  ConflictId,
  ConnectorAccountId,
  ConnectorLinkId,
  ETag,
  OutboxId,
  PairId,
  PrincipalId,
  RunId,
  Uid,
} from './ids.ts';

export type Provider = 'exchange';

/** Half an hour. A lease that would last longer was taken by a wrong clock, and does not count. */
export const longestLeaseMs: number = 1_800_000;

/** An hour. A pause that would last longer was set by a wrong clock, and does not count. */
export const longestPauseMs: number = 3_600_000;

export interface ConnectorAccount {
  readonly id: ConnectorAccountId;
  readonly provider: Provider;
  readonly principal: PrincipalId;
  /** The mailbox's address, lower case; one account of a provider for each. */
  readonly mailbox: string;
  /** Empty: the service account speaks for this mailbox. */
  readonly login: string;
  /** The password under a key of the installation (`service/connectors/secrets.ts`); null with an empty login. */
  readonly secret: Uint8Array | null;
  /** Why nothing is sent for this account; null: it works. */
  readonly stopped: StopReason | null;
  /** Definite refusals of the login, one after the other. */
  readonly authFailures: number;
  /** Nothing is sent before this time, which is at most `longestPauseMs` away. */
  readonly notBefore: Instant | null;
  /** What the provider's folder remembers of the server behind this mailbox: address, version, capabilities. JSON. */
  readonly memory: string;
  readonly created: Instant;
}

/** Milliseconds for which nothing is sent for the account; 0: none. */
export function pauseOf({ notBefore }: Pick<ConnectorAccount, 'notBefore'>, now: Instant): number {
  const ms = (notBefore ?? 0) - now;
  return ms > 0 && ms <= longestPauseMs ? ms : 0;
}

/** Why an account or a link waits for somebody. What goes wrong with single events never stops a link. */
export type StopReason =
  /** The login was refused. */
  | 'credentials'
  /** A right is missing at the provider. */
  | 'permission'
  /** A run would delete so much that somebody has to agree first. */
  | 'guard'
  /** The calendar at the provider is gone. */
  | 'folder'
  /** The mailbox is full: nothing can be written there. */
  | 'quota'
  /** The process died in run after run. */
  | 'interrupted'
  /** An administrator has paused it. */
  | 'administrator';

export type Direction = 'both' | 'from-remote' | 'to-remote';

export interface ConnectorLink {
  readonly id: ConnectorLinkId;
  readonly account: ConnectorAccountId;
  readonly provider: Provider;
  readonly principal: PrincipalId;
  readonly calendar: CalendarId;
  /** The provider's id of its calendar, opaque. */
  readonly remoteCalendar: string;
  readonly remoteName: string;
  readonly direction: Direction;
  /** `YYYY-MM-DD`: what ends before is ignored on both sides. */
  readonly startDate: string | null;
  /** Where the next pull continues; null: from the beginning. */
  readonly cursor: string | null;
  /** A pull from the beginning is under way, because the cursor was lost: nothing is deleted until it is complete. */
  readonly reconciling: boolean;
  /** The first run has paired and merged everything. */
  readonly initialised: boolean;
  /** Changes of our calendar up to this modseq have been taken into the outbox. */
  readonly localCursor: number;
  readonly stopped: StopReason | null;
  /** Somebody has answered the guard's question with "do it", for the next run. */
  readonly guardLifted: boolean;
  readonly lastRun: Instant | null;
  readonly lastOk: Instant | null;
  readonly nextRun: Instant | null;
  readonly failures: number;
  /** Code of the last failure (`connectors/failure.ts`); null after a good run. */
  readonly lastFailure: string | null;
  readonly deepChecked: Instant | null;
  /** Somebody asked for a run at this moment; null: nobody waits. */
  readonly wanted: Instant | null;
  /** When the link was ended; it is kept, so that linking the same calendar again pairs the same events. */
  readonly removed: Instant | null;
  readonly created: Instant;
}

/** Something that the provider reported, in the window or not. */
export interface ConnectorItem {
  readonly link: ConnectorLinkId;
  /** Opaque, compared octet by octet. */
  readonly remoteId: string;
  /** The version last read or written; an equal one in a pull is our own echo. Empty: the present one could not be read. */
  readonly version: string;
  /** Null: outside the window, or quarantined before it could be paired. */
  readonly pair: PairId | null;
  /** Which instance of the pair's series this single item stands for; null: it is the event itself. */
  readonly recurrenceId: string | null;
  readonly start: Instant | null;
  /** Of a series: of its last instance, or null where it has no end. */
  readonly end: Instant | null;
  readonly recurring: boolean;
  /** Reported as removed. Nothing is deleted here before the whole listing has been read and the guard agrees. */
  readonly gone: boolean;
  /** A listing has shown it. The next one shows what we have created, unless it was deleted before that. */
  readonly echoed: boolean;
}

/** Where an event was made. On the other side it is a copy, which may be removed when the link ends. `both`: both sides had it before they were linked. */
export type Origin = 'local' | 'remote' | 'both';

export interface ConnectorPair {
  readonly id: PairId;
  readonly link: ConnectorLinkId;
  readonly uid: Uid;
  /** Of our object, last path segment. */
  readonly objectName: string;
  /** The version of our object that the agreed form describes. */
  readonly objectEtag: ETag | null;
  /** Random, 128 bits in hex; also kept at the provider, so that a creation whose answer was lost is found again. */
  readonly marker: string;
  /** `guest`: a meeting of somebody else, of which only the own answer, reminder, busy status, categories and privacy are ours to change. */
  readonly role: 'owner' | 'guest';
  readonly origin: Origin;
  /** What both sides last agreed on, as JSON of `connectors/agreed.ts`; null: never agreed. */
  readonly agreed: string | null;
  /** Failed runs in a row. */
  readonly failures: number;
  /** Why the pair is left alone until one side changes; null: it is synchronized. */
  readonly quarantine: string | null;
  /** Plain words of the provider for the quarantine list; no content of the event. */
  readonly quarantineText: string | null;
  /** Pushes within the hour that begins at `pushedSince`: the loop brake. */
  readonly pushes: number;
  readonly pushedSince: Instant | null;
  /** How many of these pushes only put back what may not be changed at the provider (exchange.md 9.7). */
  readonly reverts: number;
  /** When one side deleted it, or the link was ended; null: it exists. */
  readonly ended: Instant | null;
}

export type OutboxAction = 'create' | 'update' | 'delete' | 'respond';

/** Something that the owner of a synchronized event should know, and need not do anything about. */
export interface ConnectorNotice {
  readonly pair: PairId;
  readonly code: string;
  readonly text: string;
}

/** A write to the provider that is decided but not yet confirmed. */
export interface OutboxEntry {
  readonly id: OutboxId;
  readonly link: ConnectorLinkId;
  readonly pair: PairId;
  readonly action: OutboxAction;
  /** JSON in the engine's words. */
  readonly payload: string;
  /** The request may have reached the provider: look for its effect before sending it again. */
  readonly sent: boolean;
  readonly attempts: number;
  readonly notBefore: Instant | null;
  readonly created: Instant;
}

export type RunCause = 'schedule' | 'manual' | 'hint' | 'start' | 'command' | 'preview';

export interface RunCounters {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly failed: number;
  readonly conflicts: number;
  readonly repaired: number;
}

export interface ConnectorRun {
  readonly id: RunId;
  readonly link: ConnectorLinkId;
  readonly cause: RunCause;
  readonly started: Instant;
  readonly finished: Instant | null;
  readonly outcome: 'running' | 'ok' | 'partial' | 'failed' | 'cancelled' | 'stopped';
  readonly phase: RunPhase;
  readonly done: number;
  readonly total: number | null;
  readonly counters: RunCounters;
  /** Failure code; null: none. */
  readonly failure: string | null;
  /** For support: codes and counts, never titles or addresses. */
  readonly detail: string | null;
}

export type RunPhase = 'waiting' | 'recovering' | 'pulling' | 'merging' | 'pushing' | 'checking' | 'done';

/** A field that both sides changed: what was kept, and what lost. */
export interface ConnectorConflict {
  readonly id: ConflictId;
  readonly link: ConnectorLinkId;
  readonly uid: Uid;
  readonly at: Instant;
  readonly field: string;
  /** JSON of the two values. */
  readonly ours: string;
  readonly theirs: string;
  readonly kept: 'ours' | 'theirs';
}

/** The right to run one link for a while, held by one process. */
export interface Lease {
  readonly link: ConnectorLinkId;
  /** Random, a new one for each run. */
  readonly holder: string;
  readonly until: Instant;
}
