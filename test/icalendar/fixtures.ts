/** What the tests of this folder share: rules that refuse little, objects from lines, the awkward files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parseCalendar } from '../../src/icalendar/component.ts';
import { type CalendarObject, calendarObject } from '../../src/icalendar/object.ts';
import { instant } from '../../src/icalendar/time.ts';
import type { ObjectRules } from '../../src/icalendar/validate.ts';

export const rules: ObjectRules = {
  components: new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY']),
  maxAttendeesPerInstance: 1000,
  maxInstances: 10_000,
  minDateTime: instant(Date.UTC(1601, 0, 1)),
  maxDateTime: instant(Date.UTC(9999, 11, 31)),
};

/** The project's root, seen from the build folder. */
const nastyFolder = new URL('../../../test/data/nasty/', import.meta.url);

export const nastyNames: readonly string[] = readdirSync(nastyFolder)
  .filter((name) => name.endsWith('.ics'))
  .map((name) => name.slice(0, -'.ics'.length));

export function nasty(name: string): Uint8Array {
  return readFileSync(new URL(`${name}.ics`, nastyFolder));
}

/** A VCALENDAR around components, given as lines without line ends. */
export function calendar(...lines: readonly string[]): Uint8Array {
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...lines, 'END:VCALENDAR', ''];
  return Buffer.from(all.join('\r\n'));
}

/** A VEVENT with UID and DTSTAMP around further lines. */
export function event(...lines: readonly string[]): readonly string[] {
  return ['BEGIN:VEVENT', 'UID:u', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'];
}

/** Parses bytes that are known to be an object. */
export function objectFrom(bytes: Uint8Array): CalendarObject {
  const parsed = parseCalendar(bytes, 'strict');
  assert.deepEqual(parsed.findings, []);
  const object = calendarObject(parsed);
  assert(object);
  return object;
}

/** The object of components, given as lines. */
export function objectOf(...lines: readonly string[]): CalendarObject {
  return objectFrom(calendar(...lines));
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** UTC, for readable expectations: `at('2026-03-10T09:00')`. */
export function at(iso: string): ReturnType<typeof instant> {
  const ms = Date.parse(`${iso}Z`);
  assert(!Number.isNaN(ms), iso);
  return instant(ms);
}
