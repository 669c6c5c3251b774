/**
 * An event in the words that both sides of a link share.
 *
 * A closed record: what a provider cannot say stays in our iCalendar object and is not touched by it. Values are
 * canonical, so that two events are equal exactly when their JSON is (`agreed.ts`): text in NFC with LF, sets sorted,
 * rules normalised, instants in UTC.
 */

/** A day, or a wall-clock time in a zone: an IANA name, `UTC`, or a key of `NeutralEvent.zones`. Never floating. */
export type EventTime =
  /** `YYYY-MM-DD` */
  | { readonly date: string }
  /** `YYYY-MM-DDTHH:MM:SS` */
  | { readonly local: string; readonly zone: string };

export type BusyStatus = 'free' | 'tentative' | 'busy' | 'out-of-office' | 'elsewhere';
export type Privacy = 'public' | 'private' | 'confidential';
export type Answer = 'needs-action' | 'accepted' | 'tentative' | 'declined';

export interface EventPerson {
  /** Lower case, without `mailto:`. */
  readonly address: string;
  readonly name: string;
}

export interface EventAttendee extends EventPerson {
  readonly role: 'required' | 'optional' | 'resource';
  readonly answer: Answer;
}

/** What an event, the master of a series, or one changed instance says. */
export interface EventContent {
  readonly start: EventTime;
  /** Exclusive, of the same kind as `start`. */
  readonly end: EventTime;
  readonly title: string;
  /** Plain text. */
  readonly description: string;
  /** Sanitised HTML; null: there is only the text. */
  readonly html: string | null;
  readonly location: string;
  readonly busy: BusyStatus;
  readonly privacy: Privacy;
  readonly importance: 'low' | 'normal' | 'high';
  /** A sorted set. */
  readonly categories: readonly string[];
  /** Minutes before the start; null: none. */
  readonly reminder: number | null;
  readonly cancelled: boolean;
  readonly organizer: EventPerson | null;
  /** Sorted by address, without the organizer. */
  readonly attendees: readonly EventAttendee[];
  /** What the owner of the calendar has answered; null where nobody invited them. */
  readonly answer: Answer | null;
  /** Of an online meeting or a page; empty: none. */
  readonly url: string;
}

/** Which instance of a series: its original start, as `YYYY-MM-DD` or as an instant `YYYY-MM-DDTHH:MM:SSZ`. */
export type RecurrenceKey = string;

export interface NeutralEvent {
  /** As its iCalendar object has it. */
  readonly uid: string;
  readonly content: EventContent;
  /** RRULE values without the name, normalised (`rule.ts`), and RDATEs; null: it does not recur. */
  readonly recurrence: { readonly rules: readonly string[]; readonly dates: readonly EventTime[] } | null;
  /** Instances that do not take place; sorted. */
  readonly excluded: readonly RecurrenceKey[];
  /** Changed instances, whole. */
  readonly overrides: Readonly<Record<RecurrenceKey, EventContent>>;
  /** VTIMEZONE components of zones that no IANA name stands for, by their name in `EventTime.zone`. */
  readonly zones: Readonly<Record<string, string>>;
}

/** The parts of an event that are merged as one (exchange.md 9.1, 9.2): `when` is start, end, zone and recurrence. */
export const contentFields = [
  'when',
  'title',
  'description',
  'location',
  'busy',
  'privacy',
  'importance',
  'categories',
  'reminder',
  'cancelled',
  'people',
  'answer',
  'url',
] as const;

export type ContentField = (typeof contentFields)[number];

/** What an event says of which only the time is known. */
export const emptyContent: Omit<EventContent, 'start' | 'end'> = {
  title: '',
  description: '',
  html: null,
  location: '',
  busy: 'busy',
  privacy: 'public',
  importance: 'normal',
  categories: [],
  reminder: null,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};
