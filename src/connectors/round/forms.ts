/**
 * Writes of events that stand there as several items (exchange.md 10.4), of which nobody knows how far they came. What they have
 * made is taken for theirs, what they have deleted is nobody's wish, and the rest of them is sent (exchange.md 17.2).
 */
import type { ConnectorItem } from '../../core/connector.ts';
import { agreedText, canonical, isSame, readAgreed } from '../agreed.ts';
import type { NeutralEvent } from '../event.ts';
import { type Payload, payloadText } from '../outbox.ts';
import type { RemoteItem } from '../remote.ts';
import { instanceContent, occursAt } from '../series.ts';
import { isOfEntry } from './attempts.ts';
import { toldOrSent } from './confirm.ts';
import { batches, fetchAll } from './fetch.ts';
import { owedAfter } from './invitations.ts';
import { join } from './match.ts';
import { removal } from './removal.ts';
import type { Round } from './round.ts';
import { itemRow } from './rows.ts';
import type { Unsure } from './unsure.ts';
import { Work } from './work.ts';

type Writing = Exclude<Payload, { readonly action: 'delete' | 'respond' }>;

/** Answers those of which it is still to be found out. */
export async function recoverForms(round: Round, unsure: readonly Unsure[]): Promise<readonly Unsure[]> {
  const left: Unsure[] = [];
  let found: readonly RemoteItem[] | undefined;
  for (const one of unsure) {
    const { payload, items } = one;
    if (mayChangeForm(round, one)) found ??= await unknownThere(round);
    else if (payload.action === 'create' || payload.action === 'respond' || items.length < 2) {
      left.push(one);
      continue;
    }
    if (!(await finished(round, one, found ?? []))) left.push(one);
  }
  return left;
}

/** May it have other items there than it had? */
function mayChangeForm({ remote }: Round, { payload, items }: Unsure): boolean {
  if (payload.action === 'create') return items.length === 0 && remote.dependsOnWindow(payload.after);
  if (payload.action !== 'update' || payload.invites !== undefined) return false;
  return [payload.before, payload.after].some((event) => remote.dependsOnWindow(event));
}

const atOnce = 50;

/** What of us is there that no listing has told of. */
async function unknownThere(round: Round): Promise<readonly RemoteItem[]> {
  const listed: string[] = [];
  for await (const heads of round.remote.listed(round.window, round.parts.signal)) {
    round.checkpoint();
    listed.push(...heads.map(({ id }) => id));
  }
  const unknown: RemoteItem[] = [];
  for (const batch of batches(listed, atOnce)) {
    const rows = await round.services.storage.connectors.itemsById(round.link.id, batch);
    const known = new Set(rows.filter(({ pair }) => pair !== null).map(({ remoteId }) => remoteId));
    const { items } = await fetchAll(
      round,
      batch.filter((id) => !known.has(id)),
    );
    unknown.push(...items.filter(({ marker }) => marker !== null));
  }
  return unknown;
}

/** Answers whether it is known now what is left of it. */
async function finished(round: Round, unsure: Unsure, found: readonly RemoteItem[]): Promise<boolean> {
  const { payload, pair, items } = unsure;
  const there = await fetchAll(
    round,
    items.map(({ remoteId }) => remoteId),
  );
  const gone = new Set(there.gone);
  const lost = items.filter(({ remoteId }) => gone.has(remoteId));
  if (payload.action === 'delete') {
    const work = resumed(round, unsure, lost, payload);
    noteLost(work, pair, lost);
    await round.commit(work);
    return true;
  }
  if (payload.action === 'respond') return false;
  const made = found.filter(
    (item, at) =>
      item.partOf?.uid === pair.uid &&
      isOfEntry(item, unsure.entry) &&
      !isUninvited(payload, item) &&
      // Of several the others come to light as doubles (`parts-twice.ts`).
      found.findIndex(({ marker }) => marker === item.marker) === at,
  );
  const stay = items.filter(({ remoteId }) => !gone.has(remoteId));
  const sent = toldOrSent(round, pair, payload.after);
  // An instance that is to take place was deleted by somebody else.
  const ours = lost.filter(({ recurrenceId }) => recurrenceId !== null && !takesPlace(sent, recurrenceId));
  if (!isInSingles(round, unsure, payload)) {
    const main = found.find(({ partOf, marker }) => partOf === null && marker === pair.marker);
    const isOne = main !== undefined && items.every(({ recurrenceId }) => recurrenceId !== null);
    if (isOne) await becomesOne(round, unsure, main, { stay, lost, made });
    else if (ours.length > 0) await round.commit(without(round, ours));
    return isOne;
  }
  const written = there.items.flatMap((item) => {
    const row = stay.find(({ remoteId }) => remoteId === item.id);
    return row && isWritten(row, item, sent) ? { ...row, version: item.version } : [];
  });
  const begun = [...made.map((item) => madeRow(round, pair, item, sent)), ...written];
  // What the single items take the place of goes last.
  const replaced = begun.length > 0 ? lost.filter(({ recurrenceId }) => recurrenceId === null) : [];
  if (begun.length + ours.length === 0) return false;
  const rest = asUpdate(payload, sent);
  const left = payload.action === 'update' ? { ...rest, before: withoutThose(payload.before, ours) } : rest;
  const work = resumed(round, unsure, [...ours, ...replaced], left);
  noteLost(work, pair, ours);
  for (const item of begun) work.add({ do: 'put-item', item });
  if (payload.action === 'create') {
    const owed = owedAfter(pair, payload);
    const faces = { local: payload.local, remote: sent };
    // What was not found may come to light when all of it was made anew.
    const agreed = agreedText({ ...faces, earlier: payload.earlier ?? faces, ...(owed && { owed }) });
    work.add({ do: 'patch-pair', id: pair.id, patch: { agreed } });
  }
  await round.commit(work);
  return true;
}

