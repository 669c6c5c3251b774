/** What the tests of instances share: objects, ranges, and instances as readable texts. */
import assert from 'node:assert/strict';
import { parseCalendar } from '../../src/icalendar/component.ts';
import { type Instance, instances, type RecurringObject } from '../../src/icalendar/instances/instances.ts';
import { calendarObject } from '../../src/icalendar/object.ts';
import { type Instant, instant, minuteMs, type TimeRange } from '../../src/icalendar/time.ts';
import { namedZone, type Zone } from '../../src/icalendar/zones/timezone.ts';
import { at, nasty, objectOf } from './fixtures.ts';

export function zone(name: string): Zone {
  const found = namedZone(name);
  assert(found, name);
  return found;
}

export const moscow: Zone = zone('Europe/Moscow');
export const berlin: Zone = zone('Europe/Berlin');
export const always: TimeRange = { start: instant(-Infinity), end: instant(Infinity) };

export const range = (start: string, end: string): TimeRange => ({ start: at(start), end: at(end) });

export function iso(time: Instant): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 16) : String(time);
}

/** `2026-03-10T07:00/60`: start and minutes, and behind `<` the original start if it is another. */
export function shown({ start, end, recurrenceId }: Instance): string {
  const moved = recurrenceId === start ? '' : `<${iso(recurrenceId)}`;
  return `${iso(start)}/${(end - start) / minuteMs}${moved}`;
}

export function list(
  object: RecurringObject,
  within: TimeRange = always,
  home: Zone = moscow,
  most = 6,
): readonly string[] {
  return [...instances(object, within, { zone: home, maxInstances: most })].map(shown);
}

export function file(name: string): RecurringObject {
  const object = calendarObject(parseCalendar(nasty(name), 'forgiving'));
  assert(object, name);
  return object;
}

/** A component of another kind than VEVENT. */
export function componentOf(name: string, ...lines: readonly string[]): RecurringObject {
  return objectOf(`BEGIN:${name}`, 'UID:u', 'DTSTAMP:20260101T000000Z', ...lines, `END:${name}`);
}
