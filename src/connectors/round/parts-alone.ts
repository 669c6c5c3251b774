/**
 * Series of which only single items are there when a link is joined again, as somebody has deleted the series itself meanwhile. They
 * are made anew, like everything that is here and not there, and what is left of them goes.
 */
import { readAgreed } from '../agreed.ts';
import { end } from './enqueue.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import { Work } from './work.ts';

/** After the first listing, before what is here is compared with it. */
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
