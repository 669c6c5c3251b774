/**
 * What happens in a stretch of time in several calendars, instance by instance: the page's view. Expanded by the engine that
 * answers CalDAV, and found through the same index.
 *
 * What a door has written of a whole calendar in a range is remembered as bytes, which cost the garbage collector nothing.
 * What is drawn of a single object depends on its bytes and the zone alone; where it is dear, or asked for with each letter
 * of a search, it is remembered as well, under the entity tag of what the actor sees.
 */
import type { ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import type { Component } from '../../icalendar/component.ts';
import { type EventFacts, eventFacts } from '../../icalendar/event-facts.ts';
import { type Instance, instances, spanOverlaps } from '../../icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { type DateTimeValue, type Instant, instant, type TimeRange } from '../../icalendar/time.ts';
import { formatDate, formatLocal, formatUtc } from '../../icalendar/value.ts';
import { namedZone, type Zone } from '../../icalendar/zones/timezone.ts';
import type { Services } from '../context.ts';
import { Kept } from '../memory.ts';
import { multiget, overlapping, overlappingHeads } from './queries.ts';
import { isShownWhole, type ShownObject, seesEverything } from './shown.ts';

/** What the grid draws of a component. It is the same value for all instances of a component. */
export interface DrawnFacts extends Pick<EventFacts, 'title' | 'location' | 'busy' | 'status' | 'privacy'> {
  readonly hasReminder: boolean;
  readonly hasAttendees: boolean;
}

export interface Drawn {
  readonly head: ObjectHead;
  readonly instance: DrawnInstance;
}

/** What is drawn of an instance, whoever looks. */
export interface DrawnInstance {
  readonly facts: DrawnFacts;
  readonly start: Instant;
  readonly end: Instant;
  readonly allDay: boolean;
  readonly value: DateTimeValue;
  readonly endValue: DateTimeValue;
  /** Names the instance; undefined where there is but one. */
  readonly recurrenceId: string | undefined;
  /** IANA name as written; undefined for floating times and days. */
  readonly tz: string | undefined;
}

export interface DrawnQuery {
  readonly range: TimeRange;
  /** Reads days and floating times. */
  readonly zone: Zone;
  /** Looked for in title, location and description, without case. */
  readonly text?: string;
  readonly maxResults: number;
}

export interface DrawnAnswer {
  /** Of each calendar with something in the range, as the door has written it. */
  readonly written: readonly Uint8Array[];
  readonly truncated: boolean;
}

/**
 * All instances in the range, calendar by calendar, as `write` puts them. What it makes is remembered: it may depend on
 * nothing but the instances, their calendar, what the actor may see of it, and the zone of the query.
 *
 * Of a series that is denser than anybody can look at the first instances are told, so that it hides nothing else.
 */
export async function drawnInstances(
  services: Services,
  actor: Actor,
  calendars: readonly SeenCalendar[],
  query: DrawnQuery,
  write: (seen: SeenCalendar, drawn: readonly Drawn[]) => Uint8Array,
): Promise<DrawnAnswer> {
  const written: Uint8Array[] = [];
  let count = 0;
  const version = await services.storage.directoryVersion();
  const { stretches } = memoryOf(services);
  let truncated = false;
  for (const seen of calendars) {
    const key = stretchKey(actor, seen, query, version);
    const room = query.maxResults - count;
    let stretch = stretches.get(key);
    if (!stretch || stretch.count > room) {
      const { drawn, isFull, isCut } = await drawnIn(services, actor, seen, query, room);
      const bytes = drawn.length === 0 ? nothing : write(seen, drawn);
      stretch = { count: drawn.length, bytes, isCut: isCut || isFull };
      // What is cut for want of room is more when others leave more of it.
      if (query.text === undefined && !isFull) stretches.keep(key, stretch);
    }
    truncated ||= stretch.isCut;
    count += stretch.count;
    if (stretch.count > 0) written.push(stretch.bytes);
  }
  return { written, truncated };
}

/** Instances of one series in one answer: every quarter of an hour for a month. */
const maxPerObject = 3_000;

const nothing = new Uint8Array(0);

/** All that the instances of a calendar in a range depend on: what is in it, who looks, and what they may see. */
function stretchKey(
  { principal, scope }: Actor,
  { calendar }: SeenCalendar,
  { range, zone, text }: DrawnQuery,
  version: number,
): string {
  // A search is not remembered, and finds nothing that is.
  const what = text === undefined ? '' : 'search';
  const { id, modseq } = calendar;
  return [id, modseq, version, principal.id, scope, zone.id, range.start, range.end, what].join(' ');
}

interface DrawnCalendar {
  readonly drawn: readonly Drawn[];
  /** There is more than `room`. */
  readonly isFull: boolean;
  /** A series has more instances than are told of one. */
  readonly isCut: boolean;
}

async function drawnIn(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: DrawnQuery,
  room: number,
): Promise<DrawnCalendar> {
  const drawn: Drawn[] = [];
  let isCut = false;
  for await (const page of knownObjects(services, actor, seen, query)) {
    for (const { head, known } of page) {
      const left = room - drawn.length;
      if (!drawInto(drawn, head, known, query, Math.min(left, maxPerObject))) continue;
      if (left <= maxPerObject) return { drawn, isFull: true, isCut };
      isCut = true;
    }
  }
  return { drawn, isFull: false, isCut };
}

/** What is remembered of an object in one zone. */
type Known =
  /** Most events: all that will ever be drawn of them. A tree of their text would be twenty times as large. */
  | { readonly is: 'single'; readonly instance: DrawnInstance; readonly description: string }
  /** Parsed, because its instances are worked out anew for each range. */
  | {
      readonly is: 'series';
      readonly object: CalendarObject;
      readonly facts: Map<Component, SearchedFacts>;
    };

interface SearchedFacts {
  readonly facts: DrawnFacts;
  /** Looked through, and not drawn. */
  readonly description: string;
}

interface KnownObject {
  readonly head: ObjectHead;
  readonly known: Known;
}

interface Remembered {
  /** By entity tag and zone. */
  readonly objects: Kept<Known>;
  /** Stretches of calendars that somebody has looked at. */
  readonly drawnOnce: Kept<true>;
  readonly stretches: Stretches;
}

const remembered = new WeakMap<Services['memory'], Remembered>();
const maxObjects = 30_000;

function memoryOf({ memory }: Services): Remembered {
  let kept = remembered.get(memory);
  if (!kept) {
    kept = { objects: new Kept(maxObjects), drawnOnce: new Kept(), stretches: new Stretches() };
    remembered.set(memory, kept);
  }
  return kept;
}

interface Stretch {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** There is more than it says. */
  readonly isCut: boolean;
}

/** What is remembered in all, and what the line of an empty month takes. */
const maxStretchBytes = 32 * 1024 * 1024;
const lineBytes = 200;

/** What was written of single calendars, within a bound of bytes; what was not asked for the longest goes first. */
class Stretches {
  private readonly entries = new Map<string, Stretch>();
  private sizeBytes = 0;

  get(key: string): Stretch | undefined {
    const found = this.entries.get(key);
    if (!found) return undefined;
    this.entries.delete(key);
    this.entries.set(key, found);
    return found;
  }

  keep(key: string, stretch: Stretch): void {
    if (this.entries.has(key)) return;
    this.entries.set(key, stretch);
    this.sizeBytes += stretch.bytes.length + lineBytes;
    for (const [oldest, { bytes }] of this.entries) {
      if (this.sizeBytes <= maxStretchBytes) return;
      this.entries.delete(oldest);
      this.sizeBytes -= bytes.length + lineBytes;
    }
  }
}

async function* knownObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { range, zone, text }: DrawnQuery,
): AsyncIterable<readonly KnownObject[]> {
  const { objects: memory, drawnOnce } = memoryOf(services);
  const query = { range, kinds: ['VEVENT'], zone: zone.id } as const;
  const place = [seen.calendar.id, zone.id, range.start, range.end].join(' ');
  // What is drawn is remembered as a stretch, and single events are not remembered besides: thousands of small things that
  // live on cost more than to read them again after a change. A search has no stretch, and is asked with each letter. Of
  // what is shown in a reduced form the form alone is dear.
  const isDrawnOnly = text === undefined && seesEverything(seen);
  // Seen for the first time, nearly everything is unknown: heads and bytes are read in one go. Afterwards most is known.
  if (isDrawnOnly || !drawnOnce.known(place)) {
    for await (const page of overlapping(services, actor, seen, query)) {
      const found: KnownObject[] = [];
      for (const { object } of page) {
        const known =
          memory.known(memoryKey(object.head, zone)) ?? remember(memory, object, zone, !isDrawnOnly);
        if (known) found.push({ head: object.head, known });
      }
      yield found;
    }
    if (!isDrawnOnly) drawnOnce.keep(place, true);
    return;
  }
  for await (const page of overlappingHeads(services, actor, seen, query)) {
    const found: KnownObject[] = [];
    const missing: string[] = [];
    for (const { head, object } of page) {
      const known = memory.known(memoryKey(head, zone)) ?? (object && remember(memory, object, zone));
      if (known) found.push({ head, known });
      else if (!object) missing.push(head.name);
    }
    yield found;
    if (missing.length === 0) continue;
    for await (const objects of multiget(services, actor, seen, missing)) {
      const read: KnownObject[] = [];
      for (const { object } of objects) {
        const known = object && remember(memory, object, zone);
        if (known) read.push({ head: object.head, known });
      }
      yield read;
    }
  }
}

