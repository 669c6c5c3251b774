/**
 * EWS for one mailbox: finds its address, asks as the version it understands, steps down where the server is older, asks
 * again what may be asked again, and hands failures on with their class. Nothing that writes is ever sent twice.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf } from '../../../xml/name.ts';
import { RemoteFailure } from '../../failure.ts';
import type { Operation } from '../operations/operation.ts';
import { movedCodes, versionCodes } from '../wire/codes.ts';
import { type Answer, Redirect, readAnswer, type ServerVersion, SoapFault } from '../wire/response.ts';
import { knows, type SchemaVersion } from '../wire/schema-version.ts';
import { envelope, type Impersonated, requestHeaders } from '../wire/soap.ts';
import { cancelled } from './gate.ts';
import { type Memory, type Quirks, readMemory, writeMemory } from './memory.ts';
import { failureFrom, type Identity, type Lane, type Pool } from './pool.ts';
import type { Skew } from './skew.ts';
import type { LoginBrake } from './throttle.ts';
import { firstVersion, schemaOf, stepDown } from './versions.ts';

/** Who asks for which mailbox. */
export interface Access {
  /** Lower case. */
  readonly mailbox: string;
  readonly identity: Identity;
  /** `own`: the login is that of the mailbox. */
  readonly mode: 'impersonation' | 'delegate' | 'own';
}

/** Where a mailbox is served. */
export interface Place {
  readonly url: URL;
  readonly group: string | undefined;
}

export interface ClientOptions {
  readonly access: Access;
  readonly pool: Pool;
  readonly skew: Skew;
  readonly version: 'auto' | SchemaVersion;
  readonly memory: string;
  /** What the settings say of the way to the server: another one ends what is remembered. */
  readonly base: string;
  /** By autodiscover or the settings; `afresh`: what was found before is no longer true. */
  readonly find: (
    access: Access,
    afresh: boolean,
    signal: AbortSignal,
  ) => Promise<Place & { readonly found: number }>;
  /** How long a found address is believed. */
  readonly placeMs: number;
  /** May logins be sent there? */
  readonly mayBeAsked: (url: URL) => boolean;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly trace?: ((entry: Trace) => void) | undefined;
  readonly learned: Learned;
}

/** What one mailbox has shown of the server holds for all of them. */
export interface Learned {
  quirks: Quirks;
  /** Passwords that were refused are no better under other settings: a directory counts all of them. */
  refusals?: Map<string, LoginBrake>;
}

/** For `redact.ts`; never kept as it is. */
export interface Trace {
  readonly mailbox: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly ms: number;
  readonly request: string;
  readonly requestId: string;
  readonly answerHeaders: Headers | undefined;
  readonly answer: string;
}

export interface EwsClient {
  readonly access: Access;
  readonly call: <Result>(operation: Operation<Result>, signal: AbortSignal) => Promise<Result>;
  /** Once, on a connection that the caller holds. */
  readonly callOn: <Result>(
    operation: Operation<Result>,
    route: Route,
    signal: AbortSignal,
  ) => Promise<Result>;
  readonly place: (signal: AbortSignal) => Promise<Place>;
  /** Undefined: the login asks in its own name. */
  readonly impersonated: () => Impersonated | undefined;
  readonly version: () => SchemaVersion;
  readonly server: () => ServerVersion | undefined;
  readonly quirks: () => Quirks;
  readonly noteQuirks: (quirks: Quirks) => void;
  /** `ConnectorAccount.memory` */
  readonly memory: () => string;
  readonly now: () => number;
}

/** The way of a request that must reach the same machine as others of its group (exchange.md 16, "Cluster"). */
export interface Route {
  readonly lane: Lane;
  readonly anchor: string;
}

const maxTries = 5;
const maxRedirects = 10;
const firstDelayMs = 250;

