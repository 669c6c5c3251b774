import assert from 'node:assert/strict';
import type { NewObject } from '../../../src/core/calendar.ts';
import type { Change } from '../../../src/core/change-set.ts';
import { type CalendarId, etag, id, uid } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import type { ObjectQuery } from '../../../src/storage/port.ts';
import {
  anna,
  boris,
  complete,
  days,
  flat,
  home,
  makeWorld,
  maxHomeBytes,
  noon,
  nowhere,
  object,
  put,
  range,
  remove,
  type StorageFactory,
  teamPlan,
  text,
  useWorld,
  work,
} from './fixture.ts';

const copyOf = (bytes: string) => ({ etag: etag(`"own-${bytes}"`), bytes: Buffer.from(bytes), plain: true });

const open = (until: number, last: number) => ({
  ...complete(days(0)),
  indexed: range(0, until),
  complete: false,
  last: instant(noon + last),
});

export function objectContract(factory: StorageFactory): void {
  describe('objects', () => {
    const world = useWorld(factory);
    const keepCopy = (bytes: string | null, over = '"a.ics-1"') =>
      world.storage.head(work, 'a.ics').then((head) =>
        world.attempt({
          do: 'personal-copy',
          principal: boris,
          object: head?.id ?? id(1),
          over: etag(over),
          copy: bytes === null ? null : copyOf(bytes),
        }),
      );

    it('gives back the bytes as they came, with a head', async () => {
      const bytes = Buffer.from([0x00, 0x0d, 0xff, 0x26, 0x0a]);
      assert.deepEqual(await world.done(put(work, object('a.ics', { bytes, plain: false }))), [true]);
      const found = await world.storage.object(work, 'a.ics');
      assert.ok(found);
      assert.deepEqual(Buffer.from(found.bytes), bytes);
      const { bytes: _, plain, ...head } = found;
      assert.equal(plain, false);
      assert.deepEqual(head, {
        id: found.id,
        calendar: work,
        name: 'a.ics',
        uid: 'uid-of-a.ics',
        kind: 'VEVENT',
        etag: '"a.ics-1"',
        sizeBytes: 5,
        modseq: 2,
        created: noon,
        modified: noon,
        classification: 'public',
        zoneDependent: false,
      });
      assert.deepEqual(await world.storage.head(work, 'a.ics'), head);
    });

    it('takes any view of bytes', async () => {
      const bytes = Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4);
      await world.done(put(work, object('a.ics', { bytes })));
      assert.deepEqual([...((await world.storage.object(work, 'a.ics'))?.bytes ?? [])], [...bytes]);
    });

    it('answers nothing for what is not there', async () => {
      assert.equal(await world.storage.object(work, 'a.ics'), undefined);
      assert.equal(await world.storage.head(nowhere, 'a.ics'), undefined);
      assert.deepEqual(await flat(world.storage.heads({ calendar: nowhere, select: { by: 'all' } })), []);
    });

    it('keeps id and creation over updates, and moves the rest', async () => {
      await world.done(put(work, object('a.ics')));
      const before = await world.storage.head(work, 'a.ics');
      world.clock.advance(1000);
      const next = object('a.ics', {
        version: 2,
        bytes: Buffer.from('longer than before, by far and by more'),
        kind: 'VTODO',
        classification: 'private',
        zoneDependent: true,
        uid: uid('another'),
      });
      assert.deepEqual(await world.done(put(work, next, { etag: etag('"a.ics-1"') })), [false]);
      assert.deepEqual(await world.storage.head(work, 'a.ics'), {
        ...before,
        etag: '"a.ics-2"',
        modseq: 3,
        modified: noon + 1000,
        sizeBytes: next.bytes.length,
        kind: 'VTODO',
        classification: 'private',
        zoneDependent: true,
        uid: 'another',
      });
    });

    it('judges expectations at the moment of the commit', async () => {
      const stale = { ok: false, change: 0, reason: 'stale' };
      assert.deepEqual(await world.attempt(put(work, object('a.ics'), 'present')), stale);
      assert.deepEqual(await world.attempt(put(work, object('a.ics'), { etag: etag('"x"') })), stale);
      await world.done(put(work, object('a.ics'), 'absent'));
      assert.deepEqual(await world.attempt(put(work, object('a.ics'), 'absent')), stale);
      assert.deepEqual(await world.attempt(put(work, object('a.ics'), { etag: etag('"x"') })), stale);
      assert.deepEqual(await world.attempt(remove(work, 'a.ics', { etag: etag('"x"') })), stale);
      assert.deepEqual(await world.attempt(remove(work, 'b.ics')), stale);
      assert.deepEqual(await world.attempt(remove(work, 'b.ics', 'anything')), {
        ...stale,
        reason: 'missing',
      });
      assert.deepEqual(await world.done(remove(work, 'a.ics', { etag: etag('"a.ics-1"') })), [false]);
    });

    it('says missing for a calendar that is not there', async () => {
      const missing = { ok: false, change: 0, reason: 'missing' };
      assert.deepEqual(await world.attempt(put(nowhere, object('a.ics'))), missing);
      assert.deepEqual(await world.attempt(remove(nowhere, 'a.ics')), missing);
    });

    it('keeps a UID once per calendar, and names who has it', async () => {
      await world.done(put(work, object('a.ics')));
      const twin = object('b.ics', { uid: uid('uid-of-a.ics') });
      assert.deepEqual(await world.attempt(put(work, twin)), {
        ok: false,
        change: 0,
        reason: 'uid-in-use',
        name: 'a.ics',
      });
      await world.done(put(home, twin));
      await world.done(put(work, object('b.ics')));
      assert.equal((await world.attempt(put(work, twin))).ok, false);
    });

    it('replaces an object by the same UID only, where that is asked for', async () => {
      await world.done(put(work, object('a.ics')));
      const keeping = (next: NewObject): Change => ({
        do: 'put',
        calendar: work,
        object: next,
        expect: 'anything',
        keepsUid: true,
      });
      await world.done(keeping(object('a.ics', { version: 2 })));
      const other = object('a.ics', { version: 3, uid: uid('another') });
      assert.deepEqual(await world.attempt(keeping(other)), {
        ok: false,
        change: 0,
        reason: 'uid-in-use',
        name: 'a.ics',
      });
      await world.done(put(work, other));
    });

    it('compares names and UIDs octet by octet', async () => {
      await world.done(put(work, object('a.ics')), put(work, object('A.ics', { uid: uid('UID-OF-A.ics') })));
      assert.equal(await world.storage.objectCount(work), 2);
    });

    it('frees name and UID with the delete', async () => {
      await world.done(put(work, object('a.ics')));
      await world.done(
        remove(work, 'a.ics'),
        put(work, object('b.ics', { uid: uid('uid-of-a.ics') }), 'absent'),
      );
      await world.done(put(work, object('a.ics', { uid: uid('other') }), 'absent'));
      assert.equal(await world.storage.objectCount(work), 2);
    });

    it('applies a set whole or not at all', async () => {
      await world.done(put(work, object('a.ics')));
      const before = await world.storage.calendar(work);
      const version = await world.storage.directoryVersion();
      const result = await world.attempt(
        put(work, object('b.ics')),
        remove(work, 'a.ics'),
        { do: 'grant', calendar: work, grantee: boris, level: 'read' },
        put(work, object('c.ics'), 'present'),
      );
      assert.deepEqual(result, { ok: false, change: 3, reason: 'stale' });
      assert.deepEqual(await world.storage.calendar(work), before);
      assert.equal(await world.storage.directoryVersion(), version);
      const names = await flat(world.storage.heads({ calendar: work, select: { by: 'all' } }));
      assert.deepEqual(
        names.map(({ name }) => name),
        ['a.ics'],
      );
      assert.deepEqual(await flat(world.storage.trash(anna)), []);
    });

    it('applies sets of one moment in the order in which they came, each for itself', async () => {
      const results = await Promise.all([
        world.attempt(put(work, object('a.ics'), 'absent')),
        world.attempt(put(work, object('a.ics', { version: 2 }), 'absent')),
        world.attempt(put(work, object('b.ics')), put(work, object('a.ics'), 'absent')),
        world.attempt(put(work, object('a.ics', { version: 3 }), { etag: etag('"a.ics-1"') })),
      ]);
      assert.deepEqual(
        results.map(({ ok }) => ok),
        [true, false, false, true],
      );
      assert.equal((await world.storage.head(work, 'a.ics'))?.etag, '"a.ics-3"');
      assert.equal(await world.storage.head(work, 'b.ics'), undefined);
    });

    it('does nothing for a set without changes', async () => {
      assert.deepEqual(await world.done(), []);
    });

    it('gives pages in order of id, and names in the order asked for', async () => {
      const names = Array.from({ length: 600 }, (_, at) => `${(at * 7919) % 1000}.ics`);
      await world.done(...names.map((name) => put(work, object(name))));
      const query = { calendar: work, select: { by: 'all' } } as const;
      const pages: number[] = [];
      for await (const page of world.storage.objects(query)) pages.push(page.length);
      assert.deepEqual(pages, [256, 256, 88]);
      const heads = await flat(world.storage.heads(query));
      assert.deepEqual(
        heads.map(({ name }) => name),
        names,
      );
      const wanted = [...names].reverse().flatMap((name) => [name, `no-${name}`]);
      const found = await flat(
        world.storage.heads({ calendar: work, select: { by: 'names', names: wanted } }),
      );
      assert.deepEqual(
        found.map(({ name }) => name),
        [...names].reverse(),
      );
      const uids = [...names].reverse().map((name) => `uid-of-${name}`);
      const byUid = await flat(world.storage.objects({ calendar: work, select: { by: 'uids', uids } }));
      assert.deepEqual(
        byUid.map(({ name }) => name),
        names,
      );
    });

    it('cuts pages of large objects by their bytes', async () => {
      const large = await makeWorld((options) => factory({ ...options, maxHomeBytes: 100_000_000 }));
      const names = Array.from({ length: 7 }, (_, at) => `${at}.ics`);
      const bytes = Buffer.alloc(400_000, 'x');
      await large.done(...names.map((name) => put(work, object(name, { bytes }))));
      for (const select of [{ by: 'all' }, { by: 'names', names }] as const) {
        const pages: string[][] = [];
        for await (const page of large.storage.objects({ calendar: work, select })) {
          pages.push(page.map(({ name }) => name));
        }
        assert.ok(Math.max(...pages.map((page) => page.length)) <= 4, select.by);
        assert.deepEqual(pages.flat(), names, select.by);
      }
      await large.storage.close();
    });

    it('narrows every selection to kinds', async () => {
      await world.done(
        put(work, object('a.ics')),
        put(work, object('b.ics', { kind: 'VTODO' })),
        put(work, object('c.ics', { kind: 'VJOURNAL' })),
      );
      const names = ['c.ics', 'b.ics', 'a.ics'];
      for (const select of [
        { by: 'all' },
        { by: 'names', names },
        { by: 'uids', uids: names.map((name) => `uid-of-${name}`) },
        { by: 'indexed', range: range(-1, 1) },
      ] as const) {
        const kinds = ['VTODO', 'VJOURNAL'] as const;
        const found = await flat(world.storage.heads({ calendar: work, select, kinds }));
        assert.deepEqual(found.map(({ kind }) => kind).toSorted(), ['VJOURNAL', 'VTODO'], select.by);
        assert.equal(await world.storage.has({ calendar: work, select, kinds: ['VTODO'] }), true, select.by);
        assert.equal(
          await world.storage.has({ calendar: work, select, kinds: ['VFREEBUSY'] }),
          false,
          select.by,
        );
        assert.equal(await world.storage.has({ calendar: nowhere, select }), false, select.by);
      }
    });

    it('narrows every selection to what is not public, and to what comes later', async () => {
      await world.done(
        put(work, object('a.ics')),
        put(work, object('b.ics', { classification: 'private' })),
        put(work, object('c.ics', { classification: 'confidential', kind: 'VTODO' })),
        put(home, object('d.ics')),
      );
      const uids = ['a.ics', 'b.ics', 'c.ics'].map((name) => `uid-of-${name}`);
      const all: ObjectQuery['select'] = { by: 'all' };
      for (const select of [all, { by: 'uids', uids }, { by: 'indexed', range: range(-1, 1) }] as const) {
        const names = async (more: Partial<ObjectQuery>) =>
          (await flat(world.storage.heads({ calendar: work, select, ...more }))).map(({ name }) => name);
        assert.deepEqual(await names({ restricted: true }), ['b.ics', 'c.ics'], select.by);
        const after = (await world.storage.head(work, 'b.ics'))?.id ?? id(1);
        assert.deepEqual(await names({ after }), ['c.ics'], select.by);
        assert.deepEqual(await names({ restricted: true, after: id(1) }), ['b.ics', 'c.ics'], select.by);
        assert.equal(
          await text(
            world.storage.rows({ calendar: work, select, after }, { head: '', tag: ' ', tail: ';' }),
          ),
          'c.ics "c.ics-1";',
          select.by,
        );
        const has = (more: Partial<ObjectQuery>) =>
          world.storage.has({ calendar: work, select, restricted: true, ...more });
        assert.equal(await has({}), true, select.by);
        assert.equal(await has({ kinds: ['VJOURNAL'] }), false, select.by);
        assert.equal(await has({ calendar: home }), false, select.by);
      }
      const named = {
        calendar: work,
        select: { by: 'names', names: ['a.ics', 'b.ics'] },
        restricted: true,
      } as const;
      const frame = { head: '', tag: ' ', tail: ';', missing: '?;' };
      assert.equal(await text(world.storage.rows(named, frame)), 'a.ics?;b.ics "b.ics-1";');
      assert.equal(await world.storage.has(named), true);
    });

    it('counts objects and bytes, and refuses what exceeds the quota', async () => {
      await world.done(put(work, object('a.ics', { bytes: Buffer.alloc(100) })));
      await world.done(put(home, object('a.ics', { bytes: Buffer.alloc(30) })));
      await world.done(put(work, object('a.ics', { version: 2, bytes: Buffer.alloc(50) })));
      assert.equal(await world.storage.usedBytes(anna), 80);
      assert.equal(await world.storage.objectCount(work), 1);
      const refused = { ok: false, change: 0, reason: 'quota-exceeded' };
      const tooMuch = Buffer.alloc(maxHomeBytes - 79);
      assert.deepEqual(await world.attempt(put(home, object('b.ics', { bytes: tooMuch }))), refused);
      await world.done(put(home, object('b.ics', { bytes: tooMuch.subarray(1) })));
      assert.deepEqual(await world.attempt(put(work, object('c.ics', { bytes: Buffer.alloc(1) }))), refused);
      await world.done(
        put(work, object('a.ics', { version: 3, bytes: Buffer.alloc(49) })),
        remove(home, 'b.ics'),
      );
      assert.equal(await world.storage.usedBytes(anna), 79);
      assert.equal(await world.storage.usedBytes(id(999)), 0);
    });

    describe('personal copies', () => {
      beforeEach(() => world.done(put(work, object('a.ics')), put(work, object('b.ics'))));

      it('stand in for their person in every read, and for nobody else', async () => {
        assert.equal((await keepCopy('mine')).ok, true);
        const select = { by: 'all' } as const;
        const own = await world.storage.object(work, 'a.ics', boris);
        assert.deepEqual(own && [own.etag, Buffer.from(own.bytes).toString(), own.sizeBytes], [
          '"own-mine"',
          'mine',
          4,
        ]);
        assert.equal((await world.storage.head(work, 'a.ics', boris))?.etag, '"own-mine"');
        assert.equal((await world.storage.head(work, 'a.ics', anna))?.etag, '"a.ics-1"');
        const etags = async (person: typeof anna) =>
          (await flat(world.storage.objects({ calendar: work, select, person }))).map((found) => found.etag);
        assert.deepEqual(await etags(boris), ['"own-mine"', '"b.ics-1"']);
        assert.deepEqual(await etags(anna), ['"a.ics-1"', '"b.ics-1"']);
        const template = { head: '<', tag: ' ', data: '>', tail: ';' };
        const query = { calendar: work, select: { by: 'names', names: ['a.ics'] }, person: boris } as const;
        assert.equal(await text(world.storage.rows(query, template)), '<a.ics "own-mine">mine;');
        const all = { calendar: work, select, person: boris } as const;
        assert.equal(
          await text(world.storage.rows(all, { head: '<', tag: ' ', tail: ';' })),
          '<a.ics "own-mine";<b.ics "b.ics-1";',
        );
        assert.equal(
          await text(world.storage.rows(query, { ...template, missing: '?' })),
          '<a.ics "own-mine">mine;',
        );
      });

      it('are a line in the log, so that the other devices of the person learn of them', async () => {
        const since = (await world.storage.calendar(work))?.modseq ?? 0;
        await keepCopy('mine');
        assert.deepEqual(await flat(world.storage.changes(work, since, boris)), [
          { modseq: since + 1, name: 'a.ics', gone: false, etag: '"own-mine"' },
        ]);
        assert.deepEqual(await flat(world.storage.changes(work, since)), [
          { modseq: since + 1, name: 'a.ics', gone: false, etag: '"a.ics-1"' },
        ]);
      });

      it('end with the version they were made from', async () => {
        await keepCopy('mine');
        await world.done(put(work, object('a.ics', { version: 2 })));
        assert.equal((await world.storage.head(work, 'a.ics', boris))?.etag, '"a.ics-2"');
        assert.deepEqual(await keepCopy('mine'), { ok: false, change: 0, reason: 'stale' });
      });

      it('can be replaced and forgotten', async () => {
        await keepCopy('mine');
        await keepCopy('mine too');
        assert.equal((await world.storage.head(work, 'a.ics', boris))?.etag, '"own-mine too"');
        await keepCopy(null);
        assert.equal((await world.storage.head(work, 'a.ics', boris))?.etag, '"a.ics-1"');
        const { modseq } = (await world.storage.calendar(work)) ?? {};
        assert.equal((await keepCopy(null)).ok, true);
        assert.equal((await world.storage.calendar(work))?.modseq, modseq);
      });

      it('want an object and a person', async () => {
        const change = { do: 'personal-copy', over: etag('"a.ics-1"'), copy: copyOf('x') } as const;
        const missing = { ok: false, change: 0, reason: 'missing' };
        assert.deepEqual(await world.attempt({ ...change, principal: boris, object: id(1) }), missing);
        const head = await world.storage.head(work, 'a.ics');
        assert.deepEqual(
          await world.attempt({ ...change, principal: id(1), object: head?.id ?? id(1) }),
          missing,
        );
      });
    });

    describe('glances', () => {
      const read = async (query: ObjectQuery) => {
        const all: object[] = [];
        for await (const { bytes, objects } of world.storage.glances(query)) {
          for (const { from, to, ...head } of objects) {
            all.push({ ...head, bytes: Buffer.from(bytes.subarray(from, to)) });
          }
        }
        return all;
      };
      const same = async (query: ObjectQuery) =>
        (await flat(world.storage.objects(query))).map(
          ({ id: own, name, uid: ownUid, etag: tag, classification, plain, bytes }) => ({
            id: own,
            name,
            uid: ownUid,
            etag: tag,
            classification,
            plain,
            bytes: bytes.length > 16 * 1024 ? Buffer.alloc(0) : Buffer.from(bytes),
          }),
        );

      it('are the objects of the same query, without long bytes', async () => {
        await world.done(put(work, object('long.ics', { bytes: Buffer.alloc(16 * 1024 + 1, 'x') })));
        assert.deepEqual(await read({ calendar: work, select: { by: 'all' } }), [
          ...(await same({ calendar: work, select: { by: 'all' } })),
        ]);
        await world.done(put(work, object('edge.ics', { bytes: Buffer.alloc(16 * 1024, 'x') })));
        for (let n = 0; n < 600; n++) {
          const bytes = Buffer.from([n % 256, 0, 0xff, 0xc3, 0x22, ...Buffer.from(`ё ${n}`)]);
          const classification = n % 3 === 0 ? 'private' : 'public';
          await world.done(put(work, object(`${n}.ics`, { bytes, plain: n % 2 === 0, classification })));
        }
        const queries: readonly ObjectQuery[] = [
          { calendar: work, select: { by: 'all' } },
          { calendar: work, select: { by: 'all' }, kinds: ['VTODO'] },
          { calendar: work, select: { by: 'all' }, restricted: true },
          { calendar: work, select: { by: 'names', names: ['7.ics', 'none.ics', 'long.ics', '3.ics'] } },
          { calendar: work, select: { by: 'names', names: [] } },
          { calendar: work, select: { by: 'indexed', range: range(-1, 2) } },
          { calendar: nowhere, select: { by: 'all' } },
        ];
        for (const query of queries) assert.deepEqual(await read(query), await same(query));
        assert.equal((await read({ calendar: work, select: { by: 'all' } })).length, 602);
      });

      it('are those of personal copies where these stand in', async () => {
        await world.done(put(work, object('a.ics')), put(work, object('b.ics')));
        await keepCopy('mine');
        const query = { calendar: work, select: { by: 'all' }, person: boris } as const;
        assert.deepEqual(await read(query), await same(query));
        assert.deepEqual(await read({ ...query, person: anna }), await same({ ...query, person: anna }));
      });
    });

    describe('contents', () => {
      const read = async (query: Omit<ObjectQuery, 'person'>) => {
        const all: object[] = [];
        let pages = 0;
        for await (const { bytes, objects } of world.storage.contents(query)) {
          pages++;
          for (const { from, to, cuts: _, ...head } of objects()) {
            all.push({ ...head, bytes: Buffer.from(bytes.subarray(from, to)) });
          }
        }
        return { all, pages };
      };
      const same = async (query: ObjectQuery) =>
        (await flat(world.storage.objects(query))).map(
          ({ id: own, name, uid: ownUid, kind, modseq, modified, classification, plain, bytes }) => ({
            id: own,
            name,
            uid: ownUid,
            kind,
            modseq,
            modified,
            classification,
            plain,
            bytes: Buffer.from(bytes),
          }),
        );

      it('are the objects of the same query', async () => {
        for (let n = 0; n < 600; n++) {
          const bytes = Buffer.from([n % 256, 0, 0xff, 0xc3, 0x22, ...Buffer.from(`ё ${n}`)]);
          await world.done(put(work, object(`${n}.ics`, { bytes, plain: n % 2 === 0 })));
        }
        const queries: readonly Omit<ObjectQuery, 'person'>[] = [
          { calendar: work, select: { by: 'all' } },
          { calendar: work, select: { by: 'all' }, kinds: ['VTODO'] },
          { calendar: work, select: { by: 'names', names: ['7.ics', 'none.ics', '3.ics'] } },
          { calendar: work, select: { by: 'indexed', range: range(-1, 2) } },
          { calendar: nowhere, select: { by: 'all' } },
        ];
        for (const query of queries) assert.deepEqual((await read(query)).all, await same(query));
        assert.equal((await read({ calendar: work, select: { by: 'all' } })).all.length, 600);
      });

      it('come with the cuts that were stored with the bytes, wherever the object goes', async () => {
        const cuts = JSON.stringify([1, 'é "\n', 0.5]);
        const told = async (calendar: CalendarId): Promise<unknown> => {
          const found = new Map<string, unknown>();
          for await (const { objects } of world.storage.contents({ calendar, select: { by: 'all' } }))
            for (const one of objects()) found.set(one.name, one.cuts);
          return Object.fromEntries(found);
        };
        await world.done(put(work, object('a.ics', { cuts })), put(work, object('b.ics')));
        assert.deepEqual(await told(work), { 'a.ics': cuts, 'b.ics': undefined });
        await world.done({
          do: 'move',
          from: work,
          name: 'a.ics',
          to: home,
          newName: 'c.ics',
          expect: 'present',
          overwrite: false,
        });
        assert.deepEqual(await told(home), { 'c.ics': cuts });
        await world.done(remove(home, 'c.ics'));
        const [item] = await flat(world.storage.trash(anna));
        await world.done({ do: 'restore', item: item?.id ?? assert.fail() });
        assert.deepEqual(await told(home), { 'c.ics': cuts });
        await world.done(put(home, object('c.ics', { uid: uid('uid-of-a.ics'), version: 2, cuts: '[2]' })));
        assert.deepEqual(await told(home), { 'c.ics': '[2]' });
        await world.done(put(home, object('c.ics', { uid: uid('uid-of-a.ics'), version: 3 })));
        assert.deepEqual(await told(home), { 'c.ics': undefined });
      });
    });

    describe('reindex', () => {
      it('changes what queries find, and nothing that a client sees', async () => {
        await world.done(put(work, object('a.ics')));
        const head = await world.storage.head(work, 'a.ics');
        assert.ok(head);
        const index = complete(days(10), days(20));
        await world.done({ do: 'reindex', object: head.id, etag: head.etag, index });
        assert.deepEqual(await world.storage.head(work, 'a.ics'), head);
        const found = (from: number, to: number) =>
          world.storage.has({ calendar: work, select: { by: 'indexed', range: range(from, to) } });
        assert.deepEqual([await found(0, 1), await found(10, 11), await found(20, 21)], [false, true, true]);
      });

      it('is refused for another version and for nothing', async () => {
        await world.done(put(work, object('a.ics')));
        const head = await world.storage.head(work, 'a.ics');
        const change = { do: 'reindex', object: head?.id ?? id(1), index: complete(days(1)) } as const;
        assert.deepEqual(await world.attempt({ ...change, etag: etag('"x"') }), {
          ok: false,
          change: 0,
          reason: 'stale',
        });
        await world.done(remove(work, 'a.ics'));
        assert.deepEqual(await world.attempt({ ...change, etag: etag('"a.ics-1"') }), {
          ok: false,
          change: 0,
          reason: 'missing',
        });
      });

      it('is asked for series that go on behind their index, the earliest horizon first', async () => {
        await world.done(
          put(work, object('far.ics', { index: open(400, Infinity) })),
          put(work, object('near.ics', { index: open(300, Infinity) })),
          put(teamPlan, object('nearest.ics', { index: open(200, Infinity) })),
          put(work, object('later.ics', { index: open(900, Infinity) })),
          put(work, object('ended.ics', { index: open(200, 86_400_000) })),
          put(work, object('whole.ics')),
        );
        const due = async () =>
          (await flat(world.storage.toReindex(range(0, 500).end))).map(({ name }) => name);
        assert.deepEqual(await due(), ['nearest.ics', 'near.ics', 'far.ics']);
        await world.done({ do: 'delete-calendar', calendar: teamPlan });
        assert.deepEqual(await due(), ['near.ics', 'far.ics']);
      });

      it('goes through a long work list in pages that progress although the list shrinks', async () => {
        const index = {
          ...complete(days(0)),
          indexed: range(0, 10),
          complete: false,
          last: instant(Infinity),
        };
        const names = Array.from({ length: 600 }, (_, at) => `${at}.ics`);
        await world.done(...names.map((name) => put(work, object(name, { index }))));
        const seen: string[] = [];
        for await (const page of world.storage.toReindex(range(0, 20).end)) {
          seen.push(...page.map(({ name }) => name));
          const next = { ...index, indexed: range(0, 30) };
          await world.done(
            ...page.map(({ id, etag }) => ({ do: 'reindex', object: id, etag, index: next }) as const),
          );
        }
        assert.deepEqual(seen, names);
        assert.deepEqual(await flat(world.storage.toReindex(range(0, 20).end)), []);
      });
    });
  });
}
