/**
 * From a query to the keys of its rows.
 *
 * `all` is read along the table's own key and `names` in the order given; every other selection first gathers object
 * ids from an index, in slices, and then reads by id. Gathering before reading is what makes the rows distinct and
 * ordered, and costs 8 bytes an object.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { CalendarId } from '../../../core/ids.ts';
import type { TimeRange } from '../../../icalendar/time.ts';
import type { ObjectQuery, Selection } from '../../port.ts';
import { earliestStart, longestOfClass } from '../length-class.ts';
import { indexSlice, pageRows, pause } from '../pages.ts';
import { endOfTime, flag, storedInstant } from '../values.ts';

/** Which rows to read, and how to address them. */
export type Keys =
  | { readonly source: 'all' }
  | { readonly source: 'names'; readonly list: readonly string[] }
  | { readonly source: 'ids'; readonly list: readonly number[] };

export interface Select {
  /** False for calendars that are not there or in the trash: their objects are nobody's business. */
  readonly isLive: (calendar: CalendarId) => boolean;
  readonly keys: (query: ObjectQuery) => Promise<Keys>;
  /** Whether the query has a row; stops at the first. */
  readonly has: (query: ObjectQuery) => Promise<boolean>;
}

/** Starts of one class from a key on, that overlap the range: RFC 4791 §9.9, the rule of VEVENT. */
const occurrencesSql = `
  SELECT object, starts, ends, busy FROM occurrence
  WHERE calendar = :calendar AND length_class = :lengthClass
    AND (starts, ends, object, busy) > (:starts, :ends, :object, :busy)
    AND starts < :rangeEnd
    AND (ends > :rangeStart OR (starts = ends AND starts >= :rangeStart))
  ORDER BY starts, ends, object, busy LIMIT ${indexSlice}`;

/**
 * What overlaps a range without end, by the objects themselves: an endless series has a row for each instance to come,
 * and all of them would be read. What is all in the index overlaps if it ends behind the start of the range.
 */
const openEndedSql = `
  SELECT o.id FROM object o
  WHERE o.calendar = :calendar AND o.id > :after AND o.undated = 0 AND o.last_end >= :rangeStart
    AND (o.complete = 1 AND o.last_end > :rangeStart OR EXISTS (
      SELECT 1 FROM occurrence i
      WHERE i.calendar = o.calendar AND i.object = o.id
        AND (i.ends > :rangeStart OR (i.starts = i.ends AND i.starts >= :rangeStart))))
  ORDER BY o.id LIMIT ${indexSlice}`;

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

/** Of these objects, those without a row in the range. */
const withoutRowSql = `
  SELECT w.value FROM json_each(:wanted) w
  WHERE NOT EXISTS (
    SELECT 1 FROM occurrence i
    WHERE i.calendar = :calendar AND i.object = w.value AND i.starts < :rangeEnd
      AND (i.ends > :rangeStart OR (i.starts = i.ends AND i.starts >= :rangeStart)))`;

const idsOfNamesSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.name = w.value`;
const idsOfUidsSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.uid = w.value`;

const zoneDependentSql = `
  SELECT o.id FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.id = w.value
  WHERE o.zone_dependent = 1`;

/** The conditions of a query on each row, whatever it selects by. */
export const wantedRow = `(:kinds IS NULL OR instr(:kinds, o.kind) > 0)
  AND (:restricted = 0 OR o.classification <> 'public')`;

const anyOfKindSql = `
  SELECT 1 FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.id = w.value
  WHERE ${wantedRow} LIMIT 1`;

const anyInCalendarSql = `
  SELECT 1 FROM object o WHERE o.calendar = :calendar AND ${wantedRow} LIMIT 1`;

type OccurrenceRow = [object: number, starts: number, ends: number, busy: number];
type ReachRow = [id: number, reached: number];

/** `kinds` of a query as the parameter that statements search with `instr`; no kind's name is part of another's. */
export const kindsParameter = ({ kinds }: ObjectQuery): string | null => kinds?.join() ?? null;

