/** An app password for single calendars: for its device there is nothing else, by whatever question or write. */
import assert from 'node:assert/strict';
import { type Level, levels } from '../../src/core/acl.ts';
import { type CalendarId, id } from '../../src/core/ids.ts';
import { actorFor, calendarById, decideAccess, type Rights } from '../../src/service/access.ts';
import { createCalendar, grant } from '../../src/service/calendars/calendars.ts';
import { addAppPassword } from '../../src/service/people/passwords.ts';
import { type Answer, type Asked, openWorld, type World } from '../portal/world.ts';

const event = (uid: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260310T090000Z',
    `SUMMARY:about ${uid}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

const ns = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"';
const home = '/dav/calendars/anna/';
const calendarType = { 'Content-Type': 'text/calendar' };

describe('an app password for single calendars', () => {
  let world: World;
  let work: CalendarId;
  let boris: CalendarId;
  let hidden: CalendarId;
  let sharedName = '';
  let whole: (method: string, path: string, asked?: Asked) => Promise<Answer<unknown>>;
  let phone: typeof whole;

  const as =
    (secret: string): typeof whole =>
    (method, path, { headers, body } = {}) =>
      world.ask(method, path, {
        headers: { Authorization: `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`, ...headers },
        ...(body !== undefined && { body }),
      });
  const actorOf = (name: 'anna' | 'boris') =>
    actorFor(world.app.services, world[name], { scope: 'write', via: 'session' });
  const password = async (calendars?: readonly CalendarId[], scope: 'read' | 'write' = 'write') => {
    const { services } = world.app;
    const values = { label: 'device', scope, calendars };
    return as((await addAppPassword(services, await actorOf('anna'), world.anna, values)).secret);
  };
  const listed = async (ask: typeof whole, path: string = home): Promise<readonly string[]> => {
    const { text } = await ask('PROPFIND', path, { headers: { Depth: '1' } });
    return [...text.matchAll(/<[^>]*href>([^<]+)</g)].map(([, href = '']) => href).sort();
  };

  before(async () => {
    world = await openWorld();
    const { services } = world.app;
    const [anna, other] = [await actorOf('anna'), await actorOf('boris')];
    const made = await createCalendar(services, anna, world.anna, {
      name: 'work',
      displayName: 'Work',
      components: ['VEVENT'],
    });
    work = made.calendar.id;
    const of = async (owner: 'anna' | 'boris', name: string): Promise<CalendarId> =>
      (await services.storage.calendarByName(world[owner].id, name))?.id ?? assert.fail();
    boris = await of('boris', 'personal');
    hidden = await of('boris', 'tasks');
    sharedName = `shared-${boris.toString(36)}`;
    const seen = (await calendarById(services, other, boris)) ?? assert.fail();
    await grant(services, other, seen, world.anna.id, 'edit');
    whole = await password();
    phone = await password([work, boris]);
    for (const [calendar, uid] of [
      ['personal', 'hidden'],
      ['work', 'open'],
      [sharedName, 'shared'],
    ] as const) {
      const { status, text } = await whole('PUT', `${home}${calendar}/${uid}.ics`, {
        headers: calendarType,
        body: event(uid),
      });
      assert.equal(status, 201, text);
    }
  });
  after(() => world.close());

  it('lists these in the home, and finds the home as any other', async () => {
    assert.deepEqual(await listed(phone), [home, `${home}${sharedName}/`, `${home}work/`].sort());
    const { status, text } = await phone('PROPFIND', '/dav/principals/anna/', {
      headers: { Depth: '0', 'Content-Type': 'text/xml' },
      body: `<D:propfind ${ns}><D:prop><C:calendar-home-set/><D:current-user-principal/></D:prop></D:propfind>`,
    });
    assert.equal(status, 207);
    assert.match(text, /\/dav\/calendars\/anna\//);
  });

  it('reads and writes in these', async () => {
    for (const calendar of ['work', sharedName]) {
      const path = `${home}${calendar}/new.ics`;
      assert.equal((await phone('PUT', path, { headers: calendarType, body: event('new') })).status, 201);
      assert.match((await phone('GET', path)).text, /about new/);
      assert.equal((await phone('DELETE', path)).status, 204);
    }
  });

  it('finds no other one, whatever is asked of it', async () => {
    const data = '<D:prop><D:getetag/><C:calendar-data/></D:prop>';
    const filter = `<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`;
    const range = '<C:time-range start="20260301T000000Z" end="20260501T000000Z"/>';
    const reports = [
      `<C:calendar-query ${ns}>${data}${filter}</C:calendar-query>`,
      `<C:calendar-multiget ${ns}>${data}<D:href>${home}personal/hidden.ics</D:href></C:calendar-multiget>`,
      `<C:free-busy-query ${ns}>${range}</C:free-busy-query>`,
      `<D:sync-collection ${ns}><D:sync-token/><D:sync-level>1</D:sync-level>${data}</D:sync-collection>`,
    ];
    const own = `shared-${(await world.app.services.storage.calendarByName(world.anna.id, 'personal'))?.id.toString(36)}`;
    for (const place of [
      `${home}personal/`,
      `${home}tasks/`,
      `${home}${own}/`,
      '/dav/calendars/boris/tasks/',
    ]) {
      const asked: readonly (readonly [string, string, Asked?])[] = [
        ['PROPFIND', place, { headers: { Depth: '1' } }],
        ['GET', place],
        ['GET', `${place}hidden.ics`],
        ['HEAD', `${place}hidden.ics`],
        ['DELETE', `${place}hidden.ics`],
        ['DELETE', place],
        ['PROPPATCH', place, { headers: { 'Content-Type': 'text/xml' }, body: rename }],
        ['ACL', place, { headers: { 'Content-Type': 'text/xml' }, body: `<D:acl ${ns}/>` }],
        ...reports.map((body): readonly [string, string, Asked] => [
          'REPORT',
          place,
          { headers: { Depth: '1', 'Content-Type': 'text/xml' }, body },
        ]),
      ];
      for (const [method, path, more] of asked) {
        const { status, text } = await phone(method, path, more);
        assert.equal(status, 404, `${method} ${path}: ${text}`);
      }
      const put = await phone('PUT', `${place}x.ics`, { headers: calendarType, body: event('x') });
      assert.ok([403, 404, 409].includes(put.status), `PUT ${place}: ${put.status}`);
    }
    assert.match((await whole('GET', `${home}personal/hidden.ics`)).text, /about hidden/);
  });

  it('says 404 of foreign hrefs among its own in one multiget, and shows nothing of them', async () => {
    const hrefs = ['personal/hidden', 'work/open', `${sharedName}/shared`]
      .map((name) => `<D:href>${home}${name}.ics</D:href>`)
      .join('');
    const { text } = await phone('REPORT', home, {
      headers: { 'Content-Type': 'text/xml' },
      body: `<C:calendar-multiget ${ns}><D:prop><C:calendar-data/></D:prop>${hrefs}</C:calendar-multiget>`,
    });
    assert.match(text, /about open/);
    assert.match(text, /about shared/);
    assert.doesNotMatch(text, /about hidden/);
    assert.equal(text.match(/404/g)?.length, 1);
  });

  it('takes nothing out of its calendars to others, nor in from there', async () => {
    const to = (path: string): Asked => ({ headers: { Destination: `${world.url}${home}${path}` } });
    for (const method of ['COPY', 'MOVE']) {
      for (const [from, target] of [
        ['work/open.ics', 'personal/taken.ics'],
        ['work/open.ics', 'personal/hidden.ics'],
        ['personal/hidden.ics', 'work/got.ics'],
      ] as const) {
        const { status } = await phone(method, `${home}${from}`, to(target));
        assert.ok([403, 404, 409].includes(status), `${method} ${from} ${target}: ${status}`);
      }
    }
    assert.equal((await phone('COPY', `${home}work/open.ics`, to(`${sharedName}/copy.ics`))).status, 201);
    assert.equal((await phone('DELETE', `${home}${sharedName}/copy.ics`)).status, 204);
    assert.deepEqual(await listed(whole, `${home}personal/`), [
      `${home}personal/`,
      `${home}personal/hidden.ics`,
    ]);
  });

  const rename = `<D:propertyupdate ${ns}><D:set><D:prop><D:displayname>other</D:displayname></D:prop></D:set></D:propertyupdate>`;

  it('makes no calendar, replaces none by moving its own over it, and changes nothing of the person', async () => {
    const over: Asked = { headers: { Destination: `${world.url}${home}personal/`, Overwrite: 'T' } };
    const xml = { 'Content-Type': 'text/xml' };
    for (const [method, path, asked] of [
      ['MKCALENDAR', `${home}made/`, {}],
      ['MKCOL', `${home}made/`, {}],
      ['MOVE', `${home}work/`, over],
      ['COPY', `${home}work/`, over],
      ['COPY', `${home}work/`, { headers: { Destination: `${world.url}${home}made/` } }],
    ] as const) {
      const { status, text } = await phone(method, path, asked);
      assert.equal(status, 403, `${method} ${path}: ${text}`);
    }
    for (const path of [home, '/dav/principals/anna/']) {
      const { status, text } = await phone('PROPPATCH', path, { headers: xml, body: rename });
      assert.ok(status === 403 || text.includes(' 403 '), `${path}: ${status} ${text}`);
      const { text: privileges } = await phone('PROPFIND', path, {
        headers: { Depth: '0', ...xml },
        body: `<D:propfind ${ns}><D:prop><D:current-user-privilege-set/></D:prop></D:propfind>`,
      });
      assert.doesNotMatch(privileges, /:(?:bind|write|write-properties|all)\/>/);
    }
    assert.equal((await listed(whole)).length, 5);
  });

  it('finds no files', async () => {
    const path = '/dav/files/anna/note.txt';
    assert.equal((await whole('PUT', path, { body: 'x' })).status, 201);
    assert.equal((await phone('GET', path)).status, 404);
    for (const [method, asked] of [
      ['PUT', { body: 'y' }],
      ['DELETE', {}],
      ['MOVE', { headers: { Destination: `${world.url}/dav/files/anna/other.txt` } }],
      ['COPY', { headers: { Destination: `${world.url}/dav/files/anna/other.txt` } }],
    ] as const)
      assert.ok((await phone(method, path, asked)).status >= 400, method);
    assert.ok(!(await listed(phone, '/dav/files/')).some((href) => href.includes('note')));
    assert.equal((await whole('GET', path)).text, 'x');
  });

  it('gets answers of its own where another password has asked in the same words before', async () => {
    const other = await password([boris]);
    for (let round = 0; round < 2; round++) {
      assert.equal((await listed(whole)).length, 5);
      assert.equal((await listed(phone)).length, 3);
      assert.equal((await listed(other)).length, 2);
    }
  });

  it('syncs its home alone, also from a token that another password was given', async () => {
    const sync = (ask: typeof whole, token: string) =>
      ask('REPORT', home, {
        headers: { Depth: '0', 'Content-Type': 'text/xml' },
        body: `<D:sync-collection ${ns}><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:displayname/></D:prop></D:sync-collection>`,
      });
    const tokenOf = (text: string): string => /sync-token>([^<]+)</.exec(text)?.[1] ?? assert.fail(text);
    const first = await sync(phone, '');
    assert.doesNotMatch(first.text, /personal/);
    const { text } = await sync(whole, '');
    const narrowed = await sync(phone, tokenOf(text));
    assert.match(narrowed.text, /personal\/<\/[^>]+><[^>]+>HTTP\/1.1 404/);
    assert.doesNotMatch(narrowed.text, /displayname>Personal/);
  });

  it('opens none when its calendar is in the trash, and that one again when it is back', async () => {
    const { services } = world.app;
    const anna = await actorOf('anna');
    const made = await createCalendar(services, anna, world.anna, { name: 'gone', components: ['VEVENT'] });
    const device = await password([made.calendar.id]);
    assert.deepEqual(await listed(device), [home, `${home}gone/`]);
    assert.equal((await device('DELETE', `${home}gone/`)).status, 204);
    assert.deepEqual(await listed(device), [home]);
    const browser = await world.signedIn('anna');
    const { items } = await browser.ok('GET /trash');
    await browser.ok('POST /trash/{item}/restore', { path: { item: items[0]?.id ?? '' } });
    assert.deepEqual(await listed(device), [home, `${home}gone/`]);
    assert.equal((await whole('DELETE', `${home}gone/`)).status, 204);
  });

  it('may be for reading only, too', async () => {
    const screen = await password([work], 'read');
    assert.match((await screen('GET', `${home}work/open.ics`)).text, /about open/);
    const put = await screen('PUT', `${home}work/open.ics`, { headers: calendarType, body: event('open') });
    assert.equal(put.status, 403);
    assert.equal((await screen('GET', `${home}personal/hidden.ics`)).status, 404);
  });

  it('is made for calendars that the person sees, and for one at least', async () => {
    const refused = async (calendars: readonly CalendarId[]): Promise<string> => {
      try {
        await password(calendars);
        return 'made';
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : 'broken';
      }
    };
    assert.equal(await refused([hidden]), 'not-found');
    assert.equal(await refused([work, id<CalendarId>(12345)]), 'not-found');
    assert.equal(await refused([]), 'malformed-request');
    assert.equal(await refused([work, work]), 'made');
  });

  it('is made by the page, which shows what it opens', async () => {
    const browser = await world.signedIn('anna');
    const calendars = [String(work)];
    const { appPassword, secret } = await browser.ok('POST /app-passwords', {
      body: { label: 'screen', scope: 'read', calendars },
    });
    assert.deepEqual(appPassword.calendars, calendars);
    assert.deepEqual(await listed(as(secret)), [home, `${home}work/`]);
    const { appPasswords } = await browser.ok('GET /app-passwords');
    assert.deepEqual(appPasswords.find(({ id }) => id === appPassword.id)?.calendars, calendars);
    const foreign = { body: { label: 'x', calendars: [String(hidden)] } };
    assert.equal((await browser.refused('POST /app-passwords', foreign)).status, 404);
  });
});

describe('the decision about a calendar', () => {
  it('is nothing where the credential does not name it, and what it would be where it does', async () => {
    const world = await openWorld();
    const { services } = world.app;
    const calendar =
      (await services.storage.calendarByName(world.boris.id, 'personal')) ?? assert.fail('no calendar');
    await world.close();
    const policies = new Map();
    for (const principal of [world.anna, world.boris, world.root])
      for (const scope of ['read', 'write'] as const)
        for (const granted of [undefined, ...levels] satisfies readonly (Level | undefined)[]) {
          const actor = { principal, groups: [], scope, via: 'app-password' } as const;
          const rights: Rights = { granted, grantedByName: granted, view: undefined };
          const without = decideAccess(actor, calendar, rights, policies);
          const named = { ...actor, calendars: new Set([calendar.id]) };
          assert.deepEqual(decideAccess(named, calendar, rights, policies), without);
          const others = { ...actor, calendars: new Set([id<CalendarId>(1)]) };
          const access = decideAccess(others, calendar, rights, policies);
          assert.deepEqual(
            [access.level, access.canSeeBusy, access.inHome, access.isOwner],
            [undefined, false, false, false],
          );
        }
  });
});
