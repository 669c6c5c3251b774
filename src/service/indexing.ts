/**
 * The occurrence index of an object: what makes range queries and free/busy cheap.
 *
 * The window reaches from a year ago, or the series' start if that is later, to three years ahead; a long series gets
 * as many rows as the limits allow. Whatever lies outside is found by reading the object itself.
 */
import type { Calendar, Classification, NewObject, ObjectIndex } from '../core/calendar.ts';
import { etag, uid } from '../core/ids.ts';
import type { CalendarObject } from '../icalendar/object.ts';
import { instant } from '../icalendar/time.ts';
import type { Services } from './context.ts';
import { etagOf } from './fingerprint.ts';

/** An object ready for storage: all that is derived from its bytes. */
export async function newObject(
  services: Services,
  calendar: Calendar,
  name: string,
  object: CalendarObject,
  bytes: Uint8Array,
): Promise<NewObject> {
  return {
    name,
    uid: uid(object.uid),
    kind: object.kind,
    etag: etag(etagOf(bytes)),
    bytes,
    plain: isPlain(bytes),
    classification: classificationOf(object),
    zoneDependent: true,
    index: await objectIndex(services, calendar, object),
  };
}

/** The index rows of an object by the calendar's zone. */
export async function objectIndex(
  _services: Services,
  _calendar: Calendar,
  _object: CalendarObject,
): Promise<ObjectIndex> {
  const never = instant(0);
  return {
    occurrences: [],
    indexed: { start: never, end: never },
    complete: false,
    first: instant(Number.NEGATIVE_INFINITY),
    last: instant(Number.POSITIVE_INFINITY),
    undated: false,
  };
}

/** The strictest CLASS of all components; what is not PUBLIC by a known word counts as private (RFC 5545 §3.8.1.3). */
export function classificationOf(object: CalendarObject): Classification {
  let strictest: Classification = 'public';
  for (const component of object.master ? [object.master, ...object.overrides] : object.overrides) {
    const written = component.first('CLASS')?.rawValue.trim().toUpperCase() ?? '';
    if (written === 'CONFIDENTIAL') return 'confidential';
    if (written !== '' && written !== 'PUBLIC') strictest = 'private';
  }
  return strictest;
}

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
