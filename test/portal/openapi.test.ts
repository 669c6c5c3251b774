/** Every call of the API is made once, and what the server answers is held against its own description (OpenAPI). */
/* oxlint-disable typescript/no-unsafe-type-assertion -- JSON Schema has no type until it is looked at, and here it is looked at */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RouteName } from '../../src/portal/api.ts';
import { openApi } from '../../src/portal/openapi.ts';
import { type ExchangeThings, exchangeThings, fakeDesk } from './exchange-desk.ts';
import {
  type Browser,
  event,
  invitation,
  openWorld,
  ownCalendar,
  type Parts,
  passwordOf,
  type World,
} from './world.ts';

/** What there is to be called with. */
interface Things {
  readonly calendar: string;
  readonly other: string;
  readonly uid: string;
  readonly etag: string;
  readonly undo: string;
  readonly link: string;
  readonly otherLink: string;
  readonly appPassword: string;
  readonly code: string;
  readonly job: string;
  readonly item: string;
  readonly refused: string;
  readonly otherRefused: string;
  readonly session: string;
  readonly boris: string;
  readonly group: string;
  readonly setUpToken: string;
  readonly exchange: ExchangeThings;
}

type Example<Name extends RouteName> = (things: Things) => Parts<Name>;

const ofCalendar = ({ calendar: id }: Things): { readonly path: { readonly id: string } } => ({
  path: { id },
});
const none = (): object => ({});
const exchangeLink = (calendar: string) =>
  ({ calendar, remoteCalendar: 'AAMk=', direction: 'both', startDate: '2026-11-01' }) as const;
const range = { from: '2026-11-01', to: '2026-12-01' };
const empty = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n';

