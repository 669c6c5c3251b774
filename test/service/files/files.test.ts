import assert from 'node:assert/strict';
import { etag } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import type { Services } from '../../../src/service/context.ts';
import {
  lockFile,
  locksBelow,
  locksOn,
  maxLockSeconds,
  refreshLock,
  unlockFile,
} from '../../../src/service/files/file-locks.ts';
import { type FilePath, fileAt } from '../../../src/service/files/file-places.ts';
import {
  copyFile,
  deleteFile,
  filesIn,
  makeCollection,
  moveFile,
  putFile,
  readFile,
} from '../../../src/service/files/files.ts';
import { etagOf } from '../../../src/service/fingerprint.ts';
import { patchProperties, properties } from '../../../src/service/properties.ts';
import { problems } from '../../storage/contract/fixture.ts';
import { actor, all, type Office, office, refuses } from '../office.ts';

const none: { readonly tokens: readonly string[] } = { tokens: [] };

describe('files', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const place = (path: string) => ({ home: at.alice, path: path === '' ? [] : path.split('/') });
  const node = (path: string, who = alice) => fileAt(at.services, who, place(path));
  const write = (path: string, content = path, tokens: readonly string[] = [], who = alice) =>
    putFile(at.services, who, place(path), { bytes: Buffer.from(content), expect: 'anything', tokens });
  const make = (path: string, tokens: readonly string[] = []) =>
    makeCollection(at.services, alice, place(path), { tokens });
  const content = async (path: string) => {
    const found = await node(path);
    return found && Buffer.from(await readFile(at.services, found)).toString();
  };
  const tree = async (path: FilePath = []): Promise<string[]> => {
    const here = await fileAt(at.services, alice, { home: at.alice, path });
    const found: string[] = [];
    for (const member of here ? await all(filesIn(at.services, here)) : []) {
      const below = [...path, member.name];
      found.push(below.join('/'), ...(member.isCollection ? await tree(below) : []));
    }
    return found.sort();
  };

  it('have a top collection from the first visit on', async () => {
    const [one, two] = await Promise.all([node(''), node('')]);
    assert.ok(one?.isCollection);
    assert.equal(one.id, two?.id);
  });

  it('are stored, read and listed', async () => {
    const first = await putFile(at.services, alice, place('é.txt'), {
      bytes: Buffer.from('x'),
      contentType: 'text/plain',
      expect: 'absent',
      tokens: [],
    });
    assert.equal(first.created, true);
    const found = await node('é.txt');
    assert.deepEqual([found?.etag, found?.contentType, found?.sizeBytes], [first.etag, 'text/plain', 1]);
    assert.equal((await write('é.txt', 'y')).created, false);
    assert.equal(await content('é.txt'), 'y');
    assert.deepEqual(await tree(), ['é.txt']);
    assert.equal(await node('é.txt/below'), undefined);
    const nothing = await node('');
    assert.ok(nothing);
    assert.equal((await readFile(at.services, nothing)).length, 0);
  });

  it('are written in steps when they are large, and others come in between', async () => {
    await node('');
    const large = Buffer.alloc(3.5 * 1024 * 1024, 'abcdefg');
    const steps = watched(at.services);
    const put = (bytes: Uint8Array | readonly Uint8Array[]) =>
      putFile(steps.services, alice, place('large'), { bytes, expect: 'anything', tokens: [] });
    const whole = await put(large);
    assert.deepEqual(steps.taken(), [
      ['stage-content'],
      ['stage-content'],
      ['stage-content'],
      ['stage-content'],
      ['put-file'],
    ]);
    assert.equal(whole.etag, etagOf(large));
    const pieces = Array.from({ length: 7 }, (_, piece) =>
      large.subarray(piece * 524_288, (piece + 1) * 524_288),
    );
    assert.deepEqual(await put([...pieces.slice(0, 3), Buffer.alloc(0), ...pieces.slice(3)]), {
      created: false,
      etag: whole.etag,
    });
    const found = await node('large');
    assert.ok(found && large.equals(await readFile(at.services, found)));
    await tidied();
  });

  it('leave nothing behind when a large one is refused at its end', async () => {
    const large = Buffer.alloc(1.5 * 1024 * 1024);
    const put = (expect: 'present' | 'absent') =>
      putFile(at.services, alice, place('large'), { bytes: large, expect, tokens: [] });
    await refuses(put('present'), 'stale');
    await tidied();
    assert.equal(await at.services.storage.usedBytes(at.alice.id), 0);
  });

  it('do not take up the disk when the home is full', async () => {
    const full = await office({ maxHomeBytes: 1024 * 1024 });
    const owner = await actor(full, full.alice);
    const where = { home: full.alice, path: ['large'] };
    await fileAt(full.services, owner, where);
    const steps = watched(full.services);
    const file = { bytes: Buffer.alloc(2 * 1024 * 1024), expect: 'anything', tokens: [] } as const;
    await refuses(putFile(steps.services, owner, where, file), 'quota-exceeded');
    assert.deepEqual(steps.taken(), []);
    await full.close();
  });

  it('are not written over a lock that came while a large one was on its way', async () => {
    const steps = watched(at.services, async () => {
      if (await node('large')) return;
      await lock('large');
    });
    const file = { bytes: Buffer.alloc(2 * 1024 * 1024), expect: 'anything', tokens: [] } as const;
    await refuses(putFile(steps.services, alice, place('large'), file), 'locked');
    assert.equal((await node('large'))?.sizeBytes, 0);
  });

  it('are copied in steps and removed in one, however many there are', async () => {
    await make('many');
    await make('many/inner');
    for (let number = 0; number < 150; number++)
      await write(number % 2 === 0 ? `many/${number}` : `many/inner/${number}`);
    const steps = watched(at.services);
    const copy = (overwrite = false) =>
      copyFile(steps.services, alice, place('many'), place('copy'), { ...none, overwrite });
    await copy();
    const taken = steps.taken();
    assert.ok(taken.length > 2 && taken.every((step) => step.length <= 70), String(taken.map(String)));
    assert.deepEqual(taken.at(-1)?.at(-1), 'place-staged');
    assert.equal((await tree(['copy'])).length, 151);
    await refuses(copy(), 'stale');
    await copy(true);
    assert.equal((await tree(['copy'])).length, 151);
    steps.taken();
    await deleteFile(steps.services, alice, place('copy'), none);
    assert.deepEqual(steps.taken(), [['delete-file']]);
    assert.deepEqual(await tree(['copy']), []);
    await tidied();
  });

  /** The change sets that go through these services; `before` each of them something else happens. */
  function watched(
    services: Services,
    before: () => Promise<unknown> = async () => {},
  ): { readonly services: Services; readonly taken: () => readonly (readonly string[])[] } {
    const sets: string[][] = [];
    const commit: Services['storage']['commit'] = async (set) => {
      await before();
      sets.push(set.changes.map((change) => change.do));
      return await services.storage.commit(set);
    };
    return {
      services: { ...services, storage: { ...services.storage, commit } },
      taken: () => sets.splice(0),
    };
  }

  async function tidied(): Promise<void> {
    await at.services.storage.tidy({ before: at.clock.now(), keepChanges: 10 });
    assert.deepEqual(await problems(at.services.storage), []);
  }

  it('hold to what the client expects', async () => {
    const put = (expect: 'absent' | 'present' | { etag: ReturnType<typeof etag> }) =>
      putFile(at.services, alice, place('a'), { bytes: Buffer.from('x'), expect, tokens: [] });
    await refuses(put('present'), 'stale');
    const { etag: tag } = await put('absent');
    await refuses(put('absent'), 'stale');
    await refuses(put({ etag: etag('"x"') }), 'stale');
    await put({ etag: tag });
  });

  it('are nobody’s business but their owner’s', async () => {
    await write('a');
    const bob = await actor(at, at.bob);
    assert.equal(await node('a', bob), undefined);
    assert.equal(await node('', bob), undefined);
    assert.ok(await node('a', at.system));
    await refuses(write('b', 'x', [], bob), 'not-found');
    await refuses(deleteFile(at.services, bob, place('a'), none), 'not-found');
    const readOnly = await actor(at, at.alice, 'read');
    assert.ok(await node('a', readOnly));
    await refuses(write('a', 'x', [], readOnly), 'need-privileges');
    await refuses(deleteFile(at.services, readOnly, place('a'), none), 'need-privileges');
    await refuses(lock('a', { who: readOnly }), 'need-privileges');
  });

  it('stand in collections that are there, under names that are names', async () => {
    await refuses(write('no/a'), 'parent-missing');
    await write('file');
    await refuses(write('file/a'), 'parent-missing');
    await refuses(write(''), 'method-not-allowed');
    await refuses(make(''), 'method-not-allowed');
    await make('dir');
    await refuses(make('dir'), 'method-not-allowed');
    await refuses(make('file'), 'method-not-allowed');
    await refuses(make('no/dir'), 'parent-missing');
    await refuses(write('dir'), 'method-not-allowed');
    await refuses(write('dir/..'), 'bad-name');
    await refuses(write(`dir/${'x'.repeat(2000)}`), 'bad-name');
  });

  it('have bounds', async () => {
    await at.close();
    at = await office({ maxFileBytes: 10, maxHomeBytes: 15 });
    alice = await actor(at, at.alice);
    await refuses(write('a', 'x'.repeat(11)), 'too-large');
    await write('a', 'x'.repeat(10));
    await refuses(write('b', 'x'.repeat(10)), 'quota-exceeded');
  });

  it('are removed with everything below', async () => {
    await make('d');
    await make('d/e');
    await write('d/e/f');
    await deleteFile(at.services, alice, place('d'), none);
    assert.deepEqual(await tree(), []);
    await refuses(deleteFile(at.services, alice, place('d'), none), 'not-found');
    await refuses(deleteFile(at.services, alice, place(''), none), 'need-privileges');
  });

  describe('copied', () => {
    const copy = (
      from: string,
      to: string,
      overwrite = true,
      depth: 0 | 'infinity' = 'infinity',
      tokens: readonly string[] = [],
    ) => copyFile(at.services, alice, place(from), place(to), { overwrite, depth, tokens });

    it('come with everything below and with their dead properties', async () => {
      await make('d');
      await write('d/f', 'content');
      const source = await node('d/f');
      assert.ok(source);
      await patchProperties(at.services, alice, { on: 'file', id: source.id }, new Map([['{x}y', '<y/>']]));
      assert.deepEqual(await copy('d', 'e'), { created: true });
      assert.deepEqual(await tree(), ['d', 'd/f', 'e', 'e/f']);
      assert.equal(await content('e/f'), 'content');
      const made = await node('e/f');
      assert.ok(made);
      assert.notEqual(made.id, source.id);
      assert.equal((await properties(at.services, { on: 'file', id: made.id })).get('{x}y'), '<y/>');
      await copy('d', 'shallow', true, 0);
      assert.deepEqual(await tree(['shallow']), []);
    });

    it('go over what is there only when told to', async () => {
      await write('a', 'a');
      await write('b', 'b');
      await refuses(copy('a', 'b', false), 'stale');
      assert.deepEqual(await copy('a', 'b'), { created: false });
      assert.equal(await content('b'), 'a');
      await refuses(copy('no', 'b'), 'not-found');
      await refuses(copy('a', 'no/b'), 'parent-missing');
    });

    it('do not go into or over themselves', async () => {
      await make('d');
      await make('d/e');
      for (const [from, to] of [
        ['d', 'd'],
        ['d', 'd/e'],
        ['d', 'd/new'],
        ['d/e', 'd'],
      ] as const) {
        await refuses(copy(from, to), 'location-not-ok');
      }
    });

    it('do not break the lock of what they go over', async () => {
      await write('a');
      await write('b');
      const { token } = (await lock('b')).lock;
      await refuses(copy('a', 'b'), 'locked');
      await copy('a', 'b', true, 'infinity', [token]);
    });
  });

  describe('moved', () => {
    const move = (from: string, to: string, overwrite = true, tokens: readonly string[] = []) =>
      moveFile(at.services, alice, place(from), place(to), { overwrite, tokens });

    it('keep everything but their locks', async () => {
      await make('d');
      await write('d/f', 'content');
      const before = await node('d/f');
      const { token } = (await lock('d/f')).lock;
      await refuses(move('d', 'e'), 'locked');
      assert.deepEqual(await move('d', 'e', true, [token]), { created: true });
      assert.deepEqual(await tree(), ['e', 'e/f']);
      assert.equal((await node('e/f'))?.id, before?.id);
      assert.deepEqual(await locksBelow(at.services, place('')), []);
    });

    it('go over what is there only when told to, and stay at home', async () => {
      await write('a', 'a');
      await make('b');
      await write('b/x');
      await refuses(move('a', 'b', false), 'stale');
      assert.deepEqual(await move('a', 'b'), { created: false });
      assert.deepEqual(await tree(), ['b']);
      await refuses(move('', 'c'), 'need-privileges');
      await refuses(move('no', 'c'), 'not-found');
      const to = { home: at.bob, path: ['a'] };
      await refuses(
        moveFile(at.services, alice, place('b'), to, { overwrite: true, tokens: [] }),
        'location-not-ok',
      );
    });
  });

  const lock = (
    path: string,
    {
      scope = 'exclusive',
      depth = 'infinity',
      who = alice,
      timeoutSeconds,
      tokens = [],
    }: {
      scope?: 'exclusive' | 'shared';
      depth?: 0 | 'infinity';
      who?: Actor;
      timeoutSeconds?: number;
      tokens?: readonly string[];
    } = {},
  ) => lockFile(at.services, who, place(path), { scope, depth, ownerXml: '<o/>', timeoutSeconds, tokens });

  describe('locked', () => {
    it('cannot be changed without the token', async () => {
      await write('a');
      const { lock: made, created } = await lock('a');
      assert.equal(created, false);
      assert.match(
        made.token,
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      const refusal = await refuses(write('a'), 'locked');
      assert.equal(refusal.detail.name, 'a');
      await refuses(write('a', 'x', ['urn:uuid:other']), 'locked');
      await refuses(deleteFile(at.services, alice, place('a'), none), 'locked');
      await write('a', 'x', [made.token]);
      await deleteFile(at.services, alice, place('a'), { tokens: [made.token] });
      assert.deepEqual(await locksOn(at.services, place('a')), []);
    });

    it('come to be as empty files where there is nothing', async () => {
      const { created } = await lock('new file');
      assert.equal(created, true);
      assert.equal(await content('new file'), '');
      await refuses(lock('no/file'), 'not-found');
      await write('file');
      await refuses(lock('file/below'), 'parent-missing');
    });

    it('protect what is below, unless of depth 0', async () => {
      await make('deep');
      await make('flat');
      const deep = (await lock('deep')).lock.token;
      const flat = (await lock('flat', { depth: 0 })).lock.token;
      await refuses(write('deep/a'), 'locked');
      await write('deep/a', 'x', [deep]);
      // Of depth 0, it still protects the list of members.
      await refuses(write('flat/a'), 'locked');
      await write('flat/a', 'x', [flat]);
      await write('flat/a', 'y');
      await refuses(write('deep/a'), 'locked');
      await refuses(deleteFile(at.services, alice, place('flat/a'), none), 'locked');
      assert.equal((await locksOn(at.services, place('deep/a'))).length, 1);
      assert.equal((await locksOn(at.services, place('flat/a'))).length, 0);
    });

    it('exclude other locks, and share with shared ones', async () => {
      await make('d');
      await write('d/f');
      const one = (await lock('d/f', { scope: 'shared' })).lock.token;
      const two = (await lock('d/f', { scope: 'shared' })).lock.token;
      await refuses(lock('d/f'), 'locked');
      await refuses(lock('d'), 'locked');
      await lock('d', { depth: 0 });
      await write('d/f', 'x', [one]);
      await write('d/f', 'x', [two]);
      await refuses(write('d/f'), 'locked');
      await refuses(lock('d/f', { scope: 'exclusive' }), 'locked');
    });

    it('do not let anything be made in a locked collection by locking it', async () => {
      await make('d');
      const { token } = (await lock('d', { depth: 0 })).lock;
      await refuses(lock('d/new'), 'locked');
      assert.equal((await lock('d/new', { tokens: [token] })).created, true);
    });

    it('live for a while that can be renewed, and end by themselves', async () => {
      await write('a');
      const { lock: made } = await lock('a', { timeoutSeconds: 60 });
      at.clock.advance(59_000);
      const renewed = await refreshLock(at.services, alice, place('a'), made.token, undefined);
      assert.equal(renewed.expires, at.clock.now() + maxLockSeconds * 1000);
      at.clock.advance(maxLockSeconds * 1000);
      await write('a');
      await refuses(refreshLock(at.services, alice, place('a'), made.token, 5), 'stale');
      const eternal = await lock('a', { timeoutSeconds: 1e9 });
      assert.equal(eternal.lock.expires, at.clock.now() + maxLockSeconds * 1000);
    });

    it('are unlocked by a token that protects the place', async () => {
      await make('d');
      await write('d/f');
      const { token } = (await lock('d')).lock;
      await refuses(unlockFile(at.services, alice, place('d/f'), 'urn:uuid:x'), 'stale');
      await refuses(unlockFile(at.services, alice, place('no'), token), 'not-found');
      await unlockFile(at.services, alice, place('d/f'), token);
      await write('d/f');
    });

    it('tell where the lock is that stands in the way, as a path', async () => {
      await make('d é');
      await lock('d é');
      const refusal = await refuses(write('d é/f'), 'locked');
      assert.equal(refusal.detail.name, 'd%20%C3%A9/');
      const again = await refuses(lock('d é/f'), 'locked');
      assert.equal(again.detail.name, 'd%20%C3%A9/');
    });
  });
});
