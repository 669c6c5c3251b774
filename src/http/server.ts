/** The listening server: sockets, time limits, TLS, and a gentle end. */

import { chmod, lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ServerOptions as SecureServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Connections, createRefusals } from './refusals.ts';
import { liveAnswers } from './send.ts';
import { createShell, expecting, type ShellOptions } from './shell.ts';

export interface ServerOptions extends ShellOptions {
  readonly listen: { readonly host: string; readonly port: number } | { readonly socket: string };
  /** PEM texts; called again by `reloadTls`. Absent: plain HTTP. */
  readonly tls?: () => Promise<{ readonly cert: string; readonly key: string }>;
  readonly headerTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxConnections: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080`; the file's name for a Unix socket. */
  readonly url: string;
  readonly port: number | undefined;
  readonly connectionCount: () => number;
  readonly reloadTls: () => Promise<void>;
  /** Stops accepting, lets requests finish for `graceMs`, then closes what is left. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** Resolves when the server listens. */
export async function startServer(options: ServerOptions): Promise<HttpServer> {
  const handle = createShell(options).callback();
  const settings = {
    headersTimeout: Math.min(options.headerTimeoutMs, options.requestTimeoutMs),
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.keepAliveMs,
    // How often Node looks for clients that are too slow. Often, so that only a few are found each time: Node makes an
    // error for each, all in one turn.
    connectionsCheckingInterval: Math.min(250, Math.ceil(options.headerTimeoutMs / 4)),
    noDelay: true,
  };
  const secure = options.tls && { ...(await options.tls()), minVersion: 'TLSv1.2' as const };
  const server: Server = secure ? await secureServer({ ...settings, ...secure }) : createServer(settings);
  server.maxConnections = options.maxConnections;
  // Ends a connection on which nothing moves, in either direction, while a request runs.
  server.setTimeout(options.requestTimeoutMs);
  const connections: Connections = new Map();
  server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, { response: undefined });
    socket.once('close', () => connections.delete(socket));
  });
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.get(request.socket);
    if (connection) connection.response = response;
    response.on('close', () => {
      if (connection?.response === response) connection.response = undefined;
      // A connection kept alive for a next request would hold up the end.
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
    void handle(request, response); // Koa answers every request and never rejects.
  };
  server.on('request', serve);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expecting.add(request);
    serve(request, response);
  });
  server.on('clientError', createRefusals(connections));
  await listen(server, options.listen);

  const address = server.address();
  return {
    url: urlOf(address, options.listen, secure !== undefined),
    port: typeof address === 'object' && address !== null ? address.port : undefined,
    connectionCount: () => connections.size,
    async reloadTls() {
      // When the new certificate cannot be used, the old one stays.
      if (options.tls && 'setSecureContext' in server && typeof server.setSecureContext === 'function')
        server.setSecureContext(await options.tls());
    },
    stop: (graceMs) => stop(server, connections, graceMs),
  };
}

/** `node:https` is loaded only where it is used: TLS costs memory and start-up time. */
async function secureServer(
  options: SecureServerOptions & { readonly cert: string; readonly key: string },
): Promise<Server> {
  const { createServer: createSecureServer } = await import('node:https');
  // Node takes an empty text for no certificate at all, and then every TLS handshake fails.
  if (options.cert.trim() === '' || options.key.trim() === '')
    throw new Error('the certificate and its key cannot be used: one of them is empty');
  try {
    return createSecureServer(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the certificate and its key cannot be used: ${why}`, { cause: error });
  }
}

async function listen(server: Server, place: ServerOptions['listen']): Promise<void> {
  if ('socket' in place) await clearSocket(place.socket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const ready = (): void => {
      server.off('error', reject);
      resolve();
    };
    const backlog = 4096; // A thousand phones return at once after a network cut.
    if ('socket' in place) server.listen({ path: place.socket, backlog }, ready);
    else server.listen({ host: place.host, port: place.port, backlog }, ready);
  });
  // The proxy usually runs as another user of the same group.
  if ('socket' in place) await chmod(place.socket, 0o660);
}

/** A socket left by a process that was killed would refuse the address for ever. Nothing else is removed. */
async function clearSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is no socket: choose another name`);
  if (await isAnswered(path)) throw new Error(`another server listens on ${path}`);
  await unlink(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (answered: boolean): void => {
      probe.destroy();
      resolve(answered);
    };
    probe.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function urlOf(
  address: AddressInfo | string | null,
  place: ServerOptions['listen'],
  secure: boolean,
): string {
  if ('socket' in place) return place.socket;
  if (typeof address !== 'object' || address === null) return '';
  const everywhere = place.host === '0.0.0.0' || place.host === '::' || place.host === '';
  const host = everywhere ? 'localhost' : place.host.includes(':') ? `[${place.host}]` : place.host;
  return `${secure ? 'https' : 'http'}://${host}:${address.port}`;
}

function stop(server: Server, connections: Connections, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
    for (const [socket, { response }] of connections) {
      // Node calls a connection idle only after a request; browsers also open some that have had none yet.
      if (response === undefined) socket.destroy();
      else if (liveAnswers.has(response)) response.destroy();
    }
  });
}
