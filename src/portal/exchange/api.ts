/**
 * What the page says about Exchange: the banner, the profile's card, and the administrator's tab (exchange.md §5, §6, §3).
 * Part of `Api` in `api.ts`; reached at `/api/exchange/…` as well.
 */
import type { Call, EntityTag, EventPatch, Id, Nothing, Timestamp } from '../api.ts';

/** A pure function of settings, link and running job. */
export type ExchangeState =
  /** Switched off, or not for this person: nothing is shown at all. */
  | 'absent'
  | 'not_configured'
  | 'needs_authorisation'
  | 'ready'
  | 'queued'
  | 'running'
  | 'partial'
  | 'error'
  | 'paused';

/** Words for these stand in the page's catalogues: the test of the words does not compile without a new one. */
export type ExchangeReason =
  // a person's sign-in
  | 'wrong-password'
  | 'password-expired'
  | 'account-locked'
  | 'mailbox-not-found'
  | 'unreachable'
  | 'certificate'
  | 'method-not-offered'
  // pauses and failures of a link
  | 'credentials'
  | 'permission'
  | 'guard'
  | 'folder'
  | 'quota'
  | 'interrupted'
  | 'administrator'
  | 'throttled'
  | 'server'
  | 'service-account'
  | 'not-set-up'
  | 'moving'
  | 'other';

export interface ExchangeCounters {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly failed: number;
}

export type ExchangePhase =
  | 'waiting'
  | 'recovering'
  | 'pulling'
  | 'merging'
  | 'pushing'
  | 'checking'
  | 'done';

export interface ExchangeRun {
  readonly id: Id;
  readonly cause: 'schedule' | 'manual' | 'hint' | 'start' | 'command' | 'preview';
  readonly started: Timestamp;
  readonly finished: Timestamp | null;
  readonly outcome: 'running' | 'ok' | 'partial' | 'failed' | 'cancelled' | 'stopped';
  readonly phase: ExchangePhase;
  readonly done: number;
  /** Null: not known yet. */
  readonly total: number | null;
  readonly counters: ExchangeCounters;
  readonly reason: ExchangeReason | null;
  /** For support. */
  readonly code: string | null;
  /** What had to be guessed, could not be said, or is not certain: stable codes, and of how many events. */
  readonly notes: readonly { readonly code: string; readonly count: number }[];
}

export interface ExchangeLink {
  readonly calendar: Id;
  readonly mailbox: string;
  readonly remoteCalendar: string;
  readonly remoteName: string;
  readonly direction: ExchangeDirection;
  /** `YYYY-MM-DD`, or null: everything in the window. */
  readonly startDate: string | null;
}

export type ExchangeDirection = 'both' | 'from-remote' | 'to-remote';

export interface ExchangeStatus {
  readonly etag: EntityTag;
  readonly state: ExchangeState;
  readonly reason: ExchangeReason | null;
  /** Technical code beside the reason. */
  readonly code: string | null;
  readonly lastSync: Timestamp | null;
  readonly nextSync: Timestamp | null;
  /** While one waits or works. */
  readonly run: ExchangeRun | null;
  /** Events that need attention. */
  readonly issues: number;
  readonly link: ExchangeLink | null;
  /** Signed in, but no calendar chosen yet. */
  readonly account: { readonly mailbox: string; readonly login: string } | null;
  /** Proposed by the settings for the sign-in form; the server's are shown, not asked. */
  readonly proposal: {
    readonly mailbox: string;
    readonly server: string;
    readonly port: number;
    readonly version: string;
    /** A password is asked for: the service account does not speak for this person. */
    readonly asksPassword: boolean;
    /** A person may use a password of their own although the service account could speak for them. */
    readonly allowsPassword: boolean;
    readonly startDate: string;
    readonly direction: ExchangeDirection;
  } | null;
}

export interface ExchangeSignIn {
  readonly mailbox: string;
  /** Empty: the service account. */
  readonly login: string;
  readonly password: string;
}

export interface ExchangeCalendars {
  readonly calendars: readonly {
    readonly id: string;
    readonly title: string;
    readonly isDefault: boolean;
    readonly canWrite: boolean;
  }[];
}

export interface ExchangeLinkInput {
  readonly calendar: Id;
  readonly remoteCalendar: string;
  readonly direction: ExchangeDirection;
  readonly startDate: string | null;
}

/** What a first run would do; nothing has been written. */
export interface ExchangePreview {
  readonly toImport: number;
  readonly toExport: number;
  readonly paired: number;
  /** Likely the same, but not beyond doubt: they stay apart. Titles are the person's own. */
  readonly unclear: readonly { readonly title: string; readonly start: string }[];
}

