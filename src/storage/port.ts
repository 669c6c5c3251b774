/**
 * The only door to the data.
 *
 * Reads come in pages, so that no cursor stays open across an `await` and the event loop turns between pages. Writes
 * are change sets, so that no transaction stays open while JavaScript thinks. Whatever every storage must do is tested
 * in `test/storage/contract.ts`.
 *
 * A read that finds nothing answers `undefined` or an empty iteration; it never throws for absence. Deleted things
 * (trash) are invisible to every read but those of the trash.
 */
import type { everyone, Grant, Level } from '../core/acl.ts';
import type {
  Busy,
  Calendar,
  CalendarChange,
  CalendarView,
  ComponentName,
  FeedLink,
  NewObject,
  ObjectHead,
  StoredObject,
  TrashItem,
} from '../core/calendar.ts';
import type { ChangeSet, CommitResult, PolicyKey, PropertyHolder } from '../core/change-set.ts';
import type { FileLock, FileNode } from '../core/file.ts';
import type {
  AppPasswordId,
  AuditId,
  CalendarId,
  FileId,
  IdSource,
  LinkId,
  ObjectId,
  PrincipalId,
  RefusedId,
  SessionId,
  TrashId,
} from '../core/ids.ts';
import type { AuditEntry, Code, CodePurpose, Session } from '../core/portal.ts';
import type { AppPassword, Principal, PrincipalKind } from '../core/principal.ts';
import type { RefusedObject } from '../core/refused.ts';
import type { Instant, TimeRange } from '../icalendar/time.ts';
import type { ConnectorReads } from './connector-port.ts';

export type {
  ConnectorReads,
  DueLink,
  DueQuery,
  ItemQuery,
  LinkCounts,
  ListedLink,
  PairLife,
  StoredSetting,
} from './connector-port.ts';

/**
 * Which objects of one calendar. Rows are ordered by id, except for `names`: these come in the order given, without the
 * names that do not exist.
 */
export type Selection =
  | { readonly by: 'all' }
  | { readonly by: 'names'; readonly names: readonly string[] }
  | { readonly by: 'uids'; readonly uids: readonly string[] }
  /** Objects the occurrence index proves to have an instance in `range` (overlap rule of RFC 4791 §9.9 for VEVENT). */
  | { readonly by: 'indexed'; readonly range: TimeRange }
  /** Objects that may have an instance in `range`, but lie partly or wholly outside what the index knows. */
  | { readonly by: 'unindexed'; readonly range: TimeRange }
  /** The objects of `unindexed` that are not in `indexed`: only the object itself can tell whether it lies in `range`. */
  | { readonly by: 'unproven'; readonly range: TimeRange }
  /** Objects whose instants move with the zone (floating times, dates) and that may overlap `range`, as the index sees it. */
  | { readonly by: 'zone-dependent'; readonly range: TimeRange };

export interface ObjectQuery {
  readonly calendar: CalendarId;
  readonly select: Selection;
  /** Absent: all kinds. */
  readonly kinds?: readonly ComponentName[];
  /** The person whose own copies (alarm state) replace the shared bytes and etags; absent: nobody's do. */
  readonly person?: PrincipalId;
  /** Only objects whose `classification` is not `public`: what readers that are not managers see reduced. */
  readonly restricted?: boolean;
  /** Only objects with a higher id: the next piece of a listing that was cut off. Not with `names`. */
  readonly after?: ObjectId;
}

/**
 * Text around the columns of one row. The storage writes `head name tag etag tail` for each object; with `data`,
 * `head name tag etag data <escaped bytes> tail`. Names and etags are stored in a form that is safe inside XML.
 */
export interface RowTemplate {
  readonly head: string;
  readonly tag: string;
  readonly data?: string;
  readonly tail: string;
  /**
   * For a selection by names: what is written after `head name` for a name that does not exist; absent: such names are
   * left out.
   */
  readonly missing?: string;
}

export interface BusyRow {
  readonly start: Instant;
  readonly end: Instant;
  readonly busy: Busy;
}

export interface VisibleCalendar {
  readonly calendar: Calendar;
  /** Highest level granted to the person, their groups or everyone; absent for their own calendars without grants. */
  readonly granted: Level | undefined;
  /** The highest level granted to the person or their groups by name, without grants to everyone. */
  readonly grantedByName: Level | undefined;
  readonly view: CalendarView | undefined;
}