function memoryKey({ etag }: Pick<ObjectHead, 'etag'>, { id }: Zone): string {
  return `${etag} ${id}`;
}

/** Undefined for bytes that nobody can read. */
function remember(
  memory: Kept<Known>,
  shown: ShownObject,
  zone: Zone,
  keepsSingles = true,
): Known | undefined {
  const object = parseObject(shown.bytes);
  if (!object) return undefined;
  const known = singleOf(object, zone) ?? { is: 'series', object, facts: new Map() };
  if (keepsSingles || known.is === 'series') memory.keep(memoryKey(shown, zone), known);
  return known;
}

/** Undefined for a series, and for what happens at no time. */
function singleOf(object: CalendarObject, zone: Zone): Known | undefined {
  if (isSeries(object)) return undefined;
  for (const instance of instances(object, always, { zone, maxInstances: 1 })) {
    const { facts, description } = drawnFacts(instance.component);
    return { is: 'single', instance: drawnInstance(instance, facts, undefined), description };
  }
  return undefined;
}

const always: TimeRange = { start: instant(-Infinity), end: instant(Infinity) };

function isSeries({ overrides, master }: CalendarObject): boolean {
  return overrides.length > 0 || (master?.first('RRULE') ?? master?.first('RDATE')) !== undefined;
}

