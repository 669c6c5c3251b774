/** What the tests of every storage share: opening one, people and calendars in it, and objects to put there. */
import assert from 'node:assert/strict';
import type { NewObject, ObjectIndex, Occurrence } from '../../../src/core/calendar.ts';
import type { Change, CommitResult, NewCalendar, NewPrincipal } from '../../../src/core/change-set.ts';
import { manualClock } from '../../../src/core/clock.ts';
import { type CalendarId, etag, id, type PrincipalId, uid } from '../../../src/core/ids.ts';
import { dayMs, type Instant, instant } from '../../../src/icalendar/time.ts';
import type { Storage } from '../../../src/storage/port.ts';

export type ManualClock = ReturnType<typeof manualClock>;

export interface FactoryOptions {
  readonly clock: ManualClock;
  readonly maxHomeBytes: number;
}

/** Makes an empty storage. The suite closes it. */
export type StorageFactory = (options: FactoryOptions) => Storage | Promise<Storage>;

export const noon: number = Date.UTC(2026, 0, 5, 12);
export const maxHomeBytes = 1_000_000;

export const anna: PrincipalId = id(101);
export const boris: PrincipalId = id(102);
export const team: PrincipalId = id(103);
export const nobody: PrincipalId = id(199);
export const work: CalendarId = id(201);
export const home: CalendarId = id(202);
export const teamPlan: CalendarId = id(203);
export const nowhere: CalendarId = id(299);

export interface World {
  readonly storage: Storage;
  readonly clock: ManualClock;
  /** Commits and expects success. */
  readonly done: (...changes: Change[]) => Promise<readonly boolean[]>;
  /** Commits as Anna and answers whatever came of it. */
  readonly attempt: (...changes: Change[]) => Promise<CommitResult>;
}

/** A storage with Anna (calendars `work`, `home`), Boris and a group of both that owns `teamPlan`. */
export async function makeWorld(factory: StorageFactory): Promise<World> {
  const clock = manualClock(noon);
  const storage = await factory({ clock, maxHomeBytes });
  const attempt = (...changes: Change[]): Promise<CommitResult> => storage.commit({ actor: anna, changes });
  const done = async (...changes: Change[]): Promise<readonly boolean[]> => {
    const result = await attempt(...changes);
    assert.ok(result.ok, JSON.stringify(result));
    return result.created;
  };
  await done(
    {
      do: 'create-principal',
      principal: person(anna, 'anna', { addresses: ['anna@example.org', 'a@example.org'] }),
    },
    {
      do: 'create-principal',
      principal: person(boris, 'boris', { displayName: 'Борис Иванов', language: 'ru' }),
    },
    { do: 'create-principal', principal: person(team, 'team', { kind: 'group' }) },
    { do: 'member', group: team, member: anna, present: true },
    { do: 'member', group: team, member: boris, present: true },
    { do: 'create-calendar', calendar: calendar(work, anna, 'work') },
    { do: 'create-calendar', calendar: calendar(home, anna, 'home') },
    { do: 'create-calendar', calendar: calendar(teamPlan, team, 'plan') },
  );
  return { storage, clock, attempt, done };
}

export function person(id: PrincipalId, name: string, more: Partial<NewPrincipal> = {}): NewPrincipal {
  return {
    id,
    kind: 'user',
    name,
    displayName: name,
    addresses: [`${name}@example.com`],
    language: 'en',
    timeZone: 'Europe/Stockholm',
    isAdmin: false,
    ...more,
  };
}

export function calendar(
  id: CalendarId,
  owner: PrincipalId,
  name: string,
  more: Partial<NewCalendar> = {},
): NewCalendar {
  return {
    id,
    owner,
    name,
    displayName: name,
    description: null,
    color: null,
    order: null,
    timeZoneData: null,
    timeZone: null,
    components: ['VEVENT', 'VTODO'],
    transparent: false,
    exportAllowed: true,
    ...more,
  };
}

export const allTime: ObjectIndex['indexed'] = { start: instant(-Infinity), end: instant(Infinity) };

/** An index of which all instances are known. */
export function complete(...occurrences: Occurrence[]): ObjectIndex {
  const first = Math.min(...occurrences.map(({ start }) => start));
  const last = Math.max(...occurrences.map(({ end }) => end));
  return {
    occurrences,
    indexed: allTime,
    complete: true,
    first: instant(first),
    last: instant(last),
    undated: false,
  };
}

export const undated: ObjectIndex = {
  occurrences: [],
  indexed: allTime,
  complete: true,
  first: instant(-Infinity),
  last: instant(Infinity),
  undated: true,
};

/** `[start, end)` in days after `noon`. */
export function days(
  start: number,
  end: number = start + 1 / 24,
  busy: Occurrence['busy'] = 'busy',
): Occurrence {
  return { start: at(start), end: at(end), busy };
}

export const at = (day: number): Instant => instant(noon + day * dayMs);

export const range = (start: number, end: number): ObjectIndex['indexed'] => ({
  start: at(start),
  end: at(end),
});

/** An object whose etag names it and its version. */
export function object(
  name: string,
  more: Partial<NewObject> & { readonly version?: number } = {},
): NewObject {
  const { version = 1, ...rest } = more;
  return {
    name,
    uid: uid(`uid-of-${name}`),
    kind: 'VEVENT',
    etag: etag(`"${name}-${version}"`),
    bytes: Buffer.from(`BEGIN:VCALENDAR\r\n${name} ${version}\r\nEND:VCALENDAR\r\n`),
    plain: true,
    classification: 'public',
    zoneDependent: false,
    index: complete(days(0)),
    ...rest,
  };
}

export const put = (
  calendar: CalendarId,
  object: NewObject,
  expect: Extract<Change, { do: 'put' }>['expect'] = 'anything',
): Change => ({ do: 'put', calendar, object, expect });

export const remove = (
  calendar: CalendarId,
  name: string,
  expect: Extract<Change, { do: 'delete' }>['expect'] = 'present',
): Change => ({ do: 'delete', calendar, name, expect });

export async function flat<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

export async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

export async function problems(storage: Storage, repair = false): Promise<string[]> {
  const found: string[] = [];
  for await (const sentence of storage.check({ repair })) found.push(sentence);
  return found;
}

/** Opens a world before each test of a suite and closes it behind it, after a check that finds nothing wrong. */
export function useWorld(factory: StorageFactory): World {
  let current: World | undefined;
  beforeEach(async () => {
    current = await makeWorld(factory);
  });
  afterEach(async () => {
    const { storage } = now();
    await storage.tidy({ before: at(-1000), keepChanges: 1_000_000 });
    assert.deepEqual(await problems(storage), []);
    await storage.close();
  });
  return {
    get storage() {
      return now().storage;
    },
    get clock() {
      return now().clock;
    },
    done: (...changes) => now().done(...changes),
    attempt: (...changes) => now().attempt(...changes),
  };

  function now(): World {
    assert.ok(current, 'the world is opened before each test');
    return current;
  }
}
