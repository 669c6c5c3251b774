import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createAssets } from '../../src/portal/assets.ts';
import type { PortalRequest, PortalResponse } from '../../src/portal/route.ts';
import { passwordOf, useWorld } from './world.ts';

const request = (headers: Readonly<Record<string, string>> = {}): PortalRequest => ({
  method: 'GET',
  target: '/',
  headers,
  body: nobody(),
  id: 'x',
  address: '',
});

// oxlint-disable-next-line require-yield -- a request without a body
async function* nobody(): AsyncIterable<Uint8Array> {
  await Promise.resolve();
}

/** A file's body as it is kept: bytes. */
function textOf(answer: PortalResponse | undefined): string {
  const { body } = answer ?? {};
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
}

describe('the files of the page', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-web-'));
    mkdirSync(join(folder, 'assets'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('say that they are missing until they are built', async () => {
    const assets = createAssets(pathToFileURL(join(folder, 'none/')), '');
    assert.equal((await assets.document(request())).status, 503);
    assert.equal(await assets.file('assets/main.js', request()), undefined);
  });

  it('are sent as they were compressed, for ever; the document is asked for each time', async () => {
    writeFileSync(join(folder, 'index.html'), '<base href="/">hello');
    writeFileSync(join(folder, 'assets/main-ABC.js'), 'plain');
    writeFileSync(join(folder, 'assets/main-ABC.js.br'), 'brotli');
    writeFileSync(join(folder, 'assets/main-ABC.js.gz'), 'gzip');
    writeFileSync(join(folder, '.sources'), 'not for readers');
    const assets = createAssets(pathToFileURL(`${folder}/`), '/portal');
    const get = async (accepted?: string) =>
      await assets.file(
        'assets/main-ABC.js',
        request(accepted === undefined ? {} : { 'accept-encoding': accepted }),
      );
    const told = async (accepted?: string) => {
      const answer = await get(accepted);
      return [textOf(answer), answer?.headers['Content-Encoding']];
    };
    assert.deepEqual(await told('gzip, br'), ['brotli', 'br']);
    assert.deepEqual(await told('gzip, br;q=0'), ['gzip', 'gzip']);
    assert.deepEqual(await told(), ['plain', undefined]);
    const plain = await get();
    assert.equal(plain?.headers['Cache-Control'], 'public, max-age=31536000, immutable');
    assert.equal(plain?.headers['Content-Type'], 'text/javascript; charset=utf-8');
    const again = await assets.file(
      'assets/main-ABC.js',
      request({ 'if-none-match': plain?.headers['ETag'] ?? '' }),
    );
    assert.equal(again?.status, 304);
    for (const path of ['.sources', '../package.json', 'assets/main-ABC.js.br', 'index.html', ''])
      assert.equal(await assets.file(path, request()), undefined, path);
    const document = await assets.document(request());
    assert.equal(textOf(document), '<base href="/portal/">hello');
    assert.equal(document.headers['Cache-Control'], 'no-cache');
    const policy = document.headers['Content-Security-Policy'] ?? '';
    assert.match(policy, /^default-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  });
});

describe('the page behind the server', () => {
  const world = useWorld();

  it('is the same document for each screen, and CalDAV keeps its own paths', async () => {
    const [root, setUp, code] = await Promise.all(
      ['/', '/setup?token=x', '/c/abc'].map((path) => world.now.ask('GET', path)),
    );
    assert.deepEqual([setUp?.text, code?.text], [root?.text, root?.text]);
    assert.ok(root?.status === 200 || root?.status === 503);
    assert.equal((await world.now.ask('POST', '/setup')).status, 405);
    assert.equal((await world.now.ask('PROPFIND', '/')).status, 401);
    assert.equal((await world.now.ask('GET', '/dav/')).status, 401);
    assert.match((await world.now.ask('GET', '/robots.txt')).text, /Disallow/);
  });

  it('signs nobody in at a provider that is not set', async () => {
    const { status, headers } = await world.now.ask('GET', '/api/v1/auth/oidc/start');
    assert.deepEqual([status, headers['location']], [303, '/']);
  });
});

describe('the page below a path, behind a proxy', () => {
  const world = useWorld({
    'base-path': '/portal',
    'public-url': 'https://cal.example.com/portal',
    'trust-proxy': '127.0.0.1',
  });

  it('keeps cookies, addresses and redirects below it', async () => {
    const { now } = world;
    const body = JSON.stringify({ name: 'anna', password: passwordOf('anna') });
    const headers = {
      'Content-Type': 'application/json',
      'X-Requested-With': 'portal',
      Origin: 'https://cal.example.com',
      'X-Forwarded-For': '203.0.113.7',
    };
    const signedIn = await now.ask('POST', '/portal/api/v1/session', { headers, body });
    assert.equal(signedIn.status, 200);
    assert.match(
      signedIn.headers['set-cookie'] ?? '',
      /^portcal=[\w-]{43}; Path=\/portal; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    const cookie = (signedIn.headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
    const ask = async (path: string): Promise<Record<string, unknown>> => {
      const { status, body: told } = await now.ask('GET', `/portal/api/v1${path}`, {
        headers: { Cookie: cookie },
      });
      assert.equal(status, 200);
      return Object.fromEntries(Object.entries(told ?? {}));
    };
    const connect = await ask('/calendars/all/connect');
    assert.deepEqual(
      [connect['davUrl'], connect['server'], connect['port'], connect['secure'], connect['wellKnownUrl']],
      [
        'https://cal.example.com/portal/dav/',
        'cal.example.com',
        443,
        true,
        'https://cal.example.com/.well-known/caldav',
      ],
    );
    const { sessions } = await ask('/me');
    assert.match(JSON.stringify(sessions), /203\.0\.113\.7/);
    const forged = await now.ask('PATCH', '/portal/api/v1/me', {
      headers: { ...headers, Cookie: cookie, Origin: 'https://evil.example' },
      body: '{}',
    });
    assert.equal(forged.status, 403);
    const { headers: led } = await now.ask('GET', '/portal/api/v1/auth/oidc/start');
    assert.equal(led['location'], '/portal/');
  });
});
