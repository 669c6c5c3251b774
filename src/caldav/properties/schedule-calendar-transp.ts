/** Whether a calendar's events make their owner busy. Offered before scheduling, because free/busy honours it and Apple's clients set it. */
import { Refusal } from '../../core/refusal.ts';
import { defineProperty } from '../../dav/property.ts';
import { caldav } from '../../xml/name.ts';
import { choiceOf } from '../../xml/reader.ts';
import type { Property } from '../world.ts';

const opaque = caldav('opaque');
const transparent = caldav('transparent');

export const scheduleCalendarTransp: Property<'calendar', 'opaque' | 'transparent'> = defineProperty({
  name: caldav('schedule-calendar-transp'),
  on: ['calendar'],
  spec: 'RFC 6638 §9.1',
  cost: 'head',
  inAllprop: false,
  read: ({ seen: { calendar, view } }) =>
    (view?.transparent ?? calendar.transparent) ? 'transparent' : 'opaque',
  write: (writer, value) => writer.empty(caldav(value)),
  patch(change) {
    if (change === 'remove') return { transparent: null };
    const chosen = choiceOf(change, [opaque, transparent]);
    if (chosen === undefined) {
      throw new Refusal('invalid-property', 'schedule-calendar-transp holds opaque or transparent');
    }
    return { transparent: chosen === transparent };
  },
});
