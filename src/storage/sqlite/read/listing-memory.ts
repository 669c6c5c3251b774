/**
 * Chunks of listings that were assembled before, within a bound of bytes.
 *
 * A program that knows no sync tokens asks for all entity tags again whenever one has changed, and so does each other
 * device of the same person. Nearly all of what they are told was told before: to prove that costs half of making
 * it, next to nothing where the calendar is as it was, and leaves no buffers behind for the collector, whose work was as much
 * again.
 */

/**
 * What proves a chunk of a calendar that has changed: which rows a page of the same query holds now.
 *
 * Every change of an object takes a higher `modseq` than all before it in this calendar. So a row that was put, moved
 * here or has come to match raises `newest`, and one that went or no longer matches is missed by `rowCount`, or, where
 * the page is full and the next row has moved up, by `cursor`.
 */
export interface ChunkState {
  readonly rowCount: number;
  /** The key of the last row. */
  readonly cursor: number;
  /** The highest modseq of the rows. */
  readonly newest: number;
}

export interface Chunk extends ChunkState {
  readonly bytes: Uint8Array;
}

interface Entry {
  /** The calendar's counter when the chunk was last proven. */
  readonly counter: number;
  readonly chunk: Chunk;
}

/** Shorter chunks are not kept: making them anew costs next to nothing. */
const minChunkBytes: number = 32 * 1024;

export class ListingMemory {
  private readonly maxBytes: number;
  /** In order of use, the last used at the end. */
  private readonly entries = new Map<string, Entry>();
  private sizeBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * The chunk kept under `key`, if it says what is there now. `counter` is the calendar's: each change of an object raises
   * it, so nothing more is asked where it stands still. `stateNow` hears how many changes there were since, and answers
   * nothing where a proof would not pay.
   */
  current(
    key: string,
    counter: number,
    stateNow: (changes: number) => ChunkState | undefined,
  ): Chunk | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.forget(key, entry);
    const { chunk } = entry;
    const changes = counter - entry.counter;
    if (changes !== 0 && !isSame(chunk, stateNow(changes))) return undefined;
    this.keep(key, counter, chunk);
    return chunk;
  }

  /** `counter` was read before the chunk: what has changed since then is looked for again. */
  keep(key: string, counter: number, chunk: Chunk): void {
    const { length } = chunk.bytes;
    if (length < minChunkBytes || length > this.maxBytes) return;
    this.entries.set(key, { counter, chunk });
    this.sizeBytes += length;
    for (const [oldest, entry] of this.entries) {
      if (this.sizeBytes <= this.maxBytes) return;
      this.forget(oldest, entry);
    }
  }

  private forget(key: string, { chunk }: Entry): void {
    this.entries.delete(key);
    this.sizeBytes -= chunk.bytes.length;
  }
}

const isSame = (chunk: ChunkState, now: ChunkState | undefined): boolean =>
  now?.rowCount === chunk.rowCount && now.cursor === chunk.cursor && now.newest === chunk.newest;
