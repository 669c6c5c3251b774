/**
 * Makes people who sign in at the page wait for the answer after some failures (portal.md 3.12): longer each time, and
 * never for good, so that nobody locks anybody out.
 *
 * The throttle counts the same wrong password once; here each attempt counts, because at the page a person types it and no
 * phone repeats it. The wait comes before the attempt and is the same whether it turns out right or wrong; it counts for one
 * account at one address, so that strangers elsewhere do not slow its owner down.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { BoundedMap } from './bounded-map.ts';

/** How an attempt ended; one that could not be judged has not failed. */
export type Ended = 'right' | 'wrong' | 'unjudged';

export interface AnswerDelay {
  /**
   * Waits as long as the failures of this account at this address demand. Resolves to the function that ends the attempt, or
   * to undefined where too many wait already.
   */
  readonly begin: (pair: string) => Promise<((end: Ended) => void) | undefined>;
}

export interface DelayOptions {
  readonly windowSeconds: number;
  readonly now: () => number;
  /** Lets time pass. */
  readonly pass?: (ms: number) => Promise<unknown>;
}

const freeFailures = 5;
const firstMs = 1000;
/** The longest wait: browsers and proxies give up on longer ones, and an owner whose own machine is used for guessing must still get in. */
export const maxDelayMs: number = 8000;
const maxPairs = 20_000;
/** Connections that are held open at the same moment. */
const maxWaiting = 1000;

interface Failures {
  count: number;
  untilMs: number;
}

export function createAnswerDelay({ windowSeconds, now, pass: wait = passAlone }: DelayOptions): AnswerDelay {
  const failures = new BoundedMap<string, Failures>(maxPairs);
  let waiting = 0;

  return {
    async begin(pair) {
      const known = failures.get(pair);
      const entry = known && known.untilMs > now() ? known : { count: 0, untilMs: 0 };
      const delayMs = delayAfter(entry.count);
      if (delayMs > 0 && waiting >= maxWaiting) return undefined;
      // Counted before the attempt is judged: a hundred guesses at once wait as long as a hundred one after the other.
      entry.count += 1;
      entry.untilMs = now() + windowSeconds * 1000;
      failures.set(pair, entry);
      if (delayMs > 0) {
        waiting += 1;
        await wait(delayMs).finally(() => (waiting -= 1));
      }
      return (end) => {
        if (end === 'right') failures.delete(pair);
        if (end === 'unjudged') entry.count -= 1;
      };
    },
  };
}

function delayAfter(count: number): number {
  return count < freeFailures ? 0 : Math.min(firstMs * 2 ** (count - freeFailures), maxDelayMs);
}

/** Waits without keeping a stopping server alive. */
async function passAlone(ms: number): Promise<void> {
  await pass(ms, undefined, { ref: false });
}
