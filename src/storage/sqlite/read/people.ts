/** Reads of principals, memberships, credentials and policies. */
import type { Database } from 'better-sqlite3';
import type { PolicyKey } from '../../../core/change-set.ts';
import { type CalendarId, id, type PrincipalId } from '../../../core/ids.ts';
import type { AppPassword, Principal } from '../../../core/principal.ts';
import type { PrincipalQuery, Storage } from '../../port.ts';
import { pageRows, pause } from '../pages.ts';
import { searchable } from '../values.ts';

export type PeopleReads = Pick<
  Storage,
  | 'directoryVersion'
  | 'principal'
  | 'principalByName'
  | 'principalByAddress'
  | 'principals'
  | 'groupsOf'
  | 'membersOf'
  | 'credential'
  | 'appPasswordByHash'
  | 'appPassword'
  | 'appPasswords'
  | 'policies'
>;

interface PrincipalRow extends Omit<Principal, 'addresses' | 'isAdmin' | 'disabled'> {
  /** One a line; null where there is none. */
  readonly addresses: string | null;
  readonly isAdmin: number;
  readonly disabled: number;
}

const principalColumns = `
  p.id, p.kind, p.name, p.display_name AS displayName, p.language, p.time_zone AS timeZone,
  p.is_admin AS isAdmin, p.disabled,
  (SELECT group_concat(a.address, char(10) ORDER BY a.position) FROM address a WHERE a.principal = p.id) AS addresses`;

const appPasswordColumns = `
  id, principal, label, scope, calendars, created, last_used AS lastUsed, last_program AS lastProgram,
  last_address AS lastAddress`;

interface AppPasswordRow extends Omit<AppPassword, 'calendars'> {
  /** A list in JSON. */
  readonly calendars: string | null;
}

const principalsSql = `
  SELECT ${principalColumns} FROM principal p
  WHERE p.name > :after
    AND (:kinds IS NULL OR instr(:kinds, p.kind) > 0)
    AND (:text IS NULL OR instr(p.search_text, :text) > 0)
    AND (:disabled = 1 OR p.disabled = 0)
  ORDER BY p.name LIMIT ${pageRows}`;

// UNION, not UNION ALL: it drops groups already found, which is what ends a cycle of groups.
const groupsOfSql = `
  WITH RECURSIVE found (id) AS (
    SELECT group_id FROM membership WHERE member = ?
    UNION
    SELECT m.group_id FROM found JOIN membership m ON m.member = found.id
  )
  SELECT id FROM found ORDER BY id`;

export function preparePeopleReads(db: Database): PeopleReads {
  const version = db.prepare<[], number>('SELECT directory_version FROM installation').pluck();
  const byId = db.prepare<[number], PrincipalRow>(
    `SELECT ${principalColumns} FROM principal p WHERE p.id = ?`,
  );
  const byName = db.prepare<[string], PrincipalRow>(
    `SELECT ${principalColumns} FROM principal p WHERE p.name = ?`,
  );
  const byAddress = db.prepare<[string], PrincipalRow>(
    `SELECT ${principalColumns} FROM address w JOIN principal p ON p.id = w.principal WHERE w.address = ?`,
  );
  const page = db.prepare<[object], PrincipalRow>(principalsSql);
  const groups = db.prepare<[number], PrincipalId>(groupsOfSql).pluck();
  const members = db
    .prepare<[number], PrincipalId>('SELECT member FROM membership WHERE group_id = ? ORDER BY member')
    .pluck();
  const hash = db
    .prepare<[number], string | null>('SELECT password_hash FROM principal WHERE id = ?')
    .pluck();
  const appPassword = db.prepare<[Uint8Array], AppPasswordRow>(
    `SELECT ${appPasswordColumns} FROM app_password WHERE hash = ?`,
  );
  const appPasswordById = db.prepare<[number], AppPasswordRow>(
    `SELECT ${appPasswordColumns} FROM app_password WHERE id = ?`,
  );
  const appPasswords = db.prepare<[number], AppPasswordRow>(
    `SELECT ${appPasswordColumns} FROM app_password WHERE principal = ? ORDER BY id`,
  );
  const policies = db.prepare<[], [PolicyKey, string]>('SELECT key, value FROM policy ORDER BY key').raw();

  return {
    directoryVersion: async () => version.get() ?? 0,
    principal: async (id) => readPrincipal(byId.get(id)),
    principalByName: async (name) => readPrincipal(byName.get(name)),
    principalByAddress: async (address) => readPrincipal(byAddress.get(address)),
    principals: (query) => allPrincipals(query),
    groupsOf: async (member) => groups.all(member),
    membersOf: async (group) => members.all(group),
    async credential(principal) {
      const found = hash.get(principal);
      return found === undefined ? undefined : { hash: found };
    },
    appPasswordByHash: async (wanted) => readAppPassword(appPassword.get(wanted)),
    appPassword: async (id) => readAppPassword(appPasswordById.get(id)),
    appPasswords: async (principal) => appPasswords.all(principal).map(toAppPassword),
    policies: async () => new Map(policies.all()),
  };

  async function* allPrincipals(query: PrincipalQuery): AsyncGenerator<readonly Principal[]> {
    const where = {
      kinds: query.kinds?.join() ?? null,
      text: query.text === undefined ? null : searchable(query.text),
      disabled: query.includeDisabled ? 1 : 0,
    };
    let after = '';
    for (;;) {
      const rows = page.all({ ...where, after });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => toPrincipal(row));
      if (rows.length < pageRows) return;
      after = last.name;
      await pause();
    }
  }
}

function readAppPassword(row: AppPasswordRow | undefined): AppPassword | undefined {
  return row && toAppPassword(row);
}

/** A value that is no list opens no calendar at all. */
function toAppPassword({ calendars, ...row }: AppPasswordRow): AppPassword {
  if (calendars === null) return { ...row, calendars: null };
  const listed: unknown = JSON.parse(calendars);
  const ids = Array.isArray(listed) ? listed.filter((one) => Number.isSafeInteger(one)) : [];
  return { ...row, calendars: ids.map((one: number) => id<CalendarId>(one)) };
}

function readPrincipal(row: PrincipalRow | undefined): Principal | undefined {
  return row && toPrincipal(row);
}

function toPrincipal(row: PrincipalRow): Principal {
  return {
    ...row,
    addresses: row.addresses?.split('\n') ?? [],
    isAdmin: row.isAdmin === 1,
    disabled: row.disabled === 1,
  };
}
