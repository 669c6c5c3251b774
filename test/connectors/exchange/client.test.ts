import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Trace } from '../../../src/connectors/exchange/connection/client.ts';
import { getFolder } from '../../../src/connectors/exchange/operations/folders.ts';
import { getItems } from '../../../src/connectors/exchange/operations/get-item.ts';
import { deleteItems } from '../../../src/connectors/exchange/operations/write-items.ts';
import {
  answer,
  type Bench,
  bench,
  credentials,
  failing,
  fault,
  never,
  type Script,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

const calendar = getFolder({ distinguished: 'calendar' });
const folder = answer(
  'GetFolder',
  '<m:Folders><t:CalendarFolder><t:FolderId Id="F" ChangeKey="k"/><t:DisplayName>Calendar</t:DisplayName></t:CalendarFolder></m:Folders>',
);
const removal = deleteItems([{ id: 'a' }], 'none');

let server: ScriptedServer | undefined;
let used: Bench | undefined;
afterEach(async () => {
  await used?.pool.close();
  await server?.close();
  used = undefined;
  server = undefined;
});

describe('an EWS client', () => {
  it('asks as the person whose mailbox it is, and keeps the cookies', async () => {
    const { client, asked } = await open((_asked, response) => {
      response.setHeader('set-cookie', 'exchangecookie=1; path=/');
      send(response, folder);
    });
    assert.equal((await client.call(calendar, never)).name, 'Calendar');
    await client.call(calendar, never);
    assert.match(asked[0]?.body ?? '', /<t:PrimarySmtpAddress>anna@lab.test</);
    assert.equal(asked[0]?.request.headers['x-anchormailbox'], 'anna@lab.test');
    assert.equal(asked[0]?.request.headers.cookie, undefined);
    assert.equal(asked[1]?.request.headers.cookie, 'exchangecookie=1');
    assert.notEqual(
      asked[0]?.request.headers['client-request-id'],
      asked[1]?.request.headers['client-request-id'],
    );
  });

  it('asks in its own name with an own login, and as delegate', async () => {
    const { clientFor, asked } = await open((_asked, response) => send(response, folder));
    for (const mode of ['own', 'delegate'] as const) await clientFor({ mode }).call(calendar, never);
    for (const { body, request } of asked) {
      assert.ok(!body.includes('ExchangeImpersonation'));
      assert.equal(request.headers['x-anchormailbox'], undefined);
    }
  });

  it('steps down until the server understands, and remembers that', async () => {
    const { client, asked } = await open(({ body }, response) => {
      if (/Version="Exchange2013/.test(body)) send(response, fault('ErrorInvalidServerVersion'), 500);
      else send(response, folder);
    });
    await client.call(calendar, never);
    await client.call(calendar, never);
    assert.deepEqual(
      asked.map(({ body }) => /Version="(\w+)"/.exec(body)?.[1]),
      ['Exchange2013_SP1', 'Exchange2013', 'Exchange2010_SP2', 'Exchange2010_SP2'],
    );
    assert.match(client.memory(), /"version":"Exchange2010_SP2"/);
  });

  it('tries more again when the server was renewed', async () => {
    let release = '14';
    const { client, asked } = await open(({ body }, response) => {
      const header = `<t:ServerVersionInfo MajorVersion="${release}" MinorVersion="1" MajorBuildNumber="1" MinorBuildNumber="1"/>`;
      const isTooNew = release === '14' && body.includes('Exchange2013');
      const text = isTooNew ? fault('ErrorInvalidServerVersion') : folder;
      send(response, text.replace('<s:Header>', `<s:Header>${header}`), isTooNew ? 500 : 200);
    });
    await client.call(calendar, never);
    release = '15';
    await client.call(calendar, never);
    await client.call(calendar, never);
    assert.deepEqual(
      asked.slice(2).map(({ body }) => /Version="(\w+)"/.exec(body)?.[1]),
      ['Exchange2010_SP2', 'Exchange2010_SP2', 'Exchange2013_SP1'],
    );
  });

  it('does not step down from a version that was configured', async () => {
    const { client } = await open(
      (_asked, response) => send(response, fault('ErrorInvalidServerVersion'), 500),
      { serverVersion: 'Exchange2016' },
    );
    await assert.rejects(client.call(calendar, never), failing('ours', 'ErrorInvalidServerVersion'));
  });

  it('asks again what only reads, with growing pauses', async () => {
    let count = 0;
    const { client, slept } = await open((_asked, response) => {
      count += 1;
      if (count < 4) response.writeHead(502).end();
      else send(response, folder);
    });
    await client.call(calendar, never);
    assert.deepEqual(slept, [250, 500, 1000]);
  });

  it('gives up after five times, and then does not ask for a while', async () => {
    const { client, asked } = await open((_asked, response) => void response.writeHead(500).end('<html>'));
    await assert.rejects(client.call(calendar, never), failing('transient', 'http-500'));
    await assert.rejects(client.call(calendar, never), failing('transient', 'server-unreachable'));
    assert.equal(asked.length, 5);
  });

  it('takes what goes wrong in one mailbox for no failure of the server, and what goes wrong in five for one', async () => {
    const { clientFor } = await open((asked, response) => {
      if (!asked.body.includes('anna')) return send(response, fault('ErrorInternalServerError'), 500);
      send(response, folder);
    });
    const of = (name: string) => clientFor({ mailbox: `${name}@lab.test` }).call(calendar, never);
    for (const _ of 'twice.')
      await assert.rejects(of('ben'), failing('transient', 'ErrorInternalServerError'));
    await of('anna');
    for (const name of ['ben', 'cleo', 'dora', 'emil'])
      await assert.rejects(of(name), failing('transient', 'ErrorInternalServerError'));
    await assert.rejects(of('fay'), failing('transient', 'server-unreachable'));
    await assert.rejects(of('anna'), failing('transient', 'server-unreachable'));
  });

  it('asks once for what is answered with a page of HTML, which is nothing that passes by itself', async () => {
    const page = { 'content-type': 'text/html' };
    const { client, asked } = await open(
      (_asked, response) => void response.writeHead(200, page).end('<p>Sign in'),
    );
    for (let at = 0; at < 8; at++)
      await assert.rejects(client.call(calendar, never), failing('configuration', 'answer-not-soap'));
    assert.equal(asked.length, 8);
  });

  const lost: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'a connection that breaks': (response) => response.destroy(),
    'half an answer': (response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('<s:Env');
      response.destroy();
    },
    'an answer that is no XML': (response) => send(response, 'Service <unavailable'),
    'an answer that counts wrongly': (response) => send(response, answer('DeleteItem', '', '')),
    'an empty answer': (response) => send(response, ''),
  };
  for (const [what, spoil] of Object.entries(lost)) {
    it(`never sends a write twice: ${what}`, async () => {
      const { client, asked, slept } = await open((_asked, response) => spoil(response));
      await assert.rejects(client.call(removal, never), failing('transient'));
      assert.equal(asked.length, 1);
      assert.deepEqual(slept, []);
    });
  }

  it('leaves the server alone when it is busy, with every mailbox of the same login', async () => {
    const now = { at: 0 };
    const { client, clientFor, asked } = await open(
      (_asked, response) =>
        send(
          response,
          fault(
            'ErrorServerBusy',
            '<ResponseCode>ErrorServerBusy</ResponseCode><t:MessageXml><t:Value Name="BackOffMilliseconds">9000</t:Value></t:MessageXml>',
          ),
          500,
        ),
      {},
      () => now.at,
    );
    await assert.rejects(client.call(calendar, never), failing('throttle', 'ErrorServerBusy'));
    await assert.rejects(
      clientFor({ mailbox: 'bob@lab.test' }).call(calendar, never),
      failing('throttle', 'paused-by-server'),
    );
    assert.equal(asked.length, 1);
    now.at += 9000;
    await assert.rejects(client.call(calendar, never), failing('throttle', 'ErrorServerBusy'));
    assert.equal(asked.length, 2);
    // Another login has a budget of its own.
    const identity = { credentials: credentials('bob', 'p'), isService: false };
    await assert.rejects(
      clientFor({ identity, mode: 'own' }).call(calendar, never),
      failing('throttle', 'ErrorServerBusy'),
    );
    assert.equal(asked.length, 3);
  });

  it('hears of a busy server in one part of a batch', async () => {
    const { client } = await open((_asked, response) =>
      send(response, answer('GetItem', { code: 'ErrorServerBusy' })),
    );
    const [outcome] = await client.call(getItems([{ id: 'a' }]), never);
    assert.ok(outcome !== undefined && 'failure' in outcome);
    await assert.rejects(client.call(calendar, never), failing('throttle', 'paused-by-server'));
  });

  it('has one request under way for a mailbox, and not too many for the server', async () => {
    const held: ServerResponse[] = [];
    let enough = 1;
    let most = 0;
    const { client, clientFor } = await open(
      (_asked, response) => {
        held.push(response);
        most = Math.max(most, held.length);
        if (held.length >= enough) for (const each of held.splice(0)) send(each, folder);
      },
      { maxConcurrentRequests: 2 },
    );
    await Promise.all([1, 2, 3].map(() => client.call(calendar, never)));
    assert.equal(most, 1);
    // Answers come when two are waiting: were it fewer, this would never end; were it more, it would show.
    enough = 2;
    await Promise.all(['b', 'c', 'd', 'e'].map((name) => clientFor({ mailbox: name }).call(calendar, never)));
    assert.equal(most, 2);
  });

  it('stops the connector when the service account is refused, and asks only once', async () => {
    const { clientFor, asked, connections } = await open((_asked, response) => send(response, folder));
    const identity = { credentials: credentials('svc', 'wrong'), isService: true };
    await assert.rejects(
      clientFor({ identity }).call(calendar, never),
      failing('auth-global', 'login-refused'),
    );
    const before = connections();
    await assert.rejects(
      clientFor({ identity, mailbox: 'bob@lab.test' }).call(calendar, never),
      failing('auth-global'),
    );
    assert.equal(asked.length, 0);
    assert.equal(connections(), before);
    // A person's own refusal is theirs alone.
    const own = { credentials: credentials('anna', 'wrong'), isService: false };
    await assert.rejects(clientFor({ identity: own, mode: 'own' }).call(calendar, never), failing('auth'));
  });

  it('takes the trouble of one mailbox for that of the mailbox, not of the service account', async () => {
    const { client, clientFor } = await open(({ body }, response) =>
      body.includes('anna@lab.test')
        ? send(response, fault('ErrorAccountDisabled'), 500)
        : send(response, folder),
    );
    await assert.rejects(client.call(calendar, never), failing('permission', 'ErrorAccountDisabled'));
    await clientFor({ mailbox: 'bob@lab.test' }).call(calendar, never);
  });

  it('shows traces without what was said', async () => {
    const traces: Trace[] = [];
    const { client } = await open(
      (_asked, response) => send(response, folder),
      {},
      undefined,
      (entry) => void traces.push(entry),
    );
    await client.call(calendar, never);
    assert.deepEqual(
      traces.map(({ operation, status, mailbox }) => [operation, status, mailbox]),
      [['GetFolder', 200, 'anna@lab.test']],
    );
    assert.ok(!traces[0]?.request.includes('secret'));
  });

  it('follows to where EWS has moved, also with what writes, and remembers the place', async () => {
    const { client, asked } = await open(({ request, operation }, response) => {
      if (request.url === '/EWS/Exchange.asmx')
        response.writeHead(307, { location: '/east/EWS/exchange.asmx' }).end();
      else if (request.url === '/east/EWS/exchange.asmx')
        response.writeHead(302, { location: '../../west/ews/Exchange.ASMX' }).end('<html>');
      else send(response, operation === 'DeleteItem' ? answer('DeleteItem', '') : folder);
    });
    assert.deepEqual(await client.call(removal, never), [{ value: true }]);
    await client.call(calendar, never);
    assert.deepEqual(
      asked.map(({ request }) => request.url),
      ['/EWS/Exchange.asmx', '/east/EWS/exchange.asmx', '/west/ews/Exchange.ASMX', '/west/ews/Exchange.ASMX'],
    );
  });

  for (const [where, location] of [
    ['a host that nobody has allowed', 'https://elsewhere.example/EWS/Exchange.asmx'],
    ['plain HTTP', 'http://localhost:1/EWS/Exchange.asmx'],
    ['Exchange Online', 'https://outlook.office365.com/EWS/Exchange.asmx'],
    ['a page', '/owa/auth/logon.aspx?url=/EWS/Exchange.asmx'],
    ['itself', '/EWS/Exchange.asmx'],
    ['nowhere', ''],
  ] as const) {
    it(`does not follow to ${where}`, async () => {
      const { client, asked } = await open((_asked, response) => {
        response.writeHead(302, { location }).end();
      });
      await assert.rejects(client.call(calendar, never), failing('configuration', 'http-redirect'));
      assert.ok(asked.length <= 2, 'once more at most, after it was looked for again');
    });
  }

  it('is not led in a circle', async () => {
    const { client, asked } = await open(({ request }, response) => {
      const location = request.url === '/EWS/Exchange.asmx' ? '/other.asmx' : '/EWS/Exchange.asmx';
      response.writeHead(301, { location }).end();
    });
    await assert.rejects(client.call(calendar, never), failing('configuration', 'http-redirect'));
    assert.ok(asked.length <= 13, `${asked.length} requests`);
  });

  it('looks for the mailbox again when it is not there any more', async () => {
    let isMoved = false;
    const { client, asked } = await open(
      ({ request }, response) => {
        if (isMoved && request.url !== '/new') response.writeHead(404).end();
        else send(response, folder);
      },
      {},
      undefined,
      undefined,
      async (url) => new URL(isMoved ? '/new' : '/EWS/Exchange.asmx', url),
    );
    await client.call(calendar, never);
    isMoved = true;
    await client.call(calendar, never);
    await client.call(calendar, never);
    assert.deepEqual(
      asked.map(({ request }) => request.url),
      ['/EWS/Exchange.asmx', '/EWS/Exchange.asmx', '/new', '/new'],
    );
  });
});

interface Opened extends Bench {
  readonly asked: ScriptedServer['asked'];
  readonly connections: () => number;
}

async function open(
  script: Script,
  changes: Parameters<typeof settingsFor>[1] = {},
  now: () => number = Date.now,
  trace?: (entry: Trace) => void,
  where?: (base: URL) => Promise<URL>,
): Promise<Opened> {
  const opened = await scriptedServer(script);
  server = opened;
  const settings = settingsFor(opened, changes);
  used = bench(
    settings,
    {
      trace,
      ...(where !== undefined && {
        find: async () => ({ url: await where(opened.url), group: undefined, found: now() }),
      }),
    },
    now,
  );
  return { ...used, asked: opened.asked, connections: opened.connectionCount };
}
