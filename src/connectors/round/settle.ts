/**
 * One pair brought in step: both sides are read, `decide` says what goes where, and `carry-out.ts` turns that into changes.
 */
import type { Change } from '../../core/change-set.ts';
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { type Agreed, canonical, isSame, readAgreed } from '../agreed.ts';
import { type Decision, decide, type Rules, type Sides } from '../decide.ts';
import type { NeutralEvent, RecurrenceKey } from '../event.ts';
import { agreedOnThem, leftBehind } from '../left-behind.ts';
import { absorbed, halfWay, overruled, type Payload, payloadOf } from '../outbox.ts';
import type { ItemFailure } from '../remote.ts';
import { instanceContent } from '../series.ts';
import { withoutStaleHtml } from '../stale-html.ts';
import { toldAfter } from '../told.ts';
import { carryOut, type Meeting, type There } from './carry-out.ts';
import { type Copy, copyOf, isUntold } from './copy.ts';
import { earlierOf, lastSent, mayHaveMailed } from './earlier.ts';
import { end, enqueueCreation } from './enqueue.ts';
import { failed, isOfOneItem, quarantine, raise } from './failing.ts';
import { owedNow } from './invitations.ts';
import { endUnmade } from './made-twice.ts';
import { heldBack, noteOf } from './notes.ts';
import type { Round } from './round.ts';
import { toldBy } from './rows.ts';
import type { Work } from './work.ts';

export type { There, Told } from './carry-out.ts';

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
  const agreed = agreedNow(round, pair, entries, there) ?? agreedUnseen(there, copy);
  const earlier = earlierOf(round, pair, entries);
  const owed = owedNow(round, pair, entries, there);
  const edited = copy && editedAt(pair, copy);
  const note = noteOf(pair, there);
  const role = typeof there === 'object' ? there.role : pair.role;
  const isNews = entries.some((entry) => mails(payloadOf(entry)));
  const known = { edited, agreed, earlier, owed, remote, there, role, note, isNews };
  const meeting: Meeting = { round, work, pair, copy, ...known };
  const decision = await decided(meeting);
  work.add(...entries.map(({ id }): Change => ({ do: 'drop-outbox', id })));
  if (await heldBack(meeting, decision, () => decided({ ...meeting, note: 'free' }))) return;
  await carryOut(meeting, decision);
}

function mails(payload: Payload): boolean {
  return payload.action === 'update' && payload.notify === 'all';
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
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  const main = items.find(({ gone }) => !gone);
  if (!main) return pair.agreed === null ? 'uncreated' : { there: 'gone', remote: null };
  for (const entry of entries) {
    const payload = payloadOf(entry);
    if (payload.action === 'update') return { there, remote: payload.before };
  }
  if (pair.agreed !== null) return { there, remote: readAgreed(pair.agreed).remote };
  const [answer] = await round.remote.fetch([main.remoteId], round.parts.signal);
  if (answer && !('failed' in answer)) {
    return { there: toldBy(answer), remote: canonical(answer.event) };
  }
  if (!answer || answer.class === 'gone') return { there: 'gone', remote: null };
  return isOfOneItem(answer) ? answer : raise(answer);
}

/** Where the two meet for the first time and the other side does not tell everything, it overrules nothing of what is here. */
function agreedUnseen(there: There, copy: Copy | undefined): Agreed | null {
  if (typeof there !== 'object' || there.veiled !== true || !copy) return null;
  return { local: copy.event, remote: canonical(there.event) };
}

/** The agreement, with what a write of ours that may have arrived has made of it. */
function agreedNow(
  round: Round,
  pair: ConnectorPair,
  entries: readonly OutboxEntry[],
  there: There,
): Agreed | null {
  let agreed = pair.agreed === null ? null : readAgreed(pair.agreed);
  if (there === 'gone') return agreed;
  // Of two creations that were sent the first one has arrived.
  const earlier = agreed || there === 'as-agreed' ? undefined : earlierOf(round, pair, entries);
  if (earlier && there !== 'as-agreed' && isSame(earlier.remote, canonical(there.event))) return earlier;
  for (const entry of entries) {
    const payload = payloadOf(entry);
    if (agreed && payload.action === 'update') agreed = overruled(agreed, payload);
    if (there === 'as-agreed' || !entry.sent || payload.action === 'delete') continue;
    // By what is said here: what the other side said when the write was decided may have been held back.
    const told = toldAfter(round.remote, payload.local, round.window, pair.role);
    const sent = { local: payload.local, there: 'refused' in told ? payload.local : told };
    const remote = canonical(there.event);
    agreed = absorbed(agreed, sent, remote);
    if (payload.action !== 'update') continue;
    agreed = agreedOnThem(agreed, remote, leftBehind(remote, sent.there, payload.before));
    agreed = halfWay(agreed, payload, remote);
  }
  return agreed;
}

