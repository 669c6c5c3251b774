import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import type { FileLock } from '../../../src/core/file.ts';
import { etag, type FileId, id } from '../../../src/core/ids.ts';
import { instant } from '../../../src/icalendar/time.ts';
import {
  anna,
  at,
  boris,
  flat,
  makeWorld,
  maxHomeBytes,
  nobody,
  noon,
  problems,
  type StorageFactory,
  useWorld,
} from './fixture.ts';

const root: FileId = id(401);
const folder: FileId = id(402);
const note: FileId = id(403);

const putFile = (more: Partial<Extract<Change, { do: 'put-file' }>> = {}): Change => ({
  do: 'put-file',
  id: note,
  home: anna,
  parent: root,
  name: 'note.txt',
  contentType: 'text/plain',
  bytes: Buffer.from('hello'),
  etag: etag('"1"'),
  expect: 'anything',
  ...more,
});

const collection = (id: FileId, parent: FileId | null, name: string, home = anna): Change => ({
  do: 'make-collection',
  id,
  home,
  parent,
  name,
});

export function fileContract(factory: StorageFactory): void {
  describe('files', () => {
    const world = useWorld(factory);
    const refused = async (change: Change): Promise<string> => {
      const result = await world.attempt(change);
      return result.ok ? 'done' : result.reason;
    };
    const bytes = async (file: FileId) =>
      Buffer.from((await world.storage.fileBytes(file)) ?? 'nothing').toString();

    beforeEach(() => world.done(collection(root, null, ''), collection(folder, root, 'folder')));

    it('have one top collection per home', async () => {
      const node = await world.storage.fileRoot(anna);
      assert.deepEqual(node, {
        id: root,
        home: anna,
        parent: null,
        name: '',
        isCollection: true,
        contentType: null,
        etag: node?.etag,
        sizeBytes: 0,
        created: noon,
        modified: noon,
      });
      assert.equal(await refused(collection(id(409), null, '')), 'name-in-use');
      assert.equal(await refused(collection(id(409), null, '', nobody)), 'missing');
      assert.equal(await world.storage.fileRoot(boris), undefined);
    });

    it('keep bytes and type, and count against the quota', async () => {
      assert.deepEqual(await world.done(putFile({ expect: 'absent' })), [true]);
      assert.deepEqual(await world.storage.file(root, 'note.txt'), {
        id: note,
        home: anna,
        parent: root,
        name: 'note.txt',
        isCollection: false,
        contentType: 'text/plain',
        etag: '"1"',
        sizeBytes: 5,
        created: noon,
        modified: noon,
      });
      assert.equal(await bytes(note), 'hello');
      assert.equal(await world.storage.usedBytes(anna), 5);
      world.clock.advance(1);
      assert.deepEqual(
        await world.done(
          putFile({
            id: id(499),
            bytes: Buffer.from('ho'),
            etag: etag('"2"'),
            expect: { etag: etag('"1"') },
          }),
        ),
        [false],
      );
      assert.equal((await world.storage.file(root, 'note.txt'))?.modified, noon + 1);
      assert.equal(await bytes(note), 'ho');
      assert.equal(await world.storage.usedBytes(anna), 2);
      assert.equal(await refused(putFile({ bytes: Buffer.alloc(maxHomeBytes + 1) })), 'quota-exceeded');
    });

    it('may be empty, and larger than one part', async () => {
      await world.done(putFile({ bytes: Buffer.alloc(0) }));
      assert.equal((await world.storage.fileBytes(note))?.byteLength, 0);
      const parts = Buffer.alloc(maxHomeBytes, 'abc');
      await world.done(putFile({ bytes: parts }));
      assert.ok(parts.equals((await world.storage.fileBytes(note)) ?? Buffer.alloc(0)));
      assert.equal(await world.storage.fileBytes(folder), undefined);
      assert.equal(await world.storage.fileBytes(id(499)), undefined);
      const large = await makeWorld((options) => factory({ ...options, maxHomeBytes: 10_000_000 }));
      await large.done(collection(root, null, ''), putFile({ bytes: Buffer.alloc(3_500_000, 'abc') }));
      const reading = large.storage.fileBytes(note);
      await large.done(putFile({ bytes: Buffer.alloc(3_500_000, 'xyz') }));
      await large.storage.tidy({ before: at(-1), keepChanges: 1 });
      const read = Buffer.from((await reading) ?? 'nothing');
      assert.ok(read.equals(Buffer.alloc(3_500_000, 'abc')) || read.equals(Buffer.alloc(3_500_000, 'xyz')));
      await large.storage.close();
    });

    it('are refused where expectation, parent or name do not fit', async () => {
      assert.equal(await refused(putFile({ expect: 'present' })), 'stale');
      assert.equal(await refused(putFile({ parent: id(499) })), 'missing');
      assert.equal(await refused(putFile({ name: 'folder' })), 'name-in-use');
      await world.done(putFile());
      assert.equal(await refused(putFile({ parent: note })), 'missing');
      assert.equal(await refused(collection(id(409), note, 'x')), 'missing');
      assert.equal(await refused(collection(id(409), root, 'note.txt')), 'name-in-use');
    });

    it('are listed by name, in pages', async () => {
      const names = Array.from({ length: 300 }, (_, at) => `f${String(at).padStart(3, '0')}`);
      await world.done(...names.map((name, at) => collection(id(1000 + at), folder, name)));
      assert.deepEqual(
        (await flat(world.storage.fileMembers(folder))).map(({ name }) => name),
        names,
      );
      assert.deepEqual(
        (await flat(world.storage.fileMembers(root))).map(({ name }) => name),
        ['folder'],
      );
      assert.deepEqual(await flat(world.storage.fileMembers(id(499))), []);
    });

    it('move with their members', async () => {
      await world.done(putFile({ parent: folder }), collection(id(404), root, 'other'));
      await world.done({ do: 'move-file', id: folder, parent: id(404), name: 'moved' });
      assert.equal((await world.storage.file(id(404), 'moved'))?.id, folder);
      assert.equal((await world.storage.file(folder, 'note.txt'))?.id, note);
      assert.equal(await refused({ do: 'move-file', id: id(404), parent: folder, name: 'loop' }), 'missing');
      assert.equal(
        await refused({ do: 'move-file', id: note, parent: id(404), name: 'moved' }),
        'name-in-use',
      );
      assert.equal(await refused({ do: 'move-file', id: id(499), parent: root, name: 'x' }), 'missing');
      assert.equal(await refused({ do: 'move-file', id: folder, parent: note, name: 'x' }), 'missing');
    });

    it('move to another home with their bytes, if these fit there', async () => {
      await world.done(collection(id(405), null, '', boris), putFile({ parent: folder }));
      await world.done({ do: 'move-file', id: folder, parent: id(405), name: 'gift' });
      assert.deepEqual([await world.storage.usedBytes(anna), await world.storage.usedBytes(boris)], [0, 5]);
      assert.equal((await world.storage.file(folder, 'note.txt'))?.home, boris);
      await world.done(putFile({ id: id(406), bytes: Buffer.alloc(maxHomeBytes) }));
      assert.equal(
        await refused({ do: 'move-file', id: folder, parent: root, name: 'back' }),
        'quota-exceeded',
      );
    });

    it('are copied one by one, with their properties', async () => {
      await world.done(putFile(), {
        do: 'set-property',
        holder: { on: 'file', id: note },
        name: '{x}p',
        xml: '<p/>',
      });
      await world.done({ do: 'copy-file', from: note, id: id(407), parent: folder, name: 'copy' });
      const copy = await world.storage.file(folder, 'copy');
      assert.deepEqual([copy?.etag, copy?.contentType, await bytes(id(407))], ['"1"', 'text/plain', 'hello']);
      assert.equal((await world.storage.properties({ on: 'file', id: id(407) })).get('{x}p'), '<p/>');
      assert.equal(await world.storage.usedBytes(anna), 10);
      await world.done(putFile({ bytes: Buffer.from('new') }));
      assert.equal(await bytes(id(407)), 'hello');
      await world.done({ do: 'copy-file', from: folder, id: id(408), parent: root, name: 'empty' });
      assert.deepEqual(await flat(world.storage.fileMembers(id(408))), []);
      assert.notEqual(
        (await world.storage.file(root, 'empty'))?.etag,
        (await world.storage.file(root, 'folder'))?.etag,
      );
      const again: Extract<Change, { do: 'copy-file' }> = {
        do: 'copy-file',
        from: note,
        id: id(409),
        parent: folder,
        name: 'copy',
      };
      assert.equal(await refused(again), 'name-in-use');
      assert.equal(await refused({ ...again, from: id<FileId>(499) }), 'missing');
      assert.equal(await refused({ ...again, parent: id(499) }), 'missing');
      await world.done(putFile({ id: id(410), name: 'big', bytes: Buffer.alloc(maxHomeBytes / 2) }));
      assert.equal(await refused({ ...again, from: id<FileId>(410), name: 'big 2' }), 'quota-exceeded');
    });

    it('share their contents with copies until the last of them is gone', async () => {
      await world.done(putFile());
      for (const copy of [421, 422])
        await world.done({ do: 'copy-file', from: note, id: id(copy), parent: folder, name: `${copy}` });
      const tidy = async (): Promise<void> => {
        await world.storage.tidy({ before: world.clock.now(), keepChanges: 10 });
        assert.deepEqual(await problems(world.storage), []);
      };
      await world.done({ do: 'delete-file', id: note });
      await tidy();
      assert.equal(await bytes(id(421)), 'hello');
      await world.done(putFile({ id: id(423), parent: folder, name: '421', bytes: Buffer.from('other') }));
      await tidy();
      assert.deepEqual([await bytes(id(421)), await bytes(id(422))], ['other', 'hello']);
      await world.done({ do: 'copy-file', from: id(422), id: id(424), parent: folder, name: 'last' });
      await world.done({ do: 'delete-principal', principal: anna });
      await tidy();
      assert.equal(await world.storage.fileBytes(id(424)), undefined);
    });

    it('are deleted with everything below', async () => {
      await world.done(putFile({ parent: folder }), {
        do: 'set-property',
        holder: { on: 'file', id: note },
        name: '{x}p',
        xml: '<p/>',
      });
      assert.deepEqual(await world.done({ do: 'delete-file', id: folder }), [false]);
      assert.equal(await world.storage.file(root, 'folder'), undefined);
      assert.equal(await world.storage.fileBytes(note), undefined);
      assert.equal(await world.storage.usedBytes(anna), 0);
      assert.equal((await world.storage.properties({ on: 'file', id: note })).size, 0);
      assert.equal(await refused({ do: 'delete-file', id: folder }), 'missing');
    });

    it('are staged part by part, seen by nobody until a file gets them', async () => {
      const content = id<FileId>(431);
      const part = (part: number, bytes: string, more: object = {}): Change => ({
        do: 'stage-content',
        content,
        home: anna,
        part,
        bytes: Buffer.from(bytes),
        until: at(1),
        ...more,
      });
      const given = (sizeBytes: number): Change => putFile({ bytes: { staged: content, sizeBytes } });
      await world.done(part(0, 'hel'));
      await world.done(part(1, 'lo'));
      assert.equal(await world.storage.usedBytes(anna), 0);
      assert.deepEqual(await problems(world.storage), []);
      assert.equal(await refused(given(6)), 'missing');
      await world.done(given(5));
      assert.equal(await world.storage.usedBytes(anna), 5);
      assert.equal(await refused(given(5)), 'missing');
      assert.equal(await refused({ do: 'drop-staged', id: content }), 'missing');
      assert.equal(await refused(part(1, 'x', { content: 499 })), 'missing');
      assert.deepEqual(await problems(world.storage), []);
    });

    it('are cleared away when they were staged and no file got them', async () => {
      const stage = (content: FileId, until: number): Change => ({
        do: 'stage-content',
        content,
        home: anna,
        part: 0,
        bytes: Buffer.from('hello'),
        until: at(until),
      });
      const given = (staged: FileId): Change => putFile({ bytes: { staged, sizeBytes: 5 } });
      await world.done(stage(id(432), 1), stage(id(433), 1), stage(id(434), 9));
      await world.done({ do: 'drop-staged', id: id(432) });
      assert.equal(await refused(given(id(432))), 'missing');
      world.clock.advance(86_400_000);
      await world.storage.tidy({ before: at(-1), keepChanges: 10 });
      assert.equal(await refused(given(id(433))), 'missing');
      await world.done(given(id(434)));
      assert.equal(await bytes(note), 'hello');
      assert.deepEqual(await problems(world.storage), []);
    });

    it('are copied where nobody sees them, and placed whole or cleared away', async () => {
      await world.done(putFile({ parent: folder }));
      const staging = { home: anna, until: at(1) };
      const copy = (root: number): Change[] => [
        { do: 'copy-file', from: folder, id: id(root), parent: staging, name: 'copy' },
        { do: 'copy-file', from: note, id: id(root + 1), parent: id(root), name: 'note.txt' },
      ];
      await world.done(...copy(441));
      await world.done(...copy(443));
      assert.equal(await world.storage.usedBytes(anna), 15);
      assert.deepEqual(await problems(world.storage), []);
      const move = { do: 'move-file', id: id<FileId>(441), parent: root, name: 'x' } as const;
      assert.equal(await refused(move), 'missing');
      const place = { do: 'place-staged', id: id<FileId>(441), parent: root, name: 'copy' } as const;
      assert.equal(await refused({ ...place, name: 'folder' }), 'name-in-use');
      assert.equal(await refused({ ...place, id: id<FileId>(442) }), 'missing');
      await world.done(place);
      assert.equal(await bytes((await world.storage.file(id(441), 'note.txt'))?.id ?? root), 'hello');
      world.clock.advance(86_400_000);
      await world.storage.tidy({ before: at(-1), keepChanges: 10 });
      assert.equal(await world.storage.usedBytes(anna), 10);
      assert.equal(await refused({ ...place, id: id<FileId>(443), name: 'late' }), 'missing');
      assert.deepEqual(await problems(world.storage), []);
    });

    it('are gone at once, however many lie in a collection, and cleared away afterwards', async () => {
      await world.done(collection(id(450), folder, 'inner'));
      for (const [at, parent] of [folder, id<FileId>(450)].entries()) {
        await world.done(
          ...Array.from({ length: 200 }, (_, number) =>
            putFile({ id: id(1000 + 1000 * at + number), parent, name: `${number}` }),
          ),
        );
      }
      await world.done({
        do: 'set-property',
        holder: { on: 'file', id: id(1007) },
        name: '{x}p',
        xml: '<p/>',
      });
      await world.done({ do: 'delete-file', id: folder });
      assert.equal(await world.storage.file(root, 'folder'), undefined);
      const late = [
        { do: 'delete-file', id: folder },
        { do: 'move-file', id: id<FileId>(2007), parent: root, name: 'rescued' },
        putFile({ id: id(460), parent: id(450), name: 'late' }),
        collection(id(461), folder, 'late'),
        { do: 'copy-file', from: id<FileId>(2007), id: id<FileId>(462), parent: root, name: 'late' },
      ] as const;
      for (const change of late) assert.equal(await refused(change), 'missing', change.do);
      await world.storage.tidy({ before: at(-1), keepChanges: 10 });
      assert.equal(await world.storage.usedBytes(anna), 0);
      assert.equal(await world.storage.fileBytes(id(2007)), undefined);
      assert.deepEqual(await problems(world.storage), []);
    });

    it('are locked until the lock expires or is given back', async () => {
      const lock: FileLock = {
        token: 'urn:uuid:1',
        home: anna,
        path: 'folder/note.txt',
        scope: 'exclusive',
        depth: 0,
        principal: anna,
        ownerXml: '<D:owner/>',
        expires: at(1),
      };
      const tree: FileLock = {
        ...lock,
        token: 'urn:uuid:2',
        path: 'a',
        scope: 'shared',
        depth: 'infinity',
        expires: at(2),
      };
      await world.done({ do: 'lock', lock }, { do: 'lock', lock: tree });
      assert.deepEqual(await world.storage.locks(anna, at(0)), [tree, lock]);
      assert.deepEqual(await world.storage.locks(boris, at(0)), []);
      assert.deepEqual(await world.storage.locks(anna, at(1)), [tree]);
      await world.done({ do: 'lock', lock: { ...lock, expires: instant(Infinity) } });
      assert.equal((await world.storage.locks(anna, at(1e6)))[0]?.expires, Infinity);
      await world.done({ do: 'lock', lock: { ...lock, expires: at(3) } });
      assert.equal((await world.storage.locks(anna, at(2)))[0]?.expires, at(3));
      await world.done({ do: 'unlock', token: tree.token });
      assert.deepEqual(
        (await world.storage.locks(anna, at(0))).map(({ token }) => token),
        [lock.token],
      );
      assert.equal(await refused({ do: 'unlock', token: tree.token }), 'missing');
      assert.equal(await refused({ do: 'lock', lock: { ...lock, home: nobody } }), 'missing');
      world.clock.advance(4 * 86_400_000);
      await world.storage.tidy({ before: at(-1), keepChanges: 1000 });
      assert.deepEqual(await world.storage.locks(anna, at(0)), []);
    });
  });
}
