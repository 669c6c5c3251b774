/**
 * `100 Continue` before an answer. A server may send it although nobody has asked for it (RFC 9110 §15.2), and some do, but
 * the HTTP client takes it for a broken answer: so it never sees it.
 */
import type { Socket } from 'node:net';

/** Told when a request is about to be sent: the next bytes begin an answer. */
export type AnswerBegins = () => void;

const statusLine = 'HTTP/1.1 100';
const maxHeadBytes = 16 * 1024;

/** Takes it out of what is read from a socket that was just opened. */
export function withoutContinue(socket: Socket): AnswerBegins {
  const read = socket.read.bind(socket);
  let isBeginning = true;
  let held: Buffer = Buffer.alloc(0);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!isBeginning || !Buffer.isBuffer(chunk)) return chunk;
    const rest = afterContinue(held.length === 0 ? chunk : Buffer.concat([held, chunk]));
    held = rest.isWhole ? Buffer.alloc(0) : rest.bytes;
    isBeginning = !rest.isWhole;
    return rest.isWhole ? rest.bytes : null;
  };
  return () => {
    isBeginning = true;
  };
}

/** `isWhole`: these bytes begin the answer itself; if not, more of them have to come. */
function afterContinue(data: Buffer): { readonly bytes: Buffer; readonly isWhole: boolean } {
  let bytes = data;
  for (;;) {
    const begins = bytes.toString('latin1', 0, statusLine.length).replace('1.0', '1.1');
    if (begins !== statusLine) return { bytes, isWhole: !statusLine.startsWith(begins) };
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) return { bytes, isWhole: bytes.length > maxHeadBytes };
    bytes = bytes.subarray(end + 4);
  }
}
