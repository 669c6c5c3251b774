import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { normalizedPin, publicKeyPin, serverEndPoint } from '../../src/outbound/certificate.ts';
import { certificateFile } from './server.ts';

describe('the binding of a channel (RFC 5929)', () => {
  const cases: readonly (readonly [file: string, hash: string])[] = [
    ['ca.pem', 'sha256'],
    ['server.pem', 'sha384'],
    ['sha1.pem', 'sha256'],
    ['pss-sha512.pem', 'sha512'],
    ['ed25519.pem', 'sha256'],
  ];
  for (const [file, hash] of cases) {
    it(`is ${hash} of ${file}`, () => {
      const der = new X509Certificate(certificateFile(file)).raw;
      assert.deepEqual(serverEndPoint(der), createHash(hash).update(der).digest());
    });
  }

  it('is SHA-256 of bytes that are no certificate', () => {
    const bytes = Buffer.from([0x30, 0x84, 0xff]);
    assert.deepEqual(serverEndPoint(bytes), createHash('sha256').update(bytes).digest());
  });
});

describe('pins', () => {
  const pin = publicKeyPin(new X509Certificate(certificateFile('server.pem')));

  it('belong to the key, not to the certificate', () => {
    assert.equal(publicKeyPin(new X509Certificate(certificateFile('other-name.pem'))), pin);
    assert.notEqual(publicKeyPin(new X509Certificate(certificateFile('ca.pem'))), pin);
  });

  it('are understood as base64 and as hexadecimal', () => {
    const hex = Buffer.from(pin, 'base64').toString('hex');
    for (const typed of [
      pin,
      `sha256/${pin}`,
      ` ${hex} `,
      hex.toUpperCase(),
      hex.replace(/..(?!$)/g, '$&:'),
    ]) {
      assert.equal(normalizedPin(typed), pin, typed);
    }
    for (const typed of ['', 'abc', pin.slice(4), `${hex}00`])
      assert.equal(normalizedPin(typed), undefined, typed);
  });
});
