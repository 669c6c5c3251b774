/**
 * Something there that has no pair yet: found here by marker, then by UID, and on the first run by content; else it is new
 * (exchange.md 8.5). Nothing is paired by a guess: of several that are alike none is taken.
 */
import type { ConnectorPair, Origin } from '../../core/connector.ts';
import { type PairId, uid } from '../../core/ids.ts';
import { dayMs, instant } from '../../icalendar/time.ts';
import { agreedText, canonical } from '../agreed.ts';
import { contentKey } from '../content-key.ts';
import type { RemoteItem } from '../remote.ts';
import { liesIn } from '../rules.ts';
import { isMainTaken, isTaken } from './aside.ts';
import { type Copy, composed, isUntold, objectByUid, readCopy } from './copy.ts';
import { pendingLike } from './earlier.ts';
import { newMarker, quarantine } from './failing.ts';
import { fetchAll } from './fetch.ts';
import { withSupposed } from './parts-alone.ts';
import type { Round } from './round.ts';
import { itemRow, toldBy } from './rows.ts';
import { settle } from './settle.ts';
import type { Work } from './work.ts';

/** Pairs an item and brings both sides in step, or takes it over, or notes that it lies outside of what is kept in step. */
export async function meet(
  round: Round,
  work: Work,
  item: RemoteItem,
  alike?: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { link, window, parts } = round;
  const wanted = liesIn(item.extent, window) && (link.initialised || parts.rules.autoSync);
  const marked = await byMarker(round, work, item);
  const pair =
    marked === 'copy'
      ? undefined
      : (marked ??
        (wanted ? ((await byUid(round, work, item)) ?? (await madeByUs(round, work, item))) : undefined));
  if (pair) return await join(round, work, pair, item);
  // Of those that look like something here it is decided when all of them are known.
  const later = alike?.has(contentKey(canonical(item.event))) === true;
  if (!wanted || later || link.direction === 'to-remote') {
    work.add({ do: 'put-item', item: itemRow(round, item, null) });
    work.count('skipped', later ? 0 : 1);
    return;
  }
  await takeOver(round, work, item);
}

/** Ties an item to a pair and settles the two. */
export async function join(round: Round, work: Work, pair: ConnectorPair, item: RemoteItem): Promise<void> {
  const rows = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  for (const { remoteId, recurrenceId } of rows) {
    if (remoteId !== item.id && recurrenceId === null)
      work.add({ do: 'drop-item', link: round.link.id, remoteId });
  }
  work.joined.add(pair.id);
  work.uids.add(pair.uid);
  work.add({ do: 'put-pair', pair }, { do: 'put-item', item: itemRow(round, item, pair.id) });
  const told = toldBy(item);
  await settle(round, work, pair, { ...told, event: withSupposed(round, pair, item.event, rows) });
}

/** `copy`: somebody there has copied an item with everything on it. */
async function byMarker(
  round: Round,
  work: Work,
  { marker }: RemoteItem,
): Promise<ConnectorPair | 'copy' | undefined> {
  if (marker === null || marker === '') return undefined;
  const { connectors } = round.services.storage;
  const [pair] = await connectors.pairsBy(round.link.id, 'marker', [marker], 'any');
  if (!pair) return undefined;
  if (work.joined.has(pair.id)) return 'copy';
  if (pair.ended !== null) {
    // Two pairs of one event come to light together, and somebody has changed what was made for both.
    if (work.uids.has(pair.uid)) return 'copy';
    const [living] = await connectors.pairsBy(round.link.id, 'uid', [pair.uid], 'live');
    const object = living ? undefined : await objectByUid(round, pair.uid);
    return object && revived(pair, object.name);
  }
  return (await isMainTaken(round, pair)) ? 'copy' : pair;
}

async function byUid(
  round: Round,
  work: Work,
  { event, marker }: RemoteItem,
): Promise<ConnectorPair | undefined> {
  if (event.uid === '' || work.uids.has(event.uid)) return undefined;
  const { connectors } = round.services.storage;
  const [known] = await connectors.pairsBy(round.link.id, 'uid', [event.uid], 'any');
  const pair = known && withOriginOf(known, marker);
  if (pair && work.joined.has(pair.id)) return undefined;
  if (pair && pair.ended === null) return (await isTaken(round, pair)) ? undefined : pair;
  const object = await objectByUid(round, event.uid);
  if (!object) return undefined;
  work.uids.add(event.uid);
  return pair ? revived(pair, object.name) : newPair(round, object.uid, object.name, 'both');
}

async function madeByUs(
  round: Round,
  { joined }: Work,
  item: RemoteItem,
): Promise<ConnectorPair | undefined> {
  const pair = item.marker === null ? await pendingLike(round, item) : undefined;
  return pair && !joined.has(pair.id) ? pair : undefined;
}

