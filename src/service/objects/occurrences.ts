/**
 * What happens in a stretch of time in several calendars, instance by instance: the page's view. Expanded by the engine that
 * answers CalDAV, and found through the same index.
 *
 * What a door has written of a whole calendar in a range is remembered as bytes, which cost the garbage collector nothing.
 * What is drawn of a single object depends on its bytes and the zone alone; where it is dear, or asked for with each letter
 * of a search, it is remembered as well, under the entity tag of what the actor sees.
 */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import type { Component } from '../../icalendar/component.ts';
import { EventReader } from '../../icalendar/event-lines.ts';
import { instances, spanOverlaps } from '../../icalendar/instances/instances.ts';
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import { instant, type TimeRange } from '../../icalendar/time.ts';
import { type Zone, zoneResolver } from '../../icalendar/zones/timezone.ts';
import type { Services } from '../context.ts';
import { Kept, KeptBytes } from '../memory.ts';
import {
  type Drawn,
  type DrawnHead,
  type DrawnInstance,
  drawnInstance,
  drawnSingle,
  ownOf,
  recurrenceIdOf,
} from './drawn.ts';
import { nothingElse, type SearchedFacts, says, searchedFacts, type Words } from './drawn-search.ts';
import { Stretches } from './drawn-stretches.ts';
import { longBytes, parsedInTurns } from './parsed.ts';
import { multiget, overlapping, overlappingGlances, overlappingHeads, type RangeQuery } from './queries.ts';
import { isShownWhole, type ShownObject, seesEverything } from './shown.ts';

export interface DrawnQuery {
  readonly range: TimeRange;
  /** Reads days and floating times. */
  readonly zone: Zone;
  /** Looked for in title, location and description, without case. */
  readonly text?: string;
  readonly maxResults: number;
}

export interface DrawnAnswer {
  /** One entry for each calendar with something in the range, as the door has written it. */
  readonly written: readonly Uint8Array[];
  readonly truncated: boolean;
}

/**
 * All instances in the range, calendar by calendar, as `write` puts them. What it makes is remembered: it may depend on
 * nothing but the instances, their calendar, what the actor may see of it and which of them they have made (`own`, by UID),
 * and the zone of the query.
 *
 * Of a series that is denser than anybody can look at the first instances are told, so that it hides nothing else.
 */
export async function drawnInstances(
  services: Services,
  actor: Actor,
  calendars: readonly SeenCalendar[],
  query: DrawnQuery,
  write: (seen: SeenCalendar, drawn: readonly Drawn[], own: ReadonlySet<string>) => Uint8Array,
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
      const heads = seesEverything(seen) ? [] : drawn.map(({ head }) => head);
      const own = await ownOf(services, actor, seen, heads);
      const bytes = drawn.length === 0 ? nothing : write(seen, drawn, own);
      stretch = { count: drawn.length, bytes, isCut: isCut || isFull };
      // What was cut for lack of room is not remembered: next time other calendars may leave more of it.
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
  // A search is neither remembered nor answered from memory.
  const what = text === undefined ? '' : 'search';
  const { id, modseq } = calendar;
  return [id, modseq, version, principal.id, scope, zone.id, range.start, range.end, what].join(' ');
}

