/**
 * What it takes to hand over so many bytes at all: a process that holds them in one piece and sends them to whoever asks. No
 * server is faster than that by this client on this machine.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface Floor {
  readonly origin: string;
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
}

const file = fileURLToPath(import.meta.url);

/** Starts the process, which ends with the one that started it at the latest. */
export async function startFloor(sizeBytes: number): Promise<Floor> {
  const child: ChildProcess = fork(file, [String(sizeBytes)], { execArgv: [] });
  const [origin]: unknown[] = await once(child, 'message');
  return {
    origin: String(origin),
    pids: child.pid === undefined ? [] : [child.pid],
    stop: async () => {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

if (process.argv[1] === file) {
  const body = Buffer.alloc(Number(process.argv[2]), 'SUMMARY:a line of a calendar\r\n');
  const headers = { 'Content-Type': 'text/calendar; charset=utf-8', 'Content-Length': body.length };
  const server = createServer((_, response) => response.writeHead(200, headers).end(body));
  server.listen(0, '127.0.0.1', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a server that listens on a port
    const { port } = server.address() as AddressInfo;
    process.send?.(`http://127.0.0.1:${port}`);
  });
  process.once('disconnect', () => process.exit());
}
