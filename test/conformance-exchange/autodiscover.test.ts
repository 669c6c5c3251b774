import assert from 'node:assert/strict';
import { type Element, parse } from '../../conformance/exchange/markup.ts';
import { allOf, type Lab, openLab, textOf } from './lab.ts';

const soap = (...addresses: readonly string[]): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users>${addresses.map((one) => `<a:User><a:Mailbox>${one}</a:Mailbox></a:User>`).join('')}</a:Users><a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting><a:Setting>GroupingInformation</a:Setting><a:Setting>CasVersion</a:Setting></a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>`;
const xml = (address: string): string =>
  `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>`;

describe('the fake Exchange server: autodiscover', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.close());

  const ask = async (
    path: string,
    body: string,
  ): Promise<{ readonly status: number; readonly answer: Element | undefined }> => {
    const response = await fetch(`${lab.exchange.origin}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization: `Basic ${Buffer.from('alice@lab.test:secret').toString('base64')}` },
      body,
    });
    return { status: response.status, answer: parse(await response.text()) };
  };

  it('names the server of each mailbox, several at once', async () => {
    const { mailboxes } = lab.exchange.autodiscover;
    mailboxes.set('bob@lab.test', {
      kind: 'server',
      ewsUrl: 'https://second.lab.test/EWS/Exchange.asmx',
      grouping: 'Site-2',
    });
    const { answer } = await ask(
      '/autodiscover/autodiscover.svc',
      soap('alice@lab.test', 'bob@lab.test', 'nobody@lab.test'),
    );
    assert.ok(answer);
    const users = allOf(answer, 'UserResponse');
    const values = users.map((one) => [
      textOf(one, 'ErrorCode'),
      ...allOf(one, 'Value').map(({ text }) => text),
    ]);
    assert.deepEqual(values, [
      ['NoError', lab.exchange.url, 'Default-First-Site-Name'],
      ['NoError', 'https://second.lab.test/EWS/Exchange.asmx', 'Site-2'],
      ['InvalidUser'],
    ]);
    assert.equal(textOf(users[0] ?? answer, 'SettingName'), 'CasVersion');
  });

  it('redirects by address and by URL', async () => {
    const { mailboxes } = lab.exchange.autodiscover;
    mailboxes.set('moved@lab.test', { kind: 'address', address: 'alice@lab.test' });
    mailboxes.set('far@lab.test', { kind: 'url', url: 'https://far.lab.test/autodiscover/autodiscover.svc' });
    const { answer } = await ask('/autodiscover/autodiscover.svc', soap('moved@lab.test', 'far@lab.test'));
    assert.ok(answer);
    assert.deepEqual(
      allOf(answer, 'UserResponse').map((one) => [textOf(one, 'ErrorCode'), textOf(one, 'RedirectTarget')]),
      [
        ['RedirectAddress', 'alice@lab.test'],
        ['RedirectUrl', 'https://far.lab.test/autodiscover/autodiscover.svc'],
      ],
    );
    const old = await ask('/Autodiscover/Autodiscover.xml', xml('moved@lab.test'));
    assert.equal(textOf(old.answer ?? answer, 'RedirectAddr'), 'alice@lab.test');
  });

  it('answers in the older XML form', async () => {
    const { answer } = await ask('/autodiscover/autodiscover.xml', xml('alice@lab.test'));
    assert.ok(answer);
    const protocols = allOf(answer, 'Protocol').map((one) => [textOf(one, 'Type'), textOf(one, 'EwsUrl')]);
    assert.deepEqual(protocols, [
      ['EXCH', lab.exchange.url],
      ['EXPR', lab.exchange.url],
    ]);
    const none = await ask('/autodiscover/autodiscover.xml', xml('nobody@lab.test'));
    assert.equal(textOf(none.answer ?? answer, 'ErrorCode'), '500');
  });

  it('sends clients elsewhere by HTTP', async () => {
    lab.exchange.autodiscover.location = 'https://autodiscover.lab.test/autodiscover/autodiscover.xml';
    assert.equal((await ask('/autodiscover/autodiscover.xml', xml('alice@lab.test'))).status, 302);
  });
});
