/** Waiting, so that tests need not wait. */
export interface Timers {
  /** Calls once after this time; answers how to forget it. */
  readonly after: (ms: number, call: () => void) => () => void;
  /** Milliseconds that go on evenly, whatever somebody does to the clock. */
  readonly now: () => number;
}

export const systemTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, Math.min(ms, maxTimeoutMs)).unref();
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
};

/** Longer ones would fire at once. */
const maxTimeoutMs = 2 ** 31 - 1;
