/** What the tests of the SQLite storage share: files that go away, and a storage over a connection they can look into. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { migrate, openDatabase } from '../../../src/storage/sqlite/database.ts';
import { assemble } from '../../../src/storage/sqlite/open.ts';
import { makeWorld, type World } from '../contract/fixture.ts';

/** A folder of its own for each test. */
export function useFolder(): (name: string) => string {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-storage-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

export function openMemory(): Database {
  const db = openDatabase(':memory:', 'normal');
  migrate(db, () => 'epoch-of-tests');
  return db;
}

/** A world over a connection that the test may read and damage behind its back. */
export async function worldOver(db: Database): Promise<World> {
  return makeWorld(({ clock, maxHomeBytes }) => assemble(db, { clock, maxHomeBytes }));
}
