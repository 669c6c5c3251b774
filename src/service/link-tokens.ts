/**
 * The secret part of subscription links, kept so that whoever made one can copy its address again (portal.md 3.6).
 *
 * Feeds are found by a hash. Beside it the token is kept sealed under the server's secret, which lies in another file than the
 * database: a stolen database alone opens no feed. Where the administrator wants links to be shown once, none is kept.
 */
import { createHmac } from 'node:crypto';
import type { Change } from '../core/change-set.ts';
import { id, type LinkId, type PrincipalId } from '../core/ids.ts';
import { policiesOf } from './access.ts';
import { type KeyRing, keyId, open, placeOf, SealError, seal } from './connectors/secrets.ts';
import type { Services } from './context.ts';

/** A row for each link among what a person has chosen. */
const prefix = 'link.';

/** What is kept of a link that gets this token; with it goes what is left of links that are gone. */
export async function keptToken(
  services: Services,
  principal: PrincipalId,
  link: LinkId,
  token: string,
): Promise<readonly Change[]> {
  const value = (await isShownOnce(services))
    ? null
    : JSON.stringify(seal(ringOf(services), placeOf('feed_link', link, 'token'), token, services.random));
  return [
    ...(await leftOver(services, principal)),
    { do: 'set-preference', principal, key: `${prefix}${link}`, value },
  ];
}

export function droppedToken(principal: PrincipalId, link: LinkId): Change {
  return { do: 'set-preference', principal, key: `${prefix}${link}`, value: null };
}

/** The tokens of a person's links that may be told again. */
export async function keptTokens(
  services: Services,
  principal: PrincipalId,
): Promise<ReadonlyMap<LinkId, string>> {
  const found = new Map<LinkId, string>();
  if (await isShownOnce(services)) return found;
  const ring = ringOf(services);
  for (const [link, sealed] of await rows(services, principal)) {
    const token = opened(ring, link, sealed);
    if (token !== undefined) found.set(link, token);
  }
  return found;
}

/** From now on links are shown once: nothing of those that there are stays readable. */
export async function allTokensDropped({ storage }: Services): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for await (const page of storage.principals({ includeDisabled: true })) {
    for (const { id: principal } of page) {
      for (const key of (await storage.preferences(principal)).keys())
        if (key.startsWith(prefix)) changes.push({ do: 'set-preference', principal, key, value: null });
    }
  }
  return changes;
}

async function isShownOnce(services: Services): Promise<boolean> {
  return (await policiesOf(services)).get('links.hashed') === 'yes';
}

async function rows(
  { storage }: Services,
  principal: PrincipalId,
): Promise<readonly (readonly [LinkId, string])[]> {
  const found: (readonly [LinkId, string])[] = [];
  for (const [key, text] of await storage.preferences(principal))
    if (key.startsWith(prefix)) found.push([id<LinkId>(Number(key.slice(prefix.length))), text]);
  return found;
}

/** Links go with their calendar; what was kept of them goes at the next one. */
async function leftOver(services: Services, principal: PrincipalId): Promise<readonly Change[]> {
  const links = new Set((await services.storage.links({ principal })).map((link) => link.id));
  return (await rows(services, principal))
    .filter(([link]) => !links.has(link))
    .map(([link]) => droppedToken(principal, link));
}

/** Undefined for what was sealed under another secret: a restored database without its key. */
function opened(ring: KeyRing, link: LinkId, text: string): string | undefined {
  try {
    return open(ring, placeOf('feed_link', link, 'token'), String(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SealError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function ringOf({ secret }: Services): KeyRing {
  const key = createHmac('sha256', secret).update('portcal addresses of links').digest();
  const current = keyId(key);
  return { current, keys: new Map([[current, key]]) };
}
