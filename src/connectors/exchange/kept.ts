/**
 * What a server keeps of an event that is made there. Some take a field without a word and forget it: what they then do not tell
 * was not emptied by anybody. It is found out by reading back the first event that has each of these fields.
 */
import type { TimeRange } from '../../icalendar/time.ts';
import { fieldValue, isSame } from '../agreed.ts';
import type { EventContent, NeutralEvent } from '../event.ts';
import type { Creation, ItemFailure, Written } from '../remote.ts';
import { keptFields, unkeptOf } from './connection/memory.ts';
import { type KeptField, withoutUnkept } from './mapping/kept.ts';
import { normalizeEvent } from './mapping/normalize.ts';
import { type Reading, readItems } from './read-items.ts';

/** Reads back what was made, where something is to be learned from it. */
export async function noteKept(
  creations: readonly Creation[],
  results: readonly (Written | ItemFailure)[],
  window: TimeRange,
  reading: Reading,
): Promise<void> {
  const { client, mapping } = reading;
  const open = new Set(fieldNames().filter((name) => client.quirks()[keptFields[name]] === undefined));
  for (const [index, { event }] of creations.entries()) {
    const written = results[index];
    if (open.size === 0) return;
    if (!written || written.failed || written.parts) continue;
    const sent = normalizeEvent(event, window, mapping());
    const said = 'refused' in sent ? [] : saidIn(sent, open);
    if ('refused' in sent || said.length === 0) continue;
    const [told] = await readItems([written.id], reading).catch(() => []);
    if (!told || 'failed' in told) return;
    const found = said.map((name) => [keptFields[name], isForgotten(name, sent, told.event)] as const);
    client.noteQuirks(Object.fromEntries<boolean | undefined>(found));
    for (const name of said) open.delete(name);
  }
}

/** What is told after all is kept, by whatever way it came there: it is looked at once more. */
export function noteTold({ content }: NeutralEvent, { client }: Pick<Reading, 'client'>): void {
  const told = unkeptOf(client.quirks()).filter((name) => !isEmpty(name, content));
  if (told.length === 0) return;
  const unknown = told.map((name) => [keptFields[name], undefined] as const);
  client.noteQuirks(Object.fromEntries<boolean | undefined>(unknown));
}

function saidIn({ content }: NeutralEvent, open: ReadonlySet<KeptField>): readonly KeptField[] {
  return [...open].filter((name) => !isEmpty(name, content));
}

function isForgotten(name: KeptField, sent: NeutralEvent, told: NeutralEvent): boolean {
  return (
    !isSame(fieldValue(sent.content, name), fieldValue(told.content, name)) && isEmpty(name, told.content)
  );
}

function isEmpty(name: KeptField, content: EventContent): boolean {
  return isSame(fieldValue(content, name), fieldValue(withoutUnkept(content, [name]), name));
}

function fieldNames(): readonly KeptField[] {
  // The type of the table says which names it has.
  return Object.keys(keptFields).filter((name): name is KeptField => name in keptFields);
}
