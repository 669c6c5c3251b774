import assert from 'node:assert/strict';
import type { CalendarChange } from '../../../src/core/calendar.ts';
import type { CommitResult } from '../../../src/core/change-set.ts';
import {
  at,
  flat,
  home,
  nowhere,
  object,
  put,
  remove,
  type StorageFactory,
  useWorld,
  work,
} from './fixture.ts';

export function changeContract(factory: StorageFactory): void {
  describe('the sync log', () => {
    const world = useWorld(factory);
    const since = (modseq: number): Promise<CalendarChange[]> => flat(world.storage.changes(work, modseq));
    const modseq = async (): Promise<number> => (await world.storage.calendar(work))?.modseq ?? 0;

    it('counts each change of a calendar by one', async () => {
      assert.equal(await modseq(), 1);
      await world.done(put(work, object('a.ics')), put(work, object('b.ics')));
      assert.equal(await modseq(), 3);
      await world.done(remove(work, 'a.ics'));
      assert.equal(await modseq(), 4);
      await world.done({ do: 'patch-calendar', calendar: work, patch: { color: '#FF0000FF' } });
      assert.equal(await modseq(), 5);
      assert.equal((await world.storage.calendar(home))?.modseq, 1);
    });

    it('lets a set wait for nothing but a calendar that is as somebody knows it', async () => {
      const commit = (seen: number, name: string): Promise<CommitResult> =>
        world.storage.commit({
          actor: null,
          changes: [put(work, object(name))],
          unchanged: [{ calendar: work, modseq: seen }],
        });
      const results = await Promise.all([commit(1, 'a.ics'), commit(1, 'b.ics'), commit(7, 'c.ics')]);
      assert.deepEqual(
        results.map((result) => result.ok || result.reason),
        [true, 'moved-on', 'moved-on'],
      );
      assert.equal(await modseq(), 2);
      const gone = [{ calendar: nowhere, modseq: 1 }];
      const result = await world.storage.commit({ actor: null, changes: [], unchanged: gone });
      assert.equal(result.ok, false);
    });

    it('has one line a name, the newest, in order', async () => {
      await world.done(put(work, object('a.ics')), put(work, object('b.ics')), put(work, object('c.ics')));
      await world.done(put(work, object('a.ics', { version: 2 })), remove(work, 'b.ics'));
      await world.done(put(work, object('b.ics', { version: 3 })), remove(work, 'c.ics'));
      assert.deepEqual(await since(0), [
        { modseq: 5, name: 'a.ics', gone: false, etag: '"a.ics-2"' },
        { modseq: 7, name: 'b.ics', gone: false, etag: '"b.ics-3"' },
        { modseq: 8, name: 'c.ics', gone: true },
      ]);
      assert.deepEqual(await since(7), [{ modseq: 8, name: 'c.ics', gone: true }]);
      assert.deepEqual(await since(8), []);
    });

    it('tells of the last of several deletions only', async () => {
      for (const version of [1, 2, 3]) {
        await world.done(put(work, object('a.ics', { version })));
        await world.done(remove(work, 'a.ics'));
      }
      assert.deepEqual(await since(0), [{ modseq: 7, name: 'a.ics', gone: true }]);
    });

    it('is nothing for a calendar that is not there', async () => {
      assert.deepEqual(await flat(world.storage.changes(nowhere, 0)), []);
      await world.done(put(work, object('a.ics')), { do: 'delete-calendar', calendar: work });
      assert.deepEqual(await since(0), []);
    });

    it('comes in pages that skip what is superseded', async () => {
      for (let version = 1; version <= 30; version++) {
        await world.done(
          ...Array.from({ length: 100 }, (_, at) => put(work, object(`${at}.ics`, { version }))),
        );
      }
      const changes = await since(0);
      assert.equal(changes.length, 100);
      assert.equal(changes[0]?.modseq, 2902);
    });

    it('is trimmed by age, but keeps its last lines; the floor tells how far tokens still hold', async () => {
      for (let version = 1; version <= 10; version++) {
        await world.done(put(work, object(`${version}.ics`)));
        world.clock.advance(86_400_000);
      }
      await world.done(remove(work, '2.ics'));
      const floor = async () => (await world.storage.calendar(work))?.changeFloor;
      await world.storage.tidy({ before: at(-1), keepChanges: 0 });
      assert.equal(await floor(), 0);
      await world.storage.tidy({ before: at(3), keepChanges: 0 });
      assert.equal(await floor(), 4);
      assert.deepEqual((await since(4)).length, 8);
      await world.storage.tidy({ before: at(100), keepChanges: 3 });
      assert.equal(await floor(), 9);
      assert.deepEqual(
        (await since(9)).map(({ name }) => name),
        ['9.ics', '10.ics', '2.ics'],
      );
      await world.storage.tidy({ before: at(100), keepChanges: 100 });
      assert.equal(await floor(), 9);
      assert.equal(await modseq(), 12);
    });

    it('trims long logs in steps', async () => {
      const names = Array.from({ length: 2500 }, (_, at) => `${at}.ics`);
      await world.done(...names.map((name) => put(work, object(name))));
      await world.done(...names.map((name) => put(work, object(name, { version: 2 }))));
      await world.storage.tidy({ before: at(1), keepChanges: 10 });
      assert.equal((await world.storage.calendar(work))?.changeFloor, 4991);
      assert.equal((await since(0)).length, 10);
    });
  });
}
