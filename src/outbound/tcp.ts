/** TCP, with a limit on patience. */
import { connect as connectTcp, type Socket } from 'node:net';
import { OutboundError, outboundError } from './error.ts';

/** A TCP connection to one address. */
export function connectAddress(address: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolveSocket, reject) => {
    const socket = connectTcp({ host: address, port, keepAlive: true, noDelay: true });
    const timer = setTimeout(
      () => socket.destroy(new OutboundError('connect-timeout', `${address} port ${port} does not answer`)),
      timeoutMs,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(outboundError(error, 'connect-failed'));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolveSocket(socket);
    });
  });
}
