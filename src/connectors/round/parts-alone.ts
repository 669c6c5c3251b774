/**
 * Series and their single items when a link is joined again: what is known of both is of the time when it was cut, and they are told of
 * one after the other.
 */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { canonical, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { withParts } from '../parts.ts';
import { occursAt } from '../series.ts';
import { end } from './enqueue.ts';
import { pairsById } from './pairs.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import { settleLostInstances } from './tell.ts';
import { Work } from './work.ts';

/** What a series tells that is found again, with the single items that were there besides, which may be told of later. */
export function withSupposed(
  round: Round,
  pair: ConnectorPair,
  main: NeutralEvent,
  rows: readonly ConnectorItem[],
): NeutralEvent {
  if (pair.agreed === null || main.recurrence === null) return main;
  const { remote } = readAgreed(pair.agreed);
  const known = rows.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  const isBeside = (key: string): boolean => main.excluded.includes(key) || !occursAt(main, key);
  const supposed = Object.keys(remote.overrides).filter(
    (key) => main.overrides[key] === undefined && isBeside(key),
  );
  if (supposed.length > 0) round.supposed.set(pair.id, supposed);
  return canonical(withParts(main, remote, [...known, ...supposed]));
}

/** After the first listing: instances whose single items it has not told of do not take place. */
export async function settleSupposed(round: Round): Promise<void> {
  const { connectors } = round.services.storage;
  const pairs = await pairsById(round, [...round.supposed.keys()]);
  const rows = await connectors.itemsOfPairs(pairs.map(({ id }) => id));
  for (const pair of pairs) {
    const there = new Set(rows.flatMap((row) => (row.pair === pair.id ? (row.recurrenceId ?? []) : [])));
    const lost = (round.supposed.get(pair.id) ?? []).filter((key) => !there.has(key));
    if (lost.length === 0) continue;
    await round.commitDecided(async () => {
      const work = new Work();
      const [now] = await pairsById(round, [pair.id]);
      if (now) await settleLostInstances(round, work, now, lost);
      return { work };
    });
  }
}

/**
 * After the first listing, before what is here is compared with it: series of which only single items are there, as somebody has
 * deleted the series itself meanwhile. They are made anew, like everything that is here and not there, and what is left of them goes.
 */
export async function letPartsGo(round: Round): Promise<void> {
  if (round.link.direction === 'from-remote') return;
  const { connectors } = round.services.storage;
  for await (const page of connectors.pairs(round.link.id)) {
    const rows = await connectors.itemsOfPairs(page.map(({ id }) => id));
    const alone = page.filter(({ id, agreed }) => {
      const own = rows.filter(({ pair }) => pair === id);
      const hasMain = own.some(({ recurrenceId }) => recurrenceId === null);
      // A series that the provider cannot say consists of nothing else.
      return own.length > 0 && !hasMain && agreed !== null && isWhole(round, agreed);
    });
    if (alone.length === 0) continue;
    // One that cannot be read or may not be told is there all the same.
    const markers = alone.map(({ marker }) => marker);
    const found = await round.remote.findByMarker(markers, round.parts.signal);
    for (const pair of alone.filter(({ marker }) => !found.has(marker))) {
      const work = new Work();
      const own = rows.filter((row) => row.pair === pair.id);
      await end(round, work, pair);
      work.add(...removal(round, pair, own, undefined, 'none').changes);
      await round.commit(work);
    }
  }
}

function isWhole({ remote }: Round, agreed: string): boolean {
  return !remote.dependsOnWindow(readAgreed(agreed).remote);
}
