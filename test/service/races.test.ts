/** What happens when somebody else is always faster. */
import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import type { Actor } from '../../src/core/principal.ts';
import { listTrash, restore } from '../../src/service/calendars/trash.ts';
import type { Services } from '../../src/service/context.ts';
import { fileAt } from '../../src/service/files/file-places.ts';
import { deleteObject, getObject, putObject } from '../../src/service/objects/objects.ts';
import { copyObject, moveObject } from '../../src/service/objects/transfers.ts';
import { actor, all, event, type Office, office, put, refuses, seen, share } from './office.ts';

describe('races', () => {
  let at: Office;
  let alice: Actor;
  let bob: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    bob = await actor(at, at.bob);
    mine = await seen(at);
    await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
  });
  afterEach(() => at.close());

  /** The same services, but alice changes the object right before each commit, `times` times. */
  function overtaken(times: number): Services {
    const { storage } = at.services;
    let left = times;
    const commit: typeof storage.commit = async (set) => {
      if (left-- > 0) await put(at, alice, mine, 'a.ics', event({ uid: 'a', summary: `Change ${left}` }));
      return await storage.commit(set);
    };
    return { ...at.services, storage: { ...storage, commit } };
  }

  const dismissed = (summary: string) =>
    event({ uid: 'a', summary, more: ['X-MOZ-LASTACK:20260320T120000Z'] });

  it('end a write with the last word, or with a wish to come again', async () => {
    await share(at, at.bob, 'edit');
    const theirs = await seen(at, at.bob);
    const request = {
      name: 'a.ics',
      bytes: event({ uid: 'a', summary: 'Mine' }),
      expect: 'anything',
    } as const;
    assert.equal((await putObject(overtaken(2), bob, theirs, request)).created, false);
    const refusal = await refuses(putObject(overtaken(9), bob, theirs, request), 'busy');
    assert.equal(refusal.detail.retryAfterSeconds, 1);
    await refuses(deleteObject(overtaken(9), bob, theirs, 'a.ics'), 'busy');
    await deleteObject(overtaken(2), bob, theirs, 'a.ics');
    assert.equal(await getObject(at.services, alice, mine, 'a.ics'), undefined);
  });

  it('are the client’s affair when it said what it expects', async () => {
    await share(at, at.bob, 'edit');
    const theirs = await seen(at, at.bob);
    const { etag } = (await getObject(at.services, bob, theirs, 'a.ics')) ?? assert.fail();
    const request = { name: 'a.ics', bytes: event({ uid: 'a' }), expect: { etag } };
    await refuses(putObject(overtaken(1), bob, theirs, request), 'stale');
  });

  it('end a move likewise', async () => {
    const tasks = { seen: mine, name: 'b.ics', overwrite: false };
    assert.equal((await moveObject(overtaken(2), alice, mine, 'a.ics', tasks)).created, true);
    await moveObject(at.services, alice, mine, 'b.ics', { ...tasks, name: 'a.ics' });
    await refuses(moveObject(overtaken(9), alice, mine, 'a.ics', tasks), 'busy');
  });

  it('put nothing over what its owner has made private meanwhile', async () => {
    await share(at, at.bob, 'edit');
    const theirs = await seen(at, at.bob);
    const secret = event({ uid: 'a', summary: 'Secret', more: ['CLASS:PRIVATE'] });
    const { storage } = at.services;
    const commit: typeof storage.commit = async (set) => {
      await put(at, alice, mine, 'a.ics', secret);
      return await storage.commit(set);
    };
    const late = { ...at.services, storage: { ...storage, commit } };
    const own = await seen(at, at.bob, at.bob);
    await put(at, bob, own, 'mine.ics', event({ uid: 'a' }));
    const target = { seen: theirs, name: 'a.ics', overwrite: true };
    for (const transfer of [copyObject, moveObject]) {
      await put(at, alice, mine, 'a.ics', event({ uid: 'a' }));
      await refuses(transfer(late, bob, own, 'mine.ics', target), 'need-privileges');
      assert.match(String((await getObject(at.services, alice, mine, 'a.ics'))?.bytes), /Secret/);
    }
  });

  it('do not leave alarm state over another version than it was meant for', async () => {
    await share(at, at.bob, 'read');
    const theirs = await seen(at, at.bob);
    const request = { name: 'a.ics', bytes: dismissed('Secret plan'), expect: 'anything' } as const;
    // The event says something else meanwhile: what was sent is no change of alarms any more.
    await refuses(putObject(overtaken(1), bob, theirs, request), 'need-privileges');
  });

  it('tell the reader of alarms that the home is full', async () => {
    await share(at, at.bob, 'read');
    const { storage } = at.services;
    const full = async () => ({ ok: false, change: 0, reason: 'quota-exceeded' }) as const;
    const services = { ...at.services, storage: { ...storage, commit: full } };
    const request = { name: 'a.ics', bytes: dismissed('Secret plan'), expect: 'anything' } as const;
    await refuses(putObject(services, bob, await seen(at, at.bob), request), 'quota-exceeded');
    await refuses(
      moveObject(services, alice, mine, 'a.ics', { seen: mine, name: 'b.ics', overwrite: true }),
      'quota-exceeded',
    );
    await deleteObject(at.services, alice, mine, 'a.ics');
    const item = (await all(listTrash(at.services, alice, at.alice)))[0]?.id ?? assert.fail();
    await refuses(restore(services, alice, at.alice, item), 'quota-exceeded');
    const taken = async () => ({ ok: false, change: 0, reason: 'name-in-use' }) as const;
    const crowded = { ...at.services, storage: { ...storage, commit: taken } };
    await refuses(restore(crowded, alice, at.alice, item), 'already-exists');
  });

  it('do not hide that the top collection of files cannot be made', async () => {
    const { storage } = at.services;
    const gone = async () => ({ ok: false, change: 0, reason: 'missing' }) as const;
    const services = { ...at.services, storage: { ...storage, commit: gone } };
    await refuses(fileAt(services, alice, { home: at.alice, path: [] }), 'not-found');
  });
});
