/** Whoever cannot prove to be the server is told nothing: no password, no name, not even a question. */
import assert from 'node:assert/strict';
import { type Credentials } from '../../../src/connectors/exchange/auth/credentials.ts';
import type { CheckStep } from '../../../src/connectors/exchange/check.ts';
import { createExchange, type ExchangeSettings } from '../../../src/connectors/exchange/index.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import { certificateFile, startServer, type TestServer } from '../../outbound/server.ts';
import { credentials, never, settingsFor } from '../exchange/scripted.ts';

interface Visit {
  readonly steps: readonly CheckStep[];
  readonly code: string;
  readonly requests: number;
  /** How often the password was taken out of its envelope. */
  readonly revealed: number;
  /** Schemes of the Authorization headers that arrived. */
  readonly schemes: readonly string[];
}

/** The connection test, and somebody's mailbox. */
async function visit(
  certificate: string | undefined,
  changes: Partial<ExchangeSettings>,
  offers: readonly string[] = ['Basic realm="x"'],
): Promise<Visit> {
  let requests = 0;
  let revealed = 0;
  const schemes: string[] = [];
  const server: TestServer = await startServer((request, response) => {
    requests += 1;
    const { authorization } = request.headers;
    if (authorization !== undefined) schemes.push(authorization.split(' ')[0] ?? '');
    response.writeHead(401, { 'www-authenticate': [...offers] }).end();
  }, certificate);
  const secret: Credentials = {
    login: 'svc',
    domain: null,
    secretId: 'x',
    reveal: () => {
      revealed += 1;
      return Promise.resolve('the secret');
    },
  };
  const settings = settingsFor(server, { tls: certificate !== undefined, tlsVerify: 'ca', ...changes });
  const exchange = createExchange(settings, { userAgent: 'test', now: Date.now, random: () => 0.5 });
  const request = { mailbox: 'anna@corp.example', credentials: secret, isService: true };
  try {
    const steps: CheckStep[] = [];
    for await (const step of exchange.check({ ...request, probe: true }, never)) steps.push(step);
    const mailbox = exchange.mailbox({
      ...request,
      memory: '',
      zone: 'Europe/Stockholm',
      territory: null,
      aliases: [],
    });
    const code = await mailbox.calendars(never).then(
      () => 'ok',
      (error: unknown) => {
        assert.ok(error instanceof RemoteFailure, String(error));
        assert.doesNotMatch(`${error.message} ${String(error.cause)} ${error.stack}`, /the secret/);
        return error.code;
      },
    );
    return { steps, code, requests, revealed, schemes };
  } finally {
    await exchange.close();
    await server.close();
  }
}

describe('a server that cannot prove who it is', () => {
  const ca = certificateFile('ca.pem');
  const refusals: readonly (readonly [string, string, Partial<ExchangeSettings>, string])[] = [
    ['signed by itself', 'self-signed.pem', { tlsVerify: 'system' }, 'certificate-untrusted'],
    ['signed by itself, with an own authority', 'self-signed.pem', { tlsCa: ca }, 'certificate-untrusted'],
    ['of an unknown authority', 'server.pem', { tlsVerify: 'system' }, 'certificate-untrusted'],
    [
      'of another authority than the given one',
      'server.pem',
      { tlsCa: certificateFile('self-signed.pem') },
      'certificate-untrusted',
    ],
    ['with another name', 'other-name.pem', { tlsCa: ca }, 'certificate-name'],
    ['whose certificate has expired', 'expired.pem', { tlsCa: ca }, 'certificate-expired'],
    [
      'with another key than the pinned one',
      'server.pem',
      { tlsVerify: 'pin', tlsPin: 'A'.repeat(43) + '=' },
      'certificate-pin',
    ],
  ];
  for (const [what, certificate, changes, expected] of refusals) {
    it(`is told nothing: ${what}`, async () => {
      const seen = await visit(certificate, changes);
      assert.equal(seen.code, expected);
      const failed = seen.steps.filter(({ ok }) => ok === false);
      assert.deepEqual(
        failed.map(({ step, advice }) => [step, advice]),
        [['tls', 'tls']],
      );
      assert.match(failed[0]?.found ?? '', new RegExp(`${expected}|pinned`));
      assert.deepEqual([seen.requests, seen.revealed], [0, 0]);
      const tried = seen.steps.filter(({ ok }) => ok !== null).map(({ step }) => step);
      assert.deepEqual(tried, ['dns', 'tcp', 'tls']);
    });
  }

  it('is told nothing: it speaks no TLS at all', async () => {
    let requests = 0;
    const server = await startServer(() => {
      requests += 1;
    });
    const settings = settingsFor(server, { tls: true, tlsVerify: 'ca', tlsCa: ca });
    const exchange = createExchange(settings, { userAgent: 'test', now: Date.now, random: () => 0.5 });
    const request = { mailbox: '', credentials: credentials('svc', 'secret'), isService: true, probe: false };
    const steps: CheckStep[] = [];
    for await (const step of exchange.check(request, never)) steps.push(step);
    await exchange.close();
    await server.close();
    assert.deepEqual([steps.find(({ ok }) => ok === false)?.step, requests], ['tls', 0]);
  });
});

describe('the way to sign in', () => {
  const ca = { tlsCa: certificateFile('ca.pem') };

  it('is not Basic where that is not listed, whatever the server offers', async () => {
    for (const offers of [['Basic realm="x"'], ['Basic realm="x"', 'Digest realm="x"'], []]) {
      const seen = await visit('server.pem', { ...ca, authMethods: ['ntlm'] }, offers);
      assert.ok(!seen.schemes.includes('Basic'));
      assert.deepEqual([seen.code, seen.revealed], ['method-not-offered', 0]);
    }
  });

  it('is not Basic where a server stops half-way through NTLM', async () => {
    const seen = await visit('server.pem', { ...ca, authMethods: ['ntlm'] }, ['NTLM', 'Basic realm="x"']);
    assert.deepEqual(new Set(seen.schemes), new Set(['NTLM']));
    assert.equal(seen.revealed, 0);
  });

  it('takes what is listed first, where the server offers both', async () => {
    const seen = await visit('server.pem', { ...ca, authMethods: ['ntlm', 'basic'] }, [
      'Basic realm="x"',
      'NTLM',
    ]);
    assert.equal(seen.schemes[0], 'NTLM');
  });

  it('is nothing at all where only Kerberos or tokens are listed', async () => {
    const seen = await visit('server.pem', { ...ca, authMethods: ['negotiate', 'oauth'] });
    assert.deepEqual([seen.schemes, seen.revealed, seen.code], [[], 0, 'method-not-supported']);
  });
});