function drawnInstance(
  { value, endValue, start, end, allDay }: Instance,
  facts: DrawnFacts,
  recurrenceId: string | undefined,
): DrawnInstance {
  return { facts, start, end, allDay, value, endValue, recurrenceId, tz: zoneNameOf(value) };
}

/** Answers whether there was more than fits. */
function drawInto(
  found: Drawn[],
  head: ObjectHead,
  known: Known,
  { range, zone, text }: DrawnQuery,
  room: number,
): boolean {
  const wanted = text?.toLowerCase();
  if (known.is === 'single') {
    const { instance, description } = known;
    if (wanted !== undefined && !says(instance.facts, description, wanted)) return false;
    if (!spanOverlaps('span', instance.start, instance.end, range)) return false;
    if (room === 0) return true;
    found.push({ head, instance });
    return false;
  }
  const { object, facts } = known;
  const cursor = instances(object, range, { zone, maxInstances: room });
  const repeats = isSeries(object);
  const before = found.length;
  for (const instance of cursor) {
    const { component } = instance;
    let said = facts.get(component);
    if (!said) facts.set(component, (said = drawnFacts(component)));
    if (wanted !== undefined && !says(said.facts, said.description, wanted)) continue;
    const recurrenceId = repeats ? recurrenceIdOf(instance) : undefined;
    found.push({ head, instance: drawnInstance(instance, said.facts, recurrenceId) });
  }
  // Of a series that says nothing of what is looked for nothing is missing.
  return cursor.truncated && (wanted === undefined || found.length > before);
}

function drawnFacts(component: Component): SearchedFacts {
  const { title, location, busy, status, privacy, description, ...more } = eventFacts(component);
  const hasReminder = more.reminders.length + more.otherReminders > 0;
  const hasAttendees = more.attendees.length > 0;
  return {
    facts: { title, location, busy, status, privacy, hasReminder, hasAttendees },
    description,
  };
}

/** Whether one of the words that are searched has the wanted ones, which are in lower case. */
function says({ title, location }: DrawnFacts, description: string, wanted: string): boolean {
  return [title, location, description].some((text) => text.toLowerCase().includes(wanted));
}

/** The name of an instance in its series: a day, a floating time, or an instant in UTC. */
export function recurrenceIdOf({ recurrenceValue: value, recurrenceId }: Instance): string {
  if (value.kind === 'date') return formatDate(value.local);
  return value.kind === 'floating' ? formatLocal(value.local) : formatUtc(recurrenceId);
}

/** The zone a value was written in. */
export function zoneNameOf(value: DateTimeValue): string | undefined {
  if (value.kind === 'utc') return 'UTC';
  return value.kind === 'zoned' ? (namedZone(value.tzid)?.id ?? value.tzid) : undefined;
}

/** May the actor change this object: the calendar lets them, and nothing of it is hidden. */
export function mayChange(seen: SeenCalendar, head: ObjectHead): boolean {
  return seen.access.canWrite && isShownWhole(seen, head);
}
