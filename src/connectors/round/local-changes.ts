/**
 * What has changed here since the last run, folded into one decision for each event and, as far as something follows from
 * it there, into the outbox (exchange.md 8.4).
 */
import type { CalendarChange } from '../../core/calendar.ts';
import type { ConnectorPair } from '../../core/connector.ts';
import { type Faces, facesOf, isSame, readAgreed } from '../agreed.ts';
import { liesIn } from '../rules.ts';
import { occursAt } from '../series.ts';
import { isUntold, objectByUid, readCopy } from './copy.ts';
import { enqueueCreation } from './enqueue.ts';
import { isUnreadable, quarantine } from './failing.ts';
import { batches } from './fetch.ts';
import { join, newPair, twinThere } from './match.ts';
import type { Round } from './round.ts';
import { settle } from './settle.ts';
import { isWithheld } from './withheld.ts';
import { Work } from './work.ts';

/** Decisions of one transaction. */
const atOnce = 50;

export async function foldLocalChanges(round: Round): Promise<void> {
  const { storage } = round.services;
  const calendar = await storage.calendar(round.link.calendar);
  if (!calendar || calendar.modseq === round.link.localCursor) return;
  // A trimmed log has forgotten what was deleted.
  if (round.link.localCursor < calendar.changeFloor) {
    await compareAll(round);
    return;
  }
  const changed = new Map<string, CalendarChange>();
  for await (const page of storage.changes(round.link.calendar, round.link.localCursor)) {
    for (const change of page) changed.set(change.name, change);
  }
  // What is there comes first: an object with a new name is found before its old name is missed.
  const changes = [...changed.values()].sort((one, other) => Number(one.gone) - Number(other.gone));
  await foldNames(
    round,
    changes.map(({ name }) => name),
  );
  await round.commit(new Work(), { localCursor: calendar.modseq });
}

/** `thorough`: also what was seen before is compared with what was agreed on. */
type Care = 'as-seen' | 'thorough';

/** Everything here is looked at: on the first run, and where the log is not to be trusted. */
export async function compareAll(round: Round): Promise<void> {
  const calendar = await round.services.storage.calendar(round.link.calendar);
  if (!calendar) return;
  await foldNames(round, [...(await allNames(round))], 'thorough');
  await round.commit(new Work(), { localCursor: calendar.modseq });
}

/**
 * Everything here that was seen before is looked at once more. What was changed meanwhile is left for the ordinary way, on
 * which attendees hear of it. Answers of how much something came.
 */
export async function compareSeen(round: Round): Promise<number> {
  return await foldNames(round, await settledNames(round, await allNames(round)), 'thorough');
}

/** Those of which nothing was changed since changes were last folded. The names have to be read before. */
export async function settledNames(round: Round, names: Iterable<string>): Promise<readonly string[]> {
  const settled = new Set(names);
  for await (const page of round.services.storage.changes(round.link.calendar, round.link.localCursor)) {
    for (const { name } of page) settled.delete(name);
  }
  return [...settled];
}

async function allNames(round: Round): Promise<ReadonlySet<string>> {
  const { storage } = round.services;
  const names = new Set<string>();
  const seen = new Set<string>();
  const query = { calendar: round.link.calendar, select: { by: 'all' }, kinds: ['VEVENT'] } as const;
  for await (const page of storage.heads(query)) {
    for (const { name, uid } of page) {
      seen.add(uid);
      names.add(name);
    }
  }
  for await (const page of storage.connectors.pairs(round.link.id)) {
    for (const pair of page) if (!isUnreadable(pair) && !seen.has(pair.uid)) names.add(pair.objectName);
  }
  return names;
}

/** Decides about the objects with these names, as far as they are not as they were last seen. Answers of how many something came. */
export async function foldNames(
  round: Round,
  names: readonly string[],
  care: Care = 'as-seen',
): Promise<number> {
  let count = 0;
  for (const batch of batches(names, atOnce)) {
    round.checkpoint();
    let moved = 0;
    await round.commitDecided(async () => {
      const work = new Work();
      for (const name of batch) await foldName(round, work, name, care);
      moved = work.moved.size;
      return { work, done: batch.length };
    });
    count += moved;
  }
  return count;
}

