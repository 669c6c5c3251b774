import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  read,
  request,
  signal,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  Wire,
  whole,
} from './wire.ts';

describe('http server', () => {
  let server: TestServer;
  const start = async (options: TestServerOptions = {}): Promise<void> => {
    server = await startTestServer(options);
  };
  const signedIn = { Authorization: 'Basic yes' };
  const keep = { ...signedIn, Connection: 'keep-alive' };

  afterEach(async () => {
    await server.stop(0);
  });

  describe('sign-in', () => {
    it('challenges every path and method without credentials alike, and keeps the connection', async () => {
      await start();
      const wire = await server.connect();
      for (const line of [
        'PROPFIND /dav/',
        'OPTIONS /dav/',
        'REPORT /dav/calendars/x/',
        'GET /dav/nothing',
        'MKCALENDAR /dav/y',
      ]) {
        wire.write(request(line, { Connection: 'keep-alive' }, '<a/>'));
        const answer = await wire.answer();
        assert.equal(answer.status, 401, line);
        assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="portcal", charset="UTF-8"', line);
        assert.equal(answer.headers.get('connection'), 'keep-alive', line);
        assert.ok(answer.body.length < 100, line);
      }
      wire.close();
    });

    it('leads a browser that is signed in at the page there, and asks everybody else (clients.md, demand 84)', async () => {
      await start({ pageFor: (cookie) => (cookie === 'session=1' ? '/base/' : undefined) });
      const browser = { Accept: 'text/html,*/*;q=0.8', Cookie: 'session=1' };
      const led = await server.say(request('GET /dav/calendars/', browser));
      assert.match(led, /^HTTP\/1.1 303 .*Location: \/base\/\r\n/s);
      assert.doesNotMatch(led, /WWW-Authenticate/);
      for (const [line, headers] of [
        ['GET /dav/calendars/', { ...browser, Cookie: 'session=2' }],
        ['GET /dav/calendars/', { Cookie: 'session=1' }],
        ['GET /dav/calendars/', { ...browser, Authorization: 'Basic no' }],
        ['GET /dav/files/alice/note.pdf', browser],
        ['PROPFIND /dav/calendars/', browser],
      ] as const)
        assert.match(await server.say(request(line, headers)), /^HTTP\/1.1 401 /, line);
    });

    it('answers 401 with the same realm to wrong credentials', async () => {
      await start();
      const answer = await server.say(request('PROPFIND /dav/', { Authorization: 'Basic no' }));
      assert.match(answer, /^HTTP\/1.1 401 .*WWW-Authenticate: Basic realm="portcal", charset="UTF-8"\r\n/s);
    });

    it('answers 429 with Retry-After to throttled clients and 503 while a directory is away', async () => {
      await start();
      const often = await server.say(request('PROPFIND /dav/', { Authorization: 'Basic often' }));
      assert.match(often, /^HTTP\/1.1 429 .*Retry-After: 17\r\n/s);
      assert.doesNotMatch(often, /WWW-Authenticate/);
      const down = await server.say(request('PROPFIND /dav/', { Authorization: 'Basic down' }));
      assert.match(down, /^HTTP\/1.1 503 .*Retry-After: 30\r\n/s);
    });

    it('reads the body of a refused PUT, so that the next request on the connection is understood', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('PUT /dav/a.ics', { Connection: 'keep-alive' }, 'x'.repeat(200_000)));
      assert.equal((await wire.answer()).status, 401);
      wire.write(request('PUT /dav/a.ics', keep, 'xyz'));
      assert.equal((await wire.answer()).body.toString(), 'PUT /dav/a.ics 3');
      wire.close();
    });

    it('closes the connection rather than read a body without end', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('PUT /dav/a.ics', { Connection: 'keep-alive', 'Content-Length': '60000000' }));
      const answer = await wire.answer();
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('connection'), 'close');
      const block = Buffer.alloc(1024 * 1024);
      for (let count = 0; count < 64 && !wire.isClosed; count += 1) {
        wire.write(block);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await wire.rest();
    });

    it('answers 401 straight away to Expect: 100-continue, without asking for the body', async () => {
      await start();
      const wire = await server.connect();
      wire.write(
        request('PUT /dav/a.ics', {
          Expect: '100-continue',
          'Content-Length': '1000',
          Connection: 'keep-alive',
        }),
      );
      const answer = await wire.answer();
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('connection'), 'close');
      await wire.rest();
    });

    it('knows a person by a header only from a trusted proxy', async () => {
      await start({ trustProxy: ['127.0.0.1'], proxyUserHeader: 'x-remote-user' });
      assert.match(await server.say(request('GET /dav/', { 'X-Remote-User': 'alice' })), /^HTTP\/1.1 200 /);
      assert.match(await server.say(request('GET /dav/', { 'X-Remote-User': 'алиса' })), /^HTTP\/1.1 200 /);
      assert.match(await server.say(request('GET /dav/', { 'X-Remote-User': '' })), /^HTTP\/1.1 401 /);
      assert.match(
        await server.say(Buffer.from(request('GET /dav/', { 'X-Remote-User': 'ålice' }), 'latin1')),
        /^HTTP\/1.1 401 /,
      );
      await server.stop(0);
      await start({ trustProxy: ['10.0.0.0/8'], proxyUserHeader: 'x-remote-user' });
      assert.match(await server.say(request('GET /dav/', { 'X-Remote-User': 'alice' })), /^HTTP\/1.1 401 /);
    });
  });

  describe('request bodies', () => {
    it('come chunked or with a length', async () => {
      await start();
      const chunked = await server.say(
        request(
          'PUT /dav/a',
          { ...signedIn, 'Transfer-Encoding': 'chunked' },
          '3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n',
        ),
      );
      assert.match(chunked, /PUT \/dav\/a 8$/);
      assert.match(await server.say(request('PUT /dav/a', signedIn, 'abcdefgh')), /PUT \/dav\/a 8$/);
    });

    it('are asked for with 100 Continue when a door reads them', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('PUT /dav/a', { ...keep, Expect: '100-continue', 'Content-Length': '3' }));
      assert.equal((await wire.answer()).status, 100);
      wire.write('abc');
      const answer = await wire.answer();
      assert.equal(answer.body.toString(), 'PUT /dav/a 3');
      assert.equal(answer.headers.get('connection'), 'keep-alive');
      wire.close();
    });

    it('that come late are whole for a door that asks for no more than was announced', async () => {
      let entered = signal();
      await start({
        dav: async ({ body }) => {
          entered.fire();
          const reading = body[Symbol.asyncIterator]();
          for (let left = 6; left > 0; ) left -= (await reading.next()).value?.length ?? 6;
          return { status: 200, headers: {}, body: 'all' };
        },
      });
      const wire = await server.connect();
      for (let round = 0; round < 3; round++) {
        entered = signal();
        wire.write(request('PUT /dav/a', { ...keep, 'Content-Length': '6' }));
        await entered.fired;
        wire.write('abc');
        wire.write('def');
        const answer = await wire.answer();
        assert.deepEqual([answer.status, answer.body.toString()], [200, 'all']);
        assert.equal(answer.headers.get('connection'), 'keep-alive');
      }
      wire.close();
    });

    it('are not asked for when a door does not want them', async () => {
      await start({ dav: () => Promise.resolve({ status: 412, headers: {} }) });
      const wire = await server.connect();
      wire.write(request('PUT /dav/a', { ...keep, Expect: '100-continue', 'Content-Length': '3' }));
      const answer = await wire.answer();
      assert.equal(answer.status, 412);
      assert.equal(answer.headers.get('connection'), 'close');
      wire.close();
    });

    it('of which a door reads only the beginning leave the connection usable', async () => {
      await start({
        async dav({ body }) {
          for await (const chunk of body)
            return { status: 403, headers: {}, body: `stopped after ${chunk.length > 0}` };
          return { status: 200, headers: {} };
        },
      });
      const wire = await server.connect();
      for (let count = 0; count < 3; count += 1) {
        wire.write(request('PUT /dav/a', keep, 'x'.repeat(3_000_000)));
        const answer = await wire.answer();
        assert.equal(answer.status, 403);
        assert.equal(answer.body.toString(), 'stopped after true');
      }
      wire.close();
    });

    it('beyond the limit are refused with 413, told or found out', async () => {
      await start({ maxBodyBytes: 1000 });
      const wire = await server.connect();
      wire.write(request('PUT /dav/a', keep, 'x'.repeat(1001)));
      assert.equal((await wire.answer()).status, 413);
      wire.write(
        request(
          'PUT /dav/a',
          { ...keep, 'Transfer-Encoding': 'chunked' },
          `7d0\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`,
        ),
      );
      assert.equal((await wire.answer()).status, 413);
      wire.write(request('PUT /dav/a', keep, 'x'.repeat(1000)));
      assert.equal((await wire.answer()).body.toString(), 'PUT /dav/a 1000');
      wire.close();
    });

    it('that do not fit beside those in work are told to come back, and fit when these are done', async () => {
      const first = signal();
      const goOn = signal();
      await start({
        maxHeldBytes: 8_000_000,
        async dav({ method, target, body }) {
          let size = 0;
          for await (const chunk of body) size += chunk.length;
          first.fire();
          if (target === '/dav/held') await goOn.fired;
          return { status: 200, headers: {}, body: `${method} ${target} ${size}` };
        },
      });
      const [held, other] = [await server.connect(), await server.connect()];
      held.write(request('PUT /dav/held', keep, 'x'.repeat(5_000_000)));
      await first.fired;
      other.write(request('PUT /dav/told', keep, 'x'.repeat(2_000_000)));
      const told = await other.answer();
      assert.deepEqual([told.status, told.headers.get('retry-after')], [503, '5']);
      const chunked = { ...keep, 'Transfer-Encoding': 'chunked' };
      other.write(request('PUT /dav/found-out', chunked, `1e8480\r\n${'x'.repeat(2_000_000)}\r\n0\r\n\r\n`));
      assert.equal((await other.answer()).status, 503);
      other.write(request('PUT /dav/small', keep, 'x'.repeat(10_000)));
      assert.equal((await other.answer()).body.toString(), 'PUT /dav/small 10000');
      goOn.fire();
      assert.equal((await held.answer()).status, 200);
      other.write(request('PUT /dav/now', keep, 'x'.repeat(20_000_000)));
      assert.equal((await other.answer()).body.toString(), 'PUT /dav/now 20000000');
      held.close();
      other.close();
    });

    it('that are compressed are refused with 415, saying what may be sent', async () => {
      await start();
      const answer = await server.say(
        request('PUT /dav/a', { ...signedIn, 'Content-Encoding': 'gzip' }, 'abc'),
      );
      assert.match(answer, /^HTTP\/1.1 415 .*Accept-Encoding: identity\r\n/s);
      const plain = await server.say(
        request('PUT /dav/a', { ...signedIn, 'Content-Encoding': 'identity' }, 'abc'),
      );
      assert.match(plain, /^HTTP\/1.1 200 /);
    });

    it('that end before their time are the client’s fault', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('PUT /dav/a', { ...signedIn, 'Content-Length': '1000' }, 'only this'));
      wire.socket.end();
      await wire.rest();
      const line = await server.logged(({ msg }) => msg === 'request');
      assert.equal(line['status'], 400);
      assert.ok(!server.lines.some(({ level }) => level === 'error'));
    });

    it('that come too slowly end with 408, or with the connection', async () => {
      await start({ headerTimeoutMs: 200, requestTimeoutMs: 300 });
      const wire = await server.connect();
      wire.write(request('PUT /dav/a', { ...signedIn, 'Content-Length': '1000' }, 'slow'));
      assert.match(await wire.rest(), /^(HTTP\/1.1 408 |$)/);
    });
  });

  describe('connections', () => {
    it('that never finish their headers are ended with 408', async () => {
      await start({ headerTimeoutMs: 200, requestTimeoutMs: 1000 });
      const answer = await server.say('GET /dav/ HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      assert.match(answer, /^HTTP\/1.1 408 /);
    });

    it('that speak no HTTP get 400', async () => {
      await start();
      for (const nonsense of [
        '\x16\x03\x01\x02\x00\x01',
        'NONSENSE\r\n\r\n',
        'NONSENSE / SMTP/1.1\r\n\r\n',
        'GET / HTTP/1.1\r\nBroken\r\n\r\n',
      ])
        assert.match(await server.say(nonsense), /^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n/);
    });

    it('that are followed by bytes which are no request are bad ones, whatever their own method', async () => {
      await start({
        dav: async (asked) => {
          const body = await read(asked);
          await turn(); // As all changes do. An answer that is at hand goes out before the rest is looked at.
          return { status: 200, headers: {}, body };
        },
      });
      const lines = [
        'PUT /dav/ HTTP/1.1',
        'Host: x',
        'Authorization: Basic yes',
        'Content-Length: 2',
        '',
        'ab',
      ];
      for (const rest of ['ENDAR\r\nVERSION:2.0\r\n', 'XXXX', 'X\r\n\r\n'])
        assert.match(await server.say(lines.join('\r\n') + rest), /^HTTP\/1.1 400 /);
    });

    it('with a short body are answered before anything behind them is looked at', async () => {
      await start({ dav: async (asked) => ({ status: 200, headers: {}, body: await read(asked) }) });
      const good = request('PROPFIND /dav/', keep, 'ab');
      const said = await server.say(`${good}ENDAR\r\nVERSION:2.0\r\n`);
      assert.match(said, /^HTTP\/1.1 200 [^]*\r\n\r\nabHTTP\/1.1 400 Bad Request\r\n/);
    });

    it('that use a method nobody knows get 501 (RFC 9110 §15.6.2)', async () => {
      await start();
      for (const method of ['NONSENSE', 'VERSION-CONTROL', 'get'])
        assert.match(await server.say(request(`${method} /dav/`)), /^HTTP\/1.1 501 Not Implemented\r\n/);
    });

    it('with raw UTF-8 in the address get 400 and are told how it is written (RFC 3986 §2.1)', async () => {
      await start();
      const answer = await server.say(request('PROPFIND /dav/Büro/'));
      assert.match(answer, /^HTTP\/1.1 400 [^]*\r\nContent-Length: (\d+)\r\n\r\n.*%XX of its UTF-8 bytes/);
    });

    it('with headers without end get 431', async () => {
      await start();
      const answer = await server.say(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1.1 431 /);
    });

    it('cannot smuggle a second request behind a doubtful length', async () => {
      await start();
      const smuggled = 'GET /dav/smuggled HTTP/1.1\r\nHost: x\r\nAuthorization: Basic yes\r\n\r\n';
      for (const doubt of [
        'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'Content-Length: 0\r\nContent-Length: 5\r\n\r\n',
        'Transfer-Encoding: xchunked\r\n\r\n',
        'Content-Length: +0\r\n\r\n',
      ]) {
        const answers = await server.say(`PUT /dav/a HTTP/1.1\r\nHost: x\r\n${doubt}${smuggled}`);
        assert.match(answers, /^HTTP\/1.1 400 /, doubt);
        assert.doesNotMatch(answers, /smuggled/, doubt);
      }
    });

    it('that pipeline get their answers in order', async () => {
      await start();
      const wire = await server.connect();
      wire.write([1, 2, 3].map((count) => request(`GET /dav/${count}`, keep)).join(''));
      for (const count of [1, 2, 3])
        assert.equal((await wire.answer()).body.toString(), `GET /dav/${count} 0`);
      wire.close();
    });

    it('that pipeline with bodies get their answers in order, and the last one ends the connection', async () => {
      await start({ dav: async (asked) => ({ status: 200, headers: {}, body: await read(asked) }) });
      const bodies = ['a', 'bc', 'def'];
      const asked = bodies.map((body, at) => request('PUT /dav/', at < 2 ? keep : signedIn, body)).join('');
      const said = await server.say(asked);
      assert.deepEqual(
        [...said.matchAll(/\r\n\r\n([a-f]*)/g)].map(([, body]) => body),
        bodies,
      );
    });

    it('of a client that goes away while a long answer is written let the source go', async () => {
      const closed = signal();
      await start({
        feed: () =>
          Promise.resolve({
            status: 200,
            headers: {},
            body: endless(closed.fire),
          }),
      });
      const wire = await server.connect();
      wire.write(request('GET /feed/x'));
      await wire.until('\r\n\r\n');
      wire.close();
      await closed.fired;
      const line = await server.logged(({ msg }) => msg === 'request');
      assert.equal(line['bytes'], -1);
      assert.ok(!server.lines.some(({ level }) => level === 'error'));
    });

    it('are told when an answer broke off half-way, by their end', async () => {
      await start({
        feed: () =>
          Promise.resolve({
            status: 200,
            headers: {},
            body: broken('the disk is gone'),
          }),
      });
      const answer = await server.say(request('GET /feed/x'));
      assert.match(answer, /^HTTP\/1.1 200 /);
      assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/);
      const line = await server.logged(({ level }) => level === 'error');
      assert.equal(line['msg'], 'the answer broke off');
      assert.doesNotMatch(JSON.stringify(line), /disk/);
    });

    it('ten thousand of them may be idle', async function idle() {
      this.timeout(300_000);
      // However long this machine takes to open them all: the first are not sent away meanwhile.
      await start({ headerTimeoutMs: 600_000, requestTimeoutMs: 600_000 });
      // In a process of their own: both ends would need twice the open files that many machines allow one process.
      const clients = spawn(
        process.execPath,
        ['-e', manyClients, String(server.port), String(idleConnections)],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      await once(clients.stdout, 'data');
      // Connections are accepted in their order: with this one all others are in.
      assert.match(await server.say(request('GET /dav/', signedIn)), /^HTTP\/1.1 200 /);
      assert.ok(server.connectionCount() >= idleConnections, `${server.connectionCount()} connections`);
      clients.stdin.end();
      await once(clients, 'exit');
    });
  });

  describe('answers', () => {
    it('carry their length, no cookies, and what keeps browsers from using them', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('GET /dav/', keep));
      const { headers } = await wire.answer();
      assert.equal(headers.get('content-length'), '11');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.ok(!headers.has('set-cookie'));
      assert.ok(!headers.has('x-powered-by'));
      assert.ok(!headers.has('server'));
      wire.close();
    });

    it('to HEAD have the headers of GET and no body', async () => {
      await start();
      const wire = await server.connect();
      wire.write(request('HEAD /dav/', keep) + request('GET /dav/', keep));
      const head = await wire.answer('HEAD');
      assert.equal(head.headers.get('content-length'), '12');
      const get = await wire.answer();
      assert.equal(get.body.toString(), 'GET /dav/ 0');
      for (const name of ['vary', 'content-type', 'cache-control'])
        assert.equal(head.headers.get(name), get.headers.get(name), name);
      wire.close();
    });

    it('to HEAD close a body that nobody reads, and keep the length the door told', async () => {
      let reads = 0;
      await start({
        feed: () =>
          Promise.resolve({
            status: 200,
            headers: { 'Content-Length': '77' },
            body: {
              [Symbol.asyncIterator]: () => ({
                next: () => Promise.resolve({ done: false, value: Buffer.alloc(++reads) }),
                return: () => Promise.resolve({ done: true, value: undefined }),
              }),
            },
          }),
      });
      const answer = await server.say(request('HEAD /feed/x'));
      assert.match(answer, /Content-Length: 77\r\n/);
      assert.equal(reads, 0);
    });

    it('of 204 and 304 have neither body nor length', async () => {
      await start({
        dav: ({ target }) => Promise.resolve({ status: Number(target.slice(-3)), headers: {} }),
      });
      for (const status of [204, 304]) {
        const answer = await server.say(request(`GET /dav/${status}`, signedIn));
        assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
        assert.doesNotMatch(answer, /Content-Length|Transfer-Encoding/i);
        assert.ok(answer.endsWith('\r\n\r\n'));
      }
    });

    it('that are short have their length even when they were made in pieces; long ones are chunked', async () => {
      await start({
        feed: ({ target }) =>
          Promise.resolve({ status: 200, headers: {}, body: pieces(Number(target.slice(6)), 100) }),
      });
      const wire = await server.connect();
      wire.write(request('GET /feed/20', keep) + request('GET /feed/2000', keep));
      const short = await wire.answer();
      assert.equal(short.headers.get('content-length'), '2000');
      assert.equal(short.body.length, 2000);
      const long = await wire.answer();
      assert.equal(long.headers.get('transfer-encoding'), 'chunked');
      assert.equal(long.body.length, 200_000);
      wire.close();
    });

    it('that are known in pieces have the length of them all, to HEAD too, and are compressed as one', async () => {
      const body = Array.from({ length: 2000 }, () => Buffer.alloc(100, '<a/>'));
      const headers = { 'Content-Type': 'text/calendar; charset=utf-8' };
      await start({ feed: () => Promise.resolve({ status: 200, headers, body }) });
      const wire = await server.connect();
      const zipping = { ...keep, 'Accept-Encoding': 'gzip' };
      wire.write(
        request('HEAD /feed/x', keep) + request('GET /feed/x', keep) + request('GET /feed/x', zipping),
      );
      assert.equal((await wire.answer('HEAD')).headers.get('content-length'), '200000');
      const plain = await wire.answer();
      assert.equal(plain.headers.get('content-length'), '200000');
      assert.deepEqual(plain.body, Buffer.concat(body));
      assert.deepEqual(gunzipSync((await wire.answer()).body), Buffer.concat(body));
      wire.close();
    });

    it('to HTTP/1.0 have a length and no chunks, whatever their size', async () => {
      await start({ feed: () => Promise.resolve({ status: 200, headers: {}, body: pieces(2000, 100) }) });
      const answer = await server.say('GET /feed/x HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n');
      assert.match(answer, /Content-Length: 200000\r\n/);
      assert.doesNotMatch(answer, /chunked|gzip/i);
      assert.ok(answer.length > 200_000);
    });

    it('hold no header that HTTP cannot carry', async () => {
      await start({
        dav: () => Promise.resolve({ status: 200, headers: { Location: '/a\r\nX-Evil: 1\u{1f600}' } }),
      });
      const answer = await server.say(request('GET /dav/', signedIn));
      assert.match(answer, /^HTTP\/1.1 200 .*Location: \/a\?\?X-Evil: 1\?\?\r\n/s);
      assert.doesNotMatch(answer, /\r\nX-Evil/);
    });

    it('say nothing of what went wrong inside, but under which number to find it', async () => {
      await start({ dav: () => Promise.reject(new Error('SELECT secret FROM table')) });
      const answer = await server.say(request('GET /dav/', signedIn));
      assert.match(answer, /^HTTP\/1.1 500 .*log as r1\.\n$/s);
      assert.doesNotMatch(answer, /SELECT|at /);
      const line = await server.logged(({ level }) => level === 'error');
      assert.equal(line['id'], 'r1');
      assert.ok(Array.isArray(line['stack']));
    });
  });

  async function answering(
    dav: TestServerOptions['dav'],
    headers: Readonly<Record<string, string>>,
  ): Promise<Wire> {
    await start(dav === undefined ? {} : { dav });
    const wire = await server.connect();
    wire.write(request('GET /dav/', headers));
    return wire;
  }

  describe('gzip', () => {
    const xml = { 'Content-Type': 'application/xml; charset=utf-8' };
    const wanted = { ...keep, 'Accept-Encoding': 'gzip, deflate' };
    it('is used when asked for, for texts over 1 kB', async () => {
      const wire = await answering(
        () => Promise.resolve({ status: 207, headers: xml, body: '<a/>'.repeat(1000) }),
        wanted,
      );
      const { headers, body } = await wire.answer();
      assert.equal(headers.get('content-encoding'), 'gzip');
      assert.equal(headers.get('vary'), 'Accept-Encoding');
      assert.equal(headers.get('content-length'), String(body.length));
      assert.equal(gunzipSync(body).toString(), '<a/>'.repeat(1000));
      wire.close();
    });

    it('is used for streams, short and long', async () => {
      for (const count of [50, 50_000]) {
        const wire = await answering(
          () =>
            Promise.resolve({ status: 207, headers: { ...xml, Vary: 'Prefer' }, body: pieces(count, 100) }),
          wanted,
        );
        const { headers, body } = await wire.answer();
        assert.equal(headers.get('content-encoding'), 'gzip');
        assert.equal(headers.get('vary'), 'Prefer, Accept-Encoding');
        assert.equal(gunzipSync(body).length, count * 100);
        wire.close();
        if (count === 50) await server.stop(0);
      }
    });

    for (const [reason, answer, headers] of [
      ['nobody asked', { status: 207, headers: xml, body: 'x'.repeat(5000) }, keep],
      [
        'it is refused',
        { status: 207, headers: xml, body: 'x'.repeat(5000) },
        { ...keep, 'Accept-Encoding': 'gzip;q=0, *' },
      ],
      ['the answer is short', { status: 207, headers: xml, body: 'x'.repeat(1000) }, wanted],
      [
        'the answer has an ETag',
        { status: 200, headers: { ...xml, ETag: '"a"' }, body: 'x'.repeat(5000) },
        wanted,
      ],
      [
        'the door forbids it',
        { status: 200, headers: xml, body: 'x'.repeat(5000), compression: 'never' },
        wanted,
      ],
      [
        'the content is no text',
        { status: 200, headers: { 'Content-Type': 'image/png' }, body: 'x'.repeat(5000) },
        wanted,
      ],
    ] as const) {
      it(`is not used when ${reason}`, async () => {
        const wire = await answering(() => Promise.resolve(answer), headers);
        const got = await wire.answer();
        assert.ok(!got.headers.has('content-encoding'));
        assert.equal(got.body.toString(), answer.body);
        wire.close();
      });
    }

    it('is used despite an ETag when the door saw that the client asked in words of its own', async () => {
      const wire = await answering(
        () =>
          Promise.resolve({
            status: 200,
            headers: { ...xml, ETag: '"a-gzip"' },
            body: 'x'.repeat(5000),
            compression: 'always',
          }),
        wanted,
      );
      assert.equal((await wire.answer()).headers.get('content-encoding'), 'gzip');
      wire.close();
    });

    it('ends with the connection when the source breaks off', async () => {
      const wire = await answering(
        () =>
          Promise.resolve({
            status: 207,
            headers: xml,
            body: broken('gone'),
          }),
        wanted,
      );
      assert.match(await wire.rest(), /^HTTP\/1.1 207 /);
      await server.logged(({ msg }) => msg === 'the answer broke off');
    });
  });

  /** Status, range and body of an answer. */
  async function asked(headers: Readonly<Record<string, string>>, method = 'GET'): Promise<string> {
    const answer = await server.say(request(`${method} /dav/`, { ...signedIn, ...headers }));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const range = /Content-Range: (.*)\r\n/.exec(head)?.[1];
    return `${head.slice(9, 12)} ${range === undefined ? '' : `${range} `}${body}`;
  }

  describe('ranges', () => {
    it('are served of what has a strong ETag and is known as a whole', async () => {
      const pieces = [Buffer.from('0123'), Buffer.from('456789')];
      for (const body of ['0123456789', Buffer.from('0123456789'), pieces]) {
        await start({ dav: () => Promise.resolve({ status: 200, headers: { ETag: '"v1"' }, body }) });
        assert.equal(await asked({ Range: 'bytes=2-4' }), '206 bytes 2-4/10 234');
        assert.equal(await asked({ Range: 'bytes=7-' }), '206 bytes 7-9/10 789');
        assert.equal(await asked({ Range: 'bytes=-3' }), '206 bytes 7-9/10 789');
        assert.equal(await asked({ Range: 'bytes=-99' }), '206 bytes 0-9/10 0123456789');
        assert.equal(await asked({ Range: 'bytes=8-99' }), '206 bytes 8-9/10 89');
        assert.equal(await asked({ Range: 'bytes=2-4', 'If-Range': '"v1"' }), '206 bytes 2-4/10 234');
        assert.equal(await asked({ Range: 'bytes=10-' }), '416 bytes */10 ');
        await server.stop(0);
      }
      await start();
    });

    it('are ignored where the whole is the right answer', async () => {
      await start({
        dav: () => Promise.resolve({ status: 200, headers: { ETag: '"v1"' }, body: '0123456789' }),
      });
      for (const range of [
        'bytes=4-2',
        'bytes=-',
        'bytes=0-1,4-5',
        'lines=1-2',
        'bytes=x-y',
        `bytes=${'9'.repeat(30)}-`,
      ])
        assert.equal(await asked({ Range: range }), '200 0123456789', range);
      assert.equal(await asked({ Range: 'bytes=2-4', 'If-Range': '"v0"' }), '200 0123456789');
      assert.match(await asked({ Range: 'bytes=2-4' }, 'HEAD'), /^200 /);
      await server.stop(0);
      await start({
        dav: () => Promise.resolve({ status: 200, headers: { ETag: 'W/"v1"' }, body: '0123456789' }),
      });
      assert.equal(await asked({ Range: 'bytes=2-4' }), '200 0123456789');
    });
  });

  describe('paths', () => {
    it('that belong to nobody get 404', async () => {
      await start();
      assert.match(await server.say(request('GET /nothing/here')), /^HTTP\/1.1 404 /);
      assert.match(await server.say(request('DELETE /healthz')), /^HTTP\/1.1 404 /);
    });

    it('may be absolute or a star, and hold nothing but ASCII', async () => {
      await start();
      assert.match(
        await server.say(request('GET http://elsewhere.example/dav/x?y', signedIn)),
        /GET \/dav\/x\?y 0$/,
      );
      assert.match(await server.say(Buffer.from(request('GET /dav/é', signedIn))), /^HTTP\/1.1 400 /);
      assert.match(await server.say(request('OPTIONS *')), /^HTTP\/1.1 404 /);
    });

    it('come to the door without the base path, whether or not a proxy took it off', async () => {
      await start({ basePath: '/cal' });
      for (const path of ['/cal/dav/a', '/dav/a'])
        assert.match(await server.say(request(`GET ${path}`, signedIn)), /GET \/dav\/a 0$/);
      assert.match(await server.say(request('GET /calendar/dav/a', signedIn)), /^HTTP\/1.1 404 /);
    });

    it('of discovery redirect to a path for any method, before sign-in', async () => {
      await start({ basePath: '/cal' });
      for (const line of [
        'PROPFIND /.well-known/caldav',
        'GET /.well-known/caldav/',
        'OPTIONS /cal/.well-known/caldav',
        'PUT /.well-known/caldav?x',
      ])
        assert.match(await server.say(request(line)), /^HTTP\/1.1 301 .*Location: \/cal\/dav\/\r\n/s, line);
      assert.match(await server.say(request('GET /.well-known/other')), /^HTTP\/1.1 404 /);
    });

    it('for supervisors, robots and people say what they should', async () => {
      await start();
      assert.match(await server.say(request('GET /healthz')), /^HTTP\/1.1 200 .*\r\n\r\nok\n$/s);
      assert.match(await server.say(request('GET /readyz')), /^HTTP\/1.1 200 /);
      assert.match(
        await server.say(request('GET /robots.txt')),
        /\r\n\r\nUser-agent: \*\nAllow: \/feed\/\nDisallow: \/\n$/,
      );
      assert.match(await server.say(request('GET /')), /This is a calendar server/);
    });

    it('are not led elsewhere by a forged Host', async () => {
      await start();
      const answer = await server.say(
        request('GET /.well-known/caldav', { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }),
      );
      assert.doesNotMatch(answer, /evil/);
    });
  });

  describe('the log', () => {
    it('has one line for each request, without names, tokens or credentials', async () => {
      await start();
      await server.say(
        request(
          'PUT /dav/calendars/alice@example.com/work/a.ics?token=s3cret',
          { ...signedIn, 'User-Agent': 'iOS/18' },
          'BEGIN',
        ),
      );
      await server.say(request('GET /feed/s3cret-token/work.ics'));
      await server.logged(({ door }) => door === 'feed');
      const [put, feed] = server.lines;
      assert.equal(put?.['path'], '/dav/calendars/*/*/*');
      assert.equal(put?.['principal'], 1);
      assert.equal(put?.['program'], 'iOS/18');
      assert.equal(put?.['status'], 200);
      assert.equal(typeof put?.['ms'], 'number');
      assert.equal(feed?.['path'], '/feed/*/*');
      assert.doesNotMatch(JSON.stringify(server.lines), /alice|s3cret|Basic|127\.0\.0\.1/);
    });
  });

  describe('live answers', () => {
    it('go out piece by piece, and their source ends with the client or the server', async () => {
      for (const end of ['client', 'server']) {
        const closed = signal();
        const more = signal();
        await start({
          feed: () =>
            Promise.resolve({ status: 200, headers: {}, live: true, body: ticking(more.fired, closed.fire) }),
        });
        const wire = await server.connect();
        wire.write(request('GET /feed/x', keep));
        assert.match(await wire.until('first'), /^HTTP\/1.1 200 /);
        more.fire();
        await wire.until('second');
        if (end === 'client') wire.close();
        else await server.stop(60_000);
        await closed.fired;
        await wire.rest();
        if (end === 'client') await server.stop(0);
      }
    });
  });

  describe('stopping', () => {
    it('finishes what is under way and refuses what is new', async () => {
      const entered = signal();
      const allowed = signal();
      await start({
        async dav(asked) {
          entered.fire();
          await allowed.fired;
          return await whole(asked);
        },
      });
      const idle = await server.connect();
      const wire = await server.connect();
      wire.write(request('GET /dav/', keep));
      await entered.fired;
      const stopped = server.stop(60_000);
      await assert.rejects(server.connect());
      // It has asked for nothing, and nobody waits for it.
      await idle.rest();
      allowed.fire();
      assert.equal((await wire.answer()).status, 200);
      await stopped;
    });

    it('does not wait for ever', async () => {
      await start({ dav: () => new Promise(() => {}) });
      const wire = await server.connect();
      wire.write(request('GET /dav/', keep));
      await server.stop(50);
      await wire.rest();
    });
  });

  it('reads a body that it is given in the door’s own time', async () => {
    await start({ dav: async (asked) => ({ status: 200, headers: {}, body: await read(asked) }) });
    assert.match(await server.say(request('POST /dav/', signedIn, 'echo')), /echo$/);
  });
});

