/**
 * Every property of items that the fake can tell: its name in requests, the version that brought it, and how its element
 * is written. The lists are in the order of Microsoft's schema, in which answers must be and requests are checked.
 */
import type { Context } from './context.ts';
import { derived } from './derived.ts';
import { all, type Markup, nothing, tag, text, utc } from './markup.ts';
import { mimeOf } from './mime.ts';
import { atLeast, type Version } from './profile.ts';
import { dayMs, writeRecurrence } from './recurrence.ts';
import {
  type Attendee,
  type Content,
  changeKey,
  extendedKey,
  folderId,
  itemId,
  occurrenceId,
  type Person,
} from './store.ts';
import { ends, instance, originalStart, type View } from './views.ts';
import { writeDefinition } from './zone-xml.ts';
import { instantOf, utcZone, wallClock, type Zone } from './zones.ts';

export interface Field {
  /** As FieldURI names it; for most also the name of the element after the colon. */
  readonly uri: string;
  readonly element: string;
  readonly since: Version;
  /** In the base shape Default. */
  readonly byDefault: boolean;
  /** Not told by FindItem and SyncFolderItems. */
  readonly fetchOnly: boolean;
  readonly read: (view: View, reader: Reader) => Markup;
}

/** How an item is to be told: by request. */
export interface Reader {
  readonly context: Context;
  readonly bodyType: string;
}

interface Traits {
  readonly since?: Version;
  readonly byDefault?: boolean;
  readonly fetchOnly?: boolean;
}

function field(uri: string, read: Field['read'], traits: Traits = {}): Field {
  const { since = 'Exchange2007', byDefault = false, fetchOnly = false } = traits;
  return { uri, element: uri.slice(uri.indexOf(':') + 1), since, byDefault, fetchOnly, read };
}

type Value = string | number | boolean | undefined;

/** A property whose element is just text. */
function simple(uri: string, value: (view: View, reader: Reader) => Value, traits: Traits = {}): Field {
  const name = `t:${uri.slice(uri.indexOf(':') + 1)}`;
  return field(
    uri,
    (view, reader) => {
      const found = value(view, reader);
      return found === undefined ? nothing : text(name, found);
    },
    traits,
  );
}

const shown: Traits = { byDefault: true };

/** A moment: in UTC, or in the zone of the request's TimeZoneContext with its offset. */
export function moment(at: number, { zone }: Context): string {
  if (!zone) return utc(at);
  return `${new Date(wallClock(zone, at)).toISOString().slice(0, 19)}${offsetText(zone.offset(at))}`;
}

function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

export function idOf(view: View): string {
  return view.day === undefined ? itemId(view.item) : occurrenceId(view.item, view.day);
}

export function itemIdMarkup(view: View): Markup {
  return tag('t:ItemId', [], { Id: idOf(view), ChangeKey: changeKey(view.item) });
}

const isMessage = ({ item }: View): boolean => item.message !== undefined;
const calendarOnly =
  (value: (view: View, reader: Reader) => Value) =>
  (view: View, reader: Reader): Value =>
    isMessage(view) ? undefined : value(view, reader);

function body(view: View, type: string): { readonly html: boolean; readonly text: string } {
  const given = view.content.body ?? { html: false, text: '' };
  if (type === 'Text' && given.html) return { html: false, text: plainOf(given.text) };
  if (type === 'HTML' && !given.html) return { html: true, text: htmlOf(given.text) };
  return given;
}

function bodyMarkup(name: string, { html, text: content }: { html: boolean; text: string }): Markup {
  return text(name, content, { BodyType: html ? 'HTML' : 'Text' });
}

