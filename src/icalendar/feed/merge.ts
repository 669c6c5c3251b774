/**
 * Many objects -> one VCALENDAR, as a stream: an export, a GET on a calendar, a feed.
 *
 * Each time zone is written once, before the first component that uses it. Text is kept in one-byte strings, in which a
 * character is a byte: they are what stored bytes become at least cost, and what they are written from.
 */
import { productId } from '../repair.ts';
import { minuteMs, type TimeRange } from '../time.ts';
import { contentLine, foldLine, textLine } from '../value.ts';
import { namedZone, type Zone } from '../zones/timezone.ts';
import { vtimezone } from '../zones/vtimezone.ts';

/** One time zone that components refer to. */
export interface ZonePart {
  readonly tzid: string;
  /** The VTIMEZONE in wire form; asked for once per calendar. */
  readonly text: () => string;
  /** A definition of the client's own making: another object may mean another zone by the same name. */
  readonly custom: boolean;
}

/** What one object adds to a calendar. */
export interface MergePart {
  readonly zones: readonly ZonePart[];
  /** Components in wire form, as a one-byte string. With `rename`, TZIDs take other names. */
  readonly lines: (rename: ReadonlyMap<string, string>) => string;
  /** The same where no zone takes another name, without making a text of what are bytes already. */
  write?(out: ByteWriter): void;
  /** Where its bytes stand in a page of which everything in front of them was read for good; absent: nobody knows. */
  readonly reading?: Reading;
  /** Told when it cannot be written and the calendar goes on without it; absent: the error ends the calendar. */
  leftOut?(error: unknown): void;
  /** Told when it was written: the length of the zones in front of it, and of its lines. */
  wrote?(zoneBytes: number, lineBytes: number): void;
}

/** An object in a page of stored bytes that belongs to who reads it, who may write over what was read. */
export interface Reading {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly sizeBytes: number;
}

