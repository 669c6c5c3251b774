/** Storage in one SQLite file: the default, and enough for most installations. */
import { existsSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import type { ChangeSet, CommitResult } from '../../core/change-set.ts';
import type { Clock } from '../../core/clock.ts';
import { type IdSource, idSource } from '../../core/ids.ts';
import { defaultLimits } from '../../core/limits.ts';
import type { Storage } from '../port.ts';
import { partialOf, prepareBackup, restoredOf } from './care/backup.ts';
import { prepareCheck } from './care/check.ts';
import { prepareRenewCuts } from './care/renew-cuts.ts';
import { createSweeper } from './care/sweep.ts';
import { prepareTidy } from './care/tidy.ts';
import { prepareCommit } from './commit/index.ts';
import { migrate, openDatabase, type Synchronous } from './database.ts';
import { newEpoch } from './epoch.ts';
import { prepareBusy } from './read/busy.ts';
import { prepareCalendarReads } from './read/calendars.ts';
import { prepareChanges } from './read/changes.ts';
import { prepareWorkReads } from './read/connector-work.ts';
import { prepareLinkReads } from './read/connectors.ts';
import { prepareContents } from './read/contents.ts';
import { prepareFeedReads } from './read/feeds.ts';
import { prepareFileReads } from './read/files.ts';
import { prepareGlances } from './read/glances.ts';
import { prepareObjectReads } from './read/objects.ts';
import { preparePeopleReads } from './read/people.ts';
import { preparePortalReads } from './read/portal.ts';
import { prepareRefusedReads } from './read/refused.ts';
import { prepareRows } from './read/rows.ts';
import { prepareSelect } from './read/select.ts';
import { createSnapshot } from './snapshot.ts';
import { createTouches } from './touch.ts';
import { createWatch } from './watch.ts';
import { createWriteQueue } from './write-queue.ts';

/** A probe flushes the disk once in this time: it may be asked every second. */
const probeFlushMs = 10_000;

export interface SqliteOptions {
  /** Path of the database, made if it is not there; `:memory:` for one that dies with the process. */
  readonly file: string;
  readonly clock: Clock;
  /**
   * `full` (default): an answered commit survives a power cut. `normal`: faster, and a power cut may lose the last
   * moments; clients that have seen a sync token from them are then ahead of the server.
   */
  readonly synchronous?: Synchronous;
  /** Keeps the ids of processes apart that write to the same file (core/ids.ts); 0 by default. */
  readonly processNumber?: number;
  /** Bytes that one home may hold, and as many again in its trash, where the oldest items make room. */
  readonly maxHomeBytes?: number;
  /** Called for each change that did not fit on the disk; its caller gets the refusal `disk-full`. */
  readonly diskFull?: (error: unknown) => void;
}

/**
 * Opens the database, makes or migrates it as needed, and prepares every statement once.
 *
 * Another process may read and write the same file at the same time: nothing is cached that a commit of theirs could
 * make stale, and a busy database is waited for.
 */
export function openSqlite(options: SqliteOptions): Storage {
  requireWholeRestore(options.file);
  let db: Database | undefined;
  try {
    db = openDatabase(options.file, options.synchronous ?? 'full');
    migrate(db, newEpoch);
    return assemble(db, options);
  } catch (error) {
    db?.close();
    if (!(error instanceof Sqlite.SqliteError)) throw error;
    throw new Error(`${options.file} cannot be opened: ${error.message}`, { cause: error });
  }
}

/** Refuses to open while a restore is unfinished: a new empty database would look like the loss of all data. */
function requireWholeRestore(file: string): void {
  const begun = [restoredOf(file), partialOf(restoredOf(file))].find((name) => existsSync(name));
  if (existsSync(file) || begun === undefined) return;
  throw new Error(
    `${file} is not there, and ${begun} is: a restore was interrupted; restore again, or remove that file`,
  );
}

/** The highest id in the tables that grow most: after a start the clock may be behind it. */
function latestId(db: Database): number {
  const latest = db.prepare<[], number | null>(`
    SELECT max(id) FROM (
      SELECT max(id) AS id FROM principal UNION ALL SELECT max(id) FROM calendar
      UNION ALL SELECT max(object) FROM object_bytes UNION ALL SELECT max(id) FROM trash
      UNION ALL SELECT max(id) FROM file UNION ALL SELECT max(content) FROM file_content
      UNION ALL SELECT max(id) FROM session UNION ALL SELECT max(id) FROM app_password
      UNION ALL SELECT max(id) FROM feed_link UNION ALL SELECT max(id) FROM audit
      UNION ALL SELECT max(id) FROM refused
    )`);
  return latest.pluck().get() ?? 0;
}

/** The storage over an open and migrated connection, which it owns from now on. */
export function assemble(db: Database, options: Omit<SqliteOptions, 'file' | 'synchronous'>): Storage {
  const { clock, processNumber = 0, maxHomeBytes = defaultLimits.maxHomeBytes } = options;
  const newId: IdSource = idSource(clock, processNumber, latestId(db));
  const snapshot = createSnapshot(db);
  let nextProbeFlush = -Infinity;
  const queue = createWriteQueue(db, {
    beforeBegin: snapshot.close,
    diskFull(error) {
      nextProbeFlush = -Infinity; // The next probe finds out whether this is over.
      options.diskFull?.(error);
    },
  });
  const people = preparePeopleReads(db);
  const { apply, trash, counters } = prepareCommit(db, { clock, newId, maxHomeBytes });
  const sweeper = createSweeper(db, queue, trash, counters);
  const touches = createTouches(db, queue);
  const watch = createWatch(db);
  const select = prepareSelect(db);
  const epoch = db.prepare<[], string>('SELECT epoch FROM installation').pluck().get();
  if (epoch === undefined) throw new Error(`${db.name} has no epoch`);
  sweeper.start();

  return {
    epoch,
    newId,
    ...people,
    // The first thing that every request asks, and asks again: what it asks next finds the snapshot open.
    directoryVersion: snapshot.kept(people.directoryVersion),
    ...prepareCalendarReads(db),
    ...prepareObjectReads(db, select),
    ...prepareFeedReads(db),
    ...prepareFileReads(db),
    ...preparePortalReads(db, clock),
    ...prepareRefusedReads(db),
    connectors: { ...prepareLinkReads(db), ...prepareWorkReads(db) },
    contents: prepareContents(db, select),
    glances: prepareGlances(db, select, snapshot),
    rows: prepareRows(db, select),
    has: select.has,
    busy: prepareBusy(db, select),
    changes: prepareChanges(db, select),
    commit,
    touchAppPassword(id, when, program, address) {
      touches.touchAppPassword(id, when, program, address);
      watch.tell(({ deviceSeen }) => deviceSeen(id, when, program, address));
    },
    touchLink: touches.touchLink,
    touchSession: touches.touchSession,
    watch: watch.watch,
    tidy: prepareTidy(db, queue, sweeper, clock),
    renewCuts: prepareRenewCuts(db, queue),
    check: prepareCheck(db, queue),
    backup: prepareBackup(db),
    async probe() {
      await queue.run(() => {
        db.exec('UPDATE installation SET directory_version = directory_version');
        // A file that cannot be written shows at once; a full disk only when something is flushed, which is done less often.
        const keep = clock.now() >= nextProbeFlush;
        if (keep) nextProbeFlush = clock.now() + probeFlushMs;
        return { value: undefined, keep };
      });
    },
    async close() {
      touches.stop();
      watch.stop();
      if (!db.open) return;
      snapshot.close();
      sweeper.stop();
      await touches.flush();
      await queue.drained();
      db.close();
    },
  };

  function commit(set: ChangeSet): Promise<CommitResult> {
    return queue
      .run(() => {
        const applied = apply(set);
        return { value: applied, keep: applied.result.ok };
      }, set.changes.length)
      .then(({ result, leftovers }) => {
        if (leftovers) sweeper.start();
        if (result.ok) watch.tell(({ committed }) => committed());
        return result;
      });
  }
}
