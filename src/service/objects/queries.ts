/**
 * Reading many objects: listings, ranges, multiget (RFC 4791 §7.8, §7.9).
 *
 * Everything comes in pages and is shown as its reader may see it. Where the reader sees everything and the question is
 * one that the storage can answer alone, `fastRows` gives finished bytes.
 */
import type { ComponentName, ObjectHead, SeenCalendar } from '../../core/calendar.ts';
import type { ObjectId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { hourMs, instant, type TimeRange } from '../../icalendar/time.ts';
import type { GlancePage, ObjectQuery, RowTemplate, Selection } from '../../storage/port.ts';
import type { Services } from '../context.ts';
import { personOf } from './object-rules.ts';
import { ownHidden, type ShownObject, seesEverything, show, showHeads, whole } from './shown.ts';
import { calendarZone } from './zones.ts';

/** An object that may lie in the range. */
export interface Candidate {
  readonly object: ShownObject;
  /** The index proves that it does; else the door's filter has the last word. */
  readonly sure: boolean;
}

/** The same where only heads were asked for. */
export interface HeadCandidate {
  readonly head: ObjectHead;
  /** Present where the door's filter has the last word; absent where the index proves that it lies in the range. */
  readonly object: ShownObject | undefined;
}

export interface RangeQuery {
  /** An open side is -Infinity or Infinity. */
  readonly range: TimeRange;
  readonly kinds?: readonly ComponentName[];
  /** IANA name by which the question reads floating times and dates; absent: the calendar's zone (RFC 4791 §9.8). */
  readonly zone?: string;
}

/** What `fastRows` can answer. */
export type RowSelection =
  | { readonly by: 'all'; readonly kinds?: readonly ComponentName[] }
  | { readonly by: 'range'; readonly range: TimeRange; readonly kind: ComponentName; readonly zone?: string }
  | { readonly by: 'names'; readonly names: readonly string[] };

/** All objects of a calendar, as shown; optionally of some kinds only. */
export function candidates(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  kinds?: readonly ComponentName[],
): AsyncIterable<readonly ShownObject[]> {
  return shownPages(services, actor, seen, queryOf(actor, seen, { by: 'all' }, kinds));
}

/**
 * Objects that may have an instance in a range: perhaps too many, never too few, none twice.
 *
 * The index proves events only; of tasks and journal entries it finds candidates, because their rules have edges of
 * their own (RFC 4791 §9.9), and so it does of what moves with the zone of the question.
 */
export async function* overlapping(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: RangeQuery,
): AsyncIterable<readonly Candidate[]> {
  const ownZone = await readsByCalendarZone(services, seen, query.zone);
  const given = new Set<number>();
  for (const { select, proves } of selections(query.range, ownZone)) {
    const pages = shownPages(services, actor, seen, queryOf(actor, seen, select, query.kinds));
    for await (const page of pages) {
      const fresh = page.filter(({ head }) => isFirst(given, head));
      if (fresh.length === 0) continue;
      yield fresh.map((object) => ({ object, sure: proves && isProved(object.head, ownZone) }));
    }
  }
}

/** The same for questions about heads: bytes are read only of what the index does not prove. */
export async function* overlappingHeads(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: RangeQuery,
): AsyncIterable<readonly HeadCandidate[]> {
  const ownZone = await readsByCalendarZone(services, seen, query.zone);
  const given = new Set<number>();
  for (const { select, proves } of selections(query.range, ownZone)) {
    const pages = headPages(services, actor, seen, queryOf(actor, seen, select, query.kinds));
    for await (const page of pages) {
      const fresh = page.filter((head) => isFirst(given, head));
      const sure = fresh.filter((head) => proves && isProved(head, ownZone));
      if (sure.length > 0) yield sure.map((head) => ({ head, object: undefined }));
      const names = fresh.filter((head) => !(proves && isProved(head, ownZone))).map(({ name }) => name);
      if (names.length === 0) continue;
      const unsure = shownPages(services, actor, seen, queryOf(actor, seen, { by: 'names', names }));
      for await (const objects of unsure) yield objects.map((object) => ({ head: object.head, object }));
    }
  }
}

/**
 * Objects that may have an instance in a range, as stored and as cheaply as possible. The caller must reduce them to
 * what the actor may see.
 */
export async function* overlappingGlances(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: RangeQuery,
): AsyncIterable<GlancePage> {
  const ownZone = await readsByCalendarZone(services, seen, query.zone);
  const given = new Set<number>();
  for (const { select } of selections(query.range, ownZone)) {
    const pages = services.storage.glances(queryOf(actor, seen, select, query.kinds));
    for await (const { bytes, objects } of pages)
      yield { bytes, objects: objects.filter((glance) => isFirst(given, glance)) };
  }
}

function isFirst(given: Set<number>, { id }: Pick<ObjectHead, 'id'>): boolean {
  if (given.has(id)) return false;
  given.add(id);
  return true;
}

function isProved({ kind, zoneDependent }: ObjectHead, ownZone: boolean): boolean {
  return kind === 'VEVENT' && (ownZone || !zoneDependent);
}

interface Step {
  readonly select: Selection;
  /** Whether what the storage finds by it surely lies in the range. */
  readonly proves: boolean;
}

/**
 * The questions to the storage that together find everything that may lie in a range; an object may be found more than
 * once.
 */
function selections(range: TimeRange, ownZone: boolean): readonly Step[] {
  const unproven: Step = { select: { by: 'unproven', range }, proves: false };
  const indexed: Step = { select: { by: 'indexed', range }, proves: true };
  if (ownZone) return [indexed, unproven];
  const wider = widened(range, zoneSpanMs);
  return [
    indexed,
    { select: { by: 'zone-dependent', range: wider }, proves: false },
    { select: { by: 'unindexed', range: wider }, proves: false },
  ];
}

/** No two zones are further apart. */
const zoneSpanMs: number = 27 * hourMs;

function widened({ start, end }: TimeRange, byMs: number): TimeRange {
  return { start: instant(start - byMs), end: instant(end + byMs) };
}

/** Names and entity tags of all objects as shown, ascending by id: for listings, optionally from some object on. */
export async function* listing(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  part: { readonly kinds?: readonly ComponentName[]; readonly after?: ObjectId } = {},
): AsyncIterable<readonly ObjectHead[]> {
  const { kinds, after } = part;
  const query = queryOf(actor, seen, { by: 'all' }, kinds);
  if (after === undefined) yield* headPages(services, actor, seen, query);
  else yield* headPages(services, actor, seen, { ...query, after });
}

/** The same for objects of some names (canonical, encoded), in that order; those that are not there are left out. */
export async function* headsOf(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  names: readonly string[],
): AsyncIterable<readonly ObjectHead[]> {
  yield* headPages(services, actor, seen, queryOf(actor, seen, { by: 'names', names }));
}

/** The objects of these names (canonical, encoded), in that order; `object` is absent where there is none to see. */
export async function* multiget(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  names: readonly string[],
): AsyncIterable<readonly { readonly name: string; readonly object: ShownObject | undefined }[]> {
  if (names.length > services.limits.maxMultigetHrefs) {
    throw new Refusal('too-many-results', `at most ${services.limits.maxMultigetHrefs} objects at once`);
  }
  for (let at = 0; at < names.length; at += multigetPage) {
    const asked = names.slice(at, at + multigetPage);
    const found = new Map<string, ShownObject>();
    const query = queryOf(actor, seen, { by: 'names', names: asked });
    for await (const page of shownPages(services, actor, seen, query)) {
      for (const object of page) found.set(object.head.name, object);
    }
    yield asked.map((name) => ({ name, object: found.get(name) }));
  }
}

const multigetPage = 256;

/**
 * Finished rows written by the storage, when they are exactly what the actor may see and what was asked; else
 * `undefined`, and the door goes the long way.
 */
export async function fastRows(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  selection: RowSelection,
  template: RowTemplate,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const query = rowQuery(actor, seen, selection);
  if (!query || !(await showsAllWhole(services, seen, query))) return undefined;
  if (selection.by === 'range' && !(await isProvedByIndex(services, seen, query, selection)))
    return undefined;
  return services.storage.rows(query, template);
}

function rowQuery(actor: Actor, seen: SeenCalendar, selection: RowSelection): ObjectQuery | undefined {
  if (selection.by === 'all') return queryOf(actor, seen, { by: 'all' }, selection.kinds);
  if (selection.by === 'names') return queryOf(actor, seen, { by: 'names', names: selection.names });
  const { range, kind } = selection;
  return kind === 'VEVENT' ? queryOf(actor, seen, { by: 'indexed', range }, [kind]) : undefined;
}

/** Whether this reader sees every row of the query whole. */
async function showsAllWhole(services: Services, seen: SeenCalendar, query: ObjectQuery): Promise<boolean> {
  if (seesEverything(seen)) return true;
  if (seen.access.detail !== 'full') return false;
  return !(await services.storage.has({ ...query, restricted: true }));
}

/**
 * Whether the index alone gives the answer: no object has instances outside it, and none depends on the zone of the
 * question.
 */
async function isProvedByIndex(
  services: Services,
  seen: SeenCalendar,
  query: ObjectQuery,
  { range, zone }: { readonly range: TimeRange; readonly zone?: string },
): Promise<boolean> {
  const { storage } = services;
  if (await storage.has({ ...query, select: { by: 'unproven', range } })) return false;
  if (await readsByCalendarZone(services, seen, zone)) return true;
  return !(await storage.has({
    ...query,
    select: { by: 'zone-dependent', range: widened(range, zoneSpanMs) },
  }));
}

async function readsByCalendarZone(
  services: Services,
  seen: SeenCalendar,
  zone: string | undefined,
): Promise<boolean> {
  return zone === undefined || zone === (await calendarZone(services, seen.calendar)).id;
}

async function* headPages(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: ObjectQuery,
): AsyncIterable<readonly ObjectHead[]> {
  if (seesEverything(seen)) {
    yield* services.storage.heads(query);
    return;
  }
  for await (const page of services.storage.heads(query)) yield await showHeads(services, actor, seen, page);
}

async function* shownPages(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: ObjectQuery,
): AsyncIterable<readonly ShownObject[]> {
  const everything = seesEverything(seen);
  for await (const page of services.storage.objects(query)) {
    if (everything) yield page.map(whole);
    else {
      const own = await ownHidden(services, actor, seen, page);
      const forms: ShownObject[] = [];
      for (const object of page) {
        const form = await show(services, actor, seen, object, own);
        if (form) forms.push(form);
      }
      yield forms;
    }
  }
}

function queryOf(
  actor: Actor,
  seen: SeenCalendar,
  select: Selection,
  kinds?: readonly ComponentName[],
): ObjectQuery {
  const person = personOf(actor, seen);
  return {
    calendar: seen.calendar.id,
    select,
    ...(kinds && { kinds }),
    ...(person !== undefined && { person }),
  };
}
