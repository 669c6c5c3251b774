import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../../src/app/version.ts';
import { openServices } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { levels } from '../../src/core/acl.ts';
import type { RefusedId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/observability/log.ts';
import { operator } from '../../src/service/access.ts';
import { readCode } from '../../src/service/codes.ts';
import { findPrincipal } from '../../src/service/people/people.ts';
import { openSession } from '../../src/service/people/sessions.ts';
import { list, pick, record, type Terminal, terminal, withAlice } from './terminal.ts';

const main = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

describe('the command line', () => {
  let at: Terminal;
  beforeEach(async () => {
    at = await withAlice();
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

    it('asks for a password at a terminal, twice, and shows nothing of it', async () => {
      const passwd = ['user', 'passwd', 'alice'];
      const asked = 'New password of alice: \nOnce more: \n';
      const said = await at.typed(passwd, 'a goöd onx', '\u007f', '\u007f\u007fone', '\r', 'a goöd one\r');
      assert.deepEqual(said, { code: 0, out: 'password of alice set\n', err: asked });
      assert.equal((await at.typed(passwd, 'пароль-пароль\n', 'пароль-паролл\u007fь\n')).code, 0);
      assert.equal((await at.typed(passwd, 'both pasted\nboth pasted\n')).code, 0);
      for (const [why, code, ...keys] of [
        ['the two passwords differ', 2, 'one of them\r', 'another one\r'],
        ['an empty password is not accepted', 2, '\r', '\r'],
        ['given up', 1, 'one\u0003'],
        ['given up', 1, 'one\r', '\u0004'],
        ['given up', 1, 'one'],
      ] as const) {
        const refused = await at.typed(passwd, ...keys);
        assert.equal(refused.code, code);
        assert.equal(refused.err.split('\n').at(-2), `portcal: ${why}`);
      }
      assert.match((await at.run(passwd, 'piped secret\n')).err, /no terminal to ask/);
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
      for (const level of levels) {
        const given = await at.json(['calendar', 'share', 'alice/work', 'bob', level]);
        assert.deepEqual(given, { calendar: 'alice/work', with: 'bob', level });
      }
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
      await at.json(['calendar', 'add', 'alice/work']);
      const said = await at.run(['trash', 'restore', 'alice', String(item['id'])]);
      assert.equal(said.out, 'alice/work-2 is back\n');
      await at.json(['calendar', 'remove', 'alice/work-2']);
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

  it('says when there was no database where it looks', async () => {
    const elsewhere = join(at.folder, 'elsewhere');
    const listed = ['--data', elsewhere, 'user', 'list'];
    assert.equal(
      (await at.run(listed)).err,
      `portcal: there was no database in ${elsewhere}: a new one was made\n`,
    );
    assert.equal((await at.run(listed)).err, '');
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

  it('lists what calendars have refused, shows, mends and removes it', async () => {
    const text = (uid: string): string =>
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTART:20260310T090000Z\r\n`;
    const whole = (uid: string): string =>
      `${text(uid)}DTSTAMP:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    const cut = `${text('cut').replace(/DTSTART.*/, 'DTSTART:soon')}END:VEVENT\r\nEND:VCALENDAR\r\n`;
    const argv = ['--data', join(at.folder, 'data')];
    const { settings } = await loadSettings({ argv, env: {}, readFile: () => '' });
    const services = await openServices(settings, silentLog);
    const alice = (await services.storage.principalByName('alice')) ?? assert.fail();
    const calendar = (await services.storage.calendarByName(alice.id, 'personal'))?.id ?? assert.fail();
    for (const [name, body] of [
      ['cut.ics', cut],
      ['sound.ics', whole('sound')],
    ] as const) {
      const id = services.ids<RefusedId>();
      const why = {
        code: 'invalid-calendar-data',
        message: 'no end',
        line: 4,
        uid: name,
        program: 'x',
      } as const;
      const refused = { id, principal: alice.id, calendar, name, ...why, bytes: Buffer.from(body) };
      await services.storage.commit({ actor: null, changes: [{ do: 'note-refused', refused }] });
    }
    await services.storage.close();
    const listed = async () =>
      pick(await at.json(['refused', 'list', 'alice']), 'id', 'calendar', 'name', 'line');
    const [sound, other] = await listed();
    assert.deepEqual(
      [sound, other].map((one) => [one?.['calendar'], one?.['name'], one?.['line']]),
      [
        ['alice/personal', 'sound.ics', 4],
        ['alice/personal', 'cut.ics', 4],
      ],
    );
    assert.equal((await at.run(['refused', 'show', 'alice', String(other?.['id'])])).out, cut);
    assert.match(
      (await at.run(['refused', 'mend', 'alice', String(sound?.['id'])])).out,
      /^1 added, 0 skipped/,
    );
    assert.equal((await at.run(['refused', 'mend', 'alice', String(other?.['id'])])).code, 1);
    await at.json(['refused', 'remove', 'alice', String(other?.['id'])]);
    assert.deepEqual(await listed(), []);
    assert.equal((await at.run(['refused', 'show', 'alice', String(other?.['id'])])).code, 1);
  });

  it('makes app passwords for single calendars, which the listing names', async () => {
    const add = ['app-password', 'add', 'alice', '--label', 'screen'];
    const both = ['--calendar', 'alice/personal', '--calendar', 'alice/tasks'];
    const made = record(await at.json([...add, ...both]));
    const calendars = ['alice/personal', 'alice/tasks'];
    assert.deepEqual(made['calendars'], calendars);
    const whole = record(await at.json(add));
    assert.deepEqual(pick(await at.json(['app-password', 'list', 'alice']), 'id', 'calendars'), [
      { id: made['id'], calendars },
      { id: whole['id'], calendars: null },
    ]);
    assert.equal((await at.run([...add, '--calendar', 'alice/none'])).code, 1);
    assert.equal((await at.run([...add, '--calendar', 'personal'])).code, 2);
    for (const { id } of [made, whole]) await at.json(['app-password', 'revoke', 'alice', String(id)]);
  });

  it('prints another address for the first run, until somebody has signed in (portal.md 3.12)', async () => {
    const { url } = record(await at.json(['--public-url', 'https://cal.example.com', 'setup']));
    const [, token = ''] = /^https:\/\/cal\.example\.com\/setup\?token=([\w-]{27})$/.exec(String(url)) ?? [];
    assert.match((await at.run(['setup'])).out, /setup\?token=\S+ {3}\(once, within an hour\)/);
    const argv = [`--data=${join(at.folder, 'data')}`];
    const { settings } = await loadSettings({ argv, env: {}, readFile: () => '' });
    const services = await openServices(settings, silentLog);
    try {
      assert.ok(await readCode(services, 'set-up', token));
      const alice = await findPrincipal(services, operator(), 'alice');
      assert.ok(alice);
      await openSession(services, alice, { program: 'page', address: '127.0.0.1' });
    } finally {
      await services.storage.close();
    }
    const late = await at.run(['setup']);
    assert.deepEqual([late.code, late.out], [1, '']);
    assert.match(late.err, /somebody has signed in already/);
  });

  it('forbids export for a kind of owner', async () => {
    await at.json(['policy', 'export', 'user', 'forbidden']);
    const rules = record(record(await at.json(['policy', 'list']))['export']);
    assert.deepEqual([rules['user'], rules['group']], ['forbidden', 'owner']);
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
    const version = await at.run(['--version']);
    assert.deepEqual([version.code, version.out], [0, `${await packageVersion()}\n`]);
    const help = await at.run(['user', 'add', '--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /Example:\n {2}portcal user add alice/);
    assert.match(help.out, /--json /);
  });

  it('ends without a word when nobody reads on', async () => {
    const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'close');
    assert.equal(said, '');
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

function sorted(of: unknown): readonly unknown[] {
  return list(of).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
