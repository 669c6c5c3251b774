import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { manualClock } from '../../../src/core/clock.ts';
import { restoreBackup } from '../../../src/storage/sqlite/care/backup.ts';
import { openSqlite } from '../../../src/storage/sqlite/open.ts';
import { makeWorld, noon, object, problems, put, type World, work } from '../contract/fixture.ts';
import { useFolder } from './fixture.ts';

describe('sqlite backup', () => {
  const path = useFolder();
  let world: World;
  beforeEach(async () => {
    world = await makeWorld(({ clock }) => openSqlite({ file: path('live.db'), clock }));
    await world.done(...Array.from({ length: 500 }, (_, at) => put(work, object(`${at}.ics`))));
  });
  afterEach(() => world.storage.close());

  it('is one moment of a database that goes on', async () => {
    const progress: number[] = [];
    const copying = world.storage.backup(path('copy.db'), (share) => progress.push(share));
    const writing = Promise.all(
      Array.from({ length: 50 }, (_, at) => world.done(put(work, object(`later-${at}.ics`)))),
    );
    await Promise.all([copying, writing]);
    assert.ok(progress.every((share) => share >= 0 && share <= 1));
    const copy = openSqlite({ file: path('copy.db'), clock: world.clock });
    assert.ok((await copy.objectCount(work)) >= 500);
    assert.equal(copy.epoch, world.storage.epoch);
    assert.deepEqual(await problems(copy), []);
    await copy.close();
  });

  it('takes the place of an older one, and leaves nothing else behind', async () => {
    writeFileSync(path('copy.db'), 'old');
    writeFileSync(path('copy.db.partial'), 'left over');
    await world.storage.backup(path('copy.db'));
    const names = readdirSync(dirname(path('copy.db'))).filter((name) => name.startsWith('copy.db'));
    assert.deepEqual(names, ['copy.db']);
  });

  it('fails where it cannot be written, and keeps the older one', async () => {
    await assert.rejects(world.storage.backup(path('no/such/folder/copy.db')));
  });

  it('comes back under a new epoch, so that tokens of the lost future die', async () => {
    await world.storage.backup(path('copy.db'));
    await restoreBackup(path('copy.db'), path('restored.db'));
    const restored = openSqlite({ file: path('restored.db'), clock: manualClock(noon) });
    assert.equal(await restored.objectCount(work), 500);
    assert.notEqual(restored.epoch, world.storage.epoch);
    assert.deepEqual(await problems(restored), []);
    await restored.close();
    assert.ok(!existsSync(path('restored.db.partial')));
  });

  it('is read by nobody else, like the database and its log', async () => {
    const modeOf = (name: string): string => (statSync(path(name)).mode & 0o777).toString(8);
    await world.storage.backup(path('copy.db'), () => assert.equal(modeOf('copy.db.partial'), '600'));
    for (const name of ['live.db', 'live.db-wal', 'live.db-shm', 'copy.db'])
      assert.equal(modeOf(name), '600', name);
    chmodSync(path('copy.db'), 0o644);
    await restoreBackup(path('copy.db'), path('restored.db'));
    assert.equal(modeOf('restored.db'), '600');
  });

  it('that was interrupted on its way back is not taken for an empty start', async () => {
    await world.storage.backup(path('restored.db.restored.partial'));
    assert.throws(
      () => openSqlite({ file: path('restored.db'), clock: world.clock }),
      /a restore was interrupted/,
    );
    assert.ok(!existsSync(path('restored.db')));
  });

  it('is not put in the place of a database that exists', async () => {
    await world.storage.backup(path('copy.db'));
    await assert.rejects(restoreBackup(path('copy.db'), path('live.db')), /live.db exists: move it away/);
    writeFileSync(path('gone.db-wal'), 'of a database that was moved away');
    await assert.rejects(restoreBackup(path('copy.db'), path('gone.db')), /gone.db-wal exists/);
  });

  it('is refused when it is damaged or no backup', async () => {
    await world.storage.backup(path('copy.db'));
    const bytes = readFileSync(path('copy.db'));
    bytes.fill(0x5a, bytes.length / 2, bytes.length / 2 + 20_000);
    writeFileSync(path('damaged.db'), bytes);
    await assert.rejects(restoreBackup(path('damaged.db'), path('restored.db')), /damaged|malformed/);
    writeFileSync(path('text.db'), 'this is no database at all, whatever its name says');
    await assert.rejects(restoreBackup(path('text.db'), path('restored.db')));
    await assert.rejects(restoreBackup(path('absent.db'), path('restored.db')), /ENOENT/);
    assert.ok(!existsSync(path('restored.db')) && !existsSync(path('restored.db.partial')));
  });
});
