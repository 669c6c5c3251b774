/** Many pairs at once, a bounded number for each question. */
import type { ConnectorPair } from '../../core/connector.ts';
import { batches } from './fetch.ts';
import type { Round } from './round.ts';

const atOnce = 100;

/** Those of them that live. */
export async function pairsById(
  round: Round,
  ids: readonly ConnectorPair['id'][],
): Promise<readonly ConnectorPair[]> {
  const found: ConnectorPair[] = [];
  for (const batch of batches(ids, atOnce)) {
    found.push(...(await round.services.storage.connectors.pairsBy(round.link.id, 'id', batch, 'live')));
  }
  return found;
}
