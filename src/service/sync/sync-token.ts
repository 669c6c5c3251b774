/**
 * Sync tokens: where a client stands in the history of a calendar or a home (RFC 6578).
 *
 * A token is stateless. That of a calendar names epoch, calendar, modseq and what the reader gets of it, so that a token
 * from before a restore, or from before the reader's rights changed, is refused and everything is listed anew.
 */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { KnownState } from '../../core/change-set.ts';
import { id, type ObjectId } from '../../core/ids.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Services } from '../context.ts';

const prefix = 'https://portcal.org/ns/sync/';

/** Where a reader stands in one calendar. */
export interface CalendarState {
  readonly modseq: number;
  /** A first listing that was cut off goes on behind this object; absent: it is complete. */
  readonly after?: ObjectId;
}

/** The token of what the reader would get of this calendar now. */
export function syncToken(services: Services, seen: SeenCalendar): string {
  return calendarToken(services, seen, { modseq: seen.calendar.modseq });
}

/** The token of a state between two. */
export function calendarToken(services: Services, seen: SeenCalendar, state: CalendarState): string {
  const after = state.after === undefined ? '' : `.${state.after.toString(36)}`;
  const { id: calendar } = seen.calendar;
  return `${prefix}${services.storage.epoch}/${calendar.toString(36)}/${state.modseq}${after}${readerMark(seen)}`;
}

/** Changes whenever anything that this reader gets of the calendar changes (`CS:getctag`). */
export function ctag(services: Services, seen: SeenCalendar): string {
  return `${services.storage.epoch}-${seen.calendar.modseq}${readerMark(seen)}`;
}

/**
 * Reads a calendar's token. Refuses `bad-sync-token` for other epochs, calendars and rights, for the future, and for what
 * the log no longer holds.
 */
export function parseToken(services: Services, seen: SeenCalendar, token: string): CalendarState {
  const state = readToken(services, seen, token);
  if (!state) throw badToken();
  return state;
}

/** Whether `parseToken` would take it. */
export function isKnownState(services: Services, seen: SeenCalendar, token: string): boolean {
  return readToken(services, seen, token) !== undefined;
}

function readToken(services: Services, seen: SeenCalendar, token: string): CalendarState | undefined {
  const rest = token.startsWith(prefix) ? token.slice(prefix.length) : '';
  const match = /^([^/]+)\/([0-9a-z]{1,11})\/(\d{1,15})(?:\.([0-9a-z]{1,11}))?(\/[a-z]+)?$/.exec(rest);
  if (!match) return undefined;
  const [, epoch, calendar, modseqText, after, mark = ''] = match;
  const modseq = Number(modseqText);
  const isOurs = epoch === services.storage.epoch && calendar === seen.calendar.id.toString(36);
  const isHeld = modseq <= seen.calendar.modseq && modseq >= seen.calendar.changeFloor;
  if (!isOurs || !isHeld || mark !== readerMark(seen)) return undefined;
  return { modseq, ...(after !== undefined && { after: id<ObjectId>(Number.parseInt(after, 36)) }) };
}

/** Services whose next write holds only while the calendars are as they were seen (RFC 6578 §5); refused as `stale`. */
export function holding<Given extends Services>(services: Given, seen: readonly SeenCalendar[]): Given {
  const { storage } = services;
  let known: readonly KnownState[] | undefined = seen.map(({ calendar: { id: calendar, modseq } }) => ({
    calendar,
    modseq,
  }));
  return {
    ...services,
    storage: {
      ...storage,
      async commit(set) {
        const result = await storage.commit(
          known === undefined ? set : { ...set, unchanged: [...(set.unchanged ?? []), ...known] },
        );
        // Further writes of this request need no check: the request itself has changed the calendars.
        if (result.ok) known = undefined;
        return result;
      },
    },
  };
}

export function badToken(): Refusal {
  return new Refusal('bad-sync-token', 'this token does not stand for a state that is still known');
}

/** Marks what the reader may see: empty for those who see everything. */
function readerMark(seen: SeenCalendar): string {
  const { detail, seesPrivate } = seen.access;
  if (detail !== 'full') return `/${detail}`;
  return seesPrivate ? '' : '/read';
}
