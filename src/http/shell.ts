/**
 * What every request goes through before and after its door: id, log, limits, sign-in (ARCHITECTURE §11).
 *
 * Koa composes the steps; doors know nothing of it. Whatever a client sends gets a clean answer: a 5xx means that
 * something of ours is broken.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import Koa from 'koa';
import type { Authenticator, SignInAnswer } from '../auth/authenticator.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { pathTemplate, programName } from '../observability/path-template.ts';
import { drain, hasBody, type RequestBody, requestBody } from './body.ts';
import { type BodyShare, createBodyBudget } from './body-budget.ts';
import { createCrossOrigin } from './cross-origin.ts';
import type { DoorResponse, Route } from './door.ts';
import { createPeerReader, type Peer } from './proxy.ts';
import { routeFor } from './router.ts';
import { send } from './send.ts';
import { text } from './small-doors.ts';
import { readTarget, type Target } from './target.ts';

export interface ShellOptions {
  readonly routes: readonly Route[];
  readonly authenticator: Pick<Authenticator, 'signIn'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** `''` or `/a/b`. */
  readonly basePath: string;
  readonly trustProxy: readonly string[];
  /** Header in which a trusted proxy names the signed-in person, lower case; empty: none. */
  readonly proxyUserHeader: string;
  /** Origins whose scripts are let in at routes that allow it; empty: none. */
  readonly corsOrigins: readonly string[];
  /** The address of the page, if this `Cookie` header holds a session of it. */
  readonly pageFor?: (cookie: string) => string | undefined;
  /** Larger bodies are refused, whatever the door. */
  readonly maxBodyBytes: number;
  /** Bytes of bodies that are held at once, by all requests together. */
  readonly maxHeldBytes: number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly nextId: () => string;
}

/** What the steps of one request tell each other. */
interface State {
  readonly id: string;
  readonly startedMs: number;
  readonly peer: Peer;
  readonly expectsContinue: boolean;
  target: Target;
  door: string;
  actor: Actor | undefined;
  body: RequestBody;
  /** This request's share of the budget for bodies, held from the first read until the answer is ready. */
  share: BodyShare | undefined;
  answer: DoorResponse;
}

/** Stands for the answer until a step has given one. */
const unanswered: DoorResponse = text(500, '');

/** How much of an unwanted body is read so that the connection can go on, and for how long. */
const maxDrainBytes = 16 * 1024 * 1024;
const maxDrainMs = 10_000;
/** The time limit for a client that still waits for `100 Continue`, and most likely sends no body. */
const maxWithheldMs = 500;

/** Marks requests that came with `Expect: 100-continue`; set before Koa sees them. */
export const expecting: WeakSet<IncomingMessage> = new WeakSet();

/**
 * Koa without its watch over the end of each response: the first step answers whatever fails, and tells the log how it ended. On
 * short requests that watch took a twentieth of the time.
 */
class Shell extends Koa<State> {
  handleRequest(
    ctx: Koa.ParameterizedContext<State>,
    run: (ctx: Koa.ParameterizedContext<State>) => Promise<void>,
  ): Promise<void> {
    return run(ctx).catch((error: Error) => ctx.onerror(error));
  }
}

