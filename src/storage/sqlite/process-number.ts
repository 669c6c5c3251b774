/**
 * Numbers that keep the ids of processes apart which work on the same data (core/ids.ts).
 *
 * A number is taken by a lock on an empty file, which the operating system lets go of when the process ends, however it
 * ends. SQLite is asked for the lock because Node has none of its own.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { maxProcesses } from '../../core/ids.ts';

export interface ProcessNumber {
  readonly number: number;
  /** Releases the number for others. */
  readonly release: () => void;
}

/** Takes the lowest number that no other process has whose data lie in this folder. Throws when all are taken. */
export function takeProcessNumber(folder: string): ProcessNumber {
  const locks = join(folder, 'processes');
  mkdirSync(locks, { recursive: true, mode: 0o700 });
  for (let number = 0; number < maxProcesses; number++) {
    const lock = locked(join(locks, String(number)));
    if (lock) return { number, release: () => void lock.close() };
  }
  throw new Error(`${maxProcesses} processes work on the data in ${folder}: no other can`);
}

/** An open transaction that writes nothing, not even a journal: a full disk keeps no process out. `undefined` where somebody else has one. */
function locked(file: string): Database.Database | undefined {
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
}
