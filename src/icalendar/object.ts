/** The calendar object resource (RFC 4791 §4.1): the components of one UID, with the zones they use. */
import { type Component, type Parsed, parseCalendar, parseSteps, type ReadMode } from './component.ts';
import type { Steps } from './steps.ts';
import { tzidOf } from './zone-tzid.ts';

export type ObjectKind = 'VEVENT' | 'VTODO' | 'VJOURNAL' | 'VFREEBUSY' | 'VAVAILABILITY';

export interface CalendarObject {
  readonly kind: ObjectKind;
  /** The UID as written, compared octet by octet; empty if there is none. */
  readonly uid: string;
  readonly calendar: Component;
  /** The component without RECURRENCE-ID; an object of overrides alone has none. */
  readonly master: Component | undefined;
  /** In the order of the file. */
  readonly overrides: readonly Component[];
  /** VTIMEZONE components by TZID. */
  readonly timezones: ReadonlyMap<string, Component>;
  /** The bytes that the offsets in `calendar` refer to. */
  readonly bytes: Uint8Array;
}

export const objectKinds: readonly ObjectKind[] = [
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
];
const kinds: ReadonlySet<string> = new Set(objectKinds);

export function isObjectKind(name: string): name is ObjectKind {
  return kinds.has(name);
}

/**
 * The object in a parsed text, without judging it (validate.ts does): its first calendar component gives kind and UID,
 * all others of that kind and UID belong to it. `undefined` when there is no such component.
 */
export function calendarObject(parsed: Parsed): CalendarObject | undefined {
  for (const calendar of parsed.calendars) {
    const object = objectOf(calendar, parsed.bytes);
    if (object) return object;
  }
  return undefined;
}

/** Parses stored bytes into their object. */
export function parseObject(bytes: Uint8Array, mode: ReadMode = 'strict'): CalendarObject | undefined {
  return calendarObject(parseCalendar(bytes, mode));
}

/** The same in steps, of which a short text takes one. */
export function* objectSteps(
  bytes: Uint8Array,
  mode: ReadMode = 'strict',
): Steps<CalendarObject | undefined> {
  return calendarObject(yield* parseSteps(bytes, mode));
}

/** The object of one VCALENDAR. */
export function objectOf(calendar: Component, bytes: Uint8Array): CalendarObject | undefined {
  const timezones = new Map<string, Component>();
  const overrides: Component[] = [];
  let kind: ObjectKind | undefined;
  let uid = '';
  let master: Component | undefined;
  for (const component of calendar.components) {
    if (component.name === 'VTIMEZONE') {
      const tzid = tzidOf(component);
      if (tzid !== undefined && !timezones.has(tzid)) timezones.set(tzid, component);
      continue;
    }
    if (!isObjectKind(component.name)) continue;
    const ownUid = component.first('UID')?.rawValue ?? '';
    if (kind === undefined) {
      kind = component.name;
      uid = ownUid;
    } else if (component.name !== kind || ownUid !== uid) continue;
    if (component.first('RECURRENCE-ID')) overrides.push(component);
    else master ??= component;
  }
  return kind && { kind, uid, calendar, master, overrides, timezones, bytes };
}
