/**
 * What a provider must offer. The engine knows these words and no others of Exchange or Google; a provider's folder speaks
 * its API, pages, renews tokens, and says which failures are worth a retry. Nothing below the engine repeats a write.
 *
 * A whole request that fails throws `RemoteFailure`; a part of a batch that fails is an `ItemFailure` in its place.
 */
import type { TimeRange } from '../icalendar/time.ts';
import type { Answer, ContentField, EventPerson, NeutralEvent, RecurrenceKey } from './event.ts';
import type { FailureClass } from './failure.ts';
import type { SyncNote } from './sync-notes.ts';

export interface RemoteCalendarInfo {
  readonly id: string;
  readonly title: string;
  readonly isDefault: boolean;
  readonly canWrite: boolean;
}

export interface Capabilities {
  /** A write with an old version is refused; if not, the version is read again before each write. */
  readonly conditionalWrite: boolean;
  /** A change of one instance changes the version of its series. */
  readonly instancesBumpSeries: boolean;
  /** One instance of somebody else's series can be answered otherwise than the rest. */
  readonly answersInstances?: boolean;
  readonly findByMarker: boolean;
  /** Instances of a series that its rule cannot say are written as single items for the window. */
  readonly watch: boolean;
}

/** What a listing knows of an item without reading it whole. */
export interface RemoteHead {
  readonly id: string;
  readonly version: string;
  /** Undefined: the listing does not tell. Epoch milliseconds. */
  readonly start?: number;
  readonly end?: number;
  /** A series: its start and end do not say when it lies. */
  readonly recurring?: boolean;
  /** Not an event at all (a note, a message): to be ignored without a word. */
  readonly foreign?: boolean;
}

export interface ChangePage {
  /** Each id once, with its last state. */
  readonly changed: readonly RemoteHead[];
  readonly removed: readonly string[];
  /** To be stored in the same transaction as what the page brought. */
  readonly cursor: string;
  readonly last: boolean;
}

export interface RemoteItem {
  readonly id: string;
  readonly version: string;
  /** Epoch milliseconds, by the provider's clock. */
  readonly modified: number;
  readonly marker: string | null;
  /** Of the request that has made it, where that was one of ours and the provider has kept it. */
  readonly attempt?: string;
  /** Whether its guests were mailed an invitation; absent: the provider does not tell. */
  readonly invited?: boolean;
  /** The version from which a request of ours has last mailed its guests, where that is noted in it. */
  readonly mailedFrom?: string;
  /** Set when this single item stands for one instance of a series that the provider cannot express. */
  readonly partOf: { readonly uid: string; readonly recurrenceId: string } | null;
  /** `guest`: organised by somebody else. */
  readonly role: 'owner' | 'guest';
  /** Not all of it may be told: what is missing was not deleted. */
  readonly veiled?: true;
  /**
   * It is a series there, told as the note of its first day (exchange.md 10.6): what is changed of the note here, beyond what
   * a guest may, ends the repetition.
   */
  readonly note?: true;
  /** Extent of all instances in epoch milliseconds; `end` null: no end. */
  readonly extent: { readonly start: number; readonly end: number | null };
  readonly event: NeutralEvent;
  /** For the sync log: what had to be guessed. */
  readonly notes: readonly SyncNote[];
  /** For the list of issues. */
  readonly guess?: Guess;
}

/** How an item has come to be, as far as the provider tells. */
export interface Making {
  /** When, in epoch milliseconds by the provider's clock. */
  readonly at?: number;
  /** Of an item and all that was ever copied from it; what was made by itself has another one. */
  readonly lineage?: string;
}

/** What had to be guessed of an event: a code, and what was guessed from what, for people who know their server. */
export interface Guess {
  readonly code: string;
  readonly text: string;
}

export interface ItemFailure {
  readonly failed: true;
  /** It failed on the way: something of it is there. */
  readonly begun?: true;
  readonly id: string;
  /** The provider's own code, for administrators. */
  readonly code: string;
  readonly class: FailureClass;
  readonly retryAfterMs?: number;
  /** Plain words without content of the event. */
  readonly text: string;
  /** Of an event that may not be told of: what copies of it are known by. */
  readonly uid?: string;
}

export interface Written {
  readonly failed?: false;
  readonly id: string;
  readonly version: string;
  /** Single items that stand for instances of this series, as they are now; absent: there are none. */
  readonly parts?: readonly {
    readonly recurrenceId: string;
    readonly id: string;
    readonly version: string;
  }[];
  /** For the sync log: what could not be said there. */
  readonly notes?: readonly SyncNote[];
  /** How it is told now, where it was read back in this version: servers may take a change and not keep it. */
  readonly told?: NeutralEvent;
}

/** `none`: nobody is mailed. `all`: attendees hear of it from the provider (exchange.md 11.4). */
export type Notify = 'none' | 'all';

/**
 * An invitation that is still to be mailed for an item that is there. `unless-sent`: nobody was mailed about this item, unless
 * the provider says otherwise. `if-unsent`: somebody may have been; only the provider can say that nobody was. `news`: they
 * were invited, and have not heard of what has changed since.
 */
export type Owed = 'unless-sent' | 'if-unsent' | 'news';

/**
 * Nobody is mailed by a creation: carried out once more, or long after nobody waits for it any more, it would mail again.
 * Guests are invited by a write to the item that is there (`Update.invites`), which its version lets through once.
 */
export interface Creation {
  readonly marker: string;
  readonly event: NeutralEvent;
  /** Names this request among all that were ever made for the marker: what it makes carries it, and so does a copy of that. */
  readonly attempt: string;
}