/** One long function: the steps in the order in which each request takes them, and what only they use. */
export function createShell(options: ShellOptions): Koa<State> {
  const { log, metrics, authenticator } = options;
  const peerOf = createPeerReader(options.trustProxy);
  const budget = createBodyBudget(options.maxHeldBytes);
  const crossOrigin = createCrossOrigin(options.corsOrigins, options.routes);
  const shell = new Shell();
  // Koa reports connections that broke while an answer was written; the log line of the request says so already.
  shell.on('error', () => {});

  shell.use(async function record(ctx, next) {
    const { req, res } = ctx;
    const id = options.nextId();
    const startedMs = options.nowMs();
    const expectsContinue = expecting.has(req);
    ctx.respond = false; // `send` writes the answer itself.
    ctx.state = {
      id,
      startedMs,
      peer: peerOf(req),
      expectsContinue,
      target: { path: '/', query: '' },
      door: 'none',
      actor: undefined,
      body: requestBody({
        request: req,
        response: res,
        expectsContinue,
        maxBytes: options.maxBodyBytes,
        share: () => (state.share ??= budget.open(senderOf(state))),
      }),
      share: undefined,
      answer: unanswered,
    };
    const { state } = ctx;
    let bytes = -1;
    try {
      await next();
    } catch (error) {
      state.answer = unexpected(error, id);
    } finally {
      state.share?.close();
    }
    const readyMs = options.nowMs();
    try {
      const closed = closing(state, req);
      const answer = crossOrigin ? crossOrigin.marked(closed, req, state.target.path) : closed;
      const sending = send(req, res, answer, state.body, () => settle(state, req, res));
      const sent = sending instanceof Promise ? await sending : sending;
      if (sent.complete) bytes = sent.bytes;
    } catch (error) {
      // Headers may be out: only cutting the connection tells the client that this is not the whole answer.
      if (!res.destroyed) log.failure('the answer broke off', error, id);
      res.destroy();
    }
    // For a live answer (server-sent events) only the time until it began counts: how long somebody listens says
    // nothing about the server.
    const ms = (state.answer.live ? readyMs : options.nowMs()) - startedMs;
    const { door, actor } = state;
    const method = req.method ?? '';
    const status = res.statusCode; // That of the answer, but 206 and 416 for ranges.
    metrics.request(door, method, status, ms / 1000);
    const program = programName(req.headers['user-agent']);
    log.request({
      id,
      door,
      method,
      path: pathTemplate(state.target.path),
      status,
      ms: Math.round(ms * 100) / 100,
      bytes,
      ...(actor && { principal: actor.principal.id }),
      ...(program !== undefined && { program }),
    });
  });

  shell.use(async function limit({ req, state }, next) {
    const target = readTarget(req.url ?? '', options.basePath);
    if (target === undefined) {
      state.answer = text(400, 'the request target is neither a path nor a web address');
      return;
    }
    state.target = target;
    if (hasSeveralHosts(req.rawHeaders)) {
      state.answer = text(400, 'the request has more than one Host');
      return;
    }
    const coding = req.headers['content-encoding'];
    if (coding !== undefined && coding.trim().toLowerCase() !== 'identity' && hasBody(req)) {
      // RFC 9110 §15.5.16: tells the client what it may send. Unpacking would let few bytes become very many.
      state.answer = text(415, 'compressed request bodies are not accepted', {
        'Accept-Encoding': 'identity',
      });
      return;
    }
    if (Number(req.headers['content-length'] ?? 0) > options.maxBodyBytes) {
      state.answer = text(413, `the body has more than ${options.maxBodyBytes} bytes`);
      return;
    }
    await next();
  });

  shell.use(async function route({ req, state }) {
    const preflight = crossOrigin?.preflight(req, state.target.path);
    if (preflight !== undefined) {
      state.door = preflight.door;
      state.answer = preflight.answer;
      return;
    }
    const found = routeFor(options.routes, state.target.path, req.method ?? '');
    if (found === undefined) {
      state.answer = text(404, 'nothing here');
      return;
    }
    state.door = found.door;
    const proxyUser = namedByProxy(req, state.peer);
    if (found.signIn === 'required') await signIn(req, state, proxyUser);
    if (found.signIn === 'required' && state.actor === undefined) return;
    state.answer = await found.handle({
      method: req.method ?? '',
      target: `${state.target.path}${state.target.query}`,
      headers: req.headers,
      body: state.body,
      actor: state.actor,
      id: state.id,
      address: state.peer.address,
      ...(proxyUser !== undefined && { proxyUser }),
    });
  });

  return shell;

  function unexpected(error: unknown, id: string): DoorResponse {
    if (error instanceof Refusal && error.code === 'too-large') return text(413, error.message);
    if (error instanceof Refusal && error.code === 'malformed-request') return text(400, error.message);
    if (error instanceof Refusal && error.code === 'busy')
      return text(503, error.message, { 'Retry-After': String(error.detail.retryAfterSeconds ?? 1) });
    log.failure('request failed', error, id);
    return text(500, `Something went wrong here. Whoever runs this server finds it in the log as ${id}.`);
  }

  /** The person whom the proxy names. From an address that is not trusted the header is ignored. */
  function namedByProxy({ headers }: IncomingMessage, { isTrusted }: Peer): string | undefined {
    return isTrusted && options.proxyUserHeader !== ''
      ? headerText(headers[options.proxyUserHeader])
      : undefined;
  }

  async function signIn(req: IncomingMessage, state: State, proxyUser: string | undefined): Promise<void> {
    const { peer } = state;
    const answer = await authenticator.signIn({
      authorization: req.headers.authorization,
      proxyUser,
      address: peer.address,
      program: programName(req.headers['user-agent']) ?? '',
      requestId: state.id,
      door: state.door,
    });
    if (answer.is === 'signed-in') state.actor = located(answer.actor, peer);
    else
      state.answer = (answer.is === 'anonymous' && pageInstead(req, state.target)) || refusedSignIn(answer);
  }

  /**
   * Sends a browser that opens a collection, and has a session of the page, to the page instead of asking for a password
   * (clients.md, demand 84). Not for single files, and not for programs, which do not ask for HTML.
   */
  function pageInstead({ method, headers }: IncomingMessage, { path }: Target): DoorResponse | undefined {
    const isBrowser = /^(?:GET|HEAD)$/.test(method ?? '') && headers.accept?.includes('text/html') === true;
    if (!isBrowser || !path.endsWith('/')) return undefined;
    const page = options.pageFor?.(headers.cookie ?? '');
    return page === undefined
      ? undefined
      : { status: 303, headers: { Location: page, 'Cache-Control': 'no-store', Vary: 'Accept, Cookie' } };
  }
}

