/**
 * A finished export taken to pieces, and put together again with what has changed since: of ten thousand events all but a
 * few are the same bytes as before, and reading, looking at and writing them anew is what an export costs.
 *
 * The pieces are stretches of objects. Those in which nothing has changed are given again as they are; the others are copied
 * with what is new. The result is, byte for byte, what an export from the beginning would give: objects in the order of
 * their ids, each time zone in front of the first object that uses it.
 */
import type { ObjectId } from '../../core/ids.ts';
import { byteString, chunkBytes, type MergePart, type ZonePart } from '../../icalendar/feed/merge.ts';

/** Some objects of an export, one behind the other. One list for each fact: there may be very many objects. */
export interface Stretch {
  readonly bytes: Uint8Array;
  /** Ascending. */
  readonly ids: readonly ObjectId[];
  /** What the objects were called when they were written. Made when first asked for: before that, texts are kept in which they stand. */
  readonly names: Names;
  /** TZIDs that each object uses. */
  readonly zones: readonly (readonly string[])[];
  /** Where its own lines lie in the bytes, without the zones that were written in front of them. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** All TZIDs that are used here. */
  readonly used: ReadonlySet<string>;
  /** Those of them that are defined here, as no stretch before this one uses them. */
  readonly defined: ReadonlySet<string>;
}

export interface Pieces {
  /** Of the one calendar, when the export was written. */
  readonly modseq: number;
  /** From when on its time zones are told; others would have other texts. */
  readonly zonesFrom: number;
  /** Ascending: the ids of one are lower than those of the next. */
  readonly stretches: readonly Stretch[];
  /** The VTIMEZONEs by TZID, as one-byte strings. */
  readonly zoneTexts: ReadonlyMap<string, string>;
}

type Names = () => readonly string[];

/** Is told of objects while they are written. */
export interface Ledger {
  /** Of the objects to come `names` tells how they are called. */
  readonly page: (names: Names) => void;
  /** An object was written behind all others, the one at `place` of its page: the zones in front of it, and its own lines. */
  readonly wrote: (
    id: ObjectId,
    place: number,
    part: MergePart,
    zoneBytes: number,
    lineBytes: number,
  ) => void;
}

/** Takes down where objects go while an export is written. */
export class PieceLedger implements Ledger {
  private readonly stretches: Stretch[] = [];
  private readonly zoneTexts = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();
  private stretch: StretchList;
  private pages: { readonly names: Names; readonly first: number }[] = [];
  private places: number[] = [];
  private lastId = -1;
  private lastZones: readonly ZonePart[] | undefined;
  private lastList: readonly string[] = [];
  private readonly modseq: number;
  private zonesFrom = 0;
  private isUsable = true;

  constructor(modseq: number) {
    this.modseq = modseq;
    this.stretch = new StretchList(new Set());
  }

  begin(zonesFrom: number): void {
    this.zonesFrom = zonesFrom;
  }

  page(names: Names): void {
    if (this.places.length === 0) this.pages = [];
    this.pages.push({ names, first: this.places.length });
  }

  wrote(id: ObjectId, place: number, { zones }: MergePart, zoneBytes: number, lineBytes: number): void {
    if (id <= this.lastId) this.giveUp();
    if (zones !== this.lastZones) this.take(zones);
    if (!this.isUsable) return;
    this.lastId = id;
    this.places.push(place);
    this.stretch.add(id, this.lastList, zoneBytes, lineBytes);
  }

  /** All that was written since the last chunk is in this one, and nothing else; or there was no object. */
  chunk(bytes: Uint8Array): void {
    const { pages, places } = this;
    if (places.length === 0) return;
    this.stretches.push(this.stretch.stretch(bytes, namesLater({ pages, places })));
    this.stretch = this.stretch.next();
    // Of the page that is being written there may be more.
    this.pages = pages.slice(-1).map(({ names }) => ({ names, first: 0 }));
    this.places = [];
  }

