/**
 * Signing in on one connection: which of the allowed ways the server offers, the three legs of NTLM on the same connection,
 * and what a 401 means. A password that was refused is not sent again by this object.
 */
import { randomBytes } from 'node:crypto';
import { serverEndPoint } from '../../../outbound/certificate.ts';
import type { Connection } from '../../../outbound/connection.ts';
import type { AuthMethod } from '../../../service/connectors/settings.ts';
import { RemoteFailure } from '../../failure.ts';
import { accountOf, basicAuthorization, type Credentials } from './credentials.ts';
import { authenticateMessage, negotiateMessage, readChallenge } from './ntlm.ts';

/** A way to sign in as it stands in headers. `Negotiate` carries NTLM messages as they are, where NTLM has no name of its own. */
type Scheme = 'NTLM' | 'Negotiate' | 'Basic' | 'none';

export interface SignInOptions {
  readonly connection: Connection;
  readonly credentials: Credentials;
  readonly methods: readonly AuthMethod[];
  /** Basic is never used without TLS, unless the settings allow that. */
  readonly basicAllowed: boolean;
  /** Host name of the server, for NTLM's target. */
  readonly host: string;
  /** What a refusal is: `auth-global` for a service account. */
  readonly refusedAs: 'auth' | 'auth-global';
  readonly now: () => number;
  readonly random?: (size: number) => Uint8Array;
}

/** What a request comes back with, as far as signing in looks at it. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly connection: number;
}

/** The empty request that opens a login. */
export interface Opening {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SignIn {
  /**
   * Asks with whatever header the login needs; `ask` may be called again after a 401 that was no refusal, and then has to send
   * all of its request again. `drop` reads an answer that is not wanted to its end.
   * Throws a failure of class `auth` or `auth-global` once the password was refused.
   */
  readonly run: <Answer extends Answered>(
    opening: Opening,
    ask: (headers: Readonly<Record<string, string>>) => Promise<Answer>,
    drop: (answer: Answer) => Promise<void>,
  ) => Promise<Answer>;
}

/** A connection may break between two legs; more than this, and something on the way does not keep connections. */
const maxAttempts = 3;
const workstation = 'PORTCAL';

export function signIn(options: SignInOptions): SignIn {
  const { connection, credentials, methods, basicAllowed, host, refusedAs, now } = options;
  const random = options.random ?? randomBytes;
  let scheme: Scheme | undefined;
  /** Offered, but the server does not go on with them: `Negotiate` may mean Kerberos alone. */
  const useless = new Set<Scheme>();
  /** The connection on which NTLM has succeeded; 0: none. */
  let signedInOn = 0;

  const basic = async (): Promise<string> => basicAuthorization(credentials, await credentials.reveal());

  const refused = (): RemoteFailure =>
    new RemoteFailure(refusedAs, 'login-refused', 'the server refuses this user name or password');

  const choose = (headers: Headers): Scheme => {
    const offered = offeredSchemes(headers);
    for (const method of methods) {
      if (method === 'ntlm' && offered.has('ntlm') && !useless.has('NTLM')) return 'NTLM';
      if (method === 'ntlm' && offered.has('negotiate') && !useless.has('Negotiate')) return 'Negotiate';
      if (method === 'basic' && offered.has('basic') && basicAllowed) return 'Basic';
    }
    if (useless.size > 0)
      throw new RemoteFailure(
        'configuration',
        'challenge-missing',
        `the server offers ${[...useless].join(' and ')} but does not go on with it`,
      );
    const names = [...offered].join(', ');
    throw new RemoteFailure(
      'configuration',
      'method-not-offered',
      `the server offers ${names === '' ? 'no way to sign in' : names}; none of these is allowed here`,
    );
  };

  /** Second and third leg; the first is the request that brought `offer`, or one of its own. */
  const ntlm = async (opening: Opening, as: 'NTLM' | 'Negotiate'): Promise<Leg> => {
    const negotiate = negotiateMessage();
    const answer = await connection.request({
      ...opening,
      headers: { ...opening.headers, authorization: `${as} ${negotiate.toString('base64')}` },
      body: '',
    });
    if (answer.status !== 401) return { status: answer.status };
    const token = tokenOf(answer.headers, as);
    if (token === undefined) return { offers: answer.headers };
    const challenge = readChallenge(Buffer.from(token, 'base64'));
    if (challenge === undefined)
      throw new RemoteFailure(
        'configuration',
        'challenge-unreadable',
        'the server sends an NTLM challenge that is none',
      );
    const raw = connection.peer()?.tls?.raw;
    const { user, domain } = accountOf(credentials);
    const message = authenticateMessage(negotiate, challenge, {
      user,
      domain,
      password: await credentials.reveal(),
      workstation,
      targetName: `HTTP/${host}`,
      endPoint: raw === undefined ? undefined : serverEndPoint(raw),
      clientChallenge: random(8),
      now: now(),
    });
    return { header: `${as} ${message.toString('base64')}`, on: answer.connection };
  };

  const probe = async (opening: Opening): Promise<Leg> => {
    const answer = await connection.request({ ...opening, body: '' });
    return answer.status === 401 ? { offers: answer.headers } : { status: answer.status };
  };

  /** The header to send, found out by as many empty requests as that takes. */
  const prepare = async (opening: Opening): Promise<Leg> => {
    if (scheme === 'none') return {};
    if (scheme === 'Basic') return { header: await basic() };
    if (signedInOn !== 0 && signedInOn === connection.connectionCount() && connection.isOpen()) return {};
    // NTLM begins without saying who asks, so it may be tried before it was offered; Basic must not.
    const first =
      scheme ??
      (methods.find((method) => method === 'ntlm' || method === 'basic') === 'ntlm' ? 'NTLM' : undefined);
    let leg = first === undefined ? await probe(opening) : await ntlm(opening, first);
    let tried: Scheme | undefined = first;
    // Each round either ends it or leaves one way less.
    while (leg.offers !== undefined) {
      const chosen = choose(leg.offers);
      if (chosen === tried) useless.add(chosen);
      else {
        tried = chosen;
        leg = chosen === 'Basic' ? { header: await basic() } : await ntlm(opening, asNtlm(chosen));
      }
    }
    if (leg.header !== undefined) scheme = tried;
    else if (leg.status !== undefined && !isBusy(leg.status)) scheme = 'none';
    return leg;
  };

  return {
    async run(opening, ask, drop) {
      if (!methods.some((method) => method === 'ntlm' || method === 'basic'))
        throw new RemoteFailure(
          'configuration',
          'method-not-supported',
          'authMethods allows neither ntlm nor basic',
        );
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const leg = await prepare(opening);
        const answer = await ask(leg.header === undefined ? {} : { authorization: leg.header });
        if (answer.status !== 401) {
          if (leg.header !== undefined && scheme !== 'Basic') signedInOn = answer.connection;
          return answer;
        }
        await drop(answer);
        signedInOn = 0;
        // Nothing was sent that could be refused: a new connection, or a server that has begun to ask.
        if (leg.header === undefined) {
          // Some ask only once there is something to be asked.
          if (scheme === 'none') scheme = attempt === 1 ? choose(answer.headers) : undefined;
          continue;
        }
        // The connection was another one than that of the challenge, so the answer says nothing about the password.
        if (leg.on !== undefined && leg.on !== answer.connection) continue;
        if (scheme === 'Basic' && !offeredSchemes(answer.headers).has('basic')) {
          scheme = undefined;
          continue;
        }
        throw refused();
      }
      throw new RemoteFailure(
        'configuration',
        'connection-not-kept',
        'the connection does not last for a login; a proxy may end it after each answer',
      );
    },
  };
}

