/** How one claim about the server turned out. */
export interface CheckLine {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly claim: string;
  /** For failures what was seen instead, for skips why. */
  readonly detail: string;
}

/**
 * The claims a suite makes about the server, in the order in which they were tried.
 *
 * A suite goes on after a claim that does not hold, so that one run shows everything that is wrong.
 */
export class Checks {
  readonly lines: CheckLine[] = [];
  readonly #onLine: (line: CheckLine) => void;

  constructor(onLine: (line: CheckLine) => void = () => {}) {
    this.#onLine = onLine;
  }

  /** Records whether `claim` holds, and answers the same. */
  check(claim: string, holds: boolean, detail = ''): boolean {
    this.#add({ outcome: holds ? 'passed' : 'failed', claim, detail: holds ? '' : oneLine(detail) });
    return holds;
  }

  /** Records `claim` as true when `action` ends, as false when it throws; answers what `action` gave. */
  async attempt<T>(claim: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await action();
      this.check(claim, true);
      return value;
    } catch (error) {
      this.check(claim, false, sentenceOf(error));
      return undefined;
    }
  }

  skip(claim: string, why: string): void {
    this.#add({ outcome: 'skipped', claim, detail: why });
  }

  count(outcome: CheckLine['outcome']): number {
    return this.lines.filter((line) => line.outcome === outcome).length;
  }

  #add(line: CheckLine): void {
    this.lines.push(line);
    this.#onLine(line);
  }
}

/** The message of whatever was thrown, with its cause, on one line of bounded length. */
export function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return oneLine(`${message}${cause}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 600);
}

/** Throws `detail` unless `holds`; for the inside of `Checks.attempt`. */
export function demand(holds: boolean, detail: string): asserts holds {
  if (!holds) throw new Error(detail);
}
