/** What the page keeps, by a clock that can be moved: sessions, codes, preferences, the audit. */
import assert from 'node:assert/strict';
import { id } from '../../src/core/ids.ts';
import { listAudit, purgeAudit, record } from '../../src/service/audit.ts';
import { deleteCalendar, grant, setExportAllowed } from '../../src/service/calendars/calendars.ts';
import { createLink, deleteLink, resetLink } from '../../src/service/calendars/links.ts';
import { issueCode, readCode, useCode } from '../../src/service/codes.ts';
import { addAppPassword, endUnusedPasswords, setPassword } from '../../src/service/people/passwords.ts';
import { deletePerson, patchPerson, setMember } from '../../src/service/people/people.ts';
import { exportPolicies, setExportPolicy, setPolicies } from '../../src/service/people/policies.ts';
import { preferencesOf, setPreferences } from '../../src/service/people/preferences.ts';
import { endSession, listSessions, openSession, signedIn } from '../../src/service/people/sessions.ts';
import { actor, all, days, type Office, office, refuses, seen } from './office.ts';

describe('what the page keeps', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(async () => {
    await at.close();
  });

  const place = { program: 'Firefox', address: '192.0.2.1' };

  describe('sessions', () => {
    it('last a month, and a week without use', async () => {
      const { token } = await openSession(at.services, at.alice, place);
      at.clock.advance(days(6));
      assert.equal((await signedIn(at.services, token, 'x'))?.actor.principal.id, at.alice.id);
      at.clock.advance(days(1));
      assert.equal(await signedIn(at.services, token, 'x'), undefined);
      const who = await actor(at, at.alice);
      assert.deepEqual(await listSessions(at.services, who), []);
      const { storage } = at.services;
      // Marks of use are written now and then; here, as if this one had just been used.
      const used: typeof storage = {
        ...storage,
        sessionByHash: async (hash) => {
          const found = await storage.sessionByHash(hash);
          return found && { ...found, lastUsed: at.services.clock.now() };
        },
      };
      const active = { ...at.services, storage: used };
      assert.ok(await signedIn(active, token, 'x'));
      at.clock.advance(days(22));
      assert.ok(await signedIn(active, token, 'x'));
      at.clock.advance(days(1));
      assert.equal(await signedIn(active, token, 'x'), undefined);
    });

    it('do not begin by a password that was changed while it was compared', async () => {
      const who = await actor(at, at.alice);
      await setPassword(at.services, who, at.alice, 'one that somebody else knows');
      const compared = (await at.services.storage.credential(at.alice.id))?.hash ?? undefined;
      await setPassword(at.services, who, at.alice, 'another');
      await refuses(
        openSession(at.services, at.alice, place, { openedBy: 'person', passwordHash: compared }),
        'not-signed-in',
      );
    });

    it('end with the password, the account, and by their owner only', async () => {
      const who = await actor(at, at.alice);
      const other = await actor(at, at.bob);
      const one = await openSession(at.services, at.alice, place);
      await refuses(endSession(at.services, other, one.session.id), 'not-found');
      await endSession(at.services, who, one.session.id);
      assert.equal(await signedIn(at.services, one.token, 'x'), undefined);
      const two = await openSession(at.services, at.alice, place);
      await setPassword(at.services, who, at.alice, 'another');
      assert.equal(await signedIn(at.services, two.token, 'x'), undefined);
      const three = await openSession(at.services, at.alice, place);
      await patchPerson(at.services, at.system, at.alice, { disabled: true });
      assert.equal(await signedIn(at.services, three.token, 'x'), undefined);
      await deletePerson(at.services, at.system, at.alice);
      await refuses(openSession(at.services, at.alice, place), 'not-found');
    });
  });

  describe('codes', () => {
    it('are for one purpose, once, and for their time', async () => {
      const values = {
        purpose: 'connect',
        principal: at.alice.id,
        payload: 'apple',
        lifeMs: 600_000,
      } as const;
      const { code } = await issueCode(at.services, values);
      assert.equal((await readCode(at.services, 'connect', code))?.payload, 'apple');
      await refuses(useCode(at.services, 'set-up', code), 'gone');
      assert.equal((await useCode(at.services, 'connect', code)).principal, at.alice.id);
      await refuses(useCode(at.services, 'connect', code), 'gone');
      const late = await issueCode(at.services, values);
      at.clock.advance(600_000);
      await refuses(useCode(at.services, 'connect', late.code), 'gone');
      await refuses(issueCode(at.services, { ...values, principal: id(1) }), 'not-found');
    });

    it('end app passwords that nobody has used in their day, and no others', async () => {
      const who = await actor(at, at.alice);
      const made = async (label: string) => {
        const { id: appPassword } = await addAppPassword(at.services, who, at.alice, {
          label,
          scope: 'write',
        });
        const payload = String(appPassword);
        await issueCode(at.services, {
          purpose: 'unused-password',
          principal: at.alice.id,
          payload,
          lifeMs: days(1),
        });
        return appPassword;
      };
      await made('never installed');
      const used = await made('installed');
      at.services.storage.touchAppPassword(used, at.services.clock.now(), 'iOS', '');
      await endUnusedPasswords(at.services);
      const labels = async () =>
        (await at.services.storage.appPasswords(at.alice.id)).map(({ label }) => label);
      assert.deepEqual(await labels(), ['never installed', 'installed']);
      at.clock.advance(days(1));
      const { storage } = at.services;
      // Marks of use are written every ten seconds; here, they are told at once.
      const told: typeof storage = {
        ...storage,
        appPassword: async (wanted) => {
          const found = await storage.appPassword(wanted);
          return found && wanted === used ? { ...found, lastUsed: at.services.clock.now() } : found;
        },
      };
      await endUnusedPasswords({ ...at.services, storage: told });
      assert.deepEqual(await labels(), ['installed']);
      await endUnusedPasswords(at.services);
      assert.deepEqual(await labels(), ['installed']);
    });
  });

  describe('preferences', () => {
    it('are small, few, and read even when another version wrote them', async () => {
      const who = await actor(at, at.alice);
      await setPreferences(at.services, who, { theme: 'dark', view: undefined });
      await setPreferences(at.services, who, {});
      await at.services.storage.commit({
        actor: null,
        changes: [{ do: 'set-preference', principal: at.alice.id, key: 'odd', value: '{' }],
      });
      assert.deepEqual([...(await preferencesOf(at.services, at.alice.id))], [['theme', 'dark']]);
      await refuses(setPreferences(at.services, who, { big: 'x'.repeat(5000) }), 'too-large');
      const many = Object.fromEntries(Array.from({ length: 2001 }, (_, key) => [`k${key}`, 1]));
      await refuses(setPreferences(at.services, who, many), 'quota-exceeded');
    });
  });

  describe('the audit', () => {
    it('is written with every change that it is about, by whichever door', async () => {
      const [who, root] = [await actor(at, at.alice), await actor(at, at.root)];
      const mine = await seen(at);
      const { services, alice, bob, team } = at;
      await setExportAllowed(services, who, mine, false);
      await setExportAllowed(services, who, mine, true);
      await grant(services, who, mine, bob.id, 'read');
      await grant(services, who, mine, bob.id, null);
      await grant(services, who, mine, 'everyone', 'busy');
      const { id: link } = await createLink(services, who, alice, { target: mine.calendar.id, label: '' });
      await resetLink(services, who, alice, link);
      await deleteLink(services, who, alice, link);
      await createLink(services, who, alice, { target: 'favourites', label: '' });
      await deleteCalendar(services, who, mine);
      await setMember(services, root, team, bob, false);
      await setMember(services, root, team, alice, true);
      await setExportPolicy(services, root, 'user', 'forbidden');
      await setPolicies(services, root, {
        'portal.logo': 'data:...',
        'links.days': '7',
        'links.detail': null,
      });
      await patchPerson(services, root, bob, { isAdmin: true, disabled: true, addresses: [] });
      await patchPerson(services, root, bob, { isAdmin: false, disabled: false });
      await patchPerson(services, root, bob, { displayName: 'B' });
      await record(services, { ...who, address: '192.0.2.1' }, { action: 'sign-in', subject: 'Firefox' });
      await deletePerson(services, root, bob);
      const entries = await all(listAudit(services, root, {}));
      const told = entries.map(({ who: name, action, subject }) =>
        [name, action, subject].join(' ').replaceAll(/\d{6,}/g, '#'),
      );
      assert.deepEqual(told.slice(0, 20).reverse(), [
        'alice calendar.export calendar #, not allowed',
        'alice calendar.export calendar #, allowed',
        'alice share.set calendar #, person #, read',
        'alice share.remove calendar #, person #',
        'alice share.set calendar #, everyone, busy',
        'alice link.create calendar #',
        'alice link.reset link #',
        'alice link.delete link #',
        'alice link.create favourites',
        'alice calendar.delete calendar #',
        'root group.remove person #, person #',
        'root group.add person #, person #',
        'root policy.set export.user forbidden',
        'root policy.set links.detail',
        'root policy.set links.days 7',
        'root policy.set portal.logo',
        'root person.change person #, administrator, disabled, addresses',
        'root person.change person #, no administrator, enabled',
        'alice sign-in Firefox',
        'root person.delete person #',
      ]);
      await refuses(all(listAudit(services, who, {})), 'need-privileges');
      assert.equal((await exportPolicies(services)).get('user'), 'forbidden');
      at.clock.advance(days(10));
      await purgeAudit(services, days(5));
      assert.deepEqual(await all(listAudit(services, root, {})), []);
    });
  });
});
