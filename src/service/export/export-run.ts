/** The usual objects of an export: those that are cut out of their bytes as they were when they were stored. */
import type { CutsPart } from '../../icalendar/feed/feed-cut-parts.ts';
import type { ByteWriter, MergePart, Reading, ZonePart } from '../../icalendar/feed/merge.ts';
import type { Instant } from '../../icalendar/time.ts';
import type { Content, ContentPage } from '../../storage/port.ts';

/** How the objects of one calendar are told, beside what stands in them. */
export interface Telling {
  /** Objects count as changed then at the earliest. */
  readonly since: Instant | undefined;
  /** Added to each SEQUENCE. */
  readonly changeCount: number;
  readonly category: string | undefined;
  /** UIDs of earlier calendars. */
  readonly taken: ReadonlySet<string>;
}

/** Who is told what became of an object, by its place in the page. */
export interface RunWatch {
  readonly wrote: (place: number, part: MergePart, zoneBytes: number, lineBytes: number) => void;
  readonly leftOut: (place: number, error: unknown) => void;
}

const lineFeed = 0x0a;

/**
 * The usual objects of a page, one after the other, up to the next that is not. The run itself is the part of each of them while
 * it is written: of thousands of objects, nothing is made for any.
 */
export class UsualRun implements MergePart, Reading {
  /** The object that is next, or behind the last. */
  at = 0;
  private readonly page: ContentPage;
  private readonly part: CutsPart;
  private readonly telling: Telling;
  private readonly watch: RunWatch;
  private readonly uids: readonly Content['uid'][] | undefined;
  /** Where its bytes and its cuts begin. */
  private base = 0;
  private cutsAt = 0;

  constructor(page: ContentPage, part: CutsPart, telling: Telling, watch: RunWatch) {
    this.page = page;
    this.part = part;
    this.telling = telling;
    this.watch = watch;
    this.uids = telling.taken.size > 0 ? page.uids() : undefined;
  }

  *[Symbol.iterator](): Iterator<MergePart> {
    while (this.begins()) {
      yield this;
      // Most of the line was read.
      this.cutsAt = Math.max(this.cutsAt, this.part.reached);
      this.pass();
    }
  }

  /** Goes past an object that is not usual. */
  pass(): void {
    const { cuts, sizes } = this.page;
    this.base += sizes[this.at] ?? 0;
    let end = this.cutsAt;
    while (end < cuts.length && cuts[end] !== lineFeed) end++;
    this.cutsAt = end + 1;
    this.at++;
  }

  get zones(): readonly ZonePart[] {
    return this.part.zones;
  }

  get reading(): Reading {
    return this;
  }

  get bytes(): Uint8Array {
    return this.page.bytes;
  }

  get from(): number {
    return this.base;
  }

  get sizeBytes(): number {
    return this.page.sizes[this.at] ?? 0;
  }

  lines(): string {
    return this.part.lines();
  }

  write(out: ByteWriter): void {
    this.part.write(out);
  }

  wrote(zoneBytes: number, lineBytes: number): void {
    this.watch.wrote(this.at, this.part, zoneBytes, lineBytes);
  }

  leftOut(error: unknown): void {
    this.watch.leftOut(this.at, error);
  }

  private begins(): boolean {
    const { at, page, part, telling } = this;
    const modified = page.modifieds[at];
    if (modified === undefined || !part.begin(page.cuts, this.cutsAt)) return false;
    // It needs another name, and that is not cut.
    if (this.uids !== undefined && telling.taken.has(this.uids[at] ?? '')) return false;
    const { since, changeCount, category } = telling;
    const changed = since !== undefined && since > modified ? since : modified;
    part.of(page.bytes, this.base, changed, (page.modseqs[at] ?? 0) + changeCount, category);
    return true;
  }
}
