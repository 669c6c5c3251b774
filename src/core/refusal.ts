/**
 * An expected "no", with a code from a closed list and a sentence for the person who will read it.
 *
 * Each door maps every code to its own protocol in an exhaustive table, so a new code does not compile until all
 * doors have an answer for it.
 */
import type { CalendarId } from './ids.ts';

export type RefusalCode =
  // identity and rights
  | 'not-signed-in'
  | 'need-privileges'
  | 'export-forbidden'
  /** Of a meeting, only its organizer may change this (RFC 6638 §3.2.2.1). */
  | 'not-organizer'
  | 'too-many-attempts'
  // presence and state
  | 'not-found'
  | 'gone'
  | 'already-exists'
  | 'stale'
  | 'parent-missing'
  | 'locked'
  | 'busy'
  // names and places
  | 'bad-name'
  | 'location-not-ok'
  | 'different-kind'
  // calendar objects (RFC 4791 §5.3.2.1)
  | 'unsupported-calendar-data'
  | 'invalid-calendar-data'
  | 'invalid-calendar-object'
  | 'unsupported-component'
  | 'uid-in-use'
  | 'too-large'
  | 'before-min-date'
  | 'after-max-date'
  | 'too-many-instances'
  | 'too-many-attendees'
  // reports
  | 'invalid-filter'
  | 'unsupported-filter'
  | 'unsupported-collation'
  | 'unsupported-report'
  | 'too-many-results'
  | 'bad-sync-token'
  | 'depth-not-finite'
  // requests
  | 'malformed-request'
  | 'unsupported-media-type'
  | 'method-not-allowed'
  | 'protected-property'
  | 'invalid-property'
  | 'quota-exceeded'
  /** The server's disk is full; this is not about anybody's quota. */
  | 'disk-full'
  | 'not-implemented';

export interface RefusalDetail {
  /** Path of the thing that stands in the way, percent-encoded (RFC 4791 `no-uid-conflict`, RFC 3744 `need-privileges`). */
  readonly href?: string;
  /** Name of the object that stands in the way, in the calendar concerned; doors make an href of it. */
  readonly name?: string;
  /** The calendar of that object, where a request speaks of several. */
  readonly calendar?: CalendarId;
  /** What is missing, for `need-privileges`. */
  readonly privilege?: string;
  /** 1-based line of the iCalendar source. */
  readonly line?: number;
  readonly retryAfterSeconds?: number;
  /** Tells mistakes with the same code apart for doors that have words of their own for each. */
  readonly mistake?: 'read-only-calendar' | 'end-before-start';
}

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.code = code;
    this.detail = detail;
  }
}
