/** What every use case is given, and the events that the log may record. */
import type { Clock } from '../core/clock.ts';
import type { CalendarId, IdSource } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import type { Storage } from '../storage/port.ts';
import { Memory } from './memory.ts';
import { followChanges } from './objects/horizon.ts';

/**
 * One thing worth a line in the log. Typed fields only: titles, addresses, names and secrets cannot get in
 * (ARCHITECTURE §10).
 */
export type ServiceEvent =
  /** An object was stored in a mended form; `codes` are those of the findings. */
  | { readonly event: 'object-repaired'; readonly calendar: number; readonly codes: readonly string[] }
  /** A stored object could not be read; it is still delivered as it is, but no query finds what is in it. */
  | { readonly event: 'object-unreadable'; readonly calendar: number; readonly object: number }
  /** A stored object could not be written into an export, which went on without it; `reason` is the kind of error. */
  | {
      readonly event: 'object-left-out';
      readonly calendar: number;
      readonly object: number;
      readonly reason: string;
    }
  /** What somebody sent was no object that the calendar takes; they find it under this number (service/calendars/refused.ts). */
  | {
      readonly event: 'object-refused';
      readonly calendar: number;
      readonly code: string;
      readonly refused: number;
      readonly line?: number;
    }
  /** A write lost a race against another one and decided again. */
  | { readonly event: 'write-retried'; readonly calendar: number; readonly attempt: number }
  | { readonly event: 'calendar-reindexed'; readonly calendar: number; readonly objects: number }
  | { readonly event: 'horizon-moved'; readonly objects: number }
  | { readonly event: 'cuts-renewed'; readonly objects: number }
  | {
      readonly event: 'imported';
      readonly calendar: number;
      readonly added: number;
      readonly updated: number;
      readonly unchanged: number;
      readonly failed: number;
    };

export interface Services {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: Limits;
  readonly log: (event: ServiceEvent) => void;
  /** At least 32 random bytes that live as long as the data: the key under which app passwords are hashed. */
  readonly secret: Uint8Array;
  /** Cryptographically random bytes. */
  readonly random: (sizeBytes: number) => Uint8Array;
  /** What may be remembered between requests: only answers that a version number proves to be current. */
  readonly memory: Memory;
}

export type ServiceParts = Omit<Services, 'memory'>;

/** Adds the memory to the parts that `app.ts` supplies. Called once for each process and storage. */
export function createServices(parts: ServiceParts): Services {
  const { commit } = parts.storage;
  const services: Services = {
    ...parts,
    storage: {
      ...parts.storage,
      async commit(set) {
        const result = await commit(set);
        if (result.ok && result.stale) await followStale(services, result.stale);
        return result;
      },
    },
    memory: new Memory(),
  };
  return services;
}

/**
 * Rebuilds indexes that a commit found to be made with an older zone or older addresses, so that the next read finds
 * them right.
 */
async function followStale(services: Services, calendars: readonly CalendarId[]): Promise<void> {
  try {
    for (const calendar of calendars) await followChanges(services, { calendar });
  } catch {
    // The commit itself succeeded. The calendar stays on the list, which the next round of maintenance works off.
  }
}
