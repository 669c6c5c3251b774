/** Pairs that have let go of their object here: what they have there goes, and nobody hears of its end. */
import type { ConnectorPair } from '../../core/connector.ts';
import { uid } from '../../core/ids.ts';
import type { Round } from './round.ts';

const prefix = 'double:';

/** What a pair is called that has no object here any more. */
export function asideName(marker: string): Pick<ConnectorPair, 'uid' | 'objectName'> {
  const name = `${prefix}${marker}`;
  return { uid: uid(name), objectName: name };
}

/** Nobody hears of its end: their event goes on, under the same UID. */
export function isDouble({ uid: name }: Pick<ConnectorPair, 'uid'>): boolean {
  return name.startsWith(prefix);
}

/** Does the pair have an item that is still there? One that has a new id is found by its marker before its old one is missed. */
export async function isTaken(round: Round, pair: ConnectorPair): Promise<boolean> {
  const [main] = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  if (!main || main.gone) return false;
  const [found] = await round.remote.fetch([main.remoteId], round.parts.signal);
  return !(found && 'failed' in found && found.class === 'gone');
}
