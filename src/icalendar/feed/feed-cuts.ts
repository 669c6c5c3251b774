/**
 * What a feed takes of the bytes of an event object: which runs of them, and what is written between these.
 *
 * It depends on the bytes alone, so it is found when an object is stored and kept beside it (feed-bytes.ts finds it): an
 * export then copies without a look at a single line. Whoever reads the feed decides at the time which of the runs go out.
 *
 * The cuts of an object are one flat list, as it is read fastest:
 *
 *   the rule by which they were made, 1 if Outlook takes the series, how many TZIDs are used, the TZIDs; and for each event
 *   its SEQUENCE, how busy it is (`shownLines`), its lines, its lines without people or -1 if these are the same, its alarms
 *
 * where lines and alarms are a count of list entries and then pairs of numbers, runs from and to, counted from the first
 * byte of the object, or texts that stand there instead, as one-byte strings.
 */
import type { BusyType } from '../query/freebusy.ts';
import type { Instant } from '../time.ts';
import { textLine } from '../value.ts';
import { namedZone } from '../zones/timezone.ts';
import type { FeedHooks, FeedOptions } from './feed.ts';
import { microsoftLines, stampLines } from './feed-lines.ts';
import { ByteWriter, byteString, type MergePart, type ZonePart, zoneText } from './merge.ts';

export type FeedCuts = readonly (number | string)[];

/** To be raised when the same bytes are cut in another way; what older rules have made is not used. */
const ruleVersion = 1;

/** By which rule cuts are made now. Which names zones have and which times their clocks skip is a part of it. */
export const feedRule: number = ruleVersion * 1_000_000 + zoneDataNumber(process.versions['tz'] ?? '');

/** "2025b" as 202502. */
function zoneDataNumber(name: string): number {
  const [, year = '0', letter = ''] = /^(\d{4})([a-z]?)/.exec(name) ?? [];
  return Number(year) * 100 + (letter === '' ? 0 : letter.charCodeAt(0) - 0x60);
}

/** Whether cuts are those that would be made today. */
export function isCurrent(cuts: FeedCuts): boolean {
  return cuts[0] === feedRule;
}

/** Cuts of the series that Outlook would not take. */
export function isForOutlook(cuts: FeedCuts): boolean {
  return cuts[1] === 1;
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

const shownLines: readonly string[] = busyTypes.flatMap((type) => [
  microsoftLines(type, false),
  microsoftLines(type, true),
]);

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
    if (oneByte !== '') this.items.push(oneByte);
  }
}

/** What the parts of one feed share. */
export class CutsFeed {
  readonly options: FeedOptions;
  private readonly zones = new Map<string, readonly ZonePart[]>();
  private readonly zoneLists = new Map<string, readonly ZonePart[]>();
  private headSecond = Number.NaN;
  private head = '';

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** The part of an object that begins at `base` of `bytes`. */
  part(bytes: Uint8Array, base: number, cuts: FeedCuts, hooks: FeedHooks): MergePart {
    const zoneCount = Number(cuts[2]);
    if (zoneCount === 1) return new CutsPart(this, this.zonePart(String(cuts[3])), bytes, base, cuts, hooks);
    const tzids = cuts.slice(3, 3 + zoneCount).map(String);
    return new CutsPart(this, this.zoneParts(tzids), bytes, base, cuts, hooks);
  }

  /** Of an event, up to its SEQUENCE; many objects come from the same second. */
  headOf(changed: Instant): string {
    const second = Math.floor(changed / 1000);
    if (second !== this.headSecond) {
      this.headSecond = second;
      this.head = `BEGIN:VEVENT\r\n${stampLines(changed)}SEQUENCE:`;
    }
    return this.head;
  }

  private zoneParts(tzids: readonly string[]): readonly ZonePart[] {
    const key = tzids.join('\n');
    let list = this.zoneLists.get(key);
    if (list === undefined) {
      list = tzids.flatMap((tzid) => this.zonePart(tzid));
      this.zoneLists.set(key, list);
    }
    return list;
  }

  private zonePart(tzid: string): readonly ZonePart[] {
    let list = this.zones.get(tzid);
    if (list === undefined) {
      const zone = namedZone(tzid);
      const { range } = this.options;
      list = zone ? [{ tzid, text: () => zoneText(zone, tzid, range), custom: false }] : [];
      this.zones.set(tzid, list);
    }
    return list;
  }
}

/** An object as it is cut out of its bytes. A class, because there are very many of them. */
class CutsPart implements MergePart {
  readonly zones: readonly ZonePart[];
  private readonly feed: CutsFeed;
  private readonly bytes: Uint8Array;
  private readonly base: number;
  private readonly cuts: FeedCuts;
  private readonly hooks: FeedHooks;

  constructor(
    feed: CutsFeed,
    zones: readonly ZonePart[],
    bytes: Uint8Array,
    base: number,
    cuts: FeedCuts,
    hooks: FeedHooks,
  ) {
    this.feed = feed;
    this.zones = zones;
    this.bytes = bytes;
    this.base = base;
    this.cuts = cuts;
    this.hooks = hooks;
  }

  /** The zones have names of their own, which nobody takes from them. */
  lines(): string {
    const out = new ByteWriter(0);
    this.write(out);
    return out.taken().toString('latin1');
  }

  write(out: ByteWriter): void {
    const { cuts, feed, hooks } = this;
    const { options } = feed;
    const head = feed.headOf(hooks.changed);
    const { sequence = 0, category } = hooks;
    for (let at = 3 + Number(cuts[2]); at < cuts.length; ) {
      out.text(`${head}${Number(cuts[at]) + sequence}\r\n`);
      const shown = shownLines[Number(cuts[at + 1])] ?? '';
      const all = at + 2;
      const others = all + 1 + Number(cuts[all]);
      const othersCount = Number(cuts[others]);
      const alarms = others + 1 + Math.max(0, othersCount);
      this.copy(out, options.attendees || othersCount < 0 ? all : others);
      if (category !== undefined) out.text(byteString(textLine('CATEGORIES', category)));
      out.text(shown);
      if (options.alarms) this.copy(out, alarms);
      out.text('END:VEVENT\r\n');
      at = alarms + 1 + Number(cuts[alarms]);
    }
  }

  /** Lines or alarms, whose count stands at `list`. */
  private copy(out: ByteWriter, list: number): void {
    const { cuts, base, bytes } = this;
    const end = list + 1 + Number(cuts[list]);
    for (let at = list + 1; at < end; at++) {
      const from = cuts[at];
      if (typeof from === 'string') out.text(from);
      else out.copy(bytes, base + Number(from), base + Number(cuts[++at]));
    }
  }
}
