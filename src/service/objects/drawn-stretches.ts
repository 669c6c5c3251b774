/** What was written of single calendars in stretches of time, as bytes: they cost the garbage collector nothing. */

export interface Stretch {
  /** Instances. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** There is more than it says. */
  readonly isCut: boolean;
}

/** What is remembered in all, and what the line of an empty month takes. */
const maxStretchBytes = 32 * 1024 * 1024;
const lineBytes = 200;

/** Within a bound of bytes; what was not asked for the longest goes first. */
export class Stretches {
  private readonly entries = new Map<string, Stretch>();
  private sizeBytes = 0;

  get(key: string): Stretch | undefined {
    const found = this.entries.get(key);
    if (!found) return undefined;
    this.entries.delete(key);
    this.entries.set(key, found);
    return found;
  }

  keep(key: string, stretch: Stretch): void {
    if (this.entries.has(key)) return;
    this.entries.set(key, stretch);
    this.sizeBytes += stretch.bytes.length + lineBytes;
    for (const [oldest, { bytes }] of this.entries) {
      if (this.sizeBytes <= maxStretchBytes) return;
      this.entries.delete(oldest);
      this.sizeBytes -= bytes.length + lineBytes;
    }
  }
}
