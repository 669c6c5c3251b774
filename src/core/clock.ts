/** The only place that reads the system clock; everything else is given a `Clock`. */
import { type Instant, instant } from '../icalendar/time.ts';

export interface Clock {
  readonly now: () => Instant;
}

export const systemClock: Clock = { now: () => instant(Date.now()) };

/** A clock for tests that moves only when told. */
export function manualClock(start: number): Clock & { readonly advance: (ms: number) => void } {
  let now = start;
  return {
    now: () => instant(now),
    advance: (ms) => {
      now += ms;
    },
  };
}
