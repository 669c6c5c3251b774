/**
 * What no change tells of: days that come into the window, events that failed, and once in a while everything
 * (exchange.md 8.3, 8.6). Nobody is mailed on these occasions.
 */
import type { ConnectorPair } from '../../core/connector.ts';
import { dayMs, hourMs, instant } from '../../icalendar/time.ts';
import { canonical, type Faces, isSame, readAgreed } from '../agreed.ts';
import { contentKey } from '../content-key.ts';
import type { NeutralEvent } from '../event.ts';
import { withWholeRule } from '../parts.ts';
import type { RemoteItem } from '../remote.ts';
import { syncWindow } from '../rules.ts';
import { objectByUid } from './copy.ts';
import { enqueue } from './enqueue.ts';
import { isUnreadable } from './failing.ts';
import { batches, fetchAll } from './fetch.ts';
import { compareSeen, foldNames, settledNames } from './local-changes.ts';
import { join, meet, newPair } from './match.ts';
import { setCopiesAside } from './own-copy.ts';
import { pairsById } from './pairs.ts';
import type { Round } from './round.ts';
import { settle } from './settle.ts';
import { noteGone, noteGuesses, take } from './take.ts';
import { Work } from './work.ts';

const atOnce = 50;
/** So few can be read every day. */
const fewItems = 50;

/** Items in the window that have no pair: on a first run those that look like something here, later those that came in. */
export async function takeUnpaired(
  round: Round,
  alike: ReadonlyMap<string, string | undefined> = new Map(),
): Promise<void> {
  const ids: string[] = [];
  for await (const page of round.services.storage.connectors.items({
    link: round.link.id,
    within: round.window,
    paired: false,
    gone: false,
  })) {
    ids.push(...page.map(({ remoteId }) => remoteId));
  }
  const fetched = await fetchAll(round, ids);
  const likeness = new Map<string, number>();
  for (const item of fetched.items) {
    const key = contentKey(canonical(item.event));
    likeness.set(key, (likeness.get(key) ?? 0) + 1);
  }
  for (const batch of batches(fetched.items, atOnce)) {
    round.checkpoint();
    await round.commitDecided(async () => {
      const going = await setCopiesAside(round, batch);
      const work = new Work();
      for (const item of batch.filter(({ id }) => !going.has(id)))
        await takeOne(round, work, item, alike, likeness);
      noteGuesses(work, batch);
      return { work };
    });
  }
  await round.commitDecided(async () => {
    const work = new Work();
    await take(round, work, { ...fetched, items: [] });
    return { work };
  });
}

/** Pairs what is alike where there is exactly one on each side; else it is something of its own. */
async function takeOne(
  round: Round,
  work: Work,
  told: RemoteItem,
  alike: ReadonlyMap<string, string | undefined>,
  likeness: ReadonlyMap<string, number>,
): Promise<void> {
  if (told.partOf && !(await isLeftOver(round, told.partOf.uid))) return;
  const item: RemoteItem = told.partOf ? { ...told, partOf: null, marker: null } : told;
  const key = contentKey(canonical(item.event));
  const name = likeness.get(key) === 1 ? alike.get(key) : undefined;
  const head = name === undefined ? undefined : await round.services.storage.head(round.link.calendar, name);
  const [paired] = head
    ? await round.services.storage.connectors.pairsBy(round.link.id, 'uid', [head.uid], 'live')
    : [];
  if (head && !paired && !work.uids.has(head.uid)) {
    work.uids.add(head.uid);
    await join(round, work, newPair(round, head.uid, head.name, 'both'), item);
  } else await meet(round, work, item);
}

/**
 * When a link is joined again: is a single item of this series all that is left, as the series was deleted here while the link
 * was cut? It comes back as an event of its own, like everything that is only there. Later it is nothing by itself.
 */
async function isLeftOver(round: Round, uid: string): Promise<boolean> {
  if (round.link.initialised) return false;
  const [living] = await round.services.storage.connectors.pairsBy(round.link.id, 'uid', [uid], 'live');
  return living === undefined && (await objectByUid(round, uid)) === undefined;
}

