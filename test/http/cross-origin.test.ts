import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import type { Door } from '../../src/http/door.ts';
import { type Answer, request, startTestServer, type TestServer, type TestServerOptions } from './wire.ts';

const intranet = 'https://intranet.example.com';
const elsewhere = 'https://elsewhere.example.com';
const signedIn = { Authorization: 'Basic yes' };

describe('scripts of other origins', () => {
  let server: TestServer;
  const start = async (corsOrigins: readonly string[], options: TestServerOptions = {}): Promise<void> => {
    server = await startTestServer({ corsOrigins, ...options });
  };
  const ask = async (line: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const wire = await server.connect();
    wire.write(request(line, headers));
    const answer = await wire.answer(line.split(' ')[0]);
    wire.close();
    return answer;
  };
  const asks = (origin: string, wanted: string) => ({
    Origin: origin,
    'Access-Control-Request-Method': wanted,
    'Access-Control-Request-Headers': 'authorization,depth',
  });
  const told = ({ headers }: Answer): string[] =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-')).sort();

  afterEach(async () => {
    await server.stop(0);
  });

  it('are told nothing as long as no origin is named', async () => {
    await start([]);
    for (const [line, headers] of [
      ['OPTIONS /dav/', asks(intranet, 'PROPFIND')],
      ['PROPFIND /dav/', { ...signedIn, Origin: intranet }],
      ['GET /feed/x', { Origin: intranet }],
      ['OPTIONS /feed/x', asks(intranet, 'GET')],
      ['PROPFIND /.well-known/caldav', { Origin: intranet }],
    ] as const) {
      const answer = await ask(line, headers);
      assert.deepEqual(told(answer), [], line);
      assert.doesNotMatch(answer.headers.get('vary') ?? '', /Origin/, line);
    }
  });

  it('are let in by an answer before sign-in, whatever they will ask for', async () => {
    await start([intranet]);
    for (const line of ['/dav/', '/dav/calendars/x/y.ics', '/.well-known/caldav', '/.well-known/caldav/']) {
      const answer = await ask(`OPTIONS ${line}`, asks(intranet, 'PROPFIND'));
      assert.equal(answer.status, 204, line);
      assert.equal(answer.headers.get('access-control-allow-origin'), intranet, line);
      assert.equal(answer.headers.get('vary'), 'Origin', line);
      assert.equal(answer.headers.get('www-authenticate'), undefined, line);
      assert.match(answer.headers.get('access-control-allow-methods') ?? '', /\bPROPFIND\b/, line);
      assert.match(answer.headers.get('access-control-allow-headers') ?? '', /\bAuthorization\b/, line);
      assert.deepEqual(
        told(answer),
        ['allow-headers', 'allow-methods', 'allow-origin', 'max-age'].map((name) => `access-control-${name}`),
        line,
      );
      assert.equal(answer.headers.get('access-control-max-age'), '7200', line);
    }
    const { door, status } = await server.logged((one) => one['door'] === 'discovery');
    assert.deepEqual([door, status], ['discovery', 204]);
  });

  it('learn what became of their requests, refusals included', async () => {
    const dav: Door = ({ target }) => {
      if (target === '/dav/busy') throw new Refusal('busy', 'later', { retryAfterSeconds: 3 });
      if (target === '/dav/broken') throw new Error('broken');
      const status = Number(target.slice('/dav/'.length));
      return Promise.resolve({
        status,
        headers: { ETag: '"1"', Vary: 'Prefer' },
        body: status === 304 ? '' : 'x',
      });
    };
    await start([elsewhere, intranet], { dav, feed: dav, maxBodyBytes: 100 });
    for (const [line, headers, status] of [
      ['GET /dav/200', signedIn, 200],
      ['GET /dav/304', signedIn, 304],
      ['GET /dav/403', signedIn, 403],
      ['GET /dav/404', signedIn, 404],
      ['PUT /dav/412', signedIn, 412],
      ['GET /dav/200', {}, 401],
      ['GET /dav/200', { Authorization: 'Basic no' }, 401],
      ['GET /dav/200', { Authorization: 'Basic often' }, 429],
      ['GET /dav/200', { Authorization: 'Basic down' }, 503],
      ['PUT /dav/200', { ...signedIn, 'Content-Length': '101' }, 413],
      ['PUT /dav/200', { ...signedIn, 'Content-Encoding': 'gzip', 'Content-Length': '1' }, 415],
      ['PUT /dav/busy', signedIn, 503],
      ['PUT /dav/broken', signedIn, 500],
      ['PROPFIND /.well-known/caldav', {}, 301],
      ['GET /.well-known/caldav', {}, 301],
    ] as const) {
      const answer = await ask(line, { ...headers, Origin: intranet });
      assert.equal(answer.status, status, line);
      assert.equal(answer.headers.get('access-control-allow-origin'), intranet, `${line} ${status}`);
      assert.match(answer.headers.get('access-control-expose-headers') ?? '', /\bETag\b.*\bLocation\b/, line);
      assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/, line);
    }
    // What the door itself depends on stays.
    assert.equal(
      (await ask('GET /dav/200', { ...signedIn, Origin: intranet })).headers.get('vary'),
      'Prefer, Origin',
    );
  });

  it('of an origin that is not named exactly learn nothing, and caches hear why', async () => {
    await start([intranet, 'http://127.0.0.1:8000']);
    for (const origin of [
      elsewhere,
      'null',
      'http://intranet.example.com',
      'https://intranet.example.com:8443',
      'https://intranet.example.com.evil.example',
      'https://x.intranet.example.com',
      'HTTPS://INTRANET.EXAMPLE.COM',
      `${intranet}/`,
      `${intranet}, ${intranet}`,
      'http://127.0.0.1:80001',
      '*',
    ]) {
      const refused = await ask('OPTIONS /dav/', asks(origin, 'PROPFIND'));
      assert.deepEqual([refused.status, told(refused)], [401, []], origin);
      const read = await ask('GET /dav/', { ...signedIn, Origin: origin });
      assert.deepEqual([read.status, told(read)], [200, []], origin);
      assert.match(read.headers.get('vary') ?? '', /\bOrigin\b/, origin);
    }
    assert.match((await ask('GET /feed/x.ics')).headers.get('vary') ?? '', /\bOrigin\b/);
  });

  it('leave OPTIONS of calendar programs as it was', async () => {
    await start([intranet]);
    for (const headers of [{}, { Origin: intranet }, { 'Access-Control-Request-Method': 'PUT' }]) {
      const anonymous = await ask('OPTIONS /dav/', headers);
      assert.equal(anonymous.status, 401);
      const known = await ask('OPTIONS /dav/', { ...signedIn, ...headers });
      assert.equal(known.status, 200);
      assert.equal(known.body.toString(), 'OPTIONS /dav/ 0');
    }
    // Nor is anything else a question for leave, whatever headers it has.
    for (const method of ['GET', 'PUT', 'PROPFIND'])
      assert.equal((await ask(`${method} /dav/`, asks(intranet, 'PUT'))).status, 401, method);
  });

  it('find neither health nor what a browser shows behind an address without a name', async () => {
    await start([intranet, '*']);
    for (const path of ['/', '/healthz', '/readyz', '/robots.txt']) {
      assert.deepEqual(told(await ask(`GET ${path}`, { Origin: intranet })), [], path);
      const preflight = await ask(`OPTIONS ${path}`, asks(intranet, 'GET'));
      assert.deepEqual([preflight.status, told(preflight)], [404, []], path);
    }
  });

  it('of any origin may read feeds where * is named, with one answer for all; nothing else', async () => {
    await start(['*']);
    const feed = await ask('GET /feed/x.ics', { Origin: elsewhere });
    assert.equal(feed.headers.get('access-control-allow-origin'), '*');
    const plain = await ask('GET /feed/x.ics');
    assert.equal(plain.headers.get('access-control-allow-origin'), '*');
    assert.equal(plain.headers.get('vary'), feed.headers.get('vary'));
    assert.doesNotMatch(feed.headers.get('vary') ?? '', /Origin/);
    const preflight = await ask('OPTIONS /feed/x.ics', asks(elsewhere, 'GET'));
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD');
    for (const [line, headers] of [
      ['OPTIONS /dav/', asks(elsewhere, 'PROPFIND')],
      ['PROPFIND /dav/', { ...signedIn, Origin: elsewhere }],
      ['PROPFIND /.well-known/caldav', { Origin: elsewhere }],
    ] as const)
      assert.deepEqual(told(await ask(line, headers)), [], line);
  });

  it('named beside * have the calendars, too', async () => {
    await start(['*', intranet]);
    const calendars = await ask('PROPFIND /dav/', { ...signedIn, Origin: intranet });
    assert.equal(calendars.headers.get('access-control-allow-origin'), intranet);
    assert.deepEqual(told(await ask('PROPFIND /dav/', { ...signedIn, Origin: elsewhere })), []);
    const feed = await ask('GET /feed/x.ics', { Origin: intranet });
    assert.equal(feed.headers.get('access-control-allow-origin'), '*');
    assert.doesNotMatch(feed.headers.get('vary') ?? '', /Origin/);
  });
});
