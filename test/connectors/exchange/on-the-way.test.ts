/** Answers as they come through the world: other servers, proxies and balancers between Exchange and us. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createExchange } from '../../../src/connectors/exchange/index.ts';
import { getFolder } from '../../../src/connectors/exchange/operations/folders.ts';
import { deleteItems } from '../../../src/connectors/exchange/operations/write-items.ts';
import type { RemoteFailure } from '../../../src/connectors/failure.ts';
import { answer, type Bench, bench, failing, fault, never, service, settingsFor } from './scripted.ts';

const calendar = getFolder({ distinguished: 'calendar' });
const removal = deleteItems([{ id: 'a' }], 'none');
const folder = answer(
  'GetFolder',
  '<m:Folders><t:CalendarFolder><t:FolderId Id="F"/><t:DisplayName>Kalender – ö</t:DisplayName></t:CalendarFolder></m:Folders>',
);

/** What is sent for one request, byte by byte as it is; `end`: and then the connection ends. */
interface Sent {
  readonly bytes: readonly (string | Buffer)[];
  readonly end?: boolean;
}

const ok = (body: string | Buffer, ...headers: readonly string[]): Sent => ({
  bytes: [head(200, [`Content-Length: ${Buffer.byteLength(body)}`, ...headers]), body],
});

function head(status: number, headers: readonly string[], type = 'text/xml; charset=utf-8'): string {
  const all = [`Content-Type: ${type}`, ...headers];
  return `HTTP/1.1 ${status} X\r\n${all.join('\r\n')}\r\n\r\n`;
}

function chunked(text: string, size: number): string {
  const data = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) {
    const piece = data.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)};x=y\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\nX-Trailer: t\r\n\r\n')]).toString('latin1');
}

