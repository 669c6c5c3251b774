import assert from 'node:assert/strict';
import type { TrashItem } from '../../../src/core/calendar.ts';
import { etag, id, type PrincipalId, uid } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  anna,
  at,
  boris,
  calendar,
  complete,
  days,
  flat,
  home,
  maxHomeBytes,
  noon,
  object,
  put,
  range,
  remove,
  type StorageFactory,
  team,
  teamPlan,
  text,
  useWorld,
  work,
} from './fixture.ts';

export function trashContract(factory: StorageFactory): void {
  describe('the trash', () => {
    const world = useWorld(factory);
    const items = (home: PrincipalId = anna): Promise<TrashItem[]> => flat(world.storage.trash(home));
    const newest = async (): Promise<TrashItem> => {
      const [item] = await items();
      assert.ok(item);
      return item;
    };

    it('lists what was deleted, newest first', async () => {
      await world.done(put(work, object('a.ics')), put(work, object('b.ics')));
      await world.done(remove(work, 'a.ics'));
      world.clock.advance(1000);
      await world.storage.commit({ actor: null, changes: [remove(work, 'b.ics')] });
      const [b, a] = await items();
      assert.deepEqual(a, {
        id: a?.id,
        home: anna,
        calendar: work,
        calendarName: 'work',
        nameInHome: 'work',
        objectName: 'a.ics',
        uid: 'uid-of-a.ics',
        deleted: noon,
        deletedBy: anna,
      });
      assert.deepEqual([b?.objectName, b?.deleted, b?.deletedBy], ['b.ics', noon + 1000, null]);
      assert.deepEqual(await items(boris), []);
    });

    it('comes in pages', async () => {
      const names = Array.from({ length: 300 }, (_, at) => `${at}.ics`);
      await world.done(...names.map((name) => put(work, object(name))));
      await world.done(...names.map((name) => remove(work, name)));
      assert.deepEqual(
        (await items()).map(({ objectName }) => objectName),
        names.toReversed(),
      );
    });

    it('does not count against the quota', async () => {
      await world.done(put(work, object('a.ics', { bytes: Buffer.alloc(100) })));
      await world.done(remove(work, 'a.ics'));
      assert.equal(await world.storage.usedBytes(anna), 0);
    });

    it('gives back an object with everything it had', async () => {
      const index = complete(days(0), days(7), days(30, 60));
      await world.done(put(work, object('a.ics', { index, zoneDependent: true, classification: 'private' })));
      const before = await world.storage.object(work, 'a.ics');
      assert.ok(before);
      const holder = { on: 'object', id: before.id } as const;
      await world.done({ do: 'set-property', holder, name: '{x}p', xml: '<p/>' });
      await world.done({
        do: 'personal-copy',
        principal: boris,
        object: before.id,
        over: before.etag,
        copy: { etag: etag('"own"'), bytes: Buffer.from('own'), plain: true },
      });
      await world.done(remove(work, 'a.ics'));
      world.clock.advance(5000);
      assert.deepEqual(await world.done({ do: 'restore', item: (await newest()).id }), [true]);
      assert.deepEqual(await world.storage.object(work, 'a.ics'), { ...before, modseq: 5 });
      assert.equal((await world.storage.head(work, 'a.ics', boris))?.etag, '"own"');
      assert.equal((await world.storage.properties(holder)).size, 1);
      assert.equal(
        await world.storage.has({ calendar: work, select: { by: 'indexed', range: range(40, 41) } }),
        true,
      );
      assert.equal(await world.storage.usedBytes(anna), before.sizeBytes);
      assert.deepEqual(await items(), []);
      const changes = await flat(world.storage.changes(work, 4));
      assert.deepEqual(changes, [{ modseq: 5, name: 'a.ics', gone: false, etag: before.etag }]);
    });

    it('gives back under another name where the old one is taken, but never a UID twice', async () => {
      await world.done(put(work, object('a.ics')));
      await world.done(remove(work, 'a.ics'), put(work, object('a.ics', { uid: uid('new') })));
      const { id: item } = await newest();
      assert.deepEqual(await world.attempt({ do: 'restore', item }), {
        ok: false,
        change: 0,
        reason: 'name-in-use',
      });
      await world.done(put(work, object('twin.ics', { uid: uid('uid-of-a.ics') })));
      assert.deepEqual(await world.attempt({ do: 'restore', item, newName: 'b.ics' }), {
        ok: false,
        change: 0,
        reason: 'uid-in-use',
        name: 'twin.ics',
      });
      await world.done(remove(work, 'twin.ics'), { do: 'restore', item, newName: 'b.ics' });
      assert.equal((await world.storage.head(work, 'b.ics'))?.uid, 'uid-of-a.ics');
    });

    it('refuses what is not there, what exceeds the quota, and a calendar that is gone', async () => {
      assert.deepEqual(await world.attempt({ do: 'restore', item: id(1) }), {
        ok: false,
        change: 0,
        reason: 'missing',
      });
      await world.done(put(work, object('a.ics', { bytes: Buffer.alloc(100) })));
      await world.done(
        remove(work, 'a.ics'),
        put(home, object('b.ics', { bytes: Buffer.alloc(maxHomeBytes - 50) })),
      );
      const { id: item } = await newest();
      assert.deepEqual(await world.attempt({ do: 'restore', item }), {
        ok: false,
        change: 0,
        reason: 'quota-exceeded',
      });
      await world.done({ do: 'delete-calendar', calendar: work });
      assert.deepEqual(await world.attempt({ do: 'restore', item }), {
        ok: false,
        change: 0,
        reason: 'missing',
      });
    });

    describe('of calendars', () => {
      beforeEach(async () => {
        await world.done(
          put(work, object('a.ics')),
          { do: 'grant', calendar: work, grantee: boris, level: 'read' },
          { do: 'view', principal: boris, calendar: work, patch: { favourite: true } },
        );
        await world.done({ do: 'delete-calendar', calendar: work });
      });

      it('hides everything in them from every read', async () => {
        const { storage } = world;
        const query = { calendar: work, select: { by: 'all' } } as const;
        assert.equal(await storage.calendar(work), undefined);
        assert.equal(await storage.calendarByName(anna, 'work'), undefined);
        assert.deepEqual(
          (await storage.calendarsOf(anna)).map(({ name }) => name),
          ['home'],
        );
        assert.deepEqual(await storage.visibleTo(boris, []), []);
        assert.equal(await storage.object(work, 'a.ics'), undefined);
        assert.equal(await storage.head(work, 'a.ics', boris), undefined);
        assert.deepEqual(await flat(storage.objects(query)), []);
        assert.equal(await storage.has(query), false);
        assert.equal(await text(storage.rows(query, { head: '', tag: '', tail: '' })), '');
        assert.equal(await storage.objectCount(work), 0);
        assert.deepEqual(await flat(storage.busy(work, range(-1, 1))), []);
        assert.equal(await storage.usedBytes(anna), 0);
        for (const change of [
          put(work, object('b.ics')),
          remove(work, 'a.ics'),
          { do: 'patch-calendar', calendar: work, patch: {} },
          { do: 'grant', calendar: work, grantee: boris, level: null },
          { do: 'view', principal: boris, calendar: work, patch: {} },
          { do: 'delete-calendar', calendar: work },
        ] as const) {
          const result = await world.attempt(change);
          assert.deepEqual(result, { ok: false, change: 0, reason: 'missing' }, change.do);
        }
      });

      it('gives them back whole', async () => {
        const item = await newest();
        assert.deepEqual([item.objectName, item.uid, item.calendarName], [null, null, 'work']);
        assert.deepEqual(await world.done({ do: 'restore', item: item.id }), [true]);
        assert.equal((await world.storage.calendarByName(anna, 'work'))?.id, work);
        assert.equal((await world.storage.head(work, 'a.ics'))?.etag, '"a.ics-1"');
        assert.equal((await world.storage.visibleTo(boris, []))[0]?.granted, 'read');
        assert.equal(await world.storage.objectCount(work), 1);
        assert.ok(((await world.storage.calendar(work))?.modseq ?? 0) > 2);
      });

      it('frees the name, and gives back under another where it is taken', async () => {
        await world.done({ do: 'create-calendar', calendar: calendar(id(250), anna, 'work') });
        const { id: item } = await newest();
        assert.deepEqual(await world.attempt({ do: 'restore', item }), {
          ok: false,
          change: 0,
          reason: 'name-in-use',
        });
        await world.done({ do: 'restore', item, newName: 'work-2' });
        assert.equal((await world.storage.calendarByName(anna, 'work-2'))?.id, work);
      });

      it('refuses them when they exceed the quota', async () => {
        await world.done(put(home, object('b.ics', { bytes: Buffer.alloc(maxHomeBytes) })));
        const { id: item } = await newest();
        assert.deepEqual(await world.attempt({ do: 'restore', item }), {
          ok: false,
          change: 0,
          reason: 'quota-exceeded',
        });
      });
    });

    it('keeps of an object no more than it is told to, or nothing', async () => {
      const holder = { on: 'object', id: id(1) } as const;
      await world.done(
        put(work, object('a.ics', { bytes: Buffer.alloc(100, 'a') })),
        put(work, object('b.ics')),
      );
      const before = await world.storage.object(work, 'a.ics');
      assert.ok(before);
      await world.done({
        do: 'set-property',
        holder: { ...holder, id: before.id },
        name: '{x}p',
        xml: '<p/>',
      });
      await world.done(remove(work, 'a.ics'), remove(work, 'b.ics'));
      const [b, a] = await items();
      assert.ok(a && b);
      const less = object('a.ics', {
        bytes: Buffer.from('less'),
        etag: etag('less'),
        classification: 'private',
      });
      await world.done(
        { do: 'reduce-trashed', item: a.id, object: less },
        { do: 'reduce-trashed', item: b.id, object: null },
      );
      assert.deepEqual(await items(), [a]);
      assert.equal(Buffer.from((await world.storage.trashBytes(a.id)) ?? []).toString(), 'less');
      await world.done({ do: 'restore', item: a.id });
      const after = await world.storage.object(work, 'a.ics');
      assert.deepEqual([after?.etag, after?.sizeBytes, after?.classification], ['less', 4, 'private']);
      assert.equal(await world.storage.usedBytes(anna), 4);
      assert.equal((await world.attempt({ do: 'reduce-trashed', item: a.id, object: null })).ok, false);
    });

    describe('purge', () => {
      it('removes what is older, at once and for good', async () => {
        await world.done(put(work, object('a.ics')), put(work, object('b.ics')), put(home, object('c.ics')));
        await world.done(remove(work, 'a.ics'), { do: 'delete-calendar', calendar: home });
        const old = await items();
        world.clock.advance(1000);
        await world.done(remove(work, 'b.ics'));
        await world.done({ do: 'purge-trash', before: instant(noon + 1000), home: anna });
        assert.deepEqual(
          (await items()).map(({ objectName }) => objectName),
          ['b.ics'],
        );
        for (const { id: item } of old) {
          assert.deepEqual(await world.attempt({ do: 'restore', item }), {
            ok: false,
            change: 0,
            reason: 'missing',
          });
        }
        await world.storage.tidy({ before: at(-1), keepChanges: 1000 });
        assert.equal((await items()).length, 1);
      });

      it('covers nothing that is deleted after it, not even within the same millisecond', async () => {
        await world.done(put(work, object('a.ics')), put(work, object('b.ics')));
        await world.done(remove(work, 'a.ics'), { do: 'purge-trash', before: instant(Infinity), home: anna });
        await world.done(remove(work, 'b.ics'));
        await world.storage.tidy({ before: at(-1), keepChanges: 1000 });
        assert.deepEqual(
          (await items()).map(({ objectName }) => objectName),
          ['b.ics'],
        );
      });

      it('of nothing is nothing', async () => {
        await world.done(put(work, object('a.ics')));
        await world.done(remove(work, 'a.ics'), { do: 'purge-trash', before: instant(-Infinity) });
        assert.equal((await items()).length, 1);
      });

      it('of all homes covers each', async () => {
        await world.done(put(work, object('a.ics')), put(teamPlan, object('b.ics')));
        await world.done(remove(work, 'a.ics'), remove(teamPlan, 'b.ics'));
        assert.equal((await items(team)).length, 1);
        await world.done({ do: 'purge-trash', before: instant(noon + 1) });
        assert.deepEqual([...(await items()), ...(await items(team))], []);
      });

      it('clears large calendars in the background', async () => {
        await world.done(...Array.from({ length: 700 }, (_, at) => put(work, object(`${at}.ics`))));
        await world.done({ do: 'delete-calendar', calendar: work });
        await world.done({ do: 'purge-trash', before: at(1), home: anna });
        assert.deepEqual(await items(), []);
        await world.storage.tidy({ before: at(-1), keepChanges: 1000 });
        await world.done({ do: 'create-calendar', calendar: calendar(work, anna, 'work') });
        assert.deepEqual(await flat(world.storage.heads({ calendar: work, select: { by: 'all' } })), []);
      });
    });

    it('makes room for the newest when it holds as much as a home may', async () => {
      const bytes = Buffer.alloc(maxHomeBytes * 0.4);
      for (const name of ['a.ics', 'b.ics', 'c.ics']) {
        await world.done(put(work, object(name, { bytes })));
        await world.done(remove(work, name));
        world.clock.advance(1);
      }
      assert.deepEqual(
        (await items()).map(({ objectName }) => objectName),
        ['c.ics', 'b.ics'],
      );
      await world.done(put(home, object('d.ics', { bytes })), put(home, object('e.ics', { bytes })));
      await world.done({ do: 'delete-calendar', calendar: home });
      assert.deepEqual(
        (await items()).map(({ calendarName }) => calendarName),
        ['home'],
      );
    });
  });
}
