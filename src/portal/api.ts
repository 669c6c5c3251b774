/**
 * The JSON API of the page, as types: what every request carries and what it is answered (portal.md §11).
 *
 * The server's table of routes and the page's client are both typed by `Api` below; `schemas.ts` says the same to
 * machines. Types only: the browser side imports nothing from here at run time.
 *
 * Base `<base path>/api/v1`. Writes carry `X-Requested-With: portal`. Whatever has an `etag` is answered with an `ETag`
 * header, and a write to it takes `If-Match`: a stale one is 412 with error E07. Bodies are JSON but for import
 * (`text/calendar` or `multipart/form-data`), people by CSV (`text/csv`), downloads and the event stream. A write without
 * an answer is 204.
 *
 * The length of this file is that of the API: one entry for each thing that is said.
 */

import type { SpokenLanguage } from '../i18n/languages.ts';
import type { AuditPart } from '../i18n/messages/audit.ts';
import type { ExchangeApi, ExchangeStatus } from './exchange/api.ts';

export type { AuditPart } from '../i18n/messages/audit.ts';

export type * from './exchange/api.ts';

/** An opaque id, all digits. */
export type Id = string;

/** `2026-11-04T08:15:00Z`. */
export type Timestamp = string;

/** `2026-11-04`. */
export type Day = string;

/** What a clock on the wall shows: `2026-11-04T09:15:00`. */
export type LocalDateTime = string;

/** A `LocalDateTime`, or a `Day` where the event lasts whole days. */
export type LocalTime = string;

/** With its quotes, as it stands in `ETag` and `If-Match`. */
export type EntityTag = string;

export type Language = SpokenLanguage;

// ---- errors ----------------------------------------------------------------------------------------------------------

/**
 * The numbers of portal.md §7. Errors without a number there are E20; `message` explains them in the person's language
 * all the same.
 */
export type ErrorCode =
  | 'E01'
  | 'E02'
  | 'E03'
  | 'E04'
  | 'E05'
  | 'E06'
  | 'E07'
  | 'E08'
  | 'E10'
  | 'E11'
  | 'E12'
  | 'E13'
  | 'E14'
  | 'E15'
  | 'E18'
  | 'E20';

export interface ApiError {
  readonly error: ErrorCode;
  /** For the person, in their language. */
  readonly message: string;
  /** The request id in the server's log. */
  readonly id: string;
  /** A word for programs: `stale`, `not-found`, `need-privileges`, `already-exists`, `malformed-request`, ... */
  readonly reason: string;
  /** A technical sentence in English if it says more than the message, such as which field is wrong. */
  readonly detail?: string;
  /** E02: seconds until the next attempt. */
  readonly retryAfterSeconds?: number;
  /** E07: when it was changed, and its entity tag now (absent: it is gone). */
  readonly changedAt?: Timestamp;
  readonly etag?: EntityTag;
}

// ---- before and around sign-in -----------------------------------------------------------------------------------------

/** What the page needs to draw the sign-in form; nothing secret. */
export interface Portal {
  readonly name: string;
  /** `#RRGGBB`, or null: the product's own. */
  readonly color: string | null;
  /** `data:image/...` or null. */
  readonly logo: string | null;
  readonly defaultLanguage: Language;
  readonly signIn: {
    readonly password: boolean;
    /** `label`: the text of the button, which leads to `api/v1/auth/oidc/start?next=<path below the base>`. */
    readonly oidc: { readonly label: string } | null;
    /**
     * The person whom the proxy in front has signed in, and whether they have an account here: then `POST
     * /session/proxy` opens the page.
     */
    readonly proxy: { readonly name: string; readonly known: boolean } | null;
  };
  /** Nobody has signed in yet: the log holds the set-up address. */
  readonly setupOpen: boolean;
  readonly publicUrl: string;
}

export interface SignIn {
  readonly name: string;
  readonly password: string;
}

export interface SetUpState {
  readonly open: boolean;
  /** The login name of the existing administrator, who gets this new password; the form proposes it. */
  readonly name: string;
  readonly publicUrl: string;
  readonly language: Language;
}

export interface SetUp {
  /** From `/setup?token=...`. */
  readonly token: string;
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly password: string;
  /** The address under which clients reach the server; empty: that of the settings. */
  readonly publicUrl: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly demoCalendar: boolean;
}

export type View = 'month' | 'week' | 'day' | 'list';

export interface Preferences {
  readonly language: Language;
  /** Null: not chosen, so the browser's language is used. */
  readonly chosenLanguage: Language | null;
  /** IANA name. */
  readonly timeZone: string;
  /** 1 Monday to 7 Sunday; null: by language. */
  readonly firstDay: number | null;
  readonly weekNumbers: boolean;
  /** Null: by language. */
  readonly hour12: boolean | null;
  readonly view: View;
  /** Null: no view was chosen, so a narrow screen takes the list. */
  readonly chosenView: View | null;
  /** Minutes before the start; null: none. */
  readonly defaultReminder: number | null;
  readonly shortcuts: boolean;
  readonly bannerCollapsed: boolean;
  readonly theme: 'auto' | 'light' | 'dark';
  /** The calendar for new events, and for "put all invitations here". */
  readonly defaultCalendar: Id | null;
}