/** Speaks HTTP no better than it has to: Basic, one request after the other. */
class Wire {
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `challenge`: null, where nobody is asked who they are. */
  static async open(
    script: (count: number) => Sent,
    challenge: string | null = 'Basic realm="x"',
  ): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server);
    server.on('connection', (socket) => wire.#serve(socket, script, challenge));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get port(): number {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on TCP has such an address
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket, script: (count: number) => Sent, challenge: string | null): void {
    this.#sockets.add(socket);
    let waiting = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      waiting += data.toString('latin1');
      for (;;) {
        const end = waiting.indexOf('\r\n\r\n');
        const length = Number(/content-length: (\d+)/i.exec(waiting.slice(0, end))?.[1] ?? 0);
        if (end < 0 || waiting.length < end + 4 + length) return;
        const request = waiting.slice(0, end + 4 + length);
        waiting = waiting.slice(request.length);
        if (challenge !== null && !/authorization: Basic/i.test(request)) {
          socket.write(`HTTP/1.1 401 X\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`);
          continue;
        }
        this.requests.push(request);
        const { bytes, end: isEnd } = script(this.requests.length);
        void inPieces(socket, bytes).then(() => isEnd === true && socket.end());
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Each by itself, as far as anybody can tell. */
async function inPieces(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let wire: Wire | undefined;
let used: Bench | undefined;
afterEach(async () => {
  await used?.pool.close();
  await wire?.close();
  used = undefined;
  wire = undefined;
});

async function through(
  script: (count: number) => Sent,
  challenge?: string,
  settings: Parameters<typeof settingsFor>[1] = {},
): Promise<Bench & { readonly asked: readonly string[] }> {
  const opened = await Wire.open(script, challenge);
  wire = opened;
  const { port } = opened;
  const url = new URL(`http://127.0.0.1:${port}/`);
  used = bench(
    settingsFor({ port, url, connectionCount: () => 0, close: opened.close.bind(opened) }, settings),
  );
  return { ...used, asked: opened.requests };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('an answer that comes', () => {
  const ways: Readonly<Record<string, Sent>> = {
    'in chunks, with extensions and a trailer': {
      bytes: [head(200, ['Transfer-Encoding: chunked', 'Trailer: X-Trailer']), chunked(folder, 7)],
    },
    compressed: ok(gzipSync(folder), 'Content-Encoding: gzip'),
    'until the connection ends, as HTTP/1.0 has it': {
      bytes: [head(200, []).replace('1.1', '1.0'), bytes(folder)],
      end: true,
    },
    'with its connection closed behind it': { ...ok(bytes(folder), 'Connection: close'), end: true },
    'after another that only says to go on': {
      bytes: ['HTTP/1.1 100 Continue\r\n\r\n', ...ok(bytes(folder)).bytes],
    },
    'after two such answers, cut in pieces': {
      bytes: [
        'HTT',
        'P/1.1 100 Continue\r\nX-Y: z\r',
        '\n\r\nHTTP/1.1 1',
        '00 \r\n\r\n',
        ...ok(bytes(folder)).bytes,
      ],
    },
    'after a hint': {
      bytes: ['HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', ...ok(bytes(folder)).bytes],
    },
    'without a type': {
      bytes: [`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(folder)}\r\n\r\n`, bytes(folder)],
    },
    'with a type of its own': {
      bytes: [head(200, [`Content-Length: ${Buffer.byteLength(folder)}`], 'text/plain'), bytes(folder)],
    },
    'with headers in all kinds of letters, twice and folded': {
      bytes: [
        head(200, [`CONTENT-LENGTH:${Buffer.byteLength(folder)}`, 'X-A: 1', 'x-a: 2', 'X-B:\t']),
        bytes(folder),
      ],
    },
    'with a byte order mark': ok(bytes(`\ufeff${folder}`)),
    'as UTF-16': ok(Buffer.from(`\ufeff${folder.replace('utf-8', 'utf-16')}`, 'utf16le')),
    'saying that it is UTF-16, which it is not': ok(bytes(folder.replace('utf-8', 'utf-16'))),
    'after an empty line': ok(bytes(`\r\n${folder}`)),
  };
  for (const [way, sent] of Object.entries(ways)) {
    it(`${way} is read`, async () => {
      const { client, slept } = await through(() => sent);
      const { name, id } = await client.call(calendar, never);
      assert.deepEqual([id, name], ['F', 'Kalender – ö']);
      assert.deepEqual(slept, []);
    });
  }
});

describe('the connection test', () => {
  const found = async (script: (count: number) => Sent, challenge?: string | null): Promise<string[]> => {
    const opened = await Wire.open(script, challenge);
    wire = opened;
    const { port } = opened;
    const url = new URL(`http://127.0.0.1:${port}/`);
    const settings = settingsFor({ port, url, connectionCount: () => 0, close: () => opened.close() });
    const exchange = createExchange(settings, { userAgent: 'test', now: Date.now, random: () => 0 });
    const seen: string[] = [];
    const request = { mailbox: 'anna@lab.test', credentials: service, isService: true, probe: false };
    for await (const { step, ok: isOk, found: what, advice } of exchange.check(request, never))
      if (isOk === false) seen.push(`${step}: ${what}: ${advice}`);
    await exchange.close();
    return seen;
  };
  const page = { bytes: [head(200, ['Content-Length: 6'], 'text/html; charset=utf-8'), '<html>'] };

  it('tells a page to sign in, or the way to one, from a server', async () => {
    assert.deepEqual(await found(() => page, undefined), ['login: answer-not-soap: http']);
    await wire?.close();
    assert.deepEqual(await found(() => page, null), ['http: HTTP 200: text/html: http']);
    await wire?.close();
    const redirect = { bytes: [head(302, ['Location: /owa/auth/logon.aspx?url=x', 'Content-Length: 0'])] };
    const [told = ''] = await found(() => redirect, null);
    assert.match(told, /^http: HTTP 302: http:\/\/127\.0\.0\.1:\d+\/owa\/auth\/logon\.aspx: http$/);
  });

  it('goes on where a server has no answer to a request that says nothing', async () => {
    const denied = ok(bytes(fault('ErrorAccessDenied')));
    const ways = [{ bytes: [], end: true }, { bytes: [head(415, ['Content-Length: 0'])] }];
    for (const first of ways) {
      const seen = await found((count) => (count === 1 ? first : denied), null);
      assert.deepEqual(seen, ['impersonation: ErrorAccessDenied: impersonation']);
      await wire?.close();
    }
    const noServer = { bytes: ['220 mail.example ESMTP\r\n'], end: true };
    assert.deepEqual(await found(() => noServer, null), ['login: answer-broken: http']);
  });
});

describe('a server, or what stands before it,', () => {
  it('may offer several ways to sign in in one line', async () => {
    const { client } = await through(() => ok(bytes(folder)), 'Negotiate, NTLM, Basic realm="a, \\"NTLM x"');
    assert.equal((await client.call(calendar, never)).id, 'F');
  });

  it('may keep cookies for its balancer, and take them back', async () => {
    const lines = [
      'Set-Cookie: X-BackEndCookie=S-1-5=u56; expires=Mon, 21-Dec-2026 07:00:00 GMT; path=/EWS; secure; HttpOnly',
      'Set-Cookie: BIGipServer~pool=!abc==; path=/; Httponly',
    ];
    const gone = 'Set-Cookie: X-BackEndCookie=; expires=Thu, 01-Jan-1970 00:00:00 GMT; path=/EWS';
    const { client, asked } = await through((count) =>
      ok(bytes(folder), ...(count === 1 ? lines : count === 2 ? [gone] : [])),
    );
    for (const _ of [1, 2, 3]) await client.call(calendar, never);
    const cookie = (request: string | undefined): string | undefined =>
      /^cookie: (.*)\r$/im.exec(request ?? '')?.[1];
    assert.deepEqual(asked.map(cookie), [
      undefined,
      'X-BackEndCookie=S-1-5=u56; BIGipServer~pool=!abc==',
      'BIGipServer~pool=!abc==',
    ]);
  });

  const refusals: readonly (readonly [what: string, sent: Sent, code: string, retryAfterMs?: number])[] = [
    [
      'leads to a page to sign in',
      { bytes: [head(302, ['Location: https://sso.example/', 'Content-Length: 0'])] },
      'http-redirect',
    ],
    [
      'leads to a page about its trouble',
      {
        bytes: [
          head(302, [
            'Location: /ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx',
            'Content-Length: 0',
          ]),
        ],
      },
      'http-302',
    ],
    [
      'is a page to sign in',
      { bytes: [head(200, ['Content-Length: 19'], 'text/html'), '<html>Sign in</html>'.slice(0, 19)] },
      'answer-not-soap',
    ],
    [
      'is a gateway without its server',
      { bytes: [head(502, ['Content-Length: 6'], 'text/html'), '<html>'] },
      'http-502',
    ],
    [
      'asks to come later',
      { bytes: [head(503, ['Content-Length: 6', 'Retry-After: 17'], 'text/html'), '<html>'] },
      'http-503',
      17_000,
    ],
    [
      'is overrun',
      { bytes: [head(429, ['Content-Length: 0', 'Retry-After: Fri, 20 Nov 2026 00:00:00 GMT'])] },
      'http-429',
      5000,
    ],
    ['says nothing', ok(''), 'answer-not-soap'],
    ['speaks of compression that nobody asked for', ok('xx', 'Content-Encoding: br'), 'answer-broken'],
    ['is no web server', { bytes: ['220 mail.example ESMTP\r\n'], end: true }, 'answer-broken'],
  ];
  for (const [what, sent, code, retryAfterMs] of refusals) {
    it(`that ${what} is told by its code, and a write is not sent again`, async () => {
      const { client, asked } = await through(() => sent);
      const failure: RemoteFailure = await client.call(removal, never).then(
        () => assert.fail('it went well'),
        (error: RemoteFailure) => error,
      );
      assert.deepEqual([failure.code, failure.retryAfterMs], [code, retryAfterMs]);
      assert.equal(asked.length, 1);
    });
  }

  it('may be as old as to have no version, or have one that makes no sense', async () => {
    const odd = folder.replace(
      '<s:Header>',
      '<s:Header><t:ServerVersionInfo MajorVersion="x" MinorVersion="" Version="tomorrow"/><t:Novelty/>',
    );
    const { client } = await through((count) => ok(bytes(count === 1 ? folder : odd)));
    await client.call(calendar, never);
    assert.equal(client.server(), undefined);
    await client.call(calendar, never);
    assert.deepEqual(client.server(), { build: 'x..0.0', schema: 'tomorrow' });
    assert.equal((await client.call(calendar, never)).id, 'F');
  });

  it('may answer with another name of the envelope', async () => {
    const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
    const failed =
      `<e:Envelope xmlns:e="${soap12}"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value>` +
      '<e:Subcode><e:Value>a:ErrorServerBusy</e:Value></e:Subcode></e:Code>' +
      '<e:Reason><e:Text xml:lang="en">busy</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>';
    const { client } = await through(() => ({
      bytes: [head(500, [`Content-Length: ${failed.length}`], 'application/soap+xml; charset=utf-8'), failed],
    }));
    await assert.rejects(client.call(calendar, never), failing('throttle', 'ErrorServerBusy'));
  });

  it('may blame the request in that language too', async () => {
    const failed =
      '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code>' +
      '<e:Reason><e:Text xml:lang="en">what?</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>';
    const { client } = await through(() => ok(failed));
    await assert.rejects(client.call(calendar, never), failing('poison', 'fault-client'));
  });

  it('may break off in the midst of an answer to a write: nobody knows whether it was done', async () => {
    const done = answer('DeleteItem', '');
    const { client, asked } = await through(() => ({
      bytes: [head(200, [`Content-Length: ${done.length}`]), done.slice(0, 300)],
      end: true,
    }));
    await assert.rejects(client.call(removal, never), failing('transient', 'answer-broken'));
    assert.equal(asked.length, 1);
  });

  it('may break off in the midst of an answer to a question, which is asked again', async () => {
    const { client, asked } = await through((count) =>
      count === 1
        ? { bytes: [head(200, ['Content-Length: 900']), folder.slice(0, 200)], end: true }
        : ok(bytes(folder)),
    );
    assert.equal((await client.call(calendar, never)).id, 'F');
    assert.equal(asked.length, 2);
  });

  it('may have switched off what it could do', async () => {
    const off =
      '<SOAP:Envelope xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/"><SOAP:Body><SOAP:Fault><faultcode>SOAP:Server</faultcode>' +
      "<faultstring>E-3021: request 'FindItem' is marked as beta and can be enabled with 'ews_beta = 1'</faultstring></SOAP:Fault></SOAP:Body></SOAP:Envelope>";
    const { client, slept } = await through(() => ({
      bytes: [head(500, [`Content-Length: ${off.length}`]), off],
    }));
    await assert.rejects(client.call(calendar, never), failing('ours', 'ErrorInvalidOperation'));
    assert.deepEqual(slept, []);
  });

  it('may forget to say what its prefixes stand for', async () => {
    const bare = folder.replaceAll(/ xmlns:[mt]="[^"]*"/g, '');
    const inHeader = bare.replace(
      '<s:Header>',
      '<s:Header><t:ServerVersionInfo xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" MajorVersion="15"/>',
    );
    const { client } = await through((count) => ok(bytes(count === 1 ? bare : inHeader)));
    for (const _ of [1, 2]) assert.equal((await client.call(calendar, never)).id, 'F');
  });
});
