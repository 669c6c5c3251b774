/** The counters that move with every change: those of a calendar, and the bytes of a home. */
import type { Database } from 'better-sqlite3';
import type { CalendarId, PrincipalId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';

export interface Moved {
  readonly modseq: number;
  readonly home: PrincipalId;
}

export interface Counters {
  /**
   * Takes the next modseq of a live calendar and adds to its counts; undefined where there is no such calendar.
   *
   * The number comes from the calendar's own row, so the order of numbers is the order of commits: a client that asks
   * in between can never be shown 8 before 7.
   */
  readonly move: (calendar: CalendarId, now: Instant, by?: Counts) => Moved | undefined;
  /** Adds to the bytes of a home; false, and nothing done, where that would exceed its quota. */
  readonly use: (home: PrincipalId, bytes: number) => boolean;
}

export interface Counts {
  readonly objects: number;
  readonly bytes: number;
}

const none: Counts = { objects: 0, bytes: 0 };

export function prepareCounters(db: Database, maxHomeBytes: number): Counters {
  const move = db.prepare<[number, number, number, number], Moved>(`
    UPDATE calendar SET modseq = modseq + 1, modified = ?, object_count = object_count + ?, size_bytes = size_bytes + ?
    WHERE id = ? AND state = 'live' RETURNING modseq, home`);
  const use = db.prepare<[number, number, number, number, number]>(`
    UPDATE principal SET used_bytes = used_bytes + ?
    WHERE id = ? AND (? <= 0 OR used_bytes + ? <= ?)`);

  return {
    move: (calendar, now, by = none) => move.get(now, by.objects, by.bytes, calendar),
    use: (home, bytes) => bytes === 0 || use.run(bytes, home, bytes, bytes, maxHomeBytes).changes === 1,
  };
}
