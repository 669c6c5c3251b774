/** What a calendar is for, in the words of its owner (RFC 4791 §5.2.1). */
import { defineProperty } from '../../dav/property.ts';
import { calendarProperties } from '../../service/properties.ts';
import { caldav, type XmlName } from '../../xml/name.ts';
import type { Property } from '../world.ts';
import { languageAttribute, type Worded, worded, wordedIn } from './language.ts';

const name: XmlName = caldav('calendar-description');

export const calendarDescription: Property<'calendar', Worded> = defineProperty({
  name,
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.1',
  // Its language is read only where there is a description.
  cost: 'head',
  inAllprop: false,
  async read({ seen }, context) {
    const { description } = seen.calendar;
    if (description === null) return undefined;
    return worded(
      name,
      description,
      await calendarProperties(context.services, context.actor, seen),
      context,
    );
  },
  attributes: languageAttribute,
  write: (writer, { text }) => writer.text(text),
  patch(change) {
    const wordedDescription = wordedIn(change);
    return { description: wordedDescription?.text ?? null, wordedDescription };
  },
});
