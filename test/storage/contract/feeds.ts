import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import { id } from '../../../src/core/ids.ts';
import {
  anna,
  at,
  boris,
  home,
  nobody,
  noon,
  nowhere,
  type StorageFactory,
  useWorld,
  work,
} from './fixture.ts';

const hash = Buffer.from('hash of a token');

const add = (more: Partial<Extract<Change, { do: 'add-link' }>> = {}): Change => ({
  do: 'add-link',
  id: id(501),
  principal: anna,
  target: work,
  label: 'phone',
  detail: 'full',
  window: 'all',
  alarms: true,
  expires: null,
  hash,
  ...more,
});

export function feedContract(factory: StorageFactory): void {
  describe('feed links', () => {
    const world = useWorld(factory);
    const refused = async (change: Change): Promise<string> => {
      const result = await world.attempt(change);
      return result.ok ? 'done' : result.reason;
    };

    it('are found by hash, person and calendar', async () => {
      await world.done(
        add({ detail: 'busy', window: { monthsBack: 1, monthsAhead: 2 }, alarms: false, expires: at(9) }),
        add({ id: id(502), target: 'favourites', hash: Buffer.from('2') }),
        add({ id: id(503), principal: boris, hash: Buffer.from('3') }),
      );
      assert.deepEqual(await world.storage.linkByHash(hash), {
        id: 501,
        principal: anna,
        target: work,
        label: 'phone',
        detail: 'busy',
        window: { monthsBack: 1, monthsAhead: 2 },
        alarms: false,
        expires: at(9),
        token: null,
        language: null,
        look: null,
        created: noon,
        lastUsed: null,
        lastProgram: null,
        useCount: 0,
      });
      assert.equal((await world.storage.linkByHash(Buffer.from('2')))?.target, 'favourites');
      assert.equal(await world.storage.linkByHash(Buffer.from('4')), undefined);
      const ids = async (filter: Parameters<typeof world.storage.links>[0]) =>
        (await world.storage.links(filter)).map((link) => Number(link.id));
      assert.deepEqual(await ids({}), [501, 502, 503]);
      assert.deepEqual(await ids({ principal: anna }), [501, 502]);
      assert.deepEqual(await ids({ calendar: work }), [501, 503]);
      assert.deepEqual(await ids({ principal: anna, calendar: work }), [501]);
      assert.deepEqual(await ids({ calendar: home }), []);
    });

    it('are changed and reset', async () => {
      await world.done(add({ token: 'sealed' }));
      assert.equal((await world.storage.linkByHash(hash))?.token, 'sealed');
      const newHash = Buffer.from('new');
      await world.done({
        do: 'patch-link',
        id: id(501),
        patch: {
          label: 'tablet',
          detail: 'titles',
          window: { monthsBack: 0, monthsAhead: 0 },
          alarms: false,
          expires: at(1),
          hash: newHash,
          token: null,
          language: 'sv',
        },
      });
      assert.equal(await world.storage.linkByHash(hash), undefined);
      const link = await world.storage.linkByHash(newHash);
      assert.deepEqual(
        [link?.label, link?.detail, link?.window, link?.alarms, link?.expires, link?.token, link?.language],
        ['tablet', 'titles', { monthsBack: 0, monthsAhead: 0 }, false, at(1), null, 'sv'],
      );
      await world.done(
        { do: 'patch-link', id: id(501), patch: { expires: null } },
        { do: 'patch-link', id: id(501), patch: {} },
      );
      assert.equal((await world.storage.linkByHash(newHash))?.expires, null);
      for (const look of [
        { mark: 'one', since: null, changeCount: 0 },
        { mark: 'other', since: at(2), changeCount: 1 },
      ]) {
        await world.done({ do: 'patch-link', id: id(501), patch: { look } });
        assert.deepEqual((await world.storage.linkByHash(newHash))?.look, look);
      }
      await world.done(add({ id: id(502) }));
      assert.equal(await refused({ do: 'patch-link', id: id(502), patch: { hash: newHash } }), 'name-in-use');
      assert.equal(await refused({ do: 'patch-link', id: id(509), patch: {} }), 'missing');
    });

    it('are refused without person, calendar or a hash of their own', async () => {
      await world.done(add());
      assert.equal(await refused(add({ id: id(502) })), 'name-in-use');
      assert.equal(await refused(add({ id: id(502), principal: nobody, hash: Buffer.from('2') })), 'missing');
      assert.equal(await refused(add({ id: id(502), target: nowhere, hash: Buffer.from('2') })), 'missing');
    });

    it('are deleted', async () => {
      await world.done(add());
      await world.done({ do: 'delete-link', id: id(501) });
      assert.deepEqual(await world.storage.links({}), []);
      assert.equal(await refused({ do: 'delete-link', id: id(501) }), 'missing');
    });
  });
}
