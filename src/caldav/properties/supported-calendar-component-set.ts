/** Which components a calendar holds, fixed when it is made (RFC 4791 §5.2.3), and which sets a home lets choose. */
import type { ComponentName } from '../../core/calendar.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineProperty } from '../../dav/property.ts';
import { isObjectKind } from '../../icalendar/object.ts';
import { caldav } from '../../xml/name.ts';
import { childrenOf, type XmlElement } from '../../xml/reader.ts';
import type { XmlWriter } from '../../xml/writer.ts';
import type { Property } from '../world.ts';

export const supportedCalendarComponentSet: Property<'calendar', readonly ComponentName[]> = defineProperty({
  name: caldav('supported-calendar-component-set'),
  on: ['calendar'],
  spec: 'RFC 4791 §5.2.3',
  cost: 'head',
  inAllprop: false,
  read: ({ seen }) => seen.calendar.components,
  write: writeComponents,
  patch(change, { resource }) {
    if (resource || change === 'remove') {
      throw new Refusal('protected-property', 'the components of a calendar are chosen when it is made');
    }
    return { components: componentSet(change) };
  },
});

/** The sets that MKCALENDAR takes. Apple's clients ask a home for them before they make a list of reminders. */
export const supportedCalendarComponentSets: Property<'home', readonly (readonly ComponentName[])[]> =
  defineProperty({
    name: caldav('supported-calendar-component-sets'),
    on: ['home'],
    spec: 'Apple extension, no RFC',
    cost: 'head',
    inAllprop: false,
    read: () => offeredSets,
    write: (writer, sets) => {
      for (const set of sets) {
        writer.element(caldav('supported-calendar-component-set'), () => writeComponents(writer, set));
      }
    },
  });

const offeredSets: readonly (readonly ComponentName[])[] = [
  ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY'],
  ['VEVENT', 'VTODO'],
  ['VEVENT'],
  ['VTODO'],
  ['VJOURNAL'],
];

function writeComponents(writer: XmlWriter, components: readonly ComponentName[]): void {
  for (const name of components) writer.element(caldav('comp'), undefined, { name });
}

function componentSet(element: XmlElement): readonly ComponentName[] {
  const names = new Set<ComponentName>();
  for (const comp of childrenOf(element, caldav('comp'))) {
    const name = comp.attributes.get('{}name')?.trim().toUpperCase() ?? '';
    if (!isObjectKind(name)) {
      throw new Refusal('unsupported-component', `calendars cannot hold ${JSON.stringify(name)} components`);
    }
    names.add(name);
  }
  if (names.size === 0)
    throw new Refusal('invalid-property', 'a calendar holds at least one kind of component');
  return [...names];
}
