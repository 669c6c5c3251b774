/** Connections that are not served: what the parser cannot read, and what comes too slowly. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Open connections, each with the answer that is being written. An entry lives as long as its connection: a Map that
 * changes with each request keeps growing new tables, and the old ones keep finished answers in memory.
 */
export type Connections = Map<Duplex, { response: ServerResponse | undefined }>;

export type ParseError = Error & {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
  /** How far the parser came in the packet. */
  readonly bytesParsed?: number;
};

/** How many slow connections are ended in one turn of the event loop; each takes some 20 µs. */
const latePerTurn = 100;

/**
 * Makes the listener for `clientError`: an answer where one can still be given, then the end.
 *
 * Node finds all connections that are too late at once, ten thousand of them after an attack or a cut of the network: they
 * are ended a few at a time, so that others are served in between.
 */
export function createRefusals(connections: Connections): (error: ParseError, socket: Duplex) => void {
  const late: Duplex[] = [];

  return (error, socket) => {
    if (error.code !== timeout) {
      refuse(socket, statusOf(error), connections, sentences.get(error.code));
      return;
    }
    late.push(socket);
    if (late.length === 1) setImmediate(endSome);
  };

  function endSome(): void {
    for (const socket of late.splice(0, latePerTurn)) {
      refuse(socket, '408 Request Timeout', connections);
      // A client that sends nothing may not read either, and would keep the half-closed connection open.
      socket.once('finish', () => socket.destroy());
    }
    if (late.length > 0) setImmediate(endSome);
  }
}

function refuse(socket: Duplex, status: string, connections: Connections, sentence = ''): void {
  // Bytes in the middle of another answer would corrupt it.
  if (!socket.writable || connections.get(socket)?.response?.headersSent) {
    socket.destroy();
    return;
  }
  const type = sentence === '' ? '' : 'Content-Type: text/plain; charset=utf-8\r\n';
  const length = `Content-Length: ${Buffer.byteLength(sentence)}\r\n`;
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${type}${length}\r\n${sentence}`);
}

function statusOf(error: ParseError): string {
  if (isUnknownMethod(error)) return '501 Not Implemented';
  return parseErrors.get(error.code) ?? '400 Bad Request';
}

/** Node's parser knows a list of methods only; what is well formed for the rest is not a bad request (RFC 9110 §15.6.2). */
function isUnknownMethod({ code, rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || rawPacket === undefined) return false;
  // A packet may begin with requests that were good, or with the end of a body.
  const start = rawPacket.subarray(0, bytesParsed).lastIndexOf(0x0a) + 1;
  const line = Buffer.from(rawPacket.subarray(start, start + 2048)).toString('latin1');
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} \S{1,1900} HTTP\/1\.[01]\r?\n/.test(line);
}

const timeout = 'ERR_HTTP_REQUEST_TIMEOUT';

/** By the code of Node's parser; anything else is 400. */
const parseErrors: ReadonlyMap<string | undefined, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Content Too Large'],
]);

/** Sentences for authors of clients. Node's parser accepts no byte above 127 in an address, whatever its settings. */
const sentences: ReadonlyMap<string | undefined, string> = new Map([
  [
    'HPE_INVALID_URL',
    'the address has characters outside ASCII: each is written as %XX of its UTF-8 bytes (RFC 3986 section 2.1)\n',
  ],
]);
