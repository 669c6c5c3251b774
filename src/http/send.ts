/** A door's answer onto the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { RequestBody } from './body.ts';
import { compressed, gzipOptions, mayCompress, minGzipBytes } from './compression.ts';
import type { DoorBody, DoorResponse } from './door.ts';
import { HeaderLines } from './header-lines.ts';
import { partOf } from './range.ts';

/**
 * No answer may be drawn, framed or guessed at by a browser (clients.md, part 4). A door that serves pages sets what they need
 * instead.
 */
const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * Answers up to this size go out in one write with their length, even if the door made them piece by piece: the usual
 * fifty events of a client's multiget are 70 to 90 KB, and chunks took a quarter of their time.
 */
const wholeBytes = 128 * 1024;

/** HTTP/1.0 knows no chunks: up to this size a body is gathered, so that its length can be told (clients.md W43); the end of a larger one is that of the connection. */
const wholeBytesForOldProxies = 64 * 1024 * 1024;

/** Smaller pieces are joined before they are written. */
const pieceBytes = 16 * 1024;

/** After so many bytes written without a pause, other requests get a turn of the event loop. */
const sliceBytes = 512 * 1024;

export interface Sent {
  /** Body bytes handed to the connection. */
  readonly bytes: number;
  /** False when the client went away before the end. */
  readonly complete: boolean;
}

/**
 * Writes status, headers and body; ends the response only through `finish`, which runs when all is written and the
 * request's own body has been dealt with.
 *
 * Rejects when the body's iterable fails; headers may be sent by then.
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: DoorResponse,
  asked: Pick<RequestBody, 'hasArrived'>,
  finish: () => Promise<void>,
): Sent | Promise<Sent> {
  const { status, body } = answer;
  const headers = new HeaderLines(securityHeaders, answer.headers);
  const sending: Sending = { request, response, answer, headers, asked, finish };
  const bodiless = request.method === 'HEAD' || status === 204 || status === 304;
  // RFC 9110 §9.3.2: HEAD says what GET would.
  const couldHaveBody = request.method === 'HEAD' || body !== undefined;
  if (
    couldHaveBody &&
    status !== 204 &&
    answer.compression !== 'never' &&
    answer.headers['ETag'] === undefined
  )
    headers.addVary('Accept-Encoding');
  if (isStream(body)) return bodiless ? close(body).then(() => sendBare(sending)) : sendStream(sending, body);
  if (bodiless || body === undefined) {
    if (body === undefined && !bodiless) headers.set('Content-Length', '0');
    else if (body !== undefined && headers.get('Content-Length') === undefined)
      headers.set('Content-Length', String(lengthOf(body)));
    return sendBare(sending);
  }
  return sendKnown(sending, body);
}

/** One answer on its way. */
interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: DoorResponse;
  /** The answer's own headers and those that every answer has; more may be added until they are written. */
  readonly headers: HeaderLines;
  /** The request's own body. */
  readonly asked: Pick<RequestBody, 'hasArrived'>;
  readonly finish: () => Promise<void>;
}

/** Sends headers without a body. */
function sendBare(sending: Sending): Sent | Promise<Sent> {
  const { status } = sending.answer;
  if (status === 204) sending.headers.delete('Content-Length'); // RFC 9110 §8.6
  return sendWhole(sending, status, undefined);
}

function mayGzip({ request, answer }: Sending): boolean {
  return request.httpVersionMinor !== 0 && mayCompress(answer, request.headers['accept-encoding']);
}

/** A body that is known as a whole, or the part of it that was asked for. */
function sendKnown(sending: Sending, body: KnownBody): Sent | Promise<Sent> {
  const { request, answer, headers } = sending;
  const { status } = answer;
  if (mayGzip(sending) && lengthOf(body) >= minGzipBytes) {
    headers.set('Content-Encoding', 'gzip');
    return compressed(inOnePiece(body)).then((bytes) => sendWhole(sending, status, bytes));
  }
  if (request.headers.range === undefined || request.method !== 'GET')
    return sendWhole(sending, status, body);
  const part = partOf(answer, request.headers, Buffer.from(inOnePiece(body)));
  if (part === undefined) return sendWhole(sending, status, body);
  headers.set('Content-Range', part.contentRange);
  return sendWhole(sending, part.status, part.bytes);
}

/** A body that comes in pieces. A short one is gathered and sent as a whole. */
async function sendStream(sending: Sending, body: AsyncIterable<Uint8Array>): Promise<Sent> {
  const { request, response, answer, headers } = sending;
  if (answer.live) return await sendLive(sending, body);
  const chunks = body[Symbol.asyncIterator]();
  const { start, ended } = await begin(
    chunks,
    request.httpVersionMinor === 0 ? wholeBytesForOldProxies : wholeBytes,
  );
  if (ended) return await sendKnown(sending, start);
  const gzip = mayGzip(sending);
  if (gzip) headers.set('Content-Encoding', 'gzip');
  writeHead(response, answer.status, headers);
  const all = resumed(start, chunks);
  const sent = gzip ? await streamCompressed(response, all) : await stream(response, all);
  await sending.finish();
  return sent;
}

