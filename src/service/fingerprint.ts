/** Hashes: entity tags of bytes, and what is stored in the place of secrets. */
import { createHash, createHmac, type Hash, hash } from 'node:crypto';
import { type ETag, etag } from '../core/ids.ts';

/** The strong entity tag of these bytes, 128 bits of SHA-256: equal bytes have equal tags, in every process and for ever. */
export function etagOf(bytes: Uint8Array): ETag {
  return tagOf(hash('sha256', bytes, 'base64url'));
}

/** The same of bytes that have gone through a SHA-256 piece by piece. */
export function etagOfDigest(sha256: Hash): ETag {
  return tagOf(sha256.digest('base64url'));
}

/** The same over parts, none of which can run into the next. */
export function etagOfParts(parts: readonly string[]): ETag {
  return etagOf(Buffer.from(JSON.stringify(parts)));
}

/** What is stored of a random token that needs no key: SHA-256. */
export function tokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** What is stored of a random secret: SHA-256 keyed by the server's secret, so that a stolen database alone tests nothing. */
export function keyedHash(key: Uint8Array, secret: string): Uint8Array {
  return createHmac('sha256', key).update(secret).digest();
}

function tagOf(digest: string): ETag {
  return etag(`"${digest.slice(0, 22)}"`);
}