export type PreferencesPatch = Partial<Omit<Preferences, 'language' | 'view'>>;

export interface Me {
  readonly etag: EntityTag;
  readonly person: Person;
  readonly isAdmin: boolean;
  /** Whether the account has a password here, which can be changed here. */
  readonly hasPassword: boolean;
  readonly preferences: Preferences;
  readonly features: Features;
  readonly sessions: readonly Session[];
}

export interface MePatch {
  readonly displayName?: string;
  readonly preferences?: PreferencesPatch;
}

export interface PasswordChange {
  readonly current: string;
  readonly password: string;
  /** Whether all app passwords end too; other sessions end in any case. */
  readonly revokeAppPasswords: boolean;
}

export interface Session {
  readonly id: Id;
  readonly current: boolean;
  readonly created: Timestamp;
  readonly lastUsed: Timestamp;
  readonly program: string;
  readonly address: string;
}

/** What is switched on. */
export interface Features {
  readonly caldav: boolean;
  /** Outlook's list service; false: "Connect to Outlook" offers feed and CalDAV only. */
  readonly outlook: boolean;
  readonly exchange: boolean;
  readonly google: boolean;
  /** Calendar programs need an app password. */
  readonly requireAppPasswords: boolean;
  /** The public address begins with https. */
  readonly secure: boolean;
}

export interface Person {
  readonly id: Id;
  readonly kind: 'user' | 'group' | 'room' | 'resource' | 'company';
  /** Login and URL name. */
  readonly name: string;
  readonly displayName: string;
  readonly addresses: readonly string[];
}

// ---- calendars -----------------------------------------------------------------------------------------------------------

export type Detail = 'full' | 'titles' | 'busy';

/**
 * `busy`: can see busy times; `titles`: and titles; `read`: can see all; `contribute`: can add, and change and remove their
 * own; `revise`: can change all, and remove their own; `edit`: can change and remove all; `manage`.
 */
export type Level = 'busy' | 'titles' | 'read' | 'contribute' | 'revise' | 'edit' | 'manage';

/** Why something cannot be done. The page's catalogue has the texts. */
export type Reason =
  | 'not-owner'
  | 'read-only'
  | 'export-off'
  | 'export-forbidden'
  | 'may-not-share'
  | 'last-calendar';

export interface Calendar {
  readonly id: Id;
  readonly etag: EntityTag;
  readonly name: string;
  /** The owner's name for the calendar, if the person has given it another one. */
  readonly ownerName: string;
  readonly description: string;
  /** `#RRGGBB`; always set, so that the page need not choose one. */
  readonly color: string;
  readonly order: number | null;
  /** IANA name; null: the owner's. */
  readonly timeZone: string | null;
  readonly owner: Person;
  /** `mine`: my own; `favourite`; `shared`: with me or a group of mine by name; `group`; `company`. */
  readonly section: 'mine' | 'favourite' | 'shared' | 'group' | 'company';
  readonly kind: 'events' | 'tasks' | 'mixed';
  readonly level: Level;
  readonly visible: boolean;
  readonly favourite: boolean;
  /** All invitations go here. */
  readonly isDefault: boolean;
  readonly canEdit: boolean;
  readonly canManage: boolean;
  /**
   * Whether the person may change name, description and export: only the owner, or for a group or the company whoever
   * manages it.
   */
  readonly canChangeProperties: boolean;
  readonly canDelete: boolean;
  readonly deleteReason: Reason | null;
  readonly canShare: boolean;
  /** Links, download, Outlook. */
  readonly canExport: boolean;
  readonly exportReason: Reason | null;
  /** Why no public link can be made: export is off, or the owner does not let readers share the calendar further. */
  readonly linkReason: Reason | null;
  /** The owner's flag. */
  readonly exportAllowed: boolean;
  readonly exportDetail: Detail;
  /** The administrator forbids export for this kind of owner: the flag cannot be set. */
  readonly exportForbidden: boolean;
  /** The administrator allows it for this kind of owner, whatever the flag says. */
  readonly exportForced: boolean;
  /** The level of everyone; null: only those it is shared with see it. */
  readonly everyone: Level | null;
}

export interface NewCalendar {
  readonly name: string;
  readonly description?: string;
  readonly color?: string;
  readonly timeZone?: string | null;
  readonly exportAllowed?: boolean;
  readonly exportDetail?: Detail;
  /** The level of everyone; null or absent: none. */
  readonly everyone?: Level | null;
  readonly isDefault?: boolean;
  readonly kind?: 'events' | 'tasks';
  /** A group or a room, or the word `company`; for administrators. Absent: the person's own. */
  readonly owner?: Id;
}

export interface CalendarPatch {
  readonly name?: string;
  readonly description?: string;
  readonly color?: string;
  readonly order?: number | null;
  readonly timeZone?: string | null;
  readonly exportAllowed?: boolean;
  readonly exportDetail?: Detail;
  readonly everyone?: Level | null;
  readonly isDefault?: boolean;
}

/** All that the sidebar shows, in order: my own first. */
export interface Calendars {
  readonly calendars: readonly Calendar[];
}

