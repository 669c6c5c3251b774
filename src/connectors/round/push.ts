/**
 * From the outbox to the provider. Each entry is durable before its request, is marked as sent before it leaves, and goes in
 * the transaction that notes what came of it (exchange.md 8.4, 8.5).
 */
import type { ConnectorPair, OutboxEntry } from '../../core/connector.ts';
import { hourMs } from '../../icalendar/time.ts';
import { RemoteFailure } from '../failure.ts';
import { type Payload, payloadOf, payloadText } from '../outbox.ts';
import type { ItemFailure, RemoteItem, Written } from '../remote.ts';
import { confirmed, refused } from './confirm.ts';
import { requireFew } from './deletions.ts';
import { isOfOneItem, quarantine, raise } from './failing.ts';
import { batches, fetchAll, requireCount } from './fetch.ts';
import { refusedForRoom, requireRoom } from './full-mailbox.ts';
import { isOwedAtOnce, owedAfter, withoutEarly } from './invitations.ts';
import { isUntold, type Push } from './outgoing.ts';
import { pairsById } from './pairs.ts';
import { followUp, readBack } from './read-back.ts';
import type { Round } from './round.ts';
import { send } from './send.ts';
import { take } from './take.ts';
import { Work } from './work.ts';

/** How the writing of a run has gone so far. */
interface Pushing {
  /** Items of which more has changed than what was written, since they were last read. */
  readonly more: Set<string>;
  /** How often others were faster, by the id of the pair. */
  readonly overtaken: Map<ConnectorPair['id'], number>;
}

function noteOvertaken({ overtaken }: Pushing, pushes: readonly Push[]): void {
  for (const { pair } of pushes) overtaken.set(pair.id, (overtaken.get(pair.id) ?? 0) + 1);
}

/** How often an event may be written again in one run because others were faster (exchange.md 9.3). */
const maxPasses = 3;

/** More writes of one event within an hour are a loop between two programs; reverts alone are fought over sooner. */
const maxPushesPerHour = 10;
const maxRevertsPerHour = 3;

export async function push(round: Round): Promise<void> {
  if (round.link.direction === 'from-remote') return await takeBack(round);
  const so: Pushing = { more: new Set(), overtaken: new Map() };
  for (let pass = 1; ; pass++) {
    const entries = await waiting(round);
    if (entries.length === 0) return;
    if (pass === 1) await requireRoom(round, entries);
    if (pass > maxPasses) return await giveUp(round, entries, so);
    await requireFew(round, entries.filter(({ action }) => action === 'delete').length);
    if (pass === 1) round.enter('pushing', entries.length);
    const again = await pushAll(round, entries, so);
    if (!(await follow(round, so)) && !again) return;
  }
}

/** Others were faster each time: what they do next is decided about anew (exchange.md 9.3). */
async function giveUp(round: Round, entries: readonly OutboxEntry[], { overtaken }: Pushing): Promise<void> {
  const work = new Work();
  const given = entries.filter(({ pair }) => (overtaken.get(pair) ?? 0) >= maxPasses);
  for (const { id } of given) work.add({ do: 'drop-outbox', id });
  const ids = [...new Set(given.map(({ pair }) => pair))];
  for (const pair of await pairsById(round, ids)) quarantine(work, pair, 'loop');
  round.incomplete ||= given.length < entries.length;
  await round.commit(work);
}

/** The link was turned: what still waits stays here, and goes out when the link leads there again. */
async function takeBack(round: Round): Promise<void> {
  const work = new Work();
  for (const { id } of await waiting(round)) work.add({ do: 'drop-outbox', id });
  if (work.changes.length > 0) await round.commit(work);
}

/** Those that are not known to have been sent: what became of the others is found out first (`recover.ts`). */
async function waiting(round: Round): Promise<readonly OutboxEntry[]> {
  const entries: OutboxEntry[] = [];
  for await (const page of round.services.storage.connectors.outbox(round.link.id)) {
    entries.push(...page.filter(({ sent }) => !sent));
  }
  return await withoutEarly(round, await withoutLeftAlone(round, entries));
}

