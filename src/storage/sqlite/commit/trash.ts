/**
 * Into the trash and out of it.
 *
 * The head of a deleted object moves into `trash_object`, its occurrence rows as JSON with it; bytes, personal copies
 * and dead properties stay where they are. A deleted calendar stays in place with everything in it and only changes
 * its state, so deleting 50,000 objects is as quick as deleting one.
 */
import type { Database } from 'better-sqlite3';
import type { ObjectIndex } from '../../../core/calendar.ts';
import type { CalendarId, ObjectId, PrincipalId, TrashId } from '../../../core/ids.ts';
import { instant } from '../../../icalendar/time.ts';
import { notPurged } from '../trash-rule.ts';
import { flag, storedInstant } from '../values.ts';
import type { Counters } from './counters.ts';
import type { IndexRow, IndexRows } from './index-rows.ts';
import type { StaleIndexChanges } from './stale-index.ts';
import { missing, nameInUse, type Of, type Outcome, quotaExceeded, type Step, uidInUse } from './step.ts';

export interface Trash {
  /** Takes the object out of its calendar; counters and log are the caller's. */
  readonly discard: (calendar: CalendarId, object: ObjectId, step: Step) => void;
  readonly deleteCalendar: (change: Of<'delete-calendar'>, step: Step) => Outcome;
  readonly restore: (change: Of<'restore'>, step: Step) => Outcome;
  readonly purge: (change: Of<'purge-trash'>, step: Step) => Outcome;
  readonly reduce: (change: Of<'reduce-trashed'>) => Outcome;
  /** Removes one item for good, and answers its size. */
  readonly drop: (item: TrashId) => number;
}

interface ItemRow {
  readonly home: PrincipalId;
  readonly calendar: CalendarId;
  readonly object: ObjectId | null;
  readonly name: string;
  readonly uid: string;
  readonly sizeBytes: number;
}

interface CalendarRow {
  readonly home: PrincipalId;
  readonly name: string;
  readonly sizeBytes: number;
}

const headColumns = `
  kind, etag, created, modified, classification, zone_dependent, plain, indexed_from, indexed_until, complete,
  first_start, last_end, undated, occurrence_count, creator`;

