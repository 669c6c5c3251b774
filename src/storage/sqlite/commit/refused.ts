/** Changes of what is put aside: refused objects. They count against no quota, so what one person may have of them is bounded here. */
import type { Database } from 'better-sqlite3';
import type { PrincipalId } from '../../../core/ids.ts';
import { missing, type Of, type Outcome, type Step } from './step.ts';

export interface RefusedChanges {
  readonly note: (change: Of<'note-refused'>, step: Step) => Outcome;
  readonly drop: (change: Of<'drop-refused'>) => Outcome;
  readonly purge: (change: Of<'purge-refused'>) => Outcome;
}

/** The most refused objects of one person; the oldest make room. */
const maxRefused = 50;
const maxRefusedBytes: number = 4 * 1024 * 1024;

export function prepareRefusedChanges(db: Database): RefusedChanges {
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const note = db.prepare<object>(`
    INSERT INTO refused (id, principal, calendar, name, at, code, message, line, uid, program, bytes)
    VALUES (:id, :principal, :calendar, :name, :now, :code, :message, :line, :uid, :program, :bytes)
    ON CONFLICT (principal, calendar, name) DO UPDATE SET id = excluded.id, at = excluded.at, code = excluded.code,
      message = excluded.message, line = excluded.line, uid = excluded.uid, program = excluded.program,
      bytes = excluded.bytes`);
  const kept = db
    .prepare<[number], [id: number, sizeBytes: number]>(
      'SELECT id, ifnull(octet_length(bytes), 0) FROM refused WHERE principal = ? ORDER BY id DESC',
    )
    .raw();
  const drop = db.prepare<[number]>('DELETE FROM refused WHERE id = ?');
  const purge = db.prepare<[number]>('DELETE FROM refused WHERE at < ?');

  return {
    note({ refused }, { now }) {
      if (isPrincipal.get(refused.principal) === undefined) return missing;
      note.run({ ...refused, now });
      dropSurplus(refused.principal);
      return true;
    },

    drop: ({ id }) => (drop.run(id).changes === 1 ? false : missing),

    purge({ before }) {
      purge.run(before);
      return false;
    },
  };

  function dropSurplus(principal: PrincipalId): void {
    let sizeBytes = 0;
    for (const [at, [id, bytes]] of kept.all(principal).entries()) {
      sizeBytes += bytes;
      if (at > 0 && (at >= maxRefused || sizeBytes > maxRefusedBytes)) drop.run(id);
    }
  }
}
