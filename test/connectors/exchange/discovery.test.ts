import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createFinder, type Finder } from '../../../src/connectors/exchange/discovery/find.ts';
import {
  poxQuestion,
  readPoxAnswer,
  readSoapAnswers,
  soapQuestion,
} from '../../../src/connectors/exchange/discovery/messages.ts';
import type { ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { endpointOf } from '../../../src/connectors/exchange/settings.ts';
import {
  type Asked,
  type Bench,
  bench,
  credentials,
  failing,
  never,
  type Script,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

const soapPath = '/autodiscover/autodiscover.svc';
const poxPath = '/autodiscover/autodiscover.xml';

const readSoapAnswer = (body: Uint8Array) => readSoapAnswers(body, 1)?.[0];

function soapAnswer(user: string): string {
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><Response><ErrorCode>NoError</ErrorCode><UserResponses><UserResponse>${user}</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>`;
}
function soapSettings(values: Readonly<Record<string, string>>): string {
  const settings = Object.entries(values).map(
    ([name, value]) => `<UserSetting><Name>${name}</Name><Value>${value}</Value></UserSetting>`,
  );
  return soapAnswer(`<ErrorCode>NoError</ErrorCode><UserSettings>${settings.join('')}</UserSettings>`);
}
function poxAnswer(account: string): string {
  return `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"><Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"><Account>${account}</Account></Response></Autodiscover>`;
}

describe('autodiscover messages', () => {
  it('ask for one mailbox in both dialects', () => {
    const soap = soapQuestion(
      ['anna@corp.example'],
      new URL('https://mail.corp.example/autodiscover/autodiscover.svc'),
    );
    assert.match(
      soap,
      /<wsa:Action>http:\/\/schemas.microsoft.com\/exchange\/2010\/Autodiscover\/Autodiscover\/GetUserSettings</,
    );
    assert.match(soap, /<a:User><a:Mailbox>anna@corp.example<\/a:Mailbox><\/a:User>/);
    assert.match(soap, /<a:Setting>GroupingInformation<\/a:Setting>/);
    assert.match(
      poxQuestion('anna@corp.example'),
      /<Autodiscover xmlns="[^"]+requestschema\/2006"><Request><EMailAddress>anna@corp.example</,
    );
  });

  it('read addresses, redirects and refusals', () => {
    assert.deepEqual(
      readSoapAnswer(
        Buffer.from(
          soapSettings({
            InternalEwsUrl: 'https://in/e',
            ExternalEwsUrl: 'https://out/e',
            GroupingInformation: 'Berlin',
          }),
        ),
      ),
      {
        urls: ['https://in/e', 'https://out/e'],
        group: 'Berlin',
      },
    );
    assert.deepEqual(
      readSoapAnswer(
        Buffer.from(soapAnswer('<ErrorCode>RedirectAddress</ErrorCode><RedirectTarget>a@x</RedirectTarget>')),
      ),
      { redirectAddress: 'a@x' },
    );
    assert.deepEqual(readSoapAnswer(Buffer.from(soapAnswer('<ErrorCode>InvalidUser</ErrorCode>'))), {
      failed: 'InvalidUser',
    });
    const pox = poxAnswer(
      '<Action>settings</Action><Protocol><Type>EXCH</Type><EwsUrl>https://in/e</EwsUrl></Protocol><Protocol><Type>EXPR</Type><EwsUrl>https://out/e</EwsUrl></Protocol>',
    );
    assert.deepEqual(readPoxAnswer(Buffer.from(pox)), {
      urls: ['https://out/e', 'https://in/e'],
      group: undefined,
    });
    assert.deepEqual(
      readPoxAnswer(Buffer.from(poxAnswer('<Action>redirectAddr</Action><RedirectAddr>b@x</RedirectAddr>'))),
      { redirectAddress: 'b@x' },
    );
    for (const text of ['', 'no', '<!DOCTYPE a><a/>'])
      assert.deepEqual(readSoapAnswer(Buffer.from(text)), { failed: 'answer-unreadable' });
  });
});

let server: ScriptedServer | undefined;
let used: Bench | undefined;
afterEach(async () => {
  await used?.pool.close();
  await server?.close();
});

describe('autodiscover', () => {
  it('takes what SOAP says, the configured host first', async () => {
    const { finder, access, base } = await open((asked, response) =>
      send(
        response,
        soapSettings({
          ExternalEwsUrl: 'https://other.example/e',
          InternalEwsUrl: new URL(
            '/EWS/b2',
            asked.request.headers.host ? `http://${asked.request.headers.host}` : 'http://x',
          ).href,
          GroupingInformation: 'g1',
        }),
      ),
    );
    const place = await finder.discover(access, never);
    assert.deepEqual([place.url.href, place.group], [new URL('/EWS/b2', base).href, 'g1']);
  });

  it('asks in the other dialect where there is no SOAP', async () => {
    const { finder, access, asked, base } = await open(({ request }, response) => {
      if (request.url === soapPath) response.writeHead(404).end();
      else
        send(
          response,
          poxAnswer(
            `<Action>settings</Action><Protocol><Type>EXPR</Type><EwsUrl>${own(request.headers.host)}/EWS/pox</EwsUrl></Protocol>`,
          ),
        );
    });
    assert.equal((await finder.discover(access, never)).url.href, new URL('/EWS/pox', base).href);
    assert.deepEqual(paths(asked), [soapPath, poxPath]);
  });

  it('follows redirects to another mailbox and to another address, but not for ever', async () => {
    const { finder, access, asked } = await open(
      ({ request, body }, response) => {
        if (body.includes('anna@lab.test'))
          send(
            response,
            soapAnswer(
              '<ErrorCode>RedirectAddress</ErrorCode><RedirectTarget>anna@new.test</RedirectTarget>',
            ),
          );
        else if (request.url === soapPath)
          send(
            response,
            soapAnswer(
              `<ErrorCode>RedirectUrl</ErrorCode><RedirectTarget>${own(request.headers.host)}/second</RedirectTarget>`,
            ),
          );
        else send(response, soapSettings({ ExternalEwsUrl: `${own(request.headers.host)}/EWS/c` }));
      },
      { autodiscover: 'soap' },
    );
    assert.equal((await finder.discover(access, never)).url.pathname, '/EWS/c');
    assert.deepEqual(paths(asked), [soapPath, soapPath, '/second']);
  });

  const usersIn = (body: string): readonly string[] =>
    [...body.matchAll(/<a:Mailbox>([^<]*)</g)].map(([, mailbox = '']) => mailbox);
  const settingsOf = (url: string): string =>
    `<ErrorCode>NoError</ErrorCode><UserSettings><UserSetting><Name>ExternalEwsUrl</Name><Value>${url}</Value></UserSetting></UserSettings>`;

  it('asks for several mailboxes of a service account in one request, each with its own answer', async () => {
    const asks: (readonly string[])[] = [];
    const { finder, access } = await open(
      ({ request, body }, response) => {
        const users = usersIn(body);
        asks.push(users);
        const answers = users.map((user) =>
          user.startsWith('gone')
            ? '<ErrorCode>InvalidUser</ErrorCode>'
            : settingsOf(`${own(request.headers.host)}/EWS/${user.slice(0, 4)}`),
        );
        send(response, soapAnswer(answers.join('</UserResponse><UserResponse>')));
      },
      { autodiscover: 'soap' },
    );
    const found = await Promise.allSettled(
      ['anna', 'carl', 'gone', 'anna'].map((name) =>
        finder.discover({ ...access, mailbox: `${name}@lab.test` }, never),
      ),
    );
    assert.deepEqual(
      found.map((one) => (one.status === 'fulfilled' ? one.value.url.pathname : 'failed')),
      ['/EWS/anna', '/EWS/carl', 'failed', '/EWS/anna'],
    );
    assert.deepEqual(asks[0], ['anna@lab.test', 'carl@lab.test', 'gone@lab.test']);
  });

  it('asks one by one where the answers do not fit the question, and forgets who has given up', async () => {
    const asks: number[] = [];
    const { finder, access } = await open(
      ({ request, body }, response) => {
        asks.push(usersIn(body).length);
        const two = settingsOf('https://x/');
        const [user = ''] = usersIn(body);
        const answer = settingsOf(`${own(request.headers.host)}/EWS/${user.slice(0, 4)}`);
        send(
          response,
          soapAnswer(usersIn(body).length > 1 ? `${two}</UserResponse><UserResponse>${two}` : answer),
        );
      },
      { autodiscover: 'soap' },
    );
    const control = new AbortController();
    const asked = ['anna', 'carl', 'dora', 'erik'].map((name) =>
      finder.discover({ ...access, mailbox: `${name}@lab.test` }, name === 'erik' ? control.signal : never),
    );
    control.abort();
    const found = await Promise.allSettled(asked);
    assert.deepEqual(
      found.map((one) => (one.status === 'fulfilled' ? one.value.url.pathname : 'failed')),
      ['/EWS/anna', '/EWS/carl', '/EWS/dora', 'failed'],
    );
    assert.deepEqual(asks, [3, 1, 1, 1]);
  });

  it('ends a circle of redirects', async () => {
    const { finder, access, asked } = await open(
      ({ request }, response) =>
        response.writeHead(302, { location: `${own(request.headers.host)}${soapPath}` }).end(),
      { autodiscover: 'soap' },
    );
    await assert.rejects(
      finder.discover(access, never),
      failing('configuration', 'autodiscover-too-many-redirects'),
    );
    assert.equal(asked.length, 11);
  });

  it('sends nothing to hosts that nobody has allowed', async () => {
    const stranger = await scriptedServer((_asked, response) => send(response, soapSettings({})));
    try {
      const foreign = `http://localhost:${stranger.port}`;
      const targets = [`<ErrorCode>RedirectUrl</ErrorCode><RedirectTarget>${foreign}/x</RedirectTarget>`];
      const { finder, access } = await open(({ request }, response) => {
        if (request.url === soapPath) send(response, soapAnswer(targets[0] ?? ''));
        else response.writeHead(302, { location: `${foreign}/y` }).end();
      });
      await assert.rejects(
        finder.discover(access, never),
        failing('configuration', 'autodiscover-http-redirect'),
      );
      const { finder: second, access: again } = await open((_asked, response) =>
        send(response, soapSettings({ ExternalEwsUrl: `https://localhost:${stranger.port}/EWS` })),
      );
      await assert.rejects(second.discover(again, never), failing('configuration'));
      assert.equal(stranger.connectionCount(), 0);
    } finally {
      await stranger.close();
    }
  });

  it('looks only where it may: neither domain nor DNS answer are asked unless allowed', async () => {
    const looked: string[] = [];
    const { finder, access, asked } = await open(
      (_asked, response) => response.writeHead(404).end(),
      {},
      (name) => {
        looked.push(name);
        return Promise.resolve([{ name: 'evil.example', port: 443 }]);
      },
    );
    await assert.rejects(finder.discover(access, never), failing('configuration', 'autodiscover-http-404'));
    assert.deepEqual(paths(asked), [soapPath, poxPath]);
    assert.deepEqual(looked, ['_autodiscover._tcp.lab.test']);
  });

  it('uses the configured address where `auto` finds nothing, and looks again soon', async () => {
    const { finder, access, base } = await open((_asked, response) => response.writeHead(404).end());
    const place = await finder.find(access, false, never);
    assert.equal(place.url.href, new URL('/EWS/Exchange.asmx', base).href);
    assert.ok(Date.now() - place.found > 22 * 3_600_000);
  });

  it('does not ask at all where it is switched off', async () => {
    const { finder, access, asked } = await open((_asked, response) => response.end(), {
      autodiscover: 'off',
    });
    await finder.find(access, false, never);
    assert.equal(asked.length, 0);
  });

  const elsewhere: readonly (readonly [what: string, script: Script, isOffered: boolean | undefined])[] = [
    ...[403, 404, 405, 410, 501].map((status): (typeof elsewhere)[number] => [
      `HTTP ${status}`,
      (_asked, response) => response.writeHead(status).end(),
      false,
    ]),
    [
      'the way to a page to sign in',
      ({ request }, response) =>
        request.url === soapPath
          ? response.writeHead(302, { location: '/owa/auth/logon.aspx?url=x' }).end()
          : response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>Sign in</body></html>'),
      false,
    ],
    [
      'the way to a server that nobody has allowed',
      (_asked, response) => response.writeHead(302, { location: 'https://login.example/' }).end(),
      false,
    ],
    [
      'no way to sign in that is allowed',
      (_asked, response) => response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end(),
      false,
    ],
    [
      'a refusal of a login that EWS accepts',
      (_asked, response) => response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
      false,
    ],
    ['HTTP 503', (_asked, response) => response.writeHead(503).end(), undefined],
    ['nothing', (_asked, response) => response.destroy(), undefined],
    [
      'that it does not know the mailbox',
      (_asked, response) => send(response, soapAnswer('<ErrorCode>InvalidUser</ErrorCode>')),
      true,
    ],
  ];
  for (const [what, script, isOffered] of elsewhere)
    it(`is ${isOffered === undefined ? 'left unknown' : isOffered ? 'offered' : 'not offered'} in SOAP where the answer is ${what}, though it is switched off`, async () => {
      const told: boolean[] = [];
      const { finder, access, asked } = await open(script, { autodiscover: 'off' }, undefined, (is) =>
        told.push(is),
      );
      await finder.trySoap(access, never);
      await finder.trySoap(access, never);
      assert.deepEqual(told, isOffered === undefined ? [] : [isOffered, isOffered]);
      assert.ok(asked.length >= 2, 'a refusal here is none of the login');
    });

  it('tells a connection test of each place that it has asked', async () => {
    const { finder, access, base } = await open(({ request }, response) => {
      if (request.url === soapPath) response.writeHead(405).end();
      else
        send(
          response,
          poxAnswer(
            `<Action>settings</Action><Protocol><Type>EXPR</Type><EwsUrl>${own(request.headers.host)}/EWS/pox</EwsUrl></Protocol>`,
          ),
        );
    });
    const told: string[] = [];
    await finder.discover(access, never, {
      told: ({ host, dialect, answer }) => told.push(`${dialect} ${host} ${String(answer)}`),
    });
    assert.deepEqual(told, [`soap ${base.host} http-405`, `pox ${base.host} ${base.origin}/EWS/pox`]);
  });

  it('is stopped by a refused password and by a busy server', async () => {
    const { finder, access } = await open((_asked, response) => response.end());
    const wrong = { ...access, identity: { credentials: credentials('svc', 'wrong'), isService: true } };
    await assert.rejects(finder.find(wrong, false, never), failing('auth-global'));
  });
});

interface Opened {
  readonly finder: Finder;
  readonly access: Bench['access'];
  readonly asked: readonly Asked[];
  readonly base: URL;
}

async function open(
  script: Script,
  changes: Partial<ExchangeSettings> = {},
  services: (name: string) => Promise<readonly { readonly name: string; readonly port: number }[]> = () =>
    Promise.resolve([]),
  onSoap: (isUnderstood: boolean) => void = () => undefined,
): Promise<Opened> {
  await used?.pool.close();
  await server?.close();
  const opened = await scriptedServer(script);
  server = opened;
  const settings = settingsFor(opened, { autodiscover: 'auto', ...changes });
  used = bench(settings);
  const finder = createFinder({
    settings,
    endpoint: endpointOf(settings),
    pool: used.pool,
    userAgent: 'portcal-test',
    now: Date.now,
    requestId: randomUUID,
    services,
    onSoap,
  });
  return { finder, access: used.access, asked: opened.asked, base: opened.url };
}

function own(host: string | undefined): string {
  return `http://${host}`;
}

function paths(asked: readonly Asked[]): readonly (string | undefined)[] {
  return asked.map(({ request }) => request.url);
}
