/** The key under which app passwords are hashed; it lies beside the database, not in it. */
import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const secretBytes = 32;

export function secretFile(folder: string): string {
  return join(folder, 'secret');
}

/** Reads the key of a data folder; makes it if there is none. Readable by the server's user only. */
export async function serverSecret(folder: string): Promise<Uint8Array> {
  const file = secretFile(folder);
  const secret = (await readSecret(file)) ?? (await makeSecret(file));
  if (secret.length >= secretBytes) return secret;
  throw new Error(
    `${file} is damaged: restore it from a backup, or remove it and make all app passwords anew`,
  );
}

async function readSecret(file: string): Promise<Uint8Array | undefined> {
  try {
    return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Written whole under another name and then given its own: of two processes that start at once, one gets the name and
 * the other reads what it stands for.
 */
async function makeSecret(file: string): Promise<Uint8Array> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(secretBytes).toString('hex')}\n`, {
    flag: 'wx',
    mode: 0o600,
    flush: true,
  });
  try {
    await link(draft, file);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const secret = await readSecret(file);
  if (!secret) throw new Error(`${file} has been removed by somebody else`);
  return secret;
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
