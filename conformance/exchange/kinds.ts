/**
 * The kinds of items, each with the properties that the fake can tell of it: in the order of Microsoft's schema, in which
 * answers must be.
 */
import { derived } from './derived.ts';
import { type Field, field, moment, recipient, recipients, shown, simple } from './fields.ts';
import { changeKey, extendedKey, itemId } from './ids.ts';
import { itemFields } from './item-fields.ts';
import { all, type Markup, nothing, tag, text } from './markup.ts';
import type { Profile } from './profile.ts';
import { clockFields, recurrenceId, scheduleFields, scheduleTail } from './schedule-fields.ts';
import type { View } from './views.ts';

const calendarFields: readonly Field[] = [
  ...itemFields,
  simple('calendar:UID', ({ item }) => item.uid, { byDefault: true }),
  simple('calendar:RecurrenceId', recurrenceId, { since: 'Exchange2007_SP1' }),
  simple('calendar:DateTimeStamp', ({ item }, { context }) => moment(item.modified, context), {
    since: 'Exchange2007_SP1',
  }),
  ...scheduleFields,
  simple('calendar:IsResponseRequested', ({ content }) => content.responseRequested ?? true),
  ...scheduleTail,
  ...clockFields,
  simple('calendar:JoinOnlineMeetingUrl', ({ content }) => content.joinUrl, { since: 'Exchange2013' }),
  simple('calendar:IsOrganizer', ({ item }) => item.meeting?.own ?? true, { since: 'Exchange2013' }),
];

const messageFields: readonly Field[] = [
  field('message:Sender', ({ item }) => recipient('t:Sender', item.message?.from)),
  field('message:ToRecipients', ({ item }) => recipients('t:ToRecipients', item.message?.to)),
  field('message:From', ({ item }) => recipient('t:From', item.message?.from), shown),
  simple('message:InternetMessageId', ({ item }) => `<${item.serial}@exchange.lab.test>`),
  simple('message:IsRead', ({ item }) => item.message?.read ?? false, shown),
  simple('message:IsResponseRequested', ({ content }) => content.responseRequested ?? true),
];

const meetingFields: readonly Field[] = [
  field(
    'meeting:AssociatedCalendarItemId',
    (view, { context }) => {
      const item =
        view.item.message?.item === undefined
          ? undefined
          : context.backend.store.item(view.item.message.item);
      return item
        ? tag('t:AssociatedCalendarItemId', [], { Id: itemId(item), ChangeKey: changeKey(item) })
        : nothing;
    },
    { byDefault: true, fetchOnly: true },
  ),
  simple('meeting:IsDelegated', () => false, shown),
  simple('meeting:IsOutOfDate', () => false, shown),
  simple('meeting:HasBeenProcessed', () => true, shown),
  simple('meeting:ResponseType', ({ item }) => item.message?.response ?? 'Unknown', shown),
  simple('calendar:UID', ({ item }) => item.uid),
  simple('calendar:RecurrenceId', recurrenceId, { since: 'Exchange2007_SP1' }),
  simple('calendar:DateTimeStamp', ({ item }, { context }) => moment(item.modified, context), {
    since: 'Exchange2007_SP1',
  }),
  simple('calendar:IsOrganizer', ({ item }) => item.meeting?.own ?? true, { since: 'Exchange2013' }),
];

const requestFields: readonly Field[] = [
  ...itemFields,
  ...messageFields,
  ...meetingFields,
  simple('meetingRequest:MeetingRequestType', () => 'NewMeetingRequest', shown),
  simple('meetingRequest:IntendedFreeBusyStatus', () => 'Busy'),
  ...scheduleFields,
  ...scheduleTail,
  ...clockFields,
];

const replyFields: readonly Field[] = [
  ...itemFields,
  ...messageFields,
  ...meetingFields,
  simple('calendar:Start', ({ content }, { context }) => moment(content.start, context), {
    since: 'Exchange2013',
  }),
  simple('calendar:End', ({ content }, { context }) => moment(content.end, context), {
    since: 'Exchange2013',
  }),
  simple('calendar:Location', ({ content }) => content.location, { since: 'Exchange2013' }),
];

/** What an item is called in answers, and what is told of it. */
export function kindOf(
  itemClass: string,
  calendar: boolean,
): { readonly element: string; readonly fields: readonly Field[] } {
  if (calendar) return { element: 't:CalendarItem', fields: calendarFields };
  if (/^IPM\.Schedule\.Meeting\.Request/i.test(itemClass))
    return { element: 't:MeetingRequest', fields: requestFields };
  if (/^IPM\.Schedule\.Meeting\.Resp/i.test(itemClass))
    return { element: 't:MeetingResponse', fields: replyFields };
  if (/^IPM\.Schedule\.Meeting\.Canceled/i.test(itemClass))
    return { element: 't:MeetingCancellation', fields: replyFields };
  if (/^IPM\.Note/i.test(itemClass))
    return { element: 't:Message', fields: [...itemFields, ...messageFields] };
  return { element: 't:Item', fields: itemFields };
}

/** All properties by the names that requests use. */
export const fieldsByUri: ReadonlyMap<string, Field> = new Map(
  [...itemFields, ...messageFields, ...requestFields, ...calendarFields].map((one) => [one.uri, one]),
);

/** A listing tells no more of a text. */
const maxListed = 255;

/** Properties of the extended kind, written where the schema wants them: before Culture. */
export function extendedMarkup(
  view: View,
  wanted: readonly Readonly<Record<string, string>>[],
  listing: boolean,
  profile: Profile,
): Markup {
  return all(
    wanted.map((path) => {
      const key = extendedKey(path);
      const value = view.content.extended?.get(key)?.value ?? derived(view, key, profile);
      if (value === undefined) return nothing;
      return tag('t:ExtendedProperty', [
        tag('t:ExtendedFieldURI', [], path),
        typeof value === 'string'
          ? text('t:Value', listing ? value.slice(0, maxListed) : value)
          : tag(
              't:Values',
              value.map((one) => text('t:Value', one)),
            ),
      ]);
    }),
  );
}
