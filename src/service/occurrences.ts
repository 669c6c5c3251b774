/**
 * What happens in a stretch of time in several calendars, instance by instance: the page's view. Expanded by the engine that
 * answers CalDAV, and found through the same index.
 *
 * What is drawn of an object depends on its bytes and the zone alone, so it is remembered under the entity tag of what the
 * actor sees; an object that is known costs a look at the index and no bytes.
 */
import type { ObjectHead, SeenCalendar } from '../core/calendar.ts';
import type { Actor } from '../core/principal.ts';
import type { Component } from '../icalendar/component.ts';
import { type EventFacts, eventFacts } from '../icalendar/event-facts.ts';
import { type Instance, instances } from '../icalendar/instances.ts';
import { type CalendarObject, parseObject } from '../icalendar/object.ts';
import type { DateTimeValue, Instant, TimeRange } from '../icalendar/time.ts';
import { namedZone, type Zone } from '../icalendar/timezone.ts';
import { formatDate, formatLocal, formatUtc } from '../icalendar/value.ts';
import type { Services } from './context.ts';
import { Kept } from './memory.ts';
import { multiget, overlappingHeads } from './queries.ts';
import { isShownWhole, type ShownObject } from './shown.ts';

/** What the grid draws of a component. */
export interface DrawnFacts extends Pick<EventFacts, 'title' | 'location' | 'busy' | 'status' | 'privacy'> {
  readonly hasReminder: boolean;
  readonly hasAttendees: boolean;
}

export interface Drawn {
  readonly seen: SeenCalendar;
  readonly head: ObjectHead;
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
  readonly found: readonly Drawn[];
  readonly truncated: boolean;
}

/** All instances in the range, calendar by calendar. */
export async function drawnInstances(
  services: Services,
  actor: Actor,
  calendars: readonly SeenCalendar[],
  query: DrawnQuery,
): Promise<DrawnAnswer> {
  const found: Drawn[] = [];
  const version = await services.storage.directoryVersion();
  const memory = memoryOf(services);
  for (const seen of calendars) {
    const key = stretchKey(actor, seen, query, version);
    const room = query.maxResults - found.length;
    const drawn = memory.stretches.get(key) ?? (await drawnIn(services, actor, seen, query, room));
    if (!drawn || drawn.length > room) return { found, truncated: true };
    if (query.text === undefined) memory.stretches.keep(key, drawn);
    for (const one of drawn) found.push(one);
  }
  return { found, truncated: false };
}

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

/** Undefined: there are more than `room`. */
async function drawnIn(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: DrawnQuery,
  room: number,
): Promise<readonly Drawn[] | undefined> {
  const found: Drawn[] = [];
  for await (const { head, known } of knownObjects(services, actor, seen, query)) {
    if (drawInto(found, seen, head, known, query, room - found.length)) return undefined;
  }
  return found;
}

/** What is remembered of an object: parsed, because its instances are worked out anew for each range. */
interface Known {
  readonly object: CalendarObject;
  readonly series: boolean;
  readonly facts: Map<Component, DrawnFacts & { readonly searchText: string }>;
}

interface Remembered {
  /** By entity tag. */
  readonly objects: Kept<Known>;
  readonly stretches: Stretches;
}

const remembered = new WeakMap<Services['memory'], Remembered>();
const maxObjects = 30_000;

function memoryOf({ memory }: Services): Remembered {
  let kept = remembered.get(memory);
  if (!kept) remembered.set(memory, (kept = { objects: new Kept(maxObjects), stretches: new Stretches() }));
  return kept;
}

/** Instances that are remembered in all. */
const maxInstances = 60_000;

/** What was drawn of single calendars, within a bound of instances; what was not asked for the longest goes first. */
class Stretches {
  private readonly entries = new Map<string, readonly Drawn[]>();
  private instanceCount = 0;

  get(key: string): readonly Drawn[] | undefined {
    const found = this.entries.get(key);
    if (!found) return undefined;
    this.entries.delete(key);
    this.entries.set(key, found);
    return found;
  }

  keep(key: string, drawn: readonly Drawn[]): void {
    if (this.entries.has(key)) return;
    this.entries.set(key, drawn);
    // An empty month takes a line, too.
    this.instanceCount += drawn.length + 1;
    for (const [oldest, { length }] of this.entries) {
      if (this.instanceCount <= maxInstances) return;
      this.entries.delete(oldest);
      this.instanceCount -= length + 1;
    }
  }
}

async function* knownObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { range, zone }: DrawnQuery,
): AsyncIterable<{ readonly head: ObjectHead; readonly known: Known }> {
  const memory = memoryOf(services).objects;
  const query = { range, kinds: ['VEVENT'], zone: zone.id } as const;
  for await (const page of overlappingHeads(services, actor, seen, query)) {
    const missing: string[] = [];
    for (const { head, object } of page) {
      const known = memory.known(head.etag) ?? (object && remember(memory, object));
      if (known) yield { head, known };
      else if (!object) missing.push(head.name);
    }
    if (missing.length === 0) continue;
    for await (const objects of multiget(services, actor, seen, missing)) {
      for (const { object } of objects) {
        const known = object && remember(memory, object);
        if (known) yield { head: object.head, known };
      }
    }
  }
}

/** Undefined for bytes that nobody can read. */
function remember(memory: Kept<Known>, { etag, bytes }: ShownObject): Known | undefined {
  const object = parseObject(bytes);
  if (!object) return undefined;
  const series =
    object.overrides.length > 0 ||
    (object.master?.first('RRULE') ?? object.master?.first('RDATE')) !== undefined;
  const known: Known = { object, series, facts: new Map() };
  memory.keep(etag, known);
  return known;
}

/** Answers whether there was more than fits. */
function drawInto(
  found: Drawn[],
  seen: SeenCalendar,
  head: ObjectHead,
  { object, series, facts }: Known,
  { range, zone, text }: DrawnQuery,
  room: number,
): boolean {
  const cursor = instances(object, range, { zone, maxInstances: room });
  const wanted = text?.toLowerCase();
  for (const instance of cursor) {
    const { component } = instance;
    let said = facts.get(component);
    if (!said) facts.set(component, (said = drawnFacts(component)));
    if (wanted !== undefined && !said.searchText.includes(wanted)) continue;
    const { value, endValue, start, end, allDay } = instance;
    const recurrenceId = series ? recurrenceIdOf(instance) : undefined;
    found.push({
      seen,
      head,
      facts: said,
      start,
      end,
      allDay,
      value,
      endValue,
      recurrenceId,
      tz: zoneNameOf(value),
    });
  }
  return cursor.truncated;
}

function drawnFacts(component: Component): DrawnFacts & { readonly searchText: string } {
  const { title, location, busy, status, privacy, description, ...facts } = eventFacts(component);
  return {
    title,
    location,
    busy,
    status,
    privacy,
    hasReminder: facts.reminders.length + facts.otherReminders > 0,
    hasAttendees: facts.attendees.length > 0,
    searchText: [title, location, description].join('\n').toLowerCase(),
  };
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
