import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { publicKeyPin } from '../../src/outbound/certificate.ts';
import type { Trust } from '../../src/outbound/connect.ts';
import {
  type Connection,
  type ConnectionOptions,
  type OutboundRequest,
  openConnection,
} from '../../src/outbound/connection.ts';
import { OutboundError } from '../../src/outbound/error.ts';
import { configuredHost } from '../../src/outbound/reach.ts';
import { certificateFile, type Handler, startServer, type TestServer } from './server.ts';

const ca: Trust = { verify: 'ca', ca: certificateFile('ca.pem') };
const post: OutboundRequest = { method: 'POST', path: '/x?y=1', headers: {}, body: 'hello', timeoutMs: 5000 };

const open: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

describe('an outbound connection', () => {
  it('says what was asked and brings back what was answered', async () => {
    const server = await serve((request, response, body) => {
      response.setHeader('x-asked', `${request.method} ${request.url} ${request.headers.accept}`);
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.end(body.toUpperCase());
    });
    const answer = await connectionTo(server).request({ ...post, headers: { accept: 'yes' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-asked'), 'POST /x?y=1 yes');
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2']);
    assert.equal(answer.body.toString(), 'HELLO');
  });

  it('uses one connection for all requests, and tells when it had to make another', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/last') response.setHeader('connection', 'close');
      response.end('ok');
    });
    const connection = connectionTo(server);
    const asked = [post, post, { ...post, path: '/last' }, post];
    const answers = await Promise.all(asked.map((each) => connection.request(each)));
    assert.deepEqual(
      [...answers.map((answer) => answer.connection), server.connectionCount()],
      [1, 1, 1, 2, 2],
    );
  });

  it('gives a redirect as the answer', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
    });
    const answer = await connectionTo(server).request(post);
    assert.equal(answer.status, 302);
    assert.equal(server.connectionCount(), 1);
  });

  it('opens gzip, and only so far', async () => {
    const server = await serve((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(request.url === '/bomb' ? Buffer.alloc(200_000) : 'small'));
    });
    const connection = connectionTo(server, { maxAnswerBytes: 100_000 });
    assert.equal((await connection.request(post)).body.toString(), 'small');
    await assert.rejects(connection.request({ ...post, path: '/bomb' }), fault('answer-too-large'));
  });

  it('refuses an answer beyond its size, broken gzip, and what is no HTTP', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).end('no');
      else if (request.url === '/raw') request.socket.end('SMTP ready\r\n');
      else response.end(Buffer.alloc(200_000));
    });
    const connection = connectionTo(server, { maxAnswerBytes: 100_000 });
    await assert.rejects(connection.request(post), fault('answer-too-large'));
    await assert.rejects(connection.request({ ...post, path: '/gzip' }), fault('answer-broken'));
    await assert.rejects(connection.request({ ...post, path: '/raw' }), fault('answer-broken'));
  });

  it('gives up on a server that does not answer, or drips', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/drip') response.write('a');
    });
    const connection = connectionTo(server);
    await assert.rejects(connection.request({ ...post, timeoutMs: 50 }), fault('answer-timeout'));
    await assert.rejects(
      connection.request({ ...post, path: '/drip', timeoutMs: 50 }),
      fault('answer-timeout'),
    );
  });

  it('stops when it is told to', async () => {
    const abort = new AbortController();
    const server = await serve(() => abort.abort());
    const connection = connectionTo(server);
    await assert.rejects(connection.request({ ...post, signal: abort.signal }), fault('cancelled'));
    await assert.rejects(connection.request({ ...post, signal: abort.signal }), fault('cancelled'));
  });

  it('never sends a request twice by itself', async () => {
    let asked = 0;
    const server = await serve((request) => {
      asked += 1;
      request.socket.destroy();
    });
    await assert.rejects(connectionTo(server).request(post), fault('answer-broken'));
    assert.equal(asked, 1);
  });

  it('reads an endless answer as it comes, and notices silence', async () => {
    const server = await serve((_request, response) => {
      response.write('one');
    });
    const answer = await connectionTo(server).stream({ ...post, quietMs: 80 });
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const chunk of answer.chunks) seen.push(chunk.toString());
    }, fault('answer-timeout'));
    assert.deepEqual(seen, ['one']);
  });

  it('refuses a name that leads inside', async () => {
    const server = await serve((_request, response) => response.end('secret'));
    const at = new URL(`http://innocent.example:${server.port}/`);
    const options = {
      reach: [configuredHost('innocent.example')],
      lookup: () => Promise.resolve(['127.0.0.1']),
    };
    await assert.rejects(connection(at, options).request(post), fault('address-not-allowed'));
    await assert.rejects(connection(at, { reach: [] }).request(post), fault('host-not-allowed'));
    assert.equal(server.connectionCount(), 0);
  });

  it('names what goes wrong before anything is sent', async () => {
    const server = await serve((_request, response) => response.end('ok'));
    await server.close();
    await assert.rejects(connectionTo(server).request(post), fault('connect-failed'));
    const unknown = connection(new URL('http://nowhere.example/'), {
      reach: 'everywhere',
      lookup: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    });
    await assert.rejects(unknown.request(post), fault('name-not-found'));
  });
});

