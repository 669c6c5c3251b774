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

/** Where a dead property hangs; properties of a foreign calendar are per person (RFC 4918 §4, clients.md W25). */
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
      /** What stands there may only be replaced by the same UID; else `uid-in-use` (RFC 4791 §5.3.2.1). */
      readonly keepsUid?: true;
      /** Whose object it is if it is new; absent: that of whoever makes the change set. */
      readonly creator?: PrincipalId | null;
    }
  | {
      readonly do: 'delete';
      readonly calendar: CalendarId;
      readonly name: string;
      readonly expect: Expectation;
    }
  /** Keeps id, creator, bytes, etag, created and dead properties; `expect` concerns the source, `overwrite` the target name. */
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
   * A grantee that had none is offered the calendar anew, a group to all its members: whoever had taken it out of their
   * home sees it again. Another level of a grant that is there brings nothing back.
   */
  | {
      readonly do: 'grant';
      readonly calendar: CalendarId;
      readonly grantee: PrincipalId | typeof everyone;
      readonly level: Level | null;
    }
  /** Out of the trash; `newName` where the old one is taken. */
  | {
      readonly do: 'restore';
      readonly item: TrashId;
      readonly newName?: string;
      /** Of an object, made by the calendar's present zone; absent: the one it had when it was deleted. */
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
  /** All dead properties of one thing onto another, replacing what is there (COPY). */
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
      /** Sealed; absent: nobody can tell it again. */
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
        /** A reset: the old address is dead at once. */
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
      /** The hash that the password matched; refused as `stale` when the account has another one by now. */
      readonly passwordHash?: string;
    }
  | { readonly do: 'end-session'; readonly id: SessionId }
  | { readonly do: 'end-sessions'; readonly principal: PrincipalId }
  /** Expired codes of the same purpose go on this occasion, and of one person the oldest of too many. */
  | ({ readonly do: 'add-code'; readonly hash: Uint8Array } & Code)
  /** Refused as `missing` when it is used up, unknown or expired: of two that use it at once, one succeeds. */
  | { readonly do: 'use-code'; readonly hash: Uint8Array; readonly purpose: CodePurpose }
  | {
      readonly do: 'set-preference';
      readonly principal: PrincipalId;
      readonly key: string;
      readonly value: string | null;
      /** What must stand there until now; null: nothing. */
      readonly expect?: string | null;
    }
  /** The actor of the change set is who did it; `actor` names them in sets that have none yet (a sign-in). */
  | ({ readonly do: 'audit'; readonly actor?: PrincipalId } & Omit<
      AuditEntry,
      'id' | 'at' | 'principal' | 'who'
    >)
  | { readonly do: 'purge-audit'; readonly before: Instant }
  /** Replaces what was refused under this name before; the oldest of too many go. */
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
      /** What is too large for one short transaction has been staged before. */
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

/** In whose home a copy is made that has no place yet. What has none at `until` is removed, as after a crash. */
export interface Staging {
  readonly home: PrincipalId;
  readonly until: Instant;
}

/** What the administrator has decided for the whole portal; an absent key stands for the default. */
export type PolicyKey =
  /** `owner` (default), `allowed` or `forbidden`. */
  | 'export.user'
  | 'export.group'
  | 'export.company'
  | 'export.room'
  | 'export.resource'
  /** The most that any link shows: a `Detail`. */
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
  /** Calendars that must still be in the states somebody knows (RFC 6578 §5). */
  readonly unchanged?: readonly KnownState[];
  /** The version that the directory must still have, where the decision was based on people, calendars and rights as they were. */
  readonly directory?: number;
  /** Preferences of a person that must not have changed, where the decision was based on them. */
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
  /** A calendar of `unchanged`, the directory, or what a person has `chosen`, has moved on, so no change was tried. */
  | { readonly ok: false; readonly change: number; readonly reason: 'moved-on' }
  /** Another object of the calendar has the UID; `name` is its name. */
  | { readonly ok: false; readonly change: number; readonly reason: 'uid-in-use'; readonly name: string }
  /** The name, address or slug is taken. */
  | { readonly ok: false; readonly change: number; readonly reason: 'name-in-use' }
  /** The thing the change speaks of (calendar, principal, parent, trash item) is not there. */
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
