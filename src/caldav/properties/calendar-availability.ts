/**
 * When somebody is available at all: working hours, holidays (RFC 7953 §7.2.4).
 *
 * The RFC puts it on the scheduling inbox. There is none yet, so it is on the home, where it counts for free/busy of the
 * whole home; with scheduling it moves to the inbox, and its value stays where it is stored.
 */
import type { PrincipalId } from '../../core/ids.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineProperty, writeText } from '../../dav/property.ts';
import { acceptAvailability } from '../../icalendar/query/availability.ts';
import type { Services } from '../../service/context.ts';
import { properties } from '../../service/properties.ts';
import { caldav, type XmlName } from '../../xml/name.ts';
import { xmlReader } from '../../xml/reader.ts';
import { escapeText } from '../../xml/writer.ts';
import type { Property } from '../world.ts';
import { calendarLines } from './calendar-lines.ts';

const name: XmlName = caldav('calendar-availability');

export const calendarAvailability: Property<'home', string> = defineProperty({
  name,
  on: ['home'],
  spec: 'RFC 7953 §7.2.4',
  cost: 'query',
  inAllprop: false,
  read: ({ owner }, { services }) => availabilityOf(services, owner.id),
  write: writeText,
  patch(change) {
    if (change === 'remove') return { availability: null };
    const judged = acceptAvailability(Buffer.from(change.text.trim()));
    if ('refused' in judged) throw new Refusal('invalid-calendar-data', judged.refused.message);
    return { availability: calendarLines(change.text.trim()) };
  },
});

/** The iCalendar text that somebody has set, whoever asks. */
export async function availabilityOf(services: Services, person: PrincipalId): Promise<string | undefined> {
  const xml = (await properties(services, { on: 'home', id: person })).get(name);
  return xml === undefined ? undefined : xmlReader(services.limits)(Buffer.from(xml)).text;
}

/** The form in which it is kept among the dead properties of the home. */
export function availabilityElement(text: string | null): readonly [name: XmlName, xml: string | null] {
  const tag = 'C:calendar-availability';
  const open = `<${tag} xmlns:C="urn:ietf:params:xml:ns:caldav">`;
  return [name, text === null ? null : `${open}${escapeText(text)}</${tag}>`];
}
