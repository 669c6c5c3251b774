/**
 * Bounds of what one iCalendar text may cost to read. They concern the language only; what a resource or a request may
 * hold (bytes, attendees, instances) is a rule of the server and passed in by the caller.
 */

/** Components inside components; RFC 5545 needs three, RFC 7953 and 9073 no more. */
export const maxDepth = 16;

/** Content lines of one parsed text, and physical lines. An import of more is read component by component. */
export const maxLines = 120_000;
export const maxPhysicalLines = 500_000;

/**
 * Changed instances of one series. To read and index so many takes some 100 ms, in steps; thirteen years of a daily series
 * that is changed every day.
 */
export const maxOverrides = 5_000;

/** Bytes and physical lines of the components of one UID in an import: more cannot be stored, and need not be read. */
export const maxGroupBytes: number = 6 * 1024 * 1024;
export const maxGroupLines: number = maxPhysicalLines;

/** Characters of the parameters of one line; an HTML text in an ALTREP is the longest that is seen. And their values. */
export const maxParameterLength: number = 512 * 1024;
export const maxParameterValues = 10_000;

/** Characters of one RRULE: all days of a year fit. And rules of one component, of which RFC 5545 §3.8.5.3 wants one. */
export const maxRuleLength = 10_000;
export const maxRules = 50;

/** Characters of a list of words that is passed on to readers of feeds. */
export const maxListLength = 64_000;

/** Problems reported about one text; a broken file of a million lines needs no million sentences. */
export const maxFindings = 100;
