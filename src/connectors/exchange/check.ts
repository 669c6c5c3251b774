/**
 * *Test connection* (exchange.md 3): one step after the other, each with what was found and, where it fails, a code for what
 * to do. What comes after a failure is not tried.
 */
import { connect } from '../../outbound/connect.ts';
import { type OutboundAnswer, openConnection } from '../../outbound/connection.ts';
import { type OutboundError, outboundError } from '../../outbound/error.ts';
import { RemoteFailure } from '../failure.ts';
import { offeredSchemes } from './auth/sign-in.ts';
import { probeCapabilities, probeItem } from './check-probes.ts';
import type { Access, EwsClient } from './connection/client.ts';
import { failureFrom } from './connection/pool.ts';
import type { Skew } from './connection/skew.ts';
import { type Asked, type Finder, isNoSoap } from './discovery/find.ts';
import { requireImpersonation } from './impersonated.ts';
import { folderOf } from './mailbox.ts';
import { resolveNames } from './operations/directory.ts';
import { type Folder, getFolder } from './operations/folders.ts';
import type { Endpoint, TransportSettings } from './settings.ts';
import { codelessFault, maxAnswerBytes } from './wire/response.ts';

export type CheckName =
  | 'settings'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'http'
  | 'login'
  | 'version'
  | 'autodiscover'
  | 'impersonation'
  | 'calendar'
  | 'probe'
  | 'clock'
  | 'capabilities';

/** Codes; the page has sentences for them. */
export type Advice =
  | 'settings'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'http'
  | 'method'
  | 'login'
  | 'version'
  | 'impersonation'
  | 'delegate'
  | 'calendar'
  | 'probe'
  | 'clock'
  | 'autodiscover'
  | 'other';

export interface CheckStep {
  readonly step: CheckName;
  /** Null: not tried. */
  readonly ok: boolean | null;
  readonly found: string;
  readonly advice: Advice | null;
}

export interface CheckOptions {
  readonly settings: TransportSettings;
  readonly endpoint: Endpoint;
  readonly finder: Finder;
  readonly skew: Skew;
  readonly userAgent: string;
  /** Undefined: no login is configured. */
  readonly access: Access | undefined;
  /** False where everyone signs in: what comes before the login is then all that there is to try. */
  readonly needsLogin: boolean;
  /** `access` is to somebody's mailbox; if not, only the server is tried. */
  readonly hasMailbox: boolean;
  /** Makes clients for this check; they share pool and brakes with everything else. */
  readonly client: (access: Access, place: 'configured' | 'found') => EwsClient;
  /** Also write, read and delete a hidden item. */
  readonly probe: boolean;
}

const names: readonly CheckName[] = [
  'dns',
  'tcp',
  'tls',
  'http',
  'login',
  'version',
  'autodiscover',
  'impersonation',
  'calendar',
  'probe',
  'clock',
  'capabilities',
];
const timeoutMs = 15_000;
const maxSkewMs = 120_000;

/** Steps as they end; the last is followed by those that were not tried. */
export async function* checkSteps(options: CheckOptions, signal: AbortSignal): AsyncGenerator<CheckStep> {
  const done = new Set<CheckName>();
  let failed = false;
  for await (const step of steps(options, signal)) {
    done.add(step.step);
    yield step;
    failed ||= step.ok === false && step.step !== 'clock' && step.step !== 'autodiscover';
    if (failed) break;
  }
  for (const name of names) if (!done.has(name)) yield { step: name, ok: null, found: '', advice: null };
}

async function* steps(options: CheckOptions, signal: AbortSignal): AsyncGenerator<CheckStep> {
  yield* reach(options);
  yield await http(options, signal);
  const { access } = options;
  if (access === undefined) {
    if (options.needsLogin) yield bad('login', '', 'settings');
    return;
  }
  // At the configured address: what autodiscover makes of the login is told by itself.
  const own = options.client({ ...access, mode: 'own' }, 'configured');
  const signedIn = await login(own, signal);
  yield signedIn;
  if (signedIn.ok === false) return;
  yield version(own);
  const discovered = await discovery(options, access, signal);
  yield discovered;
  // Every mailbox is looked for in this way first.
  if (discovered.ok === false) return;
  if (!options.hasMailbox) {
    yield clock(options.skew);
    return;
  }
  const client = options.client(access, 'found');
  const folder = await attempt(calendarOf(client, own, signal));
  yield* mailboxSteps(access, folder);
  if ('value' in folder) {
    if (options.probe) yield await written(client, folder.value, signal);
    yield clock(options.skew);
    const nobody = access.mode === 'impersonation' ? options.client(strangerTo(access), 'found') : undefined;
    // With the settings that leave it out it was not asked by now.
    if (!asksSoap(options)) await attempt(options.finder.trySoap(access, signal));
    yield await capabilities(client, nobody, folder.value, signal);
  }
}

async function calendarOf(client: EwsClient, own: EwsClient, signal: AbortSignal): Promise<Folder> {
  const folder = await client.call(getFolder(folderOf(client, 'calendar')), signal);
  if (client.access.mode === 'impersonation') await requireImpersonation(own, folder, signal);
  return folder;
}