export interface PrincipalQuery {
  readonly kinds?: readonly PrincipalKind[];
  /** Substring of name, display name or address, compared without case. */
  readonly text?: string;
  readonly includeDisabled?: boolean;
}

/** An object in a page of contents. */
export interface Content
  extends Pick<ObjectHead, 'id' | 'name' | 'uid' | 'kind' | 'modseq' | 'modified' | 'classification'>,
    Pick<StoredObject, 'plain'>,
    Pick<NewObject, 'cuts'> {
  /** Where its bytes lie in those of the page. */
  readonly from: number;
  readonly to: number;
}

/**
 * A page of contents: a list for each fact that is needed of every object, as to make an object of each would take longer
 * than to read them.
 */
export interface ContentPage {
  /** The bytes of all objects of the page, one after the other. Whoever asked may write over them. */
  readonly bytes: Uint8Array;
  /** The length of each object's bytes. */
  readonly sizes: readonly number[];
  readonly ids: readonly ObjectId[];
  readonly modseqs: readonly number[];
  readonly modifieds: readonly Instant[];
  /** What was kept as `NewObject.cuts`, in UTF-8, a line for each object; empty where there is nothing. */
  readonly cuts: Uint8Array;
  /** Whether all are public. */
  readonly isPublic: boolean;
  readonly names: () => readonly string[];
  readonly uids: () => readonly Content['uid'][];
  /** The page's objects as values, made only when asked for. */
  readonly objects: () => readonly Content[];
}

/** An object in a page of glances. */
export interface Glance
  extends Pick<ObjectHead, 'id' | 'name' | 'uid' | 'etag' | 'classification'>,
    Pick<StoredObject, 'plain'> {
  /** Where its bytes lie in those of the page; an empty range if they are long. */
  readonly from: number;
  readonly to: number;
}

export interface GlancePage {
  /** The bytes of all objects of the page that are not long, one after the other. */
  readonly bytes: Uint8Array;
  readonly objects: readonly Glance[];
}

/** What has changed since an occurrence index was made: the zone of the calendar, or the addresses of its owner. */
export type StaleReason = 'zone' | 'addresses';

/** A calendar whose index has to be made anew. `version` tells one change from the next. */
export interface StaleIndex {
  readonly calendar: CalendarId;
  readonly reason: StaleReason;
  readonly version: number;
}

export interface StoredCredential {
  /** In the hasher's own format; null where the account has no password of its own. */
  readonly hash: string | null;
}

export interface AuditQuery {
  readonly who?: string;
  readonly action?: string;
  readonly from?: Instant;
  readonly until?: Instant;
  /** Only entries with a lower id: the next page. */
  readonly before?: AuditId;
}

/** How much a calendar holds, for administrators. */
export interface CalendarUsage {
  readonly calendar: Calendar;
  readonly objectCount: number;
  readonly sizeBytes: number;
}

/** Is told of events in the order in which they happen. */
export interface Watcher {
  /** Something was committed, by this process or (a second later at most) by another one. */
  readonly committed: () => void;
  /** A device of this process showed its app password. */
  readonly deviceSeen: (id: AppPasswordId, when: Instant, program: string, address: string) => void;
}

export interface Storage {
  /** Names this database and its history; a restored backup has another. Part of every sync token (ARCHITECTURE §5). */
  readonly epoch: string;
  /** Makes ids for new things. They are higher than all ids in the database when it was opened. */
  readonly newId: IdSource;

  // people
  /**
   * Grows whenever a principal, address, membership, grant, view, policy, credential or calendar row (created, patched,
   * deleted, restored) changes, whichever process did it: caches of rights are keyed by it. Objects do not move it.
   */
  readonly directoryVersion: () => Promise<number>;
  readonly principal: (id: PrincipalId) => Promise<Principal | undefined>;
  readonly principalByName: (normalName: string) => Promise<Principal | undefined>;
  readonly principalByAddress: (address: string) => Promise<Principal | undefined>;
  /** In order of name. */
  readonly principals: (query: PrincipalQuery) => AsyncIterable<readonly Principal[]>;
  /** All groups `member` belongs to, at any depth; cycles are harmless. */
  readonly groupsOf: (member: PrincipalId) => Promise<readonly PrincipalId[]>;
  /** Direct members of a group. */
  readonly membersOf: (group: PrincipalId) => Promise<readonly PrincipalId[]>;
  readonly credential: (principal: PrincipalId) => Promise<StoredCredential | undefined>;
  readonly appPasswordByHash: (hash: Uint8Array) => Promise<AppPassword | undefined>;
  readonly appPassword: (id: AppPasswordId) => Promise<AppPassword | undefined>;
  readonly appPasswords: (principal: PrincipalId) => Promise<readonly AppPassword[]>;
  readonly policies: () => Promise<ReadonlyMap<PolicyKey, string>>;

