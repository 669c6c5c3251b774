/** Reads of accounts, links and settings of connectors, and of who runs a link. */
import type { Database } from 'better-sqlite3';
import {
  type ConnectorAccount,
  type Lease,
  longestLeaseMs,
  longestPauseMs,
  type Provider,
} from '../../../core/connector.ts';
import type { CalendarId, ConnectorLinkId } from '../../../core/ids.ts';
import { type Instant, instant } from '../../../icalendar/time.ts';
import type { ConnectorReads, DueLink, ListedLink, StoredSetting } from '../../connector-port.ts';
import { accountColumns, type LinkRow, linkColumns, selected, toLink } from '../connector-rows.ts';
import { pageRows, pause } from '../pages.ts';
import { searchable } from '../values.ts';

export type LinkReads = Pick<
  ConnectorReads,
  | 'account'
  | 'accountByMailbox'
  | 'accountsOf'
  | 'accounts'
  | 'linkedAccountCount'
  | 'link'
  | 'linkOf'
  | 'linksOfPerson'
  | 'linksOfAccount'
  | 'links'
  | 'linkedCalendars'
  | 'dueLinks'
  | 'nextDue'
  | 'lease'
  | 'settings'
>;

const account = selected(accountColumns);
const link = selected(linkColumns);

// The plus keeps the index of mailboxes and of times out of it: pages are read by id.
const listedSql = `
  SELECT l.id AS link, l.account, p.name AS person, c.display_name AS calendarName
  FROM connector_link l
  CROSS JOIN connector_account a ON a.id = l.account
  CROSS JOIN principal p ON p.id = l.principal
  CROSS JOIN calendar c ON c.id = l.calendar
  WHERE +l.provider = :provider AND l.id > :after AND l.removed IS NULL
    AND (:text = '' OR instr(a.mailbox, :text) > 0 OR instr(p.name, :text) > 0)
  ORDER BY l.id LIMIT ${pageRows}`;

/**
 * Reads all living links of the provider: whether one is due depends on its calendar as well. A link that has failed waits
 * for its time, unless a person asks.
 */
const dueSql = `
  WITH candidate AS (
    SELECT l.id, l.wanted, l.next_run, l.failures, a.mailbox,
      EXISTS (SELECT 1 FROM json_each(:hinted) h WHERE h.value = l.id)
      OR (l.initialised = 1 AND l.direction <> 'from-remote'
        AND c.modseq > l.local_cursor AND (c.modified <= :settledBefore OR c.modified > :now)) AS hinted
    FROM connector_link l INDEXED BY connector_link_next
    CROSS JOIN connector_account a ON a.id = l.account
    CROSS JOIN calendar c ON c.id = l.calendar
    WHERE l.provider = :provider AND l.removed IS NULL AND (l.stopped IS NULL OR l.stopped = 'quota')
      AND a.stopped IS NULL AND coalesce(a.not_before, 0) NOT BETWEEN :now + 1 AND :now + ${longestPauseMs}
      AND c.state = 'live'
      AND NOT EXISTS (SELECT 1 FROM connector_lease x
        WHERE x.link = l.id AND x.until > :now AND x.until <= :now + ${longestLeaseMs})
  )
  SELECT id, CASE
      WHEN wanted IS NOT NULL THEN 'wanted'
      WHEN hinted = 1 AND failures = 0 THEN 'hint'
      ELSE 'time' END AS because
  FROM candidate
  WHERE wanted IS NOT NULL OR (hinted = 1 AND failures = 0) OR coalesce(next_run, 0) NOT BETWEEN :now + 1 AND :latest
  ORDER BY wanted IS NULL, wanted, hinted = 0 OR failures > 0,
    NOT EXISTS (SELECT 1 FROM json_each(:priority) p WHERE p.value = mailbox), coalesce(next_run, 0), id
  LIMIT :limit`;

interface ListedRow {
  readonly link: number;
  readonly account: number;
  readonly person: string;
  readonly calendarName: string;
}

interface SettingRow extends StoredSetting {
  readonly key: string;
}