export interface ExchangeIssues {
  readonly issues: readonly ExchangeIssue[];
}

export interface ExchangeIssue {
  readonly id: Id;
  /** Of the event here, or as it was before it was deleted here; empty when it never got here. */
  readonly title: string;
  readonly start: string | null;
  /** Stable code of the engine or of the provider. `zone-guessed` and `zone-custom` tell something; nothing is to be done. */
  readonly code: string;
  readonly text: string;
}

/** What can be changed on both sides; `event`: all of it, `instance`: one day of a series. */
export const exchangeConflictFields = [
  'event',
  'instance',
  'when',
  'title',
  'description',
  'location',
  'busy',
  'privacy',
  'importance',
  'categories',
  'reminder',
  'cancelled',
  'people',
  'answer',
  'url',
] as const;

export type ExchangeConflictField = (typeof exchangeConflictFields)[number];

/** Both sides had changed the same: one value was kept, the other is told here. */
export interface ExchangeConflict {
  readonly id: Id;
  readonly at: Timestamp;
  readonly title: string;
  /** `YYYY-MM-DD`: of which instance of a series; null: of all of it. */
  readonly instance: string | null;
  /** The same instance, as events are asked for. */
  readonly recurrenceId: string | null;
  readonly field: ExchangeConflictField;
  /** Null: deleted. */
  readonly here: string | null;
  readonly there: string | null;
  readonly kept: 'here' | 'there';
  /** What a PATCH of the event takes to bring back the word that lost; null: none does, or the event is gone. */
  readonly take: EventPatch | null;
}

/** Of a distribution list that is invited; the event keeps the list. */
export interface ExchangeMembers {
  /** At most 500, one level: a list on it stands for itself, with an empty address where it has none. Null: no list, or none that may be looked into. */
  readonly members: readonly { readonly name: string; readonly address: string }[] | null;
}

export interface ExchangeConflicts {
  /** Newest first. */
  readonly conflicts: readonly ExchangeConflict[];
}

export interface ExchangeLog {
  readonly runs: readonly ExchangeRun[];
  /** The same for support, without titles and addresses. */
  readonly text: string;
}

// ---- administration ----------------------------------------------------------------------------------------------------------

export type ExchangeSettingValue =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | { readonly [key: string]: number };

/** The table of settings as the server has it: the form is drawn from it. */
export interface ExchangeSetting {
  readonly key: string;
  readonly type: 'boolean' | 'number' | 'text' | 'choice' | 'list' | 'guard';
  readonly value: ExchangeSettingValue;
  readonly default: ExchangeSettingValue;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly group: 'server' | 'access' | 'schedule' | 'rules' | 'limits';
}

export interface ExchangeServiceAccount {
  readonly login: string;
  readonly domain: string;
  /** Never the secret itself. */
  readonly secretSet: Timestamp | null;
}

export interface ExchangeSettings {
  readonly etag: EntityTag;
  readonly settings: readonly ExchangeSetting[];
  readonly serviceAccounts: readonly ExchangeServiceAccount[];
  /** Things an administrator ought to know: certificate checks are off, the clocks differ. Codes. */
  readonly warnings: readonly string[];
}

export interface ExchangeSettingsPatch {
  readonly settings?: Readonly<Record<string, ExchangeSettingValue>>;
  /** All of them; an absent password keeps the one that is set for the same login. */
  readonly serviceAccounts?: readonly {
    readonly login: string;
    readonly domain: string;
    readonly password?: string;
  }[];
}

export interface ExchangeTest {
  /** Against which impersonation and the calendar are tried; empty: only the server. */
  readonly mailbox: string;
  /** Also write, read and delete a hidden item. */
  readonly probe: boolean;
}

export interface ExchangeTestAnswer {
  readonly steps: readonly {
    /** `dns`, `tcp`, `tls`, `http`, `login`, `version`, `impersonation`, `calendar`, `probe`, `clock`, `capabilities`, … */
    readonly step: string;
    readonly ok: boolean | null;
    /** What was found: issuer and expiry, methods offered, version. */
    readonly found: string;
    /** A code for what to do; words stand in the page's catalogues. Null: nothing. */
    readonly advice: string | null;
  }[];
}

/** States and counters, never what is in the events. */
export interface ExchangeAdminLink {
  readonly id: Id;
  readonly person: string;
  readonly mailbox: string;
  readonly calendar: string;
  readonly state: ExchangeState;
  readonly reason: ExchangeReason | null;
  readonly code: string | null;
  readonly lastSync: Timestamp | null;
  readonly nextSync: Timestamp | null;
  readonly items: number;
  readonly issues: number;
}

