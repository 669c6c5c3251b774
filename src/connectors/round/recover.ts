/**
 * Requests whose answer was never noted: the process died, or the line did. Before anything else it is found out what they
 * did, so that nothing is created twice and nobody is mailed twice (exchange.md 17.2).
 */
import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { type Payload, payloadOf, payloadText } from '../outbox.ts';
import type { RemoteItem } from '../remote.ts';
import { isDouble } from './aside.ts';
import { lastSent } from './earlier.ts';
import { end } from './enqueue.ts';
import { failed } from './failing.ts';
import { batches, fetchAll } from './fetch.ts';
import { endUnmade } from './made-twice.ts';
import { join } from './match.ts';
import type { Round } from './round.ts';
import { blankRow, itemRow } from './rows.ts';
import { noteGone, take } from './take.ts';
import { Work } from './work.ts';

interface Unsure {
  readonly entry: OutboxEntry;
  readonly payload: Payload;
  readonly pair: ConnectorPair;
  readonly main: ConnectorItem | undefined;
}

/** Only the provider's listing can tell of creations where nothing is found by marker: they wait for `recoverCreations`. */
export async function recover(round: Round): Promise<void> {
  const unsure = await unsureEntries(round);
  if (unsure.length === 0) return;
  round.enter('recovering', unsure.length);
  for (const batch of batches(unsure, round.remote.batchSize)) {
    round.checkpoint();
    const creations = batch.filter(({ payload }) => payload.action === 'create');
    if (round.remote.capabilities().findByMarker) await recoverByMarker(round, creations);
    await recoverOthers(
      round,
      batch.filter(({ payload }) => payload.action !== 'create'),
    );
  }
}

/** After a pull: a creation that was not met by then did not happen. */
export async function recoverCreations(round: Round): Promise<void> {
  const work = new Work();
  for (const { entry, main, pair } of await unsureEntries(round)) {
    if (main) work.add({ do: 'drop-outbox', id: entry.id });
    else if (isDouble(pair)) await unmade(round, work, pair, entry);
    else work.add({ do: 'put-outbox', entry: { ...entry, sent: false } });
  }
  if (work.changes.length > 0) await round.commit(work);
}

async function unmade(round: Round, work: Work, pair: ConnectorPair, entry: OutboxEntry): Promise<void> {
  const sent = lastSent(round, pair, [entry]);
  if (sent) await endUnmade(round, work, pair, sent);
  else await end(round, work, pair);
}

async function unsureEntries(round: Round): Promise<readonly Unsure[]> {
  const { connectors } = round.services.storage;
  const unsure: Unsure[] = [];
  for await (const page of connectors.outbox(round.link.id)) {
    const sent = page.filter((entry) => entry.sent);
    if (sent.length === 0) continue;
    const ids = sent.map(({ pair }) => pair);
    const items = await connectors.itemsOfPairs(ids);
    const pairs = await connectors.pairsBy(round.link.id, 'id', ids, 'any');
    for (const entry of sent) {
      const pair = pairs.find(({ id }) => id === entry.pair);
      const main = items.find((item) => item.pair === entry.pair && item.recurrenceId === null);
      if (pair) unsure.push({ entry, pair, main, payload: payloadOf(entry) });
    }
  }
  return unsure;
}

async function recoverByMarker(round: Round, creations: readonly Unsure[]): Promise<void> {
  if (creations.length === 0) return;
  const markers = creations.map(({ pair }) => pair.marker);
  const found = await round.remote.findByMarker(markers, round.parts.signal);
  const fetched = await fetchAll(
    round,
    [...found.values()].map(({ id }) => id),
  );
  const byId = new Map(fetched.items.map((item) => [item.id, item]));
  const gone = new Set(fetched.gone);
  await round.commitDecided(async () => {
    const work = new Work();
    for (const { entry, pair } of creations) {
      const id = found.get(pair.marker)?.id;
      const item = byId.get(id ?? '');
      if (id !== undefined && !item) {
        // It was made, and cannot be read, or is gone again: making it once more would be wrong.
        work.add({ do: 'drop-outbox', id: entry.id });
        const row = { ...blankRow(round, id), pair: pair.id, echoed: false, gone: gone.has(id) };
        work.add({ do: 'put-item', item: row });
        const failure = fetched.failures.find((one) => one.id === id);
        if (failure) failed(round, work, pair, failure);
      } else if (item) {
        await join(round, work, pair, item);
        work.add({ do: 'put-item', item: { ...itemRow(round, item, pair.id), echoed: false } });
      } else work.add({ do: 'put-outbox', entry: { ...entry, sent: false } });
    }
    return { work };
  });
}

/** A version that has not moved proves that nothing arrived; any other is settled with what was sent in mind. */
async function recoverOthers(round: Round, others: readonly Unsure[]): Promise<void> {
  if (others.length === 0) return;
  const fetched = await fetchAll(round, [...new Set(others.flatMap(({ main }) => main?.remoteId ?? []))]);
  const byId = new Map<string, RemoteItem>(fetched.items.map((item) => [item.id, item]));
  const [gone, withheld] = [new Set(fetched.gone), new Set(fetched.withheld)];
  await round.commitDecided(async () => {
    const work = new Work();
    const moved = new Map<string, RemoteItem>();
    for (const { entry, payload, main } of others) {
      if (main && withheld.has(main.remoteId)) continue;
      const item = main && byId.get(main.remoteId);
      // A deletion that finds nothing has been done already.
      const stands = item?.version === main?.version || payload.action === 'delete';
      if (main && item && isDeclined(payload, item)) {
        // The organizer knows; only the removal is left.
        work.add({ do: 'put-item', item: { ...main, version: item.version } });
        const rest = payloadText({ action: 'delete', notify: 'none' });
        work.add({ do: 'put-outbox', entry: { ...entry, sent: false, payload: rest } });
      } else if (main && item && !stands) moved.set(main.remoteId, item);
      else if (main && gone.has(main.remoteId) && payload.action !== 'delete') noteGone(work, main);
      else work.add({ do: 'put-outbox', entry: { ...entry, sent: false } });
    }
    await take(round, work, { ...fetched, items: [...moved.values()], gone: [], failures: [] });
    return { work };
  });
}

/** Somebody else's meeting whose removal has begun with an answer. */
function isDeclined(payload: Payload, { role, event }: RemoteItem): boolean {
  return payload.action === 'delete' && role === 'guest' && event.content.answer === 'declined';
}
