/** How much the series of one answer become when they are written out, and how that is shared between them. */
import type { Limits } from '../core/limits.ts';

/** What series become when they are written out. */
export interface Made {
  readonly instances: number;
  readonly bytes: number;
}

/** How much the series of one answer may still become. */
export class Allowance {
  private instances: number;
  private bytes: number;
  private readonly half: Made;

  constructor({ instances, bytes }: Made) {
    this.instances = instances;
    this.bytes = bytes;
    this.half = { instances: instances / 2, bytes: bytes / 2 };
  }

  get instancesLeft(): number {
    return this.instances;
  }

  /**
   * What one more series may become: of the first half all that is left, of the second an eighth, so that some dense ones, made
   * in error or in malice, do not take the answer from the many that are small.
   */
  share(): Made {
    const { instances, bytes, half } = this;
    const isPlenty = instances > half.instances && bytes > half.bytes;
    return isPlenty
      ? { instances, bytes }
      : { instances: Math.floor(instances / 8), bytes: Math.floor(bytes / 8) };
  }

  /** Takes what an object was written out to off what is left. False: that is more than its share. */
  spend(made: Made): boolean {
    if (made.instances === 0) return true;
    const isWithin = !isBeyond(made, this.share());
    this.instances -= made.instances;
    this.bytes -= made.bytes;
    return isWithin;
  }
}

/** Of a fresh answer that is sent as it grows. */
export function fullAllowance({ maxInstancesPerQuery, maxExpandedBytes }: Limits): Allowance {
  return new Allowance({ instances: maxInstancesPerQuery, bytes: maxExpandedBytes });
}

export function isBeyond(made: Made, most: Made): boolean {
  return made.instances > most.instances || made.bytes > most.bytes;
}