/** When a person last changed the object here: what runs have written since is nobody's edit (exchange.md 9.1). */
function editedAt({ agreed, objectEtag }: ConnectorPair, { stored }: Copy): number {
  const before = agreed !== null && objectEtag === stored.etag ? readAgreed(agreed).edited : undefined;
  return before ?? stored.modified;
}

/** What a person has changed since changes were last folded is newer than the last pull, whatever the clock says. */
function isUnseenEdit({ localCursor }: Round['link'], { stored }: Copy, edited: number): boolean {
  return localCursor > 0 && edited === stored.modified && stored.modseq > localCursor;
}

async function decided({
  round,
  pair,
  copy,
  edited = 0,
  agreed,
  remote,
  there,
  role,
  note,
}: Meeting): Promise<Decision> {
  const { parts, link } = round;
  const told = copy?.event ?? null;
  const local = told && agreed ? withoutStaleHtml(told, agreed.local) : told;
  const normal = local && round.remote.normalize(local, round.window);
  const { answersInstances = false } = round.remote.capabilities();
  const localThere = normal && !('refused' in normal) ? canonical(normal) : local;
  const isAnswered = role === 'guest' && answersInstances;
  const sides: Sides = {
    agreed,
    local,
    localThere: local && localThere && isAnswered ? withInstanceAnswers(localThere, local) : localThere,
    remote,
    role: note === 'bound' ? 'guest' : role,
    apart: await standingApart(round, pair, remote),
  };
  const theirs = typeof there === 'object' ? there.modified - parts.mailbox.clockSkewMs() : 0;
  const lastPull = Math.min(link.lastRun ?? 0, link.lastOk ?? 0);
  const rules: Rules = {
    policy: parts.rules.conflictPolicy,
    direction: link.direction,
    newer: edited > theirs ? 'local' : 'remote',
    editedSincePull: edited >= lastPull || (copy !== undefined && isUnseenEdit(link, copy, edited)),
    answersInstances: answersInstances && note === undefined,
    locked: () => [],
  };
  const first = decide(sides, rules);
  if (!parts.guard || first.do !== 'merge' || !local || isSame(first.local, local)) return first;
  const locked = await parts.guard(link, local, first.local);
  return locked.length === 0 ? first : decide(sides, { ...rules, locked: () => locked });
}

/** Instances for which single items stand there, or will be told of. */
async function standingApart(
  round: Round,
  { id }: ConnectorPair,
  remote: NeutralEvent | null,
): Promise<ReadonlySet<RecurrenceKey>> {
  if (remote === null || Object.keys(remote.overrides).length === 0) return new Set();
  const items = await round.services.storage.connectors.itemsOfPairs([id]);
  const known = items.flatMap(({ recurrenceId }) => recurrenceId ?? []);
  return new Set([...known, ...(round.supposed.get(id) ?? [])]);
}

/** What a calendar normalizes is an event of its owner, who answers none of its instances. */
function withInstanceAnswers(there: NeutralEvent, local: NeutralEvent): NeutralEvent {
  const overrides = { ...there.overrides };
  for (const [key, { answer }] of Object.entries(local.overrides)) {
    if (answer === local.content.answer) continue;
    overrides[key] = { ...(overrides[key] ?? instanceContent(there, key)), answer };
  }
  return canonical({ ...there, overrides });
}

/** A pair that has no item there: the object here is to be created there, if it is still here. */
async function uncreated(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  copy: Copy | undefined,
): Promise<void> {
  const entries = await round.services.storage.connectors.outboxOfPair(pair.id);
  const earlier = lastSent(round, pair, entries);
  if (!copy && earlier) return await endUnmade(round, work, pair, earlier);
  work.add(...entries.map(({ id }): Change => ({ do: 'drop-outbox', id })));
  if (!copy) return await end(round, work, pair);
  if (round.link.direction === 'from-remote') return;
  return enqueueCreation(
    round,
    work,
    pair,
    copy.event,
    copy,
    earlier && { earlier, repeats: mayHaveMailed(entries) },
  );
}
