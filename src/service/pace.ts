/** Long work in turns: other requests come in between. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Steps } from '../icalendar/steps.ts';

/** One for each piece of work, asked between its steps. */
export class Pace {
  private readonly clock: Clock;
  private pausedAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.pausedAt = clock.now();
  }

  /** This work has gone on for some milliseconds. Asked first in loops whose steps are short: a wait costs more. */
  isOver(): boolean {
    return this.clock.now() - this.pausedAt >= maxTurnMs;
  }

  /** Lets others have their turn when it has. */
  async breathe(): Promise<void> {
    if (!this.isOver()) return;
    await setImmediate();
    this.pausedAt = this.clock.now();
  }
}

const maxTurnMs = 10;

/** All steps, with turns for others between them. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (; ; await setImmediate()) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