/** The UTF-8 of a text as a one-byte string. */
export function byteString(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

const beyondAscii = /[^\0-\x7f]/;

/** Up to this length a loop is faster than what Node and V8 do around a copy. */
const shortBytes = 24;

/** Besides its own bytes an object has heads, and lines that are written anew: more than this seldom. */
const marginBytes = 1_024;

/**
 * Gathers the bytes of a chunk: texts as one-byte strings, and runs of other bytes.
 *
 * Where it is told of what it reads, it writes over pages that were read, and takes no memory of its own: an export of ten
 * thousand events was 11 MB more of buffers for V8 to collect.
 */
export class ByteWriter {
  private buffer: Buffer = noBytes;
  private at = 0;
  /** Up to here may be written. */
  private room = 0;
  /** The last page that was written over. */
  private page: Uint8Array | undefined;
  private isOverPage = false;
  private readonly sizeBytes: number;

  /** `sizeBytes` of memory are taken when something is written. */
  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  get length(): number {
    return this.at;
  }

  /** Whether the chunk is as long as it should become; over a page it goes on as long as there is room. */
  get isFull(): boolean {
    return !this.isOverPage && this.at >= chunkBytes;
  }

  /** Whether an object will have room behind what was gathered, without a byte of it being written over. */
  hasRoom({ bytes, from, sizeBytes }: Reading): boolean {
    this.room = this.isOverPage && bytes === this.page ? from : this.buffer.length;
    return this.at + sizeBytes + marginBytes <= this.room;
  }

  /** Begins a chunk with an object: over its page, where there is room in front of it. */
  begin({ bytes, from, sizeBytes }: Reading): void {
    const neededBytes = sizeBytes + marginBytes;
    if (bytes === this.page || from < neededBytes) {
      this.take(Math.max(neededBytes, this.sizeBytes));
      return;
    }
    this.page = bytes;
    this.isOverPage = true;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.room = from;
  }

  text(oneByte: string): void {
    const { length } = oneByte;
    this.makeRoom(length);
    const { buffer, at } = this;
    if (length > shortBytes) buffer.write(oneByte, at, 'latin1');
    else for (let n = 0; n < length; n++) buffer[at + n] = oneByte.charCodeAt(n);
    this.at = at + length;
  }

  /** Bytes that are wanted again and again: a quarter of what it takes to write them as a text. */
  all(source: Uint8Array): void {
    this.makeRoom(source.length);
    this.buffer.set(source, this.at);
    this.at += source.length;
  }

  /** A whole number that is not negative, in digits. */
  number(value: number): void {
    if (value > maxShortNumber) {
      this.text(String(value));
      return;
    }
    let count = 1;
    for (let rest = value; rest >= 10; rest = Math.trunc(rest / 10)) count++;
    this.makeRoom(count);
    const { buffer, at } = this;
    for (let n = count - 1, rest = value; n >= 0; n--) {
      const next = Math.trunc(rest / 10);
      buffer[at + n] = digitZero + rest - next * 10;
      rest = next;
    }
    this.at = at + count;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    if (from < 0 || from > to || to > source.length)
      throw new RangeError('bytes beyond those that there are');
    const length = to - from;
    this.makeRoom(length);
    const { buffer, at } = this;
    if (length > shortBytes)
      // Neither `subarray` nor `copy`, which take longer.
      buffer.set(new Uint8Array(source.buffer, source.byteOffset + from, length), at);
    else for (let n = 0; n < length; n++) buffer[at + n] = source[from + n] ?? 0;
    this.at = at + length;
  }

  /** What was gathered; further bytes go into another chunk. Who keeps it keeps little more room than it needs. */
  taken(): Buffer {
    const { buffer, at } = this;
    const bytes = buffer.subarray(0, at);
    this.buffer = noBytes;
    this.at = 0;
    this.room = 0;
    this.isOverPage = false;
    return buffer.length > at * maxRoomFactor ? Buffer.from(bytes) : bytes;
  }

  /** Takes back what was gathered beyond a length. */
  cutTo(length: number): void {
    this.at = length;
  }

  private makeRoom(count: number): void {
    if (this.at + count <= this.room) return;
    this.take(Math.max(this.at + count, 2 * this.buffer.length, this.sizeBytes));
  }

  /** Goes on in memory of its own. */
  private take(sizeBytes: number): void {
    const larger = Buffer.allocUnsafe(sizeBytes);
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
    this.room = larger.length;
    this.isOverPage = false;
  }
}

const noBytes: Buffer = Buffer.alloc(0);
const maxRoomFactor = 1.125;
const digitZero = 0x30;
const maxShortNumber = 999_999_999;

/**
 * Writes one VCALENDAR piece by piece, in one-byte strings: `head`, then `add` for each object, then `tail`. Keeps the
 * names of the zones that were written, and nothing else.
 */
export class CalendarMerge {
  /** The definitions written so far, by TZID. */
  private readonly written = new Map<string, string>();

  /** `properties` are whole content lines for the calendar itself. */
  head(properties: readonly string[] = []): string {
    const lines = ['BEGIN:VCALENDAR\r\n', contentLine('VERSION', '2.0'), foldLine(`PRODID:${productId}`)];
    return byteString([...lines, contentLine('CALSCALE', 'GREGORIAN'), ...properties].join(''));
  }

  /** The same as `add`, into a chunk. */
  write(part: MergePart, out: ByteWriter): void {
    if (part.write === undefined || this.needsZones(part)) {
      out.text(this.add(part));
      return;
    }
    writeAlone(part, out);
  }

  /** One object that cannot be written is left out: it must not cut off all others (clients.md, demand 2). */
  add(part: MergePart): string {
    try {
      if (this.needsZones(part)) return this.addWithZones(part);
      const own = part.lines(noNames);
      part.wrote?.(0, own.length);
      return own;
    } catch (error) {
      if (!part.leftOut) throw error;
      part.leftOut(error);
      return '';
    }
  }

  tail(): string {
    return 'END:VCALENDAR\r\n';
  }

  private needsZones({ zones }: MergePart): boolean {
    for (const zone of zones) if (zone.custom || !this.written.has(zone.tzid)) return true;
    return false;
  }

  private addWithZones(part: MergePart): string {
    let zones = '';
    const rename = new Map<string, string>();
    const fresh = new Map<string, string>();
    const definitionOf = (tzid: string): string | undefined => this.written.get(tzid) ?? fresh.get(tzid);
    for (const zone of part.zones) {
      const plain = plainName(zone.tzid);
      const known = definitionOf(plain);
      if (known !== undefined && !zone.custom && plain === zone.tzid) continue;
      const text = zone.text();
      const tzid = known === undefined || known === text ? plain : this.otherName(plain, text);
      if (tzid !== zone.tzid) rename.set(zone.tzid, tzid);
      if (definitionOf(tzid) !== undefined) continue;
      fresh.set(tzid, text);
      zones += tzid === zone.tzid ? text : renamedZone(text, tzid);
    }
    const definitions = byteString(zones);
    const own = part.lines(rename);
    for (const [tzid, zone] of fresh) this.written.set(tzid, zone);
    part.wrote?.(definitions.length, own.length);
    return definitions + own;
  }

  /** Another name for a definition that differs from the one written under its own. */
  private otherName(tzid: string, text: string): string {
    for (let n = 2; ; n++) {
      const name = `${tzid} (${n})`;
      const known = this.written.get(name);
      if (known === undefined || known === text) return name;
    }
  }
}

/**
 * The name without what readers take for the end of a parameter although it is quoted (node-ical): all semicolons, and colons
 * but for those of an offset in parentheses.
 */
function plainName(tzid: string): string {
  return awkward.test(tzid) ? tzid.replaceAll(';', ',').replaceAll(':', '.') : tzid;
}

const awkward = /;|^[^(]*:/;

const noNames: ReadonlyMap<string, string> = new Map();

/** The components of a part without its zones; one that cannot be written is left out. */
export function writeAlone(part: MergePart, out: ByteWriter): void {
  const from = out.length;
  try {
    if (part.write) part.write(out);
    else out.text(part.lines(noNames));
    part.wrote?.(0, out.length - from);
  } catch (error) {
    out.cutTo(from);
    if (!part.leftOut) throw error;
    part.leftOut(error);
  }
}

/**
 * The whole stream from pages of parts, in chunks of about 256 kB, or as long as a page is: each costs the connection a write.
 * What stands in front of all parts and behind them are chunks of their own, and no part is in two.
 *
 * Memory: one page and one chunk. Of pages of which parts tell what was read of them, the chunks are the pages before.
 */
export async function* mergedCalendar(
  pages: AsyncIterable<Iterable<MergePart>>,
  properties: readonly string[] = [],
): AsyncGenerator<Uint8Array> {
  const merge = new CalendarMerge();
  yield Buffer.from(merge.head(properties), 'latin1');
  const out = new ByteWriter(roomBytes);
  for await (const page of pages) {
    for (const part of page) {
      const { reading } = part;
      if (reading && !out.hasRoom(reading)) {
        if (out.length > 0) yield out.taken();
        out.begin(reading);
      }
      merge.write(part, out);
      if (out.isFull) yield out.taken();
    }
  }
  if (out.length > 0) yield out.taken();
  yield Buffer.from(merge.tail(), 'latin1');
}

export const chunkBytes = 262_144;
/** With room for the object that makes it a chunk. */
const roomBytes: number = chunkBytes + 16_384;

/** A VTIMEZONE for a zone that no VTIMEZONE of the object defines, under the name by which the object calls it. */
export function zoneText(zone: Zone, tzid: string, range: TimeRange): string {
  return namedZone(tzid) ? vtimezone(tzid, range) : fixedZoneText(tzid, zone.offsetAt(range.start));
}

/** For names that say no more than an offset from UTC. */
function fixedZoneText(tzid: string, offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / minuteMs));
  const digits = `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
  const offset = `${offsetMs < 0 ? '-' : '+'}${digits}`;
  return (
    `BEGIN:VTIMEZONE\r\n${textLine('TZID', tzid)}BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n` +
    `TZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
  );
}

function renamedZone(text: string, tzid: string): string {
  return text.replace(/^TZID[:;].*\r\n(?: .*\r\n)*/m, () => textLine('TZID', tzid));
}
