/**
 * Passwords that must be sent later, and so cannot be hashed: sealed with AES-256-GCM under a key that does not lie in the
 * database (exchange.md §18.1).
 *
 * A sealed text names its key and opens in one place only: table, row and column are authenticated with it, so a sealed
 * password that was copied into another row opens nothing there.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** The first is the one to seal with; the others still open what was sealed before. */
export interface KeyRing {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

export interface Vault {
  readonly seal: (place: string, text: string) => Promise<string>;
  /** Throws `SealError`. */
  readonly open: (place: string, sealed: string) => Promise<string>;
  /** Is it sealed with the key that new ones are sealed with? */
  readonly isCurrent: (sealed: string) => Promise<boolean>;
}

/** A secret that cannot be opened; says what to do, and nothing of the secret. */
export class SealError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SealError';
  }
}

/** Where a secret stands. */
export const placeOf = (table: string, row: string | number, column: string): string =>
  JSON.stringify([table, String(row), column]);

/** Of a sealed text on its way from the command line to a settings file. */
export const portablePlace: string = placeOf('file', '', 'password');

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const pattern = /^enc:v1:([0-9a-f]{8}):([A-Za-z0-9_-]{38,})$/;

/** Has the form that `seal` gives; whether a key opens it is another question. */
export function isSealed(text: string): boolean {
  return pattern.test(text);
}

/** `enc:v1:<key>:<nonce, text and tag in base64url>`. */
export function seal(
  { current, keys }: KeyRing,
  place: string,
  text: string,
  random: (sizeBytes: number) => Uint8Array,
): string {
  const key = keys.get(current);
  if (!key) throw new SealError('there is no key to seal secrets with');
  const nonce = random(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `enc:v1:${current}:${sealed.toString('base64url')}`;
}

/** The text again. Throws a `SealError` that says what is wrong: no such key, another place, bytes that were changed. */
export function open({ keys }: KeyRing, place: string, sealed: string): string {
  const [, keyId = '', body = ''] = pattern.exec(sealed) ?? [];
  if (keyId === '') throw new SealError('this is no sealed secret (enc:v1:...)');
  const key = keys.get(keyId);
  if (!key) {
    throw new SealError(
      `the secret was sealed with key ${keyId}, which is not at hand: bring back the key file, or set the password anew`,
    );
  }
  const bytes = Buffer.from(body, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch (error) {
    throw new SealError(
      'the secret was changed, or was sealed for another place: set the password anew',
      error,
    );
  }
}

/** The key that a sealed text needs. */
export function keyOf(sealed: string): string | undefined {
  return pattern.exec(sealed)?.[1];
}

/** A name for a key that tells nothing of it. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update('portcal connector key').update(key).digest('hex').slice(0, 8);
}

/** Keys as 64 hexadecimal digits each, the current one first, with blanks, commas or line ends between them. */
export function parseKeys(text: string): KeyRing {
  const written = text.split(/[\s,]+/).filter((part) => part !== '');
  const keys = new Map<string, Uint8Array>();
  for (const digits of written) {
    if (!/^[0-9a-f]{64}$/i.test(digits)) {
      throw new SealError(`a key has ${keyBytes * 2} hexadecimal digits: one of those given has not`);
    }
    const key = Buffer.from(digits, 'hex');
    keys.set(keyId(key), key);
  }
  const [current] = keys.keys();
  if (current === undefined) throw new SealError('there is no key');
  return { current, keys };
}

/**
 * A vault over keys that may change beside it: they are read anew before something is sealed, and when a secret names a key that
 * is not known yet.
 */
export function createVault(
  loadKeys: () => Promise<KeyRing>,
  random: (sizeBytes: number) => Uint8Array,
): Vault {
  let known: KeyRing | undefined;
  const fresh = async (): Promise<KeyRing> => {
    known = await loadKeys();
    return known;
  };
  return {
    seal: async (place, text) => seal(await fresh(), place, text, random),
    async open(place, sealed) {
      const id = keyOf(sealed);
      const ring = id !== undefined && known?.keys.has(id) ? known : await fresh();
      return open(ring, place, sealed);
    },
    isCurrent: async (sealed) => keyOf(sealed) === (await fresh()).current,
  };
}
