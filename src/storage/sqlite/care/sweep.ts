/**
 * Clears away, in short steps, what changes have removed at once for every reader: the contents of purged calendars, of
 * emptied trashes and of removed files. Each step is a transaction of its own between those of callers.
 */
import type { Database } from 'better-sqlite3';
import type { FileId, PrincipalId, TrashId } from '../../../core/ids.ts';
import type { Counters } from '../commit/counters.ts';
import { nowhere } from '../commit/staging.ts';
import type { Trash } from '../commit/trash.ts';
import type { WriteQueue } from '../write-queue.ts';

export interface Sweeper {
  /** Begins to clear in the background, unless that is under way. */
  readonly start: () => void;
  /** Resolves when nothing is left to clear. */
  readonly finished: () => Promise<void>;
  /** Stops after the present step; the rest is found again when the database is opened. */
  readonly stop: () => void;
}

/** Rows of one step, and bytes of objects after which it ends early. */
const stepRows = 64;
const stepBytes: number = 4 * 1024 * 1024;

interface Task {
  readonly kind: 'calendar' | 'trash' | 'home' | 'log' | 'content' | 'file';
  readonly subject: number;
  readonly before: number;
  readonly through: number;
}

/** All tasks except contents, of which one step clears several. */
type Work = Omit<Task, 'kind'> & { readonly kind: Exclude<Task['kind'], 'content'> };

export function createSweeper(db: Database, queue: WriteQueue, trash: Trash, counters: Counters): Sweeper {
  const nextTask = db.prepare<[], Task>('SELECT kind, subject, before, through FROM sweep LIMIT 1');
  const done = db.prepare<[string, number, number]>(
    'DELETE FROM sweep WHERE kind = ? AND subject = ? AND through = ?',
  );
  const clearCalendar = prepareCalendarStep(db);
  const rehomeObjects = prepareHomeStep(db);
  const rehomeLog = prepareLogStep(db);
  const clearTree = prepareTreeStep(db, counters);
  const reached = db.prepare<[number, string, number]>(
    'UPDATE sweep SET before = ? WHERE kind = ? AND subject = ?',
  );
  const items = db
    .prepare<[number, number, number], TrashId>(`
      SELECT id FROM trash WHERE home = ? AND deleted < ? AND id <= ? ORDER BY deleted, id LIMIT ${stepRows}`)
    .pluck();
  const isShared = db.prepare<[number], number>('SELECT 1 FROM file WHERE content = ? LIMIT 1').pluck();
  const parts = db
    .prepare<[number], [rowid: number, sizeBytes: number]>(
      'SELECT rowid, length(bytes) FROM file_content WHERE content = ? LIMIT 4',
    )
    .raw();
  const clearPart = db.prepare<[number]>('DELETE FROM file_content WHERE rowid = ?');
  let running: Promise<void> | undefined;
  const stopping = new AbortController();

  return {
    start,
    async finished() {
      start();
      for (let cleared = running; cleared; cleared = running) await cleared;
    },
    stop: () => stopping.abort(),
  };

  function start(): void {
    // An error here is not the caller's; the work stays listed and is tried again when the next change starts it.
    running ??= run()
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && nextTask.get()) {
      await queue.run(() => ({ value: step(), keep: true }), stepRows);
    }
  }

  /** Reads the task itself: a change that came before in the queue, or another process, may have begun it anew. */
  function step(): void {
    let bytes = 0;
    // Contents of small files are many and soon gone: with a transaction for each, those of 20,000 took a minute.
    for (let rows = 0; rows < stepRows && bytes < stepBytes; rows++) {
      const task = nextTask.get();
      if (!task) return;
      const { kind, subject, through } = task;
      if (kind !== 'content') {
        if (!hasMore({ ...task, kind })) done.run(kind, subject, through);
        return;
      }
      const clearedBytes = clearContent(subject);
      if (clearedBytes === 0) done.run(kind, subject, through);
      bytes += clearedBytes;
    }
  }

  /** Returns how many bytes were removed: 0 if none are left, or if another file shares them. */
  function clearContent(content: number): number {
    if (isShared.get(content) !== undefined) return 0;
    let bytes = 0;
    for (const [rowid, sizeBytes] of parts.all(content)) {
      clearPart.run(rowid);
      bytes += Math.max(1, sizeBytes);
    }
    return bytes;
  }

  /** Does one step of the task. Returns whether there may be another. */
  function hasMore({ kind, subject, before, through }: Work): boolean {
    switch (kind) {
      case 'calendar':
        return clearCalendar(subject);
      case 'home':
        return goOn(kind, subject, rehomeObjects(subject, before));
      case 'log':
        return goOn(kind, subject, rehomeLog(subject, before));
      case 'file':
        return clearTree(subject);
      case 'trash':
      default:
        return clearTrash(items.all(subject, before, through));
    }
  }

  function goOn(kind: Task['kind'], subject: number, position: number | undefined): boolean {
    if (position === undefined) return false;
    reached.run(position, kind, subject);
    return true;
  }

  function clearTrash(found: readonly TrashId[]): boolean {
    let bytes = 0;
    for (const item of found) {
      bytes += trash.drop(item);
      if (bytes >= stepBytes) break;
    }
    return found.length > 0;
  }
}

