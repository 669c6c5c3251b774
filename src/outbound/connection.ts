/**
 * One HTTP/1.1 connection at a time to one origin, for logins that belong to the connection. Redirects are answers like
 * others, sizes and times are bounded, and no request is ever sent twice by itself.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Client } from 'undici';
import { type Connected, type ConnectOptions, connect, type Peer } from './connect.ts';
import { type AnswerBegins, withoutContinue } from './continue.ts';
import { OutboundError, outboundError } from './error.ts';

export interface ConnectionOptions extends ConnectOptions {
  /** Of one answer, before and after decompression. */
  readonly maxAnswerBytes: number;
}

export interface OutboundRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From the moment of asking to the last byte; of a stream: to its headers. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Which connection it came by: counts from 1, and grows when a new one had to be made. */
  readonly connection: number;
}

export interface OutboundStream {
  readonly status: number;
  readonly headers: Headers;
  /** Fails with `answer-timeout` after `quietMs` without a byte. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly connection: number;
}

export interface Connection {
  readonly request: (request: OutboundRequest) => Promise<OutboundAnswer>;
  /** For answers that never end; they are not decompressed, so none should be asked for compressed. */
  readonly stream: (request: OutboundRequest & { readonly quietMs: number }) => Promise<OutboundStream>;
  /** How many connections have been made so far. */
  readonly connectionCount: () => number;
  /** Whether the last connection still stands, as far as this side knows. */
  readonly isOpen: () => boolean;
  /** The other end of the present connection. */
  readonly peer: () => Peer | undefined;
  readonly close: () => Promise<void>;
}

export function openConnection(origin: URL, options: ConnectionOptions): Connection {
  let count = 0;
  let peer: Peer | undefined;
  let socket: Connected['socket'] | undefined;
  let answerBegins: AnswerBegins | undefined;
  const client = new Client(origin, {
    pipelining: 1,
    maxResponseSize: options.maxAnswerBytes,
    maxHeaderSize: 64 * 1024,
    // A login that took three legs should serve more than one burst; a server's own hint is obeyed all the same.
    keepAliveTimeout: 20_000,
    connect: ({ hostname, protocol, port }, callback) => {
      const secure = protocol === 'https:';
      connect({ host: hostname, port: Number(port || (secure ? 443 : 80)), secure }, options).then(
        (connected) => {
          count += 1;
          peer = connected.peer;
          socket = connected.socket;
          answerBegins = withoutContinue(socket);
          callback(null, connected.socket);
        },
        (error: unknown) => callback(outboundError(error, 'connect-failed'), null),
      );
    },
  });

  const ask = async (request: OutboundRequest, quietMs: number, signal: AbortSignal) => {
    const { method, path, headers, body } = request;
    answerBegins?.();
    return client.request({
      method,
      path,
      headers,
      ...(body !== undefined && { body }),
      headersTimeout: request.timeoutMs,
      bodyTimeout: quietMs,
      signal,
    });
  };

  return {
    async request(request) {
      const limit = deadline(request);
      try {
        const answer = await ask(request, request.timeoutMs, limit.signal);
        const connection = count;
        const headers = headersOf(answer.headers);
        const chunks: Buffer[] = [];
        for await (const chunk of answer.body) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
        const body = await decoded(Buffer.concat(chunks), headers, options.maxAnswerBytes);
        return { status: answer.statusCode, headers, body, connection };
      } catch (error) {
        throw limit.explain(error);
      } finally {
        limit.end();
      }
    },
    async stream(request) {
      const limit = deadline(request);
      try {
        const answer = await ask(request, request.quietMs, limit.signal);
        limit.relax();
        const chunks = explained(answer.body, limit);
        return { status: answer.statusCode, headers: headersOf(answer.headers), chunks, connection: count };
      } catch (error) {
        limit.end();
        throw limit.explain(error);
      }
    },
    connectionCount: () => count,
    isOpen: () => socket !== undefined && !socket.destroyed && socket.writable,
    peer: () => peer,
    // Whoever closes has no use for answers that are still under way.
    close: () => client.destroy(),
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  /** No limit any more; the caller's signal goes on counting. */
  readonly relax: () => void;
  readonly end: () => void;
  /** Tells whose abort it was. */
  readonly explain: (error: unknown) => OutboundError;
}

function deadline({ timeoutMs, signal }: OutboundRequest): Deadline {
  const controller = new AbortController();
  let expired = false;
  const cancel = (): void => controller.abort();
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, timeoutMs);
  if (signal?.aborted) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
  const relax = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    relax,
    end() {
      relax();
      signal?.removeEventListener('abort', cancel);
    },
    explain(error) {
      if (expired)
        return new OutboundError('answer-timeout', `no complete answer within ${timeoutMs} ms`, error);
      if (signal?.aborted) return new OutboundError('cancelled', 'cancelled', error);
      return outboundError(error, 'answer-broken');
    },
  };
}

async function* explained(body: AsyncIterable<unknown>, limit: Deadline): AsyncIterable<Buffer> {
  try {
    for await (const chunk of body) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw limit.explain(error);
  } finally {
    limit.end();
  }
}

function headersOf(received: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each);
  }
  return headers;
}

const gunzipped = promisify(gunzip);

async function decoded(body: Buffer, headers: Headers, maxBytes: number): Promise<Buffer> {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '' || body.length === 0) return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new OutboundError('answer-broken', `the answer is compressed by ${encoding.slice(0, 20)}`);
  try {
    return await gunzipped(body, { maxOutputLength: maxBytes });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    throw new OutboundError(
      tooLarge ? 'answer-too-large' : 'answer-broken',
      'the answer does not decompress',
      error,
    );
  }
}
