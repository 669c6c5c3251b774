/** Files that hold a key: made once, and readable by the server's user only. */
import { randomBytes } from 'node:crypto';
import { link, unlink, writeFile } from 'node:fs/promises';
import { isSystemError } from '../config/reason.ts';

/**
 * Makes a file with a random key of so many bytes, in hexadecimal digits, unless there is one.
 *
 * Written whole under another name and then given its own: of two processes that start at once, one gets the name and
 * the other reads what it stands for.
 */
export async function makeKeyFile(file: string, keyBytes: number): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const text = `${randomBytes(keyBytes).toString('hex')}\n`;
  await writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}
