/**
 * Replaces the data by a backup with its keys. If it is killed at any moment, either the old data or the new remains,
 * each with the keys that belong to it.
 *
 * Everything slow is done under other file names. Then the old database is renamed, and from that moment on whoever
 * opens the data finishes the rest: the keys first, the database last.
 */
import { rm } from 'node:fs/promises';
import { exists, moveInPlace, restoreBackup, restoredOf } from '../storage/sqlite/care/backup.ts';
import { copyKeys, type KeyFiles, keysBeside } from './backups.ts';

/**
 * Makes a database from the backup and puts it, with its keys, beside the present files. Throws when the backup is
 * damaged.
 */
export async function prepareRestore(
  backup: string,
  target: string,
  keys: KeyFiles,
): Promise<readonly string[]> {
  const waiting = withSuffix(keys, restoredOf(''));
  // Left over from a restore that was interrupted.
  for (const file of [restoredOf(target), waiting.secret, waiting.connector]) await rm(file, { force: true });
  const copied = await copyKeys(keysBeside(backup), waiting);
  // The last step: a file of this name counts as a complete backup.
  await restoreBackup(backup, restoredOf(target));
  return copied.map((file) => file.slice(0, -restoredOf('').length));
}

/** Finishes a restore if one is under way (the database is missing); otherwise does nothing. */
export async function finishRestore(target: string, keys: KeyFiles): Promise<void> {
  if ((await exists(target)) || !(await exists(restoredOf(target)))) return;
  // SQLite would take this old log for that of the new database, and replay it there.
  if (await exists(`${target}-wal`))
    throw new Error(
      `${target}-wal is the log of a database that is not there: move it away, and start again`,
    );
  for (const key of [keys.secret, keys.connector])
    if (await exists(restoredOf(key))) await moveInPlace(restoredOf(key), key);
  await moveInPlace(restoredOf(target), target);
}

export function withSuffix({ secret, connector }: KeyFiles, suffix: string): KeyFiles {
  return { secret: secret + suffix, connector: connector + suffix };
}
