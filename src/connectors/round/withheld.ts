/**
 * What may not be told of any more, because somebody there has made it private (exchange.md 18.9): the copy here goes into the
 * trash, and nothing happens there. It is no deletion of anybody's.
 */
import type { NewObject } from '../../core/calendar.ts';
import type { ConnectorItem, ConnectorPair } from '../../core/connector.ts';
import { parseObject } from '../../icalendar/object.ts';
import { canonical, fieldValue, isSame, readAgreed } from '../agreed.ts';
import { contentFields, emptyContent, type NeutralEvent } from '../event.ts';
import { readLocal } from '../local/read.ts';
import { composeLocal } from '../local/write.ts';
import { copyOf, isUntold, rewritten, stored } from './copy.ts';
import { end, noteConflict } from './enqueue.ts';
import { isUnreadable } from './failing.ts';
import type { Round } from './round.ts';
import type { Work } from './work.ts';

/** Why such a pair has ended: what is left of it here is not to be made there once more. */
const withheld = 'withheld';

export function isWithheld({ ended, quarantine }: ConnectorPair): boolean {
  return ended !== null && quarantine === withheld;
}

/** What was here before the two met is no copy: it stays, by itself. */
export async function withdraw(
  round: Round,
  work: Work,
  pair: ConnectorPair,
  item: ConnectorItem,
): Promise<void> {
  const items = await round.services.storage.connectors.itemsOfPairs([pair.id]);
  if (isUnreadable(pair)) work.add({ do: 'drop-pair', id: pair.id });
  else {
    if (pair.origin === 'remote') await removeCopy(round, work, pair);
    await end(round, work, pair);
    work.add({ do: 'patch-pair', id: pair.id, patch: { quarantine: withheld } });
    work.moved.add(pair.id);
  }
  // Known, so that nobody asks for them again before they change.
  for (const row of [...items, item])
    work.add({ do: 'put-item', item: { ...row, pair: null, echoed: true } });
}

/** The trash keeps what goes: it gets a copy that tells when the event is, and nothing else of it. */
async function removeCopy(round: Round, work: Work, pair: ConnectorPair): Promise<void> {
  const copy = await copyOf(round, pair);
  if (!copy) return;
  const { calendar, name, etag } = copy.stored;
  const blank = isUntold(copy)
    ? undefined
    : await rewritten(round, copy, withoutContent(copy.event), 'whole');
  const isBlank = blank !== undefined && !('refused' in blank);
  if (isBlank) work.add(blank.change);
  work.add({ do: 'delete', calendar, name, expect: { etag: isBlank ? blank.etag : etag } });
  work.count('skipped');
  if (isUntold(copy) || pair.agreed === null) return;
  // What was changed here is the person's own word, and no secret.
  const { local } = readAgreed(pair.agreed);
  for (const field of contentFields) {
    const [was, ours] = [local, copy.event].map((event) => fieldValue(event.content, field, event));
    if (!isSame(was, ours)) noteConflict(round, work, pair, { field, ours, theirs: null, kept: 'theirs' });
  }
}

/** Copies of them that went into the trash while they were still told of keep no more than their time either. */
export async function reduceTrashed(round: Round, work: Work, uids: readonly string[]): Promise<void> {
  const { services, link, parts } = round;
  const pairs = await services.storage.connectors.pairsBy(link.id, 'uid', uids, 'any');
  const theirs = new Set<string>(pairs.filter(({ origin }) => origin === 'remote').map(({ uid }) => uid));
  if (theirs.size === 0) return;
  for await (const page of services.storage.trash(parts.seen.calendar.owner)) {
    const copies = page.filter(
      ({ calendar, objectName, uid }) =>
        calendar === link.calendar && objectName !== null && theirs.has(uid ?? ''),
    );
    for (const { id, objectName } of copies) {
      const bytes = await services.storage.trashBytes(id);
      const object = await withoutWords(round, objectName ?? '', bytes);
      if (object === 'nothing to hide') continue;
      work.add({ do: 'reduce-trashed', item: id, object });
    }
  }
}

/** Null: it cannot be told what is in it. */
async function withoutWords(
  round: Round,
  name: string,
  bytes: Uint8Array | undefined,
): Promise<NewObject | null | 'nothing to hide'> {
  const object = bytes && parseObject(bytes);
  const read = object && readLocal(object, round.view);
  if (!read || 'refused' in read) return null;
  const less = withoutContent(read.event);
  if (isSame(less, canonical(read.event))) return 'nothing to hide';
  const written = await stored(round, name, composeLocal(less, round.view, round.now()));
  return 'refused' in written ? null : written.object;
}

function withoutContent({
  uid,
  content: { start, end },
  recurrence,
  excluded,
  zones,
}: NeutralEvent): NeutralEvent {
  const content = { ...emptyContent, start, end, privacy: 'private' as const };
  return canonical({ uid, content, recurrence, excluded, overrides: {}, zones });
}
