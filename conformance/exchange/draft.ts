/** What a client writes to an item: elements of CalendarItem turned into content, times resolved at the end. */
import type { Context } from './context.ts';
import { EwsError } from './failure.ts';
import { extendedKey } from './ids.ts';
import { child, childText, type Element, localName } from './markup.ts';
import { dayMs, type Recurrence, readRecurrence } from './recurrence.ts';
import { checkedPath } from './shape.ts';
import type { Attendee, Content, Extended } from './store.ts';
import { readMeetingTimeZone, readZone } from './zone-xml.ts';
import { instantOf, utcZone, wallClock, type Zone } from './zones.ts';

/** Changes of an item before they are checked. */
export interface Draft {
  readonly content: Partial<Content>;
  /** Properties to be removed. */
  readonly cleared: Set<keyof Content>;
  readonly clearedExtended: Set<string>;
  readonly extended: Map<string, Extended>;
  startText?: string;
  endText?: string;
  startZone?: Zone;
  endZone?: Zone;
  recurrence?: Recurrence;
  recurrenceCleared?: boolean;
  itemClass?: string;
  uid?: string;
  mime?: string;
  read?: boolean;
}

export function newDraft(): Draft {
  return { content: {}, cleared: new Set(), clearedExtended: new Set(), extended: new Map() };
}

const busyStates = ['Free', 'Tentative', 'Busy', 'OOF', 'WorkingElsewhere', 'NoData'] as const;

/** Takes one child of a CalendarItem over into the draft. */
export function take(draft: Draft, element: Element): void {
  const { content } = draft;
  // Text keeps its blanks; only values that are not text are trimmed.
  const { text } = element;
  const value = text.trim();
  switch (localName(element)) {
    case 'MimeContent':
      draft.mime = Buffer.from(value, 'base64').toString('utf8');
      break;
    case 'ItemClass':
      draft.itemClass = value;
      break;
    case 'Subject':
      // Longer ones are stored cut: the property is a short string (MS-OXCMSG 2.2.1.46).
      content.subject = text.slice(0, 255);
      break;
    case 'Sensitivity':
      content.sensitivity = value;
      break;
    case 'Body':
      content.body = { html: element.attributes.get('BodyType') === 'HTML', text };
      break;
    case 'Categories':
      content.categories = element.children.map((one) => one.text);
      break;
    case 'Importance':
      content.importance = value;
      break;
    case 'ReminderIsSet':
      content.reminderSet = isTrue(value);
      break;
    case 'ReminderMinutesBeforeStart':
      content.reminderMinutes = Number(value);
      break;
    case 'ExtendedProperty':
      takeExtended(draft, element);
      break;
    case 'UID':
      draft.uid = value;
      break;
    case 'Start':
      draft.startText = value;
      break;
    case 'End':
      draft.endText = value;
      break;
    case 'IsAllDayEvent':
      content.allDay = isTrue(value);
      break;
    case 'LegacyFreeBusyStatus':
      content.busy = busyStates.find((one) => one === value) ?? 'Busy';
      break;
    case 'Location':
      content.location = text;
      break;
    case 'RequiredAttendees':
      content.required = readAttendees(element);
      break;
    case 'OptionalAttendees':
      content.optional = readAttendees(element);
      break;
    case 'Resources':
      content.resources = readAttendees(element);
      break;
    case 'Recurrence': {
      const recurrence = readRecurrence(element);
      if (recurrence) draft.recurrence = recurrence;
      break;
    }
    case 'MeetingTimeZone': {
      const zone = readMeetingTimeZone(element);
      if (zone) {
        draft.startZone = zone;
        draft.endZone = zone;
      }
      break;
    }
    case 'StartTimeZone': {
      const zone = readZone(element);
      if (zone) draft.startZone = zone;
      break;
    }
    case 'EndTimeZone': {
      const zone = readZone(element);
      if (zone) draft.endZone = zone;
      break;
    }
    case 'IsResponseRequested':
      content.responseRequested = isTrue(value);
      break;
    case 'AllowNewTimeProposal':
      content.newTimesAllowed = isTrue(value);
      break;
    case 'IsRead':
      draft.read = isTrue(value);
      break;
    case 'ReminderDueBy':
    case 'ConferenceType':
    case 'MeetingWorkspaceUrl':
    case 'NetShowUrl':
    case 'IsOnlineMeeting':
    case 'Culture':
    case 'EnhancedLocation':
    case 'Flag':
    case 'InReplyTo':
      break;
    default:
      throw new EwsError(
        'ErrorInvalidPropertySet',
        `Set action is invalid for property ${localName(element)}.`,
      );
  }
}

function isTrue(value: string): boolean {
  return value === 'true' || value === '1';
}

function takeExtended(draft: Draft, element: Element): void {
  const uri = child(element, 'ExtendedFieldURI');
  if (!uri) throw new EwsError('ErrorInvalidExtendedProperty', 'Extended property is not valid.');
  const path = checkedPath(uri);
  const several = child(element, 'Values');
  const single = child(element, 'Value')?.text ?? '';
  draft.extended.set(extendedKey(path), {
    path,
    value: several ? several.children.map((one) => one.text) : single,
  });
}

function readAttendees(element: Element): readonly Attendee[] {
  return element.children.map((one) => {
    const mailbox = child(one, 'Mailbox');
    const address = childText(mailbox, 'EmailAddress') ?? '';
    if (address === '') throw new EwsError('ErrorInvalidRecipients', 'The recipient has no address.');
    const routing = childText(mailbox, 'RoutingType');
    return {
      address: address.replace(/^mailto:/i, ''),
      name: childText(mailbox, 'Name') ?? address,
      response: 'Unknown',
      ...(routing !== undefined && routing !== 'SMTP' && { routing }),
    };
  });
}