/** The same realm on every 401, or Thunderbird asks for the password again (caldav.md, section 2). */
const challenge = 'Basic realm="portcal", charset="UTF-8"';

const unauthorized: DoorResponse = text(401, 'sign in with your login name and password', {
  'WWW-Authenticate': challenge,
});

function refusedSignIn(answer: Exclude<SignInAnswer, { is: 'signed-in' }>): DoorResponse {
  if (answer.is === 'throttled')
    return text(429, 'too many failed sign-ins', { 'Retry-After': String(answer.retryAfterSeconds) });
  if (answer.is === 'unavailable')
    return text(503, 'sign-in does not work at the moment; try again', { 'Retry-After': '30' });
  return unauthorized;
}

function located(actor: Actor, { address }: Peer): Actor {
  return actor.address === address ? actor : { ...actor, address };
}

function senderOf({ actor, peer }: State): string {
  return actor ? `person ${actor.principal.id}` : `address ${peer.address}`;
}

/** The answer with `Connection: close` where the rest of the request will not be read to its end. */
function closing(state: State, request: IncomingMessage): DoorResponse {
  const { answer, body } = state;
  const announced = Number(request.headers['content-length'] ?? 0);
  const willClose = body.isWithheld() || (!request.complete && announced > maxDrainBytes);
  return willClose ? { ...answer, headers: { ...answer.headers, Connection: 'close' } } : answer;
}

async function settle(state: State, request: IncomingMessage, response: Koa.Context['res']): Promise<void> {
  const clean = await drain(request, maxDrainBytes, state.body.isWithheld() ? maxWithheldMs : maxDrainMs);
  response.end();
  if (clean) return;
  // Ends the writing side first, so that the answer arrives; then nothing more is read.
  request.socket.destroySoon();
}

/** RFC 9112 §3.2: such a request may mean one place to a proxy and another one here. Node keeps the first and is silent. */
function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/** A header as its sender meant it: Node reads octets as Latin-1, proxies write names in UTF-8. */
function headerText(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const octets = Buffer.from(value, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : value;
}
