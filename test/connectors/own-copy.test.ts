/** One UID, made on both sides while nobody could tell: one event in the end. */
import assert from 'node:assert/strict';
import { runUntilCrash } from './crash.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

const meeting = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

describe('one event that is made on both sides', () => {
  let linked: Linked;

  afterEach(() => linked.office.close());

  async function assertOne(title: string): Promise<void> {
    await linked.synced();
    await linked.assertInStep();
    assert.deepEqual(
      linked.remote.events().map(({ uid, content }) => [uid, content.title]),
      [['one', title]],
    );
    assert.deepEqual(await linked.requestsOf(), ['changes']);
  }

  it('is one when what could not be read can be read again', async () => {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'one' }));
    linked.remote.poison.add(id);
    linked.office.clock.advance(1000);
    await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
    await linked.run();
    assert.equal(linked.remote.items.size, 2);
    linked.remote.poison.clear();
    await linked.synced();
    assert.ok(linked.remote.items.has(id), 'theirs is the event');
    await assertOne('Ours');
  });

  it('is one when what was private is not any more', async () => {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'one' }));
    linked.remote.withheld.add(id);
    await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
    await linked.synced();
    assert.equal(linked.remote.items.size, 2);
    linked.remote.withheld.clear();
    linked.remote.edit(id, titled('Later, there'));
    await linked.synced();
    await assertOne('Later, there');
  });

  it('is one when an invitation arrives there after its copy was made from here', async () => {
    linked = await Linked.make();
    await linked.synced();
    await linked.put(neutral({ ...meeting }, { uid: 'one' }));
    linked.remote.fault = (kind, moment) => {
      if (kind !== 'create' || moment !== 'before') return;
      linked.remote.put(neutral({ ...meeting, location: 'Room 1' }, { uid: 'one' }));
    };
    await linked.synced();
    linked.remote.fault = () => undefined;
    await linked.synced();
    await assertOne('Review');
    assert.equal(linked.there('one').content.location, 'Room 1');
    // The end of the copy is nobody's business.
    assert.deepEqual(linked.remote.mails, ['create one']);
  });

  for (const findByMarker of [true, false]) {
    it(`is one when the answer to our own creation was lost${findByMarker ? '' : ', and nothing is found by its marker'}`, async () => {
      linked = await Linked.make({ remote: { capabilities: { findByMarker } } });
      await linked.synced();
      await linked.put(neutral({ ...meeting, title: 'Ours' }, { uid: 'one' }));
      linked.remote.fault = (kind, moment) => {
        if (kind !== 'create') return;
        if (moment === 'before') linked.remote.put(neutral({ ...meeting, title: 'Theirs' }, { uid: 'one' }));
        else throw lineBroke();
      };
      await linked.run();
      linked.remote.fault = () => undefined;
      await linked.synced();
      await assertOne('Theirs');
      assert.deepEqual(linked.remote.mails, []);
    });
  }

  it('is one at whatever step the process dies', async () => {
    for (let step = 1, reached = true; reached; step++) {
      for (const findByMarker of [true, false]) {
        linked = await Linked.make({ remote: { capabilities: { findByMarker }, batchSize: 1, pageSize: 1 } });
        const id = linked.remote.put(daily({ title: 'Theirs' }, { uid: 'one' }));
        linked.remote.poison.add(id);
        linked.office.clock.advance(1000);
        await linked.put(daily({ title: 'Ours' }, { uid: 'one' }));
        await linked.run();
        linked.remote.poison.clear();
        reached = await runUntilCrash(linked, step);
        linked.office.clock.advance(91_000);
        await linked.synced();
        await assertOne('Ours');
        if (reached || findByMarker) await linked.office.close();
      }
    }
  });

  it('loses nothing that was changed of our copy there meanwhile', async () => {
    linked = await Linked.make();
    const id = linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'one' }));
    linked.remote.poison.add(id);
    await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
    await linked.run();
    linked.remote.poison.clear();
    const [copy] = [...linked.remote.items.values()].filter((item) => item.id !== id);
    assert.ok(copy);
    // After it was decided that the copy goes, and before it does.
    linked.remote.fault = (kind, moment) => {
      if (kind === 'remove' && moment === 'before')
        linked.remote.edit(copy.id, withContent({ location: 'Written there' }));
    };
    await linked.run();
    linked.remote.fault = () => undefined;
    await linked.synced();
    const places = (await linked.events()).map(({ content }) => content.location);
    assert.deepEqual(places.sort(), ['', 'Written there']);
    assert.equal(linked.remote.items.size, 2);
  });

  it('stays two where somebody there has copied it', async () => {
    linked = await Linked.make();
    await linked.put(neutral({ title: 'Ours' }, { uid: 'one' }));
    await linked.synced();
    const [item] = [...linked.remote.items.values()];
    assert.ok(item);
    linked.remote.put(item.event, { marker: item.marker });
    await linked.synced();
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [2, 2]);
  });
});
