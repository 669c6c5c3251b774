import assert from 'node:assert/strict';
import { type Browser, event, ownCalendar, useWorld } from './world.ts';

describe('calendars of the page', () => {
  const world = useWorld();
  let anna: Browser;
  let boris: Browser;

  before(async () => {
    anna = await world.now.signedIn('anna');
    boris = await world.now.signedIn('boris');
  });

  it('are made, described, changed and deleted to the trash', async () => {
    const made = await anna.ok('POST /calendars', {
      body: {
        name: 'Проект «Луна»',
        description: 'all about it',
        color: '#aa00bb',
        timeZone: 'Europe/Moscow',
        exportDetail: 'busy',
        everyone: 'read',
        isDefault: true,
      },
    });
    assert.deepEqual(made, {
      ...made,
      name: 'Проект «Луна»',
      color: '#AA00BB',
      timeZone: 'Europe/Moscow',
      section: 'mine',
      kind: 'events',
      level: 'manage',
      isDefault: true,
      canDelete: true,
      canShare: true,
      canExport: true,
      exportAllowed: true,
      exportDetail: 'busy',
      everyone: 'read',
      visible: true,
    });
    assert.equal((await anna.ok('GET /me')).preferences.defaultCalendar, made.id);
    const path = { id: made.id };
    const patched = await anna.ok('PATCH /calendars/{id}', {
      path,
      ifMatch: made.etag,
      body: { name: 'Moon', description: '', everyone: null, isDefault: false, order: 3 },
    });
    assert.deepEqual(
      [patched.name, patched.description, patched.everyone, patched.isDefault, patched.order],
      ['Moon', '', null, false, 3],
    );
    const rivals = await Promise.all(
      ['Sun', 'Moon'].map((name) =>
        anna.call('PATCH /calendars/{id}', { path, body: { name }, ifMatch: patched.etag }),
      ),
    );
    assert.deepEqual(
      rivals.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 412],
    );
    await anna.ok('PATCH /calendars/{id}', { path, body: { name: 'Moon' } });
    const stale = await anna.refused('PATCH /calendars/{id}', {
      path,
      body: { name: 'x' },
      ifMatch: made.etag,
    });
    assert.deepEqual([stale.status, stale.error], [412, 'E07']);
    const listed = await world.now.dav('anna', 'PROPFIND', '/dav/calendars/anna/', {
      headers: { Depth: '1' },
    });
    assert.match(listed.text, /Moon/);
    const { trash } = await anna.ok('DELETE /calendars/{id}', { path });
    assert.ok(trash);
    assert.equal((await anna.refused('GET /calendars/{id}', { path })).status, 404);
    await anna.ok('POST /trash/{item}/restore', { path: { item: trash } });
    assert.equal((await anna.ok('GET /calendars/{id}', { path })).name, 'Moon');
    const list = await anna.ok('POST /calendars', { body: { name: 'Moon', kind: 'tasks' } });
    assert.equal(list.kind, 'tasks');
    assert.equal(
      (await anna.refused('POST /calendars', { body: { name: 'x', everyone: 'manage' } })).status,
      403,
    );
    assert.equal(
      (await anna.refused('POST /calendars', { body: { name: 'x', owner: String(world.now.boris.id) } }))
        .status,
      403,
    );
  });

  it('have colours of their own as long as there are some left', async () => {
    const root = await world.now.signedIn('root');
    for (let at = 0; at < 5; at++) await root.ok('POST /calendars', { body: { name: `Colour ${at}` } });
    const colors = async () =>
      (await root.ok('GET /calendars')).calendars.map(({ id, color }) => [id, color]);
    const first = await colors();
    assert.equal(new Set(first.map(([, color]) => color)).size, Math.min(first.length, 8));
    assert.deepEqual(await colors(), first);
    for (const [id = '', color] of first)
      assert.equal((await root.ok('GET /calendars/{id}', { path: { id } })).color, color);
  });

  it('keep the last one, and say why', async () => {
    const { id, deleteReason, canDelete } = await ownCalendar(boris);
    assert.deepEqual([canDelete, deleteReason], [false, 'last-calendar']);
    assert.equal((await boris.refused('DELETE /calendars/{id}', { path: { id } })).status, 403);
  });

  it('are shown, hidden and ordered for one person', async () => {
    const { id } = await ownCalendar(anna);
    const { uid } = await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event() });
    const query = { from: '2026-11-01', to: '2026-12-01' };
    const sees = async () =>
      (await anna.ok('GET /events', { query })).occurrences.some((one) => one.uid === uid);
    assert.equal(await sees(), true);
    await anna.ok('PUT /calendars/{id}/visibility', { path: { id }, body: { visible: false } });
    assert.equal(await sees(), false);
    assert.equal((await anna.ok('GET /calendars/{id}', { path: { id } })).visible, false);
    await anna.ok('PUT /calendars/{id}/visibility', { path: { id }, body: { visible: true } });
    assert.equal(await sees(), true);
    const { calendars } = await anna.ok('GET /calendars');
    const wanted = calendars
      .filter(({ section }) => section === 'mine')
      .map((one) => one.id)
      .toReversed();
    await anna.ok('PUT /calendars/order', { body: { calendars: wanted } });
    const after = await anna.ok('GET /calendars');
    assert.deepEqual(
      after.calendars.filter(({ section }) => section === 'mine').map((one) => one.id),
      wanted,
    );
  });

  it('of others become favourites, with a name of one’s own, and appear on the phone', async () => {
    const { id } = await ownCalendar(anna);
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: 'everyone', level: 'read' } });
    const { calendars } = await boris.ok('GET /favourites/choices', { query: { text: 'anna' } });
    assert.ok(calendars.some((one) => one.id === id && !one.favourite));
    await boris.ok('PUT /calendars/{id}/favourite', { path: { id } });
    const mine = await boris.ok('PATCH /calendars/{id}', {
      path: { id },
      body: { name: 'Anna!', color: '#123456' },
    });
    assert.deepEqual(
      [
        mine.section,
        mine.name,
        mine.ownerName,
        mine.color,
        mine.canEdit,
        mine.canChangeProperties,
        mine.deleteReason,
      ],
      ['favourite', 'Anna!', 'Personal', '#123456', false, false, 'not-owner'],
    );
    const home = await world.now.dav('boris', 'PROPFIND', '/dav/calendars/boris/', {
      headers: { Depth: '1' },
    });
    assert.match(home.text, /Anna!/);
    const refused = await boris.refused('PATCH /calendars/{id}', {
      path: { id },
      body: { exportAllowed: false },
    });
    assert.equal(refused.status, 403);
    const { uid } = (
      await boris.ok('GET /events', { query: { from: '2026-11-01', to: '2026-12-01', calendars: id } })
    ).occurrences[0] ?? { uid: '' };
    const detail = await boris.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    const patch = { path: { id, uid }, body: { title: 'x' }, ifMatch: detail.etag };
    const readOnly = await boris.refused('PATCH /calendars/{id}/events/{uid}', patch);
    assert.deepEqual(
      [readOnly.status, readOnly.error, readOnly.message],
      [403, 'E06', 'You may view but not change this calendar.'],
    );
    await boris.ok('DELETE /calendars/{id}/favourite', { path: { id } });
    assert.ok(!(await boris.ok('GET /calendars')).calendars.some((one) => one.id === id));
    const { id: own } = await ownCalendar(boris);
    assert.equal((await boris.refused('PUT /calendars/{id}/favourite', { path: { id: own } })).status, 403);
    await anna.ok('DELETE /calendars/{id}/shares/{who}', { path: { id, who: 'everyone' } });
  });

  it('whose export is off stay in the page and leave it nowhere', async () => {
    const { id } = await ownCalendar(anna);
    await anna.ok('POST /calendars/{id}/shares', {
      path: { id },
      body: { who: String(world.now.boris.id), level: 'read' },
    });
    const link = await anna.ok('POST /calendars/{id}/links', { path: { id }, body: {} });
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: false } });
    const seen = await boris.ok('GET /calendars/{id}', { path: { id } });
    assert.deepEqual([seen.canExport, seen.exportReason, seen.exportForbidden], [false, 'export-off', false]);
    assert.ok(
      (await boris.ok('GET /events', { query: { from: '2026-11-01', to: '2026-12-01', calendars: id } }))
        .occurrences.length > 0,
    );
    const home = await world.now.dav('boris', 'PROPFIND', '/dav/calendars/boris/', {
      headers: { Depth: '1' },
    });
    assert.doesNotMatch(home.text, new RegExp(`shared-${Number(id).toString(36)}`));
    for (const route of ['GET /calendars/{id}/download', 'GET /calendars/{id}/links'] as const) {
      const { status, error, message } = await boris.refused(route, { path: { id } });
      assert.deepEqual(
        [status, error, message],
        [403, 'E04', 'Export is turned off for this calendar.'],
        route,
      );
    }
    assert.equal(
      (await boris.refused('POST /calendars/{id}/links', { path: { id }, body: {} })).error,
      'E04',
    );
    const feed = new URL(link.addresses?.https ?? '').pathname;
    assert.equal((await world.now.ask('GET', feed)).status, 403);
    const [suspended] = (await anna.ok('GET /calendars/{id}/links', { path: { id } })).links;
    assert.equal(suspended?.suspended, 'export-off');
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: true } });
    assert.equal((await world.now.ask('GET', feed)).status, 200);
    const root = await world.now.signedIn('root');
    await root.ok('PATCH /admin/policies', { body: { export: { user: 'forbidden' } } });
    assert.equal((await anna.refused('GET /calendars/{id}/download', { path: { id } })).error, 'E05');
    assert.equal((await anna.ok('GET /calendars/{id}', { path: { id } })).exportForbidden, true);
    // Or allows it, whatever owners have chosen.
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: false } });
    await root.ok('PATCH /admin/policies', { body: { export: { user: 'allowed' } } });
    assert.equal((await root.ok('GET /admin/policies')).export.user, 'allowed');
    const forced = await anna.ok('GET /calendars/{id}', { path: { id } });
    assert.deepEqual([forced.exportForced, forced.exportAllowed, forced.canExport], [true, false, true]);
    assert.equal((await world.now.ask('GET', feed)).status, 200);
    await boris.ok('GET /calendars/{id}/download', { path: { id } });
    await root.ok('PATCH /admin/policies', { body: { export: { user: 'owner' } } });
    assert.equal((await world.now.ask('GET', feed)).status, 403);
    await anna.ok('PATCH /calendars/{id}', { path: { id }, body: { exportAllowed: true } });
  });

  it('are downloaded under their own name', async () => {
    const { calendars } = await anna.ok('GET /calendars');
    const moon = calendars.find(({ name, kind }) => name === 'Moon' && kind === 'events');
    const { headers, text } = await anna.call('GET /calendars/{id}/download', {
      path: { id: moon?.id ?? '' },
    });
    assert.equal(headers['content-type'], 'text/calendar; charset=utf-8');
    assert.match(
      headers['content-disposition'] ?? '',
      /^attachment; filename="calendar.ics"; filename\*=UTF-8''Moon.ics$/,
    );
    assert.match(text, /^BEGIN:VCALENDAR\r\n/);
  });

  it('are shared with people, groups and everyone, and show who has access', async () => {
    const { id } = await ownCalendar(anna);
    const root = await world.now.signedIn('root');
    const group = await root.ok('POST /admin/groups', {
      body: { kind: 'group', name: 'team', displayName: 'Team' },
    });
    await anna.ok('POST /calendars/{id}/shares', { path: { id }, body: { who: group.id, level: 'edit' } });
    const { shares } = await anna.ok('POST /calendars/{id}/shares', {
      path: { id },
      body: { who: 'everyone', level: 'titles' },
    });
    const told = shares.map(({ who, level, how, group: through }) => [
      who === 'everyone' ? who : who.name,
      level,
      how,
      through,
    ]);
    assert.deepEqual(told, [
      ['anna', 'manage', 'owner', null],
      ['everyone', 'titles', 'everyone', null],
      ['boris', 'read', 'share', null],
      ['team', 'edit', 'share', 'Team'],
    ]);
    assert.equal(
      (await anna.refused('POST /calendars/{id}/shares', { path: { id }, body: { who: '1', level: 'read' } }))
        .status,
      404,
    );
    assert.equal(
      (
        await anna.refused('POST /calendars/{id}/shares', {
          path: { id },
          body: { who: 'everyone', level: 'manage' },
        })
      ).status,
      403,
    );
    await root.ok('PUT /admin/groups/{group}/members/{person}', {
      path: { group: group.id, person: String(world.now.boris.id) },
    });
    assert.equal((await boris.ok('GET /calendars/{id}', { path: { id } })).canEdit, true);
    const left = await anna.ok('DELETE /calendars/{id}/shares/{who}', { path: { id, who: group.id } });
    assert.equal(left.shares.length, 3);
    const { people } = await anna.ok('GET /people', { query: { text: 'bor' } });
    assert.deepEqual(
      people.map(({ name }) => name),
      ['boris'],
    );
    assert.deepEqual((await anna.ok('GET /people', { query: { text: ' ' } })).people, []);
  });
});

