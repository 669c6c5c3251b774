/**
 * A password that somebody has typed and that is stored nowhere, between two requests that need it: connections that were
 * made with it live longer than the attempt to sign in. It is sealed under a key of this process, so that neither a look at
 * the memory nor a dump of it shows what the person types elsewhere, too (exchange.md §18.2).
 */
import { createHmac, randomBytes } from 'node:crypto';
import { type KeyRing, open, placeOf, seal } from './secrets.ts';

const keyId = '00000000';
const ring: KeyRing = { current: keyId, keys: new Map([[keyId, randomBytes(32)]]) };
const idKey = randomBytes(32);

/** What it answers tells the secret. */
export function heldSecret(secret: string): () => Promise<string> {
  const place = placeOf('memory', randomBytes(8).toString('hex'), 'password');
  const sealed = seal(ring, place, secret, randomBytes);
  // Nothing here may refer to `secret` itself: a closure keeps what it refers to.
  return () => Promise.resolve(open(ring, place, sealed));
}

/** The same for the same secret as long as this process lives, and without meaning to anybody else. */
export function secretId(secret: string): string {
  return createHmac('sha256', idKey).update(secret).digest('base64url').slice(0, 16);
}
