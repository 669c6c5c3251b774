/** Calendars and what is in them, as stored. Bytes are those the client sent (ARCHITECTURE §7). */
import type { FeedCuts } from '../icalendar/feed/feed-cuts.ts';
import type { Instant, TimeRange } from '../icalendar/time.ts';
import type { Access, Level } from './acl.ts';
import type { CalendarId, ETag, LinkId, ObjectId, PrincipalId, TrashId, Uid } from './ids.ts';

export type ComponentName = 'VEVENT' | 'VTODO' | 'VJOURNAL' | 'VFREEBUSY' | 'VAVAILABILITY';

/** How much of each event others see in an export. */
export type Detail = 'full' | 'titles' | 'busy';

/** Which stretch of a calendar is exported, in months around today. A series with any instance in it is exported whole. */
export type ExportWindow = 'all' | { readonly monthsBack: number; readonly monthsAhead: number };

export interface Calendar {
  readonly id: CalendarId;
  /** The person, group or company that owns it; also the routing key `home` of all its rows. */
  readonly owner: PrincipalId;
  readonly ownerKind: 'user' | 'group' | 'room' | 'resource' | 'company';
  readonly ownerName: string;
  /** Last path segment in the owner's home, decoded. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string | null;
  /** `#RRGGBBAA`, upper case. */
  readonly color: string | null;
  readonly order: number | null;
  /** `CALDAV:calendar-timezone` as sent: an iCalendar stream with one VTIMEZONE. */
  readonly timeZoneData: string | null;
  /** IANA name by which floating times and dates of this calendar are understood; null: the owner's. */
  readonly timeZone: string | null;
  /** Fixed at creation (RFC 4791 §5.2.3). */
  readonly components: readonly ComponentName[];
  /** `CALDAV:schedule-calendar-transp`: its events never make the owner busy. */
  readonly transparent: boolean;
  readonly exportAllowed: boolean;
  readonly exportDetail: Detail;
  readonly exportWindow: ExportWindow;
  /** Grows by one with every change of the calendar or anything in it; sync token and ctag are spellings of it. */
  readonly modseq: number;
  /** The sync log has been trimmed up to this modseq: older sync tokens are refused. */
  readonly changeFloor: number;
  readonly created: Instant;
  readonly modified: Instant;
}

/** What one person has set for one calendar that is not their own: favourite or not, own name, colour, order, zone. */
export interface CalendarView {
  readonly principal: PrincipalId;
  readonly calendar: CalendarId;
  /** The person keeps it in their list although nobody has granted it to them by name. */
  readonly favourite: boolean;
  /** Taken out of the person's home by a DELETE on it. */
  readonly unsubscribed: boolean;
  readonly displayName: string | null;
  readonly color: string | null;
  readonly order: number | null;
  readonly transparent: boolean | null;
}

export type Classification = 'public' | 'private' | 'confidential';

export interface ObjectHead {
  readonly id: ObjectId;
  readonly calendar: CalendarId;
  /** Last path segment, percent-encoded in the canonical form that hrefs carry; safe inside XML. */
  readonly name: string;
  readonly uid: Uid;
  readonly kind: ComponentName;
  readonly etag: ETag;
  readonly sizeBytes: number;
  readonly modseq: number;
  readonly created: Instant;
  readonly modified: Instant;
  /** The strictest CLASS of all its components. */
  readonly classification: Classification;
  /** It has floating times or dates, so its instants depend on the zone by which they are read. */
  readonly zoneDependent: boolean;
}

export interface StoredObject extends ObjectHead {
  readonly bytes: Uint8Array;
  /** The bytes hold no `&`, `<`, `>`, no bare CR and no character XML forbids: they can be joined into XML unescaped. */
  readonly plain: boolean;
}

/** How an instance counts in free/busy (RFC 4791 §7.10). */
export type Busy = 'free' | 'busy' | 'tentative' | 'unavailable';

export interface Occurrence {
  readonly start: Instant;
  /** Equal to `start` for an instance without length. */
  readonly end: Instant;
  readonly busy: Busy;
}

