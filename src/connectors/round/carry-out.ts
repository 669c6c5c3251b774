/**
 * A decision about one pair as changes.
 *
 * A write to our calendar is in the same transaction as what is known of the pair. A write to the provider becomes an
 * outbox entry; until it is confirmed the agreement about what it writes stays the old one, so that deciding again comes to
 * the same.
 */
import type { ConnectorPair } from '../../core/connector.ts';
import type { ConnectorPairPatch } from '../../core/connector-change.ts';
import { type Agreed, agreedText, type Debt, type Faces, facesOf, isSame } from '../agreed.ts';
import type { Decision } from '../decide.ts';
import type { Answer, EventContent, NeutralEvent, RecurrenceKey } from '../event.ts';
import { notifyOf, notifyOfAbsence } from '../notify.ts';
import { absorbed, type Payload } from '../outbox.ts';
import type { Notify } from '../remote.ts';
import { liesIn } from '../rules.ts';
import { extentOf, instanceContent, occursAt } from '../series.ts';
import { toldAfter } from '../told.ts';
import { isDouble } from './aside.ts';
import { type Copy, composed, rewritten } from './copy.ts';
import { dropItems, end, enqueue, enqueueCreation, noteConflict, partFrom } from './enqueue.ts';
import { quarantine } from './failing.ts';
import { enqueueInvitation, isUninvited } from './invitations.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

/** What the provider says of an event now. */
export interface Told {
  readonly event: NeutralEvent;
  /** Absent: only single items of it have told something. */
  readonly version?: string;
  /** Epoch milliseconds by its own clock. */
  readonly modified: number;
  readonly role: 'owner' | 'guest';
  readonly veiled?: true;
  readonly note?: true;
  readonly invited?: boolean;
  readonly mailedFrom?: string;
  readonly attempt?: string;
}

/** `as-agreed`: it has reported nothing since. */
export type There = Told | 'as-agreed' | 'gone';

export interface Meeting {
  readonly round: Round;
  readonly work: Work;
  readonly pair: ConnectorPair;
  readonly copy: Copy | undefined;
  /** When a person last changed it here; undefined: it is not here. */
  readonly edited: number | undefined;
  readonly agreed: Agreed | null;
  /** Of what may be there besides (`Agreed.earlier`). */
  readonly earlier: Faces | undefined;
  /** Its guests are still to be invited. */
  readonly owed: Debt | undefined;
  readonly remote: NeutralEvent | null;
  readonly there: There;
  readonly role: 'owner' | 'guest';
  /** The other side has a series, of which only a note is told here; `bound`: nobody has agreed to what would end it. */
  readonly note: 'bound' | 'free' | undefined;
  /** A write that is not known to have arrived was to tell guests of what was changed here. */
  readonly isNews: boolean;
}

export async function carryOut(meeting: Meeting, decision: Decision): Promise<void> {
  const { round, work, pair, copy } = meeting;
  const outside = decision.do === 'delete-remote' && !isDouble(pair) ? outsideOf(meeting) : undefined;
  if (outside === 'behind') return await partFrom(round, work, pair);
  // It is deleted there when its day comes nearer, unless somebody changes it meanwhile.
  if (outside === 'ahead') return;
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
      work.moved.add(pair.id);
      return await endWhole(round, work, pair);
    case 'delete-remote':
      work.add({ do: 'patch-pair', id: pair.id, patch: { objectEtag: null, ...triedAnew(pair) } });
      work.moved.add(pair.id);
      return enqueue(round, work, pair, { action: 'delete', notify: whoMisses(meeting) });
    case 'create-remote':
      await dropItems(round, work, pair);
      return enqueueCreation(round, work, pair, decision.event, copy, { earlier: facesOf(pair) });
    case 'create-local':
      return await carryOutCreation(meeting, decision.event);
    case 'forget':
      return await endWhole(round, work, pair);
    case 'leave':
      // Deleted there, and the link only leads there: what is here begins anew when it changes.
      return copy ? await end(round, work, pair) : undefined;
    default:
      return decision satisfies never;
  }
}

/** What was refused of an event before is no failure of its deletion, nor of one that follows a change there. */
function triedAnew({ objectEtag, quarantine: left }: ConnectorPair): ConnectorPairPatch {
  const isRepeated = objectEtag === null && left === null;
  return isRepeated ? {} : { quarantine: null, quarantineText: null, failures: 0 };
}

