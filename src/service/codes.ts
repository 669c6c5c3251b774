/**
 * Codes for one use: in a QR code, in the set-up address, in a sign-in that goes on elsewhere. Whoever has one may do
 * one thing, once, within some minutes.
 */
import type { PrincipalId } from '../core/ids.ts';
import type { Code, CodePurpose } from '../core/portal.ts';
import { Refusal } from '../core/refusal.ts';
import { instant } from '../icalendar/time.ts';
import type { Services } from './context.ts';
import { keyedHash } from './fingerprint.ts';
import { commitRefusal } from './writing.ts';

export interface NewCode {
  readonly purpose: CodePurpose;
  readonly principal: PrincipalId | null;
  readonly payload?: string;
  readonly lifeMs: number;
  /** Absent: random bits. What is given must be as hard to guess. */
  readonly code?: string;
}

/** 160 random bits. */
const codeBytes = 20;

/** Makes a code; it is told once and stored as a hash only. */
export async function issueCode(
  services: Services,
  { purpose, principal, payload = '', lifeMs, code = randomCode(services) }: NewCode,
): Promise<{ readonly code: string; readonly expires: number }> {
  const expires = instant(services.clock.now() + lifeMs);
  const hash = keyedHash(services.secret, code);
  const result = await services.storage.commit({
    actor: principal,
    changes: [{ do: 'add-code', hash, purpose, principal, payload, expires }],
  });
  if (!result.ok) throw commitRefusal(result);
  return { code, expires };
}

/** Stores another payload for a code, whether or not the code exists. */
export async function renewCode(
  services: Services,
  { purpose, principal, payload = '', lifeMs, code }: NewCode & { readonly code: string },
): Promise<void> {
  const hash = keyedHash(services.secret, code);
  const expires = instant(services.clock.now() + lifeMs);
  const add = { do: 'add-code', hash, purpose, principal, payload, expires } as const;
  const isThere = (await services.storage.code(hash, purpose)) !== undefined;
  const result = await services.storage.commit({
    actor: principal,
    changes: isThere ? [{ do: 'use-code', hash, purpose }, add] : [add],
  });
  if (!result.ok) throw commitRefusal(result);
}

export function randomCode(services: Services): string {
  return Buffer.from(services.random(codeBytes)).toString('base64url');
}

/**
 * Reads a code without using it up. `undefined` for one that is used, unknown, expired or for another purpose, without
 * telling these apart.
 */
export async function readCode(
  services: Services,
  purpose: CodePurpose,
  code: string,
): Promise<Code | undefined> {
  return await services.storage.code(keyedHash(services.secret, code), purpose);
}

/** Uses a code up. Of two who try at the same moment, one succeeds. Refuses `gone`. */
export async function useCode(services: Services, purpose: CodePurpose, code: string): Promise<Code> {
  const hash = keyedHash(services.secret, code);
  const found = await services.storage.code(hash, purpose);
  const result =
    found && (await services.storage.commit({ actor: null, changes: [{ do: 'use-code', hash, purpose }] }));
  if (!found || !result?.ok) throw new Refusal('gone', 'this code has expired or was used');
  return found;
}
