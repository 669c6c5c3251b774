import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from '../../../../src/connectors/exchange/auth/credentials.ts';
import { offeredSchemes, type SignIn, signIn } from '../../../../src/connectors/exchange/auth/sign-in.ts';
import { type Connection, openConnection } from '../../../../src/outbound/connection.ts';
import { configuredHost } from '../../../../src/outbound/reach.ts';
import type { AuthMethod } from '../../../../src/service/connectors/settings.ts';
import { startServer, type TestServer } from '../../../outbound/server.ts';
import { failing } from '../scripted.ts';

const challenge = Buffer.from(
  '4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef0000000000000000240024004400000006007017' +
    '0000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000',
  'hex',
).toString('base64');

let server: TestServer | undefined;
let connection: Connection | undefined;
afterEach(async () => {
  await connection?.close();
  await server?.close();
});

describe('signing in', () => {
  it('takes three legs on one connection, and then serves it without a header', async () => {
    const seen: string[] = [];
    const { ask } = await open(ntlmServer(seen));
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['1 negotiate ', '1 authenticate hello', '1 nothing hello']);
    assert.equal(server?.connectionCount(), 1);
  });

  it('begins anew on a new connection', async () => {
    const seen: string[] = [];
    let last = true;
    const handler = ntlmServer(seen);
    const { ask } = await open((request, response, body) => {
      if (last && body === 'hello') response.setHeader('connection', 'close');
      if (body === 'hello') last = false;
      handler(request, response, body);
    });
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 200);
    // Whether the end of the first was noticed before the second was begun is a matter of luck.
    const meant = seen.filter((each) => each !== '2 nothing hello');
    assert.deepEqual(meant, ['1 negotiate ', '1 authenticate hello', '2 negotiate ', '2 authenticate hello']);
  });

  it('is refused once, and says so', async () => {
    const seen: string[] = [];
    const { ask } = await open((request, response, body) => {
      seen.push(kind(request));
      if (kind(request) === 'negotiate') offer(response, [`NTLM ${challenge}`]);
      else offer(response, ['NTLM', 'Basic realm="x"']);
      assert.ok(body.length < 10);
    });
    await assert.rejects(ask(), failing('auth', 'login-refused'));
    assert.deepEqual(seen, ['negotiate', 'authenticate']);
  });

  it('says nothing about the password when the connection broke between the legs', async () => {
    let count = 0;
    const { ask } = await open((request, response) => {
      count += 1;
      response.setHeader('connection', 'close');
      offer(response, [kind(request) === 'negotiate' ? `NTLM ${challenge}` : 'NTLM']);
    });
    await assert.rejects(ask(), failing('configuration', 'connection-not-kept'));
    assert.equal(count, 6);
  });

  it('carries NTLM under the name Negotiate where NTLM is not offered by itself', async () => {
    const seen: string[] = [];
    const { ask } = await open((request, response) => {
      const { authorization = '' } = request.headers;
      seen.push(`${authorization.split(' ')[0]} ${kind(request)}`);
      if (kind(request) === 'authenticate') response.end();
      else
        offer(response, authorization.startsWith('Negotiate') ? [`Negotiate ${challenge}`] : ['Negotiate']);
    });
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['NTLM negotiate', 'Negotiate negotiate', 'Negotiate authenticate']);
  });

  it('never falls back to Basic unless the settings have it', async () => {
    const seen: string[] = [];
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      seen.push(request.headers.authorization ?? '');
      if ((request.headers.authorization ?? '').startsWith('Basic')) response.end();
      else offer(response, ['Basic realm="Exchange"']);
    };
    const strict = await open(handler);
    await assert.rejects(strict.ask(), failing('configuration', 'method-not-offered'));
    assert.ok(!seen.some((header) => header.startsWith('Basic')));
    await connection?.close();
    const allowed = await open(handler, ['ntlm', 'basic']);
    assert.equal(await allowed.ask(), 200);
  });

  it('goes on to Basic where Negotiate is offered for Kerberos alone', async () => {
    const seen: string[] = [];
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      const [way = ''] = (request.headers.authorization ?? '').split(' ');
      seen.push(way);
      if (way === 'Basic') response.end();
      else offer(response, ['Basic realm="msrpc realm"', 'Negotiate']);
    };
    const { ask } = await open(handler, ['ntlm', 'basic']);
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['NTLM', 'Negotiate', 'Basic', 'Basic']);
    await connection?.close();
    const strict = await open(handler);
    await assert.rejects(strict.ask(), failing('configuration', 'challenge-missing'));
  });

  it('is asked for where the empty request that opens it was not', async () => {
    const seen: string[] = [];
    const handler = (request: IncomingMessage, response: ServerResponse, body: string): void => {
      const [way = ''] = (request.headers.authorization ?? '').split(' ');
      seen.push(`${way} ${body}`);
      if (body === '') response.writeHead(400).end();
      else if (way === 'Basic') response.end();
      else offer(response, ['Basic realm="ews realm"']);
    };
    const { ask } = await open(handler, ['ntlm', 'basic']);
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['NTLM ', ' hello', 'Basic hello']);
  });

  it('sends no password before it was asked for, nor over an open line', async () => {
    const seen: string[] = [];
    const handler = (request: IncomingMessage, response: ServerResponse, body: string): void => {
      const isBasic = (request.headers.authorization ?? '').startsWith('Basic');
      seen.push(`${isBasic ? 'basic' : 'nothing'} ${body}`);
      if (isBasic) response.end();
      else offer(response, ['Basic realm="a"']);
    };
    const { ask } = await open(handler, ['basic']);
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['nothing ', 'basic hello', 'basic hello']);
    await connection?.close();
    const guarded = await open(handler, ['basic'], false);
    await assert.rejects(guarded.ask(), failing('configuration', 'method-not-offered'));
  });

  it('goes without where nobody asks', async () => {
    const seen: string[] = [];
    const { ask } = await open((request, response, body) => {
      seen.push(`${kind(request)} ${body}`);
      response.end();
    });
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 200);
    assert.deepEqual(seen, ['negotiate ', 'nothing hello', 'nothing hello']);
  });

  it('cannot use a challenge that is none', async () => {
    const { ask } = await open((_request, response) =>
      offer(response, ['NTLM AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']),
    );
    await assert.rejects(ask(), failing('configuration', 'challenge-unreadable'));
  });

  it('knows the ways in a header', () => {
    const offered = offeredSchemes(
      new Headers({ 'www-authenticate': 'Negotiate, NTLM, Basic realm="a, b", X y=1' }),
    );
    assert.deepEqual([...offered], ['negotiate', 'ntlm', 'basic']);
  });
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Wants NTLM for each connection, and notes what came by which. */
function ntlmServer(seen: string[]): Handler {
  const sockets: unknown[] = [];
  const signedIn = new Set<unknown>();
  return (request, response, body) => {
    if (!sockets.includes(request.socket)) sockets.push(request.socket);
    seen.push(`${sockets.indexOf(request.socket) + 1} ${kind(request)} ${body}`);
    if (kind(request) === 'authenticate') signedIn.add(request.socket);
    if (signedIn.has(request.socket)) response.end('yes');
    else offer(response, [kind(request) === 'negotiate' ? `NTLM ${challenge}` : 'NTLM']);
  };
}

