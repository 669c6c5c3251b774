/** HTTP around the operations: login, counting, faults on demand, answers with exactly the headers of Exchange. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { bareFault, envelope, failed, fault, response as responseOf } from './answer.ts';
import type { Backend, Context } from './context.ts';
import { dressed } from './dress.ts';
import { EwsError, SoapFault } from './failure.ts';
import { drip, type Fault, type Faults, spoil } from './faults.ts';
import type { Logins } from './login.ts';
import { type Element, localName } from './markup.ts';
import { type Account, contextOf, type ParsedRequest, parseEnvelope, perform } from './soap.ts';
import { type OpenStream, openStream, type StreamOptions } from './streaming.ts';

/** What the server has seen so far. */
export class Counters {
  readonly byOperation: Map<string, number> = new Map();
  requests = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Streams are counted by themselves: they hang by design. */
  maxConcurrent = 0;
  maxConcurrentOfOneMailbox = 0;
  maxStreams = 0;
  readonly #running = new Map<string, number>();
  #now = 0;

  of(operation: string): number {
    return this.byOperation.get(operation) ?? 0;
  }

  reset(): void {
    this.byOperation.clear();
    this.requests = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.maxConcurrent = this.#now;
    this.maxConcurrentOfOneMailbox = 0;
  }

  enter(operation: string): void {
    this.requests += 1;
    this.byOperation.set(operation, this.of(operation) + 1);
  }

  begin(mailbox: string): () => void {
    this.#now += 1;
    const own = (this.#running.get(mailbox) ?? 0) + 1;
    this.#running.set(mailbox, own);
    this.maxConcurrent = Math.max(this.maxConcurrent, this.#now);
    this.maxConcurrentOfOneMailbox = Math.max(this.maxConcurrentOfOneMailbox, own);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#now -= 1;
      this.#running.set(mailbox, (this.#running.get(mailbox) ?? 1) - 1);
    };
  }
}

/** A request with its answer, for validation and for tests that look at the wire. */
export interface Transcript {
  readonly operation: string;
  readonly mailbox: string | undefined;
  readonly login: string;
  readonly headers: IncomingMessage['headers'];
  readonly request: string;
  readonly status: number;
  readonly response: string;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly path: string;
  readonly gzip: boolean;
  /** Time that each answer takes at least. */
  readonly latencyMs: number;
  /** Added to the Date header. */
  readonly clockSkewMs: () => number;
  readonly stream: StreamOptions;
  readonly onTranscript: ((transcript: Transcript) => void) | undefined;
  /** Answers what is not EWS: autodiscover. False: not its path. */
  readonly elsewhere: (request: IncomingMessage, body: string, response: ServerResponse) => boolean;
}

/** Longer requests are cut off: 35 MB is what Exchange takes by default. */
const maxBodyBytes = 35 * 1024 * 1024;

export class EwsServer {
  readonly counters: Counters = new Counters();
  readonly streams: Set<OpenStream> = new Set();
  readonly #late: (() => void)[] = [];
  readonly #backend: Backend;
  readonly #logins: Logins;
  readonly #faults: Faults;
  readonly #options: HttpOptions;
  readonly #server: Server;

  constructor(backend: Backend, logins: Logins, faults: Faults, options: HttpOptions) {
    this.#backend = backend;
    this.#logins = logins;
    this.#faults = faults;
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#serve(request, response);
    this.#server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
    this.#server.keepAliveTimeout = 120_000;
  }

  /** Answers the port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port for a TCP server'));
        else resolve(address.port);
      });
    });
  }

  /** Answers how many requests have waited for it. */
  carryOutLate(): number {
    const waiting = this.#late.splice(0);
    for (const request of waiting) request();
    return waiting.length;
  }

