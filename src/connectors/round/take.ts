/** What the provider tells of some items, taken into one piece of work: each is settled with its pair, or meets one. */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import type { RemoteItem } from '../remote.ts';
import { objectByUid } from './copy.ts';
import { failed, isUnreadable, unreadable } from './failing.ts';
import type { Fetched } from './fetch.ts';
import { meet, revived } from './match.ts';
import { setCopiesAside } from './own-copy.ts';
import { pairsById } from './pairs.ts';
import { withoutCopies } from './parts-twice.ts';
import type { Round } from './round.ts';
import { blankRow, itemRow } from './rows.ts';
import { settleTold, type Telling } from './tell.ts';
import { reduceTrashed, withdraw } from './withheld.ts';
import type { Work } from './work.ts';

/** A removal waits for the guard: the row remembers it. */
export function noteGone(work: Work, item: ConnectorItem): void {
  work.add({ do: 'put-item', item: { ...item, gone: true } });
}

export async function take(
  round: Round,
  work: Work,
  { items: given, gone, withheld, withheldUids = [], failures, listed }: Fetched,
  alike?: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { connectors } = round.services.storage;
  const ids = [...given.map(({ id }) => id), ...gone, ...withheld, ...failures.map(({ id }) => id)];
  const known = new Map(
    (await connectors.itemsById(round.link.id, ids)).map((item) => [item.remoteId, item]),
  );
  const going = await setCopiesAside(round, await newcomers(round, given, known));
  const staying = given.filter(({ id }) => !going.has(id));
  const items = await withoutCopies(round, staying, known);
  work.count('read', given.length);
  for (const id of gone) {
    const item = known.get(id);
    if (item) noteGone(work, item);
  }
  const veiled = items.filter((item) => item.veiled === true).map(({ event }) => event.uid);
  const untold = new Set([...withheldUids, ...veiled]);
  for (const id of withheld) {
    const item = known.get(id) ?? blankRow(round, id);
    const pair = await livingPair(round, item);
    if (pair) await withdraw(round, work, pair, item);
    else work.add({ do: 'put-item', item: { ...item, pair: null } });
    if (pair) untold.add(pair.uid);
  }
  if (untold.size > 0) await reduceTrashed(round, work, [...untold]);
  for (const failure of failures) {
    const item = known.get(failure.id);
    const pair = await livingPair(round, item);
    if (pair && item) {
      work.add({ do: 'put-item', item: { ...item, version: '' } });
      failed(round, work, pair, failure);
    } else unreadable(round, work, item ?? blankRow(round, failure.id), failure);
  }
  const meetings = new Map<ConnectorPair['id'], Telling>();
  for (const item of items) {
    work.note(item.notes);
    const pair = (await livingPair(round, known.get(item.id))) ?? (await seriesOf(round, item));
    if (pair && isUnreadable(pair)) {
      work.add({ do: 'drop-pair', id: pair.id });
      await meet(round, work, item, alike);
    } else if (pair) {
      const telling = meetings.get(pair.id) ?? { pair, main: undefined, parts: [] };
      if (item.partOf) telling.parts.push(item);
      else telling.main = item;
      meetings.set(pair.id, telling);
    } else if (!item.partOf) await meet(round, work, item, alike);
    else work.add({ do: 'put-item', item: itemRow(round, item, null) });
  }
  // Each pair once: two writes of one object in one transaction could not both be right.
  const isUnlisted = (id: string): boolean => listed !== true && known.get(id)?.echoed === false;
  for (const telling of meetings.values()) await settleTold(round, work, telling, isUnlisted);
  noteGuesses(work, items, known);
}

/** What had to be guessed of them stands with their pairs, as long as it has to be. */
export function noteGuesses(
  { changes }: Work,
  items: readonly RemoteItem[],
  known: ReadonlyMap<string, unknown> = new Map(),
): void {
  const pairOf = new Map(
    changes.flatMap((change) => (change.do === 'put-item' ? [[change.item.remoteId, change.item.pair]] : [])),
  );
  for (const { id, guess = null } of items) {
    const pair = pairOf.get(id) ?? null;
    if (pair !== null && (guess !== null || known.has(id)))
      changes.push({ do: 'put-notice', pair, notice: guess });
  }
}

/** Those that belong to nothing here. */
async function newcomers(
  round: Round,
  items: readonly RemoteItem[],
  known: ReadonlyMap<string, ConnectorItem>,
): Promise<readonly RemoteItem[]> {
  const ids = items.flatMap(({ id }) => known.get(id)?.pair ?? []);
  const living = new Set(
    (await pairsById(round, ids)).filter((pair) => !isUnreadable(pair)).map(({ id }) => id),
  );
  return items.filter(({ id }) => {
    const pair = known.get(id)?.pair ?? null;
    return pair === null || !living.has(pair);
  });
}

async function livingPair(round: Round, item: ConnectorItem | undefined): Promise<ConnectorPair | undefined> {
  if (!item || item.pair === null) return undefined;
  const pair = await round.services.storage.connectors.pair(item.pair);
  return pair?.ended === null ? pair : undefined;
}

/** The pair of the series that a single item belongs to; also one that had ended while the link was cut. */
async function seriesOf(round: Round, { partOf }: RemoteItem): Promise<ConnectorPair | undefined> {
  if (!partOf) return undefined;
  const [pair] = await round.services.storage.connectors.pairsBy(round.link.id, 'uid', [partOf.uid], 'any');
  if (!pair || pair.ended === null) return pair;
  const object = await objectByUid(round, pair.uid);
  return object && revived(pair, object.name);
}
