import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackupPlan, backupIfDue, keyFilesOf, newestBackupMs } from '../src/app/backups.ts';
import { manualClock } from '../src/core/clock.ts';
import { noon, type Office, office } from './service/office.ts';

describe('scheduled backups', () => {
  let at: Office;
  let folder: string;
  let plan: BackupPlan;
  beforeEach(async () => {
    at = await office();
    folder = await mkdtemp(join(tmpdir(), 'portcal-backups-'));
    await writeFile(join(folder, 'secret'), 'key');
    await writeFile(join(folder, 'connector-key'), 'connector');
    plan = { folder: join(folder, 'copies'), everyMs: 3_600_000, keep: 2, keys: keyFilesOf(folder) };
  });
  afterEach(async () => {
    await at.close();
    await rm(folder, { recursive: true });
  });

  const copies = async (): Promise<string[]> => (await readdir(plan.folder)).sort();

  it('are made when the newest is old enough, with the keys beside them, and the oldest go', async () => {
    const clock = manualClock(noon);
    const services = { ...at.services, clock };
    assert.ok(await backupIfDue(services, plan));
    assert.equal(await backupIfDue(services, plan), undefined);
    clock.advance(3_600_000);
    const second = await backupIfDue(services, plan);
    assert.ok(second);
    assert.equal(await readFile(`${second}.key`, 'utf8'), 'key');
    assert.equal(await readFile(`${second}.connector-key`, 'utf8'), 'connector');
    assert.equal((await stat(`${second}.connector-key`)).mode & 0o777, 0o600);
    clock.advance(3_600_000);
    await backupIfDue(services, plan);
    assert.deepEqual(await copies(), [
      'portcal-20260320T130000Z.sqlite',
      'portcal-20260320T130000Z.sqlite.connector-key',
      'portcal-20260320T130000Z.sqlite.key',
      'portcal-20260320T140000Z.sqlite',
      'portcal-20260320T140000Z.sqlite.connector-key',
      'portcal-20260320T140000Z.sqlite.key',
    ]);
    assert.equal(await newestBackupMs(plan.folder), noon + 2 * 3_600_000);
  });

  it('are complete where no connector was ever used, or its key comes from the environment', async () => {
    await rm(join(folder, 'connector-key'));
    await backupIfDue(at.services, plan);
    assert.equal((await copies()).length, 2);
  });

  it('leave files of other people alone', async () => {
    await rm(join(folder, 'connector-key'));
    await backupIfDue(at.services, { ...plan, keep: 1 });
    await writeFile(join(plan.folder, 'portcal-old.sqlite'), '');
    at.clock.advance(3_600_000);
    await backupIfDue(at.services, { ...plan, keep: 1 });
    assert.ok((await copies()).includes('portcal-old.sqlite'));
    assert.equal((await copies()).length, 3);
  });

  it('are off without a folder', async () => {
    assert.equal(await backupIfDue(at.services, { ...plan, folder: '' }), undefined);
  });
});
