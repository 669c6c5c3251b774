/**
 * Writes as data: a list of changes with what must still be true. The storage applies all of a set in one
 * transaction, or none of it (ARCHITECTURE §5).
 *
 * The sync log, counters, ctags, quotas and the trash are not written by callers: the storage derives them from each
 * change, so no caller can forget them. The file is long because each kind of change is named here, and nowhere else.
 */
import type { Instant } from '../icalendar/time.ts';
import type { everyone, Level } from './acl.ts';
import type {
  Calendar,
  CalendarView,
  ComponentName,
  Detail,
  ExportWindow,
  LinkLook,
  NewObject,
  ObjectIndex,
} from './calendar.ts';
import type { ConnectorChange } from './connector-change.ts';
import type { FileLock } from './file.ts';
import type {
  AppPasswordId,
  CalendarId,
  ETag,
  FileId,
  LinkId,
  ObjectId,
  PrincipalId,
  RefusedId,
  SessionId,
  TrashId,
} from './ids.ts';
import type { AuditEntry, Code, CodePurpose, OpenedBy } from './portal.ts';
import type { AppPasswordScope, PrincipalKind } from './principal.ts';
import type { NewRefusedObject } from './refused.ts';

/** What must be true of a named thing when the change is applied. */
export type Expectation = 'absent' | 'present' | 'anything' | { readonly etag: ETag };

/** The thing that a dead property is set on. Those of a foreign calendar are per person (RFC 4918 §4, clients.md W25). */
export type PropertyHolder =
  | { readonly on: 'calendar'; readonly id: CalendarId; readonly person: PrincipalId | null }
  | { readonly on: 'object'; readonly id: ObjectId }
  | { readonly on: 'principal'; readonly id: PrincipalId }
  | { readonly on: 'home'; readonly id: PrincipalId }
  | { readonly on: 'file'; readonly id: FileId };

export interface NewCalendar {
  readonly id: CalendarId;
  readonly owner: PrincipalId;
  readonly name: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly order: number | null;
  readonly timeZoneData: string | null;
  readonly timeZone: string | null;
  readonly components: readonly ComponentName[];
  readonly transparent: boolean;
  readonly exportAllowed: boolean;
}

export type CalendarPatch = Partial<
  Pick<
    Calendar,
    | 'name'
    | 'displayName'
    | 'description'
    | 'color'
    | 'order'
    | 'timeZoneData'
    | 'timeZone'
    | 'transparent'
    | 'exportAllowed'
    | 'exportDetail'
    | 'exportWindow'
    | 'owner'
  >
>;

export type ViewPatch = Partial<Omit<CalendarView, 'principal' | 'calendar'>>;

export interface NewPrincipal {
  readonly id: PrincipalId;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly displayName: string;
  readonly addresses: readonly string[];
  readonly language: string;
  readonly timeZone: string;
  readonly isAdmin: boolean;
}

export interface PrincipalPatch {
  readonly displayName?: string;
  readonly addresses?: readonly string[];
  readonly language?: string;
  readonly timeZone?: string;
  readonly isAdmin?: boolean;
  readonly disabled?: boolean;
}

