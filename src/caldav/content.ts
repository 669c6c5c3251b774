/** The bytes of an object in the form that a request wants. */
import { Refusal } from '../core/refusal.ts';
import { applyEdits, remove } from '../icalendar/edit.ts';
import { parseObject } from '../icalendar/object.ts';
import { type DataSelection, selectedData, selectsAll } from '../icalendar/select.ts';
import { namedZone, type Zone } from '../icalendar/timezone.ts';
import { isPlain } from '../service/indexing.ts';
import { getObject } from '../service/objects.ts';
import type { ShownObject } from '../service/shown.ts';
import { calendarZone } from '../service/zones.ts';
import type { Context, ObjectResource } from './world.ts';

export interface Content {
  readonly bytes: Uint8Array;
  /** Can be joined into XML as it is. */
  readonly plain: boolean;
}

export interface SelectOptions {
  /** For floating times and days. */
  readonly zone: Zone;
  readonly maxInstances: number;
}

/** The object, reduced to what is selected; `undefined` when it has gone since it was found. Refuses `too-many-results`. */
export async function content(
  object: ObjectResource,
  context: Context,
  selection: DataSelection = {},
): Promise<Content | undefined> {
  const { services, actor } = context;
  const shown = object.shown ?? (await getObject(services, actor, object.seen, object.head.name));
  if (!shown || isWhole(selection, context)) return shown;
  const zone = await calendarZone(services, object.seen.calendar);
  const maxInstances = services.limits.maxInstances;
  const { bytes, truncated } = selected(shown, selection, context, { zone, maxInstances });
  if (truncated) throw tooManyInstances();
  return { bytes, plain: isPlain(bytes) };
}

/** The stored bytes are the answer. */
export function isWhole(selection: DataSelection, context: Context): boolean {
  return selectsAll(selection) && !leavesZonesOut(context);
}

/** What a selection makes of an object. An object that cannot be read is given as it is (clients.md, demand 2). */
export function selected(
  shown: ShownObject,
  selection: DataSelection,
  context: Context,
  options: SelectOptions,
): { readonly bytes: Uint8Array; readonly truncated: boolean } {
  const object = parseObject(shown.bytes, 'forgiving');
  if (!object) return { bytes: shown.bytes, truncated: false };
  const { bytes, truncated } = selectedData(object, selection, options);
  return { bytes: leavesZonesOut(context) ? withoutKnownZones(bytes) : bytes, truncated };
}

export function tooManyInstances(): Refusal {
  return new Refusal(
    'too-many-results',
    'the series have more instances in this range than one answer holds',
  );
}

/** The client takes time zones from elsewhere, so those that everybody knows need not be sent (RFC 7809 §3.1.3). */
export function leavesZonesOut({ request }: Context): boolean {
  return request.header('caldav-timezones')?.trim().toUpperCase() === 'F';
}

/** Leaves out the definitions of zones whose names everybody knows; what only the object defines stays. */
export function withoutKnownZones(source: Uint8Array): Uint8Array {
  const object = parseObject(source, 'forgiving');
  if (!object) return source;
  const known = [...object.timezones].filter(([tzid]) => namedZone(tzid)).map(([, zone]) => remove(zone));
  return applyEdits(object.bytes, known);
}
