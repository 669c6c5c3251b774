/** A real installation in memory: people with passwords, and a clock that moves only when told. */
import { randomBytes } from 'node:crypto';
import type { AuthenticatorOptions, SignInAnswer, SignInRequest } from '../../src/auth/authenticator.ts';
import { type Authenticator, createAuthenticator, type SignInFailure } from '../../src/auth/authenticator.ts';
import { manualClock } from '../../src/core/clock.ts';
import { idSource } from '../../src/core/ids.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Principal } from '../../src/core/principal.ts';
import { operator } from '../../src/service/access.ts';
import { createServices, type Services } from '../../src/service/context.ts';
import { createPerson, type NewPersonValues } from '../../src/service/people/people.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';

export interface Installation {
  readonly services: Services;
  readonly advance: (ms: number) => void;
  readonly person: (values: NewPersonValues) => Promise<Principal>;
  readonly close: () => Promise<void>;
}

export function install(): Installation {
  const clock = manualClock(Date.UTC(2026, 10, 20));
  const services = createServices({
    storage: openSqlite({ file: ':memory:', clock }),
    clock,
    ids: idSource(clock),
    limits: defaultLimits,
    log: () => {},
    secret: randomBytes(32),
    random: (sizeBytes) => randomBytes(sizeBytes),
  });
  return {
    services,
    advance: clock.advance,
    person: (values) => createPerson(services, operator(), values),
    close: () => services.storage.close(),
  };
}

export interface Gate extends Authenticator {
  readonly failures: readonly SignInFailure[];
  /** Signs in by name and password, from an address. */
  readonly try: (name: string, password: string, address?: string) => Promise<SignInAnswer>;
  readonly send: (request: Partial<SignInRequest>) => Promise<SignInAnswer>;
}

export function gate(services: Services, options: Partial<AuthenticatorOptions> = {}): Gate {
  const failures: SignInFailure[] = [];
  const authenticator = createAuthenticator(services, {
    methods: ['app-password', 'password'],
    requireAppPasswords: false,
    cacheSeconds: 300,
    maxFailuresPerAccount: 5,
    maxFailuresPerAddress: 8,
    failureWindowSeconds: 900,
    onFailure: (failure) => failures.push(failure),
    pass: async () => {},
    ...options,
  });
  const send = (request: Partial<SignInRequest>): Promise<SignInAnswer> =>
    authenticator.signIn({
      authorization: undefined,
      proxyUser: undefined,
      address: '198.51.100.1',
      program: 'iOS/18',
      requestId: 'r1',
      door: 'dav',
      ...request,
    });
  return {
    ...authenticator,
    failures,
    send,
    try: (name, password, address = '198.51.100.1') =>
      send({ authorization: basic(name, password), address }),
  };
}

export function basic(name: string, password: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  return `Basic ${Buffer.from(`${name}:${password}`, encoding).toString('base64')}`;
}

/** `alice by password`, or what the answer is otherwise. */
export function told(answer: SignInAnswer): string {
  return answer.is === 'signed-in' ? `${answer.actor.principal.name} by ${answer.actor.via}` : answer.is;
}
