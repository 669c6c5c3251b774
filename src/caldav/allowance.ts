/** Bounds what `expand` writes into one answer, and shares that bound between the series in it. */
import type { Limits } from '../core/limits.ts';

/** The size of series once they are expanded. */
export interface Made {
  readonly instances: number;
  readonly bytes: number;
}

/** What is left of the bound of one answer. */
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
   * The bound for the next series: all that is left while that is more than half of the allowance, later an eighth of
   * what is left. So a few dense series, made in error or malice, leave room for the many small ones.
   */
  share(): Made {
    const { instances, bytes, half } = this;
    const isPlenty = instances > half.instances && bytes > half.bytes;
    return isPlenty
      ? { instances, bytes }
      : { instances: Math.floor(instances / 8), bytes: Math.floor(bytes / 8) };
  }

  /** Subtracts the size of an expanded object. False: it was larger than its share. */
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
