/**
 * A network of its own: a proxy on loopback through which every host name leads to a server of a test. It notes which hosts
 * somebody wanted to reach, and what each was told.
 */
import { connect, createServer, type Socket } from 'node:net';
import { type Handler, startServer, type TestServer } from '../../outbound/server.ts';

export interface Told {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** Of the Authorization header, without what follows: `Basic`; empty: none. */
  readonly scheme: string;
}

export interface Network {
  readonly proxy: string;
  /** `host:port` of every connection that somebody wanted, in order. */
  readonly wanted: readonly string[];
  /** All requests that arrived. */
  readonly told: readonly Told[];
  readonly close: () => Promise<void>;
}

/** `hosts`: what is behind `host:port`; port 443 speaks TLS, every other one HTTP. Hosts without an entry cannot be reached. */
export async function network(hosts: Readonly<Record<string, Handler>>): Promise<Network> {
  const told: Told[] = [];
  const wanted: string[] = [];
  const sockets = new Set<Socket>();
  const servers = new Map<string, TestServer>();
  for (const [host, handler] of Object.entries(hosts)) {
    const noting: Handler = (request, response, body) => {
      const [scheme = ''] = (request.headers.authorization ?? '').split(' ');
      told.push({ host, method: request.method ?? '', path: request.url ?? '', scheme });
      handler(request, response, body);
    };
    servers.set(host, await startServer(noting, host.endsWith(':443') ? 'server.pem' : undefined));
  }
  const proxy = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      const [, target = ''] = /^CONNECT (\S+) /.exec(head.toString('latin1')) ?? [];
      wanted.push(target);
      const server = servers.get(target);
      if (!server) {
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      const onward = connect(server.port, '127.0.0.1');
      sockets.add(onward);
      onward.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    proxy: `http://127.0.0.1:${port}`,
    wanted,
    told,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      for (const server of servers.values()) await server.close();
    },
  };
}
