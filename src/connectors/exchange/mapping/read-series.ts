/** A series as GetItem tells it: its pattern, its changed occurrences, its deleted ones (exchange.md 10.3). */
import type { Instant } from '../../../icalendar/time.ts';
import { ianaZone, utc, type Zone } from '../../../icalendar/zones/timezone.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { isSame } from '../../agreed.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from '../../event.ts';
import type { Guess } from '../../remote.ts';
import { dayText, instanceContent } from '../../series.ts';
import { attribute, child, isCalled, list, textOf } from '../wire/elements.ts';
import { localText, readTime, utcText } from './date-text.ts';
import type { Mapping } from './mapping.ts';
import { type MeantOccurrence, meantOccurrence, type WalkedSeries, walkedSeries } from './occurrences.ts';
import { readRecurrence } from './pattern.ts';
import type { MappingNote } from './plan.ts';
import { contentOf } from './read-content.ts';
import { importRecurrence } from './recurrence.ts';
import { keyAt, seriesClock } from './series-walk.ts';
import { itemZone, readTimes } from './times.ts';

/** An event in the making: its item read as if it were single, and what had to be guessed so far. */
export interface Draft {
  readonly single: NeutralEvent;
  readonly notes: MappingNote[];
  readonly guess?: Guess;
}

/** Undefined where the pattern is none that we know. */
export function seriesOf(
  item: XmlElement,
  recurrence: XmlElement,
  draft: Draft,
  exceptions: readonly XmlElement[],
  mapping: Mapping,
): NeutralEvent | undefined {
  const { content, zones } = draft.single;
  const clock = seriesClock(content.start, zones);
  const read = readRecurrence(recurrence, clock.start);
  if (!read) return undefined;
  const rules = [importRecurrence(read, clock)];
  const master: NeutralEvent = { ...draft.single, recurrence: { rules, dates: [] } };
  const series = walkedSeries(master);
  if (!series) return undefined;
  const context: SeriesContext = {
    master,
    series,
    item,
    zones: zonesFor(item, mapping),
    mapping,
    notes: draft.notes,
  };
  const changed = changedOccurrences(context, exceptions);
  const excluded = list(item, 'DeletedOccurrences', 'DeletedOccurrence').flatMap((deleted) => {
    const at = instantOf(deleted, 'Start', context);
    return (at === undefined ? undefined : meant(at, context).key) ?? [];
  });
  return {
    ...master,
    excluded,
    overrides: Object.fromEntries(changed.map(({ key, content: own }) => [key, own])),
    zones: Object.assign({}, zones, ...changed.map((change) => change.zones)),
  };
}

function meant(at: Instant, { series, zones, mapping }: SeriesContext): MeantOccurrence {
  return meantOccurrence(series, at, zones, mapping.isPeculiar === true);
}

interface SeriesContext {
  readonly master: NeutralEvent;
  readonly series: WalkedSeries;
  readonly item: XmlElement;
  /** In which a day may be meant, the series' own first. */
  readonly zones: readonly Zone[];
  readonly mapping: Mapping;
  readonly notes: MappingNote[];
}

function zonesFor(item: XmlElement, mapping: Mapping): readonly Zone[] {
  return [itemZone(item, 'Start', mapping).zone, ianaZone(mapping.zone) ?? utc];
}

function instantOf(element: XmlElement, local: string, { zones }: SeriesContext): Instant | undefined {
  const time = readTime(textOf(element, local) ?? '');
  if (!time) return undefined;
  return 'at' in time ? time.at : (zones[0] ?? utc).toInstant(time.local);
}

interface ChangedOccurrence {
  readonly key: RecurrenceKey;
  readonly content: EventContent;
  readonly zones: NeutralEvent['zones'];
}

function changedOccurrences(
  context: SeriesContext,
  exceptions: readonly XmlElement[],
): readonly ChangedOccurrence[] {
  const byId = new Map(exceptions.map((one) => [attribute(child(one, 'ItemId'), 'Id'), one]));
  return list(context.item, 'ModifiedOccurrences', 'Occurrence').flatMap((info) => {
    const at = instantOf(info, 'OriginalStart', context) ?? instantOf(info, 'Start', context);
    if (at === undefined) return [];
    const occurrence = meant(at, context);
    const found = occurrence.key;
    if (found === undefined) context.notes.push('override-without-instance');
    const { clock } = context.series;
    const key = found ?? keyAt(clock.zone.toLocal(at), clock);
    const own = byId.get(attribute(child(info, 'ItemId'), 'Id'));
    const read = own
      ? occurrenceContent(own, occurrence, context)
      : movedOnly(timed(info, occurrence), context);
    // Servers make exceptions of occurrences that only have been answered, or that were changed and changed back.
    const isPlain = found !== undefined && isSame(read?.content, instanceContent(context.master, key));
    return read && !isPlain ? [{ key, ...read }] : [];
  });
}

/** An occurrence that does not tell its zone is in that of its series. */
function occurrenceContent(
  own: XmlElement,
  inSeries: MeantOccurrence,
  context: SeriesContext,
): Omit<ChangedOccurrence, 'key'> | undefined {
  const { item, mapping, notes } = context;
  const inherited = [
    'StartTimeZone',
    'EndTimeZone',
    'StartTimeZoneId',
    'EndTimeZoneId',
    'TimeZone',
    'MyResponseType',
  ]
    .filter((local) => !child(own, local))
    .flatMap((local) => child(item, local) ?? []);
  const at = instantOf(own, 'RecurrenceId', context);
  const exact = timed(own, at === undefined ? inSeries : meant(at, context));
  const complete = { ...exact, children: [...exact.children, ...inherited] };
  const times = readTimes(complete, mapping);
  if (typeof times === 'string') return undefined;
  notes.push(...times.notes);
  return { content: contentOf(complete, times, mapping), zones: times.zones };
}

/** The same with its times as they are meant. */
function timed(told: XmlElement, { exact }: MeantOccurrence): XmlElement {
  const children = told.children.map((each) => {
    const time = isCalled(each, 'Start') || isCalled(each, 'End') ? readTime(each.text) : undefined;
    if (!time || !('at' in time)) return each;
    const text = utcText(exact(time.at));
    return { ...each, text, content: [text] };
  });
  return { ...told, children };
}

/** An exception that could not be fetched: its times are known, the rest is that of the series. */
function movedOnly(
  info: XmlElement,
  { master, item, mapping }: SeriesContext,
): Omit<ChangedOccurrence, 'key'> | undefined {
  const moved = ['Start', 'End'].flatMap((local) => child(info, local) ?? []);
  const others = item.children.filter((each) => !isCalled(each, 'Start') && !isCalled(each, 'End'));
  const times = readTimes({ ...item, children: [...others, ...moved] }, mapping);
  if (typeof times === 'string') return undefined;
  return { content: { ...master.content, start: times.start, end: times.end }, zones: times.zones };
}

/** A series by the dates of its occurrences, where nobody knows its pattern. */
export function listed({ single }: Draft, instances: readonly XmlElement[]): NeutralEvent {
  const { start } = single.content;
  const clock = seriesClock(start, single.zones);
  const dates = instances.flatMap((instance): EventTime[] => {
    const time = readTime(textOf(instance, 'Start') ?? '');
    if (!time) return [];
    const local = 'at' in time ? clock.zone.toLocal(time.at) : time.local;
    return ['date' in start ? { date: dayText(local) } : { local: localText(local), zone: start.zone }];
  });
  return { ...single, recurrence: { rules: [], dates } };
}
