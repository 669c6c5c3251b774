/**
 * Which occurrence of a series is meant (exchange.md 10.3): by its number, if the server agrees on what that is, else by its
 * day. A wrong guess would change somebody's other meeting.
 */
import { instant } from '../../icalendar/time.ts';
import type { XmlElement } from '../../xml/reader.ts';
import type { RecurrenceKey } from '../event.ts';
import { RemoteFailure } from '../failure.ts';
import type { EwsClient } from './connection/client.ts';
import { isPeculiar } from './connection/memory.ts';
import { readTime } from './mapping/date-text.ts';
import type { OccurrenceRef } from './mapping/plan.ts';
import { composedIds } from './occurrence-ids.ts';
import type { Outcome } from './operations/batch.ts';
import { field, itemShape } from './operations/fields.ts';
import { calendarView } from './operations/find-item.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, idOf } from './operations/targets.ts';
import { child, list, textOf } from './wire/elements.ts';
import { clientFault } from './wire/response.ts';

export type FoundOccurrence =
  /** `isFixed`: its times are taken with the offset from UTC that the series begins with. */
  | { readonly item: ItemRef; readonly isFixed?: boolean }
  /** It was taken out of the series before. */
  | { readonly deleted: true }
  | { readonly failure: RemoteFailure };

interface Search {
  readonly client: EwsClient;
  readonly folder: string;
  readonly signal: AbortSignal;
}

type Found = Map<RecurrenceKey, FoundOccurrence>;

/** The most that one request asks for. */
const maxAtOnce = 50;
const shape = () =>
  itemShape([field('calendar:Start'), field('calendar:OriginalStart'), field('calendar:UID')]);

export async function findOccurrences(
  master: string,
  refs: readonly OccurrenceRef[],
  search: Search,
): Promise<ReadonlyMap<RecurrenceKey, FoundOccurrence>> {
  const found: Found = new Map();
  const left = (): readonly OccurrenceRef[] => refs.slice(0, maxAtOnce).filter(({ key }) => !found.has(key));
  const isLax = isPeculiar(search.client.quirks());
  if (isLax) await amongChanged(master, left(), found, search);
  await byNumber(master, left(), ({ index }) => index, found, search);
  // Some count only what is there.
  const shifted = left().filter(({ index, present }) => present !== index);
  await byNumber(master, shifted, ({ present }) => present, found, search);
  const knowsDays = !isLax || (await byComposedId(master, left(), found, search));
  for (const ref of left()) found.set(ref.key, await byDay(master, ref, knowsDays, search));
  return found;
}

async function byNumber(
  master: string,
  refs: readonly OccurrenceRef[],
  numberOf: (ref: OccurrenceRef) => number,
  found: Found,
  search: Search,
): Promise<void> {
  const items = refs.map((ref) => ({ master, index: numberOf(ref) }));
  const answers = await asked(items, search);
  for (const [at, ref] of refs.entries()) noteIfMeant(answers[at], ref, found, search);
}

/** None where one question spoils the whole answer: a number that some servers do not understand. */
async function asked(
  items: readonly ItemRef[],
  { client, signal }: Search,
): Promise<readonly Outcome<XmlElement>[]> {
  if (items.length === 0) return [];
  return client.call(getItems(items, shape), signal).catch((error: unknown) => {
    if (error instanceof RemoteFailure && error.code === clientFault) return [];
    throw error;
  });
}

/** Those that were changed before have ids of their own, of which the series tells. */
async function amongChanged(
  master: string,
  refs: readonly OccurrenceRef[],
  found: Found,
  search: Search,
): Promise<void> {
  const wanted = () => itemShape([field('calendar:Start'), field('calendar:ModifiedOccurrences')]);
  const [answer] = await search.client.call(getItems([{ id: master }], wanted), search.signal);
  if (answer === undefined || !('value' in answer)) return;
  for (const info of list(answer.value, 'ModifiedOccurrences', 'Occurrence')) {
    const told = timeIn(info, 'OriginalStart');
    const id = idOf(info)?.id;
    if (told === undefined || id === undefined) continue;
    for (const ref of refs) {
      const by = judged(told, ref, true);
      if (by !== 'other' && !found.has(ref.key))
        found.set(ref.key, { item: { id }, isFixed: by === 'fixed' });
    }
  }
}

