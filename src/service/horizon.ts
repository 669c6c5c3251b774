/** The occurrence index rolls on, and follows the zones by which calendars are read. */
import type { Calendar, ObjectIndex, StoredObject } from '../core/calendar.ts';
import type { Change } from '../core/change-set.ts';
import { parseObject } from '../icalendar/object.ts';
import { dayMs, instant } from '../icalendar/time.ts';
import { operator } from './access.ts';
import type { Services } from './context.ts';
import { type IndexView, indexView, indexWindow, objectIndex } from './indexing.ts';
import { changeSet } from './writing.ts';

/** Index rows that one transaction writes; the objects it is about are few where series are dense. */
const maxRows = 5_000;
const maxObjects = 200;

/** A series is expanded anew when its rows end this much before the horizon: so each is touched a few times a year. */
const slackMs: number = 90 * dayMs;

/** Rows that do not reach further than this are not moved. */
const denseMs: number = 30 * dayMs;

/**
 * Expands the series anew whose rows end well before the horizon. Answers how many; to be run once a day. Safe at any
 * time and in any process: the work list is what the rows themselves say.
 */
export async function moveHorizon(services: Services): Promise<number> {
  const until = instant(indexWindow(services).end - slackMs);
  const worthwhile = services.clock.now() + denseMs;
  const views = new Map<number, IndexView | undefined>();
  let objects = 0;
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
    }
    await batch.write();
    objects += batch.count;
  }
  services.log({ event: 'horizon-moved', objects });
  return objects;
}

/** Reads floating times and dates of a calendar by the zone it has now. Answers how many objects moved. */
export async function reindexCalendar(services: Services, calendar: Calendar): Promise<number> {
  const always = { start: instant(Number.NEGATIVE_INFINITY), end: instant(Number.POSITIVE_INFINITY) };
  const view = await indexView(services, calendar);
  const batch = new Batch(services);
  const select = { by: 'zone-dependent', range: always } as const;
  for await (const page of services.storage.objects({ calendar: calendar.id, select })) {
    for (const stored of page) {
      const index = reindexed(services, stored, view);
      if (index) await batch.add(stored, index);
    }
  }
  await batch.write();
  services.log({ event: 'calendar-reindexed', calendar: calendar.id, objects: batch.count });
  return batch.count;
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