interface DrawnCalendar {
  readonly drawn: readonly Drawn[];
  /** There are more instances than `room`. */
  readonly isFull: boolean;
  /** Some series has more instances than are listed for one. */
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

/** What is remembered of an object, read in one zone. */
type Known =
  /** Most events: all that will ever be drawn of them. A tree of their text would be twenty times as large. */
  | { readonly is: 'single'; readonly instance: DrawnInstance; readonly words: Words }
  /** Parsed, because its instances are worked out anew for each range. */
  | {
      readonly is: 'series';
      readonly object: CalendarObject;
      readonly facts: Map<Component, SearchedFacts>;
    };

interface KnownObject {
  readonly head: DrawnHead;
  readonly known: Known;
}

interface Remembered {
  /** By entity tag and zone. */
  readonly objects: KeptBytes<Known>;
  /** Stretches of calendars that somebody has looked at. */
  readonly drawnOnce: Kept<true>;
  readonly stretches: Stretches;
}

const remembered = new WeakMap<Services['memory'], Remembered>();
/** In all: five thousand series of a kilobyte each. */
const maxBytes: number = 48 * 1024 * 1024;

/** What is remembered of a text, about: of a single event the text itself, of a series its tree, read. */
function bytesOf({ is }: Known, textBytes: number): number {
  return 500 + textBytes * (is === 'series' ? 8 : 1);
}

function memoryOf({ memory }: Services): Remembered {
  let kept = remembered.get(memory);
  if (!kept) {
    kept = { objects: new KeptBytes(maxBytes), drawnOnce: new Kept(), stretches: new Stretches() };
    remembered.set(memory, kept);
  }
  return kept;
}

async function* knownObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { range, zone, text }: DrawnQuery,
): AsyncIterable<readonly KnownObject[]> {
  const { objects: memory, drawnOnce } = memoryOf(services);
  const query = { range, kinds: ['VEVENT'], zone: zone.id } as const;
  // A search has no stretch, and is asked with each letter.
  if (text === undefined && seen.access.detail === 'full') {
    yield* glancedObjects(services, actor, seen, query, zone);
    return;
  }
  const place = [seen.calendar.id, zone.id, range.start, range.end].join(' ');
  // Seen for the first time, nearly everything is unknown: heads and bytes are read in one go. Afterwards most is known.
  if (!drawnOnce.known(place)) {
    for await (const page of overlapping(services, actor, seen, query)) {
      const found: KnownObject[] = [];
      for (const { object } of page) {
        const known = memory.known(memoryKey(object.head, zone)) ?? (await remember(services, object, zone));
        if (known) found.push({ head: object.head, known });
      }
      yield found;
    }
    drawnOnce.keep(place, true);
    return;
  }
  for await (const page of overlappingHeads(services, actor, seen, query)) {
    const found: KnownObject[] = [];
    const missing: string[] = [];
    for (const { head, object } of page) {
      const known =
        memory.known(memoryKey(head, zone)) ?? (object && (await remember(services, object, zone)));
      if (known) found.push({ head, known });
      else if (!object) missing.push(head.name);
    }
    yield found;
    if (missing.length > 0) yield* namedObjects(services, actor, seen, missing, zone);
  }
}

/**
 * For one who sees the most of them whole. Single events are not remembered: what is drawn is remembered as a stretch, and
 * thousands of small things that live on cost more than to read them again after a change.
 */
async function* glancedObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: RangeQuery,
  zone: Zone,
): AsyncIterable<readonly KnownObject[]> {
  const { objects: memory } = memoryOf(services);
  // It knows zones by name only, which is all that is asked here.
  const zones = zoneResolver(new Map(), zone);
  for await (const { bytes, objects } of overlappingGlances(services, actor, seen, query)) {
    const reader = new EventReader(bytes);
    const found: KnownObject[] = [];
    const others: string[] = [];
    for (const head of objects) {
      const { from, to, etag } = head;
      if (from === to || !isShownWhole(seen, head)) {
        others.push(head.name);
        continue;
      }
      const event = reader.read(from, to, head.plain);
      const instance = event && drawnSingle(event, zones);
      if (instance) {
        found.push({ head, known: { is: 'single', instance, words: nothingElse } });
        continue;
      }
      // A copy: what is remembered must not keep the whole page.
      const known =
        memory.known(memoryKey(head, zone)) ??
        (await remember(services, { etag, bytes: new Uint8Array(bytes.subarray(from, to)) }, zone, false));
      if (known) found.push({ head, known });
    }
    yield found;
    if (others.length > 0) yield* namedObjects(services, actor, seen, others, zone);
  }
}

