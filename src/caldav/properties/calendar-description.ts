import { defineProperty } from '../../dav/property.ts';
import { calendarProperties } from '../../service/properties.ts';
import { caldav, type XmlName } from '../../xml/name.ts';
import { readXml } from '../../xml/reader.ts';
import { escapeAttribute } from '../../xml/writer.ts';
import type { CalendarResource, Context, Property } from '../world.ts';

const name: XmlName = caldav('calendar-description');

export interface Description {
  readonly text: string;
  /** `xml:lang` as it was set, '' for none (RFC 4918 §4.3). */
  readonly language: string;
}

export const calendarDescription: Property<'calendar', Description> = defineProperty({
  name,
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.1',
  // Its language is read only where there is a description.
  cost: 'head',
  inAllprop: false,
  read(calendar, context) {
    const { description } = calendar.seen.calendar;
    return description === null ? undefined : described(description, calendar, context);
  },
  attributes: ({ language }): Readonly<Record<string, string>> =>
    language === '' ? {} : { 'xml:lang': language },
  write: (writer, { text }) => writer.text(text),
  patch: (change) =>
    change === 'remove'
      ? { description: null, descriptionLanguage: null }
      : { description: change.text, descriptionLanguage: change.language || null },
});

async function described(text: string, { seen }: CalendarResource, context: Context): Promise<Description> {
  const { services, actor } = context;
  const xml = (await calendarProperties(services, actor, seen)).get(name);
  return { text, language: xml === undefined ? '' : readXml(Buffer.from(xml), services.limits).language };
}

/** The form in which the language is kept among the dead properties of the calendar. */
export function languageElement(language: string | null): readonly [name: XmlName, xml: string | null] {
  const tag = 'C:calendar-description';
  const declared = 'xmlns:C="urn:ietf:params:xml:ns:caldav"';
  return [name, language === null ? null : `<${tag} ${declared} xml:lang="${escapeAttribute(language)}"/>`];
}