/** It is gone there. Single items for instances of it, which stay behind, go as well. */
async function endWhole(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const rest = items.filter(({ recurrenceId, gone }) => recurrenceId !== null && !gone);
  await end(round, work, pair);
  if (rest.length > 0 && round.link.direction === 'both')
    work.add(...removal(round, pair, rest, undefined, 'none').changes);
}

/** Where an event lies there that has left the window: nothing of it is written any more (exchange.md 8.3). */
function outsideOf({ round: { window }, remote }: Meeting): 'behind' | 'ahead' | undefined {
  const extent = remote && extentOf(remote);
  if (!extent || liesIn(extent, window)) return undefined;
  return extent.start < window.start ? 'behind' : 'ahead';
}

/** Who is told that it was deleted here. */
function whoMisses({ round, remote, role, pair, owed }: Meeting): Notify {
  if (isDouble(pair) || isUninvited(owed)) return 'none';
  if (role === 'owner' || !remote) return notifyOf(remote, null, round.mailing);
  return notifyOfAbsence(remote, round.mailing, round.now());
}

async function carryOutMerge(
  { round, work, pair, copy, edited, agreed, earlier, owed, remote, there: now, role, note, isNews }: Meeting,
  decision: Extract<Decision, { do: 'merge' }>,
): Promise<void> {
  if (!copy || !remote) return;
  const write = isSame(decision.local, copy.event) ? undefined : await rewritten(round, copy, decision.local);
  if (write && 'refused' in write) return quarantine(work, pair, write.refused);
  const local = write?.event ?? copy.event;
  const patch: ConnectorPairPatch = {
    objectName: copy.stored.name,
    objectEtag: write?.etag ?? copy.stored.etag,
    role,
  };
  if (write) {
    work.add(write.change);
    work.count('updated');
  }
  const told = toldAfter(round.remote, decision.remote, round.window, role);
  const unchanged = isSame(decision.remote, remote);
  if (!unchanged && 'refused' in told) {
    work.add({ do: 'patch-pair', id: pair.id, patch });
    return quarantine(work, pair, told.refused);
  }
  const target = unchanged || 'refused' in told ? remote : told;
  // What follows from a change there was nobody's wish here.
  const isOurs =
    isNews || agreed === null || decision.reverted.length > 0 || !isSame(agreed.local, copy.event);
  const pending = pendingFor(
    round,
    { before: remote, after: decision.remote, target, local },
    { reverts: decision.reverted.length > 0, endsSeries: note === 'free', owed, isOurs },
  );
  for (const payload of pending) enqueue(round, work, pair, payload);
  if (owed && pending.length === 0) enqueueInvitation(round, work, pair, { local, remote }, owed);
  const settled = pending.length === 0;
  // What is in step already is agreed on, whatever else is still to be written: changed once more, it is no conflict.
  const there = round.link.direction === 'both' ? target : toldOf(round, local, role);
  // What a link of one way does not let through is not agreed on: it goes through when the link leads both ways.
  const first = round.link.direction === 'to-remote' ? there : remote;
  const base = agreed ?? (settled ? { local, remote: first } : null);
  const isWhole = settled && round.link.direction === 'both';
  const agreement = isWhole ? { local, remote } : base && absorbed(base, { local, there }, remote);
  if (write || !settled || (agreement && !isSame(agreement, facesOf(pair)))) work.moved.add(pair.id);
  const byUs = write !== undefined || edited !== copy.stored.modified;
  work.add({
    do: 'patch-pair',
    id: pair.id,
    patch: {
      ...patch,
      ...(agreement && {
        agreed: agreedText({
          ...agreement,
          ...(byUs && edited !== undefined && { edited }),
          ...(note && { note: true }),
          ...earlierBeside(now, agreed, earlier),
          ...(owed && { owed }),
        }),
      }),
      ...(settled && { failures: 0 }),
      quarantine: null,
      quarantineText: null,
    },
  });
}

/** What may come to light besides, and by what the item that there is is told from it. */
function earlierBeside(
  there: There,
  agreed: Agreed | null,
  earlier: Faces | undefined,
): Pick<Agreed, 'earlier' | 'attempt'> {
  const attempt = (typeof there === 'object' ? there.attempt : undefined) ?? agreed?.attempt;
  return earlier ? { earlier, ...(attempt !== undefined && { attempt }) } : {};
}

