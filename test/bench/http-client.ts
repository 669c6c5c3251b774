import { Pool } from 'undici';
import { basic, type Credentials } from '../../conformance/dav.ts';
import type { BenchRequest } from './requests.ts';
import { type Summary, summarize } from './statistics.ts';
import { cpuMs } from './usage.ts';

export interface ClientOptions {
  readonly origin: string;
  readonly account?: Credentials | undefined;
  readonly timeoutMs?: number;
  readonly gzip?: boolean;
}

export interface SendOptions {
  /** The size of the pool of connections. */
  readonly connections?: number;
  /** Whether the answer's text is wanted. */
  readonly keep?: boolean;
}

export interface Sent {
  readonly status: number;
  readonly etag: string | undefined;
  readonly location: string | undefined;
  readonly bytes: number;
  /** Empty unless the body was asked for. */
  readonly text: string;
  readonly ms: number;
}

/** A keep-alive HTTP/1.1 client of one server, with a pool of connections for each level of concurrency. */
export class BenchClient {
  readonly #options: ClientOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #pools = new Map<number, Pool>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#headers = {
      'User-Agent': 'portcal-bench/1',
      ...(options.gzip && { 'Accept-Encoding': 'gzip' }),
      ...(options.account && { Authorization: basic(options.account) }),
    };
  }

  /** Sends one request and reads the body to its end; unless `keep` is set the bytes are only counted. */
  async send(request: BenchRequest, { connections = 1, keep = false }: SendOptions = {}): Promise<Sent> {
    const { method = 'GET', path, headers, body } = request;
    const started = performance.now();
    const answer = await this.#pool(connections).request({
      method,
      path,
      headers: headers ? { ...this.#headers, ...headers } : this.#headers,
      // undici would close the connection behind each REPORT, a method whose body it does not know of.
      reset: false,
      ...(body !== undefined && { body }),
    });
    let bytes = 0;
    const chunks: Buffer[] = [];
    for await (const chunk of answer.body) {
      if (!Buffer.isBuffer(chunk)) continue; // undici yields nothing else; its type is that of any stream.
      bytes += chunk.length;
      if (keep) chunks.push(chunk);
    }
    const { etag, location } = answer.headers;
    return {
      status: answer.statusCode,
      etag: typeof etag === 'string' ? etag : undefined,
      location: typeof location === 'string' ? location : undefined,
      bytes,
      text: keep ? Buffer.concat(chunks).toString('utf8') : '',
      ms: performance.now() - started,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #pool(connections: number): Pool {
    const known = this.#pools.get(connections);
    if (known) return known;
    const { origin, timeoutMs = 60_000 } = this.#options;
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, keepAliveTimeout: 2_000 };
    const pool = new Pool(origin, { connections, pipelining: 1, ...limits });
    this.#pools.set(connections, pool);
    return pool;
  }
}

/** The bounds of one slice of an operation. */
export interface Limits {
  readonly concurrency: number;
  readonly maxCount: number;
  /** Requests that are made even if time is over. */
  readonly minCount: number;
  readonly maxMs: number;
}

export interface DriveOptions extends Limits {
  readonly ok: (status: number) => boolean;
  readonly pids: readonly number[];
}

export type Outcome = Pick<Sent, 'status' | 'bytes' | 'ms'>;

/** Calls `step` in as many loops as `concurrency` says until the count or the time is reached. */
export async function drive(
  step: (sequence: number) => Promise<Outcome>,
  options: DriveOptions,
): Promise<Summary> {
  const { concurrency, maxCount, minCount, maxMs, ok, pids } = options;
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  let [bytes, errors, issued] = [0, 0, 0];
  let note: string | undefined;
  const cpuBefore = cpuMs(pids);
  const started = performance.now();
  const loop = async (): Promise<void> => {
    while (issued < maxCount && (issued < minCount || performance.now() - started < maxMs)) {
      const sequence = issued++;
      try {
        const outcome = await step(sequence);
        statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
        if (!ok(outcome.status)) throw new Error(`status ${outcome.status}`);
        latencies.push(outcome.ms);
        bytes += outcome.bytes;
      } catch (error) {
        errors += 1;
        note ??= error instanceof Error ? error.message : String(error);
      }
      if (errors > 20 && latencies.length === 0) return; // The server does not have this operation.
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const elapsedMs = performance.now() - started;
  const cpuAfter = cpuMs(pids);
  const used = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  return summarize({ latencies, bytes, errors, statuses, elapsedMs, cpuMs: used, note });
}
