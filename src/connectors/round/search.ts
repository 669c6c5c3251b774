/**
 * Where a creation has left what it made: asked for by marker, by UID, and last in a listing of everything, as a server may
 * lack each of these, and tell of changes late. Only what none of them shows was not made (exchange.md 8.5).
 */
import { mayHaveParts } from '../outbox.ts';
import type { RemoteItem } from '../remote.ts';
import { failed } from './failing.ts';
import { batches, type Fetched, fetchAll } from './fetch.ts';
import { join } from './match.ts';
import type { Round } from './round.ts';
import { blankRow, itemRow } from './rows.ts';
import { take } from './take.ts';
import { isUnmet, type Unsure, unsureEntries } from './unsure.ts';
import { Work } from './work.ts';

export async function searchByMarker(round: Round, creations: readonly Unsure[]): Promise<void> {
  if (creations.length === 0) return;
  const markers = creations.map(({ pair }) => pair.marker);
  const found = await round.remote.findByMarker(markers, round.parts.signal);
  if (found.size === 0) return;
  const fetched = await fetchAll(
    round,
    [...found.values()].map(({ id }) => id),
  );
  const byId = new Map(fetched.items.map((item) => [item.id, item]));
  const gone = new Set(fetched.gone);
  await round.commitDecided(async () => {
    const work = new Work();
    for (const { entry, pair, payload } of creations) {
      const id = found.get(pair.marker)?.id;
      const item = byId.get(id ?? '');
      if (id !== undefined && !item) {
        // It was made, and cannot be read, or is gone again: making it once more would be wrong.
        work.add({ do: 'drop-outbox', id: entry.id });
        const row = { ...blankRow(round, id), pair: pair.id, echoed: false, gone: gone.has(id) };
        work.add({ do: 'put-item', item: row });
        const failure = fetched.failures.find((one) => one.id === id);
        if (failure) failed(round, work, pair, failure);
      } else if (item) await adopt(round, work, { pair, payload }, item);
    }
    return { work };
  });
}

/** After a pull, for what that has not told of. */
export async function searchFurther(round: Round): Promise<void> {
  const unmet = (await unsureEntries(round)).filter(isUnmet);
  if (unmet.length > 0) {
    const uids = unmet.flatMap(({ payload }) => ('after' in payload ? payload.after.uid : []));
    await meetUnknown(round, await round.remote.findByUid([...new Set(uids)], round.parts.signal));
  }
  if (!round.missesParts && !(await unsureEntries(round)).some(isUnmet)) return;
  const listed: string[] = [];
  for await (const heads of round.remote.listed(round.window, round.parts.signal)) {
    round.checkpoint();
    listed.push(...heads.map(({ id }) => id));
  }
  await meetUnknown(round, listed);
}

const atOnce = 50;

/** Those that nobody has told of before meet what is here. */
async function meetUnknown(round: Round, ids: readonly string[]): Promise<void> {
  const known = await round.services.storage.connectors.itemsById(round.link.id, ids);
  const rows = new Set(known.map(({ remoteId }) => remoteId));
  const unknown = [...new Set(ids)].filter((id) => !rows.has(id));
  for (const batch of batches(unknown, atOnce)) await met(round, await fetchAll(round, batch));
}

async function met(round: Round, fetched: Fetched): Promise<void> {
  const own = new Set<string>();
  await round.commitDecided(async () => {
    const work = new Work();
    own.clear();
    for (const unsure of (await unsureEntries(round)).filter(isUnmet)) {
      const made = fetched.items.filter(({ marker }) => marker === unsure.pair.marker);
      // Of several the one of which people have heard is the event.
      const item = made.find(({ invited }) => invited === true) ?? made[0];
      if (!item || own.has(item.id)) continue;
      own.add(item.id);
      await adopt(round, work, unsure, item);
    }
    return { work };
  });
  const others = fetched.items.filter(({ id }) => !own.has(id));
  await round.commitDecided(async () => {
    const work = new Work();
    await take(round, work, { ...fetched, items: others });
    return { work };
  });
}

/** It is what this creation has made. The listing will tell of it as well. */
async function adopt(
  round: Round,
  work: Work,
  { pair, payload }: Pick<Unsure, 'pair' | 'payload'>,
  item: RemoteItem,
): Promise<void> {
  if ('after' in payload && mayHaveParts(payload.after, item.event)) round.missesParts = true;
  await join(round, work, pair, item);
  work.add({ do: 'put-item', item: { ...itemRow(round, item, pair.id), echoed: false } });
}
