/** Invitations to meetings that are there and of which nobody was mailed yet (exchange.md 11.4, 17.2). */
import { RemoteFailure } from '../failure.ts';
import type { ItemFailure, Owed, Update, Written } from '../remote.ts';
import type { SyncNote } from '../sync-notes.ts';
import { invited, only } from './carry-out.ts';
import { takesStaleVersions } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { wasInvited } from './mapping/invited.ts';
import { wireTitle } from './mapping/title.ts';
import { itemFailure, type Outcome } from './operations/batch.ts';
import { invitedOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemVersion, idOf } from './operations/targets.ts';
import { invitations, type Unsent } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { isRefused } from './refused.ts';
import { textOf } from './wire/elements.ts';

type Result = Written | ItemFailure;

/** In the order asked, `batchSize` in a request where each is one item of a version that the server minds. */
export async function inviteGuests(
  updates: readonly Update[],
  reading: Reading,
): Promise<ReadonlyMap<Update, Result>> {
  const results = new Map<Update, Result>();
  const plain = updates.filter((update) => isPlain(update, reading));
  for (let at = 0; at < plain.length; at += reading.batchSize) {
    const batch = plain.slice(at, at + reading.batchSize);
    const outcomes = await mailed(batch, reading);
    for (const [index, update] of batch.entries())
      results.set(update, resultOf(update, await plainly(update, outcomes[index], reading)));
  }
  for (const update of updates)
    if (!results.has(update)) results.set(update, await lookedAt(update, reading));
  return results;
}

/** Nobody can have been mailed about this version, and about no other will anybody be. */
function isPlain({ version, parts, invites }: Update, { client }: Reading): boolean {
  const isKnown = version !== '' && !takesStaleVersions(client.quirks());
  return isKnown && parts.length === 0 && invites !== undefined && invites !== 'if-unsent';
}

/** By itself, and without a note, where that was refused. */
async function plainly(
  update: Update,
  outcome: Outcome<ItemVersion> | undefined,
  reading: Reading,
): Promise<Outcome<ItemVersion> | undefined> {
  if (!outcome || !('failure' in outcome) || !isRefused(outcome.failure)) return outcome;
  return await invited(unsent(update), reading).then(
    (value) => ({ value }),
    (error: unknown) => ({ failure: failureFrom(error) }),
  );
}

function unsent({ id, version, after }: Update): Unsent {
  return { id, version, title: wireTitle(after.content.title) };
}

async function mailed(
  updates: readonly Update[],
  { client, signal }: Reading,
): Promise<readonly Outcome<ItemVersion>[]> {
  try {
    return await client.call(invitations(updates.map(unsent)), signal);
  } catch (error) {
    const failure = failureFrom(error);
    return updates.map(() => ({ failure }));
  }
}

function resultOf({ id }: Update, outcome: Outcome<ItemVersion> | undefined): Result {
  if (outcome === undefined)
    return itemFailure(id, new RemoteFailure('transient', 'answer-count', 'an answer is missing'));
  return 'failure' in outcome ? itemFailure(id, outcome.failure) : outcome.value;
}

/** Whoever was mailed already is not mailed again. */
async function lookedAt(
  { id, version, parts, invites = 'if-unsent' }: Update,
  reading: Reading,
): Promise<Result> {
  const notes = new Set<SyncNote>();
  const written = new Map<string, string>();
  try {
    // Of what has changed everybody hears once.
    for (const item of [{ id, version }, ...(invites === 'news' ? [] : parts)]) {
      if (written.has(item.id)) continue;
      const unsent = await unsentItem(item, invites, notes, reading);
      written.set(item.id, unsent ? (await invited(unsent, reading)).version : item.version);
    }
  } catch (error) {
    return itemFailure(id, failureFrom(error));
  }
  const versionOf = (one: ItemVersion): string => written.get(one.id) ?? one.version;
  return {
    id,
    version: versionOf({ id, version }),
    ...(parts.length > 0 && { parts: parts.map((part) => ({ ...part, version: versionOf(part) })) }),
    ...(notes.size > 0 && { notes: [...notes] }),
  };
}

/** Undefined: its guests were mailed, or may have been. */
async function unsentItem(
  { id, version }: ItemVersion,
  invites: Owed,
  notes: Set<SyncNote>,
  { client, signal, mapping }: Reading,
): Promise<Unsent | undefined> {
  const item = only(await client.call(getItems([{ id }], invitedOnly), signal));
  const wasSent = invites === 'news' ? false : wasInvited(item, mapping());
  if (wasSent === true) return undefined;
  if (wasSent === undefined && invites === 'if-unsent') {
    notes.add('invitation-unsure');
    return undefined;
  }
  if (idOf(item)?.version !== version)
    throw new RemoteFailure('conflict', 'version-moved', 'the item was changed there meanwhile');
  return { id, version, title: textOf(item, 'Subject') ?? '' };
}
