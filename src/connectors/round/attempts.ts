/**
 * The names of our requests (`Creation.attempt`): what such a request makes carries its name, a copy that somebody makes of it
 * the same, and a second request of ours another one. The name also says what was sent, so that it is known of each item
 * whether it still is as it was made (exchange.md 8.5, 17.2).
 */
import { createHash } from 'node:crypto';
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { asOrganized, canonical, stableText } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import type { RemoteItem } from '../remote.ts';
import { toldAfter } from '../told.ts';
import type { Round } from './round.ts';

/** Of the next request of an entry. */
export function attemptOf(
  round: Round,
  pair: ConnectorPair,
  { id, attempts }: OutboxEntry,
  sent: NeutralEvent,
): string {
  const told = toldAfter(round.remote, sent, round.window, pair.role);
  const digest = digestOf('refused' in told ? canonical(sent) : told);
  return [pair.marker, id, attempts + 1, digest].join('.');
}

/** The marker of the event that it was about: an item that stands for one instance has another one. */
export function markerIn({ attempt }: RemoteItem): string | undefined {
  return attempt?.replace(/\.\d+\.\d+\.[\da-f]+$/, '');
}

/** Was it made by a request of this entry? Where nobody can tell, it may have been. */
export function isOfEntry({ attempt }: RemoteItem, { id }: OutboxEntry): boolean {
  return attempt === undefined || attempt.split('.').at(-3) === String(id);
}

/** Nobody has changed it since: it says what the request sent, and of its instances nothing yet. */
export function isAsMade({ attempt, event }: RemoteItem): boolean {
  const { excluded, overrides } = event;
  const isBare = excluded.length === 0 && Object.keys(overrides).length === 0;
  return isBare && attempt?.split('.').at(-1) === digestOf(canonical(event));
}

function digestOf(event: NeutralEvent): string {
  const { content, recurrence } = asOrganized(event);
  return createHash('sha256').update(stableText({ content, recurrence })).digest('hex').slice(0, 16);
}
