/**
 * One event that is there twice: somebody's own, and one that we have made of what is here with the same UID, because nobody
 * could tell us of the other: it was unreadable, might not be told, or was made in the same moment. Theirs is the event from
 * then on. Ours goes as something that was deleted here: what somebody has changed of it there since is not lost.
 */
import type { ConnectorPair } from '../../core/connector.ts';
import type { RemoteItem } from '../remote.ts';
import { asideName, isTaken } from './aside.ts';
import { enqueue } from './enqueue.ts';
import { setFormerAside } from './made-before.ts';
import { setOwnAside } from './made-twice.ts';
import { setPartsAside } from './parts-twice.ts';
import type { Round } from './round.ts';
import { Work } from './work.ts';

/**
 * Lets go of our copies of what `items`, which belong to no pair yet, are themselves. By itself, before the items meet what is
 * here: the copy may be told of in the same page. Answers the ids of those that go themselves.
 */
export async function setCopiesAside(
  round: Round,
  items: readonly RemoteItem[],
): Promise<ReadonlySet<string>> {
  const parts = await setPartsAside(round, items);
  const whole = items.filter(({ partOf, event }) => partOf === null && event.uid !== '');
  if (whole.length === 0) return parts;
  const former = await setFormerAside(round, whole);
  const own = await setOwnAside(
    round,
    whole.filter(({ id }) => !former.has(id)),
  );
  const going = new Set([...parts, ...former, ...own]);
  // What goes itself takes nobody's place.
  const staying = whole.filter(({ id }) => !going.has(id));
  const uids = [...new Set(staying.map(({ event }) => event.uid))];
  for (const pair of await round.services.storage.connectors.pairsBy(round.link.id, 'uid', uids, 'live')) {
    if (!staying.some(({ event, marker }) => event.uid === pair.uid && marker !== pair.marker)) continue;
    const isThere = await isTaken(round, pair);
    if (isThere ? pair.origin === 'local' : await mayHaveBeenMade(round, pair)) {
      await round.commit(await steppedAside(round, pair, isThere));
    }
  }
  return going;
}

/** Its creation was sent, and what became of it is not known. */
async function mayHaveBeenMade(round: Round, { id }: ConnectorPair): Promise<boolean> {
  const entries = await round.services.storage.connectors.outboxOfPair(id);
  return entries.some(({ action, sent }) => action === 'create' && sent);
}

/** The pair lets go of its object, whose UID is free for another one. */
async function steppedAside(round: Round, pair: ConnectorPair, isThere: boolean): Promise<Work> {
  const work = new Work();
  const aside = {
    ...pair,
    ...asideName(pair.marker),
    objectEtag: null,
    quarantine: null,
    failures: 0,
  };
  work.add({ do: 'put-pair', pair: aside });
  // What became of a creation is found out as always (`recover.ts`).
  if (!isThere) return work;
  for (const { id } of await round.services.storage.connectors.outboxOfPair(pair.id)) {
    work.add({ do: 'drop-outbox', id });
  }
  enqueue(round, work, aside, { action: 'delete', notify: 'none' });
  return work;
}
