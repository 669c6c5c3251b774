import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import type { CalendarId, PrincipalId } from '../../../src/core/ids.ts';
import { anna, boris, home, object, put, remove, type StorageFactory, useWorld, work } from './fixture.ts';

export function creatorContract(factory: StorageFactory): void {
  describe('the creator of an object', () => {
    const world = useWorld(factory);
    const creator = async (name: string, calendar: CalendarId = work): Promise<PrincipalId | undefined> => {
      const uid = `uid-of-${name}`;
      return (await world.storage.creators(calendar, [uid])).get(uid);
    };
    const as = async (actor: PrincipalId | null, ...changes: Change[]): Promise<void> => {
      assert.ok((await world.storage.commit({ actor, changes })).ok);
    };
    const move = (name: string, to: CalendarId = home, newName = name): Change => ({
      do: 'move',
      from: work,
      name,
      to,
      newName,
      expect: 'present',
      overwrite: false,
    });
    const putOf = (creator: PrincipalId | null, name: string, bytes = Buffer.from(name)): Change => ({
      do: 'put',
      calendar: work,
      object: object(name, { bytes }),
      expect: 'anything',
      creator,
    });

    it('is whoever made the change set, and nobody of what the system makes', async () => {
      await as(boris, put(work, object('a.ics')));
      await as(null, put(work, object('b.ics')));
      assert.deepEqual([await creator('a.ics'), await creator('b.ics')], [boris, undefined]);
    });

    it('stays when others change, rename or move the object', async () => {
      await as(boris, put(work, object('a.ics')));
      await as(anna, put(work, object('a.ics', { bytes: Buffer.from('other') })));
      assert.equal(await creator('a.ics'), boris);
      await as(anna, move('a.ics', work, 'z.ics'));
      assert.equal(await creator('a.ics'), boris);
      await as(anna, move('z.ics', home, 'a.ics'));
      assert.equal(await creator('a.ics', home), boris);
    });

    it('stays through the trash, with one object and with the whole calendar', async () => {
      await as(boris, put(work, object('a.ics')));
      await as(anna, remove(work, 'a.ics'));
      assert.equal(await creator('a.ics'), undefined);
      const restore = async (): Promise<void> => {
        for await (const [item] of world.storage.trash(anna)) {
          assert.ok(item);
          await as(anna, { do: 'restore', item: item.id });
        }
      };
      await restore();
      assert.equal(await creator('a.ics'), boris);
      await as(anna, { do: 'delete-calendar', calendar: work });
      await restore();
      assert.equal(await creator('a.ics'), boris);
    });

    it('is whoever brings it to another calendar, where nobody knows whose it is', async () => {
      await as(null, put(work, object('a.ics')));
      await as(boris, move('a.ics'));
      assert.equal(await creator('a.ics', home), boris);
    });

    it('can be told with what is put, and is no matter where the object is there already', async () => {
      await as(anna, putOf(boris, 'a.ics'), putOf(null, 'b.ics'));
      await as(boris, putOf(boris, 'b.ics', Buffer.from('x')));
      assert.deepEqual([await creator('a.ics'), await creator('b.ics')], [boris, undefined]);
    });

    it('is asked for many at once, and of one calendar only', async () => {
      await as(boris, put(work, object('a.ics')), put(work, object('b.ics')), put(home, object('c.ics')));
      const uids = ['uid-of-a.ics', 'uid-of-b.ics', 'uid-of-c.ics', "no'such"];
      assert.deepEqual([...(await world.storage.creators(work, uids)).keys()].sort(), uids.slice(0, 2));
      assert.equal((await world.storage.creators(work, [])).size, 0);
    });
  });
}
