/** Trims the sync logs, and removes expired locks and staged files that were never put in their place. */
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../../core/clock.ts';
import type { Storage } from '../../port.ts';
import type { WriteQueue } from '../write-queue.ts';
import type { Sweeper } from './sweep.ts';

/** Lines that are removed in one step. */
const stepLines = 2048;

export function prepareTidy(
  db: Database,
  queue: WriteQueue,
  sweeper: Sweeper,
  clock: Clock,
): Storage['tidy'] {
  const nextCalendar = db
    .prepare<[number], number>('SELECT id FROM calendar WHERE id > ? ORDER BY id LIMIT 1')
    .pluck();
  const lastRemovable = db
    .prepare<[number, number], number>(
      'SELECT modseq FROM change WHERE calendar = ? ORDER BY modseq DESC LIMIT 1 OFFSET ?',
    )
    .pluck();
  const firstToKeep = db
    .prepare<[number, number], number>(
      'SELECT modseq FROM change WHERE calendar = ? AND made >= ? ORDER BY modseq LIMIT 1',
    )
    .pluck();
  const raiseFloor = db.prepare<[number, number]>(
    'UPDATE calendar SET change_floor = max(change_floor, ?) WHERE id = ?',
  );
  const stepEnd = db
    .prepare<[number, number], number | null>(`
      SELECT max(modseq) FROM (
        SELECT modseq FROM change WHERE calendar = ? AND modseq <= ? ORDER BY modseq LIMIT ${stepLines})`)
    .pluck();
  const trim = db.prepare<[number, number]>('DELETE FROM change WHERE calendar = ? AND modseq <= ?');
  const sweepStaged = db.prepare<[number]>(`
    INSERT INTO sweep (kind, subject, before, through) SELECT kind, subject, 0, 0 FROM staged WHERE until <= ?`);
  const expireStaged = db.prepare<[number]>('DELETE FROM staged WHERE until <= ?');
  const expireLocks = db.prepare<[number]>('DELETE FROM file_lock WHERE expires <= ?');

  return async ({ before, keepChanges }) => {
    await queue.run(() => {
      const now = clock.now();
      expireLocks.run(now);
      sweepStaged.run(now);
      return { value: expireStaged.run(now), keep: true };
    });
    for (let calendar = nextCalendar.get(0); calendar !== undefined; calendar = nextCalendar.get(calendar)) {
      const until = removable(calendar, before, keepChanges);
      if (until !== undefined) await trimLog(calendar, until);
    }
    await sweeper.finished();
  };

  /** The newest line that may go: old enough, and not among the last `keepChanges`. */
  function removable(calendar: number, before: number, keepChanges: number): number | undefined {
    const bound = lastRemovable.get(calendar, keepChanges);
    if (bound === undefined) return undefined;
    return Math.min(bound, (firstToKeep.get(calendar, before) ?? bound + 1) - 1);
  }

  /** The floor rises before the first line goes: a token is refused rather than honoured with a line missing. */
  async function trimLog(calendar: number, until: number): Promise<void> {
    for (let hasMore = true; hasMore; ) {
      hasMore = await queue.run(() => {
        const end = stepEnd.get(calendar, until) ?? null;
        if (end !== null) {
          raiseFloor.run(until, calendar);
          trim.run(calendar, end);
        }
        return { value: end !== null && end < until, keep: end !== null };
      }, stepLines / 16);
    }
  }
}
