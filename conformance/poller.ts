import { Agent, request as httpRequest } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** One request that is sent again and again. */
export interface PolledRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A thread that sends one request without pause on one connection and notes how long each answer took.
 *
 * It must not share a thread with the work around it, or it would measure that thread's own waiting. A request that
 * fails or is refused counts as infinitely long, and the next goes over a new connection.
 */
export class Poller {
  readonly #worker: Worker;

  constructor(request: PolledRequest) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: request });
  }

  /** The milliseconds of all polls that were under way while `action` ran, ascending. */
  async during(action: () => Promise<unknown>): Promise<number[]> {
    await this.#ask('begin');
    await action();
    return (await this.#ask('end')).sort((a, b) => a - b);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(question: 'begin' | 'end'): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(error);
      this.#worker.once('error', failed);
      this.#worker.once('message', (times: number[]) => {
        this.#worker.off('error', failed);
        resolve(times);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(question);
    });
  }
}

/** The inside of the thread. */
async function pollForEver(request: PolledRequest): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let times: number[] = [];
  let underWay = performance.now();
  parentPort?.on('message', (question: 'begin' | 'end') => {
    if (question === 'begin') times = [];
    // The poll that has not come back yet counts with what it has waited until now.
    else times.push(performance.now() - underWay);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(times);
  });
  for (;;) {
    underWay = performance.now();
    const served = await poll(agent, request);
    times.push(served ? performance.now() - underWay : Number.POSITIVE_INFINITY);
  }
}

function poll(agent: Agent, { url, method, headers, body }: PolledRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)) };
    const outgoing = httpRequest(url, { agent, method, headers: all }, (incoming) => {
      incoming.resume();
      incoming.once('close', () => resolve(incoming.complete && (incoming.statusCode ?? 500) < 300));
    });
    // Not at once, or a server that is down would keep this thread busy.
    outgoing.once('error', () => setTimeout(resolve, 5, false));
    outgoing.end(body);
  });
}

// Given by the constructor of `Poller`.
if (!isMainThread && parentPort !== null) {
  const request: PolledRequest = workerData;
  await pollForEver(request);
}
