/** What was made there twice from here is one event in the end (exchange.md 8.5, 17.2). */
import assert from 'node:assert/strict';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

describe('one event that was made there twice', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function assertOne(change: { readonly title: string; readonly location?: string }): Promise<void> {
    await linked.synced();
    await linked.assertInStep();
    assert.deepEqual(
      linked.remote.events().map(({ content: { title, location } }) => ({ title, location })),
      [{ location: '', ...change }],
    );
    assert.equal((await linked.requestsOf()).join(), 'changes');
  }

  /** Neither search nor listing tells of the first one in time. */
  async function lost(pageSize = 512, alsoSecond = false): Promise<void> {
    linked = await Linked.make({ remote: { capabilities: { findByMarker: false }, pageSize } });
    await linked.synced();
    await linked.put(daily({ title: 'Ours' }, { uid: 'one' }));
    let left = alsoSecond ? 2 : 1;
    linked.remote.fault = (kind, moment) => {
      if (kind === 'create' && moment === 'after' && left-- > 0) throw lineBroke();
    };
    linked.remote.lag = 5;
    await linked.run();
    await linked.run();
    assert.equal(linked.remote.items.size, 2);
    linked.remote.lag = 0;
  }

  it('is one when the first answer was lost and the listing was late', async () => {
    await lost();
    await linked.synced();
    await assertOne({ title: 'Ours' });
    assert.equal((await linked.events())[0]?.uid, 'one');
    assert.deepEqual(linked.remote.mails, []);
  });

  for (const pageSize of [1, 512]) {
    it(`is one when both answers were lost, ${pageSize} on a page`, async () => {
      await lost(pageSize, true);
      await linked.synced();
      await assertOne({ title: 'Ours' });
    });

    it(`is one when both answers were lost, and it was changed here in between, ${pageSize} on a page`, async () => {
      linked = await Linked.make({ remote: { capabilities: { findByMarker: false }, pageSize } });
      await linked.synced();
      await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
      linked.remote.fault = (kind, moment) => {
        if (kind === 'create' && moment === 'after') throw lineBroke();
      };
      linked.remote.lag = 5;
      await linked.run();
      await linked.edit('one', titled('Changed'));
      await linked.run();
      linked.remote.fault = () => undefined;
      linked.remote.lag = 0;
      await linked.synced();
      await assertOne({ title: 'Changed' });
    });
  }

  it('keeps what somebody there has changed of the first one', async () => {
    await lost();
    linked.remote.edit('item-1', withContent({ location: 'Theirs' }));
    await linked.edit('one', titled('Changed'));
    await linked.synced();
    await assertOne({ title: 'Changed', location: 'Theirs' });
  });

  it('keeps what somebody there has changed of the second one', async () => {
    await lost();
    linked.remote.edit('item-2', withContent({ location: 'Theirs' }));
    await linked.edit('one', titled('Changed'));
    await linked.synced();
    await assertOne({ title: 'Changed', location: 'Theirs' });
  });

  it('loses nothing where somebody there has changed both', async () => {
    await lost();
    linked.remote.edit('item-1', withContent({ location: 'One' }));
    linked.remote.edit('item-2', withContent({ location: 'Other' }));
    await linked.synced();
    await linked.synced();
    const places = (await linked.events()).map(({ content }) => content.location);
    assert.deepEqual(places.sort(), ['One', 'Other']);
  });

  it('does not come back when it was deleted here before anybody knew', async () => {
    linked = await Linked.make({ remote: { capabilities: { findByMarker: false } } });
    await linked.synced();
    await linked.put(neutral({}, { uid: 'one' }));
    linked.remote.fault = (kind, moment) => {
      if (kind === 'create' && moment === 'after') throw lineBroke();
    };
    linked.remote.lag = 5;
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.delete('one');
    await linked.synced();
    linked.remote.lag = 0;
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [0, 0]);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  it('is found by what it says where the server keeps neither marker nor UID', async () => {
    linked = await Linked.make({ remote: { capabilities: { findByMarker: false } } });
    await linked.synced();
    await linked.put(neutral({}, { uid: 'one' }));
    linked.remote.fault = (kind, moment) => {
      if (kind !== 'create' || moment !== 'after') return;
      linked.remote.put(neutral({}, { uid: 'made-there' }), { id: 'item-1', marker: null });
      throw lineBroke();
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [1, 1]);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  });

  for (const origin of ['here', 'there']) {
    it(`is one when it is restored there after it was made anew, made ${origin} at first`, async () => {
      linked = await Linked.make();
      if (origin === 'here') await linked.put(neutral({ title: 'Old' }, { uid: 'one' }));
      else linked.remote.put(neutral({ title: 'Old' }, { uid: 'one' }));
      await linked.synced();
      const first = linked.remote.items.get(linked.idThere('one'));
      assert.ok(first);
      linked.remote.delete(first.id);
      await linked.edit('one', titled('New'));
      await linked.synced();
      await assertOne({ title: 'New' });
      linked.remote.put(first.event, { id: 'restored', marker: first.marker });
      await linked.synced();
      await assertOne({ title: 'New' });
    });
  }
});
