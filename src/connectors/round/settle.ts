/**
 * One pair brought in step: both sides are read, `decide` says what goes where, and this file turns that into changes.
 *
 * A write to our calendar is in the same transaction as what is known of the pair. A write to the provider becomes an
 * outbox entry; until it is confirmed the agreement stays the old one, so that deciding again comes to the same.
 */
import type { Change } from '../../core/change-set.ts';
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import type { ConnectorPairPatch } from '../../core/connector-change.ts';
import type { ConflictId, OutboxId } from '../../core/ids.ts';
import { type Agreed, agreedText, canonical, isSame, readAgreed, stableText } from '../agreed.ts';
import { type Conflict, type Decision, decide, type Rules, type Sides } from '../decide.ts';
import type { NeutralEvent } from '../event.ts';
import { notifyOf } from '../notify.ts';
import { absorbed, type Payload, payloadOf, payloadText } from '../outbox.ts';
import type { ItemFailure } from '../remote.ts';
import { type Copy, composed, copyOf, isUntold, rewritten } from './copy.ts';
import { failed, isOfOneItem, quarantine, raise } from './failing.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

/** What the provider says of an event now. */
export interface Told {
  readonly event: NeutralEvent;
  /** Epoch milliseconds by its own clock. */
  readonly modified: number;
  readonly role: 'owner' | 'guest';
}

/** `as-agreed`: it has reported nothing since. */
export type There = Told | 'as-agreed' | 'gone';

/** The rows of items are the caller's: it knows which of them have told something. */
export async function settle(round: Round, work: Work, pair: ConnectorPair, given: There): Promise<void> {
  const copy = await copyOf(round, pair);
  if (isUntold(copy)) {
    work.add({ do: 'patch-pair', id: pair.id, patch: { objectEtag: copy.stored.etag } });
    quarantine(work, pair, copy.refused);
    return;
  }
  const entries = await round.services.storage.connectors.outboxOfPair(pair.id);
  const told = await whatIsKnown(round, pair, entries, given);
  if (told === 'uncreated') return await uncreated(round, work, pair, copy);
  if ('failed' in told) return failed(round, work, pair, told);
  const { there, remote } = told;
  const agreed = agreedNow(round, pair, entries, there);
  const meeting: Meeting = { round, work, pair, copy, agreed, remote, there };
  const decision = await decided(meeting);
  work.add(...entries.map(({ id }): Change => ({ do: 'drop-outbox', id })));
  await carryOut(meeting, decision);
}

interface Meeting {
  readonly round: Round;
  readonly work: Work;
  readonly pair: ConnectorPair;
  readonly copy: Copy | undefined;
  readonly agreed: Agreed | null;
  readonly remote: NeutralEvent | null;
  readonly there: There;
}

interface Known {
  readonly there: There;
  /** Null: it is gone there. */
  readonly remote: NeutralEvent | null;
}

/** What the other side says, as last told; asked for where nothing was ever agreed on. */
async function whatIsKnown(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
  there: There,
): Promise<Known | ItemFailure | 'uncreated'> {
  if (there === 'gone') return { there, remote: null };
  if (there !== 'as-agreed') return { there, remote: canonical(there.event) };
  for (const entry of entries) {
    const payload = payloadOf(entry);
    if (payload.action === 'update') return { there, remote: payload.before };
  }
  if (pair.agreed !== null) return { there, remote: readAgreed(pair.agreed).remote };
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const main = items.find(({ gone }) => !gone);
  if (!main) return 'uncreated';
  const [answer] = await round.remote.fetch([main.remoteId], round.parts.signal);
  if (answer && !('failed' in answer)) {
    const { event, modified, role } = answer;
    return { there: { event, modified, role }, remote: canonical(event) };
  }
  if (!answer || answer.class === 'gone') return { there: 'gone', remote: null };
  return isOfOneItem(answer) ? answer : raise(answer);
}

/** The agreement, with what a write of ours that may have arrived has made of it. */
function agreedNow(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
  there: There,
): Agreed | null {
  let agreed = pair.agreed === null ? null : readAgreed(pair.agreed);
  if (there === 'gone' || there === 'as-agreed') return agreed;
  for (const entry of entries) {
    const payload = payloadOf(entry);
    if (!entry.sent || payload.action === 'delete') continue;
    const normal = round.remote.normalize(payload.after, round.window);
    const sent = { local: payload.local, there: 'refused' in normal ? payload.after : canonical(normal) };
    agreed = absorbed(agreed, sent, canonical(there.event));
  }
  return agreed;
}

async function decided({ round, pair, copy, agreed, remote, there }: Meeting): Promise<Decision> {
  const { parts, link } = round;
  const local = copy?.event ?? null;
  const normal = local && round.remote.normalize(local, round.window);
  const role = typeof there === 'object' ? there.role : pair.role;
  const sides: Sides = {
    agreed,
    local,
    localThere: normal && !('refused' in normal) ? canonical(normal) : local,
    remote,
    role,
  };
  const modified = copy?.stored.modified ?? 0;
  const theirs = typeof there === 'object' ? there.modified - parts.mailbox.clockSkewMs() : 0;
  const lastPull = Math.min(link.lastRun ?? 0, link.lastOk ?? 0);
  const rules: Rules = {
    policy: parts.rules.conflictPolicy,
    direction: link.direction,
    newer: modified > theirs ? 'local' : 'remote',
    editedSincePull: modified >= lastPull,
    locked: () => [],
  };
  const first = decide(sides, rules);
  if (!parts.guard || first.do !== 'merge' || !local || isSame(first.local, local)) return first;
  const locked = await parts.guard(link, local, first.local);
  return locked.length === 0 ? first : decide(sides, { ...rules, locked: () => locked });
}

