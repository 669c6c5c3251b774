/** A small office on a real database in memory: two people, an administrator, a group, and their calendars. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Level } from '../../src/core/acl.ts';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import { manualClock } from '../../src/core/clock.ts';
import { idSource } from '../../src/core/ids.ts';
import { defaultLimits, type Limits } from '../../src/core/limits.ts';
import type { Actor, AppPasswordScope, Principal } from '../../src/core/principal.ts';
import { Refusal, type RefusalCode } from '../../src/core/refusal.ts';
import { dayMs } from '../../src/icalendar/time.ts';
import { actorFor, calendarById, calendarInHome, operator } from '../../src/service/access.ts';
import { grant } from '../../src/service/calendars/calendars.ts';
import { createServices, type ServiceEvent, type Services } from '../../src/service/context.ts';
import { type PutResult, putObject } from '../../src/service/objects/objects.ts';
import { createGroup, createPerson, setMember } from '../../src/service/people/people.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';

/** Friday 20 March 2026, noon in London. */
export const noon: number = Date.UTC(2026, 2, 20, 12);

export interface Office {
  readonly services: Services;
  readonly clock: ReturnType<typeof manualClock>;
  readonly events: ServiceEvent[];
  readonly system: Actor;
  readonly alice: Principal;
  readonly bob: Principal;
  readonly root: Principal;
  /** Bob is a member. */
  readonly team: Principal;
  readonly close: () => Promise<void>;
}

export async function office(limits: Partial<Limits> = {}): Promise<Office> {
  const clock = manualClock(noon);
  const events: ServiceEvent[] = [];
  const storage = openSqlite({
    file: ':memory:',
    clock,
    maxHomeBytes: limits.maxHomeBytes ?? defaultLimits.maxHomeBytes,
  });
  let drawn = 0;
  const services = createServices({
    storage,
    clock,
    ids: idSource(clock, 1),
    limits: { ...defaultLimits, ...limits },
    log: (event) => events.push(event),
    secret: Buffer.alloc(32, 7),
    random: (size) => createHash('sha512').update(`random ${drawn++}`).digest().subarray(0, size),
  });
  const system = operator('command-line');
  const person = (name: string, isAdmin = false): Promise<Principal> =>
    createPerson(services, system, {
      name,
      displayName: name.toUpperCase(),
      addresses: [`${name}@example.com`],
      timeZone: 'Europe/Stockholm',
      isAdmin,
    });
  const alice = await person('alice');
  const bob = await person('bob');
  const root = await person('root', true);
  const team = await createGroup(services, system, 'group', { name: 'team', displayName: 'Team' });
  await setMember(services, system, team, bob, true);
  return { services, clock, events, system, alice, bob, root, team, close: () => storage.close() };
}

export function actor(
  { services }: Office,
  principal: Principal,
  scope: AppPasswordScope = 'write',
): Promise<Actor> {
  return actorFor(services, principal, { scope, via: scope === 'read' ? 'app-password' : 'password' });
}

/** A calendar of somebody as somebody else meets it; `viewer` absent: as its owner does. */
export async function seen(
  { services, alice, ...rest }: Office,
  viewer: Principal = alice,
  owner: Principal = alice,
  name = 'personal',
): Promise<SeenCalendar> {
  const who = await actor({ services, alice, ...rest }, viewer);
  const found = await calendarInHome(services, who, owner, name);
  assert.ok(found, `${viewer.name} does not see ${owner.name}/${name}`);
  return found;
}

/** Alice's calendar as its owner sees it, looked up anew. */
export async function refreshed(
  { services }: Office,
  who: Actor,
  { calendar }: SeenCalendar,
): Promise<SeenCalendar> {
  const found = await calendarById(services, who, calendar.id);
  assert.ok(found);
  return found;
}

/** Gives a level on alice's calendar. */
export async function share(
  at: Office,
  grantee: Principal | 'everyone',
  level: Level | null,
  name = 'personal',
): Promise<void> {
  const mine = await seen(at, at.alice, at.alice, name);
  const who = await actor(at, at.alice);
  await grant(at.services, who, mine, grantee === 'everyone' ? grantee : grantee.id, level);
}

export interface EventValues {
  readonly uid?: string;
  readonly summary?: string;
  readonly start?: string;
  readonly end?: string;
  /** Whole lines. */
  readonly more?: readonly string[];
  readonly inner?: readonly string[];
  readonly component?: string;
}

/** An event on 23 March 2026, 9 to 10 in UTC, unless told otherwise. */
export function event(values: EventValues = {}): Uint8Array {
  const {
    uid = 'event-1',
    summary = 'Secret plan',
    start = ':20260323T090000Z',
    end = ':20260323T100000Z',
    more = [],
    inner = [],
    component = 'VEVENT',
  } = values;
  const dates = component === 'VEVENT' ? [`DTSTART${start}`, `DTEND${end}`] : [];
  return text([
    `BEGIN:${component}`,
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    ...dates,
    `SUMMARY:${summary}`,
    ...more,
    ...inner,
    `END:${component}`,
  ]);
}

/** A calendar around component lines. */
export function text(lines: readonly string[]): Uint8Array {
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...lines, 'END:VCALENDAR', ''];
  return Buffer.from(all.join('\r\n'));
}

export async function put(
  { services }: Office,
  who: Actor,
  where: SeenCalendar,
  name: string,
  bytes: Uint8Array = event({ uid: name }),
): Promise<PutResult> {
  return await putObject(services, who, where, { name, bytes, expect: 'anything' });
}

export async function refuses(promise: Promise<unknown>, code: RefusalCode): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Refusal, `not a refusal: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `nothing was refused, expected ${code}` });
}

export async function all<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

export async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

export const days = (count: number): number => count * dayMs;
