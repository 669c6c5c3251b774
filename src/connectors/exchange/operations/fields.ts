/** Which properties of an item are asked for (exchange.md 14.2); nothing that a server of that version does not know. */
import type { DocumentElement } from '../../../xml/document.ts';
import { make, makeText } from '../elements.ts';
import { markerField } from '../marker.ts';
import { knows, type SchemaVersion } from '../schema-version.ts';
import { message } from '../wire/names.ts';

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
  const known = itemFields.filter(([, since, until]) => {
    const isOver = until !== undefined && knows(version, until);
    return knows(version, since) && !isOver;
  });
  return itemShape([...known.map(([uri]) => field(uri)), markerField()], 'Best');
}

/** `until`: the version from which another field says it better. */
type ItemField = readonly [uri: string, since: SchemaVersion, until?: SchemaVersion];

const itemFields: readonly ItemField[] = [
  ['item:ItemClass', 'Exchange2007_SP1'],
  ['item:Subject', 'Exchange2007_SP1'],
  ['item:Sensitivity', 'Exchange2007_SP1'],
  ['item:Body', 'Exchange2007_SP1'],
  ['item:TextBody', 'Exchange2013'],
  ['item:Importance', 'Exchange2007_SP1'],
  ['item:Categories', 'Exchange2007_SP1'],
  ['item:ReminderIsSet', 'Exchange2007_SP1'],
  ['item:ReminderMinutesBeforeStart', 'Exchange2007_SP1'],
  ['item:HasAttachments', 'Exchange2007_SP1'],
  ['item:LastModifiedTime', 'Exchange2007_SP1'],
  ['item:DateTimeCreated', 'Exchange2007_SP1'],
  ['calendar:UID', 'Exchange2007_SP1'],
  ['calendar:Start', 'Exchange2007_SP1'],
  ['calendar:End', 'Exchange2007_SP1'],
  ['calendar:OriginalStart', 'Exchange2007_SP1'],
  ['calendar:IsAllDayEvent', 'Exchange2007_SP1'],
  ['calendar:LegacyFreeBusyStatus', 'Exchange2007_SP1'],
  ['calendar:Location', 'Exchange2007_SP1'],
  ['calendar:IsMeeting', 'Exchange2007_SP1'],
  ['calendar:IsCancelled', 'Exchange2007_SP1'],
  ['calendar:CalendarItemType', 'Exchange2007_SP1'],
  ['calendar:MyResponseType', 'Exchange2007_SP1'],
  ['calendar:Organizer', 'Exchange2007_SP1'],
  ['calendar:RequiredAttendees', 'Exchange2007_SP1'],
  ['calendar:OptionalAttendees', 'Exchange2007_SP1'],
  ['calendar:Resources', 'Exchange2007_SP1'],
  ['calendar:TimeZone', 'Exchange2007_SP1', 'Exchange2013'],
  ['calendar:AppointmentSequenceNumber', 'Exchange2007_SP1'],
  ['calendar:AppointmentState', 'Exchange2007_SP1'],
  ['calendar:Recurrence', 'Exchange2007_SP1'],
  ['calendar:FirstOccurrence', 'Exchange2007_SP1'],
  ['calendar:LastOccurrence', 'Exchange2007_SP1'],
  ['calendar:ModifiedOccurrences', 'Exchange2007_SP1'],
  ['calendar:DeletedOccurrences', 'Exchange2007_SP1'],
  ['calendar:MeetingTimeZone', 'Exchange2007_SP1', 'Exchange2010'],
  ['calendar:StartTimeZone', 'Exchange2010'],
  ['calendar:EndTimeZone', 'Exchange2010'],
  ['calendar:StartTimeZoneId', 'Exchange2013'],
  ['calendar:EndTimeZoneId', 'Exchange2013'],
  ['calendar:JoinOnlineMeetingUrl', 'Exchange2013'],
];
