import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';
import { type Terminal, terminal } from './terminal.ts';

describe('the command line', () => {
  let at: Terminal;
  beforeEach(async () => {
    at = await terminal();
    const added = await at.run(
      ['user', 'add', 'alice', '--email', 'alice@example.com', '--password-file', '-'],
      'correct horse\n',
    );
    assert.deepEqual(added, { code: 0, out: 'alice added\n', err: '' });
  });
  afterEach(() => at.close());

  describe('people and groups', () => {
    it('gives each person a calendar for events and a list for to-dos', async () => {
      const found = await at.json(['calendar', 'list', 'alice']);
      assert.deepEqual(pick(found, 'name', 'components', 'allowExport'), [
        { name: 'personal', components: ['VEVENT'], allowExport: true },
        { name: 'tasks', components: ['VTODO'], allowExport: true },
      ]);
    });

    it('lists, changes, disables and removes people', async () => {
      await at.json([
        'user',
        'set',
        'alice',
        '--display-name',
        'Алиса',
        '--language',
        'ru',
        '--time-zone',
        'Europe/Moscow',
        '--admin',
        'on',
      ]);
      await at.json(['user', 'disable', 'alice']);
      const list = await at.run(['user', 'list']);
      assert.match(list.out, /alice {2}Алиса +alice@example\.com +administrator, disabled/);
      await at.json(['user', 'enable', 'alice']);
      assert.deepEqual(pick(await at.json(['user', 'list']), 'name', 'disabled', 'timeZone', 'isAdmin'), [
        { name: 'alice', disabled: false, timeZone: 'Europe/Moscow', isAdmin: true },
      ]);
      assert.equal((await at.run(['user', 'remove', 'alice'])).code, 2, 'without --yes');
      await at.json(['user', 'remove', 'alice', '--yes']);
      assert.deepEqual(await at.json(['user', 'list']), []);
    });

    it('takes passwords from a file or standard input, never as an argument', async () => {
      const file = join(at.folder, 'password');
      await writeFile(file, 'second secret\nnot this line\n');
      await at.json(['user', 'passwd', 'alice', '--password-file', file]);
      assert.equal((await at.run(['user', 'passwd', 'alice', '--password-file', '-'], '\n')).code, 2);
      assert.match((await at.run(['user', 'passwd', 'alice'])).err, /no terminal/);
      assert.equal((await at.run(['user', 'add', 'bob', '--password', 'x'])).code, 2);
    });

    it('keeps groups with members', async () => {
      await at.json(['group', 'add', 'sales', '--display-name', 'Sales']);
      await at.json(['group', 'join', 'sales', 'alice']);
      assert.deepEqual(pick(await at.json(['group', 'members', 'sales']), 'name'), [{ name: 'alice' }]);
      await at.json(['group', 'leave', 'sales', 'alice']);
      assert.deepEqual(await at.json(['group', 'members', 'sales']), []);
      await at.json(['group', 'add', 'blue', '--kind', 'room']);
      assert.deepEqual(pick(await at.json(['group', 'list']), 'name', 'kind'), [
        { name: 'blue', kind: 'room' },
        { name: 'sales', kind: 'group' },
      ]);
      assert.equal((await at.run(['group', 'remove', 'alice', '--yes'])).code, 1);
      await at.json(['group', 'remove', 'sales', '--yes']);
    });
  });

  describe('calendars', () => {
    it('adds, changes, shares, hands over and removes', async () => {
      await at.run(['user', 'add', 'bob', '--no-password']);
      await at.json(['calendar', 'add', 'alice/work', '--name', 'Work', '--no-export', '--color', '#ff8800']);
      const args = [
        '--allow-export',
        'on',
        '--export-detail',
        'busy',
        '--export-window',
        '6-12',
        '--name',
        'Office',
      ];
      const changed = await at.json(['calendar', 'set', 'alice/work', ...args]);
      assert.deepEqual(
        pick([changed], 'displayName', 'color', 'allowExport', 'exportDetail', 'exportWindow'),
        [
          {
            displayName: 'Office',
            color: '#FF8800FF',
            allowExport: true,
            exportDetail: 'busy',
            exportWindow: '6-12',
          },
        ],
      );
      await at.json(['calendar', 'share', 'alice/work', 'bob', 'read']);
      await at.json(['calendar', 'share', 'alice/work', 'everyone', 'busy']);
      assert.deepEqual(sorted(await at.json(['calendar', 'shares', 'alice/work'])), [
        { with: 'bob', level: 'read' },
        { with: 'everyone', level: 'busy' },
      ]);
      await at.json(['calendar', 'share', 'alice/work', 'bob', 'none']);
      await at.json(['calendar', 'favourite', 'bob', 'alice/work', 'on']);
      await at.json(['calendar', 'transfer', 'alice/work', 'bob']);
      await at.json(['calendar', 'remove', 'bob/work']);
      assert.equal((await at.run(['calendar', 'set', 'bob/work', '--allow-export', 'on'])).code, 1);
    });

    it('brings back what was removed', async () => {
      await at.json(['calendar', 'add', 'alice/work']);
      await at.json(['calendar', 'remove', 'alice/work']);
      const [item] = list(await at.json(['trash', 'list', 'alice']));
      assert.ok(item);
      await at.json(['trash', 'restore', 'alice', String(item['id'])]);
      assert.equal(list(await at.json(['calendar', 'list', 'alice'])).length, 3);
      await at.json(['calendar', 'remove', 'alice/work']);
      await at.json(['trash', 'purge', '--older-than-days', '0']);
      assert.deepEqual(await at.json(['trash', 'list', 'alice']), []);
    });

    it('says what a level, a colour and a calendar look like', async () => {
      for (const wrong of [
        ['calendar', 'share', 'alice/personal', 'alice', 'everything'],
        ['calendar', 'set', 'alice/personal', '--color', 'red'],
        ['calendar', 'set', 'alice', '--name', 'x'],
        ['calendar', 'set', 'alice/personal', '--allow-export', 'perhaps'],
        ['calendar', 'add', 'alice/x', '--components', 'VALARM'],
      ]) {
        const said = await at.run(wrong);
        assert.equal(said.code, 2, wrong.join(' '));
        assert.notEqual(said.err, '');
      }
    });
  });

  it('makes, lists, renews and revokes links, and prints each address once', async () => {
    const made = record(
      await at.json([
        'link',
        'add',
        'alice/personal',
        '--label',
        'Kitchen',
        '--detail',
        'busy',
        '--expires',
        '2099-12-31',
      ]),
    );
    assert.match(String(made['url']), /^http:\/\/127\.0\.0\.1:8080\/feed\/[\w-]{22,}\/personal\.ics$/);
    assert.deepEqual(
      pick(await at.json(['link', 'list', 'alice']), 'id', 'label', 'detail', 'expires', 'lastUsed'),
      [
        {
          id: made['id'],
          label: 'Kitchen',
          detail: 'busy',
          expires: '2099-12-31T23:59:59.000Z',
          lastUsed: null,
        },
      ],
    );
    const renewed = record(await at.json(['link', 'reset', 'alice', String(made['id'])]));
    assert.notEqual(renewed['url'], made['url']);
    await at.json(['link', 'add', 'alice', '--favourites']);
    await at.json(['link', 'revoke', 'alice', String(made['id'])]);
    assert.deepEqual(pick(await at.json(['link', 'list', 'alice']), 'target'), [{ target: 'favourites' }]);
    assert.equal((await at.run(['link', 'add', 'alice/personal', '--expires', 'soon'])).code, 2);
  });

  it('makes, lists and revokes app passwords', async () => {
    const made = record(
      await at.json(['app-password', 'add', 'alice', '--label', 'phone', '--scope', 'read']),
    );
    assert.match(String(made['password']), /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    assert.deepEqual(
      pick(await at.json(['app-password', 'list', 'alice']), 'id', 'label', 'scope', 'lastUsed'),
      [{ id: made['id'], label: 'phone', scope: 'read', lastUsed: null }],
    );
    await at.json(['app-password', 'revoke', 'alice', String(made['id'])]);
    assert.equal((await at.run(['app-password', 'revoke', 'alice', String(made['id'])])).code, 1);
  });

  it('forbids export for a kind of owner', async () => {
    await at.json(['policy', 'export', 'user', 'forbidden']);
    const rules = record(record(await at.json(['policy', 'list']))['export']);
    assert.deepEqual([rules['user'], rules['group']], ['forbidden', 'owner']);
  });

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
    });

    it('leaves nothing behind when it cannot write', async () => {
      const taken = join(at.folder, 'taken.ics');
      await mkdir(taken);
      const said = await at.run(['export', 'alice/personal', '-o', taken]);
      assert.equal(said.code, 1);
      assert.match(said.err, /^portcal: E/);
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

  it('shows the settings with their origin, and secrets only as set', async () => {
    const other = await terminal({ PORTCAL_PORT: '9090', PORTCAL_ADMIN_PASSWORD: 'hidden' });
    const printed = list(await other.json(['config', 'print']));
    const of = (name: string): unknown =>
      pick(
        printed.filter((one) => one['name'] === name),
        'value',
        'origin',
      )[0];
    assert.deepEqual(of('port'), { value: 9090, origin: 'environment' });
    assert.deepEqual(of('adminPassword'), { value: '(set)', origin: 'environment' });
    await other.json(['config', 'check']);
    await other.close();
    const wrong = await terminal({ PORTCAL_PROT: '1' });
    const said = await wrong.run(['config', 'check']);
    assert.equal(said.code, 2);
    assert.match(said.err, /PORTCAL_PROT.*PORTCAL_PORT/);
    await wrong.close();
  });

  it('answers wrong usage with 2 and unknown things with 1, in one sentence', async () => {
    assert.equal((await at.run(['user', 'frobnicate'])).code, 2);
    assert.equal((await at.run(['calendar', 'list', 'nobody'])).code, 1);
    assert.equal(
      (await at.run(['calendar', 'list', 'nobody'])).err,
      'portcal: there is nobody called nobody\n',
    );
    assert.equal((await at.run(['user', 'add', 'alice', '--no-password'])).code, 1);
    const help = await at.run(['user', 'add', '--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /Example:\n {2}portcal user add alice/);
    assert.match(help.out, /--json /);
  });

  it('says what is wrong with each word of a command', async () => {
    await at.json(['group', 'add', 'sales']);
    const wrong: readonly (readonly [code: number, err: RegExp, ...argv: string[]])[] = [
      [2, /'id'.*number from the listing/, 'trash', 'restore', 'alice', 'x'],
      [2, /'id'.*number from the listing/, 'app-password', 'revoke', 'alice', '0'],
      [2, /'id'.*number from the listing/, 'link', 'reset', 'alice', '1.5'],
      [2, /'id'.*number from the listing/, 'link', 'revoke', 'alice', '-'],
      [2, /'on\|off'.*on or off/, 'calendar', 'favourite', 'alice', 'company/calendar', 'maybe'],
      [2, /'level'.*busy, titles, read/, 'calendar', 'share', 'alice/personal', 'everyone', 'all'],
      [2, /whole days/, 'trash', 'purge', '--older-than-days', 'x'],
      [2, /a date: 2027/, 'link', 'add', 'alice/personal', '--expires', '2027-02-31'],
      [2, /expired before/, 'link', 'add', 'alice/personal', '--expires', '2020-01-01'],
      [2, /en, ru, sv/, 'user', 'set', 'alice', '--language', 'xx'],
      [2, /nothing to change/, 'user', 'set', 'alice'],
      [2, /nothing to change/, 'calendar', 'set', 'alice/personal'],
      [1, /sales is a group, not a person/, 'app-password', 'add', 'sales', '--label', 'x'],
      [1, /sales is a group, not a person/, 'user', 'passwd', 'sales', '--password-file', '-'],
      [1, /sales is a group, not a person/, 'link', 'add', 'sales', '--favourites'],
    ];
    for (const [code, err, ...argv] of wrong) {
      const said = await at.run(argv, 'a secret\n');
      assert.match(said.err, err, argv.join(' '));
      assert.deepEqual([said.code, said.out], [code, ''], argv.join(' '));
    }
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

/** The named fields of each thing in a list. */
function pick(of: unknown, ...names: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return list(of).map((one) => Object.fromEntries(names.map((name) => [name, one[name]])));
}

function sorted(of: unknown): readonly unknown[] {
  return list(of).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(Array.isArray(value));
  return value.map(record);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}
