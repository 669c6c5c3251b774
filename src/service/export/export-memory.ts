/**
 * Finished exports, within a bound of bytes: one for each form in which somebody reads a calendar, the last of it.
 *
 * An entry is current as long as its entity tag is that of the answer (export.ts); nobody has to be told of a change. When
 * the calendar has changed, the entry of the same form still has most of the new bytes (export-pieces.ts).
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ETag } from '../../core/ids.ts';
import { gzipLevel } from '../../core/limits.ts';
import { type Pieces, piecesBytes } from './export-pieces.ts';

export interface FinishedExport {
  readonly etag: ETag;
  /** Of everything that the bytes depend on but the head and the counters of the calendars. */
  readonly form: ETag;
  readonly chunks: readonly Uint8Array[];
  /** What objects the chunks hold, and where; absent where that would not help. */
  readonly pieces: Pieces | undefined;
}

interface Entry {
  readonly etag: ETag;
  readonly pieces: Pieces | undefined;
  readonly chunks: readonly Uint8Array[];
  zipped: Promise<Uint8Array> | undefined;
  sizeBytes: number;
}

/** What is known of more is forgotten: they are gathered in vain once more. */
const maxForms = 1_000;

const gzipAll: (bytes: Uint8Array, options: { level: number }) => Promise<Uint8Array> = promisify(gzip);

export class ExportMemory {
  readonly maxEntryBytes: number;
  private readonly maxBytes: number;
  private readonly entries = new Map<ETag, Entry>();
  private sizeBytes = 0;
  /** Forms that were too large the last time. */
  private readonly tooLarge = new Set<ETag>();

  constructor(maxBytes: number, maxEntryBytes: number) {
    this.maxBytes = maxBytes;
    this.maxEntryBytes = maxEntryBytes;
  }

  /** The last export of this form that can be taken to pieces, of whatever state of the calendar. */
  last(form: ETag): Pieces | undefined {
    return this.entries.get(form)?.pieces;
  }

  /** All bytes of an export, if they are the ones that belong to `etag`. */
  whole(form: ETag, etag: ETag): readonly Uint8Array[] | undefined {
    return this.used(form, etag)?.chunks;
  }

  /** The same in gzip form, made in another thread at the first question. */
  async zipped(form: ETag, etag: ETag): Promise<Uint8Array | undefined> {
    const entry = this.used(form, etag);
    if (!entry) return undefined;
    if (entry.zipped === undefined) {
      entry.zipped = gzipAll(Buffer.concat(entry.chunks), { level: gzipLevel });
      const { length } = await entry.zipped;
      if (this.entries.get(form) === entry) this.grow(entry, length);
    }
    return await entry.zipped;
  }

  /**
   * Whether an export of this form may be kept, as far as the last one tells. To gather one that is given up half-way took
   * 40 MB of a calendar of 50,000 events, which the system does not get back.
   */
  isWorthGathering(form: ETag): boolean {
    return !this.tooLarge.has(form);
  }

  /** How large an export has become, whether it was gathered or not. */
  measured(form: ETag, sizeBytes: number): void {
    this.tooLarge.delete(form);
    if (sizeBytes <= this.maxEntryBytes) return;
    if (this.tooLarge.size >= maxForms) this.tooLarge.clear();
    this.tooLarge.add(form);
  }

  keep(finished: FinishedExport): void {
    const { form, etag, chunks, pieces } = finished;
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, pieces ? piecesBytes(pieces) : 0);
    if (sizeBytes > this.maxEntryBytes) return;
    this.forget(form);
    const entry: Entry = { etag, pieces, chunks, zipped: undefined, sizeBytes: 0 };
    this.entries.set(form, entry);
    this.grow(entry, sizeBytes);
  }

  private used(form: ETag, etag: ETag): Entry | undefined {
    const entry = this.entries.get(form);
    if (entry?.etag !== etag) return undefined;
    // A map iterates in the order of insertion: what was not asked for the longest comes first.
    this.entries.delete(form);
    this.entries.set(form, entry);
    return entry;
  }

  private forget(form: ETag): void {
    this.sizeBytes -= this.entries.get(form)?.sizeBytes ?? 0;
    this.entries.delete(form);
  }

  private grow(entry: Entry, bytes: number): void {
    entry.sizeBytes += bytes;
    this.sizeBytes += bytes;
    for (const form of this.entries.keys()) {
      if (this.sizeBytes <= this.maxBytes) return;
      this.forget(form);
    }
  }
}
