/** What a change costs is the pages that its transaction appends to the log, and SQLite writes whatever a statement names. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { migrate, openDatabase } from '../../../src/storage/sqlite/database.ts';
import { complete, days, object, put, work } from '../contract/fixture.ts';
import { useFolder, worldOver } from './fixture.ts';

describe('sqlite writes', () => {
  const file = useFolder();

  it('no page of an index of which nothing has changed', async () => {
    const db = opened(file('one.db'));
    const { storage, done } = await worldOver(db);
    try {
      const index = (number: number) => complete(days(number), days(number + 7));
      for (let n = 0; n < 300; n++) await done(put(work, object(`${n}.ics`, { index: index(n) })));
      const written = await pagesOf(db, () =>
        done(put(work, object('70.ics', { version: 2, index: index(70) }))),
      );
      assert.deepEqual(tables(written), ['calendar', 'change', 'object', 'object_bytes']);
    } finally {
      await storage.close();
    }
  });

  it('the instances that have changed, not the series', async () => {
    const db = opened(file('series.db'));
    const { storage, done } = await worldOver(db);
    try {
      // So many of others on each day that no two weeks share a page.
      for (let n = 0; n < 280; n++) {
        const many = Array.from({ length: 80 }, (_, at) => days(n + at / 100));
        await done(put(work, object(`${n}.ics`, { index: complete(...many) })));
      }
      const weeks = Array.from({ length: 40 }, (_, at) => days(at * 7 + 0.5));
      const series = (version: number, moved: number) =>
        put(
          work,
          object('series.ics', {
            version,
            index: complete(...weeks.map((week, at) => (at === moved ? days(at * 7 + 1.5) : week))),
          }),
        );
      const first = await pagesOf(db, () => done(series(1, -1)));
      assert.ok(first.filter((name) => name === 'occurrence').length >= 40, String(first));
      const then = await pagesOf(db, () => done(series(2, 20)));
      assert.ok(then.filter((name) => name === 'occurrence').length <= 4, String(then));
    } finally {
      await storage.close();
    }
  });
});

function opened(name: string): Database {
  const db = openDatabase(name, 'normal');
  migrate(db, () => 'epoch-of-tests');
  return db;
}

const tables = (pages: readonly string[]): string[] => [...new Set(pages)].toSorted();

/** Of each page in the log behind `work`: the table or index it belongs to. */
async function pagesOf(db: Database, work: () => Promise<unknown>): Promise<string[]> {
  db.pragma('wal_checkpoint(TRUNCATE)');
  await work();
  const nameOf = new Map(db.prepare<[], [number, string]>('SELECT pageno, name FROM dbstat').raw().all());
  return frames(readFileSync(`${db.name}-wal`)).map((page) => nameOf.get(page) ?? 'free');
}

/** The pages that a log holds, in the order of its frames (sqlite.org/fileformat2.html, section 4). */
function frames(log: Buffer): number[] {
  const frameBytes = 24 + log.readUInt32BE(8);
  const pages: number[] = [];
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) pages.push(log.readUInt32BE(at));
  return pages;
}
