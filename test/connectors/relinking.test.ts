/** Unsubscribing and linking again: the behaviour that others double everything by (exchange.md 6.6). */
import assert from 'node:assert/strict';
import type { ConnectorLinkPatch } from '../../src/core/connector-change.ts';
import { neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';

/** As `service/connectors/links.ts` has it. */
const fresh: ConnectorLinkPatch = {
  cursor: null,
  reconciling: false,
  initialised: false,
  localCursor: 0,
  lastFailure: null,
  deepChecked: null,
  removed: null,
};

async function patch(linked: Linked, change: ConnectorLinkPatch): Promise<void> {
  await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: change }]);
}

describe('a link that is cut and made again', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.synced();
    await patch(linked, { removed: linked.office.clock.now() });
  });

  afterEach(() => linked.office.close());

  it('doubles nothing, however often', async () => {
    for (let at = 0; at < 3; at++) {
      await patch(linked, fresh);
      await linked.synced();
      await linked.assertInStep();
      assert.equal(linked.remote.items.size, 2);
      await patch(linked, { removed: linked.office.clock.now() });
    }
  });

  it('brings together what was changed on both sides meanwhile', async () => {
    await linked.edit('ours', titled('Renamed here'));
    linked.remote.edit(linked.idThere('ours'), withContent({ location: 'Room 9' }));
    linked.remote.edit(linked.idThere('theirs'), titled('Renamed there'));
    await patch(linked, fresh);
    await linked.synced();
    await linked.assertInStep();
    const { title, location } = linked.there('ours').content;
    assert.deepEqual([title, location], ['Renamed here', 'Room 9']);
    assert.equal((await linked.event('theirs')).content.title, 'Renamed there');
  });

  it('keeps one of what is made twice, as a listing does not tell of the first one yet', async () => {
    linked.remote.lag = 5;
    await patch(linked, fresh);
    await linked.run();
    linked.remote.lag = 0;
    for (let at = 0; at < 3; at++) await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.remote.items.size, 2);
  });

  it('pairs by marker what has another UID and other ids by now', async () => {
    linked.remote.edit(linked.idThere('ours'), (event) => ({ ...event, uid: 'renumbered' }));
    linked.remote.renumber();
    await patch(linked, fresh);
    await linked.synced();
    assert.equal(linked.remote.items.size, 2);
    assert.equal((await linked.events()).length, 2);
  });

  it('brings back neither side’s deletions of the meantime as doubles', async () => {
    await linked.delete('ours');
    linked.remote.delete(linked.idThere('theirs'));
    await patch(linked, fresh);
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.remote.items.size, 2);
  });

  it('takes copies that bear the same marker for events of their own', async () => {
    const [item] = [...linked.remote.items.values()].filter(({ event }) => event.uid === 'ours');
    assert.ok(item);
    const copied = withContent({ title: 'Copied' })(item.event);
    linked.remote.put({ ...copied, uid: 'copy-1' }, { marker: item.marker });
    linked.remote.put({ ...copied, uid: 'copy-2' }, { marker: item.marker });
    linked.remote.edit(item.id, titled('Renamed there'));
    await patch(linked, fresh);
    await linked.synced();
    await linked.synced();
    assert.equal(linked.remote.items.size, 4);
    assert.equal((await linked.events()).length, 4);
    assert.deepEqual(
      new Set(linked.remote.events().map(({ content }) => content.title)),
      new Set((await linked.events()).map(({ content }) => content.title)),
    );
  });

  it('mails nobody', async () => {
    linked.remote.edit(linked.idThere('ours'), titled('Renamed there'));
    await patch(linked, fresh);
    await linked.synced();
    assert.deepEqual(linked.remote.mails, []);
  });
});

describe('a link whose first day is moved', () => {
  it('brings in what lies between, on both sides', async () => {
    const linked = await Linked.make({ link: { startDate: '2026-03-20' } });
    const early = { start: { date: '2026-03-10' }, end: { date: '2026-03-11' } };
    await linked.put(neutral({ ...early, title: 'Ours' }, { uid: 'ours' }));
    linked.remote.put(neutral({ ...early, title: 'Theirs' }, { uid: 'theirs' }));
    await linked.synced();
    assert.equal(linked.remote.items.size, 1);
    await patch(linked, {
      startDate: '2026-03-01',
      cursor: null,
      reconciling: true,
      localCursor: 0,
      deepChecked: null,
    });
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.remote.items.size, 2);
    await linked.office.close();
  });
});

describe('a link that only takes what changes after it was made', () => {
  it('leaves history where it is', async () => {
    const linked = await Linked.make({ rules: { autoSync: false } });
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    const id = linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.synced();
    assert.deepEqual([linked.remote.items.size, (await linked.events()).length], [1, 1]);
    linked.remote.edit(id, titled('Changed there'));
    await linked.edit('ours', titled('Changed here'));
    await linked.synced();
    await linked.assertInStep();
    assert.equal(linked.remote.items.size, 2);
    await linked.office.close();
  });
});
