/** Servers whose listings are not what they should be: each run ends, nothing is doubled, and nothing is lost. */
import assert from 'node:assert/strict';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import type { ChangePage, RemoteHead } from '../../src/connectors/remote.ts';
import { hourMs } from '../../src/icalendar/time.ts';
import { changedInstance, daily, neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

describe('a listing', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  /** Every page goes through `other` on its way. */
  function pages(other: (page: ChangePage, asked: string | null) => ChangePage | Promise<ChangePage>): void {
    const { changes } = linked.remote;
    Object.assign(linked.remote, {
      changes: async (cursor: string | null, signal: AbortSignal) =>
        await other(await changes(cursor, signal), cursor),
    });
  }

  const requests = (kind: string): number => linked.remote.requests.filter((one) => one === kind).length;

  async function titles(): Promise<readonly string[]> {
    return (await linked.events()).map(({ content }) => content.title).sort();
  }

  it('that tells the same page for ever ends the run, and takes what it tells', async () => {
    linked = await Linked.make();
    linked.remote.put(neutral({ title: 'There' }, { uid: 'one' }));
    const { changes } = linked.remote;
    Object.assign(linked.remote, {
      changes: async (_: unknown, signal: AbortSignal) => ({ ...(await changes(null, signal)), last: false }),
    });
    const { run, failure } = await linked.run();
    assert.deepEqual([run.outcome, failure?.code], ['failed', 'endless-listing']);
    assert.deepEqual(await titles(), ['There']);
    assert.ok(requests('changes') <= 3);
  });

  it('that tells the same page for ever under other cursors ends the run', async () => {
    linked = await Linked.make();
    linked.remote.put(neutral({ title: 'There' }, { uid: 'one' }));
    const { changes } = linked.remote;
    let at = 0;
    Object.assign(linked.remote, {
      changes: async (_: unknown, signal: AbortSignal) => ({
        ...(await changes(null, signal)),
        cursor: `${++at}`,
        last: false,
      }),
    });
    const { failure } = await linked.run();
    assert.equal(failure?.code, 'endless-listing');
    assert.ok(requests('changes') <= 102, String(requests('changes')));
    assert.equal(requests('fetch'), 1);
  });

  it('of everything that fails each time keeps nothing from going out, and is told of', async () => {
    linked = await Linked.make({ rules: { deepCheckHours: 1 } });
    await linked.synced();
    for (const failureClass of ['poison', 'ours', 'transient'] as const) {
      linked.office.clock.advance(2 * hourMs);
      await linked.put(neutral({ title: failureClass }, { uid: failureClass }));
      linked.remote.fault = (kind) => {
        if (kind === 'list') throw new RemoteFailure(failureClass, 'fault', 'the listing fails');
      };
      const { run, failure } = await linked.run();
      assert.deepEqual([run.outcome, failure?.code], ['failed', 'fault']);
      assert.ok([...linked.remote.items.values()].some(({ event }) => event.content.title === failureClass));
    }
    linked.remote.fault = () => undefined;
    const { run } = await linked.run();
    assert.equal(run.outcome, 'ok');
  });

  it('with empty pages on the way is read to its end', async () => {
    linked = await Linked.make({ remote: { pageSize: 1 } });
    for (const uid of ['one', 'two', 'three']) linked.remote.put(neutral({}, { uid }));
    let empty = 0;
    const { changes } = linked.remote;
    Object.assign(linked.remote, {
      changes: async (cursor: string | null, signal: AbortSignal) => {
        const [real, count] = (cursor ?? '').split('#');
        if (Number(count ?? 0) < 30) {
          empty++;
          return { changed: [], removed: [], cursor: `${real}#${Number(count ?? 0) + 1}`, last: false };
        }
        return await changes(real === '' ? null : (real ?? null), signal);
      },
    });
    await linked.synced();
    await linked.assertInStep();
    assert.ok(empty > 60);
  });

  it('whose cursors are never known is begun again once in a run', async () => {
    linked = await Linked.make({ remote: { pageSize: 1 } });
    for (const uid of ['one', 'two', 'three']) linked.remote.put(neutral({ title: uid }, { uid }));
    pages((page, asked) => {
      if (asked !== null) throw new RemoteFailure('state', 'invalid-cursor', 'the cursor is not known');
      return page;
    });
    for (let at = 0; at < 3; at++) {
      linked.remote.requests.length = 0;
      const { failure } = await linked.run();
      assert.deepEqual([failure?.class, requests('changes') <= 4], ['state', true]);
    }
    assert.deepEqual(await titles(), ['one']);
  });

  it('of one page whose cursor is never known is read whole each time, and nothing comes of it', async () => {
    linked = await Linked.make();
    for (const uid of ['one', 'two']) linked.remote.put(neutral({}, { uid }));
    pages((page, asked) => {
      if (asked !== null) throw new RemoteFailure('state', 'invalid-cursor', 'the cursor is not known');
      return page;
    });
    await linked.synced();
    await linked.edit('one', titled('Renamed here'));
    await linked.synced();
    assert.deepEqual(await linked.requestsOf(), ['changes', 'changes']);
    await linked.assertInStep();
  });

  it('that tells of an item several times in one page, in any order, is understood', async () => {
    linked = await Linked.make({ remote: { pageSize: 3 } });
    const ids = ['one', 'two', 'three', 'four', 'five'].map((uid) =>
      linked.remote.put(neutral({ title: uid }, { uid })),
    );
    const shuffled = (page: ChangePage): ChangePage => {
      const old = (head: RemoteHead): RemoteHead => ({ ...head, version: 'old' });
      const changed = [...page.changed.map(old), ...page.changed.toReversed(), ...page.changed];
      return { ...page, changed, removed: [...page.removed, ...page.removed] };
    };
    pages(shuffled);
    await linked.synced();
    await linked.assertInStep();
    linked.remote.edit(ids[1] ?? '', titled('Renamed'));
    linked.remote.delete(ids[2] ?? '');
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.events()).length, 4);
  });

  it('that tells first of a removal and then that the item is there removes nothing', async () => {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({}, { uid: 'one' }));
    await linked.synced();
    pages((page) => ({
      ...page,
      removed: [id],
      changed: [{ id, version: linked.remote.items.get(id)?.version ?? '' }],
    }));
    await linked.synced();
    assert.equal((await linked.events()).length, 1);
  });

  it('that claims that everything was removed is not believed without a person', async () => {
    linked = await Linked.make();
    for (let at = 0; at < 1_200; at++)
      linked.remote.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    await linked.synced();
    for (const id of linked.remote.items.keys()) linked.remote.delete(id);
    for (let at = 0; at < 3; at++) {
      const { run, failure } = await linked.run();
      assert.deepEqual([run.outcome, failure?.code], ['stopped', 'guard']);
    }
    assert.equal((await linked.events()).length, 1_200);
    assert.equal((await linked.link()).stopped, 'guard');
  }).timeout(60_000);

  it('with items of no UID, of one UID twice and of UIDs that differ in case alone doubles and loses none', async () => {
    linked = await Linked.make();
    const uids = ['', '', 'same', 'same', 'Case', 'case', 'CASE'];
    for (const [at, uid] of uids.entries()) {
      linked.office.clock.advance(1000);
      linked.remote.put(neutral({ title: `Event ${at}` }, { uid }));
    }
    await linked.synced();
    const expected = uids.map((_, at) => `Event ${at}`);
    assert.deepEqual(await titles(), expected);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    for (const [at, id] of [...linked.remote.items.keys()].entries())
      linked.remote.edit(id, titled(`Renamed ${at}`));
    await linked.synced();
    assert.deepEqual(
      await titles(),
      uids.map((_, at) => `Renamed ${at}`),
    );
    // Read from the beginning, and once a day: the same.
    linked.remote.forgetCursors();
    await linked.synced();
    linked.office.clock.advance(25 * hourMs);
    assert.equal((await linked.synced()).counters.repaired, 0);
    for (const uid of ['case', 'CASE']) await linked.edit(uid, titled(`Here ${uid}`));
    await linked.synced();
    assert.deepEqual(
      [linked.there('case').content.title, linked.there('CASE').content.title],
      ['Here case', 'Here CASE'],
    );
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [7, 7]);
    linked.remote.delete(linked.idThere('Case'));
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [6, 6]);
    assert.ok(await linked.object('case'));
  });

  it('with a meeting and its copy of the same UID keeps both, whichever is told first', async () => {
    for (const order of ['meeting first', 'copy first'] as const) {
      linked = await Linked.make({ remote: { pageSize: 1 } });
      const meeting = changedInstance(daily({ title: 'Meeting' }, { uid: 'one' }), '2026-03-25T09:00:00Z', {
        title: 'Meeting, moved',
      });
      const copy = neutral({ title: 'Copy' }, { uid: 'one' });
      for (const event of order === 'copy first' ? [copy, meeting] : [meeting, copy])
        linked.remote.put(event);
      await linked.put(neutral({ title: 'Here' }, { uid: 'other' }));
      await linked.synced();
      await linked.synced();
      assert.deepEqual(await titles(), ['Copy', 'Here', 'Meeting'], order);
      assert.equal(linked.remote.items.size, 3, order);
      assert.deepEqual(await linked.requestsOf(), ['changes']);
      if (order === 'meeting first') await linked.office.close();
    }
  });

  it('that comes page by page and slowly is read in one run, however long its lease', async () => {
    linked = await Linked.make({ remote: { pageSize: 1 } });
    for (let at = 0; at < 12; at++)
      linked.remote.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'changes' && moment === 'after') linked.office.clock.advance(60_000);
    };
    await linked.synced();
    assert.equal((await linked.events()).length, 12);
  });
});
