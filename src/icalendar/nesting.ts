/** Where components may stand, and what they need (RFC 5545 §3.6, RFC 7953 §3.1). */
import { isObjectKind } from './object.ts';

/** Components that may stand only inside certain others. */
const parts: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['VALARM', new Set(['VEVENT', 'VTODO'])],
  ['STANDARD', new Set(['VTIMEZONE'])],
  ['DAYLIGHT', new Set(['VTIMEZONE'])],
  ['AVAILABLE', new Set(['VAVAILABILITY'])],
]);

/** Whether the component is only ever a part of an object. */
export function isPart(name: string): boolean {
  return parts.has(name);
}

/** Whether one component may stand inside another. An unknown component may hold anything but a whole object. */
export function canStandIn(name: string, parent: string): boolean {
  if (name === 'VCALENDAR') return false;
  if (isObjectKind(name) || name === 'VTIMEZONE') return parent === 'VCALENDAR';
  const parents = parts.get(name);
  return !parents || parents.has(parent) || !isKnown(parent);
}

/** Components that must have a DTSTART (RFC 5545 §3.6.1, where there is no METHOD; RFC 7953 §3.1). */
export function needsStart(name: string): boolean {
  return name === 'VEVENT' || name === 'AVAILABLE';
}

function isKnown(name: string): boolean {
  return isObjectKind(name) || parts.has(name) || name === 'VTIMEZONE' || name === 'VCALENDAR';
}
