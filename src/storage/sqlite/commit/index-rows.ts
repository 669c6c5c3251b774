/** Writes what the occurrence index knows of one object. */
import type { Database } from 'better-sqlite3';
import type { ObjectIndex } from '../../../core/calendar.ts';
import type { CalendarId, ObjectId, PrincipalId } from '../../../core/ids.ts';
import { lengthClass } from '../length-class.ts';
import { busyCodes, flag, storedInstant } from '../values.ts';

export interface IndexRows {
  readonly insert: (
    home: PrincipalId,
    calendar: CalendarId,
    object: ObjectId,
    rows: readonly IndexRow[],
  ) => void;
  /** Replaces what the index knows of an object, writing only what has changed. */
  readonly write: (home: PrincipalId, calendar: CalendarId, object: ObjectId, index: ObjectIndex) => void;
}

export type IndexRow = [starts: number, ends: number, busy: number];

export function prepareIndexRows(db: Database): IndexRows {
  const add = db.prepare<[number, number, number, number, number, number, number]>(`
    INSERT INTO occurrence (calendar, length_class, starts, ends, object, busy, home) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const found = db
    .prepare<[number, number], IndexRow>(
      `SELECT starts, ends, busy FROM occurrence
       WHERE calendar = ? AND object = ? ORDER BY starts, ends, busy`,
    )
    .raw();
  const remove = db.prepare<[number, number]>('DELETE FROM occurrence WHERE calendar = ? AND object = ?');
  const removeOne = db.prepare<[number, number, number, number, number, number]>(`
    DELETE FROM occurrence
    WHERE calendar = ? AND length_class = ? AND starts = ? AND ends = ? AND object = ? AND busy = ?`);

  // Columns that are set are taken out of each index and put there again, also where they are the same: up to five pages
  // of the log that nobody needs.
  const update = db.prepare<object>(`
    UPDATE object SET indexed_from = :from, indexed_until = :until, complete = :complete, first_start = :first,
      last_end = :last, undated = :undated, occurrence_count = :occurrenceCount
    WHERE calendar = :calendar AND id = :id
      AND (indexed_from, indexed_until, complete, first_start, last_end, undated, occurrence_count)
        <> (:from, :until, :complete, :first, :last, :undated, :occurrenceCount)`);

  return { insert, write };

  function write(home: PrincipalId, calendar: CalendarId, id: ObjectId, index: ObjectIndex): void {
    const occurrences = indexRows(index);
    update.run({ calendar, id, ...indexColumns(index, occurrences.length) });
    replace(home, calendar, id, occurrences);
  }

  function insert(
    home: PrincipalId,
    calendar: CalendarId,
    object: ObjectId,
    rows: readonly IndexRow[],
  ): void {
    for (const [starts, ends, busy] of rows) {
      add.run(calendar, lengthClass(starts, ends), starts, ends, object, busy, home);
    }
  }

  function replace(
    home: PrincipalId,
    calendar: CalendarId,
    object: ObjectId,
    rows: readonly IndexRow[],
  ): void {
    const before = found.all(calendar, object);
    const { gone, added } = difference(before, rows);
    if (2 * gone.length > before.length) {
      remove.run(calendar, object);
      insert(home, calendar, object, rows);
      return;
    }
    for (const [starts, ends, busy] of gone) {
      removeOne.run(calendar, lengthClass(starts, ends), starts, ends, object, busy);
    }
    insert(home, calendar, object, added);
  }
}

/**
 * The rows in which two ordered lists differ. Worth finding, since each instance of a series lies on another page of
 * the table.
 */
function difference(
  before: readonly IndexRow[],
  after: readonly IndexRow[],
): { readonly gone: readonly IndexRow[]; readonly added: readonly IndexRow[] } {
  const gone: IndexRow[] = [];
  const added: IndexRow[] = [];
  for (let from = 0, to = 0; ; ) {
    const [old, now] = [before[from], after[to]];
    if (old === undefined && now === undefined) return { gone, added };
    const order = old === undefined ? 1 : now === undefined ? -1 : compareRows(old, now);
    if (order <= 0) from++;
    if (order >= 0) to++;
    if (order < 0 && old) gone.push(old);
    if (order > 0 && now) added.push(now);
  }
}

/** The rows of an index, in their order in the table. Instances that coincide in everything share one. */
export function indexRows({ occurrences }: ObjectIndex): IndexRow[] {
  const rows = occurrences.map(
    ({ start, end, busy }): IndexRow => [storedInstant(start), storedInstant(end), busyCodes.indexOf(busy)],
  );
  rows.sort(compareRows);
  return rows.filter((row, at) => {
    const previous = rows[at - 1];
    return previous === undefined || compareRows(row, previous) !== 0;
  });
}

const compareRows = (a: IndexRow, b: IndexRow): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** The columns of an object's head that tell what its index knows. */
export function indexColumns(index: ObjectIndex, occurrenceCount: number): object {
  return {
    from: storedInstant(index.indexed.start),
    until: storedInstant(index.indexed.end),
    complete: flag(index.complete),
    first: storedInstant(index.first),
    last: storedInstant(index.last),
    undated: flag(index.undated),
    occurrenceCount,
  };
}
