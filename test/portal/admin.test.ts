import assert from 'node:assert/strict';
import { auditSubject } from '../../src/i18n/messages/audit.ts';
import { csvLine, csvRows } from '../../src/portal/csv.ts';
import { type Browser, event, ownCalendar, passwordOf, useWorld } from './world.ts';

describe('administration', () => {
  const world = useWorld();
  let root: Browser;
  let anna: Browser;

  before(async () => {
    root = await world.now.signedIn('root');
    anna = await world.now.signedIn('anna');
  });

  it('shows how the installation is, each row with a fix where one is due', async () => {
    const { diagnostics, people, calendars, version } = await root.ok('GET /admin/overview');
    const rows = Object.fromEntries(diagnostics.map((row) => [row.name, row]));
    assert.equal(diagnostics.length, 9);
    assert.deepEqual(
      [rows['tls']?.state, rows['database']?.state, rows['clock']?.state],
      ['amber', 'green', 'green'],
    );
    assert.match(rows['tls']?.command ?? '', /--public-url https/);
    assert.equal(rows['backup']?.found, 'backups-off');
    assert.ok(people >= 4 && calendars >= 8 && version !== '');
  });

  it('makes calendars of the company, which everyone reads and nobody else makes', async () => {
    const made = await root.ok('POST /calendars', { body: { name: 'Holidays', owner: 'company' } });
    assert.equal(made.section, 'company');
    const { calendars } = await anna.ok('GET /calendars');
    const holidays = calendars.find(({ id }) => id === made.id);
    assert.deepEqual([holidays?.section, holidays?.canEdit], ['company', false]);
    const body = { name: 'Mine', owner: 'company' } as const;
    assert.equal((await anna.refused('POST /calendars', { body })).status, 403);
    // The first one of the company comes alone.
    const ofCompany = calendars.filter(({ section }) => section === 'company');
    assert.deepEqual(
      ofCompany.map(({ name }) => name),
      ['Holidays'],
    );
  });

  it('adds, changes, disables and resets people', async () => {
    const { person, password } = await root.ok('POST /admin/people', {
      body: {
        name: 'Dora D',
        displayName: 'Dora',
        email: 'dora@example.com',
        language: 'sv',
        timeZone: 'Europe/Stockholm',
      },
    });
    assert.deepEqual(
      [person.name, person.language, person.hasPassword, person.source],
      ['dora d', 'sv', true, 'local'],
    );
    const dora = world.now.browser();
    await dora.ok('POST /session', { body: { name: 'dora d', password: password ?? '' } });
    const path = { person: person.id };
    const changed = await root.ok('PATCH /admin/people/{person}', {
      path,
      body: {
        displayName: 'D',
        isAdmin: true,
        addresses: ['d@example.com'],
        language: 'ru',
        timeZone: 'Europe/Moscow',
      },
      ifMatch: person.etag,
    });
    assert.deepEqual(
      [changed.displayName, changed.isAdmin, changed.addresses],
      ['D', true, ['d@example.com']],
    );
    assert.equal(
      (await root.refused('PATCH /admin/people/{person}', { path, body: {}, ifMatch: person.etag })).error,
      'E07',
    );
    await dora.ok('GET /admin/overview');
    const reset = await root.ok('POST /admin/people/{person}/reset', { path });
    assert.equal((await dora.refused('GET /me')).status, 401);
    await dora.ok('POST /session', { body: { name: 'dora d', password: reset.password ?? '' } });
    const { people } = await root.ok('GET /admin/people', { query: { text: 'd@ex' } });
    assert.deepEqual(
      people.map(({ name }) => name),
      ['dora d'],
    );
    const given = await root.ok('POST /admin/people', { body: { name: 'given', password: 'given secret' } });
    assert.equal(given.password, null);
    assert.equal((await root.refused('POST /admin/people', { body: { name: 'given' } })).status, 409);
    assert.equal(
      (await root.refused('PATCH /admin/people/{person}', { path: { person: '1' }, body: {} })).status,
      404,
    );
  });

  it('takes nobody’s own rights away', async () => {
    const path = { person: String(world.now.root.id) };
    for (const body of [{ disabled: true }, { isAdmin: false }])
      assert.equal((await root.refused('PATCH /admin/people/{person}', { path, body })).status, 403);
  });

  it('imports people from a list and says which lines it could not take', async () => {
    const bytes = [
      '\uFEFFname;displayName;email;language;timeZone;admin',
      'erik;"Erik ""E""; E";erik@example.com;sv;Europe/Stockholm;no',
      'frida;;not an address;;;',
      ';;;;;yes',
      'gustav;;;;Mars/Base;',
      'helga;;;;;yes',
      '',
    ].join('\r\n');
    const { added, failed } = await root.ok('POST /admin/people/import', {
      raw: { type: 'text/csv', bytes },
    });
    assert.deepEqual(
      added.map(({ name }) => name),
      ['erik', 'helga'],
    );
    assert.deepEqual(
      failed.map(({ line }) => line),
      [3, 4, 5],
    );
    // In the words of whoever asks, with the column that they mean.
    for (const { message } of failed)
      assert.match(message, /^(?:This name is taken\.|Something in the form .*\((?:name|email|timeZone)\))$/);
    const erik = world.now.browser();
    const me = await erik.ok('POST /session', { body: { name: 'erik', password: added[0]?.password ?? '' } });
    assert.equal(me.person.displayName, 'Erik "E"; E');
    const without = { raw: { type: 'text/csv', bytes: 'a,b\r\n1,2\r\n' } };
    assert.equal((await root.refused('POST /admin/people/import', without)).status, 400);
  });

  it('makes groups and rooms, and keeps their members', async () => {
    const group = await root.ok('POST /admin/groups', {
      body: { kind: 'group', name: 'board', displayName: 'Board', email: 'board@example.com' },
    });
    const path = { group: group.id, person: String(world.now.anna.id) };
    const full = await root.ok('PUT /admin/groups/{group}/members/{person}', { path });
    assert.deepEqual(
      full.members.map(({ name }) => name),
      ['anna'],
    );
    assert.ok(
      (await anna.ok('GET /calendars')).calendars.some(
        ({ section, name }) => section === 'group' && name === 'Board',
      ),
    );
    const renamed = await root.ok('PATCH /admin/groups/{group}', {
      path,
      body: { displayName: 'The board' },
      ifMatch: full.etag,
    });
    assert.equal(renamed.displayName, 'The board');
    assert.equal(
      (await root.refused('PATCH /admin/groups/{group}', { path, body: {}, ifMatch: full.etag })).error,
      'E07',
    );
    assert.deepEqual((await root.ok('DELETE /admin/groups/{group}/members/{person}', { path })).members, []);
    await root.ok('POST /admin/groups', { body: { kind: 'room', name: 'hall', displayName: 'Hall' } });
    assert.deepEqual(
      (await root.ok('GET /admin/groups')).groups.map(({ name }) => name),
      ['board', 'hall'],
    );
    await root.ok('DELETE /admin/groups/{group}', { path });
    assert.equal((await root.refused('DELETE /admin/groups/{group}', { path })).status, 404);
    assert.equal(
      (await root.refused('DELETE /admin/groups/{group}', { path: { group: String(world.now.anna.id) } }))
        .status,
      404,
    );
  });

  it('hands calendars over, downloads any, and the audit notes who did', async () => {
    const made = await anna.ok('POST /calendars', { body: { name: 'Handed' } });
    await anna.ok('POST /calendars/{id}/events', { path: { id: made.id }, body: event({ title: 'Kept' }) });
    const { calendars } = await root.ok('GET /admin/calendars', { query: { text: 'handed' } });
    assert.deepEqual(
      calendars.map(({ name, objects, owner }) => [name, objects, owner.name]),
      [['Handed', 1, 'anna']],
    );
    const path = { id: made.id };
    const moved = await root.ok('PATCH /admin/calendars/{id}', {
      path,
      body: { owner: String(world.now.boris.id), exportAllowed: false },
    });
    assert.deepEqual([moved.owner.name, moved.exportAllowed], ['boris', false]);
    assert.equal((await anna.refused('GET /calendars/{id}', { path })).status, 404);
    const { text } = await root.call('GET /admin/calendars/{id}/download', { path });
    assert.match(text, /SUMMARY:Kept/);
    assert.equal(
      (await root.refused('PATCH /admin/calendars/{id}', { path, body: { owner: '1' } })).status,
      404,
    );
    assert.equal(
      (await root.refused('PATCH /admin/calendars/{id}', { path: { id: '1' }, body: {} })).status,
      404,
    );
    const { entries } = await root.ok('GET /admin/audit', { query: { who: 'root' } });
    const told = entries.map(({ action, subject, via }) => `${action} ${subject} ${via}`);
    assert.ok(told.includes('calendar.transfer calendar Handed, person boris session'), told.join('\n'));
    assert.ok(told.includes('calendar.download calendar Handed session'));
    assert.ok(told.includes('calendar.export calendar Handed, not allowed session'));
  });

  it('sets rules and looks', async () => {
    const before = await root.ok('GET /admin/policies');
    assert.deepEqual(before.export, {
      user: 'owner',
      group: 'owner',
      company: 'owner',
      room: 'owner',
      resource: 'owner',
    });
    const after = await root.ok('PATCH /admin/policies', {
      body: { linkDetail: 'busy', linkDays: 30, export: { room: 'forbidden' } },
      ifMatch: before.etag,
    });
    assert.deepEqual([after.linkDetail, after.linkDays, after.export.room], ['busy', 30, 'forbidden']);
    assert.equal(
      (await root.refused('PATCH /admin/policies', { body: {}, ifMatch: before.etag })).error,
      'E07',
    );
    const logo = 'data:image/png;base64,iVBORw0KGgo=';
    await root.ok('PATCH /admin/appearance', {
      body: { name: 'Наш портал', color: '#112233', logo, defaultLanguage: 'ru' },
    });
    const portal = await world.now.browser().ok('GET /portal');
    assert.deepEqual(
      [portal.name, portal.color, portal.logo, portal.defaultLanguage],
      ['Наш портал', '#112233', logo, 'ru'],
    );
    const evil = { body: { logo: 'data:image/svg+xml,<svg onload=alert(1)>' } };
    assert.equal((await root.refused('PATCH /admin/appearance', evil)).status, 400);
    const { message } = await world.now
      .browser()
      .refused('POST /session', { body: { name: 'x', password: 'y' } });
    assert.equal(message, 'Неверное имя пользователя или пароль.');
    await root.ok('PATCH /admin/appearance', {
      body: { name: 'portcal', color: null, logo: null, defaultLanguage: 'en' },
    });
    const { methods, oidcRedirectUrl } = await root.ok('GET /admin/sign-in');
    assert.deepEqual(
      methods.filter(({ on }) => on).map(({ name }) => name),
      ['password', 'app-password'],
    );
    assert.match(oidcRedirectUrl, /\/api\/v1\/auth\/oidc\/callback$/);
    const { ok } = await root.ok('POST /admin/sign-in/test', { body: { method: 'oidc' } });
    assert.equal(ok, false);
  });

  it('tells what was done in parts, with names, and never takes a label for a word of its own', async () => {
    const { id } = await ownCalendar(anna);
    const path = { id };
    await anna.ok('POST /calendars/{id}/shares', {
      path,
      body: { who: String(world.now.boris.id), level: 'read' },
    });
    await anna.ok('DELETE /calendars/{id}/shares/{who}', { path: { id, who: String(world.now.boris.id) } });
    await anna.ok('POST /app-passwords', { body: { label: 'read, calendar 1' } });
    await root.ok('PATCH /admin/policies', { body: { export: { room: 'forbidden' } } });
    const connected = {
      do: 'audit',
      via: 'app-password',
      address: '',
      action: 'device.connect',
      subject: 'Kitchen, left, iOS/18.0 (22A3354) dataaccessd/1.0',
    } as const;
    await world.now.app.services.storage.commit({ actor: world.now.anna.id, changes: [connected] });
    const { entries } = await root.ok('GET /admin/audit');
    const spoken = { setting: (key: string) => key, program: (program: string) => `<${program}>` };
    const of = (action: string) => entries.find((entry) => entry.action === action);
    const { name } = await anna.ok('GET /calendars/{id}', { path });
    assert.deepEqual(of('share.set')?.about, [
      { is: 'calendar', text: name },
      { is: 'person', text: 'boris' },
      { is: 'word', text: 'read' },
    ]);
    assert.equal(of('share.set')?.subject, `calendar ${name}, person boris, read`);
    assert.deepEqual(of('app-password.create')?.about, [
      { is: 'person', text: 'anna' },
      { is: 'text', text: 'read, calendar 1' },
    ]);
    assert.deepEqual(of('policy.set')?.about, [
      { is: 'rule', text: 'export.room' },
      { is: 'word', text: 'forbidden' },
    ]);
    assert.equal(
      auditSubject('ru', of('share.set')?.about ?? [], spoken),
      `календарь «${name}», сотрудник boris, видит всё`,
    );
    assert.equal(auditSubject('sv', of('policy.set')?.about ?? [], spoken), 'export: rum, förbjudet');
    const device = of('device.connect');
    assert.deepEqual(device?.about, [
      { is: 'text', text: 'Kitchen, left' },
      { is: 'program', text: 'iOS/18.0 (22A3354) dataaccessd/1.0' },
    ]);
    assert.equal(device?.subject, 'Kitchen, left, iOS/18.0 (22A3354) dataaccessd/1.0');
    assert.equal(
      auditSubject('en', device?.about ?? [], spoken),
      'Kitchen, left, <iOS/18.0 (22A3354) dataaccessd/1.0>',
    );
    await root.ok('PATCH /admin/policies', { body: { export: { room: 'owner' } } });
  });

  it('tells who did what from where, in pages and as a table without formulas', async () => {
    await anna.ok('POST /app-passwords', { body: { label: '=HYPERLINK("http://evil")' } });
    const { entries, next } = await root.ok('GET /admin/audit');
    assert.equal(entries[0]?.address, '127.0.0.1');
    const first = entries.at(-1);
    if (next !== null) assert.equal(next, first?.id);
    const older = await root.ok('GET /admin/audit', { query: { before: entries[1]?.id ?? '' } });
    assert.equal(older.entries[0]?.id, entries[2]?.id);
    const signIns = await root.ok('GET /admin/audit', {
      query: { action: 'sign-in', who: 'anna', from: '2020-01-01', to: '2099-01-01' },
    });
    assert.ok(signIns.entries.length > 0 && signIns.entries.every(({ who }) => who === 'anna'));
    assert.equal((await root.refused('GET /admin/audit', { query: { from: 'yesterday' } })).status, 400);
    const { text, headers } = await root.call('GET /admin/audit.csv');
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
    assert.match(text, /^at,who,via,action,subject,address\r\n/);
    assert.equal(text.split('\r\n').length - 2 >= entries.length, true);
  });

  it('is refused to people without the role, and to those who lose it', async () => {
    const admin = await root.ok('POST /admin/people', {
      body: { name: 'temp', password: 'temp secret', isAdmin: true },
    });
    const temp = world.now.browser();
    await temp.ok('POST /session', { body: { name: 'temp', password: 'temp secret' } });
    await temp.ok('GET /admin/policies');
    await root.ok('PATCH /admin/people/{person}', {
      path: { person: admin.person.id },
      body: { isAdmin: false },
    });
    assert.equal((await temp.refused('GET /admin/policies')).status, 403);
    assert.ok(passwordOf('anna'));
    assert.ok(await ownCalendar(temp));
  });
});

describe('comma-separated values', () => {
  it('defuse formulas and quote what needs it', () => {
    assert.equal(
      csvLine(['=1+1', '+1', '-1', '@x', 'a,b', 'say "x"', 'plain']),
      `'=1+1,'+1,'-1,'@x,"a,b","say ""x""",plain\r\n`,
    );
  });

  it('are read with their lines, bounded', () => {
    assert.deepEqual(csvRows('a,b\n"x\ny", z \n\n"q""q"\n', 10), [
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x\ny', 'z'] },
      { line: 5, cells: ['q"q'] },
    ]);
    assert.equal(csvRows('a\nb\nc\n', 2).length, 2);
  });
});
