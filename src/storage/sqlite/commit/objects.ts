/** Changes of calendar objects. Whatever a client could see is counted and logged here, so no caller can forget it. */
import type { Database } from 'better-sqlite3';
import type { NewObject, ObjectIndex } from '../../../core/calendar.ts';
import type { CalendarId, ETag, ObjectId, PrincipalId } from '../../../core/ids.ts';
import { flag } from '../values.ts';
import type { Counters } from './counters.ts';
import { type IndexRows, indexColumns, indexRows } from './index-rows.ts';
import type { StaleIndexChanges } from './stale-index.ts';
import {
  holds,
  missing,
  nameInUse,
  type Of,
  type Outcome,
  quotaExceeded,
  type Step,
  stale,
  uidInUse,
} from './step.ts';
import type { Trash } from './trash.ts';

export interface ObjectChanges {
  readonly put: (change: Of<'put'>, step: Step) => Outcome;
  readonly remove: (change: Of<'delete'>, step: Step) => Outcome;
  readonly move: (change: Of<'move'>, step: Step) => Outcome;
  readonly reindex: (change: Of<'reindex'>) => Outcome;
  readonly personalCopy: (change: Of<'personal-copy'>, step: Step) => Outcome;
}

/** An object by name; `id` is null where the calendar has no such object. */
interface Found {
  readonly id: ObjectId | null;
  readonly etag: ETag;
  readonly uid: string;
  readonly sizeBytes: number;
}

interface Place {
  readonly calendar: CalendarId;
  readonly home: PrincipalId;
  readonly name: string;
  readonly etag: ETag;
}

