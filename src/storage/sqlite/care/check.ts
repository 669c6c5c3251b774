/** Looks for damage: of the file, of references, and of what is counted and derived. */
import type { Database } from 'better-sqlite3';
import type { Storage } from '../../port.ts';
import { pause } from '../pages.ts';
import type { WriteQueue } from '../write-queue.ts';
import { rules } from './rules.ts';

/**
 * Reads everything, in statements that take as long as the data is large: made for the command line and for quiet hours.
 * Mended problems are told as well, and say that they are mended.
 */
export function prepareCheck(db: Database, queue: WriteQueue): Storage['check'] {
  const integrity = db.prepare<[], string>('PRAGMA integrity_check').pluck();
  const references = db
    .prepare<[], [table: string, rowid: number | null, parent: string]>('PRAGMA foreign_key_check')
    .raw();

  return ({ repair }) => problems(repair);

  async function* problems(repair: boolean): AsyncGenerator<string> {
    for (const found of integrity.all()) if (found !== 'ok') yield `the file is damaged: ${found}`;
    await pause();
    for (const [table, , parent] of references.all()) {
      yield `a row of ${table} refers to a row of ${parent} that does not exist`;
    }
    for (const { find, mend } of rules) {
      await pause();
      const found = db.prepare<[], string>(find).pluck().all();
      const mended = repair && mend !== undefined && found.length > 0;
      if (mended) await queue.run(() => ({ value: db.exec(mend), keep: true }));
      for (const sentence of found) yield mended ? `${sentence} (mended)` : sentence;
    }
  }
}
