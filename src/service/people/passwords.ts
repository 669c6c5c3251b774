/** Account passwords and app passwords (clients.md demands 30 to 33). */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Change } from '../../core/change-set.ts';
import { type AppPasswordId, type CalendarId, id as idOf } from '../../core/ids.ts';
import { type Actor, type AppPassword, type AppPasswordScope, type Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { actorFor, calendarById, operator, requireSelf } from '../access.ts';
import type { Services } from '../context.ts';
import { keyedHash } from '../fingerprint.ts';
import { changeSet, commit } from '../writing.ts';

export interface IssuedAppPassword {
  readonly id: AppPasswordId;
  /** `abcd-efgh-ijkl-mnop-qrst`: told once. Dashes, blanks and case do not matter when it is typed. */
  readonly secret: string;
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
const groupLength = 4;
const groupCount = 5;

/** An app password has twenty letters of thirty-two: a hundred bits. */
const secretLength = groupLength * groupCount;

/** The app password with this secret, whoever it belongs to; `undefined` if there is none. */
export async function verifyAppPassword(services: Services, typed: string): Promise<AppPassword | undefined> {
  const secret = typed.toLowerCase().replaceAll(/[\s-]/g, '');
  if (secret.length !== secretLength) return undefined;
  return await services.storage.appPasswordByHash(keyedHash(services.secret, secret));
}

/**
 * Whether this is the account's password. Takes the same time for an account without a password, and for no account at
 * all.
 */
export async function verifyPassword(
  services: Services,
  principal: Principal | undefined,
  password: string,
): Promise<boolean> {
  const stored = principal && (await services.storage.credential(principal.id));
  const hash = stored?.hash ?? undefined;
  const matches = await matchesHash(password, hash ?? dummyHash);
  return hash !== undefined && matches;
}

/** Sets or, with null, removes the password of an account. */
export async function setPassword(
  services: Services,
  actor: Actor,
  principal: Principal,
  password: string | null,
): Promise<void> {
  requireSelf(actor, principal);
  const hash = password === null ? null : await hashPassword(password);
  // Somebody who knew the old password may still be signed in, so all sessions end.
  await commit(services, actor, [
    { do: 'set-password', principal: principal.id, hash },
    { do: 'end-sessions', principal: principal.id },
  ]);
}

/** The most calendars that an app password can name; a device that needs more gets all. */
const maxNamedCalendars = 100;

export interface AppPasswordValues {
  readonly label: string;
  readonly scope: AppPasswordScope;
  /** The only calendars that it opens, those that come later not among them; absent: all. */
  readonly calendars?: readonly CalendarId[] | undefined;
}

/** Makes an app password. Its secret is not stored. Refuses `not-found` for calendars that the person does not see. */
export async function addAppPassword(
  services: Services,
  actor: Actor,
  principal: Principal,
  { label, scope, ...values }: AppPasswordValues,
): Promise<IssuedAppPassword> {
  requireSelf(actor, principal);
  const calendars = values.calendars ? await seenBy(services, principal, values.calendars) : null;
  const secret = newSecret(services);
  const id = services.ids<AppPasswordId>();
  const hash = keyedHash(services.secret, secret);
  await commit(services, actor, [
    { do: 'add-app-password', id, principal: principal.id, label, scope, calendars, hash },
  ]);
  return { id, secret: secret.match(/.{4}/g)?.join('-') ?? secret };
}

async function seenBy(
  services: Services,
  principal: Principal,
  wanted: readonly CalendarId[],
): Promise<readonly CalendarId[]> {
  const calendars = [...new Set(wanted)];
  if (calendars.length === 0)
    throw new Refusal('malformed-request', 'an app password must open at least one calendar');
  if (calendars.length > maxNamedCalendars)
    throw new Refusal('quota-exceeded', `${maxNamedCalendars} calendars can be named at most`);
  // Checked with the person's own rights, whoever makes the password: calendars that the person may not see stay
  // hidden.
  const person = await actorFor(services, principal, { scope: 'read', via: 'session' });
  for (const calendar of calendars)
    if (!(await calendarById(services, person, calendar)))
      throw new Refusal('not-found', 'the person sees no such calendar');
  return calendars;
}

export async function listAppPasswords(
  services: Services,
  actor: Actor,
  principal: Principal,
): Promise<readonly AppPassword[]> {
  if (actor.principal.id !== principal.id) requireSelf(actor, principal);
  return await services.storage.appPasswords(principal.id);
}

/** The device that uses it is signed out at its next request. */
export async function revokeAppPassword(
  services: Services,
  actor: Actor,
  principal: Principal,
  appPassword: AppPasswordId,
): Promise<void> {
  requireSelf(actor, principal);
  const known = await services.storage.appPasswords(principal.id);
  if (!known.some(({ id }) => id === appPassword))
    throw new Refusal('not-found', 'there is no such app password');
  await commit(services, actor, [{ do: 'revoke-app-password', id: appPassword }]);
}

/** Ends the app passwords of Apple profiles that nobody has installed within their day (portal.md 5). */
export async function endUnusedPasswords(services: Services): Promise<void> {
  for (const { hash, payload } of await services.storage.expiredCodes('unused-password')) {
    const appPassword = idOf<AppPasswordId>(Number(payload));
    const found = await services.storage.appPassword(appPassword);
    const changes: Change[] = [{ do: 'use-code', hash, purpose: 'unused-password' }];
    if (found?.lastUsed === null) changes.push({ do: 'revoke-app-password', id: appPassword });
    // Another process may have ended it already, which is just as good.
    await services.storage.commit(changeSet(operator(), changes));
  }
}

/** Cost of one scrypt: 32 MB and some 60 ms of a pool thread. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const keyBytes = 32;
const saltBytes = 16;

/** `scrypt$N$r$p$salt$key`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt, cost, keyBytes);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Of no password: what names that nobody has are compared with. */
const dummyHash = `scrypt$${cost.N}$${cost.r}$${cost.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

async function matchesHash(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', key = ''] = stored.split('$');
  if (scheme !== 'scrypt') return false;
  const expected = Buffer.from(key, 'base64url');
  const parameters = { N: Number(N), r: Number(r), p: Number(p), maxmem: cost.maxmem };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), parameters, expected.length);
  return timingSafeEqual(derived, expected);
}

function derive(
  password: string,
  salt: Uint8Array,
  parameters: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
  length: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, parameters, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function newSecret(services: Services): string {
  // 256 is a multiple of 32: each letter is equally likely.
  return Array.from(services.random(secretLength), (byte) => letters[byte % letters.length]).join('');
}
