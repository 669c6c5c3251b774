/**
 * What the items of one pair tell together: the event itself, and single items that stand for instances of it and fold back
 * into it (exchange.md 10.4, 10.5).
 */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { canonical, isSame, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { withParts } from '../parts.ts';
import type { RemoteItem } from '../remote.ts';
import { instanceContent, occursAt } from '../series.ts';
import type { Round } from './round.ts';
import { itemRow, toldBy } from './rows.ts';
import { settle } from './settle.ts';
import type { Work } from './work.ts';

/** Items of one pair that have told something. */
export interface Telling {
  readonly pair: ConnectorPair;
  main: RemoteItem | undefined;
  readonly parts: RemoteItem[];
}

/** `isUnlisted`: what has been read, while no listing has told of it yet since we made it. */
export async function settleTold(
  round: Round,
  work: Work,
  { pair, main, parts }: Telling,
  isUnlisted: (id: string) => boolean,
): Promise<void> {
  work.add({ do: 'put-pair', pair });
  const items = main ? [main, ...parts] : parts;
  for (const item of items) {
    const row = itemRow(round, item, pair.id);
    work.add({ do: 'put-item', item: isUnlisted(item.id) ? { ...row, echoed: false } : row });
  }
  let event = main ? await withItsParts(round, pair, main) : knownThere(pair);
  // Nothing has been agreed on yet: its main item will tell all of it.
  if (!event) return;
  for (const { partOf, event: told } of parts) {
    if (partOf) event = withInstance(event, partOf.recurrenceId, told);
  }
  const modified = Math.max(...items.map((item) => item.modified));
  const told = main && toldBy(main);
  await settle(round, work, pair, { role: pair.role, ...told, event: canonical(event), modified });
}

function knownThere({ agreed }: ConnectorPair): NeutralEvent | undefined {
  return agreed === null ? undefined : readAgreed(agreed).remote;
}

/** A main item, with the instances that single items stand for. */
async function withItsParts(round: Round, pair: ConnectorPair, { event }: RemoteItem): Promise<NeutralEvent> {
  const known = knownThere(pair);
  // It is no series, and was none: it has no single items.
  if (!known || (event.recurrence === null && known.recurrence === null)) return event;
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const keys = items.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  return withParts(event, known, keys);
}

function withInstance(series: NeutralEvent, key: string, { content, zones }: NeutralEvent): NeutralEvent {
  const { [key]: _, ...others } = series.overrides;
  // An instance beside the rule exists only as an override, whatever it says.
  const untouched = isSame(instanceContent(series, key), content) && occursAt(series, key);
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
  const keys = lost.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  await settleLostInstances(round, work, pair, keys);
}

export async function settleLostInstances(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  keys: readonly string[],
): Promise<void> {
  const known = knownThere(pair);
  if (!known) return;
  const overrides = Object.entries(known.overrides).filter(([key]) => !keys.includes(key));
  const event = canonical({
    ...known,
    excluded: [...known.excluded, ...keys],
    overrides: Object.fromEntries(overrides),
  });
  await settle(round, work, pair, { event, modified: round.now(), role: pair.role });
}
