import { type Random, seededRandom } from '../../conformance/random.ts';
import { type BenchEvent, benchEvent, eventName } from './events.ts';
import { BenchClient, drive, type Sent } from './http-client.ts';
import * as requests from './requests.ts';
import type { Summary } from './statistics.ts';
import { type DirectStore, writeToStore } from './stores.ts';
import type { BenchTarget } from './targets.ts';

export const wrote = (status: number): boolean => status === 200 || status === 201 || status === 204;

export interface SessionOptions {
  readonly seed?: number;
  readonly timeoutMs?: number;
  /** Whether a server's store may be written to where `BenchTarget.store` tells how. */
  readonly fillsDirectly?: boolean;
}

interface PutOptions {
  readonly revision?: number;
  /** Sent as If-Match. */
  readonly etag?: string | undefined;
  /** Sends If-None-Match: *. */
  readonly create?: boolean;
  readonly connections?: number;
}

export interface Fill {
  readonly reached: number;
  readonly perSecond: number | null;
  readonly p50: number | null;
  readonly errors: number;
  readonly note?: string;
}

/** One server under measurement with a calendar of its own, which grows from step to step. */
export class Session {
  readonly target: BenchTarget;
  readonly client: BenchClient;
  readonly seed: number;
  readonly random: Random;
  /** The calendar's path. */
  readonly path: string;
  readonly pids: readonly number[];
  /** How many events the calendar holds; their indexes are 0 to count - 1. */
  count = 0;
  /** Raised for every edit, so that each changes the bytes. */
  revision = 0;
  syncToken: string | undefined;
  readonly #etags = new Map<number, string>();
  /** Throw-away events have indexes outside the filled range. */
  readonly #spares: number[] = [];
  #nextSpare = 10_000_000;
  readonly #tag: string;
  readonly #store: DirectStore | undefined;

  constructor(
    target: BenchTarget,
    { seed = 1, timeoutMs = 60_000, fillsDirectly = true }: SessionOptions = {},
  ) {
    const run = Date.now().toString(36);
    this.target = target;
    this.client = new BenchClient({ origin: target.origin, account: target.account, timeoutMs });
    this.seed = seed;
    this.random = seededRandom(seed);
    this.path = `${target.home}bench-${run}/`;
    this.pids = target.pids;
    this.#tag = `run${run}`;
    this.#store = fillsDirectly ? target.store : undefined;
  }

  async open(): Promise<void> {
    const made = await this.client.send(requests.mkcalendar(this.path, 'Bench'), { keep: true });
    if (made.status !== 201)
      throw new Error(`MKCALENDAR ${this.path}: ${made.status} ${made.text.slice(0, 200)}`);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  href(index: number): string {
    return `${this.path}${eventName(index)}`;
  }

  /** The index of some event of the calendar. */
  existing(): number {
    return this.random.int(0, Math.max(0, this.count - 1));
  }

  /** What the event of that index is, or becomes by an edit. */
  event(index: number, revision = 0): BenchEvent {
    return benchEvent(index, { seed: this.seed, revision, tag: this.#tag });
  }

  async put(
    index: number,
    { revision = 0, etag, create = false, connections = 1 }: PutOptions = {},
  ): Promise<Sent> {
    const event = this.event(index, revision);
    const sent = await this.client.send(
      {
        method: 'PUT',
        path: this.path + event.name,
        headers: {
          'Content-Type': 'text/calendar; charset=utf-8',
          ...(etag !== undefined && { 'If-Match': etag }),
          ...(create && { 'If-None-Match': '*' }),
        },
        body: event.ics,
      },
      { connections },
    );
    if (wrote(sent.status)) {
      if (sent.etag === undefined) this.#etags.delete(index);
      else this.#etags.set(index, sent.etag);
    }
    return sent;
  }

  async etagOf(index: number): Promise<string | undefined> {
    const known = this.#etags.get(index);
    if (known !== undefined) return known;
    const { etag } = await this.client.send({ path: this.href(index) });
    if (etag !== undefined) this.#etags.set(index, etag);
    return etag;
  }

  /** Creates events up to `total` as fast as the server takes them, or until the time is over. */
  async fill(total: number, maxMs: number): Promise<Fill> {
    // The first objects go one by one: servers with set-up work per calendar race with themselves otherwise.
    while (this.count < Math.min(total, 20)) await this.put(this.count++, { create: true });
    if (this.#store !== undefined && total - this.count > 100) return this.#fillDirectly(total, this.#store);
    const connections = 8;
    const limits = { concurrency: connections, maxCount: total - this.count, minCount: 0, maxMs };
    const { perSecond, p50, errors, note } = await drive(
      () => this.put(this.count++, { create: true, connections }),
      { ...limits, ok: wrote, pids: this.pids },
    );
    return { reached: this.count, perSecond, p50, errors, ...(note !== undefined && { note }) };
  }

  async #fillDirectly(total: number, store: DirectStore): Promise<Fill> {
    const missing = Array.from({ length: total - this.count }, (_, i) => this.count + i);
    const calendar = this.path.split('/').at(-2) ?? '';
    await writeToStore(store, calendar, missing, (index) => this.event(index));
    this.count = total;
    const written = { reached: total, perSecond: null, p50: null };
    if (!store.fillsCacheOnRead) return { ...written, errors: 0, note: 'written to its store' };
    const [concurrency, length] = [8, 100];
    const maxCount = Math.ceil(missing.length / length);
    const { errors } = await drive(
      (sequence) => {
        const hrefs = missing.slice(sequence * length, (sequence + 1) * length).map((i) => this.href(i));
        return this.client.send(requests.multiget(this.path, hrefs), { connections: concurrency });
      },
      { concurrency, maxCount, minCount: maxCount, maxMs: 0, ok: (status) => status === 207, pids: [] },
    );
    return { ...written, errors, note: 'written to its store, then read once' };
  }

  putSpare(connections: number): Promise<Sent> {
    const index = this.#nextSpare++;
    this.#spares.push(index);
    return this.put(index, { create: true, connections });
  }

  /** Provides `count` events to throw away, fewer if that would take longer than `maxMs`; answers how many there are. */
  async provideSpares(count: number, maxMs: number): Promise<number> {
    const started = performance.now();
    while (this.#spares.length < count && (this.#spares.length === 0 || performance.now() - started < maxMs))
      await Promise.all(Array.from({ length: 4 }, () => this.putSpare(4)));
    return Math.min(count, this.#spares.length);
  }

  deleteSpare(connections: number): Promise<Sent> {
    const index = this.#spares.pop();
    if (index === undefined) throw new Error('no event is left to delete');
    return this.client.send({ method: 'DELETE', path: this.href(index) }, { connections });
  }

  /** Removes what is left of the throw-away events, so that every server keeps the same number. */
  async tidy(): Promise<Summary> {
    const count = this.#spares.length;
    const limits = { concurrency: 8, maxCount: count, minCount: count, maxMs: 0 };
    return drive(() => this.deleteSpare(8), { ...limits, ok: wrote, pids: [] });
  }

  async currentToken(): Promise<string> {
    const polled = await this.client.send(requests.poll(this.path), { keep: true });
    const token = requests.syncTokenIn(polled.text);
    if (token !== undefined) return token;
    const initial = await this.client.send(requests.syncCollection(this.path), { keep: true });
    return requests.syncTokenIn(initial.text) ?? '';
  }
}
