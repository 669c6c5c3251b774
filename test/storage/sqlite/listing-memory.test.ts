import assert from 'node:assert/strict';
import { type Clock, manualClock } from '../../../src/core/clock.ts';
import type { RowTemplate, Storage } from '../../../src/storage/port.ts';
import { openSqlite } from '../../../src/storage/sqlite/open.ts';
import { type Chunk, ListingMemory } from '../../../src/storage/sqlite/read/listing-memory.ts';
import { anna, boris, makeWorld, noon, object, put, work } from '../contract/fixture.ts';
import { useFolder } from './fixture.ts';

/** Rows of half a kilobyte. */
const template: RowTemplate = { head: '<', tag: 'x'.repeat(500), tail: '>' };
const names = Array.from({ length: 2200 }, (_, at) => `${at}.ics`);

async function listed(storage: Storage, person = anna): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const query = { calendar: work, select: { by: 'all' }, person } as const;
  for await (const chunk of storage.rows(query, template)) chunks.push(chunk);
  return chunks;
}

describe('sqlite listings', () => {
  const path = useFolder();
  const open = (clock: Clock, processNumber = 0): Storage =>
    openSqlite({ file: path('a.db'), clock, processNumber });

  it('are given again without being made, and after a change only the chunk is made in which it is', async () => {
    const { storage, done } = await makeWorld(({ clock }) => open(clock));
    await done(...names.map((name) => put(work, object(name))));
    const first = await listed(storage);
    assert.equal(first.length, 3);
    assert.ok((await listed(storage)).every((chunk, at) => chunk === first[at]));
    assert.ok(
      (await listed(storage, boris)).every((chunk, at) => chunk === first[at]),
      'for another reader',
    );
    await done(put(work, object('1400.ics', { version: 2 })));
    const [one, two, three] = await listed(storage);
    assert.deepEqual([one === first[0], two === first[1], three === first[2]], [true, false, true]);
    assert.match(Buffer.from(two ?? []).toString(), /"1400\.ics-2"/);
    await storage.close();
  });

  it('know of what another process has changed', async () => {
    const { storage: one, done } = await makeWorld(({ clock }) => open(clock));
    await done(...names.map((name) => put(work, object(name))));
    await listed(one);
    const two = open(manualClock(noon + 1000), 1);
    assert.ok((await two.commit({ actor: anna, changes: [put(work, object('3.ics', { version: 2 }))] })).ok);
    assert.match(Buffer.concat(await listed(one)).toString(), /"3\.ics-2"/);
    await Promise.all([one.close(), two.close()]);
  });

  it('leave out of memory what is made as fast, and what was not asked for longest', () => {
    const memory = new ListingMemory(100_000);
    const chunk = (length: number): Chunk => ({
      bytes: new Uint8Array(length),
      rowCount: 1,
      cursor: 1,
      newest: 1,
    });
    const isKept = (key: string): boolean => memory.current(key, 1, () => undefined) !== undefined;
    memory.keep('short', 1, chunk(1000));
    assert.ok(!isKept('short'));
    memory.keep('a', 1, chunk(40_000));
    memory.keep('b', 1, chunk(40_000));
    assert.ok(isKept('a'));
    memory.keep('c', 1, chunk(40_000));
    assert.deepEqual(['a', 'b', 'c'].map(isKept), [true, false, true]);
    memory.keep('too long', 1, chunk(100_001));
    assert.deepEqual(['a', 'c', 'too long'].map(isKept), [true, true, false]);
  });

  it('prove a chunk by what the page holds now where the calendar has changed', () => {
    const memory = new ListingMemory(100_000);
    const state = { rowCount: 3, cursor: 9, newest: 5 };
    const chunk = { bytes: new Uint8Array(40_000), ...state };
    memory.keep('a', 5, chunk);
    assert.equal(
      memory.current('a', 6, () => state),
      chunk,
    );
    assert.equal(
      memory.current('a', 6, () => assert.fail('the counter has proven it')),
      chunk,
    );
    for (const change of [{ rowCount: 2 }, { cursor: 8 }, { newest: 6 }]) {
      memory.keep('a', 5, chunk);
      assert.equal(
        memory.current('a', 7, () => ({ ...state, ...change })),
        undefined,
      );
      assert.equal(
        memory.current('a', 5, () => state),
        undefined,
        'what was wrong once is forgotten',
      );
    }
  });
});
