/** What a calendar accepts and a query may ask, announced from the same limits that are enforced (RFC 4791 §5.2.4 to §5.2.9, §7.5.1). */
import type { Limits } from '../../core/limits.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import { collations } from '../../icalendar/query/collation.ts';
import { formatUtc } from '../../icalendar/value.ts';
import { caldav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

const limit = (
  local: string,
  spec: string,
  value: (limits: Limits) => string,
): Property<'calendar', string> =>
  defineProperty({
    name: caldav(local),
    on: ['calendar'],
    spec,
    cost: 'head',
    inAllprop: false,
    inRow: 'same',
    read: (_calendar, { services }) => value(services.limits),
    write: writeText,
  });

export const maxResourceSize: Property<'calendar', string> = limit(
  'max-resource-size',
  'RFC 4791 §5.2.5',
  ({ maxObjectBytes }) => String(maxObjectBytes),
);

export const minDateTime: Property<'calendar', string> = limit('min-date-time', 'RFC 4791 §5.2.6', (limits) =>
  formatUtc(limits.minDateTime),
);

export const maxDateTime: Property<'calendar', string> = limit('max-date-time', 'RFC 4791 §5.2.7', (limits) =>
  formatUtc(limits.maxDateTime),
);

export const maxInstances: Property<'calendar', string> = limit(
  'max-instances',
  'RFC 4791 §5.2.8',
  (limits) => String(limits.maxInstances),
);

export const maxAttendeesPerInstance: Property<'calendar', string> = limit(
  'max-attendees-per-instance',
  'RFC 4791 §5.2.9',
  ({ maxAttendees }) => String(maxAttendees),
);

export const supportedCalendarData: Property<'calendar', true> = defineProperty({
  name: caldav('supported-calendar-data'),
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.4',
  cost: 'head',
  inAllprop: false,
  read: () => true as const,
  write: (writer) =>
    writer.element(caldav('calendar-data'), undefined, { 'content-type': 'text/calendar', version: '2.0' }),
});

/** On all that answer to calendaring reports. */
export const supportedCollationSet: Property<'home' | 'other-home' | 'calendar' | 'object', true> =
  defineProperty({
    name: caldav('supported-collation-set'),
    on: ['home', 'other-home', 'calendar', 'object'],
    spec: 'RFC 4791 §7.5.1',
    cost: 'head',
    inAllprop: false,
    inRow: 'same',
    read: () => true as const,
    write: (writer) => {
      for (const collation of collations) writer.textElement(caldav('supported-collation'), collation);
    },
  });
