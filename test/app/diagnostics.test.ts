import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diagnose } from '../../src/app/diagnostics.ts';
import { loadSettings } from '../../src/config.ts';
import { instant } from '../../src/icalendar/time.ts';
import type { Diagnostic } from '../../src/portal/api.ts';
import type { Services } from '../../src/service/context.ts';
import { type Office, office } from '../service/office.ts';

describe('diagnostics', () => {
  let at: Office;
  let folder: string;

  before(async () => {
    at = await office();
    folder = mkdtempSync(join(tmpdir(), 'portcal-diagnostics-'));
  });
  after(async () => {
    await at.close();
    rmSync(folder, { recursive: true });
  });

  const told = async (
    flags: readonly string[] = [],
    publicUrl = 'https://cal.example.com',
    services: Services = at.services,
  ): Promise<Readonly<Record<string, Diagnostic | undefined>>> => {
    const { settings } = await loadSettings({
      argv: [`--data=${folder}`, ...flags],
      env: {},
      readFile: () => '',
    });
    const rows = await diagnose(services, settings, publicUrl, '1.0');
    return Object.fromEntries(rows.map((row) => [row.name, row]));
  };

  it('are green where all is well', async () => {
    const rows = await told(['--public-url=https://cal.example.com']);
    for (const name of ['tls', 'public-address', 'well-known', 'clock', 'mail', 'database', 'versions'])
      assert.equal(rows[name]?.state, 'green', name);
    assert.equal(rows['well-known']?.command, 'npx portcal doctor https://cal.example.com');
    assert.ok(Number(rows['disk']?.values['bytes']) > 0);
  });

  it('say what is wrong, and how it is mended', async () => {
    const early = { ...at.services, clock: { now: () => instant(0) } };
    const lost = () => Promise.reject(new Error('the disk is gone'));
    const broken = { ...early, storage: { ...early.storage, probe: lost } };
    const rows = await told([], 'http://127.0.0.1:8080', broken);
    const states = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row?.state]));
    assert.deepEqual(
      [states['tls'], states['public-address'], states['clock'], states['database'], states['backup']],
      ['amber', 'amber', 'red', 'red', 'amber'],
    );
    assert.deepEqual(rows['database']?.values, { problem: 'the disk is gone' });
    for (const name of ['tls', 'public-address', 'clock', 'database', 'backup'])
      assert.ok(rows[name]?.fix, name);
  });

  it('know how old the newest backup is', async () => {
    const backups = join(folder, 'backups');
    const flag = `--backup-folder=${backups}`;
    assert.equal((await told([flag]))['backup']?.found, 'backups-none');
    mkdirSync(backups);
    const name = (hoursAgo: number): string =>
      `portcal-${new Date(at.services.clock.now() - hoursAgo * 3_600_000).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.sqlite`;
    writeFileSync(join(backups, name(100)), '');
    assert.deepEqual(
      [(await told([flag]))['backup']?.state, (await told([flag]))['backup']?.values],
      ['red', { n: '100' }],
    );
    writeFileSync(join(backups, name(5)), '');
    assert.equal((await told([flag]))['backup']?.state, 'green');
  });
});
