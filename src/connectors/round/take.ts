/** What the provider tells of some items, taken into one piece of work: each is settled with its pair, or meets one. */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { canonical, isSame, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { withParts } from '../parts.ts';
import type { RemoteItem } from '../remote.ts';
import { instanceContent } from '../series.ts';
import { objectByUid } from './copy.ts';
import { failed, isUnreadable, unreadable } from './failing.ts';
import type { Fetched } from './fetch.ts';
import { itemRow, meet, revived, toldBy } from './match.ts';
import type { Round } from './round.ts';
import { settle } from './settle.ts';
import type { Work } from './work.ts';

/** A removal waits for the guard: the row remembers it. */
export function noteGone(work: Work, item: ConnectorItem): void {
  work.add({ do: 'put-item', item: { ...item, gone: true } });
}

export async function take(
  round: Round,
  work: Work,
  { items, gone, failures }: Fetched,
  alike?: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { connectors } = round.services.storage;
  const ids = [...items.map(({ id }) => id), ...gone, ...failures.map(({ id }) => id)];
  const known = new Map(
    (await connectors.itemsById(round.link.id, ids)).map((item) => [item.remoteId, item]),
  );
  work.count('read', items.length);
  for (const id of gone) {
    const item = known.get(id);
    if (item) noteGone(work, item);
  }
  for (const failure of failures) {
    const item = known.get(failure.id);
    const pair = await livingPair(round, item);
    if (pair && item) {
      work.add({ do: 'put-item', item: { ...item, version: '' } });
      failed(round, work, pair, failure);
    } else unreadable(round, work, item ?? blankRow(round, failure.id), failure);
  }
  const parts = new Map<
    ConnectorPair['id'],
    { readonly pair: ConnectorPair; readonly items: RemoteItem[] }
  >();
  for (const item of items) {
    const pair = (await livingPair(round, known.get(item.id))) ?? (await seriesOf(round, item));
    if (pair && isUnreadable(pair)) {
      work.add({ do: 'drop-pair', id: pair.id });
      await meet(round, work, item, alike);
    } else if (pair && item.partOf) {
      const series = parts.get(pair.id) ?? { pair, items: [] };
      series.items.push(item);
      parts.set(pair.id, series);
    } else if (pair) {
      work.add({ do: 'put-item', item: itemRow(round, item, pair.id) });
      await settle(round, work, pair, { ...toldBy(item), event: await withItsParts(round, pair, item) });
    } else if (!item.partOf) await meet(round, work, item, alike);
    else work.add({ do: 'put-item', item: itemRow(round, item, null) });
  }
  for (const series of parts.values()) await settleParts(round, work, series.pair, series.items);
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

/** A main item, with the instances that single items stand for. */
async function withItsParts(round: Round, pair: ConnectorPair, { event }: RemoteItem): Promise<NeutralEvent> {
  if (pair.agreed === null || event.recurrence === null) return event;
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const keys = items.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  return withParts(event, readAgreed(pair.agreed).remote, keys);
}

/** Single items that stand for instances of a series fold back into it (exchange.md 10.4). */
async function settleParts(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  items: readonly RemoteItem[],
): Promise<void> {
  work.add({ do: 'put-pair', pair });
  for (const item of items) work.add({ do: 'put-item', item: itemRow(round, item, pair.id) });
  if (pair.agreed === null) return;
  let { remote } = readAgreed(pair.agreed);
  let modified = 0;
  for (const { event, partOf, modified: at } of items) {
    if (!partOf) continue;
    remote = withInstance(remote, partOf.recurrenceId, event);
    modified = Math.max(modified, at);
  }
  await settle(round, work, pair, { event: canonical(remote), modified, role: pair.role });
}

function withInstance(series: NeutralEvent, key: string, { content, zones }: NeutralEvent): NeutralEvent {
  const { [key]: _, ...others } = series.overrides;
  const untouched = isSame(instanceContent(series, key), content);
  return {
    ...series,
    excluded: series.excluded.filter((other) => other !== key),
    overrides: untouched ? others : { ...others, [key]: content },
    zones: { ...zones, ...series.zones },
  };
}

/** Those single items are gone: their instances do not take place. */
export async function settleLostParts(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  lost: readonly ConnectorItem[],
): Promise<void> {
  for (const { remoteId } of lost) work.add({ do: 'drop-item', link: round.link.id, remoteId });
  if (pair.agreed === null) return;
  const { remote } = readAgreed(pair.agreed);
  const keys = lost.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  const overrides = Object.entries(remote.overrides).filter(([key]) => !keys.includes(key));
  const event = canonical({
    ...remote,
    excluded: [...remote.excluded, ...keys],
    overrides: Object.fromEntries(overrides),
  });
  await settle(round, work, pair, { event, modified: round.now(), role: pair.role });
}

/** Of an item of which nothing is known but its id. */
export function blankRow(round: Round, remoteId: string): ConnectorItem {
  return {
    link: round.link.id,
    remoteId,
    version: '',
    pair: null,
    recurrenceId: null,
    start: null,
    end: null,
    recurring: false,
    gone: false,
    echoed: true,
  };
}
