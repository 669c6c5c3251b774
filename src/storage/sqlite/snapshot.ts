/**
 * The reads of one turn of the event loop share one read transaction.
 *
 * Outside of a transaction every statement takes and releases a lock of the file, which costs some 4 µs against 0.1 for
 * the lookup itself; a request asks five to twenty of them. What another process commits is seen in the next turn; what
 * this one commits is never missed, because the write queue closes the snapshot before it begins.
 */
import type { Database } from 'better-sqlite3';

export interface Snapshot {
  /** Reads until the end of this turn see one state. Asked for at the first read of a request; costs nothing when open. */
  readonly open: () => void;
  /** Opens the snapshot and returns what `read` returns in it. Read once, as nothing changes while the snapshot is open. */
  readonly kept: <Value>(read: () => Value) => () => Value;
  /** Closes the snapshot; to be called before anything that needs a transaction of its own. */
  readonly close: () => void;
}

export function createSnapshot(db: Database): Snapshot {
  // Deferred: the state is that of the first read.
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  let isOpen = false;
  let willClose = false;
  /** Counts the snapshots, so that what was kept in an earlier one is known to be old. */
  let number = 0;
  return { open, kept, close };

  function open(): void {
    if (isOpen || db.inTransaction) return;
    begin.run();
    isOpen = true;
    number++;
    if (willClose) return;
    willClose = true;
    setImmediate(endTurn);
  }

  function kept<Value>(read: () => Value): () => Value {
    let known: { readonly at: number; readonly value: Value } | undefined;
    return () => {
      open();
      // Inside of a write there is no snapshot, and what is read may change with the next statement.
      if (!isOpen) return read();
      if (known?.at !== number) known = { at: number, value: read() };
      return known.value;
    };
  }

  function endTurn(): void {
    willClose = false;
    close();
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    // Some errors (a failing disk) end a transaction by themselves.
    if (db.open && db.inTransaction) commit.run();
  }
}
