/**
 * What was made by requests of ours, where the name of the request does not tell: something on the way to the server may send one
 * twice, and then each of the two items has a lineage of its own, while a copy that somebody has made has that of its original
 * (exchange.md 8.5, 17.2).
 */
import type { ConnectorPair } from '../../core/connector.ts';
import type { RemoteItem } from '../remote.ts';
import type { Round } from './round.ts';

/** Whether two items come from the same making: the same item, or copies of it. */
export type SameMaking = (one: RemoteItem, other: RemoteItem) => boolean;

/** Asks the provider only where items of the same request are there. Where it does not tell, one is a copy of the other. */
export async function sameMakings(round: Round, items: readonly RemoteItem[]): Promise<SameMaking> {
  const of = (attempt: string | undefined): readonly RemoteItem[] =>
    attempt === undefined ? [] : items.filter((item) => item.attempt === attempt);
  const asked = items.filter(({ attempt }) => of(attempt).length > 1).map(({ id }) => id);
  const makings =
    asked.length === 0 ? undefined : await round.remote.makings([...new Set(asked)], round.parts.signal);
  return (one, other) => {
    if (one.attempt !== other.attempt) return false;
    const [lineage, another] = [makings?.get(one.id)?.lineage, makings?.get(other.id)?.lineage];
    if (lineage === undefined || another === undefined || lineage === another) return true;
    // What a program puts together anew of what it has read has another UID; single items for instances have none of ours.
    return one.partOf === null && one.event.uid !== other.event.uid;
  };
}

/**
 * Of items that say what was sent: those that were made after their event had been deleted. What somebody takes out of the bin was
 * made before, and what is copied from there has a lineage that is still in there; of an empty bin nothing is concluded.
 */
export async function madeAfterwards(
  round: Round,
  { marker }: Pick<ConnectorPair, 'marker'>,
  deleted: number,
  items: readonly RemoteItem[],
): Promise<readonly RemoteItem[]> {
  if (items.length === 0) return [];
  const { signal, mailbox } = round.parts;
  const discarded = await round.remote.discarded(marker, signal);
  if (discarded.length === 0) return [];
  const ids = items.map(({ id }) => id);
  const makings = await round.remote.makings(ids, signal);
  return items.filter(({ id }) => {
    const { at, lineage } = makings.get(id) ?? {};
    if (at === undefined || lineage === undefined || at - mailbox.clockSkewMs() <= deleted) return false;
    return discarded.every((one) => one.lineage !== undefined && one.lineage !== lineage);
  });
}
