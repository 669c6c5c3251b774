/** The body of an answer of server-sent events: what is written is kept for a slow reader, within bounds. */

/** Events that wait for a slow reader; then it is cut off and comes back by itself. */
const maxWaiting = 1_000;

type Step = IteratorResult<Uint8Array, undefined>;

export class EventBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  private readonly onEnd: () => void;
  private readonly waiting: Uint8Array[] = [];
  private wanted: ((step: Step) => void) | undefined;
  private isEnded = false;

  /** `onEnd` is called once, whoever ends it. */
  constructor(onEnd: () => void = () => undefined) {
    this.onEnd = onEnd;
  }

  get ended(): boolean {
    return this.isEnded;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    const value = this.waiting.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.wanted = resolve;
    });
  }

  return(): Promise<Step> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  write(text: string): void {
    if (this.isEnded) return;
    const value = Buffer.from(text);
    if (this.wanted) {
      this.wanted({ done: false, value });
      this.wanted = undefined;
    } else if (this.waiting.length < maxWaiting) this.waiting.push(value);
    else this.end();
  }

  /** Ends the stream: waiting events are still sent, new ones are not. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.onEnd();
    this.wanted?.({ done: true, value: undefined });
    this.wanted = undefined;
  }
}
