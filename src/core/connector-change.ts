/**
 * Changes of what connectors keep: part of `Change`, so that an event and what is known of its copy at the provider are
 * written in one transaction.
 *
 * Only the engine that holds a link's lease writes its items, pairs and outbox, and it begins each set with
 * `check-lease`: a process that was overtaken writes nothing more. A calendar that is deleted or given away loses its link by
 * that change itself.
 */
import type { Instant } from '../icalendar/time.ts';
import type {
  ConnectorAccount,
  ConnectorConflict,
  ConnectorItem,
  ConnectorLink,
  ConnectorNotice,
  ConnectorPair,
  ConnectorRun,
  OutboxEntry,
  Provider,
} from './connector.ts';
import type { ConnectorAccountId, ConnectorLinkId, OutboxId, PairId } from './ids.ts';

export type ConnectorAccountPatch = Partial<
  Pick<ConnectorAccount, 'mailbox' | 'login' | 'secret' | 'stopped' | 'authFailures' | 'notBefore' | 'memory'>
>;

export type ConnectorLinkPatch = Partial<
  Omit<ConnectorLink, 'id' | 'account' | 'provider' | 'principal' | 'calendar' | 'created'>
>;

export type ConnectorPairPatch = Partial<Omit<ConnectorPair, 'id' | 'link'>>;

export type ConnectorChange =
  // accounts and links
  /** `name-in-use`: the mailbox has an account of this provider already. */
  | { readonly do: 'add-connector-account'; readonly account: ConnectorAccount }
  | {
      readonly do: 'patch-connector-account';
      readonly id: ConnectorAccountId;
      readonly patch: ConnectorAccountPatch;
    }
  /** Also deletes its links and everything stored about them. */
  | { readonly do: 'delete-connector-account'; readonly id: ConnectorAccountId }
  /** `name-in-use`: the calendar here or the one there has a link that lives. */
  | { readonly do: 'add-connector-link'; readonly link: ConnectorLink }
  /**
   * Also ends a link (`removed`): its pairs end at that moment, items, outbox and lease go. And brings it back (`removed: null`),
   * with the same answers as `add`.
   */
  | {
      readonly do: 'patch-connector-link';
      readonly id: ConnectorLinkId;
      readonly patch: ConnectorLinkPatch;
      /** `stale` unless the link is as told: an answer to what a person saw, or a step of a run that began with it. */
      readonly expect?: Partial<
        Pick<
          ConnectorLink,
          | 'stopped'
          | 'wanted'
          | 'direction'
          | 'startDate'
          | 'cursor'
          | 'reconciling'
          | 'localCursor'
          | 'deepChecked'
        >
      >;
    }
  /** Deletes the link for good, with everything stored about it. */
  | { readonly do: 'delete-connector-link'; readonly id: ConnectorLinkId }
  // the right to run
  /** `stale`: somebody else holds it and it has not expired. Whoever holds it may take it again. */
  | {
      readonly do: 'take-lease';
      readonly link: ConnectorLinkId;
      readonly holder: string;
      readonly until: Instant;
    }
  /** `stale`: the lease was lost. An expired lease that nobody has taken is still the holder's. */
  | {
      readonly do: 'renew-lease';
      readonly link: ConnectorLinkId;
      readonly holder: string;
      readonly until: Instant;
    }
  /** Does nothing if the lease was lost. */
  | { readonly do: 'release-lease'; readonly link: ConnectorLinkId; readonly holder: string }
  /** Changes nothing; `stale` when the lease was lost, which takes back the whole set. */
  | { readonly do: 'check-lease'; readonly link: ConnectorLinkId; readonly holder: string }
  // what the engine knows
  /** New or instead of the one with the same id. */
  | { readonly do: 'put-item'; readonly item: ConnectorItem }
  /** Nothing happens when it is not there. */
  | { readonly do: 'drop-item'; readonly link: ConnectorLinkId; readonly remoteId: string }
  /** New or instead of the one with the same id. `uid-in-use`: another living pair of the link has the UID. */
  | { readonly do: 'put-pair'; readonly pair: ConnectorPair }
  | { readonly do: 'patch-pair'; readonly id: PairId; readonly patch: ConnectorPairPatch }
  /** For good; its items stay without a pair, its outbox goes. */
  | { readonly do: 'drop-pair'; readonly id: PairId }
  /** New or instead of the one with the same id. */
  | { readonly do: 'put-outbox'; readonly entry: OutboxEntry }
  /** Nothing happens when it is not there. */
  | { readonly do: 'drop-outbox'; readonly id: OutboxId }
  /** Instead of what was noted of the pair before; null: nothing is. It goes with the pair. */
  | {
      readonly do: 'put-notice';
      readonly pair: PairId;
      readonly notice: Omit<ConnectorNotice, 'pair'> | null;
    }
  /** New or instead of the one with the same id. The oldest of the link beyond some hundreds go. */
  | { readonly do: 'put-run'; readonly run: ConnectorRun }
  /** The oldest of the link beyond some hundreds go. */
  | { readonly do: 'add-conflict'; readonly conflict: ConnectorConflict }
  // settings
  /** Null goes back to the default. Secrets come sealed. */
  | {
      readonly do: 'set-connector-setting';
      readonly provider: Provider;
      readonly key: string;
      readonly value: string | null;
    };
