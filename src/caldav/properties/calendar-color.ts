/** Colour and place in the list, as Apple's clients store them and all others read them (clients.md W25, W26). */
import { Refusal } from '../../core/refusal.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import { apple } from '../../xml/name.ts';
import type { Property } from '../world.ts';

export const calendarColor: Property<'calendar', string> = defineProperty({
  name: apple('calendar-color'),
  on: ['calendar'],
  spec: 'Apple extension, no RFC',
  cost: 'head',
  inAllprop: false,
  read: ({ seen: { calendar, view } }) => view?.color ?? calendar.color ?? undefined,
  write: writeText,
  patch(change) {
    if (change === 'remove') return { color: null };
    const color = change.text.trim();
    const digits = /^#?([0-9a-f]{6})([0-9a-f]{2})?$/i.exec(color);
    if (!digits) {
      throw new Refusal(
        'invalid-property',
        `calendar-color is #RRGGBB or #RRGGBBAA, not ${JSON.stringify(color)}`,
      );
    }
    return { color: `#${digits[1]}${digits[2] ?? 'FF'}`.toUpperCase() };
  },
});

export const calendarOrder: Property<'calendar', string> = defineProperty({
  name: apple('calendar-order'),
  on: ['calendar'],
  spec: 'Apple extension, no RFC',
  cost: 'head',
  inAllprop: false,
  read({ seen: { calendar, view } }) {
    const order = view?.order ?? calendar.order;
    return order === null ? undefined : String(order);
  },
  write: writeText,
  patch(change) {
    if (change === 'remove') return { order: null };
    const order = change.text.trim();
    if (!/^-?\d{1,9}$/.test(order)) {
      throw new Refusal('invalid-property', `calendar-order is a whole number, not ${JSON.stringify(order)}`);
    }
    return { order: Number(order) };
  },
});
