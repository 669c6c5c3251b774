import assert from 'node:assert/strict';
import { everyone, levels } from '../../../src/core/acl.ts';
import type { Change } from '../../../src/core/change-set.ts';
import { id, type PrincipalId } from '../../../src/core/ids.ts';
import {
  anna,
  boris,
  calendar,
  flat,
  home,
  maxHomeBytes,
  nobody,
  noon,
  nowhere,
  object,
  problems,
  put,
  remove,
  type StorageFactory,
  team,
  teamPlan,
  useWorld,
  work,
} from './fixture.ts';

const grant = (grantee: PrincipalId | typeof everyone, level: (typeof levels)[number] | null): Change => ({
  do: 'grant',
  calendar: work,
  grantee,
  level,
});

export function calendarContract(factory: StorageFactory): void {
  describe('calendars', () => {
    const world = useWorld(factory);
    const refused = async (...changes: Change[]): Promise<string> => {
      const result = await world.attempt(...changes);
      return result.ok ? 'done' : result.reason;
    };

    it('have a stale index from the change that makes it so until the index follows that change', async () => {
      const { storage } = world;
      const stale = async (of?: Parameters<typeof storage.staleIndexes>[0]): Promise<readonly string[]> =>
        (await storage.staleIndexes(of)).map(({ calendar, reason }) => `${calendar} ${reason}`);
      const zone = (timeZone: string): Change => ({
        do: 'patch-calendar',
        calendar: work,
        patch: { timeZone },
      });
      const person = (patch: { timeZone?: string; addresses?: string[] }): Change => ({
        do: 'patch-principal',
        principal: anna,
        patch,
      });
      await world.done({ do: 'patch-calendar', calendar: work, patch: { displayName: 'x' } });
      assert.deepEqual(await stale(), []);
      await world.done(zone('Europe/Paris'));
      const [first] = await storage.staleIndexes();
      assert.ok(first);
      await world.done(zone('Europe/Berlin'));
      await world.done({ do: 'index-made', ...first });
      assert.deepEqual(await stale(), [`${work} zone`]);
      assert.deepEqual(await stale({ calendar: work }), [`${work} zone`]);
      assert.deepEqual(await stale({ calendar: teamPlan }), []);
      assert.deepEqual(await stale({ owner: boris }), []);
      for (const one of await storage.staleIndexes()) await world.done({ do: 'index-made', ...one });
      assert.deepEqual(await stale(), []);
      // This one has a zone of its own by now.
      await world.done(person({ timeZone: 'Asia/Tokyo' }));
      assert.ok(!(await stale({ owner: anna })).includes(`${work} zone`));
      await world.done(person({ addresses: ['anna@example.net'] }));
      assert.ok((await stale({ owner: anna })).includes(`${work} addresses`));
      await world.done({ do: 'patch-calendar', calendar: work, patch: { owner: boris } });
      assert.deepEqual(await stale({ owner: boris }), [`${work} addresses`, `${work} zone`]);
      await world.done({ do: 'delete-calendar', calendar: work });
      assert.deepEqual(await stale({ owner: boris }), []);
    });

    it('are as they were created', async () => {
      const made = calendar(id(220), boris, 'имя', {
        description: 'd',
        color: '#00FF00FF',
        order: 3,
        timeZoneData: 'BEGIN:VCALENDAR',
        timeZone: 'Europe/Moscow',
        components: ['VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY'],
        transparent: true,
        exportAllowed: false,
      });
      assert.deepEqual(await world.done({ do: 'create-calendar', calendar: made }), [true]);
      const expected = {
        ...made,
        ownerKind: 'user',
        ownerName: 'boris',
        exportDetail: 'full',
        exportWindow: 'all',
        modseq: 1,
        changeFloor: 0,
        created: noon,
        modified: noon,
      };
      assert.deepEqual(await world.storage.calendar(id(220)), expected);
      assert.deepEqual(await world.storage.calendarByName(boris, 'имя'), expected);
      assert.deepEqual(await world.storage.calendarsOf(boris), [expected]);
    });

    it('are listed in order of creation', async () => {
      await world.done({ do: 'create-calendar', calendar: calendar(id(230), anna, 'a') });
      assert.deepEqual(
        (await world.storage.calendarsOf(anna)).map(({ name }) => name),
        ['work', 'home', 'a'],
      );
    });

    it('need an owner and a name of their own', async () => {
      assert.equal(
        await refused({ do: 'create-calendar', calendar: calendar(id(230), nobody, 'a') }),
        'missing',
      );
      assert.equal(
        await refused({ do: 'create-calendar', calendar: calendar(id(230), anna, 'work') }),
        'name-in-use',
      );
      assert.equal(
        await refused({ do: 'create-calendar', calendar: calendar(id(230), boris, 'work') }),
        'done',
      );
    });

    it('are changed by what a patch names, and by nothing else', async () => {
      const before = await world.storage.calendar(work);
      world.clock.advance(5);
      const patch = {
        displayName: 'Arbeit',
        description: 'x',
        order: 0,
        exportAllowed: false,
        exportDetail: 'busy',
        exportWindow: { monthsBack: 1, monthsAhead: 12 },
      } as const;
      await world.done({ do: 'patch-calendar', calendar: work, patch });
      assert.deepEqual(await world.storage.calendar(work), {
        ...before,
        ...patch,
        modseq: 2,
        modified: noon + 5,
      });
      await world.done({
        do: 'patch-calendar',
        calendar: work,
        patch: { description: null, order: null, transparent: true, exportWindow: 'all', name: 'arbeit' },
      });
      const after = await world.storage.calendar(work);
      assert.deepEqual(
        [
          after?.description,
          after?.order,
          after?.transparent,
          after?.exportWindow,
          after?.name,
          after?.displayName,
        ],
        [null, null, true, 'all', 'arbeit', 'Arbeit'],
      );
      assert.equal(
        await refused({ do: 'patch-calendar', calendar: work, patch: { name: 'home' } }),
        'name-in-use',
      );
      assert.equal(
        await refused({ do: 'patch-calendar', calendar: work, patch: { name: 'arbeit' } }),
        'done',
      );
      assert.equal(await refused({ do: 'patch-calendar', calendar: nowhere, patch: {} }), 'missing');
    });

    it('can be given to another owner with all that is in them', async () => {
      await world.done(
        ...Array.from({ length: 300 }, (_, at) =>
          put(work, object(`${at}.ics`, { bytes: Buffer.alloc(10) })),
        ),
        { do: 'grant', calendar: work, grantee: team, level: 'read' },
        { do: 'set-property', holder: { on: 'calendar', id: work, person: null }, name: '{x}p', xml: '<p/>' },
      );
      await world.done({ do: 'patch-calendar', calendar: work, patch: { owner: boris } });
      assert.deepEqual(
        [await world.storage.usedBytes(anna), await world.storage.usedBytes(boris)],
        [0, 3000],
      );
      assert.equal((await world.storage.calendar(work))?.ownerName, 'boris');
      assert.equal((await flat(world.storage.heads({ calendar: work, select: { by: 'all' } }))).length, 300);
      assert.equal(
        await refused({ do: 'patch-calendar', calendar: work, patch: { owner: nobody } }),
        'missing',
      );
      await world.done(put(home, object('full.ics', { bytes: Buffer.alloc(maxHomeBytes - 10) })));
      assert.equal(
        await refused({ do: 'patch-calendar', calendar: work, patch: { owner: anna } }),
        'quota-exceeded',
      );
    });

    it('lose what is deleted in them to the trash of whom they belong to now', async () => {
      await world.done(put(work, object('a.ics')), put(work, object('b.ics')));
      await world.done(
        { do: 'patch-calendar', calendar: work, patch: { owner: boris } },
        remove(work, 'a.ics'),
      );
      await world.done(remove(work, 'b.ics'));
      assert.deepEqual(await flat(world.storage.trash(anna)), []);
      assert.equal((await flat(world.storage.trash(boris))).length, 2);
      assert.deepEqual(await problems(world.storage), []);
    });

    it('may be given on while the first handing over is still under way', async () => {
      await world.done(...Array.from({ length: 130 }, (_, at) => put(work, object(`${at}.ics`))));
      // So much at a time that the sweeper's steps have to wait behind other changes.
      const busy = Array.from({ length: 100 }, (): Change => grant(team, 'read'));
      const all: Promise<unknown>[] = [];
      for (let turn = 0; turn < 300; turn++) {
        const owner = [boris, team, anna][turn % 3] ?? anna;
        const isOther = turn % 10 === 0;
        all.push(
          world.done(
            ...(isOther ? [{ do: 'patch-calendar', calendar: work, patch: { owner } } as const] : busy),
          ),
        );
        if (turn % 2 === 0) await new Promise(setImmediate);
      }
      await Promise.all(all);
      await world.storage.tidy({ before: world.clock.now(), keepChanges: 1000 });
      assert.deepEqual(await problems(world.storage), []);
    });

    describe('rights', () => {
      it('are granted, changed and taken back', async () => {
        await world.done(grant(boris, 'read'), grant(everyone, 'busy'), grant(team, 'edit'));
        await world.done(grant(boris, 'titles'));
        assert.deepEqual(
          (await world.storage.grants(work)).toSorted((a, b) => a.level.localeCompare(b.level)),
          [
            { calendar: work, grantee: everyone, level: 'busy' },
            { calendar: work, grantee: team, level: 'edit' },
            { calendar: work, grantee: boris, level: 'titles' },
          ],
        );
        await world.done(grant(team, null), grant(everyone, null), grant(team, null));
        assert.deepEqual(await world.storage.grants(work), [
          { calendar: work, grantee: boris, level: 'titles' },
        ]);
      });

      it('answer with the highest level of all who are asked for', async () => {
        await world.done(grant(boris, 'titles'), grant(everyone, 'busy'), grant(team, 'edit'));
        const { grantedLevel } = world.storage;
        assert.equal(await grantedLevel(work, [boris]), 'titles');
        assert.equal(await grantedLevel(work, [boris, everyone, team]), 'edit');
        assert.equal(await grantedLevel(work, [everyone]), 'busy');
        assert.equal(await grantedLevel(work, [nobody]), undefined);
        assert.equal(await grantedLevel(work, []), undefined);
        assert.equal(await grantedLevel(home, [boris]), undefined);
      });

      it('offer a calendar again to whoever had taken it out, with a new grant and not with another level', async () => {
        const isOut = async (): Promise<boolean> =>
          (await world.storage.view(boris, work))?.unsubscribed ?? false;
        const takeOut = (): Promise<unknown> =>
          world.done({
            do: 'view',
            principal: boris,
            calendar: work,
            patch: { unsubscribed: true, color: '#112233FF' },
          });
        await world.done(grant(boris, 'read'));
        await takeOut();
        await world.done(grant(boris, 'edit'));
        assert.equal(await isOut(), true);
        await world.done(grant(everyone, 'read'), grant(anna, 'read'));
        assert.equal(await isOut(), true);
        await world.done(grant(boris, null));
        assert.equal(await isOut(), true);
        await world.done(grant(boris, 'read'));
        assert.equal(await isOut(), false);
        assert.equal((await world.storage.view(boris, work))?.color, '#112233FF');
        await takeOut();
        await world.done({ do: 'member', group: team, member: boris, present: true }, grant(team, 'read'));
        assert.equal(await isOut(), false);
      });

      it('need somebody and something', async () => {
        assert.equal(await refused(grant(nobody, 'read')), 'missing');
        assert.equal(
          await refused({ do: 'grant', calendar: nowhere, grantee: boris, level: 'read' }),
          'missing',
        );
      });
    });

    describe('of a person', () => {
      it('are their own, those granted to them, their groups or everyone, and those with a view of theirs', async () => {
        const shared = calendar(id(231), anna, 'shared');
        const open = calendar(id(232), anna, 'open');
        const seen = calendar(id(233), anna, 'seen');
        const own = calendar(id(234), boris, 'own');
        await world.done(
          ...[shared, open, seen, own].map((one) => ({ do: 'create-calendar', calendar: one }) as const),
          { do: 'grant', calendar: shared.id, grantee: boris, level: 'read' },
          { do: 'grant', calendar: shared.id, grantee: team, level: 'edit' },
          { do: 'grant', calendar: shared.id, grantee: everyone, level: 'manage' },
          { do: 'grant', calendar: teamPlan, grantee: team, level: 'titles' },
          { do: 'grant', calendar: open.id, grantee: everyone, level: 'busy' },
          { do: 'view', principal: boris, calendar: seen.id, patch: { favourite: true, color: '#112233FF' } },
          { do: 'view', principal: anna, calendar: own.id, patch: { favourite: true } },
        );
        const visible = await world.storage.visibleTo(boris, [team]);
        assert.deepEqual(
          visible.map(({ calendar, granted, grantedByName, view }) => [
            calendar.name,
            granted,
            grantedByName,
            view?.color,
          ]),
          [
            ['plan', 'titles', 'titles', undefined],
            ['shared', 'manage', 'edit', undefined],
            ['open', 'busy', undefined, undefined],
            ['seen', undefined, undefined, '#112233FF'],
            ['own', undefined, undefined, undefined],
          ],
        );
        assert.deepEqual(visible[1]?.calendar, await world.storage.calendar(shared.id));
        const alone = await world.storage.visibleTo(boris, []);
        assert.ok(!alone.some(({ calendar }) => calendar.name === 'plan'));
      });

      it('have a view, patched bit by bit and gone when it says nothing', async () => {
        const view = (patch: Extract<Change, { do: 'view' }>['patch']) =>
          world.done({ do: 'view', principal: boris, calendar: work, patch });
        assert.deepEqual(await view({ displayName: 'Annas', transparent: true }), [true]);
        assert.deepEqual(await view({ unsubscribed: true, order: 4, transparent: false }), [false]);
        const expected = {
          principal: boris,
          calendar: work,
          favourite: false,
          unsubscribed: true,
          displayName: 'Annas',
          color: null,
          order: 4,
          transparent: false,
        };
        assert.deepEqual(await world.storage.view(boris, work), expected);
        await view({ unsubscribed: false, displayName: null, order: null, transparent: null });
        assert.equal(await world.storage.view(boris, work), undefined);
        assert.deepEqual(await world.storage.visibleTo(boris, []), []);
      });

      it('need a person and a calendar for a view', async () => {
        const patch = { favourite: true };
        assert.equal(await refused({ do: 'view', principal: nobody, calendar: work, patch }), 'missing');
        assert.equal(await refused({ do: 'view', principal: boris, calendar: nowhere, patch }), 'missing');
      });
    });

    it('move the version of the directory, as does all that rights are made of; objects do not', async () => {
      const moves: Change[] = [
        { do: 'create-calendar', calendar: calendar(id(240), anna, 'x') },
        { do: 'patch-calendar', calendar: id(240), patch: { exportAllowed: false } },
        { do: 'grant', calendar: work, grantee: boris, level: 'read' },
        { do: 'view', principal: boris, calendar: work, patch: { favourite: true } },
        { do: 'member', group: team, member: boris, present: false },
        { do: 'patch-principal', principal: boris, patch: { disabled: true } },
        { do: 'set-password', principal: boris, hash: 'x' },
        { do: 'set-policy', key: 'export.user', value: 'forbidden' },
        { do: 'delete-calendar', calendar: id(240) },
        { do: 'delete-principal', principal: boris },
      ];
      for (const change of moves) {
        const before = await world.storage.directoryVersion();
        await world.done(change);
        assert.ok((await world.storage.directoryVersion()) > before, change.do);
      }
      const before = await world.storage.directoryVersion();
      await world.done(put(work, object('a.ics')), {
        do: 'delete',
        calendar: work,
        name: 'a.ics',
        expect: 'present',
      });
      assert.equal(await world.storage.directoryVersion(), before);
    });
  });
}
