/** Thread that checks a copy of the database: reading all of it would stop the event loop of the server. */
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; threads have no origin
parentPort?.postMessage(problems(String(workerData)));

function problems(file: string): readonly string[] {
  try {
    const db = new Sqlite(file, { fileMustExist: true });
    try {
      // A copy is born in WAL mode like its source; without it, it is one file and leaves nothing beside itself.
      db.pragma('journal_mode = DELETE');
      return db.prepare<[], string>('PRAGMA integrity_check').pluck().all();
    } finally {
      db.close();
    }
  } catch (error) {
    // An error of the driver does not survive the way to another thread; its words do.
    return [String(error)];
  }
}
