import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { manualClock } from '../../../src/core/clock.ts';
import { type CalendarId, id, type PrincipalId, type TrashId } from '../../../src/core/ids.ts';
import { type Migration, migrations } from '../../../src/storage/migrations/index.ts';
import { applicationId, migrate, openDatabase, schemaVersion } from '../../../src/storage/sqlite/database.ts';
import { openSqlite } from '../../../src/storage/sqlite/open.ts';
import { noon } from '../contract/fixture.ts';
import { useFolder } from './fixture.ts';

const schema = readFileSync(new URL('../../../../schema.sql', import.meta.url), 'utf8');

/** Tables and indexes with their statements, without comments and layout. */
function shape(db: Database): unknown {
  const rows = db
    .prepare<[], [string, string, string | null]>('SELECT type, name, sql FROM sqlite_schema ORDER BY name')
    .raw()
    .all();
  // A column that was added later stands behind a blank of SQLite's own.
  const plain = (sql: string): string =>
    sql
      .replace(/--.*$/gm, '')
      .replace(/\s+/g, ' ')
      .replace(/ (?=[,)])/g, '');
  return rows.map(([type, name, sql]) => [type, name, sql === null ? null : plain(sql)]);
}

const epoch = (): string => 'e';

describe('sqlite schema', () => {
  const path = useFolder();

  it('is the sum of the migrations', () => {
    const fresh = new Sqlite(':memory:');
    fresh.exec(schema);
    const migrated = new Sqlite(':memory:');
    for (const migration of migrations) migrated.exec(migration.sql);
    assert.deepEqual(shape(migrated), shape(fresh));
    assert.equal(schemaVersion(fresh), migrations.length, 'schema.sql says how many they are');
  });

  it('has a home column in every table that is keyed by something of a home', () => {
    const db = new Sqlite(':memory:');
    db.exec(schema);
    const withoutHome = db
      .prepare<[], string>(`
        SELECT name FROM sqlite_schema s WHERE type = 'table'
          AND NOT EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'home') ORDER BY name`)
      .pluck()
      .all();
    // Those of principals themselves, whose id is the home, of the installation, and rows that hang on others with one.
    assert.deepEqual(withoutHome, [
      'address',
      'app_password',
      'audit',
      'code',
      'connector_account',
      'connector_conflict',
      'connector_item',
      'connector_lease',
      'connector_link',
      'connector_notice',
      'connector_outbox',
      'connector_pair',
      'connector_run',
      'connector_setting',
      'feed_link',
      'installation',
      'membership',
      'policy',
      'preference',
      'principal',
      'refused',
      'session',
      'sweep',
      'trash_object',
    ]);
  });

  it('numbers the migrations from 1 without gaps', () => {
    assert.deepEqual(
      migrations.map(({ number }) => number),
      migrations.map((_, at) => at + 1),
    );
    assert.ok(migrations.every(({ title }) => title.length > 0));
  });

  it('is made once, and found again', () => {
    const file = path('a.db');
    const db = openDatabase(file, 'full');
    migrate(db, () => 'first');
    migrate(db, () => 'second');
    assert.equal(db.prepare('SELECT epoch FROM installation').pluck().get(), 'first');
    assert.equal(schemaVersion(db), migrations.length);
    assert.equal(db.pragma('application_id', { simple: true }), applicationId);
    assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(db.pragma('synchronous', { simple: true }), 2);
    db.close();
  });

  it('is brought up to date step by step, each step whole or not at all', () => {
    const db = openDatabase(':memory:', 'normal');
    const next: Migration = {
      number: migrations.length + 1,
      title: 'next',
      sql: 'CREATE TABLE extra (a INTEGER)',
    };
    const broken: Migration = {
      number: next.number + 1,
      title: 'broken',
      sql: 'CREATE TABLE half (a INTEGER); CREATE TABLE extra (a INTEGER)',
    };
    assert.throws(() => migrate(db, epoch, [...migrations, next, broken]), /already exists/);
    assert.equal(schemaVersion(db), next.number);
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('extra', 'half')").pluck().all();
    assert.deepEqual(tables, ['extra']);
    db.close();
  });

  it('keeps bytes, and what stood beside links, on the way from the form before', async () => {
    const file = path('before.db');
    const db = openDatabase(file, 'full');
    for (const { number, sql } of migrations) if (number <= 5) db.exec(sql);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma('user_version = 5');
    db.exec(`
      INSERT INTO installation (one, epoch, directory_version) VALUES (1, 'e', 1);
      INSERT INTO principal VALUES (1, 'user', 'alice', 'Alice', 'en', 'UTC', 0, 0, NULL, 'alice', 0, 0);
      INSERT INTO object_bytes (object, home, bytes) VALUES (7, 1, x'c3a5');
      INSERT INTO feed_link (id, principal, label, detail, alarms, hash, created, use_count)
        VALUES (8, 1, 'screen', 'full', 0, x'01', 0, 3), (9, 1, 'wall', 'busy', 0, x'02', 0, 0);
      INSERT INTO preference (principal, key, value)
        VALUES (1, 'link.8', '{"token":"sealed","language":"sv"}'), (1, 'link.10', '{}'), (1, 'linked', 'other')`);
    db.close();
    await openSqlite({ file, clock: manualClock(noon) }).close();
    const after = openDatabase(file, 'full');
    assert.equal(schemaVersion(after), migrations.length);
    assert.deepEqual(after.prepare('SELECT object, cuts, hex(bytes) FROM object_bytes').raw().all(), [
      [7, null, 'C3A5'],
    ]);
    assert.deepEqual(after.prepare('SELECT id, token, language, use_count FROM feed_link').raw().all(), [
      [8, 'sealed', 'sv', 3],
      [9, null, null, 0],
    ]);
    assert.deepEqual(after.prepare('SELECT key FROM preference').pluck().all(), ['linked']);
    after.close();
  });

  it('keeps grants and objects of schema 10, of which nobody knows who made them', async () => {
    const file = path('before.db');
    const db = openDatabase(file, 'full');
    for (const { number, sql } of migrations) if (number <= 10) db.exec(sql);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma('user_version = 10');
    db.exec(`
      INSERT INTO installation (one, epoch, directory_version) VALUES (1, 'e', 1);
      INSERT INTO principal
        SELECT value, 'user', 'p' || value, 'P', 'en', 'UTC', 0, 0, NULL, 'p', 2 * (value = 1), 0
        FROM json_each('[1, 3, 4, 5, 6]');
      INSERT INTO calendar VALUES (2, 1, 'work', 'Work', NULL, NULL, NULL, NULL, NULL, 'VEVENT', 0, 1, 'full',
        NULL, NULL, 1, 0, 1, 2, 'live', 0, 0);
      INSERT INTO calendar_grant VALUES (2, 0, 1, 'busy'), (2, 3, 1, 'edit'), (2, 4, 1, 'manage');
      INSERT INTO object VALUES (2, 7, 'a.ics', '"e"', 1, 'a', 'VEVENT', 2, 1, 0, 0, 'public', 0, 1, 0, 0, 1, 0, 0, 0, 0);
      INSERT INTO object_bytes (object, home, bytes) VALUES (7, 1, x'c3a5');
      INSERT INTO change VALUES (2, 1, 1, 'a.ics', 0, 0, NULL);
      INSERT INTO trash VALUES (9, 1, 2, 'Work', 8, 'b.ics', 'b', 0, 0, 1);
      INSERT INTO trash_object VALUES (9, 'VEVENT', '"f"', 0, 0, 'public', 0, 1, 0, 0, 1, 0, 0, 0, 0, '[]');
      INSERT INTO object_bytes (object, home, bytes) VALUES (8, 1, x'');`);
    db.close();
    const storage = openSqlite({ file, clock: manualClock(noon) });
    const [calendar, trashed] = [id<CalendarId>(2), id<TrashId>(9)];
    assert.deepEqual(
      (await storage.grants(calendar)).map(({ grantee, level }) => [grantee, level]),
      [
        ['everyone', 'busy'],
        [3, 'edit'],
        [4, 'manage'],
      ],
    );
    const grants = [5, 6].map((grantee, at) => ({
      do: 'grant' as const,
      calendar,
      grantee: id<PrincipalId>(grantee),
      level: (['contribute', 'revise'] as const)[at] ?? null,
    }));
    const restore = { do: 'restore', item: trashed } as const;
    assert.ok((await storage.commit({ actor: id<PrincipalId>(1), changes: [...grants, restore] })).ok);
    assert.equal((await storage.grants(calendar)).length, 5);
    assert.equal((await storage.head(calendar, 'b.ics'))?.uid, 'b');
    assert.equal((await storage.creators(calendar, ['a', 'b'])).size, 0);
    for await (const problem of storage.check({ repair: false })) assert.fail(problem);
    await storage.close();
  });

  it('is refused when it is newer than the program, or of another program', () => {
    const newer = path('newer.db');
    const db = openDatabase(newer, 'full');
    migrate(db, epoch);
    db.pragma(`user_version = ${migrations.length + 1}`);
    db.close();
    const clock = manualClock(noon);
    assert.throws(() => openSqlite({ file: newer, clock }), /too old for it/);
    const foreign = path('foreign.db');
    const other = new Sqlite(foreign);
    other.exec('CREATE TABLE song (title TEXT)');
    assert.throws(() => openSqlite({ file: foreign, clock }), /not a database of this program/);
    other.pragma('application_id = 7');
    other.close();
    assert.throws(() => openSqlite({ file: foreign, clock }), /not a database of this program/);
    assert.throws(() => openSqlite({ file: path('no/such/folder.db'), clock }), /directory does not exist/);
  });

  it('needs its one row', () => {
    const file = path('a.db');
    const db = openDatabase(file, 'full');
    migrate(db, epoch);
    db.exec('DELETE FROM installation');
    db.close();
    assert.throws(() => openSqlite({ file, clock: manualClock(noon) }), /has no epoch/);
  });
});
