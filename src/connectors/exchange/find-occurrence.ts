/**
 * Which occurrence of a series is meant (exchange.md 10.3): by its number, if the server agrees on what that is, else by its
 * day. A wrong guess would change somebody's other meeting.
 */
import type { XmlElement } from '../../xml/reader.ts';
import type { RecurrenceKey } from '../event.ts';
import { RemoteFailure } from '../failure.ts';
import type { EwsClient } from './connection/client.ts';
import { readTime } from './mapping/date-text.ts';
import type { OccurrenceRef } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import { field, itemShape } from './operations/fields.ts';
import { calendarView } from './operations/find-item.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, idOf } from './operations/targets.ts';
import { textOf } from './wire/elements.ts';
import { clientFault } from './wire/response.ts';

export type FoundOccurrence =
  | { readonly item: ItemRef }
  /** It was taken out of the series before. */
  | { readonly deleted: true }
  | { readonly failure: RemoteFailure };

interface Search {
  readonly client: EwsClient;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The most that one request asks for. */
const maxAtOnce = 50;
const shape = () =>
  itemShape([field('calendar:Start'), field('calendar:OriginalStart'), field('calendar:UID')]);

export async function findOccurrences(
  master: string,
  refs: readonly OccurrenceRef[],
  search: Search,
): Promise<ReadonlyMap<RecurrenceKey, FoundOccurrence>> {
  const asked = refs.slice(0, maxAtOnce);
  const items = asked.map(({ index }) => ({ master, index }));
  const answers = await search.client.call(getItems(items, shape), search.signal).catch((error: unknown) => {
    // A number that some servers do not understand spoils the whole answer.
    if (error instanceof RemoteFailure && error.code === clientFault) return [];
    throw error;
  });
  const found = new Map<RecurrenceKey, FoundOccurrence>();
  for (const [at, ref] of asked.entries()) {
    const answer = answers[at];
    found.set(ref.key, judged(answer, ref) ?? (await byDay(master, ref, search)));
  }
  return found;
}

/** Undefined: the server counts differently. */
function judged(answer: Outcome<XmlElement> | undefined, ref: OccurrenceRef): FoundOccurrence | undefined {
  if (answer === undefined) return undefined;
  if ('failure' in answer) {
    if (answer.failure.class === 'gone') return { deleted: true };
    return answer.failure.class === 'conflict' || answer.failure.class === 'poison' ? undefined : answer;
  }
  const id = idOf(answer.value);
  return id !== undefined && isMeant(answer.value, ref) ? { item: id } : undefined;
}

/** No two occurrences of a series share a day, and some servers tell of the original start only the day. */
function isMeant(item: XmlElement, { originalStart, day }: OccurrenceRef): boolean {
  const told = ['OriginalStart', 'RecurrenceId', 'Start'].map((local) => textOf(item, local));
  const text = told.find((each) => each !== undefined) ?? '';
  const time = readTime(text);
  if (time === undefined || !('at' in time)) return false;
  return time.at === originalStart || (time.at >= day.start && time.at < day.end);
}

async function byDay(master: string, ref: OccurrenceRef, search: Search): Promise<FoundOccurrence> {
  const { client, folder, signal } = search;
  const series = await client.call(getItems([{ id: master }], shape), signal);
  const [own] = series;
  const uid = own !== undefined && 'value' in own ? textOf(own.value, 'UID') : undefined;
  const fields = ['calendar:Start', 'calendar:OriginalStart', 'calendar:UID', 'calendar:CalendarItemType'];
  const { items } = await client.call(calendarView(folder, ref.day.start, ref.day.end, fields), signal);
  if (items.some((item) => textOf(item, 'CalendarItemType')?.trim() === 'RecurringMaster'))
    client.noteQuirks({ flatCalendarView: true });
  const match = items.find((item) => {
    const isOccurrence = /^(?:Occurrence|Exception)$/.test(textOf(item, 'CalendarItemType')?.trim() ?? '');
    return isOccurrence && uid !== undefined && textOf(item, 'UID') === uid && isMeant(item, ref);
  });
  const id = idOf(match);
  if (id !== undefined) return { item: id };
  return {
    failure: new RemoteFailure('conflict', 'occurrence-not-found', 'the series has no such occurrence there'),
  };
}