interface Leg {
  readonly header?: string;
  /** Which connection the challenge came by. */
  readonly on?: number;
  readonly offers?: Headers;
  /** The server answered the empty request without asking who we are. */
  readonly status?: number;
}

function asNtlm(scheme: Scheme): 'NTLM' | 'Negotiate' {
  return scheme === 'Negotiate' ? 'Negotiate' : 'NTLM';
}

/** Answers that say nothing about logins: too busy, gone elsewhere, no such place. */
function isBusy(status: number): boolean {
  return status === 429 || status >= 502 || (status >= 300 && status < 400) || status === 404;
}

/** Names of the ways in `WWW-Authenticate` (RFC 9110 §11.6.1), in lower case. */
export function offeredSchemes(headers: Headers): ReadonlySet<string> {
  // What stands in quotes is a realm, whatever it sounds like.
  const text = (headers.get('www-authenticate') ?? '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  return new Set(
    [...text.matchAll(/(?:^|,)\s*(NTLM|Negotiate|Basic|Bearer|Kerberos|Digest)\b/gi)].map(([, name]) =>
      (name ?? '').toLowerCase(),
    ),
  );
}

function tokenOf(headers: Headers, scheme: 'NTLM' | 'Negotiate'): string | undefined {
  const pattern =
    scheme === 'NTLM'
      ? /(?:^|,)\s*NTLM\s+([A-Za-z0-9+/=]{16,})/i
      : /(?:^|,)\s*Negotiate\s+([A-Za-z0-9+/=]{16,})/i;
  return pattern.exec(headers.get('www-authenticate') ?? '')?.[1];
}
