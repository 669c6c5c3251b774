import assert from 'node:assert/strict';
import { actor, event, put, seen, share } from '../service/office.ts';
import { neutral } from './events.ts';
import { Linked, titled } from './linked.ts';

describe('connector engine: whose an event is', () => {
  let linked: Linked;
  beforeEach(async () => {
    linked = await Linked.make();
  });
  afterEach(() => linked.office.close());

  const creator = async (uid: string): Promise<number | undefined> =>
    (await linked.office.services.storage.creators(linked.where.calendar.id, [uid])).get(uid);

  it('is the owner’s where it comes from the other side', async () => {
    linked.remote.put(neutral({}, { uid: 'theirs' }));
    await linked.synced();
    assert.equal(await creator('theirs'), linked.office.alice.id);
  });

  it('stays that of whoever has added it here, also when the other side changes it', async () => {
    const at = linked.office;
    await share(at, at.bob, 'contribute');
    await put(at, await actor(at, at.bob), await seen(at, at.bob), 'his.ics', event({ uid: 'his' }));
    await linked.synced();
    linked.remote.edit(linked.idThere('his'), titled('Changed there'));
    await linked.synced();
    const stored = await at.services.storage.object(linked.where.calendar.id, 'his.ics');
    assert.match(Buffer.from(stored?.bytes ?? []).toString(), /SUMMARY:Changed there/);
    assert.equal(await creator('his'), at.bob.id);
  });
});
