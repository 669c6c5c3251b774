import assert from 'node:assert/strict';
import type { Level } from '../../src/portal/api.ts';
import { type Browser, event, useWorld } from './world.ts';

const hers = 'POST /calendars/{id}/events' as const;
const one = 'GET /calendars/{id}/events/{uid}' as const;
const change = 'PATCH /calendars/{id}/events/{uid}' as const;
const remove = 'DELETE /calendars/{id}/events/{uid}' as const;

describe('events of one’s own in a shared calendar', () => {
  const world = useWorld();
  let anna: Browser;
  let boris: Browser;
  let id: string;
  let annas: string;
  let own: string;

  const share = async (level: Level): Promise<void> => {
    const body = { who: String(world.now.boris.id), level };
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body });
  };
  const opened = async (uid: string, who = boris) => await who.ok(one, { path: { id, uid } });

  before(async () => {
    anna = await world.now.signedIn('anna');
    boris = await world.now.signedIn('boris');
    ({ id } = await anna.ok('POST /calendars', { body: { name: 'Rota' } }));
    ({ uid: annas } = await anna.ok(hers, { path: { id }, body: event() }));
  });
  beforeEach(async () => {
    await share('contribute');
    ({ uid: own } = await boris.ok(hers, { path: { id }, body: event({ title: 'Own' }) }));
  });

  it('are told from those of others, one by one and in the month', async () => {
    const calendar = await boris.ok('GET /calendars/{id}', { path: { id } });
    assert.deepEqual([calendar.level, calendar.canEdit, calendar.canShare], ['contribute', true, false]);
    for (const [level, uid, readOnly, canDelete] of [
      ['read', annas, true, false],
      ['read', own, true, false],
      ['contribute', annas, true, false],
      ['contribute', own, false, true],
      ['revise', annas, false, false],
      ['revise', own, false, true],
      ['edit', annas, false, true],
    ] as const) {
      await share(level);
      const detail = await opened(uid);
      assert.deepEqual([detail.readOnly, detail.canDelete], [readOnly, canDelete], `${level} ${uid === own}`);
      const [from, to] = [
        detail.local.start.slice(0, 8) + '01',
        `${Number(detail.local.start.slice(0, 4)) + 1}-01-01`,
      ];
      const { occurrences } = await boris.ok('GET /events', { query: { from, to, calendars: id } });
      const drawn = occurrences.find((item) => item.uid === uid);
      assert.equal(drawn?.readOnly, readOnly, `${level} ${uid === own}`);
      assert.equal(drawn?.canDelete, readOnly || canDelete ? undefined : false, `${level} ${uid === own}`);
    }
  });

  it('are changed and deleted, and taken back; those of others are refused', async () => {
    const changed = await boris.ok(change, {
      path: { id, uid: own },
      body: { title: 'Changed' },
      ifMatch: (await opened(own)).etag,
    });
    await boris.ok('POST /undo/{undo}', { path: { undo: changed.undo ?? '' } });
    const { etag, title } = await opened(own);
    assert.equal(title, 'Own');
    const gone = await boris.ok(remove, { path: { id, uid: own }, ifMatch: etag });
    await boris.ok('POST /undo/{undo}', { path: { undo: gone.undo ?? '' } });
    await boris.ok(remove, { path: { id, uid: own }, ifMatch: (await opened(own)).etag });

    const ifMatch = (await opened(annas)).etag;
    const path = { id, uid: annas };
    assert.equal((await boris.refused(change, { path, body: { title: 'His' }, ifMatch })).status, 403);
    assert.equal((await boris.refused(remove, { path, ifMatch })).status, 403);
    await share('revise');
    const revised = await boris.ok(change, { path, body: { title: 'Revised' }, ifMatch });
    assert.equal((await boris.refused(remove, { path, ifMatch: revised.etag ?? '' })).status, 403);
  });

  it('are one’s own to see and to change when they are private, too', async () => {
    const body = event({ title: 'Secret', privacy: 'private' });
    const { uid } = await boris.ok(hers, { path: { id }, body });
    for (const level of ['contribute', 'edit'] as const) {
      await share(level);
      const { title, readOnly, canDelete, local } = await opened(uid);
      assert.deepEqual([title, readOnly, canDelete], ['Secret', false, true], level);
      const query = {
        from: local.start.slice(0, 10),
        to: `${Number(local.start.slice(0, 4)) + 1}-01-01`,
        calendars: id,
      };
      const { occurrences } = await boris.ok('GET /events', { query });
      const found = occurrences.find((item) => item.uid === uid);
      assert.deepEqual([found?.title, found?.readOnly], ['Secret', false], level);
    }
  });

  it('are still one’s own when the owner has deleted them and taken that back', async () => {
    const gone = await anna.ok(remove, { path: { id, uid: own }, ifMatch: (await opened(own, anna)).etag });
    await anna.ok('POST /undo/{undo}', { path: { undo: gone.undo ?? '' } });
    assert.equal((await opened(own)).readOnly, false);
  });
});
