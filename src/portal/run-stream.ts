/**
 * Live progress of one run as server-sent events. The run's row is the channel, so it does not matter which process runs it.
 *
 * The last event is the one with its end. A stream ends by itself after some minutes, and the page comes back: whether its
 * reader may still see the run is asked anew then.
 */
import type { ConnectorRun } from '../core/connector.ts';
import type { RunId } from '../core/ids.ts';
import type { Services } from '../service/context.ts';
import { runShape } from './exchange-shape.ts';

/** Changes within this time are told together. */
const gatherMs = 150;
const beatMs = 20_000;
const lifeMs = 600_000;

export class RunStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  private readonly services: Services;
  private readonly run: RunId;
  private readonly leave: () => void;
  private readonly onEnd: () => void;
  private readonly beat: NodeJS.Timeout;
  private readonly life: NodeJS.Timeout;
  private gathering: NodeJS.Timeout | undefined;
  private readonly waiting: Uint8Array[] = [];
  private wanted: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;
  private ended = false;
  private told = '';

  constructor(services: Services, run: ConnectorRun, onEnd: (stream: RunStream) => void) {
    this.services = services;
    this.run = run.id;
    this.onEnd = () => onEnd(this);
    this.leave = services.storage.watch({ committed: () => this.look(), deviceSeen: () => undefined });
    this.beat = setInterval(() => this.write(': \n\n'), beatMs).unref();
    this.life = setTimeout(() => this.end(), lifeMs).unref();
    this.write('retry: 3000\n\n');
    this.tell(run);
    // What happened between the read of the row and now.
    this.look();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.waiting.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.wanted = resolve;
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.leave();
    clearInterval(this.beat);
    clearTimeout(this.life);
    clearTimeout(this.gathering);
    this.onEnd();
    this.wanted?.({ done: true, value: undefined });
    this.wanted = undefined;
  }

  private look(): void {
    if (this.ended) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.services.storage.connectors.run(this.run).then(
        (run) => (run ? this.tell(run) : this.end()),
        () => this.end(), // The page comes back and asks anew.
      );
    }, gatherMs).unref();
  }

  private tell(run: ConnectorRun): void {
    const data = JSON.stringify(runShape(run));
    if (data !== this.told) this.write(`event: run\ndata: ${data}\n\n`);
    this.told = data;
    if (run.outcome !== 'running') this.end();
  }

  private write(text: string): void {
    if (this.ended) return;
    const value = Buffer.from(text);
    if (this.wanted) {
      this.wanted({ done: false, value });
      this.wanted = undefined;
    } else this.waiting.push(value);
  }
}
