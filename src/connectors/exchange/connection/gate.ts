/** A bounded number of places; who finds none waits in line. */
import { RemoteFailure } from '../../failure.ts';

export interface Gate {
  /**
   * Answers how to leave again. Throws a failure of class `cancelled` when `signal` comes first, and `pool-exhausted` when
   * nobody has left in so long a time.
   */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
  /** Nobody is inside or waits. */
  readonly isIdle: () => boolean;
}

export function gate(places: number, patienceMs: number = defaultPatienceMs): Gate {
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
          settle();
          resolve(leaver());
        };
        const giveUp = (failure: RemoteFailure): void => {
          settle();
          waiting.splice(waiting.indexOf(admit), 1);
          reject(failure);
        };
        const cancel = (): void => giveUp(cancelled());
        const timer = setTimeout(() => giveUp(exhausted()), patienceMs);
        const settle = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', cancel);
        };
        waiting.push(admit);
        signal.addEventListener('abort', cancel, { once: true });
      });
    },
    isIdle: () => free === places && waiting.length === 0,
  };
}

const defaultPatienceMs = 5 * 60_000;

/** A code of its own: administrators search for it. */
function exhausted(): RemoteFailure {
  return new RemoteFailure(
    'transient',
    'pool-exhausted',
    'all connections are in use, and none has become free',
  );
}

export function cancelled(): RemoteFailure {
  return new RemoteFailure('cancelled', 'cancelled', 'cancelled');
}