/** Calendars of others that could be kept as favourites: those the person may see. */
export interface FavouriteChoices {
  readonly calendars: readonly {
    readonly id: Id;
    readonly name: string;
    readonly owner: Person;
    readonly favourite: boolean;
    readonly exportAllowed: boolean;
  }[];
  readonly truncated: boolean;
}

// ---- events ----------------------------------------------------------------------------------------------------------------

/** One instance, as the grid draws it. Times are local to `EventsAnswer.zone`. */
export interface Occurrence {
  /** Unique in an answer, and the same in the next one. */
  readonly id: string;
  readonly cal: Id;
  readonly uid: string;
  /** Names this instance of a series; null where there is only one. Opaque: give it back as it is. */
  readonly recurrenceId: string | null;
  /** A longer title is cut to its first 500 characters and three dots; so is `location`. */
  readonly title: string;
  /** A day, where `allDay`. */
  readonly start: LocalTime;
  /** Exclusive. Equal to `start` for an event without length. */
  readonly end: LocalTime;
  readonly allDay: boolean;
  /** The zone in which the times were written: IANA name, `UTC`, or null for a floating or whole-day event. */
  readonly tz: string | null;
  readonly repeats: boolean;
  readonly readOnly: boolean;
  /** False if the event may be changed but not deleted as a whole; otherwise absent. */
  readonly canDelete?: boolean;
  readonly etag: EntityTag;
  readonly location: string;
  readonly busy: boolean;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly privacy: 'public' | 'private' | 'confidential';
  /** How much of it this person sees. */
  readonly detail: Detail;
  readonly hasReminder: boolean;
  readonly hasAttendees: boolean;
  /** Its length, only if the clock is set back meanwhile so that `end` is no later than `start`. */
  readonly minutes?: number;
}

export interface EventsQuery {
  /** Inclusive and exclusive day or instant, in `zone` unless an instant. At most 400 days. */
  readonly from: string;
  readonly to: string;
  /** Ids, comma-separated; absent: all visible ones. */
  readonly calendars?: string;
  /** IANA name; absent: the person's. */
  readonly zone?: string;
  /** Only events whose title, location or description contains it. */
  readonly text?: string;
}

export interface EventsAnswer {
  readonly zone: string;
  readonly occurrences: readonly Occurrence[];
  /** There are more events than one answer may hold. */
  readonly truncated: boolean;
}

/** A whole day, or a wall clock time in a zone; zone null: floating. `UTC` is a zone. */
export type EventTime =
  | { readonly date: Day }
  | { readonly dateTime: LocalDateTime; readonly zone: string | null };

export type Weekday = 'MO' | 'TU' | 'WE' | 'TH' | 'FR' | 'SA' | 'SU';

export interface Repeat {
  readonly frequency: 'daily' | 'weekly' | 'monthly' | 'yearly';
  /** Every n-th; at least 1. */
  readonly interval: number;
  /** For weekly repetition: on which days; absent: the weekday of the start. */
  readonly weekdays?: readonly Weekday[];
  /** Monthly and yearly: on the day of the month of the start, or on e.g. the 2nd (or last: -1) Tuesday. */
  readonly monthly?: 'day' | { readonly nth: number; readonly weekday: Weekday };
  readonly ends:
    | { readonly is: 'never' }
    /** Inclusive. */
    | { readonly is: 'on'; readonly date: Day }
    | { readonly is: 'after'; readonly count: number };
}

/** A rule that the form cannot express is shown as words and kept as it is. */
export interface CustomRepeat {
  readonly rule: string;
}

export interface Attendee {
  /** E-mail address. */
  readonly address: string;
  readonly name: string;
  readonly status: 'needs-action' | 'accepted' | 'declined' | 'tentative' | 'delegated';
  readonly role: 'chair' | 'required' | 'optional' | 'none';
}

export interface EventLink {
  /** `http:` or `https:` (others are not shown). */
  readonly url: string;
  readonly label: string;
}

/** Everything that the full form shows. `scope` decides what a change of it means. */
export interface EventDetail {
  readonly cal: Id;
  readonly uid: string;
  readonly etag: EntityTag;
  /** The instance that was asked for; null: the whole event or series. */
  readonly recurrenceId: string | null;
  readonly title: string;
  readonly start: EventTime;
  /** Exclusive. */
  readonly end: EventTime;
  readonly location: string;
  readonly description: string;
  readonly repeat: Repeat | CustomRepeat | null;
  /** An instance of a series: the question about the scope is due. */
  readonly repeats: boolean;
  /** Minutes before the start. */
  readonly reminders: readonly number[];
  /** Reminders that the form cannot show; they are kept. */
  readonly otherReminders: number;
  readonly busy: boolean;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly privacy: 'public' | 'private' | 'confidential';
  readonly categories: readonly string[];
  readonly organizer: { readonly address: string; readonly name: string } | null;
  readonly attendees: readonly Attendee[];
  readonly links: readonly EventLink[];
  readonly readOnly: boolean;
  /** Whether the whole event may be deleted. A single day of a series that may be changed can be taken out in any case. */
  readonly canDelete: boolean;
  /** The person's answer to the invitation; null: they are not invited. */
  readonly ownAnswer: Attendee['status'] | null;
  /** Somebody else's meeting in a calendar that is linked with Exchange: only reminders, busy status, categories and privacy are one's own. */
  readonly isGuest: boolean;
  readonly detail: Detail;
  readonly modified: Timestamp;
  /** In the person's zone, for the conflict dialog and for lists. */
  readonly local: {
    readonly start: LocalTime;
    readonly end: LocalTime;
    readonly zone: string;
  };
}

