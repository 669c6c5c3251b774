/** Long work as generators that yield between steps, so that a caller can let other requests have a turn. */

export type Steps<Result> = Generator<undefined, Result, undefined>;

/**
 * Bytes of stored lines that one step looks at: some milliseconds, should each of them have to be written anew. A line that is
 * longer makes longer steps, one for each time that it is gone through.
 */
export const stepBytes = 65_536;

/** Tells when what is looked at, thing by thing, has become a step: by their number, and by their bytes where some are long. */
export class Stride {
  private readonly most: { readonly count: number; readonly bytes: number };
  private count = 0;
  private bytes = 0;

  constructor(maxCount: number, maxBytes: number = stepBytes) {
    this.most = { count: maxCount, bytes: maxBytes };
  }

  /** Asked once for each thing, with its bytes. */
  isOver(sizeBytes: number): boolean {
    this.count++;
    this.bytes += sizeBytes;
    if (this.count < this.most.count && this.bytes < this.most.bytes) return false;
    this.count = 0;
    this.bytes = 0;
    return true;
  }
}

/**
 * A text that grows line by line. A string that does so becomes a tree of as many parts, and to make one text of a hundred
 * thousand at its end takes V8 fifty milliseconds; here some are put together as they come.
 */
export class LongText {
  private readonly pieces: string[] = [];
  private lines: string[] = [];
  private length = 0;

  add(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    if (this.length > pieceLength) this.pass();
  }

  text(): string {
    this.pass();
    return this.pieces.length === 1 ? (this.pieces[0] ?? '') : this.pieces.join('');
  }

  private pass(): void {
    if (this.lines.length === 0) return;
    this.pieces.push(this.lines.length === 1 ? (this.lines[0] ?? '') : this.lines.join(''));
    this.lines = [];
    this.length = 0;
  }
}

const pieceLength = 16 * 1024;

/** Runs all steps at once. */
export function completed<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Takes about two milliseconds to copy. */
const copyBytes: number = 4 * 1024 * 1024;

/** Joins the pieces in steps: copying half a gigabyte at once would take a quarter of a second. */
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
