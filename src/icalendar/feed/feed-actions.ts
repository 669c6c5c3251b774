/** What feed-bytes.ts does with each property of an event. */
import { onceOnly } from './feed-lines.ts';

export type Action =
  /** Told by the server, or nobody's business. */
  | 'drop'
  | 'uid'
  | 'sequence'
  | 'start'
  | 'end'
  | 'instance'
  | 'exceptions'
  | 'rule'
  | 'duration'
  | 'text'
  | 'list'
  /** One of a few words. */
  | 'word'
  | 'time'
  | 'person'
  | 'link'
  /** This line is for the parser. */
  | 'mend'
  /** The whole event is for the parser. */
  | 'refuse'
  | 'begin'
  | 'finish';

export interface Entry {
  readonly name: string;
  readonly action: Action;
  /** Of what an event has once, a bit of its own; else 0. */
  readonly bit: number;
}

/**
 * The entry of the name that stands in `text` from `from` to `to`; `undefined` for names that are not in the table. To cut
 * each name out and look it up would be a quarter of the work of an export.
 */
export function entryAt(text: string, from: number, to: number): Entry | undefined {
  const entry = table[slotOf(text, from, to)];
  return entry?.name.length === to - from && text.startsWith(entry.name, from) ? entry : undefined;
}

/** Another number for each name of the table; the test says so when a new name needs other factors. */
function slotOf(text: string, from: number, to: number): number {
  const last = text.charCodeAt(to - 1);
  return (text.charCodeAt(from) + text.charCodeAt(from + 2) + last * 2 + (to - from) * 27) & (slotCount - 1);
}

const slotCount = 512;

const names: readonly (readonly [Action, string])[] = [
  ['begin', 'BEGIN'],
  ['finish', 'END'],
  [
    'drop',
    'DTSTAMP LAST-MODIFIED X-LIC-ERROR X-MICROSOFT-CDO-ALLDAYEVENT METHOD VERSION PRODID CALSCALE TZID',
  ],
  ['uid', 'UID'],
  ['sequence', 'SEQUENCE'],
  ['start', 'DTSTART'],
  ['end', 'DTEND'],
  ['instance', 'RECURRENCE-ID'],
  ['exceptions', 'EXDATE'],
  ['rule', 'RRULE'],
  ['duration', 'DURATION'],
  ['text', 'SUMMARY DESCRIPTION LOCATION COMMENT'],
  ['list', 'CATEGORIES RESOURCES'],
  ['word', 'STATUS TRANSP CLASS PRIORITY X-MICROSOFT-CDO-BUSYSTATUS'],
  ['time', 'CREATED COMPLETED'],
  ['person', 'ATTENDEE ORGANIZER'],
  ['link', 'ATTACH URL IMAGE SOURCE CONFERENCE'],
  ['mend', 'CONTACT REQUEST-STATUS PARTICIPANT GEO PERCENT-COMPLETE COLOR'],
  ['refuse', 'DUE EXRULE RDATE'],
];

/** A second one of these is for the parser; of others the first counts. */
export const dates: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'RECURRENCE-ID', 'DURATION', 'RRULE']);

const once: readonly string[] = [
  ...onceOnly,
  ...dates,
  'DESCRIPTION',
  'UID',
  'SEQUENCE',
  'X-MICROSOFT-CDO-BUSYSTATUS',
];

export const entries: readonly Entry[] = names.flatMap(([action, list]) =>
  list.split(' ').map((name) => {
    const place = once.indexOf(name);
    return { name, action, bit: place < 0 ? 0 : 1 << place };
  }),
);

const table: readonly (Entry | undefined)[] = (() => {
  const slots: (Entry | undefined)[] = Array.from({ length: slotCount });
  for (const entry of entries) {
    const { name } = entry;
    slots[slotOf(name, 0, name.length)] = entry;
  }
  return slots;
})();
