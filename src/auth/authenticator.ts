/**
 * Who sends a request: the methods in their configured order, behind a memory of what was verified and a throttle.
 *
 * A request without credentials is no failed sign-in and costs nothing (clients.md W15). A verified header is
 * remembered by a keyed hash for minutes, because hashing a password costs sixty milliseconds and a phone sends it with
 * every request; each use asks whether anything about people has changed since, so a changed password counts at once.
 */
import { hash, randomBytes } from 'node:crypto';
import type { PolicyKey } from '../core/change-set.ts';
import type { Actor, Principal } from '../core/principal.ts';
import { actorFor, policiesOf } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { readBasic } from './basic.ts';
import { BoundedMap } from './bounded-map.ts';
import { createAnswerDelay, maxDelayMs } from './delay.ts';
import { personCalled } from './login-name.ts';
import { isProof, type MethodName, type Outcome, type Proof, type SignInMethod } from './method.ts';
import { accountPasswordMethod, appPasswordMethod } from './passwords.ts';
import { createThrottle, network } from './throttle.ts';

export interface SignInRequest {
  readonly authorization: string | undefined;
  /** Whom a trusted proxy names; absent where there is no such proxy or it names nobody. */
  readonly proxyUser: string | undefined;
  /** The client's address, behind trusted proxies. */
  readonly address: string;
  readonly program: string;
  readonly requestId: string;
  readonly door: string;
}

export type SignInAnswer =
  /** `passwordHash`: what was compared, when it is stored here. Whoever opens something that lasts must find it unchanged. */
  | { readonly is: 'signed-in'; readonly actor: Actor; readonly passwordHash?: string }
  /** The request has no credentials. */
  | { readonly is: 'anonymous' }
  | { readonly is: 'refused' }
  | { readonly is: 'throttled'; readonly retryAfterSeconds: number }
  /**
   * A directory that must be asked does not answer. This is no 401, on which programs would ask people for their
   * password.
   */
  | { readonly is: 'unavailable' };

export interface Authenticator {
  readonly signIn: (request: SignInRequest) => Promise<SignInAnswer>;
  /**
   * By name and account password, as a person types them into a page: app passwords open no page. The same throttle, and
   * answers that come later after some failures.
   */
  readonly signInByPassword: (attempt: PasswordAttempt) => Promise<SignInAnswer>;
}

export interface PasswordAttempt {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly program: string;
  readonly requestId: string;
}

export interface SignInFailure {
  readonly id: string;
  readonly door: string;
  readonly address: string;
  readonly reason: 'wrong-credentials' | 'too-many-attempts' | 'malformed';
}

export interface AuthenticatorOptions {
  /** In the order in which they are tried. */
  readonly methods: readonly MethodName[];
  /** The method `ldap`, made by `ldap.ts`, where it is among the methods. */
  readonly ldap?: SignInMethod;
  /** Only app passwords (and the proxy's word) open calendar programs' doors. */
  readonly requireAppPasswords: boolean;
  readonly cacheSeconds: number;
  readonly maxFailuresPerAccount: number;
  readonly maxFailuresPerAddress: number;
  readonly failureWindowSeconds: number;
  /** Lets time pass before an answer to the page; tests do not wait. */
  readonly pass?: (ms: number) => Promise<unknown>;
  /** Called once for each different wrong credential, so that a ban by log lines hits guessers and not old phones. */
  readonly onFailure: (failure: SignInFailure) => void;
}

interface Remembered {
  proof: Proof;
  actor: Actor;
  /** The version of the directory when the proof was last known to hold. */
  version: number;
  readonly expiresMs: number;
  touchedMs: number;
  /** The program noted last: the use by another one is noted at once. */
  touchedProgram: string;
}

/** Credentials to be verified. */
interface Claim {
  /** Fingerprint of the credentials as they were sent. */
  readonly key: string;
  readonly name: string;
  readonly password: string;
  /** The version of the directory when the request came. */
  readonly version: number;
  readonly request: SignInRequest;
  /** The methods to be tried, in this order. */
  readonly methods: readonly SignInMethod[];
}

