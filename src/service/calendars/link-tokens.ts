/**
 * The secret part of a subscription link, kept so that whoever made it can copy the address again (portal.md 3.6).
 *
 * Feeds are found by a hash. The token is sealed under the server's secret, which lies in another file than the database: a
 * stolen database alone opens no feed. Where the administrator wants links to be shown once, none is kept.
 */
import { createHmac } from 'node:crypto';
import type { FeedLink } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { LinkId } from '../../core/ids.ts';
import { policiesOf } from '../access.ts';
import { type KeyRing, keyId, open, placeOf, SealError, seal } from '../connectors/secrets.ts';
import type { Services } from '../context.ts';

/** The encrypted token that is stored with a link; null if links are shown once. */
export async function sealedToken(services: Services, link: LinkId, token: string): Promise<string | null> {
  if (await isShownOnce(services)) return null;
  return seal(ringOf(services), place(link), token, services.random);
}

/**
 * A link's token. `undefined` if it was shown once, or was encrypted under another secret (a database that was restored
 * without its key).
 */
export async function toldToken(
  services: Services,
  { id, token }: Pick<FeedLink, 'id' | 'token'>,
): Promise<string | undefined> {
  if (token === null || (await isShownOnce(services))) return undefined;
  try {
    return open(ringOf(services), place(id), token);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

/** The changes that delete all stored tokens: from now on links are shown once, the existing ones too. */
export async function allTokensDropped({ storage }: Services): Promise<readonly Change[]> {
  const kept = (await storage.links({})).filter(({ token }) => token !== null);
  return kept.map(({ id }): Change => ({ do: 'patch-link', id, patch: { token: null } }));
}

async function isShownOnce(services: Services): Promise<boolean> {
  return (await policiesOf(services)).get('links.hashed') === 'yes';
}

function place(link: LinkId): string {
  return placeOf('feed_link', link, 'token');
}

function ringOf({ secret }: Services): KeyRing {
  const key = createHmac('sha256', secret).update('portcal addresses of links').digest();
  const current = keyId(key);
  return { current, keys: new Map([[current, key]]) };
}
