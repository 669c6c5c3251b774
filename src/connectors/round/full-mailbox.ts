/**
 * A mailbox that is full takes nothing for a while: it is asked again after longer and longer pauses, and at once when a person
 * wants it; everything else goes on (exchange.md 17.1). The pause is kept in the outbox, with what waits for it.
 */
import type { OutboxEntry } from '../../core/connector.ts';
import { hourMs, instant, minuteMs } from '../../icalendar/time.ts';
import { RemoteFailure } from '../failure.ts';
import type { Round } from './round.ts';
import { Work } from './work.ts';

const firstRestMs: number = 30 * minuteMs;
const longestRestMs: number = 8 * hourMs;

/** As a run finds it: what waits may be decided about anew. */
export async function noteRest(round: Round): Promise<void> {
  if (round.link.stopped !== 'quota') return;
  for await (const page of round.services.storage.connectors.outbox(round.link.id)) {
    for (const { notBefore, attempts } of page) {
      const until = notBefore ?? 0;
      if (until > (round.rest?.until ?? 0)) round.rest = { until, attempts };
    }
  }
}

/** Throws while the pause lasts. One that is longer than the longest was begun by a clock that was wrong. */
export async function requireRoom(round: Round, [first]: readonly OutboxEntry[]): Promise<void> {
  const { rest, link, run } = round;
  if (!rest || !first || run.cause === 'manual' || run.cause === 'command') return;
  const leftMs = rest.until - round.now();
  if (leftMs <= 0 || leftMs > longestRestMs) return;
  const work = new Work();
  const entry = { ...first, notBefore: instant(rest.until), attempts: rest.attempts };
  work.add({ do: 'put-outbox', entry });
  await round.commit(work);
  throw new RemoteFailure('quota', link.lastFailure ?? 'quota', 'the mailbox is full');
}

/** It has done nothing, and waits. */
export function refusedForRoom(round: Round, entry: OutboxEntry): OutboxEntry {
  const attempts = Math.max(entry.attempts, round.rest?.attempts ?? 0) + 1;
  const pauseMs = Math.min(firstRestMs * 2 ** Math.min(attempts - 1, 10), longestRestMs);
  return { ...entry, sent: false, attempts, notBefore: instant(round.now() + pauseMs) };
}
