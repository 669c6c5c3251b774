/**
 * What is derived from an object's bytes when it is stored: the facts of its head and its occurrence index, which makes
 * range queries and free/busy cheap.
 *
 * Finite series have all their instances in the index. Endless ones have those from a year ago to three years ahead, dense
 * ones as many as the limits allow; what lies outside is found by reading the object itself.
 */
import { setImmediate } from 'node:timers/promises';
import type {
  Busy,
  Calendar,
  Classification,
  IndexZone,
  NewObject,
  ObjectIndex,
  Occurrence,
} from '../../core/calendar.ts';
import { uid } from '../../core/ids.ts';
import type { Component, Property } from '../../icalendar/component.ts';
import { feedCuts } from '../../icalendar/feed/feed.ts';
import { type AccessClass, accessClass } from '../../icalendar/feed/reduce.ts';
import { planSteps } from '../../icalendar/instances/instance-plan.ts';
import { extent, type OccurrenceRow, occurrenceRows } from '../../icalendar/instances/instances.ts';
import { isRecurring } from '../../icalendar/instances/recur-set.ts';
import type { CalendarObject } from '../../icalendar/object.ts';
import { type BusyType, busyTypeOf } from '../../icalendar/query/freebusy.ts';
import { completed, type Steps } from '../../icalendar/steps.ts';
import { dayMs, instant, type TimeRange } from '../../icalendar/time.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../../icalendar/zones/timezone.ts';
import { principalById } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import { inTurns } from '../pace.ts';
import { zoneOf } from './zones.ts';

/**
 * An object ready for storage in a calendar, with all that is derived from its bytes. `known` saves those who store many
 * objects the question how the calendar is indexed.
 */
export async function newObject(
  services: Services,
  calendar: Calendar,
  name: string,
  object: CalendarObject,
  bytes: Uint8Array,
  known?: IndexView,
): Promise<NewObject> {
  const view = known ?? (await indexView(services, calendar));
  // Parsing it took a while, so other requests get a turn first.
  if (bytes.length > longBytes) await setImmediate();
  const index = await indexInTurns(services, object, view);
  if (bytes.length > longBytes) await setImmediate();
  const plain = isPlain(bytes);
  return {
    name,
    uid: uid(object.uid),
    kind: object.kind,
    etag: etagOf(bytes),
    bytes,
    plain,
    classification: classificationOf(object),
    zoneDependent: index.readBy !== undefined,
    index,
    cuts: feedCuts(object.kind, bytes, plain),
  };
}

/** Objects above this size are read, indexed and written in turns of their own: each takes some ten milliseconds. */
const longBytes: number = 128 * 1024;

/** What the index of an object depends on besides its bytes. */
export interface IndexView {
  /** Reads dates and floating times. */
  readonly zone: Zone;
  /** The settings that `zone` follows from; kept with the index, so that a change of them is noticed. */
  readonly readBy: IndexZone;
  /** The calendar owner's addresses. */
  readonly addresses: readonly string[];
  /** Whether an address is one of them: an owner who has declined is not busy. */
  readonly isOwn: (address: string) => boolean;
}

/** How objects of a calendar are indexed. */
export async function indexView(services: Services, calendar: Calendar): Promise<IndexView> {
  const owner = await principalById(services, calendar.owner);
  const addresses = owner?.addresses ?? [];
  const { timeZone, timeZoneData } = calendar;
  return {
    zone: zoneOf(calendar, owner),
    readBy: { timeZone, timeZoneData, ownerTimeZone: owner?.timeZone ?? '' },
    addresses,
    isOwn: (address) => addresses.includes(mailboxOf(address)),
  };
}

/** The e-mail address of a calendar address (RFC 5545 §3.3.3), in the form in which principals have theirs. */
export function mailboxOf(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, '')
    .trim();
}

const yearMs: number = 366 * dayMs;
const always: TimeRange = {
  start: instant(Number.NEGATIVE_INFINITY),
  end: instant(Number.POSITIVE_INFINITY),
};

