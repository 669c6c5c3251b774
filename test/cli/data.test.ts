import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyFilesOf } from '../../src/app/backups.ts';
import { prepareRestore } from '../../src/app/restore.ts';
import { startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';
import { pick, record, type Terminal, withAlice } from './terminal.ts';
import { unzipped } from './unzipped.ts';

describe('the command line and the data', () => {
  let at: Terminal;
  beforeEach(async () => {
    at = await withAlice();
  });
  afterEach(() => at.close());

  describe('files', () => {
    it('imports what is sound, reports what is not, and changes nothing the second time', async () => {
      const file = join(at.folder, 'mixed.ics');
      await writeFile(file, mixed);
      const first = await at.run(['import', 'alice/personal', file]);
      assert.equal(first.code, 3, first.err);
      assert.match(first.out, /2 added, 0 updated, 0 unchanged, 1 skipped/);
      assert.match(first.err, /of 3/, 'progress on standard error');
      const second = await at.run(['import', 'alice/personal', file]);
      assert.match(second.out, /0 added, 0 updated, 2 unchanged, 1 skipped/);
    });

    it('takes the other files when one is no calendar, and says which', async () => {
      const [sound, page, none] = ['mixed.ics', 'page.ics', 'none.ics'].map((name) => join(at.folder, name));
      await writeFile(sound ?? '', mixed);
      await writeFile(page ?? '', '<!DOCTYPE html>\n<title>Sign in</title>\n');
      const said = await at.run(['import', 'alice/personal', page ?? '', none ?? '', sound ?? '']);
      assert.equal(said.code, 3, said.err);
      assert.match(said.out, /page\.ics: this is no calendar file\n.*none\.ics: .*is not there\n.*2 added/);
      assert.equal((await at.run(['import', 'alice/personal', page ?? '', none ?? ''])).code, 1);
      const alone = await at.run(['import', 'alice/personal', page ?? '']);
      assert.equal(alone.code, 1);
      assert.match(alone.err, /this is no calendar file/);
    });

    it('draws a bar at a terminal', async () => {
      const file = join(at.folder, 'mixed.ics');
      await writeFile(file, mixed);
      const said = await at.typed(['import', 'alice/personal', file]);
      assert.match(said.err, /100% 3\/3/);
      assert.match(said.out, /2 added/);
    });

    it('says what it would do, and does not', async () => {
      const file = join(at.folder, 'mixed.ics');
      await writeFile(file, mixed);
      const said = await at.run(['import', 'alice/personal', '--dry-run', file]);
      assert.match(said.out, /2 would be added/);
      assert.deepEqual(pick(await at.json(['calendar', 'list', 'alice']), 'objects'), [
        { objects: 0 },
        { objects: 0 },
      ]);
    });

    it('exports one calendar or all, in full', async () => {
      const file = join(at.folder, 'mixed.ics');
      await writeFile(file, mixed);
      await at.run(['import', 'alice/personal', file]);
      const { out } = await at.run(['export', 'alice/personal']);
      assert.match(out, /^BEGIN:VCALENDAR\r\n[\s\S]*SUMMARY:Встреча\r\n[\s\S]*END:VCALENDAR\r\n$/);
      const folder = join(at.folder, 'all');
      await at.json(['export', '--all', '--output', folder]);
      assert.equal(await readFile(join(folder, 'alice', 'personal.ics'), 'utf8'), out);
      assert.equal((await at.run(['export'])).code, 2);
      assert.equal((await at.run(['export', '--all'])).code, 2);
      const zip = join(at.folder, 'all.zip');
      const { calendars } = record(await at.json(['export', '--all', '--zip', zip]));
      assert.deepEqual(calendars, ['alice/personal', 'alice/tasks']);
      const inside = unzipped(await readFile(zip));
      assert.deepEqual([...inside.keys()], ['alice/personal.ics', 'alice/tasks.ics']);
      assert.equal(inside.get('alice/personal.ics')?.toString(), out);
      assert.equal((await at.run(['export', '--zip', zip])).code, 2);
      assert.equal((await at.run(['export', '--all', '--zip', zip, '-o', folder])).code, 2);
      const nowhere = await at.run(['export', '--all', '--zip', join(at.folder, 'none', 'all.zip')]);
      assert.equal(nowhere.code, 1);
      assert.match(nowhere.err, /all\.zip\.part is not there/);
    });

    it('leaves nothing behind when it cannot write', async () => {
      const taken = join(at.folder, 'taken.ics');
      await mkdir(taken);
      const said = await at.run(['export', 'alice/personal', '-o', taken]);
      assert.equal(said.code, 1);
      assert.match(said.err, /is a folder, and a file is wanted/);
      assert.deepEqual((await readdir(at.folder)).toSorted(), ['data', 'taken.ics']);
    });
  });

  describe('care for the data', () => {
    it('backs up, checks and restores; sync tokens of before are void', async () => {
      const backup = join(at.folder, 'backup.sqlite');
      await at.json(['backup', backup, '--verify']);
      const { size, mode } = await stat(backup);
      assert.ok(size > 0);
      assert.equal(mode & 0o077, 0, 'others on the machine cannot read it');
      await at.json(['user', 'remove', 'alice', '--yes']);
      assert.match((await at.run(['restore', backup])).err, /--replace/);
      await at.json(['restore', backup, '--replace']);
      assert.deepEqual(pick(await at.json(['user', 'list']), 'name'), [{ name: 'alice' }]);
      assert.deepEqual(await at.json(['check']), { problems: [], fixed: false });
    });

    it('does not restore under a running server', async () => {
      const backup = join(at.folder, 'backup.sqlite');
      await at.json(['backup', backup]);
      const argv = ['--data', join(at.folder, 'data'), '--port', '0'];
      const { settings } = await loadSettings({ argv, env: {}, readFile: () => '' });
      const app = await startApp(settings, silentLog);
      try {
        assert.match((await at.run(['restore', backup, '--replace'])).err, /running/);
        await at.json(['user', 'add', 'bob', '--no-password']);
      } finally {
        await app.stop();
      }
    });

    it('writes nothing where a folder is named, or nothing', async () => {
      const before = await readdir('.');
      for (const file of ['', '.', `${at.folder}/`, `${at.folder}/..`]) {
        assert.equal((await at.run(['backup', file])).code, 2, file);
        assert.equal((await at.run(['export', 'alice/personal', '-o', file])).code, 2, file);
      }
      assert.equal((await at.run(['backup', at.folder])).code, 1);
      assert.deepEqual(await readdir('.'), before);
    });

    it('does not touch the present database for the sake of a backup that is none', async () => {
      const damaged = join(at.folder, 'damaged.sqlite');
      await writeFile(damaged, 'this is no database at all');
      for (const file of [damaged, join(at.folder, 'absent.sqlite')]) {
        const said = await at.run(['restore', file, '--replace']);
        assert.equal(said.code, 1);
        assert.match(said.err, /^portcal: .* cannot be restored: .*\n$/);
      }
      assert.deepEqual(pick(await at.json(['user', 'list']), 'name'), [{ name: 'alice' }]);
    });

    it('comes to its end after a restore that was killed, with the old data or the new, each with its keys', async () => {
      const data = join(at.folder, 'data');
      const [target, backup] = [join(data, 'portcal.sqlite'), join(at.folder, 'backup.sqlite')];
      const keys = keyFilesOf(data);
      const names = async () => pick(await at.json(['user', 'list']), 'name').map(({ name }) => name);
      await at.json(['backup', backup]);
      const secret = await readFile(keys.secret, 'utf8');
      const old = 'ab'.repeat(32);
      const killedAfter = async (...steps: readonly (() => Promise<unknown>)[]): Promise<void> => {
        await at.run(['user', 'add', 'later', '--no-password']);
        await writeFile(keys.secret, old);
        await prepareRestore(backup, target, keys);
        for (const step of steps) await step();
      };
      const setAside = () => rename(target, `${target}.before`);
      await killedAfter();
      assert.deepEqual(await names(), ['alice', 'later']);
      assert.equal(await readFile(keys.secret, 'utf8'), old);
      for (const steps of [[setAside], [setAside, () => rename(`${keys.secret}.restored`, keys.secret)]]) {
        await killedAfter(...steps);
        assert.deepEqual(await names(), ['alice']);
        assert.equal(await readFile(keys.secret, 'utf8'), secret);
        assert.deepEqual(await at.json(['check']), { problems: [], fixed: false });
      }
      await killedAfter(setAside);
      await writeFile(`${target}-wal`, 'of the database that was set aside');
      assert.match((await at.run(['user', 'list'])).err, /portcal\.sqlite-wal is the log of a database/);
      await rm(`${target}-wal`);
      assert.match((await at.run(['restore', backup])).err, /--replace/);
      assert.deepEqual(await names(), ['alice']);
    });

    it('restores over a database that is damaged, and into a folder that is not there', async () => {
      const backup = join(at.folder, 'backup.sqlite');
      await at.json(['backup', backup]);
      const database = join(at.folder, 'data', 'portcal.sqlite');
      await writeFile(database, 'x'.repeat(10_000));
      await at.json(['restore', backup, '--replace']);
      assert.deepEqual(pick(await at.json(['user', 'list']), 'name'), [{ name: 'alice' }]);
      await rm(`${backup}.key`);
      const elsewhere = ['--data', join(at.folder, 'new', 'data')];
      assert.match((await at.run([...elsewhere, 'restore', backup])).out, /\.key is missing/);
      assert.match((await at.run([...elsewhere, 'user', 'list'])).out, /alice/);
    });

    it('writes backups over backups, and over nothing else', async () => {
      const backup = join(at.folder, 'backup.sqlite');
      await at.json(['backup', backup]);
      await at.json(['backup', backup]);
      const data = join(at.folder, 'data');
      const link = join(at.folder, 'link.sqlite');
      await symlink(join(data, 'portcal.sqlite'), link);
      for (const file of [join(data, 'portcal.sqlite'), link]) {
        assert.deepEqual(await at.run(['backup', file]), {
          code: 1,
          out: '',
          err: `portcal: ${file} is a database in use: choose another name\n`,
        });
      }
      assert.match((await at.run(['backup', join(data, 'secret')])).err, /exists and is no backup/);
      assert.match((await at.run(['backup', join(at.folder, 'no', 'x.sqlite')])).err, /there is no folder/);
    });

    it('says which form the database has', async () => {
      const { found, newest } = record(await at.json(['migrate', '--status']));
      assert.equal(found, newest);
      const none = await at.run(['--data', join(at.folder, 'nowhere'), 'migrate', '--status']);
      assert.deepEqual([none.code, none.out], [1, '']);
      assert.match(none.err, /^portcal: there is no database .*nowhere/);
    });
  });
});

const mixed = Buffer.from(
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    'BEGIN:VEVENT',
    'UID:one',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260323T090000Z',
    'SUMMARY:Встреча',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:broken',
    'DTSTAMP:20260101T000000Z',
    'SUMMARY:No start',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;VALUE=DATE:20260323',
    'SUMMARY:No UID',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n'),
);
