import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedData, signerOf } from '../../src/portal/signed.ts';
import { openWorld } from './world.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('a signed profile', function signing() {
  this.timeout(120_000);
  let folder: string;

  before(function skipWithout() {
    // The judge is one that we did not write.
    if (!hasOpenssl) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'portcal-signed-'));
    for (const [name, options] of [
      ['rsa', ['-newkey', 'rsa:2048']],
      ['ec', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']],
    ] as const)
      execFileSync(
        'openssl',
        [
          ['req', '-x509', '-nodes', '-days', '2', '-utf8', '-subj', `/CN=Ölands ${name}/O=Example`],
          options,
          ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)],
        ].flat(),
        { stdio: 'ignore' },
      );
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  /** What openssl takes out of the envelope, after it has looked at the signature. */
  const verified = (signed: Uint8Array, name: string): string => {
    const file = join(folder, 'signed.der');
    writeFileSync(file, signed);
    return execFileSync(
      'openssl',
      [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-in',
        file,
        '-CAfile',
        join(folder, `${name}.pem`),
        '-purpose',
        'any',
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  };

  for (const name of ['rsa', 'ec'])
    it(`is verified by OpenSSL (${name})`, () => {
      const signer = signerOf(pem(`${name}.pem`) + pem('rsa.pem'), pem(`${name}.key`));
      for (const content of ['<plist/>', 'ж'.repeat(70_000)]) {
        const signed = signedData(Buffer.from(content), signer, Date.now());
        assert.equal(verified(signed, name), content);
        const changed = Buffer.from(signed);
        const at = changed.indexOf(content.slice(0, 4));
        changed[at] = (changed[at] ?? 0) ^ 1;
        assert.throws(() => verified(changed, name));
      }
    });

  it('needs a certificate and the key that belongs to it', () => {
    assert.throws(() => signerOf('', pem('rsa.key')), /no certificate/);
    assert.throws(() => signerOf(pem('rsa.pem'), pem('ec.key')), /not that of the first certificate/);
  });

  it('is what a phone fetches where the administrator has given certificate and key', async () => {
    const files = { 'profile-cert': join(folder, 'ec.pem'), 'profile-key': join(folder, 'ec.key') };
    const world = await openWorld({ ...files, 'public-url': 'https://cal.example.com' });
    try {
      const anna = await world.signedIn('anna');
      const fetched = async (): Promise<string> => {
        const { code } = await anna.ok('POST /connect/codes', { body: { device: 'apple' } });
        const answer = await fetch(`${world.url}/connect/${code}/portal.mobileconfig`);
        assert.equal(answer.headers.get('content-type'), 'application/x-apple-aspen-config');
        return verified(new Uint8Array(await answer.arrayBuffer()), 'ec');
      };
      assert.match(await fetched(), /com\.apple\.caldav\.account/);
    } finally {
      await world.close();
    }
  });
});
