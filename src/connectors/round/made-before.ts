/**
 * What we have made of one event under several pairs: a link that is cut before it is known what a creation has made forgets the
 * pair, and makes the event once more when it is joined again, if no listing tells of the first one by then. One item stays
 * (exchange.md 8.5).
 */
import type { ConnectorPair } from '../../core/connector.ts';
import { canonical } from '../agreed.ts';
import type { RemoteItem } from '../remote.ts';
import { isTaken, unmade } from './aside.ts';
import { isAsMade, markerIn } from './attempts.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';

interface Former {
  readonly item: RemoteItem;
  /** Ended; the one under which it was made. */
  readonly pair: ConnectorPair;
}

/** Answers the ids of those among `items`, which belong to no pair yet, that are to go. */
export async function setFormerAside(
  round: Round,
  items: readonly RemoteItem[],
): Promise<ReadonlySet<string>> {
  const going = new Set<string>();
  for (const formers of (await formersAmong(round, items)).values()) {
    for (const { item, pair } of await extraOf(round, formers)) {
      const work = removal(round, pair, [itemRow(round, item, pair.id)], canonical(item.event), 'none');
      work.count('repaired');
      await round.commit(work);
      going.add(item.id);
    }
  }
  return going;
}

/** By UID: of each pair one item, as another with the same marker is a copy that somebody has made. */
async function formersAmong(
  round: Round,
  items: readonly RemoteItem[],
): Promise<ReadonlyMap<string, readonly Former[]>> {
  const own = items.filter((item) => item.marker !== null && item.marker === markerIn(item));
  const markers = [...new Set(own.map(({ marker }) => marker ?? ''))];
  const found = new Map<string, Former[]>();
  for (const pair of await round.services.storage.connectors.pairsBy(
    round.link.id,
    'marker',
    markers,
    'any',
  )) {
    const item = own.find(({ marker, event }) => marker === pair.marker && event.uid === pair.uid);
    if (!item || pair.ended === null || pair.quarantine === unmade) continue;
    found.set(pair.uid, [...(found.get(pair.uid) ?? []), { item, pair }]);
  }
  return found;
}

/** All that say what was sent, but for the one that is the event. */
async function extraOf(round: Round, formers: readonly Former[]): Promise<readonly Former[]> {
  const untouched = formers.filter(({ item }) => isAsMade(item) && item.invited !== true);
  const uids = formers.map(({ pair }) => pair.uid);
  const [living] = await round.services.storage.connectors.pairsBy(round.link.id, 'uid', uids, 'live');
  if (living && (await isTaken(round, living))) return untouched;
  // Whatever somebody has changed or heard of stays; else what was made last, which says what was said here last.
  if (untouched.length < formers.length) return untouched;
  const last = untouched.toSorted((one, other) => other.pair.id - one.pair.id)[0];
  return untouched.filter((one) => one !== last);
}
