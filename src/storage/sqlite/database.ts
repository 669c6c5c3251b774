/** One connection to a database file: how it is opened, and which form of the schema it must have. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type Migration, migrations } from '../migrations/index.ts';
import { prepareLate } from './late-statement.ts';

export type Synchronous = 'full' | 'normal';

/** Marks the file as ours: "pcal" in ASCII. */
export const applicationId = 0x7063616c;

/**
 * Longest wait inside SQLite for a lock of another process. It blocks the event loop, so it is short; writes are tried
 * again without blocking (write-queue.ts), and reads need no lock in WAL mode but for the moment of a recovery.
 */
const busyTimeoutMs = 20;

/** Everybody's calendars are in the file: nobody but the server's user reads it. */
export const ownerOnly = 0o600;

/** Twice as much made nothing faster with a calendar of 10,000 events. */
const cacheKib = 16 * 1024;
const walLimitBytes = 64 * 1024 * 1024;

export function openDatabase(file: string, synchronous: Synchronous): Database.Database {
  // SQLite would make it readable by everybody; its log gets the mode of the database.
  if (file !== ':memory:' && !existsSync(file) && existsSync(dirname(file)))
    writeFileSync(file, '', { flag: 'a', mode: ownerOnly });
  const db = new Database(file, { timeout: busyTimeoutMs });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
    db.pragma('foreign_keys = ON');
    db.pragma(`cache_size = -${cacheKib}`);
    db.pragma(`journal_size_limit = ${walLimitBytes}`);
    prepareLate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** `schema.sql` at the root of the package, two levels above the compiled `src`. */
const schemaFile = new URL('../../../../schema.sql', import.meta.url);

/**
 * Brings the database to the newest form: an empty file gets `schema.sql`, an older one the migrations it lacks, each
 * in a transaction of its own. `makeEpoch` names the history of a new database.
 *
 * Throws for a file that is not ours and for one from a newer program.
 */
export function migrate(
  db: Database.Database,
  makeEpoch: () => string,
  known: readonly Migration[] = migrations,
): void {
  const found = db.pragma('application_id', { simple: true });
  // IMMEDIATE: of two processes that start at once, the second waits and finds the work done.
  if (found === 0) db.transaction(() => create(db, makeEpoch)).immediate();
  else if (found !== applicationId) throw new Error(`${db.name} is not a database of this program`);
  for (const migration of known) db.transaction(() => applyOne(db, migration)).immediate();
  const version = schemaVersion(db);
  if (version > known.length) {
    throw new Error(
      `${db.name} has schema ${version}, but this program knows ${known.length}: it is too old for it`,
    );
  }
}

/** How many migrations the database has. */
export function schemaVersion(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Which form the database in a file has, and which one this program brings it to. Changes nothing. */
export function schemaState(file: string): { readonly found: number; readonly newest: number } {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return { found: schemaVersion(db), newest: migrations.length };
  } finally {
    db.close();
  }
}

function create(db: Database.Database, makeEpoch: () => string): void {
  if (db.pragma('application_id', { simple: true }) === applicationId) return;
  if (db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() !== 0) {
    throw new Error(`${db.name} is not a database of this program`);
  }
  // The file says itself how many migrations it is the sum of: it may be older or newer than what was compiled.
  db.exec(readFileSync(schemaFile, 'utf8'));
  db.prepare('INSERT INTO installation (one, epoch, directory_version) VALUES (1, ?, 1)').run(makeEpoch());
  db.pragma(`application_id = ${applicationId}`);
}

function applyOne(db: Database.Database, migration: Migration): void {
  if (schemaVersion(db) >= migration.number) return;
  db.exec(migration.sql);
  db.pragma(`user_version = ${migration.number}`);
}
