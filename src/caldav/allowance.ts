/** How much the series of one answer may become when they are written out (`expand`), and how that is shared between them. */
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
   * What the next series may become: all that is left, while that is more than half of the allowance; later an eighth of what is
   * left. So a few dense series, made in error or malice, do not leave the many small ones without room.
   */
  share(): Made {
    const { instances, bytes, half } = this;
    const isPlenty = instances > half.instances && bytes > half.bytes;
    return isPlenty
      ? { instances, bytes }
      : { instances: Math.floor(instances / 8), bytes: Math.floor(bytes / 8) };
  }

  /** Subtracts what an object has become. False: that is more than its share. */
  spend(made: Made): boolean {
    if (made.instances === 0) return true;
    const isWithin = !isBeyond(made, this.share());
    this.instances -= made.instances;
    this.bytes -= made.bytes;
    return isWithin;
  }
}

/** For an answer that is sent as it is made. */
export function fullAllowance({ maxInstancesPerQuery, maxExpandedBytes }: Limits): Allowance {
  return new Allowance({ instances: maxInstancesPerQuery, bytes: maxExpandedBytes });
}

export function isBeyond(made: Made, most: Made): boolean {
  return made.instances > most.instances || made.bytes > most.bytes;
}
