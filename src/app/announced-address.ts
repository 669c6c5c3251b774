/** Where the running server can be reached, for the command line beside it: a file in the data folder. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../config/reason.ts';

function addressFile(folder: string): string {
  return join(folder, 'address');
}

/** Writes down the address that generated links begin with. */
export async function announceAddress(folder: string, url: string): Promise<void> {
  const file = addressFile(folder);
  // Written to a draft and renamed, so that nobody reads half of it. Each process has a draft of its own, in case two
  // start at once.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, `${url}\n`);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * What the last server wrote. It stays after a crash, when it is still the best guess. `undefined`: no server has run
 * here.
 */
export async function announcedAddress(folder: string): Promise<string | undefined> {
  try {
    const url = (await readFile(addressFile(folder), 'utf8')).trim();
    return URL.canParse(url) ? url : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Removes the address when the server stops, unless another server has written its own meanwhile. */
export async function withdrawAddress(folder: string, url: string): Promise<void> {
  if ((await announcedAddress(folder)) === url) await rm(addressFile(folder), { force: true });
}
