/**
 * Reads of what connectors keep: `Storage.connectors`. Writes are changes like all others (core/connector-change.ts).
 *
 * Lists that grow with a mailbox come in pages; others are short by their nature or take a limit. Nothing here asks who may
 * know it.
 */
import type {
  ConnectorAccount,
  ConnectorConflict,
  ConnectorItem,
  ConnectorLink,
  ConnectorNotice,
  ConnectorPair,
  ConnectorRun,
  Lease,
  OutboxEntry,
  Provider,
} from '../core/connector.ts';
import type {
  CalendarId,
  ConnectorAccountId,
  ConnectorLinkId,
  PairId,
  PrincipalId,
  RunId,
} from '../core/ids.ts';
import type { Instant, TimeRange } from '../icalendar/time.ts';

/** Which items of a link. All conditions that are given hold. */
export interface ItemQuery {
  readonly link: ConnectorLinkId;
  /** Only items in the range, and those whose time is unknown. */
  readonly within?: TimeRange;
  /** Only items that certainly lie outside the range. */
  readonly outside?: TimeRange;
  /** Only those with a pair, or only those without. */
  readonly paired?: boolean;
  /** Only those that were reported as removed, or only the others. */
  readonly gone?: boolean;
  /** Only those that a listing has told of, or only the others. */
  readonly echoed?: boolean;
}

/** What the scheduler needs to know to say which links are next. */
export interface DueQuery {
  readonly provider: Provider;
  readonly now: Instant;
  /** Links that the provider has hinted at. */
  readonly hinted: readonly ConnectorLinkId[];
  /** Changes here that were made after this moment wait for the burst to end. */
  readonly settledBefore: Instant;
  /** A link that waits for a later moment than this was put off by a wrong clock, and is due. */
  readonly latest: Instant;
  /** Mailboxes of the priority class, lower case. */
  readonly priority: readonly string[];
  readonly limit: number;
}

export interface DueLink {
  readonly link: ConnectorLink;
  /** The first reason that holds. */
  readonly because: 'wanted' | 'hint' | 'time';
}

/** Which pairs: those that live, those that have ended, or both. */
export type PairLife = 'live' | 'ended' | 'any';

export interface LinkCounts {
  readonly items: number;
  /** Items that were reported as removed. */
  readonly gone: number;
  readonly pairs: number;
  readonly quarantined: number;
  readonly outbox: number;
}

export interface StoredSetting {
  readonly value: string;
  readonly changed: Instant;
}

/** A link as administrators see it listed. */
export interface ListedLink {
  readonly link: ConnectorLink;
  readonly account: ConnectorAccount;
  /** Login name of the person. */
  readonly person: string;
  readonly calendarName: string;
}

export interface ConnectorReads {
  readonly account: (id: ConnectorAccountId) => Promise<ConnectorAccount | undefined>;
  readonly accountByMailbox: (provider: Provider, mailbox: string) => Promise<ConnectorAccount | undefined>;
  /** In order of creation. */
  readonly accountsOf: (principal: PrincipalId) => Promise<readonly ConnectorAccount[]>;
  /** In order of creation. */
  readonly accounts: (provider: Provider) => AsyncIterable<readonly ConnectorAccount[]>;
  /** Accounts with a link that lives. */
  readonly linkedAccountCount: (provider: Provider) => Promise<number>;

  /** The link with this id, also one that was removed. */
  readonly link: (id: ConnectorLinkId) => Promise<ConnectorLink | undefined>;
  /** The link of this calendar that has not been removed. */
  readonly linkOf: (calendar: CalendarId) => Promise<ConnectorLink | undefined>;
  /** A person's links that have not been removed, in order of creation. */
  readonly linksOfPerson: (principal: PrincipalId) => Promise<readonly ConnectorLink[]>;
  /** An account's links, also those that were removed, in order of creation. */
  readonly linksOfAccount: (account: ConnectorAccountId) => Promise<readonly ConnectorLink[]>;
  /** Those that live, in order of creation; `text` is part of a mailbox or login name. */
  readonly links: (query: {
    readonly provider: Provider;
    readonly text?: string;
    readonly after?: ConnectorLinkId;
  }) => AsyncIterable<readonly ListedLink[]>;
  /** All calendars with a link that has not been removed. A change of these moves `directoryVersion`. */
  readonly linkedCalendars: () => Promise<readonly CalendarId[]>;
  /**
   * Links that may run and should, the first one first: asked for by a person (the longest wait first), hinted at or changed
   * here, of the priority class, by time. Left out are links that are stopped (but for `quota`: they go on pulling) or whose account is, that have to wait
   * (`notBefore`; after a failure only a person's wish counts before `nextRun`), and those somebody runs already.
   */
  readonly dueLinks: (query: DueQuery) => Promise<readonly DueLink[]>;
  /** When the next link becomes due by time alone; undefined: none ever. */
  readonly nextDue: (provider: Provider) => Promise<Instant | undefined>;
  readonly lease: (link: ConnectorLinkId) => Promise<Lease | undefined>;
  readonly linkCounts: (link: ConnectorLinkId) => Promise<LinkCounts>;

  /** The items with these remote ids, as far as they are known, in no order. */
  readonly itemsById: (
    link: ConnectorLinkId,
    remoteIds: readonly string[],
  ) => Promise<readonly ConnectorItem[]>;
  /** Ordered by pair; of one pair, the event itself before single instances. */
  readonly itemsOfPairs: (pairs: readonly PairId[]) => Promise<readonly ConnectorItem[]>;
  /** Ordered by remote id; what changes meanwhile may be seen or not. */
  readonly items: (query: ItemQuery) => AsyncIterable<readonly ConnectorItem[]>;

  /** Also one that has ended. */
  readonly pair: (id: PairId) => Promise<ConnectorPair | undefined>;
  /** Those that live first, then the newest first. */
  readonly pairsBy: (
    link: ConnectorLinkId,
    by: 'id' | 'uid' | 'objectName' | 'marker',
    values: readonly (string | number)[],
    life?: PairLife,
  ) => Promise<readonly ConnectorPair[]>;
  /** In order of creation. Without `life`: those that live. */
  readonly pairs: (
    link: ConnectorLinkId,
    which?: { readonly life?: PairLife; readonly quarantined?: boolean },
  ) => AsyncIterable<readonly ConnectorPair[]>;
  /** The role of the living pair of one object of ours, whatever link it belongs to. */
  readonly roleOf: (calendar: CalendarId, objectName: string) => Promise<ConnectorPair['role'] | undefined>;

  /** Of pairs that live, in order of their creation. */
  readonly notices: (link: ConnectorLinkId, limit: number) => Promise<readonly ConnectorNotice[]>;

  /** In the order in which the entries were made. */
  readonly outbox: (link: ConnectorLinkId) => AsyncIterable<readonly OutboxEntry[]>;
  readonly outboxOfPair: (pair: PairId) => Promise<readonly OutboxEntry[]>;

  readonly run: (id: RunId) => Promise<ConnectorRun | undefined>;
  /** Newest first. */
  readonly runs: (link: ConnectorLinkId, limit: number) => Promise<readonly ConnectorRun[]>;
  /** Newest first. */
  readonly conflicts: (
    link: ConnectorLinkId,
    query: { readonly uid?: string; readonly limit: number },
  ) => Promise<readonly ConnectorConflict[]>;

  readonly settings: (provider: Provider) => Promise<ReadonlyMap<string, StoredSetting>>;
}
