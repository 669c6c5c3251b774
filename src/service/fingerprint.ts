/** Hashes: entity tags of bytes, and what is stored in the place of secrets. */
import { createHash, createHmac, type Hash, hash } from 'node:crypto';
import { type ETag, etag } from '../core/ids.ts';

/** The strong entity tag of these bytes, 128 bits of SHA-256: equal bytes have equal tags, in every process and for ever. */
export function etagOf(bytes: Uint8Array): ETag {
  return tagOf(hash('sha256', bytes, 'base64url'));
}

/** `etagOf` for bytes that were hashed piece by piece. */
export function etagOfDigest(sha256: Hash): ETag {
  return tagOf(sha256.digest('base64url'));
}

/** An entity tag over several texts; their boundaries count, so that no two lists have the same tag. */
export function etagOfParts(parts: readonly string[]): ETag {
  return etagOf(Buffer.from(JSON.stringify(parts)));
}

/** The hash under which a random token is stored: SHA-256, without a key. */
export function tokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/**
 * The hash under which a random secret is stored: SHA-256 keyed with the server's secret, so that guesses cannot be
 * tested with a stolen database alone.
 */
export function keyedHash(key: Uint8Array, secret: string): Uint8Array {
  return createHmac('sha256', key).update(secret).digest();
}

function tagOf(digest: string): ETag {
  return etag(`"${digest.slice(0, 22)}"`);
}
