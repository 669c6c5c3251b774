import assert from 'node:assert/strict';
import { methods } from '../../src/caldav/index.ts';
import { calendarScripts } from '../../src/http/cross-origin.ts';
import { openWorld, type World } from '../portal/world.ts';

const origin = 'https://intranet.example.com';

describe('a web client of another origin', function crossOrigin() {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await openWorld({ 'cors-origins': `${origin} *` });
  });
  after(async () => {
    await world.close();
  });

  const preflight = async (path: string, wanted: string, from = origin) =>
    await world.ask('OPTIONS', path, {
      headers: { Origin: from, 'Access-Control-Request-Method': wanted },
    });
  const listed = (value: string | undefined): readonly string[] => (value ?? '').split(', ');

  it('may send every method that calendars and files have', async () => {
    await world.dav('anna', 'PUT', '/dav/files/anna/note.txt', { body: 'x' });
    const allowed = new Set(listed(calendarScripts.methods));
    const offered = new Set(methods.map(({ name }) => name));
    for (const path of [
      '/dav/',
      '/dav/calendars/anna/',
      '/dav/calendars/anna/personal/',
      '/dav/files/anna/note.txt',
    ]) {
      const { headers } = await world.dav('anna', 'OPTIONS', path, { headers: { Origin: origin } });
      assert.equal(headers['access-control-allow-origin'], origin, path);
      for (const name of listed(headers['allow'])) offered.add(name);
    }
    assert.deepEqual(
      [...offered].filter((name) => !allowed.has(name)),
      [],
    );
    for (const name of offered) {
      const { status, headers } = await preflight('/dav/calendars/anna/personal/a.ics', name);
      assert.equal(status, 204, name);
      assert.ok(listed(headers['access-control-allow-methods']).includes(name), name);
    }
  });

  it('may send every header that these doors read, and reads those that they answer', async () => {
    const { headers } = await preflight('/dav/', 'PUT');
    const allowed = listed(headers['access-control-allow-headers']?.toLowerCase());
    for (const name of [
      'authorization brief caldav-timezones content-range content-type depth destination if if-match if-modified-since',
      'if-none-match if-range if-schedule-tag-match if-unmodified-since lock-token overwrite prefer range timeout',
      // CalDavZAP and InfCloud.
      'user-agent x-client x-requested-with',
    ].flatMap((line) => line.split(' ')))
      assert.ok(allowed.includes(name), name);
    // Whom a proxy names is never a script's to say.
    assert.ok(!allowed.some((name) => /remote|forwarded|cookie/.test(name)), allowed.join());
    const { headers: answered } = await world.dav('anna', 'PUT', '/dav/calendars/anna/personal/b.ics', {
      headers: { Origin: origin, 'Content-Type': 'text/calendar', Prefer: 'return=representation' },
      body: event('b'),
    });
    const exposed = listed(answered['access-control-expose-headers']?.toLowerCase());
    for (const name of ['etag', 'content-location', 'preference-applied'])
      assert.ok(name in answered && exposed.includes(name), name);
    for (const name of ['dav', 'allow', 'location', 'lock-token', 'retry-after', 'www-authenticate'])
      assert.ok(exposed.includes(name), name);
  });

  it('sees refusals of the calendars as they are', async () => {
    const path = '/dav/calendars/anna/personal/c.ics';
    const put = async (headers: Readonly<Record<string, string>>) =>
      await world.dav('anna', 'PUT', path, {
        headers: { Origin: origin, 'Content-Type': 'text/calendar', ...headers },
        body: event('c'),
      });
    const answers = [
      [201, await put({ 'If-None-Match': '*' })],
      [412, await put({ 'If-None-Match': '*' })],
      [401, await world.ask('PROPFIND', '/dav/', { headers: { Origin: origin } })],
      [404, await world.dav('anna', 'GET', '/dav/calendars/anna/none/', { headers: { Origin: origin } })],
      [403, await world.dav('anna', 'DELETE', '/dav/calendars/', { headers: { Origin: origin } })],
      [
        405,
        await world.dav('anna', 'POST', '/dav/calendars/anna/personal/', {
          headers: { Origin: origin },
        }),
      ],
    ] as const;
    for (const [status, answer] of answers) {
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers['access-control-allow-origin'], origin, String(status));
      assert.equal(answer.headers['access-control-allow-credentials'], undefined, String(status));
    }
  });

  it('finds the calendars by the well-known address, and time zones', async () => {
    assert.equal((await preflight('/.well-known/caldav', 'PROPFIND')).status, 204);
    const found = await world.ask('PROPFIND', '/.well-known/caldav', { headers: { Origin: origin } });
    assert.deepEqual([found.status, found.headers['location']], [301, '/dav/']);
    assert.equal(found.headers['access-control-allow-origin'], origin);
    const zones = await world.ask('GET', '/tzdist/capabilities', {
      headers: { Origin: 'https://any.example' },
    });
    assert.deepEqual([zones.status, zones.headers['access-control-allow-origin']], [200, '*']);
  });

  it('may be anywhere to read a feed, which stays as it was for caches', async () => {
    const browser = await world.signedIn('anna');
    const { calendars } = await browser.ok('GET /calendars');
    const { addresses } = await browser.ok('POST /calendars/{id}/links', {
      path: { id: calendars[0]?.id ?? '' },
      body: { label: 'intranet' },
    });
    const path = new URL(addresses?.https ?? '').pathname;
    const plain = await world.ask('GET', path);
    const feed = await world.ask('GET', path, { headers: { Origin: 'https://any.example' } });
    assert.deepEqual([feed.status, feed.headers['access-control-allow-origin']], [200, '*']);
    for (const name of ['etag', 'cache-control', 'vary', 'last-modified'])
      assert.equal(feed.headers[name], plain.headers[name], name);
    const again = await world.ask('GET', path, {
      headers: { Origin: 'https://any.example', 'If-None-Match': feed.headers['etag'] },
    });
    assert.deepEqual([again.status, again.headers['access-control-allow-origin']], [304, '*']);
    const gone = await world.ask('GET', `/feed/${'x'.repeat(43)}/a.ics`, { headers: { Origin: origin } });
    assert.deepEqual([gone.status, gone.headers['access-control-allow-origin']], [404, '*']);
  });

  it('never reaches the page and its API, whatever cookies its visitor has', async () => {
    const browser = await world.signedIn('anna');
    for (const path of [
      '/',
      '/api/v1/session',
      '/api/v1/calendars',
      '/assets/x.js',
      '/setup',
      '/connect/x',
      '/c/x',
    ]) {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { Origin: origin, Cookie: browser.cookie, 'Access-Control-Request-Method': 'GET' };
        const answer = await world.ask(method, path, { headers });
        const told = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
        assert.deepEqual(told, [], `${method} ${path}`);
      }
    }
    const written = await world.ask('POST', '/api/v1/calendars', {
      headers: {
        Origin: origin,
        'Sec-Fetch-Site': 'cross-site',
        Cookie: browser.cookie,
        'X-Requested-With': 'portal',
        'Content-Type': 'application/json',
      },
      body: '{"name":"from elsewhere"}',
    });
    assert.equal(written.status, 403);
  });

  it('is not signed in at the calendars by a cookie of the page', async () => {
    const { cookie } = await world.signedIn('anna');
    for (const method of ['PROPFIND', 'GET', 'PUT', 'DELETE']) {
      const answer = await world.ask(method, '/dav/calendars/anna/personal/b.ics', {
        headers: { Origin: origin, Cookie: cookie, Accept: 'text/html' },
      });
      assert.equal(answer.status, 401, method);
    }
  });
});

function event(uid: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
}
