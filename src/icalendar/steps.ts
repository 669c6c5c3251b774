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