interface Mistake {
  /** The version of the directory: while it stays the same, so does the answer. -1: the answer may change at any time. */
  readonly version: number;
  readonly triedMs: number;
}

const maxRemembered = 20_000;
/** How long a wrong credential is remembered: in a directory (LDAP) it may become right without our knowing. */
const mistakeMs = 60_000;
/** An app password's last use is noted at most so often. */
const touchMs = 60_000;

/** One long function, because all steps of a sign-in work on the same memory: what was verified, what was wrong, what is under way. */
export function createAuthenticator(services: Services, options: AuthenticatorOptions): Authenticator {
  const { storage, clock } = services;
  // Made anew by each process, so that fingerprints can be neither predicted nor used elsewhere. It stands in front of the text
  // and has a fixed length: that is enough where nobody ever sees a fingerprint, at a sixth of the price of an HMAC.
  const processKey = randomBytes(32).toString('hex');
  const fingerprint = (text: string): string => hash('sha256', processKey + text, 'hex');
  const remembered = new BoundedMap<string, Remembered>(maxRemembered);
  const mistakes = new BoundedMap<string, Mistake>(maxRemembered);
  /** Credentials that were right before, by the network they came from: others who guess from there do not slow them down. */
  const proven = new BoundedMap<string, true>(maxRemembered);
  const underway = new Map<string, Promise<SignInAnswer>>();
  const throttle = createThrottle({
    maxFailuresPerAccount: options.maxFailuresPerAccount,
    maxFailuresPerAddress: options.maxFailuresPerAddress,
    windowSeconds: options.failureWindowSeconds,
    fingerprint,
  });
  const delay = createAnswerDelay({
    windowSeconds: options.failureWindowSeconds,
    now: clock.now,
    ...(options.pass && { pass: options.pass }),
  });
  const all = methodsOf(services, options);
  const guessable = all.filter(({ isGuessable }) => isGuessable);
  const unguessable = all.filter(({ isGuessable }) => !isGuessable);
  /** The administrator's rule counts at once, also for what is remembered. */
  const needsAppPassword = (policies: ReadonlyMap<PolicyKey, string>): boolean =>
    options.requireAppPasswords || policies.get('app-passwords.required') === 'yes';

  return {
    async signIn(request) {
      if (request.proxyUser !== undefined && options.methods.includes('proxy')) {
        const person = await personCalled(services, request.proxyUser);
        // The proxy has done its part: a name that is unknown here is for an administrator to mend, not for a program to retry.
        return person ? signedIn(await actorOf(person, { scope: 'write', via: 'proxy' })) : { is: 'refused' };
      }
      const { authorization } = request;
      if (authorization === undefined) return { is: 'anonymous' };
      const key = fingerprint(authorization);
      const directory = await services.memory.current(storage);
      const { version } = directory;
      const place = placeKey(key, request);
      const entry = remembered.get(place);
      // Nearly always in memory, so that the request need not wait for a read.
      const policies = directory.policies.known('all') ?? (await policiesOf(services, directory));
      const methods = needsAppPassword(policies) ? unguessable : all;
      if (
        entry !== undefined &&
        !isBarred(entry, methods, request) &&
        (isCurrent(entry, version) || (await recall(place, entry, version)))
      ) {
        touch(entry, request);
        // Most programs stay where they are: their actor is made once.
        const { address } = request;
        if (entry.actor.address !== address) entry.actor = { ...entry.actor, address };
        return signedIn(entry.actor);
      }
      const basic = readBasic(authorization);
      if (basic.is === 'none') return { is: 'anonymous' };
      if (basic.is === 'malformed') return failed(key, request, 'malformed');
      const { name, password } = basic;
      return await verifyOnce({ key, name, password, version, request, methods });
    },
    async signInByPassword({ name, password, ...place }) {
      // Neither text can hold the line end between them, and no header begins so.
      const key = fingerprint(`page\n${name.replaceAll('\n', ' ')}\n${password}`);
      const request = { ...place, authorization: undefined, proxyUser: undefined, door: 'portal' };
      const person = await personCalled(services, name);
      const end = await delay.begin(placeKey(fingerprint(person ? String(person.id) : `?${name}`), request));
      if (!end) return { is: 'throttled', retryAfterSeconds: maxDelayMs / 1000 };
      const version = await storage.directoryVersion();
      const answer = await verifyOnce({ key, name, password, version, request, methods: guessable });
      end(answer.is === 'signed-in' ? 'right' : answer.is === 'refused' ? 'wrong' : 'unjudged');
      return answer;
    },
  };

  /**
   * Verifies, unless the answer is known or on its way. A mistake that cannot have become right is refused without work, or
   * whoever repeats one would keep everybody else from signing in. Of several connections that a phone opens at once, one
   * does the work.
   */
  async function verifyOnce(claim: Claim): Promise<SignInAnswer> {
    const { key, version } = claim;
    const mistake = mistakes.get(key);
    if (mistake?.version === version && Math.abs(clock.now() - mistake.triedMs) < mistakeMs)
      return { is: 'refused' };
    const other = underway.get(key);
    if (other) return await other;
    const work = verify(claim);
    underway.set(key, work);
    try {
      return await work;
    } finally {
      underway.delete(key);
    }
  }

  async function verify(claim: Claim): Promise<SignInAnswer> {
    const { key, name, password, version, request, methods } = claim;
    const person = await personCalled(services, name);
    const account = person ? String(person.id) : `?${name}`;
    const credential = placeKey(fingerprint(`${name.replaceAll('\n', ' ')}\n${password}`), request);
    const isProven = proven.get(credential) !== undefined && !throttle.isSealed(account, request.address);
    // Neither what was right before nor the same mistake again counts as a guess.
    const isNoGuess = isProven || mistakes.get(key) !== undefined;
    let isCounted = false;
    let outcome: Outcome = 'not-mine';
    let isPretending = false;
    let isAway = false;
    for (const method of methods) {
      if (isPretending) {
        if ((await method.pretend?.(password)) === 'unavailable') isAway = true;
        continue;
      }
      if (method.isGuessable && !isNoGuess && !isCounted) {
        const wait = await throttle.admit(account, request.address);
        if (wait > 0) {
          options.onFailure({ ...placeOf(request), reason: 'too-many-attempts' });
          return { is: 'throttled', retryAfterSeconds: wait };
        }
        isCounted = true;
      }
      outcome = await method.attempt({ name, password, person });
      if (outcome !== 'not-mine' && outcome !== 'no') break;
      // For an unknown name the other methods would be asked as well: pretending to makes both answers alike and equally slow.
      isPretending = outcome === 'no' && method.isGuessable;
      if (outcome === 'no' && !isPretending) break;
    }
    const isFailure = !isProof(outcome) && outcome !== 'unavailable';
    if (isCounted && !isFailure) await throttle.forgive(account, request.address);
    if (outcome === 'unavailable') return { is: 'unavailable' };
    if (isFailure) proven.delete(credential);
    else proven.set(credential, true);
    if (!isProof(outcome)) {
      const refused = failed(key, request, 'wrong-credentials', isAway ? -1 : version);
      return isAway ? { is: 'unavailable' } : refused;
    }
    throttle.succeeded(account, request.address);
    const actor = await actorOf(outcome.person, outcome);
    const nowMs = clock.now();
    const entry: Remembered = {
      proof: outcome,
      actor,
      version,
      expiresMs: nowMs + options.cacheSeconds * 1000,
      touchedMs: -Infinity,
      touchedProgram: '',
    };
    remembered.set(placeKey(key, request), entry);
    touch(entry, request);
    return signedIn(actor, outcome.passwordHash);
  }

  /**
   * What is remembered counts only in the network it came from: elsewhere a quick answer would tell somebody who has used up
   * their guesses that one of them is right.
   */
  function placeKey(key: string, { address }: Pick<SignInRequest, 'address'>): string {
    return `${key} ${network(address)}`;
  }

  /** Whether a remembered password must not answer: app passwords are required, or somebody at this address keeps guessing despite the throttle. */
  function isBarred(
    { proof }: Remembered,
    methods: readonly SignInMethod[],
    { address }: SignInRequest,
  ): boolean {
    if (proof.appPassword !== undefined) return false;
    return methods !== all || throttle.isSealed(String(proof.person.id), address);
  }

  /** Nothing about people has changed since the proof was last known to hold: the usual case. */
  function isCurrent(entry: Remembered, version: number): boolean {
    return entry.version === version && clock.now() < entry.expiresMs;
  }

  /** Whether a remembered proof still holds although people have changed. If not, it is forgotten and the password verified anew. */
  async function recall(place: string, entry: Remembered, version: number): Promise<boolean> {
    if (clock.now() < entry.expiresMs && (await renewed(entry, version))) return true;
    remembered.delete(place);
    return false;
  }

  /**
   * Compares the proof with what is stored now, which is much cheaper than a verification. Most often the change was
   * about somebody else.
   */
  async function renewed(entry: Remembered, version: number): Promise<boolean> {
    const { proof } = entry;
    const person = await storage.principal(proof.person.id);
    if (person === undefined || person.disabled || person.name !== proof.person.name) return false;
    // An app password is looked up anew instead: that is as cheap, and sees that it was revoked.
    if (proof.appPassword !== undefined) return false;
    if (
      proof.passwordHash !== undefined &&
      (await storage.credential(person.id))?.hash !== proof.passwordHash
    )
      return false;
    entry.actor = await actorOf(person, proof);
    entry.version = version;
    return true;
  }

  function touch(entry: Remembered, request: SignInRequest): void {
    const { appPassword } = entry.proof;
    const now = clock.now();
    const { program } = request;
    if (appPassword === undefined) return;
    if (now - entry.touchedMs < touchMs && program === entry.touchedProgram) return;
    entry.touchedMs = now;
    entry.touchedProgram = program;
    storage.touchAppPassword(appPassword.id, now, program, request.address);
  }

  function failed(
    key: string,
    request: SignInRequest,
    reason: SignInFailure['reason'],
    version = -1,
  ): SignInAnswer {
    if (mistakes.get(key) === undefined) options.onFailure({ ...placeOf(request), reason });
    mistakes.set(key, { version, triedMs: clock.now() });
    return { is: 'refused' };
  }

  /** The actor of a proof, which keeps nothing of what was compared. */
  async function actorOf(
    person: Principal,
    { scope, via, calendars }: Pick<Actor, 'scope' | 'via' | 'calendars'>,
  ): Promise<Actor> {
    return await actorFor(services, person, { scope, via, ...(calendars && { calendars }) });
  }
}

function signedIn(actor: Actor, passwordHash?: string): SignInAnswer {
  return passwordHash === undefined ? { is: 'signed-in', actor } : { is: 'signed-in', actor, passwordHash };
}

function placeOf({ requestId, door, address }: SignInRequest): Omit<SignInFailure, 'reason'> {
  return { id: requestId, door, address };
}

function methodsOf(services: Services, options: AuthenticatorOptions): readonly SignInMethod[] {
  const all: Readonly<Record<Exclude<MethodName, 'proxy'>, SignInMethod | undefined>> = {
    'app-password': appPasswordMethod(services),
    password: accountPasswordMethod(services),
    ldap: options.ldap,
  };
  return options.methods
    .map((name) => (name === 'proxy' ? undefined : all[name]))
    .filter((method) => method !== undefined);
}
