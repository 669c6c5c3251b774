/**
 * What is kept beside a subscription link, in a row of its maker's among what they have chosen: its secret part, so that they
 * can copy the address again, and the language of its titles (portal.md 3.6).
 *
 * Feeds are found by a hash. The token is sealed under the server's secret, which lies in another file than the database: a
 * stolen database alone opens no feed. Where the administrator wants links to be shown once, none is kept.
 */
import { createHmac } from 'node:crypto';
import type { Change } from '../core/change-set.ts';
import { id, type LinkId, type PrincipalId } from '../core/ids.ts';
import { policiesOf } from './access.ts';
import { type KeyRing, keyId, open, placeOf, SealError, seal } from './connectors/secrets.ts';
import type { Services } from './context.ts';

interface Beside {
  /** Sealed. */
  readonly token?: string;
  readonly language?: string;
}

const prefix = 'link.';

/** What is kept of a link that gets this token; with it goes what is left of links that are gone. */
export async function keptToken(
  services: Services,
  principal: PrincipalId,
  link: LinkId,
  token: string,
): Promise<readonly Change[]> {
  const all = await rows(services, principal);
  const { language } = all.get(link) ?? {};
  const sealed = (await isShownOnce(services))
    ? undefined
    : seal(ringOf(services), placeOf('feed_link', link, 'token'), token, services.random);
  return [
    ...(await leftOver(services, principal, all)),
    put(principal, link, {
      ...(sealed !== undefined && { token: sealed }),
      ...(language !== undefined && { language }),
    }),
  ];
}

export function droppedToken(principal: PrincipalId, link: LinkId): Change {
  return put(principal, link, {});
}

/** The tokens of a person's links that may be told again. */
export async function keptTokens(
  services: Services,
  principal: PrincipalId,
): Promise<ReadonlyMap<LinkId, string>> {
  const found = new Map<LinkId, string>();
  if (await isShownOnce(services)) return found;
  const ring = ringOf(services);
  for (const [link, { token }] of await rows(services, principal)) {
    const opened = token === undefined ? undefined : openToken(ring, link, token);
    if (opened !== undefined) found.set(link, opened);
  }
  return found;
}

/** The languages that a person has chosen for titles of links; the others speak the person's own. */
export async function linkLanguages(
  services: Services,
  principal: PrincipalId,
): Promise<ReadonlyMap<LinkId, string>> {
  const found = new Map<LinkId, string>();
  for (const [link, { language }] of await rows(services, principal))
    if (language !== undefined) found.set(link, language);
  return found;
}

/** Null: the person's own again. */
export async function linkLanguageChange(
  services: Services,
  principal: PrincipalId,
  link: LinkId,
  language: string | null,
): Promise<Change> {
  const { language: _, ...rest } = (await rows(services, principal)).get(link) ?? {};
  return put(principal, link, language === null ? rest : { ...rest, language });
}

/** From now on links are shown once: nothing of those that there are stays readable. */
export async function allTokensDropped(services: Services): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for await (const page of services.storage.principals({ includeDisabled: true })) {
    for (const { id: principal } of page) {
      for (const [link, { token, ...rest }] of await rows(services, principal))
        if (token !== undefined) changes.push(put(principal, link, rest));
    }
  }
  return changes;
}

async function isShownOnce(services: Services): Promise<boolean> {
  return (await policiesOf(services)).get('links.hashed') === 'yes';
}

function put(principal: PrincipalId, link: LinkId, beside: Beside): Change {
  const value = Object.keys(beside).length === 0 ? null : JSON.stringify(beside);
  return { do: 'set-preference', principal, key: `${prefix}${link}`, value };
}

/** Read as carefully as other choices are: another version may have written them. */
async function rows({ storage }: Services, principal: PrincipalId): Promise<ReadonlyMap<LinkId, Beside>> {
  const found = new Map<LinkId, Beside>();
  for (const [key, text] of await storage.preferences(principal)) {
    if (!key.startsWith(prefix)) continue;
    const link = id<LinkId>(Number(key.slice(prefix.length)));
    found.set(link, besideIn(text));
  }
  return found;
}

function besideIn(text: string): Beside {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const [token, language]: readonly unknown[] = [
      Reflect.get(value, 'token'),
      Reflect.get(value, 'language'),
    ];
    return {
      ...(typeof token === 'string' && { token }),
      ...(typeof language === 'string' && { language }),
    };
  } catch {
    return {};
  }
}

/** Links go with their calendar; what was kept of them goes at the next one. */
async function leftOver(
  services: Services,
  principal: PrincipalId,
  all: ReadonlyMap<LinkId, Beside>,
): Promise<readonly Change[]> {
  const links = new Set((await services.storage.links({ principal })).map((link) => link.id));
  return [...all.keys()].filter((link) => !links.has(link)).map((link) => droppedToken(principal, link));
}

/** Undefined for what was sealed under another secret: a restored database without its key. */
function openToken(ring: KeyRing, link: LinkId, sealed: string): string | undefined {
  try {
    return open(ring, placeOf('feed_link', link, 'token'), sealed);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function ringOf({ secret }: Services): KeyRing {
  const key = createHmac('sha256', secret).update('portcal addresses of links').digest();
  const current = keyId(key);
  return { current, keys: new Map([[current, key]]) };
}
