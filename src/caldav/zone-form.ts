/** Which definitions of time zones a client wants to be given with its events (RFC 7809 §3.1.3). */
import { applyEdits, remove } from '../icalendar/edit.ts';
import { definedZoneSteps } from '../icalendar/editing/defined-zones.ts';
import { objectSteps } from '../icalendar/object.ts';
import { namedZone, type Zone } from '../icalendar/zones/timezone.ts';
import { inTurns } from '../service/pace.ts';
import type { Context } from './world.ts';

/**
 * `stored`: the definitions that the object has; `complete`: all zones that it names; `own`: only zones that no
 * database knows.
 */
export type ZoneForm = 'stored' | 'complete' | 'own';

const forms: Readonly<Record<string, ZoneForm>> = { T: 'complete', F: 'own' };

/** As `CalDAV-Timezones` says (RFC 7809 §7.1). */
export function zoneForm({ request }: Context): ZoneForm {
  return forms[request.header('caldav-timezones')?.trim().toUpperCase() ?? ''] ?? 'stored';
}

/** An object in that form; what cannot be read stays as it is. `zone` reads floating times. */
export async function inZoneForm(source: Uint8Array, form: ZoneForm, zone: Zone): Promise<Uint8Array> {
  if (form === 'stored') return source;
  const object = await inTurns(objectSteps(source, 'forgiving'));
  if (!object) return source;
  if (form === 'complete') return await inTurns(definedZoneSteps(object, zone));
  const known = [...object.timezones]
    .filter(([tzid]) => namedZone(tzid))
    .map(([, definition]) => remove(definition));
  return applyEdits(object.bytes, known);
}
