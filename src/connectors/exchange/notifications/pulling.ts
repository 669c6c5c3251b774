/** Notifications asked for in intervals, where a server or what lies before it does not stream (exchange.md 14.4). */
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { RemoteFailure } from '../../failure.ts';
import { failureFrom } from '../connection/pool.ts';
import { getEvents, type Subscription, subscribe, unsubscribe } from '../operations/subscriptions.ts';
import type { Listened } from './listened.ts';
import { watchedOf } from './streaming.ts';

export interface PullOptions {
  readonly random: () => number;
  readonly everyMs?: number;
}

const defaultEveryMs = 30_000;
const maxPauseMs = 15 * 60_000;
const farewellMs = 5000;

/** Runs until `signal` says so; throws only what a pause does not mend. */
export async function pull(
  member: Listened,
  { random, everyMs = defaultEveryMs }: PullOptions,
  signal: AbortSignal,
): Promise<void> {
  let pauses = 0;
  let subscription: Subscription | undefined;
  const { client, folders, onHint } = member;
  while (!signal.aborted) {
    try {
      if (subscription === undefined) {
        subscription = await client.call(subscribe('pull', watchedOf(member)), signal);
        // What happened before is not told.
        for (const folder of folders) onHint(folder);
      }
      const news = await client.call(getEvents(subscription), signal);
      subscription = { ...subscription, watermark: news.watermark };
      for (const folder of news.folders) if (folders.includes(folder)) onHint(folder);
      pauses = 0;
      if (!news.more)
        await sleepFor(everyMs * (0.9 + random() * 0.2), undefined, { signal }).catch(() => undefined);
    } catch (error) {
      const failure: RemoteFailure = failureFrom(error);
      if (signal.aborted) break;
      if (failure.class === 'auth' || failure.class === 'auth-global' || failure.class === 'permission')
        throw failure;
      if (failure.class === 'subscription') subscription = undefined;
      pauses += 1;
      const own = Math.min(everyMs * 2 ** Math.min(pauses, 10), maxPauseMs);
      await sleepFor(failure.retryAfterMs ?? own, undefined, { signal }).catch(() => undefined);
    }
  }
  if (subscription !== undefined)
    await client.call(unsubscribe(subscription.id), AbortSignal.timeout(farewellMs)).catch(() => undefined);
}
