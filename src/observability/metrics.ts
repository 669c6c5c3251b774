/** Counts and latencies for Prometheus, on a listener of their own (ARCHITECTURE §10). */
import type { Server } from 'node:http';

export interface Metrics {
  /** `method` and `door` come from closed lists, so that no client can make new series. */
  readonly request: (door: string, method: string, status: number, seconds: number) => void;
  readonly signInFailed: (reason: string) => void;
  /** How a feed was answered, by a word of a closed list. */
  readonly feedAnswered: (answer: string) => void;
  readonly connections: (count: () => number) => void;
  /** A number that is asked for when somebody reads the metrics; undefined: there is none now. */
  readonly gauge: (name: string, help: string, read: () => Promise<number | undefined>) => void;
}

export interface MetricsListener {
  readonly metrics: Metrics;
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Used while metrics are switched off. */
export const noMetrics: Metrics = {
  request: () => {},
  signInFailed: () => {},
  feedAnswered: () => {},
  connections: () => {},
  gauge: () => {},
};

const knownMethods = new Set(
  'GET HEAD OPTIONS POST PUT DELETE PROPFIND PROPPATCH REPORT MKCALENDAR MKCOL MOVE COPY LOCK UNLOCK ACL'.split(
    ' ',
  ),
);

/** Starts the listener. prom-client is loaded here and nowhere else: most servers start without it. */
export async function listenForMetrics(host: string, port: number): Promise<MetricsListener> {
  const [{ createServer }, prometheus] = await Promise.all([import('node:http'), import('prom-client')]);
  const registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  const requests = new prometheus.Histogram({
    name: 'portcal_request_seconds',
    help: 'Time from the request line to the last byte of the answer',
    labelNames: ['door', 'method', 'status'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  const failures = new prometheus.Counter({
    name: 'portcal_sign_in_failures_total',
    help: 'Sign-ins that failed, without requests that showed no credentials',
    labelNames: ['reason'],
    registers: [registry],
  });
  const feeds = new prometheus.Counter({
    name: 'portcal_feed_answers_total',
    help: 'Requests for feeds: not-modified, remembered (bytes at hand), written (read from the storage), head, refused',
    labelNames: ['answer'],
    registers: [registry],
  });
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await listening(server, host, port);
  const address = server.address();
  return {
    metrics: {
      request: (door, method, status, seconds) =>
        requests.observe({ door, method: knownMethods.has(method) ? method : 'other', status }, seconds),
      signInFailed: (reason) => failures.inc({ reason }),
      feedAnswered: (answer) => feeds.inc({ answer }),
      connections(count) {
        registry.registerMetric(
          new prometheus.Gauge({
            name: 'portcal_connections',
            help: 'Open client connections',
            registers: [],
            collect() {
              this.set(count());
            },
          }),
        );
      },
      gauge(name, help, read) {
        registry.registerMetric(
          new prometheus.Gauge({
            name,
            help,
            registers: [],
            async collect() {
              const value = await read();
              if (value === undefined) this.reset();
              else this.set(value);
            },
          }),
        );
      },
    },
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
