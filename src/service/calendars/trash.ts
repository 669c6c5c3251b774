/** What was deleted: look, bring back, forget (clients.md demands 5, 6). */
import type { Calendar, ObjectIndex, TrashItem } from '../../core/calendar.ts';
import type { TrashId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { textOf } from '../../icalendar/event-facts.ts';
import { objectSteps, parseObject } from '../../icalendar/object.ts';
import { instant } from '../../icalendar/time.ts';
import { calendarById, isOperator, requireAdministrator, requireLevel, requireSelf } from '../access.ts';
import type { Services } from '../context.ts';
import { followChanges } from '../objects/horizon.ts';
import { indexInTurns, indexView } from '../objects/indexing.ts';
import { inTurns } from '../pace.ts';
import { changeSet, commitRefusal } from '../writing.ts';

/** The trash of a person, group or the company, in pages. */
export async function* listTrash(
  services: Services,
  actor: Actor,
  home: Principal,
): AsyncIterable<readonly TrashItem[]> {
  requireSelf(actor, home);
  yield* services.storage.trash(home.id);
}

/**
 * The title of a deleted event, from the beginning of its text: a trash may hold hundreds of texts of megabytes. `undefined`
 * where it has none, or has it elsewhere.
 */
export async function trashTitle({ storage }: Services, item: TrashId): Promise<string | undefined> {
  const bytes = await storage.trashBytes(item);
  const object = bytes && parseObject(bytes.subarray(0, titleWithinBytes), 'forgiving');
  const component = object?.master ?? object?.overrides[0];
  const title = component && textOf(component, 'SUMMARY');
  if (!title || title.length <= maxTitle) return title || undefined;
  // Do not cut between the two halves of a surrogate pair.
  return `${title.slice(0, maxTitle).replace(/[\ud800-\udbff]$/, '')}…`;
}

const titleWithinBytes: number = 64 * 1024;
const maxTitle = 200;

/** How many other names are tried if the original one is taken. */
const maxNames = 100;

/** Where a restored thing is now. */
export interface Restored {
  readonly calendar: Calendar;
  /** `null`: the whole calendar. */
  readonly object: string | null;
}

/** Restores one thing, under a similar name if its own is taken meanwhile. Refuses `uid-in-use` if its UID is. */
export async function restore(
  services: Services,
  actor: Actor,
  home: Principal,
  item: TrashId,
): Promise<Restored> {
  const found = await find(services, actor, home, item);
  await requirePlace(services, actor, found);
  for (let attempt = 1; attempt <= maxNames; attempt++) {
    const oldName = found.objectName ?? found.nameInHome;
    const newName = attempt === 1 ? undefined : otherName(oldName, attempt);
    const index = await indexNow(services, found);
    const change = {
      do: 'restore',
      item,
      ...(newName !== undefined && { newName }),
      ...(index && { index }),
    } as const;
    const result = await services.storage.commit(changeSet(actor, [change]));
    if (result.ok) {
      // The zone may have changed while the calendar was in the trash.
      if (found.objectName === null) await followChanges(services, { calendar: found.calendar });
      const calendar = await services.storage.calendar(found.calendar);
      if (!calendar) throw new Refusal('not-found', 'its calendar was deleted meanwhile');
      return { calendar, object: found.objectName === null ? null : (newName ?? found.objectName) };
    }
    if (result.reason !== 'name-in-use') throw commitRefusal(result);
  }
  throw new Refusal('already-exists', 'the name is taken');
}

/** If the calendar belongs to somebody else by now, the actor needs the right to write there. */
async function requirePlace(services: Services, actor: Actor, { home, calendar }: TrashItem): Promise<void> {
  const now = await services.storage.calendar(calendar);
  if (!now || now.owner === home || isOperator(actor)) return;
  const seen = await calendarById(services, actor, calendar);
  if (!seen) throw new Refusal('not-found', 'its calendar belongs to somebody else now');
  requireLevel(seen.access, 'contribute');
}

/** Forgets for good what was deleted before a time; of one home, or (for administrators) of all. */
export async function purgeTrash(
  services: Services,
  actor: Actor,
  olderThanMs: number,
  home?: Principal,
): Promise<void> {
  if (home) requireSelf(actor, home);
  else requireAdministrator(actor);
  const before = instant(services.clock.now() - olderThanMs);
  const result = await services.storage.commit(
    changeSet(actor, [{ do: 'purge-trash', before, ...(home && { home: home.id }) }]),
  );
  if (!result.ok) throw commitRefusal(result);
}

/** The zone of the calendar may be another one than when the object was deleted; a whole calendar has kept track of its own. */
async function indexNow(services: Services, { id, calendar }: TrashItem): Promise<ObjectIndex | undefined> {
  const { storage } = services;
  const [bytes, now] = await Promise.all([storage.trashBytes(id), storage.calendar(calendar)]);
  const object = bytes && (await inTurns(objectSteps(bytes)));
  return object && now && indexInTurns(services, object, await indexView(services, now));
}

async function find(services: Services, actor: Actor, home: Principal, item: TrashId): Promise<TrashItem> {
  for await (const page of listTrash(services, actor, home)) {
    const found = page.find(({ id }) => id === item);
    if (found) return found;
  }
  throw new Refusal('not-found', 'there is nothing of this id in the trash');
}

/** `plan.ics` -> `plan-2.ics`. */
function otherName(name: string, attempt: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}-${attempt}${name.slice(dot)}` : `${name}-${attempt}`;
}
