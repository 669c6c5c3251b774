/** Sync of a whole home: which calendars came, changed or went, and where each stands (RFC 6578, clients.md W14). */
import type { SeenCalendar } from '../core/calendar.ts';
import type { Actor } from '../core/principal.ts';
import { homeName, visibleCalendars } from './access.ts';
import type { Services } from './context.ts';
import { badToken, syncToken } from './sync-token.ts';

/** What a home's token says about one calendar of it. */
export interface HomeChange {
  /** Its segment in the home, decoded. */
  readonly name: string;
  /** Absent when it is gone. */
  readonly seen?: SeenCalendar;
  /** Anything of the calendar or in it differs from the token. */
  readonly changed: boolean;
  /** Where the client stands in the calendar: to be given to `changesSince`; absent: it knows nothing of it. */
  readonly token?: string;
}

export interface HomeSync {
  readonly calendars: readonly HomeChange[];
  readonly token: string;
}

/** The token of the actor's home as it stands now: it names each calendar with its state. */
export async function homeToken(
  services: Services,
  actor: Actor,
  calendars?: readonly SeenCalendar[],
): Promise<string> {
  const seen = calendars ?? (await visibleCalendars(services, actor));
  return encode(services, actor, seen);
}

/** Compares the home with a token; without one every calendar is new. Refuses `bad-sync-token`. */
export async function homeChangesSince(
  services: Services,
  actor: Actor,
  token: string | undefined,
): Promise<HomeSync> {
  const calendars = await visibleCalendars(services, actor);
  const now = encode(services, actor, calendars);
  if (token === undefined || token === '') {
    return {
      calendars: calendars.map((seen) => ({ name: homeName(seen), seen, changed: true })),
      token: now,
    };
  }
  if (token === now) {
    return {
      calendars: calendars.map((seen) => ({
        name: homeName(seen),
        seen,
        changed: false,
        token: syncToken(services, seen),
      })),
      token: now,
    };
  }
  throw badToken();
}

function encode(services: Services, actor: Actor, calendars: readonly SeenCalendar[]): string {
  const states = calendars.map((seen) => [homeName(seen), syncToken(services, seen)]);
  const text = Buffer.from(JSON.stringify(states)).toString('base64url');
  return `https://portcal.org/ns/sync/${services.storage.epoch}/home-${actor.principal.id.toString(36)}/${text}`;
}
