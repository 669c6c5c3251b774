/**
 * Many objects -> one VCALENDAR, as a stream: an export, a GET on a calendar, a feed.
 *
 * Each time zone is written once, before the first component that uses it. Lines come out with CRLF, at most 75 octets
 * long, as stored otherwise; `feed.ts` makes parts that strict readers take.
 */
import type { Component, Property } from './component.ts';
import type { CalendarObject } from './object.ts';
import { productId } from './repair.ts';
import { minuteMs, type TimeRange } from './time.ts';
import { namedZone, utc, type Zone, zoneResolver } from './timezone.ts';
import { contentLine, foldLine, textLine } from './value.ts';
import { vtimezone } from './vtimezone.ts';
import { componentText, propertyText, wireLines, withParameter } from './write.ts';

/** One time zone that components refer to. */
export interface ZonePart {
  readonly tzid: string;
  /** The VTIMEZONE in wire form; asked for once per calendar. */
  readonly text: () => string;
  /** A definition of the client's own making: another object may mean another zone by the same name. */
  readonly custom: boolean;
}

/** What one object adds to a calendar. */
export interface MergePart {
  readonly zones: readonly ZonePart[];
  /** Components in wire form. With `rename`, TZIDs take other names. */
  readonly lines: (rename: ReadonlyMap<string, string>) => Uint8Array;
}

/**
 * Writes one VCALENDAR piece by piece: `head`, then `add` for each object, then `tail`. Keeps the names of the zones
 * that were written, and nothing else.
 */
export class CalendarMerge {
  /** The definitions written so far, by TZID. */
  private readonly written = new Map<string, string>();

  /** `properties` are whole content lines for the calendar itself. */
  head(properties: readonly string[] = []): Uint8Array {
    const lines = ['BEGIN:VCALENDAR\r\n', contentLine('VERSION', '2.0'), foldLine(`PRODID:${productId}`)];
    return Buffer.from([...lines, contentLine('CALSCALE', 'GREGORIAN'), ...properties].join(''), 'utf8');
  }

  add(part: MergePart): readonly Uint8Array[] {
    let zones = '';
    const rename = new Map<string, string>();
    for (const zone of part.zones) {
      const known = this.written.get(zone.tzid);
      if (known !== undefined && !zone.custom) continue;
      const text = zone.text();
      if (known === text) continue;
      const tzid = known === undefined ? zone.tzid : this.otherName(zone.tzid, text);
      if (tzid !== zone.tzid) rename.set(zone.tzid, tzid);
      if (this.written.has(tzid)) continue;
      this.written.set(tzid, text);
      zones += tzid === zone.tzid ? text : renamedZone(text, tzid);
    }
    const lines = part.lines(rename);
    return zones ? [Buffer.from(zones, 'utf8'), lines] : [lines];
  }

  tail(): Uint8Array {
    return Buffer.from('END:VCALENDAR\r\n');
  }

  /** Another name for a definition that differs from the one written under its own. */
  private otherName(tzid: string, text: string): string {
    for (let n = 2; ; n++) {
      const name = `${tzid} (${n})`;
      const known = this.written.get(name);
      if (known === undefined || known === text) return name;
    }
  }
}

/**
 * The whole stream from pages of parts, in chunks of about 64 kB.
 *
 * Memory: one page and one chunk.
 */
export async function* mergedCalendar(
  pages: AsyncIterable<Iterable<MergePart>>,
  properties: readonly string[] = [],
): AsyncGenerator<Uint8Array> {
  const merge = new CalendarMerge();
  let pieces: Uint8Array[] = [merge.head(properties)];
  let size = 0;
  for await (const page of pages) {
    for (const part of page) {
      for (const piece of merge.add(part)) {
        pieces.push(piece);
        size += piece.length;
      }
      if (size < chunkBytes) continue;
      yield Buffer.concat(pieces);
      pieces = [];
      size = 0;
    }
  }
  pieces.push(merge.tail());
  yield Buffer.concat(pieces);
}

const chunkBytes = 65_536;