/** What was refused goes on when one side changes the event, or somebody asks for it. */
async function withoutLeftAlone(
  round: Round,
  entries: readonly OutboxEntry[],
): Promise<readonly OutboxEntry[]> {
  const changes = entries.filter(({ action }) => action === 'update' || action === 'delete');
  const pairs = await pairsById(
    round,
    changes.map(({ pair }) => pair),
  );
  const alone = new Set(pairs.filter(({ quarantine: left }) => left !== null).map(({ id }) => id));
  return entries.filter(
    ({ action, pair }) => (action !== 'update' && action !== 'delete') || !alone.has(pair),
  );
}

/**
 * An answer changes more there than itself: how busy its giver is, for one. Of a meeting that guests are mailed about once more, the
 * provider may forget what they have answered.
 */
function changesMore(payload: Payload): boolean {
  if (payload.action === 'respond') return true;
  if (payload.action !== 'update' || payload.notify !== 'all') return false;
  const { content, overrides } = payload.before;
  return [content, ...Object.values(overrides)].some(({ attendees }) =>
    attendees.some(({ answer }) => answer !== 'needs-action'),
  );
}

/** Answers whether something was read. */
async function follow(round: Round, { more }: Pushing): Promise<boolean> {
  if (more.size === 0) return false;
  const fetched = await fetchAll(round, [...more]);
  more.clear();
  await round.commitDecided(async () => {
    const work = new Work();
    // What is no more is told by the next listing.
    await take(round, work, { ...fetched, gone: [], withheld: [], failures: [] });
    return { work };
  });
  return true;
}

/** So many requests of a run may fail by themselves before it ends with them. */
const maxStumbles = 3;

/** Answers whether some have to be decided and written again. */
async function pushAll(round: Round, entries: readonly OutboxEntry[], so: Pushing): Promise<boolean> {
  let again = false;
  const stumbles: RemoteFailure[] = [];
  const of = (action: Payload['action']): readonly OutboxEntry[] =>
    entries.filter((entry) => entry.action === action);
  for (const action of ['create', 'update', 'respond', 'delete'] as const) {
    const size = action === 'respond' ? 1 : round.remote.batchSize;
    for (const batch of together(of(action), size)) {
      round.checkpoint();
      try {
        again = (await pushBatch(round, batch, so)) || again;
      } catch (error) {
        if (!isStumble(error) || stumbles.push(error) >= maxStumbles) throw error;
      }
    }
  }
  if (stumbles[0]) throw stumbles[0];
  return again;
}

/** What was sent in vain more than once goes by itself, behind all else: the others may only have suffered with it (exchange.md 17.3). */
function* together(entries: readonly OutboxEntry[], size: number): Generator<readonly OutboxEntry[]> {
  const isSuspect = ({ attempts }: OutboxEntry): boolean => attempts > 1;
  yield* batches(
    entries.filter((entry) => !isSuspect(entry)),
    size,
  );
  for (const entry of entries.filter(isSuspect)) yield [entry];
}

/** The provider may take another request all the same: it wants no pause, and nobody has waited for it long. */
function isStumble(error: unknown): error is RemoteFailure {
  if (!(error instanceof RemoteFailure) || error.class !== 'transient') return false;
  return error.retryAfterMs === undefined && error.code !== 'no-answer';
}

async function pushBatch(round: Round, entries: readonly OutboxEntry[], so: Pushing): Promise<boolean> {
  const pushes = await ready(round, entries);
  const checked = await withCurrentVersion(round, pushes);
  noteOvertaken(
    so,
    pushes.filter((push) => !checked.includes(push)),
  );
  if (checked.length === 0) return pushes.length > 0;
  await markSent(round, checked);
  const answers = await send(round, entries[0]?.action ?? 'update', checked);
  requireCount(answers, checked);
  for (const [index, { payload, main }] of checked.entries())
    if (main && !answers[index]?.failed && changesMore(payload)) so.more.add(main.remoteId);
  return (await note(round, checked, answers, so)) || checked.length < pushes.length;
}

