/** Telling organizers that their meeting was deleted here (exchange.md 11.4): Exchange itself deletes a guest's copy silently. */
import type { RemoteFailure } from '../failure.ts';
import type { Removal } from '../remote.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { answerMeeting } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';

/** Is the organizer to hear of it? */
export function isDeclined({ notify, role }: Pick<Removal, 'notify' | 'role'>): boolean {
  return notify === 'all' && role === 'guest';
}

/** Declines the meetings that are to be; those that could not be, by their places, are to stay. */
export async function declineFirst(
  removals: readonly Removal[],
  { client, signal }: Reading,
): Promise<Map<number, RemoteFailure>> {
  const failures = new Map<number, RemoteFailure>();
  for (const [index, removal] of removals.entries()) {
    if (!isDeclined(removal)) continue;
    const { id, version } = removal;
    try {
      await client.call(answerMeeting({ id, version }, 'declined', isPeculiar(client.quirks())), signal);
    } catch (error) {
      const failure = failureFrom(error);
      if (!isPastDeclining(failure)) failures.set(index, failure);
    }
  }
  return failures;
}

/** It is gone, was cancelled meanwhile, or is no meeting of somebody else: nobody waits for an answer. */
function isPastDeclining({ class: kind, code }: RemoteFailure): boolean {
  return kind === 'gone' || /^ErrorCalendarIs\w+ForDecline$/.test(code);
}