/** It was made and its guests were not invited: another one is made, and this one is a double of it. */
function isUninvited(payload: Writing, { invited, event }: RemoteItem): boolean {
  const isMeant = payload.action === 'update' && payload.notify === 'all';
  return isMeant && invited === false && event.content.attendees.length > 0;
}

/** Nobody has deleted them there but we: that is no edit of the event. */
function noteLost(work: Work, { id, agreed: text }: Unsure['pair'], lost: readonly ConnectorItem[]): void {
  if (text === null || lost.length === 0) return;
  const agreed = readAgreed(text);
  const remote = withoutThose(agreed.remote, lost);
  work.add({ do: 'patch-pair', id, patch: { agreed: agreedText({ ...agreed, remote }) } });
}

function withoutThose(event: NeutralEvent, lost: readonly ConnectorItem[]): NeutralEvent {
  const keys = new Set(lost.map(({ recurrenceId }) => recurrenceId));
  const overrides = Object.entries(event.overrides).filter(([key]) => !keys.has(key));
  return canonical({ ...event, overrides: Object.fromEntries(overrides) });
}

function without(round: Round, lost: readonly ConnectorItem[]): Work {
  const work = new Work();
  for (const { remoteId } of lost) work.add({ do: 'drop-item', link: round.link.id, remoteId });
  return work;
}

/** Has it no item there for the whole of it? */
function isInSingles(round: Round, { pair }: Unsure, { after }: Writing): boolean {
  if (!round.remote.dependsOnWindow(after)) return false;
  // A pattern that comes near to the rule is told as what it is.
  return isSame(toldOrSent(round, pair, after).recurrence, canonical(after).recurrence);
}

function takesPlace(event: NeutralEvent, key: string): boolean {
  return !event.excluded.includes(key) && (event.overrides[key] !== undefined || occursAt(event, key));
}

/** Was this part written already? */
function isWritten({ recurrenceId }: ConnectorItem, { event }: RemoteItem, sent: NeutralEvent): boolean {
  if (recurrenceId === null) return false;
  const wanted = sent.overrides[recurrenceId] ?? instanceContent(sent, recurrenceId);
  return isSame(canonical(event).content, wanted);
}

/** The row of a single item that has been made; of one that somebody has changed since, which is to be read, without its version. */
function madeRow(round: Round, { id }: Unsure['pair'], item: RemoteItem, sent: NeutralEvent): ConnectorItem {
  const row = { ...itemRow(round, item, id), echoed: false };
  return isWritten(row, item, sent) ? row : { ...row, version: '' };
}

/** What was begun is not begun once more. */
function asUpdate(payload: Writing, before: NeutralEvent): Payload {
  if (payload.action === 'update') return payload;
  const { after, local } = payload;
  return { action: 'update', notify: 'none', before, after, local, reverts: false };
}

function resumed(round: Round, { entry }: Unsure, lost: readonly ConnectorItem[], payload: Payload): Work {
  const work = without(round, lost);
  const { action } = payload;
  work.add({ do: 'put-outbox', entry: { ...entry, action, sent: false, payload: payloadText(payload) } });
  return work;
}

/** One item says all of it now: the single items go, and nothing of them is missed. */
async function becomesOne(
  round: Round,
  { pair }: Unsure,
  main: RemoteItem,
  {
    stay,
    lost,
    made,
  }: {
    readonly stay: readonly ConnectorItem[];
    readonly lost: readonly ConnectorItem[];
    readonly made: readonly RemoteItem[];
  },
): Promise<void> {
  await round.commitDecided(async () => {
    const work = without(round, lost);
    await join(round, work, pair, main);
    work.add({ do: 'put-item', item: { ...itemRow(round, main, pair.id), echoed: false } });
    const rest = [...stay, ...made.map((item) => itemRow(round, item, pair.id))];
    if (rest.length > 0) work.add(...removal(round, pair, rest, undefined, 'none').changes);
    return { work };
  });
}
