import assert from 'node:assert/strict';
import type { Database } from 'better-sqlite3';
import { id } from '../../../src/core/ids.ts';
import {
  anna,
  complete,
  days,
  flat,
  object,
  problems,
  put,
  range,
  remove,
  type World,
  work,
} from '../contract/fixture.ts';
import { openMemory, worldOver } from './fixture.ts';

/** What is done to a sound database, what is then told, and whether that can be mended. */
const damages: readonly { readonly sql: string; readonly told: RegExp; readonly mended: boolean }[] = [
  { sql: 'UPDATE calendar SET object_count = 7', told: /counts 7 objects, but has 2/, mended: true },
  { sql: 'UPDATE calendar SET size_bytes = size_bytes + 1', told: /bytes, but has/, mended: true },
  { sql: 'UPDATE calendar SET modseq = 1', told: /is at 1, but something in it at 5/, mended: true },
  { sql: 'UPDATE principal SET used_bytes = 3', told: /home 101 counts 3 bytes/, mended: true },
  { sql: 'UPDATE principal SET trash_bytes = 3', told: /the trash of 101 counts 3 bytes/, mended: true },
  { sql: 'UPDATE calendar SET home = 999', told: /belongs to 999, who does not exist/, mended: false },
  { sql: "UPDATE object_bytes SET bytes = x'00'", told: /has no bytes, or not as many/, mended: false },
  { sql: 'DELETE FROM object_bytes', told: /object a.ics of calendar 201 has no bytes/, mended: false },
  { sql: "INSERT INTO object_bytes VALUES (77, 101, NULL, x'')", told: /bytes of object 77/, mended: true },
  {
    sql: "INSERT INTO personal_copy VALUES (77, 101, 201, 101, '', '', 1, x'')",
    told: /personal copy of object 77/,
    mended: true,
  },
  {
    sql: 'UPDATE occurrence SET object = object + 77',
    told: /occurrences of object \d+, which calendar 201 does not have/,
    mended: true,
  },
  {
    sql: 'DELETE FROM occurrence',
    told: /object a.ics of calendar 201 has occurrence rows that do not fit/,
    mended: true,
  },
  { sql: 'UPDATE occurrence SET starts = 0', told: /has occurrence rows that do not fit/, mended: true },
  { sql: 'UPDATE object SET undated = 1', told: /has occurrence rows that do not fit/, mended: true },
  { sql: 'UPDATE occurrence SET length_class = 3', told: /stands in class 3, not 0/, mended: true },
  { sql: 'DELETE FROM change WHERE gone = 0', told: /has no line in the log/, mended: true },
  { sql: "UPDATE change SET name = 'x' WHERE gone = 0", told: /has no line in the log/, mended: true },
  {
    sql: "DELETE FROM change WHERE gone = 1; INSERT INTO change VALUES (201, 9, 101, 'z', 0, 0, NULL); UPDATE calendar SET modseq = 9 WHERE id = 201",
    told: /does not say that z is gone/,
    mended: true,
  },
  {
    sql: "INSERT INTO property VALUES ('file', 77, 0, '{x}p', 101, '<p/>'), ('object', 77, 0, '{x}p', 101, '<p/>'), ('home', 77, 0, '{x}p', 101, '<p/>'), ('calendar', 77, 0, '{x}p', 101, '<p/>')",
    told: /property \{x\}p of (file|object|home|calendar) 77/,
    mended: true,
  },
  {
    sql: 'UPDATE file SET size_bytes = 4 WHERE is_collection = 0; UPDATE principal SET used_bytes = used_bytes + 3 WHERE id = 101',
    told: /file f of 101 has not as many bytes/,
    mended: false,
  },
  {
    sql: "INSERT INTO file_content VALUES (77, 0, 101, x'')",
    told: /contents 77 of a file that does not exist/,
    mended: true,
  },
  {
    sql: "INSERT INTO file SELECT 78, home, 0, '78', 1, NULL, NULL, etag, 0, 0, 0 FROM file WHERE parent IS NULL",
    told: /file 78 of 101 was removed and is not cleared away/,
    mended: true,
  },
  {
    sql: 'UPDATE object SET home = 102',
    told: /object rows of calendar 201 have another home/,
    mended: true,
  },
  {
    sql: 'UPDATE occurrence SET home = 102',
    told: /occurrence rows of calendar 201 have another home/,
    mended: true,
  },
  {
    sql: 'UPDATE change SET home = 102',
    told: /change rows of calendar 201 have another home/,
    mended: true,
  },
];