export interface EventInput {
  readonly title: string;
  readonly start: EventTime;
  /** Exclusive; of the same kind as `start`. Before it: error E08. */
  readonly end: EventTime;
  readonly location?: string;
  readonly description?: string;
  readonly repeat?: Repeat | CustomRepeat | null;
  readonly reminders?: readonly number[];
  readonly busy?: boolean;
  readonly status?: 'confirmed' | 'tentative' | 'cancelled';
  readonly privacy?: 'public' | 'private' | 'confidential';
  readonly categories?: readonly string[];
  readonly attendees?: readonly { readonly address: string; readonly name?: string }[];
  readonly links?: readonly EventLink[];
}

/**
 * What changes. `start` and `end` are those of the instance named by `recurrenceId`; with scope `all` the series moves by
 * as much. `cal` moves the whole event to another calendar.
 */
export type EventPatch = Partial<EventInput> & { readonly cal?: Id };

export type Scope = 'one' | 'following' | 'all';

/** Which instance of an event. */
export interface InstanceQuery {
  readonly recurrenceId?: string;
  /** Replaces the UID in the path, which then is `-`: no path can name an event whose UID is `.` or `..`. */
  readonly uid?: string;
}

export interface ScopeQuery extends InstanceQuery {
  /** Absent: `all`; `one` and `following` need `recurrenceId`. */
  readonly scope?: Scope;
}

export interface AnswerInput {
  readonly answer: 'accepted' | 'tentative' | 'declined';
}

/** What a write did; `undo` takes it back for some minutes, unless the event has changed since. */
export interface EventChange {
  readonly cal: Id;
  /** The event that now holds the edited part: another one if "following" has split a series. */
  readonly uid: string;
  /** Null: it is gone. */
  readonly etag: EntityTag | null;
  readonly recurrenceId: string | null;
  readonly undo: string;
}

// ---- links, connecting, devices ------------------------------------------------------------------------------------------

export interface Link {
  readonly id: Id;
  readonly etag: EntityTag;
  /** Null: one feed over my favourites. */
  readonly calendar: Id | null;
  readonly calendarName: string;
  readonly label: string;
  readonly detail: Detail;
  /** The language of titles that the server makes ("Busy"); null: that of the person who made the link. */
  readonly language: Language | null;
  readonly expires: Timestamp | null;
  readonly created: Timestamp;
  readonly lastUsed: Timestamp | null;
  readonly lastProgram: string | null;
  readonly useCount: number;
  /**
   * Null: the address is shown only once, when the link is made or reset, by the administrator's rule (or because an
   * older server made it).
   */
  readonly addresses: LinkAddresses | null;
  /** Export is off now: the link answers 403 until it is on again. */
  readonly suspended: Reason | null;
}

export interface LinkAddresses {
  readonly https: string;
  readonly webcal: string;
  readonly google: string;
  readonly outlookWork: string;
  readonly outlookPrivate: string;
}

export interface Links {
  readonly links: readonly Link[];
}

/** Links to the favourites, and which favourites they hold. */
export interface FavouriteLinks extends Links {
  readonly included: readonly { readonly id: Id; readonly name: string }[];
  readonly left: readonly { readonly id: Id; readonly name: string; readonly reason: Reason }[];
}

export interface NewLink {
  readonly label?: string;
  readonly detail?: Detail;
  readonly expires?: Timestamp | null;
}

export interface LinkPatch {
  readonly label?: string;
  readonly detail?: Detail;
  readonly language?: Language | null;
  readonly expires?: Timestamp | null;
}

/** Every address that a client may need; `{id}` is a calendar, or `all`. */
export interface ConnectInfo {
  readonly calendar: Id | null;
  readonly calendarName: string;
  /** `cal.example.com`, with the port where it is not the usual one. */
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly userName: string;
  /** What the clients' forms call "server address": the root of CalDAV. */
  readonly davUrl: string;
  readonly wellKnownUrl: string;
  readonly principalUrl: string;
  readonly homeUrl: string;
  /** Of the calendar; for `all` that of the home. */
  readonly calendarUrl: string;
  readonly authentication: 'Basic';
  readonly caldavAllowed: boolean;
  readonly requireAppPasswords: boolean;
  /** Null until the list service exists, or while export is off. */
  readonly stssync: string | null;
  readonly exportReason: Reason | null;
  /** `intent:` address that opens DAVx5 with server and user filled in; that of a code needs no typing at all. */
  readonly davx5: string;
}

export interface AppPassword {
  readonly id: Id;
  readonly label: string;
  readonly scope: 'read' | 'write';
  /** The only calendars that it opens, some of which may not exist any more; null: all. */
  readonly calendars: readonly Id[] | null;
  readonly created: Timestamp;
  readonly lastUsed: Timestamp | null;
  readonly lastProgram: string | null;
  readonly lastAddress: string | null;
}

export interface AppPasswords {
  readonly appPasswords: readonly AppPassword[];
}

