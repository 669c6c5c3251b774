/** Linking a calendar here with one there, and ending that (exchange.md §6). A person has one link, and sees no other. */
import type { Calendar } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { ConnectorAccount, ConnectorLink, ConnectorPair, Direction } from '../../core/connector.ts';
import type { CalendarId, ConnectorLinkId, PairId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Instant } from '../../icalendar/time.ts';
import { calendarById, requireLevel, requireWriting } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { linkOfPerson, requireAccount, requireLink, requireRoom, requireUse } from './accounts.ts';
import { isAboutNote } from './notes.ts';
import { fromTheBeginning } from './read-again.ts';
import { isRunnable, wish } from './runs.ts';
import { loadSettings } from './setting-store.ts';

export interface LinkRequest {
  readonly calendar: CalendarId;
  readonly remoteCalendar: string;
  readonly remoteName: string;
  readonly direction: Direction;
  /** `YYYY-MM-DD`. */
  readonly startDate: string | null;
}

/**
 * What may be linked, before anything is written: an own calendar for events, and the actor's own account. Refuses
 * `not-found`, `need-privileges`, `unsupported-component`, `invalid-property`, `already-exists`, `quota-exceeded`.
 */
export async function checkedLink(
  services: Services,
  actor: Actor,
  { calendar, startDate }: Pick<LinkRequest, 'calendar' | 'startDate'>,
): Promise<{ readonly account: ConnectorAccount; readonly calendar: Calendar }> {
  requireWriting(actor);
  const settings = await loadSettings(services);
  await requireUse(services, settings, actor);
  const account = await requireAccount(services, actor);
  // Others may have come in since the sign-in.
  await requireRoom(services, settings, actor, account.mailbox);
  const seen = await calendarById(services, actor, calendar);
  if (!seen) throw new Refusal('not-found', 'there is no such calendar');
  requireLevel(seen.access, 'manage');
  if (seen.calendar.owner !== actor.principal.id) {
    throw new Refusal('need-privileges', 'only a calendar of your own can be linked', { privilege: 'all' });
  }
  if (!seen.calendar.components.includes('VEVENT')) {
    throw new Refusal('unsupported-component', 'this calendar takes no events');
  }
  if (startDate !== null && !isDay(startDate))
    throw new Refusal('invalid-property', 'wanted a day: YYYY-MM-DD');
  if (settings.values.exclusiveProvider) await requireOneProvider(services, actor, account);
  return { account, calendar: seen.calendar };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

async function requireOneProvider(
  { storage }: Services,
  actor: Actor,
  { provider }: ConnectorAccount,
): Promise<void> {
  const links = await storage.connectors.linksOfPerson(actor.principal.id);
  if (links.every((link) => link.provider === provider)) return;
  throw new Refusal('already-exists', 'you are linked with another provider: end that first');
}

/**
 * Links two calendars, changes how they are linked, or takes others instead. Those that were linked before are linked by the
 * same row again, so that their events find each other. The first run is asked for at once.
 */
export async function linkCalendar(
  services: Services,
  actor: Actor,
  request: LinkRequest,
): Promise<ConnectorLink> {
  const { account } = await checkedLink(services, actor, request);
  if (request.remoteCalendar === '' || request.remoteCalendar.length > 2048) {
    throw new Refusal('invalid-property', 'wanted a calendar in Exchange');
  }
  const { storage, clock } = services;
  const now = clock.now();
  const before = await linkOfPerson(services, actor.principal.id);
  const { calendar, remoteCalendar, remoteName, direction, startDate } = request;
  const isSame = before?.calendar === calendar && before.remoteCalendar === remoteCalendar;
  if (before && isSame && before.account === account.id) {
    await commit(services, actor, [changed(before, request)]);
    return await asking(services, actor, before.id);
  }
  const changes: Change[] = [];
  if (before)
    changes.push({ do: 'patch-connector-link', id: before.id, patch: { removed: now, wanted: null } });
  const known = await storage.connectors.linksOfAccount(account.id);
  const removed = known.find(
    (link) => link.removed !== null && link.calendar === calendar && link.remoteCalendar === remoteCalendar,
  );
  const id = removed?.id ?? services.ids<ConnectorLinkId>();
  const fresh = { ...freshState, remoteName, direction, startDate, nextRun: now };
  if (removed) changes.push({ do: 'patch-connector-link', id, patch: fresh });
  else {
    const link: ConnectorLink = {
      ...fresh,
      id,
      account: account.id,
      provider: account.provider,
      principal: actor.principal.id,
      calendar,
      remoteCalendar,
      lastRun: null,
      lastOk: null,
      created: now,
    };
    changes.push({ do: 'add-connector-link', link });
  }
  await commit(services, actor, changes);
  return await asking(services, actor, id);
}

/** A link of which nothing is known yet. */
export const freshState = {
  cursor: null,
  reconciling: false,
  initialised: false,
  localCursor: 0,
  stopped: null,
  guardLifted: false,
  failures: 0,
  lastFailure: null,
  deepChecked: null,
  wanted: null,
  removed: null,
} as const;

/** An earlier first day brings in what lies between: both sides are read from the beginning. A later one leaves all as it is. */
function changed(link: ConnectorLink, { remoteName, direction, startDate }: LinkRequest): Change {
  const reachesBack = startDate === null ? link.startDate !== null : startDate < (link.startDate ?? '');
  const opensUp = direction !== link.direction;
  return {
    do: 'patch-connector-link',
    id: link.id,
    patch: { remoteName, direction, startDate, ...((reachesBack || opensUp) && fromTheBeginning) },
  };
}

/** The link as it is now, with a run asked for. */
async function asking(services: Services, actor: Actor, id: ConnectorLinkId): Promise<ConnectorLink> {
  const link = await current(services, id);
  if (!isRunnable(link)) return link;
  await wish(services, actor, link, 'manual');
  return await current(services, id);
}

async function current({ storage }: Services, id: ConnectorLinkId): Promise<ConnectorLink> {
  const link = await storage.connectors.link(id);
  if (!link || link.removed !== null) {
    throw new Refusal('busy', 'the link was removed meanwhile', { retryAfterSeconds: 1 });
  }
  return link;
}

/** Copies that stay when a link ends. */
export type Keep = 'both' | 'portal' | 'exchange';

/** Removes what the link has put into Exchange; of `desk` in the page's door, because only a connector can. */
export type ClearRemote = (link: ConnectorLink) => Promise<void>;

/**
 * Ends the actor's link. Unless told otherwise all events stay on both sides; what was known of pairs stays too, so that
 * linking the same calendars again doubles nothing. Only copies are removed, never what was made on the side itself: those
 * here go to the trash, and nobody is mailed about those there.
 */
export async function endLink(
  services: Services,
  actor: Actor,
  keep: Keep,
  clearRemote: ClearRemote | undefined,
): Promise<void> {
  requireWriting(actor);
  const link = await requireLink(services, actor);
  if (keep === 'portal') {
    if (!clearRemote) {
      throw new Refusal('busy', 'Exchange cannot be asked now: try again later', { retryAfterSeconds: 60 });
    }
    await clearRemote(link);
  }
  const removed = services.clock.now();
  await commit(services, actor, [
    { do: 'patch-connector-link', id: link.id, patch: { removed, wanted: null } },
  ]);
  // The link has ended: what is deleted now goes nowhere.
  if (keep === 'exchange') await clearLocal(services, actor, link, removed);
}

async function clearLocal(
  services: Services,
  actor: Actor,
  { id, calendar }: ConnectorLink,
  ended: number,
): Promise<void> {
  for await (const page of services.storage.connectors.pairs(id, { life: 'ended' })) {
    for (const pair of page) {
      if (pair.ended !== ended || pair.origin !== 'remote' || pair.objectEtag === null) continue;
      // Whatever was changed since both sides agreed on it stays.
      await services.storage.commit({
        actor: actor.principal.id,
        changes: [{ do: 'delete', calendar, name: pair.objectName, expect: { etag: pair.objectEtag } }],
      });
    }
  }
}

/** The answer to the guard: `proceed` deletes as found, once; else the link stays as it is. Refuses `stale`. */
export async function answerGuard(services: Services, actor: Actor, proceed: boolean): Promise<void> {
  requireWriting(actor);
  const link = await requireLink(services, actor);
  if (!proceed) return;
  await commit(services, actor, [
    {
      do: 'patch-connector-link',
      id: link.id,
      patch: { stopped: null, guardLifted: true, failures: 0 },
      expect: { stopped: 'guard' },
    },
  ]);
  await asking(services, actor, link.id);
}

/** The events of the actor's link that are left alone, at most `limit`. */
export async function quarantinedPairs(
  { storage }: Services,
  link: ConnectorLinkId,
  limit: number,
): Promise<readonly ConnectorPair[]> {
  const found: ConnectorPair[] = [];
  for await (const page of storage.connectors.pairs(link, { quarantined: true })) {
    found.push(...page.slice(0, limit - found.length));
    if (found.length >= limit) break;
  }
  return found;
}

/** Tries an event of the actor's own link again. Refuses `not-found`. */
export async function retryPair(services: Services, actor: Actor, id: PairId): Promise<void> {
  requireWriting(actor);
  const link = await requireLink(services, actor);
  const pair = await services.storage.connectors.pair(id);
  if (!pair || pair.link !== link.id || pair.quarantine === null || pair.ended !== null) {
    throw new Refusal('not-found', 'there is no such event to try again');
  }
  await commit(services, actor, retry(link, pair, services.clock.now()));
}

/** An event is looked at again by the comparison of everything: the provider would not report it by itself. */
export function retry(
  link: Pick<ConnectorLink, 'id'>,
  pair: Pick<ConnectorPair, 'id' | 'quarantine'>,
  now: Instant,
): readonly Change[] {
  const again: Change = {
    do: 'patch-connector-link',
    id: link.id,
    patch: { deepChecked: null, wanted: now },
  };
  if (isAboutNote(pair)) return [again];
  return [
    { do: 'patch-pair', id: pair.id, patch: { quarantine: null, quarantineText: null, failures: 0 } },
    again,
  ];
}