export interface Update {
  readonly id: string;
  readonly version: string;
  readonly marker: string;
  /** As of a creation: carried by what is made beside the item. */
  readonly attempt: string;
  /** What the item said when it had this version, as `normalize` or a pull gave it. Only differences are sent. */
  readonly before: NeutralEvent;
  readonly after: NeutralEvent;
  /** Single items that stand for instances, as last known. */
  readonly parts: readonly { readonly recurrenceId: string; readonly id: string; readonly version: string }[];
  readonly role: 'owner' | 'guest';
  readonly notify: Notify;
  /** It was told as a note, and is to be that one event from now on: the repetition ends. */
  readonly endsSeries?: true;
  /** Nothing is changed: its guests are invited, those that were invited already excepted. */
  readonly invites?: Owed;
  /** Guests have not heard of what was changed before, and are told now, once and all of them, whatever of this is taken. */
  readonly tells?: true;
  /** Where a change is made by several requests, of which the last mails; waited for before each of them. */
  readonly noteUntold?: NoteUntold;
}

/**
 * Guests have not heard of something that is written, or may be. `mailedFrom`: the version for which a request that mails them is
 * sent next; as long as the item has it, that was not carried out. Null: none is. `mailedWith`: what that request writes; where it is
 * not to be seen in another version, somebody else was faster.
 */
export interface Untold {
  readonly mailedFrom: string | null;
  readonly mailedWith?: ContentField;
}

/** `told`: they have. */
export type NoteUntold = (untold: Untold | 'told') => Promise<void>;

export interface Removal {
  readonly id: string;
  readonly version: string;
  readonly parts: readonly { readonly id: string; readonly version: string }[];
  readonly role: 'owner' | 'guest';
  /** `all` with a guest's copy: it is declined first, so that its organizer hears of it. */
  readonly notify: Notify;
}

export interface Response {
  readonly id: string;
  readonly version: string;
  readonly answer: Exclude<Answer, 'needs-action'>;
  /** The one instance that is answered, of this series; only where `answersInstances`. */
  readonly instance?: { readonly key: RecurrenceKey; readonly of: NeutralEvent };
}

/** One calendar of one mailbox. */
export interface RemoteCalendar {
  /** May be asked for again after each request: a server shows some of them only by what it does. */
  readonly capabilities: () => Capabilities;
  /** Largest batch of `fetch`, `create`, `update` and `remove`. */
  readonly batchSize: number;
  /** One page of what changed since `cursor`, or of everything. Throws a failure of class `state` when the cursor is not honoured. */
  readonly changes: (cursor: string | null, signal: AbortSignal) => Promise<ChangePage>;
  /** In the order asked; series with all their changed instances. */
  readonly fetch: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly (RemoteItem | ItemFailure)[]>;
  /** The items that have an instance in the range, each once, for the deep check. A version that is not told is empty. */
  readonly listed: (
    range: TimeRange,
    signal: AbortSignal,
  ) => AsyncIterable<readonly Pick<RemoteHead, 'id' | 'version'>[]>;
  readonly findByMarker: (
    markers: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, { readonly id: string; readonly version: string }>>;
  /** Ids of what has one of these UIDs there; none where nobody can look for that. */
  readonly findByUid: (uids: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;
  /** Asked of items that are there twice; what is not told of them is left out. */
  readonly makings: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Making>>;
  /**
   * What requests for this marker have made, and was deleted there since and can still be restored; empty where nobody can look
   * for that.
   */
  readonly discarded: (marker: string, signal: AbortSignal) => Promise<readonly Making[]>;
  /** In the order asked, each on its own: one that fails does not stop the others. */
  readonly create: (
    items: readonly Creation[],
    window: TimeRange,
    signal: AbortSignal,
  ) => Promise<readonly (Written | ItemFailure)[]>;
  readonly update: (
    items: readonly Update[],
    window: TimeRange,
    signal: AbortSignal,
  ) => Promise<readonly (Written | ItemFailure)[]>;
  readonly remove: (
    items: readonly Removal[],
    signal: AbortSignal,
  ) => Promise<readonly (Written | ItemFailure)[]>;
  /** Sends the own answer to a meeting of somebody else. */
  readonly respond: (item: Response, signal: AbortSignal) => Promise<Written | ItemFailure>;
  /**
   * How the provider will tell this event after it was written: what it cuts, rounds or cannot say is gone. Pure. Answers a
   * code when the event cannot be written at all.
   */
  readonly normalize: (event: NeutralEvent, window: TimeRange) => NeutralEvent | { readonly refused: string };
  /** Does this series have to be looked at when the window moves on, because it is written as single items? */
  readonly dependsOnWindow: (event: NeutralEvent) => boolean;
}

/** One mailbox. */
export interface RemoteMailbox {
  /** Measured difference: their clock minus ours. */
  readonly clockSkewMs: () => number;
  readonly calendars: (signal: AbortSignal) => Promise<readonly RemoteCalendarInfo[]>;
  readonly calendar: (id: string) => RemoteCalendar;
  /** Who is on a distribution list, for people to look at; undefined: it is none that may be looked into. */
  readonly members?: (address: string, signal: AbortSignal) => Promise<readonly EventPerson[] | undefined>;
  /** What to remember of the server behind it (`ConnectorAccount.memory`), when that has changed. */
  readonly memory: () => string;
}

/** Tells which calendars to look at; ends when `signal` says so. A hint is never data. */
export type Watch = (
  mailboxes: readonly { readonly mailbox: RemoteMailbox; readonly calendars: readonly string[] }[],
  onHint: (mailbox: RemoteMailbox, calendar: string) => void,
  signal: AbortSignal,
) => Promise<void>;
