import assert from 'node:assert/strict';
import { type Browser, event, useWorld } from './world.ts';

describe('sharing further', () => {
  const world = useWorld();
  let anna: Browser;
  let boris: Browser;
  let id: string;
  let borisId: string;

  before(async () => {
    anna = await world.now.signedIn('anna');
    boris = await world.now.signedIn('boris');
    ({ id } = await anna.ok('POST /calendars', { body: { name: 'Between us' } }));
    await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event() });
    borisId = String(world.now.boris.id);
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: borisId, level: 'read' } });
  });

  const tick = async (mayShareFurther: boolean): Promise<void> => {
    const body = { who: borisId, level: 'read', mayShareFurther } as const;
    const { shares } = await anna.ok('POST /calendars/{id}/shares', { path: { id }, body });
    assert.equal(shares.find(({ how }) => how === 'share')?.mayShareFurther, mayShareFurther);
  };
  const link = { body: { label: 'x' }, path: { id: '' } };
  const reasonOf = async (who: Browser): Promise<string | null> =>
    (await who.ok('GET /calendars/{id}', { path: { id } })).linkReason;
  const fetched = async (address: string): Promise<number> =>
    (await world.now.ask('GET', new URL(address).pathname)).status;

  it('is not for a reader, who is told so, until the owner has ticked it', async () => {
    assert.deepEqual([await reasonOf(anna), await reasonOf(boris)], [null, 'may-not-share']);
    assert.equal((await boris.refused('POST /calendars/{id}/links', { ...link, path: { id } })).status, 403);
    await tick(true);
    assert.equal(await reasonOf(boris), null);
    const made = await boris.ok('POST /calendars/{id}/links', { ...link, path: { id } });
    const address = made.addresses?.https ?? '';
    assert.equal(await fetched(address), 200);
    // Taken back, the address is dead at once; ticked again, it lives.
    await tick(false);
    assert.equal(await fetched(address), 403);
    await tick(true);
    assert.equal(await fetched(address), 200);
  });

  it('leaves a favourite out of the feed of all favourites, and says why', async () => {
    await boris.ok('PUT /calendars/{id}/favourite', { path: { id } });
    const { addresses } = await boris.ok('POST /favourites/links', { body: { label: 'all' } });
    const feed = async () => (await world.now.ask('GET', new URL(addresses?.https ?? '').pathname)).text;
    assert.match(await feed(), /SUMMARY:Meeting/);
    await tick(false);
    assert.doesNotMatch(await feed(), /SUMMARY:Meeting/);
    const { left } = await boris.ok('GET /favourites/links');
    assert.deepEqual(left, [{ id, name: 'Between us', reason: 'may-not-share' }]);
  });

  it('needs no tick of who manages it, nor where everyone may see as much', async () => {
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: borisId, level: 'manage' } });
    assert.equal(await reasonOf(boris), null);
    await tick(false);
    assert.equal(await reasonOf(boris), 'may-not-share');
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: 'everyone', level: 'read' } });
    assert.equal(await reasonOf(boris), null);
    await anna.ok('DELETE /calendars/{id}/shares/{who}', { path: { id, who: 'everyone' } });
  });

  it('is forgotten when access is taken away, and for the owner alone to give', async () => {
    await tick(true);
    const path = { id, who: borisId };
    await anna.ok('DELETE /calendars/{id}/shares/{who}', { path });
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: borisId, level: 'read' } });
    assert.equal(await reasonOf(boris), 'may-not-share');
    const body = { who: borisId, level: 'read', mayShareFurther: true } as const;
    assert.equal((await boris.refused('POST /calendars/{id}/shares', { path: { id }, body })).status, 403);
  });
});
