/**
 * Sessions of the page.
 *
 * The browser holds a random token, the storage its keyed hash: a stolen database opens nothing. Each sign-in has a
 * token of its own, whatever the browser had before, so nobody can make a person use a session that they know
 * (fixation). A session ends after a month, after a week without use, with the account, and with a change of its
 * password.
 */
import type { SessionId } from '../../core/ids.ts';
import type { OpenedBy, Session } from '../../core/portal.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { dayMs, instant, minuteMs } from '../../icalendar/time.ts';
import { actorFor, principalById } from '../access.ts';
import type { Services } from '../context.ts';
import { keyedHash } from '../fingerprint.ts';
import { commitRefusal } from '../writing.ts';

export const sessionMs: number = 30 * dayMs;
const idleMs: number = 7 * dayMs;

/** The last use is noted at most so often. */
const touchMs: number = minuteMs;

const tokenBytes = 32;

/** Where a session is used, as the browser tells it. */
export interface Place {
  readonly program: string;
  readonly address: string;
}

export interface SignedIn {
  readonly actor: Actor;
  readonly session: Session;
}

export interface OpenedSession extends SignedIn {
  /** For the cookie; told once. */
  readonly token: string;
}

/** How somebody has proved who they are. */
export interface Proven {
  readonly openedBy: OpenedBy;
  /**
   * The hash that the password matched. Comparing takes a while, and meanwhile the password may have been changed and
   * all sessions ended.
   */
  readonly passwordHash?: string | undefined;
}

const byPerson: Proven = { openedBy: 'person' };

/** Signs somebody in who has proved who they are. */
export async function openSession(
  services: Services,
  person: Principal,
  { program, address }: Place,
  { openedBy, passwordHash }: Proven = byPerson,
): Promise<OpenedSession> {
  const token = Buffer.from(services.random(tokenBytes)).toString('base64url');
  const id = services.ids<SessionId>();
  const now = services.clock.now();
  const expires = instant(now + sessionMs);
  const hash = keyedHash(services.secret, token);
  const principal = person.id;
  const result = await services.storage.commit({
    actor: principal,
    changes: [
      {
        do: 'add-session',
        id,
        principal,
        hash,
        expires,
        program,
        address,
        openedBy,
        ...(passwordHash !== undefined && { passwordHash }),
      },
      { do: 'audit', via: 'session', action: 'sign-in', subject: program, address },
    ],
  });
  if (!result.ok && result.reason === 'stale')
    throw new Refusal('not-signed-in', 'the password has been changed meanwhile');
  if (!result.ok) throw commitRefusal(result);
  const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
  const session = { id, principal, created: now, expires, lastUsed: now, program, address, openedBy };
  return { token, session, actor: { ...actor, address } };
}

/** Whose session a token is; undefined for none that lasts. */
export async function signedIn(
  services: Services,
  token: string,
  address: string,
): Promise<SignedIn | undefined> {
  const session = await services.storage.sessionByHash(keyedHash(services.secret, token));
  const now = services.clock.now();
  if (!session || session.expires <= now || session.lastUsed + idleMs <= now) return undefined;
  const person = await principalById(services, session.principal);
  if (!person || person.disabled) return undefined;
  if (session.lastUsed + touchMs <= now) services.storage.touchSession(session.id, now, address);
  const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
  return { session, actor: { ...actor, address } };
}

/** The actor's sessions that last, in order of creation. */
export async function listSessions(services: Services, actor: Actor): Promise<readonly Session[]> {
  const now = services.clock.now();
  const sessions = await services.storage.sessions(actor.principal.id);
  return sessions.filter(({ expires, lastUsed }) => expires > now && lastUsed + idleMs > now);
}

/** Ends one of the actor's own sessions. Refuses `not-found` for any other. */
export async function endSession(services: Services, actor: Actor, id: SessionId): Promise<void> {
  const own = await services.storage.sessions(actor.principal.id);
  if (!own.some((session) => session.id === id)) throw new Refusal('not-found', 'there is no such session');
  // It may be gone already, which is just as good.
  await services.storage.commit({ actor: actor.principal.id, changes: [{ do: 'end-session', id }] });
}
