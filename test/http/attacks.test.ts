/** What clients.md part 4 and performance.md fear, tried on a started server. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { request, startTestServer, type TestServer, whole } from './wire.ts';

describe('http server under attack', function attacks() {
  this.timeout(60_000);

  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer({ headerTimeoutMs: 2000, requestTimeoutMs: 3000 });
  });

  afterEach(async () => {
    await server.stop(0);
  });

  const signedIn = { Authorization: 'Basic yes' };

  it('answers any mutation of a good request without a 5xx, and goes on', async () => {
    const good = [
      request(
        'PROPFIND /dav/calendars/alice/',
        { ...signedIn, Depth: '1', 'Content-Type': 'application/xml' },
        '<propfind xmlns="DAV:"/>',
      ),
      request(
        'PUT /dav/calendars/alice/a.ics',
        { ...signedIn, 'Transfer-Encoding': 'chunked' },
        '5\r\nhello\r\n0\r\n\r\n',
      ),
      request('GET /feed/0123456789abcdef/x.ics', { 'If-None-Match': '"a"', 'Accept-Encoding': 'gzip' }),
    ];
    const mutation = fc.record({
      base: fc.constantFrom(...good),
      cuts: fc.array(
        fc.record({ at: fc.nat(300), length: fc.nat(8), insert: fc.uint8Array({ maxLength: 12 }) }),
        { minLength: 1, maxLength: 4 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ base, cuts }) => {
        let bytes = Buffer.from(base, 'latin1');
        for (const { at, length, insert } of cuts)
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + length)]);
        const wire = await server.connect();
        wire.write(bytes);
        wire.socket.end();
        // A method that has become another one is unknown, which is nobody's mistake but the client's.
        for (const status of statuses(await wire.rest()))
          assert.ok(status < 500 || status === 501, `${status}`);
      }),
      { numRuns: 1000 },
    );
    assert.deepEqual(statuses(await server.say(request('GET /dav/', signedIn))), [200]);
    assert.deepEqual(
      server.lines.filter(({ level }) => level === 'error'),
      [],
    );
  });

  it('goes on while hundreds of clients send one byte at a time', async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, () => server.connect()));
    for (const wire of slow) wire.write('GET /dav/ HTTP/1.1\r\nHo');
    assert.deepEqual(statuses(await server.say(request('GET /dav/', signedIn))), [200]);
    assert.ok(
      slow.every(({ isClosed }) => !isClosed),
      'answered beside them, not after them',
    );
    for (const answer of await Promise.all(slow.map((wire) => wire.rest())))
      assert.match(answer, /^HTTP\/1\.1 408 /);
  });

  it('goes on while clients do not read what they asked for', async () => {
    await server.stop(0);
    server = await startTestServer({
      headerTimeoutMs: 1000,
      requestTimeoutMs: 1000,
      feed: () => Promise.resolve({ status: 200, headers: {}, body: endless() }),
    });
    const deaf = await server.connect();
    deaf.socket.pause();
    deaf.write(request('GET /feed/x'));
    const line = await server.logged(({ door }) => door === 'feed');
    assert.equal(line['bytes'], -1);
    assert.deepEqual(statuses(await server.say(request('GET /dav/', signedIn))), [200]);
  });

  it('takes no header of a client’s for a property of its own', async () => {
    const raw = await server.say(
      `GET /dav/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n__proto__: polluted\r\nAuthorization: Basic yes\r\n\r\n`,
    );
    assert.deepEqual(statuses(raw), [200]);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });

  it('is led neither out of its paths nor into the file system', async () => {
    for (const path of [
      '/feed/../dav/x',
      '/feed/%2e%2e/dav/',
      '/feed/..%2fdav/',
      '/healthz/../dav/',
      '//dav/',
      '/./dav/',
    ]) {
      const answer = await server.say(request(`GET ${path}`));
      // `/feed` needs no sign-in: what begins there must never end behind a door that does.
      assert.ok(!answer.includes('GET /dav'), path);
    }
    assert.deepEqual(statuses(await server.say(request('GET /robots.txt/../../../etc/passwd'))), [200]);
  });

  it('refuses a request with more than one Host (RFC 9112 §3.2)', async () => {
    for (const second of ['Host: other.example', 'hOST: 127.0.0.1', 'host:'])
      assert.deepEqual(
        statuses(await server.say(request('GET /dav/', signedIn).replace('\r\n', `\r\n${second}\r\n`))),
        [400],
      );
  });

  it('redirects nobody to where the request says', async () => {
    for (const line of [
      'GET /.well-known/caldav?x=https://evil.example',
      'GET //evil.example/.well-known/caldav',
      'GET http://evil.example/.well-known/caldav',
    ]) {
      const answer = await server.say(
        request(line, {
          Host: 'evil.example',
          Referer: 'https://evil.example',
          'X-Forwarded-Host': 'evil.example',
          Forwarded: 'host=evil.example',
        }),
      );
      assert.doesNotMatch(answer, /evil/, line);
    }
  });

  it('writes nothing into its log that a client has made up', async () => {
    await server.say(
      request('GET /feed/%0a%7b%22level%22:%22info%22%7d/x', { 'User-Agent': '{"level":"x"}"' }),
    );
    const line = await server.logged(({ door }) => door === 'feed');
    assert.equal(line['path'], '/feed/*/*');
    assert.equal(server.lines.length, 1);
  });

  it('reads forwarded headers without end', async () => {
    await server.stop(0);
    server = await startTestServer({ trustProxy: ['127.0.0.1'], dav: whole });
    for (const value of [
      'for=;'.repeat(2500),
      '"'.repeat(12_000),
      'for="'.repeat(2400),
      ','.repeat(12_000),
      ' '.repeat(12_000),
    ])
      assert.deepEqual(
        statuses(
          await server.say(
            request('GET /dav/', { ...signedIn, Forwarded: value, 'X-Forwarded-For': value.slice(0, 3000) }),
          ),
        ),
        [200],
      );
  });

  it('answers ranges, odd methods and upgrades as if they had not been asked for', async () => {
    assert.deepEqual(
      statuses(await server.say(request('GET /dav/', { ...signedIn, Range: 'bytes=0-3' }))),
      [200],
    );
    assert.deepEqual(statuses(await server.say(request('PRI /dav/', signedIn))), [400]);
    assert.deepEqual(statuses(await server.say(request('TRACE /dav/'))), [401]);
    assert.deepEqual(
      statuses(
        await server.say(request('GET /dav/', { ...signedIn, Connection: 'Upgrade, close', Upgrade: 'h2c' })),
      ),
      [200],
    );
    assert.deepEqual(
      statuses(await server.say('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n')),
      [],
    );
  });
});

/** Of all answers on a connection. */
function statuses(answers: string): readonly number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536);
}
