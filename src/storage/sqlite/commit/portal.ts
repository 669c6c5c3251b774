/** Changes of what the page keeps: sessions, codes, preferences, the audit. */
import type { Database } from 'better-sqlite3';
import type { Change, KnownChoices } from '../../../core/change-set.ts';
import type { PrincipalId } from '../../../core/ids.ts';
import type { CodePurpose } from '../../../core/portal.ts';
import { missing, nameInUse, type Outcome, type Step, stale } from './step.ts';

type Of<Kind extends Change['do']> = Extract<Change, { do: Kind }>;

export interface PortalChanges {
  readonly addSession: (change: Of<'add-session'>, step: Step) => Outcome;
  readonly endSession: (change: Of<'end-session'>, step: Step) => Outcome;
  readonly endSessions: (change: Of<'end-sessions'>, step: Step) => Outcome;
  readonly addCode: (change: Of<'add-code'>, step: Step) => Outcome;
  readonly useCode: (change: Of<'use-code'>, step: Step) => Outcome;
  readonly setPreference: (change: Of<'set-preference'>) => Outcome;
  /** Whether these are all preferences of the person. */
  readonly areChosen: (chosen: KnownChoices) => boolean;
  readonly audit: (change: Of<'audit'>, step: Step) => Outcome;
  readonly purgeAudit: (change: Of<'purge-audit'>) => Outcome;
}

/** The most sessions of one person; the newest are kept. */
const maxSessions = 100;
/** The most codes of one person for one purpose, and the most bytes in them. */
const maxCodes = 100;
const maxCodeBytes: number = 16 * 1024 * 1024;

export function preparePortalChanges(db: Database): PortalChanges {
  const password = db
    .prepare<[number], string | null>('SELECT password_hash FROM principal WHERE id = ?')
    .pluck();
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const sessionTaken = db.prepare<[Uint8Array], number>('SELECT 1 FROM session WHERE hash = ?').pluck();
  const addSession = db.prepare<object>(`
    INSERT INTO session (id, principal, hash, created, expires, last_used, program, address, opened_by)
    VALUES (:id, :principal, :hash, :now, :expires, :now, :program, :address, :openedBy)`);
  const expireSessions = db.prepare<[number, number]>(
    'DELETE FROM session WHERE principal = ? AND expires <= ?',
  );
  const oldestSessions = db.prepare<[number]>(`
    DELETE FROM session WHERE id IN (
      SELECT id FROM session WHERE principal = ? ORDER BY id DESC LIMIT -1 OFFSET ${maxSessions})`);
  const endSession = db.prepare<[number]>('DELETE FROM session WHERE id = ?');
  const endSessions = db.prepare<[number]>('DELETE FROM session WHERE principal = ?');
  const codeTaken = db.prepare<[Uint8Array], number>('SELECT 1 FROM code WHERE hash = ?').pluck();
  const addCode = db.prepare<object>(`
    INSERT INTO code (hash, purpose, principal, payload, expires)
    VALUES (:hash, :purpose, :principal, :payload, :expires)`);
  // `unused-password` codes stay until the app password that they stand for has been ended as well.
  const expireCodes = db.prepare<[string, number]>(
    `DELETE FROM code WHERE purpose = ? AND expires <= ? AND purpose <> 'unused-password'`,
  );
  const codesOf = db
    .prepare<[number, string], [hash: Uint8Array, sizeBytes: number]>(`
      SELECT hash, octet_length(payload) FROM code WHERE principal = ? AND purpose = ? ORDER BY expires DESC`)
    .raw();
  const dropCode = db.prepare<[Uint8Array]>('DELETE FROM code WHERE hash = ?');
  const useCode = db.prepare<[Uint8Array, string, number]>(
    `DELETE FROM code WHERE hash = ? AND purpose = ? AND (expires > ? OR purpose = 'unused-password')`,
  );
  const preference = db
    .prepare<[number, string], string>('SELECT value FROM preference WHERE principal = ? AND key = ?')
    .pluck();
  const preferences = db
    .prepare<[number], [key: string, value: string]>('SELECT key, value FROM preference WHERE principal = ?')
    .raw();
  const setPreference = db.prepare<object>(`
    INSERT INTO preference (principal, key, value) VALUES (:principal, :key, :value)
    ON CONFLICT (principal, key) DO UPDATE SET value = excluded.value`);
  const dropPreference = db.prepare<[number, string]>(
    'DELETE FROM preference WHERE principal = ? AND key = ?',
  );
  const audit = db.prepare<object>(`
    INSERT INTO audit (id, at, principal, who, via, action, subject, address)
    VALUES (:id, :now, :principal, :who, :via, :action, :subject, :address)`);
  const nameOf = db.prepare<[number], string>('SELECT name FROM principal WHERE id = ?').pluck();
  const purgeAudit = db.prepare<[number]>('DELETE FROM audit WHERE at < ?');

  return {
    addSession(change, { now }) {
      if (isPrincipal.get(change.principal) === undefined) return missing;
      if (sessionTaken.get(change.hash) !== undefined) return nameInUse;
      if (change.passwordHash !== undefined && password.get(change.principal) !== change.passwordHash)
        return stale;
      expireSessions.run(change.principal, now);
      const { id, principal, hash, expires, program, address, openedBy } = change;
      addSession.run({ id, principal, hash, expires, program, address, openedBy, now });
      oldestSessions.run(principal);
      return true;
    },

    endSession({ id }, step) {
      step.directoryChanged = true;
      return endSession.run(id).changes === 1 ? false : missing;
    },

    endSessions({ principal }, step) {
      step.directoryChanged = true;
      endSessions.run(principal);
      return false;
    },

    addCode({ hash, purpose, principal, payload, expires }, { now }) {
      if (principal !== null && isPrincipal.get(principal) === undefined) return missing;
      expireCodes.run(purpose, now);
      if (codeTaken.get(hash) !== undefined) return nameInUse;
      addCode.run({ hash, purpose, principal, payload, expires });
      // `unused-password` codes stay until the app password that they stand for has been ended as well.
      if (principal !== null && purpose !== 'unused-password') dropSurplus(principal, purpose);
      return true;
    },

    useCode: ({ hash, purpose }, { now }) =>
      useCode.run(hash, purpose, now).changes === 1 ? false : missing,

    setPreference({ principal, key, value, expect }) {
      if (isPrincipal.get(principal) === undefined) return missing;
      if (expect !== undefined && (preference.get(principal, key) ?? null) !== expect) return stale;
      if (value === null) dropPreference.run(principal, key);
      else setPreference.run({ principal, key, value });
      return false;
    },

    areChosen({ principal, values }) {
      const stored = preferences.all(principal);
      return stored.length === values.size && stored.every(([key, value]) => values.get(key) === value);
    },

    audit({ via, action, subject, address, actor }, step) {
      const principal = actor ?? step.actor;
      const who = principal === null ? null : (nameOf.get(principal) ?? null);
      audit.run({ id: step.newId(), principal, who, via, action, subject, address, now: step.now });
      return true;
    },

    purgeAudit({ before }) {
      purgeAudit.run(before);
      return false;
    },
  };
  /** Codes count against no quota: what one person can make of them is bounded here. */
  function dropSurplus(principal: PrincipalId, purpose: CodePurpose): void {
    let sizeBytes = 0;
    for (const [at, [hash, bytes]] of codesOf.all(principal, purpose).entries()) {
      sizeBytes += bytes;
      if (at > 0 && (at >= maxCodes || sizeBytes > maxCodeBytes)) dropCode.run(hash);
    }
  }
}