/** The entries that can be sent, with what they need. Those of events that are written too often are left out for good. */
async function ready(round: Round, entries: readonly OutboxEntry[]): Promise<readonly Push[]> {
  const { connectors } = round.services.storage;
  const ids = [...new Set(entries.map(({ pair }) => pair))];
  const pairs = new Map(
    (await connectors.pairsBy(round.link.id, 'id', ids, 'any')).map((pair) => [pair.id, pair]),
  );
  const items = await connectors.itemsOfPairs(ids);
  const pushes: Push[] = [];
  const work = new Work();
  for (const entry of entries) {
    const pair = pairs.get(entry.pair);
    const own = items.filter((item) => item.pair === entry.pair);
    const main = own.find(({ recurrenceId }) => recurrenceId === null) ?? own[0];
    const payload = payloadOf(entry);
    if (!pair || pair.ended !== null || (payload.action !== 'create' && !main)) {
      work.add({ do: 'drop-outbox', id: entry.id });
      // Nothing is there that could be deleted.
      if (pair && payload.action === 'delete') {
        work.add({ do: 'patch-pair', id: pair.id, patch: { ended: round.now() } });
      }
    } else if (isLoop(round, pair, payload)) {
      work.add({ do: 'drop-outbox', id: entry.id });
      quarantine(work, pair, payload.action === 'update' && payload.reverts ? 'frozen' : 'loop');
    } else
      pushes.push({
        entry,
        pair,
        payload,
        main,
        parts: own.filter(({ recurrenceId }) => recurrenceId !== null),
      });
  }
  if (work.changes.length > 0) await round.commit(work);
  return pushes;
}

function isLoop(round: Round, pair: ConnectorPair, payload: Payload): boolean {
  if (!isOfThisHour(round, pair)) return false;
  const reverts = payload.action === 'update' && payload.reverts;
  return pair.pushes >= maxPushesPerHour || (reverts && pair.reverts >= maxRevertsPerHour);
}

/** An hour that begins later than now was counted by a clock that was wrong. */
function isOfThisHour(round: Round, { pushedSince }: ConnectorPair): boolean {
  if (pushedSince === null) return false;
  const ageMs = round.now() - pushedSince;
  return ageMs >= 0 && ageMs < hourMs;
}

/** Where a server takes writes with an old version, it is looked at right before (exchange.md 9.3). */
async function withCurrentVersion(round: Round, pushes: readonly Push[]): Promise<readonly Push[]> {
  const [first] = pushes;
  if (round.remote.capabilities().conditionalWrite || !first || first.payload.action === 'create')
    return pushes;
  const fetched = await fetchAll(
    round,
    pushes.flatMap(({ main }) => main?.remoteId ?? []),
  );
  const versions = new Map(fetched.items.map(({ id, version }) => [id, version]));
  const moved = pushes.filter(({ main }) => main && versions.get(main.remoteId) !== main.version);
  if (moved.length > 0) {
    const ids = new Set(moved.map(({ main }) => main?.remoteId));
    await round.commitDecided(async () => {
      const work = new Work();
      await take(round, work, {
        ...fetched,
        items: fetched.items.filter(({ id }) => ids.has(id)),
      });
      return { work };
    });
  }
  return pushes.filter((push) => !moved.includes(push));
}

/** From here on the request may have arrived. */
async function markSent(round: Round, pushes: readonly Push[]): Promise<void> {
  const work = new Work();
  for (const { entry, pair, payload } of pushes) {
    const sent = { ...entry, sent: true, attempts: entry.attempts + 1 };
    work.add({ do: 'put-outbox', entry: { ...sent, payload: payloadText(begun(payload)) } });
    const fresh = !isOfThisHour(round, pair);
    const reverts = payload.action === 'update' && payload.reverts ? 1 : 0;
    work.add({
      do: 'patch-pair',
      id: pair.id,
      patch: {
        pushes: fresh ? 1 : pair.pushes + 1,
        pushedSince: fresh ? round.now() : pair.pushedSince,
        reverts: fresh ? reverts : pair.reverts + reverts,
      },
    });
  }
  await round.commit(work);
}

