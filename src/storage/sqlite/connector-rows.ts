/**
 * How the nouns of connectors stand in columns: one table of names for each, from which lists of columns, inserts and patches
 * are made. Truth is 0 or 1 there, and counters are JSON.
 */
import type {
  ConnectorAccount,
  ConnectorConflict,
  ConnectorItem,
  ConnectorLink,
  ConnectorPair,
  ConnectorRun,
  OutboxEntry,
} from '../../core/connector.ts';
import type { Value } from './commit/patch.ts';
import { flag } from './values.ts';

type Columns<Noun> = Readonly<Record<keyof Noun & string, string>>;

export const accountColumns: Columns<ConnectorAccount> = {
  id: 'id',
  provider: 'provider',
  principal: 'principal',
  mailbox: 'mailbox',
  login: 'login',
  secret: 'secret',
  stopped: 'stopped',
  authFailures: 'auth_failures',
  notBefore: 'not_before',
  memory: 'memory',
  created: 'created',
};

export const linkColumns: Columns<ConnectorLink> = {
  id: 'id',
  account: 'account',
  provider: 'provider',
  principal: 'principal',
  calendar: 'calendar',
  remoteCalendar: 'remote_calendar',
  remoteName: 'remote_name',
  direction: 'direction',
  startDate: 'start_date',
  cursor: 'cursor',
  reconciling: 'reconciling',
  initialised: 'initialised',
  localCursor: 'local_cursor',
  stopped: 'stopped',
  guardLifted: 'guard_lifted',
  lastRun: 'last_run',
  lastOk: 'last_ok',
  nextRun: 'next_run',
  failures: 'failures',
  lastFailure: 'last_failure',
  deepChecked: 'deep_checked',
  wanted: 'wanted',
  removed: 'removed',
  created: 'created',
};

export const itemColumns: Columns<ConnectorItem> = {
  link: 'link',
  remoteId: 'remote_id',
  version: 'version',
  pair: 'pair',
  recurrenceId: 'recurrence_id',
  start: 'starts',
  end: 'ends',
  recurring: 'recurring',
  gone: 'gone',
  echoed: 'echoed',
};

export const pairColumns: Columns<ConnectorPair> = {
  id: 'id',
  link: 'link',
  uid: 'uid',
  objectName: 'object_name',
  objectEtag: 'object_etag',
  marker: 'marker',
  role: 'role',
  origin: 'origin',
  agreed: 'agreed',
  failures: 'failures',
  quarantine: 'quarantine',
  quarantineText: 'quarantine_text',
  pushes: 'pushes',
  pushedSince: 'pushed_since',
  reverts: 'reverts',
  ended: 'ended',
};

export const outboxColumns: Columns<OutboxEntry> = {
  id: 'id',
  link: 'link',
  pair: 'pair',
  action: 'action',
  payload: 'payload',
  sent: 'sent',
  attempts: 'attempts',
  notBefore: 'not_before',
  created: 'created',
};

export const runColumns: Columns<ConnectorRun> = {
  id: 'id',
  link: 'link',
  cause: 'cause',
  started: 'started',
  finished: 'finished',
  outcome: 'outcome',
  phase: 'phase',
  done: 'done',
  total: 'total',
  counters: 'counters',
  failure: 'failure',
  detail: 'detail',
};

export const conflictColumns: Columns<ConnectorConflict> = {
  id: 'id',
  link: 'link',
  uid: 'uid',
  at: 'at',
  field: 'field',
  ours: 'ours',
  theirs: 'theirs',
  kept: 'kept',
};

/** For a SELECT, with the names of the noun. */
export function selected(columns: Readonly<Record<string, string>>, alias?: string): string {
  const prefix = alias === undefined ? '' : `${alias}.`;
  return Object.entries(columns)
    .map(([field, column]) => (field === column ? `${prefix}${column}` : `${prefix}${column} AS ${field}`))
    .join(', ');
}

/** An INSERT whose parameters have the names of the noun. With `key`, a row with the same key is replaced column by column. */
export function insertSql(
  table: string,
  columns: Readonly<Record<string, string>>,
  key?: readonly string[],
): string {
  const names = Object.values(columns);
  const parameters = Object.keys(columns).map((field) => `:${field}`);
  const insert = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${parameters.join(', ')})`;
  if (!key) return insert;
  const replaced = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced.join(', ')}`;
}

/** The fields of a patch by the names of their columns. */
export function patched(
  columns: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const [field, column] of Object.entries(columns)) {
    const value = patch[field];
    if (value !== undefined) found[column] = stored(value);
  }
  return found;
}

/** A noun as parameters of its INSERT. */
export function parameters(columns: Readonly<Record<string, string>>, noun: object): Record<string, Value> {
  const fields: Readonly<Record<string, unknown>> = { ...noun };
  return Object.fromEntries(Object.keys(columns).map((field) => [field, stored(fields[field] ?? null)]));
}

function stored(value: unknown): Value {
  if (typeof value === 'boolean') return flag(value);
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return value instanceof Uint8Array ? value : JSON.stringify(value);
}

type Flags<Noun, Names extends keyof Noun> = Omit<Noun, Names> & { readonly [Name in Names]: number };

export type LinkRow = Flags<ConnectorLink, 'reconciling' | 'initialised' | 'guardLifted'>;
export type ItemRow = Flags<ConnectorItem, 'recurring' | 'gone' | 'echoed'>;
export type OutboxRow = Flags<OutboxEntry, 'sent'>;
export type RunRow = Omit<ConnectorRun, 'counters'> & { readonly counters: string };

export const toLink = (row: LinkRow): ConnectorLink => ({
  ...row,
  reconciling: row.reconciling === 1,
  initialised: row.initialised === 1,
  guardLifted: row.guardLifted === 1,
});

export const toItem = (row: ItemRow): ConnectorItem => ({
  ...row,
  recurring: row.recurring === 1,
  gone: row.gone === 1,
  echoed: row.echoed === 1,
});

export const toOutbox = (row: OutboxRow): OutboxEntry => ({ ...row, sent: row.sent === 1 });

export const toRun = (row: RunRow): ConnectorRun => ({ ...row, counters: JSON.parse(row.counters) });
