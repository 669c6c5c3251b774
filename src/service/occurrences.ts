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
  for (const seen of calendars) {
    for await (const { head, known } of knownObjects(services, actor, seen, query)) {
      const room = query.maxResults - found.length;
      if (drawInto(found, seen, head, known, query, room)) return { found, truncated: true };
    }
  }
  return { found, truncated: false };
}

/** What is remembered of an object: parsed, because its instances are worked out anew for each range. */
interface Known {
  readonly object: CalendarObject;
  readonly series: boolean;
  readonly facts: Map<Component, DrawnFacts & { readonly searchText: string }>;
}

const remembered = new WeakMap<Services['memory'], Kept<Known>>();
const maxRemembered = 30_000;

function memoryOf({ memory }: Services): Kept<Known> {
  let kept = remembered.get(memory);
  if (!kept) remembered.set(memory, (kept = new Kept(maxRemembered)));
  return kept;
}

async function* knownObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { range, zone }: DrawnQuery,
): AsyncIterable<{ readonly head: ObjectHead; readonly known: Known }> {
  const memory = memoryOf(services);
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
