/** Pairs that have let go of their object here: what they have there goes, and nobody hears of its end. */
import type { ConnectorPair } from '../../core/connector.ts';
import type { ConnectorPairPatch } from '../../core/connector-change.ts';
import { uid } from '../../core/ids.ts';
import { agreedText, type Faces } from '../agreed.ts';
import type { ItemFailure, RemoteItem } from '../remote.ts';
import type { Round } from './round.ts';

const prefix = 'double:';

/** What a pair is called that has no object here any more. */
export function asideName(marker: string): Pick<ConnectorPair, 'uid' | 'objectName'> {
  const name = `${prefix}${marker}`;
  return { uid: uid(name), objectName: name };
}

/** Why such a pair has ended: what it may have made is not wanted any more. */
export const unmade = 'unmade';

/** Of a pair that has ended, with what it may have made; `attempt`: of what it had, which somebody may bring back. */
export function unmadePatch({ marker }: ConnectorPair, made: Faces, attempt?: string): ConnectorPairPatch {
  const agreed = agreedText({ ...made, ...(attempt !== undefined && { attempt }) });
  return { ...asideName(marker), objectEtag: null, agreed, quarantine: unmade };
}

/** Nobody hears of its end: their event goes on, under the same UID. */
export function isDouble({ uid: name }: Pick<ConnectorPair, 'uid'>): boolean {
  return name.startsWith(prefix);
}

/** Does the pair have an item that is still there? One that has a new id is found by its marker before its old one is missed. */
export async function isTaken(round: Round, pair: ConnectorPair): Promise<boolean> {
  return (await heldBy(round, pair)) !== undefined;
}

/** The same of a series itself: single items for instances of it do not take its place. */
export async function isMainTaken(round: Round, pair: ConnectorPair): Promise<boolean> {
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  return items.some(({ recurrenceId }) => recurrenceId === null) && (await isTaken(round, pair));
}

/** The item of the pair that is still there, as far as it can be read. */
export async function heldBy(
  round: Round,
  pair: ConnectorPair,
): Promise<RemoteItem | ItemFailure | undefined> {
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const main = items.find(({ recurrenceId }) => recurrenceId === null) ?? items[0];
  if (!main || main.gone) return undefined;
  const [found] = await round.remote.fetch([main.remoteId], round.parts.signal);
  return found && 'failed' in found && found.class === 'gone' ? undefined : found;
}
