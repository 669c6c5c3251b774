/**
 * What we have made there twice: a creation that was repeated although the first one had arrived, or an event that was deleted
 * there, made anew from here, and restored there afterwards. One of them goes: the later one
 * to come to light, or the other where somebody has changed that one meanwhile, which is then merged as always.
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import { agreedText, asOrganized, canonical, type Faces, facesOf, isSame, readAgreed } from '../agreed.ts';
import { contentKey } from '../content-key.ts';
import type { NeutralEvent } from '../event.ts';
import { notifyOf } from '../notify.ts';
import type { ItemFailure, RemoteItem } from '../remote.ts';
import { heldBy, unmade, unmadePatch } from './aside.ts';
import { isAsMade } from './attempts.ts';
import { objectByUid } from './copy.ts';
import { earlierOf, lastSent } from './earlier.ts';
import { end, enqueue } from './enqueue.ts';
import { isUninvited } from './invitations.ts';
import { madeAfterwards, type SameMaking, sameMakings } from './makings.ts';
import { asideOf, removal } from './removal.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';
import { Work } from './work.ts';

/** It is gone here before it is known whether it was made there. */
export async function endUnmade(round: Round, work: Work, pair: ConnectorPair, sent: Faces): Promise<void> {
  await end(round, work, pair);
  work.add({ do: 'patch-pair', id: pair.id, patch: unmadePatch(pair, sent) });
}

/** Answers the ids of those among `items`, which belong to no pair yet, that are to go. */
export async function setOwnAside(round: Round, items: readonly RemoteItem[]): Promise<ReadonlySet<string>> {
  const { connectors } = round.services.storage;
  const [uids, markers] = [items.map(({ event }) => event.uid), items.flatMap(({ marker }) => marker ?? [])];
  const pairs = [
    ...(await connectors.pairsBy(round.link.id, 'uid', [...new Set(uids)], 'live')),
    ...(await connectors.pairsBy(round.link.id, 'marker', [...new Set(markers)], 'any')),
  ];
  const going = new Set<string>();
  for (const pair of new Map(pairs.map((one) => [one.id, one])).values()) {
    const isOver = pair.ended !== null;
    const extra = isOver ? await unwanted(round, pair, items) : await twinsOf(round, pair, items);
    for (const item of extra) {
      // The event of a double goes on. Of one that is over whoever has heard of it is to hear of its end.
      const isMissed = isOver && hasInvited(item);
      const notify = isMissed ? notifyOf(canonical(item.event), null, round.mailing) : 'none';
      const work = removal(round, pair, [itemRow(round, item, pair.id)], canonical(item.event), notify);
      if (!isOver) work.count('repaired');
      await round.commit(work);
      going.add(item.id);
    }
  }
  return going;
}

/** What a creation has made that nobody wants any more, as it was sent. */
async function unwanted(
  round: Round,
  pair: ConnectorPair,
  items: readonly RemoteItem[],
): Promise<readonly RemoteItem[]> {
  if (pair.quarantine !== unmade || pair.agreed === null) return await late(round, pair, items);
  const { remote } = readAgreed(pair.agreed);
  const { attempt } = readAgreed(pair.agreed);
  const isMeant = (item: RemoteItem): boolean => isAsMade(item) || saysSame(remote, item);
  // What the pair had may be brought back by somebody.
  return items.filter(
    (item) =>
      item.marker === pair.marker && (attempt === undefined || item.attempt !== attempt) && isMeant(item),
  );
}

/** What was made after its event was deleted, on either side. */
async function late(
  round: Round,
  pair: ConnectorPair,
  items: readonly RemoteItem[],
): Promise<readonly RemoteItem[]> {
  const { ended } = pair;
  const made = items.filter(
    (item) => item.marker === pair.marker && item.event.uid === pair.uid && isAsMade(item),
  );
  if (made.length === 0) return [];
  if (ended === null) return await madeAfterwards(round, pair, lastSeen(round), made);
  const isBack = (await objectByUid(round, pair.uid)) !== undefined;
  return isBack ? [] : await madeAfterwards(round, pair, ended, made);
}

/** What was there then was made before. */
function lastSeen({ link: { lastRun, lastOk } }: Round): number {
  return Math.max(lastRun ?? 0, lastOk ?? 0);
}

/**
 * Is it what was sent, or the beginning of that? Instances are written after their series, and those that single items stand
 * for are deleted.
 */
function saysSame(face: NeutralEvent, { event }: RemoteItem): boolean {
  const [sent, told] = [asOrganized(face), asOrganized(canonical(event))];
  const whole = ({ content, recurrence }: NeutralEvent): unknown => ({ content, recurrence });
  return (
    isSame(whole(sent), whole(told)) &&
    told.excluded.every((key) => sent.excluded.includes(key) || sent.overrides[key] !== undefined) &&
    Object.entries(told.overrides).every(([key, own]) => isSame(own, sent.overrides[key]))
  );
}