type ObjectRow = [id: number, sizeBytes: number];

/** Removes some objects of a purged calendar, then its log, at last the calendar; answers whether anything is left. */
function prepareCalendarStep(db: Database): (calendar: number) => boolean {
  const isPurged = db
    .prepare<[number], number>("SELECT 1 FROM calendar WHERE id = ? AND state = 'purged'")
    .pluck();
  const objects = db
    .prepare<[number], ObjectRow>(`SELECT id, size_bytes FROM object WHERE calendar = ? LIMIT ${stepRows}`)
    .raw();
  const ofObject = [
    'DELETE FROM object_bytes WHERE object = ?',
    'DELETE FROM personal_copy WHERE object = ?',
    "DELETE FROM property WHERE holder_kind = 'object' AND holder = ?",
  ].map((sql) => db.prepare<[number]>(sql));
  const object = db.prepare<[number, number]>('DELETE FROM object WHERE calendar = ? AND id = ?');
  const lines = db.prepare<[number, number]>(`
    DELETE FROM change WHERE calendar = ? AND modseq <= (
      SELECT max(modseq) FROM (SELECT modseq FROM change WHERE calendar = ? ORDER BY modseq LIMIT ${stepRows * 16})
    )`);
  const ofCalendar = [
    "DELETE FROM property WHERE holder_kind = 'calendar' AND holder = ?",
    // Views, grants and links follow by their foreign keys.
    'DELETE FROM calendar WHERE id = ?',
  ].map((sql) => db.prepare<[number]>(sql));

  return (calendar) => {
    if (isPurged.get(calendar) === undefined) return false;
    let bytes = 0;
    for (const [id, sizeBytes] of objects.all(calendar)) {
      for (const statement of ofObject) statement.run(id);
      object.run(calendar, id);
      bytes += sizeBytes;
      if (bytes >= stepBytes) return true;
    }
    if (bytes > 0 || lines.run(calendar, calendar).changes > 0) return true;
    for (const statement of ofCalendar) statement.run(calendar);
    return false;
  };
}

interface FileRow {
  readonly id: FileId;
  readonly isCollection: number;
}

/**
 * Removes some members of a collection that lies in no tree any more, at last the collection; answers whether anything is
 * left. Collections in it become work of their own, so that no step is longer for the depth of a tree.
 */
