/**
 * A finished export taken to pieces, and put together again with what has changed since: of ten thousand events all but a
 * few are the same bytes as before, and reading, looking at and writing them anew is what an export costs.
 *
 * The result is, byte for byte, what an export from the beginning would give: objects in the order of their ids, each time
 * zone in front of the first object that uses it.
 */
import type { ObjectId } from '../../core/ids.ts';
import { byteString, type MergePart, type ZonePart } from '../../icalendar/feed/merge.ts';

/** Where each object lies in the bytes of an export. One list for each fact: there may be very many objects. */
export interface Pieces {
  /** Of the one calendar, when the export was written. */
  readonly modseq: number;
  /** From when on its time zones are told; others would have other texts. */
  readonly zonesFrom: number;
  /** Behind them the objects begin. */
  readonly headBytes: number;
  /** Ascending. */
  readonly ids: readonly ObjectId[];
  /** What the objects were called when they were written. Made when asked for: texts in which they stand are kept. */
  readonly names: () => readonly string[];
  /** TZIDs that the object uses. */
  readonly zones: readonly (readonly string[])[];
  /** Of its own lines, without the zones that were written in front of them; counted from the end of the head. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The VTIMEZONEs by TZID, as one-byte strings. */
  readonly zoneTexts: ReadonlyMap<string, string>;
}

type Names = () => readonly string[];

/** Takes down where objects go while an export is written. */
export class PieceLedger {
  private readonly ids: ObjectId[] = [];
  private readonly nameLists: Names[] = [];
  /** Places in all these lists together. */
  private readonly nameAt: number[] = [];
  private readonly zones: (readonly string[])[] = [];
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly zoneTexts = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();
  private lastId = -1;
  private lastZones: readonly ZonePart[] | undefined;
  private lastList: readonly string[] = [];
  private readonly modseq: number;
  private readonly headBytes: number;
  private zonesFrom = 0;
  private listFrom = 0;
  private listEnd = 0;
  private at = 0;
  private isUsable = true;

  constructor(modseq: number, headBytes: number) {
    this.modseq = modseq;
    this.headBytes = headBytes;
  }

  begin(zonesFrom: number): void {
    this.zonesFrom = zonesFrom;
  }

  /** Of the objects to come `names` tells how they are called, and there are `count` of them. */
  page(names: Names, count: number): void {
    this.nameLists.push(names);
    this.listFrom = this.listEnd;
    this.listEnd += count;
  }

  /** An object was written behind all others, the one at `place` of its page: the zones in front of it, and its own lines. */
  wrote(id: ObjectId, place: number, { zones }: MergePart, zoneBytes: number, lineBytes: number): void {
    if (id <= this.lastId) this.isUsable = false;
    if (zones !== this.lastZones) this.take(zones);
    if (!this.isUsable) return;
    this.lastId = id;
    this.note(id, place, this.lastList, zoneBytes, lineBytes);
  }

  /** The same of an object that stays as it was; `texts` are the zones that were written in front of it. */
  carried(
    id: ObjectId,
    place: number,
    tzids: readonly string[],
    texts: ReadonlyMap<string, string>,
    lineBytes: number,
  ): void {
    let zoneBytes = 0;
    for (const [tzid, text] of texts) {
      this.zoneTexts.set(tzid, text);
      zoneBytes += text.length;
    }
    this.lastId = id;
    this.note(id, place, tzids, zoneBytes, lineBytes);
  }

  /** `undefined` where the export cannot be put together again. */
  pieces(): Pieces | undefined {
    if (!this.isUsable) return undefined;
    const { modseq, zonesFrom, headBytes, ids, zones, from, to, zoneTexts } = this;
    const names = namesLater(this.nameLists, this.nameAt);
    return { modseq, zonesFrom, headBytes, ids, names, zones, from, to, zoneTexts };
  }

  /** Most objects use the same zones as the one before. */
  private take(zones: readonly ZonePart[]): void {
    this.lastZones = zones;
    // A client's own zone takes another name beside another one of that name, so it depends on all objects.
    if (zones.some(({ custom }) => custom)) this.isUsable = false;
    if (!this.isUsable) return;
    for (const { tzid, text } of zones)
      if (!this.zoneTexts.has(tzid)) this.zoneTexts.set(tzid, byteString(text()));
    this.lastList = this.shared(zones);
  }

  private note(
    id: ObjectId,
    place: number,
    tzids: readonly string[],
    zoneBytes: number,
    lineBytes: number,
  ): void {
    this.ids.push(id);
    this.nameAt.push(this.listFrom + place);
    this.zones.push(tzids);
    this.from.push(this.at + zoneBytes);
    this.at += zoneBytes + lineBytes;
    this.to.push(this.at);
  }

  /** Most objects use the same zones: one list for all of them. */
  private shared(zones: readonly ZonePart[]): readonly string[] {
    const key = zones.length === 1 ? (zones[0]?.tzid ?? '') : zones.map(({ tzid }) => tzid).join('\n');
    let list = this.lists.get(key);
    if (list === undefined) {
      list = zones.map(({ tzid }) => tzid);
      this.lists.set(key, list);
    }
    return list;
  }
}

