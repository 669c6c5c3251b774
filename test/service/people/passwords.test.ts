import assert from 'node:assert/strict';
import { type AppPasswordId, id } from '../../../src/core/ids.ts';
import {
  addAppPassword,
  hashPassword,
  listAppPasswords,
  revokeAppPassword,
  setPassword,
  verifyAppPassword,
  verifyPassword,
} from '../../../src/service/people/passwords.ts';
import { actor, type Office, office, refuses } from '../office.ts';

describe('passwords', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  it('of accounts are compared by a salted hash, in any normal form of Unicode', async () => {
    await setPassword(at.services, await actor(at, at.alice), at.alice, 'pa:ss wo\u0308rd');
    assert.equal(await verifyPassword(at.services, at.alice, 'pa:ss w\u00f6rd'), true);
    assert.equal(await verifyPassword(at.services, at.alice, 'pa:ss word'), false);
    assert.notEqual(await hashPassword('x'), await hashPassword('x'));
  });

  it('are wrong for accounts without one, for nobody, and for hashes of another kind', async () => {
    assert.equal(await verifyPassword(at.services, at.bob, ''), false);
    assert.equal(await verifyPassword(at.services, undefined, 'x'), false);
    await setPassword(at.services, at.system, at.bob, 'x');
    await setPassword(at.services, at.system, at.bob, null);
    assert.equal(await verifyPassword(at.services, at.bob, 'x'), false);
    const change = { do: 'set-password', principal: at.bob.id, hash: 'md5$x' } as const;
    await at.services.storage.commit({ actor: null, changes: [change] });
    assert.equal(await verifyPassword(at.services, at.bob, 'x'), false);
  });

  it('are set by oneself or an administrator', async () => {
    await refuses(setPassword(at.services, await actor(at, at.bob), at.alice, 'x'), 'need-privileges');
    await refuses(
      setPassword(at.services, await actor(at, at.alice, 'read'), at.alice, 'x'),
      'need-privileges',
    );
    await setPassword(at.services, await actor(at, at.root), at.alice, 'x');
  });

  describe('of apps', () => {
    const add = async (scope: 'read' | 'write' = 'write') =>
      addAppPassword(at.services, await actor(at, at.alice), at.alice, { label: 'Phone', scope });

    it('are random, told once, and typed with or without dashes, in any case', async () => {
      const { secret, id: made } = await add();
      assert.match(secret, /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
      assert.notEqual((await add()).secret, secret);
      for (const typed of [
        secret,
        secret.toUpperCase(),
        secret.replaceAll('-', ''),
        ` ${secret.replaceAll('-', ' ')}`,
      ]) {
        const found = await verifyAppPassword(at.services, typed);
        assert.deepEqual(
          [found?.id, found?.principal, found?.scope, found?.label],
          [made, at.alice.id, 'write', 'Phone'],
        );
      }
      const [first] = await listAppPasswords(at.services, await actor(at, at.alice), at.alice);
      assert.ok(first && !JSON.stringify(first).includes(secret.replaceAll('-', '')));
    });

    it('cannot be tested without the server’s secret', async () => {
      const { secret } = await add();
      assert.equal(await verifyAppPassword({ ...at.services, secret: Buffer.alloc(32) }, secret), undefined);
      assert.equal(await verifyAppPassword(at.services, 'short'), undefined);
    });

    it('are revoked at once, by their owner', async () => {
      const { secret, id: made } = await add('read');
      const bob = await actor(at, at.bob);
      await refuses(revokeAppPassword(at.services, bob, at.alice, made), 'need-privileges');
      await refuses(revokeAppPassword(at.services, bob, at.bob, made), 'not-found');
      await refuses(listAppPasswords(at.services, bob, at.alice), 'need-privileges');
      await revokeAppPassword(at.services, await actor(at, at.alice), at.alice, made);
      assert.equal(await verifyAppPassword(at.services, secret), undefined);
      await refuses(
        revokeAppPassword(at.services, await actor(at, at.alice), at.alice, id<AppPasswordId>(5)),
        'not-found',
      );
    });

    it('can be listed by a device that may only read', async () => {
      await add();
      assert.equal(
        (await listAppPasswords(at.services, await actor(at, at.alice, 'read'), at.alice)).length,
        1,
      );
    });
  });
});
