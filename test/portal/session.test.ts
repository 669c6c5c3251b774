import assert from 'node:assert/strict';
import { passwordOf, useWorld } from './world.ts';

describe('signing in to the page', () => {
  const world = useWorld();

  it('answers who it is, with a cookie that no script reads', async () => {
    const browser = world.now.browser();
    const { status, body, headers } = await browser.call('POST /session', {
      body: { name: 'anna', password: passwordOf('anna') },
    });
    assert.equal(status, 200);
    assert.equal(body.person.name, 'anna');
    assert.match(
      headers['set-cookie'] ?? '',
      /^portcal=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    assert.equal((await browser.ok('GET /me')).person.displayName, 'ANNA');
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('says the same of a wrong name, a wrong password and a group', async () => {
    const browser = world.now.browser();
    const wrong = [
      { name: 'anna', password: 'wrong' },
      { name: 'nobody', password: 'wrong' },
      { name: 'company', password: 'wrong' },
      { name: '', password: '' },
    ];
    for (const body of wrong) {
      const { id: _, ...answer } = await browser.refused('POST /session', { body });
      assert.deepEqual(answer, {
        status: 401,
        error: 'E01',
        reason: 'wrong-credentials',
        message: 'Wrong user name or password.',
      });
    }
    assert.equal(browser.cookie, '');
  });

  it('answers a page that does not know yet who is there, without an error', async () => {
    const stranger = world.now.browser();
    assert.deepEqual(await stranger.ok('GET /session'), { me: null });
    const anna = await world.now.signedIn('anna');
    assert.deepEqual((await anna.ok('GET /session')).me, await anna.ok('GET /me'));
  });

  it('takes no app password: it opens calendars, not the page', async () => {
    const browser = await world.now.signedIn('anna');
    const { secret } = await browser.ok('POST /app-passwords', { body: { label: 'phone' } });
    const other = world.now.browser();
    const { error } = await other.refused('POST /session', { body: { name: 'anna', password: secret } });
    assert.equal(error, 'E01');
  });

  it('speaks the language of the browser, then that of the person', async () => {
    const browser = world.now.browser();
    const headers = { 'Accept-Language': 'de, sv;q=0.8' };
    const body = { name: 'x', password: 'y' };
    assert.match((await browser.refused('POST /session', { body, headers })).message, /Fel användarnamn/);
    const anna = await world.now.signedIn('anna');
    await anna.ok('PATCH /me', { body: { preferences: { chosenLanguage: 'ru' } } });
    const { message } = await anna.refused('GET /calendars/{id}', { path: { id: '1' }, headers });
    assert.match(message, /нет/);
    await anna.ok('PATCH /me', { body: { preferences: { chosenLanguage: null } } });
  });

  it('gives each sign-in another token and ends the one before: nobody is made to use a session they know', async () => {
    const { now } = world;
    const browser = await now.signedIn('boris');
    const first = browser.cookie;
    await browser.ok('POST /session', { body: { name: 'anna', password: passwordOf('anna') } });
    assert.notEqual(browser.cookie, first);
    const old = now.browser();
    old.cookie = first;
    assert.equal((await old.refused('GET /me')).status, 401);
    const planted = now.browser();
    planted.cookie = `portcal=${'A'.repeat(43)}`;
    await planted.ok('POST /session', { body: { name: 'anna', password: passwordOf('anna') } });
    assert.doesNotMatch(planted.cookie, /AAAA/);
  });

  it('ends at sign-out, for this browser only', async () => {
    const [one, two] = [await world.now.signedIn('anna'), await world.now.signedIn('anna')];
    const kept = one.cookie;
    await one.ok('DELETE /session');
    one.cookie = kept;
    assert.equal((await one.refused('GET /me')).error, 'E03');
    await two.ok('GET /me');
  });

  it('shows the sessions of a person, and ends one of theirs but of nobody else', async () => {
    const [one, two, foreign] = [
      await world.now.signedIn('boris'),
      await world.now.signedIn('boris'),
      await world.now.signedIn('anna'),
    ];
    const { sessions } = await one.ok('GET /me');
    const own = sessions.find(({ current }) => current);
    const other = (await two.ok('GET /me')).sessions.find(({ current }) => current);
    assert.ok(own && other && own.id !== other.id);
    const path = { session: other.id };
    assert.equal((await foreign.refused('DELETE /sessions/{session}', { path })).status, 404);
    await one.ok('DELETE /sessions/{session}', { path });
    assert.equal((await two.refused('GET /me')).status, 401);
  });

  it('changes a password with the old one, and ends all other sessions', async () => {
    const { now } = world;
    const [one, two] = [await now.signedIn('boris'), await now.signedIn('boris')];
    const change = (current: string, password: string, revokeAppPasswords = false) => ({
      body: { current, password, revokeAppPasswords },
    });
    assert.equal((await one.refused('POST /me/password', change('wrong', 'a new secret'))).error, 'E01');
    assert.equal((await one.refused('POST /me/password', change(passwordOf('boris'), 'short'))).status, 400);
    await one.ok('POST /app-passwords', { body: { label: 'phone' } });
    await one.ok('POST /me/password', change(passwordOf('boris'), 'a new secret', true));
    await one.ok('GET /me');
    assert.equal((await two.refused('GET /me')).status, 401);
    assert.deepEqual((await one.ok('GET /app-passwords')).appPasswords, []);
    await one.ok('POST /me/password', change('a new secret', passwordOf('boris')));
  });

  it('keeps preferences, zone and name, and refuses a stale form', async () => {
    const browser = await world.now.signedIn('anna');
    const before = await browser.ok('GET /me');
    const { defaultCalendar } = before.preferences;
    const patch = {
      timeZone: 'Europe/Moscow',
      firstDay: 7,
      weekNumbers: true,
      hour12: true,
      chosenView: 'week',
      defaultReminder: 15,
      shortcuts: false,
      bannerCollapsed: true,
      theme: 'dark',
      defaultCalendar,
    } as const;
    const after = await browser.ok('PATCH /me', {
      body: { displayName: 'Anna A', preferences: patch },
      ifMatch: before.etag,
    });
    assert.equal(after.person.displayName, 'Anna A');
    for (const [key, value] of Object.entries(patch))
      assert.equal(Reflect.get(after.preferences, key), value, key);
    const rivals = await Promise.all(
      (['auto', 'light'] as const).map((theme) =>
        browser.call('PATCH /me', { body: { preferences: { theme } }, ifMatch: after.etag }),
      ),
    );
    assert.deepEqual(
      rivals.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 412],
    );
    const { status, error } = await browser.refused('PATCH /me', { body: {}, ifMatch: before.etag });
    assert.deepEqual([status, error], [412, 'E07']);
    const bad = { preferences: { timeZone: 'Europe/Atlantis' } };
    assert.equal((await browser.refused('PATCH /me', { body: bad })).status, 422);
    const foreign = { preferences: { defaultCalendar: '1' } };
    assert.equal((await browser.refused('PATCH /me', { body: foreign })).status, 404);
    await browser.ok('PATCH /me', {
      body: { displayName: 'ANNA', preferences: { timeZone: 'Europe/Stockholm' } },
    });
  });

  it('opens no session after the account was disabled, and ends those that are open', async () => {
    const { now } = world;
    const [admin, boris] = [await now.signedIn('root'), await now.signedIn('boris')];
    const path = { person: String(now.boris.id) };
    await admin.ok('PATCH /admin/people/{person}', { path, body: { disabled: true } });
    assert.equal((await boris.refused('GET /me')).status, 401);
    const body = { name: 'boris', password: passwordOf('boris') };
    assert.equal((await now.browser().refused('POST /session', { body })).error, 'E01');
    await admin.ok('PATCH /admin/people/{person}', { path, body: { disabled: false } });
  });
});

describe('guessing at the page', () => {
  const world = useWorld({ 'max-failures-per-account': '3' });

  it('is slowed with E02, on the same count as calendar programs', async () => {
    const { now } = world;
    const basic = (password: string) => `Basic ${Buffer.from(`anna:${password}`).toString('base64')}`;
    for (const password of ['a', 'b']) {
      const { status } = await now.ask('PROPFIND', '/dav/', { headers: { Authorization: basic(password) } });
      assert.equal(status, 401);
    }
    const browser = now.browser();
    const guess = (password: string) =>
      browser.refused('POST /session', { body: { name: 'anna', password } });
    assert.equal((await guess('c')).status, 401);
    const answer = await guess('d');
    assert.deepEqual([answer.status, answer.error], [429, 'E02']);
    assert.ok((answer.retryAfterSeconds ?? 0) > 0);
    assert.match(answer.message, /Try again in \d+ min/);
  });
});

describe('wrong passwords at the page', () => {
  const world = useWorld();

  it('are answered later after five of them (portal.md 3.12), and the right one is still right', async () => {
    const browser = world.now.browser();
    const body = { name: 'anna', password: 'wrong' };
    for (let guess = 0; guess < 5; guess += 1)
      assert.equal((await browser.refused('POST /session', { body })).error, 'E01');
    const began = performance.now();
    await browser.ok('POST /session', { body: { ...body, password: passwordOf('anna') } });
    assert.ok(performance.now() - began > 990, `answered after ${performance.now() - began} ms`);
  });
});

describe('the first run', () => {
  const world = useWorld();

  it('is open while nobody has signed in, by the address that was shown', async () => {
    const browser = world.now.browser();
    assert.equal((await browser.ok('GET /portal')).setupOpen, true);
    const { open, name } = await browser.ok('GET /setup', { query: { token: world.now.setUpToken } });
    assert.deepEqual([open, name], [true, 'admin']);
    assert.equal((await browser.ok('GET /setup', { query: { token: 'A'.repeat(27) } })).open, false);
  });

  it('makes the administrator, remembers the address, signs in, and works once', async () => {
    const body = {
      token: world.now.setUpToken,
      name: 'olga',
      displayName: 'Olga O',
      email: 'olga@example.com',
      password: 'long enough',
      publicUrl: 'https://cal.example.com/',
      language: 'ru',
      timeZone: 'Europe/Moscow',
      demoCalendar: true,
    } as const;
    const browser = world.now.browser();
    assert.equal((await browser.refused('POST /setup', { body: { ...body, token: 'x' } })).status, 410);
    assert.equal((await browser.refused('POST /setup', { body: { ...body, name: 'anna' } })).status, 409);
    const me = await browser.ok('POST /setup', { body });
    assert.deepEqual([me.person.name, me.isAdmin, me.features.secure], ['olga', true, true]);
    assert.match(browser.cookie, /^__Host-portcal=/);
    assert.equal((await browser.refused('POST /setup', { body })).status, 410);
    assert.equal((await browser.ok('GET /portal')).setupOpen, false);
    const { calendars } = await browser.ok('GET /calendars');
    assert.ok(calendars.some(({ name }) => name === 'Пример'));
    const from = new Date(Date.now() - 8 * 86_400_000).toISOString();
    const to = new Date(Date.now() + 8 * 86_400_000).toISOString();
    const { occurrences } = await browser.ok('GET /events', { query: { from, to } });
    assert.ok(occurrences.some(({ title }) => title === 'Планёрка'));
    const admin = await world.now
      .browser()
      .call('POST /session', { body: { name: 'admin', password: 'anything' } });
    assert.equal(admin.status, 401);
  });
});