/** By itself: written where it is used it would hold all that stands there, the export before and all before that. */
function namesIn(names: readonly string[]): Names {
  return () => names;
}

function namesLater(lists: readonly Names[], places: readonly number[]): Names {
  return () => {
    const all = lists.flatMap((names) => names());
    return places.map((at) => all[at] ?? '');
  };
}

/** What pieces take in memory beside the bytes, about. */
export function piecesBytes({ ids }: Pieces): number {
  return ids.length * 120;
}

/** An object as it is now. */
export interface NewPiece {
  readonly id: ObjectId;
  readonly name: string;
  /** Without zones of a client's own making. */
  readonly part: MergePart;
  readonly lines: string;
}

/** An export and where its objects lie in it. */
export interface Whole {
  readonly bytes: Uint8Array;
  readonly pieces: Pieces;
}

/** What has changed since an export was written. */
export interface Renewal {
  /** All names whose objects were changed or are gone. */
  readonly changed: ReadonlySet<string>;
  /** What stands there now. */
  readonly fresh: readonly NewPiece[];
  readonly head: string;
  readonly tail: string;
  readonly modseq: number;
}

/** The old bytes with what has changed. */
export function renewed(
  { bytes, pieces }: Whole,
  { changed, fresh, head, tail, modseq }: Renewal,
): { readonly bytes: Uint8Array; readonly pieces: Pieces | undefined } {
  if (changed.size === 0) return withHead({ bytes, pieces }, head, modseq);
  const ledger = new PieceLedger(modseq, head.length);
  ledger.begin(pieces.zonesFrom);
  const oldNames = pieces.names();
  const names: string[] = [];
  ledger.page(namesIn(names), Number.POSITIVE_INFINITY);
  const out = new ByteWriter(bytes);
  out.text(head);
  const told = new Set<string>();
  const untold = (
    tzids: readonly string[],
    textOf: (tzid: string) => string,
  ): ReadonlyMap<string, string> => {
    if (tzids.every((tzid) => told.has(tzid))) return nothing;
    const texts = new Map<string, string>();
    for (const tzid of tzids) {
      if (told.has(tzid)) continue;
      told.add(tzid);
      texts.set(tzid, textOf(tzid));
    }
    for (const text of texts.values()) out.text(text);
    return texts;
  };
  const known = (tzid: string): string => pieces.zoneTexts.get(tzid) ?? '';
  const addNew = (piece: NewPiece): void => {
    const { part, lines } = piece;
    const own = new Map(part.zones.map(({ tzid, text }) => [tzid, text]));
    const texts = untold([...own.keys()], (tzid) => byteString(own.get(tzid)?.() ?? ''));
    out.text(lines);
    const zoneBytes = [...texts.values()].reduce((sum, { length }) => sum + length, 0);
    ledger.wrote(piece.id, names.push(piece.name) - 1, part, zoneBytes, lines.length);
  };
  const inOrder = [...fresh].sort((one, other) => one.id - other.id);
  let next = 0;
  const addUpTo = (id: number): void => {
    for (let piece = inOrder[next]; piece && piece.id < id; piece = inOrder[++next]) addNew(piece);
  };
  for (const [at, id] of pieces.ids.entries()) {
    const name = oldNames[at] ?? '';
    if (changed.has(name)) continue;
    addUpTo(id);
    const tzids = pieces.zones[at] ?? [];
    const from = pieces.headBytes + (pieces.from[at] ?? 0);
    const to = pieces.headBytes + (pieces.to[at] ?? 0);
    const texts = untold(tzids, known);
    out.old(from, to);
    ledger.carried(id, names.push(name) - 1, tzids, texts, to - from);
  }
  addUpTo(Number.POSITIVE_INFINITY);
  out.text(tail);
  return { bytes: out.finished(), pieces: ledger.pieces() };
}

/** Where no object has changed, but the calendar itself: its name, or its colour. */
function withHead({ bytes, pieces }: Whole, head: string, modseq: number): Whole {
  const objects = bytes.subarray(pieces.headBytes);
  return {
    bytes: Buffer.concat([Buffer.from(head, 'latin1'), objects]),
    pieces: { ...pieces, modseq, headBytes: head.length },
  };
}

const nothing: ReadonlyMap<string, string> = new Map();

/** Runs of old bytes with new ones between them, copied once. */
class ByteWriter {
  private readonly source: Uint8Array;
  private readonly runs: Uint8Array[] = [];
  private from = 0;
  private to = 0;

  constructor(old: Uint8Array) {
    this.source = old;
  }

  old(from: number, to: number): void {
    if (from !== this.to) {
      this.flush();
      this.from = from;
    }
    this.to = to;
  }

  text(oneByte: string): void {
    if (oneByte === '') return;
    this.flush();
    this.runs.push(Buffer.from(oneByte, 'latin1'));
  }

  finished(): Uint8Array {
    this.flush();
    return Buffer.concat(this.runs);
  }

  private flush(): void {
    if (this.to > this.from) this.runs.push(this.source.subarray(this.from, this.to));
    this.from = 0;
    this.to = 0;
  }
}
