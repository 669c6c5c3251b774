/** By which zone a calendar reads floating times and days: as a definition, or by name (RFC 4791 §5.2.2, RFC 7809 §5.2). */
import { defineProperty, writeText } from '../../dav/property.ts';
import { productId } from '../../icalendar/repair.ts';
import { instant } from '../../icalendar/time.ts';
import { calendarText } from '../../icalendar/write.ts';
import { vtimezone } from '../../icalendar/zones/vtimezone.ts';
import { caldav } from '../../xml/name.ts';
import { zoneOfName, zoneOfText } from '../grammar/timezone.ts';
import type { Property } from '../world.ts';
import { calendarLines } from './calendar-lines.ts';

/** As sent; made from the name where only that is known. */
export const calendarTimezone: Property<'calendar', string> = defineProperty({
  name: caldav('calendar-timezone'),
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.2',
  cost: 'head',
  inAllprop: false,
  read({ seen: { calendar } }, { services }) {
    if (calendar.timeZoneData !== null) return calendar.timeZoneData;
    if (calendar.timeZone === null) return undefined;
    const now = services.clock.now();
    const range = { start: instant(now - yearMs), end: instant(now + 10 * yearMs) };
    return calendarText(vtimezone(calendar.timeZone, range), productId);
  },
  write: writeText,
  patch(change) {
    if (change === 'remove') return { timeZoneData: null, timeZone: null };
    const { zone, text } = zoneOfText(change.text);
    return { timeZoneData: calendarLines(text), timeZone: zone.custom ? null : zone.id };
  },
});

export const calendarTimezoneId: Property<'calendar', string> = defineProperty({
  name: caldav('calendar-timezone-id'),
  on: ['calendar'],
  spec: 'RFC 7809 §5.2',
  cost: 'head',
  inAllprop: false,
  read: ({ seen }) => seen.calendar.timeZone ?? undefined,
  write: writeText,
  patch(change) {
    if (change === 'remove') return { timeZoneData: null, timeZone: null };
    return { timeZoneData: null, timeZone: zoneOfName(change.text).id };
  },
});

const yearMs = 365.25 * 24 * 3_600_000;
