/** A bounded number of places; who finds none waits in line. */
import { RemoteFailure } from '../failure.ts';

export interface Gate {
  /** Answers how to leave again. Throws a failure of class `cancelled` when `signal` comes first. */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
  /** Nobody is inside or waits. */
  readonly isIdle: () => boolean;
}

export function gate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  /** Each place is given back once, however often its holder leaves. */
  const leaver = (): (() => void) => {
    let inside = true;
    return () => {
      if (inside) leave();
      inside = false;
    };
  };

  return {
    enter(signal) {
      if (signal.aborted) return Promise.reject(cancelled());
      if (free > 0) {
        free -= 1;
        return Promise.resolve(leaver());
      }
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(leaver());
        };
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(admit), 1);
          reject(cancelled());
        };
        waiting.push(admit);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
    isIdle: () => free === places && waiting.length === 0,
  };
}

export function cancelled(): RemoteFailure {
  return new RemoteFailure('cancelled', 'cancelled', 'cancelled');
}
