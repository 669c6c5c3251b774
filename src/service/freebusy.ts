/** Busy times over calendars (RFC 4791 §7.10, RFC 6638 §5). */
import type { Calendar } from '../core/calendar.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { Instant, TimeRange } from '../icalendar/time.ts';
import { calendarAccess } from './access.ts';
import type { Services } from './context.ts';

/** In UTC, half-open, cut to the range that was asked for. */
export interface BusyPeriod {
  readonly start: Instant;
  readonly end: Instant;
  readonly busy: 'busy' | 'tentative' | 'unavailable';
}

/**
 * The busy periods of calendars within `range`, merged and in order of start.
 *
 * The right to see busy times is enough, whether export is on or off. Transparent and cancelled instances do not count,
 * nor do calendars that are transparent as a whole. `zone` (IANA) reads floating times and dates; absent: each calendar's own.
 *
 * Refuses: `need-privileges`, `too-many-results`.
 */
export async function freeBusy(
  services: Services,
  actor: Actor,
  calendars: readonly Calendar[],
  range: TimeRange,
  _zone?: string,
): Promise<readonly BusyPeriod[]> {
  const periods: BusyPeriod[] = [];
  for (const calendar of calendars) {
    if (!(await calendarAccess(services, actor, calendar)).canSeeBusy) {
      throw new Refusal('need-privileges', 'the busy times of this calendar are not shared with you', {
        privilege: 'read-free-busy',
      });
    }
    if (calendar.transparent) continue;
    for await (const page of services.storage.busy(calendar.id, range)) {
      for (const { start, end, busy } of page) if (busy !== 'free') periods.push({ start, end, busy });
    }
  }
  return periods.sort((a, b) => a.start - b.start);
}
