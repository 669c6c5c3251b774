/**
 * Answers that are given again without being made again, each with the proof that it is still what would be made.
 *
 * While an answer is made, a witness notes what is read from the storage. What the directory's version covers is proven by that
 * version, calendars by their counters, the few other reads by being repeated: some microseconds where making the answer
 * takes ten times as many. An answer for which anything else was read has no proof, and is not kept: whoever gives a
 * property a new read need not know of this file.
 */
import type { Calendar } from '../core/calendar.ts';
import type { PropertyHolder } from '../core/change-set.ts';
import type { CalendarId, PrincipalId } from '../core/ids.ts';
import type { Instant } from '../icalendar/time.ts';
import type { Storage } from '../storage/port.ts';
import type { Services } from './context.ts';
import type { Directory } from './memory.ts';

/** Services whose reads are noted. */
export interface Witness<Given extends Services> {
  readonly services: Given;
  /** `undefined` where something was read that nothing proves. */
  readonly proof: () => Proof | undefined;
}

export interface Proof {
  readonly directory: Directory;
  /** As they were read: the storage gives the same value while the calendar's counter stands (storage/port.ts). */
  readonly calendars: readonly Calendar[];
  readonly used: ReadonlyMap<PrincipalId, number>;
  readonly noted: readonly { readonly holder: PropertyHolder; readonly text: string }[];
  /** When the clock was asked. */
  readonly asked: Instant | undefined;
}

/** Reads that the version of the directory covers, or whose answer never changes. */
const covered: ReadonlySet<string> = new Set<keyof Storage>([
  'epoch',
  'directoryVersion',
  'principal',
  'principalByName',
  'principalByAddress',
  'principals',
  'groupsOf',
  'membersOf',
  'policies',
  'visibleTo',
  'grants',
  'grantedLevel',
  'view',
]);

/** How old an answer that depends on the time may be, such as the years for which a time zone is written out. */
const maxAgeMs = 60_000;

/** `directory` is the current one, asked for before anything else is read. */
export function witness<Given extends Services>(services: Given, directory: Directory): Witness<Given> {
  const { storage, clock } = services;
  const calendars = new Set<Calendar>();
  const used = new Map<PrincipalId, number>();
  const noted: Proof['noted'][number][] = [];
  let asked: Instant | undefined;
  let isProvable = true;

  const seen = (calendar: Calendar | undefined): Calendar | undefined => {
    if (calendar) calendars.add(calendar);
    return calendar;
  };
  const watched: Partial<Storage> = {
    calendar: async (id: CalendarId) => seen(await storage.calendar(id)),
    calendarByName: async (owner, name) => seen(await storage.calendarByName(owner, name)),
    async calendarsOf(owner) {
      const all = await storage.calendarsOf(owner);
      for (const calendar of all) seen(calendar);
      return all;
    },
    async usedBytes(home) {
      const bytes = await storage.usedBytes(home);
      // It was read twice with a change in between, so the answer is true at no single moment.
      if ((used.get(home) ?? bytes) !== bytes) isProvable = false;
      used.set(home, bytes);
      return bytes;
    },
    async properties(holder) {
      const properties = await storage.properties(holder);
      noted.push({ holder, text: textOf(properties) });
      return properties;
    },
  };
  const watching = new Proxy(storage, {
    get(target, name, receiver): unknown {
      if (Object.hasOwn(watched, name)) return Reflect.get(watched, name);
      if (typeof name !== 'string' || !covered.has(name)) isProvable = false;
      return Reflect.get(target, name, receiver);
    },
  });
  const now = (): Instant => (asked ??= clock.now());
  return {
    services: { ...services, storage: watching, clock: { now } },
    proof: () => (isProvable ? { directory, calendars: [...calendars], used, noted, asked } : undefined),
  };
}

/** Whether the same answer would be made now. `directory` is the current one. */
export async function holds(proof: Proof, directory: Directory, services: Services): Promise<boolean> {
  const { storage, clock } = services;
  if (proof.directory !== directory) return false;
  for (const calendar of proof.calendars)
    if ((await storage.calendar(calendar.id)) !== calendar) return false;
  for (const [home, bytes] of proof.used) if ((await storage.usedBytes(home)) !== bytes) return false;
  for (const { holder, text } of proof.noted)
    if (textOf(await storage.properties(holder)) !== text) return false;
  return proof.asked === undefined || Math.abs(clock.now() - proof.asked) < maxAgeMs;
}

function textOf(properties: ReadonlyMap<string, string>): string {
  return properties.size === 0 ? '' : JSON.stringify([...properties]);
}
