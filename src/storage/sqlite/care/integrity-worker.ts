/** Thread that checks a database file: reading all of it would stop the event loop of the server. */
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';

// Started by integrity.ts only, which hands over the path.
const db = new Sqlite(String(workerData), { readonly: true, fileMustExist: true });
const found = db.prepare<[], string>('PRAGMA integrity_check').pluck().all();
db.close();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; threads have no origin
parentPort?.postMessage(found);
