import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { grant } from '../../../src/service/calendars/calendars.ts';
import { deleteObject } from '../../../src/service/objects/objects.ts';
import { listing } from '../../../src/service/objects/queries.ts';
import { moveObject } from '../../../src/service/objects/transfers.ts';
import { changesSince, type SyncChange } from '../../../src/service/sync/sync.ts';
import { ctag, syncToken } from '../../../src/service/sync/sync-token.ts';
import { actor, all, event, type Office, office, put, refreshed, refuses, seen, share } from '../office.ts';

interface Answer {
  readonly changes: readonly SyncChange[];
  readonly token: string;
  readonly truncated: boolean;
}

describe('sync', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const ask = async (token?: string, limit?: number, who = alice, where?: SeenCalendar): Promise<Answer> => {
    const answer = await changesSince(at.services, who, where ?? (await seen(at)), token, limit);
    const changes = await all(answer.pages);
    return { changes, ...answer.end() };
  };
  const names = ({ changes }: Answer) => changes.map(({ name, gone }) => (gone ? `-${name}` : name));

  it('lists everything without a token, and nothing when nothing happened', async () => {
    await put(at, alice, await seen(at), 'a.ics');
    const first = await ask();
    assert.deepEqual(names(first), ['a.ics']);
    assert.equal(first.token, syncToken(at.services, await seen(at)));
    assert.deepEqual(names(await ask('')), ['a.ics']);
    const second = await ask(first.token);
    assert.deepEqual(second, { changes: [], token: first.token, truncated: false });
  });

  it('tells each name once, with what it is now', async () => {
    const { token } = await ask();
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', summary: 'one' }));
    const { etag } = await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', summary: 'two' }));
    await put(at, alice, await seen(at), 'b.ics', event({ uid: 'b' }));
    await deleteObject(at.services, alice, await seen(at), 'b.ics');
    const delta = await ask(token);
    assert.deepEqual(delta.changes, [
      { name: 'a.ics', gone: false, etag },
      { name: 'b.ics', gone: true },
    ]);
  });

  it('cuts answers at the limit and goes on from there', async () => {
    const { token } = await ask();
    for (const uid of ['a', 'b', 'c']) await put(at, alice, await seen(at), `${uid}.ics`, event({ uid }));
    const first = await ask(token, 2);
    assert.deepEqual([names(first), first.truncated], [['a.ics', 'b.ics'], true]);
    const second = await ask(first.token, 2);
    assert.deepEqual([names(second), second.truncated], [['c.ics'], false]);
    assert.deepEqual(names(await ask(second.token, 2)), []);
    const exact = await ask(token, 3);
    assert.equal(exact.truncated, false);
  });

  it('cuts first listings at the limit, and loses nothing that changes between the pieces', async () => {
    for (const uid of ['a', 'b', 'c', 'd', 'e'])
      await put(at, alice, await seen(at), `${uid}.ics`, event({ uid }));
    const first = await ask(undefined, 2);
    assert.deepEqual([names(first), first.truncated], [['a.ics', 'b.ics'], true]);
    await put(at, alice, await seen(at), 'a.ics', event({ uid: 'a', summary: 'new' }));
    await deleteObject(at.services, alice, await seen(at), 'b.ics');
    await deleteObject(at.services, alice, await seen(at), 'd.ics');
    const second = await ask(first.token, 2);
    assert.deepEqual([names(second), second.truncated], [['c.ics', 'e.ics'], false]);
    const third = await ask(second.token);
    assert.deepEqual(names(third), ['a.ics', '-b.ics', '-d.ics']);
  });

  it('refuses a limit of nothing', async () => {
    await refuses(ask(undefined, 0), 'too-many-results');
  });

  it('never answers more than the server’s own limit', async () => {
    await at.close();
    at = await office({ maxSyncResults: 1 });
    alice = await actor(at, at.alice);
    await put(at, alice, await seen(at), 'a.ics');
    await put(at, alice, await seen(at), 'b.ics');
    const first = await ask(undefined, 1000);
    assert.deepEqual([names(first), first.truncated], [['a.ics'], true]);
  });

  it('refuses tokens that are none of this calendar’s', async () => {
    await put(at, alice, await seen(at), 'a.ics');
    const { token } = await ask();
    const { calendar } = await seen(at);
    const tasks = await seen(at, at.alice, at.alice, 'tasks');
    for (const bad of [
      'nonsense',
      'https://portcal.org/ns/sync/',
      token.replace(at.services.storage.epoch, 'other'),
      token.replace(/\d+$/, String(calendar.modseq + 1)),
      syncToken(at.services, tasks),
      `${token}/read`,
      `${token}x`,
    ]) {
      await refuses(ask(bad), 'bad-sync-token');
    }
  });

  it('refuses tokens from before what the log still holds', async () => {
    const { token } = await ask();
    await put(at, alice, await seen(at), 'a.ics');
    await deleteObject(at.services, alice, await seen(at), 'a.ics');
    at.clock.advance(1000);
    await at.services.storage.tidy({ before: at.services.clock.now(), keepChanges: 0 });
    await refuses(ask(token), 'bad-sync-token');
    assert.deepEqual(names(await ask()), []);
  });

  it('gives readers with other rights other tokens, so that a change of rights lists everything anew', async () => {
    await put(at, alice, await seen(at), 'a.ics');
    await share(at, at.bob, 'read');
    const bob = await actor(at, at.bob);
    const full = await ask(undefined, undefined, bob, await seen(at, at.bob));
    assert.notEqual(full.token, (await ask()).token);
    const before = ctag(at.services, await seen(at, at.bob));
    await share(at, at.bob, 'busy');
    await refuses(ask(full.token, undefined, bob, await seen(at, at.bob)), 'bad-sync-token');
    assert.notEqual(ctag(at.services, await seen(at, at.bob)), before);
    const busy = await ask(undefined, undefined, bob, await seen(at, at.bob));
    assert.notDeepEqual(busy.changes, full.changes);
    await share(at, at.bob, 'titles');
    await refuses(ask(busy.token, undefined, bob, await seen(at, at.bob)), 'bad-sync-token');
  });

  it('tells readers that an event which they no longer see is gone', async () => {
    await share(at, at.bob, 'read', 'tasks');
    const bob = await actor(at, at.bob);
    const tasks = await seen(at, at.alice, at.alice, 'tasks');
    const todo = (...more: string[]) => event({ component: 'VTODO', uid: 't', more });
    await put(at, alice, tasks, 't.ics', todo());
    const theirs = () => seen(at, at.bob, at.alice, 'tasks');
    const first = await ask(undefined, undefined, bob, await theirs());
    assert.deepEqual(names(first), ['t.ics']);
    await put(at, alice, tasks, 't.ics', todo('CLASS:PRIVATE'));
    const second = await ask(first.token, undefined, bob, await theirs());
    assert.deepEqual(names(second), ['-t.ics']);
  });

  it('brings every client to the server’s objects, whenever and in whatever pieces it asks', async () => {
    const { services } = at;
    const bob = await actor(at, at.bob);
    const level = fc.constantFrom('read', 'busy', 'manage');
    const uid = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ do: fc.constant('put'), uid, secret: fc.boolean(), n: fc.nat(9) }),
      fc.record({ do: fc.constant('delete'), uid }),
      fc.record({ do: fc.constant('move'), uid, to: uid }),
      fc.record({ do: fc.constant('sync'), client: fc.nat(2), limit: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('grant'), level }),
    );
    type Client = { readonly who: Actor; token: string | undefined; known: Map<string, string> };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const mine = await seen(at);
        await grant(services, alice, mine, at.bob.id, 'read');
        const clients: Client[] = [alice, bob, bob].map((who) => ({
          who,
          token: undefined,
          known: new Map(),
        }));
        const sync = async (client: Client, limit: number): Promise<boolean> => {
          const where = await refreshed(at, client.who, mine);
          try {
            const answer = await ask(client.token, limit, client.who, where);
            // Without a token, what is listed is all there is.
            if (client.token === undefined) client.known.clear();
            for (const change of answer.changes) {
              if (change.gone) client.known.delete(change.name);
              else client.known.set(change.name, change.etag);
            }
            client.token = answer.token;
            return answer.truncated;
          } catch (error) {
            await refuses(Promise.reject(error), 'bad-sync-token');
            client.token = undefined;
            return true;
          }
        };
        for (const one of steps) {
          const where = await refreshed(at, alice, mine);
          if ('secret' in one) {
            const more = one.secret ? ['CLASS:PRIVATE'] : [];
            await put(
              at,
              alice,
              where,
              `${one.uid}.ics`,
              event({ uid: one.uid, summary: `${one.n}`, more }),
            ).catch(() => {});
          } else if ('to' in one) {
            const target = { seen: where, name: `${one.to}.ics`, overwrite: true };
            await moveObject(services, alice, where, `${one.uid}.ics`, target).catch(() => {});
          } else if ('client' in one) {
            const client = clients[one.client];
            if (client) await sync(client, one.limit);
          } else if ('level' in one) await grant(services, alice, mine, at.bob.id, one.level);
          else await deleteObject(services, alice, where, `${one.uid}.ics`).catch(() => {});
        }
        for (const client of clients) {
          for (let round = 0; await sync(client, 2); round++) assert.ok(round < 100, 'sync does not end');
          await sync(client, 1000);
          const where = await refreshed(at, client.who, mine);
          const there = await all(listing(services, client.who, where));
          assert.deepEqual(client.known, new Map(there.map(({ name, etag }) => [name, etag])));
        }
      }),
      { numRuns: 60 },
    );
  });
});
