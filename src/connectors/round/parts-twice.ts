/**
 * Single items that stand for one instance of a series, and are there twice. What another request of ours has made is taken
 * away, as of whole events (`made-twice.ts`); what somebody has copied is an event of its own.
 */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { asOrganized, canonical, isSame, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import type { RemoteItem } from '../remote.ts';
import { instanceContent, occursAt } from '../series.ts';
import { unmade } from './aside.ts';
import { markerIn } from './attempts.ts';
import { objectByUid } from './copy.ts';
import { madeAfterwards, sameMakings } from './makings.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';

/** Answers the ids of those among `items`, which belong to no pair yet, that are to go. */
export async function setPartsAside(
  round: Round,
  items: readonly RemoteItem[],
): Promise<ReadonlySet<string>> {
  const going = new Set<string>();
  /** Of those that come to light together the first one stays. */
  const staying = new Map<string | null, RemoteItem>();
  for (const item of items) {
    if (!item.partOf) continue;
    const of = await wholeOf(round, item);
    if (!of) continue;
    const held = of.ended === null ? await heldPart(round, of, item) : undefined;
    const other = held?.item ?? staying.get(item.marker);
    const twin = other && (await isOfOther(round, item, other)) ? other : undefined;
    const isUnwanted = twin !== undefined || (of.ended !== null && of.quarantine === unmade);
    // Whatever somebody has changed stays, by itself.
    const isGoing = isUnwanted ? isUntouched(item, of, twin) : await isLate(round, of, item);
    if (!isGoing) {
      if (!staying.has(item.marker)) staying.set(item.marker, item);
      continue;
    }
    const work = removal(round, of, [itemRow(round, item, of.id)], undefined, 'none');
    if (twin) work.count('repaired');
    await round.commit(work);
    going.add(item.id);
  }
  return going;
}

/** Of those that are told: what somebody has copied stands for nothing but itself. */
export async function withoutCopies(
  round: Round,
  items: readonly RemoteItem[],
  known: ReadonlyMap<string, ConnectorItem>,
): Promise<readonly RemoteItem[]> {
  const told: RemoteItem[] = [];
  const taken = new Set<string>();
  for (const item of items) {
    const { partOf } = item;
    const key = `${partOf?.uid} ${partOf?.recurrenceId}`;
    const row = known.get(item.id);
    const isSecond = taken.has(key) && (row?.pair ?? null) === null;
    const isCopy = partOf && (isSecond || (await standsAlone(round, item, row)));
    told.push(isCopy ? { ...item, partOf: null, marker: null } : item);
    if (partOf && !isCopy) taken.add(key);
  }
  return told;
}

async function standsAlone(round: Round, item: RemoteItem, row: ConnectorItem | undefined): Promise<boolean> {
  const { connectors } = round.services.storage;
  const own = row?.pair ? await connectors.pair(row.pair) : undefined;
  if (own?.ended === null) return row?.recurrenceId === null && own.uid !== item.partOf?.uid;
  const of = await wholeOf(round, item);
  return of?.ended === null && (await heldPart(round, of, item)) !== undefined;
}

async function wholeOf(round: Round, item: RemoteItem): Promise<ConnectorPair | undefined> {
  const { connectors } = round.services.storage;
  const uid = item.partOf?.uid ?? '';
  const [living] = await connectors.pairsBy(round.link.id, 'uid', [uid], 'live');
  if (living) return living;
  const marker = markerIn(item);
  if (marker === undefined) return undefined;
  const [pair] = await connectors.pairsBy(round.link.id, 'marker', [marker], 'any');
  return pair;
}

interface Held {
  readonly row: ConnectorItem;
  readonly item: RemoteItem;
}

/** Was one made by another request of ours than the other, or by the same that was carried out twice? */
async function isOfOther(round: Round, one: RemoteItem, other: RemoteItem): Promise<boolean> {
  const isKnown = one.attempt !== undefined && other.attempt !== undefined;
  if (one.marker !== other.marker || !isKnown) return false;
  return !(await sameMakings(round, [one, other]))(one, other);
}

/** Was it made after its whole series was deleted? */
async function isLate(round: Round, of: ConnectorPair, item: RemoteItem): Promise<boolean> {
  const { ended, marker } = of;
  if (ended === null || markerIn(item) !== marker || (await objectByUid(round, of.uid))) return false;
  return (await madeAfterwards(round, of, ended, [item])).length > 0;
}

/** The item that stands for its instance already, if that is there still. */
async function heldPart(
  round: Round,
  { id }: ConnectorPair,
  { id: itemId, partOf }: RemoteItem,
): Promise<Held | undefined> {
  const rows = await round.services.storage.connectors.itemsOfPairs([id]);
  const row = rows.find(
    ({ recurrenceId, remoteId, gone }) =>
      recurrenceId === partOf?.recurrenceId && remoteId !== itemId && !gone,
  );
  if (!row) return undefined;
  const [item] = await round.remote.fetch([row.remoteId], round.parts.signal);
  return item && !('failed' in item) ? { row, item } : undefined;
}

/** Does it say what we have said of its instance, now or before? */
function isUntouched(item: RemoteItem, { agreed }: ConnectorPair, held: RemoteItem | undefined): boolean {
  const key = item.partOf?.recurrenceId ?? '';
  const { content } = asOrganized(canonical(item.event));
  if (held && isSame(content, asOrganized(canonical(held.event)).content)) return true;
  if (agreed === null) return false;
  const { remote, earlier } = readAgreed(agreed);
  return [remote, earlier?.remote].some(
    (face) => face && isSame(content, instanceOf(asOrganized(face), key)),
  );
}

function instanceOf(event: NeutralEvent, key: string): unknown {
  return event.overrides[key] ?? (occursAt(event, key) ? instanceContent(event, key) : undefined);
}
