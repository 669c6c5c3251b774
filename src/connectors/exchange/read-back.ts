/**
 * What a server keeps of a change. Some take one without a word and leave a field as it was: that it says what it said before
 * is then nobody's edit. It is found out by reading back the first change of each field, and from then on each change of one
 * that was left as it was.
 */
import type { TimeRange } from '../../icalendar/time.ts';
import { type Aspects, aspectsOf, canonical, isLeftAlone, isSame } from '../agreed.ts';
import { type ContentField, contentFields, type NeutralEvent } from '../event.ts';
import { guestFields } from '../judge.ts';
import type { ItemFailure, RemoteItem, Update, Written } from '../remote.ts';
import { type ChangedPart, ignoredParts } from './connection/memory.ts';
import { normalizeEvent } from './mapping/normalize.ts';
import { type Reading, readItems } from './read-items.ts';

interface Change {
  readonly written: Written;
  readonly before: NeutralEvent;
  readonly sent: NeutralEvent;
  readonly parts: readonly ChangedPart[];
}

/** The same results, with how those items are told now of which something is to be learned. */
export async function readBack(
  updates: readonly Update[],
  results: readonly (Written | ItemFailure)[],
  window: TimeRange,
  reading: Reading,
): Promise<readonly (Written | ItemFailure)[]> {
  const changes = new Map<string, Change>();
  for (const [index, update] of updates.entries()) {
    const change = changeOf(update, results[index], window, reading);
    if (change) changes.set(change.written.id, change);
  }
  if (changes.size === 0) return results;
  const read = await readItems([...changes.keys()], reading).catch(() => []);
  const told = new Map<string, Written>();
  for (const item of read) {
    const change = 'failed' in item ? undefined : changes.get(item.id);
    if (!change || 'failed' in item || item.version !== change.written.version) continue;
    told.set(item.id, withTold(change, item, reading));
  }
  return results.map((result) => told.get(result.id) ?? result);
}

/** Undefined where it is known that all of it is kept, or where single items tell a part of it. */
function changeOf(
  update: Update,
  written: Written | ItemFailure | undefined,
  window: TimeRange,
  { client, mapping }: Reading,
): Change | undefined {
  if (!written || written.failed || written.parts || update.parts.length > 0) return undefined;
  if (update.invites !== undefined) return undefined;
  const sent = normalizeEvent(update.after, window, mapping());
  if ('refused' in sent) return undefined;
  const before = canonical(update.before);
  const isMeant = (part: ChangedPart): boolean =>
    update.role === 'owner' || (part !== 'instances' && guestFields.has(part));
  const parts = changedParts.filter(
    (part) => isMeant(part) && !isSame(aspects(before, part), aspects(sent, part)),
  );
  const quirks = client.quirks();
  if (parts.every((part) => quirks[ignoredParts[part]] === false)) return undefined;
  return { written, before, sent, parts };
}

function withTold(
  { written, before, sent, parts }: Change,
  { event }: RemoteItem,
  { client }: Reading,
): Written {
  const told = canonical(event);
  const found = parts.map(
    (part) =>
      [
        ignoredParts[part],
        isLeftAlone(aspects(told, part), aspects(before, part), aspects(sent, part)),
      ] as const,
  );
  const isNews = found.some(([name, isIgnored]) => isIgnored && client.quirks()[name] !== true);
  client.noteQuirks(Object.fromEntries<boolean>(found));
  const notes = [...(written.notes ?? []), ...(isNews ? (['change-not-kept'] as const) : [])];
  return { ...written, told: event, ...(notes.length > 0 && { notes }) };
}

const changedParts: readonly ChangedPart[] = [...contentFields, 'instances'];

function aspects(event: NeutralEvent, part: ContentField | 'instances'): Aspects {
  return part === 'instances' ? [[event.excluded, event.overrides]] : aspectsOf(event, part);
}