/** What this machine lets one process open, up to the ten thousand that are promised. */
const openFiles = Number(
  execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).replace('unlimited', '1e6'),
);
const idleConnections = Math.min(10_000, openFiles - 500);

/** Opens connections, says so, and closes them when its input ends. */
const manyClients = `
  const [port, count] = process.argv.slice(1).map(Number);
  const sockets = [];
  const more = () => {
    if (sockets.length === count) return process.stdout.write('connected');
    const socket = require('node:net').connect(port, '127.0.0.1', more);
    sockets.push(socket);
  };
  more();
  process.stdin.resume().once('end', () => process.exit());
`;

async function* endless(closed: () => void): AsyncIterable<Uint8Array> {
  try {
    for (;;) yield Buffer.alloc(32_768);
  } finally {
    closed();
  }
}

/** Says something at once, something later, and then waits for ever. */
function ticking(later: Promise<void>, closed: () => void): AsyncIterable<Uint8Array> {
  let count = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        count += 1;
        if (count === 2) await later;
        if (count === 3) await new Promise(() => {});
        return { done: false, value: Buffer.from(count === 1 ? 'first' : 'second') };
      },
      return() {
        closed();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

async function* broken(message: string): AsyncIterable<Uint8Array> {
  yield* pieces(2000, 100);
  throw new Error(message);
}

async function* pieces(count: number, sizeBytes: number): AsyncIterable<Uint8Array> {
  const piece = Buffer.alloc(sizeBytes, 'abcdefghi\n');
  for (let done = 0; done < count; done += 1) yield piece;
}
