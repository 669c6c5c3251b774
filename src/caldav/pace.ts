/** Long work in turns: other requests come in between. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** One for each piece of work, asked between its steps. */
export class Pace {
  private readonly clock: Clock;
  private pausedAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.pausedAt = clock.now();
  }

  /** Lets others have their turn when this work has gone on for some milliseconds. */
  async breathe(): Promise<void> {
    if (this.clock.now() - this.pausedAt < maxTurnMs) return;
    await setImmediate();
    this.pausedAt = this.clock.now();
  }
}

const maxTurnMs = 10;
