/** How often others have their turn while something is done: what long work in steps is held to, whatever machine it runs on. */
import { type Clock, manualClock } from '../src/core/clock.ts';

export async function turnsDuring<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly turns: number }> {
  let turns = 0;
  let timer = setImmediate(turn);
  function turn(): void {
    turns++;
    timer = setImmediate(turn);
  }
  try {
    return { result: await work(), turns };
  } finally {
    clearImmediate(timer);
  }
}

/** By which whatever is done between two looks takes longer than a turn may. */
export function slowClock(start: number): Clock {
  const clock = manualClock(start);
  return {
    ...clock,
    now() {
      clock.advance(20);
      return clock.now();
    },
  };
}