  close(): Promise<void> {
    for (const stream of this.streams) stream.cut();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) return;
    this.counters.bytesIn += body.length;
    response.sendDate = false;
    response.setHeader(
      'Date',
      new Date(this.#backend.store.now() + this.#options.clockSkewMs()).toUTCString(),
    );
    response.setHeader('X-FEServer', 'EXCHANGE');
    response.setHeader('Server', 'Microsoft-IIS/10.0');
    const text = body.toString('utf8');
    const path = (request.url ?? '').replace(/\?.*/, '').toLowerCase();
    const isEws = path === this.#options.path.toLowerCase();
    if (!isEws && this.#options.elsewhere(request, text, response)) return;
    if (!isEws && !/^\/ews\/(?:services\.wsdl)?$/.test(path)) return void response.writeHead(404).end();
    const login = this.#logins.login(request);
    if ('challenge' in login) {
      this.counters.enter('401');
      // Without a body, as IIS answers the first legs.
      response.writeHead(401, { 'www-authenticate': [...login.challenge], 'content-length': 0 }).end();
      return;
    }
    if (request.method !== 'POST') {
      response.writeHead(302, { location: '/EWS/Services.wsdl', 'content-length': 0 }).end();
      return;
    }
    await this.#answer(request, response, text, login.account);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
    account: Account,
  ): Promise<void> {
    let parsed: ParsedRequest | undefined;
    let context: Context | undefined;
    try {
      parsed = parseEnvelope(text);
      this.counters.enter(parsed.operation);
      context = contextOf(this.#backend, account, parsed, request.headers);
    } catch (error) {
      if (!(error instanceof SoapFault)) return void response.writeHead(500).end(String(error));
      if (!parsed) this.counters.enter('invalid');
      const { bareFaults } = this.#backend.profile;
      const early = this.#faultAnswer(bareFaults ? new SoapFault('', error.message) : error);
      this.#finish(request, response, text, account, parsed, context, early);
      return;
    }
    const mailbox = context.mailbox?.address ?? account.login;
    const ordered = this.#faults.take(parsed.operation, mailbox);
    if (parsed.operation === 'GetStreamingEvents' && ordered === undefined) {
      this.#stream(context, parsed.request, response, account);
      return;
    }
    const end = this.counters.begin(mailbox);
    response.once('close', end);
    if (ordered?.kind === 'delay') await pause(ordered.ms);
    if (this.#options.latencyMs > 0) await pause(this.#options.latencyMs);
    if (ordered && this.#refuse(ordered, parsed, response)) return;
    if (ordered?.kind === 'late') {
      this.#later(context, parsed);
      response.destroy();
      return;
    }
    let answer = this.#perform(context, parsed);
    if (ordered?.kind === 'again-late') this.#later(context, parsed);
    if (ordered?.kind === 'twice') {
      const second = this.#perform(context, parsed);
      if (ordered.answers === 'none') return void response.destroy();
      if (ordered.answers === 'second') answer = second;
    }
    if (ordered?.kind === 'reset-after') return void response.destroy();
    if (ordered?.kind === 'hold') await ordered.until;
    if (ordered) answer = { ...answer, text: spoil(answer.text, ordered) };
    this.#finish(request, response, text, account, parsed, context, answer, ordered);
  }

  #later(context: Context, parsed: ParsedRequest): void {
    this.#late.push(() => void this.#perform(context, parsed));
  }

  /** Faults that keep the request from being done at all; true when the answer is given. */
  #refuse(ordered: Fault, parsed: ParsedRequest, response: ServerResponse): boolean {
    if (ordered.kind === 'reset-before') {
      response.destroy();
      return true;
    }
    if (ordered.kind === 'status') {
      const headers = {
        ...(ordered.retryAfter !== undefined && { 'retry-after': ordered.retryAfter }),
        ...(ordered.html && { 'content-type': 'text/html; charset=us-ascii' }),
      };
      response.writeHead(ordered.status, headers).end(ordered.html ? unavailable : '');
      return true;
    }
    if (ordered.kind !== 'busy' && ordered.kind !== 'code') return false;
    const answer = this.#orderedAnswer(ordered, parsed);
    response.writeHead(answer.status, { 'content-type': this.#backend.profile.contentType }).end(answer.text);
    return true;
  }

  #orderedAnswer(
    ordered: Extract<Fault, { kind: 'busy' | 'code' }>,
    { operation, request }: ParsedRequest,
  ): Answer {
    const { profile } = this.#backend;
    const code = ordered.kind === 'busy' ? 'ErrorServerBusy' : ordered.code;
    const values: Record<string, string> = {};
    if (ordered.kind === 'busy' && ordered.backOffMs !== undefined)
      values['BackOffMilliseconds'] = String(ordered.backOffMs);
    const message = 'The server cannot service this request right now. Try again later.';
    if (ordered.where === 'response-message' || ordered.where === 'message') {
      const error = new EwsError(code, message, values);
      return {
        status: 200,
        text: envelope(
          profile,
          responseOf(
            operation,
            partsOf(request).map(() => failed(operation, error)),
          ),
        ),
      };
    }
    const where = ordered.where === 'fault-code' ? 'faultcode' : 'detail';
    const status = ordered.kind === 'code' ? (ordered.status ?? profile.faultStatus) : profile.faultStatus;
    return { status, text: fault(new SoapFault(code, message, values), where) };
  }

  #perform(context: Context, parsed: ParsedRequest): Answer {
    try {
      const { profile } = this.#backend;
      const text = envelope(profile, perform(context, parsed));
      return { status: 200, text: profile.tellsChangeKeys ? text : text.replace(/ ChangeKey="[^"]*"/g, '') };
    } catch (error) {
      if (error instanceof SoapFault) return this.#faultAnswer(error);
      throw error;
    }
  }

  #faultAnswer(error: SoapFault): Answer {
    const { profile } = this.#backend;
    const status = error.code === '' ? 500 : profile.faultStatus;
    return { status, text: profile.bareFaults ? bareFault(profile, error) : fault(error) };
  }

  #finish(
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
    account: Account,
    parsed: ParsedRequest | undefined,
    context: Context | undefined,
    answer: Answer,
    ordered?: Fault,
  ): void {
    this.#options.onTranscript?.({
      operation: parsed?.operation ?? '',
      mailbox: context?.mailbox?.address,
      login: account.login,
      headers: request.headers,
      request: text,
      status: answer.status,
      response: answer.text,
    });
    const { profile } = this.#backend;
    const { body: plain, contentType } = dressed(answer.text, profile.dress, profile.contentType);
    const zipped = this.#options.gzip && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const body = zipped ? gzipSync(plain) : plain;
    this.counters.bytesOut += body.length;
    for (const [name, value] of Object.entries(context?.answerHeaders ?? {}))
      response.setHeader(name, typeof value === 'string' ? value : [...value]);
    const id = request.headers['client-request-id'];
    if (id !== undefined && request.headers['return-client-request-id'] === 'true')
      response.setHeader('request-id', id);
    response.writeHead(answer.status, {
      'Content-Type': contentType,
      ...(zipped && { 'Content-Encoding': 'gzip' }),
      'Content-Length': body.length,
    });
    if (ordered?.kind === 'half') {
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    }
    if (ordered?.kind === 'drip') void drip(response, body, ordered.bytes, ordered.everyMs);
    else response.end(body);
  }

