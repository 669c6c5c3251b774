/** Keeps the occurrence index up to date: extends it as time passes, and rebuilds it when the zone of a calendar changes. */
import type { Calendar, ObjectIndex, StoredObject } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import { parseObject } from '../../icalendar/object.ts';
import { dayMs, instant } from '../../icalendar/time.ts';
import type { StaleReason } from '../../storage/port.ts';
import { operator } from '../access.ts';
import type { Services } from '../context.ts';
import { Pace } from '../pace.ts';
import { changeSet } from '../writing.ts';
import { type IndexView, indexView, indexWindow, objectIndex } from './indexing.ts';

/** Index rows that one transaction writes; the objects it is about are few where series are dense. */
const maxRows = 5_000;
const maxObjects = 200;

/** A series is expanded anew when its rows end this much before the horizon: so each is touched a few times a year. */
const slackMs: number = 90 * dayMs;

/** A series so dense that its rows reach no further than this is not extended. */
const denseMs: number = 30 * dayMs;

/**
 * Expands the series anew whose rows end well before the horizon. Answers how many; to be run once a day. Safe at any
 * time and in any process: the work list is what the rows themselves say.
 */
export async function moveHorizon(services: Services): Promise<number> {
  await followChanges(services);
  const until = instant(indexWindow(services).end - slackMs);
  const worthwhile = services.clock.now() + denseMs;
  const views = new Map<number, IndexView | undefined>();
  let objects = 0;
  const pace = new Pace(services.clock);
  for await (const page of services.storage.toReindex(until)) {
    const batch = new Batch(services);
    for (const stored of page) {
      if (!views.has(stored.calendar)) {
        const calendar = await services.storage.calendar(stored.calendar);
        views.set(stored.calendar, calendar && (await indexView(services, calendar)));
      }
      const view = views.get(stored.calendar);
      const index = view && reindexed(services, stored, view);
      // A series so dense that its rows end within weeks stays as it is: to move them every day would help nobody.
      if (index && index.indexed.end > worthwhile) await batch.add(stored, index);
      await pace.breathe();
    }
    await batch.write();
    objects += batch.count;
  }
  services.log({ event: 'horizon-moved', objects });
  return objects;
}

/**
 * Rebuilds indexes that were made with a former zone or former addresses, in one calendar, one home or everywhere.
 * Called right after such a change, and again by `moveHorizon`, which also finishes what a crash left undone.
 */
export async function followChanges(
  services: Services,
  of: Parameters<Services['storage']['staleIndexes']>[0] = {},
): Promise<void> {
  const { storage } = services;
  for (const { calendar: id, reason, version } of await storage.staleIndexes(of)) {
    const calendar = await storage.calendar(id);
    if (!calendar) continue;
    await reindexCalendar(services, calendar, reason);
    await storage.commit(changeSet(operator(), [{ do: 'index-made', calendar: id, reason, version }]));
  }
}

/** What `portcal check` reports about the index; with `repair` it is rebuilt. */
export async function* checkIndexes(
  services: Services,
  { repair }: { readonly repair: boolean },
): AsyncIterable<string> {
  for (const { calendar, reason } of await services.storage.staleIndexes()) {
    if (repair) await followChanges(services, { calendar });
    const mended = repair ? ' (mended)' : '';
    yield `the index of calendar ${calendar} was made by ${madeBy[reason]} of before${mended}`;
  }
}

const madeBy: Readonly<Record<StaleReason, string>> = { zone: 'the time zone', addresses: 'the addresses' };

/** Rebuilds the index of every object that the change may concern. Returns how many. */
async function reindexCalendar(services: Services, calendar: Calendar, reason: StaleReason): Promise<number> {
  const always = { start: instant(Number.NEGATIVE_INFINITY), end: instant(Number.POSITIVE_INFINITY) };
  const view = await indexView(services, calendar);
  const batch = new Batch(services);
  const pace = new Pace(services.clock);
  const select = reason === 'zone' ? ({ by: 'zone-dependent', range: always } as const) : everything;
  for await (const page of services.storage.objects({ calendar: calendar.id, select })) {
    for (const stored of page) {
      if (reason === 'addresses' && !hasAttendees(stored)) continue;
      const index = reindexed(services, stored, view);
      if (index) await batch.add(stored, index);
      await pace.breathe();
    }
  }
  await batch.write();
  services.log({ event: 'calendar-reindexed', calendar: calendar.id, objects: batch.count });
  return batch.count;
}

const everything = { by: 'all' } as const;

/** Whether anybody may be invited: only then does an index depend on addresses (indexing.ts). No program folds inside the name. */
function hasAttendees({ kind, bytes }: StoredObject): boolean {
  return kind === 'VEVENT' && /^ATTENDEE[;:]/im.test(Buffer.from(bytes).toString('latin1'));
}

function reindexed(services: Services, stored: StoredObject, view: IndexView): ObjectIndex | undefined {
  const object = parseObject(stored.bytes);
  if (object) return objectIndex(services, object, view);
  services.log({ event: 'object-unreadable', calendar: stored.calendar, object: stored.id });
  return undefined;
}

/** Gathers new indexes and writes them in transactions of bounded size. An object that was changed meanwhile has its own. */
class Batch {
  count = 0;
  private changes: Change[] = [];
  private rows = 0;
  private readonly services: Services;

  constructor(services: Services) {
    this.services = services;
  }

  async add(stored: StoredObject, index: ObjectIndex): Promise<void> {
    this.changes.push({ do: 'reindex', object: stored.id, etag: stored.etag, index });
    this.rows += index.occurrences.length;
    if (this.rows >= maxRows || this.changes.length >= maxObjects) await this.write();
  }

  async write(): Promise<void> {
    const { changes } = this;
    this.changes = [];
    this.rows = 0;
    if (changes.length === 0) return;
    const { storage } = this.services;
    const result = await storage.commit(changeSet(operator(), changes));
    if (result.ok) {
      this.count += changes.length;
      return;
    }
    // Somebody changed one of them after it was read: one by one, and that one not at all.
    for (const change of changes) {
      if ((await storage.commit(changeSet(operator(), [change]))).ok) this.count++;
    }
  }
}