/** What we have made there bears the marker: without it, it is somebody's own. */
function withOriginOf(pair: ConnectorPair, marker: string | null): ConnectorPair {
  return pair.origin === 'local' && marker !== pair.marker ? { ...pair, origin: 'both' } : pair;
}

/** What was agreed on before the link was cut still tells who has changed what since. */
export function revived(pair: ConnectorPair, objectName: string): ConnectorPair {
  return { ...pair, objectName, ended: null, failures: 0, quarantine: null, quarantineText: null };
}

export function newPair(round: Round, wanted: string, objectName: string, origin: Origin): ConnectorPair {
  return {
    id: round.services.ids<PairId>(),
    link: round.link.id,
    uid: uid(wanted),
    objectName,
    objectEtag: null,
    marker: newMarker(round),
    role: 'owner',
    origin,
    agreed: null,
    failures: 0,
    quarantine: null,
    quarantineText: null,
    pushes: 0,
    pushedSince: null,
    reverts: 0,
    ended: null,
  };
}

/**
 * Something there with the UID of what is new here: a link that takes nothing from there has left it where it is, and making
 * it once more would double it. Only what lies about where the new one lies is asked for.
 */
export async function twinThere(round: Round, { event, extent }: Copy): Promise<RemoteItem | undefined> {
  const within = {
    start: instant(extent.start - dayMs),
    end: instant((extent.end ?? round.window.end) + dayMs),
  };
  const query = { link: round.link.id, within, paired: false, gone: false };
  for await (const page of round.services.storage.connectors.items(query)) {
    const { items } = await fetchAll(
      round,
      page.map(({ remoteId }) => remoteId),
    );
    const twin = items.find((item) => item.partOf === null && item.event.uid === event.uid);
    if (twin) return twin;
  }
  return undefined;
}

/** A new object here for something there. */
async function takeOver(round: Round, work: Work, item: RemoteItem): Promise<void> {
  const event = canonical(item.event);
  const fresh = newPair(round, '', '', await originThere(round, item));
  const isUsable = isPlainUid(event.uid) && !work.uids.has(event.uid) && !(await isKnown(round, event.uid));
  const wanted = isUsable ? event.uid : fresh.marker;
  work.uids.add(wanted);
  const write = await composed(round, { ...event, uid: wanted }, fresh.marker);
  const pair = { ...fresh, uid: uid(wanted), role: item.role };
  if ('refused' in write) {
    work.add({ do: 'put-pair', pair }, { do: 'put-item', item: itemRow(round, item, pair.id) });
    return quarantine(work, pair, write.refused);
  }
  const agreed = agreedText({ local: write.event, remote: event, ...(item.note && { note: true }) });
  work.add(
    write.change,
    { do: 'put-pair', pair: { ...pair, objectName: write.name, objectEtag: write.etag, agreed } },
    { do: 'put-item', item: itemRow(round, item, pair.id) },
  );
  work.moved.add(pair.id);
  work.count('created');
}

/** Of something that is only there. What we had made there once is still a copy, also after it was deleted here. */
async function originThere(round: Round, { marker }: RemoteItem): Promise<Origin> {
  if (marker === null || marker === '') return 'remote';
  const [before] = await round.services.storage.connectors.pairsBy(round.link.id, 'marker', [marker], 'any');
  return before && before.ended !== null ? before.origin : 'remote';
}

/** It has to be found again by exactly what is stored. */
function isPlainUid(text: string): boolean {
  return /^(?! )[\x20-\x7e]{1,255}(?<! )$/.test(text);
}

async function isKnown(round: Round, wanted: string): Promise<boolean> {
  const [pair] = await round.services.storage.connectors.pairsBy(round.link.id, 'uid', [wanted], 'live');
  return pair !== undefined || (await objectByUid(round, wanted)) !== undefined;
}

/** Events here without a pair, by what they look like; undefined once more than one looks the same. */
export async function unpairedByContent(round: Round): Promise<ReadonlyMap<string, string | undefined>> {
  const alike = new Map<string, string | undefined>();
  const { storage } = round.services;
  const query = { calendar: round.link.calendar, select: { by: 'all' }, kinds: ['VEVENT'] } as const;
  for await (const page of storage.objects(query)) {
    const uids = page.map((object) => object.uid);
    const paired = new Set(
      (await storage.connectors.pairsBy(round.link.id, 'uid', uids, 'live')).map((pair) => pair.uid),
    );
    for (const stored of page) {
      const copy = paired.has(stored.uid) ? undefined : readCopy(round, stored);
      if (!copy || isUntold(copy) || !liesIn(copy.extent, round.window)) continue;
      const key = contentKey(copy.event);
      alike.set(key, alike.has(key) ? undefined : stored.name);
    }
  }
  return alike;
}