/** A server whose ids say of which day they are is asked by its day. False: it refuses to be asked for any. */
async function byComposedId(
  master: string,
  refs: readonly OccurrenceRef[],
  found: Found,
  search: Search,
): Promise<boolean> {
  if (refs.length === 0) return true;
  const [sample] = await asked([{ master, index: 1 }], search);
  if (sample === undefined) return false;
  if (!('value' in sample)) return true;
  const id = idOf(sample.value)?.id;
  const told = timeIn(sample.value, 'RecurrenceId') ?? timeIn(sample.value, 'Start');
  const compose = id === undefined || told === undefined ? undefined : composedIds(master, { id, told });
  if (compose === undefined) return true;
  const answers = await asked(
    refs.map(({ date }) => ({ id: compose(date) })),
    search,
  );
  for (const [at, ref] of refs.entries()) noteIfMeant(answers[at], ref, found, search);
  return true;
}

/** Nothing is noted where the server counts differently. */
function noteIfMeant(
  answer: Outcome<XmlElement> | undefined,
  ref: OccurrenceRef,
  found: Found,
  { client }: Search,
): void {
  if (answer === undefined) return;
  if ('failure' in answer) {
    const { failure } = answer;
    if (failure.class === 'gone') found.set(ref.key, { deleted: true });
    else if (failure.class !== 'conflict' && failure.class !== 'poison') found.set(ref.key, answer);
    return;
  }
  const id = idOf(answer.value);
  const by = meantBy(answer.value, ref, isPeculiar(client.quirks()));
  if (id !== undefined && by !== 'other') found.set(ref.key, { item: id, isFixed: by === 'fixed' });
}

/** How a server counts that tells so of an occurrence: rightly, with a fixed offset; or it is another occurrence. */
type Telling = 'exact' | 'fixed' | 'other';

function meantBy(item: XmlElement, ref: OccurrenceRef, isLax: boolean): Telling {
  for (const local of ['OriginalStart', 'RecurrenceId', 'Start']) {
    if (child(item, local) === undefined) continue;
    const told = timeIn(item, local);
    return told === undefined ? 'other' : judged(told, ref, isLax && local !== 'Start');
  }
  return 'other';
}

/**
 * No two occurrences of a series share a day, and some servers tell of the original start only the day; of those some count
 * the clock of the series with the offset that it begins with.
 */
function judged(told: number, ref: OccurrenceRef, isLax: boolean): Telling {
  const { key, originalStart, date, day, zone, ahead } = ref;
  if (told === originalStart) return 'exact';
  const clock = zone.toLocal(instant(originalStart));
  if (isLax && key.length > 10 && (told === date - ahead || told === clock - ahead)) return 'fixed';
  return told >= day.start && told < day.end ? 'exact' : 'other';
}

function timeIn(element: XmlElement, local: string): number | undefined {
  const time = readTime(textOf(element, local) ?? '');
  return time !== undefined && 'at' in time ? time.at : undefined;
}

async function byDay(
  master: string,
  ref: OccurrenceRef,
  knowsDays: boolean,
  search: Search,
): Promise<FoundOccurrence> {
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
    return (
      isOccurrence &&
      uid !== undefined &&
      textOf(item, 'UID') === uid &&
      meantBy(item, ref, false) !== 'other'
    );
  });
  const id = idOf(match);
  if (id !== undefined) return { item: id };
  // Whether it is another series by now, the next run sees; what a server does not know at all, it will not know then.
  const kind = knowsDays ? 'conflict' : 'ours';
  return {
    failure: new RemoteFailure(kind, 'occurrence-not-found', 'the series has no such occurrence there'),
  };
}
