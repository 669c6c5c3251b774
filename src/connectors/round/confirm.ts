/** What follows from the answer to a write: both sides agree now, or the event waits. */

import type { ConnectorItem, ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { instant } from '../../icalendar/time.ts';
import { type Agreed, agreedText, canonical, type Faces, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { asKept, carried, type Payload } from '../outbox.ts';
import type { ItemFailure, Written } from '../remote.ts';
import { extentOf } from '../series.ts';
import { toldAfter } from '../told.ts';
import { unmadePatch } from './aside.ts';
import { attemptOf } from './attempts.ts';
import { failed } from './failing.ts';
import { enqueueInvitation, owedAfter } from './invitations.ts';
import { isUntold, type Push } from './outgoing.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

/** The write has arrived. `written` is absent for what was gone already. */
export function confirmed(
  round: Round,
  work: Work,
  { entry, pair, payload, main, parts }: Push,
  written: Written | undefined,
): void {
  work.add({ do: 'drop-outbox', id: entry.id });
  if (payload.action === 'delete') {
    // What no listing tells of yet may have been made twice, and the other one comes to light later (`made-twice.ts`).
    for (const item of [main, ...parts]) {
      if (item) work.add({ do: 'drop-item', link: round.link.id, remoteId: item.remoteId });
    }
    const agreed = pair.agreed === null ? undefined : readAgreed(pair.agreed);
    const isHidden = main?.echoed === false || agreed?.attempt !== undefined;
    const hidden = isHidden ? agreed?.earlier : undefined;
    const patch = { quarantine: null, ...(hidden && unmadePatch(pair, hidden, agreed?.attempt)) };
    work.add({ do: 'patch-pair', id: pair.id, patch: { ...patch, ended: round.now(), failures: 0 } });
    work.count('deleted');
    return;
  }
  if (!written) return;
  work.note(written.notes ?? []);
  const isWhole = payload.action === 'respond' && payload.instance === undefined;
  const after = isWhole ? answered(payload.after, payload.answer) : payload.after;
  const remote = toldOrSent(round, pair, after);
  const owed = owedAfter(pair, payload);
  const sent = agreedAfter(round, pair, payload, remote);
  const isReadBack = written.told !== undefined && payload.action === 'update';
  const agreed = isReadBack ? asKept(sent, payload.before, canonical(written.told)) : sent;
  if (owed) enqueueInvitation(round, work, pair, agreed, owed);
  work.add({
    do: 'patch-pair',
    id: pair.id,
    patch: {
      agreed: agreedText({
        ...agreed,
        ...noteAfter(pair, payload),
        ...earlierAfter(round, entry, pair, payload, remote),
        ...(owed && { owed }),
      }),
      failures: 0,
      quarantine: null,
    },
  });
  // What a series that has ended is then, only the provider knows: the next listing tells of it, and it is read.
  const unread = payload.action === 'update' && payload.endsSeries ? { version: '' } : {};
  // An answer is about the items that there were.
  const now = payload.action === 'respond' ? parts.map(partOf) : [];
  noteItems(
    round,
    work,
    pair.id,
    main,
    parts,
    { ...written, parts: written.parts ?? now, ...unread },
    remote,
  );
  if (payload.action === 'create') work.count('created');
  else if (payload.action === 'update' && payload.invites === undefined) work.count('updated');
}

/** How the other side tells what was sent. */
export function toldOrSent(round: Round, { role }: ConnectorPair, sent: NeutralEvent): NeutralEvent {
  const told = toldAfter(round.remote, sent, round.window, role);
  return 'refused' in told ? canonical(sent) : told;
}

/** What a link of one way has held back is no part of what was written, and not agreed on by it. */
function agreedAfter(
  round: Round,
  pair: ConnectorPair,
  payload: Exclude<Payload, { readonly action: 'delete' }>,
  remote: NeutralEvent,
): Faces {
  const { local } = payload;
  if (round.link.direction === 'both' || payload.action === 'create') return { local, remote };
  const agreed =
    pair.agreed === null ? { local, remote: toldOrSent(round, pair, local) } : readAgreed(pair.agreed);
  return carried(agreed, payload, remote);
}

/** A note stays one, unless its series has ended. */
function noteAfter({ agreed }: ConnectorPair, payload: Payload): Pick<Agreed, 'note'> {
  const note = agreed === null ? undefined : readAgreed(agreed).note;
  return note === undefined || (payload.action === 'update' && payload.endsSeries) ? {} : { note };
}

/** Of a creation that was sent before, the first one may be there as well. */
function earlierAfter(
  round: Round,
  entry: OutboxEntry,
  pair: ConnectorPair,
  payload: Exclude<Payload, { readonly action: 'delete' }>,
  remote: NeutralEvent,
): Pick<Agreed, 'earlier' | 'attempt'> {
  if (payload.action !== 'create') {
    const { earlier, attempt } = pair.agreed === null ? {} : readAgreed(pair.agreed);
    return { ...(earlier && { earlier }), ...(attempt !== undefined && { attempt }) };
  }
  const sent = entry.attempts > 0 ? { local: payload.local, remote } : undefined;
  const earlier = payload.earlier ?? sent;
  return earlier ? { earlier, attempt: attemptOf(round, pair, entry, payload.after) } : {};
}

function answered(event: NeutralEvent, answer: NeutralEvent['content']['answer']): NeutralEvent {
  return { ...event, content: { ...event.content, answer } };
}

/** The rows of what is there now: the event, and single items for its instances. */
function noteItems(
  round: Round,
  work: Work,
  pair: ConnectorItem['pair'],
  main: ConnectorItem | undefined,
  parts: readonly ConnectorItem[],
  written: Written & Required<Pick<Written, 'parts'>>,
  event: NeutralEvent,
): void {
  const extent = extentOf(event);
  const row: ConnectorItem = {
    link: round.link.id,
    remoteId: written.id,
    version: written.version,
    pair,
    recurrenceId: null,
    start: instant(extent.start),
    end: extent.end,
    recurring: event.recurrence !== null,
    gone: false,
    echoed: main?.remoteId === written.id && main.echoed,
  };
  const now = new Map<string, ConnectorItem>([[row.remoteId, row]]);
  for (const { id, version, recurrenceId } of written.parts) {
    const known = parts.find(({ remoteId }) => remoteId === id);
    now.set(id, { ...row, remoteId: id, version, recurrenceId, echoed: known?.echoed ?? false });
  }
  for (const item of [main, ...parts]) {
    if (item && !now.has(item.remoteId))
      work.add({ do: 'drop-item', link: round.link.id, remoteId: item.remoteId });
  }
  for (const item of now.values()) work.add({ do: 'put-item', item });
}

function partOf({ remoteId, version, recurrenceId }: ConnectorItem): {
  readonly id: string;
  readonly version: string;
  readonly recurrenceId: string;
} {
  return { id: remoteId, version, recurrenceId: recurrenceId ?? '' };
}

/**
 * The provider does not take this event. What it has taken of it is found as after a lost answer, and the rest waits, as a deletion
 * does: for the next run, or for as long as the event is left alone.
 */
export function refused(round: Round, work: Work, push: Push, failure: ItemFailure): void {
  if (!isBegun(push, failure)) work.add({ do: 'drop-outbox', id: push.entry.id });
  const { pair, payload } = push;
  const hasTold = payload.action === 'update' && payload.tells && push.untold === 'told';
  if (hasTold && pair.agreed !== null) {
    const { owed: _, ...agreed } = readAgreed(pair.agreed);
    work.add({ do: 'patch-pair', id: pair.id, patch: { agreed: agreedText(agreed) } });
  }
  failed(round, work, pair, failure);
}

/** May some of its items be as they are to be, while others are not? */
function isBegun(push: Push, failure: ItemFailure): boolean {
  const { payload, main, parts } = push;
  const begun = failure.begun === true || isUntold(push);
  if (payload.action === 'update') return begun || new Set([main, ...parts]).size > 1;
  return payload.action === 'delete' || (payload.action === 'create' && begun);
}
