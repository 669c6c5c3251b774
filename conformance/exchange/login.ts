/** Who a connection or a request speaks for: Basic, Bearer and NTLM, with a lockout as directories have it. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type NtlmServer, NtlmSession } from './ntlm.ts';
import type { Account } from './soap.ts';

export type Method = 'ntlm' | 'basic' | 'bearer' | 'negotiate';

export interface LoginOptions {
  /** Offered in this order. */
  readonly methods: readonly Method[];
  /** Refusals in a row after which an account is locked; undefined: never. */
  readonly lockAfter: number | undefined;
  /** NTLM answers without a channel binding are refused (Extended Protection). */
  readonly requireChannelBinding: boolean;
}

export type LoginResult =
  | { readonly account: Account }
  /** 401 with these WWW-Authenticate lines. */
  | { readonly challenge: readonly string[] };

/** Counts what a test wants to know of logins. */
export interface LoginCounters {
  refused: number;
  accepted: number;
}

export class Logins {
  readonly accounts: Map<string, Account> = new Map();
  readonly tokens: Map<string, string> = new Map();
  readonly counters: LoginCounters = { refused: 0, accepted: 0 };
  readonly #options: LoginOptions;
  readonly #ntlm: NtlmServer;
  readonly #sessions = new WeakMap<Socket, NtlmSession>();

  constructor(options: LoginOptions, ntlm: NtlmServer) {
    this.#options = options;
    this.#ntlm = ntlm;
  }

  account(login: string): Account | undefined {
    return this.accounts.get(plainLogin(login));
  }

  /** Looks at one request; NTLM also at what its connection has proven before. */
  login(request: IncomingMessage): LoginResult {
    const { socket } = request;
    const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)/.exec(request.headers.authorization ?? '') ?? [];
    const session = this.#sessions.get(socket);
    if (scheme === '') return session?.account ? { account: session.account } : { challenge: this.#offer() };
    switch (scheme.toLowerCase()) {
      case 'basic':
        return this.#offers('basic') ? this.#basic(value) : { challenge: this.#offer() };
      case 'bearer': {
        const login = this.#offers('bearer') ? this.tokens.get(value) : undefined;
        return this.#judge(login === undefined ? undefined : this.account(login), true);
      }
      case 'ntlm':
      case 'negotiate':
        return this.#offers(scheme.toLowerCase() === 'ntlm' ? 'ntlm' : 'negotiate')
          ? this.#handshake(socket, scheme, value)
          : { challenge: this.#offer() };
      default:
        return { challenge: this.#offer() };
    }
  }

  #basic(value: string): LoginResult {
    const [, name = '', password = ''] =
      /^([^:]*):([\s\S]*)$/.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
    const account = this.account(name);
    return this.#judge(account, account?.password === password);
  }

  #handshake(socket: Socket, scheme: string, value: string): LoginResult {
    const message = Buffer.from(value, 'base64');
    const open = this.#sessions.get(socket);
    // Each first leg begins anew, also on a connection that has been used before.
    const session =
      open && !open.account && message[8] === 3
        ? open
        : new NtlmSession(this.#ntlm, this.#options.requireChannelBinding);
    this.#sessions.set(socket, session);
    const step = session.step(message, socket, (login) => this.account(login));
    if (step.kind === 'challenge') return { challenge: [`${scheme} ${step.message.toString('base64')}`] };
    const judged = this.#judge(step.account, step.proven);
    if ('account' in judged) session.account = judged.account;
    else this.#sessions.delete(socket);
    return judged;
  }

  #judge(account: Account | undefined, proven: boolean): LoginResult {
    const { lockAfter } = this.#options;
    const locked = account !== undefined && lockAfter !== undefined && account.failures >= lockAfter;
    if (account && proven && !account.disabled && !locked) {
      account.failures = 0;
      this.counters.accepted += 1;
      return { account };
    }
    if (account) account.failures += 1;
    this.counters.refused += 1;
    return { challenge: this.#offer() };
  }

  #offers(method: Method): boolean {
    return this.#options.methods.includes(method);
  }

  #offer(): readonly string[] {
    const lines: Readonly<Record<Method, string>> = {
      ntlm: 'NTLM',
      negotiate: 'Negotiate',
      basic: 'Basic realm="exchange.lab.test"',
      bearer: 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000"',
    };
    return this.#options.methods.map((method) => lines[method]);
  }
}

/** `DOMAIN\user` and `user@domain` are the same account; the form with a backslash is looked up by its user name. */
export function plainLogin(login: string): string {
  return login.slice(login.indexOf('\\') + 1).toLowerCase();
}