/** The window moves on every day. */
export async function rollWindow(round: Round): Promise<void> {
  const { link, parts } = round;
  if (parts.rules.autoSync && link.direction !== 'to-remote') await takeUnpaired(round);
  await foldArrivals(round);
  await extendSingles(round);
}

/** Series that are written there for the window only, by single items or a pattern near to theirs, get the days that have come in. */
async function extendSingles(round: Round): Promise<void> {
  for await (const page of round.services.storage.connectors.pairs(round.link.id)) {
    const work = new Work();
    for (const pair of page) {
      if (pair.agreed === null || pair.quarantine !== null) continue;
      const { local, remote } = readAgreed(pair.agreed);
      if (remote.recurrence === null) continue;
      const after = forThisWindow(round, { local, remote });
      if (!after) continue;
      if ((await round.services.storage.connectors.outboxOfPair(pair.id)).length > 0) continue;
      enqueue(round, work, pair, {
        action: 'update',
        notify: 'none',
        before: remote,
        after,
        local,
        reverts: false,
      });
    }
    if (work.changes.length > 0) await round.commit(work);
  }
}

/** What is to be written of such a series; undefined for one that is there as it is, whatever the window. */
function forThisWindow(round: Round, faces: Faces): NeutralEvent | undefined {
  const { local, remote } = faces;
  if (round.remote.dependsOnWindow(remote)) return remote;
  if (isSame(local.recurrence, remote.recurrence) || !round.remote.dependsOnWindow(local)) return undefined;
  const whole = withWholeRule(faces);
  const told = round.remote.normalize(whole, round.window);
  return 'refused' in told || isSame(canonical(told), remote) ? undefined : whole;
}

/** Events that failed before and are not given up yet. */
export async function retryFailed(round: Round): Promise<void> {
  const failing: ConnectorPair[] = [];
  for await (const page of round.services.storage.connectors.pairs(round.link.id)) {
    failing.push(...page.filter(({ failures, quarantine }) => failures > 0 && quarantine === null));
  }
  for (const batch of batches(failing, atOnce)) await retry(round, batch);
}

/** Reads these events on both sides and decides anew. */
export async function retry(round: Round, pairs: readonly ConnectorPair[]): Promise<void> {
  const items = await round.services.storage.connectors.itemsOfPairs(pairs.map(({ id }) => id));
  const ids = items.filter(({ recurrenceId }) => recurrenceId === null).map(({ remoteId }) => remoteId);
  const fetched = await fetchAll(round, ids);
  const known = new Set(items.map(({ pair }) => pair));
  await round.commitDecided(async () => {
    const work = new Work();
    await take(round, work, fetched);
    for (const pair of pairs) {
      if (!known.has(pair.id) && !isUnreadable(pair)) await settle(round, work, pair, 'as-agreed');
    }
    return { work };
  });
}

export function isDeepCheckDue(round: Round): boolean {
  const since = round.link.deepChecked;
  if (since === null) return true;
  const ageMs = round.now() - since;
  return ageMs < 0 || ageMs >= round.parts.rules.deepCheckHours * hourMs;
}

/**
 * Compares everything in the window: which items there are, what series say, and every object here. Servers that do not
 * tell of changed instances, lost hints and our own mistakes come to light here; each difference that something comes of is
 * counted: what a link of one way holds back differs every day.
 */
