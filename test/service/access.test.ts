import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { allows, type Level, levels } from '../../src/core/acl.ts';
import type { Principal } from '../../src/core/principal.ts';
import { Refusal } from '../../src/core/refusal.ts';
import {
  actorFor,
  calendarAccess,
  calendarById,
  calendarForBusy,
  calendarInHome,
  calendarsForBusy,
  calendarsOf,
  homeName,
  operator,
  principalNamed,
  requireAdministrator,
  requireLevel,
  requireSelf,
  visibleCalendars,
} from '../../src/service/access.ts';
import {
  createCalendar,
  deleteCalendar,
  grant,
  setExportAllowed,
  setFavourite,
} from '../../src/service/calendars/calendars.ts';
import { createServices } from '../../src/service/context.ts';
import { putObject } from '../../src/service/objects/objects.ts';
import { listing, multiget } from '../../src/service/objects/queries.ts';
import {
  company,
  createGroup,
  createPerson,
  patchPerson,
  setMember,
} from '../../src/service/people/people.ts';
import { setExportPolicy } from '../../src/service/people/policies.ts';
import { changesSince } from '../../src/service/sync/sync.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { actor, all, event, type Office, office, put, refuses, seen, share } from './office.ts';

describe('access', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const homeOf = async (person: Principal): Promise<string[]> => {
    const found = await visibleCalendars(at.services, await actor(at, person));
    return found.map((one) => `${one.calendar.ownerName}/${one.calendar.name}`);
  };
  const accessOf = async (person: Principal, scope: 'read' | 'write' = 'write') =>
    calendarAccess(at.services, await actor(at, person, scope), (await seen(at)).calendar);

  it('gives a person everything on their own calendars, and others nothing', async () => {
    const own = await accessOf(at.alice);
    assert.equal(own.level, 'manage');
    assert.ok(own.isOwner && own.canWrite && own.canManage && own.seesPrivate && own.inHome);
    const other = await accessOf(at.bob);
    assert.deepEqual(
      [other.level, other.canSeeBusy, other.canWrite, other.detail, other.inHome, other.reason],
      [undefined, false, false, 'none', false, 'no-grant'],
    );
  });

  it('gives an administrator nothing on calendars of people', async () => {
    assert.equal((await accessOf(at.root)).level, undefined);
  });

  for (const [level, writes, manages, detail] of [
    ['busy', false, false, 'busy'],
    ['titles', false, false, 'titles'],
    ['read', false, false, 'full'],
    ['contribute', true, false, 'full'],
    ['revise', true, false, 'full'],
    ['edit', true, false, 'full'],
    ['manage', true, true, 'full'],
  ] as const) {
    it(`lets the level ${level} show ${detail}, ${writes ? 'write' : 'not write'}`, async () => {
      await share(at, at.bob, level);
      const access = await accessOf(at.bob);
      assert.equal(access.level, level);
      assert.deepEqual([access.canWrite, access.canManage, access.detail], [writes, manages, detail]);
      assert.equal(access.isOwner, false);
      assert.equal(access.seesPrivate, manages);
    });
  }

  for (const [level, changes, removes] of [
    ['read', 'none', 'none'],
    ['contribute', 'own', 'own'],
    ['revise', 'all', 'own'],
    ['edit', 'all', 'all'],
    ['manage', 'all', 'all'],
  ] as const) {
    it(`lets the level ${level} change ${changes} and remove ${removes}, and nothing with a reading password`, async () => {
      await share(at, at.bob, level);
      const access = await accessOf(at.bob);
      assert.deepEqual([access.changes, access.removes], [changes, removes]);
      const phone = await accessOf(at.bob, 'read');
      assert.deepEqual(
        [phone.level, phone.canWrite, phone.changes, phone.removes],
        ['read', false, 'none', 'none'],
      );
    });
  }

  it('takes the highest of what is granted to the person, their groups and everyone', async () => {
    await share(at, at.bob, 'busy');
    await share(at, at.team, 'edit');
    await share(at, 'everyone', 'read');
    assert.equal((await accessOf(at.bob)).level, 'edit');
    assert.equal((await accessOf(at.root)).level, 'read');
  });

  it('reaches members of groups inside groups', async () => {
    const { services, system } = at;
    const whole = await createGroup(services, system, 'group', { name: 'whole' });
    await setMember(services, system, whole, at.team, true);
    await share(at, whole, 'read');
    assert.equal((await accessOf(at.bob)).level, 'read');
  });

  it('lets a read-only app password of the owner read and nothing more', async () => {
    const access = await accessOf(at.alice, 'read');
    assert.deepEqual([access.level, access.canWrite, access.reason], ['read', false, 'read-only-credential']);
    assert.ok(access.seesPrivate);
  });

  it('does not raise a busy level to read because the app password may read', async () => {
    await share(at, at.bob, 'busy');
    assert.equal((await accessOf(at.bob, 'read')).level, 'busy');
  });

  it('forgets a right with the commit that takes it', async () => {
    await share(at, at.bob, 'read');
    assert.equal((await accessOf(at.bob)).level, 'read');
    await share(at, at.bob, null);
    assert.equal((await accessOf(at.bob)).level, undefined);
  });

  it('does not remember for later what somebody was when their request began', async () => {
    await company(at.services, at.system);
    const before = await actor(at, at.root);
    await patchPerson(at.services, at.system, at.root, { isAdmin: false });
    // The request of before goes on.
    await visibleCalendars(at.services, before);
    const root = await at.services.storage.principal(at.root.id);
    assert.ok(root);
    const [seen] = (await visibleCalendars(at.services, await actor(at, root))).filter(
      ({ calendar }) => calendar.ownerKind === 'company',
    );
    assert.equal(seen?.level, 'read');
  });

  it('gives a disabled person nothing', async () => {
    await share(at, at.bob, 'edit');
    await patchPerson(at.services, at.system, at.bob, { disabled: true });
    const gone = await at.services.storage.principal(at.bob.id);
    assert.ok(gone);
    assert.equal((await accessOf(gone)).level, undefined);
  });

  it('gives the command line everything', async () => {
    const access = await calendarAccess(at.services, at.system, (await seen(at)).calendar);
    assert.ok(access.isOwner && access.canManage);
    assert.deepEqual(await visibleCalendars(at.services, at.system), []);
  });

  describe('of groups and the company', () => {
    it('makes members with the level manage the managers of a group calendar', async () => {
      const calendar = await seen(at, at.bob, at.team, 'calendar');
      assert.equal(calendar.level, 'edit');
      assert.equal(calendar.access.isOwner, false);
      const asOperator = await calendarInHome(at.services, at.system, at.team, 'calendar');
      assert.ok(asOperator);
      await grant(at.services, at.system, asOperator, at.bob.id, 'manage');
      assert.equal((await seen(at, at.bob, at.team, 'calendar')).access.isOwner, true);
    });

    it('does not make an outsider with the level manage a manager for whom export is open', async () => {
      const asOperator = await calendarInHome(at.services, at.system, at.team, 'calendar');
      assert.ok(asOperator);
      await grant(at.services, at.system, asOperator, at.alice.id, 'manage');
      const before = await seen(at, at.alice, at.team, 'calendar');
      assert.deepEqual([before.level, before.access.isOwner], ['manage', false]);
      await setExportAllowed(at.services, at.system, asOperator, false);
      assert.equal(
        await calendarInHome(at.services, await actor(at, at.alice), at.team, 'calendar'),
        undefined,
      );
    });

    it('shows the company calendar to everyone and lets administrators manage it', async () => {
      await company(at.services, at.system, 'Acme');
      assert.ok((await homeOf(at.bob)).includes('company/calendar'));
      const mine = await visibleCalendars(at.services, await actor(at, at.root));
      const found = mine.find(({ calendar }) => calendar.ownerKind === 'company');
      assert.equal(found?.level, 'manage');
    });
  });

  describe('of one home', () => {
    it('lists own calendars first, then shared, group and company ones', async () => {
      await share(at, at.bob, 'read');
      await company(at.services, at.system);
      assert.deepEqual(await homeOf(at.bob), [
        'bob/personal',
        'bob/tasks',
        'alice/personal',
        'team/calendar',
        'company/calendar',
      ]);
    });

    it('shows what everyone may read only to those who keep it as a favourite', async () => {
      await share(at, 'everyone', 'read');
      assert.ok(!(await homeOf(at.bob)).includes('alice/personal'));
      const theirs = await seen(at, at.bob);
      assert.equal(theirs.access.inHome, false);
      await setFavourite(at.services, await actor(at, at.bob), theirs, true);
      assert.ok((await homeOf(at.bob)).includes('alice/personal'));
    });

    it('leaves out what the person has taken out, until they keep it again', async () => {
      await share(at, at.bob, 'read');
      const who = await actor(at, at.bob);
      const theirs = await seen(at, at.bob);
      await deleteCalendar(at.services, who, theirs);
      assert.ok(!(await homeOf(at.bob)).includes('alice/personal'));
      assert.equal(await calendarInHome(at.services, who, at.bob, homeName(theirs)), undefined);
      // It is still there for its owner, and for the person by the owner's address.
      assert.ok((await homeOf(at.alice)).includes('alice/personal'));
      await setFavourite(at.services, who, await seen(at, at.bob), true);
      assert.ok((await homeOf(at.bob)).includes('alice/personal'));
    });

    it('names foreign calendars by their id, so that their owner can rename them', async () => {
      await share(at, at.bob, 'read');
      const who = await actor(at, at.bob);
      const theirs = await seen(at, at.bob);
      assert.match(homeName(theirs), /^shared-[0-9a-z]+$/);
      const again = await calendarInHome(at.services, who, at.bob, homeName(theirs));
      assert.equal(again?.calendar.id, theirs.calendar.id);
      assert.equal(homeName(await seen(at)), 'personal');
    });

    it('answers alike for calendars that are hidden and that are not there', async () => {
      const who = await actor(at, at.bob);
      const hidden = `shared-${(await seen(at)).calendar.id.toString(36)}`;
      for (const [home, name] of [
        [at.alice, 'personal'],
        [at.alice, 'nothing'],
        [at.bob, hidden],
        [at.bob, 'shared-zzz'],
        [at.bob, 'shared-zzzzzzzzzzzz'],
      ] as const) {
        assert.equal(await calendarInHome(at.services, who, home, name), undefined, name);
      }
    });

    it('does not answer by foreign names in a home that is not the actor’s', async () => {
      await share(at, at.bob, 'read');
      const name = homeName(await seen(at, at.bob));
      assert.equal(await calendarInHome(at.services, await actor(at, at.root), at.bob, name), undefined);
      // Nor by the foreign name of one's own.
      assert.equal(await calendarInHome(at.services, await actor(at, at.alice), at.alice, name), undefined);
    });

    it('finds a name in any normal form of Unicode', async () => {
      const who = await actor(at, at.alice);
      await createCalendar(at.services, who, at.alice, { name: 'Cafe\u0301' });
      assert.ok(await calendarInHome(at.services, who, at.alice, 'Caf\u00e9'));
      assert.ok(await calendarInHome(at.services, who, at.alice, 'Cafe\u0301'));
    });

    it('lists somebody else’s home as far as the actor may see it', async () => {
      const who = await actor(at, at.bob);
      assert.deepEqual(await calendarsOf(at.services, who, at.alice), []);
      await share(at, at.bob, 'busy');
      const found = await calendarsOf(at.services, who, at.alice);
      assert.deepEqual(
        found.map(({ calendar, level }) => [calendar.name, level]),
        [['personal', 'busy']],
      );
    });
  });

  describe('while export is off', () => {
    beforeEach(async () => {
      await share(at, at.bob, 'read');
      await put(at, await actor(at, at.alice), await seen(at), 'a.ics');
    });

    const close = async () => setExportAllowed(at.services, await actor(at, at.alice), await seen(at), false);

    it('hides the calendar from everyone but its owner, and shows it again as it was', async () => {
      const bob = await actor(at, at.bob);
      const theirs = await seen(at, at.bob);
      const { token } = await (async () => {
        const sync = await changesSince(at.services, bob, theirs, undefined);
        await all(sync.pages);
        return sync.end();
      })();
      await close();
      assert.ok(!(await homeOf(at.bob)).includes('alice/personal'));
      assert.equal(await calendarInHome(at.services, bob, at.alice, 'personal'), undefined);
      assert.equal(await calendarInHome(at.services, bob, at.bob, homeName(theirs)), undefined);
      assert.equal(await calendarById(at.services, bob, theirs.calendar.id), undefined);
      const alice = await actor(at, at.alice);
      assert.equal((await all(listing(at.services, alice, await seen(at)))).length, 1);
      await setExportAllowed(at.services, alice, await seen(at), true);
      const again = await seen(at, at.bob);
      const sync = await changesSince(at.services, bob, again, token);
      assert.deepEqual(await all(sync.pages), []);
      const found = await all(multiget(at.services, bob, again, ['a.ics']));
      assert.equal(found[0]?.object?.head.name, 'a.ics');
    });

    it('still lets those see busy times who have the right to', async () => {
      const bob = await actor(at, at.bob);
      await close();
      assert.ok(await calendarForBusy(at.services, bob, at.alice, 'personal'));
      assert.equal(
        await calendarForBusy(at.services, await actor(at, at.root), at.alice, 'personal'),
        undefined,
      );
      assert.deepEqual(
        (await calendarsForBusy(at.services, bob, at.alice)).map(({ name }) => name),
        ['personal'],
      );
    });

    it('is off for all calendars of a kind when the administrator forbids it', async () => {
      const root = await actor(at, at.root);
      await setExportPolicy(at.services, root, 'user', 'forbidden');
      const access = await accessOf(at.bob);
      assert.deepEqual(
        [access.level, access.reason, access.canSeeBusy],
        [undefined, 'export-forbidden', true],
      );
      assert.equal((await accessOf(at.alice)).level, 'manage');
      assert.ok((await homeOf(at.bob)).includes('team/calendar'));
      await setExportPolicy(at.services, root, 'user', 'owner');
      assert.equal((await accessOf(at.bob)).level, 'read');
    });

    it('is for the owner to decide, not for those who manage by grant', async () => {
      await share(at, at.bob, 'manage');
      const bob = await actor(at, at.bob);
      await refuses(setExportAllowed(at.services, bob, await seen(at, at.bob), false), 'need-privileges');
      await refuses(setExportPolicy(at.services, bob, 'user', 'forbidden'), 'need-privileges');
    });
  });

  it('never shows a calendar whose export is off to anyone but its owner, whatever is granted', async () => {
    const { services } = at;
    const alice = await actor(at, at.alice);
    const bob = await actor(at, at.bob);
    const level = fc.option(fc.constantFrom<Level>(...levels), { nil: null });
    await fc.assert(
      fc.asyncProperty(
        level,
        level,
        level,
        fc.boolean(),
        fc.boolean(),
        async (own, group, every, favourite, byPolicy) => {
          const mine = await seen(at);
          await grant(services, alice, mine, at.bob.id, own);
          await grant(services, alice, mine, at.team.id, group);
          await grant(services, alice, mine, 'everyone', every === 'manage' ? 'edit' : every);
          const best = (await calendarAccess(services, bob, mine.calendar)).rights;
          const theirs = await calendarById(services, bob, mine.calendar.id);
          if (theirs) await setFavourite(services, bob, theirs, favourite);
          assert.equal(theirs?.level, best);
          if (byPolicy) await setExportPolicy(services, at.system, 'user', 'forbidden');
          else await setExportAllowed(services, alice, mine, false);
          const access = await calendarAccess(services, bob, (await seen(at)).calendar);
          const home = await visibleCalendars(services, bob);
          await setExportPolicy(services, at.system, 'user', 'owner');
          await setExportAllowed(services, alice, mine, true);
          assert.equal(access.level, undefined);
          assert.equal(access.inHome || access.canWrite || access.detail !== 'none', false);
          assert.equal(access.canSeeBusy, allows(best, 'busy'));
          assert.ok(home.every((one) => one.calendar.id !== mine.calendar.id));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('forgets what another process has changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcal-'));
    try {
      const file = join(folder, 'data.db');
      const storages = [1, 2].map((processNumber) => openSqlite({ file, clock: at.clock, processNumber }));
      const [here, there] = storages.map((storage) => createServices({ ...at.services, storage }));
      assert.ok(here && there);
      const alice = await createPerson(here, operator(), { name: 'alice' });
      const bob = await createPerson(here, operator(), { name: 'bob' });
      const who = await actorFor(here, bob, { scope: 'write', via: 'password' });
      const mine = await calendarInHome(here, operator(), alice, 'personal');
      assert.ok(mine);
      await grant(there, operator(), mine, bob.id, 'read');
      assert.equal((await calendarInHome(here, who, alice, 'personal'))?.level, 'read');
      assert.equal((await visibleCalendars(here, who)).length, 3);
      const before = (await visibleCalendars(here, who))[2]?.calendar.modseq ?? 0;
      const request = { name: 'a.ics', bytes: event(), expect: 'absent' } as const;
      await putObject(there, operator(), mine, request);
      assert.equal((await visibleCalendars(here, who))[2]?.calendar.modseq, before + 1);
      await grant(there, operator(), mine, bob.id, null);
      assert.equal(await calendarInHome(here, who, alice, 'personal'), undefined);
      assert.equal((await visibleCalendars(here, who)).length, 2);
      await patchPerson(there, operator(), bob, { displayName: 'Robert' });
      assert.equal((await principalNamed(here, 'bob'))?.displayName, 'Robert');
      for (const storage of storages) await storage.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses with the missing privilege, or as if nothing were there', async () => {
    const hidden = await accessOf(at.bob);
    assert.throws(() => requireLevel(hidden, 'busy'), { code: 'not-found' });
    await share(at, at.bob, 'busy');
    const busy = await accessOf(at.bob);
    for (const [level, privilege] of [
      ['titles', 'read'],
      ['read', 'read'],
      ['contribute', 'bind'],
      ['revise', 'write-content'],
      ['edit', 'unbind'],
      ['manage', 'write-acl'],
    ] as const) {
      assert.throws(
        () => requireLevel(busy, level),
        (error) =>
          error instanceof Refusal &&
          error.code === 'need-privileges' &&
          error.detail.privilege === privilege,
      );
    }
    requireLevel(busy, 'busy');
    assert.throws(() => requireLevel({ ...busy, level: 'titles' }, 'manage'), /manage this calendar/);
    assert.throws(() => requireLevel({ ...busy, reason: 'read-only-credential' }, 'edit'), /app password/);
    assert.throws(() => requireLevel({ ...busy, reason: 'read-only-credential' }, 'manage'), /app password/);
  });

  it('knows administrators, oneself and credentials that may only read', async () => {
    const alice = await actor(at, at.alice);
    assert.throws(() => requireAdministrator(alice), { code: 'need-privileges' });
    requireAdministrator(await actor(at, at.root));
    requireAdministrator(operator());
    requireSelf(alice, at.alice);
    requireSelf(await actor(at, at.root), at.alice);
    assert.throws(() => requireSelf(alice, at.bob), { code: 'need-privileges' });
    const readOnly = await actor(at, at.root, 'read');
    assert.throws(() => requireAdministrator(readOnly), { code: 'need-privileges' });
  });
});