describe('sqlite check', () => {
  let db: Database;
  let world: World;
  beforeEach(async () => {
    db = openMemory();
    world = await worldOver(db);
    await world.done(
      put(work, object('a.ics', { index: complete(days(0), days(7)) })),
      put(work, object('b.ics')),
      put(work, object('c.ics')),
      { do: 'make-collection', id: id(401), home: anna, parent: null, name: '' },
      {
        do: 'put-file',
        id: id(402),
        home: anna,
        parent: id(401),
        name: 'f',
        contentType: null,
        bytes: Buffer.from('x'),
        etag: object('f').etag,
        expect: 'absent',
      },
    );
  });
  afterEach(() => world.storage.close());

  /** Does what the storage itself never would. */
  function damage(sql: string): void {
    db.exec(`PRAGMA foreign_keys = OFF; ${sql}; PRAGMA foreign_keys = ON`);
  }

  it('finds nothing wrong with what is sound, and mends nothing', async () => {
    await world.done(remove(work, 'c.ics'));
    assert.deepEqual(await problems(world.storage), []);
    assert.deepEqual(await problems(world.storage, true), []);
  });

  for (const { sql, told, mended } of damages) {
    it(`finds${mended ? ' and mends' : ''} what \`${sql.slice(0, 60)}\` does`, async () => {
      await world.done(remove(work, 'c.ics'));
      damage(sql);
      const found = await problems(world.storage);
      assert.ok(
        found.some((sentence) => told.test(sentence)),
        found.join('\n'),
      );
      assert.deepEqual(await problems(world.storage), found, 'looking changes nothing');
      const mending = await problems(world.storage, true);
      const named = mending.filter((sentence) => told.test(sentence));
      assert.ok(
        named.every((sentence) => sentence.endsWith('(mended)') === mended),
        named.join('\n'),
      );
      const left = await problems(world.storage);
      if (mended) assert.deepEqual(left, []);
      else assert.ok(left.some((sentence) => told.test(sentence)));
    });
  }

  it('finds references to nothing', async () => {
    damage("INSERT INTO address (address, principal, position) VALUES ('x', 999, 0)");
    assert.deepEqual(await problems(world.storage, true), [
      'a row of address refers to a row of principal that does not exist',
    ]);
  });

  it('has objects with a mended index found by every query until they are indexed anew', async () => {
    damage('DELETE FROM occurrence');
    await problems(world.storage, true);
    const select = { by: 'unindexed', range: range(500, 501) } as const;
    const found = await flat(world.storage.heads({ calendar: work, select }));
    assert.equal(found.length, 3);
    const due = await flat(world.storage.toReindex(range(0, 0).end));
    assert.equal(due.length, 3);
    await world.done(
      ...due.map(({ id, etag }) => ({ do: 'reindex', object: id, etag, index: complete(days(0)) }) as const),
    );
    assert.deepEqual(await flat(world.storage.heads({ calendar: work, select })), []);
    assert.deepEqual(await problems(world.storage), []);
  });
});

describe('sqlite files', () => {
  it('fail to read when parts of them are lost, rather than for ever or short', async () => {
    const db = openMemory();
    const { storage, done } = await worldOver(db);
    await done(
      { do: 'make-collection', id: id(401), home: anna, parent: null, name: '' },
      {
        do: 'put-file',
        id: id(402),
        home: anna,
        parent: id(401),
        name: 'f',
        contentType: null,
        bytes: Buffer.from('x'),
        etag: object('f').etag,
        expect: 'absent',
      },
    );
    db.exec('DELETE FROM file_content');
    await assert.rejects(storage.fileBytes(id(402)), /the contents of file 402 are not all there/);
    await storage.close();
  });
});
