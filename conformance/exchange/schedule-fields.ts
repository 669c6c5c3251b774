/** Properties of calendar items and of messages about them, in the order of Microsoft's schema (t:CalendarItemType). */
import type { Context } from './context.ts';
import {
  type Field,
  field,
  itemIdMarkup,
  mailboxMarkup,
  moment,
  offsetText,
  owner,
  type Reader,
  recipient,
  shown,
  simple,
  type Value,
} from './fields.ts';
import { laxMoment, laxTold } from './lax-series.ts';
import { type Markup, nothing, tag, text, utc } from './markup.ts';
import { attendeesOf, responseTo } from './meetings.ts';
import { atLeast } from './profile.ts';
import { dayMs, type Recurrence, writeRecurrence } from './recurrence.ts';
import type { Attendee, Content } from './store.ts';
import { ends, instance, originalStart, type View } from './views.ts';
import { writeDefinition } from './zone-xml.ts';
import { instantOf, utcZone, wallClock, type Zone } from './zones.ts';

export const scheduleFields: readonly Field[] = [
  simple('calendar:Start', (view, { context }) => toldTime(view, view.content.start, context), shown),
  simple('calendar:End', (view, { context }) => toldTime(view, view.content.end, context), shown),
  simple(
    'calendar:OriginalStart',
    (view, { context }) => {
      // A lax server calls it RecurrenceId.
      if (view.originalStart === undefined || context.backend.profile.laxSeries) return undefined;
      return moment(toldOriginalStart(view, view.originalStart, context), context);
    },
    shown,
  ),
  simple('calendar:IsAllDayEvent', ({ content }) => content.allDay, shown),
  simple('calendar:LegacyFreeBusyStatus', ({ content }, { context }) => busyTold(content, context), shown),
  simple('calendar:Location', ({ content }) => content.location, shown),
  simple('calendar:When', ({ content }) => utc(content.start)),
  simple('calendar:IsMeeting', ({ item, content }, { context }) =>
    context.backend.profile.laxMeetings
      ? attendeesOf(content).length > 0 || undefined
      : (item.meeting?.sent ?? false),
  ),
  simple('calendar:IsCancelled', ({ content }) => content.cancelled ?? false),
  simple('calendar:IsRecurring', ({ kind }) => kind === 'Occurrence' || kind === 'Exception'),
  simple('calendar:MeetingRequestWasSent', ({ item }, { context }) =>
    context.backend.profile.tellsInvitations
      ? ((item.meeting?.own && item.meeting.sent) ?? false)
      : undefined,
  ),
];

export const scheduleTail: readonly Field[] = [
  simple('calendar:CalendarItemType', ({ kind }) => kind, shown),
  simple(
    'calendar:MyResponseType',
    ({ item, day }, { context }) =>
      context.backend.profile.laxMeetings && !item.meeting ? undefined : responseTo(item, day),
    shown,
  ),
  field(
    'calendar:Organizer',
    ({ item }, { context }) =>
      context.backend.profile.laxMeetings && !item.meeting
        ? nothing
        : recipient('t:Organizer', item.meeting?.organizer ?? owner(item.folder.mailbox)),
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
        ? writeRecurrence(toldPattern(view.item.recurrence, context), rangeSuffix(view, context))
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
          tag('t:DeletedOccurrence', [
            text('t:Start', toldTime(instance(view.item, day), originalStart(view.item, day), context)),
          ]),
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

export const clockFields: readonly Field[] = [
  simple('calendar:StartWallClock', (view) => wall(view.content.start, startZone(view)), {
    since: 'Exchange2013',
  }),
  simple('calendar:EndWallClock', (view) => wall(view.content.end, view.item.zones?.end), {
    since: 'Exchange2013',
  }),
  simple('calendar:StartTimeZoneId', (view) => startZone(view)?.id, { since: 'Exchange2013' }),
  simple('calendar:EndTimeZoneId', ({ item }) => item.zones?.end.id, { since: 'Exchange2013' }),
];

export function recurrenceId(view: View, { context }: Reader): Value {
  const { kind, originalStart: at } = view;
  if (at === undefined) return undefined;
  if (context.backend.profile.laxSeries) return toldTime(view, toldOriginalStart(view, at, context), context);
  return kind === 'Exception' ? moment(at, context) : undefined;
}

/** Of an instance: with the offset that the series began with, on a lax server. */
function toldTime(view: View, at: number, context: Context): string {
  const isLax = context.backend.profile.laxSeries && view.day !== undefined;
  return moment(isLax ? laxMoment(view.item, at) : at, context);
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

function toldPattern(recurrence: Recurrence, { backend }: Context): Recurrence {
  return backend.profile.laxSeries ? laxTold(recurrence) : recurrence;
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
    text('t:Start', toldTime(view, view.content.start, context)),
    text('t:End', toldTime(view, view.content.end, context)),
    text(
      't:OriginalStart',
      toldTime(view, toldOriginalStart(view, view.originalStart ?? 0, context), context),
    ),
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
