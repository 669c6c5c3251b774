/**
 * Invitations to meetings that were made here. A creation mails nobody, however often and however late a server carries it out;
 * guests are invited by a write to the one item that is known, in the same run (exchange.md 8.5, 11.4, 17.2). Where an earlier
 * version has sent a creation that mailed, and nobody knows what came of it, that waits until a listing has told of the item.
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import {
  canonical,
  type Debt,
  type Faces,
  fieldValue,
  invitesOthers,
  isSame,
  readAgreed,
} from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { mayInvite } from '../notify.ts';
import { type Payload, payloadOf } from '../outbox.ts';
import type { RemoteItem, Untold } from '../remote.ts';
import { enqueue } from './enqueue.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

type Present = Pick<RemoteItem, 'event' | 'invited' | 'mailedFrom'> & { readonly version?: string };

/** What guests are still owed, by what the other side says now. */
export function owedNow(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
  there: Present | 'as-agreed' | 'gone',
): Debt | undefined {
  const before = pair.agreed === null ? undefined : readAgreed(pair.agreed).owed;
  if (there === 'gone') return undefined;
  if (before === undefined || before === 'news') {
    const states = entries.map((entry) => newsOf(entry, there === 'as-agreed' ? undefined : there));
    if (states.includes('untold')) return 'news';
    if (before === 'news') return states.includes('told') ? undefined : 'news';
  }
  if (there === 'as-agreed') return before;
  if (there.invited === true || !mayInvite(there.event, round.mailing)) return undefined;
  // Which of the requests has made what has come to light, only the provider can tell.
  if (entries.some((entry) => mayHaveInvited(entry, pair))) return 'if-unsent';
  return pair.agreed === null && entries.some(isQuietCreation) ? 'unless-sent' : before;
}

/** What guests have heard of a change, by what the item is now; undefined: it was not to tell them of more than itself. */
function newsOf(entry: OutboxEntry, there: Present | undefined): 'told' | 'untold' | undefined {
  const payload = payloadOf(entry);
  if (payload.action !== 'update' || !entry.sent) return undefined;
  const { untold, tells, invites } = payload;
  if (untold && !hasMailed(untold, payload, there)) return 'untold';
  return tells || invites === 'news' ? 'told' : undefined;
}

/** Where nobody can tell, it is taken for done: nobody is mailed twice. */
function hasMailed(
  { mailedFrom, mailedWith }: Untold,
  { before, after }: Faced,
  there: Present | undefined,
): boolean {
  if (mailedFrom === null) return false;
  if (!there) return true;
  // Without versions only what it has changed tells of the request.
  if (mailedFrom !== '' && there.version === mailedFrom) return false;
  if (mailedWith === undefined) return there.mailedFrom === undefined || there.mailedFrom === mailedFrom;
  const isAs = ({ content }: NeutralEvent): boolean => {
    if (mailedWith === 'people') return !invitesOthers(content, there.event.content);
    return isSame(fieldValue(content, mailedWith), fieldValue(there.event.content, mailedWith));
  };
  return isAs(canonical(after)) || !isAs(canonical(before));
}

interface Faced {
  readonly before: NeutralEvent;
  readonly after: NeutralEvent;
}

/** Of a meeting whose guests are to hear of it. */
function isQuietCreation(entry: OutboxEntry): boolean {
  const payload = payloadOf(entry);
  return payload.action === 'create' && payload.quiet === true && payload.notify === 'all';
}

function mayHaveInvited(entry: OutboxEntry, { agreed }: ConnectorPair): boolean {
  const payload = payloadOf(entry);
  if (payload.action === 'create')
    return agreed === null && payload.repeats === true && payload.notify === 'all';
  return payload.action === 'update' && payload.invites !== undefined && entry.sent;
}

/** What they are owed once this write has arrived. */
export function owedAfter({ agreed }: ConnectorPair, payload: Payload): Debt | undefined {
  if (payload.action === 'create') {
    const owed = payload.repeats === true ? 'once-told' : 'unless-sent';
    return payload.notify === 'all' ? owed : undefined;
  }
  if (payload.action === 'update' && (payload.invites !== undefined || payload.tells)) return undefined;
  return agreed === null ? undefined : readAgreed(agreed).owed;
}

/** They are mailed in the same run. */
export function isOwedAtOnce(owed: Debt | undefined): boolean {
  return owed === 'unless-sent' || owed === 'news';
}

/** Nobody has heard of it yet. */
export function isUninvited(owed: Debt | undefined): boolean {
  return owed === 'unless-sent' || owed === 'once-told';
}

export function enqueueInvitation(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  { local, remote }: Faces,
  invites: Debt,
): void {
  const face = { before: remote, after: remote, local };
  enqueue(round, work, pair, { action: 'update', notify: 'all', ...face, reverts: false, invites });
}

/** Without the invitations to items that no listing has told of yet. */
export async function withoutEarly(
  round: Round,
  entries: readonly OutboxEntry[],
): Promise<readonly OutboxEntry[]> {
  const waiting = entries.filter((entry) => mustWait(payloadOf(entry)));
  if (waiting.length === 0) return entries;
  const items = await round.services.storage.connectors.itemsOfPairs(waiting.map(({ pair }) => pair));
  const untold = new Set(items.filter(({ echoed }) => !echoed).map(({ pair }) => pair));
  return entries.filter((entry) => !waiting.includes(entry) || !untold.has(entry.pair));
}

function mustWait(payload: Payload): boolean {
  return payload.action === 'update' && payload.invites === 'once-told';
}