export type Change =
  // calendar objects
  | {
      readonly do: 'put';
      readonly calendar: CalendarId;
      readonly object: NewObject;
      readonly expect: Expectation;
      /** An existing object may only be replaced by one with the same UID; otherwise `uid-in-use` (RFC 4791 §5.3.2.1). */
      readonly keepsUid?: true;
      /** The creator of a new object; absent: the actor of the change set. */
      readonly creator?: PrincipalId | null;
    }
  | {
      readonly do: 'delete';
      readonly calendar: CalendarId;
      readonly name: string;
      readonly expect: Expectation;
    }
  /**
   * The object keeps its id, creator, bytes, etag, creation time and dead properties. `expect` concerns the source,
   * `overwrite` the target name.
   */
  | {
      readonly do: 'move';
      readonly from: CalendarId;
      readonly name: string;
      readonly to: CalendarId;
      readonly newName: string;
      readonly expect: Expectation;
      readonly overwrite: boolean;
      /** What must be true of the target name; absent: anything. */
      readonly target?: Expectation;
      /** As for a put. */
      readonly keepsUid?: true;
      /** The index as the target calendar's zone gives it; absent: unchanged. */
      readonly index?: ObjectIndex;
    }
  /** New occurrence rows for unchanged bytes: the horizon rolled on or the calendar's zone changed. Not a visible change. */
  | { readonly do: 'reindex'; readonly object: ObjectId; readonly etag: ETag; readonly index: ObjectIndex }
  /** The index of a calendar has been made anew after a change of its zone or its owner's addresses (`Storage.staleIndexes`); ignored if it has changed again. */
  | {
      readonly do: 'index-made';
      readonly calendar: CalendarId;
      readonly reason: 'zone' | 'addresses';
      readonly version: number;
    }
  /** A person's own alarm state of an object in a calendar they may only read; null forgets it (clients.md, demand 4). */
  | {
      readonly do: 'personal-copy';
      readonly principal: PrincipalId;
      readonly object: ObjectId;
      /** The shared version it stands over; ignored by reads once the object has another. */
      readonly over: ETag;
      readonly copy: { readonly etag: ETag; readonly bytes: Uint8Array; readonly plain: boolean } | null;
    }
  // calendars
  | { readonly do: 'create-calendar'; readonly calendar: NewCalendar }
  | { readonly do: 'patch-calendar'; readonly calendar: CalendarId; readonly patch: CalendarPatch }
  /** To the trash, with everything in it. */
  | { readonly do: 'delete-calendar'; readonly calendar: CalendarId }
  | {
      readonly do: 'view';
      readonly principal: PrincipalId;
      readonly calendar: CalendarId;
      readonly patch: ViewPatch;
    }
  /**
   * A grantee without a grant so far is offered the calendar anew: it appears in the home even of people who had taken
   * it out, for a group in that of each member. A changed level brings nothing back.
   */
  | {
      readonly do: 'grant';
      readonly calendar: CalendarId;
      readonly grantee: PrincipalId | typeof everyone;
      readonly level: Level | null;
    }
  /** Brings something back from the trash, under `newName` if its old name is taken. */
  | {
      readonly do: 'restore';
      readonly item: TrashId;
      readonly newName?: string;
      /** The object's index by the calendar's present zone; absent: the index it had when it was deleted. */
      readonly index?: ObjectIndex;
    }
  | { readonly do: 'purge-trash'; readonly before: Instant; readonly home?: PrincipalId }
  /** Replaces an object in the trash by a reduced form, without dead properties; null: it is not kept at all. */
  | { readonly do: 'reduce-trashed'; readonly item: TrashId; readonly object: NewObject | null }
  | {
      readonly do: 'set-property';
      readonly holder: PropertyHolder;
      readonly name: string;
      readonly xml: string | null;
    }
  /** Copies all dead properties of one thing to another, replacing those there (COPY). */
  | { readonly do: 'copy-properties'; readonly from: PropertyHolder; readonly to: PropertyHolder }
  // people
  | { readonly do: 'create-principal'; readonly principal: NewPrincipal }
  | { readonly do: 'patch-principal'; readonly principal: PrincipalId; readonly patch: PrincipalPatch }
  /** Removes the principal and everything it owns for good. */
  | { readonly do: 'delete-principal'; readonly principal: PrincipalId }
  | {
      readonly do: 'member';
      readonly group: PrincipalId;
      readonly member: PrincipalId;
      readonly present: boolean;
    }
  | { readonly do: 'set-password'; readonly principal: PrincipalId; readonly hash: string | null }
  | {
      readonly do: 'add-app-password';
      readonly id: AppPasswordId;
      readonly principal: PrincipalId;
      readonly label: string;
      readonly scope: AppPasswordScope;
      readonly calendars: readonly CalendarId[] | null;
      /** Keyed SHA-256 of the secret. */
      readonly hash: Uint8Array;
    }
  | { readonly do: 'revoke-app-password'; readonly id: AppPasswordId }
  // feeds
  | {
      readonly do: 'add-link';
      readonly id: LinkId;
      readonly principal: PrincipalId;
      readonly target: CalendarId | 'favourites';
      readonly label: string;
      readonly detail: Detail;
      readonly window: ExportWindow;
      readonly alarms: boolean;
      readonly expires: Instant | null;
      /** SHA-256 of the token. */
      readonly hash: Uint8Array;
      /** The token, encrypted; absent: it cannot be shown again. */
      readonly token?: string | null;
    }
  | {
      readonly do: 'patch-link';
      readonly id: LinkId;
      readonly patch: {
        readonly label?: string;
        readonly detail?: Detail;
        readonly window?: ExportWindow;
        readonly alarms?: boolean;
        readonly expires?: Instant | null;
        /** Given for a reset: the old address stops working at once. */
        readonly hash?: Uint8Array;
        readonly token?: string | null;
        readonly language?: string | null;
        readonly look?: LinkLook;
      };
    }
  | { readonly do: 'delete-link'; readonly id: LinkId }
  // the page
  | {
      readonly do: 'add-session';
      readonly id: SessionId;
      readonly principal: PrincipalId;
      /** Keyed SHA-256 of the token. */
      readonly hash: Uint8Array;
      readonly expires: Instant;
      readonly program: string;
      readonly address: string;
      readonly openedBy: OpenedBy;
      /** The hash that the password matched; refused as `stale` if the account has another one by now. */
      readonly passwordHash?: string;
    }
  | { readonly do: 'end-session'; readonly id: SessionId }
  | { readonly do: 'end-sessions'; readonly principal: PrincipalId }
  /** Also removes expired codes of the same purpose, and the oldest ones of a person who has too many. */
  | ({ readonly do: 'add-code'; readonly hash: Uint8Array } & Code)
  /** Refused as `missing` if the code is used up, unknown or expired. Of two uses at once, one succeeds. */
  | { readonly do: 'use-code'; readonly hash: Uint8Array; readonly purpose: CodePurpose }
  | {
      readonly do: 'set-preference';
      readonly principal: PrincipalId;
      readonly key: string;
      readonly value: string | null;
      /** The value that must be stored until now; null: none. */
      readonly expect?: string | null;
    }
  /** The actor of the change set is who did it; `actor` names them in sets that have none yet (a sign-in). */
  | ({ readonly do: 'audit'; readonly actor?: PrincipalId } & Omit<
      AuditEntry,
      'id' | 'at' | 'principal' | 'who'
    >)
  | { readonly do: 'purge-audit'; readonly before: Instant }
  /** Replaces an earlier refusal under this name; the oldest of too many are removed. */
  | { readonly do: 'note-refused'; readonly refused: NewRefusedObject }
  | { readonly do: 'drop-refused'; readonly id: RefusedId }
  | { readonly do: 'purge-refused'; readonly before: Instant }
  // the administrator's rules
  | { readonly do: 'set-policy'; readonly key: PolicyKey; readonly value: string | null }
  // files (RFC 4918)
  | {
      readonly do: 'put-file';
      readonly id: FileId;
      readonly home: PrincipalId;
      readonly parent: FileId;
      readonly name: string;
      readonly contentType: string | null;
      /** Contents too large for one short transaction have been staged before. */
      readonly bytes: Uint8Array | StagedContent;
      readonly etag: ETag;
      readonly expect: Expectation;
    }
  /** One part of contents that a `put-file` will give to a file; until then nobody sees them. */
  | {
      readonly do: 'stage-content';
      readonly content: FileId;
      readonly home: PrincipalId;
      readonly part: number;
      readonly bytes: Uint8Array;
      readonly until: Instant;
    }
  | {
      readonly do: 'make-collection';
      readonly id: FileId;
      readonly home: PrincipalId;
      readonly parent: FileId | null;
      readonly name: string;
    }
  | { readonly do: 'delete-file'; readonly id: FileId }
  | { readonly do: 'move-file'; readonly id: FileId; readonly parent: FileId; readonly name: string }
  /** Copies one node, without members; dead properties come along. */
  | {
      readonly do: 'copy-file';
      readonly from: FileId;
      readonly id: FileId;
      /** `Staging`: nowhere yet; a `place-staged` puts it, with all that has been copied into it, in its place. */
      readonly parent: FileId | Staging;
      readonly name: string;
    }
  | { readonly do: 'place-staged'; readonly id: FileId; readonly parent: FileId; readonly name: string }
  /** Removes staged contents, or a staged copy. */
  | { readonly do: 'drop-staged'; readonly id: FileId }
  | { readonly do: 'lock'; readonly lock: FileLock }
  | { readonly do: 'unlock'; readonly token: string }
  // connectors
  | ConnectorChange;

