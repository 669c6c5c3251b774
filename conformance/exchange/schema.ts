/**
 * The part of Microsoft's schema that the fake enforces by itself: which names are known since when, and the order of
 * the children of items. Exchange validates each request against the schema of the version it names.
 */
import { SoapFault } from './failure.ts';
import { type Element, localName } from './markup.ts';
import { atLeast, type Version } from './profile.ts';

const itemOrder =
  'MimeContent ItemId ParentFolderId ItemClass Subject Sensitivity Body Attachments DateTimeReceived Size Categories Importance InReplyTo IsSubmitted IsDraft IsFromMe IsResend IsUnmodified InternetMessageHeaders DateTimeSent DateTimeCreated ResponseObjects ReminderDueBy ReminderIsSet ReminderNextTime ReminderMinutesBeforeStart DisplayCc DisplayTo DisplayBcc HasAttachments ExtendedProperty Culture EffectiveRights LastModifiedName LastModifiedTime IsAssociated WebClientReadFormQueryString WebClientEditFormQueryString ConversationId UniqueBody Flag StoreEntryId InstanceKey NormalizedBody EntityExtractionResult PolicyTag ArchiveTag RetentionDate Preview RightsManagementLicenseData PredictedActionReasons IsClutter BlockStatus HasBlockedImages TextBody IconIndex'.split(
    ' ',
  );

export const calendarOrder: readonly string[] = [
  ...itemOrder,
  ...'UID RecurrenceId DateTimeStamp Start End OriginalStart IsAllDayEvent LegacyFreeBusyStatus Location When IsMeeting IsCancelled IsRecurring MeetingRequestWasSent IsResponseRequested CalendarItemType MyResponseType Organizer RequiredAttendees OptionalAttendees Resources InboxReminders ConflictingMeetingCount AdjacentMeetingCount ConflictingMeetings AdjacentMeetings Duration TimeZone AppointmentReplyTime AppointmentSequenceNumber AppointmentState Recurrence FirstOccurrence LastOccurrence ModifiedOccurrences DeletedOccurrences MeetingTimeZone StartTimeZone EndTimeZone ConferenceType AllowNewTimeProposal IsOnlineMeeting MeetingWorkspaceUrl NetShowUrl EnhancedLocation StartWallClock EndWallClock StartTimeZoneId EndTimeZoneId IntendedFreeBusyStatus JoinOnlineMeetingUrl OnlineMeetingSettings IsOrganizer CalendarActivityData DoNotForwardMeeting'.split(
    ' ',
  ),
];

const since: Readonly<Record<string, Version>> = {
  ...versionOf('Exchange2007_SP1', 'RecurrenceId DateTimeStamp'),
  ...versionOf(
    'Exchange2010',
    'StartTimeZone EndTimeZone TimeZoneContext SyncScope UniqueBody ConversationId StoreEntryId IsAssociated GetServerTimeZones WebClientReadFormQueryString WebClientEditFormQueryString',
  ),
  ...versionOf('Exchange2010_SP1', 'StreamingSubscriptionRequest GetStreamingEvents FirstDayOfWeek'),
  ...versionOf(
    'Exchange2013',
    'Flag InstanceKey NormalizedBody TextBody PolicyTag ArchiveTag RetentionDate Preview RightsManagementLicenseData PredictedActionReasons IsClutter BlockStatus HasBlockedImages IconIndex EnhancedLocation StartWallClock EndWallClock StartTimeZoneId EndTimeZoneId IntendedFreeBusyStatus JoinOnlineMeetingUrl OnlineMeetingSettings IsOrganizer DistinguishedFolderIdOfFolder',
  ),
  ...versionOf('Exchange2016', 'InboxReminders CalendarActivityData DoNotForwardMeeting'),
};

/** Attributes that came later than their elements. */
const attributesSince: Readonly<Record<string, Version>> = { SuppressReadReceipts: 'Exchange2013_SP1' };

function versionOf(version: Version, names: string): Record<string, Version> {
  return Object.fromEntries(names.split(' ').map((name) => [name, version]));
}

/** Refuses what a server that speaks `version` would not find in its schema. */
export function checkSchema(element: Element, version: Version): void {
  const name = localName(element);
  const needed = since[name];
  if (needed !== undefined && !atLeast(version, needed))
    throw invalid(element, `the element '${name}' is not expected`);
  for (const [attribute, value] of element.attributes) {
    const wanted = attributesSince[attribute];
    if (wanted !== undefined && !atLeast(version, wanted))
      throw invalid(element, `the attribute '${attribute}' is not declared`);
    if (attribute === 'FieldURI') {
      const field = since[value.slice(value.indexOf(':') + 1)];
      if (field !== undefined && !atLeast(version, field))
        throw invalid(element, `'${value}' is not a valid FieldURI`);
    }
  }
  if (element.text === 'WorkingElsewhere' && !atLeast(version, 'Exchange2013'))
    throw invalid(element, 'the value is invalid');
  if (name === 'CalendarItem') checkOrder(element);
  for (const inner of element.children) checkSchema(inner, version);
}

function checkOrder(element: Element): void {
  let last = -1;
  for (const inner of element.children) {
    const place = calendarOrder.indexOf(localName(inner));
    if (place < 0) throw invalid(element, `the child '${localName(inner)}' is not known`);
    if (place < last || (place === last && localName(inner) !== 'ExtendedProperty'))
      throw invalid(element, `the child '${localName(inner)}' is not expected here`);
    last = place;
  }
}

function invalid(element: Element, why: string): SoapFault {
  return new SoapFault(
    'ErrorSchemaValidation',
    `The request failed schema validation: ${localName(element)}: ${why}.`,
  );
}
