/** Reads of what the page keeps, and of all calendars for administrators. */
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../../core/clock.ts';
import type { AuditEntry, Code, Session } from '../../../core/portal.ts';
import type { AuditQuery, CalendarUsage, Storage } from '../../port.ts';
import { pageRows, pause } from '../pages.ts';
import { endOfTime } from '../values.ts';
import { type CalendarRow, calendarColumns, toCalendar } from './calendars.ts';

export type PortalReads = Pick<
  Storage,
  | 'sessionByHash'
  | 'sessions'
  | 'code'
  | 'expiredCodes'
  | 'preferences'
  | 'audit'
  | 'allCalendars'
  | 'wasSignedIn'
>;

const sessionColumns =
  'id, principal, created, expires, last_used AS lastUsed, program, address, opened_by AS openedBy';
const codeColumns = 'purpose, principal, payload, expires';

// The plus keeps the index of times out of it: pages are read by id.
const auditSql = `
  SELECT id, at, principal, who, via, action, subject, address FROM audit
  WHERE id < :before AND +at >= :from AND +at < :until
    AND (:who IS NULL OR who = :who) AND (:action IS NULL OR action = :action)
  ORDER BY id DESC LIMIT ${pageRows}`;

const usageSql = `
  SELECT ${calendarColumns}, c.object_count, c.size_bytes
  FROM calendar c JOIN principal p ON p.id = c.home
  WHERE c.id > ? AND c.state = 'live' ORDER BY c.id LIMIT ${pageRows}`;

type UsageRow = [...CalendarRow, objectCount: number, sizeBytes: number];

export function preparePortalReads(db: Database, clock: Clock): PortalReads {
  const byHash = db.prepare<[Uint8Array], Session>(`SELECT ${sessionColumns} FROM session WHERE hash = ?`);
  const sessions = db.prepare<[number], Session>(
    `SELECT ${sessionColumns} FROM session WHERE principal = ? ORDER BY id`,
  );
  const code = db.prepare<[Uint8Array, string, number], Code>(
    `SELECT ${codeColumns} FROM code WHERE hash = ? AND purpose = ? AND expires > ?`,
  );
  const expired = db.prepare<[string, number], Code & { readonly hash: Uint8Array }>(
    `SELECT hash, ${codeColumns} FROM code WHERE purpose = ? AND expires <= ? ORDER BY expires LIMIT ${pageRows}`,
  );
  const preferences = db
    .prepare<[number], [string, string]>('SELECT key, value FROM preference WHERE principal = ?')
    .raw();
  const audit = db.prepare<[object], AuditEntry>(auditSql);
  const usage = db.prepare<[number], UsageRow>(usageSql).raw();
  const signIns = db.prepare<[], number>("SELECT 1 FROM audit WHERE action = 'sign-in' LIMIT 1").pluck();
  const anySession = db.prepare<[], number>('SELECT 1 FROM session WHERE id > 0 LIMIT 1').pluck();

  return {
    sessionByHash: async (hash) => byHash.get(hash),
    sessions: async (principal) => sessions.all(principal),
    code: async (hash, purpose) => code.get(hash, purpose, clock.now()),
    expiredCodes: async (purpose) => expired.all(purpose, clock.now()),
    preferences: async (principal) => new Map(preferences.all(principal)),
    audit: (query) => auditPages(query),
    allCalendars: () => usagePages(),
    wasSignedIn: async () => (anySession.get() ?? signIns.get()) !== undefined,
  };

  async function* auditPages(query: AuditQuery): AsyncGenerator<readonly AuditEntry[]> {
    const where = {
      who: query.who ?? null,
      action: query.action ?? null,
      from: query.from ?? -endOfTime,
      until: query.until ?? endOfTime,
    };
    let before: number = query.before ?? endOfTime;
    for (;;) {
      const rows = audit.all({ ...where, before });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      if (rows.length < pageRows) return;
      before = last.id;
      await pause();
    }
  }

  async function* usagePages(): AsyncGenerator<readonly CalendarUsage[]> {
    let after = 0;
    for (;;) {
      const rows = usage.all(after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({ calendar: toCalendar(row), objectCount: row[21], sizeBytes: row[22] }));
      if (rows.length < pageRows) return;
      after = last[0];
      await pause();
    }
  }
}
