/** Long work in turns: other requests come in between. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Steps } from '../icalendar/steps.ts';

/** Says when a piece of work has gone on for too long in one turn of the event loop; one for each, asked between its steps. */
export class Pace {
  private readonly clock: Clock;
  private pausedAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.pausedAt = clock.now();
  }

  /** Whether the turn has lasted `maxTurnMs`. Loops with short steps ask this first, because an `await` costs more than a step. */
  isOver(): boolean {
    return this.clock.now() - this.pausedAt >= maxTurnMs;
  }

  /** Gives other requests a turn, if it has. */
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
