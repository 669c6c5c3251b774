/**
 * What has changed there since the cursor, page by page; a page, the cursor behind it and what it brought are one
 * transaction (exchange.md 8.2). A crash repeats a page, which then finds everything done.
 */
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { hourMs, instant } from '../../icalendar/time.ts';
import { RemoteFailure } from '../failure.ts';
import type { ChangePage, RemoteHead, RemoteItem } from '../remote.ts';
import { liesIn } from '../rules.ts';
import { batches, fetchAll } from './fetch.ts';
import type { Round } from './round.ts';
import { noteGone, take } from './take.ts';
import { Work } from './work.ts';

export interface Pulled {
  /** Something was reported as removed, now or by a run that did not come so far. */
  readonly removals: boolean;
}

/**
 * Until whoever calls this has done what follows from a listing from the beginning, the link is `reconciling`: a run that ends
 * before is followed by another such listing. `alike`: on a first run, what here looks like something there is left for later
 * (`match.ts`).
 */
export async function pull(round: Round, alike?: ReadonlyMap<string, unknown>): Promise<Pulled> {
  // The link leads elsewhere now: what was left where it was, although its version is known, is looked at again.
  const afresh = round.link.reconciling && round.link.localCursor === 0;
  // What a run that was interrupted had seen of a listing from the beginning is not known any more.
  let isWhole = round.link.reconciling;
  if (isWhole) await round.commit(new Work(), { cursor: null });
  let hasBegunAgain = false;
  const seen = new Map<string, string>();
  const endless = endlessness(seen);
  let removals = false;
  for (;;) {
    round.checkpoint();
    const before = round.link.cursor;
    const page = await nextPage(round);
    if (page instanceof RemoteFailure) {
      // A server that gives out cursors which it does not know would have it all read again and again.
      if (hasBegunAgain) throw page;
      [isWhole, hasBegunAgain] = [true, true];
      seen.clear();
      await round.commit(new Work(), { cursor: null, reconciling: true, ...checkAgain(round) });
      continue;
    }
    const isEndless = endless(page, before);
    removals = (await takePage(round, page, { alike, afresh })) || removals;
    if (page.last) break;
    if (isEndless) {
      throw new RemoteFailure('ours', 'endless-listing', 'the listing goes on without getting further');
    }
  }
  // Some servers begin again without a word when they do not know a cursor: what was told before is told once more.
  if (isWhole || round.link.reconciling) {
    removals = (await noteAbsent(round, seen, isWhole)) || removals;
  }
  removals = (await noteUntold(round)) || removals;
  return { removals };
}

/**
 * What the server has forgotten, it may have forgotten to tell: everything is looked through once more (exchange.md 8.6). Not
 * at every run, where a server knows no cursor of its own.
 */
function checkAgain(round: Round): { readonly deepChecked?: null } {
  const { deepChecked } = round.link;
  const isFresh = deepChecked !== null && Math.abs(round.now() - deepChecked) < hourMs;
  return isFresh ? {} : { deepChecked: null };
}

/** The failure of a cursor that is not honoured: from the beginning, there is none that could not be. */
async function nextPage(round: Round): Promise<ChangePage | RemoteFailure> {
  try {
    return await round.remote.changes(round.link.cursor, round.parts.signal);
  } catch (error) {
    if (error instanceof RemoteFailure && error.class === 'state' && round.link.cursor !== null) return error;
    throw error;
  }
}

/** So many pages in a row may tell nothing that the others have not told: some servers give empty ones on the way. */
const maxIdlePages = 100;

/**
 * Does a listing get any further? `seen` gets the versions that it tells. A server that tells the same for ever moves its
 * cursor, or does not.
 */
function endlessness(seen: Map<string, string>): (page: ChangePage, before: string | null) => boolean {
  const removed = new Set<string>();
  let idlePages = 0;
  return (page, before) => {
    const known = seen.size + removed.size;
    let isNew = false;
    for (const { id, version } of page.changed) {
      isNew ||= seen.get(id) !== version;
      seen.set(id, version);
    }
    for (const id of page.removed) removed.add(id);
    idlePages = isNew || seen.size + removed.size > known ? 0 : idlePages + 1;
    return page.cursor === before || idlePages >= maxIdlePages;
  };
}

