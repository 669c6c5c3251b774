import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import { id } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  anna,
  at,
  boris,
  flat,
  nobody,
  noon,
  object,
  put,
  type StorageFactory,
  useWorld,
  work,
} from './fixture.ts';

const hash = Buffer.from('hash of a token');

const session = (more: Partial<Extract<Change, { do: 'add-session' }>> = {}): Change => ({
  do: 'add-session',
  id: id(601),
  principal: anna,
  hash,
  expires: at(30),
  program: 'Firefox',
  address: '192.0.2.1',
  openedBy: 'person',
  ...more,
});

const code = (more: Partial<Extract<Change, { do: 'add-code' }>> = {}): Change => ({
  do: 'add-code',
  hash,
  purpose: 'connect',
  principal: anna,
  payload: 'apple',
  expires: instant(noon + 600_000),
  ...more,
});

const audit = (subject: string, more: Partial<Extract<Change, { do: 'audit' }>> = {}): Change => ({
  do: 'audit',
  via: 'session',
  action: 'link.create',
  subject,
  address: '192.0.2.1',
  ...more,
});

export function portalContract(factory: StorageFactory): void {
  describe('what the page keeps', () => {
    const world = useWorld(factory);
    const refused = async (change: Change): Promise<string> => {
      const result = await world.attempt(change);
      return result.ok ? 'done' : result.reason;
    };

    it('puts refused objects aside: of each name the last, the newest first, within bounds, for a time', async () => {
      const noted = (number: number, name: string, bytes: Uint8Array | null): Change => ({
        do: 'note-refused',
        refused: {
          id: id(number),
          principal: anna,
          calendar: work,
          name,
          code: 'invalid-calendar-data',
          message: 'cut off',
          line: number,
          uid: null,
          program: 'Phone',
          bytes,
        },
      });
      const numbers = async (): Promise<readonly (number | null)[]> =>
        (await world.storage.refused(anna)).map(({ line }) => line);
      await world.done(noted(701, 'a.ics', hash));
      await world.done(noted(702, 'b.ics', null));
      await world.done(noted(703, 'a.ics', Buffer.from('new')));
      assert.deepEqual(await numbers(), [703, 702]);
      const [first, second] = await world.storage.refused(anna);
      assert.deepEqual([first?.sizeBytes, second?.sizeBytes], [3, null]);
      assert.deepEqual(await world.storage.refusedBytes(id(703)), Buffer.from('new'));
      assert.equal(await world.storage.refusedBytes(id(702)), undefined);
      assert.equal(await world.storage.refusedBytes(id(701)), undefined);
      await world.done({ do: 'drop-refused', id: id(703) });
      assert.equal(await refused({ do: 'drop-refused', id: id(703) }), 'missing');
      for (let at = 0; at < 60; at++) await world.done(noted(800 + at, `${at}.ics`, hash));
      assert.equal((await numbers()).length, 50);
      assert.equal((await numbers())[0], 859);
      await world.done(noted(900, 'large.ics', Buffer.alloc(4 * 1024 * 1024)));
      assert.deepEqual(await numbers(), [900]);
      await world.done({ do: 'purge-refused', before: instant(noon) });
      assert.deepEqual(await numbers(), [900]);
      await world.done({ do: 'purge-refused', before: instant(noon + 1) });
      assert.deepEqual(await numbers(), []);
      assert.deepEqual(await world.storage.refused(boris), []);
    });

    it('finds sessions by the hash of their token, and ends one or all', async () => {
      assert.equal(await world.storage.wasSignedIn(), false);
      await world.done(session());
      assert.equal(await world.storage.wasSignedIn(), true);
      await world.done(session({ id: id(602), hash: Buffer.from('2') }));
      await world.done(session({ id: id(603), hash: Buffer.from('3'), principal: boris }));
      assert.deepEqual(await world.storage.sessionByHash(hash), {
        id: 601,
        principal: anna,
        created: noon,
        expires: at(30),
        lastUsed: noon,
        program: 'Firefox',
        address: '192.0.2.1',
        openedBy: 'person',
      });
      await world.done({ do: 'end-session', id: id(601) });
      assert.equal(await world.storage.sessionByHash(hash), undefined);
      assert.equal(await refused({ do: 'end-session', id: id(601) }), 'missing');
      await world.done({ do: 'end-sessions', principal: anna });
      assert.deepEqual(await world.storage.sessions(anna), []);
      assert.equal((await world.storage.sessions(boris)).length, 1);
      assert.equal(await refused(session({ hash: Buffer.from('3') })), 'name-in-use');
      assert.equal(await refused(session({ principal: nobody })), 'missing');
    });

    it('forgets expired sessions of a person at the next one, and all of a person who is removed', async () => {
      await world.done(session());
      world.clock.advance(31 * 86_400_000);
      await world.done(session({ id: id(602), hash: Buffer.from('2'), expires: at(60) }));
      assert.equal(await world.storage.sessionByHash(hash), undefined);
      await world.done(session({ id: id(603), hash: Buffer.from('3'), principal: boris, expires: at(60) }));
      await world.done({ do: 'delete-principal', principal: boris });
      assert.equal(await world.storage.sessionByHash(Buffer.from('3')), undefined);
    });

    it('opens a session only by the password that the account has now', async () => {
      await world.done({ do: 'set-password', principal: anna, hash: 'new' });
      assert.equal(await refused(session({ passwordHash: 'old' })), 'stale');
      assert.equal(await refused(session({ passwordHash: 'new' })), 'done');
    });

    it('keeps so many sessions of a person, and so much behind their codes', async () => {
      for (let at = 0; at < 120; at++)
        await world.done(session({ id: id(700 + at), hash: Buffer.from(`session ${at}`) }));
      const kept = (await world.storage.sessions(anna)).map((one) => one.id);
      assert.deepEqual([kept.length, kept[0], kept.at(-1)], [100, 720, 819]);
      const undo = (at: number, principal = anna): Change => {
        const payload = 'x'.repeat(1024 * 1024);
        const expires = instant(noon + 600_000 + at);
        return code({ hash: Buffer.from(`undo ${at}`), purpose: 'undo', principal, payload, expires });
      };
      await world.done(undo(100, boris));
      for (let at = 0; at < 20; at++) await world.done(undo(at));
      const isThere = async (at: number): Promise<boolean> =>
        (await world.storage.code(Buffer.from(`undo ${at}`), 'undo')) !== undefined;
      assert.deepEqual(
        [await isThere(3), await isThere(4), await isThere(19), await isThere(100)],
        [false, true, true, true],
      );
    });

    it('gives a code to one who uses it, once and in time', async () => {
      await world.done(code());
      assert.deepEqual(await world.storage.code(hash, 'connect'), {
        purpose: 'connect',
        principal: anna,
        payload: 'apple',
        expires: noon + 600_000,
      });
      assert.equal(await world.storage.code(hash, 'set-up'), undefined);
      assert.equal(await refused({ do: 'use-code', hash, purpose: 'set-up' }), 'missing');
      assert.equal(await refused(code()), 'name-in-use');
      const uses = await Promise.all([1, 2].map(() => refused({ do: 'use-code', hash, purpose: 'connect' })));
      assert.deepEqual(uses.sort(), ['done', 'missing']);
      assert.equal(await world.storage.code(hash, 'connect'), undefined);
      await world.done(code());
      world.clock.advance(600_000);
      assert.equal(await world.storage.code(hash, 'connect'), undefined);
      assert.equal(await refused({ do: 'use-code', hash, purpose: 'connect' }), 'missing');
      await world.done(code({ principal: null, expires: instant(noon + 900_000) }));
      assert.equal((await world.storage.code(hash, 'connect'))?.principal, null);
      assert.equal(await refused(code({ hash: Buffer.from('2'), principal: nobody })), 'missing');
    });

    it('keeps codes that end something until that was done', async () => {
      await world.done(code({ purpose: 'unused-password', payload: '77' }));
      assert.deepEqual(await world.storage.expiredCodes('unused-password'), []);
      world.clock.advance(600_000);
      await world.done(code({ purpose: 'unused-password', hash: Buffer.from('2'), expires: at(9) }));
      const [expired, ...others] = await world.storage.expiredCodes('unused-password');
      assert.deepEqual([expired?.payload, others.length], ['77', 0]);
      await world.done({ do: 'use-code', hash, purpose: 'unused-password' });
      assert.deepEqual(await world.storage.expiredCodes('unused-password'), []);
    });

    it('keeps preferences one by one', async () => {
      const set = (key: string, value: string | null, principal = anna): Change => ({
        do: 'set-preference',
        principal,
        key,
        value,
      });
      await world.done(set('view', '"week"'), set('theme', '"dark"'), set('view', '"day"', boris));
      await world.done(set('view', '"list"'), set('theme', null));
      assert.deepEqual([...(await world.storage.preferences(anna))], [['view', '"list"']]);
      assert.equal(await refused(set('view', '1', nobody)), 'missing');
    });

    it('lists the audit newest first, filtered and in pages', async () => {
      await world.done(audit('1', { action: 'sign-in' }));
      world.clock.advance(1000);
      await world.done(audit('2'), audit('3', { actor: boris }));
      const subjects = async (query: Parameters<typeof world.storage.audit>[0]) =>
        (await flat(world.storage.audit(query))).map(({ subject }) => subject);
      const all = await flat(world.storage.audit({}));
      assert.deepEqual(await subjects({}), ['3', '2', '1']);
      assert.deepEqual(await subjects({ who: 'anna' }), ['2', '1']);
      assert.deepEqual(await subjects({ action: 'sign-in' }), ['1']);
      assert.deepEqual(await subjects({ from: instant(noon + 1) }), ['3', '2']);
      assert.deepEqual(await subjects({ until: instant(noon + 1) }), ['1']);
      assert.deepEqual(await subjects({ before: all[1]?.id ?? id(0) }), ['1']);
      assert.deepEqual(all[0], {
        id: all[0]?.id,
        at: noon + 1000,
        principal: boris,
        who: 'boris',
        via: 'session',
        action: 'link.create',
        subject: '3',
        address: '192.0.2.1',
      });
      await world.done({ do: 'delete-principal', principal: boris });
      assert.deepEqual(await subjects({ who: 'boris' }), ['3']);
      await world.storage.commit({ actor: null, changes: [audit('4')] });
      assert.equal((await flat(world.storage.audit({})))[0]?.who, null);
      assert.equal(await world.storage.wasSignedIn(), true);
      await world.done(...Array.from({ length: 300 }, (_, at) => audit(`more ${at}`)));
      assert.equal((await subjects({})).length, 304);
      await world.done({ do: 'purge-audit', before: instant(noon + 1) });
      assert.equal((await subjects({})).length, 303);
    });

    it('tells what every calendar takes', async () => {
      await world.done(put(work, object('a.ics')));
      const usages = await flat(world.storage.allCalendars());
      assert.deepEqual(
        usages.map(({ calendar, objectCount, sizeBytes }) => [calendar.name, objectCount, sizeBytes > 0]),
        [
          ['work', 1, true],
          ['home', 0, false],
          ['plan', 0, false],
        ],
      );
    });

    it('tells watchers of commits and of devices until they leave', async () => {
      const heard: string[] = [];
      const leave = world.storage.watch({
        committed: () => heard.push('commit'),
        deviceSeen: (device, _when, program) => heard.push(`${device} ${program}`),
      });
      await world.done(put(work, object('a.ics')));
      await refused({ do: 'end-session', id: id(1) });
      world.storage.touchAppPassword(id(5), instant(noon), 'iOS', '');
      leave();
      await world.done(put(work, object('b.ics')));
      assert.deepEqual(heard, ['commit', '5 iOS']);
    });
  });
}