/** What the occurrence index knows of one object. */
export interface ObjectIndex {
  /** Ascending by start, within `indexed`. */
  readonly occurrences: readonly Occurrence[];
  /** All instances that overlap this range have rows; outside it the index knows nothing unless `complete`. */
  readonly indexed: TimeRange;
  /** All instances have rows: no query outside `indexed` needs the object. */
  readonly complete: boolean;
  /** First start and last end of all instances; open series end at `Infinity`. */
  readonly first: Instant;
  readonly last: Instant;
  /** No dates at all (a plain VTODO): matches every range (RFC 4791 §9.9). */
  readonly undated: boolean;
  /** The zone by which its dates and floating times were read; absent: it has none, and the index is right in any zone. */
  readonly readBy?: IndexZone | undefined;
  /** The owner's addresses at that time: an invitation that the owner has declined is not busy. Absent: nobody is invited. */
  readonly readFor?: readonly string[] | undefined;
}

/** The settings from which a calendar's zone follows. An index made with other settings has to be made anew. */
export interface IndexZone {
  readonly timeZone: string | null;
  readonly timeZoneData: string | null;
  readonly ownerTimeZone: string;
}

/** An object on its way into storage. */
export interface NewObject {
  readonly name: string;
  readonly uid: Uid;
  readonly kind: ComponentName;
  readonly etag: ETag;
  readonly bytes: Uint8Array;
  readonly plain: boolean;
  readonly classification: Classification;
  readonly zoneDependent: boolean;
  readonly index: ObjectIndex;
  /** How feeds cut the event out of its bytes; absent: they look at each line. The storage keeps it and never reads it. */
  readonly cuts?: FeedCuts | undefined;
}

/** One line of the sync log: the newest change of the object with this name. */
export interface CalendarChange {
  readonly modseq: number;
  readonly name: string;
  readonly gone: boolean;
  /** Absent when gone. */
  readonly etag?: ETag;
}

/** A secret address of a read-only feed. The token itself is not stored, only its hash. */
export interface FeedLink {
  readonly id: LinkId;
  /** Who made it: what this person may read is what the feed shows. */
  readonly principal: PrincipalId;
  /** `favourites`: one feed over all of the person's favourites that allow export now. */
  readonly target: CalendarId | 'favourites';
  readonly label: string;
  readonly detail: Detail;
  readonly window: ExportWindow;
  readonly alarms: boolean;
  readonly expires: Instant | null;
  /** The token, encrypted; null: it was shown once and is not kept. */
  readonly token: string | null;
  /** Language of titles that the server makes; null: the person's own. */
  readonly language: string | null;
  /** The look that readers last got; null: nobody has fetched the feed yet. */
  readonly look: LinkLook | null;
  readonly created: Instant;
  readonly lastUsed: Instant | null;
  readonly lastProgram: string | null;
  readonly useCount: number;
}

/**
 * What a link makes of all its events alike: their time zone, how much of them it shows, in which language. When that
 * changes, no event has changed, and readers have to see a change of each (clients.md W47).
 */
export interface LinkLook {
  /** Stands for everything that makes the look: another mark, another look. */
  readonly mark: string;
  /** Since when the look is this one; null: since the first fetch. */
  readonly since: Instant | null;
  /** How often the look has changed. */
  readonly changeCount: number;
}

export interface TrashItem {
  readonly id: TrashId;
  readonly home: PrincipalId;
  readonly calendar: CalendarId;
  /** The calendar's display name. */
  readonly calendarName: string;
  /** The calendar's name in URLs. */
  readonly nameInHome: string;
  /** Absent for a whole calendar. */
  readonly objectName: string | null;
  readonly uid: Uid | null;
  readonly deleted: Instant;
  readonly deletedBy: PrincipalId | null;
}

/** A calendar as one person sees it: their level, and their own name for it. */
export interface SeenCalendar {
  readonly calendar: Calendar;
  readonly level: Level;
  readonly access: Access;
  /** It stands in the actor's home by its own name, not as `shared-...`. */
  readonly isOwn: boolean;
  readonly view: CalendarView | undefined;
}
