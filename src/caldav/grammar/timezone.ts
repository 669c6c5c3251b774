/** Time zones inside requests: an iCalendar text with one VTIMEZONE, or a name (RFC 4791 §5.2.2, §9.8, RFC 7809 §5.2). */
import { Refusal } from '../../core/refusal.ts';
import { DavError } from '../../dav/error.ts';
import { parseCalendar } from '../../icalendar/component.ts';
import { ianaZone, namedZone, type Zone, zoneFromVtimezone } from '../../icalendar/zones/timezone.ts';
import { caldav } from '../../xml/name.ts';

/** Bytes of one definition; real ones have a few thousand. */
const maxZoneBytes = 100_000;

/**
 * The zone that an iCalendar text defines. A name that is known counts more than the definition, as everywhere here.
 * Refuses `invalid-calendar-data` for what is not a calendar with exactly one VTIMEZONE.
 */
export function zoneOfText(text: string): Zone {
  const bytes = Buffer.from(text.trim());
  if (bytes.length > maxZoneBytes) throw invalid(`the time zone is longer than ${maxZoneBytes} bytes`);
  const { calendars, findings } = parseCalendar(bytes, 'strict');
  const fatal = findings.find((finding) => finding.fatal);
  if (fatal) throw invalid(`the time zone is not iCalendar: ${fatal.message}`);
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
