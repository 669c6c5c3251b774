/** Another version of the connector tries again what an older one has left alone (exchange.md 17.3). */
import assert from 'node:assert/strict';
import { noteChanged } from '../../src/service/connectors/notes.ts';
import { noteVersion } from '../../src/service/connectors/upgrade.ts';
import { all } from '../service/office.ts';
import { neutral } from './events.ts';
import { Linked } from './linked.ts';

describe('an upgrade of the connector', () => {
  let linked: Linked;

  beforeEach(async () => {
    linked = await Linked.make();
    await noteVersion(linked.services, '1.0.0');
    const id = linked.remote.put(neutral({ title: 'Broken' }, { uid: 'broken' }));
    await linked.put(neutral({ title: 'refused there' }, { uid: 'refused' }));
    await linked.put(neutral({ title: 'Asked about' }, { uid: 'asked' }));
    linked.remote.poison.add(id);
    for (let at = 0; at < 4; at++) await linked.run();
    linked.remote.poison.clear();
    const [asked] = await linked.services.storage.connectors.pairsBy(linked.id, 'uid', ['asked']);
    assert.ok(asked);
    await linked.commit([{ do: 'patch-pair', id: asked.id, patch: { quarantine: noteChanged } }]);
  });
  afterEach(() => linked.office.close());

  const left = async (): Promise<readonly string[]> =>
    (await all(linked.services.storage.connectors.pairs(linked.id, { quarantined: true })))
      .map(({ quarantine }) => quarantine ?? '')
      .sort();

  it('tries again what was left alone, and puts no question away', async () => {
    await linked.run();
    assert.deepEqual(await left(), ['item-corrupt', 'not-there', 'note-changed']);
    await noteVersion(linked.services, '1.1.0');
    await linked.run();
    assert.deepEqual(await left(), ['not-there', 'note-changed']);
    assert.equal((await linked.event('broken')).content.title, 'Broken');
  });

  it('does so once, and not with the version that is known', async () => {
    await noteVersion(linked.services, '1.0.0');
    assert.equal((await left()).length, 3);
    await noteVersion(linked.services, '1.1.0');
    await linked.run();
    const { deepChecked } = await linked.link();
    await noteVersion(linked.services, '1.1.0');
    assert.equal((await linked.link()).deepChecked, deepChecked);
    assert.deepEqual(await left(), ['not-there', 'note-changed']);
  });
});