const clearable: Readonly<Record<string, keyof Content>> = {
  'item:Subject': 'subject',
  'item:Body': 'body',
  'item:Categories': 'categories',
  'calendar:Location': 'location',
  'calendar:RequiredAttendees': 'required',
  'calendar:OptionalAttendees': 'optional',
  'calendar:Resources': 'resources',
};

/** Takes one DeleteItemField over into the draft. */
export function clear(draft: Draft, path: Element): void {
  if (localName(path) === 'ExtendedFieldURI') {
    draft.clearedExtended.add(extendedKey(checkedPath(path)));
    return;
  }
  const uri = path.attributes.get('FieldURI') ?? '';
  const field = clearable[uri];
  if (uri === 'calendar:Recurrence') draft.recurrenceCleared = true;
  else if (field) draft.cleared.add(field);
  else throw new EwsError('ErrorInvalidPropertyDelete', `Property ${uri} cannot be deleted.`);
}

interface When {
  readonly start: number;
  readonly end: number;
  readonly startZone: Zone;
  readonly endZone: Zone;
  readonly allDay: boolean;
}

/** Five years; longer appointments are refused. */
const maxDuration = 5 * 366 * dayMs;

/**
 * Start and end as instants: times without offset are those of the item's zones, else of TimeZoneContext, else UTC. All-day
 * events are widened to whole days of the zone.
 */
export function resolveTimes(
  context: Context,
  draft: Draft,
  before:
    | {
        readonly start: number;
        readonly end: number;
        readonly allDay: boolean;
        readonly zones?: { readonly start: Zone; readonly end: Zone };
      }
    | undefined,
): When {
  const startZone = draft.startZone ?? before?.zones?.start ?? context.zone ?? utcZone();
  const endZone = draft.endZone ?? (draft.startZone ? startZone : (before?.zones?.end ?? startZone));
  const allDay = draft.content.allDay ?? before?.allDay ?? false;
  // A time without offset is read in the zone that comes with it; without one, in that of the header.
  const readingZone =
    draft.startZone ?? context.zone ?? (before ? before.zones?.start : undefined) ?? utcZone();
  const readingEnd = draft.endZone ?? draft.startZone ?? context.zone ?? before?.zones?.end ?? utcZone();
  let start = draft.startText === undefined ? before?.start : readTime(draft.startText, readingZone);
  if (start === undefined) start = nextHalfHour(context);
  let end = draft.endText === undefined ? before?.end : readTime(draft.endText, readingEnd);
  if (end === undefined) end = start + 1_800_000;
  if (allDay) {
    start = midnight(startZone, start, 'down');
    end = midnight(endZone, end, 'up');
    if (end <= start) end = midnight(endZone, start + 36 * 3_600_000, 'down');
  }
  if (end < start)
    throw new EwsError('ErrorCalendarEndDateIsEarlierThanStartDate', 'EndDate is earlier than StartDate');
  if (end - start > maxDuration)
    throw new EwsError('ErrorCalendarDurationIsTooLong', 'The duration of the calendar item is too long.');
  return { start, end, startZone, endZone, allDay };
}

function nextHalfHour(context: Context): number {
  return Math.ceil(context.backend.store.now() / 1_800_000) * 1_800_000;
}

export function readTime(value: string, zone: Zone): number {
  if (!/^\d{4}-\d\d-\d\d/.test(value))
    throw new EwsError('ErrorInvalidValueForProperty', `The value ${value} is not a time.`);
  const full = value.length <= 11 ? `${value.slice(0, 10)}T00:00:00${value.slice(10)}` : value;
  const at = /(?:Z|[+-]\d\d:\d\d)$/.test(full) ? Date.parse(full) : instantOf(zone, Date.parse(`${full}Z`));
  if (Number.isNaN(at))
    throw new EwsError('ErrorInvalidValueForProperty', `The value ${value} is not a time.`);
  return Math.floor(at / 1_000) * 1_000;
}

function midnight(zone: Zone, at: number, direction: 'up' | 'down'): number {
  const wall = wallClock(zone, at);
  const days = wall / dayMs;
  return instantOf(zone, (direction === 'up' ? Math.ceil(days) : Math.floor(days)) * dayMs);
}

/** The content of `before` with the draft's changes; times are those given. */
export function merged(
  before: Content,
  draft: Draft,
  times: { readonly start: number; readonly end: number; readonly allDay: boolean },
): Content {
  const content: Content = {
    ...before,
    ...draft.content,
    start: times.start,
    end: times.end,
    allDay: times.allDay,
  };
  for (const key of draft.cleared) delete content[key];
  if (draft.extended.size > 0 || draft.clearedExtended.size > 0) {
    const extended = new Map(before.extended);
    for (const [key, value] of draft.extended) extended.set(key, value);
    for (const key of draft.clearedExtended) extended.delete(key);
    content.extended = extended;
  }
  for (const key of ['required', 'optional', 'resources'] as const) {
    const given = draft.content[key];
    if (!given) continue;
    if (given.length === 0) delete content[key];
    else content[key] = keepAnswers(given, before);
  }
  return content;
}

/** Who stays invited keeps the answer already given. */
function keepAnswers(people: readonly Attendee[], before: Content): readonly Attendee[] {
  const known = new Map(
    [...(before.required ?? []), ...(before.optional ?? []), ...(before.resources ?? [])].map((one) => [
      one.address.toLowerCase(),
      one,
    ]),
  );
  return people.map((person) => {
    const old = known.get(person.address.toLowerCase());
    return old
      ? {
          ...person,
          name: person.name || old.name,
          response: old.response,
          ...(old.answered !== undefined && { answered: old.answered }),
        }
      : person;
  });
}
