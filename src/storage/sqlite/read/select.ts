/**
 * From a query to the keys of its rows.
 *
 * `all` is read along the table's own key and `names` in the order given; every other selection first gathers object
 * ids (candidates.ts) and then reads by id. Gathering before reading is what makes the rows distinct and
 * ordered, and costs 8 bytes an object.
 */
import type { Database } from 'better-sqlite3';
import type { CalendarId } from '../../../core/ids.ts';
import type { ObjectQuery } from '../../port.ts';
import { flag } from '../values.ts';
import { prepareCandidates } from './candidates.ts';

/** Which rows to read, and how to address them. */
export type Keys =
  | { readonly source: 'all' }
  | { readonly source: 'names'; readonly list: readonly string[] }
  | { readonly source: 'ids'; readonly list: readonly number[] };

export interface Select {
  /** False for calendars that do not exist or are in the trash: their objects are not read. */
  readonly isLive: (calendar: CalendarId) => boolean;
  readonly keys: (query: ObjectQuery) => Promise<Keys>;
  /** Whether the query has a row; stops at the first. */
  readonly has: (query: ObjectQuery) => Promise<boolean>;
}

/** The conditions of a query on each row, whatever it selects by. */
export const wantedRow = `(:kinds IS NULL OR instr(:kinds, o.kind) > 0)
  AND (:restricted = 0 OR o.classification <> 'public')`;

const anyOfKindSql = `
  SELECT 1 FROM json_each(:wanted) w CROSS JOIN object o ON o.calendar = :calendar AND o.id = w.value
  WHERE ${wantedRow} LIMIT 1`;

const anyInCalendarSql = `
  SELECT 1 FROM object o WHERE o.calendar = :calendar AND ${wantedRow} LIMIT 1`;

/** `kinds` of a query as the parameter that statements search with `instr`; no kind's name is part of another's. */
export const kindsParameter = ({ kinds }: ObjectQuery): string | null => kinds?.join() ?? null;

/** Those behind `after`. In an array of numbers, which is sorted ten times as fast: there may be all ids of a calendar. */
function ascending(found: ReadonlySet<number>, after: number): number[] {
  // Filled by hand: to make it from the set takes longer than to sort it.
  const sorted = new Float64Array(found.size);
  let count = 0;
  for (const id of found) sorted[count++] = id;
  const ids: number[] = [];
  for (const id of sorted.sort()) if (id > after) ids.push(id);
  return ids;
}

export function prepareSelect(db: Database): Select {
  const candidates = prepareCandidates(db);
  const live = db.prepare<[number], number>("SELECT 1 FROM calendar WHERE id = ? AND state = 'live'").pluck();
  // Told which index to use: the planner takes reading the whole calendar for no worse.
  const anyRestricted = db
    .prepare<[number], number>(`
      SELECT 1 FROM object INDEXED BY object_restricted
      WHERE calendar = ? AND classification <> 'public' LIMIT 1`)
    .pluck();
  const anyPublished = db
    .prepare<[number], number>(`
      SELECT 1 FROM object INDEXED BY object_published WHERE calendar = ? AND kind = 'VFREEBUSY' LIMIT 1`)
    .pluck();
  const anyOfKind = db.prepare<[object], number>(anyOfKindSql).pluck();
  const anyInCalendar = db.prepare<[object], number>(anyInCalendarSql).pluck();

  return {
    isLive: (calendar) => live.get(calendar) !== undefined,

    async keys({ calendar, select, after = 0 }) {
      if (select.by === 'all') return { source: 'all' };
      if (select.by === 'names') return { source: 'names', list: select.names };
      const found = new Set<number>();
      for await (const ids of candidates(calendar, select)) for (const id of ids) found.add(id);
      return { source: 'ids', list: ascending(found, after) };
    },

    async has(query) {
      const { calendar, select } = query;
      if (live.get(calendar) === undefined) return false;
      // Asked before every answer in finished rows, and hardly ever true.
      if (query.restricted && anyRestricted.get(calendar) === undefined) return false;
      const kinds = kindsParameter(query);
      // Asked just as often, by questions for free time.
      if (kinds === 'VFREEBUSY' && anyPublished.get(calendar) === undefined) return false;
      const restricted = flag(query.restricted ?? false);
      if (select.by === 'all') return anyInCalendar.get({ calendar, kinds, restricted }) !== undefined;
      for await (const ids of candidates(calendar, select)) {
        if (anyOfKind.get({ calendar, kinds, restricted, wanted: JSON.stringify(ids) }) !== undefined)
          return true;
      }
      return false;
    },
  };
}