/** In this order: later calls may need what earlier ones leave. Without an example it does not compile. */
const examples: { readonly [Name in Exclude<RouteName, 'GET /stream'>]: Example<Name> } = {
  'GET /portal': none,
  'POST /session/proxy': () => ({ headers: { 'X-Remote-User': 'anna' } }),
  'POST /session': () => ({ body: { name: 'anna', password: passwordOf('anna') } }),
  'GET /setup': ({ setUpToken: token }) => ({ query: { token } }),
  'GET /connect/codes/{code}': ({ code }) => ({ path: { code } }),
  'GET /me': none,
  'PATCH /me': () => ({ body: { preferences: { theme: 'dark' } } }),
  'DELETE /sessions/{session}': ({ session }) => ({ path: { session } }),
  'POST /me/password': () => ({
    body: { current: passwordOf('anna'), password: passwordOf('anna'), revokeAppPasswords: false },
  }),
  'GET /calendars': none,
  'POST /calendars': () => ({ body: { name: 'Made' } }),
  'GET /calendars/{id}': ofCalendar,
  'PATCH /calendars/{id}': (things) => ({ ...ofCalendar(things), body: { description: 'x' } }),
  'PUT /calendars/order': ({ calendar }) => ({ body: { calendars: [calendar] } }),
  'PUT /calendars/{id}/favourite': ({ other: id }) => ({ path: { id } }),
  'GET /favourites/choices': none,
  'GET /favourites/links': none,
  'DELETE /calendars/{id}/favourite': ({ other: id }) => ({ path: { id } }),
  'PUT /calendars/{id}/visibility': (things) => ({ ...ofCalendar(things), body: { visible: true } }),
  'GET /calendars/{id}/download': ofCalendar,
  'POST /calendars/{id}/import': (things) => ({
    ...ofCalendar(things),
    raw: { type: 'text/calendar', bytes: empty },
  }),
  'GET /session': () => ({}),
  'GET /jobs/{job}': ({ job }) => ({ path: { job } }),
  'GET /events': () => ({ query: range }),
  'POST /calendars/{id}/events': (things) => ({ ...ofCalendar(things), body: event() }),
  'POST /calendars/{id}/events/{uid}': ({ calendar: id }) => ({
    path: { id, uid: 'given' },
    body: event(),
  }),
  'GET /calendars/{id}/events/{uid}': ({ calendar: id, uid }) => ({ path: { id, uid } }),
  'PATCH /calendars/{id}/events/{uid}': ({ calendar: id, uid, etag }) => ({
    path: { id, uid },
    body: { title: 'x' },
    ifMatch: etag,
  }),
  'DELETE /calendars/{id}/events/{uid}': ({ calendar: id, uid }) => ({ path: { id, uid }, ifMatch: 'now' }),
  'PUT /calendars/{id}/events/{uid}/answer': ({ calendar: id }) => ({
    path: { id, uid: 'invited' },
    body: { answer: 'accepted' },
    ifMatch: 'now',
  }),
  'POST /undo/{undo}': ({ undo }) => ({ path: { undo } }),
  'GET /links': none,
  'GET /calendars/{id}/links': ofCalendar,
  'POST /calendars/{id}/links': (things) => ({ ...ofCalendar(things), body: { label: 'x' } }),
  'POST /favourites/links': () => ({ body: {} }),
  'PATCH /calendars/{id}/links/{link}': ({ calendar: id, link }) => ({
    path: { id, link },
    body: { label: 'z' },
  }),
  'POST /calendars/{id}/links/{link}/reset': ({ calendar: id, link }) => ({ path: { id, link } }),
  'PATCH /links/{link}': ({ link }) => ({ path: { link }, body: { label: 'y' } }),
  'POST /links/{link}/reset': ({ link }) => ({ path: { link } }),
  'DELETE /links/{link}': ({ link }) => ({ path: { link } }),
  'DELETE /calendars/{id}/links/{link}': ({ calendar: id, otherLink: link }) => ({ path: { id, link } }),
  'GET /calendars/{id}/connect': () => ({ path: { id: 'all' } }),
  'GET /app-passwords': none,
  'POST /app-passwords': () => ({ body: { label: 'phone' } }),
  'DELETE /app-passwords/{appPassword}': ({ appPassword }) => ({ path: { appPassword } }),
  'POST /connect/codes': () => ({ body: { device: 'apple' } }),
  'POST /connect/test': () => ({ body: {} }),
  'GET /calendars/{id}/shares': ofCalendar,
  'POST /calendars/{id}/shares': (things) => ({
    ...ofCalendar(things),
    body: { who: things.boris, level: 'read' },
  }),
  'DELETE /calendars/{id}/shares/{who}': ({ calendar: id, boris: who }) => ({ path: { id, who } }),
  'GET /people': () => ({ query: { text: 'a' } }),
  'GET /trash': none,
  'POST /trash/{item}/restore': ({ item }) => ({ path: { item } }),
  'GET /refused': none,
  'GET /refused/{refused}/download': ({ refused }) => ({ path: { refused } }),
  'POST /refused/{refused}/mend': ({ refused }) => ({ path: { refused } }),
  'DELETE /refused/{refused}': ({ otherRefused: refused }) => ({ path: { refused } }),
  'GET /admin/overview': none,
  'GET /admin/people': none,
  'POST /admin/people': () => ({ body: { name: 'dora', email: 'dora@example.com', language: 'sv' } }),
  'POST /admin/people/import': () => ({
    raw: { type: 'text/csv', bytes: 'name,email\r\nerik,erik@example.com\r\n,x\r\n' },
  }),
  'PATCH /admin/people/{person}': ({ boris: person }) => ({ path: { person }, body: { displayName: 'B' } }),
  'POST /admin/people/{person}/reset': ({ boris: person }) => ({ path: { person } }),
  'GET /admin/groups': none,
  'POST /admin/groups': () => ({ body: { kind: 'room', name: 'room-1', displayName: 'Room 1' } }),
  'PATCH /admin/groups/{group}': ({ group }) => ({ path: { group }, body: { displayName: 'T' } }),
  'PUT /admin/groups/{group}/members/{person}': ({ group, boris: person }) => ({ path: { group, person } }),
  'DELETE /admin/groups/{group}/members/{person}': ({ group, boris: person }) => ({
    path: { group, person },
  }),
  'DELETE /admin/groups/{group}': ({ group }) => ({ path: { group } }),
  'GET /admin/calendars': none,
  'PATCH /admin/calendars/{id}': ({ other: id }) => ({ path: { id }, body: { exportAllowed: true } }),
  'GET /admin/calendars/{id}/download': ({ other: id }) => ({ path: { id } }),
  'GET /admin/policies': none,
  'PATCH /admin/policies': () => ({ body: { linkDays: null } }),
  'GET /admin/sign-in': none,
  'POST /admin/sign-in/test': () => ({ body: { method: 'ldap' } }),
  'GET /admin/appearance': none,
  'PATCH /admin/appearance': () => ({ body: { name: 'Ours', color: '#123456' } }),
  'GET /connections': none,
  'GET /exchange/status': none,
  'PUT /exchange/account': () => ({ body: { mailbox: '', login: '', password: '' } }),
  'GET /exchange/calendars': none,
  'POST /exchange/preview': ({ calendar }) => ({ body: exchangeLink(calendar) }),
  'POST /exchange/sync': none,
  'PUT /exchange/link': ({ calendar }) => ({ body: exchangeLink(calendar) }),
  'GET /exchange/runs': none,
  'GET /exchange/runs/{run}': ({ exchange }) => ({ path: { run: exchange.run } }),
  'GET /exchange/runs/{run}/events': ({ exchange }) => ({ path: { run: exchange.run } }),
  'DELETE /exchange/runs/{run}': ({ exchange }) => ({ path: { run: exchange.run } }),
  'GET /exchange/issues': none,
  'POST /exchange/issues/{issue}/retry': ({ exchange }) => ({ path: { issue: exchange.issue } }),
  'POST /exchange/issues/{issue}/answer': ({ exchange }) => ({
    path: { issue: exchange.question },
    body: { proceed: false },
  }),
  'GET /exchange/members': () => ({ query: { uid: 'invited', address: 'carl@example.com' } }),
  'GET /exchange/conflicts': () => ({ query: { uid: 'broken-1' } }),
  'POST /exchange/guard': () => ({ body: { proceed: false } }),
  'GET /admin/exchange/settings': none,
  'PATCH /admin/exchange/settings': () => ({
    body: { settings: { periodMinutes: 20 }, serviceAccounts: [{ login: 'svc', domain: 'CORP' }] },
  }),
  'POST /admin/exchange/test': () => ({ body: { mailbox: '', probe: false } }),
  'GET /admin/exchange/links': none,
  'POST /admin/exchange/links/{link}/pause': ({ exchange }) => ({ path: { link: exchange.link } }),
  'POST /admin/exchange/links/{link}/resume': ({ exchange }) => ({ path: { link: exchange.link } }),
  'POST /admin/exchange/links/{link}/run': ({ exchange }) => ({ path: { link: exchange.link } }),
  'GET /admin/exchange/quarantine': none,
  'POST /admin/exchange/quarantine/{item}/retry': ({ exchange }) => ({ path: { item: exchange.item } }),
  'DELETE /exchange/link': () => ({ query: { keep: 'both' } }),
  'PUT /connections/{provider}': ({ calendar }) => ({
    path: { provider: 'exchange' },
    body: { account: { mailbox: '', login: '', password: '' }, link: exchangeLink(calendar) },
  }),
  'POST /connections/{provider}/sync': () => ({ path: { provider: 'exchange' } }),
  'DELETE /connections/{provider}': () => ({ path: { provider: 'exchange' }, query: { keep: 'both' } }),
  'GET /admin/audit': none,
  'GET /admin/audit.csv': none,
  'DELETE /calendars/{id}': ({ calendar: id }) => ({ path: { id } }),
  'DELETE /session': none,
  'POST /setup': ({ setUpToken: token }) => ({
    body: {
      token,
      name: 'olga',
      displayName: 'Olga',
      email: '',
      password: 'long enough',
      publicUrl: '',
      language: 'en',
      timeZone: 'UTC',
      demoCalendar: false,
    },
  }),
};

