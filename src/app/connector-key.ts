/**
 * The keys that encrypt the passwords of connectors. They come from the environment, or from a file in the data folder
 * that only its owner may read; never from the database. A backup has a copy of that file beside it.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../config/reason.ts';
import type { Settings } from '../config.ts';
import {
  createVault,
  type KeyRing,
  parseKeys,
  SealError,
  type Vault,
} from '../service/connectors/secrets.ts';
import { makeKeyFile } from './key-file.ts';

export function connectorKeyFile(folder: string): string {
  return join(folder, 'connector-key');
}

/** The vault of an installation. The key is made when something is sealed or opened for the first time. */
export function connectorVault(settings: Pick<Settings, 'data' | 'connectorKey'>): Vault {
  return createVault(() => connectorKeys(settings), randomBytes);
}

async function connectorKeys({
  data,
  connectorKey,
}: Pick<Settings, 'data' | 'connectorKey'>): Promise<KeyRing> {
  if (connectorKey !== '') return parseKeys(connectorKey);
  const file = connectorKeyFile(data);
  const known = await readKeys(file);
  return known ?? (await makeKey(file));
}

/**
 * Puts a new key first. One older key stays behind it: a server that has not read the file again still opens what it knows.
 * Refuses where the keys come from the environment, which only its owner can change.
 */
export async function addKey({ data, connectorKey }: Pick<Settings, 'data' | 'connectorKey'>): Promise<void> {
  if (connectorKey !== '') return;
  const file = connectorKeyFile(data);
  const { current, keys } = await connectorKeys({ data, connectorKey });
  const kept = keys.get(current);
  const lines = [randomBytes(keyBytes), ...(kept ? [kept] : [])].map((key) =>
    Buffer.from(key).toString('hex'),
  );
  const draft = `${file}.new`;
  await writeFile(draft, `${lines.join('\n')}\n`, { mode: 0o600, flush: true });
  await rename(draft, file);
}

const keyBytes = 32;

async function readKeys(file: string): Promise<KeyRing | undefined> {
  let text: string;
  try {
    // File modes mean nothing on Windows.
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new SealError(`${file} may be read by others: set its mode to 0600`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  return parseKeys(text);
}

async function makeKey(file: string): Promise<KeyRing> {
  await makeKeyFile(file, keyBytes);
  const keys = await readKeys(file);
  if (!keys) throw new SealError(`${file} has been removed by somebody else`);
  return keys;
}
