/** An item as CreateItem takes it: what the table of fields writes, in the order of the schema (exchange.md 14.3). */
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf } from '../../../xml/name.ts';
import type { EventContent, NeutralEvent } from '../../event.ts';
import { make, makeText } from '../wire/elements.ts';
import { fields } from './fields.ts';
import type { Mapping } from './mapping.ts';
import { markerProperties } from './marker.ts';
import { type ExchangeRecurrence, recurrenceElement } from './pattern.ts';
import { timeElements } from './times.ts';

/** The children of `t:CalendarItem` that we write, as `ItemType` and `CalendarItemType` order them. */
const schemaOrder: readonly string[] = [
  'Subject',
  'Sensitivity',
  'Body',
  'Categories',
  'Importance',
  'ReminderIsSet',
  'ReminderMinutesBeforeStart',
  'ExtendedProperty',
  'UID',
  'Start',
  'End',
  'IsAllDayEvent',
  'LegacyFreeBusyStatus',
  'Location',
  'RequiredAttendees',
  'OptionalAttendees',
  'Resources',
  'Recurrence',
  'MeetingTimeZone',
  'StartTimeZone',
  'EndTimeZone',
];

export interface NewItem {
  readonly content: EventContent;
  readonly zones: NeutralEvent['zones'];
  readonly marker: string;
  /** Null: the server makes one, as several items with one UID would be one meeting to it. */
  readonly uid: string | null;
  readonly recurrence: ExchangeRecurrence | null;
}

/** `t:CalendarItem`. */
export function calendarItem(item: NewItem, mapping: Mapping): DocumentElement {
  const { content, zones, marker, uid, recurrence } = item;
  const children = [
    ...fields.map(({ write }) => write?.(content, mapping)),
    ...markerProperties(marker),
    uid === null ? undefined : makeText('UID', uid),
    ...timeElements(content, zones, mapping).map(({ element }) => element),
    recurrence === null ? undefined : recurrenceElement(recurrence, mapping.version),
  ];
  return make('CalendarItem', inSchemaOrder(children.filter((child) => child !== undefined)));
}

function inSchemaOrder(children: readonly DocumentElement[]): readonly DocumentElement[] {
  const rank = (child: DocumentElement): number => schemaOrder.indexOf(localNameOf(child.name));
  return children.toSorted((one, other) => rank(one) - rank(other));
}
