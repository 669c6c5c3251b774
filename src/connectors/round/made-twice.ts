/**
 * What we have made there twice: a creation that was repeated although the first one had arrived, or an event that was deleted
 * there, made anew from here, and restored there afterwards. One of them goes: the later one
 * to come to light, or the other where somebody has changed that one meanwhile, which is then merged as always.
 */
import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import type { PairId } from '../../core/ids.ts';
import { agreedText, canonical, type Faces, facesOf, isSame, readAgreed } from '../agreed.ts';
import { contentKey } from '../content-key.ts';
import type { NeutralEvent } from '../event.ts';
import { notifyOf } from '../notify.ts';
import type { Notify, RemoteItem } from '../remote.ts';
import { asideName, heldBy, unmade, unmadePatch } from './aside.ts';
import { earlierOf, lastSent } from './earlier.ts';
import { end, enqueue } from './enqueue.ts';
import { newMarker } from './failing.ts';
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
    const extra = isOver ? unwanted(pair, items) : await twinsOf(round, pair, items);
    for (const item of extra) {
      // The event of a double goes on. Of one that is over whoever has heard of it is to hear of its end.
      const isMissed = isOver && hasInvited(item);
      const notify = isMissed ? notifyOf(canonical(item.event), null, round.mailing) : 'none';
      await round.commit(
        removal(round, pair, [itemRow(round, item, pair.id)], canonical(item.event), notify),
      );
      going.add(item.id);
    }
  }
  return going;
}

/** What a creation has made that nobody wants any more, as it was sent. */
function unwanted(pair: ConnectorPair, items: readonly RemoteItem[]): readonly RemoteItem[] {
  if (pair.quarantine !== unmade || pair.agreed === null) return [];
  const { remote } = readAgreed(pair.agreed);
  return items.filter(({ marker, event }) => marker === pair.marker && isSame(canonical(event), remote));
}

/** Those that go. Where somebody has changed one of them, it is the event from then on. */
async function twinsOf(
  round: Round,
  pair: ConnectorPair,
  items: readonly RemoteItem[],
): Promise<readonly RemoteItem[]> {
  const entries = await round.services.storage.connectors.outboxOfPair(pair.id);
  const earlier = earlierOf(round, pair, entries);
  const twins = earlier ? items.filter((item) => isTwin(item, pair, earlier)) : [];
  if (!earlier || twins.length === 0) return [];
  const known = [earlier, lastSent(round, pair, entries), facesOf(pair)].flatMap(
    (faces) => faces?.remote ?? [],
  );
  const isUntouched = ({ event }: RemoteItem): boolean =>
    known.some((face) => isSame(face, canonical(event)));
  // Whatever somebody has changed stays: as the event, or by itself.
  const touched = twins.find((item) => !isUntouched(item));
  const held = await heldBy(round, pair);
  const isOursUntouched = held !== undefined && !('failed' in held) && isUntouched(held);
  // Guests have heard of that one, and of ours they have not.
  const invited = isOursUntouched && isUninvited(pair, held) ? twins.find(hasInvited) : undefined;
  const taking = touched ?? invited;
  if (held && taking) await round.commit(replaced(round, pair, entries, earlier));
  const kept = taking ?? (held ? undefined : (twins.find(({ invited: isHeardOf }) => isHeardOf) ?? twins[0]));
  return twins.filter((item) => item !== kept && isUntouched(item));
}

function isUninvited({ agreed }: ConnectorPair, { invited }: RemoteItem): boolean {
  return invited !== true && agreed !== null && readAgreed(agreed).owed === 'unless-sent';
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

/** Items of a pair that go without it; `told`: what they say, where one of them is a whole event. */
export function removal(
  round: Round,
  pair: ConnectorPair,
  items: readonly ConnectorItem[],
  told: NeutralEvent | undefined,
  notify: Notify,
): Work {
  const work = new Work();
  const aside = asideOf(round, pair, told);
  work.add({ do: 'put-pair', pair: aside });
  for (const item of items) work.add({ do: 'put-item', item: { ...item, pair: aside.id } });
  enqueue(round, work, aside, { action: 'delete', notify });
  return work;
}

function asideOf(round: Round, pair: ConnectorPair, told: Faces['remote'] | undefined): ConnectorPair {
  const marker = newMarker(round);
  return {
    ...pair,
    ...asideName(marker),
    id: round.services.ids<PairId>(),
    marker,
    objectEtag: null,
    agreed: told ? agreedText({ local: told, remote: told }) : null,
    quarantine: null,
    failures: 0,
    ended: null,
  };
}