describe('import', () => {
  const world = useWorld();

  const lines = (count: number): string => {
    const events = Array.from({ length: count }, (_, at) =>
      [
        `BEGIN:VEVENT`,
        `UID:i${at}`,
        'DTSTAMP:20260101T000000Z',
        `DTSTART:202611${String((at % 28) + 1).padStart(2, '0')}T100000Z`,
        `SUMMARY:e${at}`,
        'END:VEVENT',
      ].join('\r\n'),
    );
    return [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:x',
      ...events,
      'BEGIN:VEVENT',
      'UID:broken',
      'DTSTART:never',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
  };

  it('runs in the background and says what was skipped and why', async () => {
    const anna = await world.now.signedIn('anna');
    const { id } = await ownCalendar(anna);
    const finished = async (job: string) => {
      for (;;) {
        const now = await anna.ok('GET /jobs/{job}', { path: { job } });
        if (now.state !== 'running') return now;
      }
    };
    const raw = { type: 'text/calendar', bytes: lines(250) };
    const { status, body } = await anna.call('POST /calendars/{id}/import', { path: { id }, raw });
    assert.deepEqual([status, body.kind, body.calendar], [202, 'import', id]);
    const done = await finished(body.id);
    assert.deepEqual([done.state, done.report?.added], ['done', 250]);
    assert.ok(done.report?.notices.length);
    const boundary = 'x-boundary';
    const form = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.ics"\r\nContent-Type: text/calendar\r\n\r\n${lines(2)}\r\n--${boundary}--\r\n`;
    const again = await anna.ok('POST /calendars/{id}/import', {
      path: { id },
      raw: { type: `multipart/form-data; boundary=${boundary}`, bytes: form },
    });
    assert.deepEqual((await finished(again.id)).report?.unchanged, 2);
    const broken = await anna.ok('POST /calendars/{id}/import', {
      path: { id },
      raw: { type: 'text/calendar', bytes: 'GIF89a' },
    });
    const failed = await finished(broken.id);
    assert.deepEqual(
      [failed.state, failed.error, failed.message],
      ['failed', 'E18', 'This is not a calendar file.'],
    );
    const empty = { type: `multipart/form-data; boundary=${boundary}`, bytes: 'nonsense' };
    assert.equal(
      (await anna.refused('POST /calendars/{id}/import', { path: { id }, raw: empty })).status,
      400,
    );
    const noFile = {
      ...empty,
      bytes: `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--${boundary}--\r\n`,
    };
    assert.equal(
      (await anna.refused('POST /calendars/{id}/import', { path: { id }, raw: noFile })).status,
      400,
    );
  });
});
