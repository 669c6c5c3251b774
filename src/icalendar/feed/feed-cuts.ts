/**
 * What a feed takes of the bytes of an event object: which runs of them, and what is written between these.
 *
 * It depends on the bytes alone, so it is found when an object is stored and kept beside it (feed-bytes.ts finds it): an
 * export then copies without a look at a single line. Whoever reads the feed decides at the time which of the runs go out.
 *
 * The cuts of an object are one flat list, which is kept as JSON and never made again: feed-cut-parts.ts reads the text, as to
 * make lists of it for thousands of events takes longer than to copy these. In it stand
 *
 *   the rule by which they were made, 1 if Outlook takes the series, how many TZIDs are used, the TZIDs; and for each event
 *   its SEQUENCE, how busy it is (`shownLines`), its lines, its lines without people or -1 if these are the same, its alarms
 *
 * where lines and alarms are a count of list entries and then pairs of numbers, runs from and to, counted from the first
 * byte of the object, or texts that stand there instead, as one-byte strings.
 */
import type { BusyType } from '../query/freebusy.ts';
import { microsoftLines } from './feed-lines.ts';

/** A text in JSON, on one line. */
export type FeedCuts = string;

/** To be raised when the same bytes are cut in another way; what older rules have made is not used. */
const ruleVersion = 4;

/** By which rule cuts are made now. Which names zones have and which times their clocks skip is a part of it. */
export const feedRule: number = ruleVersion * 1_000_000 + zoneDataNumber(process.versions['tz'] ?? '');

/** "2025b" as 202502. */
function zoneDataNumber(name: string): number {
  const [, year = '0', letter = ''] = /^(\d{4})([a-z]?)/.exec(name) ?? [];
  return Number(year) * 100 + (letter === '' ? 0 : letter.charCodeAt(0) - 0x60);
}

/** Cuts that are of use today begin with it. */
export const currentCuts: string = `[${feedRule},`;

/** Of an object whose events have these cuts. */
export function cutsText(
  forOutlook: boolean,
  tzids: readonly string[],
  events: readonly (number | string)[],
): FeedCuts {
  // One flat list; made in one go, as there may be very many events.
  return JSON.stringify([feedRule, forOutlook ? 1 : 0, tzids.length, ...tzids].concat(events));
}

const busyTypes: readonly (BusyType | undefined)[] = [
  undefined,
  'BUSY',
  'BUSY-UNAVAILABLE',
  'BUSY-TENTATIVE',
];

/** How busy an event is, as cuts have it. */
export function shownNumber(type: BusyType | undefined, allDay: boolean): number {
  return busyTypes.indexOf(type) * 2 + (allDay ? 1 : 0);
}

/** The lines that say how busy an event is, by that number. */
export const shownLines: readonly string[] = busyTypes.flatMap((type) => [
  microsoftLines(type, false),
  microsoftLines(type, true),
]);

const maxJoinedLength = 4_096;

/** Lines of an event as cuts of it, while they are found. */
export class CutList {
  /** From here on lines are copied, up to the next that is not. */
  run: number;
  readonly items: (number | string)[];
  /** Where the object begins. */
  private readonly base: number;

  constructor(base: number, run: number, items: (number | string)[] = []) {
    this.base = base;
    this.run = run;
    this.items = items;
  }

  copy(): CutList {
    return new CutList(this.base, this.run, [...this.items]);
  }

  /** Leaves bytes out that stand behind all those before. */
  skip(from: number, to: number): void {
    if (this.run < from) this.items.push(this.run - this.base, from - this.base);
    this.run = to;
  }

  text(oneByte: string): void {
    if (oneByte === '') return;
    const last = this.items.at(-1);
    // One entry for many short lines: a hundred thousand would be read one by one, in one go, each time that they leave.
    if (typeof last === 'string' && last.length < maxJoinedLength)
      this.items[this.items.length - 1] = last + oneByte;
    else this.items.push(oneByte);
  }
}