interface Described {
  readonly [keyword: string]: unknown;
}

describe('the description of the API', () => {
  let world: World;
  before(async () => {
    const proxy = { 'sign-in': 'app-password,password,proxy', 'trust-proxy': '127.0.0.1' };
    world = await openWorld(proxy, fakeDesk());
  });
  after(async () => {
    await world.close();
  });

  it('is what the server says, in docs/openapi.json too', async () => {
    const { body } = await world.ask('GET', '/api/v1/openapi.json');
    const file = new URL('../../../docs/openapi.json', import.meta.url);
    const { version } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as Described;
    assert.deepEqual(body, JSON.parse(JSON.stringify(openApi(String(version)))));
    if (process.env['UPDATE'] === '1') writeFileSync(file, `${JSON.stringify(body, undefined, 1)}\n`);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), body, 'UPDATE=1 npm test writes it anew');
  });

  it('tells of every call what it answers', async () => {
    const description = openApi('1') as {
      readonly paths: Record<string, Record<string, Described>>;
      readonly components: Described;
    };
    const [anna, root] = [await world.signedIn('anna'), await world.signedIn('root')];
    const things = await prepared(world, anna, root);
    const called = new Set<string>();
    for (const [name, example] of Object.entries(examples)) {
      const route = name as RouteName;
      const [method = '', path = ''] = route.split(' ');
      const browser = path.startsWith('/admin') ? root : anna;
      const parts = (example as Example<RouteName>)(things);
      const { path: at } = parts;
      const isOfNow = parts.ifMatch === 'now' && at !== undefined;
      const ifMatch = isOfNow
        ? (await anna.ok('GET /calendars/{id}/events/{uid}', { path: at })).etag
        : parts.ifMatch;
      const { status, headers, body, text } = await browser.call(route, {
        ...parts,
        ...(ifMatch !== undefined && { ifMatch }),
      });
      const operation = description.paths[path]?.[method.toLowerCase()];
      assert.ok(operation, `${name} is described`);
      const responses = operation['responses'] as Record<
        string,
        { content?: Record<string, { schema: Described }> }
      >;
      const answer = responses[String(status)];
      assert.ok(answer, `${name}: ${status} ${text}`);
      if (!answer.content) assert.equal(text, '', name);
      else {
        const [type = ''] = (headers['content-type'] ?? '').split(';');
        const content = answer.content[type];
        assert.ok(content, `${name}: ${type}`);
        if (type === 'application/json') assert.deepEqual(mistakes(content.schema, body, name), []);
      }
      called.add(name);
    }
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(described.filter((name) => name !== 'GET /stream').sort(), [...called].sort());
    const { body } = await anna.call('GET /calendars/{id}', { path: { id: '1' } });
    const { Error: shape } = description.components['schemas'] as Record<string, Described>;
    assert.deepEqual(mistakes(shape ?? {}, body, 'an error'), []);
  });
});