async function takePage(
  round: Round,
  page: ChangePage,
  { alike, afresh }: { readonly alike: ReadonlyMap<string, unknown> | undefined; readonly afresh: boolean },
): Promise<boolean> {
  const { connectors } = round.services.storage;
  const heads = new Map(page.changed.map((head) => [head.id, head]));
  const removed = page.removed.filter((id) => !heads.has(id));
  const rows = await connectors.itemsById(round.link.id, [...heads.keys(), ...removed]);
  const known = new Map(rows.map((item) => [item.remoteId, item]));
  const pairs = rows.flatMap(({ pair }) => pair ?? []);
  const living = new Map(
    (await connectors.pairsBy(round.link.id, 'id', pairs, 'live')).map((pair) => [pair.id, pair]),
  );
  const toFetch: string[] = [];
  const noted: ConnectorItem[] = [];
  let isRepeated = false;
  for (const head of heads.values()) {
    const item = known.get(head.id);
    const paired = item?.pair !== null && item !== undefined && living.has(item.pair);
    if (head.foreign === true) continue;
    if (item && !(afresh && paired) && isEcho(head, item, paired || item.pair === null)) {
      if (!item.echoed) noted.push({ ...item, echoed: true });
      else if (!isWrittenLately(round, item.pair === null ? undefined : living.get(item.pair)))
        isRepeated = true;
      continue;
    }
    const row = paired ? undefined : outsideRow(round, head);
    if (row) noted.push(row);
    else toFetch.push(head.id);
  }
  const fetched = await fetchAll(round, toFetch);
  const alone = await withoutSeries(round, fetched.items);
  const others = fetched.items.filter((item) => !alone.includes(item));
  // Series that come back are settled before their single items are: two writes of one object in one transaction could not both be right.
  const isApart = alone.length > 0 && others.length > 0;
  if (isApart)
    await round.commitDecided(async () => {
      const work = new Work();
      await take(round, work, { items: others, gone: [], withheld: [], failures: [], listed: true }, alike);
      return { work };
    });
  await round.commitDecided(async () => {
    const work = new Work();
    for (const item of noted) work.add({ do: 'put-item', item });
    for (const id of removed) {
      const item = known.get(id);
      if (item) noteGone(work, item);
    }
    const items = isApart ? alone : fetched.items;
    await take(round, work, { ...fetched, items, listed: true }, alike);
    return {
      work,
      patch: { cursor: page.cursor, ...(isRepeated && { reconciling: true }) },
      done: heads.size,
    };
  });
  return fetched.gone.length > 0 || removed.some((id) => known.has(id));
}

/** Single items for instances of series that are not known, or not any more. */
async function withoutSeries(round: Round, items: readonly RemoteItem[]): Promise<readonly RemoteItem[]> {
  const uids = [...new Set(items.flatMap(({ partOf }) => partOf?.uid ?? []))];
  if (uids.length === 0) return [];
  const { connectors } = round.services.storage;
  const pairs = await connectors.pairsBy(round.link.id, 'uid', uids, 'live');
  const living = new Set(pairs.map(({ uid }): string => uid));
  return items.filter(({ partOf }) => partOf && !living.has(partOf.uid));
}

/** A version that is known is our own write, or a page that is told again; one that is not told says nothing. */
function isEcho(head: RemoteHead, item: ConnectorItem, isCurrent: boolean): boolean {
  return isCurrent && !item.gone && item.version === head.version && head.version !== '';
}

/** May what is told be our own write? Of a pair it is known in which hours it was pushed. */
function isWrittenLately({ link: { lastOk } }: Round, pair: ConnectorPair | undefined): boolean {
  if (lastOk === null) return true;
  return pair !== undefined && pair.pushedSince !== null && pair.pushedSince + 2 * hourMs >= lastOk;
}

/** The row of an item whose head alone says that it lies outside of the window. */
function outsideRow(
  round: Round,
  { id, version, start, end, recurring }: RemoteHead,
): ConnectorItem | undefined {
  if (start === undefined || end === undefined || recurring === true) return undefined;
  if (liesIn({ start, end }, round.window)) return undefined;
  return {
    link: round.link.id,
    remoteId: id,
    version,
    pair: null,
    recurrenceId: null,
    start: instant(start),
    end: instant(end),
    recurring: false,
    gone: false,
    echoed: true,
  };
}

/**
 * What we have created, and no listing has told of although it should have by now: it was deleted between two listings, which
 * no provider tells.
 */
async function noteUntold(round: Round): Promise<boolean> {
  const ids: string[] = [];
  const query = { link: round.link.id, echoed: false };
  for await (const page of round.services.storage.connectors.items(query)) {
    ids.push(...page.filter(({ gone }) => !gone).map(({ remoteId }) => remoteId));
  }
  const fetched = await fetchAll(round, ids);
  if (fetched.gone.length === 0) return false;
  await round.commitDecided(async () => {
    const work = new Work();
    await take(round, work, { items: [], gone: fetched.gone, withheld: [], failures: [] });
    return { work };
  });
  return true;
}

/**
 * Items that a complete listing does not have; only those that are asked for and not found are gone. Of a listing that only
 * may be complete most of what is known has to be told.
 */
async function noteAbsent(
  round: Round,
  seen: ReadonlyMap<string, string>,
  isWhole: boolean,
): Promise<boolean> {
  const absent: ConnectorItem[] = [];
  for await (const page of round.services.storage.connectors.items({ link: round.link.id })) {
    absent.push(...page.filter((item) => !seen.has(item.remoteId) && !item.gone));
  }
  if (!isWhole && absent.length > seen.size) return false;
  let found = false;
  for (const batch of batches(absent, 100)) {
    const ids = batch.map(({ remoteId }) => remoteId);
    const fetched = await fetchAll(round, ids);
    found ||= fetched.gone.length > 0;
    await round.commitDecided(async () => {
      const work = new Work();
      await take(round, work, fetched);
      return { work };
    });
  }
  return found;
}