describe('TLS outwards', () => {
  it('accepts a certificate of the given authority and shows it', async () => {
    const server = await serve((_request, response) => response.end('ok'), 'server.pem');
    const connection = connectionTo(server, { trust: ca });
    assert.equal((await connection.request(post)).status, 200);
    const peer = connection.peer();
    assert.equal(peer?.address, '127.0.0.1');
    assert.match(peer?.tls?.protocol ?? '', /^TLSv1\.[23]$/);
    assert.deepEqual(peer?.tls?.raw, new X509Certificate(certificateFile('server.pem')).raw);
  });

  const refusals: readonly (readonly [string, string, Trust, string])[] = [
    ['a stranger', 'server.pem', { verify: 'system' }, 'certificate-untrusted'],
    ['another name', 'other-name.pem', ca, 'certificate-name'],
    ['an expired certificate', 'expired.pem', ca, 'certificate-expired'],
    ['another key', 'server.pem', { verify: 'pin', pin: 'AAAA' }, 'certificate-pin'],
  ];
  for (const [what, file, trust, expected] of refusals) {
    it(`refuses ${what}`, async () => {
      let asked = 0;
      const server = await serve(() => {
        asked += 1;
      }, file);
      await assert.rejects(connectionTo(server, { trust }).request(post), fault(expected));
      assert.equal(asked, 0);
    });
  }

  it('accepts the pinned key whoever signed it, and anything where nothing is asked', async () => {
    const server = await serve((_request, response) => response.end('ok'), 'other-name.pem');
    const pin = publicKeyPin(new X509Certificate(certificateFile('server.pem')));
    assert.equal((await connectionTo(server, { trust: { verify: 'pin', pin } }).request(post)).status, 200);
    assert.equal((await connectionTo(server, { trust: { verify: 'off' } }).request(post)).status, 200);
  });

  it('says so when the other side speaks no TLS', async () => {
    const server = await serve((_request, response) => response.end('ok'));
    const at = new URL(`https://127.0.0.1:${server.port}/`);
    await assert.rejects(connection(at, {}).request(post), fault('tls-failed'));
  });
});

describe('an outbound proxy', () => {
  it('carries TLS through a tunnel, with its own login', async () => {
    const server = await serve((_request, response) => response.end('through'), 'server.pem');
    const proxy = await startProxy('200 Connection established');
    const trust: Trust = { verify: 'off' };
    const answer = await connectionTo(server, { trust, proxy: proxy.url }).request(post);
    assert.equal(answer.body.toString(), 'through');
    assert.match(proxy.heads[0] ?? '', new RegExp(`^CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\n`));
    assert.match(proxy.heads[0] ?? '', /proxy-authorization: Basic cDpxJg==\r\n/);
  });

  it('is named when it refuses', async () => {
    const server = await serve((_request, response) => response.end('ok'));
    const proxy = await startProxy('407 Proxy Authentication Required');
    await assert.rejects(connectionTo(server, { proxy: proxy.url }).request(post), fault('proxy-failed'));
  });

  it('is named when it ends the connection, never comes to an end, is silent, or is not there', async () => {
    const server = await serve((_request, response) => response.end('ok'));
    const gone = await startProxy('');
    await open.pop()?.close();
    for (const [answer, why] of [
      ['end', /the proxy ends the connection/],
      ['no end', /the proxy answers without end/],
      ['silence', /the proxy does not answer/],
    ] as const) {
      const { url } = await startProxy(answer);
      const asked = connectionTo(server, { proxy: url, connectTimeoutMs: 200 }).request(post);
      await assert.rejects(asked, (error) => fault('proxy-failed')(error) && why.test(String(error)), answer);
    }
    await assert.rejects(connectionTo(server, { proxy: gone.url }).request(post), fault('connect-failed'));
    const nowhere = new URL('http://proxy.invalid:8080');
    await assert.rejects(connectionTo(server, { proxy: nowhere }).request(post), OutboundError);
  });
});

async function serve(handler: Handler, certificate?: string): Promise<TestServer> {
  const server = await startServer(handler, certificate);
  open.push(server);
  return server;
}

function connectionTo(server: TestServer, options: Partial<ConnectionOptions> = {}): Connection {
  return connection(server.url, options);
}

function connection(url: URL, options: Partial<ConnectionOptions>): Connection {
  const opened = openConnection(url, {
    reach: [configuredHost('127.0.0.1')],
    trust: { verify: 'system' },
    connectTimeoutMs: 2000,
    maxAnswerBytes: 1_000_000,
    ...options,
  });
  open.push(opened);
  return opened;
}

function fault(expected: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof OutboundError, String(error));
    assert.equal(error.fault, expected, String(error.cause));
    return true;
  };
}

/** Answers CONNECT with that status; on 200 it joins both sides. */
async function startProxy(status: string): Promise<{ readonly url: URL; readonly heads: readonly string[] }> {
  const heads: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      heads.push(head.toString('latin1'));
      if (status === 'silence') return;
      if (status === 'end' || status === 'no end') {
        if (status === 'end') socket.end();
        else socket.write(`HTTP/1.1 200 ${'x'.repeat(20_000)}`);
        return;
      }
      socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
      const port = Number(/:(\d+) /.exec(heads.at(-1) ?? '')?.[1]);
      if (!status.startsWith('200')) return;
      const onward = connectTcp(port, '127.0.0.1');
      onward.on('error', () => undefined);
      sockets.push(onward);
      socket.pipe(onward).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  open.push({ close });
  return { url: new URL(`http://p:q%26@127.0.0.1:${port}`), heads };
}