function kind({ headers }: IncomingMessage): 'negotiate' | 'authenticate' | 'nothing' {
  const message = Buffer.from((headers.authorization ?? '').replace(/^\w+ /, ''), 'base64');
  if (message.length < 12) return 'nothing';
  return message.readUInt32LE(8) === 1 ? 'negotiate' : 'authenticate';
}

function offer(response: ServerResponse, ways: readonly string[]): void {
  response.writeHead(401, { 'www-authenticate': [...ways] }).end();
}

async function open(
  handler: Handler,
  methods: readonly AuthMethod[] = ['ntlm'],
  basicAllowed = true,
): Promise<{ readonly ask: () => Promise<number>; readonly signIn: SignIn }> {
  await server?.close();
  server = await startServer(handler);
  const opened = openConnection(server.url, {
    reach: [configuredHost('127.0.0.1')],
    trust: { verify: 'system' },
    connectTimeoutMs: 2000,
    maxAnswerBytes: 100_000,
  });
  connection = opened;
  const credentials: Credentials = {
    login: 'LAB\\anna',
    domain: null,
    secretId: '1',
    reveal: () => Promise.resolve('secret'),
  };
  const own = signIn({
    connection: opened,
    credentials,
    methods,
    basicAllowed,
    host: '127.0.0.1',
    refusedAs: 'auth',
    now: () => 0,
  });
  const opening = { method: 'POST', path: '/', headers: {}, timeoutMs: 2000 };
  return {
    signIn: own,
    ask: async () => {
      const answered = await own.run(
        opening,
        (headers) => opened.request({ ...opening, headers, body: 'hello' }),
        () => Promise.resolve(),
      );
      return answered.status;
    },
  };
}
