/** The interface of a time zone, and its two implementations: one fixed offset, or a table of stretches. */
import { dayMs, type Instant, instant, type LocalTime, localTime } from '../time.ts';

export interface Zone {
  /** An IANA name, or the TZID of a zone that only its object defines. */
  readonly id: string;
  readonly custom: boolean;
  /** Milliseconds east of UTC. */
  offsetAt(at: Instant): number;
  /** A time that the clock skips is read with the offset before the gap; of two, the first (RFC 5545 §3.3.5). */
  toInstant(local: LocalTime): Instant;
  toLocal(at: Instant): LocalTime;
}

/** A stretch of time `[from, until)` in which the offset does not change; it may go on in the next one. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
}

/** A change of offset. */
export interface Transition {
  readonly at: Instant;
  readonly offsetFrom: number;
  readonly offsetTo: number;
}

/** A zone with the same offset always. */
export class FixedZone implements Zone {
  readonly id: string;
  readonly custom: boolean;
  private readonly offset: number;

  constructor(id: string, offsetMs: number, custom: boolean) {
    this.id = id;
    this.offset = offsetMs;
    this.custom = custom;
  }

  offsetAt(): number {
    return this.offset;
  }

  toInstant(local: LocalTime): Instant {
    return instant(local - this.offset);
  }

  toLocal(at: Instant): LocalTime {
    return localTime(at + this.offset);
  }
}

/** No zone is a whole day away from UTC. */
const mostOffsetMs = dayMs;

/**
 * A zone whose stretches are found by a function. The last one is kept, because the instances of a series ask for
 * neighbouring times.
 */
export class StretchZone implements Zone {
  readonly id: string;
  readonly custom: boolean;
  private readonly stretchAt: (at: number) => Stretch;
  private last: Stretch = { from: 0, until: 0, offset: 0 };

  constructor(id: string, custom: boolean, stretchAt: (at: number) => Stretch) {
    this.id = id;
    this.custom = custom;
    this.stretchAt = stretchAt;
  }

  offsetAt(at: Instant): number {
    return this.find(at).offset;
  }

  toLocal(at: Instant): LocalTime {
    return localTime(at + this.find(at).offset);
  }

  toInstant(local: LocalTime): Instant {
    const { from, until, offset } = this.last;
    const at = local - offset;
    // Far enough from both ends, no other stretch can have this clock reading.
    if (at >= from + mostOffsetMs && at < until - mostOffsetMs) return instant(at);
    if (!Number.isFinite(local)) return instant(local);
    return this.search(local);
  }

  /** The changes of offset in `[from, until)`, in order. */
  transitions(from: Instant, until: Instant): readonly Transition[] {
    const found: Transition[] = [];
    let stretch = this.find(from - 1);
    while (stretch.until < until) {
      const next = this.find(stretch.until);
      if (next.offset !== stretch.offset) {
        found.push({ at: instant(next.from), offsetFrom: stretch.offset, offsetTo: next.offset });
      }
      stretch = next;
    }
    return found;
  }

  private find(at: number): Stretch {
    const last = this.last;
    if (at >= last.from && at < last.until) return last;
    return (this.last = this.stretchAt(at));
  }

  /** Tries each stretch in which the clock could show `local`, the earliest first. */
  private search(local: LocalTime): Instant {
    let stretch = this.find(local - mostOffsetMs);
    for (;;) {
      const at = local - stretch.offset;
      if (at < stretch.until || stretch.until === Infinity) return instant(at);
      const next = this.find(stretch.until);
      // After the end of this stretch and before the next: the clock skips this time.
      if (local - next.offset < next.from) return instant(at);
      stretch = next;
    }
  }
}
