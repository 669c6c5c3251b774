/** What is needed of a server's certificate: its key's fingerprint, and the binding of a login to this channel. */
import { createHash, type X509Certificate } from 'node:crypto';

/** What administrators pin: SHA-256 of the SubjectPublicKeyInfo, base64 (RFC 7469 §2.4). */
export function publicKeyPin(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** Accepts base64, and hexadecimal with or without colons; undefined for anything that is no SHA-256. */
export function normalizedPin(typed: string): string | undefined {
  const text = typed.trim().replace(/^sha256[/:]+/i, '');
  const hex = text.replaceAll(':', '');
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex').toString('base64');
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes?.length === 32 ? bytes.toString('base64') : undefined;
}

/**
 * `tls-server-end-point` (RFC 5929 §4.1): the hash of the certificate, by the hash of its signature, but at least
 * SHA-256. Where the signature names none (Ed25519), the RFC leaves the binding undefined; Windows then takes SHA-256.
 */
export function serverEndPoint(der: Uint8Array): Buffer {
  return createHash(signatureHash(der) ?? 'sha256')
    .update(der)
    .digest();
}

/** The hash function of a certificate's signature; undefined for MD5, SHA-1, none, and what cannot be read. */
function signatureHash(der: Uint8Array): string | undefined {
  // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OID, parameters }, … }
  const certificate = elementAt(der, 0);
  if (certificate === undefined) return undefined;
  const signed = elementAt(der, certificate.from);
  const algorithm = signed === undefined ? undefined : elementAt(der, signed.to);
  const oid = algorithm === undefined ? undefined : elementAt(der, algorithm.from);
  if (algorithm === undefined || oid === undefined) return undefined;
  const name = hex(der, oid);
  if (name !== rsaPss) return hashes.get(name);
  // RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm SEQUENCE { OID … } … }; absent means SHA-1 (RFC 8017 A.2.3).
  const parameters = elementAt(der, oid.to);
  const tagged = parameters === undefined ? undefined : elementAt(der, parameters.from);
  const hashAlgorithm = tagged === undefined ? undefined : elementAt(der, tagged.from);
  const hashOid = hashAlgorithm === undefined ? undefined : elementAt(der, hashAlgorithm.from);
  return hashOid === undefined ? undefined : hashes.get(hex(der, hashOid));
}

const rsaPss = '2a864886f70d01010a';

/** DER of the object identifiers that a signature or RSASSA-PSS parameters may have. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);

interface Element {
  /** Of the content. */
  readonly from: number;
  readonly to: number;
}

/** One DER element with definite length (X.690 §8.1). */
function elementAt(der: Uint8Array, at: number): Element | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  let length = first;
  let from = at + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) return undefined;
    length = 0;
    for (let count = 0; count < octets; count += 1, from += 1) length = length * 256 + (der[from] ?? 0);
  }
  return from + length <= der.length ? { from, to: from + length } : undefined;
}

function hex(der: Uint8Array, element: Element): string {
  return Buffer.from(der.subarray(element.from, element.to)).toString('hex');
}
