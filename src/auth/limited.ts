/** Work that must not be done too much of at a time. */

/** Runs at most `width` tasks at a time in the order they came; answers `full` at once when too many wait. */
export function limited(
  width: number,
  maxWaiting: number,
): <Answer, Full>(task: () => Promise<Answer>, full: Full) => Promise<Answer | Full> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task, full) => {
    if (running >= width) {
      if (waiting.length >= maxWaiting) return full;
      // Whoever ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