function htmlOf(plain: string): string {
  const escaped = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n<div class="PlainText">${escaped.replace(/\r?\n/g, '<br>\r\n')}</div>\r\n</body>\r\n</html>\r\n`;
}

function plainOf(html: string): string {
  return html
    .replace(/<(?:style|script|head)\b[\s\S]*?<\/(?:style|script|head)>/gi, '')
    .replace(/\r?\n/g, ' ')
    .replace(/<br\s*\/?>|<\/p>|<\/div>/gi, '\r\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .trim();
}

const itemFields: readonly Field[] = [
  field('item:MimeContent', (view) => text('t:MimeContent', mimeOf(view), { CharacterSet: 'UTF-8' }), {
    fetchOnly: true,
  }),
  field('item:ItemId', itemIdMarkup, shown),
  field('item:ParentFolderId', ({ item }) =>
    tag('t:ParentFolderId', [], { Id: folderId(item.folder), ChangeKey: changeKey(item.folder) }),
  ),
  simple('item:ItemClass', ({ item, kind }) =>
    kind === 'Exception' || kind === 'Occurrence' ? occurrenceClass : item.itemClass,
  ),
  simple('item:Subject', ({ content }) => content.subject, shown),
  simple('item:Sensitivity', ({ content }) => content.sensitivity ?? 'Normal'),
  field('item:Body', (view, { bodyType }) => bodyMarkup('t:Body', body(view, bodyType)), {
    fetchOnly: true,
    byDefault: true,
  }),
  simple('item:DateTimeReceived', ({ item }, { context }) => moment(item.created, context)),
  simple(
    'item:Size',
    ({ content }) => 1_000 + (content.subject?.length ?? 0) + (content.body?.text.length ?? 0),
  ),
  field('item:Categories', ({ content }) =>
    content.categories?.length
      ? tag(
          't:Categories',
          content.categories.map((one) => text('t:String', one)),
        )
      : nothing,
  ),
  simple('item:Importance', ({ content }) => content.importance ?? 'Normal'),
  simple('item:IsSubmitted', () => false),
  simple('item:IsDraft', () => false),
  simple('item:IsFromMe', () => false),
  simple('item:IsResend', () => false),
  simple('item:IsUnmodified', ({ item }) => item.created === item.modified),
  simple('item:DateTimeSent', ({ item }, { context }) => moment(item.created, context)),
  simple('item:DateTimeCreated', ({ item }, { context }) => moment(item.created, context)),
  field('item:ResponseObjects', responseObjects, { fetchOnly: true, byDefault: true }),
  simple(
    'item:ReminderDueBy',
    calendarOnly(({ content }, { context }) =>
      content.reminderSet ? moment(content.start, context) : undefined,
    ),
  ),
  simple('item:ReminderIsSet', ({ content }) => content.reminderSet ?? false),
  simple('item:ReminderMinutesBeforeStart', ({ content }) => content.reminderMinutes ?? 15),
  simple('item:DisplayCc', ({ content }) => names(content.optional)),
  simple('item:DisplayTo', ({ content, item }) =>
    item.message ? names(item.message.to) : names(content.required),
  ),
  simple('item:HasAttachments', ({ item }) => item.attachments ?? false, shown),
  simple('item:Culture', () => 'en-US'),
  field('item:EffectiveRights', () => effectiveRights('t:EffectiveRights', true)),
  simple('item:LastModifiedName', ({ item }) => item.folder.mailbox.name),
  simple('item:LastModifiedTime', ({ item }, { context }) => moment(item.modified, context)),
  simple('item:IsAssociated', () => false, { since: 'Exchange2010' }),
  field('item:UniqueBody', (view) => bodyMarkup('t:UniqueBody', body(view, 'Best')), {
    since: 'Exchange2010',
    fetchOnly: true,
  }),
  field('item:TextBody', (view) => bodyMarkup('t:TextBody', body(view, 'Text')), {
    since: 'Exchange2013',
    fetchOnly: true,
  }),
];

const occurrenceClass = 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}';

function names(people: readonly Person[] = []): string {
  return people.map(({ name, address }) => name || address).join('; ');
}

export function effectiveRights(name: string, write: boolean): Markup {
  return tag(name, [
    text('t:CreateAssociated', write),
    text('t:CreateContents', write),
    text('t:CreateHierarchy', write),
    text('t:Delete', write),
    text('t:Modify', write),
    text('t:Read', true),
    text('t:ViewPrivateItems', true),
  ]);
}

function responseObjects({ item, content }: View): Markup {
  const meeting = item.meeting;
  const names: string[] = [];
  if (meeting?.own && meeting.sent && !item.message) names.push('t:CancelCalendarItem');
  if (meeting && !meeting.own && !content.cancelled && (!item.message || item.itemClass.endsWith('Request')))
    names.push('t:AcceptItem', 't:TentativelyAcceptItem', 't:DeclineItem');
  if (meeting && content.cancelled && !meeting.own) names.push('t:RemoveItem');
  if (names.length === 0) return nothing;
  return tag(
    't:ResponseObjects',
    names.map((name) => tag(name)),
  );
}

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

function recurrenceId({ kind, originalStart: at }: View, { context }: Reader): Value {
  return kind === 'Exception' && at !== undefined ? moment(at, context) : undefined;
}

function recipient(name: string, person: Person | undefined): Markup {
  return person ? tag(name, [mailboxMarkup(person)]) : nothing;
}

function recipients(name: string, people: readonly Person[] = []): Markup {
  return people.length === 0 ? nothing : tag(name, people.map(mailboxMarkup));
}

export function mailboxMarkup({ name, address, routing = 'SMTP' }: Person): Markup {
  return tag('t:Mailbox', [
    text('t:Name', name || address),
    text('t:EmailAddress', address),
    text('t:RoutingType', routing),
    ...(routing === 'SMTP' ? [] : [text('t:MailboxType', 'Mailbox')]),
  ]);
}

function attendees(uri: string, pick: (content: Content) => readonly Attendee[] | undefined): Field {
  const name = `t:${uri.slice(9)}`;
  return field(
    uri,
    (view, { context }) => {
      const people = pick(view.content) ?? [];
      if (people.length === 0) return nothing;
      return tag(
        name,
        people.map((person) =>
          tag('t:Attendee', [
            mailboxMarkup(person),
            text('t:ResponseType', person.response),
            ...(person.answered === undefined
              ? []
              : [text('t:LastResponseTime', moment(person.answered, context))]),
          ]),
        ),
      );
    },
    { fetchOnly: true, byDefault: true },
  );
}

function startZone({ item }: View): Zone | undefined {
  return item.zones?.start;
}

const scheduleFields: readonly Field[] = [
  simple('calendar:Start', ({ content }, { context }) => moment(content.start, context), shown),
  simple('calendar:End', ({ content }, { context }) => moment(content.end, context), shown),
  simple(
    'calendar:OriginalStart',
    (view, { context }) => {
      if (view.originalStart === undefined) return undefined;
      return moment(toldOriginalStart(view, view.originalStart, context), context);
    },
    shown,
  ),
  simple('calendar:IsAllDayEvent', ({ content }) => content.allDay, shown),
  simple('calendar:LegacyFreeBusyStatus', ({ content }, { context }) => busyTold(content, context), shown),
  simple('calendar:Location', ({ content }) => content.location, shown),
  simple('calendar:When', ({ content }) => utc(content.start)),
  simple('calendar:IsMeeting', ({ item }) => item.meeting?.sent ?? false),
  simple('calendar:IsCancelled', ({ content }) => content.cancelled ?? false),
  simple('calendar:IsRecurring', ({ kind }) => kind === 'Occurrence' || kind === 'Exception'),
  simple('calendar:MeetingRequestWasSent', ({ item }) => (item.meeting?.own && item.meeting.sent) ?? false),
];

const scheduleTail: readonly Field[] = [
  simple('calendar:CalendarItemType', ({ kind }) => kind, shown),
  simple('calendar:MyResponseType', ({ item }) => item.meeting?.response ?? 'Unknown', shown),
  field(
    'calendar:Organizer',
    ({ item }) => recipient('t:Organizer', item.meeting?.organizer ?? owner(item.folder.mailbox)),
    shown,
  ),
  attendees('calendar:RequiredAttendees', ({ required }) => required),
  attendees('calendar:OptionalAttendees', ({ optional }) => optional),
  attendees('calendar:Resources', ({ resources }) => resources),
  simple('calendar:ConflictingMeetingCount', () => 0, { fetchOnly: true }),
  simple('calendar:AdjacentMeetingCount', () => 0, { fetchOnly: true }),
  simple('calendar:Duration', ({ content }) => duration(content.end - content.start)),
  simple('calendar:TimeZone', (view) => startZone(view)?.name),
  simple('calendar:AppointmentReplyTime', ({ item }, { context }) =>
    item.meeting?.replied === undefined ? undefined : moment(item.meeting.replied, context),
  ),
  simple('calendar:AppointmentSequenceNumber', ({ item }) => item.meeting?.sequence ?? 0),
  simple('calendar:AppointmentState', ({ item, content }) => {
    const received = item.meeting && !item.meeting.own ? 2 : 0;
    return (item.meeting?.sent ? 1 : 0) + received + (content.cancelled ? 4 : 0);
  }),
  field(
    'calendar:Recurrence',
    (view, { context }) =>
      view.kind === 'RecurringMaster' && view.item.recurrence
        ? writeRecurrence(view.item.recurrence, rangeSuffix(view, context))
        : nothing,
    { fetchOnly: true },
  ),
  field(
    'calendar:FirstOccurrence',
    (view, { context }) => occurrenceInfo('t:FirstOccurrence', ends(view.item).first, context, view),
    { fetchOnly: true },
  ),
  field(
    'calendar:LastOccurrence',
    (view, { context }) => occurrenceInfo('t:LastOccurrence', ends(view.item).last, context, view),
    { fetchOnly: true },
  ),
  field(
    'calendar:ModifiedOccurrences',
    (view, { context }) => {
      const days =
        view.kind === 'RecurringMaster'
          ? [...(view.item.exceptions?.keys() ?? [])].sort((a, b) => a - b)
          : [];
      if (days.length === 0) return nothing;
      return tag(
        't:ModifiedOccurrences',
        days.map((day) => occurrenceInfo('t:Occurrence', instance(view.item, day), context, view)),
      );
    },
    { fetchOnly: true },
  ),
  field(
    'calendar:DeletedOccurrences',
    (view, { context }) => {
      const days =
        view.kind === 'RecurringMaster' ? [...(view.item.deleted ?? [])].sort((a, b) => a - b) : [];
      if (days.length === 0) return nothing;
      return tag(
        't:DeletedOccurrences',
        days.map((day) =>
          tag('t:DeletedOccurrence', [text('t:Start', moment(originalStart(view.item, day), context))]),
        ),
      );
    },
    { fetchOnly: true },
  ),
  field(
    'calendar:StartTimeZone',
    (view, { context }) => zoneMarkup('t:StartTimeZone', view.item.zones?.start, context),
    { since: 'Exchange2010' },
  ),
  field(
    'calendar:EndTimeZone',
    (view, { context }) => zoneMarkup('t:EndTimeZone', view.item.zones?.end, context),
    { since: 'Exchange2010' },
  ),
  simple('calendar:ConferenceType', () => 0),
  simple('calendar:AllowNewTimeProposal', ({ content }) => content.newTimesAllowed ?? true),
  simple('calendar:IsOnlineMeeting', ({ content }) => content.joinUrl !== undefined),
];

const clockFields: readonly Field[] = [
  simple('calendar:StartWallClock', (view) => wall(view.content.start, startZone(view)), {
    since: 'Exchange2013',
  }),
  simple('calendar:EndWallClock', (view) => wall(view.content.end, view.item.zones?.end), {
    since: 'Exchange2013',
  }),
  simple('calendar:StartTimeZoneId', (view) => startZone(view)?.id, { since: 'Exchange2013' }),
  simple('calendar:EndTimeZoneId', ({ item }) => item.zones?.end.id, { since: 'Exchange2013' }),
];

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

/** Properties of the extended kind, written where the schema wants them: before Culture. */
export function extendedMarkup(view: View, wanted: readonly Readonly<Record<string, string>>[]): Markup {
  return all(
    wanted.map((path) => {
      const key = extendedKey(path);
      const value = view.content.extended?.get(key)?.value ?? derived(view, key);
      if (value === undefined) return nothing;
      return tag('t:ExtendedProperty', [
        tag('t:ExtendedFieldURI', [], path),
        typeof value === 'string'
          ? text('t:Value', value)
          : tag(
              't:Values',
              value.map((one) => text('t:Value', one)),
            ),
      ]);
    }),
  );
}

export function owner({ name, address }: Person): Person {
  return { name, address };
}

function busyTold({ busy, cancelled }: Content, { version }: Context): string {
  if (cancelled) return 'Free';
  return busy === 'WorkingElsewhere' && !atLeast(version, 'Exchange2013') ? 'Free' : (busy ?? 'Busy');
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const days = Math.floor(minutes / 1_440);
  const hours = Math.floor((minutes % 1_440) / 60);
  const rest = minutes % 60;
  const time = `${hours ? `${hours}H` : ''}${rest ? `${rest}M` : ''}`;
  if (days === 0 && time === '') return 'PT0S';
  return `P${days ? `${days}D` : ''}${time && `T${time}`}`;
}

/** What follows the dates of a recurrence: `Z`, the zone's offset, or on Gromox a time. */
function rangeSuffix(view: View, context: Context): string {
  if (!context.backend.profile.writesPlainDates) return 'T00:00:00.000000Z';
  return offsetText(context.zone?.offset(view.content.start) ?? 0);
}

function toldOriginalStart(view: View, at: number, context: Context): number {
  if (context.backend.profile.tellsOriginalStartExactly) return at;
  const zone = startZone(view) ?? utcZone();
  return instantOf(zone, Math.floor(wallClock(zone, at) / dayMs) * dayMs);
}

function occurrenceInfo(name: string, view: View | undefined, context: Context, master: View): Markup {
  if (!view || master.kind !== 'RecurringMaster') return nothing;
  return tag(name, [
    itemIdMarkup(view),
    text('t:Start', moment(view.content.start, context)),
    text('t:End', moment(view.content.end, context)),
    text('t:OriginalStart', moment(toldOriginalStart(view, view.originalStart ?? 0, context), context)),
  ]);
}

function wall(at: number, zone: Zone = utcZone()): string {
  const offset = zone.offset(at);
  return `${new Date(at + offset).toISOString().slice(0, 19)}${offsetText(offset)}`;
}

/** By its whole definition when the client asked under 2010, as an id later: so did the servers of these years. */
function zoneMarkup(name: string, zone: Zone | undefined, { version }: Context): Markup {
  if (!zone) return nothing;
  if (zone.definition !== undefined || !atLeast(version, 'Exchange2013')) return writeDefinition(name, zone);
  return tag(name, [], { Name: zone.name, Id: zone.id });
}
