/**
 * From a selection to the ids of its objects, gathered from an index in slices between which the event loop turns.
 *
 * Slices are bounded by rows read, so that no query holds up the others however much lies in its range.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { CalendarId } from '../../../core/ids.ts';
import type { TimeRange } from '../../../icalendar/time.ts';
import type { Selection } from '../../port.ts';
import { earliestStart, longestOfClass } from '../length-class.ts';
import { indexSlice, pageRows, pause } from '../pages.ts';
import { endOfTime, storedInstant } from '../values.ts';

/** All selections except `all`, for which nothing has to be gathered. */
export type Gathered = Exclude<Selection, { readonly by: 'all' }>;

/** Ids in no order, perhaps more than once. */
export type Candidates = (calendar: CalendarId, select: Gathered) => AsyncIterable<readonly number[]>;

/** Starts of one class from a key on, that overlap the range: RFC 4791 §9.9, the rule of VEVENT. */
const occurrencesSql = (columns: string, limit: string): string => `
  SELECT ${columns} FROM occurrence
  WHERE calendar = :calendar AND length_class = :lengthClass
    AND (starts, ends, object, busy) > (:starts, :ends, :object, :busy)
    AND starts < :rangeEnd
    AND (ends > :rangeStart OR (starts = ends AND starts >= :rangeStart))
  ORDER BY starts, ends, object, busy LIMIT ${limit}`;

/** Whether an object has a row in the range, by the same rule: a seek for each class of length. */
const hasRow = (calendar: string, object: string): string => `
  EXISTS (
    SELECT 1 FROM (VALUES ${longestOfClass.map((longest, lengthClass) => `(${lengthClass}, ${longest})`).join()}) k
    CROSS JOIN occurrence i ON i.object = ${object} AND i.calendar = ${calendar} AND i.length_class = k.column1
      AND i.starts >= :rangeStart - k.column2 AND i.starts < :rangeEnd
    WHERE i.ends > :rangeStart OR (i.starts = i.ends AND i.starts >= :rangeStart)
  )`;

/**
 * What overlaps a range without end, by the objects themselves: an endless series has a row for each instance to come,
 * and all of them would be read. What is all in the index overlaps if it ends behind the start of the range.
 */
const openEndedSql = `
  SELECT o.id, o.last_end FROM object o
  WHERE o.calendar = :calendar AND o.undated = 0 AND (o.last_end, o.id) > (:reached, :id)
    AND (o.complete = 1 AND o.last_end > :rangeStart OR ${hasRow('o.calendar', 'o.id')})
  ORDER BY o.last_end, o.id LIMIT ${indexSlice}`;

const undatedSql = `
  SELECT id FROM object WHERE calendar = ? AND undated = 1 AND id > ? ORDER BY id LIMIT ${indexSlice}`;

const mayOverlap = 'first_start < :rangeEnd AND last_end >= :rangeStart';

/**
 * Series of which something may lie behind what the index knows, and then those with something before it. Both go on
 * from a key (`:reached`, `:id`); for the second it begins at the start of the range.
 */
const beyondIndexSql = `
  SELECT id, indexed_until FROM object
  WHERE calendar = :calendar AND complete = 0 AND indexed_until < :rangeEnd AND last_end >= indexed_until
    AND (indexed_until, id) > (:reached, :id) AND ${mayOverlap}
  ORDER BY indexed_until, id LIMIT ${indexSlice}`;
const beforeIndexSql = `
  SELECT id, indexed_from FROM object
  WHERE calendar = :calendar AND complete = 0 AND first_start < indexed_from
    AND (indexed_from, id) > (:reached, :id) AND ${mayOverlap}
  ORDER BY indexed_from, id LIMIT ${indexSlice}`;

/** The given objects that have no row in the range. */
const withoutRowSql = `
  SELECT w.value FROM json_each(:wanted) w WHERE NOT ${hasRow(':calendar', 'w.value')}`;

const idsOfNamesSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.name = w.value`;
const idsOfUidsSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.uid = w.value`;

const zoneDependentSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.id = w.value
  WHERE o.zone_dependent = 1`;

type OccurrenceRow = [object: number, starts: number, ends: number, busy: number];
type ReachRow = [id: number, reached: number];

export function prepareCandidates(db: Database): Candidates {
  // One column costs a quarter of four; the key of the last row is asked for only where a slice is full.
  const objects = db.prepare<[object], number>(occurrencesSql('object', `${indexSlice}`)).pluck();
  const lastOfSlice = db
    .prepare<[object], OccurrenceRow>(
      occurrencesSql('object, starts, ends, busy', `1 OFFSET ${indexSlice - 1}`),
    )
    .raw();
  const openEnded = db.prepare<[object], ReachRow>(openEndedSql).raw();
  const withoutRow = db.prepare<[object], number>(withoutRowSql).pluck();
  const undated = db.prepare<[number, number], number>(undatedSql).pluck();
  const beyondIndex = db.prepare<[object], ReachRow>(beyondIndexSql).raw();
  const beforeIndex = db.prepare<[object], ReachRow>(beforeIndexSql).raw();
  const idsOfNames = db.prepare<[object], number>(idsOfNamesSql).pluck();
  const idsOfUids = db.prepare<[object], number>(idsOfUidsSql).pluck();
  const zoneDependent = db.prepare<[object], number>(zoneDependentSql).pluck();

  return (calendar, select) => batches(calendar, select);

  async function* batches(calendar: CalendarId, select: Gathered): AsyncGenerator<readonly number[]> {
    switch (select.by) {
      case 'names':
        yield* looked(idsOfNames, calendar, select.names);
        break;
      case 'uids':
        yield* looked(idsOfUids, calendar, select.uids);
        break;
      case 'indexed':
        yield* indexed(calendar, select.range);
        break;
      case 'unindexed':
        yield* unindexed(calendar, select.range);
        break;
      case 'unproven':
        for await (const ids of unindexed(calendar, select.range)) {
          yield withoutRow.all({ calendar, wanted: JSON.stringify(ids), ...bounds(select.range) });
        }
        break;
      case 'zone-dependent':
        for await (const ids of indexed(calendar, select.range)) yield onlyZoneDependent(calendar, ids);
        for await (const ids of unindexed(calendar, select.range)) yield onlyZoneDependent(calendar, ids);
    }
  }

  async function* indexed(calendar: CalendarId, range: TimeRange): AsyncGenerator<readonly number[]> {
    if (range.end === Number.POSITIVE_INFINITY) {
      // What ends with the start of the range is looked at too: it may have an instance without length there.
      yield* reaching(openEnded, { calendar, ...bounds(range) }, [0, storedInstant(range.start)]);
    } else yield* rowsOf(calendar, range);
    yield* byId((after) => undated.all(calendar, after));
  }

  async function* rowsOf(calendar: CalendarId, range: TimeRange): AsyncGenerator<readonly number[]> {
    const { rangeStart, rangeEnd } = bounds(range);
    for (const lengthClass of longestOfClass.keys()) {
      let [object, starts, ends, busy]: OccurrenceRow = [
        0,
        earliestStart(lengthClass, rangeStart),
        -endOfTime,
        0,
      ];
      for (;;) {
        const where = { calendar, lengthClass, rangeStart, rangeEnd, object, starts, ends, busy };
        const found = objects.all(where);
        const last = found.length < indexSlice ? undefined : lastOfSlice.get(where);
        if (found.length > 0) yield found;
        if (last === undefined) break;
        [object, starts, ends, busy] = last;
        await pause();
      }
    }
  }

  async function* unindexed(calendar: CalendarId, range: TimeRange): AsyncGenerator<readonly number[]> {
    const where = { calendar, ...bounds(range) };
    yield* reaching(beyondIndex, where, [0, -endOfTime]);
    // An object whose index begins with the range knows enough of its start: ids are below the end of time.
    yield* reaching(beforeIndex, where, [endOfTime, where.rangeStart]);
  }

  function onlyZoneDependent(calendar: CalendarId, ids: readonly number[]): readonly number[] {
    return zoneDependent.all({ calendar, wanted: JSON.stringify(ids) });
  }
}

const bounds = (range: TimeRange): { readonly rangeStart: number; readonly rangeEnd: number } => ({
  rangeStart: storedInstant(range.start),
  rangeEnd: storedInstant(range.end),
});

/** Slices along an index of objects, each from behind the last row of the one before. */
async function* reaching(
  statement: Statement<[object], ReachRow>,
  where: object,
  first: ReachRow,
): AsyncGenerator<readonly number[]> {
  let [id, reached] = first;
  for (;;) {
    const rows = statement.all({ ...where, id, reached });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => row[0]);
    if (rows.length < indexSlice) return;
    [id, reached] = last;
    await pause();
  }
}

/** Slices of ids in ascending order, each from behind the last one on. */
async function* byId(slice: (after: number) => readonly number[]): AsyncGenerator<readonly number[]> {
  for (let after = 0; ; await pause()) {
    const ids = slice(after);
    if (ids.length > 0) yield ids;
    if (ids.length < indexSlice) return;
    after = ids.at(-1) ?? after;
  }
}

async function* looked(
  statement: Statement<[object], number>,
  calendar: CalendarId,
  wanted: readonly string[],
): AsyncGenerator<readonly number[]> {
  for (let from = 0; from < wanted.length; from += pageRows) {
    if (from > 0) await pause();
    yield statement.all({ calendar, wanted: JSON.stringify(wanted.slice(from, from + pageRows)) });
  }
}
