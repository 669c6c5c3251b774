/** What components demand of their place and of themselves (RFC 5545 §3.6, RFC 7953 §3.1). */
import { isObjectKind } from './object.ts';

/** The components that stand inside certain others only. */
const parts: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['VALARM', new Set(['VEVENT', 'VTODO'])],
  ['STANDARD', new Set(['VTIMEZONE'])],
  ['DAYLIGHT', new Set(['VTIMEZONE'])],
  ['AVAILABLE', new Set(['VAVAILABILITY'])],
]);

/** No object of its own, but a part of one. */
export function isPart(name: string): boolean {
  return parts.has(name);
}

/** What stands inside a component that we do not know is that component's affair, unless it is a whole object. */
export function canStandIn(name: string, parent: string): boolean {
  if (name === 'VCALENDAR') return false;
  if (isObjectKind(name) || name === 'VTIMEZONE') return parent === 'VCALENDAR';
  const parents = parts.get(name);
  return !parents || parents.has(parent) || !isKnown(parent);
}

/** Components that never are without DTSTART (RFC 5545 §3.6.1, where there is no METHOD; RFC 7953 §3.1). */
export function needsStart(name: string): boolean {
  return name === 'VEVENT' || name === 'AVAILABLE';
}

function isKnown(name: string): boolean {
  return isObjectKind(name) || parts.has(name) || name === 'VTIMEZONE' || name === 'VCALENDAR';
}