  // calendars
  readonly calendar: (id: CalendarId) => Promise<Calendar | undefined>;
  readonly calendarByName: (owner: PrincipalId, name: string) => Promise<Calendar | undefined>;
  /** In order of creation. */
  readonly calendarsOf: (owner: PrincipalId) => Promise<readonly Calendar[]>;
  /** Every calendar that concerns a person: own, granted to them or their groups or everyone, or with a view of theirs. */
  readonly visibleTo: (
    person: PrincipalId,
    groups: readonly PrincipalId[],
  ) => Promise<readonly VisibleCalendar[]>;
  readonly grants: (calendar: CalendarId) => Promise<readonly Grant[]>;
  /** The highest level granted on one calendar to any of `grantees`. */
  readonly grantedLevel: (
    calendar: CalendarId,
    grantees: readonly (PrincipalId | typeof everyone)[],
  ) => Promise<Level | undefined>;
  readonly view: (person: PrincipalId, calendar: CalendarId) => Promise<CalendarView | undefined>;
  readonly objectCount: (calendar: CalendarId) => Promise<number>;
  /** Bytes of objects and files that count against the home's quota. */
  readonly usedBytes: (home: PrincipalId) => Promise<number>;
  /** Dead properties by Clark name, as serialized XML elements. */
  readonly properties: (holder: PropertyHolder) => Promise<ReadonlyMap<string, string>>;

  // objects
  readonly head: (
    calendar: CalendarId,
    name: string,
    person?: PrincipalId,
  ) => Promise<ObjectHead | undefined>;
  readonly object: (
    calendar: CalendarId,
    name: string,
    person?: PrincipalId,
  ) => Promise<StoredObject | undefined>;
  /** The creators of objects by UID, as far as they are known. Asked only if rights depend on it. */
  readonly creators: (
    calendar: CalendarId,
    uids: readonly string[],
  ) => Promise<ReadonlyMap<string, PrincipalId>>;
  readonly heads: (query: ObjectQuery) => AsyncIterable<readonly ObjectHead[]>;
  readonly objects: (query: ObjectQuery) => AsyncIterable<readonly StoredObject[]>;
  /** Like `objects` at a fraction of the cost, for reading a whole calendar. Without personal copies. */
  readonly contents: (query: Omit<ObjectQuery, 'person'>) => AsyncIterable<ContentPage>;
  /** Like `objects` at a fraction of the cost, for readers that need little of the heads and no bytes of long objects. */
  readonly glances: (query: ObjectQuery) => AsyncIterable<GlancePage>;
  /** The same rows as `heads` or `objects`, written by SQL: see `RowTemplate`. Chunks of some 64 to 256 KiB. */
  readonly rows: (query: ObjectQuery, template: RowTemplate) => AsyncIterable<Uint8Array>;
  /** Whether the query has any row at all; cheap for `unindexed`, `unproven` and `zone-dependent`. */
  readonly has: (query: ObjectQuery) => Promise<boolean>;
  /** Index rows of busy instances (not `free`) that overlap `range`, ascending by start. */
  readonly busy: (calendar: CalendarId, range: TimeRange) => AsyncIterable<readonly BusyRow[]>;
  /**
   * What changed after `since`, ascending by modseq; etags as `person` sees them. The caller has checked `changeFloor`,
   * and has read the token it will hand out before: a name that changes between two pages may come again, with the
   * newer modseq, but none is ever lost.
   */
  readonly changes: (
    calendar: CalendarId,
    since: number,
    person?: PrincipalId,
  ) => AsyncIterable<readonly CalendarChange[]>;
  /** Objects whose index ends before `until` although their series goes on: the horizon's work list. */
  readonly toReindex: (until: Instant) => AsyncIterable<readonly StoredObject[]>;
  /**
   * Live calendars whose index is stale, of one calendar or owner or of all: noted together with the change of a zone, of
   * addresses or of the owner that makes it so, until `index-made` says that the index follows that change.
   */
  readonly staleIndexes: (of?: {
    readonly calendar?: CalendarId;
    readonly owner?: PrincipalId;
  }) => Promise<readonly StaleIndex[]>;