/** How far the index of an endless series reaches, seen from now. */
export function indexWindow(services: Pick<Services, 'clock'>): TimeRange {
  const now = services.clock.now();
  return { start: instant(now - yearMs), end: instant(now + 3 * yearMs) };
}

/** The index rows of an object. */
export function objectIndex(
  services: Pick<Services, 'clock' | 'limits'>,
  object: CalendarObject,
  view: IndexView,
): ObjectIndex {
  return completed(indexSteps(services, object, view));
}

/** The same, with turns for others where a series is long or dense. */
export async function indexInTurns(
  services: Pick<Services, 'clock' | 'limits'>,
  object: CalendarObject,
  view: IndexView,
): Promise<ObjectIndex> {
  return await inTurns(indexSteps(services, object, view));
}

function* indexSteps(
  services: Pick<Services, 'clock' | 'limits'>,
  object: CalendarObject,
  view: IndexView,
): Steps<ObjectIndex> {
  const { zone } = view;
  const { master, overrides } = object;
  if (overrides.length > 0 || (master && isRecurring(master))) yield* planSteps(object, zone);
  const { first, last, infinite } = extent(object, zone);
  const madeBy = {
    ...((yield* zoneDependence(object, zone)) && { readBy: view.readBy }),
    ...(hasInvited(object) && { readFor: view.addresses }),
  };
  const bounds = { first, last, undated: false, ...madeBy };
  if (first === always.start && last === always.end) {
    return { ...bounds, occurrences: [], indexed: always, complete: true, undated: true };
  }
  const options = { zone, maxInstances: services.limits.maxIndexedOccurrences };
  if (overrides.length > stepComponents) yield;
  if (!infinite) {
    const all = occurrenceRows(object, always, options);
    if (all.rows.length > stepRows) yield;
    if (!all.truncated) return { ...wholeIndex(occurrencesOf(object, all.rows, view)), ...madeBy };
  }
  const window = indexWindow(services);
  // Nothing is before the first instance, so the index knows that part of time, too.
  const indexed = first >= window.start ? { start: always.start, end: window.end } : window;
  return { ...bounds, ...(yield* windowRows(services, object, indexed, options, view)), complete: false };
}

/** The index of what has all its instances in it; its bounds are exact. */
function wholeIndex(occurrences: readonly Occurrence[]): ObjectIndex {
  let last = Number.NEGATIVE_INFINITY;
  for (const { end } of occurrences) last = Math.max(last, end);
  const first = occurrences[0]?.start ?? instant(Number.POSITIVE_INFINITY);
  return { occurrences, indexed: always, complete: true, first, last: instant(last), undated: false };
}

/** Attempts at a window that a dense series fits into. */
const maxWindows = 8;

/** How far back a dense series is indexed. */
const densePastMs: number = 31 * dayMs;

/** The rows of as much of a window as fits, from about now on; a window in which nothing fits is empty. */
function* windowRows(
  services: Pick<Services, 'clock'>,
  object: CalendarObject,
  window: TimeRange,
  options: { readonly zone: Zone; readonly maxInstances: number },
  view: IndexView,
): Steps<Pick<ObjectIndex, 'occurrences' | 'indexed'>> {
  let indexed = window;
  for (let attempt = 0; attempt < maxWindows; attempt++) {
    const { rows, truncated } = occurrenceRows(object, indexed, options);
    if (truncated || rows.length > stepRows) yield;
    if (!truncated) return { occurrences: occurrencesOf(object, rows, view), indexed };
    const start = instant(Math.max(window.start, services.clock.now() - densePastMs));
    if (start > indexed.start) indexed = { start, end: window.end };
    else {
      // Overrides stand out of order, so the last start is a guess at what fits; the next round proves it.
      const lastStart = rows.at(-1)?.start ?? start;
      indexed = { start, end: instant(Math.min(lastStart, (start + indexed.end) / 2)) };
    }
    if (!(indexed.end > indexed.start)) break;
  }
  return { occurrences: [], indexed: { start: window.end, end: window.end } };
}