export interface NewAppPassword {
  readonly label: string;
  readonly scope?: 'read' | 'write';
  /** Opens only these calendars: no others, no files, and none of the person's settings can be changed. */
  readonly calendars?: readonly Id[];
}

/** A new app password; the secret is shown only here. */
export interface IssuedAppPassword {
  readonly appPassword: AppPassword;
  readonly secret: string;
}

export type DeviceKind = 'apple' | 'android';

export interface NewConnectCode {
  readonly device: DeviceKind;
}

/** Single use, ten minutes. */
export interface ConnectCode {
  readonly code: string;
  /** `https://host/c/{code}`: what the QR code holds. */
  readonly url: string;
  /** Starts the download on the device itself. */
  readonly profileUrl: string;
  /** `intent:` address that opens DAVx5 with its browser login flow, on the device itself. */
  readonly davx5: string;
  readonly expires: Timestamp;
}

/** The device that follows a code: what `/c/{code}` shows. */
export interface CodeState {
  readonly valid: boolean;
  readonly device: DeviceKind | null;
  readonly displayName: string;
  readonly userName: string;
  readonly davUrl: string;
  readonly davx5: string;
  readonly profileUrl: string | null;
  readonly language: Language;
}

export interface TestStep {
  readonly name:
    | 'public-address'
    | 'tls'
    | 'well-known'
    | 'challenge'
    | 'options'
    | 'principal'
    | 'home'
    | 'calendars';
  readonly ok: boolean;
  /**
   * What was found, without words of any language, for the person who repairs it: `PROPFIND /dav/: 405`,
   * `name-not-found (ENOTFOUND)`.
   */
  readonly found: string;
}

export interface TestConnection {
  /** An app password to test with; absent: a temporary one is made, and ended afterwards. */
  readonly secret?: string;
}

export interface TestAnswer {
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
}

// ---- sharing, people ---------------------------------------------------------------------------------------------------------

export interface Share {
  readonly who: Person | 'everyone';
  readonly level: Level;
  readonly how: 'owner' | 'share' | 'everyone';
  /** Through which group; null: directly. */
  readonly group: string | null;
  readonly removable: boolean;
  /** Whether they may make public links to it (portal.md 3.7). */
  readonly mayShareFurther: boolean;
}

export interface Shares {
  readonly shares: readonly Share[];
  /** Subscription links to this calendar that others have made. */
  readonly linkCount: number;
}

export interface NewShare {
  /** An id, or `everyone`. */
  readonly who: Id;
  readonly level: Level;
  /** For people and groups; absent: unchanged. */
  readonly mayShareFurther?: boolean;
}

export interface PeopleAnswer {
  readonly people: readonly Person[];
}

// ---- jobs, trash -----------------------------------------------------------------------------------------------------------

export interface ImportNotice {
  readonly line: number | null;
  readonly uid: string | null;
  readonly title: string | null;
  /** What kind of fault: of iCalendar text (`value`, `recurrence`, ...) or a refusal (`too-large`, ...). */
  readonly code: string;
  /** The fault itself, in English, as the log has it. */
  readonly message: string;
}

export interface ImportReport {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  /** What was skipped or mended and why; only the first of very many. */
  readonly notices: readonly ImportNotice[];
}

export interface Job {
  readonly id: Id;
  readonly kind: 'import';
  readonly calendar: Id;
  /** `interrupted`: the server was stopped meanwhile; by then at least `done` of `total` had been processed. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
  readonly report: ImportReport | null;
  /** E18 for what is no calendar file. */
  readonly error: ErrorCode | null;
  readonly message: string | null;
}

export interface TrashItem {
  readonly id: Id;
  readonly what: 'event' | 'calendar';
  /** The calendar's name, or the event's title if it could be read. */
  readonly title: string;
  readonly calendar: Id;
  readonly calendarName: string;
  readonly deleted: Timestamp;
  readonly deletedBy: string | null;
}

export interface Trash {
  readonly items: readonly TrashItem[];
  readonly truncated: boolean;
  /** Things are deleted for good after this many days; 0: never. */
  readonly days: number;
}

/** What a program sent and a calendar refused: of each name the last, for a month. */
export interface RefusedObject {
  readonly id: Id;
  /** Null: the calendar does not exist any more, or the person may not see it. */
  readonly calendar: Id | null;
  readonly calendarName: string;
  /** The file name under which it was sent. */
  readonly name: string;
  /** The UID, if one could be read. */
  readonly uid: string | null;
  readonly line: number | null;
  /** As in `ApiError`. */
  readonly reason: string;
  /** Technical sentence in English. */
  readonly detail: string;
  readonly at: Timestamp;
  readonly program: string;
  /** Null: it was too long to be kept. */
  readonly sizeBytes: number | null;
}

export interface RefusedObjects {
  readonly refused: readonly RefusedObject[];
}

// ---- the stream ------------------------------------------------------------------------------------------------------------

