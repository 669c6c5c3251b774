/**
 * The one place that writes: work queues up and shares transactions.
 *
 * What arrives in one turn of the event loop is done in one transaction, each piece in its own savepoint, and answered
 * after COMMIT. With synchronous=FULL a commit costs a flush of the disk; shared, a full synchronization took 0.02 ms an
 * object instead of 0.17. A lone piece waits for nothing but the end of the turn.
 *
 * Another process may hold the write lock. Waiting for it inside SQLite would stop the event loop, so a group that finds
 * the database busy is tried again after a pause. A full disk is nobody's fault in the request: it refuses what was to be
 * written, keeps what was there, and passes as soon as there is room.
 */
import { setTimeout } from 'node:timers/promises';
import Sqlite, { type Database } from 'better-sqlite3';
import { Refusal } from '../../core/refusal.ts';

/** The result of one piece of work; without `keep` its writes are rolled back. */
export interface Done<Value> {
  readonly value: Value;
  readonly keep: boolean;
}

export interface WriteQueue {
  /** Runs `work` inside a transaction. `weight` is about how many changes it makes. */
  readonly run: <Value>(work: () => Done<Value>, weight?: number) => Promise<Value>;
  /** Resolves when all work that was queued so far is answered. */
  readonly drained: () => Promise<void>;
}

/** Changes that share a transaction: some 2 ms of work. */
const groupWeight = 128;

/** Attempts on a busy database and the pause between them: with the wait inside SQLite some ten seconds. */
const defaultAttempts = 400;
const retryMs = 5;

interface Piece {
  readonly weight: number;
  readonly work: () => { readonly keep: boolean };
  /** Set when the work has run: answers the caller. */
  readonly settle: (error?: unknown) => void;
}

export interface WriteQueueOptions {
  readonly maxAttempts?: number;
  /** Called before BEGIN: ends the snapshot of this turn's reads. */
  readonly beforeBegin?: () => void;
  /** Called with SQLite's error when something did not fit on the disk. */
  readonly diskFull?: (error: unknown) => void;
}

export function createWriteQueue(db: Database, options: WriteQueueOptions = {}): WriteQueue {
  const { maxAttempts = defaultAttempts, beforeBegin = () => {}, diskFull = () => {} } = options;
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT piece');
  const release = db.prepare('RELEASE piece');
  const undo = db.prepare('ROLLBACK TO piece');
  const waiting: Piece[] = [];
  let running: Promise<void> | undefined;

  return {
    run<Value>(work: () => Done<Value>, weight = 1): Promise<Value> {
      return new Promise((resolve, reject) => {
        let done: Done<Value> | undefined;
        waiting.push({
          weight,
          work: () => {
            done = work();
            return done;
          },
          settle: (error) => (done && error === undefined ? resolve(done.value) : reject(error)),
        });
        running ??= turn();
      });
    },
    async drained() {
      for (let turned = running; turned; turned = running) await turned;
    },
  };

  async function turn(): Promise<void> {
    while (waiting.length > 0) {
      await new Promise(setImmediate);
      const group = nextGroup();
      if (!(await began(group))) continue;
      runGroup(group);
    }
    running = undefined;
  }

  function nextGroup(): readonly Piece[] {
    let weight = 0;
    let count = 0;
    while (count < waiting.length && weight < groupWeight) weight += waiting[count++]?.weight ?? 0;
    return waiting.splice(0, count);
  }

  /** Opens a transaction for the group; if that fails, every piece of the group gets the error. */
  async function began(group: readonly Piece[]): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        beforeBegin();
        begin.run();
        return true;
      } catch (error) {
        if (!isBusy(error)) {
          failAll(group, error);
          return false;
        }
        if (attempt === maxAttempts) {
          const refusal = new Refusal('busy', 'another process keeps writing to the database', {}, error);
          for (const piece of group) piece.settle(refusal);
          return false;
        }
        await setTimeout(retryMs);
      }
    }
  }

  function runGroup(group: readonly Piece[]): void {
    const failures = new Map<Piece, unknown>();
    try {
      const [alone] = group;
      if (group.length === 1 && alone !== undefined) {
        (alone.work().keep ? commit : rollback).run();
      } else {
        for (const piece of group) runPiece(piece, failures);
        commit.run();
      }
    } catch (error) {
      if (db.inTransaction) rollback.run();
      failAll(group, error);
      return;
    }
    for (const piece of group) piece.settle(failures.has(piece) ? reasonOf(failures.get(piece)) : undefined);
  }

  function failAll(group: readonly Piece[], error: unknown): void {
    const reason = reasonOf(error);
    for (const piece of group) piece.settle(reason);
  }

  function reasonOf(error: unknown): unknown {
    if (!isDiskFull(error)) return error;
    diskFull(error);
    return new Refusal('disk-full', 'the disk of the server is full: nothing was changed', {}, error);
  }

  function runPiece(piece: Piece, failures: Map<Piece, unknown>): void {
    savepoint.run();
    try {
      if (!piece.work().keep) undo.run();
    } catch (error) {
      // Some errors (a full disk) end the whole transaction, and then nothing of the group has been kept.
      if (!db.inTransaction) throw error;
      undo.run();
      failures.set(piece, error);
    }
    release.run();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code === 'SQLITE_FULL';
}
