/**
 * Objects whose text is long, parsed. A series with thousands of dates or changed instances is asked for again and again
 * while it stays what it is, and reading its text costs more than all else; of others a parse costs next to nothing.
 */
import { type CalendarObject, parseObject } from '../../icalendar/object.ts';
import type { Services } from '../context.ts';

/** Shorter texts are read anew each time. */
const minBytes: number = 32 * 1024;
/** Bytes of all texts that are kept parsed; the trees are some ten times as large. */
const maxBytes: number = 4 * 1024 * 1024;

/** What `parseObject` makes of bytes of which `etag` is the entity tag. Nothing in it may be changed. */
export function parsedObject(
  { memory }: Pick<Services, 'memory'>,
  etag: string,
  bytes: Uint8Array,
): CalendarObject | undefined {
  if (bytes.length < minBytes) return parseObject(bytes, 'forgiving');
  let kept = trees.get(memory);
  if (!kept) trees.set(memory, (kept = new Trees()));
  return kept.of(etag, bytes);
}

const trees = new WeakMap<Services['memory'], Trees>();

class Trees {
  /** In order of use. */
  private readonly entries = new Map<
    string,
    { readonly bytes: Uint8Array; readonly object: CalendarObject }
  >();
  private sizeBytes = 0;

  of(etag: string, bytes: Uint8Array): CalendarObject | undefined {
    const known = this.entries.get(etag);
    // Somebody's own reminders stand in bytes that have the tag of everybody's.
    if (known && Buffer.compare(known.bytes, bytes) === 0) {
      this.entries.delete(etag);
      this.entries.set(etag, known);
      return known.object;
    }
    const object = parseObject(bytes, 'forgiving');
    if (object) this.keep(etag, bytes, object);
    return object;
  }

  private keep(etag: string, bytes: Uint8Array, object: CalendarObject): void {
    this.forget(etag);
    if (bytes.length > maxBytes) return;
    for (const oldest of this.entries.keys()) {
      if (this.sizeBytes + bytes.length <= maxBytes) break;
      this.forget(oldest);
    }
    this.entries.set(etag, { bytes, object });
    this.sizeBytes += bytes.length;
  }

  private forget(etag: string): void {
    this.sizeBytes -= this.entries.get(etag)?.bytes.length ?? 0;
    this.entries.delete(etag);
  }
}