/** `GET /stream`: server-sent events; `event:` is the type, `data:` the JSON of the rest. */
export type StreamEvent =
  /** Something in it has changed, whoever did it: ask for the events again. */
  | { readonly type: 'calendar-changed'; readonly calendar: Id }
  /** The list of calendars, a right or a favourite has changed. */
  | { readonly type: 'calendars-changed' }
  | { readonly type: 'job'; readonly job: Job }
  /** The state of a connection has changed, or its run has made progress. */
  | { readonly type: 'sync'; readonly provider: 'exchange'; readonly status: ExchangeStatus }
  /** The first request (after an hour of silence) of a device with this app password. */
  | {
      readonly type: 'device-connected';
      readonly appPassword: Id;
      readonly label: string;
      readonly program: string;
      readonly at: Timestamp;
    }
  /** The session has ended. */
  | { readonly type: 'signed-out' };

// ---- administration ----------------------------------------------------------------------------------------------------------

export type DiagnosticFound =
  | 'encrypted'
  | 'not-encrypted'
  | 'address-set'
  | 'address-unset'
  | 'well-known'
  | 'clock'
  | 'no-mail'
  | 'disk-free'
  | 'backups-off'
  | 'backups-none'
  | 'backups-age'
  | 'database-well'
  | 'database-broken'
  | 'versions';

export type DiagnosticFix =
  | 'encrypt'
  | 'set-address'
  | 'set-clock'
  | 'make-room'
  | 'make-backups'
  | 'read-log'
  | 'check-data';

export interface Diagnostic {
  readonly name:
    | 'tls'
    | 'public-address'
    | 'well-known'
    | 'clock'
    | 'mail'
    | 'disk'
    | 'backup'
    | 'database'
    | 'versions';
  readonly state: 'green' | 'amber' | 'red';
  /** Names the sentence that says what was found; the page has it in all languages. */
  readonly found: DiagnosticFound;
  /** The values in that sentence: addresses, numbers, an instant. */
  readonly values: Readonly<Record<string, string>>;
  readonly fix: DiagnosticFix | null;
  /** To copy. */
  readonly command: string | null;
}

export interface Overview {
  readonly diagnostics: readonly Diagnostic[];
  readonly people: number;
  readonly calendars: number;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly version: string;
  readonly uptimeSeconds: number;
}

export interface AdminPerson extends Person {
  readonly etag: EntityTag;
  readonly language: string;
  readonly timeZone: string;
  readonly isAdmin: boolean;
  readonly disabled: boolean;
  readonly hasPassword: boolean;
  /** `local` or the name of the directory that signs them in. */
  readonly source: 'local' | 'ldap' | 'oidc';
  readonly usedBytes: number;
  readonly maxBytes: number;
  readonly appPasswords: number;
  readonly lastUsed: Timestamp | null;
}

export interface AdminPeople {
  readonly people: readonly AdminPerson[];
  readonly truncated: boolean;
}

export interface NewAdminPerson {
  readonly name: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly language?: Language;
  readonly timeZone?: string;
  readonly isAdmin?: boolean;
  /** Absent: one is made and told once. */
  readonly password?: string;
}

export interface IssuedPerson {
  readonly person: AdminPerson;
  /** Told once; null where it was given. */
  readonly password: string | null;
}

export interface AdminPersonPatch {
  readonly displayName?: string;
  readonly addresses?: readonly string[];
  readonly isAdmin?: boolean;
  readonly disabled?: boolean;
  readonly language?: Language;
  readonly timeZone?: string;
}

/** `name,displayName,email,language,timeZone,admin`, with a heading line. */
export interface PeopleImportReport {
  readonly added: readonly { readonly name: string; readonly password: string }[];
  readonly failed: readonly { readonly line: number; readonly message: string }[];
}

export interface AdminGroup extends Person {
  readonly etag: EntityTag;
  readonly members: readonly Person[];
}

export interface AdminGroups {
  readonly groups: readonly AdminGroup[];
}

export interface NewGroup {
  readonly kind: 'group' | 'room' | 'resource';
  readonly name: string;
  readonly displayName: string;
  readonly email?: string;
}

export interface GroupPatch {
  readonly displayName?: string;
  readonly addresses?: readonly string[];
}

export interface AdminCalendar {
  readonly id: Id;
  readonly name: string;
  readonly owner: Person;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly exportAllowed: boolean;
  readonly exportForbidden: boolean;
  readonly exportForced: boolean;
  readonly links: number;
  readonly modified: Timestamp;
}

export interface AdminCalendars {
  readonly calendars: readonly AdminCalendar[];
  readonly truncated: boolean;
}

export interface AdminCalendarPatch {
  /** Gives the calendar to another owner. */
  readonly owner?: Id;
  readonly exportAllowed?: boolean;
}

export type ExportRule = 'allowed' | 'owner' | 'forbidden';

export interface Policies {
  readonly etag: EntityTag;
  readonly export: Readonly<Record<'user' | 'group' | 'company' | 'room' | 'resource', ExportRule>>;
  /** The most that any link shows. */
  readonly linkDetail: Detail;
  /** New links expire after this many days; null: only if their maker chooses so. */
  readonly linkDays: number | null;
  /** Addresses of links are kept as hashes alone: each is shown once, when it is made. */
  readonly linksShownOnce: boolean;
  readonly requireAppPasswords: boolean;
  /** Set by a setting of the server, so that it cannot be switched off here. */
  readonly requireAppPasswordsFixed: boolean;
  /** Apple profiles carry an app password. */
  readonly profilePassword: boolean;
}