async function prepared(world: World, anna: Browser, root: Browser): Promise<Things> {
  const { id: calendar } = await ownCalendar(anna);
  await anna.ok('POST /calendars', { body: { name: 'Second' } });
  const path = { id: calendar };
  const boris = await world.signedIn('boris');
  const { id: other } = await ownCalendar(boris);
  await boris.ok('POST /calendars/{id}/shares', {
    path: { id: other },
    body: { who: String(world.anna.id), level: 'read' },
  });
  await boris.ok('PATCH /calendars/{id}', { path: { id: other }, body: { exportAllowed: false } });
  await world.dav('anna', 'PUT', '/dav/calendars/anna/personal/invited.ics', {
    headers: { 'Content-Type': 'text/calendar' },
    body: invitation('invited'),
  });
  for (const name of ['cut', 'short'])
    await world.dav('anna', 'PUT', `/dav/calendars/anna/personal/${name}.ics`, {
      headers: { 'Content-Type': 'text/calendar' },
      body: `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${name}\r\n`,
    });
  const [refused, otherRefused] = (await anna.ok('GET /refused')).refused;
  const { uid, etag, undo } = await anna.ok('POST /calendars/{id}/events', {
    path,
    body: event({
      reminders: [5],
      attendees: [{ address: 'boris@example.com' }],
      repeat: { frequency: 'weekly', interval: 1, ends: { is: 'never' } },
    }),
  });
  const gone = await anna.ok('POST /calendars/{id}/events', { path, body: event({ title: 'gone' }) });
  await anna.ok('DELETE /calendars/{id}/events/{uid}', {
    path: { id: calendar, uid: gone.uid },
    ifMatch: gone.etag ?? '',
  });
  const third = await anna.ok('POST /calendars/{id}/events', { path, body: event({ title: 'undone' }) });
  await world.signedIn('anna');
  const { sessions } = await anna.ok('GET /me');
  const group = await root.ok('POST /admin/groups', {
    body: { kind: 'group', name: 'team', displayName: 'Team' },
  });
  assert.ok(undo);
  return {
    calendar,
    other,
    uid,
    etag: etag ?? '',
    undo: third.undo,
    link: (await anna.ok('POST /calendars/{id}/links', { path, body: {} })).id,
    otherLink: (await anna.ok('POST /calendars/{id}/links', { path, body: {} })).id,
    appPassword: (await anna.ok('POST /app-passwords', { body: { label: 'x' } })).appPassword.id,
    code: (await anna.ok('POST /connect/codes', { body: { device: 'apple' } })).code,
    job: (
      await anna.ok('POST /calendars/{id}/import', { path, raw: { type: 'text/calendar', bytes: empty } })
    ).id,
    item: (await anna.ok('GET /trash')).items[0]?.id ?? '',
    refused: refused?.id ?? '',
    otherRefused: otherRefused?.id ?? '',
    session: sessions.find(({ current }) => !current)?.id ?? '',
    boris: String(world.boris.id),
    group: group.id,
    setUpToken: world.setUpToken,
    exchange: await exchangeThings(world, anna, root),
  };
}