/** Those that go. Where somebody has changed one of them, it is the event from then on. */
async function twinsOf(
  round: Round,
  pair: ConnectorPair,
  items: readonly RemoteItem[],
): Promise<readonly RemoteItem[]> {
  const entries = await round.services.storage.connectors.outboxOfPair(pair.id);
  const earlier = earlierOf(round, pair, entries);
  const alike = items.filter(({ marker, event }) => marker === pair.marker || event.uid === pair.uid);
  if (!earlier && alike.every(({ attempt }) => attempt === undefined)) return [];
  const held = await heldBy(round, pair);
  const rows = held ? [] : await round.services.storage.connectors.itemsOfPairs([pair.id]);
  if (rows.length > 0) {
    const afterwards = await late(round, pair, alike);
    if (afterwards.length > 0) return afterwards;
  }
  const others = held && !('failed' in held) ? [held] : [];
  const isSameMaking = await sameMakings(round, [...alike, ...others]);
  const twins = alike.filter(
    (item) =>
      isOfOther(item, pair, held, alike, isSameMaking) ??
      (earlier !== undefined && isTwin(item, pair, earlier)),
  );
  if (twins.length === 0) return [];
  const known = [earlier, lastSent(round, pair, entries), facesOf(pair)].flatMap(
    (faces) => faces?.remote ?? [],
  );
  const isUntouched = (item: RemoteItem): boolean =>
    isAsMade(item) || known.some((face) => saysSame(face, item));
  // Whatever somebody has changed stays: as the event, or by itself.
  const touched = earlier && twins.find((item) => !isUntouched(item));
  const isOursUntouched = held !== undefined && !('failed' in held) && isUntouched(held);
  // Guests have heard of that one, and of ours they have not.
  const invited = earlier && isOursUntouched && isUnheardOf(pair, held) ? twins.find(hasInvited) : undefined;
  const taking = touched ?? invited;
  if (held && taking && earlier) await round.commit(replaced(round, pair, entries, earlier));
  const kept = taking ?? (held ? undefined : (twins.find(({ invited: isHeardOf }) => isHeardOf) ?? twins[0]));
  return twins.filter((item) => item !== kept && isUntouched(item));
}

/**
 * Was it made by another request of ours than the item that there is? A copy that somebody has made says the same as what was
 * copied, and of several that say the same at most one is ours. Undefined: the items do not tell.
 */
function isOfOther(
  item: RemoteItem,
  pair: ConnectorPair,
  held: RemoteItem | ItemFailure | undefined,
  alike: readonly RemoteItem[],
  isSameMaking: SameMaking,
): boolean | undefined {
  if (item.attempt === undefined || item.marker !== pair.marker) return undefined;
  if (held && 'failed' in held) return false;
  const first = alike.find((one) => isSameMaking(one, item));
  return first === item && !(held && isSameMaking(held, item));
}

function isUnheardOf({ agreed }: ConnectorPair, { invited }: RemoteItem): boolean {
  return invited !== true && agreed !== null && isUninvited(readAgreed(agreed).owed);
}

/** The first of several requests has mailed its guests; where the provider does not tell, this may be its item. */
function hasInvited({ invited }: RemoteItem): boolean {
  return invited !== false;
}

function isTwin({ marker, event }: RemoteItem, pair: ConnectorPair, earlier: Faces): boolean {
  if (event.uid === pair.uid) return true;
  // A server that gives UIDs of its own. A copy that somebody has put on another day is something new.
  const key = contentKey(canonical(event));
  return (
    marker === pair.marker &&
    [earlier, facesOf(pair)].some((faces) => faces && contentKey(faces.remote) === key)
  );
}

/** A pair for the earlier item, as it was then. The pair that there is keeps what it has there, and goes with it. */
function replaced(round: Round, pair: ConnectorPair, entries: readonly OutboxEntry[], earlier: Faces): Work {
  const work = new Work();
  const now = facesOf(pair);
  const aside = { ...asideOf(round, pair, now?.remote), id: pair.id };
  const agreed = agreedText({ ...earlier, ...(now && { earlier: now }) });
  work.add({ do: 'put-pair', pair: aside });
  work.add({ do: 'put-pair', pair: { ...pair, id: round.services.ids<PairId>(), agreed } });
  for (const { id } of entries) work.add({ do: 'drop-outbox', id });
  enqueue(round, work, aside, { action: 'delete', notify: 'none' });
  return work;
}
