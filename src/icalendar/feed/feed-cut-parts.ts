/**
 * The parts of a feed by the cuts of its objects (feed-cuts.ts): what most of every export is made of.
 *
 * A part reads the text of the cuts while it writes, and one part can stand for one object after the other: nothing is made
 * for an event but its bytes.
 */
import type { Instant } from '../time.ts';
import { textLine } from '../value.ts';
import { namedZone } from '../zones/timezone.ts';
import type { FeedHooks, FeedOptions } from './feed.ts';
import { currentCuts, type FeedCuts, shownLines } from './feed-cuts.ts';
import { stampLines } from './feed-lines.ts';
import { ByteWriter, byteString, type MergePart, type ZonePart, zoneText } from './merge.ts';

/** What the parts of one feed share. */
export class CutsFeed {
  readonly options: FeedOptions;
  private readonly zones = new Map<string, readonly ZonePart[]>();
  private headSecond = Number.NaN;
  private head = '';

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** The part of an object that begins at `base` of `bytes`; `undefined` where its cuts are of no use to this feed. */
  part(bytes: Uint8Array, base: number, cuts: FeedCuts, hooks: FeedHooks): MergePart | undefined {
    const part = new CutsPart(this);
    if (!part.begin(cuts, 0)) return undefined;
    part.of(bytes, base, hooks.changed, hooks.sequence ?? 0, hooks.category);
    return part;
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

  /** The zones whose TZIDs stand in `list` as JSON has them, with commas between. */
  zoneParts(list: string): readonly ZonePart[] {
    let parts = this.zones.get(list);
    if (parts === undefined) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `cutsText`
      const tzids = JSON.parse(`[${list}]`) as readonly string[];
      parts = tzids.flatMap((tzid) => this.zonePart(tzid));
      // A piece of a string keeps the whole of it alive; this is a copy.
      this.zones.set(Buffer.from(list, 'latin1').toString('latin1'), parts);
    }
    return parts;
  }

  private zonePart(tzid: string): readonly ZonePart[] {
    const zone = namedZone(tzid);
    const { range } = this.options;
    return zone ? [{ tzid, text: () => zoneText(zone, tzid, range), custom: false }] : [];
  }
}

const noZones: readonly ZonePart[] = [];

const comma = 0x2c;
const minus = 0x2d;
const digitZero = 0x30;
const quote = 0x22;
const backslash = 0x5c;

/** An object as it is cut out of its bytes, or one after the other. */
export class CutsPart implements MergePart {
  zones: readonly ZonePart[] = noZones;
  private readonly feed: CutsFeed;
  private cuts: FeedCuts = '';
  /** Behind what was read of the cuts: at a comma, or at the end of the list. */
  private at = 0;
  /** Where the first event stands. */
  private events = 0;
  private bytes: Uint8Array = nothing;
  private base = 0;
  /** Of each event. */
  private head = '';
  private sequence = 0;
  private category: string | undefined;

  constructor(feed: CutsFeed) {
    this.feed = feed;
  }

  /** Turns to the cuts that begin at `at` of a text; false where they are of no use to this feed. */
  begin(cuts: string, at: number): boolean {
    if (!cuts.startsWith(currentCuts, at)) return false;
    this.cuts = cuts;
    this.at = at + currentCuts.length - 1;
    const isForOutlook = this.number() === 1;
    if (!isForOutlook && this.feed.options.singles) return false;
    const count = this.number();
    this.zones = count === 0 ? noZones : this.readZones(count);
    this.events = this.at;
    return true;
  }

  /** The object that was begun: where it lies, and as in `FeedHooks`. */
  of(
    bytes: Uint8Array,
    base: number,
    changed: Instant,
    sequence: number,
    category: string | undefined,
  ): void {
    this.bytes = bytes;
    this.base = base;
    this.head = this.feed.headOf(changed);
    this.sequence = sequence;
    this.category = category;
  }

  /** The zones have names of their own, which nobody takes from them. */
  lines(): string {
    const out = new ByteWriter(0);
    this.write(out);
    return out.taken().toString('latin1');
  }

  write(out: ByteWriter): void {
    const { cuts, head, sequence, category } = this;
    const { attendees, alarms } = this.feed.options;
    this.at = this.events;
    while (cuts.charCodeAt(this.at) === comma) {
      out.text(`${head}${this.number() + sequence}\r\n`);
      const shown = shownLines[this.number()] ?? '';
      if (attendees) {
        this.copyList(out);
        this.skipList();
      } else this.copyOthers(out);
      if (category !== undefined) out.text(byteString(textLine('CATEGORIES', category)));
      out.text(shown);
      if (alarms) this.copyList(out);
      else this.skipList();
      out.text('END:VEVENT\r\n');
    }
  }

  /** The lines without people, which are all of them where no others are told. */
  private copyOthers(out: ByteWriter): void {
    const all = this.at;
    this.skipList();
    const others = this.at;
    const isSame = this.number() < 0;
    const end = this.at;
    this.at = isSame ? all : others;
    this.copyList(out);
    if (isSame) this.at = end;
  }

  /** Lines or alarms, whose count comes next. */
  private copyList(out: ByteWriter): void {
    const { cuts, bytes, base } = this;
    for (let left = this.number(); left > 0; left--) {
      if (cuts.charCodeAt(this.at + 1) === quote) {
        const from = this.at + 1;
        this.skipText();
        out.text(String(JSON.parse(cuts.slice(from, this.at))));
        continue;
      }
      const from = this.number();
      out.copy(bytes, base + from, base + this.number());
      left--;
    }
  }

  private skipList(): void {
    for (let left = this.number(); left > 0; left--) {
      if (this.cuts.charCodeAt(this.at + 1) === quote) this.skipText();
      else this.number();
    }
  }

  /** The whole number that comes next. */
  private number(): number {
    const { cuts } = this;
    let at = this.at + 1;
    const isNegative = cuts.charCodeAt(at) === minus;
    if (isNegative) at++;
    let value = 0;
    for (;;) {
      const digit = cuts.charCodeAt(at) - digitZero;
      // Also false behind the end of the text.
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      at++;
    }
    this.at = at;
    return isNegative ? -value : value;
  }

  /** Passes over the text that comes next. */
  private skipText(): void {
    const { cuts } = this;
    let at = this.at + 2;
    while (at < cuts.length && cuts.charCodeAt(at) !== quote) at += cuts.charCodeAt(at) === backslash ? 2 : 1;
    this.at = at + 1;
  }

  private readZones(count: number): readonly ZonePart[] {
    const from = this.at + 1;
    for (let n = 0; n < count; n++) this.skipText();
    return this.feed.zoneParts(this.cuts.slice(from, this.at));
  }
}

const nothing = new Uint8Array(0);
