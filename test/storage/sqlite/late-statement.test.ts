import assert from 'node:assert/strict';
import Sqlite, { type Database } from 'better-sqlite3';
import { systemClock } from '../../../src/core/clock.ts';
import { migrate } from '../../../src/storage/sqlite/database.ts';
import { prepareLate } from '../../../src/storage/sqlite/late-statement.ts';
import { assemble } from '../../../src/storage/sqlite/open.ts';

describe('a late statement', () => {
  let db: Database;

  beforeEach(() => {
    db = new Sqlite(':memory:');
    prepareLate(db);
    db.exec('CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT)');
  });

  afterEach(() => {
    db.close();
  });

  it('is compiled when it is run', () => {
    const early = db.prepare('SELECT later FROM word');
    assert.throws(() => early.all(), /no such column: later/);
    db.exec('ALTER TABLE word ADD COLUMN later TEXT');
    assert.deepEqual(early.all(), []);
  });

  it('gives rows, values, lists and changes as others do', () => {
    const add = db.prepare<[string]>('INSERT INTO word (text) VALUES (?)');
    assert.deepEqual(add.run('one'), { changes: 1, lastInsertRowid: 1 });
    assert.deepEqual(add.run('two'), { changes: 1, lastInsertRowid: 2 });
    const all = 'SELECT id, text FROM word ORDER BY id';
    assert.deepEqual(db.prepare(all).get(), { id: 1, text: 'one' });
    assert.deepEqual(db.prepare(all).pluck().all(), [1, 2]);
    assert.deepEqual(db.prepare(all).raw().get(), [1, 'one']);
    assert.deepEqual(
      [...db.prepare(all).raw().iterate()],
      [
        [1, 'one'],
        [2, 'two'],
      ],
    );
    assert.deepEqual(db.prepare<object>('SELECT text FROM word WHERE id = :id').get({ id: 2 }), {
      text: 'two',
    });
  });

  it('would compile, whichever it is of those that the storage has', async () => {
    const early = new Sqlite(':memory:');
    migrate(early, () => 'epoch');
    const storage = assemble(early, { clock: systemClock });
    await storage.close();
  });
});
