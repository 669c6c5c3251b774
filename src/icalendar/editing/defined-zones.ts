/** Adds definitions of the time zones that an object names and does not define (RFC 5545 §3.2.19). */
import type { Component } from '../component.ts';
import { applyEdits } from '../edit.ts';
import { dateTimeOf } from '../instances/instance-times.ts';
import type { CalendarObject } from '../object.ts';
import { type Steps, Stride } from '../steps.ts';
import { type Instant, instant } from '../time.ts';
import { namedZone, type Zone, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { vtimezone } from '../zones/vtimezone.ts';

/**
 * The most definitions that are added: an object that names more zones uses many spellings, and each would need a
 * definition of its own.
 */
const maxDefined = 100;

/** Lines that are looked at in one step: some milliseconds. */
const stepLines = 20_000;

/** The object's bytes with a definition of each zone that is named, known and not defined. */
export function* definedZoneSteps(object: CalendarObject, zone: Zone): Steps<Uint8Array> {
  const missing = yield* missingSteps(object, zoneResolver(object.timezones, zone));
  if (missing.size === 0) return object.bytes;
  let text = '';
  for (const [tzid, start] of missing) {
    text += vtimezone(tzid, { start, end: instant(Infinity) });
    yield;
  }
  const at = object.calendar.components[0]?.start ?? object.calendar.bodyStart;
  return applyEdits(object.bytes, [{ start: at, end: at, text }]);
}

/** Names of zones without definition, and the first time each is used for. */
function* missingSteps(object: CalendarObject, zones: ZoneResolver): Steps<ReadonlyMap<string, Instant>> {
  const missing = new Map<string, Instant>();
  const components = object.master ? [object.master, ...object.overrides] : object.overrides;
  const stride = new Stride(stepLines);
  for (const component of components) {
    for (const property of component.properties) {
      if (stride.isOver(property.end - property.start)) yield;
      const tzid = property.param('TZID');
      if (tzid === undefined || object.timezones.has(tzid)) continue;
      const first = missing.get(tzid);
      if (first === undefined && (missing.size >= maxDefined || !namedZone(tzid))) continue;
      const value = dateTimeOf(property);
      const at = value ? zones.toInstant(value) : startOf(component, zones);
      missing.set(tzid, instant(Math.min(first ?? Infinity, at)));
    }
  }
  return missing;
}

function startOf(component: Component, zones: ZoneResolver): Instant {
  const start = dateTimeOf(component.first('DTSTART'));
  return start ? zones.toInstant(start) : instant(0);
}
