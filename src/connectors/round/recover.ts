/**
 * Requests whose answer was never noted: the process died, or the line did. Before anything else it is found out what they
 * did, so that nothing is created twice and nobody is mailed twice (exchange.md 17.2).
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { type Payload, payloadText, quieted } from '../outbox.ts';
import type { RemoteItem } from '../remote.ts';
import { isDouble } from './aside.ts';
import { lastSent } from './earlier.ts';
import { end } from './enqueue.ts';
import { batches, fetchAll } from './fetch.ts';
import { recoverForms } from './forms.ts';
import { endUnmade } from './made-twice.ts';
import type { Round } from './round.ts';
import { searchByMarker, searchFurther } from './search.ts';
import { noteGone, take } from './take.ts';
import { type Unsure, unsureEntries } from './unsure.ts';
import { Work } from './work.ts';

/** What is not found by its marker may still be told of by the listing: it waits for `recoverCreations`. */
export async function recover(round: Round): Promise<void> {
  const unsure = await unsureEntries(round);
  if (unsure.length === 0) return;
  round.enter('recovering', unsure.length);
  const left = await recoverForms(round, unsure);
  for (const batch of batches(left, round.remote.batchSize)) {
    round.checkpoint();
    const creations = batch.filter(({ payload }) => payload.action === 'create');
    if (round.remote.capabilities().findByMarker) await searchByMarker(round, creations);
    await recoverOthers(
      round,
      batch.filter(({ payload }) => payload.action !== 'create'),
    );
  }
}

/** After a pull: a creation that is not met by then, and not found by a further search, is made once more. */
export async function recoverCreations(round: Round): Promise<void> {
  await searchFurther(round);
  const work = new Work();
  for (const { entry, main, pair, payload } of await unsureEntries(round)) {
    if (main) work.add({ do: 'drop-outbox', id: entry.id });
    else if (isDouble(pair)) await unmade(round, work, pair, entry);
    else if (payload.action === 'create') {
      const again = payloadText(quieted(payload));
      work.add({ do: 'put-outbox', entry: { ...entry, sent: false, payload: again } });
    } else work.add({ do: 'put-outbox', entry: { ...entry, sent: false } });
  }
  if (work.changes.length > 0) await round.commit(work);
}

async function unmade(round: Round, work: Work, pair: ConnectorPair, entry: OutboxEntry): Promise<void> {
  const sent = lastSent(round, pair, [entry]);
  if (sent) await endUnmade(round, work, pair, sent);
  else await end(round, work, pair);
}

/**
 * A version that has not moved proves that nothing arrived; any other is settled with what was sent in mind, as is an item of
 * which no versions are told.
 */
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
      const stands = (item?.version === main?.version && main?.version !== '') || payload.action === 'delete';
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
