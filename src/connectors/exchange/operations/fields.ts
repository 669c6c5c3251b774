/** Which properties of an item are asked for (exchange.md 14.2); nothing that a server of that version does not know. */
import type { DocumentElement } from '../../../xml/document.ts';
import { propertiesToRead } from '../mapping/fields.ts';
import { sentField } from '../mapping/invited.ts';
import { invitedName, markerField, ownField, ownFields } from '../mapping/marker.ts';
import { make, makeText } from '../wire/elements.ts';
import { message } from '../wire/names.ts';
import type { SchemaVersion } from '../wire/schema-version.ts';

export function field(uri: string): DocumentElement {
  return make('FieldURI', [], { FieldURI: uri });
}

/** `m:ItemShape` with ids and these fields. */
export function itemShape(fields: readonly DocumentElement[]): DocumentElement {
  return message('ItemShape', [
    makeText('BaseShape', 'IdOnly'),
    fields.length === 0 ? undefined : make('AdditionalProperties', fields),
  ]);
}

/**
 * All that a calendar item is mapped from. Without a wish for the body `Best` is meant everywhere; whom it is written to, Gromox makes a mail
 * of every item, with all that is attached to it.
 */
export function wholeItem(version: SchemaVersion): DocumentElement {
  return itemShape([...propertiesToRead(version).map(field), ...ownFields()]);
}

/** Id and change key. */
export const idOnly = (): DocumentElement => itemShape([]);

export const markerOnly = (): DocumentElement => itemShape([markerField()]);

/**
 * When it was made, and its key of searches (PidTagSearchKey), which Exchange gives to whatever is made, and a copy takes over from
 * its original (MS-OXCPRPT 2.2.1.9).
 */
export const makingFields = (): readonly DocumentElement[] => [
  field('item:DateTimeCreated'),
  searchKeyField(),
];

export const makingOnly = (): DocumentElement => itemShape(makingFields());

function searchKeyField(): DocumentElement {
  return make('ExtendedFieldURI', [], { PropertyTag: '0x300B', PropertyType: 'Binary' });
}

/** Whether guests were mailed, and of what. */
export const invitedOnly = (): DocumentElement => itemShape(invitedFields());

/** The same, with what other programs have noted of it. */
export const sentOnly = (): DocumentElement => itemShape([...invitedFields(), sentField()]);

const invitedFields = (): readonly DocumentElement[] => [
  field('item:Subject'),
  field('calendar:MeetingRequestWasSent'),
  ownField(invitedName),
];
