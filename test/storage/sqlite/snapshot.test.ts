import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { createSnapshot } from '../../../src/storage/sqlite/snapshot.ts';
import { createWriteQueue } from '../../../src/storage/sqlite/write-queue.ts';

describe('sqlite snapshot', () => {
  let folder: string;
  let db: Database;
  let other: Database;
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  const read = (): unknown => db.prepare('SELECT value FROM fact').pluck().get();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-snapshot-'));
    db = new Sqlite(join(folder, 'a.sqlite'));
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE fact (value); INSERT INTO fact VALUES (1)');
    other = new Sqlite(join(folder, 'a.sqlite'));
  });
  afterEach(() => {
    db.close();
    other.close();
    rmSync(folder, { recursive: true });
  });

  it('shows one state to all reads of a turn, and what another process committed in the next', async () => {
    const snapshot = createSnapshot(db);
    snapshot.open();
    assert.equal(read(), 1);
    other.exec('UPDATE fact SET value = 2');
    snapshot.open();
    assert.equal(read(), 1);
    await turn();
    assert.equal(db.inTransaction, false);
    snapshot.open();
    assert.equal(read(), 2);
  });

  it('stands in no way of a write, which the reads after it see', async () => {
    const snapshot = createSnapshot(db);
    const queue = createWriteQueue(db, { maxAttempts: 1, beforeBegin: snapshot.close });
    snapshot.open();
    assert.equal(read(), 1);
    other.exec('UPDATE fact SET value = 2');
    const written = queue.run(() => {
      snapshot.open();
      return { value: db.prepare('UPDATE fact SET value = value + 10').run().changes, keep: true };
    });
    snapshot.open();
    assert.equal(await written, 1);
    snapshot.open();
    assert.equal(read(), 12);
  });

  it('asks once for what is kept while it lasts, and anew behind a write and in the next turn', async () => {
    const snapshot = createSnapshot(db);
    const queue = createWriteQueue(db, { maxAttempts: 1, beforeBegin: snapshot.close });
    let asked = 0;
    const value = snapshot.kept(() => {
      asked++;
      return read();
    });
    assert.deepEqual([value(), value(), asked], [1, 1, 1]);
    const inside = await queue.run(() => {
      db.exec('UPDATE fact SET value = 2');
      const first = value();
      db.exec('UPDATE fact SET value = 3');
      return { value: [first, value()], keep: true };
    });
    assert.deepEqual(inside, [2, 3]);
    assert.deepEqual([value(), value(), asked], [3, 3, 4]);
    other.exec('UPDATE fact SET value = 4');
    await turn();
    assert.equal(value(), 4);
  });

  it('ends with the connection', async () => {
    createSnapshot(db).open();
    assert.equal(read(), 1);
    db.close();
    await turn();
  });
});
