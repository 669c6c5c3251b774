/**
 * The parts of a feed by the cuts of its objects (feed-cuts.ts): what most of every export is made of.
 *
 * A part reads the text of the cuts while it writes, and one part can stand for one object after the other: nothing is made
 * for an event but its bytes. The text is read as the bytes that it is stored in, which takes a fifth of reading a string.
 */
import type { Instant } from '../time.ts';
import { textLine } from '../value.ts';
import { namedZone } from '../zones/timezone.ts';
import type { FeedHooks, FeedOptions } from './feed.ts';
import { currentCuts, type FeedCuts, shownLines } from './feed-cuts.ts';
import { stampLines } from './feed-lines.ts';
import { ByteWriter, type MergePart, type ZonePart, zoneText } from './merge.ts';

const nothing: Uint8Array = new Uint8Array(0);
const lineEnd: Uint8Array = Buffer.from('\r\n');
const eventEnd: Uint8Array = Buffer.from('END:VEVENT\r\n');
const shownBytes: readonly Uint8Array[] = shownLines.map((lines) => Buffer.from(lines, 'latin1'));

/** What the parts of one feed share. */
export class CutsFeed {
  readonly options: FeedOptions;
  private readonly zones = new Map<string, readonly ZonePart[]>();
  private headSecond = Number.NaN;
  private head: Uint8Array = nothing;
  private readonly categories = new Map<string, Uint8Array>();

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** The part of an object that begins at `base` of `bytes`; `undefined` where its cuts are of no use to this feed. */
  part(bytes: Uint8Array, base: number, cuts: FeedCuts, hooks: FeedHooks): MergePart | undefined {
    const part = new CutsPart(this);
    if (!part.begin(Buffer.from(cuts), 0)) return undefined;
    part.of(bytes, base, hooks.changed, hooks.sequence ?? 0, hooks.category);
    return part;
  }

  /** Of an event, up to its SEQUENCE; many objects come from the same second. */
  headOf(changed: Instant): Uint8Array {
    const second = Math.floor(changed / 1000);
    if (second !== this.headSecond) {
      this.headSecond = second;
      this.head = Buffer.from(`BEGIN:VEVENT\r\n${stampLines(changed)}SEQUENCE:`, 'latin1');
    }
    return this.head;
  }

  /** The line that marks the calendar. */
  categoryLine(category: string): Uint8Array {
    let line = this.categories.get(category);
    if (line === undefined)
      this.categories.set(category, (line = Buffer.from(textLine('CATEGORIES', category))));
    return line;
  }

  /** The zones whose TZIDs stand in `list` as JSON has them, with commas between. */
  zoneParts(list: string): readonly ZonePart[] {
    let parts = this.zones.get(list);
    if (parts === undefined) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `cutsText`
      const tzids = JSON.parse(`[${list}]`) as readonly string[];
      parts = tzids.flatMap((tzid) => this.zonePart(tzid));
      this.zones.set(list, parts);
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

const begin: Uint8Array = Buffer.from(currentCuts);
const maxLastZones = 4;

const comma = 0x2c;
const minus = 0x2d;
const digitZero = 0x30;
const quote = 0x22;
const listEnd = 0x5d;
const backslash = 0x5c;

/** An object as it is cut out of its bytes, or one after the other. */
export class CutsPart implements MergePart {
  zones: readonly ZonePart[] = noZones;
  private readonly feed: CutsFeed;
  private cuts: Uint8Array = nothing;
  /** Behind what was read of the cuts: at a comma, or at the end of the list. */
  private at = 0;
  /** Where the first event stands. */
  private events = 0;
  private bytes: Uint8Array = nothing;
  private base = 0;
  /** Of each event. */
  private head: Uint8Array = nothing;
  private sequence = 0;
  private category: string | undefined;
  private readonly lastZones: { readonly list: Uint8Array; readonly parts: readonly ZonePart[] }[] = [];

  constructor(feed: CutsFeed) {
    this.feed = feed;
  }

  /** Turns to the cuts that begin at `at` of a text; false where they are of no use to this feed. */
  begin(cuts: Uint8Array, at: number): boolean {
    if (!startsWith(cuts, begin, at)) return false;
    this.cuts = cuts;
    this.at = at + begin.length - 1;
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

  /** How far the text was read, if all of the object was written; else 0. */
  get reached(): number {
    return this.cuts[this.at] === listEnd ? this.at : 0;
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
    while (cuts[this.at] === comma) {
      out.all(head);
      out.number(this.number() + sequence);
      out.all(lineEnd);
      const shown = shownBytes[this.number()] ?? nothing;
      if (attendees) {
        this.copyList(out);
        this.skipList();
      } else this.copyOthers(out);
      if (category !== undefined) out.all(this.feed.categoryLine(category));
      out.all(shown);
      if (alarms) this.copyList(out);
      else this.skipList();
      out.all(eventEnd);
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
      if (cuts[this.at + 1] === quote) {
        const from = this.at + 1;
        this.skipText();
        out.text(String(JSON.parse(textOf(cuts, from, this.at))));
        continue;
      }
      const from = this.number();
      out.copy(bytes, base + from, base + this.number());
      left--;
    }
  }

  private skipList(): void {
    for (let left = this.number(); left > 0; left--) {
      if (this.cuts[this.at + 1] === quote) this.skipText();
      else this.number();
    }
  }

  /** The whole number that comes next. */
  private number(): number {
    const { cuts } = this;
    let at = this.at + 1;
    const isNegative = cuts[at] === minus;
    if (isNegative) at++;
    let value = 0;
    // Behind the end of the text there is no digit either.
    for (let digit = 0; ; at++) {
      digit = (cuts[at] ?? 0) - digitZero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    return isNegative ? -value : value;
  }

  /** Passes over the text that comes next. */
  private skipText(): void {
    const { cuts } = this;
    let at = this.at + 2;
    while (at < cuts.length && cuts[at] !== quote) at += cuts[at] === backslash ? 2 : 1;
    this.at = at + 1;
  }

  private readZones(count: number): readonly ZonePart[] {
    const { cuts } = this;
    const from = this.at + 1;
    // Most objects of a calendar use one of a few zones. To make a text of their names and look it up takes four times as long.
    for (const { list, parts } of this.lastZones) {
      if (parts.length !== count || !startsWith(cuts, list, from)) continue;
      this.at = from + list.length;
      return parts;
    }
    for (let n = 0; n < count; n++) this.skipText();
    const parts = this.feed.zoneParts(textOf(cuts, from, this.at));
    if (this.lastZones.length === maxLastZones) this.lastZones.length = 0;
    this.lastZones.push({ list: Uint8Array.from(cuts.subarray(from, this.at)), parts });
    return parts;
  }
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
  return true;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