export interface ExchangeAdminLinks {
  readonly links: readonly ExchangeAdminLink[];
  readonly truncated: boolean;
}

export interface ExchangeQuarantine {
  readonly items: readonly {
    readonly id: Id;
    readonly link: Id;
    readonly mailbox: string;
    readonly code: string;
    readonly text: string;
    readonly failures: number;
  }[];
}

/** `keep`: copies that stay after unsubscribing. */
export type ExchangeKeep = 'both' | 'portal' | 'exchange';

/** One provider so far. */
export interface Connections {
  readonly connections: readonly { readonly provider: 'exchange'; readonly status: ExchangeStatus }[];
}

/** At least one of them. */
export interface ConnectionInput {
  readonly account?: ExchangeSignIn;
  readonly link?: ExchangeLinkInput;
}

export interface ExchangeApi {
  // As portal.md §11 names them; what only Exchange has follows below.
  'GET /connections': Call<Nothing, Connections>;
  /** 422 with an `ExchangeReason` as `reason` when the sign-in fails. */
  'PUT /connections/{provider}': Call<ConnectionInput, ExchangeStatus>;
  'DELETE /connections/{provider}': Call<Nothing, Nothing, { readonly keep?: ExchangeKeep }>;
  /** 202 with a new run, 200 with the one that waits or works already; the stream tells of it as `sync`. */
  'POST /connections/{provider}/sync': Call<Nothing, { readonly runId: Id }>;
  'GET /exchange/status': Call<Nothing, ExchangeStatus>;
  /** 202 with a new run, 200 with the one that waits or works already. */
  'POST /exchange/sync': Call<Nothing, { readonly runId: Id }>;
  'GET /exchange/runs': Call<Nothing, ExchangeLog>;
  'GET /exchange/runs/{run}': Call<Nothing, ExchangeRun>;
  /** Server-sent events: `run` with an `ExchangeRun`, the last one when it has finished. */
  'GET /exchange/runs/{run}/events': Call<Nothing, ReadableStream>;
  'DELETE /exchange/runs/{run}': Call<Nothing, Nothing>;
  /** Signs in to Exchange; 422 with an `ExchangeReason` as `reason` when that fails. */
  'PUT /exchange/account': Call<ExchangeSignIn, ExchangeStatus>;
  'GET /exchange/calendars': Call<Nothing, ExchangeCalendars>;
  /** What the first run of this link would do; nothing is written. */
  'POST /exchange/preview': Call<ExchangeLinkInput, ExchangePreview>;
  'PUT /exchange/link': Call<ExchangeLinkInput, ExchangeStatus>;
  'DELETE /exchange/link': Call<Nothing, Nothing, { readonly keep?: ExchangeKeep }>;
  /** The answer to the guard's question: delete as found, once. */
  'POST /exchange/guard': Call<{ readonly proceed: boolean }, ExchangeStatus>;
  'GET /exchange/issues': Call<Nothing, ExchangeIssues>;
  'POST /exchange/issues/{issue}/retry': Call<Nothing, Nothing>;
  /** The answer to an issue that asks (`note-changed`, `note-deleted`): end the series there, or make the note what it was. */
  'POST /exchange/issues/{issue}/answer': Call<{ readonly proceed: boolean }, Nothing>;
  /** Who is on a distribution list that is invited to this event of my linked calendar; remembered for some hours. */
  'GET /exchange/members': Call<Nothing, ExchangeMembers, { readonly uid: string; readonly address: string }>;
  /** `uid`: of one event alone, for its history. */
  'GET /exchange/conflicts': Call<Nothing, ExchangeConflicts, { readonly uid?: string }>;

  'GET /admin/exchange/settings': Call<Nothing, ExchangeSettings>;
  'PATCH /admin/exchange/settings': Call<ExchangeSettingsPatch, ExchangeSettings>;
  'POST /admin/exchange/test': Call<ExchangeTest, ExchangeTestAnswer>;
  'GET /admin/exchange/links': Call<
    Nothing,
    ExchangeAdminLinks,
    { readonly text?: string; readonly after?: Id }
  >;
  'POST /admin/exchange/links/{link}/pause': Call<Nothing, ExchangeAdminLink>;
  'POST /admin/exchange/links/{link}/resume': Call<Nothing, ExchangeAdminLink>;
  'POST /admin/exchange/links/{link}/run': Call<Nothing, ExchangeAdminLink>;
  'GET /admin/exchange/quarantine': Call<Nothing, ExchangeQuarantine>;
  'POST /admin/exchange/quarantine/{item}/retry': Call<Nothing, Nothing>;
}
