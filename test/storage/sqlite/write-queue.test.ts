import assert from 'node:assert/strict';
import Sqlite, { type Database } from 'better-sqlite3';
import { Refusal } from '../../../src/core/refusal.ts';
import { openDatabase } from '../../../src/storage/sqlite/database.ts';
import { createWriteQueue, type WriteQueue } from '../../../src/storage/sqlite/write-queue.ts';
import { useFolder } from './fixture.ts';

describe('sqlite write queue', () => {
  const path = useFolder();
  let db: Database;
  let queue: WriteQueue;
  let commits: string[];
  let fullDisks: number;

  beforeEach(() => {
    db = openDatabase(path('queue.db'), 'normal');
    db.exec('CREATE TABLE word (word TEXT PRIMARY KEY)');
    commits = [];
    fullDisks = 0;
    const prepare = db.prepare.bind(db);
    Object.assign(db, { prepare: (sql: string) => recorded(prepare(sql), sql) });
    queue = createWriteQueue(db, { maxAttempts: 4, diskFull: () => fullDisks++ });
  });
  afterEach(() => db.close());

  /** Notes each run of a statement that begins or ends something. */
  function recorded(statement: Sqlite.Statement, sql: string): Sqlite.Statement {
    const run = statement.run.bind(statement);
    return Object.assign(statement, {
      run: (...values: unknown[]) => {
        if (/^(BEGIN|COMMIT|ROLLBACK$)/.test(sql)) commits.push(sql);
        return run(...values);
      },
    });
  }

  const say = (word: string, keep = true): Promise<string> =>
    queue.run(() => {
      db.exec(`INSERT INTO word VALUES ('${word}')`);
      return { value: word, keep };
    });
  const words = (): unknown[] => db.prepare('SELECT word FROM word ORDER BY rowid').pluck().all();

  it('answers what the work answered', async () => {
    assert.equal(await say('a'), 'a');
    assert.deepEqual(commits, ['BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('shares a transaction among what came in the same turn', async () => {
    assert.deepEqual(await Promise.all([say('a'), say('b'), say('c')]), ['a', 'b', 'c']);
    assert.deepEqual(commits, ['BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('does not share more than some milliseconds of work', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, at) => say(`${at}`)));
    assert.equal(commits.length, 6);
    await Promise.all([1, 2, 3].map((at) => queue.run(() => ({ value: at, keep: true }), 1000)));
    assert.equal(commits.length, 12);
  });

  it('takes back what is not to be kept, alone and among others', async () => {
    await say('a', false);
    assert.deepEqual(commits, ['BEGIN IMMEDIATE', 'ROLLBACK']);
    await Promise.all([say('b'), say('c', false), say('d')]);
    assert.deepEqual(words(), ['b', 'd']);
  });

  it('fails who failed, and nobody else', async () => {
    await assert.rejects(say("it's"), /syntax error/);
    const results = await Promise.allSettled([say('a'), say('a'), say('b')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(words(), ['a', 'b']);
  });

  it('fails all when the transaction itself is lost', async () => {
    const lose = queue.run(() => {
      db.exec('ROLLBACK');
      throw new Error('the disk is full');
    });
    const results = await Promise.allSettled([say('a'), lose, say('b')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.deepEqual(words(), []);
    assert.equal(await say('c'), 'c');
  });

  it('waits for another process without stopping the event loop', async () => {
    const other = openDatabase(path('queue.db'), 'normal');
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const pending = Promise.all([say('a'), say('b')]);
    while (turns < 3) {
      await new Promise(setImmediate);
      turns++;
    }
    other.exec('COMMIT');
    other.close();
    assert.deepEqual(await pending, ['a', 'b']);
  });

  it('gives up on a database that stays busy, and says so', async () => {
    const other = openDatabase(path('queue.db'), 'normal');
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(say('a'), (error) => error instanceof Refusal && error.code === 'busy');
    other.exec('COMMIT');
    other.close();
    assert.equal(await say('b'), 'b');
  });

  it('refuses what a full disk does not take, keeps what was there, and goes on when there is room', async () => {
    await say('a');
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${pages}`);
    const isFull = (error: unknown): boolean => error instanceof Refusal && error.code === 'disk-full';
    const long = 'b'.repeat(100_000);
    await assert.rejects(say(long), isFull);
    const together = await Promise.allSettled([say(long), say(`${long}c`)]);
    assert.deepEqual(
      together.map((result) => result.status === 'rejected' && isFull(result.reason)),
      [true, true],
    );
    assert.equal(fullDisks > 1, true);
    assert.deepEqual(words(), ['a']);
    db.pragma('max_page_count = 1000000');
    await say(long);
    assert.deepEqual(words(), ['a', long]);
  });

  it('refuses to begin on a closed database', async () => {
    db.close();
    await assert.rejects(say('a'), /not open/);
  });

  it('is drained when everything queued is answered', async () => {
    let answered = 0;
    for (let at = 0; at < 300; at++) void say(`${at}`).then(() => answered++);
    await queue.drained();
    assert.equal(answered, 300);
    await queue.drained();
  });
});