export function prepareSelect(db: Database): Select {
  const live = db.prepare<[number], number>("SELECT 1 FROM calendar WHERE id = ? AND state = 'live'").pluck();
  const occurrences = db.prepare<[object], OccurrenceRow>(occurrencesSql).raw();
  const openEnded = db.prepare<[object], number>(openEndedSql).pluck();
  const withoutRow = db.prepare<[object], number>(withoutRowSql).pluck();
  const undated = db.prepare<[number, number], number>(undatedSql).pluck();
  const beyondIndex = db.prepare<[object], ReachRow>(beyondIndexSql).raw();
  const beforeIndex = db.prepare<[object], ReachRow>(beforeIndexSql).raw();
  const idsOfNames = db.prepare<[object], number>(idsOfNamesSql).pluck();
  const idsOfUids = db.prepare<[object], number>(idsOfUidsSql).pluck();
  const zoneDependent = db.prepare<[object], number>(zoneDependentSql).pluck();
  // Told which index to use: the planner takes reading the whole calendar for no worse.
  const anyRestricted = db
    .prepare<[number], number>(`
      SELECT 1 FROM object INDEXED BY object_restricted
      WHERE calendar = ? AND classification <> 'public' LIMIT 1`)
    .pluck();
  const anyOfKind = db.prepare<[object], number>(anyOfKindSql).pluck();
  const anyInCalendar = db.prepare<[object], number>(anyInCalendarSql).pluck();

  return {
    isLive: (calendar) => live.get(calendar) !== undefined,

    async keys({ calendar, select, after = 0 }) {
      if (select.by === 'all') return { source: 'all' };
      if (select.by === 'names') return { source: 'names', list: select.names };
      const found = new Set<number>();
      for await (const ids of batches(calendar, select)) for (const id of ids) found.add(id);
      return { source: 'ids', list: [...found].filter((id) => id > after).sort((a, b) => a - b) };
    },

    async has(query) {
      const { calendar, select } = query;
      if (live.get(calendar) === undefined) return false;
      // Asked before every answer in finished rows, and hardly ever true.
      if (query.restricted && anyRestricted.get(calendar) === undefined) return false;
      const kinds = kindsParameter(query);
      const restricted = flag(query.restricted ?? false);
      if (select.by === 'all') return anyInCalendar.get({ calendar, kinds, restricted }) !== undefined;
      for await (const ids of batches(calendar, select)) {
        if (anyOfKind.get({ calendar, kinds, restricted, wanted: JSON.stringify(ids) }) !== undefined)
          return true;
      }
      return false;
    },
  };

  /** Ids that the selection finds, in no order, perhaps more than once; the loop turns between full slices. */
  async function* batches(calendar: CalendarId, select: Selection): AsyncGenerator<readonly number[]> {
    switch (select.by) {
      case 'all':
        throw new Error('all objects are read without gathering ids');
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
      const { rangeStart } = bounds(range);
      yield* byId((after) => openEnded.all({ calendar, after, rangeStart }));
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
        const rows = occurrences.all({
          calendar,
          lengthClass,
          rangeStart,
          rangeEnd,
          object,
          starts,
          ends,
          busy,
        });
        const last = rows.at(-1);
        if (last === undefined) break;
        yield rows.map((row) => row[0]);
        if (rows.length < indexSlice) break;
        [object, starts, ends, busy] = last;
        await pause();
      }
    }
  }

  async function* unindexed(calendar: CalendarId, range: TimeRange): AsyncGenerator<readonly number[]> {
    const { rangeStart, rangeEnd } = bounds(range);
    // An object whose index begins with the range knows enough of its start: ids are below the end of time.
    const sides: readonly [typeof beyondIndex, ReachRow][] = [
      [beyondIndex, [0, -endOfTime]],
      [beforeIndex, [endOfTime, rangeStart]],
    ];
    for (const [side, first] of sides) {
      let [id, reached] = first;
      for (;;) {
        const rows = side.all({ calendar, rangeStart, rangeEnd, id, reached });
        const last = rows.at(-1);
        if (last === undefined) break;
        yield rows.map((row) => row[0]);
        if (rows.length < indexSlice) break;
        [id, reached] = last;
        await pause();
      }
    }
  }

  function onlyZoneDependent(calendar: CalendarId, ids: readonly number[]): readonly number[] {
    return zoneDependent.all({ calendar, wanted: JSON.stringify(ids) });
  }
}

const bounds = (range: TimeRange): { readonly rangeStart: number; readonly rangeEnd: number } => ({
  rangeStart: storedInstant(range.start),
  rangeEnd: storedInstant(range.end),
});

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