export type PoliciesPatch = Partial<Omit<Policies, 'etag' | 'export' | 'requireAppPasswordsFixed'>> & {
  readonly export?: Partial<Policies['export']>;
};

/** How people sign in: set by the server's settings, shown here. */
export interface SignInSettings {
  readonly methods: readonly {
    readonly name: 'password' | 'app-password' | 'ldap' | 'proxy' | 'oidc';
    readonly on: boolean;
    /** The address that it asks, without secrets. */
    readonly where: string | null;
    /** The setting that switches it on. */
    readonly setting: string;
  }[];
  readonly maxFailuresPerAccount: number;
  readonly failureWindowSeconds: number;
  /** What the identity provider must be told. */
  readonly oidcRedirectUrl: string;
}

export interface SignInTest {
  readonly method: 'ldap' | 'oidc';
}

export interface Appearance {
  readonly etag: EntityTag;
  readonly name: string;
  readonly color: string | null;
  /** `data:image/png;base64,...` (png, jpeg, webp), at most 64 KB. */
  readonly logo: string | null;
  readonly defaultLanguage: Language;
}

export type AppearancePatch = Partial<Omit<Appearance, 'etag'>>;

export interface AuditEntry {
  readonly id: Id;
  readonly at: Timestamp;
  /** Login name; null for the server itself. */
  readonly who: string | null;
  readonly via: string;
  readonly action: string;
  /** What it was done to: names and ids, never secrets. In English. */
  readonly subject: string;
  /** `subject` in parts, so that it can be put into any language. */
  readonly about: readonly AuditPart[];
  readonly address: string;
}

export interface AuditQuery {
  readonly who?: string;
  readonly action?: string;
  readonly from?: string;
  readonly to?: string;
  /** Entries older than this id: the next page. */
  readonly before?: Id;
}

export interface AuditAnswer {
  readonly entries: readonly AuditEntry[];
  /** The value of `before` for the next page; null: there is none. */
  readonly next: Id | null;
}

// ---- the table ---------------------------------------------------------------------------------------------------------------

/** Nothing is sent, or nothing is answered. */
export type Nothing = undefined;

export interface Call<Body, Answer, Query = object> {
  readonly body: Body;
  readonly query: Query;
  readonly answer: Answer;
}

/** Every route: method and path below `/api/v1`. `{uid}` is percent-encoded. */
export interface Api extends ExchangeApi {
  // anonymous
  'GET /portal': Call<Nothing, Portal>;
  /** Who is signed in, if anybody: asked by a page that does not know yet. */
  'GET /session': Call<Nothing, { readonly me: Me | null }>;
  /** Signs in and sets the cookie. 401 E01 whatever was wrong; 429 E02. */
  'POST /session': Call<SignIn, Me>;
  'POST /session/proxy': Call<Nothing, Me>;
  'GET /setup': Call<Nothing, SetUpState, { readonly token: string }>;
  /** Signs in. */
  'POST /setup': Call<SetUp, Me>;
  'GET /connect/codes/{code}': Call<Nothing, CodeState>;

  // me
  'DELETE /session': Call<Nothing, Nothing>;
  'GET /me': Call<Nothing, Me>;
  'PATCH /me': Call<MePatch, Me>;
  'POST /me/password': Call<PasswordChange, Nothing>;
  /** Ends another session of mine. */
  'DELETE /sessions/{session}': Call<Nothing, Nothing>;

  // calendars
  'GET /calendars': Call<Nothing, Calendars>;
  'POST /calendars': Call<NewCalendar, Calendar>;
  'GET /calendars/{id}': Call<Nothing, Calendar>;
  'PATCH /calendars/{id}': Call<CalendarPatch, Calendar>;
  /** My own goes to the trash (`POST /trash/{item}/restore`), a foreign one out of my list. */
  'DELETE /calendars/{id}': Call<Nothing, { readonly trash: Id | null }>;
  /** The order of the sidebar, all at once. */
  'PUT /calendars/order': Call<{ readonly calendars: readonly Id[] }, Nothing>;
  'PUT /calendars/{id}/favourite': Call<Nothing, Nothing>;
  'DELETE /calendars/{id}/favourite': Call<Nothing, Nothing>;
  'PUT /calendars/{id}/visibility': Call<{ readonly visible: boolean }, Nothing>;
  'GET /favourites/choices': Call<Nothing, FavouriteChoices, { readonly text?: string }>;
  /** `text/calendar`. 403 E04 or E05 while export is off. */
  'GET /calendars/{id}/download': Call<Nothing, Blob>;
  /** 202: the job runs; `GET /jobs/{job}` and the stream tell of it. */
  'POST /calendars/{id}/import': Call<Blob | FormData, Job>;
  'GET /jobs/{job}': Call<Nothing, Job>;

