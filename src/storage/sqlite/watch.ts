/**
 * Tells watchers of commits: of this process when they happen, of others by asking SQLite every second whether the file
 * has moved. Nothing is asked while nobody watches.
 */
import type { Database } from 'better-sqlite3';
import type { Storage, Watcher } from '../port.ts';

export interface Watch extends Pick<Storage, 'watch'> {
  readonly tell: (notice: (watcher: Watcher) => void) => void;
  readonly stop: () => void;
}

const askMs = 1_000;

export function createWatch(db: Database): Watch {
  // Counts the commits of other connections (sqlite.org/pragma.html#pragma_data_version).
  const version = db.prepare<[], number>('PRAGMA data_version').pluck();
  const watchers = new Set<Watcher>();
  let known: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const tell = (notice: (watcher: Watcher) => void): void => {
    for (const watcher of watchers) notice(watcher);
  };

  return {
    tell,
    watch(watcher) {
      watchers.add(watcher);
      if (timer === undefined) {
        known = version.get();
        timer = setInterval(ask, askMs).unref();
      }
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) stop();
      };
    },
    stop,
  };

  function ask(): void {
    if (!db.open) return;
    const now = version.get();
    if (now === known) return;
    known = now;
    tell(({ committed }) => committed());
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }
}
