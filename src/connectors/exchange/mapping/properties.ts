/** Properties by their own names, beside the fields of the schema that mean the same (MS-OXPROPS). */
import type { DocumentElement } from '../../../xml/document.ts';
import { make, makeText } from '../wire/elements.ts';

export interface NamedProperty {
  /** Attributes of `t:ExtendedFieldURI`. */
  readonly path: Readonly<Record<string, string>>;
}

function numbered(set: 'Appointment' | 'Common', id: number, type: 'Integer' | 'Boolean'): NamedProperty {
  return {
    path: { DistinguishedPropertySetId: set, PropertyId: String(id), PropertyType: type },
  };
}

/** PidLidBusyStatus */
export const busyProperty: NamedProperty = numbered('Appointment', 0x82_05, 'Integer');
/** PidLidRecurring */
export const recurringProperty: NamedProperty = numbered('Appointment', 0x82_23, 'Boolean');
/** PidLidReminderSet */
export const reminderSetProperty: NamedProperty = numbered('Common', 0x85_03, 'Boolean');
/** PidLidReminderDelta */
export const reminderMinutesProperty: NamedProperty = numbered('Common', 0x85_01, 'Integer');

/** Where clients of another maker keep the IANA name of an item's zone; some servers know it from there alone. */
export const zoneProperty: NamedProperty = {
  path: {
    PropertySetId: 'a7b529b5-4b75-47a7-a24f-20743d6c55cd',
    PropertyName: 'CalendarTimeZone',
    PropertyType: 'String',
  },
};

export function propertyPath({ path }: NamedProperty): DocumentElement {
  return make('ExtendedFieldURI', [], path);
}

/** `t:ExtendedProperty` */
export function propertyElement(property: NamedProperty, value: string): DocumentElement {
  return make('ExtendedProperty', [propertyPath(property), makeText('Value', value)]);
}
