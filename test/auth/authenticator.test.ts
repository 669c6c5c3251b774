import assert from 'node:assert/strict';
import type { SignInMethod } from '../../src/auth/method.ts';
import type { Principal } from '../../src/core/principal.ts';
import { actorFor, calendarInHome, operator } from '../../src/service/access.ts';
import { setFavourite } from '../../src/service/calendars/calendars.ts';
import { addAppPassword, revokeAppPassword, setPassword } from '../../src/service/people/passwords.ts';
import { deletePerson, patchPerson } from '../../src/service/people/people.ts';
import { passwordsHashed } from '../passwords-hashed.ts';
import { basic, gate, type Installation, install, told } from './installation.ts';

describe('sign-in', function signIn() {
  // Hashing a password takes a tenth of a second on a small machine.
  this.timeout(60_000);

  let site: Installation;
  let alice: Principal;

  beforeEach(async () => {
    site = install();
    alice = await site.person({ name: 'Alice', password: 'correct horse', addresses: ['alice@example.com'] });
  });

  afterEach(async () => {
    await site.close();
  });

  describe('by account password', () => {
    it('lets in who knows it, with all groups and the right to write', async () => {
      const answer = await gate(site.services).try('alice', 'correct horse');
      assert.equal(answer.is, 'signed-in');
      assert.ok(answer.is === 'signed-in');
      assert.deepEqual(answer.actor, { principal: alice, groups: [], scope: 'write', via: 'password' });
    });

    it('refuses a wrong password, an unknown name, an empty password and a disabled account alike', async () => {
      const bob = await site.person({ name: 'bob', password: 'bob’s own' });
      await patchPerson(site.services, operator(), bob, { disabled: true });
      const door = gate(site.services);
      for (const [name, password] of [
        ['alice', 'wrong'],
        ['nobody', 'correct horse'],
        ['alice', ''],
        ['bob', 'bob’s own'],
        ['company', ''],
      ] as const)
        assert.deepEqual(await door.try(name, password), { is: 'refused' }, name);
    });

    it('finds people however their program writes their name', async () => {
      await site.person({ name: 'Юлия Ёлкина', password: 'пароль:с двоеточием' });
      const door = gate(site.services);
      for (const name of [
        'alice',
        'ALICE',
        ' alice ',
        'alice@example.com',
        'Alice@Example.com',
        'alice%40example.com',
        'CORP\\alice',
        'CORP%5Calice',
      ])
        assert.equal(told(await door.try(name, 'correct horse')), 'alice by password', name);
      for (const name of ['Юлия Ёлкина', 'юлия ёлкина', 'Юлия Ёлкина'.normalize('NFD')])
        assert.equal(told(await door.try(name, 'пароль:с двоеточием')), 'юлия ёлкина by password', name);
    });

    it('understands Latin-1 where it is not UTF-8', async () => {
      await site.person({ name: 'åsa', password: 'lösenord' });
      const door = gate(site.services);
      assert.equal(
        told(await door.send({ authorization: basic('åsa', 'lösenord', 'latin1') })),
        'åsa by password',
      );
      assert.equal(told(await door.send({ authorization: basic('åsa', 'lösenord') })), 'åsa by password');
    });

    it('hashes as much for a name that nobody has', async () => {
      const door = gate(site.services, { maxFailuresPerAccount: 100, maxFailuresPerAddress: 100 });
      assert.equal(await passwordsHashed(() => door.try('alice', 'a guess')), 1);
      assert.equal(await passwordsHashed(() => door.try('nobody', 'a guess')), 1);
    });

    it('costs as much to refuse for a name that nobody has, whatever the other methods are', async () => {
      const asked: string[] = [];
      let away = false;
      const counted = (method: SignInMethod): SignInMethod => ({
        ...method,
        attempt(attempt) {
          asked.push(method.name);
          return method.attempt(attempt);
        },
        async pretend(password) {
          asked.push(method.name);
          return (await method.pretend?.(password)) ?? 'done';
        },
      });
      const directory: SignInMethod = {
        name: 'ldap',
        isGuessable: true,
        attempt: async () => (away ? 'unavailable' : 'not-mine'),
        pretend: async () => (away ? 'unavailable' : 'done'),
      };
      const door = gate(site.services, {
        methods: ['app-password', 'password', 'ldap'],
        ldap: counted(directory),
        maxFailuresPerAccount: 100,
      });
      const costs = async (name: string, password: string): Promise<readonly unknown[]> => {
        asked.length = 0;
        return [told(await door.try(name, password)), ...asked];
      };
      assert.deepEqual(await costs('alice', 'wrong'), ['refused', 'ldap']);
      assert.deepEqual(await costs('nobody', 'wrong'), ['refused', 'ldap']);
      assert.deepEqual(await costs('alice', 'correct horse'), ['alice by password']);
      away = true;
      assert.deepEqual(await costs('alice', 'other'), ['unavailable', 'ldap']);
      assert.deepEqual(await costs('nobody', 'other'), ['unavailable', 'ldap']);
      away = false;
      assert.deepEqual(await costs('alice', 'other'), ['refused', 'ldap'], 'not taken for a known mistake');
    });

    it('counts at once when it was changed, and the old one no longer does', async () => {
      const door = gate(site.services);
      assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
      assert.equal(told(await door.try('alice', 'battery staple')), 'refused');
      await setPassword(site.services, operator(), alice, 'battery staple');
      assert.equal(told(await door.try('alice', 'correct horse')), 'refused');
      assert.equal(told(await door.try('alice', 'battery staple')), 'alice by password');
    });

    it('no longer counts when the account is disabled or gone', async () => {
      const door = gate(site.services);
      assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
      await patchPerson(site.services, operator(), alice, { disabled: true });
      assert.equal(told(await door.try('alice', 'correct horse')), 'refused');
      await patchPerson(site.services, operator(), alice, { disabled: false });
      assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
      await deletePerson(site.services, operator(), alice);
      assert.equal(told(await door.try('alice', 'correct horse')), 'refused');
    });

    it('is verified once and then remembered, also while others change things', async () => {
      const door = gate(site.services);
      await door.try('alice', 'correct horse');
      const seen = await calendarInHome(site.services, operator(), alice, 'personal');
      assert.ok(seen);
      const hashed = await passwordsHashed(async () => {
        for (let round = 0; round < 20; round += 1) {
          const actor = await actorFor(site.services, alice, { scope: 'write', via: 'system' });
          await setFavourite(site.services, actor, seen, round % 2 === 0);
          assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
        }
      });
      assert.equal(hashed, 0);
    });

    it('is verified anew after its time', async () => {
      const door = gate(site.services, { cacheSeconds: 300 });
      await door.try('alice', 'correct horse');
      site.advance(300_000);
      const hashed = await passwordsHashed(async () => {
        assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
      });
      assert.equal(hashed, 1);
    });

    it('is hashed once for the many connections that a phone opens at a time', async () => {
      const door = gate(site.services);
      const hashed = await passwordsHashed(() =>
        Promise.all(Array.from({ length: 30 }, () => door.try('alice', 'correct horse'))),
      );
      assert.equal(hashed, 1);
    });

    it('is refused in calendar programs where app passwords are required', async () => {
      const door = gate(site.services, { requireAppPasswords: true });
      const { secret } = await addAppPassword(site.services, operator(), alice, {
        label: 'phone',
        scope: 'write',
      });
      assert.equal(told(await door.try('alice', 'correct horse')), 'refused');
      assert.equal(told(await door.try('alice', secret)), 'alice by app-password');
    });
  });

  describe('by app password', () => {
    it('lets in with the scope it has, and notes its use', async () => {
      const { id, secret } = await addAppPassword(site.services, operator(), alice, {
        label: 'phone',
        scope: 'read',
      });
      const door = gate(site.services);
      const answer = await door.try('alice', secret, '203.0.113.7');
      assert.ok(answer.is === 'signed-in');
      assert.equal(answer.actor.scope, 'read');
      assert.equal(answer.actor.via, 'app-password');
      assert.deepEqual(Object.keys(answer.actor).sort(), ['groups', 'principal', 'scope', 'via']);
      assert.equal(
        told(await door.try('alice', secret.toUpperCase().replaceAll('-', ' '))),
        'alice by app-password',
      );
      await site.services.storage.commit({ actor: null, changes: [] });
      assert.equal(typeof id, 'number');
    });

    it('opens nobody else’s account', async () => {
      await site.person({ name: 'bob', password: 'bob’s own' });
      const { secret } = await addAppPassword(site.services, operator(), alice, {
        label: 'phone',
        scope: 'write',
      });
      assert.equal(told(await gate(site.services).try('bob', secret)), 'refused');
    });

    it('ends with the next request when it is revoked', async () => {
      const { id, secret } = await addAppPassword(site.services, operator(), alice, {
        label: 'phone',
        scope: 'write',
      });
      const door = gate(site.services);
      assert.equal(told(await door.try('alice', secret)), 'alice by app-password');
      await revokeAppPassword(site.services, operator(), alice, id);
      assert.equal(told(await door.try('alice', secret)), 'refused');
    });

    it('works on while somebody guesses at the account', async () => {
      const { secret } = await addAppPassword(site.services, operator(), alice, {
        label: 'phone',
        scope: 'write',
      });
      const door = gate(site.services);
      for (let guess = 0; guess < 7; guess += 1)
        await door.try('alice', `guess ${guess}`, `203.0.113.${guess}`);
      assert.equal((await door.try('alice', 'one more', '203.0.113.99')).is, 'throttled');
      assert.equal(told(await door.try('alice', secret)), 'alice by app-password');
    });
  });

  describe('by the word of a trusted proxy', () => {
    it('lets in whom the proxy names, by name or address', async () => {
      const door = gate(site.services, { methods: ['proxy', 'password'] });
      assert.equal(told(await door.send({ proxyUser: 'alice' })), 'alice by proxy');
      assert.equal(told(await door.send({ proxyUser: 'ALICE@example.com' })), 'alice by proxy');
      assert.equal(told(await door.send({ proxyUser: 'nobody' })), 'refused');
    });

    it('means nothing where that way is not configured', async () => {
      assert.equal(told(await gate(site.services).send({ proxyUser: 'alice' })), 'anonymous');
    });
  });

  describe('throttling', () => {
    it('never counts requests without credentials', async () => {
      const door = gate(site.services);
      for (let count = 0; count < 50; count += 1) assert.deepEqual(await door.send({}), { is: 'anonymous' });
      assert.deepEqual(await door.send({ authorization: 'Bearer abc' }), { is: 'anonymous' });
      assert.deepEqual(await door.send({ authorization: 'Digest username="alice"' }), { is: 'anonymous' });
      assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
      assert.deepEqual(door.failures, []);
    });

    it('counts a repeated wrong password once, so that an old phone locks nobody out', async () => {
      const door = gate(site.services);
      for (let count = 0; count < 100; count += 1)
        assert.equal((await door.try('alice', 'last year’s')).is, 'refused');
      assert.equal(door.failures.length, 1);
      assert.equal(told(await door.try('alice', 'correct horse')), 'alice by password');
    });

    it('answers a repeated wrong password without hashing it again', async () => {
      const door = gate(site.services);
      const hashed = await passwordsHashed(async () => {
        for (let count = 0; count < 20; count += 1) await door.try('alice', 'last year’s');
      });
      assert.equal(hashed, 1);
      site.advance(61_000);
      // It might have become right meanwhile, where another system knows the passwords.
      assert.equal((await door.try('alice', 'last year’s')).is, 'refused');
      assert.equal(door.failures.length, 1);
    });

    it('slows guessing at one account down, from whatever addresses', async () => {
      const door = gate(site.services);
      for (let guess = 0; guess < 5; guess += 1)
        assert.equal((await door.try('alice', `guess ${guess}`, `203.0.113.${guess}`)).is, 'refused');
      const answer = await door.try('alice', 'guess 5', '203.0.113.5');
      assert.ok(answer.is === 'throttled');
      assert.ok(answer.retryAfterSeconds > 0 && answer.retryAfterSeconds <= 900);
      assert.equal(door.failures.at(-1)?.reason, 'too-many-attempts');
    });

    it('is not outrun by many guesses at the same moment', async () => {
      const door = gate(site.services);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, guess) => door.try('alice', `guess ${guess}`, `203.0.113.${guess}`)),
      );
      assert.ok(answers.filter(({ is }) => is === 'refused').length <= 5);
      assert.ok(answers.filter(({ is }) => is === 'throttled').length >= 35);
    });

    it('does not keep out the owner, who has signed in from there before', async () => {
      const door = gate(site.services, { cacheSeconds: 0 });
      assert.equal(told(await door.try('alice', 'correct horse', '192.0.2.1')), 'alice by password');
      for (let guess = 0; guess < 6; guess += 1)
        await door.try('alice', `guess ${guess}`, `203.0.113.${guess}`);
      assert.equal((await door.try('alice', 'correct horse', '203.0.113.9')).is, 'throttled');
      assert.equal(told(await door.try('alice', 'correct horse', '192.0.2.1')), 'alice by password');
    });

    it('does not keep out the owner with a new password either, from there', async () => {
      const door = gate(site.services);
      assert.equal(told(await door.try('alice', 'correct horse', '192.0.2.1')), 'alice by password');
      await setPassword(site.services, operator(), alice, 'battery staple');
      for (let guess = 0; guess < 6; guess += 1)
        await door.try('alice', `guess ${guess}`, `203.0.113.${guess}`);
      assert.equal((await door.try('alice', 'battery staple', '203.0.113.9')).is, 'throttled');
      assert.equal(told(await door.try('alice', 'battery staple', '192.0.2.1')), 'alice by password');
    });

    it('slows guessing from an address that has signed in before as well', async () => {
      const door = gate(site.services, { cacheSeconds: 0 });
      await door.try('alice', 'correct horse', '192.0.2.1');
      for (let guess = 0; guess < 5; guess += 1)
        assert.equal((await door.try('alice', `guess ${guess}`, '192.0.2.1')).is, 'refused');
      assert.equal((await door.try('alice', 'guess 5', '192.0.2.1')).is, 'throttled');
    });

    it('does not keep out what has been right before, while somebody guesses from the same address', async () => {
      const door = gate(site.services);
      const address = '192.0.2.1';
      assert.equal(told(await door.try('alice', 'correct horse', address)), 'alice by password');
      for (let guess = 0; guess < 9; guess += 1) await door.try('alice', `guess ${guess}`, address);
      site.advance(301_000); // What was verified has to be verified anew.
      assert.equal(told(await door.try('alice', 'correct horse', address)), 'alice by password');
      const place = { address, program: '', requestId: 'r1' };
      const page = await door.signInByPassword({ name: 'alice', password: 'correct horse', ...place });
      assert.equal(told(page), 'alice by password');
      assert.equal((await door.try('alice', 'guess 10', address)).is, 'throttled');
    });

    it('does not tell a right guess from a wrong one when the guesses are used up', async () => {
      const door = gate(site.services);
      // The owner's phone, whose password is remembered.
      await door.try('alice', 'correct horse', '192.0.2.1');
      for (let guess = 0; guess < 6; guess += 1) await door.try('alice', `guess ${guess}`, '203.0.113.1');
      assert.equal((await door.try('alice', 'correct horse', '203.0.113.1')).is, 'throttled');
      // Beside the owner as well, if later.
      for (let guess = 0; guess < 60; guess += 1) await door.try('alice', `other ${guess}`, '192.0.2.1');
      assert.equal((await door.try('alice', 'correct horse', '192.0.2.1')).is, 'throttled');
    });

    it('hashes a wrong password once for the page as well, however often it is sent', async () => {
      const door = gate(site.services);
      const attempt = { name: 'alice', password: 'wrong', address: '', program: '', requestId: 'r1' };
      assert.equal((await door.signInByPassword(attempt)).is, 'refused');
      const flood = Array.from({ length: 400 }, () => door.signInByPassword(attempt));
      const owner = await door.signInByPassword({ ...attempt, password: 'correct horse' });
      assert.equal(told(owner), 'alice by password');
      for (const answer of await Promise.all(flood)) assert.equal(answer.is, 'refused');
    });

    it('answers the page later after five failures, longer each time, and lets the owner in all the same', async () => {
      const waited: number[] = [];
      const pass = async (ms: number): Promise<void> => void waited.push(ms);
      const door = gate(site.services, { maxFailuresPerAccount: 100, maxFailuresPerAddress: 100, pass });
      const place = { address: '203.0.113.1', program: '', requestId: 'r1' };
      const page = (password: string, address = place.address, name = 'alice') =>
        door.signInByPassword({ ...place, name, password, address });
      for (let guess = 0; guess < 5; guess += 1) await page('the same guess');
      assert.deepEqual(waited, [], 'five failures are free');
      for (let guess = 0; guess < 6; guess += 1) await page(`guess ${guess}`);
      assert.deepEqual(waited.splice(0), [1000, 2000, 4000, 8000, 8000, 8000]);
      // Elsewhere, and by programs, nothing has changed.
      assert.equal(told(await page('correct horse', '192.0.2.1')), 'alice by password');
      assert.equal((await door.try('alice', 'wrong', place.address)).is, 'refused');
      assert.deepEqual(waited, []);
      // Here the owner waits as long as whoever guesses, and ends it.
      assert.equal(told(await page('correct horse')), 'alice by password');
      assert.deepEqual(waited.splice(0), [8000]);
      await page('one more');
      assert.deepEqual(waited, []);
    });

    it('lets many guesses at the same moment wait, names that nobody has among them, and forgets failures in time', async () => {
      const waited: number[] = [];
      const pass = async (ms: number): Promise<void> => void waited.push(ms);
      const door = gate(site.services, { maxFailuresPerAccount: 100, maxFailuresPerAddress: 100, pass });
      const attempt = { name: 'nobody', address: '203.0.113.1', program: '', requestId: 'r1' };
      const guesses = Array.from({ length: 8 }, (_, at) =>
        door.signInByPassword({ ...attempt, password: `guess ${at}` }),
      );
      for (const answer of await Promise.all(guesses)) assert.equal(answer.is, 'refused');
      assert.deepEqual(waited.splice(0), [1000, 2000, 4000]);
      site.advance(901_000);
      await door.signInByPassword({ ...attempt, password: 'later' });
      assert.deepEqual(waited, []);
    });

    it('slows one address down that tries many names, and tells known from unknown names by nothing', async () => {
      const door = gate(site.services);
      for (let guess = 0; guess < 8; guess += 1)
        assert.equal((await door.try(`name ${guess}`, 'summer')).is, 'refused');
      assert.equal((await door.try('name 8', 'summer')).is, 'throttled');
      assert.equal((await door.try('alice', 'summer')).is, 'throttled');
      assert.equal(told(await door.try('alice', 'correct horse', '192.0.2.1')), 'alice by password');
    });

    it('takes all addresses of an IPv6 customer for one', async () => {
      const door = gate(site.services);
      for (let guess = 0; guess < 8; guess += 1)
        await door.try(`name ${guess}`, 'x', `2001:db8:1:2::${guess}`);
      assert.equal((await door.try('name 9', 'x', '2001:db8:1:2:aaaa:bbbb:cccc:dddd')).is, 'throttled');
      assert.equal((await door.try('name 9', 'x', '2001:db8:1:3::1')).is, 'refused');
    });

    it('does not take all clients of a silent proxy for one', async () => {
      const door = gate(site.services);
      for (let guess = 0; guess < 20; guess += 1)
        assert.equal((await door.try(`name ${guess}`, 'x', '')).is, 'refused');
    });

    it('tells the log once for each wrong credential, with the address and without the name', async () => {
      const door = gate(site.services);
      await door.try('alice', 'wrong', '203.0.113.7');
      await door.try('alice', 'wrong', '203.0.113.7');
      await door.send({ authorization: 'Basic !!!', address: '203.0.113.8' });
      await door.send({ authorization: basic('', 'x'), address: '203.0.113.8' });
      await door.send({ authorization: basic('a\nb', 'x'), address: '203.0.113.8' });
      assert.deepEqual(
        door.failures.map(({ address, reason }) => `${address} ${reason}`),
        [
          '203.0.113.7 wrong-credentials',
          '203.0.113.8 malformed',
          '203.0.113.8 malformed',
          '203.0.113.8 malformed',
        ],
      );
      assert.doesNotMatch(JSON.stringify(door.failures), /alice|wrong"/);
    });
  });
});
