/**
 * Creations that may have been made before: their request was sent and nobody knows what came of it, or what they had made was
 * deleted there and may be restored. What both sides would have agreed on then is kept (`Agreed.earlier`), so that the
 * earlier one is known when it comes to light, and nothing of it is taken for an edit (exchange.md 8.5, 17.2).
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { canonical, type Faces, readAgreed } from '../agreed.ts';
import { contentKey } from '../content-key.ts';
import { type Payload, payloadOf } from '../outbox.ts';
import type { RemoteItem } from '../remote.ts';
import { toldOrSent } from './confirm.ts';
import type { Round } from './round.ts';

type Creation = Extract<Payload, { readonly action: 'create' }>;

/** Of what may be there besides the item of the pair, or besides the one that its creation makes. */
export function earlierOf(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
): Faces | undefined {
  if (pair.agreed !== null) return readAgreed(pair.agreed).earlier;
  const [creation] = creationsIn(entries);
  if (!creation) return undefined;
  const { payload, attempts, sent } = creation;
  return payload.earlier ?? (attempts > (sent ? 1 : 0) ? sentOf(round, pair, payload) : undefined);
}

/** Of what the creation has made if it arrived: undefined where it never left. */
export function lastSent(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
): Faces | undefined {
  const [creation] = creationsIn(entries);
  if (!creation) return undefined;
  return creation.attempts > 0 ? sentOf(round, pair, creation.payload) : creation.payload.earlier;
}

/** Was a creation of it that mails sent without anybody knowing what came of it? */
export function mayHaveMailed(entries: readonly OutboxEntry[]): boolean {
  return creationsIn(entries).some(
    ({ payload, sent }) => payload.repeats === true || (sent && payload.quiet !== true),
  );
}

function sentOf(round: Round, pair: ConnectorPair, { local, after }: Creation): Faces {
  return { local, remote: toldOrSent(round, pair, after) };
}

function creationsIn(
  entries: readonly OutboxEntry[],
): readonly { readonly payload: Creation; readonly attempts: number; readonly sent: boolean }[] {
  return entries.flatMap((entry) => {
    const payload = payloadOf(entry);
    return payload.action === 'create' ? { payload, attempts: entry.attempts, sent: entry.sent } : [];
  });
}

/**
 * The pair whose creation has made this item, on servers that keep neither the marker nor the UID: exactly one creation whose
 * outcome is not known says the same title and time.
 */
export async function pendingLike(round: Round, item: RemoteItem): Promise<ConnectorPair | undefined> {
  const { connectors } = round.services.storage;
  const found: ConnectorPair[] = [];
  for await (const page of connectors.outbox(round.link.id)) {
    for (const entry of page) {
      if (!entry.sent || entry.action !== 'create') continue;
      const pair = await connectors.pair(entry.pair);
      const sent = pair && pair.ended === null ? lastSent(round, pair, [entry]) : undefined;
      if (!pair || !sent || contentKey(sent.remote) !== contentKey(canonical(item.event))) continue;
      if ((await connectors.itemsOfPairs([pair.id])).length === 0) found.push(pair);
    }
  }
  return found.length === 1 ? found[0] : undefined;
}
