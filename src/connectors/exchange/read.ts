/**
 * What GetItem tells of one event, as an event of ours: the item, its changed occurrences, its deleted ones (exchange.md
 * 8.2, 10.3, 11, 12).
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../../icalendar/time.ts';
import { ianaZone, utc, type Zone } from '../../icalendar/timezone.ts';
import type { XmlElement } from '../../xml/reader.ts';
import { canonical } from '../agreed.ts';
import type { EventContent, EventTime, NeutralEvent, RecurrenceKey } from '../event.ts';
import type { RemoteItem } from '../remote.ts';
import { dayText, extentOf } from '../series.ts';
import { localText, readTime } from './date-text.ts';
import { attribute, child, list, t, textOf } from './elements.ts';
import { readFields } from './fields.ts';
import type { Mapping } from './mapping.ts';
import { markerOf, readPartMarker } from './marker.ts';
import { keyOfOriginal, type WalkedSeries, walkedSeries } from './occurrences.ts';
import { readRecurrence } from './pattern.ts';
import { directoryAddresses, roleOf } from './people.ts';
import type { MappingNote, RefusalReason } from './plan.ts';
import { importRecurrence } from './recurrence.ts';
import { keyAt, seriesClock } from './series-walk.ts';
import { type ItemTimes, itemZone, readTimes } from './times.ts';
import { urlOf } from './url.ts';

export type ReadResult =
  | { readonly kind: 'item'; readonly item: RemoteItem }
  /** Nothing that concerns a calendar, or nothing that may be told. */
  | { readonly kind: 'ignored'; readonly reason: 'not-an-appointment' | 'private' }
  | { readonly kind: 'unreadable'; readonly reason: RefusalReason }
  /** A pattern that is not Gregorian: read again with the occurrences of the window, from a CalendarView (exchange.md 10.2). */
  | { readonly kind: 'needs-occurrences' };

/** Is it an appointment at all? A calendar folder can hold notes, messages and broken items (exchange.md 8.2). */
export function isAppointment(item: XmlElement): boolean {
  const itemClass = textOf(item, 'ItemClass')?.trim().toLowerCase();
  return (
    item.name === t('CalendarItem') &&
    (itemClass === undefined || itemClass === 'ipm.appointment' || itemClass.startsWith('ipm.appointment.'))
  );
}

/** The ids of changed occurrences that have to be fetched before a series can be read. */
export function exceptionIds(item: XmlElement): readonly string[] {
  return list(item, 'ModifiedOccurrences', 'Occurrence').flatMap(
    (occurrence) => attribute(child(occurrence, 'ItemId'), 'Id') ?? [],
  );
}

/** Addresses that ResolveNames has to be asked for (`Mapping.directory`), of an item and its exceptions. */
export function unresolvedAddresses(items: readonly XmlElement[], mapping: Mapping): readonly string[] {
  const found = new Set(items.flatMap(directoryAddresses));
  return [...found].filter((address) => !mapping.directory.has(address));
}

/**
 * `exceptions`: the items of `exceptionIds`, as far as they could be fetched. `instances`: occurrences of a CalendarView, only
 * when asked for.
 */
export function readItem(
  item: XmlElement,
  exceptions: readonly XmlElement[],
  mapping: Mapping,
  instances: readonly XmlElement[] | null = null,
): ReadResult {
  if (!isAppointment(item)) return { kind: 'ignored', reason: 'not-an-appointment' };
  const times = readTimes(item, mapping);
  if (typeof times === 'string') return { kind: 'unreadable', reason: times };
  const content = contentOf(item, times, mapping);
  if (content.privacy !== 'public' && mapping.privateEvents === 'skip')
    return { kind: 'ignored', reason: 'private' };
  const draft: Draft = {
    single: { uid: uidOf(item), content, recurrence: null, excluded: [], overrides: {}, zones: times.zones },
    notes: [...times.notes],
  };
  const recurrence = child(item, 'Recurrence');
  const series = recurrence ? seriesOf(item, recurrence, draft, exceptions, mapping) : draft.single;
  const whole = series ?? (instances && listed(draft, instances));
  if (!whole) return { kind: 'needs-occurrences' };
  if (whole !== series) draft.notes.push('recurrence-unreadable');
  const isReadOnly = whole !== series || mapping.recurrencePolicy === 'firstAsNote';
  const event = canonical(presented(whole, mapping));
  return {
    kind: 'item',
    item: remoteItem(item, event, draft, whole.recurrence !== null && isReadOnly, mapping),
  };
}

interface Draft {
  readonly single: NeutralEvent;
  readonly notes: MappingNote[];
}

