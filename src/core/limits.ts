import { type Instant, instant } from '../icalendar/time.ts';

/**
 * Everything that a client can make large, with its bound (ARCHITECTURE §13).
 *
 * The bounds that an RFC can announce as properties (RFC 4791 §5.2.5 to §5.2.9) are announced from these same
 * values. An installation may change them by settings; `defaultLimits` is what tests and new servers get.
 */
export interface Limits {
  /** Bytes of one calendar object; `CALDAV:max-resource-size`. */
  readonly maxObjectBytes: number;
  /** Bytes of one file below `files/`. */
  readonly maxFileBytes: number;
  /** Bytes of an XML request body. */
  readonly maxXmlBytes: number;
  readonly maxXmlDepth: number;
  /** Elements of an XML request body, and attributes. */
  readonly maxXmlElements: number;
  /** Bytes of an uploaded .ics that is split into objects. */
  readonly maxImportBytes: number;
  /** `CALDAV:max-instances`: overrides and explicit dates of one object, and instances that must be listed at once. */
  readonly maxInstances: number;
  /** `CALDAV:min-date-time` and `CALDAV:max-date-time`: no DTSTART, DTEND or DUE lies outside. */
  readonly minDateTime: Instant;
  readonly maxDateTime: Instant;
  /** `CALDAV:max-attendees-per-instance`. */
  readonly maxAttendees: number;
  /** Rows that one object may have in the occurrence index. */
  readonly maxIndexedOccurrences: number;
  /** Instances to which the series of one answer may be expanded; objects beyond it get `CALDAV:max-instances`. */
  readonly maxInstancesPerQuery: number;
  /** Bytes to which one object may be expanded, and all objects of one answer. */
  readonly maxExpandedObjectBytes: number;
  readonly maxExpandedBytes: number;
  /** Hrefs in one calendar-multiget. */
  readonly maxMultigetHrefs: number;
  /** Results of one sync-collection answer before it is truncated with 507. */
  readonly maxSyncResults: number;
  /** Octets of a resource name after percent-decoding. */
  readonly maxNameBytes: number;
  readonly maxUidBytes: number;
  /** Calendars one person may own. */
  readonly maxCalendarsPerHome: number;
  /** Bytes of all dead properties of one resource. */
  readonly maxDeadPropertyBytes: number;
  /** Bytes one home may hold; announced as quota (RFC 4331). */
  readonly maxHomeBytes: number;
}

const mebi = 1024 * 1024;

export const defaultLimits: Limits = {
  maxObjectBytes: 5 * mebi,
  maxFileBytes: 64 * mebi,
  maxXmlBytes: mebi,
  maxXmlDepth: 64,
  maxXmlElements: 20_000,
  maxImportBytes: 512 * mebi,
  maxInstances: 10_000,
  minDateTime: instant(Date.UTC(1601, 0, 1)),
  maxDateTime: instant(Date.UTC(9999, 11, 31, 23, 59, 59)),
  maxAttendees: 5_000,
  maxIndexedOccurrences: 4_000,
  maxInstancesPerQuery: 200_000,
  maxExpandedObjectBytes: 64 * mebi,
  maxExpandedBytes: 256 * mebi,
  maxMultigetHrefs: 5_000,
  maxSyncResults: 100_000,
  maxNameBytes: 1_024,
  maxUidBytes: 1_024,
  maxCalendarsPerHome: 500,
  maxDeadPropertyBytes: 256 * 1024,
  maxHomeBytes: 2 * 1024 * mebi,
};

/**
 * Of every answer in gzip form: whether it is compressed while it is sent or was kept compressed, its bytes and so its strong
 * entity tag are the same. Level 2 is three times as fast as 6 on multistatus bodies and some percent larger.
 */
export const gzipLevel: number = 2;
