/** What a decision comes to besides the events themselves: entries of the outbox, conflicts that are remembered, ends. */
import type { ConnectorPair } from '../../core/connector.ts';
import type { ConnectorPairPatch } from '../../core/connector-change.ts';
import type { ConflictId, OutboxId } from '../../core/ids.ts';
import { type Faces, stableText } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import type { Conflict } from '../judge.ts';
import { notifyOf } from '../notify.ts';
import { type Payload, payloadText } from '../outbox.ts';
import type { Copy } from './copy.ts';
import { quarantine } from './failing.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

export function enqueueCreation(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  event: NeutralEvent,
  copy: Copy | undefined,
  { earlier, repeats = false }: { readonly earlier?: Faces | undefined; readonly repeats?: boolean } = {},
): void {
  const normal = round.remote.normalize(event, round.window);
  const patch: ConnectorPairPatch = {
    agreed: null,
    objectEtag: copy?.stored.etag ?? null,
    ...(copy && { objectName: copy.stored.name }),
    quarantine: null,
    quarantineText: null,
  };
  work.add({ do: 'patch-pair', id: pair.id, patch });
  if ('refused' in normal) return quarantine(work, pair, normal.refused);
  const notify = notifyOf(null, event, round.mailing);
  enqueue(round, work, pair, {
    action: 'create',
    notify,
    after: event,
    local: event,
    quiet: true,
    ...(earlier && { earlier }),
    ...(repeats && { repeats }),
  });
  work.moved.add(pair.id);
}

export function enqueue(round: Round, work: Work, pair: ConnectorPair, payload: Payload): void {
  work.add({
    do: 'put-outbox',
    entry: {
      id: round.services.ids<OutboxId>(),
      link: round.link.id,
      pair: pair.id,
      action: payload.action,
      payload: payloadText(payload),
      sent: false,
      attempts: 0,
      notBefore: null,
      created: round.now(),
    },
  });
}

/** What is known of it stays, for the day on which one side brings it back. */
export async function end(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  await dropItems(round, work, pair);
  for (const { id } of await round.services.storage.connectors.outboxOfPair(pair.id)) {
    work.add({ do: 'drop-outbox', id });
  }
  work.add({ do: 'patch-pair', id: pair.id, patch: { ended: round.now(), quarantine: null, failures: 0 } });
}

/** The pair ends, and what it was about stays there: known, so that nobody asks for it before it changes. */
export async function partFrom(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  await end(round, work, pair);
  for (const item of items) work.add({ do: 'put-item', item: { ...item, pair: null, echoed: true } });
}

export async function dropItems(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  for (const { remoteId } of await round.services.storage.connectors.itemsOfPairs([pair.id])) {
    work.add({ do: 'drop-item', link: round.link.id, remoteId });
  }
}

export function noteConflict(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  { field, ours, theirs, kept }: Conflict,
): void {
  work.add({
    do: 'add-conflict',
    conflict: {
      id: round.services.ids<ConflictId>(),
      link: round.link.id,
      uid: pair.uid,
      at: round.now(),
      field,
      ours: stableText(ours ?? null),
      theirs: stableText(theirs ?? null),
      kept,
    },
  });
  work.count('conflicts');
}
