/** Copies of the database while it runs, and back. */
import { access, chmod, copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Storage } from '../../port.ts';
import { migrate, openDatabase, ownerOnly } from '../database.ts';
import { newEpoch } from '../epoch.ts';
import { assertSound } from './integrity.ts';

/** Pages copied between two turns of the event loop: 1 MiB. */
const stepPages = 256;

/** The name of a copy until it is complete. */
export function partialOf(file: string): string {
  return `${file}.partial`;
}

/** The name of a complete restored database until it replaces the present one. */
export function restoredOf(file: string): string {
  return `${file}.restored`;
}

/**
 * A copy of one moment, readable by its owner alone: it is made under another name, checked, and only then has the name
 * asked for. A file that has the name already is replaced.
 */
export function prepareBackup(db: Database): Storage['backup'] {
  return async (file, onProgress) => {
    const partial = partialOf(file);
    try {
      await rm(partial, { force: true });
      // The file is made here, since SQLite would make it readable by everybody.
      await (await open(partial, 'wx', ownerOnly)).close();
      await db.backup(partial, {
        progress({ totalPages, remainingPages }) {
          if (totalPages > 0) onProgress?.(1 - remainingPages / totalPages);
          return stepPages;
        },
      });
      await assertSound(partial);
      await moveInPlace(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  };
}

/**
 * Makes the database `target` from a backup. It gets a new epoch: clients that saw what happened after the backup
 * must not continue from there, so all sync tokens of before are void.
 *
 * Throws when `target` exists, when the backup is damaged, and when it is from a newer program.
 */
export async function restoreBackup(backup: string, target: string): Promise<void> {
  await assertRoom(target);
  const partial = partialOf(target);
  try {
    await copyFile(backup, partial);
    await chmod(partial, ownerOnly);
    await assertSound(partial);
    const db = openDatabase(partial, 'full');
    try {
      migrate(db, newEpoch);
      db.prepare('UPDATE installation SET epoch = ?').run(newEpoch());
      // For the moment, so that there is one file to be renamed.
      db.pragma('journal_mode = DELETE');
    } finally {
      db.close();
    }
    await moveInPlace(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Writes the write-ahead log into the database, so that everything is in one file. A damaged database stays as it is. */
export function foldLog(file: string): void {
  try {
    const db = openDatabase(file, 'full');
    try {
      db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      db.close();
    }
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}

/** Refuses if a log lies there without its database: SQLite would replay it into the restored one. */
async function assertRoom(target: string): Promise<void> {
  for (const file of [target, `${target}-wal`, `${target}-journal`]) {
    if (await exists(file))
      throw new Error(`${file} exists: move it away before restoring a backup in its place`);
  }
}

/** Renames once the bytes are on the disk, and the new name with them. */
export async function moveInPlace(from: string, to: string): Promise<void> {
  await flush(from);
  await rename(from, to);
  await flush(dirname(to));
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // If the file cannot even be looked at, writing it will fail too and report why.
    return false;
  }
}
