/** What administrators see and do: all links with their states and counters, never what is in the events. */
import type { ConnectorLink, ConnectorPair } from '../../core/connector.ts';
import type { ConnectorLinkId, PairId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { ListedLink } from '../../storage/port.ts';
import { requireAdministrator } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import type { Banner } from './banner.ts';
import { retry } from './links.ts';
import { type Wish, wish } from './runs.ts';
import { loadSettings } from './setting-store.ts';
import { situation } from './status.ts';

export interface LinkState extends ListedLink, Banner {
  readonly items: number;
  readonly issues: number;
}

/** Links behind `after`, with their states. Refuses `need-privileges`. */
export async function listLinks(
  services: Services,
  actor: Actor,
  query: { readonly text?: string; readonly after?: ConnectorLinkId; readonly limit: number },
): Promise<{ readonly links: readonly LinkState[]; readonly truncated: boolean }> {
  requireAdministrator(actor);
  const { limit, ...filter } = query;
  const found: ListedLink[] = [];
  for await (const page of services.storage.connectors.links({ provider: 'exchange', ...filter })) {
    found.push(...page);
    if (found.length > limit) break;
  }
  const links = await withStates(services, found.slice(0, limit));
  return { links, truncated: found.length > limit };
}

async function withStates(services: Services, listed: readonly ListedLink[]): Promise<readonly LinkState[]> {
  const settings = await loadSettings(services);
  const links: LinkState[] = [];
  for (const entry of listed) {
    const { state, reason, code, items, issues } = await situation(
      services,
      settings,
      entry.account,
      entry.link,
    );
    links.push({ ...entry, state, reason, code, items, issues });
  }
  return links;
}

/** One link with its state. Refuses `not-found`. */
export async function linkState(services: Services, actor: Actor, id: ConnectorLinkId): Promise<LinkState> {
  requireAdministrator(actor);
  const link = await liveLink(services, id);
  const { storage } = services;
  const [account, person, calendar] = await Promise.all([
    storage.connectors.account(link.account),
    storage.principal(link.principal),
    storage.calendar(link.calendar),
  ]);
  if (!account || !person) throw missing();
  const calendarName = calendar?.displayName ?? '';
  const [state] = await withStates(services, [{ link, account, person: person.name, calendarName }]);
  if (!state) throw missing();
  return state;
}

/** No run begins until `resumeLink`. Refuses `not-found` for links that have ended. */
export async function pauseLink(services: Services, actor: Actor, id: ConnectorLinkId): Promise<void> {
  requireAdministrator(actor);
  await liveLink(services, id);
  await commit(services, actor, [
    { do: 'patch-connector-link', id, patch: { stopped: 'administrator', wanted: null } },
  ]);
}

/** Lets a link go on, whatever had stopped it, and its account try its login again. */
export async function resumeLink(services: Services, actor: Actor, id: ConnectorLinkId): Promise<void> {
  requireAdministrator(actor);
  const { account } = await liveLink(services, id);
  const { via, address = '' } = actor;
  await commit(services, actor, [
    { do: 'audit', via, address, action: 'exchange.resume', subject: `exchange link ${id}` },
    { do: 'patch-connector-link', id, patch: { stopped: null, failures: 0, nextRun: services.clock.now() } },
    {
      do: 'patch-connector-account',
      id: account,
      patch: { stopped: null, authFailures: 0, notBefore: null },
    },
  ]);
}

/** Asks for a run of somebody’s link, as its person does with *Synchronise*. */
export async function runLink(
  services: Services,
  actor: Actor,
  id: ConnectorLinkId,
  cause: 'manual' | 'command',
): Promise<Wish> {
  requireAdministrator(actor);
  return await wish(services, actor, await liveLink(services, id), cause);
}

export interface QuarantinedPair {
  readonly pair: ConnectorPair;
  readonly mailbox: string;
}

/** Events of all links that are left alone, at most `limit`; codes and counts of them, not their contents. */
export async function listQuarantine(
  services: Services,
  actor: Actor,
  limit: number,
): Promise<readonly QuarantinedPair[]> {
  requireAdministrator(actor);
  const { connectors } = services.storage;
  const found: QuarantinedPair[] = [];
  for await (const links of connectors.links({ provider: 'exchange' })) {
    for (const { link, account } of links) {
      for await (const pairs of connectors.pairs(link.id, { quarantined: true })) {
        found.push(...pairs.map((pair) => ({ pair, mailbox: account.mailbox })));
        if (found.length >= limit) return found.slice(0, limit);
      }
    }
  }
  return found;
}

/** Tries an event of any link again that is left alone. Refuses `not-found` where it is not, or has ended. */
export async function retryAnyPair(services: Services, actor: Actor, id: PairId): Promise<void> {
  requireAdministrator(actor);
  const pair = await services.storage.connectors.pair(id);
  if (!pair || pair.quarantine === null || pair.ended !== null) throw missing();
  const link = await liveLink(services, pair.link);
  await commit(services, actor, retry(link, pair, services.clock.now()));
}

async function liveLink({ storage }: Services, id: ConnectorLinkId): Promise<ConnectorLink> {
  const link = await storage.connectors.link(id);
  if (!link || link.removed !== null) throw missing();
  return link;
}

function missing(): Refusal {
  return new Refusal('not-found', 'there is no such thing');
}