export async function deepCheck(round: Round): Promise<{ readonly removals: boolean }> {
  round.enter('checking');
  const listed = new Map<string, string>();
  for await (const heads of round.remote.listed(round.window, round.parts.signal)) {
    round.checkpoint();
    for (const { id, version } of heads) listed.set(id, version);
  }
  const suspects = new Set<string>();
  const moved = new Set<string>();
  let known = 0;
  const series = new Set<string>();
  const unread = new Map<ConnectorPair['id'], string>();
  for await (const page of round.services.storage.connectors.items({
    link: round.link.id,
    within: round.window,
  })) {
    for (const item of page) {
      if (item.gone) continue;
      const version = listed.get(item.remoteId);
      listed.delete(item.remoteId);
      if (item.pair === null) continue;
      known += 1;
      if (version === undefined) suspects.add(item.remoteId);
      else if (version !== '' && item.version !== '' && version !== item.version) moved.add(item.remoteId);
      if (item.version === '') unread.set(item.pair, item.remoteId);
      if (item.recurring && item.recurrenceId === null) series.add(item.remoteId);
    }
  }
  for (const id of await unknownIds(round, [...listed.keys()])) suspects.add(id);
  // A listing of which nearly every version is another one has versions of its own, which say nothing.
  if (moved.size * 2 <= known || known < fewItems) for (const id of moved) suspects.add(id);
  // What is left alone waits until somebody wants it to be tried again.
  for (const pair of await pairsById(round, [...unread.keys()])) {
    if (pair.quarantine === null) suspects.add(unread.get(pair.id) ?? '');
  }
  const ids = [...new Set([...suspects, ...series])];
  let removals = false;
  for (const batch of batches(ids, atOnce)) removals = (await checkItems(round, batch)) || removals;
  const differing = await compareSeen(round);
  const work = new Work();
  work.count('repaired', differing);
  await round.commit(work, { deepChecked: round.now() });
  return { removals };
}

/** Of the ids that a listing has and no row in the window. */
async function unknownIds(round: Round, ids: readonly string[]): Promise<readonly string[]> {
  const known = await round.services.storage.connectors.itemsById(round.link.id, ids);
  const rows = new Set(known.map(({ remoteId }) => remoteId));
  return ids.filter((id) => !rows.has(id));
}

async function checkItems(round: Round, ids: readonly string[]): Promise<boolean> {
  const { connectors } = round.services.storage;
  const fetched = await fetchAll(round, ids);
  const rows = new Map((await connectors.itemsById(round.link.id, ids)).map((item) => [item.remoteId, item]));
  await round.commitDecided(async () => {
    const work = new Work();
    const differing: RemoteItem[] = [];
    for (const item of fetched.items)
      if (await differs(round, item, rows.get(item.id)?.pair ?? null)) differing.push(item);
    const missing = fetched.gone.flatMap((id) => rows.get(id) ?? []);
    for (const row of missing) noteGone(work, row);
    await take(round, work, { ...fetched, items: differing, gone: [] });
    const deleted = round.link.direction === 'to-remote' ? 0 : missing.length;
    work.count('repaired', work.moved.size + deleted);
    return { work };
  });
  return fetched.gone.length > 0;
}

async function differs(round: Round, item: RemoteItem, id: ConnectorPair['id'] | null): Promise<boolean> {
  const pair = id === null ? undefined : await round.services.storage.connectors.pair(id);
  if (!pair || pair.ended !== null || pair.agreed === null) return true;
  return pair.quarantine === null && !isSame(readAgreed(pair.agreed).remote, canonical(item.event));
}

/** Has a day begun since the last run? */
export function hasRolled(round: Round): boolean {
  const { lastRun } = round.link;
  const day = (at: number): number => Math.floor(at / dayMs);
  return lastRun !== null && day(lastRun) !== day(round.now());
}

/** Objects here that have come into the window. */
async function foldArrivals(round: Round): Promise<void> {
  const { link, parts, window, services } = round;
  if (!parts.rules.autoSync || link.lastRun === null) return;
  const then = syncWindow(link.lastRun, parts.rules, link, round.view.zone);
  const range = { start: instant(Math.min(then.end, window.end)), end: window.end };
  const names: string[] = [];
  for (const by of ['indexed', 'unproven'] as const) {
    const query = { calendar: link.calendar, select: { by, range }, kinds: ['VEVENT'] } as const;
    for await (const page of services.storage.heads(query)) names.push(...page.map(({ name }) => name));
  }
  await foldNames(round, await settledNames(round, names));
}
