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
  /** Puts `rows` in the place of those that are there; writes nothing if they are the same. */
  readonly replace: (
    home: PrincipalId,
    calendar: CalendarId,
    object: ObjectId,
    rows: readonly IndexRow[],
  ) => void;
  /** All that the index knows of an object, in the place of what it knew. */
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

  const update = db.prepare<object>(`
    UPDATE object SET indexed_from = :from, indexed_until = :until, complete = :complete, first_start = :first,
      last_end = :last, undated = :undated, occurrence_count = :occurrenceCount
    WHERE calendar = :calendar AND id = :id`);

  return { insert, replace, write };

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
    if (before.length === rows.length && before.every((row, at) => sameRow(row, rows[at]))) return;
    remove.run(calendar, object);
    insert(home, calendar, object, rows);
  }
}

/** The rows of an index, in their order in the table. Instances that coincide in everything share one. */
export function indexRows({ occurrences }: ObjectIndex): IndexRow[] {
  const rows = occurrences.map(
    ({ start, end, busy }): IndexRow => [storedInstant(start), storedInstant(end), busyCodes.indexOf(busy)],
  );
  rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return rows.filter((row, at) => !sameRow(row, rows[at - 1]));
}

const sameRow = (a: IndexRow, b: IndexRow | undefined): boolean =>
  b !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

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
