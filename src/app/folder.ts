/** Folders that the server makes for itself. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isSystemError } from '../config/reason.ts';

/**
 * Makes a folder, with those it lies in; only this user may look into what is made.
 *
 * Step by step, because Node's own way of making all of them never ends where the system takes no new folders, as below
 * /proc: it goes up when a folder cannot be made, finds the one above, and comes down again.
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(folder); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  for (const at of missing) {
    try {
      await mkdir(at, { mode: 0o700 });
    } catch (error) {
      // Another process may have been faster.
      if (!(isSystemError(error, 'EEXIST') && (await isThere(at)))) throw error;
    }
  }
  if (missing.length === 0 && !(await stat(folder)).isDirectory())
    throw new Error(`${folder} is a file, and a folder is wanted`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}
