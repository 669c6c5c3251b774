/**
 * Runs at most `width` tasks at a time, in the order in which they came. When `maxWaiting` wait already, a further one is not
 * run and its `full` is the answer.
 */
export function limited(
  width: number,
  maxWaiting: number,
): <Answer, Full>(task: () => Promise<Answer>, full: Full) => Promise<Answer | Full> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task, full) => {
    if (running >= width) {
      if (waiting.length >= maxWaiting) return full;
      // A task that ends hands its place to the next one, so `running` stays as it is.
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