/** Name, connection, certificate: one connection that says how far it came. */
async function* reach({ endpoint, settings }: CheckOptions): AsyncGenerator<CheckStep> {
  const { ewsUrl } = endpoint;
  const seen: CheckStep[] = [];
  const secure = ewsUrl.protocol === 'https:';
  const port = Number(ewsUrl.port || (secure ? 443 : 80));
  try {
    const { socket, peer } = await connect(
      { host: ewsUrl.hostname, port, secure },
      { ...endpoint, connectTimeoutMs: timeoutMs },
      (stage, detail) => {
        if (stage === 'resolved') seen.push(good('dns', detail));
        if (stage === 'connected')
          seen.push(good('tcp', detail.includes(':') ? `[${detail}]:${port}` : `${detail}:${port}`));
      },
    );
    socket.destroy();
    yield* seen;
    if (peer.tls === undefined) {
      // No failure where the settings allow it, and nothing that could have passed.
      yield { step: 'tls', ok: null, found: 'http', advice: null };
      return;
    }
    const { issuer, validTo } = peer.tls.certificate;
    const by = issuer.replaceAll('\n', ', ');
    const note = settings.tlsVerify === 'off' ? ' · tlsVerify=off' : '';
    yield good('tls', `${peer.tls.protocol} · ${by} · ${validTo}${note}`);
  } catch (error) {
    yield* seen;
    const fault = outboundError(error, 'connect-failed');
    const step = stepOf(fault, seen.length);
    yield bad(step, fault.message, step);
  }
}

function stepOf({ fault }: OutboundError, passed: number): 'dns' | 'tcp' | 'tls' {
  if (fault === 'name-not-found' || fault === 'host-not-allowed' || fault === 'address-not-allowed')
    return 'dns';
  if (fault.startsWith('certificate') || fault === 'tls-failed') return 'tls';
  return passed >= 2 ? 'tls' : 'tcp';
}

async function http(
  { endpoint, settings, userAgent }: CheckOptions,
  signal: AbortSignal,
): Promise<CheckStep> {
  const connection = openConnection(new URL(endpoint.ewsUrl.origin), {
    ...endpoint,
    connectTimeoutMs: timeoutMs,
    maxAnswerBytes,
  });
  try {
    const answer = await connection.request({
      method: 'POST',
      path: endpoint.ewsUrl.pathname,
      headers: { 'user-agent': userAgent, 'content-type': 'text/xml; charset=utf-8' },
      body: '',
      timeoutMs,
      signal,
    });
    const offered = [...offeredSchemes(answer.headers)];
    const page = pageInstead(answer, endpoint.ewsUrl);
    const more = page === undefined ? offered.join(', ') : page;
    const found = `HTTP ${answer.status}${more === '' ? '' : `: ${more}`}`;
    if (answer.status !== 401) {
      return stumbles.has(answer.status) && page === undefined
        ? good('http', found)
        : bad('http', found, 'http');
    }
    const allowed: ReadonlySet<string> = new Set(settings.authMethods);
    const isOffered = offered.some((way) => allowed.has(way) || (way === 'negotiate' && allowed.has('ntlm')));
    return isOffered ? good('http', found) : bad('http', found, 'method');
  } catch (error) {
    const { code } = failureFrom(error);
    // Some know no answer to an empty request; whether there is one to another, the next step tells.
    return code === 'answer-broken'
      ? { step: 'http', ok: null, found: code, advice: null }
      : bad('http', code, 'http');
  } finally {
    await connection.close();
  }
}

/** What a server that asks for no login makes of an empty request. */
const stumbles: ReadonlySet<number> = new Set([200, 400, 411, 415, 422, 500, 501]);

/** What a proxy or another program shows in place of EWS: a page, or the way to one. */
function pageInstead({ status, headers }: OutboundAnswer, asked: URL): string | undefined {
  const location = headers.get('location') ?? '';
  // What stands behind the path may be a ticket for a sign-in.
  if (status >= 300 && status < 400 && URL.canParse(location, asked.href)) {
    const { origin, pathname } = new URL(location, asked.href);
    return `${origin}${pathname}`;
  }
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return status === 200 && /html/i.test(type) ? type.trim() : undefined;
}

/** Any answer of EWS shows that the login was accepted, whatever it says. */
async function login(client: EwsClient, signal: AbortSignal): Promise<CheckStep> {
  const { mailbox, identity } = client.access;
  const { login: name } = identity.credentials;
  let answer: Attempt<unknown> = await attempt(
    client.call({ ...resolveNames(mailbox), repeatable: false }, signal),
  );
  // It may be this question alone that is not understood there; the other one everybody knows.
  if ('failure' in answer && answer.failure.code.startsWith('http-5'))
    answer = await attempt(client.call(getFolder({ distinguished: 'calendar' }), signal));
  if ('value' in answer || /^Error|^fault/.test(answer.failure.code)) return good('login', name);
  const { failure } = answer;
  return bad('login', failure.code, adviceFor(failure));
}

