/** Copies and moves of calendar objects, inside a calendar and across calendars (RFC 4918 §9.8, §9.9, clients.md W42). */
import type { Deed } from '../../core/acl.ts';
import type { ObjectIndex, SeenCalendar } from '../../core/calendar.ts';
import type { Change, Expectation } from '../../core/change-set.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { CalendarObject } from '../../icalendar/object.ts';
import { requireDeed, requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { changeSet, commit, commitRefusal, maxAttempts, overtaken } from '../writing.ts';
import { requireGuestChange } from './guests.ts';
import { indexInTurns, indexView, newObject } from './indexing.ts';
import { acceptInTurns, requireObjectName, requireShownWhole } from './object-rules.ts';
import { getObject } from './objects.ts';
import { sharedEtag } from './personal.ts';
import { seesEverything } from './shown.ts';
import { calendarZone } from './zones.ts';

/** Where a copy or move goes. */
export interface Target {
  readonly seen: SeenCalendar;
  /** In canonical encoded form. */
  readonly name: string;
  /** False: refuse with `stale` when there is something of that name (RFC 4918 §10.6). */
  readonly overwrite: boolean;
}

export interface TransferResult {
  readonly created: boolean;
  readonly etag: ETag;
}

/** Copies an object; the copy is judged by the target's rules as if it were PUT there. Dead properties come along. */
export async function copyObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  target: Target,
): Promise<TransferResult> {
  requireLevel(target.seen.access, 'contribute');
  requireOtherPlace(services, seen, name, target);
  const object = await getObject(services, actor, seen, name);
  if (!object) throw missing();
  if (object.shown !== 'full') {
    throw new Refusal('need-privileges', 'you do not see all of it, so you cannot copy it', {
      privilege: 'read',
    });
  }
  const { calendar } = target.seen;
  for (let attempt = 1; ; attempt++) {
    const there = await shownTarget(services, actor, target, 'change');
    const accepted = await acceptInTurns(services, target.seen, object.bytes);
    await requireGuestChange(services, target.seen, target.name, accepted.object);
    const copy = await newObject(services, calendar, target.name, accepted.object, accepted.bytes);
    const expect = target.overwrite ? (there ?? 'anything') : 'absent';
    const put: Change = { do: 'put', calendar: calendar.id, object: copy, expect, keepsUid: true };
    const result = await services.storage.commit(changeSet(actor, [put]));
    if (result.ok) {
      await copyProperties(services, actor, object.head.id, target);
      return { created: result.created[0] ?? false, etag: copy.etag };
    }
    if (result.reason !== 'stale' || !target.overwrite) throw commitRefusal(result);
    if (attempt === maxAttempts) throw overtaken();
  }
}

/**
 * Moves an object in one transaction; it keeps its bytes, its entity tag and its dead properties, and the target's rules
 * judge it as if it were PUT there. `expect` concerns the source.
 */
export async function moveObject(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  name: string,
  target: Target,
  expect: Exclude<Expectation, 'absent'> = 'present',
): Promise<TransferResult> {
  requireLevel(seen.access, 'contribute');
  requireLevel(target.seen.access, 'contribute');
  requireOtherPlace(services, seen, name, target);
  for (let attempt = 1; ; attempt++) {
    const object = await services.storage.object(seen.calendar.id, name);
    if (!object) throw missing();
    if (
      typeof expect === 'object' &&
      (await sharedEtag(services, actor, seen, name, expect.etag)) !== object.etag
    )
      throw commitRefusal({ ok: false, change: 0, reason: 'stale' });
    await requireShownWhole(services, actor, seen, object);
    await requireDeed(services, actor, seen, object, 'remove');
    const there = await shownTarget(services, actor, target, 'remove');
    const accepted = await acceptInTurns(services, target.seen, object.bytes);
    await requireGuestChange(services, target.seen, target.name, accepted.object);
    const isOthers = seen.calendar.owner !== target.seen.calendar.owner;
    const index =
      object.zoneDependent || isOthers
        ? await movedIndex(services, seen, target, accepted.object)
        : undefined;
    const change: Change = {
      do: 'move',
      from: seen.calendar.id,
      name,
      to: target.seen.calendar.id,
      newName: target.name,
      expect: { etag: object.etag },
      overwrite: target.overwrite,
      ...(there && target.overwrite && { target: there }),
      keepsUid: true,
      ...(index && { index }),
    };
    const result = await services.storage.commit(changeSet(actor, [change]));
    if (result.ok) return { created: result.created[0] ?? false, etag: object.etag };
    if (result.reason === 'name-in-use') throw new Refusal('stale', 'there is something of that name');
    if (result.reason !== 'stale') throw commitRefusal(result);
    if (attempt === maxAttempts) throw overtaken();
  }
}

/** The index by the target calendar's zone, if that is another one. */
async function movedIndex(
  services: Services,
  seen: SeenCalendar,
  target: Target,
  object: CalendarObject,
): Promise<ObjectIndex | undefined> {
  const [from, to] = await Promise.all([
    calendarZone(services, seen.calendar),
    calendarZone(services, target.seen.calendar),
  ]);
  if (from === to && seen.calendar.owner === target.seen.calendar.owner) return undefined;
  return indexInTurns(services, object, await indexView(services, target.seen.calendar));
}

/**
 * What is overwritten must be something that the actor sees whole and may do so to, and that which was looked at: the owner may put a private
 * event there meanwhile. `undefined` for those who see everything.
 */
async function shownTarget(
  services: Services,
  actor: Actor,
  { seen, name, overwrite }: Target,
  deed: Deed,
): Promise<Expectation | undefined> {
  if (seesEverything(seen)) return undefined;
  const head = await services.storage.head(seen.calendar.id, name);
  if (!head) return 'absent';
  await requireShownWhole(services, actor, seen, head);
  if (overwrite) await requireDeed(services, actor, seen, head, deed);
  return { etag: head.etag };
}

function requireOtherPlace(services: Services, seen: SeenCalendar, name: string, target: Target): void {
  requireObjectName(services, target.name);
  if (seen.calendar.id !== target.seen.calendar.id || name !== target.name) return;
  throw new Refusal('location-not-ok', 'source and target are the same');
}

/**
 * Copies the dead properties in a change set of its own, since only now the copy has an id. Somebody who reads in
 * between sees a copy without them.
 */
async function copyProperties(
  services: Services,
  actor: Actor,
  source: Extract<Change, { do: 'reindex' }>['object'],
  { seen, name }: Target,
): Promise<void> {
  const from = { on: 'object', id: source } as const;
  const copy = await services.storage.head(seen.calendar.id, name);
  if (!copy) return;
  const to = { on: 'object', id: copy.id } as const;
  const [wanted, present] = await Promise.all([
    services.storage.properties(from),
    services.storage.properties(to),
  ]);
  if (wanted.size > 0 || present.size > 0)
    await commit(services, actor, [{ do: 'copy-properties', from, to }]);
}

function missing(): Refusal {
  return new Refusal('not-found', 'there is no such object');
}