/** Whoever wrote it: a creation that is sent now mails nobody, and of an update nothing has been told yet. */
function begun(payload: Payload): Payload {
  if (payload.action === 'create') return { ...payload, quiet: true };
  if (payload.action !== 'update') return payload;
  const { untold: _, ...fresh } = payload;
  return fresh;
}

/** Writes down what came of it. Answers whether something has to be decided again. */
async function note(
  round: Round,
  pushes: readonly Push[],
  answers: readonly (Written | ItemFailure)[],
  so: Pushing,
): Promise<boolean> {
  const work = new Work();
  const overtaken: Push[] = [];
  let last: ItemFailure | undefined;
  let again = false;
  const arrived = pushes.flatMap((push, index) => {
    const written = answers[index];
    return written && !written.failed ? [{ push, written }] : [];
  });
  const read = await readBack(round, arrived);
  for (const { push, written } of arrived) {
    confirmed(round, work, push, written);
    again = followUp(round, work, push, written, read.get(push.pair.id)) || again;
    again ||= isOwedAtOnce(owedAfter(push.pair, push.payload));
  }
  pushes.forEach((push, index) => {
    const answer = answers[index];
    if (!answer?.failed) return;
    if (answer.class === 'gone' && push.payload.action === 'delete') confirmed(round, work, push, undefined);
    // It is found again as after a lost answer, and the rest is written then.
    else if (isHalfMade(push, answer)) round.incomplete = true;
    else if (answer.class === 'conflict' || answer.class === 'gone') overtaken.push(push);
    else if (answer.class === 'batch') {
      work.add({ do: 'put-outbox', entry: { ...push.entry, sent: false } });
      again = true;
    } else if (answer.class === 'quota') {
      work.add({ do: 'put-outbox', entry: refusedForRoom(round, push.entry) });
      last = answer;
    } else if (isOfOneItem(answer)) refused(round, work, push, answer);
    else last = answer;
  });
  const failure = await round.commit(work, {}, pushes.length);
  if (failure) throw new Error(`what was written could not be noted: ${failure.reason}`);
  if (overtaken.length > 0) {
    noteOvertaken(so, overtaken);
    await settleOvertaken(round, overtaken);
    again = true;
  }
  if (last) raise(last);
  return again;
}

/** Something new of an event is there, or may be of one with several items, and others may have come between. */
function isHalfMade(push: Push, { begun, class: kind }: ItemFailure): boolean {
  const isOver = kind === 'conflict' || kind === 'gone' || kind === 'batch' || kind === 'quota';
  const { payload, parts } = push;
  return isOver && (begun === true || isUntold(push) || (payload.action === 'update' && parts.length > 1));
}

/** Guests were mailed from the version that this request names. */
function hasMailedItself({ main }: Push, { mailedFrom }: RemoteItem): boolean {
  return mailedFrom !== undefined && mailedFrom === main?.version;
}

/** Others were faster: what they did is read, and everything decided again. */
async function settleOvertaken(round: Round, pushes: readonly Push[]): Promise<void> {
  const fetched = await fetchAll(
    round,
    pushes.flatMap(({ main }) => main?.remoteId ?? []),
  );
  await round.commitDecided(async () => {
    const work = new Work();
    for (const push of pushes) {
      const item = fetched.items.find(({ id }) => id === push.main?.remoteId);
      // A write that was refused has not arrived; but for one that something on the way has sent twice.
      const sent = item !== undefined && hasMailedItself(push, item);
      work.add({ do: 'put-outbox', entry: { ...push.entry, sent } });
    }
    await take(round, work, fetched);
    return { work };
  });
}
