/** Time zones inside requests: an iCalendar text with one VTIMEZONE, or a name (RFC 4791 §5.2.2, §9.8, RFC 7809 §5.2). */
import { Refusal } from '../../core/refusal.ts';
import { DavError } from '../../dav/error.ts';
import { type Component, parseCalendar } from '../../icalendar/component.ts';
import type { Finding } from '../../icalendar/finding.ts';
import { ianaZone, namedZone, type Zone, zoneFromVtimezone } from '../../icalendar/zones/timezone.ts';
import { caldav } from '../../xml/name.ts';

/** Bytes of one definition; real ones have a few thousand. */
const maxZoneBytes = 100_000;

export interface ZoneText {
  readonly zone: Zone;
  /** The definition without indentation. */
  readonly text: string;
}

/**
 * The zone that an iCalendar text defines. A name that is known counts more than the definition, as everywhere here.
 * Refuses `invalid-calendar-data` for what is not a calendar with exactly one VTIMEZONE.
 *
 * Lines may all be indented, as in the examples of RFC 4791 as they are printed, which programs have copied: a definition
 * that is folded (RFC 5545 §3.1) has been read before that is looked at.
 */
export function zoneOfText(sent: string): ZoneText {
  const text = sent.trimStart();
  if (Buffer.byteLength(text) > maxZoneBytes)
    throw invalid(`the time zone is longer than ${maxZoneBytes} bytes`);
  const asSent = read(text);
  if (!asSent.trouble) return { zone: zoneIn(asSent.calendars), text };
  const flush = text.replace(/^[ \t]+/gm, '');
  const { calendars, trouble } = read(flush);
  if (trouble) throw invalid(`the time zone is not iCalendar: ${asSent.trouble.message}`);
  return { zone: zoneIn(calendars), text: flush };
}

function read(text: string): { readonly calendars: readonly Component[]; readonly trouble?: Finding } {
  const { calendars, findings } = parseCalendar(Buffer.from(text.trimEnd()), 'strict');
  const trouble = findings.find(({ fatal }) => fatal);
  return { calendars, ...(trouble && { trouble }) };
}

function zoneIn(calendars: readonly Component[]): Zone {
  const [component, ...others] = calendars.flatMap((calendar) => calendar.components);
  if (component?.name !== 'VTIMEZONE' || others.length > 0 || calendars.length !== 1) {
    throw invalid('a time zone is a calendar that holds one VTIMEZONE and nothing else');
  }
  const tzid = component.first('TZID')?.rawValue ?? '';
  const defined = zoneFromVtimezone(component);
  if (tzid === '' || !defined) throw invalid('the VTIMEZONE lacks a TZID, or any definition of its offsets');
  return namedZone(tzid) ?? defined;
}

/** The zone of a name of the time zone database. Refuses with `CALDAV:valid-timezone` (RFC 7809 §5.2, §6). */
export function zoneOfName(name: string): Zone {
  const zone = ianaZone(name.trim());
  if (zone) return zone;
  throw new DavError(403, `${JSON.stringify(name.trim())} is no time zone that is known here`, {
    name: caldav('valid-timezone'),
  });
}

function invalid(message: string): Refusal {
  return new Refusal('invalid-calendar-data', message);
}