async function carryOut(meeting: Meeting, decision: Decision): Promise<void> {
  const { round, work, pair, copy, remote } = meeting;
  if (decision.do !== 'leave' && decision.do !== 'forget') {
    for (const conflict of decision.conflicts) noteConflict(round, work, pair, conflict);
  }
  switch (decision.do) {
    case 'merge':
      return await carryOutMerge(meeting, decision);
    case 'delete-local':
      if (copy) {
        const { name, etag, calendar } = copy.stored;
        work.add({ do: 'delete', calendar, name, expect: { etag } });
        work.count('deleted');
      }
      return await end(round, work, pair);
    case 'delete-remote':
      work.add({ do: 'patch-pair', id: pair.id, patch: { objectEtag: null } });
      return enqueue(round, work, pair, { action: 'delete', notify: notifyOf(remote, null, round.mailing) });
    case 'create-remote':
      await dropItems(round, work, pair);
      return enqueueCreation(round, work, pair, decision.event, copy);
    case 'create-local':
      return await carryOutCreation(meeting, decision.event);
    case 'forget':
      return await end(round, work, pair);
    case 'leave':
      // Deleted there, and the link only leads there: what is here begins anew when it changes.
      return copy ? await end(round, work, pair) : undefined;
    default:
      return decision satisfies never;
  }
}

async function carryOutMerge(
  { round, work, pair, copy, agreed, remote, there }: Meeting,
  decision: Extract<Decision, { do: 'merge' }>,
): Promise<void> {
  if (!copy || !remote) return;
  const write = isSame(decision.local, copy.event) ? undefined : await rewritten(round, copy, decision.local);
  if (write && 'refused' in write) return quarantine(work, pair, write.refused);
  const local = write?.event ?? copy.event;
  const patch: ConnectorPairPatch = {
    objectName: copy.stored.name,
    objectEtag: write?.etag ?? copy.stored.etag,
    ...(typeof there === 'object' && { role: there.role }),
  };
  if (write) {
    work.add(write.change);
    work.count('updated');
  }
  const normal = round.remote.normalize(decision.remote, round.window);
  const unchanged = isSame(decision.remote, remote);
  if (!unchanged && 'refused' in normal) {
    work.add({ do: 'patch-pair', id: pair.id, patch });
    return quarantine(work, pair, normal.refused);
  }
  const target = unchanged || 'refused' in normal ? remote : canonical(normal);
  const pending = pendingFor(
    round,
    { before: remote, after: decision.remote, target, local },
    decision.reverted.length > 0,
  );
  for (const payload of pending) enqueue(round, work, pair, payload);
  const settled = pending.length === 0;
  const agreement = settled ? { local, remote } : agreed;
  work.add({
    do: 'patch-pair',
    id: pair.id,
    patch: {
      ...patch,
      ...(agreement && { agreed: agreedText(agreement) }),
      ...(settled && { failures: 0 }),
      quarantine: null,
      quarantineText: null,
    },
  });
}

interface Aim {
  readonly before: NeutralEvent;
  readonly after: NeutralEvent;
  /** `after` as the provider will tell it. */
  readonly target: NeutralEvent;
  readonly local: NeutralEvent;
}

/** The writes that bring the other side from `before` to `target`. An answer goes its own way (exchange.md 11.4). */
function pendingFor(
  round: Round,
  { before, after, target, local }: Aim,
  reverts: boolean,
): readonly Payload[] {
  if (isSame(target, before)) return [];
  const { answer } = after.content;
  const answers = answer !== before.content.answer && answer !== null && answer !== 'needs-action';
  const unanswered = (event: NeutralEvent): NeutralEvent => ({
    ...event,
    content: { ...event.content, answer: before.content.answer },
  });
  const pending: Payload[] = [];
  if (!isSame(unanswered(target), before)) {
    const notify = notifyOf(before, unanswered(target), round.mailing);
    pending.push({ action: 'update', notify, before, after: unanswered(after), local, reverts });
  }
  if (answers) pending.push({ action: 'respond', answer, after, local });
  return pending;
}

async function carryOutCreation({ round, work, pair, remote }: Meeting, event: NeutralEvent): Promise<void> {
  if (!remote) return;
  const write = await composed(round, { ...event, uid: pair.uid }, pair.marker);
  if ('refused' in write) return quarantine(work, pair, write.refused);
  work.add(write.change, {
    do: 'patch-pair',
    id: pair.id,
    patch: {
      objectName: write.name,
      objectEtag: write.etag,
      agreed: agreedText({ local: write.event, remote }),
      failures: 0,
      quarantine: null,
      quarantineText: null,
    },
  });
  work.count('created');
}

/** A pair that has no item there: the object here is to be created there, if it is still here. */
async function uncreated(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  copy: Copy | undefined,
): Promise<void> {
  for (const { id } of await round.services.storage.connectors.outboxOfPair(pair.id)) {
    work.add({ do: 'drop-outbox', id });
  }
  if (!copy) return await end(round, work, pair);
  return enqueueCreation(round, work, pair, copy.event, copy);
}

export function enqueueCreation(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  event: NeutralEvent,
  copy: Copy | undefined,
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
  enqueue(round, work, pair, { action: 'create', notify, after: event, local: event });
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

async function dropItems(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  for (const { remoteId } of await round.services.storage.connectors.itemsOfPairs([pair.id])) {
    work.add({ do: 'drop-item', link: round.link.id, remoteId });
  }
}

function noteConflict(
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