function occurrencesOf(
  object: CalendarObject,
  rows: readonly OccurrenceRow[],
  view: IndexView,
): readonly Occurrence[] {
  let component: Component | undefined;
  let busy: Busy = 'free';
  const occurrences = rows.map((row): Occurrence => {
    if (row.component !== component) {
      component = row.component;
      busy = busyOf(object, component, view.isOwn);
    }
    return { start: row.start, end: instant(Math.max(row.start, row.end)), busy };
  });
  return occurrences.sort((a, b) => a.start - b.start);
}

const busyWords: Readonly<Record<BusyType, Busy>> = {
  BUSY: 'busy',
  'BUSY-TENTATIVE': 'tentative',
  'BUSY-UNAVAILABLE': 'unavailable',
};

/** How the instances of a component count (RFC 4791 §7.10). Only events do; a stored VFREEBUSY is asked period by period. */
function busyOf(object: CalendarObject, component: Component, isOwn: IndexView['isOwn']): Busy {
  const type = object.kind === 'VEVENT' ? busyTypeOf(component, isOwn) : undefined;
  return type ? busyWords[type] : 'free';
}

/** Whether anybody is invited: only then does the index depend on addresses. */
function hasInvited({ kind, master, overrides }: CalendarObject): boolean {
  if (kind !== 'VEVENT') return false;
  return [master, ...overrides].some((component) => component?.first('ATTENDEE') !== undefined);
}

/** The strictest CLASS of all components (clients.md, demand 24). */
export function classificationOf(object: CalendarObject): Classification {
  return classifications[accessClass(object)];
}

const classifications: Readonly<Record<AccessClass, Classification>> = {
  PUBLIC: 'public',
  PRIVATE: 'private',
  CONFIDENTIAL: 'confidential',
};

/** Components, and rows of an index, of one step: some milliseconds. */
const stepComponents = 500;
const stepRows = 1_000;

/**
 * Whether its instants depend on the zone by which it is read: it has dates, floating times, or zones that nothing
 * defines.
 */
export function isZoneDependent(object: CalendarObject, zone: Zone): boolean {
  return completed(zoneDependence(object, zone));
}

function* zoneDependence(object: CalendarObject, zone: Zone): Steps<boolean> {
  const resolver = zoneResolver(object.timezones, zone);
  const components = object.master ? [object.master, ...object.overrides] : object.overrides;
  let passed = 0;
  for (const { properties } of components) {
    if (properties.some((property) => movesWithZone(property, resolver))) return true;
    if (++passed % stepComponents === 0) yield;
  }
  return false;
}

function movesWithZone(property: Property, resolver: ZoneResolver): boolean {
  if (!dated.has(property.name) || property.rawValue.trim() === '') return false;
  if (/z\s*$/i.test(property.rawValue)) return false;
  const tzid = property.param('TZID');
  if (tzid === undefined || !/t/i.test(property.rawValue)) return true;
  resolver.zone(tzid);
  return resolver.unresolved.size > 0;
}

const dated: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID', 'RDATE', 'EXDATE']);

/**
 * The bytes can be joined into XML unescaped: no `&`, `<`, `>`, no control character but TAB, LF and the CR of a CRLF,
 * nothing that XML 1.0 §2.2 forbids. CR stands alone in no plain text, since a parser would turn it into LF.
 */
export function isPlain(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x20) {
      if (byte === 0x26 || byte === 0x3c || byte === 0x3e) return false;
      // U+FFFE and U+FFFF: EF BF BE, EF BF BF.
      if (byte === 0xef && bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe) return false;
    } else if (byte === 0x0d) {
      if (bytes[at + 1] !== 0x0a) return false;
    } else if (byte !== 0x0a && byte !== 0x09) return false;
  }
  return true;
}
