/** How values of the core stand in columns, both ways. The conventions are those on top of `schema.sql`. */
import type { Busy, ComponentName, ExportWindow } from '../../core/calendar.ts';
import { type Instant, instant } from '../../icalendar/time.ts';

/** An open side of time in the database: integers there have no infinity. */
export const endOfTime: number = Number.MAX_SAFE_INTEGER;

/** The grantee that stands for everyone; no id is 0. */
export const everyoneId = 0;

export function storedInstant(value: Instant): number {
  return Math.min(Math.max(value, -endOfTime), endOfTime);
}

export function readInstant(stored: number): Instant {
  if (stored >= endOfTime) return instant(Infinity);
  if (stored <= -endOfTime) return instant(-Infinity);
  return instant(stored);
}

export const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);
export const storedFlag = (value: boolean | null): 0 | 1 | null => (value === null ? null : flag(value));
export const readFlag = (stored: number | null): boolean | null => (stored === null ? null : stored === 1);

/** Index in this list is the code in `occurrence.busy`. */
export const busyCodes: readonly Busy[] = ['free', 'busy', 'tentative', 'unavailable'];

export const readBusy = (code: number): Busy => busyCodes[code] ?? 'busy';

const componentNames: readonly ComponentName[] = [
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
];

export function readComponents(stored: string): ComponentName[] {
  return stored.split(',').flatMap((text) => componentNames.filter((name) => name === text));
}

export interface StoredWindow {
  readonly monthsBack: number | null;
  readonly monthsAhead: number | null;
}

export function storedWindow(window: ExportWindow): StoredWindow {
  return window === 'all' ? { monthsBack: null, monthsAhead: null } : window;
}

export function readWindow({ monthsBack, monthsAhead }: StoredWindow): ExportWindow {
  return monthsBack === null || monthsAhead === null ? 'all' : { monthsBack, monthsAhead };
}

/** The text in which principals are searched; SQL folds the case of ASCII only. */
export const searchable = (text: string): string => text.normalize('NFC').toLowerCase();
