/** Colour and place in the list, as Apple's clients store them and all others read them (clients.md W25, W26). */
import { Refusal } from '../../core/refusal.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import { digitsOfColorWord } from '../../icalendar/color-words.ts';
import { calendarProperties } from '../../service/properties.ts';
import { apple, type XmlName, xmlName } from '../../xml/name.ts';
import type { Property } from '../world.ts';
import { elementBeside, keptBeside } from './beside.ts';

export interface Color {
  /** `#RRGGBBAA`. */
  readonly color: string;
  /** The name that Apple's programs give to it, `custom` for one that was mixed; '' for none. */
  readonly symbol: string;
}

const name: XmlName = apple('calendar-color');

export const calendarColor: Property<'calendar', Color> = defineProperty({
  name,
  on: ['calendar'],
  spec: 'Apple extension, no RFC',
  cost: 'head',
  inAllprop: false,
  async read({ seen }, context) {
    const color = seen.view?.color ?? seen.calendar.color;
    if (color === null) return undefined;
    const kept = await calendarProperties(context.services, context.actor, seen);
    return { color, symbol: elementBeside(name, color, kept, context)?.attributes.get(symbolic) ?? '' };
  },
  attributes: ({ symbol }) => (symbol === '' ? {} : { 'symbolic-color': symbol }),
  write: (writer, { color }) => writer.text(color),
  patch(change) {
    // Clients that have no way to remove a property send an empty colour instead.
    if (change === 'remove' || change.text.trim() === '') return { color: null, symbolicColor: null };
    const color = readColor(change.text.trim());
    const symbol = change.attributes.get(symbolic) ?? '';
    // Apple's names for colours have this form; anything else is dropped.
    return { color, symbolicColor: { color, symbol: /^[\w-]{1,64}$/.test(symbol) ? symbol : '' } };
  },
});

/** As people and programs write it: `#RRGGBB` of most, `#RRGGBBAA` of Apple's, `#RGB`, or a word of CSS. */
function readColor(text: string): string {
  const hexadecimal = /^#?(?:([0-9a-f]{6})([0-9a-f]{2})?|([0-9a-f]{3}))$/i.exec(text);
  const [, six, alpha = 'FF', three] = hexadecimal ?? [];
  const digits = six ?? three?.replace(/./g, '$&$&') ?? digitsOfColorWord(text);
  if (digits === undefined) {
    throw new Refusal(
      'invalid-property',
      `calendar-color is #RRGGBB, #RRGGBBAA or a word of CSS, not ${JSON.stringify(text)}`,
    );
  }
  return `#${digits}${alpha}`.toUpperCase();
}

const symbolic: XmlName = xmlName('', 'symbolic-color');

export function symbolElement(said: Color | null): ReturnType<typeof keptBeside> {
  return keptBeside(name, 'symbolic-color', said && { value: said.color, text: said.symbol });
}

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
