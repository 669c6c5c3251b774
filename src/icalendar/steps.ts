/** Long work in steps, so that whoever does it can let others have their turn in between. */

export type Steps<Result> = Generator<undefined, Result, undefined>;

/**
 * Bytes of stored lines that one step looks at: some milliseconds, should each of them have to be written anew. A line that is
 * longer makes longer steps, one for each time that it is gone through.
 */
export const stepBytes = 65_536;

/** All steps at once. */
export function completed<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Takes about two milliseconds to copy. */
const copyBytes: number = 4 * 1024 * 1024;

/** The pieces as one. To copy half a gigabyte at once would take a quarter of a second. */
export function* joined(pieces: readonly Uint8Array[]): Steps<Uint8Array> {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let stepEnd = copyBytes;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + copyBytes);
      whole.set(part, at);
      at += part.length;
      from += part.length;
      if (at < stepEnd || at === whole.length) continue;
      yield;
      stepEnd = at + copyBytes;
    }
  }
  return whole;
}