/** What of a value is not as its schema says; the part of JSON Schema that the description uses. */
function mistakes(schema: Described, value: unknown, at: string): readonly string[] {
  const { type, anyOf, properties, required, items } = schema;
  if (Array.isArray(anyOf)) {
    const tries = anyOf.map((one: Described) => mistakes(one, value, at));
    return tries.some((found) => found.length === 0) ? [] : (tries[0] ?? []);
  }
  const wrong = (wanted: unknown): readonly string[] => [
    `${at}: ${JSON.stringify(value)} is not ${JSON.stringify(wanted)}`,
  ];
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value) ? [] : wrong(schema['enum']);
  switch (type) {
    case 'null':
      return value === null ? [] : wrong(null);
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong(type);
    case 'integer':
      return Number.isInteger(value) && Number(value) >= Number(schema['minimum']) ? [] : wrong(schema);
    case 'string': {
      const { pattern, maxLength } = schema;
      const fits =
        typeof value === 'string' &&
        value.length <= Number(maxLength) &&
        (typeof pattern !== 'string' || new RegExp(pattern).test(value));
      return fits ? [] : wrong(schema);
    }
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((one: unknown, index) => mistakes(items as Described, one, `${at}[${index}]`))
        : wrong(type);
    default: {
      if (typeof value !== 'object' || value === null) return wrong(type);
      const known = (properties ?? {}) as Record<string, Described>;
      const other = schema['additionalProperties'] as Described | false | undefined;
      const missing = ((required ?? []) as string[])
        .filter((name) => !(name in value))
        .map((name) => `${at}.${name} is missing`);
      const inner = Object.entries(value).flatMap(([name, member]) => {
        const of = known[name] ?? (other || undefined);
        return of ? mistakes(of, member, `${at}.${name}`) : [`${at}.${name} is not described`];
      });
      return [...missing, ...inner];
    }
  }
}