export function prepareObjectChanges(
  db: Database,
  counters: Counters,
  rows: IndexRows,
  trash: Trash,
  outdated: StaleIndexChanges['outdated'],
): ObjectChanges {
  const find = db.prepare<[string, number], Found>(`
    SELECT o.id, o.etag, o.uid, o.size_bytes AS sizeBytes
    FROM calendar c LEFT JOIN object o ON o.calendar = c.id AND o.name = ?
    WHERE c.id = ? AND c.state = 'live'`);
  const ofUid = db.prepare<[number, string], { readonly id: ObjectId; readonly name: string }>(
    'SELECT id, name FROM object WHERE calendar = ? AND uid = ?',
  );
  const place = db.prepare<[number], Place>(`
    SELECT o.calendar, o.home, o.name, o.etag FROM object o CROSS JOIN calendar c ON c.id = o.calendar
    WHERE o.id = ? AND c.state = 'live'`);
  const insert = db.prepare<object>(`
    INSERT INTO object (calendar, id, name, etag, home, uid, kind, size_bytes, modseq, created, modified,
      classification, zone_dependent, plain, indexed_from, indexed_until, complete, first_start, last_end, undated,
      occurrence_count, creator)
    VALUES (:calendar, :id, :name, :etag, :home, :uid, :kind, :sizeBytes, :modseq, :now, :now,
      :classification, :zoneDependent, :plain, :from, :until, :complete, :first, :last, :undated,
      :occurrenceCount, :creator)`);
  // The UID and what the index knows hardly ever change, and would be written into their indices again by being set here.
  const update = db.prepare<object>(`
    UPDATE object SET etag = :etag, kind = :kind, size_bytes = :sizeBytes, modseq = :modseq, modified = :now,
      classification = :classification, zone_dependent = :zoneDependent, plain = :plain
    WHERE calendar = :calendar AND id = :id`);
  const changeUid = db.prepare<[string, number, number]>(
    'UPDATE object SET uid = ? WHERE calendar = ? AND id = ?',
  );
  const insertBytes = db.prepare<[number, number, string | null, Uint8Array]>(
    'INSERT INTO object_bytes (object, home, cuts, bytes) VALUES (?, ?, ?, ?)',
  );
  const updateBytes = db.prepare<[string | null, Uint8Array, number]>(
    'UPDATE object_bytes SET cuts = ?, bytes = ? WHERE object = ?',
  );
  const rename = db.prepare<[string, number, number, number]>(
    'UPDATE object SET name = ?, modseq = ? WHERE calendar = ? AND id = ?',
  );
  // The key changes; the index rows follow by their foreign key. An object of unknown creator gets the actor as its
  // creator.
  const transfer = db.prepare<[number, number, string, number, number | null, number, number]>(`
    UPDATE object SET calendar = ?, home = ?, name = ?, modseq = ?, creator = coalesce(creator, ?)
    WHERE calendar = ? AND id = ?`);
  const transferCopies = db.prepare<[number, number, number]>(
    'UPDATE personal_copy SET calendar = ?, home = ? WHERE object = ?',
  );
  const rehomeBytes = db.prepare<[number, number, number]>(
    'UPDATE object_bytes SET home = ? WHERE object = ? AND home <> ?',
  );
  const rehomeRows = db.prepare<[number, number, number, number]>(
    'UPDATE occurrence SET home = ? WHERE calendar = ? AND object = ? AND home <> ?',
  );
  const rehomeProperties = db.prepare<[number, number, number]>(
    "UPDATE property SET home = ? WHERE holder_kind = 'object' AND holder = ? AND home <> ?",
  );
  const touch = db.prepare<[number, number, number]>(
    'UPDATE object SET modseq = ? WHERE calendar = ? AND id = ?',
  );
  const dropCopies = db.prepare<[number, string]>(
    'DELETE FROM personal_copy WHERE object = ? AND stands_over <> ?',
  );
  const dropCopy = db.prepare<[number, number]>(
    'DELETE FROM personal_copy WHERE object = ? AND principal = ?',
  );
  const keepCopy = db.prepare<object>(`
    INSERT INTO personal_copy (object, principal, calendar, home, stands_over, etag, plain, bytes)
    VALUES (:object, :principal, :calendar, :home, :over, :etag, :plain, :bytes)
    ON CONFLICT (object, principal) DO UPDATE SET stands_over = excluded.stands_over, etag = excluded.etag,
      plain = excluded.plain, bytes = excluded.bytes`);
  const isPerson = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();

  return { put, remove, move, reindex, personalCopy };

  function put({ calendar, object, expect, keepsUid, creator }: Of<'put'>, step: Step): Outcome {
    const found = find.get(object.name, calendar);
    if (!found) return missing;
    if (!holds(expect, found.id === null ? undefined : found.etag)) return stale;
    const sameUid = ofUid.get(calendar, object.uid);
    if (sameUid && sameUid.id !== found.id) return uidInUse(sameUid.name);
    if (keepsUid && found.id !== null && found.uid !== object.uid) return uidInUse(object.name);

    const sizeBytes = object.bytes.byteLength;
    const growth = found.id === null ? sizeBytes : sizeBytes - found.sizeBytes;
    const moved = counters.move(calendar, step.now, { objects: found.id === null ? 1 : 0, bytes: growth });
    if (!moved) return missing;
    if (!counters.use(moved.home, growth)) return quotaExceeded;

    const id = found.id ?? step.newId<ObjectId>();
    const columns = { calendar, id, now: step.now, ...moved, ...headColumns(object) };
    if (found.id === null) {
      const occurrences = indexRows(object.index);
      insert.run({
        ...columns,
        ...indexColumns(object.index, occurrences.length),
        creator: creator === undefined ? step.actor : creator,
      });
      insertBytes.run(id, moved.home, object.cuts ?? null, object.bytes);
      rows.insert(moved.home, calendar, id, occurrences);
    } else {
      update.run(columns);
      if (found.uid !== object.uid) changeUid.run(object.uid, calendar, id);
      updateBytes.run(object.cuts ?? null, object.bytes, id);
      rows.write(moved.home, calendar, id, object.index);
      dropCopies.run(id, object.etag);
    }
    noteOutdated(calendar, object.index, step);
    step.log.push({ calendar, ...moved, name: object.name, gone: false });
    return found.id === null;
  }

  function remove({ calendar, name, expect }: Of<'delete'>, step: Step): Outcome {
    const found = find.get(name, calendar);
    if (!found) return missing;
    if (!holds(expect, found.id === null ? undefined : found.etag)) return stale;
    if (found.id === null) return missing;
    const moved = counters.move(calendar, step.now, { objects: -1, bytes: -found.sizeBytes });
    if (!moved) return missing;
    counters.use(moved.home, -found.sizeBytes);
    trash.discard(calendar, found.id, step);
    step.log.push({ calendar, ...moved, name, gone: true });
    return false;
  }

  function move(change: Of<'move'>, step: Step): Outcome {
    const { from, name, to, newName, expect, overwrite, keepsUid, index } = change;
    const source = find.get(name, from);
    const target = find.get(newName, to);
    if (!source || !target) return missing;
    if (!holds(expect, source.id === null ? undefined : source.etag)) return stale;
    if (source.id === null) return missing;
    if (source.id === target.id) return false;
    if (change.target && !holds(change.target, target.id === null ? undefined : target.etag)) return stale;
    if (target.id !== null && !overwrite) return nameInUse;
    const sameUid = ofUid.get(to, source.uid);
    if (sameUid && sameUid.id !== source.id && sameUid.id !== target.id) return uidInUse(sameUid.name);
    if (keepsUid && target.id !== null && target.uid !== source.uid) return uidInUse(newName);

    if (target.id !== null) {
      const emptied = counters.move(to, step.now, { objects: -1, bytes: -target.sizeBytes });
      if (!emptied) return missing;
      counters.use(emptied.home, -target.sizeBytes);
      trash.discard(to, target.id, step);
    }
    const left = counters.move(from, step.now, { objects: -1, bytes: -source.sizeBytes });
    const reached = counters.move(to, step.now, { objects: 1, bytes: source.sizeBytes });
    if (!left || !reached) return missing;
    if (left.home !== reached.home) {
      counters.use(left.home, -source.sizeBytes);
      if (!counters.use(reached.home, source.sizeBytes)) return quotaExceeded;
    }
    if (from === to) rename.run(newName, reached.modseq, to, source.id);
    else {
      transfer.run(to, reached.home, newName, reached.modseq, step.actor, from, source.id);
      transferCopies.run(to, reached.home, source.id);
    }
    if (left.home !== reached.home) rehome(reached.home, to, source.id);
    if (index) {
      rows.write(reached.home, to, source.id, index);
      noteOutdated(to, index, step);
    }
    step.log.push({ calendar: from, ...left, name, gone: true });
    step.log.push({ calendar: to, ...reached, name: newName, gone: false });
    return target.id === null;
  }

  function reindex({ object, etag, index }: Of<'reindex'>): Outcome {
    const found = place.get(object);
    if (!found) return missing;
    if (found.etag !== etag) return stale;
    // If the zone or the addresses have changed since, that change has put the calendar on the list of stale indexes.
    if (outdated(found.calendar, index).length > 0) return stale;
    rows.write(found.home, found.calendar, object, index);
    return false;
  }

  /**
   * Also writes a line of the sync log, though the shared object stays the same: that is how the person's other devices
   * learn of it.
   */
  function personalCopy({ principal, object, over, copy }: Of<'personal-copy'>, step: Step): Outcome {
    const found = place.get(object);
    if (!found || isPerson.get(principal) === undefined) return missing;
    if (found.etag !== over) return stale;
    const { calendar, name } = found;
    if (copy === null) {
      if (dropCopy.run(object, principal).changes === 0) return false;
    } else {
      keepCopy.run({ object, principal, calendar, home: found.home, over, ...copy, plain: flag(copy.plain) });
    }
    const moved = counters.move(calendar, step.now);
    if (!moved) return missing;
    touch.run(moved.modseq, calendar, object);
    step.log.push({ calendar, ...moved, name, gone: false });
    return false;
  }

  /** The zone or the addresses may have changed since the index was made, which was before this transaction. */
  function noteOutdated(calendar: CalendarId, index: ObjectIndex, step: Step): void {
    for (const reason of outdated(calendar, index)) step.stale[reason].add(calendar);
  }

  function rehome(home: PrincipalId, calendar: CalendarId, object: ObjectId): void {
    rehomeBytes.run(home, object, home);
    rehomeRows.run(home, calendar, object, home);
    rehomeProperties.run(home, object, home);
  }
}

function headColumns(object: NewObject): object {
  return {
    name: object.name,
    etag: object.etag,
    uid: object.uid,
    kind: object.kind,
    sizeBytes: object.bytes.byteLength,
    classification: object.classification,
    zoneDependent: flag(object.zoneDependent),
    plain: flag(object.plain),
  };
}
