import assert from 'node:assert/strict';
import { at, object, put, type StorageFactory, useWorld, work } from './fixture.ts';

export function careContract(factory: StorageFactory): void {
  describe('care', () => {
    const world = useWorld(factory);

    it('answers a probe', async () => {
      await assert.doesNotReject(world.storage.probe());
      world.clock.advance(60_000);
      await assert.doesNotReject(world.storage.probe());
      const closed = await factory({ clock: world.clock, maxHomeBytes: 1000 });
      await closed.close();
      await assert.rejects(closed.probe());
    });

    it('names its history', () => {
      assert.match(world.storage.epoch, /^[0-9a-z]{8,}$/);
    });

    it('tidies what is tidy without a change', async () => {
      await world.done(put(work, object('a.ics')));
      const before = await world.storage.calendar(work);
      await world.storage.tidy({ before: at(100), keepChanges: 10_000 });
      assert.deepEqual(await world.storage.calendar(work), before);
    });

    it('closes twice without complaint, and refuses to write afterwards', async () => {
      const other = await factory({ clock: world.clock, maxHomeBytes: 1000 });
      await other.close();
      await other.close();
      await assert.rejects(other.commit({ actor: null, changes: [] }));
    });
  });
}
