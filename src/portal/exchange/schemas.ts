/** What is said about Exchange, as schemas typed by `api.ts` beside. */

import { either, flag, list, nullable, number, object, oneOf, record, type Schema, text } from '../json.ts';
import { eventPatch } from '../schemas.ts';
import * as Api from './api.ts';

const id: Schema<string> = text({ min: 1, max: 20, pattern: /^\d+$/ });
const word: Schema<string> = text({ max: 1_000 });
/** Opaque ids of the provider are long. */
const remoteId: Schema<string> = text({ max: 2_048 });
const time: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/, max: 30 });
const day: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\d$/, max: 10 });
const etag: Schema<string> = text({ max: 60, pattern: /^"[^"]+"$/ });
const count: Schema<number> = number({ min: 0 });

const state: Schema<Api.ExchangeState> = oneOf([
  'absent',
  'not_configured',
  'needs_authorisation',
  'ready',
  'queued',
  'running',
  'partial',
  'error',
  'paused',
]);

const reason: Schema<Api.ExchangeReason> = oneOf([
  'wrong-password',
  'password-expired',
  'account-locked',
  'mailbox-not-found',
  'unreachable',
  'certificate',
  'method-not-offered',
  'credentials',
  'permission',
  'guard',
  'folder',
  'quota',
  'interrupted',
  'administrator',
  'throttled',
  'server',
  'service-account',
  'not-set-up',
  'moving',
  'other',
]);

const direction: Schema<Api.ExchangeDirection> = oneOf(['both', 'from-remote', 'to-remote']);

export const run: Schema<Api.ExchangeRun> = object<Api.ExchangeRun>({
  id,
  cause: oneOf(['schedule', 'manual', 'hint', 'start', 'command', 'preview']),
  started: time,
  finished: nullable(time),
  outcome: oneOf(['running', 'ok', 'partial', 'failed', 'cancelled', 'stopped']),
  phase: oneOf(['waiting', 'recovering', 'pulling', 'merging', 'pushing', 'checking', 'done']),
  done: count,
  total: nullable(count),
  counters: object<Api.ExchangeCounters>({
    read: count,
    created: count,
    updated: count,
    deleted: count,
    skipped: count,
    failed: count,
  }),
  reason: nullable(reason),
  code: nullable(word),
  notes: list(object<Api.ExchangeRun['notes'][number]>({ code: word, count })),
});

export const status: Schema<Api.ExchangeStatus> = object<Api.ExchangeStatus>({
  etag,
  state,
  reason: nullable(reason),
  code: nullable(word),
  lastSync: nullable(time),
  nextSync: nullable(time),
  run: nullable(run),
  issues: count,
  link: nullable(
    object<Api.ExchangeLink>({
      calendar: id,
      mailbox: word,
      remoteCalendar: remoteId,
      remoteName: word,
      direction,
      startDate: nullable(day),
    }),
  ),
  account: nullable(object<NonNullable<Api.ExchangeStatus['account']>>({ mailbox: word, login: word })),
  proposal: nullable(
    object<NonNullable<Api.ExchangeStatus['proposal']>>({
      mailbox: word,
      server: word,
      port: count,
      version: word,
      asksPassword: flag,
      allowsPassword: flag,
      startDate: day,
      direction,
    }),
  ),
});

export const wish: Schema<{ readonly runId: string }> = object<{ readonly runId: string }>({ runId: id });

export const log: Schema<Api.ExchangeLog> = object<Api.ExchangeLog>({
  runs: list(run),
  text: text({ max: 200_000 }),
});

export const signIn: Schema<Api.ExchangeSignIn> = object<Api.ExchangeSignIn>({
  mailbox: text({ max: 320 }),
  login: text({ max: 512 }),
  password: text({ max: 1_000 }),
});

export const calendars: Schema<Api.ExchangeCalendars> = object<Api.ExchangeCalendars>({
  calendars: list(
    object<Api.ExchangeCalendars['calendars'][number]>({
      id: remoteId,
      title: word,
      isDefault: flag,
      canWrite: flag,
    }),
  ),
});

export const linkInput: Schema<Api.ExchangeLinkInput> = object<Api.ExchangeLinkInput>({
  calendar: id,
  remoteCalendar: remoteId,
  direction,
  startDate: nullable(day),
});

export const connections: Schema<Api.Connections> = object<Api.Connections>({
  connections: list(
    object<Api.Connections['connections'][number]>({ provider: oneOf(['exchange']), status }),
  ),
});

export const connectionInput: Schema<Api.ConnectionInput> = object<Api.ConnectionInput>(
  {},
  { account: signIn, link: linkInput },
);

export const preview: Schema<Api.ExchangePreview> = object<Api.ExchangePreview>({
  toImport: count,
  toExport: count,
  paired: count,
  unclear: list(object<Api.ExchangePreview['unclear'][number]>({ title: word, start: word })),
});

export const keepQuery: Schema<{ readonly keep?: Api.ExchangeKeep }> = object<{
  readonly keep?: Api.ExchangeKeep;
}>({}, { keep: oneOf(['both', 'portal', 'exchange']) });

export const guardAnswer: Schema<{ readonly proceed: boolean }> = object<{ readonly proceed: boolean }>({
  proceed: flag,
});

export const issues: Schema<Api.ExchangeIssues> = object<Api.ExchangeIssues>({
  issues: list(object<Api.ExchangeIssue>({ id, title: word, start: nullable(day), code: word, text: word })),
});

export const membersQuery: Schema<{ readonly uid: string; readonly address: string }> = object<{
  readonly uid: string;
  readonly address: string;
}>({ uid: word, address: word });

export const members: Schema<Api.ExchangeMembers> = object<Api.ExchangeMembers>({
  members: nullable(list(object<{ name: string; address: string }>({ name: word, address: word }))),
});

export const conflictQuery: Schema<{ readonly uid?: string }> = object<{ readonly uid?: string }>(
  {},
  { uid: word },
);

export const conflicts: Schema<Api.ExchangeConflicts> = object<Api.ExchangeConflicts>({
  conflicts: list(
    object<Api.ExchangeConflict>({
      id,
      at: time,
      title: word,
      instance: nullable(day),
      recurrenceId: nullable(word),
      field: oneOf(Api.exchangeConflictFields),
      here: nullable(word),
      there: nullable(word),
      kept: oneOf(['here', 'there']),
      take: nullable(eventPatch),
    }),
  ),
});

// ---- administration

const lines: Schema<readonly string[]> = list(text({ max: 1_024 }), 20_000);
const settingText: Schema<string> = text({ max: 100_000 });
const numbers: Schema<{ readonly [key: string]: number }> = record(number(), 10);
const value: Schema<Api.ExchangeSettingValue> = nullable(
  either(either(either(flag, settingText), number()), either(lines, numbers)),
);

export const settings: Schema<Api.ExchangeSettings> = object<Api.ExchangeSettings>({
  etag,
  settings: list(
    object<Api.ExchangeSetting>(
      {
        key: word,
        type: oneOf(['boolean', 'number', 'text', 'choice', 'list', 'guard']),
        value,
        default: value,
        group: oneOf(['server', 'access', 'schedule', 'rules', 'limits']),
      },
      { choices: list(word), min: number(), max: number() },
    ),
  ),
  serviceAccounts: list(
    object<Api.ExchangeServiceAccount>({ login: word, domain: word, secretSet: nullable(time) }),
  ),
  warnings: list(word),
});

export const settingsPatch: Schema<Api.ExchangeSettingsPatch> = object<Api.ExchangeSettingsPatch>(
  {},
  {
    settings: record(value, 200),
    serviceAccounts: list(
      object<NonNullable<Api.ExchangeSettingsPatch['serviceAccounts']>[number]>(
        { login: text({ max: 256 }), domain: text({ max: 256 }) },
        { password: text({ max: 1_000 }) },
      ),
      50,
    ),
  },
);

export const test: Schema<Api.ExchangeTest> = object<Api.ExchangeTest>({
  mailbox: text({ max: 320 }),
  probe: flag,
});

export const testAnswer: Schema<Api.ExchangeTestAnswer> = object<Api.ExchangeTestAnswer>({
  steps: list(
    object<Api.ExchangeTestAnswer['steps'][number]>({
      step: word,
      ok: nullable(flag),
      found: text({ max: 10_000 }),
      advice: nullable(word),
    }),
  ),
});

export const adminLink: Schema<Api.ExchangeAdminLink> = object<Api.ExchangeAdminLink>({
  id,
  person: word,
  mailbox: word,
  calendar: word,
  state,
  reason: nullable(reason),
  code: nullable(word),
  lastSync: nullable(time),
  nextSync: nullable(time),
  items: count,
  issues: count,
});

export const adminLinks: Schema<Api.ExchangeAdminLinks> = object<Api.ExchangeAdminLinks>({
  links: list(adminLink),
  truncated: flag,
});

export const adminLinksQuery: Schema<{ readonly text?: string; readonly after?: string }> = object<{
  readonly text?: string;
  readonly after?: string;
}>({}, { text: word, after: id });

export const quarantine: Schema<Api.ExchangeQuarantine> = object<Api.ExchangeQuarantine>({
  items: list(
    object<Api.ExchangeQuarantine['items'][number]>({
      id,
      link: id,
      mailbox: word,
      code: word,
      text: word,
      failures: count,
    }),
  ),
});
