/** A small HTTP or HTTPS server on loopback that answers as a test says. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface TestServer {
  readonly port: number;
  readonly url: URL;
  /** Connections accepted so far. */
  readonly connectionCount: () => number;
  readonly close: () => Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A file of `test/data/outbound`. */
export function certificateFile(name: string): string {
  // From the build folder, `<out>/test/outbound`, to the project.
  return readFileSync(fileURLToPath(new URL(`../../../test/data/outbound/${name}`, import.meta.url)), 'utf8');
}

/** `certificate`: a file of `test/data/outbound`; without it the server speaks plain HTTP. */
export async function startServer(handler: Handler, certificate?: string): Promise<TestServer> {
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, response, Buffer.concat(chunks).toString('utf8')));
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createSecureServer(
          { key: certificateFile('server.key'), cert: certificateFile(certificate) },
          listener,
        );
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: new URL(`${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`),
    connectionCount: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
