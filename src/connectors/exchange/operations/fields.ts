/** Which properties of an item are asked for (exchange.md 14.2); nothing that a server of that version does not know. */
import type { DocumentElement } from '../../../xml/document.ts';
import { propertiesToRead } from '../mapping/fields.ts';
import { invitedName, markerField, ownField, ownFields } from '../mapping/marker.ts';
import { make, makeText } from '../wire/elements.ts';
import { message } from '../wire/names.ts';
import type { SchemaVersion } from '../wire/schema-version.ts';

export function field(uri: string): DocumentElement {
  return make('FieldURI', [], { FieldURI: uri });
}

/** `m:ItemShape` with ids and these fields. */
export function itemShape(fields: readonly DocumentElement[], bodyType?: 'Best'): DocumentElement {
  return message('ItemShape', [
    makeText('BaseShape', 'IdOnly'),
    bodyType === undefined ? undefined : makeText('BodyType', bodyType),
    fields.length === 0 ? undefined : make('AdditionalProperties', fields),
  ]);
}

/** All that a calendar item is mapped from. */
export function wholeItem(version: SchemaVersion): DocumentElement {
  return itemShape([...propertiesToRead(version).map(field), ...ownFields()], 'Best');
}

/**
 * The same without a wish for the body: `Best` is meant then too, and a server that has to make a mail of every item to answer
 * that wish is spared it.
 */
export function plainItem(version: SchemaVersion): DocumentElement {
  return itemShape([...propertiesToRead(version).map(field), ...ownFields()]);
}

/** Id and change key. */
export const idOnly = (): DocumentElement => itemShape([]);

export const markerOnly = (): DocumentElement => itemShape([markerField()]);

/** Whether guests were mailed, and of what. */
export const invitedOnly = (): DocumentElement =>
  itemShape([field('item:Subject'), field('calendar:MeetingRequestWasSent'), ownField(invitedName)]);