export function prepareLinkReads(db: Database): LinkReads {
  const accountById = db.prepare<[number], ConnectorAccount>(
    `SELECT ${account} FROM connector_account WHERE id = ?`,
  );
  const accountByMailbox = db.prepare<[string, string], ConnectorAccount>(
    `SELECT ${account} FROM connector_account WHERE provider = ? AND mailbox = ?`,
  );
  const accountsOf = db.prepare<[number], ConnectorAccount>(
    `SELECT ${account} FROM connector_account WHERE principal = ? ORDER BY id`,
  );
  const accountPage = db.prepare<[number, string], ConnectorAccount>(
    `SELECT ${account} FROM connector_account WHERE id > ? AND +provider = ? ORDER BY id LIMIT ${pageRows}`,
  );
  const linkedAccounts = db
    .prepare<[string], number>(
      `SELECT count(*) FROM connector_account a WHERE provider = ?
       AND EXISTS (SELECT 1 FROM connector_link l WHERE l.account = a.id AND l.removed IS NULL)`,
    )
    .pluck();
  const linkById = db.prepare<[number], LinkRow>(`SELECT ${link} FROM connector_link WHERE id = ?`);
  const linkOf = db.prepare<[number], LinkRow>(
    `SELECT ${link} FROM connector_link WHERE calendar = ? AND removed IS NULL`,
  );
  const ofPerson = db.prepare<[number], LinkRow>(
    `SELECT ${link} FROM connector_link WHERE principal = ? AND removed IS NULL ORDER BY id`,
  );
  const ofAccount = db.prepare<[number], LinkRow>(
    `SELECT ${link} FROM connector_link WHERE account = ? ORDER BY id`,
  );
  const listed = db.prepare<[object], ListedRow>(listedSql);
  const linkedCalendars = db
    .prepare<[], CalendarId>('SELECT calendar FROM connector_link WHERE removed IS NULL')
    .pluck();
  const due = db.prepare<[object], { readonly id: number; readonly because: DueLink['because'] }>(dueSql);
  const nextDue = db
    .prepare<[string], number | null>(`
      SELECT coalesce(next_run, 0) FROM connector_link
      WHERE provider = ? AND removed IS NULL AND (stopped IS NULL OR stopped = 'quota') ORDER BY next_run LIMIT 1`)
    .pluck();
  const lease = db.prepare<[number], Lease>('SELECT link, holder, until FROM connector_lease WHERE link = ?');
  const settings = db.prepare<[string], SettingRow>(
    'SELECT key, value, changed FROM connector_setting WHERE provider = ?',
  );
  const read = (row: LinkRow | undefined): ReturnType<typeof toLink> | undefined => row && toLink(row);

  return {
    account: async (id) => accountById.get(id),
    accountByMailbox: async (provider, mailbox) => accountByMailbox.get(provider, mailbox),
    accountsOf: async (principal) => accountsOf.all(principal),
    accounts: (provider) => accountPages(provider),
    linkedAccountCount: async (provider) => linkedAccounts.get(provider) ?? 0,
    link: async (id) => read(linkById.get(id)),
    linkOf: async (calendar) => read(linkOf.get(calendar)),
    linksOfPerson: async (principal) => ofPerson.all(principal).map(toLink),
    linksOfAccount: async (id) => ofAccount.all(id).map(toLink),
    links: ({ provider, text = '', after }) => listedPages(provider, searchable(text), after ?? 0),
    linkedCalendars: async () => linkedCalendars.all(),
    async dueLinks({ provider, now, hinted, settledBefore, latest, priority, limit }) {
      const rows = due.all({
        provider,
        now,
        hinted: JSON.stringify(hinted),
        settledBefore,
        latest,
        priority: JSON.stringify(priority),
        limit,
      });
      return rows.flatMap(({ id, because }) => {
        const found = read(linkById.get(id));
        return found ? [{ link: found, because }] : [];
      });
    },
    async nextDue(provider): Promise<Instant | undefined> {
      const next = nextDue.get(provider) ?? undefined;
      return next === undefined ? undefined : instant(next);
    },
    lease: async (id: ConnectorLinkId) => lease.get(id),
    async settings(provider) {
      const rows = settings.all(provider);
      return new Map(rows.map(({ key, ...setting }): [string, StoredSetting] => [key, setting]));
    },
  };

  async function* accountPages(provider: Provider): AsyncGenerator<readonly ConnectorAccount[]> {
    for (let after = 0; ; ) {
      const rows = accountPage.all(after, provider);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      if (rows.length < pageRows) return;
      after = last.id;
      await pause();
    }
  }

  async function* listedPages(
    provider: Provider,
    text: string,
    from: number,
  ): AsyncGenerator<readonly ListedLink[]> {
    for (let after = from; ; ) {
      const rows = listed.all({ provider, text, after });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.flatMap(({ person, calendarName, ...ids }) => {
        const found = read(linkById.get(ids.link));
        const owner = accountById.get(ids.account);
        return found && owner ? [{ link: found, account: owner, person, calendarName }] : [];
      });
      if (rows.length < pageRows) return;
      after = last.link;
      await pause();
    }
  }
}
