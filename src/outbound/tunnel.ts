/** A connection through an HTTP proxy: CONNECT (RFC 9110 §9.3.6), answered before a byte of ours follows. */

import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import type { ConnectOptions, Target } from './connect.ts';
import { OutboundError, outboundError } from './error.ts';
import { withoutBrackets } from './reach.ts';
import { connectAddress } from './tcp.ts';

/** The proxy is the administrator's own setting, so its address is not judged. */
export async function openTunnel(proxy: URL, target: Target, options: ConnectOptions): Promise<Socket> {
  const { address } = await lookup(withoutBrackets(proxy.hostname)).catch((error: unknown) => {
    throw outboundError(error, 'proxy-failed');
  });
  const socket = await connectAddress(address, Number(proxy.port || '80'), options.connectTimeoutMs);
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const login =
    proxy.username === ''
      ? ''
      : `proxy-authorization: Basic ${Buffer.from(
          `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`,
        ).toString('base64')}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${login}\r\n`);
  const status = await firstLine(socket, options.connectTimeoutMs);
  if (!/^HTTP\/1\.[01] 2\d\d(?: |$)/.test(status)) {
    socket.destroy();
    throw new OutboundError('proxy-failed', `the proxy answers ${status.slice(0, 80)}`);
  }
  return socket;
}

const maxHeadBytes = 16 * 1024;

/** Reads up to the empty line that ends the proxy's answer; what follows stays in the socket. */
function firstLine(socket: Socket, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const stop = (): void => {
      clearTimeout(timer);
      socket.removeListener('readable', read);
      socket.removeListener('error', fail);
      socket.removeListener('end', ended);
    };
    const fail = (error: unknown): void => {
      stop();
      socket.destroy();
      reject(outboundError(error, 'proxy-failed'));
    };
    const ended = (): void => fail(new OutboundError('proxy-failed', 'the proxy ends the connection'));
    const read = (): void => {
      for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) {
        if (!Buffer.isBuffer(chunk)) return;
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end !== -1) {
          stop();
          const rest = head.subarray(end + 4);
          if (rest.length > 0) socket.unshift(rest);
          resolve(head.subarray(0, head.indexOf('\r\n')).toString('latin1'));
          return;
        }
        if (head.length > maxHeadBytes) {
          fail(new OutboundError('proxy-failed', 'the proxy answers without end'));
          return;
        }
      }
    };
    const timer = setTimeout(
      () => fail(new OutboundError('proxy-failed', 'the proxy does not answer')),
      timeoutMs,
    );
    socket.on('readable', read);
    socket.once('error', fail);
    socket.once('end', ended);
  });
}