/**
 * The part of an object as it is stored. VTIMEZONEs that it lacks are made, to cover `range`; those that it carries are
 * kept.
 */
export function storedPart(object: CalendarObject, range: TimeRange): MergePart {
  const zones = referencedZones(object).map((tzid) => zonePart(object, tzid, range));
  return {
    zones: zones.filter((zone) => zone !== undefined),
    lines(rename) {
      const pieces: Uint8Array[] = [];
      for (const component of object.calendar.components) {
        if (component.name === 'VTIMEZONE') continue;
        if (rename.size > 0) pieces.push(renamedLines(component, rename));
        else pieces.push(closed(wireLines(object.bytes.subarray(component.start, component.end))));
      }
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    },
  };
}

/** A last line without a line end would run into the next component. */
function closed(text: Uint8Array): Uint8Array {
  return text[text.length - 1] === 0x0a ? text : Buffer.concat([text, Buffer.from('\r\n')]);
}

function zonePart(object: CalendarObject, tzid: string, range: TimeRange): ZonePart | undefined {
  const own = object.timezones.get(tzid);
  if (!own) return missingZone(tzid, range);
  return definedZone(tzid, () =>
    Buffer.from(wireLines(object.bytes.subarray(own.start, own.end))).toString('utf8'),
  );
}

/** A zone that its object defines. */
export function definedZone(tzid: string, text: () => string): ZonePart {
  return { tzid, text, custom: namedZone(tzid) === undefined };
}

/** A zone that its object only names. A name that nothing defines stays without a definition, as it came. */
export function missingZone(tzid: string, range: TimeRange): ZonePart | undefined {
  const zones = zoneResolver(noZones, utc);
  const zone = zones.zone(tzid);
  return zones.unresolved.has(tzid)
    ? undefined
    : { tzid, text: () => zoneText(zone, tzid, range), custom: false };
}

const noZones: ReadonlyMap<string, Component> = new Map();

/** A VTIMEZONE for a zone that no VTIMEZONE of the object defines, under the name by which the object calls it. */
export function zoneText(zone: Zone, tzid: string, range: TimeRange): string {
  return namedZone(tzid) ? vtimezone(tzid, range) : fixedZoneText(tzid, zone.offsetAt(range.start));
}

/** For names that say no more than an offset from UTC. */
function fixedZoneText(tzid: string, offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / minuteMs));
  const digits = `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
  const offset = `${offsetMs < 0 ? '-' : '+'}${digits}`;
  return (
    `BEGIN:VTIMEZONE\r\n${textLine('TZID', tzid)}BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n` +
    `TZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
  );
}

function renamedZone(text: string, tzid: string): string {
  return text.replace(/^TZID[:;].*\r\n(?: .*\r\n)*/m, () => textLine('TZID', tzid));
}

/** The TZIDs that an object refers to, in order of appearance. */
export function referencedZones(object: CalendarObject): readonly string[] {
  const tzids = new Set<string>();
  for (const component of object.calendar.components)
    if (component.name !== 'VTIMEZONE') collectZones(component, tzids);
  return [...tzids];
}

/** People have no time zone; their lines are many and rich in parameters. */
const withoutZone: ReadonlySet<string> = new Set(['ATTENDEE', 'ORGANIZER', 'ATTACH']);

function collectZones(component: Component, tzids: Set<string>): void {
  for (const property of component.properties) {
    if (withoutZone.has(property.name)) continue;
    const tzid = property.param('TZID');
    if (tzid !== undefined && tzid !== '') tzids.add(tzid);
  }
  for (const inner of component.components) collectZones(inner, tzids);
}

/** A component whose zones have other names. */
function renamedLines(component: Component, rename: ReadonlyMap<string, string>): Uint8Array {
  const line = (property: Property): string => {
    const tzid = property.param('TZID');
    const name = tzid === undefined ? undefined : rename.get(tzid);
    return name === undefined ? propertyText(property) : withParameter(property, 'TZID', name);
  };
  return Buffer.from(componentText(component, line), 'utf8');
}