  /** The export cannot be put together again. Lets go of all that was taken down. */
  giveUp(): void {
    this.isUsable = false;
    this.stretches.length = 0;
    this.stretch = this.stretch.next();
    this.pages = [];
    this.places = [];
  }

  /** `undefined` where the export cannot be put together again. */
  pieces(): Pieces | undefined {
    if (!this.isUsable) return undefined;
    const { modseq, zonesFrom, stretches, zoneTexts } = this;
    return { modseq, zonesFrom, stretches, zoneTexts };
  }

  /** Most objects use the same zones as the one before. */
  private take(zones: readonly ZonePart[]): void {
    this.lastZones = zones;
    // A client's own zone takes another name beside another one of that name, so it depends on all objects.
    if (zones.some(({ custom }) => custom)) this.giveUp();
    if (!this.isUsable) return;
    for (const { tzid, text } of zones)
      if (!this.zoneTexts.has(tzid)) this.zoneTexts.set(tzid, byteString(text()));
    this.lastList = this.shared(zones);
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

/** The lists of a stretch while it is written. */
class StretchList {
  private readonly ids: ObjectId[] = [];
  private readonly zones: (readonly string[])[] = [];
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly used = new Set<string>();
  private readonly defined = new Set<string>();
  private readonly told: Set<string>;
  private lastZones: readonly string[] | undefined;
  private at = 0;

  /** Takes down in `told` which zones are defined by now. */
  constructor(told: Set<string>) {
    this.told = told;
  }

  get sizeBytes(): number {
    return this.at;
  }

  next(): StretchList {
    return new StretchList(this.told);
  }

  add(id: ObjectId, tzids: readonly string[], zoneBytes: number, lineBytes: number): void {
    if (tzids !== this.lastZones) this.use(tzids);
    this.ids.push(id);
    this.zones.push(tzids);
    this.from.push(this.at + zoneBytes);
    this.at += zoneBytes + lineBytes;
    this.to.push(this.at);
  }

  stretch(bytes: Uint8Array, names: Names): Stretch {
    const { ids, zones, from, to, used, defined } = this;
    return { bytes, ids, names, zones, from, to, used, defined };
  }

  private use(tzids: readonly string[]): void {
    this.lastZones = tzids;
    for (const tzid of tzids) {
      this.used.add(tzid);
      if (this.told.has(tzid)) continue;
      this.told.add(tzid);
      this.defined.add(tzid);
    }
  }
}

/** By itself: written where it is used it would hold all that stands there, the export before and all before that. */
function namesIn(names: readonly string[]): Names {
  return () => names;
}

/** Some names of some pages: those of a page stand in `places` from `first` on. */
interface NamedPlaces {
  readonly pages: readonly { readonly names: Names; readonly first: number }[];
  readonly places: readonly number[];
}

function namesLater(where: NamedPlaces): Names {
  let known: NamedPlaces | readonly string[] = where;
  return () => ('places' in known ? (known = namesAt(known)) : known);
}

function namesAt({ pages, places }: NamedPlaces): readonly string[] {
  return pages.flatMap(({ names, first }, at) => {
    const all = names();
    return places.slice(first, pages[at + 1]?.first).map((place) => all[place] ?? '');
  });
}

/** What pieces take in memory beside the bytes, about. */
export function piecesBytes(pieces: Pieces): number {
  return objectCount(pieces) * 120;
}

export function objectCount({ stretches }: Pieces): number {
  return stretches.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** An object as it is now. */
export interface NewPiece {
  readonly id: ObjectId;
  readonly name: string;
  /** None of a client's own making. */
  readonly zones: readonly ZonePart[];
  readonly bytes: Uint8Array;
}

/** What has changed since an export was written. */
export interface Renewal {
  /** All names whose objects were changed or are gone. */
  readonly changed: ReadonlySet<string>;
  /** What stands there now. */
  readonly fresh: readonly NewPiece[];
  readonly modseq: number;
}

/** The old pieces with what has changed. */
export function renewed(old: Pieces, { changed, fresh, modseq }: Renewal): Pieces {
  const zoneTexts = new Map(old.zoneTexts);
  for (const { zones } of fresh)
    for (const { tzid, text } of zones) if (!zoneTexts.has(tzid)) zoneTexts.set(tzid, byteString(text()));
  const told = new Set<string>();
  const inOrder = [...fresh].sort((one, other) => one.id - other.id);
  const before = old.stretches.length > 0 ? old.stretches : [noStretch];
  const stretches: Stretch[] = [];
  let next = 0;
  for (const [at, stretch] of before.entries()) {
    // What lies between two stretches goes into the first of them.
    const end = before[at + 1]?.ids[0] ?? Number.POSITIVE_INFINITY;
    const first = next;
    for (let piece = inOrder[next]; piece && piece.id < end; piece = inOrder[++next]);
    const own = inOrder.slice(first, next);
    if (own.length === 0 && isUntouched(stretch, changed, told)) {
      stretches.push(stretch);
      for (const tzid of stretch.defined) told.add(tzid);
    } else stretches.push(...rewritten(stretch, changed, own, told, zoneTexts));
  }
  return { modseq, zonesFrom: old.zonesFrom, stretches, zoneTexts };
}

const noStretch: Stretch = new StretchList(new Set()).stretch(new Uint8Array(0), () => []);

/** Whether the same bytes are right again behind stretches that tell those zones. */
function isUntouched(
  { names, used, defined }: Stretch,
  changed: ReadonlySet<string>,
  told: ReadonlySet<string>,
): boolean {
  for (const tzid of used) if (told.has(tzid) === defined.has(tzid)) return false;
  return changed.size === 0 || !names().some((name) => changed.has(name));
}

/** The stretch with what has changed in it; several where it has become much longer. */
function rewritten(
  old: Stretch,
  changed: ReadonlySet<string>,
  fresh: readonly NewPiece[],
  told: Set<string>,
  zoneTexts: ReadonlyMap<string, string>,
): Stretch[] {
  const expectedBytes = fresh.reduce((sum, { bytes }) => sum + bytes.length, old.bytes.length);
  const endBytes = expectedBytes / Math.max(1, Math.floor(expectedBytes / chunkBytes));
  const made: Stretch[] = [];
  let list = new StretchList(told);
  let names: string[] = [];
  let runs: Uint8Array[] = [];
  const end = (): void => {
    if (names.length > 0) made.push(list.stretch(Buffer.concat(runs), namesIn(names)));
    list = list.next();
    names = [];
    runs = [];
  };
  const add = (id: ObjectId, name: string, tzids: readonly string[], bytes: Uint8Array): void => {
    const texts = tzids.filter((tzid) => !told.has(tzid)).map((tzid) => zoneTexts.get(tzid) ?? '');
    for (const text of texts) runs.push(Buffer.from(text, 'latin1'));
    runs.push(bytes);
    const zoneBytes = texts.reduce((sum, { length }) => sum + length, 0);
    list.add(id, tzids, zoneBytes, bytes.length);
    names.push(name);
    if (list.sizeBytes >= endBytes) end();
  };
  let next = 0;
  const addUpTo = (id: number): void => {
    for (let piece = fresh[next]; piece && piece.id < id; piece = fresh[++next]) {
      const tzids = piece.zones.map(({ tzid }) => tzid);
      add(piece.id, piece.name, tzids, piece.bytes);
    }
  };
  const oldNames = old.names();
  for (const [at, id] of old.ids.entries()) {
    const name = oldNames[at] ?? '';
    if (changed.has(name)) continue;
    addUpTo(id);
    add(id, name, old.zones[at] ?? [], old.bytes.subarray(old.from[at], old.to[at]));
  }
  addUpTo(Number.POSITIVE_INFINITY);
  end();
  return made;
}
