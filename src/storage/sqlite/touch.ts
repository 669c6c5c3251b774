/** Marks of use: gathered in memory and written now and then, because a flush of the disk per login is not worth it. */
import type { Database } from 'better-sqlite3';
import type { AppPasswordId, LinkId, SessionId } from '../../core/ids.ts';
import type { Storage } from '../port.ts';
import type { WriteQueue } from './write-queue.ts';

export interface Touches extends Pick<Storage, 'touchAppPassword' | 'touchLink' | 'touchSession'> {
  /** Writes what has been gathered. */
  readonly flush: () => Promise<void>;
  /** Stops the timer; what is gathered afterwards is lost. */
  readonly stop: () => void;
}

const flushMs = 10_000;

export function createTouches(db: Database, queue: WriteQueue): Touches {
  const touchAppPassword = db.prepare<object>(`
    UPDATE app_password SET last_used = :when, last_program = :program, last_address = :address WHERE id = :id`);
  const touchLink = db.prepare<object>(`
    UPDATE feed_link SET last_used = :when, last_program = :program, use_count = use_count + :count WHERE id = :id`);
  const touchSession = db.prepare<object>(
    'UPDATE session SET last_used = :when, address = :address WHERE id = :id',
  );
  const sessions = new Map<SessionId, object>();
  const appPasswords = new Map<AppPasswordId, object>();
  const links = new Map<LinkId, { readonly count: number }>();
  let timer: NodeJS.Timeout | undefined;

  return {
    touchAppPassword(id, when, program, address) {
      appPasswords.set(id, { id, when, program, address });
      schedule();
    },
    touchLink(id, when, program) {
      const mark = { id, when, program, count: (links.get(id)?.count ?? 0) + 1 };
      links.set(id, mark);
      schedule();
    },
    touchSession(id, when, address) {
      sessions.set(id, { id, when, address });
      schedule();
    },
    flush,
    stop: () => clearTimeout(timer),
  };

  function schedule(): void {
    // A failed flush only loses marks of use, which is acceptable; the next commit will report what is wrong.
    timer ??= setTimeout(() => {
      flush().catch(() => undefined);
    }, flushMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (appPasswords.size + links.size + sessions.size === 0) return;
    await queue.run(() => {
      for (const mark of appPasswords.values()) touchAppPassword.run(mark);
      for (const mark of links.values()) touchLink.run(mark);
      for (const mark of sessions.values()) touchSession.run(mark);
      sessions.clear();
      appPasswords.clear();
      links.clear();
      return { value: undefined, keep: true };
    });
  }
}
