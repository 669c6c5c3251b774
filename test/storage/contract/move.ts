import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import { etag, id, uid } from '../../../src/core/ids.ts';
import {
  anna,
  boris,
  complete,
  days,
  flat,
  home,
  maxHomeBytes,
  nowhere,
  object,
  put,
  range,
  type StorageFactory,
  team,
  teamPlan,
  useWorld,
  work,
} from './fixture.ts';

const move = (more: Partial<Extract<Change, { do: 'move' }>> = {}): Change => ({
  do: 'move',
  from: work,
  name: 'a.ics',
  to: home,
  newName: 'a.ics',
  expect: 'present',
  overwrite: true,
  ...more,
});

export function moveContract(factory: StorageFactory): void {
  describe('move', () => {
    const world = useWorld(factory);
    beforeEach(() => world.done(put(work, object('a.ics'))));

    it('keeps everything but the place, and leaves a trace in both logs', async () => {
      const before = await world.storage.object(work, 'a.ics');
      assert.ok(before);
      const holder = { on: 'object', id: before.id } as const;
      await world.done({ do: 'set-property', holder, name: '{x}p', xml: '<p/>' });
      world.clock.advance(1000);
      assert.deepEqual(await world.done(move({ newName: 'b.ics' })), [true]);
      assert.equal(await world.storage.object(work, 'a.ics'), undefined);
      assert.deepEqual(await world.storage.object(home, 'b.ics'), {
        ...before,
        calendar: home,
        name: 'b.ics',
        modseq: 2,
      });
      assert.deepEqual([...(await world.storage.properties(holder))], [['{x}p', '<p/>']]);
      assert.deepEqual(await flat(world.storage.changes(work, 0)), [
        { modseq: 3, name: 'a.ics', gone: true },
      ]);
      assert.deepEqual(await flat(world.storage.changes(home, 0)), [
        { modseq: 2, name: 'b.ics', gone: false, etag: '"a.ics-1"' },
      ]);
      assert.deepEqual(
        [await world.storage.objectCount(work), await world.storage.objectCount(home)],
        [0, 1],
      );
      assert.deepEqual(await flat(world.storage.trash(anna)), []);
    });

    it('takes the occurrences along, or those of the other zone', async () => {
      const isBusy = (calendar: typeof work, from: number) =>
        world.storage.has({ calendar, select: { by: 'indexed', range: range(from, from + 1) } });
      await world.done(move());
      assert.deepEqual([await isBusy(work, 0), await isBusy(home, 0)], [false, true]);
      await world.done(move({ from: home, to: work, index: complete(days(5)) }));
      assert.deepEqual(
        [await isBusy(work, 0), await isBusy(work, 5), await isBusy(home, 0)],
        [false, true, false],
      );
    });

    it('renames within a calendar', async () => {
      await world.done(move({ to: work, newName: 'b.ics' }));
      assert.deepEqual(await flat(world.storage.changes(work, 0)), [
        { modseq: 3, name: 'a.ics', gone: true },
        { modseq: 4, name: 'b.ics', gone: false, etag: '"a.ics-1"' },
      ]);
      assert.equal(await world.storage.objectCount(work), 1);
    });

    it('onto itself is nothing', async () => {
      assert.deepEqual(await world.done(move({ to: work })), [false]);
      assert.deepEqual(await flat(world.storage.changes(work, 2)), []);
    });

    it('sends what it overwrites to the trash', async () => {
      await world.done(put(home, object('a.ics', { uid: uid('old'), version: 9 })));
      assert.deepEqual(await world.done(move()), [false]);
      assert.equal((await world.storage.head(home, 'a.ics'))?.etag, '"a.ics-1"');
      assert.deepEqual(
        (await flat(world.storage.trash(anna))).map((item) => item.uid),
        ['old'],
      );
      assert.equal(await world.storage.objectCount(home), 1);
      const changed = await flat(world.storage.changes(home, 0));
      assert.deepEqual(
        changed.map(({ name, gone }) => [name, gone]),
        [['a.ics', false]],
      );
    });

    it('overwrites within a calendar, even another version of the same UID elsewhere', async () => {
      await world.done(put(work, object('b.ics')), put(home, object('c.ics', { uid: uid('uid-of-a.ics') })));
      await world.done(move({ to: work, newName: 'b.ics' }));
      assert.equal((await world.storage.head(work, 'b.ics'))?.uid, 'uid-of-a.ics');
      await world.done(move({ name: 'b.ics', newName: 'c.ics' }));
      assert.equal(await world.storage.objectCount(work), 0);
    });

    it('is refused when it may not overwrite, when the UID is there, and when something is missing', async () => {
      await world.done(put(home, object('a.ics', { uid: uid('old') })));
      const refused = async (change: Change) => {
        const result = await world.attempt(change);
        return result.ok ? 'done' : result.reason;
      };
      assert.equal(await refused(move({ overwrite: false })), 'name-in-use');
      assert.equal(await refused(move({ expect: { etag: etag('"x"') } })), 'stale');
      assert.equal(await refused(move({ name: 'b.ics' })), 'stale');
      assert.equal(await refused(move({ name: 'b.ics', expect: 'anything' })), 'missing');
      assert.equal(await refused(move({ from: nowhere })), 'missing');
      assert.equal(await refused(move({ to: nowhere })), 'missing');
      await world.done(put(home, object('b.ics', { uid: uid('uid-of-a.ics') })));
      assert.deepEqual(await world.attempt(move({ newName: 'c.ics' })), {
        ok: false,
        change: 0,
        reason: 'uid-in-use',
        name: 'b.ics',
      });
      assert.equal((await world.storage.head(home, 'a.ics'))?.uid, 'old');
    });

    it('overwrites the same UID only, where that is asked for', async () => {
      await world.done(put(home, object('a.ics', { uid: uid('old') })));
      assert.deepEqual(await world.attempt(move({ keepsUid: true })), {
        ok: false,
        change: 0,
        reason: 'uid-in-use',
        name: 'a.ics',
      });
      await world.done(move({ newName: 'b.ics', keepsUid: true }));
    });

    it('moves the bytes from one quota to the other', async () => {
      const bytes = Buffer.alloc(1000);
      await world.done(put(work, object('a.ics', { bytes })), {
        do: 'personal-copy',
        principal: boris,
        object: (await world.storage.head(work, 'a.ics'))?.id ?? id(1),
        over: etag('"a.ics-1"'),
        copy: { etag: etag('"own"'), bytes: Buffer.from('own'), plain: true },
      });
      await world.done(move({ to: teamPlan }));
      assert.deepEqual([await world.storage.usedBytes(anna), await world.storage.usedBytes(team)], [0, 1000]);
      assert.equal((await world.storage.head(teamPlan, 'a.ics', boris))?.etag, '"own"');
      await world.done(put(work, object('full.ics', { bytes: Buffer.alloc(maxHomeBytes) })));
      assert.deepEqual(await world.attempt(move({ from: teamPlan })), {
        ok: false,
        change: 0,
        reason: 'quota-exceeded',
      });
    });
  });
}
