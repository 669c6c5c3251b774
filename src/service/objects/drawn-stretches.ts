/**
 * Remembers what was written for one calendar and one stretch of time, within a bound of bytes.
 *
 * The bytes are copied into slabs that are filled one after the other, over and over: V8 counts each buffer that lives
 * on as a reason to collect, and a month of ten calendars was an eighth of a collection of 20 ms.
 */

export interface Stretch {
  /** How many instances are in it. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** The stretch has more instances than were written. */
  readonly isCut: boolean;
}

/** Room for twenty thousand instances; the system gives memory only where something is written. */
const slabBytes = 8 * 1024 * 1024;
const maxSlabs = 4;

/** The least an entry counts: the line of an empty month. */
const lineBytes = 200;

interface Slab {
  readonly bytes: Uint8Array;
  readonly keys: string[];
}

interface Entry extends Pick<Stretch, 'count' | 'isCut'> {
  readonly slab: Slab;
  readonly from: number;
  readonly to: number;
}

/** A memory of stretches; the oldest are overwritten first. */
export class Stretches {
  private readonly entries = new Map<string, Entry>();
  private readonly slabs: Slab[] = [];
  private current = -1;
  private filledBytes = slabBytes;

  /** Returns a copy of the bytes: their slab may be overwritten while somebody still reads. */
  get(key: string): Stretch | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    const { count, isCut, slab, from, to } = entry;
    return { count, isCut, bytes: slab.bytes.slice(from, to) };
  }

  /** Keeps a stretch, unless it is longer than a slab. */
  keep(key: string, { count, isCut, bytes }: Stretch): void {
    const sizeBytes = bytes.length + lineBytes;
    if (this.entries.has(key) || sizeBytes > slabBytes) return;
    if (this.filledBytes + sizeBytes > slabBytes) this.nextSlab();
    const slab = this.slabs[this.current];
    if (!slab) return;
    const from = this.filledBytes;
    slab.bytes.set(bytes, from);
    slab.keys.push(key);
    this.entries.set(key, { count, isCut, slab, from, to: from + bytes.length });
    this.filledBytes += sizeBytes;
  }

  private nextSlab(): void {
    this.current = (this.current + 1) % maxSlabs;
    this.filledBytes = 0;
    const old = this.slabs[this.current];
    for (const key of old?.keys ?? []) this.entries.delete(key);
    this.slabs[this.current] = { bytes: old?.bytes ?? new Uint8Array(slabBytes), keys: [] };
  }
}
