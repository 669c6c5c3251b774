/**
 * Whose request it is, where a proxy in front has signed people in and names them in a header (ARCHITECTURE §9).
 *
 * The header alone opens nothing: the page asks for a session, as a form does, and writes go on to need proof that they come
 * from the page. A session that was opened on the proxy's word counts while the proxy gives it, and no session lives
 * on under the name of another person: a browser that changes hands shows nobody else's calendars.
 */
import { normalName, type Principal } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { endSession, type SignedIn, signedIn } from '../service/people/sessions.ts';
import { type CookieScope, tokenOf } from './cookie.ts';
import type { PortalParts } from './parts.ts';
import type { PortalRequest } from './route.ts';

/** The person signed in here, unless the proxy in front names somebody else. */
export async function whoIsThere(
  parts: PortalParts,
  scope: CookieScope,
  request: PortalRequest,
): Promise<SignedIn | undefined> {
  const token = tokenOf(scope, request);
  const who = token === undefined ? undefined : await signedIn(parts.services, token, request.address);
  if (!who) return undefined;
  // The request did not come through the proxy, or nobody is signed in there. The session is not ended: the proxy may name the person again.
  if (request.proxyUser === undefined) return who.session.openedBy === 'person' ? who : undefined;
  if ((await personNamed(parts, request))?.id === who.actor.principal.id) return who;
  await endSession(parts.services, who.actor, who.session.id).catch(gone);
  return undefined;
}

/** The person whom the proxy names; `undefined` if it names nobody who may sign in here. */
export async function personNamed(
  { personCalled }: PortalParts,
  { proxyUser }: PortalRequest,
): Promise<Principal | undefined> {
  return proxyUser === undefined ? undefined : await personCalled(proxyUser);
}

/** Refuses to sign in anybody but whom the proxy names: the session would end with the next request. */
export async function requireNamed(
  parts: PortalParts,
  request: PortalRequest,
  person: Principal | undefined,
): Promise<void> {
  if (request.proxyUser === undefined) return;
  const named = await personNamed(parts, request);
  if (named === undefined || named.id !== person?.id)
    throw new Refusal('need-privileges', 'the proxy in front has signed in somebody else');
}

/** The same for a person who does not exist yet, by name. */
export function requireNamedSo({ proxyUser }: PortalRequest, name: string): void {
  if (proxyUser === undefined || normalName(proxyUser) === normalName(name)) return;
  throw new Refusal('need-privileges', 'the proxy in front has signed in somebody of another name');
}

/** Passes over a refusal: another request has ended the session already. */
function gone(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
