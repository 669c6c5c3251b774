/** Whether another process has a database open: replacing the file under it would lose what it writes. */
import Database from 'better-sqlite3';

/**
 * In WAL mode every open connection holds a shared lock on the file, so an exclusive lock succeeds only if nobody else
 * has it open. A file that is no (sound) database is not in use.
 */
export function isInUse(file: string): boolean {
  const db = new Database(file, { timeout: 0, fileMustExist: true });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY')) return true;
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return false;
    throw error;
  } finally {
    db.close();
  }
}
