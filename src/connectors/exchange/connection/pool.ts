/**
 * Connections by server and login. A login belongs to its connections (NTLM signs in the connection, not the request), so
 * they are never shared between logins, and each carries one request at a time. A mailbox has one request under way at most,
 * a server not more than the settings allow.
 */
import { type Connection, openConnection } from '../../../outbound/connection.ts';
import { OutboundError } from '../../../outbound/error.ts';
import { isLoopback } from '../../../service/connectors/settings.ts';
import { RemoteFailure } from '../../failure.ts';
import type { Credentials } from '../auth/credentials.ts';
import { type SignIn, signIn } from '../auth/sign-in.ts';
import type { Endpoint, TransportSettings } from '../settings.ts';
import { type Cookies, cookies } from '../wire/cookies.ts';
import { maxAnswerBytes } from '../wire/response.ts';
import { type Gate, gate } from './gate.ts';
import { type Brake, budgetBrake, circuitBrake, type LoginBrake, loginBrake } from './throttle.ts';

/** Whose password is sent. */
export interface Identity {
  readonly credentials: Credentials;
  /** A refusal concerns everybody, and stops the connector. */
  readonly isService: boolean;
}

/** One connection with its login and cookies. */
export interface Lane {
  readonly connection: Connection;
  readonly signIn: SignIn;
  readonly cookies: Cookies;
  /** Ends the connection, whatever is under way on it. */
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly settings: TransportSettings;
  readonly endpoint: Endpoint;
  readonly now: () => number;
  readonly random: () => number;
  /** Shared with other pools for the same server: see `Learned`. */
  readonly refusals?: Map<string, LoginBrake>;
}

export interface PoolHealth {
  readonly origin: string;
  readonly throttledUntil: number | undefined;
  readonly unreachableUntil: number | undefined;
  readonly openConnections: number;
  /** Of the last answer; undefined before the first. */
  readonly latencyMs: number | undefined;
  readonly lastAnswer: number | undefined;
}

export interface Pool {
  /**
   * Runs `use` on a connection of its own, when mailbox and server have room. Failures put the brakes on; `note` is for those
   * that an answer tells of one of its parts.
   */
  readonly run: <Result>(
    place: {
      readonly url: URL;
      readonly identity: Identity;
      readonly mailbox: string;
      /** One of `openLane`, which stays with its holder. */
      readonly lane?: Lane | undefined;
      /** As `Operation.aside`. */
      readonly aside?: true | undefined;
      /** This login was accepted at another place of the server: that it is refused here says nothing about the password. */
      readonly isProven?: boolean | undefined;
    },
    use: (lane: Lane, note: (failure: RemoteFailure) => void) => Promise<Result>,
    signal: AbortSignal,
  ) => Promise<Result>;
  /** A connection beside the others, for an answer that stays open; with the cookies of an earlier one. The caller closes it. */
  readonly openLane: (url: URL, identity: Identity, jar?: Cookies) => Lane;
  /** What such an answer says of how long all requests of the login are to wait. */
  readonly pause: (url: URL, identity: Identity, failure: RemoteFailure) => void;
  readonly health: () => readonly PoolHealth[];
  readonly close: () => Promise<void>;
}

/** Connections that nothing has used for so long are closed: a server would do the same in the midst of a request. */
const idleMs = 60_000;
const connectTimeoutMs = 15_000;

interface Server {
  readonly origin: string;
  readonly gate: Gate;
  readonly circuit: Brake;
  /** Mailboxes of which it has said since its last good answer that something is wrong. */
  readonly ailing: Set<string>;
  latencyMs: number | undefined;
  lastAnswer: number | undefined;
}

interface Login {
  readonly server: Server;
  readonly budget: Brake;
  readonly refusals: LoginBrake;
  readonly idle: { readonly lane: Lane; readonly since: number }[];
  openCount: number;
}

