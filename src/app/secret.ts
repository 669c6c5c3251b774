/** The key under which app passwords are hashed; it lies beside the database, not in it. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const secretBytes = 32;

export function secretFile(folder: string): string {
  return join(folder, 'secret');
}

/** Reads the key of a data folder; makes it if there is none. Readable by the server's user only. */
export async function serverSecret(folder: string): Promise<Uint8Array> {
  const file = secretFile(folder);
  try {
    // `wx`: of two processes that start at once, one makes the key and the other reads it.
    await writeFile(file, `${randomBytes(secretBytes).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
  if (secret.length >= secretBytes) return secret;
  throw new Error(
    `${file} is damaged: restore it from a backup, or remove it and make all app passwords anew`,
  );
}