/** Open answers without an end (server-sent events): a server that stops ends them, instead of waiting. */
export const liveAnswers: WeakSet<ServerResponse> = new WeakSet();

/** Sends events as they come. When the client has gone, the source is ended at once. */
async function sendLive(sending: Sending, body: AsyncIterable<Uint8Array>): Promise<Sent> {
  const { response, answer, headers } = sending;
  const chunks = body[Symbol.asyncIterator]();
  liveAnswers.add(response);
  writeHead(response, answer.status, headers);
  response.flushHeaders();
  response.once('close', () => void chunks.return?.());
  const sent = await stream(response, { [Symbol.asyncIterator]: () => chunks });
  await sending.finish();
  return sent;
}

/** The usual case: the whole answer in one write, with nothing to wait for. */
function sendWhole(
  { response, headers, asked, finish }: Sending,
  status: number,
  body: KnownBody | undefined,
): Sent | Promise<Sent> {
  const bytes = body === undefined ? 0 : lengthOf(body);
  if (body !== undefined) headers.set('Content-Length', String(bytes));
  writeHead(response, status, headers);
  // Node gathers what is written in one turn.
  if (isPieces(body)) for (const piece of body) response.write(piece);
  const last = isPieces(body) ? undefined : body;
  if (asked.hasArrived()) {
    response.end(last);
    return { bytes, complete: !response.destroyed };
  }
  // The client has the whole answer now, but the response stays open until its own body has been dealt with: ending it
  // would close or reuse the connection in the middle of what the client still sends.
  if (bytes === 0) response.flushHeaders();
  else if (last !== undefined) response.write(last);
  return finish().then(() => ({ bytes, complete: !response.destroyed }));
}

function writeHead(response: ServerResponse, status: number, headers: HeaderLines): void {
  try {
    response.writeHead(status, headers.lines);
  } catch (error) {
    if (response.headersSent) throw error;
    // Nothing of a value that HTTP cannot carry may reach the wire as it is.
    response.writeHead(status, headers.cleaned());
  }
}

/** A body whose length is known. */
type KnownBody = Exclude<DoorBody, AsyncIterable<Uint8Array>>;

type Chunks = AsyncIterator<Uint8Array, unknown>;

function isStream(body: DoorBody | undefined): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}

function isPieces(body: KnownBody | undefined): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

function lengthOf(body: KnownBody): number {
  return isPieces(body) ? body.reduce((sum, { length }) => sum + length, 0) : Buffer.byteLength(body);
}

function inOnePiece(body: KnownBody): string | Uint8Array {
  return isPieces(body) ? Buffer.concat(body) : body;
}

/** Ends an iterable that nobody will read, so that it can let go of what it holds. */
async function close(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}

async function begin(chunks: Chunks, limit: number): Promise<{ start: Buffer; ended: boolean }> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= limit) {
    const next = await chunks.next();
    if (next.done) return { start: Buffer.concat(parts), ended: true };
    parts.push(next.value);
    sizeBytes += next.value.length;
  }
  return { start: Buffer.concat(parts), ended: false };
}

/** The rest after `start`, in pieces of a size that is worth a write: a call into zlib costs more than a small piece. */
async function* resumed(start: Uint8Array, chunks: Chunks): AsyncIterable<Uint8Array> {
  try {
    yield start;
    let parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      parts.push(next.value);
      sizeBytes += next.value.length;
      if (sizeBytes < pieceBytes) continue;
      yield parts.length === 1 ? next.value : Buffer.concat(parts);
      parts = [];
      sizeBytes = 0;
    }
    if (parts.length > 0) yield Buffer.concat(parts);
  } finally {
    await chunks.return?.();
  }
}

async function stream(response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<Sent> {
  let bytes = 0;
  let slice = 0;
  for await (const chunk of chunks) {
    if (response.destroyed) return { bytes, complete: false };
    bytes += chunk.length;
    slice += chunk.length;
    if (!response.write(chunk)) await drained(response);
    if (slice >= sliceBytes) {
      slice = 0;
      await turn();
    }
  }
  return { bytes, complete: !response.destroyed };
}

async function streamCompressed(response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<Sent> {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(chunks), createGzip(gzipOptions), counted, response, { end: false });
  } catch (error) {
    if (!response.destroyed) throw error;
  }
  return { bytes, complete: !response.destroyed };
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.once('drain', go).once('close', go);
  });
}