/** At most a page of them. */
async function* namedObjects(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  names: readonly string[],
  zone: Zone,
): AsyncIterable<readonly KnownObject[]> {
  const { objects: memory } = memoryOf(services);
  for await (const objects of multiget(services, actor, seen, names)) {
    const found: KnownObject[] = [];
    for (const { object } of objects) {
      const known =
        object && (memory.known(memoryKey(object, zone)) ?? (await remember(services, object, zone)));
      if (known) found.push({ head: object.head, known });
    }
    yield found;
  }
}

function memoryKey({ etag }: Pick<ShownObject, 'etag'>, { id }: Zone): string {
  return `${etag} ${id}`;
}

/**
 * Undefined for bytes that nobody can read. Long ones are kept where their bytes are counted (parsed.ts): this memory counts
 * objects, of which each may be the tree of five megabytes.
 */
function remember(
  services: Services,
  shown: Pick<ShownObject, 'etag' | 'bytes'>,
  zone: Zone,
  keepsSingles = true,
): Known | undefined | Promise<Known | undefined> {
  const { etag, bytes } = shown;
  if (bytes.length >= longBytes)
    return parsedInTurns(services, etag, bytes, zone).then((object) => object && knownOf(object, zone));
  const object = parseObject(bytes);
  const known = object && knownOf(object, zone);
  if (known && (keepsSingles || known.is === 'series'))
    memoryOf(services).objects.keep(memoryKey(shown, zone), known, bytesOf(known, bytes.length));
  return known;
}

function knownOf(object: CalendarObject, zone: Zone): Known {
  return singleOf(object, zone) ?? { is: 'series', object, facts: new Map() };
}

/** Undefined for a series, and for what happens at no time. */
function singleOf(object: CalendarObject, zone: Zone): Known | undefined {
  if (isSeries(object)) return undefined;
  for (const instance of instances(object, always, { zone, maxInstances: 1 })) {
    const { facts, words } = searchedFacts(instance.component);
    // Of a short text it is at hand, and its tree is not kept; a long one is not kept at all.
    if (object.bytes.length < longBytes) words.text();
    return { is: 'single', instance: drawnInstance(instance, facts, undefined), words };
  }
  return undefined;
}

const always: TimeRange = { start: instant(-Infinity), end: instant(Infinity) };

function isSeries({ overrides, master }: CalendarObject): boolean {
  return overrides.length > 0 || (master?.first('RRULE') ?? master?.first('RDATE')) !== undefined;
}

/** Returns whether there were more instances than fit. */
function drawInto(
  found: Drawn[],
  head: DrawnHead,
  known: Known,
  { range, zone, text }: DrawnQuery,
  room: number,
): boolean {
  const wanted = text?.toLowerCase();
  if (known.is === 'single') {
    const { instance, words } = known;
    if (wanted !== undefined && !says(instance.facts, words, wanted)) return false;
    if (!spanOverlaps('span', instance.start, instance.end, range)) return false;
    if (room === 0) return true;
    found.push({ head, instance });
    return false;
  }
  const { object, facts } = known;
  const cursor = instances(object, range, { zone, maxInstances: room });
  const repeats = isSeries(object);
  const before = found.length;
  // Asked once of what all instances of a series share: a description may have megabytes, and a year hundreds of instances.
  const silent = new Map<Component, boolean>();
  for (const instance of cursor) {
    const { component } = instance;
    let said = facts.get(component);
    if (!said) facts.set(component, (said = searchedFacts(component)));
    if (wanted !== undefined) {
      let isSilent = silent.get(component);
      if (isSilent === undefined) {
        isSilent = !says(said.facts, said.words, wanted);
        silent.set(component, isSilent);
      }
      if (isSilent) continue;
    }
    const recurrenceId = repeats ? recurrenceIdOf(instance) : undefined;
    found.push({ head, instance: drawnInstance(instance, said.facts, recurrenceId) });
  }
  // A series that was cut counts as cut only if it may contain what is searched.
  return cursor.truncated && (wanted === undefined || found.length > before);
}