function toldOf(round: Round, event: NeutralEvent, role: 'owner' | 'guest'): NeutralEvent {
  const told = toldAfter(round.remote, event, round.window, role);
  return 'refused' in told ? event : told;
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
  {
    reverts,
    endsSeries,
    owed,
    isOurs,
  }: {
    readonly reverts: boolean;
    readonly endsSeries: boolean;
    readonly owed: Debt | undefined;
    readonly isOurs: boolean;
  },
): readonly Payload[] {
  if (isSame(target, before)) return [];
  const pending: Payload[] = [];
  let told = unanswered(after, before);
  const writes = unanswered(target, before);
  if (!isSame(writes, before)) {
    // Whoever has not been invited yet gets no news of it.
    const isQuiet = isUninvited(owed) || !isOurs;
    const tells = owed === 'news';
    const notify = tells ? 'all' : isQuiet ? 'none' : notifyOf(before, writes, round.mailing);
    const update = { action: 'update', notify, before, after: told, local, reverts } as const;
    pending.push({ ...update, ...(endsSeries && { endsSeries }), ...(tells && { tells }) });
  }
  for (const { answer, instance } of answersOf(before, after)) {
    told = withAnswer(told, answer, instance);
    pending.push({
      action: 'respond',
      answer,
      after: told,
      local,
      ...(instance !== undefined && { instance }),
    });
  }
  return pending;
}

interface GivenAnswer {
  readonly answer: Exclude<Answer, 'needs-action'>;
  readonly instance?: RecurrenceKey;
}

/** The answers that are given now, the one to all instances first. Nobody waits for one to what was called off. */
function answersOf(before: NeutralEvent, after: NeutralEvent): readonly GivenAnswer[] {
  if (before.content.cancelled) return [];
  const given = (was: Answer | null, answer: Answer | null): readonly GivenAnswer[] =>
    answer === was || answer === null || answer === 'needs-action' ? [] : [{ answer }];
  const instances = Object.entries(after.overrides).flatMap(([instance, { answer }]) =>
    given(instanceOf(before, instance).answer, answer).map((one) => ({ ...one, instance })),
  );
  return [...given(before.content.answer, after.content.answer), ...instances];
}

/** The same with the answers of before. */
function unanswered(event: NeutralEvent, before: NeutralEvent): NeutralEvent {
  const { answer } = before.content;
  const content = { ...event.content, answer };
  const plain = { ...event, content };
  const overrides: Record<RecurrenceKey, EventContent> = {};
  for (const [key, own] of Object.entries(event.overrides)) {
    const was = { ...own, answer: instanceOf(before, key).answer };
    const isPlain =
      before.overrides[key] === undefined && isSame(was, instanceContent(plain, key)) && occursAt(plain, key);
    if (!isPlain) overrides[key] = was;
  }
  return { ...plain, overrides };
}

function withAnswer(event: NeutralEvent, answer: Answer, instance: RecurrenceKey | undefined): NeutralEvent {
  if (instance === undefined) return { ...event, content: { ...event.content, answer } };
  const own = { ...instanceOf(event, instance), answer };
  return { ...event, overrides: { ...event.overrides, [instance]: own } };
}

function instanceOf(event: NeutralEvent, key: RecurrenceKey): EventContent {
  return event.overrides[key] ?? instanceContent(event, key);
}

export async function carryOutCreation(
  { round, work, pair, remote, there, agreed, note, earlier, owed }: Meeting,
  event: NeutralEvent,
): Promise<void> {
  if (!remote) return;
  const write = await composed(round, { ...event, uid: pair.uid }, pair.marker);
  if ('refused' in write) return quarantine(work, pair, write.refused);
  work.add(write.change, {
    do: 'patch-pair',
    id: pair.id,
    patch: {
      objectName: write.name,
      objectEtag: write.etag,
      agreed: agreedText({
        local: write.event,
        remote,
        ...(note && { note: true }),
        ...earlierBeside(there, agreed, earlier),
        ...(owed && { owed }),
      }),
      failures: 0,
      quarantine: null,
      quarantineText: null,
    },
  });
  work.moved.add(pair.id);
  work.count('created');
}
