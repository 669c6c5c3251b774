/** Changes of accounts, links and settings of connectors, and the right to run a link. */
import type { Database } from 'better-sqlite3';
import { type ConnectorLink, longestLeaseMs } from '../../../core/connector.ts';
import type { CalendarId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import {
  accountColumns,
  insertSql,
  type LinkRow,
  linkColumns,
  parameters,
  patched,
  selected,
  toLink,
} from '../connector-rows.ts';
import { preparePatch } from './patch.ts';
import { missing, nameInUse, type Of, type Outcome, type Step, stale } from './step.ts';

export interface ConnectorChanges {
  readonly addAccount: (change: Of<'add-connector-account'>) => Outcome;
  readonly patchAccount: (change: Of<'patch-connector-account'>) => Outcome;
  readonly deleteAccount: (change: Of<'delete-connector-account'>, step: Step) => Outcome;
  readonly addLink: (change: Of<'add-connector-link'>, step: Step) => Outcome;
  readonly patchLink: (change: Of<'patch-connector-link'>, step: Step) => Outcome;
  readonly deleteLink: (change: Of<'delete-connector-link'>, step: Step) => Outcome;
  readonly takeLease: (change: Of<'take-lease'>, step: Step) => Outcome;
  readonly renewLease: (change: Of<'renew-lease'>) => Outcome;
  readonly releaseLease: (change: Of<'release-lease'>) => Outcome;
  readonly checkLease: (change: Of<'check-lease'>) => Outcome;
  readonly setSetting: (change: Of<'set-connector-setting'>, step: Step) => Outcome;
}

/** Ends the link of a calendar that is deleted or given away. */
export function prepareUnlink(db: Database): (calendar: CalendarId, step: Step) => void {
  const end = db
    .prepare<[number, number], number>(
      'UPDATE connector_link SET removed = ?, wanted = NULL WHERE calendar = ? AND removed IS NULL RETURNING id',
    )
    .pluck();
  const endWork = prepareEndOfWork(db);
  return (calendar, step) => {
    const link = end.get(step.now, calendar);
    if (link === undefined) return;
    endWork(link, step.now);
    step.directoryChanged = true;
  };
}

/** Of an ended link the pairs stay, as ended ones; whoever runs it has lost its lease. */
function prepareEndOfWork(db: Database): (link: number, now: Instant) => void {
  const endPairs = db.prepare<[number, number]>(
    'UPDATE connector_pair SET ended = ? WHERE link = ? AND ended IS NULL',
  );
  const clear = ['connector_outbox', 'connector_item', 'connector_lease'].map((table) =>
    db.prepare<[number]>(`DELETE FROM ${table} WHERE link = ?`),
  );
  return (link, now) => {
    endPairs.run(now, link);
    for (const statement of clear) statement.run(link);
  };
}

export function prepareConnectorChanges(db: Database): ConnectorChanges {
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const isCalendar = db
    .prepare<[number], number>("SELECT 1 FROM calendar WHERE id = ? AND state = 'live'")
    .pluck();
  const isAccount = db.prepare<[number], number>('SELECT 1 FROM connector_account WHERE id = ?').pluck();
  const accountNamed = db
    .prepare<[string, string], number>('SELECT id FROM connector_account WHERE provider = ? AND mailbox = ?')
    .pluck();
  const providerOf = db
    .prepare<[number], string>('SELECT provider FROM connector_account WHERE id = ?')
    .pluck();
  const addAccount = db.prepare<object>(insertSql('connector_account', accountColumns));
  const updateAccount = preparePatch(db, 'connector_account', 'id = :id');
  const removeAccount = db.prepare<[number]>('DELETE FROM connector_account WHERE id = ?');
  const link = db.prepare<[number], LinkRow>(
    `SELECT ${selected(linkColumns)} FROM connector_link WHERE id = ?`,
  );
  const linkOfCalendar = db
    .prepare<[number], number>('SELECT id FROM connector_link WHERE calendar = ? AND removed IS NULL')
    .pluck();
  const linkOfRemote = db
    .prepare<[number, string], number>(
      'SELECT id FROM connector_link WHERE account = ? AND remote_calendar = ? AND removed IS NULL',
    )
    .pluck();
  const addLink = db.prepare<object>(insertSql('connector_link', linkColumns));
  const updateLink = preparePatch(db, 'connector_link', 'id = :id');
  const removeLink = db.prepare<[number]>('DELETE FROM connector_link WHERE id = ?');
  const takeLease = db.prepare<object>(`
    INSERT INTO connector_lease (link, holder, until) VALUES (:link, :holder, :until)
    ON CONFLICT (link) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE connector_lease.until NOT BETWEEN :now + 1 AND :now + ${longestLeaseMs}
      OR connector_lease.holder = excluded.holder`);
  const renewLease = db.prepare<[number, number, string]>(
    'UPDATE connector_lease SET until = ? WHERE link = ? AND holder = ?',
  );
  const releaseLease = db.prepare<[number, string]>(
    'DELETE FROM connector_lease WHERE link = ? AND holder = ?',
  );
  const holderOf = db.prepare<[number], string>('SELECT holder FROM connector_lease WHERE link = ?').pluck();
  const endWork = prepareEndOfWork(db);
  const setSetting = db.prepare<[string, string, string, number]>(`
    INSERT INTO connector_setting (provider, key, value, changed) VALUES (?, ?, ?, ?)
    ON CONFLICT (provider, key) DO UPDATE SET value = excluded.value, changed = excluded.changed`);
  const dropSetting = db.prepare<[string, string]>(
    'DELETE FROM connector_setting WHERE provider = ? AND key = ?',
  );

  return {
    addAccount({ account }) {
      if (isPrincipal.get(account.principal) === undefined) return missing;
      if (accountNamed.get(account.provider, account.mailbox) !== undefined) return nameInUse;
      addAccount.run(parameters(accountColumns, account));
      return true;
    },

    patchAccount({ id, patch }) {
      const provider = providerOf.get(id);
      if (provider === undefined) return missing;
      const { mailbox } = patch;
      if (mailbox !== undefined && (accountNamed.get(provider, mailbox) ?? id) !== id) return nameInUse;
      const columns = patched(accountColumns, patch);
      if (Object.keys(columns).length > 0) updateAccount(columns, { id });
      return false;
    },

    deleteAccount({ id }, step) {
      step.directoryChanged = true;
      return removeAccount.run(id).changes === 1 ? false : missing;
    },

    addLink({ link }, step) {
      if (isAccount.get(link.account) === undefined || isCalendar.get(link.calendar) === undefined) {
        return missing;
      }
      if (link.removed === null && isTaken(link)) return nameInUse;
      addLink.run(parameters(linkColumns, link));
      step.directoryChanged = true;
      return true;
    },

    patchLink({ id, patch, expect }, step) {
      const row = link.get(id);
      if (!row) return missing;
      const found = toLink(row);
      if (expect && !isAsTold(found, expect)) return stale;
      const next = { ...found, ...patch };
      if (next.removed === null && isTaken(next)) return nameInUse;
      const columns = patched(linkColumns, patch);
      if (Object.keys(columns).length > 0) updateLink(columns, { id });
      if ((next.removed === null) !== (found.removed === null)) {
        step.directoryChanged = true;
        if (next.removed !== null) endWork(id, next.removed);
      }
      return false;
    },

    deleteLink({ id }, step) {
      step.directoryChanged = true;
      return removeLink.run(id).changes === 1 ? false : missing;
    },

    takeLease({ link: id, holder, until }, { now }) {
      if (!link.get(id)) return missing;
      return takeLease.run({ link: id, holder, until, now }).changes === 1 ? true : stale;
    },
    renewLease: ({ link, holder, until }) =>
      renewLease.run(until, link, holder).changes === 1 ? false : stale,
    releaseLease({ link, holder }) {
      releaseLease.run(link, holder);
      return false;
    },
    checkLease: ({ link, holder }) => (holderOf.get(link) === holder ? false : stale),

    setSetting({ provider, key, value }, step) {
      if (value === null) dropSetting.run(provider, key);
      else setSetting.run(provider, key, value, step.now);
      step.directoryChanged = true;
      return false;
    },
  };

  /** Another living link has the calendar here or the one there. */
  function isTaken({ id, calendar, account, remoteCalendar }: ConnectorLink): boolean {
    return (
      (linkOfCalendar.get(calendar) ?? id) !== id || (linkOfRemote.get(account, remoteCalendar) ?? id) !== id
    );
  }
}

const expectable = [
  'stopped',
  'wanted',
  'direction',
  'startDate',
  'cursor',
  'reconciling',
  'localCursor',
  'deepChecked',
] as const;

function isAsTold(link: ConnectorLink, expect: NonNullable<Of<'patch-connector-link'>['expect']>): boolean {
  return expectable.every((field) => expect[field] === undefined || expect[field] === link[field]);
}
