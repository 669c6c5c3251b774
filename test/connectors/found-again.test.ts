/** A calendar there that is not found any more (exchange.md 17.1). */
import assert from 'node:assert/strict';
import { RemoteFailure } from '../../src/connectors/failure.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

describe('a calendar that is gone there', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    linked.remote.put(neutral({ title: 'Theirs' }, { uid: 'theirs' }));
    await linked.synced();
  });
  afterEach(() => linked.office.close());

  it('is found again under its new id, with nothing doubled and nothing deleted', async () => {
    linked.remote.folder = 'moved';
    linked.remote.renumber();
    await linked.edit('ours', titled('Edited meanwhile'));
    assert.equal((await linked.run()).failure?.class, 'transient');
    await linked.synced();
    const { remoteCalendar, stopped } = await linked.link();
    assert.deepEqual([remoteCalendar, stopped], ['moved', null]);
    assert.equal(linked.remote.items.size, 2);
    assert.equal(linked.there('ours').content.title, 'Edited meanwhile');
    await linked.assertInStep();
    assert.deepEqual(linked.remote.mails, []);
    assert.deepEqual(await linked.requestsOf(), ['changes']);
    const runs = await linked.services.storage.connectors.runs(linked.id, 9);
    assert.ok(runs.every(({ outcome }) => outcome !== 'running'));
  });

  it('is not emptied here where the one that is found is empty', async () => {
    linked.remote.folder = 'new';
    linked.remote.items.clear();
    linked.remote.forgetCursors();
    await linked.run();
    await linked.synced();
    await linked.assertInStep();
    assert.equal((await linked.events()).length, 2);
  });

  it('waits for a person where it was one of several', async () => {
    linked.remote.folder = 'other';
    linked.remote.isDefault = false;
    await linked.run();
    assert.equal((await linked.link()).stopped, 'folder');
  });

  it('is tried again where the mailbox still shows it', async () => {
    const { changes } = linked.remote;
    const failure = new RemoteFailure('folder-gone', 'ErrorSyncFolderNotFound', 'not now');
    Object.assign(linked.remote, { changes: () => Promise.reject(failure) });
    assert.equal((await linked.run()).failure?.class, 'transient');
    assert.equal((await linked.link()).stopped, null);
    Object.assign(linked.remote, { changes });
    await linked.synced();
    await linked.assertInStep();
  });
});
