/** Autodiscover says where to go, and everything on the way may lie: a password goes to hosts on the list and to no others. */
import assert from 'node:assert/strict';
import { createExchange, type ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import type { Handler } from '../../outbound/server.ts';
import { credentials, never, settingsFor } from '../exchange/scripted.ts';
import { type Network, network } from './network.ts';

const soapPath = '/autodiscover/autodiscover.svc';

/** Takes any login, and answers autodiscover with this answer for a user. */
function discovering(user: string): Handler {
  return (request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else if (request.url === soapPath)
      response
        .writeHead(200, { 'content-type': 'text/xml; charset=utf-8' })
        .end(
          `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><Response><ErrorCode>NoError</ErrorCode><UserResponses><UserResponse>${user}</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>`,
        );
    else response.writeHead(404).end();
  };
}

const redirect = (code: string, target: string): string =>
  `<ErrorCode>${code}</ErrorCode><RedirectTarget>${target}</RedirectTarget>`;
const found = (url: string): string =>
  `<ErrorCode>NoError</ErrorCode><UserSettings><UserSetting><Name>ExternalEwsUrl</Name><Value>${url}</Value></UserSetting></UserSettings>`;
const moved =
  (location: string, status = 302): Handler =>
  (_request, response) => {
    response.writeHead(status, { location }).end();
  };
/** A host that would take every password. */
const greedy: Handler = (request, response) => {
  if (request.headers.authorization === undefined)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  else response.writeHead(200).end('thank you');
};

const own = 'mail.corp.example:443';
const evil = 'evil.example:443';
let net: Network | undefined;
afterEach(() => net?.close());

/** Looks for the mailbox and tries to open it; answers the code of the failure. */
async function visit(
  hosts: Readonly<Record<string, Handler>>,
  changes: Partial<ExchangeSettings> = {},
  services: readonly { readonly name: string; readonly port: number }[] = [],
): Promise<string> {
  net = await network({ [evil]: greedy, 'evil.example:80': greedy, ...hosts });
  const server = {
    port: 443,
    url: new URL('https://mail.corp.example'),
    connectionCount: () => 0,
    close: () => Promise.resolve(),
  };
  const settings = settingsFor(server, {
    host: 'mail.corp.example',
    autodiscover: 'soap',
    proxy: net.proxy,
    ...changes,
  });
  const exchange = createExchange(settings, {
    userAgent: 'test',
    now: Date.now,
    random: () => 0.5,
    services: () => Promise.resolve(services),
  });
  const mailbox = exchange.mailbox({
    mailbox: 'anna@corp.example',
    credentials: credentials('svc', 'secret'),
    isService: true,
    memory: '',
    zone: 'Europe/Stockholm',
    territory: null,
    aliases: [],
  });
  try {
    await mailbox.calendars(never);
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof RemoteFailure, String(error));
    return error.code;
  } finally {
    await exchange.close();
  }
}

/** Hosts that were connected to. */
function reached(): readonly string[] {
  return [...new Set(net?.wanted ?? [])].sort();
}

describe('a password and the hosts of others', () => {
  const lies: readonly (readonly [string, Handler])[] = [
    [
      'a redirect by URL',
      discovering(redirect('RedirectUrl', 'https://evil.example/autodiscover/autodiscover.svc')),
    ],
    ['an address of EWS', discovering(found('https://evil.example/EWS/Exchange.asmx'))],
    ['a redirect of HTTP', moved('https://evil.example/')],
    ['a redirect of HTTP that keeps the body', moved('https://evil.example/', 307)],
    ['a host that begins like ours', moved('https://mail.corp.example.evil.example/')],
    ['our host as a user name', moved('https://mail.corp.example@evil.example/')],
    ['our host without TLS', moved('http://mail.corp.example/')],
    ['this machine', moved('https://127.0.0.1/')],
    ['this machine by name', moved('https://localhost/')],
    ['this machine by IPv6', moved('https://[::1]/')],
    ['this machine as IPv4 within IPv6', moved('https://[::ffff:127.0.0.1]/')],
    ['this machine as a number', moved('https://2130706433/')],
    ['the metadata of a cloud', moved('http://169.254.169.254/latest/meta-data/')],
    ['the metadata of a cloud by TLS', discovering(found('https://169.254.169.254/EWS/Exchange.asmx'))],
    ['no address', moved('https://')],
    ['another scheme', moved('file:///etc/passwd')],
  ];
  for (const [what, handler] of lies) {
    it(`stay apart: ${what}`, async () => {
      const code = await visit({ [own]: handler, 'mail.corp.example:80': greedy });
      assert.match(code, /^autodiscover-/);
      assert.deepEqual(reached(), [own]);
    });
  }

  it('stay apart: a redirect to a mailbox elsewhere is asked about at home', async () => {
    await visit({ [own]: discovering(redirect('RedirectAddress', 'anna@evil.example')) });
    assert.deepEqual(reached(), [own]);
  });

  it('stay apart: the domain of the mailbox and what DNS tells of it are not asked', async () => {
    await visit({ [own]: moved('/nowhere', 200) }, {}, [
      { name: 'evil.example', port: 443 },
      { name: 'localhost', port: 443 },
      { name: '169.254.169.254', port: 443 },
    ]);
    assert.deepEqual(reached(), [own]);
  });

  it('stay apart: the probe over plain HTTP carries no password, and its redirect counts for listed hosts only', async () => {
    const listed = { allowedHosts: ['autodiscover.corp.example'] };
    await visit(
      { [own]: moved('/nowhere', 200), 'autodiscover.corp.example:80': moved('https://evil.example/') },
      listed,
    );
    assert.ok(net?.told.some(({ host }) => host === 'autodiscover.corp.example:80'));
    for (const { host, scheme } of net?.told ?? []) if (host !== own) assert.equal(scheme, '', host);
    assert.ok(!reached().includes(evil));
  });

  it('meet where the host is listed', async () => {
    const ews: Handler = (request, response, body) => {
      if (request.url === soapPath)
        discovering(found('https://mail2.corp.example/EWS/Exchange.asmx'))(request, response, body);
      else greedy(request, response, body);
    };
    await visit({ [own]: ews, 'mail2.corp.example:443': greedy }, { allowedHosts: ['*.corp.example'] });
    const schemes = net?.told.flatMap(({ host, scheme }) =>
      host === 'mail2.corp.example:443' ? scheme : [],
    );
    assert.ok(schemes?.includes('Basic'));
  });

  it('stay apart within a listed domain when the name is that of this machine', async () => {
    const hosts = { [own]: moved('https://127.0.0.1/') };
    const code = await visit(hosts, { allowedHosts: ['*.corp.example', '*.0.0.1', '*.1'] });
    assert.notEqual(code, 'ok');
    assert.deepEqual(
      reached().filter((host) => !/\.corp\.example:\d+$/.test(host)),
      [],
    );
  });
});
