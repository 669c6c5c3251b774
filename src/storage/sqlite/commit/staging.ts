/** What is being written in short steps and has no place yet: contents of files, and copies of collections. */
import type { Database } from 'better-sqlite3';
import type { FileId, PrincipalId } from '../../../core/ids.ts';
import type { Instant } from '../../../icalendar/time.ts';
import { missing, type Of, type Outcome, type Step } from './step.ts';

export type StagedKind = 'content' | 'file';

export interface Staged {
  /** Notes something that is removed unless it gets a place by `until`. */
  readonly add: (kind: StagedKind, subject: FileId, home: PrincipalId, until: Instant) => void;
  /** Ends the staging of something; returns whether it was staged for this home. */
  readonly take: (kind: StagedKind, subject: FileId, home: PrincipalId) => boolean;
  readonly addPart: (change: Of<'stage-content'>) => Outcome;
  /** The bytes that have been staged as these contents. */
  readonly sizeOf: (content: FileId) => number;
  readonly drop: (change: Of<'drop-staged'>, step: Step) => Outcome;
}

/** The parent of nodes that are in no tree. */
export const nowhere = 0;

export function prepareStaging(db: Database): Staged {
  const add = db.prepare<[StagedKind, number, number, number]>(
    'INSERT INTO staged (kind, subject, home, until) VALUES (?, ?, ?, ?)',
  );
  const take = db.prepare<[number, StagedKind, number]>(
    'DELETE FROM staged WHERE subject = ? AND kind = ? AND home = ?',
  );
  const isStaged = db.prepare<[number], number>(
    "SELECT 1 FROM staged WHERE subject = ? AND kind = 'content'",
  );
  const sizeOf = db
    .prepare<[number], number>('SELECT coalesce(sum(length(bytes)), 0) FROM file_content WHERE content = ?')
    .pluck();
  const addPart = db.prepare<[number, number, number, Uint8Array]>(
    'INSERT INTO file_content (content, part, home, bytes) VALUES (?, ?, ?, ?)',
  );
  const sweep = db.prepare<[number]>(`
    INSERT INTO sweep (kind, subject, before, through) SELECT kind, subject, 0, 0 FROM staged WHERE subject = ?`);
  const forget = db.prepare<[number]>('DELETE FROM staged WHERE subject = ?');

  return {
    add: (kind, subject, home, until) => void add.run(kind, subject, home, until),
    take: (kind, subject, home) => take.run(subject, kind, home).changes === 1,
    addPart({ content, home, part, bytes, until }) {
      // Only the first part makes the entry: if the contents were removed meanwhile, a later part must not bring them
      // back.
      if (part === 0) add.run('content', content, home, until);
      else if (isStaged.get(content) === undefined) return missing;
      addPart.run(content, part, home, bytes);
      return true;
    },
    sizeOf: (content) => sizeOf.get(content) ?? 0,
    drop({ id }, step) {
      if (sweep.run(id).changes === 0) return missing;
      forget.run(id);
      step.leftovers = true;
      return false;
    },
  };
}
