import assert from 'node:assert/strict';
import type { ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { endpointOf } from '../../../src/connectors/exchange/settings.ts';
import { redactedHeaders, redactedXml } from '../../../src/connectors/exchange/wire/redact.ts';
import { certificateFile } from '../../outbound/server.ts';
import { envelope, failing, settingsFor } from './scripted.ts';

const unused = {
  port: 443,
  url: new URL('https://x/'),
  connectionCount: () => 0,
  close: () => Promise.resolve(),
};
const settings = (changes: Partial<ExchangeSettings>): ExchangeSettings =>
  settingsFor(unused, { host: 'mail.corp.example', ...changes });

describe('the address in the settings', () => {
  it('is made of host, port and path', () => {
    assert.equal(endpointOf(settings({})).ewsUrl.href, 'https://mail.corp.example/EWS/Exchange.asmx');
    assert.equal(
      endpointOf(settings({ port: 8443, path: 'ews' })).ewsUrl.href,
      'https://mail.corp.example:8443/ews',
    );
    assert.equal(
      endpointOf(settings({ host: '[::1]', tls: false, port: 80 })).ewsUrl.href,
      'http://[::1]/EWS/Exchange.asmx',
    );
  });

  const refused: readonly (readonly [Partial<ExchangeSettings>, string])[] = [
    [{ host: ' ' }, 'host-missing'],
    [{ host: 'outlook.office365.com' }, 'exchange-online'],
    [{ host: 'Outlook.Office.com' }, 'exchange-online'],
    [{ tls: false }, 'insecure-http'],
    [{ host: 'a b' }, 'host-unreadable'],
    [{ tlsVerify: 'ca', tlsCa: 'none' }, 'tls-ca'],
    [{ tlsVerify: 'pin', tlsPin: 'abc' }, 'tls-pin'],
    [{ proxy: 'socks://x' }, 'proxy'],
  ];
  for (const [changes, code] of refused) {
    it(`is refused as ${code}`, () => {
      assert.throws(() => endpointOf(settings(changes)), failing('configuration', code));
    });
  }

  it('takes authority, pin and proxy as they are meant', () => {
    const ca = certificateFile('ca.pem');
    assert.deepEqual(endpointOf(settings({ tlsVerify: 'ca', tlsCa: ca })).trust, { verify: 'ca', ca });
    const pin = 'ab'.repeat(32);
    assert.deepEqual(endpointOf(settings({ tlsVerify: 'pin', tlsPin: pin })).trust, {
      verify: 'pin',
      pin: Buffer.from(pin, 'hex').toString('base64'),
    });
    assert.equal(endpointOf(settings({ proxy: 'http://p:8080' })).proxy?.host, 'p:8080');
    assert.equal(endpointOf(settings({ tls: false, allowInsecureHttp: true })).ewsUrl.protocol, 'http:');
  });
});

describe('traces', () => {
  const said = envelope(
    '<m:GetItemResponse><m:ResponseCode>NoError</m:ResponseCode><m:MessageText>anna@corp.example is unknown</m:MessageText>' +
      '<t:Subject>Salary</t:Subject><t:Body BodyType="HTML">&lt;p&gt;secret&lt;/p&gt;</t:Body><![CDATA[hidden]]><!-- hidden -->' +
      '<t:EmailAddress>bob@corp.example</t:EmailAddress><t:ItemId Id="AAMkADsecretlong" ChangeKey="DwAAkey123456"/>' +
      '<t:FieldURI FieldURI="item:Subject"/><t:Constant Value="marker"/><t:Start>2026-11-23T10:00:00Z</t:Start></m:GetItemResponse>',
  );

  it('show the shape and the codes, and nothing that anybody wrote', () => {
    const shown = redactedXml(said);
    for (const kept of [
      'NoError',
      'FieldURI="item:Subject"',
      '2026-11-23T10:00:00Z',
      'BodyType="HTML"',
      '<t:Subject>…',
    ]) {
      assert.ok(shown.includes(kept), kept);
    }
    for (const hidden of ['Salary', 'secret', 'corp.example', 'hidden', 'marker', 'AAMkAD']) {
      assert.ok(!shown.includes(hidden), hidden);
    }
  });

  it('have an end', () => {
    assert.ok(redactedXml('<a>x</a>'.repeat(100_000)).length < 100_000);
  });

  it('show no logins and cookies', () => {
    const shown = redactedHeaders([
      ['Authorization', 'Basic c2VjcmV0'],
      ['Cookie', 'a=secret'],
      ['WWW-Authenticate', 'NTLM TlRMTVNTUAACAAAA, Basic realm="x"'],
      ['X-AnchorMailbox', 'anna@corp.example'],
      ['Content-Type', 'text/xml'],
    ]);
    assert.deepEqual(shown, {
      authorization: '…',
      cookie: '…',
      'www-authenticate': 'NTLM …, Basic realm="x"',
      'x-anchormailbox': '…',
      'content-type': 'text/xml',
    });
  });
});
