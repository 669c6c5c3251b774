import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import {
  type AppPasswordId,
  type CalendarId,
  etag,
  type FileId,
  id,
  type PrincipalId,
} from '../../../src/core/ids.ts';
import type { PrincipalQuery } from '../../../src/storage/port.ts';
import {
  anna,
  at,
  boris,
  calendar,
  flat,
  nobody,
  noon,
  object,
  person,
  put,
  remove,
  type StorageFactory,
  team,
  useWorld,
  work,
} from './fixture.ts';

const other = (name: string, address: string): Change => ({
  do: 'create-principal',
  principal: person(id(150), name, { addresses: [address] }),
});

export function peopleContract(factory: StorageFactory): void {
  describe('people', () => {
    const world = useWorld(factory);
    const refused = async (...changes: Change[]): Promise<string> => {
      const result = await world.attempt(...changes);
      return result.ok ? 'done' : result.reason;
    };
    const names = async (query: PrincipalQuery): Promise<string[]> =>
      (await flat(world.storage.principals(query))).map(({ name }) => name);

    it('are found by id, name and every address', async () => {
      const found = await world.storage.principal(anna);
      assert.deepEqual(found, {
        ...person(anna, 'anna', { addresses: ['anna@example.org', 'a@example.org'] }),
        disabled: false,
      });
      assert.deepEqual(await world.storage.principalByName('anna'), found);
      assert.deepEqual(await world.storage.principalByAddress('a@example.org'), found);
      assert.equal(await world.storage.principalByName('Anna'), undefined);
      assert.equal(await world.storage.principalByAddress('nobody@example.org'), undefined);
      assert.equal(await world.storage.principal(nobody), undefined);
    });

    it('have names and addresses of their own', async () => {
      assert.equal(await refused(other('anna', 'new@example.org')), 'name-in-use');
      assert.equal(await refused(other('new', 'a@example.org')), 'name-in-use');
      assert.equal(await refused(other('new', 'new@example.org')), 'done');
    });

    it('may have no address, and name one twice', async () => {
      await world.done(
        { do: 'create-principal', principal: person(id(150), 'room', { kind: 'room', addresses: [] }) },
        { do: 'patch-principal', principal: boris, patch: { addresses: ['b@x', 'b@x', 'c@x'] } },
      );
      assert.deepEqual((await world.storage.principal(id(150)))?.addresses, []);
      assert.deepEqual((await world.storage.principal(boris))?.addresses, ['b@x', 'c@x']);
    });

    it('are changed by what a patch names', async () => {
      await world.done({
        do: 'patch-principal',
        principal: boris,
        patch: {
          displayName: 'Боря',
          addresses: ['new@x'],
          language: 'sv',
          timeZone: 'UTC',
          isAdmin: true,
          disabled: true,
        },
      });
      assert.deepEqual(await world.storage.principal(boris), {
        ...person(boris, 'boris', {
          displayName: 'Боря',
          addresses: ['new@x'],
          language: 'sv',
          timeZone: 'UTC',
          isAdmin: true,
        }),
        disabled: true,
      });
      assert.equal(await world.storage.principalByAddress('boris@example.com'), undefined);
      assert.deepEqual(await names({ text: 'NEW@', includeDisabled: true }), ['boris']);
      assert.equal(
        await refused({ do: 'patch-principal', principal: boris, patch: { addresses: ['a@example.org'] } }),
        'name-in-use',
      );
      assert.equal(await refused({ do: 'patch-principal', principal: nobody, patch: {} }), 'missing');
      await world.done({ do: 'patch-principal', principal: boris, patch: {} });
      assert.equal((await world.storage.principal(boris))?.displayName, 'Боря');
    });

    it('are searched by part of a name or address without case, in any script', async () => {
      assert.deepEqual(await names({}), ['anna', 'boris', 'team']);
      assert.deepEqual(await names({ text: 'ИВАНОВ' }), ['boris']);
      assert.deepEqual(await names({ text: 'EXAMPLE.ORG' }), ['anna']);
      assert.deepEqual(await names({ text: '%' }), []);
      assert.deepEqual(await names({ kinds: ['group', 'room'] }), ['team']);
      await world.done({ do: 'patch-principal', principal: boris, patch: { disabled: true } });
      assert.deepEqual(await names({ kinds: ['user'] }), ['anna']);
      assert.deepEqual(await names({ kinds: ['user'], includeDisabled: true }), ['anna', 'boris']);
    });

    it('come in pages, by name', async () => {
      const many = Array.from({ length: 600 }, (_, at) => `p${String(at).padStart(3, '0')}`);
      await world.done(
        ...many.map(
          (name, at) => ({ do: 'create-principal', principal: person(id(1000 + at), name) }) as const,
        ),
      );
      assert.deepEqual(await names({ text: '@example.com' }), ['boris', ...many, 'team']);
    });

    it('belong to groups at any depth, and cycles are harmless', async () => {
      const [inner, outer]: PrincipalId[] = [id(151), id(152)];
      assert.ok(inner && outer);
      await world.done(
        { do: 'create-principal', principal: person(inner, 'inner', { kind: 'group' }) },
        { do: 'create-principal', principal: person(outer, 'outer', { kind: 'group' }) },
        { do: 'member', group: inner, member: team, present: true },
        { do: 'member', group: outer, member: inner, present: true },
        { do: 'member', group: team, member: outer, present: true },
      );
      assert.deepEqual(await world.storage.groupsOf(anna), [team, inner, outer]);
      assert.deepEqual(await world.storage.membersOf(team), [anna, boris, outer]);
      assert.deepEqual(await world.done({ do: 'member', group: team, member: anna, present: true }), [false]);
      await world.done({ do: 'member', group: team, member: anna, present: false });
      assert.deepEqual(await world.storage.groupsOf(anna), []);
      assert.equal(await refused({ do: 'member', group: team, member: nobody, present: true }), 'missing');
      assert.equal(await refused({ do: 'member', group: nobody, member: anna, present: true }), 'missing');
    });

    it('have a password or none', async () => {
      assert.deepEqual(await world.storage.credential(anna), { hash: null });
      await world.done({ do: 'set-password', principal: anna, hash: 'scrypt:x' });
      assert.deepEqual(await world.storage.credential(anna), { hash: 'scrypt:x' });
      await world.done({ do: 'set-password', principal: anna, hash: null });
      assert.deepEqual(await world.storage.credential(anna), { hash: null });
      assert.equal(await world.storage.credential(nobody), undefined);
      assert.equal(await refused({ do: 'set-password', principal: nobody, hash: 'x' }), 'missing');
    });

    it('have app passwords, found by hash, revoked by id', async () => {
      const hash = Buffer.from('0123456789abcdef');
      const change: Extract<Change, { do: 'add-app-password' }> = {
        do: 'add-app-password',
        id: id(301),
        principal: anna,
        label: 'phone',
        scope: 'read',
        calendars: null,
        hash,
      };
      assert.deepEqual(await world.done(change), [true]);
      const expected = {
        id: change.id,
        principal: anna,
        label: 'phone',
        scope: 'read',
        calendars: null,
        created: noon,
        lastUsed: null,
        lastProgram: null,
        lastAddress: null,
      };
      assert.deepEqual(await world.storage.appPasswordByHash(hash), expected);
      assert.deepEqual(await world.storage.appPasswords(anna), [expected]);
      assert.deepEqual(await world.storage.appPassword(expected.id), expected);
      assert.equal(await world.storage.appPassword(id(999)), undefined);
      assert.equal(await refused({ ...change, id: id<AppPasswordId>(302) }), 'name-in-use');
      assert.equal(await refused({ ...change, principal: nobody }), 'missing');
      for (const calendars of [[], [work, id<CalendarId>(999)]]) {
        const other = Buffer.from(`for ${calendars.length} calendars`);
        const password = id<AppPasswordId>(310 + calendars.length);
        await world.done({ ...change, id: password, calendars, hash: other });
        assert.deepEqual((await world.storage.appPasswordByHash(other))?.calendars, calendars);
        await world.done({ do: 'revoke-app-password', id: password });
      }
      await world.done({ do: 'revoke-app-password', id: id(301) });
      assert.equal(await world.storage.appPasswordByHash(hash), undefined);
      assert.equal(await refused({ do: 'revoke-app-password', id: id(301) }), 'missing');
    });

    it('live by the policies of the administrator', async () => {
      assert.deepEqual([...(await world.storage.policies())], []);
      await world.done(
        { do: 'set-policy', key: 'export.user', value: 'owner' },
        { do: 'set-policy', key: 'export.group', value: 'forbidden' },
      );
      await world.done({ do: 'set-policy', key: 'export.user', value: 'forbidden' });
      assert.deepEqual(
        [...(await world.storage.policies())],
        [
          ['export.group', 'forbidden'],
          ['export.user', 'forbidden'],
        ],
      );
      await world.done({ do: 'set-policy', key: 'export.group', value: null });
      assert.deepEqual([...(await world.storage.policies())], [['export.user', 'forbidden']]);
    });

    it('disappear with everything they own and everything that names them', async () => {
      const { storage } = world;
      const root: FileId = id(401);
      await world.done(
        { do: 'create-calendar', calendar: calendar(id(260), boris, 'mine') },
        put(id(260), object('a.ics')),
        put(id(260), object('b.ics')),
        remove(id(260), 'b.ics'),
        { do: 'grant', calendar: id(260), grantee: anna, level: 'read' },
        { do: 'grant', calendar: work, grantee: boris, level: 'read' },
        { do: 'view', principal: boris, calendar: work, patch: { favourite: true } },
        {
          do: 'set-property',
          holder: { on: 'calendar', id: work, person: boris },
          name: '{x}p',
          xml: '<p/>',
        },
        { do: 'set-property', holder: { on: 'principal', id: boris }, name: '{x}p', xml: '<p/>' },
        {
          do: 'add-app-password',
          id: id(301),
          principal: boris,
          label: '',
          scope: 'write',
          calendars: null,
          hash: Buffer.from('h'),
        },
        { do: 'make-collection', id: root, home: boris, parent: null, name: '' },
        {
          do: 'put-file',
          id: id(402),
          home: boris,
          parent: root,
          name: 'f',
          contentType: null,
          bytes: Buffer.from('x'),
          etag: etag('"f"'),
          expect: 'absent',
        },
      );
      await world.done({ do: 'delete-principal', principal: boris });
      assert.equal(await storage.principal(boris), undefined);
      assert.equal(await storage.principalByName('boris'), undefined);
      assert.equal(await storage.calendar(id(260)), undefined);
      assert.equal(await storage.object(id(260), 'a.ics'), undefined);
      assert.deepEqual(await storage.grants(work), []);
      assert.equal(await storage.view(boris, work), undefined);
      assert.equal(await storage.appPasswordByHash(Buffer.from('h')), undefined);
      assert.equal(await storage.fileRoot(boris), undefined);
      assert.deepEqual(await storage.membersOf(team), [anna]);
      assert.equal((await storage.properties({ on: 'calendar', id: work, person: boris })).size, 0);
      assert.deepEqual(await storage.visibleTo(anna, []), await storage.visibleTo(anna, [boris]));
      await storage.tidy({ before: at(-1), keepChanges: 1000 });
      await world.done(
        { do: 'create-principal', principal: person(boris, 'boris') },
        { do: 'create-calendar', calendar: calendar(id(260), boris, 'mine') },
      );
      assert.equal(await storage.usedBytes(boris), 0);
      assert.deepEqual(await flat(storage.trash(boris)), []);
      assert.equal(await refused({ do: 'delete-principal', principal: nobody }), 'missing');
    });
  });
}
