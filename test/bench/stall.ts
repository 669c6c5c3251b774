import { Agent, request as httpRequest } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { basic } from '../../conformance/dav.ts';
import { pause } from '../../conformance/portcal.ts';
import { everything } from './operations.ts';
import * as requests from './requests.ts';
import type { Session } from './session.ts';
import { percentile, rounded } from './statistics.ts';

/** How long another client had to wait while one heavy request ran. */
export interface Stall {
  readonly operation: string;
  /** How long the heavy request itself took. */
  readonly requestMs: number;
  /** The longest a poll took meanwhile: at most the time for which the server's event loop did not turn. */
  readonly longestPollMs: number;
  readonly pollCount: number;
}

export interface Stalls {
  /** 99th percentile of the same polls on an idle server. */
  readonly idleP99Ms: number;
  readonly worst: readonly Stall[];
}

interface Poll {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: requests.BenchRequest;
}

const tries = 3;

/**
 * Runs each heavy request a few times while a thread of its own polls without pause.
 *
 * The poller must not share a thread with the reader of megabytes, or it would measure its own waiting.
 */
export async function stalls(session: Session): Promise<Stalls> {
  const { path, target } = session;
  const heavy: Record<string, requests.BenchRequest> = {
    'list-etags': requests.listEtags(path),
    'sync-initial': requests.syncCollection(path),
    'query-all': requests.calendarQuery(path, everything),
    'query-all-data': requests.calendarQuery(path, everything, 'full'),
    'query-year-expand': requests.calendarQuery(path, ['20260101T000000Z', '20270101T000000Z'], 'expand'),
    'freebusy-all': requests.freeBusy(path, everything),
    ...(target.exports && { 'export-ics': { path } }),
  };
  const headers = target.account ? { Authorization: basic(target.account) } : {};
  const poller = new Poller({ origin: target.origin, headers, request: requests.poll(path) });
  try {
    await poller.during(() => pause(300));
    const idle = await poller.during(() => pause(1_000));
    const worst: Stall[] = [];
    for (const [operation, request] of Object.entries(heavy)) {
      let longest: Stall = { operation, requestMs: 0, longestPollMs: 0, pollCount: 0 };
      for (let i = 0; i < tries; i++) {
        let requestMs = 0;
        const polls = await poller.during(async () => {
          const sent = await session.client.send(request);
          requestMs = sent.ms;
        });
        const longestPollMs = Math.max(0, ...polls);
        if (longestPollMs < longest.longestPollMs) continue;
        longest = {
          operation,
          requestMs: round(requestMs),
          longestPollMs: round(longestPollMs),
          pollCount: polls.length,
        };
      }
      worst.push(longest);
    }
    return {
      idleP99Ms: round(
        percentile(
          idle.toSorted((a, b) => a - b),
          0.99,
        ) ?? 0,
      ),
      worst,
    };
  } finally {
    await poller.stop();
  }
}

const round = (ms: number): number => rounded(ms, 1) ?? 0;

/** A thread that polls without pause, and what its polls took. */
class Poller {
  readonly #worker: Worker;

  constructor(poll: Poll) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: poll });
  }

  /** The times of all polls that were under way while `action` ran. */
  async during(action: () => Promise<unknown>): Promise<number[]> {
    await this.#ask('begin');
    await action();
    return this.#ask('end');
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
async function pollForEver({ origin, headers, request }: Poll): Promise<void> {
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
    await pollOnce(agent, origin, headers, request);
    times.push(performance.now() - underWay);
  }
}

function pollOnce(
  agent: Agent,
  origin: string,
  headers: Poll['headers'],
  request: requests.BenchRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path, body = '' } = request;
    const all = { ...headers, ...request.headers, 'Content-Length': String(Buffer.byteLength(body)) };
    const outgoing = httpRequest(new URL(path, origin), { agent, method, headers: all }, (incoming) => {
      incoming.resume();
      incoming.once('end', resolve);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

// Given by the constructor of `Poller`.
if (!isMainThread && parentPort !== null) {
  const poll: Poll = workerData;
  await pollForEver(poll);
}