  // feeds and trash
  readonly linkByHash: (hash: Uint8Array) => Promise<FeedLink | undefined>;
  readonly links: (filter: {
    readonly principal?: PrincipalId;
    readonly calendar?: CalendarId;
  }) => Promise<readonly FeedLink[]>;
  readonly trash: (home: PrincipalId) => AsyncIterable<readonly TrashItem[]>;
  /** The bytes of a deleted object; undefined for a whole calendar, and for what is gone. */
  readonly trashBytes: (item: TrashId) => Promise<Uint8Array | undefined>;

  // the page
  /** Also an expired one. */
  readonly sessionByHash: (hash: Uint8Array) => Promise<Session | undefined>;
  /** In order of creation. */
  readonly sessions: (principal: PrincipalId) => Promise<readonly Session[]>;
  /** `undefined` if the code is used, unknown, for another purpose or expired. */
  readonly code: (hash: Uint8Array, purpose: CodePurpose) => Promise<Code | undefined>;
  /** Expired codes of a purpose that no `add-code` has removed yet. */
  readonly expiredCodes: (purpose: CodePurpose) => Promise<readonly (Code & { readonly hash: Uint8Array })[]>;
  readonly preferences: (principal: PrincipalId) => Promise<ReadonlyMap<string, string>>;
  /** Newest first. */
  readonly audit: (query: AuditQuery) => AsyncIterable<readonly AuditEntry[]>;
  /** Every calendar of everybody, in order of creation. */
  readonly allCalendars: () => AsyncIterable<readonly CalendarUsage[]>;
  /** What calendars have refused of this person, newest first. */
  readonly refused: (principal: PrincipalId) => Promise<readonly RefusedObject[]>;
  /** `undefined` if it does not exist, or was too long to be kept. */
  readonly refusedBytes: (id: RefusedId) => Promise<Uint8Array | undefined>;
  /** Whether anybody has ever signed in to the page. */
  readonly wasSignedIn: () => Promise<boolean>;
  /** Returns a function that ends the watching. */
  readonly watch: (watcher: Watcher) => () => void;

  // files
  readonly fileRoot: (home: PrincipalId) => Promise<FileNode | undefined>;
  readonly file: (parent: FileId, name: string) => Promise<FileNode | undefined>;
  readonly fileMembers: (parent: FileId) => AsyncIterable<readonly FileNode[]>;
  readonly fileBytes: (id: FileId) => Promise<Uint8Array | undefined>;
  /** Locks of a home that have not expired at `now`. */
  readonly locks: (home: PrincipalId, now: Instant) => Promise<readonly FileLock[]>;

  // connectors
  readonly connectors: ConnectorReads;

  // writes
  readonly commit: (set: ChangeSet) => Promise<CommitResult>;
  /** Marks of use ("last used"), gathered and written lazily. They are no visible change and may be lost in a crash. */
  readonly touchAppPassword: (id: AppPasswordId, when: Instant, program: string, address: string) => void;
  readonly touchLink: (id: LinkId, when: Instant, program: string) => void;
  readonly touchSession: (id: SessionId, when: Instant, address: string) => void;

  // care
  /**
   * Trims sync logs of lines from before `before`, but keeps the last `keepChanges` lines of each calendar; removes
   * expired locks; finishes the removal of what was purged.
   */
  readonly tidy: (options: { readonly before: Instant; readonly keepChanges: number }) => Promise<void>;
  /**
   * Makes the cuts of events (`Content.cuts`) anew that another rule than `rule` has made, or that have none, a few at a time and as
   * long as `isWanted`. Answers how many it made. No change that anybody sees.
   */
  readonly renewCuts: (options: {
    readonly rule: number;
    readonly cutsOf: (kind: string, bytes: Uint8Array, plain: boolean) => NewObject['cuts'];
    readonly isWanted: () => boolean;
  }) => Promise<number>;
  /** Problems found in the data, in sentences; empty when sound. `repair` mends what is derived. */
  readonly check: (options: { readonly repair: boolean }) => AsyncIterable<string>;
  /** A consistent copy while the server runs. */
  readonly backup: (file: string, onProgress?: (doneShare: number) => void) => Promise<void>;
  /** Fails when the database cannot be read or written. */
  readonly probe: () => Promise<void>;
  readonly close: () => Promise<void>;
}
