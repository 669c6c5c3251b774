/** Removing what a link has put at the provider, before the link ends (exchange.md §6.6). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '../core/change-set.ts';
import type { ConnectorItem, ConnectorLink, ConnectorPair } from '../core/connector.ts';
import { Refusal } from '../core/refusal.ts';
import { instant } from '../icalendar/time.ts';
import type { Services } from '../service/context.ts';
import { RemoteFailure } from './failure.ts';
import type { ItemFailure, RemoteCalendar, Removal, Written } from './remote.ts';

/** A person waits for a run that is under way. */
const patienceMs = 60_000;
const againMs = 1_000;
/** Where the provider does not say how long to wait. */
const throttledMs = 5_000;

/**
 * Removes the copies of what was made here. What was made there stays, and so does what has another version than the last
 * known one: somebody has changed it since. Nobody is mailed.
 *
 * The lease is taken, and kept when all went well: a run would take the removals for those of a person, and delete here
 * what is to stay. For the same reason what is known of a copy ends before the copy goes. Whoever ends the link then gives
 * the lease back with it. Refuses `busy`.
 */
export async function removeCopies(
  services: Services,
  remote: RemoteCalendar,
  link: ConnectorLink,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const holder = Buffer.from(services.random(16)).toString('hex');
  await takeLease(services, link, holder, limitMs, signal);
  try {
    for await (const pairs of services.storage.connectors.pairs(link.id)) {
      const copies = pairs.filter(({ origin, role }) => origin === 'local' && role === 'owner');
      const items = await services.storage.connectors.itemsOfPairs(copies.map(({ id }) => id));
      for (let at = 0; at < copies.length; at += remote.batchSize) {
        const batch = copies.slice(at, at + remote.batchSize);
        const own = items.filter(({ pair }) => batch.some(({ id }) => id === pair));
        await endPairs(services, link, holder, batch, own);
        await remove(remote, removalsOf(batch, own), signal);
      }
    }
  } catch (error) {
    await services.storage.commit({
      actor: null,
      changes: [{ do: 'release-lease', link: link.id, holder }],
    });
    throw error;
  }
}

async function takeLease(
  { storage, clock }: Services,
  { id: link }: ConnectorLink,
  holder: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += againMs) {
    const until = instant(clock.now() + limitMs);
    const result = await storage.commit({
      actor: null,
      changes: [{ do: 'take-lease', link, holder, until }],
    });
    if (result.ok) return;
    if (result.reason !== 'stale') throw new Refusal('busy', 'the link was removed meanwhile');
    if (waitedMs >= patienceMs)
      throw new Refusal('busy', 'the calendars are being synchronized: try again later', {
        retryAfterSeconds: 60,
      });
    await sleep(againMs, undefined, { signal });
  }
}

async function endPairs(
  { storage, clock }: Services,
  { id: link }: ConnectorLink,
  holder: string,
  pairs: readonly ConnectorPair[],
  items: readonly ConnectorItem[],
): Promise<void> {
  const ended = clock.now();
  const changes: readonly Change[] = [
    { do: 'check-lease', link, holder },
    ...pairs.map(({ id }): Change => ({ do: 'patch-pair', id, patch: { ended } })),
    ...items.map(({ remoteId }): Change => ({ do: 'drop-item', link, remoteId })),
  ];
  const result = await storage.commit({ actor: null, changes });
  if (!result.ok) throw new Refusal('busy', 'the link was changed meanwhile');
}

function removalsOf(pairs: readonly ConnectorPair[], items: readonly ConnectorItem[]): readonly Removal[] {
  return pairs.flatMap(({ id }): Removal[] => {
    const [main, ...others] = items.filter(({ pair, gone }) => pair === id && !gone);
    if (!main) return [];
    const parts = others.map(({ remoteId, version }) => ({ id: remoteId, version }));
    return [{ id: main.remoteId, version: main.version, parts, role: 'owner', notify: 'none' }];
  });
}

/** What is gone or was changed meanwhile needs nothing more; a server that asks for a pause gets it. */
async function remove(
  remote: RemoteCalendar,
  removals: readonly Removal[],
  signal: AbortSignal,
): Promise<void> {
  for (let left = removals; left.length > 0; ) {
    const answers = await remote.remove(left, signal);
    const failures = answers.flatMap((answer): readonly ItemFailure[] => (isToStop(answer) ? [answer] : []));
    const [first] = failures;
    if (!first) return;
    if (first.class !== 'throttle') throw new RemoteFailure(first.class, first.code, first.text);
    await sleep(first.retryAfterMs ?? throttledMs, undefined, { signal });
    left = left.filter((_, index) => {
      const answer = answers[index];
      return answer === undefined || isToStop(answer);
    });
  }
}

function isToStop(answer: Written | ItemFailure): answer is ItemFailure {
  return answer.failed === true && answer.class !== 'gone' && answer.class !== 'conflict';
}
