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
  /** This line is for the parser. */
  | 'mend'
  /** The whole event is for the parser. */
  | 'refuse'
  | 'other'
  | 'begin'
  | 'finish';

interface Entry {
  readonly action: Action;
  /** Of what an event has once, a bit of its own; else 0. */
  readonly bit: number;
}

const other: Entry = { action: 'other', bit: 0 };

export function entryOf(name: string): Entry {
  return entries.get(name) ?? other;
}

const names: readonly (readonly [Action, string])[] = [
  ['begin', 'BEGIN'],
  ['finish', 'END'],
  ['drop', 'DTSTAMP LAST-MODIFIED X-LIC-ERROR X-MICROSOFT-CDO-ALLDAYEVENT'],
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
  [
    'mend',
    'CONTACT REQUEST-STATUS PARTICIPANT GEO PERCENT-COMPLETE ATTACH URL IMAGE SOURCE CONFERENCE COLOR',
  ],
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

const entries: ReadonlyMap<string, Entry> = new Map(
  names.flatMap(([action, list]) =>
    list.split(' ').map((name): [string, Entry] => {
      const place = once.indexOf(name);
      return [name, { action, bit: place < 0 ? 0 : 1 << place }];
    }),
  ),
);
