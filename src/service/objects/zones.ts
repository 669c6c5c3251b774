/** By which zone a calendar's floating times and dates are read. */
import type { Calendar } from '../../core/calendar.ts';
import type { Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { parseCalendar } from '../../icalendar/component.ts';
import { ianaZone, namedZone, utc, type Zone, zoneFromVtimezone } from '../../icalendar/zones/timezone.ts';
import { principalById } from '../access.ts';
import type { Services } from '../context.ts';
import { KeptBytes } from '../memory.ts';

/** The zone of a calendar: its own by name, else as the client defined it, else its owner's (RFC 4791 §5.2.2). */
export async function calendarZone(services: Services, calendar: Calendar): Promise<Zone> {
  return ownZone(calendar) ?? zoneOf(calendar, await principalById(services, calendar.owner));
}

/** The same where the owner is known. */
export function zoneOf(calendar: Calendar, owner: Principal | undefined): Zone {
  return ownZone(calendar) ?? (owner && ianaZone(owner.timeZone)) ?? utc;
}

/** The zone that a calendar has itself; `undefined` when it follows its owner. */
function ownZone(calendar: Pick<Calendar, 'timeZone' | 'timeZoneData'>): Zone | undefined {
  if (calendar.timeZone !== null) return ianaZone(calendar.timeZone);
  return calendar.timeZoneData === null ? undefined : definedZone(calendar.timeZoneData);
}

/** The name as the zone database spells it; `undefined` when there is no such zone. */
export function ianaZoneName(name: string): string | undefined {
  return ianaZone(name)?.id;
}

/**
 * What a `CALDAV:calendar-timezone` means: the IANA name where its TZID tells one, null for a zone of its own.
 * Refuses `invalid-calendar-data` for anything but an iCalendar stream with exactly one VTIMEZONE (RFC 4791 §5.2.2).
 */
export function zoneNameOf(timeZoneData: string): string | null {
  const zones = vtimezones(timeZoneData);
  const [component] = zones;
  const tzid = component?.first('TZID')?.rawValue;
  if (zones.length !== 1 || !component || tzid === undefined || !zoneFromVtimezone(component)) {
    throw new Refusal(
      'invalid-calendar-data',
      'a calendar-timezone is an iCalendar stream with one VTIMEZONE',
    );
  }
  const named = namedZone(tzid);
  return named && !named.custom ? named.id : null;
}

function definedZone(timeZoneData: string): Zone | undefined {
  let zone = definedZones.known(timeZoneData);
  if (zone === undefined) {
    const [component] = vtimezones(timeZoneData);
    zone = (component && zoneFromVtimezone(component)) ?? null;
    definedZones.keep(timeZoneData, zone, entryBytes + 2 * timeZoneData.length);
  }
  return zone ?? undefined;
}

/** Zones by the text that defines them, which a client may make as long as a request can be. */
const definedZones: KeptBytes<Zone | null> = new KeptBytes(4 * 1024 * 1024);
/** The approximate size of a zone with the years that were asked for. */
const entryBytes = 4 * 1024;

function vtimezones(timeZoneData: string): ReturnType<typeof parseCalendar>['calendars'] {
  const { calendars, findings } = parseCalendar(Buffer.from(timeZoneData), 'strict');
  const [calendar] = calendars;
  if (!calendar || calendars.length !== 1 || findings.some(({ fatal }) => fatal)) return [];
  return calendar.components.filter(({ name }) => name === 'VTIMEZONE');
}
