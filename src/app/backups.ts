/** Regular backups of the data; the oldest are removed (settings `backupFolder`, `backupHours`, `backupKeep`). */
import { chmod, copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../config/reason.ts';
import type { Services } from '../service/context.ts';
import { moveInPlace } from '../storage/sqlite/care/backup.ts';
import { connectorKeyFile } from './connector-key.ts';
import { makeFolder } from './folder.ts';
import { secretFile } from './secret.ts';

export interface BackupPlan {
  /** Empty: no backups. */
  readonly folder: string;
  readonly everyMs: number;
  /** How many are kept. */
  readonly keep: number;
  readonly keys: KeyFiles;
}

/** The key files beside the database, which are copied with it: without them the passwords in a backup could not be used. */
export interface KeyFiles {
  /** The key under which app passwords are hashed. */
  readonly secret: string;
  /**
   * The key under which passwords of connectors are encrypted. The file is missing until the first one is stored, and
   * always when the key comes from the environment.
   */
  readonly connector: string;
}

export function keyFilesOf(folder: string): KeyFiles {
  return { secret: secretFile(folder), connector: connectorKeyFile(folder) };
}

/** Where the keys of a backup lie. */
export function keysBeside(backup: string): KeyFiles {
  return { secret: `${backup}.key`, connector: `${backup}.connector-key` };
}

/**
 * Copies those key files that exist, readable by their owner alone, and returns the files written. Each is copied whole
 * or not at all.
 *
 * To be called after the database was copied, not before: a key file copied later still holds the previous key, but one
 * copied earlier could not open what a newer key has sealed.
 */
export async function copyKeys(from: KeyFiles, to: KeyFiles): Promise<readonly string[]> {
  const written: string[] = [];
  for (const key of ['secret', 'connector'] as const) {
    const partial = `${to[key]}.partial`;
    try {
      await copyFile(from[key], partial);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
      continue;
    }
    await chmod(partial, 0o600);
    await moveInPlace(partial, to[key]);
    written.push(to[key]);
  }
  return written;
}

/**
 * Copies the database and then its keys; returns the key files. The database copy gets its final name last, so that
 * whatever has the name of a backup is complete.
 */
export async function writeBackup(
  { storage }: Services,
  file: string,
  keys: KeyFiles,
  onProgress?: (doneShare: number) => void,
): Promise<readonly string[]> {
  const copy = `${file}.copy`;
  try {
    await storage.backup(copy, onProgress);
    const written = await copyKeys(keys, keysBeside(file));
    await moveInPlace(copy, file);
    return written;
  } finally {
    await rm(copy, { force: true });
  }
}

/**
 * Makes a backup if the newest one is old enough, and returns its file. The storage checks the copy before it gets its
 * name.
 */
export async function backupIfDue(services: Services, plan: BackupPlan): Promise<string | undefined> {
  if (plan.folder === '') return undefined;
  await makeFolder(plan.folder);
  const known = await backupsIn(plan.folder);
  const newest = known.at(-1);
  const now = services.clock.now();
  if (newest !== undefined && now - newest.madeMs < plan.everyMs) return undefined;
  const file = join(plan.folder, nameAt(now));
  await writeBackup(services, file, plan.keys);
  const surplus = [...known.map(({ name }) => join(plan.folder, name)), file].slice(0, -plan.keep);
  for (const old of surplus) {
    const { secret, connector } = keysBeside(old);
    await Promise.all([rm(old), rm(secret, { force: true }), rm(connector, { force: true })]);
  }
  return file;
}

/** When the newest backup was made, in milliseconds since the epoch; `undefined` where there is none. */
export async function newestBackupMs(folder: string): Promise<number | undefined> {
  return (await backupsIn(folder)).at(-1)?.madeMs;
}

/** `portcal-20261120T235500Z.sqlite`: in order of time when sorted by name. */
function nameAt(ms: number): string {
  return `portcal-${new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.sqlite`;
}

async function backupsIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly madeMs: number }[]> {
  const found = [];
  for (const name of (await readdir(folder)).sort()) {
    const time = /^portcal-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.sqlite$/.exec(name);
    if (!time) continue;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = time.slice(1).map(Number);
    found.push({ name, madeMs: Date.UTC(year, month - 1, day, hour, minute, second) });
  }
  return found;
}