async function foldName(round: Round, work: Work, name: string, care: Care): Promise<void> {
  const { storage } = round.services;
  const head = await storage.head(round.link.calendar, name);
  const [named] = await storage.connectors.pairsBy(round.link.id, 'objectName', [name], 'live');
  if (!head) {
    if (!named || (await isLetGo(round, named))) return;
    // Renamed, and seen under its new name.
    if (await objectByUid(round, named.uid)) return;
    return await settle(round, work, named, 'as-agreed');
  }
  if (head.kind !== 'VEVENT') return;
  const [pair] = await storage.connectors.pairsBy(round.link.id, 'uid', [head.uid], 'live');
  if (!pair) return await foldNew(round, work, name);
  if (pair.objectEtag === head.etag) {
    if (pair.objectName !== name) work.add({ do: 'patch-pair', id: pair.id, patch: { objectName: name } });
    if (care === 'as-seen' || !(await isUnsettled(round, pair, name))) return;
  }
  if (!(await isKept(round, pair, name))) return;
  await settle(round, work, { ...pair, objectName: name }, 'as-agreed');
}

/** Is its deletion here on its way there already, or given up? */
async function isLetGo(round: Round, { id, objectEtag, quarantine: left }: ConnectorPair): Promise<boolean> {
  if (objectEtag !== null) return false;
  return left !== null || (await round.services.storage.connectors.outboxOfPair(id)).length > 0;
}

/** Events that have left the window stay here, and are not written there any more (exchange.md 8.3). */
async function isKept(round: Round, pair: ConnectorPair, name: string): Promise<boolean> {
  const stored = await round.services.storage.object(round.link.calendar, name);
  const copy = stored && readCopy(round, stored);
  if (!copy || isUntold(copy) || liesIn(copy.extent, round.window)) return true;
  const [item] = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  return item?.start != null && liesIn({ start: item.start, end: item.end }, round.window);
}

async function foldNew(round: Round, work: Work, name: string): Promise<void> {
  const { link, parts, services } = round;
  if (link.direction === 'from-remote' || (!link.initialised && !parts.rules.autoSync)) return;
  const stored = await services.storage.object(link.calendar, name);
  if (!stored || work.uids.has(stored.uid)) return;
  const copy = readCopy(round, stored);
  if (!isUntold(copy) && !liesIn(copy.extent, round.window)) return;
  const [before] = await services.storage.connectors.pairsBy(link.id, 'uid', [stored.uid], 'any');
  if (before && isWithheld(before)) return;
  work.uids.add(stored.uid);
  const twin = isUntold(copy) ? undefined : await twinThere(round, copy);
  if (twin) return await join(round, work, newPair(round, stored.uid, name, 'both'), twin);
  // It came from there once, and was kept here.
  const origin = before?.origin ?? 'local';
  const pair = { ...newPair(round, stored.uid, name, origin), objectEtag: stored.etag };
  work.add({ do: 'put-pair', pair });
  if (isUntold(copy)) quarantine(work, pair, copy.refused);
  // What was there before may be restored there.
  else enqueueCreation(round, work, pair, copy.event, copy, { earlier: before && facesOf(before) });
}

/** Was this version seen without anything coming of it? An event that is left alone stays so until it changes. */
async function isUnsettled(round: Round, pair: ConnectorPair, name: string): Promise<boolean> {
  const { connectors } = round.services.storage;
  if (pair.quarantine !== null || (await connectors.outboxOfPair(pair.id)).length > 0) return false;
  if (pair.agreed === null) return true;
  const stored = await round.services.storage.object(round.link.calendar, name);
  const copy = stored && readCopy(round, stored);
  if (!copy || isUntold(copy)) return false;
  const faces = readAgreed(pair.agreed);
  return !isSame(faces.local, copy.event) || lacksDays(round, pair, faces);
}

/**
 * Are there days beside the rule of the series here, of which both have agreed and nothing was ever written there? Versions
 * that could not write such days have left such series behind.
 */
function lacksDays({ remote: calendar, window }: Round, { role }: ConnectorPair, faces: Faces): boolean {
  const { local, remote } = faces;
  if (role === 'guest' || remote.recurrence === null || (local.recurrence?.dates ?? []).length === 0)
    return false;
  const told = calendar.normalize(local, window);
  if ('refused' in told) return false;
  return Object.keys(told.overrides).some(
    (key) => remote.overrides[key] === undefined && !remote.excluded.includes(key) && !occursAt(remote, key),
  );
}