/** Contents whose parts have been staged, all of them. */
export interface StagedContent {
  readonly staged: FileId;
  readonly sizeBytes: number;
}

/**
 * A copy that is not in its place yet, and the home it counts for. If it still has no place at `until`, it is removed,
 * as after a crash.
 */
export interface Staging {
  readonly home: PrincipalId;
  readonly until: Instant;
}

/** Rules that the administrator sets for the whole portal; an absent key means the default. */
export type PolicyKey =
  /** `owner` (default), `allowed` or `forbidden`. */
  | 'export.user'
  | 'export.group'
  | 'export.company'
  | 'export.room'
  | 'export.resource'
  /** A `Detail`: no link shows more than this. */
  | 'links.detail'
  /** Days after which new links end. */
  | 'links.days'
  /** `yes`: addresses of links are kept as hashes alone, and so are shown once. */
  | 'links.hashed'
  /** `yes`: calendar programs need an app password. */
  | 'app-passwords.required'
  /** `no`: Apple profiles carry no app password. */
  | 'profile.password'
  | 'portal.name'
  | 'portal.color'
  | 'portal.logo'
  | 'portal.language'
  | 'portal.address';

export interface ChangeSet {
  /** Who did it; null for the system itself. */
  readonly actor: PrincipalId | null;
  readonly changes: readonly Change[];
  /** Calendars that must still be in the states that the client knows (RFC 6578 §5). */
  readonly unchanged?: readonly KnownState[];
  /** The version that the directory (people, calendars, rights) must still have, if the decision was based on it. */
  readonly directory?: number;
  /** Preferences of a person that must not have changed, if the decision was based on them. */
  readonly chosen?: KnownChoices;
}