export function prepareTrash(
  db: Database,
  counters: Counters,
  rows: IndexRows,
  maxTrashBytes: number,
  outdated: StaleIndexChanges['outdated'],
): Trash {
  const addObject = db.prepare<[number, number, number | null, number, number]>(`
    INSERT INTO trash (id, home, calendar, calendar_name, object, object_name, uid, size_bytes, deleted, deleted_by)
    SELECT ?, c.home, o.calendar, c.display_name, o.id, o.name, o.uid, o.size_bytes, ?, ?
    FROM object o CROSS JOIN calendar c ON c.id = o.calendar WHERE o.calendar = ? AND o.id = ?`);
  const addHead = db.prepare<[number, number, number]>(`
    INSERT INTO trash_object (trash, ${headColumns}, occurrences)
    SELECT ?, ${headColumns}, (
      SELECT json_group_array(json_array(x.starts, x.ends, x.busy)) FROM occurrence x
      WHERE x.calendar = o.calendar AND x.object = o.id
    ) FROM object o WHERE o.calendar = ? AND o.id = ?`);
  // The calendar's home, not the object's own column: after a change of owner that column is updated in steps.
  const removeObject = db.prepare<
    [number, number],
    { readonly home: PrincipalId; readonly sizeBytes: number }
  >(`
    DELETE FROM object WHERE calendar = ? AND id = ?
    RETURNING (SELECT c.home FROM calendar c WHERE c.id = object.calendar) AS home, size_bytes AS sizeBytes`);
  const weigh = db
    .prepare<[number, number], number>(
      'UPDATE principal SET trash_bytes = trash_bytes + ? WHERE id = ? RETURNING trash_bytes',
    )
    .pluck();
  const oldest = db
    .prepare<[number, number], TrashId>(
      'SELECT id FROM trash WHERE home = ? AND id <> ? ORDER BY deleted, id LIMIT 1',
    )
    .pluck();
  const addCalendar = db.prepare<[number, number, number | null, number]>(`
    INSERT INTO trash (id, home, calendar, calendar_name, object, object_name, uid, size_bytes, deleted, deleted_by)
    SELECT ?, home, id, display_name, NULL, NULL, NULL, size_bytes, ?, ? FROM calendar WHERE id = ?`);
  const discardCalendar = db.prepare<[number], { readonly home: PrincipalId; readonly sizeBytes: number }>(`
    UPDATE calendar SET state = 'trashed' WHERE id = ? AND state = 'live' RETURNING home, size_bytes AS sizeBytes`);
  const item = db.prepare<[number], ItemRow>(`
    SELECT t.home, t.calendar, t.object, t.object_name AS name, t.uid, t.size_bytes AS sizeBytes
    FROM trash t WHERE t.id = ? AND ${notPurged}`);
  const anyItem = db.prepare<[number], ItemRow>(`
    SELECT t.home, t.calendar, t.object, t.object_name AS name, t.uid, t.size_bytes AS sizeBytes
    FROM trash t WHERE t.id = ?`);
  const trashedCalendar = db.prepare<[number], CalendarRow>(
    "SELECT home, name, size_bytes AS sizeBytes FROM calendar WHERE id = ? AND state = 'trashed'",
  );
  const calendarNamed = db
    .prepare<[number, string], number>(
      "SELECT 1 FROM calendar WHERE home = ? AND name = ? AND state = 'live'",
    )
    .pluck();
  const reviveCalendar = db.prepare<[string, number, number]>(`
    UPDATE calendar SET state = 'live', name = ?, modseq = modseq + 1, modified = ? WHERE id = ?`);
  const objectNamed = db
    .prepare<[number, string], number>('SELECT id FROM object WHERE calendar = ? AND name = ?')
    .pluck();
  const nameOfUid = db
    .prepare<[number, string], string>('SELECT name FROM object WHERE calendar = ? AND uid = ?')
    .pluck();
  const reviveObject = db.prepare<object>(`
    INSERT INTO object (calendar, id, name, home, uid, size_bytes, modseq, ${headColumns})
    SELECT :calendar, :object, :name, :home, :uid, :sizeBytes, :modseq, ${headColumns}
    FROM trash_object WHERE trash = :item`);
  const occurrences = db
    .prepare<[number], IndexRow>(`
      SELECT row.value ->> 0, row.value ->> 1, row.value ->> 2
      FROM trash_object t CROSS JOIN json_each(t.occurrences) row WHERE t.trash = ?`)
    .raw();
  const rehome = db.prepare<[number, number, number]>(
    'UPDATE object_bytes SET home = ? WHERE object = ? AND home <> ?',
  );
  const removeItem = db.prepare<[number]>('DELETE FROM trash WHERE id = ?');
  const purgeCalendar = db.prepare<[number]>(
    "UPDATE calendar SET state = 'purged' WHERE id = ? AND state = 'trashed'",
  );
  const sweep = db.prepare<[string, number, number, number]>(`
    INSERT INTO sweep (kind, subject, before, through) VALUES (?, ?, ?, ?)
    ON CONFLICT (kind, subject, through) DO UPDATE SET before = max(before, excluded.before)`);
  const nextHome = db
    .prepare<[number], PrincipalId>('SELECT home FROM trash WHERE home > ? ORDER BY home LIMIT 1')
    .pluck();
  const removeBytes = db.prepare<[number]>('DELETE FROM object_bytes WHERE object = ?');
  const replaceBytes = db.prepare<[Uint8Array, number]>(
    'UPDATE object_bytes SET cuts = NULL, bytes = ? WHERE object = ?',
  );
  const replaceHead = db.prepare<[string, string, number, number, number]>(`
    UPDATE trash_object SET etag = ?, classification = ?, zone_dependent = ?, plain = ? WHERE trash = ?`);
  const resize = db.prepare<[number, number]>('UPDATE trash SET size_bytes = ? WHERE id = ?');
  const removeCopies = db.prepare<[number]>('DELETE FROM personal_copy WHERE object = ?');
  const removeProperties = db.prepare<[number]>(
    "DELETE FROM property WHERE holder_kind = 'object' AND holder = ?",
  );

  return {
    discard(calendar, object, step) {
      const id = step.newId<TrashId>();
      addObject.run(id, step.now, step.actor, calendar, object);
      addHead.run(id, calendar, object);
      const removed = removeObject.get(calendar, object);
      if (removed) fill(removed.home, removed.sizeBytes, id, step);
    },

    deleteCalendar({ calendar }, step) {
      const id = step.newId<TrashId>();
      const removed = discardCalendar.get(calendar);
      if (!removed) return missing;
      addCalendar.run(id, step.now, step.actor, calendar);
      counters.use(removed.home, -removed.sizeBytes);
      fill(removed.home, removed.sizeBytes, id, step);
      step.directoryChanged = true;
      return false;
    },

    restore({ item: id, newName, index }, step) {
      const found = item.get(id);
      if (!found) return missing;
      const outcome =
        found.object === null
          ? restoreCalendar(found, newName, step)
          : restoreObject(id, found, found.object, { newName, index }, step);
      if (typeof outcome !== 'boolean') return outcome;
      removeItem.run(id);
      weigh.get(-found.sizeBytes, found.home);
      return outcome;
    },

    purge({ before, home }, step) {
      const through = step.newId<TrashId>();
      // The purge must not cover anything that is deleted later.
      const until = storedInstant(instant(Math.min(before, step.now + 1)));
      if (home !== undefined) sweep.run('trash', home, until, through);
      else {
        for (let next = nextHome.get(0); next !== undefined; next = nextHome.get(next)) {
          sweep.run('trash', next, until, through);
        }
      }
      step.leftovers = true;
      return false;
    },

    // The instances are left as they are: a restore makes the index anew.
    reduce({ item: id, object }) {
      const found = item.get(id);
      if (!found || found.object === null) return missing;
      if (!object) {
        drop(id);
        return false;
      }
      replaceBytes.run(object.bytes, found.object);
      replaceHead.run(object.etag, object.classification, flag(object.zoneDependent), flag(object.plain), id);
      removeCopies.run(found.object);
      removeProperties.run(found.object);
      resize.run(object.bytes.length, id);
      weigh.get(object.bytes.length - found.sizeBytes, found.home);
      return false;
    },

    drop,
  };

  /** Counts what came into the trash of a home, and drops the oldest items while there is too much. */
  function fill(home: PrincipalId, bytes: number, added: TrashId, step: Step): void {
    let total = weigh.get(bytes, home) ?? 0;
    while (total > maxTrashBytes) {
      const first = oldest.get(home, added);
      if (first === undefined) return;
      total -= drop(first);
      step.leftovers = true;
    }
  }

  function drop(id: TrashId): number {
    const found = anyItem.get(id);
    if (!found) return 0;
    if (found.object === null) {
      purgeCalendar.run(found.calendar);
      sweep.run('calendar', found.calendar, 0, 0);
    } else {
      removeBytes.run(found.object);
      removeCopies.run(found.object);
      removeProperties.run(found.object);
    }
    removeItem.run(id);
    weigh.get(-found.sizeBytes, found.home);
    return found.sizeBytes;
  }

  function restoreCalendar({ calendar }: ItemRow, newName: string | undefined, step: Step): Outcome {
    const found = trashedCalendar.get(calendar);
    if (!found) return missing;
    const name = newName ?? found.name;
    if (calendarNamed.get(found.home, name) !== undefined) return nameInUse;
    if (!counters.use(found.home, found.sizeBytes)) return quotaExceeded;
    reviveCalendar.run(name, step.now, calendar);
    step.directoryChanged = true;
    return true;
  }

  function restoreObject(
    id: TrashId,
    { calendar, uid, sizeBytes, name: oldName }: ItemRow,
    object: ObjectId,
    { newName, index }: { readonly newName: string | undefined; readonly index: ObjectIndex | undefined },
    step: Step,
  ): Outcome {
    const name = newName ?? oldName;
    const moved = counters.move(calendar, step.now, { objects: 1, bytes: sizeBytes });
    if (!moved) return missing;
    if (objectNamed.get(calendar, name) !== undefined) return nameInUse;
    const other = nameOfUid.get(calendar, uid);
    if (other !== undefined) return uidInUse(other);
    if (!counters.use(moved.home, sizeBytes)) return quotaExceeded;
    reviveObject.run({ calendar, object, name, uid, sizeBytes, item: id, ...moved });
    rows.insert(moved.home, calendar, object, occurrences.all(id));
    rehome.run(moved.home, object, moved.home);
    if (index) {
      rows.write(moved.home, calendar, object, index);
      for (const reason of outdated(calendar, index)) step.stale[reason].add(calendar);
    }
    step.log.push({ calendar, ...moved, name, gone: false });
    return true;
  }
}