  #stream(context: Context, request: Element, response: ServerResponse, account: Account): void {
    const { hanging } = this.#backend.profile;
    const owner = context.mailbox?.address ?? account.login;
    const open = [...this.streams].filter(({ mailboxes }) => mailboxes.includes(owner)).length;
    if (open >= hanging) {
      const answer = this.#faultAnswer(
        new SoapFault(
          'ErrorExceededConnectionCount',
          'You have exceeded the available concurrent connections for your account.',
        ),
      );
      response
        .writeHead(answer.status, { 'content-type': this.#backend.profile.contentType })
        .end(answer.text);
      return;
    }
    let stream: OpenStream | undefined;
    stream = openStream(context, request, response, this.#options.stream, () => {
      if (stream) this.streams.delete(stream);
    });
    if (stream) this.streams.add(stream);
    this.counters.maxStreams = Math.max(this.counters.maxStreams, this.streams.size);
  }
}

const unavailable =
  '<html><head><title>Service Unavailable</title></head><body><h2>Service Unavailable</h2><br></body></html>';

interface Answer {
  readonly status: number;
  readonly text: string;
}

function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) request.destroy();
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}

/** The parts of a request that each get a response message. */
function partsOf(request: Element): readonly unknown[] {
  const lists = ['ItemIds', 'Items', 'ItemChanges', 'FolderIds', 'ParentFolderIds', 'SourceIds'];
  const list = request.children.find((one) => lists.includes(localName(one)));
  return list && list.children.length > 0 ? list.children : [request];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