export function createClient(options: ClientOptions): EwsClient {
  const { access, pool, skew, userAgent, timeoutMs, now, random, learned } = options;
  const sleep = options.sleep ?? ((ms, signal) => sleepFor(ms, undefined, { signal }).catch(() => undefined));
  let memory: Memory = readMemory(options.memory, options.base);
  // Remembered with each mailbox, so that it outlives this process; what was found since then counts more.
  learned.quirks = { ...memory.quirks, ...learned.quirks };
  let server: ServerVersion | undefined =
    memory.build === undefined ? undefined : { build: memory.build, schema: '' };

  const version = (): SchemaVersion =>
    options.version === 'auto' ? (memory.version ?? firstVersion) : options.version;

  const noteServer = (told: ServerVersion | undefined): void => {
    if (told === undefined) return;
    server = told;
    if (memory.build === told.build) return;
    // A server that was renewed may understand more than it did.
    const isRenewed = memory.build !== undefined && releaseOf(memory.build) !== releaseOf(told.build);
    memory = { ...memory, build: told.build, ...(isRenewed && { version: undefined }) };
  };

  /** What an answer of the server's own shows beside what it says (exchange.md 14.4). */
  const noteForm = ({ headers }: { readonly headers: Headers }, quirks: Quirks = {}): void => {
    const noCharset = !/charset=/i.test(headers.get('content-type') ?? '');
    learned.quirks = { ...learned.quirks, noCharset, ...quirks };
  };

  const place = async (afresh: boolean, signal: AbortSignal): Promise<Place> => {
    const { url, urlFound = 0, group } = memory;
    if (!afresh && url !== undefined && now() - urlFound < options.placeMs)
      return { url: new URL(url), group };
    const found = await options.find(access, afresh, signal);
    memory = { ...memory, url: found.url.href, urlFound: found.found, group: found.group };
    return found;
  };

  const once = async <Result>(
    operation: Operation<Result>,
    as: SchemaVersion,
    url: URL,
    signal: AbortSignal,
    route?: Route,
  ): Promise<Result> =>
    pool.run(
      { url, identity: access.identity, mailbox: access.mailbox, lane: route?.lane, aside: operation.aside },
      async (lane, note) => {
        const answer = await send(
          { lane, name: operation.name, as, url, body: operation.body(as), route },
          signal,
        );
        const expected = `${operation.name}Response`;
        if (localNameOf(answer.response.name) !== expected)
          throw new RemoteFailure('transient', 'answer-mismatch', `${expected} was expected`);
        return operation.read(answer.response, note);
      },
      signal,
    );

  const impersonated = (): Impersonated | undefined =>
    access.mode === 'impersonation' ? { address: access.mailbox, isAlias: memory.isAlias } : undefined;

  const send = async (
    { lane, name, as, url, body, route }: Sending,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const isImpersonated = access.mode === 'impersonation';
    const text = envelope({ version: as, impersonated: impersonated() }, body);
    const requestId = randomUUID();
    const headers = requestHeaders({
      userAgent,
      requestId,
      anchor: isImpersonated ? (route?.anchor ?? access.mailbox) : undefined,
      compressed: true,
      affinity: route !== undefined && isImpersonated,
    });
    const cookie = lane.cookies.header();
    const request = {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, ...(cookie !== undefined && { cookie }) },
      timeoutMs,
      signal,
    };
    const started = now();
    let traced: { status: number; headers: Headers; body: Buffer } | undefined;
    try {
      const answer = await lane.signIn.run(
        request,
        (login) =>
          lane.connection.request({ ...request, headers: { ...request.headers, ...login }, body: text }),
        () => Promise.resolve(),
      );
      traced = answer;
      lane.cookies.keep(answer.headers);
      skew.note(answer.headers, now());
      const read = readAnswer(answer, now());
      noteServer(read.server);
      noteForm(answer);
      return read;
    } catch (error) {
      if (error instanceof SoapFault) {
        noteServer(error.server);
        // Some have one status for what they know of, and another for what they do not.
        const faultsAsSuccess = (traced?.status ?? 500) < 400 || learned.quirks.faultsAsSuccess === true;
        if (traced) noteForm(traced, { faultsAsSuccess });
      }
      throw error;
    } finally {
      options.trace?.({
        mailbox: access.mailbox,
        operation: name,
        status: traced?.status,
        ms: now() - started,
        request: text,
        requestId,
        answerHeaders: traced?.headers,
        answer: traced?.body.toString('utf8') ?? '',
      });
    }
  };

  /** How the same request may be sent once more after this failure, with which nothing has been done. */
  const otherwise = (failure: RemoteFailure, asked: SchemaVersion): Partial<Memory> | undefined => {
    const isOther = failure.code === 'ErrorNonPrimarySmtpAddress' && access.mode === 'impersonation';
    if (isOther && memory.isAlias !== true && knows(asked, 'Exchange2010')) return { isAlias: true };
    const older = olderFor(failure, asked);
    return older && { version: older };
  };

  /** Where a redirect leads, if that is EWS at a place that may be asked: what was found there is kept like any other. */
  const redirectOf = (failure: RemoteFailure, from: URL | undefined): Partial<Memory> | undefined => {
    if (!(failure instanceof Redirect) || !URL.canParse(failure.location, from?.href)) return undefined;
    const to = new URL(failure.location, from?.href);
    const isEws = /\.asmx$/i.test(to.pathname) && to.href !== from?.href;
    return isEws && options.mayBeAsked(to) ? { url: to.href, urlFound: now() } : undefined;
  };

  /** The next version to try after this failure; undefined: the version is not the matter. */
  const olderFor = (failure: RemoteFailure, asked: SchemaVersion): SchemaVersion | undefined => {
    if (options.version !== 'auto') return undefined;
    if (versionCodes.has(failure.code)) return stepDown(asked, server);
    const told = schemaOf(server);
    // The request holds an element that is younger than the server.
    const isOlder = failure.code === 'ErrorSchemaValidation' && told !== '' && told !== asked;
    const lower = isOlder ? stepDown(asked, server) : undefined;
    return lower === told ? lower : undefined;
  };

  return {
    access,
    async call(operation, signal) {
      let moved = false;
      let redirects = 0;
      for (let tries = 1; ; ) {
        if (signal.aborted) throw cancelled();
        const as = version();
        if (operation.since !== undefined && !knows(as, operation.since))
          throw new RemoteFailure('ours', 'version-too-old', `${operation.name} needs ${operation.since}`);
        let url: URL | undefined;
        try {
          ({ url } = await place(false, signal));
          return await once(operation, as, url, signal);
        } catch (error) {
          const failure = ofMailbox(failureFrom(error), access);
          const redirect = redirects < maxRedirects ? redirectOf(failure, url) : undefined;
          if (redirect !== undefined) redirects += 1;
          const other = otherwise(failure, as) ?? redirect;
          if (other !== undefined) {
            memory = { ...memory, ...other };
            continue;
          }
          // Whatever was found before: the next one who asks looks again where the mailbox is.
          if (failure.class === 'auth' || failure.class === 'auth-global')
            memory = { ...memory, urlFound: 0 };
          if (!operation.repeatable && failure.code.startsWith('answer-')) throw unknownOutcome(failure);
          if (!moved && isMoved(failure)) {
            moved = true;
            const found = await place(true, signal);
            if (found.url.href !== url?.href) continue;
          }
          const mayRepeat =
            operation.repeatable && failure.class === 'transient' && failure.retryAfterMs === undefined;
          if (!mayRepeat || tries >= (operation.tries ?? maxTries) || signal.aborted) throw failure;
          await sleep(firstDelayMs * 2 ** (tries - 1) * (0.75 + random() / 2), signal);
          tries += 1;
        }
      }
    },
    async callOn(operation, route, signal) {
      const { url } = await place(false, signal);
      try {
        return await once(operation, version(), url, signal, route);
      } catch (error) {
        const failure = ofMailbox(failureFrom(error), access);
        memory = { ...memory, ...(otherwise(failure, version()) ?? redirectOf(failure, url)) };
        throw failure;
      }
    },
    place: (signal) => place(false, signal),
    impersonated,
    version,
    server: () => server,
    quirks: () => learned.quirks,
    noteQuirks(quirks) {
      learned.quirks = { ...learned.quirks, ...quirks };
    },
    memory: () => writeMemory({ ...memory, quirks: learned.quirks }),
    now,
  };
}

/** `15.1` of `15.1.2507.61`: machines of one organisation differ in the rest while they are updated. */
function releaseOf(build: string): string {
  return build.split('.', 2).join('.');
}

/** What a service account hears of a disabled account or an expired password is true of one mailbox, not of itself. */
function ofMailbox(failure: RemoteFailure, { identity }: Access): RemoteFailure {
  if (failure.class !== 'auth' || !identity.isService) return failure;
  return new RemoteFailure('permission', failure.code, failure.message, { cause: failure });
}

interface Sending {
  readonly lane: Lane;
  /** Of the operation. */
  readonly name: string;
  readonly as: SchemaVersion;
  readonly url: URL;
  readonly body: DocumentElement;
  readonly route: Route | undefined;
}

/** The address may be another one by now (exchange.md 14.5). */
function isMoved({ code }: RemoteFailure): boolean {
  return code === 'http-404' || code === 'http-redirect' || movedCodes.has(code);
}

/** A write may have been done although its answer says nothing that can be trusted. */
function unknownOutcome(failure: RemoteFailure): RemoteFailure {
  return new RemoteFailure('transient', failure.code, failure.message, { cause: failure });
}