/** All preferences of a person by key. */
export interface KnownChoices {
  readonly principal: PrincipalId;
  readonly values: ReadonlyMap<string, string>;
}

export interface KnownState {
  readonly calendar: CalendarId;
  readonly modseq: number;
}

export type CommitFailure =
  /** An expectation did not hold. */
  | { readonly ok: false; readonly change: number; readonly reason: 'stale' }
  /** A calendar in `unchanged`, the directory, or a person's preferences (`chosen`) have changed, so nothing was written. */
  | { readonly ok: false; readonly change: number; readonly reason: 'moved-on' }
  /** Another object of the calendar has the UID; `name` is its name. */
  | { readonly ok: false; readonly change: number; readonly reason: 'uid-in-use'; readonly name: string }
  /** The name, address or slug is taken. */
  | { readonly ok: false; readonly change: number; readonly reason: 'name-in-use' }
  /** The thing that the change names (calendar, principal, parent, trash item) does not exist. */
  | { readonly ok: false; readonly change: number; readonly reason: 'missing' }
  | { readonly ok: false; readonly change: number; readonly reason: 'quota-exceeded' };

export type CommitResult =
  | {
      readonly ok: true;
      /** For each change whether it made something that was not there. */
      readonly created: readonly boolean[];
      /** Calendars whose zone or owner's addresses had changed since an index in this set was made: they are on the list of stale indexes now. */
      readonly stale?: readonly CalendarId[];
    }
  | CommitFailure;
