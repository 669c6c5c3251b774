/**
 * Puts a backup in the place of the data, with its keys: killed at any moment, it leaves the old data or the new, each with
 * the keys that belong to it.
 *
 * All that takes time is done under other names. Then the old database gets another name, and from there on whoever opens
 * the data finishes what is left: the keys first, the database last.
 */
import { rm } from 'node:fs/promises';
import { exists, moveInPlace, restoreBackup, restoredOf } from '../storage/sqlite/care/backup.ts';
import { copyKeys, type KeyFiles, keysBeside } from './backups.ts';

/** Makes a database of the backup, and lays it with the keys beside the present ones. Throws when it is not sound. */
export async function prepareRestore(
  backup: string,
  target: string,
  keys: KeyFiles,
): Promise<readonly string[]> {
  const waiting = withSuffix(keys, restoredOf(''));
  // Of one that was interrupted before.
  for (const file of [restoredOf(target), waiting.secret, waiting.connector]) await rm(file, { force: true });
  const copied = await copyKeys(keysBeside(backup), waiting);
  // The last, because what has this name is taken for all of it.
  await restoreBackup(backup, restoredOf(target));
  return copied.map((file) => file.slice(0, -restoredOf('').length));
}

/** Does what is left of a restore where there is no database any more, or not yet; otherwise nothing. */
export async function finishRestore(target: string, keys: KeyFiles): Promise<void> {
  if ((await exists(target)) || !(await exists(restoredOf(target)))) return;
  // SQLite would take it for the log of the new database, and play it into that.
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
