/** Attacks on every call of the API: without a session, from other sites, on the things of others, with nonsense. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { RouteName } from '../../src/portal/api.ts';
import { routeTable } from '../../src/portal/routes.ts';
import { type Browser, event, ownCalendar, useWorld } from './world.ts';

const anonymous = [
  'GET /portal',
  'GET /session',
  'POST /session',
  'POST /session/proxy',
  'GET /setup',
  'POST /setup',
  'GET /connect/codes/{code}',
];
const writes = routeTable.filter(({ method }) => method !== 'GET');

/** The table's names are those of the API; its type has forgotten it. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
const nameOf = ({ name }: { readonly name: string }): RouteName => name as RouteName;

describe('the API under attack', () => {
  const world = useWorld();
  let anna: Browser;
  let boris: Browser;

  before(async () => {
    anna = await world.now.signedIn('anna');
    boris = await world.now.signedIn('boris');
  });

  it('answers only seven calls without a session', async () => {
    const open = routeTable.filter(({ route }) => route.access === 'anyone').map(({ name }) => name);
    assert.deepEqual(open.sort(), [...anonymous].sort());
    for (const row of routeTable) {
      if (anonymous.includes(row.name)) continue;
      const { status, error } = await world.now.browser().refused(nameOf(row), fill(row.names, '1'));
      assert.deepEqual([status, error], [401, 'E03'], row.name);
    }
    const { status } = await world.now.ask('GET', '/api/v1/stream');
    assert.equal(status, 401);
  });

  it('lets nobody but administrators administrate', async () => {
    const admin = routeTable.filter(({ path }) => path.startsWith('/admin'));
    assert.ok(admin.length > 20);
    assert.ok(admin.every(({ route }) => route.access === 'admin'));
    for (const row of admin) {
      const { status } = await anna.refused(nameOf(row), fill(row.names, '1'));
      assert.equal(status, 403, row.name);
    }
  });

  it('refuses every write that another site could have caused (CSRF)', async () => {
    const forged: readonly Readonly<Record<string, string | undefined>>[] = [
      { 'X-Requested-With': undefined },
      { 'X-Requested-With': 'XMLHttpRequest' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const row of writes) {
      for (const headers of forged) {
        const { status, reason } = await anna.refused(nameOf(row), { ...fill(row.names, '1'), headers });
        assert.deepEqual(
          [status, reason],
          [403, 'need-privileges'],
          `${row.name} ${JSON.stringify(headers)}`,
        );
      }
    }
    const own = { Origin: new URL(world.now.url).origin, 'Sec-Fetch-Site': 'same-origin' };
    await anna.ok('PATCH /me', { body: {}, headers: own });
  });

  it('shows and changes nothing of somebody else by its id (IDOR)', async () => {
    const calendar = await ownCalendar(anna);
    const { uid, etag } = await anna.ok('POST /calendars/{id}/events', {
      path: { id: calendar.id },
      body: event(),
    });
    const link = await anna.ok('POST /calendars/{id}/links', { path: { id: calendar.id }, body: {} });
    const { appPassword } = await anna.ok('POST /app-passwords', { body: { label: 'phone' } });
    const deleted = await anna.ok('DELETE /calendars/{id}/events/{uid}', {
      path: { id: calendar.id, uid },
      ifMatch: etag ?? '',
    });
    const { items } = await anna.ok('GET /trash');
    const { id: session } = (await anna.ok('GET /me')).sessions[0] ?? { id: '' };
    const importing = await anna.ok('POST /calendars/{id}/import', {
      path: { id: calendar.id },
      raw: {
        type: 'text/calendar',
        bytes: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n',
      },
    });
    const path = {
      id: calendar.id,
      uid,
      link: link.id,
      appPassword: appPassword.id,
      undo: deleted.undo,
      item: items[0]?.id ?? '',
      session,
      job: importing.id,
      who: String(world.now.boris.id),
      provider: 'exchange',
    };
    for (const row of routeTable.filter(
      ({ names, route }) => names.length > 0 && route.access === 'signed-in',
    )) {
      const { status } = await boris.refused(nameOf(row), { path, ...bodies[row.name], ifMatch: etag ?? '' });
      assert.equal(status, 404, row.name);
    }
    // Each was refused for being another's, not for being wrong.
    await anna.ok('POST /undo/{undo}', { path });
    await anna.ok('GET /jobs/{job}', { path });
    await anna.ok('PATCH /links/{link}', { path, body: { label: 'mine' } });
    await anna.ok('DELETE /app-passwords/{appPassword}', { path });
  });

  it('keeps what readers may not see out of events, search and undo', async () => {
    const calendar = await ownCalendar(anna);
    const id = calendar.id;
    await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({ title: 'Salary talk', location: 'Room 7', privacy: 'private' }),
    });
    await anna.ok('POST /calendars/{id}/shares', {
      path: { id },
      body: { who: String(world.now.boris.id), level: 'busy' },
    });
    const query = { from: '2026-11-01', to: '2026-12-01', calendars: id };
    const seen = await boris.ok('GET /events', { query });
    assert.ok(seen.occurrences.length > 0);
    assert.doesNotMatch(JSON.stringify(seen), /Salary|Room 7/);
    assert.deepEqual(
      (await boris.ok('GET /events', { query: { ...query, text: 'salary' } })).occurrences,
      [],
    );
    const [first] = seen.occurrences;
    const path = { id, uid: first?.uid ?? '' };
    const detail = await boris.ok('GET /calendars/{id}/events/{uid}', { path });
    assert.deepEqual([detail.readOnly, detail.detail, detail.location], [true, 'busy', '']);
    const patch = { path, body: { title: 'mine now' }, ifMatch: detail.etag };
    assert.equal((await boris.refused('PATCH /calendars/{id}/events/{uid}', patch)).status, 403);
    for (const route of ['GET /calendars/{id}/shares', 'DELETE /calendars/{id}'] as const) {
      const { status } = await boris.call(route, { path: { id } });
      assert.equal(status, route.startsWith('GET') ? 403 : 200, route);
    }
    assert.ok(
      (await anna.ok('GET /calendars')).calendars.some((one) => one.id === id),
      'the share went, not the data',
    );
    await anna.ok('DELETE /calendars/{id}/shares/{who}', { path: { id, who: String(world.now.boris.id) } });
  });

  it('gives markup and line ends back as the text they are (stored XSS, injection)', async () => {
    const { id } = await ownCalendar(anna);
    const nasty = '<script>alert(1)</script>"\r\nATTENDEE:mailto:evil@example.com\r\nEND:VEVENT';
    const { uid, etag } = await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({
        title: nasty,
        location: nasty,
        description: nasty,
        categories: ['a\r\nX-EVIL:1'],
        attendees: [{ address: 'boris@example.com', name: nasty.slice(0, 190) }],
        links: [{ url: 'https://example.com/?a=1', label: nasty }],
      }),
    });
    const { body, headers } = await anna.call('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(body.title, nasty.replaceAll('\r\n', '\n'));
    assert.deepEqual(
      body.attendees.map(({ address }) => address),
      ['boris@example.com'],
    );
    const stored = await world.now.dav('anna', 'GET', `/dav/calendars/anna/personal/${uid}.ics`);
    assert.doesNotMatch(stored.text, /^(?:X-EVIL|ATTENDEE:mailto:evil)/m);
    const bad = { links: [{ url: 'javascript:alert(1)', label: '' }] };
    const patch = { path: { id, uid }, body: bad, ifMatch: etag ?? '' };
    assert.equal((await anna.refused('PATCH /calendars/{id}/events/{uid}', patch)).status, 400);
    const withLinks = stored.text.replace(
      'END:VEVENT',
      'ATTACH:javascript:alert(1)\r\nURL:data:text/html,x\r\nEND:VEVENT',
    );
    await world.now.dav('anna', 'PUT', `/dav/calendars/anna/personal/${uid}.ics`, {
      headers: { 'Content-Type': 'text/calendar' },
      body: withLinks,
    });
    const { links } = await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    assert.deepEqual(
      links.map(({ url }) => url),
      ['https://example.com/?a=1'],
    );
  });

  it('refuses nonsense with 4xx, never with 5xx', async () => {
    const { id } = await ownCalendar(anna);
    const path = { ...Object.fromEntries(names.map((name) => [name, '\u0000/..%2F'])), id };
    const nonsense = [
      '',
      'null',
      '[]',
      '{"x":1}',
      '{',
      '"text"',
      '{"title":7}',
      '{"__proto__":{"isAdmin":true}}',
    ];
    for (const row of writes) {
      if (row.name === 'DELETE /session') continue;
      for (const bytes of nonsense) {
        const { status } = await anna.call(nameOf(row), { path, raw: { type: 'application/json', bytes } });
        assert.ok(status < 500, `${row.name} ${bytes}: ${status}`);
      }
    }
    for (const query of [
      'from=x&to=y',
      'from=2026-01-01&to=2020-01-01',
      'from=2026-01-01&to=2036-01-01',
      'from=2026-13-45&to=2026-01-01',
      '',
    ])
      assert.equal((await ask(`/api/v1/events?${query}`)).status, 400, query);
    for (const target of [
      '/api',
      '/api/v1',
      '/api/v2/me',
      '/api/v1/calendars/abc',
      '/api/v1/calendars/%E0%A4%A',
      '/api/v1/calendars/99999999999999999999',
    ])
      assert.equal((await ask(target)).status, 404, target);
    assert.equal(
      (await world.now.ask('PUT', '/api/v1/me', { headers: { Cookie: anna.cookie } })).status,
      405,
    );
    const wrongType = { path: { id }, raw: { type: 'text/plain', bytes: '{}' } };
    assert.equal((await anna.refused('POST /calendars/{id}/events', wrongType)).status, 415);
    const huge = {
      path: { id },
      raw: { type: 'application/json', bytes: `{"title":"${'x'.repeat(2_000_000)}"}` },
    };
    assert.equal((await anna.refused('POST /calendars/{id}/events', huge)).status, 413);
  });

  it('keeps little of what strangers send, who may have many connections', async () => {
    const bytes = JSON.stringify({ name: 'x'.repeat(20_000), password: 'x' });
    const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'portal' };
    const { status } = await world.now.ask('POST', '/api/v1/session', { headers, body: bytes });
    assert.equal(status, 413);
  });

  it('takes one file of a person for import at a time, counted from its first byte', async () => {
    const { id } = await ownCalendar(anna);
    const slow = httpRequest(`${world.now.url}/api/v1/calendars/${id}/import`, {
      method: 'POST',
      headers: { Cookie: anna.cookie, 'X-Requested-With': 'portal', 'Content-Type': 'text/calendar' },
    });
    slow.on('error', () => undefined);
    slow.write('BEGIN:VCALENDAR\r\n');
    const raw = { type: 'text/calendar', bytes: 'x' };
    const attempt = async (): Promise<number> =>
      (await anna.call('POST /calendars/{id}/import', { path: { id }, raw })).status;
    // The first is counted when its headers have arrived.
    let status = await attempt();
    while (status === 202) status = await attempt();
    assert.equal(status, 503);
    slow.destroy();
    while (status === 503) status = await attempt();
    assert.equal(status, 202);
  });

  it('guesses no link, code or undo', async () => {
    const token = 'A'.repeat(27);
    assert.equal((await world.now.ask('GET', `/feed/${token}/x.ics`)).status, 404);
    assert.equal(
      (await world.now.browser().ok('GET /connect/codes/{code}', { path: { code: token } })).valid,
      false,
    );
    const { status } = await world.now.ask('GET', `/connect/${token}/portal.mobileconfig`);
    assert.ok(status === 409 || status === 410);
    assert.equal((await world.now.ask('POST', `/c/${token}/index.php/login/v2`)).status, 410);
    assert.equal((await anna.refused('POST /undo/{undo}', { path: { undo: token } })).status, 404);
  });

  async function ask(target: string): Promise<{ readonly status: number }> {
    return await world.now.ask('GET', target, { headers: { Cookie: anna.cookie } });
  }
});

const names = [...new Set(routeTable.flatMap((row) => row.names))];

function fill(parameters: readonly string[], value: string): { readonly path: Record<string, string> } {
  return { path: Object.fromEntries(parameters.map((name) => [name, value])) };
}

/** Bodies that are right, so that the refusal is about whose thing it is. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /calendars/{id}': { body: { name: 'mine' } },
  'PUT /calendars/{id}/visibility': { body: { visible: false } },
  'POST /calendars/{id}/import': { raw: { type: 'text/calendar', bytes: 'x' } },
  'POST /calendars/{id}/events': { body: event() },
  'POST /calendars/{id}/events/{uid}': { body: event() },
  'PATCH /calendars/{id}/events/{uid}': { body: { title: 'mine' } },
  'PUT /calendars/{id}/events/{uid}/answer': { body: { answer: 'accepted' } },
  'POST /calendars/{id}/links': { body: {} },
  'PATCH /links/{link}': { body: { label: 'mine' } },
  'PATCH /calendars/{id}/links/{link}': { body: { label: 'mine' } },
  'POST /calendars/{id}/shares': { body: { who: 'everyone', level: 'read' } },
  'PUT /connections/{provider}': { body: { account: { mailbox: '', login: '', password: '' } } },
};
