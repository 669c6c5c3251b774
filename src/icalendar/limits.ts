/**
 * What one iCalendar text may cost to read. These bound the language only; what a resource or a request may hold
 * (sizes in bytes, attendees, instances) is a rule of the server and is passed in by the caller.
 */

/** Components inside components; RFC 5545 needs three, RFC 7953 and 9073 no more. */
export const maxDepth = 16;

/** Content lines of one parsed text. An import of more is read component by component. */
export const maxLines = 2_000_000;

/** Problems reported about one text; a broken file of a million lines needs no million sentences. */
export const maxFindings = 100;
