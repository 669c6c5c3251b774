/** How the provider will tell an event after a write of ours. */
import type { TimeRange } from '../icalendar/time.ts';
import { canonical } from './agreed.ts';
import type { NeutralEvent } from './event.ts';
import type { RemoteCalendar } from './remote.ts';

/**
 * What a calendar normalizes is an event of its owner. Of somebody else's meeting a write changes what is the guest's own,
 * and all else stays as it is there.
 */
export function toldAfter(
  remote: RemoteCalendar,
  after: NeutralEvent,
  window: TimeRange,
  role: 'owner' | 'guest',
): NeutralEvent | { readonly refused: string } {
  const normal = remote.normalize(after, window);
  if ('refused' in normal) return normal;
  if (role === 'owner') return canonical(normal);
  const { busy, reminder, categories, privacy } = normal.content;
  return canonical({ ...after, content: { ...after.content, busy, reminder, categories, privacy } });
}
