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
  /** Ascending. */
  readonly ids: readonly ObjectId[];
  readonly names: readonly string[];
  /** TZIDs that the object uses. */
  readonly zones: readonly (readonly string[])[];
  /** Of its own lines, without the zones that were written in front of them. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The VTIMEZONEs by TZID, as one-byte strings. */
  readonly zoneTexts: ReadonlyMap<string, string>;
}

/** What an object was called when it was written. */
export interface PieceOf {
  readonly id: ObjectId;
  readonly name: string;
}

/** Takes down where objects go while an export is written. */
export class PieceLedger {
  private readonly ids: ObjectId[] = [];
  private readonly names: string[] = [];
  private readonly zones: (readonly string[])[] = [];
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly zoneTexts = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();
  private readonly modseq: number;
  private zonesFrom = 0;
  private at: number;
  private isUsable = true;

  constructor(modseq: number, headBytes: number) {
    this.modseq = modseq;
    this.at = headBytes;
  }

  begin(zonesFrom: number): void {
    this.zonesFrom = zonesFrom;
  }

  /** An object was written behind all others: the zones in front of it, and its own lines. */
  wrote({ id, name }: PieceOf, { zones }: MergePart, zoneBytes: number, lineBytes: number): void {
    // A client's own zone takes another name beside another one of that name, so it depends on all objects.
    if (zones.some(({ custom }) => custom) || id <= (this.ids.at(-1) ?? -1)) this.isUsable = false;
    if (!this.isUsable) return;
    for (const { tzid, text } of zones)
      if (!this.zoneTexts.has(tzid)) this.zoneTexts.set(tzid, byteString(text()));
    this.note(id, name, this.shared(zones), zoneBytes, lineBytes);
  }

  /** The same of an object that stays as it was; `texts` are the zones that were written in front of it. */
  carried(
    { id, name }: PieceOf,
    tzids: readonly string[],
    texts: ReadonlyMap<string, string>,
    lineBytes: number,
  ): void {
    let zoneBytes = 0;
    for (const [tzid, text] of texts) {
      this.zoneTexts.set(tzid, text);
      zoneBytes += text.length;
    }
    this.note(id, name, tzids, zoneBytes, lineBytes);
  }

  /** `undefined` where the export cannot be put together again. */
  pieces(): Pieces | undefined {
    const { modseq, zonesFrom, ids, names, zones, from, to, zoneTexts } = this;
    return this.isUsable ? { modseq, zonesFrom, ids, names, zones, from, to, zoneTexts } : undefined;
  }

  private note(
    id: ObjectId,
    name: string,
    tzids: readonly string[],
    zoneBytes: number,
    lineBytes: number,
  ): void {
    this.ids.push(id);
    this.names.push(name);
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

/** What pieces take in memory beside the bytes, about. */
export function piecesBytes({ ids }: Pieces): number {
  return ids.length * 120;
}

/** An object as it is now. */
export interface NewPiece extends PieceOf {
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
  const ledger = new PieceLedger(modseq, head.length);
  ledger.begin(pieces.zonesFrom);
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
    ledger.wrote(piece, part, zoneBytes, lines.length);
  };
  const inOrder = [...fresh].sort((one, other) => one.id - other.id);
  let next = 0;
  const addUpTo = (id: number): void => {
    for (let piece = inOrder[next]; piece && piece.id < id; piece = inOrder[++next]) addNew(piece);
  };
  for (const [at, id] of pieces.ids.entries()) {
    const name = pieces.names[at] ?? '';
    if (changed.has(name)) continue;
    addUpTo(id);
    const tzids = pieces.zones[at] ?? [];
    const from = pieces.from[at] ?? 0;
    const to = pieces.to[at] ?? 0;
    const texts = untold(tzids, known);
    out.old(from, to);
    ledger.carried({ id, name }, tzids, texts, to - from);
  }
  addUpTo(Number.POSITIVE_INFINITY);
  out.text(tail);
  return { bytes: out.finished(), pieces: ledger.pieces() };
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
