/** Exports stay fast after an upgrade: what they take of an event is found anew where another rule has found it. */
import { feedCuts } from '../../icalendar/feed/feed.ts';
import { feedRule } from '../../icalendar/feed/feed-cuts.ts';
import type { Services } from '../context.ts';

/**
 * Makes the cuts of all events those of today's rule: of this version, and of the time zone data of the engine. Until then
 * exports look at each of their lines. Of both a process has one as long as it lives, so it is done once.
 */
export async function renewCuts(services: Services, isWanted: () => boolean = () => true): Promise<void> {
  const { storage, memory, log } = services;
  if (done.has(memory)) return;
  const objects = await storage.renewCuts({ rule: feedRule, cutsOf: feedCuts, isWanted });
  if (isWanted()) done.add(memory);
  if (objects > 0) log({ event: 'cuts-renewed', objects });
}

const done = new WeakSet<Services['memory']>();
