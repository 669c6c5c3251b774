import assert from 'node:assert/strict';
import type { Change, PropertyHolder } from '../../../src/core/change-set.ts';
import { etag, id } from '../../../src/core/ids.ts';
import {
  anna,
  boris,
  home,
  nowhere,
  object,
  put,
  remove,
  type StorageFactory,
  useWorld,
  work,
} from './fixture.ts';

const set = (holder: PropertyHolder, name: string, xml: string | null): Change => ({
  do: 'set-property',
  holder,
  name,
  xml,
});

export function propertyContract(factory: StorageFactory): void {
  describe('dead properties', () => {
    const world = useWorld(factory);
    const all = async (holder: PropertyHolder) => Object.fromEntries(await world.storage.properties(holder));
    const onWork = { on: 'calendar', id: work, person: null } as const;

    const holders = async (): Promise<PropertyHolder[]> => {
      await world.done(put(work, object('a.ics')), {
        do: 'make-collection',
        id: id(401),
        home: anna,
        parent: null,
        name: '',
      });
      const head = await world.storage.head(work, 'a.ics');
      return [
        onWork,
        { on: 'calendar', id: work, person: boris },
        { on: 'object', id: head?.id ?? id(1) },
        { on: 'principal', id: anna },
        { on: 'home', id: anna },
        { on: 'file', id: id(401) },
      ];
    };

    it('hang on every kind of thing, each apart', async () => {
      const all6 = await holders();
      for (const [at, holder] of all6.entries()) await world.done(set(holder, '{x}p', `<p>${at}</p>`));
      for (const [at, holder] of all6.entries())
        assert.deepEqual(await all(holder), { '{x}p': `<p>${at}</p>` });
    });

    it('are replaced and removed by name', async () => {
      await world.done(set(onWork, '{x}p', '<a/>'), set(onWork, '{x}q', '<b/>'));
      await world.done(set(onWork, '{x}p', '<c/>'), set(onWork, '{x}q', null), set(onWork, '{x}r', null));
      assert.deepEqual(await all(onWork), { '{x}p': '<c/>' });
    });

    it('are refused where there is nothing to hang on', async () => {
      for (const holder of await holders()) {
        const absent: PropertyHolder = { ...holder, id: id<never>(999) };
        const result = await world.attempt(set(absent, '{x}p', '<p/>'));
        assert.deepEqual(result, { ok: false, change: 0, reason: 'missing' }, holder.on);
      }
    });

    it('of everybody move the calendar on, those of one person do not', async () => {
      const modseq = async () => (await world.storage.calendar(work))?.modseq;
      await world.done(set({ ...onWork, person: boris }, '{x}p', '<p/>'));
      assert.equal(await modseq(), 1);
      await world.done(set(onWork, '{x}p', '<p/>'));
      assert.equal(await modseq(), 2);
    });

    it('that are not there and are removed leave the calendar where it is', async () => {
      const modseq = async () => (await world.storage.calendar(work))?.modseq;
      await world.done(set(onWork, '{x}p', null));
      assert.equal(await modseq(), 1);
      await world.done(set(onWork, '{x}p', '<p/>'));
      await world.done(set(onWork, '{x}p', null));
      assert.equal(await modseq(), 3);
    });

    it('are copied in the place of all that is there', async () => {
      const onHome = { on: 'calendar', id: home, person: null } as const;
      await world.done(set(onWork, '{x}p', '<p/>'), set(onWork, '{x}q', '<q/>'), set(onHome, '{x}r', '<r/>'));
      await world.done({ do: 'copy-properties', from: onWork, to: onHome });
      assert.deepEqual(await all(onHome), { '{x}p': '<p/>', '{x}q': '<q/>' });
      assert.deepEqual(
        await world.attempt({ do: 'copy-properties', from: onWork, to: { ...onWork, id: nowhere } }),
        {
          ok: false,
          change: 0,
          reason: 'missing',
        },
      );
    });

    it('do not pass to another object of the same name', async () => {
      await world.done(put(work, object('a.ics')));
      const head = await world.storage.head(work, 'a.ics');
      assert.ok(head);
      await world.done(set({ on: 'object', id: head.id }, '{x}p', '<p/>'));
      await world.done(put(work, object('a.ics', { version: 2 })));
      assert.deepEqual(await all({ on: 'object', id: head.id }), { '{x}p': '<p/>' });
      await world.done(remove(work, 'a.ics', { etag: etag('"a.ics-2"') }), put(work, object('a.ics')));
      const next = await world.storage.head(work, 'a.ics');
      assert.deepEqual(await all({ on: 'object', id: next?.id ?? id(1) }), {});
    });
  });
}
