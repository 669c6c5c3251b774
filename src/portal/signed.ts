/**
 * An Apple profile in the envelope that says who made it: CMS SignedData with its content inside (RFC 5652 §5), as iPhone and
 * Mac take it (portal.md 5). RSA and elliptic keys, SHA-256.
 *
 * What is written is a fixed form of some twenty elements, so it is written here rather than by a library.
 */
import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';

/** What a signature needs: the signer's certificate first, then those up to a root that devices know. */
export interface Signer {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
}

/** Reads the administrator's certificate chain and key, both PEM. Throws if the key does not belong to the certificate. */
export function signerOf(chain: string, key: string): Signer {
  const pems = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = pems.map((pem) => new X509Certificate(pem));
  const [own] = certificates;
  if (!own) throw new Error('there is no certificate to sign profiles with');
  const privateKey = createPrivateKey(key);
  if (!own.checkPrivateKey(privateKey)) throw new Error('the key is not that of the first certificate');
  if (algorithms[privateKey.asymmetricKeyType ?? ''] === undefined)
    throw new Error('profiles are signed with RSA or elliptic keys');
  return { certificates, key: privateKey };
}

export function signedData(content: Uint8Array, { certificates, key }: Signer, atMs: number): Uint8Array {
  const [own] = certificates;
  if (!own) throw new Error('there is no certificate to sign profiles with');
  const attributes = [
    attribute(ids.contentType, ids.data),
    attribute(ids.signingTime, utcTime(atMs)),
    attribute(ids.messageDigest, der(octets, createHash('sha256').update(content).digest())),
  ].toSorted((one, other) => Buffer.compare(one, other));
  // Signed as a SET, sent with a tag of its own (§5.4).
  const signature = sign('sha256', der(set, ...attributes), key);
  const signerInfo = der(
    sequence,
    version1,
    issuerAndSerial(own.raw),
    sha256,
    der(tagged(0), ...attributes),
    algorithms[key.asymmetricKeyType ?? ''] ?? sha256,
    der(octets, signature),
  );
  return der(
    sequence,
    ids.signedData,
    der(
      tagged(0),
      der(
        sequence,
        version1,
        der(set, sha256),
        der(sequence, ids.data, der(tagged(0), der(octets, content))),
        der(tagged(0), ...certificates.map(({ raw }) => raw)),
        der(set, signerInfo),
      ),
    ),
  );
}

// ---- DER (X.690 §10)

const [integer, octets, nothing, identifier, sequence, set] = [0x02, 0x04, 0x05, 0x06, 0x30, 0x31] as const;
const tagged = (number: number): number => 0xa0 + number;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...parts]);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

const oid = (hex: string): Buffer => der(identifier, Buffer.from(hex, 'hex'));

const ids = {
  data: oid('2a864886f70d010701'),
  signedData: oid('2a864886f70d010702'),
  contentType: oid('2a864886f70d010903'),
  messageDigest: oid('2a864886f70d010904'),
  signingTime: oid('2a864886f70d010905'),
} as const;

const version1 = der(integer, Buffer.from([1]));
const sha256 = der(sequence, oid('608648016503040201'));
const algorithms: Readonly<Record<string, Buffer>> = {
  rsa: der(sequence, oid('2a864886f70d010101'), der(nothing)),
  ec: der(sequence, oid('2a8648ce3d040302')),
};

function attribute(type: Buffer, value: Buffer): Buffer {
  return der(sequence, type, der(set, value));
}

/** `261111090000Z`; the form for years up to 2049 (RFC 5652 §11.3). */
function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(text.slice(2)));
}

/** As they stand in the certificate (RFC 5280 §4.1): version, serial number, algorithm, issuer. */
function issuerAndSerial(certificate: Buffer): Buffer {
  const inside = (at: number): number => elementAt(certificate, at).start;
  let at = inside(inside(0));
  if (certificate[at] === tagged(0)) at = elementAt(certificate, at).end;
  const serial = elementAt(certificate, at);
  const algorithm = elementAt(certificate, serial.end);
  const issuer = elementAt(certificate, algorithm.end);
  return der(sequence, certificate.subarray(algorithm.end, issuer.end), certificate.subarray(at, serial.end));
}

/** The place where the contents of a DER element begin and end. */
function elementAt(bytes: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = bytes[at + 1] ?? 0;
  const more = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + more;
  return { start, end: start + (more === 0 ? first : bytes.readUIntBE(at + 2, more)) };
}