function adviceFor({ class: failureClass, code }: RemoteFailure): Advice {
  if (failureClass === 'auth' || failureClass === 'auth-global') return 'login';
  if (code.startsWith('method')) return 'method';
  // Whoever answered there speaks another language than EWS.
  return /^(?:answer-(?:not-soap|broken)|http-redirect|http-4\d\d)$/.test(code) ? 'http' : 'other';
}

function version(client: EwsClient): CheckStep {
  const server = client.server();
  const found =
    server === undefined ? '' : [server.build, server.schema].filter((part) => part !== '').join(' ');
  return {
    step: 'version',
    ok: true,
    found: [found, client.version()].filter((part) => part !== '').join(' → '),
    advice: null,
  };
}

async function discovery(
  { finder, settings }: CheckOptions,
  access: Access,
  signal: AbortSignal,
): Promise<CheckStep> {
  if (settings.autodiscover === 'off')
    return { step: 'autodiscover', ok: null, found: 'autodiscover=off', advice: null };
  const places: string[] = [];
  let isRefused = false;
  const told = ({ host, dialect, answer }: Asked): void => {
    isRefused ||= answer === 'login-refused';
    const isNone = typeof answer === 'string' && isNoSoap.test(answer);
    const said = typeof answer === 'string' ? (isNone ? `not offered (${answer})` : answer) : answer.href;
    places.push(`${dialect === 'soap' ? 'SOAP' : 'XML'} ${host}: ${said}`);
  };
  const answer = await attempt(finder.discover(access, signal, { told }));
  const found = places.length > 0 || 'value' in answer ? places.join(' · ') : answer.failure.code;
  if ('value' in answer && !isRefused) return good('autodiscover', found);
  // With `auto` the configured address is used then; but out of a test nothing tells such a refusal from a wrong password.
  const isNeeded = settings.autodiscover !== 'auto' || isRefused;
  return isNeeded
    ? bad('autodiscover', found, 'autodiscover')
    : { step: 'autodiscover', ok: null, found, advice: null };
}

function asksSoap({ settings }: CheckOptions): boolean {
  return settings.autodiscover === 'auto' || settings.autodiscover === 'soap';
}

function* mailboxSteps(access: Access, folder: Attempt<Folder>): Generator<CheckStep> {
  if ('value' in folder) {
    yield good('impersonation', access.mode);
    yield good('calendar', folder.value.name);
    return;
  }
  const { code, class: failureClass } = folder.failure;
  // The same question about the login's own mailbox had an answer: without a word, what is refused is that of somebody else.
  const isRight =
    (failureClass === 'permission' && !/Mailbox|Folder/.test(code)) ||
    (access.mode === 'impersonation' && code === codelessFault);
  if (failureClass === 'auth' || failureClass === 'auth-global') yield bad('login', code, 'login');
  else if (isRight || /Imperson/.test(code)) yield bad('impersonation', code, 'impersonation');
  else if (/Version|Schema/.test(code)) {
    yield good('impersonation', access.mode);
    yield bad('calendar', code, 'version');
  } else if (access.mode === 'delegate') {
    // Without a right to it a calendar is not there: which of the two it is, is not told.
    yield bad('calendar', code, 'delegate');
  } else {
    yield good('impersonation', access.mode);
    yield bad('calendar', code, 'calendar');
  }
}

async function written(client: EwsClient, folder: Folder, signal: AbortSignal): Promise<CheckStep> {
  const answer = await attempt(probeItem(client, folder.id, signal));
  return 'value' in answer ? good('probe', answer.value) : bad('probe', answer.failure.code, 'probe');
}

function clock(skew: Skew): CheckStep {
  const seconds = Math.round(skew.ms() / 1000);
  const found = `${seconds > 0 ? '+' : ''}${seconds} s`;
  return Math.abs(skew.ms()) > maxSkewMs ? bad('clock', found, 'clock') : good('clock', found);
}

/** An address of the same place that is nobody's. */
function strangerTo(access: Access): Access {
  return { ...access, mailbox: access.mailbox.replace(/^[^@]*/, 'portcal-connection-test') };
}

async function capabilities(
  client: EwsClient,
  nobody: EwsClient | undefined,
  folder: Folder,
  signal: AbortSignal,
): Promise<CheckStep> {
  const answer = await attempt(probeCapabilities(client, nobody, folder.id, signal));
  return 'value' in answer
    ? good('capabilities', answer.value)
    : bad('capabilities', answer.failure.code, 'other');
}

type Attempt<Value> = { readonly value: Value } | { readonly failure: RemoteFailure };

async function attempt<Value>(work: Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await work };
  } catch (error) {
    const failure = failureFrom(error);
    if (failure.class === 'cancelled') throw failure;
    return { failure };
  }
}

function good(step: CheckName, found: string): CheckStep {
  return { step, ok: true, found, advice: null };
}

function bad(step: CheckName, found: string, advice: Advice): CheckStep {
  return { step, ok: false, found, advice };
}

/** The one step of settings that make no address. */
export function settingsStep(error: unknown): CheckStep {
  const failure = error instanceof RemoteFailure ? error : failureFrom(error);
  return bad('settings', failure.code, 'settings');
}
