import { defineProperty, writeText } from '../../dav/property.ts';
import { caldav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

export const calendarDescription: Property<'calendar', string> = defineProperty({
  name: caldav('calendar-description'),
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.1',
  cost: 'head',
  inAllprop: false,
  read: ({ seen }) => seen.calendar.description ?? undefined,
  write: writeText,
  patch: (change) => ({ description: change === 'remove' ? null : change.text }),
});