  // events
  'GET /events': Call<Nothing, EventsAnswer, EventsQuery>;
  /** With a UID of the server's making. */
  'POST /calendars/{id}/events': Call<EventInput, EventChange>;
  /** With the UID of the path; 409 where one is there already. */
  'POST /calendars/{id}/events/{uid}': Call<EventInput, EventChange>;
  'GET /calendars/{id}/events/{uid}': Call<Nothing, EventDetail, InstanceQuery>;
  /** Needs `If-Match`: 428 without, 412 E07 where it is stale. */
  'PATCH /calendars/{id}/events/{uid}': Call<EventPatch, EventChange, ScopeQuery>;
  'DELETE /calendars/{id}/events/{uid}': Call<Nothing, EventChange, ScopeQuery>;
  /** Without `recurrenceId`: for all instances. Needs `If-Match` as well. */
  'PUT /calendars/{id}/events/{uid}/answer': Call<AnswerInput, EventChange, InstanceQuery>;
  'POST /undo/{undo}': Call<Nothing, Nothing>;

  // links and devices
  'GET /links': Call<Nothing, Links>;
  'GET /calendars/{id}/links': Call<Nothing, Links>;
  'POST /calendars/{id}/links': Call<NewLink, Link>;
  'GET /favourites/links': Call<Nothing, FavouriteLinks>;
  'POST /favourites/links': Call<NewLink, Link>;
  'PATCH /calendars/{id}/links/{link}': Call<LinkPatch, Link>;
  'POST /calendars/{id}/links/{link}/reset': Call<Nothing, Link>;
  'DELETE /calendars/{id}/links/{link}': Call<Nothing, Nothing>;
  /** The same for any link of mine, that of the favourites too. */
  'PATCH /links/{link}': Call<LinkPatch, Link>;
  'POST /links/{link}/reset': Call<Nothing, Link>;
  'DELETE /links/{link}': Call<Nothing, Nothing>;
  /** `{id}` may be `all`. */
  'GET /calendars/{id}/connect': Call<Nothing, ConnectInfo>;
  'GET /app-passwords': Call<Nothing, AppPasswords>;
  'POST /app-passwords': Call<NewAppPassword, IssuedAppPassword>;
  'DELETE /app-passwords/{appPassword}': Call<Nothing, Nothing>;
  'POST /connect/codes': Call<NewConnectCode, ConnectCode>;
  'POST /connect/test': Call<TestConnection, TestAnswer>;

  // sharing
  'GET /calendars/{id}/shares': Call<Nothing, Shares>;
  'POST /calendars/{id}/shares': Call<NewShare, Shares>;
  /** `{who}`: an id or `everyone`. */
  'DELETE /calendars/{id}/shares/{who}': Call<Nothing, Shares>;
  'GET /people': Call<Nothing, PeopleAnswer, { readonly text: string }>;

  // trash, stream
  'GET /trash': Call<Nothing, Trash>;
  'POST /trash/{item}/restore': Call<Nothing, Nothing>;
  'GET /refused': Call<Nothing, RefusedObjects>;
  /** `application/octet-stream`. 410 where it was too long to be kept. */
  'GET /refused/{refused}/download': Call<Nothing, Blob>;
  /** If nothing could be added it stays in the list; 409 if the calendar has an object of its UID. */
  'POST /refused/{refused}/mend': Call<Nothing, ImportReport>;
  'DELETE /refused/{refused}': Call<Nothing, Nothing>;
  'GET /stream': Call<Nothing, ReadableStream>;

  // administration
  'GET /admin/overview': Call<Nothing, Overview>;
  'GET /admin/people': Call<Nothing, AdminPeople, { readonly text?: string }>;
  'POST /admin/people': Call<NewAdminPerson, IssuedPerson>;
  /** `text/csv`. */
  'POST /admin/people/import': Call<Blob, PeopleImportReport>;
  'PATCH /admin/people/{person}': Call<AdminPersonPatch, AdminPerson>;
  /** A new password, told once; ends sessions. */
  'POST /admin/people/{person}/reset': Call<Nothing, IssuedPerson>;
  'GET /admin/groups': Call<Nothing, AdminGroups>;
  'POST /admin/groups': Call<NewGroup, AdminGroup>;
  'PATCH /admin/groups/{group}': Call<GroupPatch, AdminGroup>;
  'DELETE /admin/groups/{group}': Call<Nothing, Nothing>;
  'PUT /admin/groups/{group}/members/{person}': Call<Nothing, AdminGroup>;
  'DELETE /admin/groups/{group}/members/{person}': Call<Nothing, AdminGroup>;
  'GET /admin/calendars': Call<Nothing, AdminCalendars, { readonly text?: string }>;
  'PATCH /admin/calendars/{id}': Call<AdminCalendarPatch, AdminCalendar>;
  /** `text/calendar`, whatever the owner allows; it is in the audit. */
  'GET /admin/calendars/{id}/download': Call<Nothing, Blob>;
  'GET /admin/policies': Call<Nothing, Policies>;
  'PATCH /admin/policies': Call<PoliciesPatch, Policies>;
  'GET /admin/sign-in': Call<Nothing, SignInSettings>;
  'POST /admin/sign-in/test': Call<SignInTest, { readonly ok: boolean; readonly found: string }>;
  'GET /admin/appearance': Call<Nothing, Appearance>;
  'PATCH /admin/appearance': Call<AppearancePatch, Appearance>;
  'GET /admin/audit': Call<Nothing, AuditAnswer, AuditQuery>;
  /** `text/csv`, risky cells defused. */
  'GET /admin/audit.csv': Call<Nothing, Blob, AuditQuery>;
}

export type RouteName = keyof Api;
