/** Where the running server can be reached, for the command line beside it: a file in the data folder. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../config/reason.ts';

function addressFile(folder: string): string {
  return join(folder, 'address');
}

/** Says where the server is, in the words that generated links begin with. */
export async function announceAddress(folder: string, url: string): Promise<void> {
  const file = addressFile(folder);
  // Renamed, so that nobody reads half of it; of two that start at once, each renames its own.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${url}\n`);
  await rename(draft, file);
}

/** What the server said; it stays after a crash, and is the best that is known then. `undefined`: no server was there. */
export async function announcedAddress(folder: string): Promise<string | undefined> {
  try {
    const url = (await readFile(addressFile(folder), 'utf8')).trim();
    return URL.canParse(url) ? url : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The server has stopped; what another one has said meanwhile stays. */
export async function withdrawAddress(folder: string, url: string): Promise<void> {
  if ((await announcedAddress(folder)) === url) await rm(addressFile(folder), { force: true });
}
