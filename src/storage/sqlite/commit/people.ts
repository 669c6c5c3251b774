/** Changes of principals, memberships, credentials and the administrator's policies. */
import type { Database } from 'better-sqlite3';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import { endOfTime, flag, searchable } from '../values.ts';
import { given, preparePatch } from './patch.ts';
import type { StaleIndexChanges } from './stale-index.ts';
import { missing, nameInUse, type Of, type Outcome, type Step } from './step.ts';

export interface PeopleChanges {
  readonly create: (change: Of<'create-principal'>, step: Step) => Outcome;
  readonly patch: (change: Of<'patch-principal'>, step: Step) => Outcome;
  readonly remove: (change: Of<'delete-principal'>, step: Step) => Outcome;
  readonly member: (change: Of<'member'>, step: Step) => Outcome;
  readonly setPassword: (change: Of<'set-password'>, step: Step) => Outcome;
  readonly addAppPassword: (change: Of<'add-app-password'>, step: Step) => Outcome;
  readonly revokeAppPassword: (change: Of<'revoke-app-password'>, step: Step) => Outcome;
  readonly setPolicy: (change: Of<'set-policy'>, step: Step) => Outcome;
}

interface Naming {
  readonly name: string;
  readonly displayName: string;
}

export function preparePeopleChanges(db: Database, staleIndex: StaleIndexChanges): PeopleChanges {
  const naming = db.prepare<[number], Naming>(
    'SELECT name, display_name AS displayName FROM principal WHERE id = ?',
  );
  const idOfName = db.prepare<[string], PrincipalId>('SELECT id FROM principal WHERE name = ?').pluck();
  const idOfAddress = db
    .prepare<[string], PrincipalId>('SELECT principal FROM address WHERE address = ?')
    .pluck();
  const addresses = db
    .prepare<[number], string>('SELECT address FROM address WHERE principal = ? ORDER BY position')
    .pluck();
  const insert = db.prepare<object>(`
    INSERT INTO principal (id, kind, name, display_name, language, time_zone, is_admin, disabled, search_text,
      used_bytes, trash_bytes)
    VALUES (:id, :kind, :name, :displayName, :language, :timeZone, :isAdmin, 0, :searchText, 0, 0)`);
  const update = preparePatch(db, 'principal', 'id = :id');
  const addAddress = db.prepare<[string, number, number]>(
    'INSERT INTO address (address, principal, position) VALUES (?, ?, ?)',
  );
  const dropAddresses = db.prepare<[number]>('DELETE FROM address WHERE principal = ?');
  const addMember = db.prepare<[number, number]>(
    'INSERT INTO membership (group_id, member) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const dropMember = db.prepare<[number, number]>('DELETE FROM membership WHERE group_id = ? AND member = ?');
  const addAppPassword = db.prepare<object>(`
    INSERT INTO app_password (id, principal, label, scope, calendars, hash, created)
    VALUES (:id, :principal, :label, :scope, :calendars, :hash, :now)`);
  const hashTaken = db.prepare<[Uint8Array], number>('SELECT 1 FROM app_password WHERE hash = ?').pluck();
  const dropAppPassword = db.prepare<[number]>('DELETE FROM app_password WHERE id = ?');
  const setPolicy = db.prepare<[string, string]>(
    'INSERT INTO policy (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const dropPolicy = db.prepare<[string]>('DELETE FROM policy WHERE key = ?');
  const removal = prepareRemoval(db);

  return {
    create({ principal }, step) {
      if (idOfName.get(principal.name) !== undefined) return nameInUse;
      if (principal.addresses.some((address) => idOfAddress.get(address) !== undefined)) return nameInUse;
      insert.run({
        ...principal,
        isAdmin: flag(principal.isAdmin),
        searchText: searchText(principal, principal.addresses),
      });
      writeAddresses(principal.id, principal.addresses);
      step.directoryChanged = true;
      return true;
    },

    patch({ principal, patch }, step) {
      const found = naming.get(principal);
      if (!found) return missing;
      const isForeign = (address: string): boolean => (idOfAddress.get(address) ?? principal) !== principal;
      if (patch.addresses?.some(isForeign)) return nameInUse;
      if (patch.timeZone !== undefined) staleIndex.zoneOf(principal, patch.timeZone);
      if (patch.addresses) {
        staleIndex.addressesOf(principal);
        dropAddresses.run(principal);
        writeAddresses(principal, patch.addresses);
      }
      const named = { name: found.name, displayName: patch.displayName ?? found.displayName };
      const columns = given({
        display_name: patch.displayName,
        language: patch.language,
        time_zone: patch.timeZone,
        is_admin: patch.isAdmin === undefined ? undefined : flag(patch.isAdmin),
        disabled: patch.disabled === undefined ? undefined : flag(patch.disabled),
      });
      update({ ...columns, search_text: searchText(named, addresses.all(principal)) }, { id: principal });
      step.directoryChanged = true;
      return false;
    },

    remove({ principal }, step) {
      if (!naming.get(principal)) return missing;
      removal(principal, step);
      step.directoryChanged = true;
      step.leftovers = true;
      return false;
    },

    member({ group, member, present }, step) {
      if (!naming.get(group) || !naming.get(member)) return missing;
      const { changes } = present ? addMember.run(group, member) : dropMember.run(group, member);
      step.directoryChanged = true;
      return present && changes === 1;
    },

    setPassword({ principal, hash }, step) {
      step.directoryChanged = true;
      return update({ password_hash: hash }, { id: principal }) ? false : missing;
    },

    addAppPassword(change, step) {
      if (!naming.get(change.principal)) return missing;
      if (hashTaken.get(change.hash) !== undefined) return nameInUse;
      const { id, principal, label, scope, hash } = change;
      const calendars = change.calendars && JSON.stringify(change.calendars);
      addAppPassword.run({ id, principal, label, scope, calendars, hash, now: step.now });
      step.directoryChanged = true;
      return true;
    },

    revokeAppPassword({ id }, step) {
      step.directoryChanged = true;
      return dropAppPassword.run(id).changes === 1 ? false : missing;
    },

    setPolicy({ key, value }, step) {
      if (value === null) dropPolicy.run(key);
      else setPolicy.run(key, value);
      step.directoryChanged = true;
      return false;
    },
  };

  function writeAddresses(principal: PrincipalId, all: readonly string[]): void {
    for (const [position, address] of [...new Set(all)].entries())
      addAddress.run(address, principal, position);
  }
}

const searchText = ({ name, displayName }: Naming, addresses: readonly string[]): string =>
  searchable([name, displayName, ...addresses].join('\n'));

/**
 * A principal disappears at once, with everything that names it; what it owned is left to the sweeper, because a
 * home can hold any number of objects.
 */
function prepareRemoval(db: Database): (principal: PrincipalId, step: Step) => void {
  const calendars = db.prepare<[number], CalendarId>('SELECT id FROM calendar WHERE home = ?').pluck();
  const purge = db.prepare<[number]>("UPDATE calendar SET state = 'purged' WHERE home = ?");
  const sweep = db.prepare<[string, number, number, number]>(
    'INSERT INTO sweep (kind, subject, before, through) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const contents = db.prepare<[number]>(`
    INSERT INTO sweep (kind, subject, before, through)
    SELECT 'content', content, 0, 0 FROM file WHERE home = ? AND content IS NOT NULL ON CONFLICT DO NOTHING`);
  const statements = [
    `DELETE FROM property WHERE holder_kind = 'file' AND holder IN (SELECT id FROM file WHERE home = ?)`,
    'DELETE FROM file WHERE home = ?',
    'DELETE FROM file_lock WHERE home = ?',
    `DELETE FROM property WHERE holder_kind IN ('principal', 'home') AND holder = ?`,
    'DELETE FROM property WHERE person = ? AND person <> 0',
    'DELETE FROM calendar_grant WHERE grantee = ?',
    // Addresses, memberships, views, app passwords, links and personal copies follow by their foreign keys.
    'DELETE FROM principal WHERE id = ?',
  ].map((sql) => db.prepare<[number]>(sql));

  return (principal, step) => {
    for (const calendar of calendars.all(principal)) sweep.run('calendar', calendar, 0, 0);
    purge.run(principal);
    sweep.run('trash', principal, endOfTime, step.newId());
    contents.run(principal);
    for (const statement of statements) statement.run(principal);
  };
}
