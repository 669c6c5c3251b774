/** The key under which app passwords are hashed; it lies beside the database, not in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../config/reason.ts';
import { makeKeyFile } from './key-file.ts';

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

async function makeSecret(file: string): Promise<Uint8Array> {
  await makeKeyFile(file, secretBytes);
  const secret = await readSecret(file);
  if (!secret) throw new Error(`${file} has been removed by somebody else`);
  return secret;
}