function prepareTreeStep(db: Database, counters: Counters): (root: number) => boolean {
  const isCutOff = db.prepare<[number], number>(`SELECT 1 FROM file WHERE id = ? AND parent = ${nowhere}`);
  const members = db.prepare<[number], FileRow>(
    `SELECT id, is_collection AS isCollection FROM file WHERE parent = ? LIMIT ${stepRows}`,
  );
  const cutOff = db.prepare<[string, number]>(`UPDATE file SET parent = ${nowhere}, name = ? WHERE id = ?`);
  const ownTask = db.prepare<[number]>(
    "INSERT INTO sweep (kind, subject, before, through) VALUES ('file', ?, 0, 0)",
  );
  const content = db.prepare<[number]>(`
    INSERT INTO sweep (kind, subject, before, through)
    SELECT 'content', content, 0, 0 FROM file WHERE id = ? AND content IS NOT NULL ON CONFLICT DO NOTHING`);
  const properties = db.prepare<[number]>("DELETE FROM property WHERE holder_kind = 'file' AND holder = ?");
  const node = db.prepare<[number], { home: PrincipalId; sizeBytes: number }>(
    'DELETE FROM file WHERE id = ? RETURNING home, size_bytes AS sizeBytes',
  );

  return (root) => {
    if (isCutOff.get(root) === undefined) return false;
    const found = members.all(root);
    for (const { id, isCollection } of found) {
      if (isCollection === 0) remove(id);
      else {
        cutOff.run(String(id), id);
        ownTask.run(id);
      }
    }
    if (found.length > 0) return true;
    remove(root);
    return false;
  };

  function remove(id: number): void {
    content.run(id);
    properties.run(id);
    const gone = node.get(id);
    if (gone) counters.use(gone.home, -gone.sizeBytes);
  }
}

/** Gives some objects after `after` the present home of their calendar. Returns the last of them, `undefined` at the end. */
function prepareHomeStep(db: Database): (calendar: number, after: number) => number | undefined {
  const home = db.prepare<[number], number>('SELECT home FROM calendar WHERE id = ?').pluck();
  const objects = db
    .prepare<[number, number], ObjectRow>(`
      SELECT id, size_bytes FROM object WHERE calendar = ? AND id > ? ORDER BY id LIMIT ${stepRows}`)
    .raw();
  const ofObject = [
    'UPDATE object_bytes SET home = ? WHERE object = ?',
    'UPDATE personal_copy SET home = ? WHERE object = ?',
    "UPDATE property SET home = ? WHERE holder_kind = 'object' AND holder = ?",
  ].map((sql) => db.prepare<[number, number]>(sql));
  const inCalendar = [
    'UPDATE occurrence SET home = ? WHERE calendar = ? AND object = ?',
    'UPDATE object SET home = ? WHERE calendar = ? AND id = ?',
  ].map((sql) => db.prepare<[number, number, number]>(sql));

  return (calendar, after) => {
    const now = home.get(calendar);
    if (now === undefined) return undefined;
    let last: number | undefined;
    let bytes = 0;
    for (const [id, sizeBytes] of objects.all(calendar, after)) {
      for (const statement of ofObject) statement.run(now, id);
      for (const statement of inCalendar) statement.run(now, calendar, id);
      last = id;
      bytes += sizeBytes;
      if (bytes >= stepBytes) break;
    }
    return last;
  };
}

function prepareLogStep(db: Database): (calendar: number, after: number) => number | undefined {
  const window = stepRows * 16;
  const last = db
    .prepare<[number, number], number | null>(`
      SELECT max(modseq) FROM (
        SELECT modseq FROM change WHERE calendar = ? AND modseq > ? ORDER BY modseq LIMIT ${window})`)
    .pluck();
  const rehome = db.prepare<[number, number, number]>(`
    UPDATE change SET home = (SELECT home FROM calendar WHERE id = change.calendar)
    WHERE calendar = ? AND modseq > ? AND modseq <= ?`);

  return (calendar, after) => {
    const until = last.get(calendar, after) ?? undefined;
    if (until !== undefined) rehome.run(calendar, after, until);
    return until;
  };
}
