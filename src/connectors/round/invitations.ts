/**
 * Invitations to meetings whose creation had to be repeated. A creation mails its guests in the same request; where the
 * outcome of an earlier one is not known, the repeat mails nobody, as the earlier one may have done so already. Guests are
 * invited once a listing has told of the item, and so of whatever was made before it (exchange.md 8.5, 17.2).
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { type Faces, readAgreed } from '../agreed.ts';
import { mayInvite } from '../notify.ts';
import { type Payload, payloadOf } from '../outbox.ts';
import type { Owed, RemoteItem } from '../remote.ts';
import { enqueue } from './enqueue.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

/** What guests are still owed, by what the other side says now. */
export function owedNow(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
  there: Pick<RemoteItem, 'event' | 'invited'> | 'as-agreed' | 'gone',
): Owed | undefined {
  const before = pair.agreed === null ? undefined : readAgreed(pair.agreed).owed;
  if (typeof there === 'string') return there === 'gone' ? undefined : before;
  if (there.invited === true || !mayInvite(there.event, round.mailing)) return undefined;
  // Which of the requests has made what has come to light, only the provider can tell.
  return entries.some((entry) => mayHaveInvited(entry, pair)) ? 'if-unsent' : before;
}

function mayHaveInvited(entry: OutboxEntry, { agreed }: ConnectorPair): boolean {
  const payload = payloadOf(entry);
  if (payload.action === 'create')
    return agreed === null && payload.repeats === true && payload.notify === 'all';
  return payload.action === 'update' && payload.invites !== undefined && entry.sent;
}

/** What they are owed once this write has arrived. */
export function owedAfter({ agreed }: ConnectorPair, payload: Payload): Owed | undefined {
  if (payload.action === 'create')
    return payload.repeats === true && payload.notify === 'all' ? 'unless-sent' : undefined;
  if (payload.action === 'update' && payload.invites !== undefined) return undefined;
  return agreed === null ? undefined : readAgreed(agreed).owed;
}

export function enqueueInvitation(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  { local, remote }: Faces,
  invites: Owed,
): void {
  const face = { before: remote, after: remote, local };
  enqueue(round, work, pair, { action: 'update', notify: 'all', ...face, reverts: false, invites });
}

/** Without the invitations to items that no listing has told of yet. */
export async function withoutEarly(
  round: Round,
  entries: readonly OutboxEntry[],
): Promise<readonly OutboxEntry[]> {
  const waiting = entries.filter((entry) => isInvitation(payloadOf(entry)));
  if (waiting.length === 0) return entries;
  const items = await round.services.storage.connectors.itemsOfPairs(waiting.map(({ pair }) => pair));
  const untold = new Set(items.filter(({ echoed }) => !echoed).map(({ pair }) => pair));
  return entries.filter((entry) => !waiting.includes(entry) || !untold.has(entry.pair));
}

function isInvitation(payload: Payload): boolean {
  return payload.action === 'update' && payload.invites !== undefined;
}
