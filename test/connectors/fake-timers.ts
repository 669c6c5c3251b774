/** Timers that a test drives: time stands still until it is told to go on. */
import type { Timers } from '../../src/connectors/schedule/timers.ts';

interface Waiting {
  readonly at: number;
  readonly call: () => void;
}

export class FakeTimers implements Timers {
  /** Is there work that has to end before time goes on? */
  isBusy: () => boolean = () => false;
  /** Node's fire up to a millisecond before their time. */
  earlyMs = 0;
  private readonly clock: { readonly advance: (ms: number) => void };
  private waiting: Waiting[] = [];
  private passed = 0;

  constructor(clock: FakeTimers['clock']) {
    this.clock = clock;
  }

  readonly after = (ms: number, call: () => void): (() => void) => {
    const one = { at: this.passed + Math.max(0, ms - this.earlyMs), call };
    this.waiting.push(one);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== one);
    };
  };

  readonly now = (): number => this.passed;

  /** Lets time pass, and everything happen that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const until = this.passed + ms;
    await this.settled();
    for (;;) {
      const [next] = this.waiting.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.advance(next.at);
      next.call();
      await this.settled();
    }
    this.advance(until);
  }

  /** What work takes: time goes on, and nothing happens meanwhile. */
  readonly take = (ms: number): void => this.advance(this.passed + ms);

  private advance(to: number): void {
    const ms = Math.max(0, to - this.passed);
    this.passed += ms;
    this.clock.advance(ms);
  }

  /** All that can happen without time has happened. What is held up on purpose is not waited for. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < (this.isBusy() ? mostTurns : leastTurns); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const leastTurns = 25;
const mostTurns = 500;
