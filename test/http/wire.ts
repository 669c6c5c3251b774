/** A started server, and connections that say exactly what a test wants said. */
import { connect, type Socket } from 'node:net';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { id } from '../../src/core/ids.ts';
import type { Actor } from '../../src/core/principal.ts';
import { calendarScripts, readingScripts } from '../../src/http/cross-origin.ts';
import type { Door, DoorRequest, Route } from '../../src/http/door.ts';
import { type HttpServer, type ServerOptions, startServer } from '../../src/http/server.ts';
import { smallRoutes } from '../../src/http/small-doors.ts';
import { createLog, type Log } from '../../src/observability/log.ts';
import { noMetrics } from '../../src/observability/metrics.ts';

export type Line = Readonly<Record<string, unknown>>;

export interface TestServer extends HttpServer {
  /** Lines of the log so far. */
  readonly lines: readonly Line[];
  /** Resolves when the log holds a line that fits. */
  readonly logged: (fits: (line: Line) => boolean) => Promise<Line>;
  readonly connect: () => Promise<Wire>;
  /** One request on a connection of its own that the server closes. */
  readonly say: (text: string | Uint8Array) => Promise<string>;
}

const alice: Actor = {
  principal: {
    id: id(1),
    kind: 'user',
    name: 'alice',
    displayName: 'Alice',
    addresses: [],
    language: 'en',
    timeZone: 'UTC',
    isAdmin: false,
    disabled: false,
  },
  groups: [],
  scope: 'write',
  via: 'password',
};

/** Lets in whoever says `Basic yes`, and no one else. */
const yesSayers: Pick<Authenticator, 'signIn'> = {
  signIn: ({ authorization, proxyUser }) => {
    if (proxyUser === 'alice' || proxyUser === 'алиса')
      return Promise.resolve({ is: 'signed-in', actor: alice });
    switch (authorization) {
      case undefined:
        return Promise.resolve({ is: 'anonymous' });
      case 'Basic yes':
        return Promise.resolve({ is: 'signed-in', actor: alice });
      case 'Basic often':
        return Promise.resolve({ is: 'throttled', retryAfterSeconds: 17 });
      case 'Basic down':
        return Promise.resolve({ is: 'unavailable' });
      default:
        return Promise.resolve({ is: 'refused' });
    }
  },
};

export type TestServerOptions = Partial<Omit<ServerOptions, 'routes'>> & {
  readonly dav?: Door;
  readonly feed?: Door;
};

/** `/dav/...` asks for sign-in, `/feed/...` does not. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const lines: Line[] = [];
  let written = signal();
  const log: Log = createLog({
    level: 'info',
    format: 'json',
    to: {
      write(line) {
        lines.push(JSON.parse(line));
        written.fire();
        written = signal();
      },
    },
  });
  const { dav = whole, feed = whole, ...rest } = options;
  const basePath = options.basePath ?? '';
  const routes: Route[] = [
    ...smallRoutes({ basePath, ready: () => Promise.resolve({ ready: true, why: 'ready' }) }),
    { door: 'feed', prefix: 'feed', signIn: 'none', crossOrigin: readingScripts, handle: feed },
    { door: 'dav', prefix: 'dav', signIn: 'required', crossOrigin: calendarScripts, handle: dav },
  ];
  let requestCount = 0;
  const server = await startServer({
    authenticator: yesSayers,
    log,
    metrics: noMetrics,
    basePath,
    trustProxy: [],
    proxyUserHeader: '',
    corsOrigins: [],
    maxBodyBytes: 64 * 1024 * 1024,
    maxHeldBytes: 256 * 1024 * 1024,
    nowMs: () => performance.now(),
    nextId: () => `r${++requestCount}`,
    listen: { host: '127.0.0.1', port: 0 },
    headerTimeoutMs: 20_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 75_000,
    maxConnections: 20_000,
    ...rest,
    routes,
  });
  const openWire = async (): Promise<Wire> => await Wire.open(server.port ?? server.url);
  return {
    ...server,
    lines,
    async logged(fits) {
      for (;;) {
        const line = lines.find(fits);
        if (line) return line;
        await written.fired;
      }
    },
    connect: openWire,
    async say(text) {
      const wire = await openWire();
      wire.write(text);
      return await wire.rest();
    },
  };
}

/** Something that will happen once. */
export interface Signal {
  readonly fired: Promise<void>;
  readonly fire: () => void;
}

export function signal(): Signal {
  const fires: (() => void)[] = [];
  const fired = new Promise<void>((resolve) => {
    fires.push(resolve);
  });
  return { fired, fire: () => fires[0]?.() };
}

/** Answers with what it got. */
export const whole: Door = async (request) => {
  const body = await read(request);
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `${request.method} ${request.target} ${body.length}`,
  };
};

export async function read({ body }: DoorRequest): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly head: string;
  readonly body: Buffer;
}

/** One TCP connection as a client that may misbehave. */
export class Wire {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // A reset is an end as well: which one it was is the test's to say, by what arrived before.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static open(to: number | string): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Wire(socket));
      });
    });
  }

  get isClosed(): boolean {
    return this.#ended;
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** The next answer on this connection; interim ones (1xx) count. */
  async answer(method = 'GET'): Promise<Answer> {
    const head = await this.until('\r\n\r\n');
    const status = Number(head.slice(9, 12));
    const headers = new Map(
      head
        .split('\r\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    );
    const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    let body: Buffer = Buffer.alloc(0);
    if (!bodiless && headers.get('transfer-encoding') === 'chunked') body = await this.#chunks();
    else if (!bodiless && headers.has('content-length'))
      body = await this.#take(Number(headers.get('content-length')));
    else if (!bodiless) body = Buffer.from(await this.rest(), 'latin1');
    return { status, headers, head, body };
  }

  /** All that comes until the server closes, as Latin-1. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    const all = this.#received;
    this.#received = Buffer.alloc(0);
    return all.toString('latin1');
  }

  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#received.indexOf(mark);
      if (at >= 0) return (await this.#take(at + mark.length)).toString('latin1');
      if (this.#ended)
        throw new Error(`closed before ${JSON.stringify(mark)}: ${this.#received.toString('latin1')}`);
      await this.#more();
    }
  }

  close(): void {
    this.socket.destroy();
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const length = Number.parseInt(await this.until('\r\n'), 16);
      const chunk = await this.#take(length);
      await this.until('\r\n');
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk);
    }
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#received.length < length) {
      if (this.#ended) throw new Error(`closed after ${this.#received.length} of ${length} bytes`);
      await this.#more();
    }
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** A request with the usual headers; `Connection: close` unless told otherwise. */
export function request(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const all: Record<string, string> = { Host: 'localhost', Connection: 'close', ...headers };
  if (body !== '' && !('Transfer-Encoding' in all)) all['Content-Length'] ??= String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