export function createPool(options: PoolOptions): Pool {
  const { settings, endpoint, now } = options;
  const servers = new Map<string, Server>();
  const logins = new Map<string, Login>();
  const mailboxes = new Map<string, Gate>();
  const lanes = new Set<Lane>();
  let closed = false;

  const serverAt = (origin: string): Server =>
    remembered(servers, origin, () => ({
      origin,
      gate: gate(settings.maxConcurrentRequests),
      circuit: circuitBrake(options),
      ailing: new Set(),
      latencyMs: undefined,
      lastAnswer: undefined,
    }));

  const refusals = options.refusals ?? new Map<string, LoginBrake>();
  const loginOf = (origin: string, { credentials, isService }: Identity): Login => {
    const key = JSON.stringify([origin, credentials.login, credentials.domain, credentials.secretId]);
    return remembered(logins, key, () => ({
      server: serverAt(origin),
      budget: budgetBrake(options),
      refusals: remembered(refusals, key, () => loginBrake(isService ? 'auth-global' : 'auth', now)),
      idle: [],
      openCount: 0,
    }));
  };

  const open = (url: URL, identity: Identity, jar: Cookies = cookies(now)): Lane => {
    if (closed) throw new RemoteFailure('cancelled', 'closed', 'the connector has been closed');
    const connection = openConnection(new URL(url.origin), {
      reach: endpoint.reach,
      trust: endpoint.trust,
      proxy: endpoint.proxy,
      connectTimeoutMs,
      maxAnswerBytes,
    });
    const lane: Lane = {
      connection,
      signIn: signIn({
        connection,
        credentials: identity.credentials,
        methods: settings.authMethods,
        basicAllowed: url.protocol === 'https:' || isLoopback(url.hostname) || settings.allowInsecureHttp,
        host: url.hostname,
        refusedAs: identity.isService ? 'auth-global' : 'auth',
        now,
      }),
      cookies: jar,
      async close() {
        lanes.delete(lane);
        // Nothing that was under way is of interest any more, nor how it ends.
        await connection.close().catch(() => undefined);
      },
    };
    lanes.add(lane);
    return lane;
  };

  const take = (login: Login, url: URL, identity: Identity): Lane => {
    for (let free = login.idle.pop(); free !== undefined; free = login.idle.pop()) {
      if (now() - free.since < idleMs) return free.lane;
      void free.lane.close();
      login.openCount -= 1;
    }
    login.openCount += 1;
    return open(url, identity);
  };

  return {
    async run({ url, identity, mailbox, lane: held, aside, isProven }, use, signal) {
      const login = loginOf(url.origin, identity);
      const check = (): void => {
        login.refusals.check();
        login.budget.check();
        login.server.circuit.check();
      };
      check();
      const own = remembered(mailboxes, mailbox, () => gate(1));
      const leaveMailbox = await own.enter(signal);
      try {
        const leaveServer = await login.server.gate.enter(signal);
        try {
          // What was learnt while waiting counts.
          check();
          const lane = held ?? take(login, url, identity);
          let broken = false;
          let noted: RemoteFailure | undefined;
          const started = now();
          try {
            const result = await use(lane, (failure) => {
              noted ??= failure;
            });
            login.budget.note(noted ?? 'ok');
            login.server.circuit.note('ok');
            login.server.ailing.clear();
            login.server.lastAnswer = now();
            login.server.latencyMs = login.server.lastAnswer - started;
            login.refusals.accepted();
            return result;
          } catch (error) {
            const failure = failureFrom(error);
            // One whose login was refused would be of no use, and would keep what was typed.
            broken =
              failure.class === 'transient' ||
              failure.class === 'cancelled' ||
              failure.code === 'login-refused';
            // Other codes of the class speak of the mailbox, not of the login.
            if (failure.code === 'login-refused' && !isProven) login.refusals.refused();
            login.budget.note(failure);
            // One mailbox that it cannot open, however often it is tried, does not make a server that does not work.
            const isToldAgain = isFault(failure) && login.server.ailing.has(mailbox);
            if (isFault(failure)) login.server.ailing.add(mailbox);
            if (!isToldAgain && !(aside && isAnswered(failure))) login.server.circuit.note(failure);
            throw failure;
          } finally {
            if (held !== undefined) {
              // Its holder knows what becomes of it.
            } else if (broken || closed) {
              void lane.close();
              login.openCount -= 1;
            } else login.idle.push({ lane, since: now() });
          }
        } finally {
          leaveServer();
        }
      } finally {
        leaveMailbox();
        if (own.isIdle()) mailboxes.delete(mailbox);
      }
    },
    openLane: open,
    pause(url, identity, failure) {
      loginOf(url.origin, identity).budget.note(failure);
    },
    health: () =>
      [...servers.values()].map(({ origin, circuit, latencyMs, lastAnswer }) => {
        const own = [...logins.values()].filter(({ server }) => server.origin === origin);
        const pauses = own.map(({ budget }) => budget.until() ?? 0);
        const latest = Math.max(0, ...pauses);
        return {
          origin,
          throttledUntil: latest === 0 ? undefined : latest,
          unreachableUntil: circuit.until(),
          openConnections: own.reduce((sum, { openCount }) => sum + openCount, 0),
          latencyMs,
          lastAnswer,
        };
      }),
    async close() {
      closed = true;
      await Promise.all([...lanes].map((lane) => lane.close()));
    },
  };
}

/** The server itself has said so. */
function isFault({ code }: RemoteFailure): boolean {
  return /^(?:Error|fault-)/.test(code);
}

/** Something came back, whatever it was. */
function isAnswered({ code }: RemoteFailure): boolean {
  return /^(?:Error|fault-|http-|answer-)/.test(code);
}

/** What a request can throw, as a failure with its class. */
export function failureFrom(error: unknown): RemoteFailure {
  if (error instanceof RemoteFailure) return error;
  if (!(error instanceof OutboundError)) throw error;
  const failureClass =
    error.fault === 'cancelled'
      ? 'cancelled'
      : configurationFaults.has(error.fault)
        ? 'configuration'
        : 'transient';
  return new RemoteFailure(failureClass, error.fault, error.message, { cause: error });
}

/** Somebody has to change something before these can go away. */
const configurationFaults: ReadonlySet<string> = new Set([
  'host-not-allowed',
  'address-not-allowed',
  'certificate-untrusted',
  'certificate-name',
  'certificate-expired',
  'certificate-pin',
  'answer-too-large',
]);

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
