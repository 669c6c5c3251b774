/** Sign-in at a real identity provider on loopback: oidc-provider, with its own sign-in forms. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import type { ChangeSet } from '../../src/core/change-set.ts';
import { openWorld, type World } from './world.ts';

interface Claims {
  readonly [name: string]: unknown;
}

/** What a browser does at the provider: follows redirects there, keeps its cookies, and answers its forms. */
class Visitor {
  private readonly cookies = new Map<string, string>();

  async go(
    url: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<{ readonly url: string; readonly text: string }> {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      this.cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get('location');
    const text = await response.text();
    if (location === null) return { url, text };
    const next = new URL(location, url).href;
    // Back at our server: the browser takes over.
    return next.includes('/auth/oidc/callback') ? { url: next, text: '' } : await this.go(next);
  }
}

describe('signing in at an identity provider', function signingIn() {
  this.timeout(120_000);
  let provider: Server;
  let world: World;
  let issuer: string;
  let claims: Claims = {};
  const { info, warn } = console;

  before(async () => {
    // It warns of all that a provider for others than a test would need.
    Object.assign(console, { info: () => undefined, warn: () => undefined });
    // Its own words for a server without TLS and keys of its own; they are about the provider, not about us.
    const { default: Provider } = await import('oidc-provider');
    provider = createServer();
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    world = await openWorld({ 'oidc-issuer': issuer, 'oidc-client-id': 'portcal', 'oidc-claim': 'email' });
    const instance = new Provider(issuer, {
      clients: [
        {
          client_id: 'portcal',
          token_endpoint_auth_method: 'none',
          redirect_uris: [`${world.url}/api/v1/auth/oidc/callback`],
        },
      ],
      claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, ...claims }) }),
    });
    provider.on('request', instance.callback());
  });

  after(async () => {
    Object.assign(console, { info, warn });
    await world.close();
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
  });

  /** Goes through the provider's forms; answers the way back and the cookie of our own start. */
  async function visited(next = ''): Promise<{ readonly back: string; readonly cookie: string }> {
    const start = await world.ask('GET', `/api/v1/auth/oidc/start${next}`);
    assert.equal(start.status, 303, start.text);
    const cookie = (start.headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
    assert.match(start.headers['set-cookie'] ?? '', /HttpOnly; SameSite=Lax/);
    const there = new URL(start.headers['location'] ?? '');
    for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(there.searchParams.get(name), name);
    const visitor = new Visitor();
    let page = await visitor.go(there.href);
    for (let form = 0; form < 4 && !page.url.includes('/callback'); form++) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const prompt = /name="prompt" value="([^"]+)"/.exec(page.text)?.[1] ?? 'login';
      page = await visitor.go(
        action,
        prompt === 'login' ? { prompt, login: 'somebody', password: 'x' } : { prompt },
      );
    }
    return { back: page.url.replace(world.url, ''), cookie };
  }

  const comeBack = async (back: string, cookie: string) =>
    await world.ask('GET', back, { headers: cookie === '' ? {} : { Cookie: cookie } });

  it('opens a session for the person whose verified address it tells', async () => {
    claims = { email: 'Anna@example.com', email_verified: true };
    const { back, cookie } = await visited('?next=%23%2Fprofile');
    const { status, headers } = await comeBack(back, cookie);
    assert.deepEqual([status, headers['location']], [303, '/#/profile']);
    const browser = world.browser();
    browser.cookie = (headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
    assert.equal((await browser.ok('GET /me')).person.name, 'anna');
    assert.equal(
      (await comeBack(back, cookie)).headers['location'],
      '/?signin=failed',
      'the way back is gone once',
    );
  });

  it('opens none for an address that nobody has checked, or that nobody here has', async () => {
    for (const [wrong, to] of [
      [{ email: 'anna@example.com', email_verified: false }, '/?signin=unknown'],
      [{ email: 'stranger@example.com', email_verified: true }, '/?signin=unknown'],
      [{}, '/?signin=unknown'],
    ] as const) {
      claims = wrong;
      const { back, cookie } = await visited();
      const { headers } = await comeBack(back, cookie);
      assert.equal(headers['location'], to);
      assert.equal(headers['set-cookie'], undefined);
    }
  });

  it('opens none for a way back that another browser has begun, or with another state', async () => {
    claims = { email: 'anna@example.com', email_verified: true };
    const one = await visited();
    const other = await visited();
    assert.equal((await comeBack(one.back, '')).headers['location'], '/?signin=failed');
    assert.equal((await comeBack(one.back, other.cookie)).headers['location'], '/?signin=failed');
    const { back, cookie } = await visited();
    const changed = back.replace(/state=[^&]+/, 'state=x');
    assert.equal((await comeBack(changed, cookie)).headers['location'], '/?signin=failed');
  });

  it('writes nothing down for those who begin and do not come back', async () => {
    const { storage } = world.app.services;
    const { commit } = storage;
    const commits: string[] = [];
    Object.assign(storage, {
      commit(set: ChangeSet) {
        commits.push(...set.changes.map((change) => change.do));
        return commit(set);
      },
    });
    for (let count = 0; count < 3; count++) {
      const { headers } = await world.ask('GET', '/api/v1/auth/oidc/start');
      const cookie = (headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
      await comeBack('/api/v1/auth/oidc/callback?code=x&state=y', cookie);
      await comeBack('/api/v1/auth/oidc/callback?code=x&state=y', `${cookie}x`);
      await comeBack('/api/v1/auth/oidc/callback?code=x&state=y', 'portcal-oidc=e30.e30');
    }
    Object.assign(storage, { commit });
    assert.deepEqual(commits, []);
  });

  it('leads to no other site afterwards', async () => {
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      const { back, cookie } = await visited(`?next=${encodeURIComponent(next)}`);
      const { location = '' } = (await comeBack(back, cookie)).headers;
      assert.equal(new URL(location, world.url).origin, world.url, location);
    }
  });

  it('is offered on the form, and can be tested', async () => {
    const { signIn } = await world.browser().ok('GET /portal');
    assert.deepEqual(signIn.oidc, { label: 'Single sign-on' });
    const root = await world.signedIn('root');
    const { ok, found } = await root.ok('POST /admin/sign-in/test', { body: { method: 'oidc' } });
    assert.deepEqual([ok, found.includes(issuer)], [true, true]);
    assert.equal((await world.ask('GET', '/api/v1/auth/oidc/elsewhere')).headers['location'], '/');
  });
});

describe('an identity provider that does not answer', () => {
  it('leads back to the form, and says so to the administrator', async () => {
    const world = await openWorld({ 'oidc-issuer': 'http://127.0.0.1:9', 'oidc-client-id': 'portcal' });
    try {
      const { status, headers } = await world.ask('GET', '/api/v1/auth/oidc/start');
      assert.deepEqual([status, headers['location']], [303, '/?signin=failed']);
      const root = await world.signedIn('root');
      // A code, and no sentence: those are the page's, in its reader's language.
      const { ok, found } = await root.ok('POST /admin/sign-in/test', { body: { method: 'oidc' } });
      assert.equal(ok, false);
      assert.match(found, /^[A-Z_]*$/);
    } finally {
      await world.close();
    }
  });
});