function remoteItem(
  item: XmlElement,
  event: NeutralEvent,
  { notes }: Draft,
  readOnly: boolean,
  mapping: Mapping,
): RemoteItem {
  const marker = markerOf(item);
  const part = readPartMarker(marker);
  const id = child(item, 'ItemId');
  const modified = readTime(textOf(item, 'LastModifiedTime') ?? '');
  const unresolved = [event.content, ...Object.values(event.overrides)].some(({ attendees }) =>
    attendees.some(({ address }) => address.startsWith('/')),
  );
  const isVeiled = event.content.privacy !== 'public' && mapping.privateEvents === 'busyOnly';
  return {
    id: attribute(id, 'Id') ?? '',
    version: attribute(id, 'ChangeKey') ?? '',
    modified: modified && 'at' in modified ? modified.at : 0,
    marker,
    partOf: part ? { uid: part.uid, recurrenceId: part.recurrenceId } : null,
    role: readOnly || isVeiled ? 'guest' : roleOf(item),
    extent: extentOf(event),
    event,
    notes: [...new Set([...notes, ...(unresolved ? ['address-unresolved' as const] : [])])],
  };
}

/** Where a server tells none, the item's own id is all there is to know it by. */
function uidOf(item: XmlElement): string {
  const uid = textOf(item, 'UID')?.trim() ?? '';
  if (uid !== '') return uid;
  const id = attribute(child(item, 'ItemId'), 'Id') ?? '';
  return `exchange-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

function contentOf(item: XmlElement, { start, end }: ItemTimes, mapping: Mapping): EventContent {
  const read: EventContent = { ...nothing, ...readFields(item, mapping), start, end };
  return { ...read, url: urlOf(item, read) };
}

const nothing: Omit<EventContent, 'start' | 'end'> = {
  title: '',
  description: '',
  html: null,
  location: '',
  busy: 'busy',
  privacy: 'public',
  importance: 'normal',
  categories: [],
  reminder: null,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};

/** Undefined where the pattern is none that we know. */
function seriesOf(
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
    return (at === undefined ? undefined : keyOfOriginal(series, at, context.zones)) ?? [];
  });
  return {
    ...master,
    excluded,
    overrides: Object.fromEntries(changed.map(({ key, content: own }) => [key, own])),
    zones: Object.assign({}, zones, ...changed.map((change) => change.zones)),
  };
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
    const found = keyOfOriginal(context.series, at, context.zones);
    if (found === undefined) context.notes.push('override-without-instance');
    const { clock } = context.series;
    const key = found ?? keyAt(clock.zone.toLocal(at), clock);
    const own = byId.get(attribute(child(info, 'ItemId'), 'Id'));
    const read = own ? occurrenceContent(own, context) : movedOnly(info, context);
    return read ? [{ key, ...read }] : [];
  });
}

/** An occurrence that does not tell its zone is in that of its series. */
function occurrenceContent(
  own: XmlElement,
  { item, mapping, notes }: SeriesContext,
): Omit<ChangedOccurrence, 'key'> | undefined {
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
  const complete = { ...own, children: [...own.children, ...inherited] };
  const times = readTimes(complete, mapping);
  if (typeof times === 'string') return undefined;
  notes.push(...times.notes);
  return { content: contentOf(complete, times, mapping), zones: times.zones };
}

/** An exception that could not be fetched: its times are known, the rest is that of the series. */
function movedOnly(
  info: XmlElement,
  { master, item, mapping }: SeriesContext,
): Omit<ChangedOccurrence, 'key'> | undefined {
  const moved = ['Start', 'End'].flatMap((local) => child(info, local) ?? []);
  const others = item.children.filter(({ name }) => name !== t('Start') && name !== t('End'));
  const times = readTimes({ ...item, children: [...others, ...moved] }, mapping);
  if (typeof times === 'string') return undefined;
  return { content: { ...master.content, start: times.start, end: times.end }, zones: times.zones };
}

/** A series by the dates of its occurrences, where nobody knows its pattern. */
function listed({ single }: Draft, instances: readonly XmlElement[]): NeutralEvent {
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

/** As the settings want it told: without what is private, or as a note on the first day of a series. */
function presented(event: NeutralEvent, { privateEvents, recurrencePolicy }: Mapping): NeutralEvent {
  const veil = (content: EventContent): EventContent =>
    content.privacy === 'public' || privateEvents !== 'busyOnly' ? content : veiled(content);
  const overrides = Object.entries(event.overrides).map(([key, content]) => [key, veil(content)] as const);
  const told = { ...event, content: veil(event.content), overrides: Object.fromEntries(overrides) };
  return recurrencePolicy === 'firstAsNote' && event.recurrence ? asNote(told) : told;
}

function veiled({ start, end, busy, privacy, cancelled }: EventContent): EventContent {
  return { ...nothing, start, end, busy, privacy, cancelled };
}

/** For calendars that know no recurrence: a note on the day of the first occurrence (exchange.md 10.6). */
function asNote(event: NeutralEvent): NeutralEvent {
  const { start } = event.content;
  const day = 'date' in start ? start.date : start.local.slice(0, 10);
  const after = dayText(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
  const content: EventContent = {
    ...event.content,
    start: { date: day },
    end: { date: after },
    busy: 'free',
    reminder: null,
  };
  return { ...event, content, recurrence: null, excluded: [], overrides: {}, zones: {} };
}
