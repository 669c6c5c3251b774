/** COPY of a whole calendar (RFC 4918 §9.8, caldav.md 1, priority 7). */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Change } from '../../core/change-set.ts';
import type { CalendarId, ObjectId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { parseObject } from '../../icalendar/object.ts';
import { requireLevel } from '../access.ts';
import type { Services } from '../context.ts';
import { newObject } from '../objects/indexing.ts';
import { candidates } from '../objects/queries.ts';
import { commit } from '../writing.ts';
import { type CalendarTarget, defaultGrants, newCalendar, targetChanges } from './calendar-rows.ts';

/** Bytes of objects in one transaction. */
const batchBytes = 4 * 1024 * 1024;
const batchSize = 200;
/** Rows of the index: those of a few endless series take as long to write as a hundred objects. */
const batchRows = 1_000;

/**
 * Copies a calendar with its dead properties and, unless `depth` is 0, its objects with theirs. Objects that the actor sees
 * reduced stay behind. A small calendar is copied in one transaction, but for the properties of its objects; a large one in
 * batches, and if one of them fails, the copy is moved to the trash.
 */
export async function copyCalendar(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  target: CalendarTarget,
  depth: 0 | 'infinity' = 'infinity',
): Promise<{ readonly created: boolean }> {
  requireLevel(seen.access, 'read');
  const { calendar } = seen;
  const { existing, changes } = await targetChanges(services, actor, calendar.id, target);
  const id = services.ids<CalendarId>();
  const { displayName, description, color, order, timeZone, timeZoneData, components, transparent } =
    calendar;
  const row = newCalendar(id, target.owner, {
    name: target.name,
    displayName,
    description,
    color,
    order,
    components,
    transparent,
    exportAllowed: calendar.exportAllowed,
  });
  const copies = new Copies(services, actor, id, [
    ...changes,
    { do: 'create-calendar', calendar: { ...row, timeZone, timeZoneData } },
    ...defaultGrants(id, target.owner),
    {
      do: 'copy-properties',
      from: { on: 'calendar', id: calendar.id, person: null },
      to: { on: 'calendar', id, person: null },
    },
  ]);
  try {
    const noted: { readonly source: ObjectId; readonly name: string }[] = [];
    if (depth !== 0) {
      const into = { ...calendar, id, owner: target.owner.id };
      for await (const page of candidates(services, actor, seen)) {
        for (const { head, bytes, shown } of page) {
          const object = shown === 'full' ? parseObject(bytes) : undefined;
          if (!object) continue;
          await copies.add(await newObject(services, into, head.name, object, bytes));
          const { size } = await services.storage.properties({ on: 'object', id: head.id });
          if (size > 0) noted.push({ source: head.id, name: head.name });
        }
      }
    }
    await copies.write();
    // Only now the copies have ids.
    for (const { source, name } of noted) {
      const head = await services.storage.head(id, name);
      if (head) await copies.note(source, head.id);
    }
    await copies.write();
  } catch (error) {
    await copies.undo();
    throw error;
  }
  return { created: !existing };
}

type NewObject = Awaited<ReturnType<typeof newObject>>;

class Copies {
  private changes: Change[];
  private sizeBytes = 0;
  private rows = 0;
  private written = false;
  private readonly services: Services;
  private readonly actor: Actor;
  private readonly calendar: CalendarId;

  constructor(services: Services, actor: Actor, calendar: CalendarId, first: readonly Change[]) {
    this.services = services;
    this.actor = actor;
    this.calendar = calendar;
    this.changes = [...first];
  }

  async add(object: NewObject): Promise<void> {
    this.changes.push({ do: 'put', calendar: this.calendar, object, expect: 'absent' });
    this.sizeBytes += object.bytes.length;
    this.rows += object.index.occurrences.length;
    if (this.sizeBytes >= batchBytes || this.rows >= batchRows || this.changes.length >= batchSize)
      await this.write();
  }

  /** The dead properties of an object, which go with it. */
  async note(source: ObjectId, copy: ObjectId): Promise<void> {
    const [from, to] = [
      { on: 'object', id: source },
      { on: 'object', id: copy },
    ] as const;
    this.changes.push({ do: 'copy-properties', from, to });
    if (this.changes.length >= batchSize) await this.write();
  }

  async write(): Promise<void> {
    const { changes } = this;
    this.changes = [];
    this.sizeBytes = 0;
    this.rows = 0;
    if (changes.length === 0) return;
    await commit(this.services, this.actor, changes);
    this.written = true;
  }

  /** Moves the unfinished copy to the trash, so that nobody takes half a calendar for a whole one. */
  async undo(): Promise<void> {
    if (!this.written) return;
    await commit(this.services, this.actor, [{ do: 'delete-calendar', calendar: this.calendar }]);
  }
}
