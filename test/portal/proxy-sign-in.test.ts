/** Sign-in to the page by the word of a trusted proxy, and what those make of it whom it does not name. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { operator } from '../../src/service/access.ts';
import { patchPerson } from '../../src/service/people/people.ts';
import { type Browser, passwordOf, useWorld, type World } from './world.ts';

const named = (name: string) => ({ headers: { 'X-Remote-User': name } });

const signInBy = async (world: World, name: string): Promise<Browser> => {
  const browser = world.browser();
  await browser.ok('POST /session/proxy', named(name));
  return browser;
};

describe('signing in to the page by a proxy’s header', () => {
  const world = useWorld({ 'sign-in': 'app-password,password,proxy', 'trust-proxy': '127.0.0.1' });

  it('needs no form: the page is told whom the proxy names, and opens a session', async () => {
    const { now } = world;
    const browser = now.browser();
    assert.deepEqual((await browser.ok('GET /portal', named('anna'))).signIn.proxy, {
      name: 'anna',
      known: true,
    });
    assert.deepEqual(await browser.ok('GET /session', named('anna')), { me: null });
    const { headers, body } = await browser.call('POST /session/proxy', named('anna'));
    assert.equal(body.person.name, 'anna');
    assert.match(
      headers['set-cookie'] ?? '',
      /^portcal=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    assert.equal((await browser.ok('GET /session', named('anna'))).me?.person.name, 'anna');
    const { calendars } = await browser.ok('GET /calendars', named('anna'));
    assert.ok(calendars.length > 0);
  });

  it('knows the person by address and by a Windows domain, as programs do', async () => {
    for (const name of ['anna@example.com', 'OFFICE\\Anna', ' ANNA '])
      assert.equal(
        (await world.now.browser().ok('POST /session/proxy', named(name))).person.name,
        'anna',
        name,
      );
  });

  it('is written down as any other, with the address behind the proxy', async () => {
    const headers = { 'X-Remote-User': 'anna', 'X-Forwarded-For': '203.0.113.9' };
    const me = await world.now.browser().ok('POST /session/proxy', { headers });
    assert.equal(me.sessions.find(({ current }) => current)?.address, '203.0.113.9');
    const root = await world.now.signedIn('root');
    const { entries } = await root.ok('GET /admin/audit', { query: { who: 'anna' } });
    assert.equal(entries[0]?.action, 'sign-in');
    assert.equal(entries[0]?.address, '203.0.113.9');
  });

  it('opens nothing by the header alone: another site’s request finds no session, and cannot ask for one', async () => {
    const { now } = world;
    assert.equal((await now.browser().refused('GET /me', named('anna'))).status, 401);
    const forged: readonly Readonly<Record<string, string | undefined>>[] = [
      { 'X-Requested-With': undefined },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of forged) {
      const browser = now.browser();
      const both = { headers: { ...headers, ...named('anna').headers } };
      assert.equal((await browser.refused('POST /session/proxy', both)).status, 403);
      assert.equal(browser.cookie, '');
    }
  });

  it('keeps the defence against other sites for whoever is signed in', async () => {
    const browser = await signInBy(world.now, 'anna');
    for (const headers of [{ 'X-Requested-With': undefined }, { Origin: 'https://evil.example' }]) {
      const parts = {
        body: { preferences: { theme: 'dark' } },
        headers: { ...headers, 'X-Remote-User': 'anna' },
      } as const;
      assert.equal((await browser.refused('PATCH /me', parts)).status, 403);
    }
  });

  it('ends the session of one person when the proxy names another, for good', async () => {
    const browser = await signInBy(world.now, 'anna');
    const { cookie } = browser;
    assert.deepEqual(await browser.ok('GET /session', named('boris')), { me: null });
    browser.cookie = cookie;
    assert.equal((await browser.refused('GET /me', named('anna'))).status, 401);
    await browser.ok('POST /session/proxy', named('boris'));
    assert.equal((await browser.ok('GET /me', named('boris'))).person.name, 'boris');
  });

  it('ends a session that was opened by password likewise: the browser has changed hands', async () => {
    const browser = await world.now.signedIn('anna');
    assert.equal((await browser.refused('GET /calendars', named('boris'))).status, 401);
    assert.equal((await browser.refused('GET /calendars')).status, 401);
  });

  it('ends a session, too, when the proxy names somebody who is nobody here', async () => {
    const browser = await signInBy(world.now, 'anna');
    assert.equal((await browser.refused('GET /me', named('mallory'))).status, 401);
    assert.equal((await browser.refused('GET /me', named('anna'))).status, 401);
  });

  it('lets a session that it opened count only while it names the person: a stolen cookie opens nothing past the proxy', async () => {
    const browser = await signInBy(world.now, 'anna');
    const { cookie } = browser;
    const past = world.now.browser();
    past.cookie = cookie;
    assert.equal((await past.refused('GET /me')).status, 401);
    assert.equal((await past.refused('GET /me', { headers: { 'X-Remote-User': '' } })).status, 401);
    const { status } = await world.now.ask('GET', '/api/v1/stream', { headers: { Cookie: cookie } });
    assert.equal(status, 401);
    assert.equal((await browser.ok('GET /me', named('anna'))).person.name, 'anna');
  });

  it('keeps a session that was opened by password, with or without the proxy’s word for the same person', async () => {
    const browser = await world.now.signedIn('anna');
    assert.equal((await browser.ok('GET /me', named('anna'))).person.name, 'anna');
    assert.equal((await browser.ok('GET /me')).person.name, 'anna');
  });

  it('signs in nobody whom it does not name: unknown, disabled, a group, two names at once', async () => {
    const { now } = world;
    const { app, boris } = now;
    await patchPerson(app.services, operator(), boris, { disabled: true });
    try {
      for (const name of ['mallory', 'boris', 'company', 'anna, boris', 'anna:', '../anna']) {
        const browser = now.browser();
        const told = (await browser.ok('GET /portal', named(name))).signIn.proxy;
        assert.deepEqual(told, { name, known: false }, name);
        assert.equal((await browser.refused('POST /session/proxy', named(name))).status, 403, name);
        assert.equal(browser.cookie, '');
      }
    } finally {
      await patchPerson(app.services, operator(), boris, { disabled: false });
    }
  });

  it('takes a header that stands there twice for nobody’s name', async () => {
    const told = await new Promise<string>((resolve, reject) => {
      const headers = { 'X-Remote-User': ['anna', 'boris'] };
      httpRequest(`${world.now.url}/api/v1/portal`, { headers, agent: false }, (answer) => {
        answer.setEncoding('utf8').once('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    assert.match(told, /"proxy":\{"name":"anna, boris","known":false\}/);
  });

  it('ends the session of somebody who is disabled while the page is open', async () => {
    const { app, boris } = world.now;
    const browser = await signInBy(world.now, 'boris');
    await patchPerson(app.services, operator(), boris, { disabled: true });
    try {
      assert.equal((await browser.refused('GET /me', named('boris'))).status, 401);
    } finally {
      await patchPerson(app.services, operator(), boris, { disabled: false });
    }
  });

  it('refuses a form for another person than the one it names, whether or not the password is right', async () => {
    for (const name of ['boris', 'mallory']) {
      const body = { name, password: passwordOf(name) };
      const browser = world.now.browser();
      assert.equal((await browser.refused('POST /session', { body, ...named('anna') })).status, 403);
      assert.equal(browser.cookie, '');
    }
    const body = { name: 'anna', password: passwordOf('anna') };
    await world.now.browser().ok('POST /session', { body, ...named('anna') });
  });

  it('refuses to set up an administrator of another name than the one it gives, and leaves the address good', async () => {
    const { setUpToken: token } = world.now;
    const body = {
      token,
      name: 'chief',
      displayName: '',
      email: '',
      password: 'a long secret of theirs',
      publicUrl: '',
      language: 'en',
      timeZone: 'UTC',
      demoCalendar: false,
    } as const;
    const browser = world.now.browser();
    assert.equal((await browser.refused('POST /setup', { body, ...named('anna') })).status, 403);
    assert.equal((await browser.ok('GET /setup', { query: { token } })).open, true);
    assert.equal((await browser.ok('POST /setup', { body, ...named('chief') })).person.name, 'chief');
  });

  it('gives each sign-in a token of its own and ends the one before', async () => {
    const browser = await signInBy(world.now, 'anna');
    const old = world.now.browser();
    old.cookie = browser.cookie;
    await browser.ok('POST /session/proxy', named('anna'));
    assert.notEqual(browser.cookie, old.cookie);
    assert.equal((await old.refused('GET /me', named('anna'))).status, 401);
  });

  it('ends at sign-out; the page is told who the proxy still names and signs nobody in by itself', async () => {
    const browser = await signInBy(world.now, 'anna');
    const { cookie } = browser;
    await browser.ok('DELETE /session', named('anna'));
    browser.cookie = cookie;
    assert.deepEqual(await browser.ok('GET /session', named('anna')), { me: null });
    assert.deepEqual((await browser.ok('GET /portal', named('anna'))).signIn.proxy, {
      name: 'anna',
      known: true,
    });
  });

  it('goes on after a change of the password, on the proxy’s word as before', async () => {
    const browser = await signInBy(world.now, 'boris');
    const body = {
      current: passwordOf('boris'),
      password: passwordOf('boris'),
      revokeAppPasswords: false,
    };
    await browser.ok('POST /me/password', { body, ...named('boris') });
    assert.equal((await browser.ok('GET /me', named('boris'))).person.name, 'boris');
    assert.equal((await browser.refused('GET /me')).status, 401);
  });

  it('tells an open page that its session has ended when the proxy names somebody else', async () => {
    const browser = await signInBy(world.now, 'anna');
    const headers = { ...named('anna').headers, Cookie: browser.cookie };
    const told = new Promise<string>((resolve, reject) => {
      let text = '';
      httpRequest(`${world.now.url}/api/v1/stream`, { headers, agent: false }, (answer) => {
        answer
          .setEncoding('utf8')
          .on('data', (piece: string) => {
            if (text === '') void browser.call('GET /session', named('boris')).catch(reject);
            text += piece;
          })
          .once('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    assert.match(await told, /event: signed-out/);
  });
});

describe('the header from somebody who is no trusted proxy', () => {
  const world = useWorld({ 'sign-in': 'app-password,password,proxy', 'trust-proxy': '192.0.2.1' });

  it('opens nothing, ends nothing and is not told to the page', async () => {
    const { now } = world;
    const forwarded = { headers: { 'X-Remote-User': 'anna', 'X-Forwarded-For': '192.0.2.1' } };
    const browser = now.browser();
    for (const parts of [named('anna'), forwarded]) {
      assert.equal((await browser.ok('GET /portal', parts)).signIn.proxy, null);
      assert.equal((await browser.refused('POST /session/proxy', parts)).status, 401);
    }
    assert.equal(browser.cookie, '');
    const signedIn = await now.signedIn('boris');
    assert.equal((await signedIn.ok('GET /me', named('anna'))).person.name, 'boris');
  });
});

describe('the header where the proxy is trusted and does not sign people in', () => {
  const world = useWorld({ 'trust-proxy': '127.0.0.1' });

  it('is nobody’s word', async () => {
    const browser = world.now.browser();
    assert.equal((await browser.ok('GET /portal', named('anna'))).signIn.proxy, null);
    assert.equal((await browser.refused('POST /session/proxy', named('anna'))).status, 401);
    const signedIn = await world.now.signedIn('boris');
    assert.equal((await signedIn.ok('GET /me', named('anna'))).person.name, 'boris');
  });
});

describe('a proxy that signs people in, and serves the page below a path', () => {
  const world = useWorld({
    'sign-in': 'app-password,proxy',
    'trust-proxy': '127.0.0.1',
    'proxy-user-header': 'X-Forwarded-Login',
    'base-path': '/office/cal',
    'public-url': 'https://example.com/office/cal',
  });

  it('opens the page there, by the header of the setting and no other', async () => {
    const ask = (headers: Readonly<Record<string, string>>) =>
      world.now.ask('POST', '/office/cal/api/v1/session/proxy', {
        headers: { 'X-Requested-With': 'portal', Origin: 'https://example.com', ...headers },
      });
    assert.equal((await ask({ 'X-Remote-User': 'anna' })).status, 401);
    const { status, headers } = await ask({ 'X-Forwarded-Login': 'anna' });
    assert.equal(status, 200);
    const cookie = headers['set-cookie'] ?? '';
    assert.match(
      cookie,
      /^portcal=[\w-]{43}; Path=\/office\/cal; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    const me = await world.now.ask('GET', '/office/cal/api/v1/me', {
      headers: { Cookie: cookie.split(';', 1)[0], 'X-Forwarded-Login': 'anna' },
    });
    assert.equal(me.status, 200);
  });
});
