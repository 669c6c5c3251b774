/**
 * For use cases that read people, calendars or rights, decide, and then write: if two do so at the same time, only one
 * may succeed with what it has read, whether or not a client names that state (`If-Match`).
 */
import type { PrincipalId } from '../core/ids.ts';
import { Refusal } from '../core/refusal.ts';
import type { Services } from './context.ts';
import { maxAttempts, overtaken } from './writing.ts';

/**
 * Does `work`, which reads, decides and commits with the services that it is given. Its first commit holds only while the
 * directory, and all that `person` has chosen, are as they were when the work began; where somebody else has changed them,
 * the work is done anew. Refuses `busy` after some attempts.
 */
export async function undisturbed<Given extends Services, Result>(
  services: Given,
  work: (services: Given) => Promise<Result>,
  person?: PrincipalId,
): Promise<Result> {
  const { storage } = services;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const directory = await storage.directoryVersion();
    const chosen = person !== undefined && {
      chosen: { principal: person, values: await storage.preferences(person) },
    };
    let isFirst = true;
    let isOvertaken = false;
    const commit: Services['storage']['commit'] = async (set) => {
      const result = await storage.commit(isFirst ? { ...set, directory, ...chosen } : set);
      // Further commits of the same work need no check: the work itself has moved the directory.
      if (result.ok) isFirst = false;
      else isOvertaken = isFirst && result.reason === 'moved-on';
      return result;
    };
    try {
      return await work({ ...services, storage: { ...storage, commit } });
    } catch (error) {
      if (!isOvertaken) throw error;
    }
  }
  throw overtaken();
}

/** Does `work` again while it is refused as `stale`: others have written what it read in between. Refuses `busy`. */
export async function insisting<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'stale') throw error;
    }
  }
  throw overtaken();
}
