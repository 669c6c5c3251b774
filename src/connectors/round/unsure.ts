/** Requests whose answer was never noted, as the outbox tells of them. */
import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { type Payload, payloadOf } from '../outbox.ts';
import type { Round } from './round.ts';

export interface Unsure {
  readonly entry: OutboxEntry;
  readonly payload: Payload;
  readonly pair: ConnectorPair;
  readonly main: ConnectorItem | undefined;
  /** All that is known of it there. */
  readonly items: readonly ConnectorItem[];
}

export async function unsureEntries(round: Round): Promise<readonly Unsure[]> {
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
      const own = items.filter((item) => item.pair === entry.pair);
      const main = own.find(({ recurrenceId }) => recurrenceId === null);
      if (pair) unsure.push({ entry, pair, main, items: own, payload: payloadOf(entry) });
    }
  }
  return unsure;
}

export function isUnmet({ payload, main }: Unsure): boolean {
  return payload.action === 'create' && main === undefined;
}
