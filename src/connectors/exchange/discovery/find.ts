/**
 * Where a mailbox is served (exchange.md 14.5). Credentials go to hosts on the allow list and to no others, whatever an
 * answer, a redirect or DNS says; a candidate that is not on it is passed over.
 */
import { resolveSrv } from 'node:dns/promises';
import { openConnection } from '../../../outbound/connection.ts';
import { isReachable } from '../../../outbound/reach.ts';
import { isExchangeOnline } from '../../../service/connectors/settings.ts';
import { RemoteFailure } from '../../failure.ts';
import type { Access, Place } from '../connection/client.ts';
import { failureFrom, type Pool } from '../connection/pool.ts';
import { type Endpoint, mayBeAsked, type TransportSettings } from '../settings.ts';
import { maxAnswerBytes } from '../wire/response.ts';
import { requestHeaders } from '../wire/soap.ts';
import { type Discovered, poxQuestion, readPoxAnswer, readSoapAnswers, soapQuestion } from './messages.ts';
import { together } from './together.ts';

export interface FinderOptions {
  readonly settings: TransportSettings;
  readonly endpoint: Endpoint;
  readonly pool: Pool;
  readonly userAgent: string;
  readonly now: () => number;
  readonly requestId: () => string;
  /** Does the configured server answer autodiscover in SOAP? */
  readonly onSoap?: (isUnderstood: boolean) => void;
  /** Hosts and ports behind `_autodiscover._tcp`; tests give their own. */
  readonly services?: (name: string) => Promise<readonly { readonly name: string; readonly port: number }[]>;
}

export type Find = (
  access: Access,
  afresh: boolean,
  signal: AbortSignal,
) => Promise<Place & { readonly found: number }>;

/** How long a found address is believed. */
export const placeMs: number = 24 * 3_600_000;
/** The configured address, where autodiscover found nothing: tried again soon. */
const guessMs = 3_600_000;
const maxRedirects = 10;
const timeoutMs = 20_000;
/** More users in one request are refused. */
const maxUsers = 100;
/** Runs that begin together ask together. */
const gatherMs = 20;

interface Question {
  readonly url: URL;
  readonly access: Access;
  readonly isProven: boolean;
}

type Dialect = 'soap' | 'pox';

/** One of the places that were asked, for the connection test. */
export interface Asked {
  readonly host: string;
  readonly dialect: Dialect;
  /** The address of the mailbox, or the code of what came instead. */
  readonly answer: URL | string;
}

/** Of a connection test: its login was accepted by EWS, and it tells of each place. */
export interface Trial {
  readonly told: (asked: Asked) => void;
}

export interface Finder {
  readonly find: Find;
  /** The address of the settings, whatever they say of autodiscover. */
  readonly configured: Find;
  /** Only what autodiscover says; throws where it says nothing. */
  readonly discover: (access: Access, signal: AbortSignal, trial?: Trial) => Promise<Place>;
  /** Asks the configured server in SOAP, whatever the settings say of it, with a login that EWS has accepted; tells `onSoap`. */
  readonly trySoap: (access: Access, signal: AbortSignal) => Promise<void>;
}

export function createFinder(options: FinderOptions): Finder {
  const { settings, endpoint, pool, now } = options;
  const services = options.services ?? resolveSrv;

  const configured = (found: number): Place & { readonly found: number } => ({
    url: endpoint.ewsUrl,
    group: undefined,
    found,
  });

  /** An HTTP redirect is an answer like that of the server; it holds for all that were asked for. */
  const post = async (
    { url, access, isProven }: Question,
    body: string,
    mailbox: string,
    signal: AbortSignal,
  ): Promise<Discovered | Uint8Array> => {
    const headers = requestHeaders({
      userAgent: options.userAgent,
      requestId: options.requestId(),
      anchor: mailbox,
      compressed: true,
    });
    const request = { method: 'POST', path: `${url.pathname}${url.search}`, headers, timeoutMs, signal };
    const answer = await pool.run(
      { url, identity: access.identity, mailbox: access.mailbox, isProven },
      (lane) =>
        lane.signIn.run(
          request,
          (login) => lane.connection.request({ ...request, headers: { ...headers, ...login }, body }),
          () => Promise.resolve(),
        ),
      signal,
    );
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null)
      return URL.canParse(location, url.href)
        ? { redirectUrl: new URL(location, url.href).href, isHttp: true }
        : { failed: 'http-redirect' };
    // A fault comes as 500 and says why.
    if (answer.status !== 200 && answer.status !== 500) return { failed: `http-${answer.status}` };
    return answer.body;
  };

  /** A service account may ask for many mailboxes at once. */
  const askSoap = together<Question, Discovered>(
    async (question, mailboxes, signal) => {
      const [first = ''] = mailboxes;
      const answer = await post(question, soapQuestion(mailboxes, question.url), first, signal);
      if (!(answer instanceof Uint8Array)) return mailboxes.map(() => answer);
      return readSoapAnswers(answer, mailboxes.length);
    },
    { most: maxUsers, gatherMs },
  );

  const ask = async (
    url: URL,
    dialect: Dialect,
    mailbox: string,
    access: Access,
    isProven: boolean,
    signal: AbortSignal,
  ): Promise<Discovered> => {
    const question = { url, access, isProven };
    const { credentials } = access.identity;
    if (dialect === 'soap')
      return await askSoap(
        `${url.href} ${credentials.login} ${credentials.secretId} ${isProven}`,
        question,
        mailbox,
        signal,
      );
    const answer = await post(question, poxQuestion(mailbox), mailbox, signal);
    return answer instanceof Uint8Array ? readPoxAnswer(answer) : answer;
  };

  const dialects: readonly Dialect[] =
    settings.autodiscover === 'soap' ? ['soap'] : settings.autodiscover === 'pox' ? ['pox'] : ['soap', 'pox'];

  /** Where to ask, in the order of the specification; what is not allowed is not even looked up. */
  async function* candidates(domain: string): AsyncGenerator<URL> {
    yield new URL(endpoint.ewsUrl.origin);
    for (const host of [domain, `autodiscover.${domain}`]) {
      const url = address(`https://${host}`);
      if (url !== undefined && isReachable(endpoint.reach, url.hostname)) yield url;
    }
    const redirect = await redirectProbe(`autodiscover.${domain}`);
    if (redirect !== undefined) yield redirect;
    const found = await services(`_autodiscover._tcp.${domain}`).catch(() => []);
    for (const { name, port } of found.slice(0, 5)) {
      const url = address(`https://${name}:${port}`);
      if (url !== undefined && isReachable(endpoint.reach, url.hostname)) yield url;
    }
  }

  /** A GET without credentials over plain HTTP, of which only a redirect to an allowed https address counts. */
  const redirectProbe = async (host: string): Promise<URL | undefined> => {
    if (!isReachable(endpoint.reach, host)) return undefined;
    const connection = openConnection(new URL(`http://${host}`), {
      ...endpoint,
      connectTimeoutMs: timeoutMs,
      maxAnswerBytes,
    });
    try {
      const answer = await connection.request({
        method: 'GET',
        path: poxPath,
        headers: { 'user-agent': options.userAgent },
        timeoutMs,
      });
      const target = address(answer.headers.get('location') ?? '');
      const isUsable = answer.status >= 301 && answer.status <= 302 && target?.protocol === 'https:';
      return isUsable && isReachable(endpoint.reach, target.hostname) ? new URL(target.origin) : undefined;
    } catch {
      // Nobody there: one of several places to look.
      return undefined;
    } finally {
      await connection.close();
    }
  };

  const pathOf = (dialect: Dialect): string =>
    dialect === 'pox' ? poxPath : settings.autodiscoverPath || soapPath;

  const discover = async (access: Access, signal: AbortSignal, trial?: Trial): Promise<Place> => {
    let failure = 'no-candidate';
    const domain = domainOf(access.mailbox);
    for await (const base of candidates(domain)) {
      for (const dialect of dialects) {
        const place = await placeAt(base, dialect, access, trial !== undefined, signal);
        const answer = typeof place === 'string' ? place : place.url;
        trial?.told({ host: base.host, dialect, answer });
        if (typeof place !== 'string') return place;
        failure = place;
      }
    }
    throw new RemoteFailure(
      'configuration',
      `autodiscover-${failure}`,
      'autodiscover does not find the mailbox',
    );
  };

  /** Where the mailbox is by one place in one dialect; a code where it does not say. */
  const placeAt = async (
    base: URL,
    dialect: Dialect,
    access: Access,
    isProven: boolean,
    signal: AbortSignal,
  ): Promise<Place | string> => {
    const isOwnSoap = dialect === 'soap' && base.origin === endpoint.ewsUrl.origin;
    try {
      const result = await follow(new URL(pathOf(dialect), base), dialect, access, isProven, signal);
      const failed = 'failed' in result ? result.failed : '';
      // Another status is that of a server which is busy: it says nothing either way.
      if (isOwnSoap && (isNoSoap.test(failed) || !failed.startsWith('http-')))
        options.onSoap?.(!isNoSoap.test(failed));
      if (!('urls' in result)) return failed;
      const url = chosen(result.urls);
      return url === undefined ? 'host-not-allowed' : { url, group: result.group };
    } catch (error) {
      const failed = failureFrom(error);
      const isPassedBy = failed.class === 'transient' || failed.class === 'configuration';
      if (!isPassedBy && !(isProven && failed.code === 'login-refused')) throw failed;
      if (isOwnSoap && isNoSoap.test(failed.code)) options.onSoap?.(false);
      return failed.code;
    }
  };

  const trySoap = async (access: Access, signal: AbortSignal): Promise<void> => {
    await placeAt(new URL(endpoint.ewsUrl.origin), 'soap', access, true, signal);
  };

  const follow = async (
    start: URL,
    dialect: Dialect,
    access: Access,
    isProven: boolean,
    signal: AbortSignal,
  ): Promise<Discovered> => {
    let url = start;
    let { mailbox } = access;
    for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
      const result = await ask(url, dialect, mailbox, access, isProven, signal);
      if ('redirectAddress' in result) mailbox = result.redirectAddress;
      else if ('redirectUrl' in result) {
        const next = address(result.redirectUrl);
        if (next === undefined || !mayBeAsked(next, endpoint))
          return { failed: result.isHttp === true ? 'http-redirect' : 'redirect-not-allowed' };
        url = next;
      } else return result;
    }
    return { failed: 'too-many-redirects' };
  };

  /** The configured host first: it is the one that this machine was meant to speak to. */
  const chosen = (urls: readonly string[]): URL | undefined => {
    const usable = urls
      .map((each) => new URL(each))
      .filter((url) => mayBeAsked(url, endpoint) && !isExchangeOnline(url.hostname));
    return usable.find(({ hostname }) => hostname === endpoint.ewsUrl.hostname) ?? usable[0];
  };

  const find: Find = async (access, _afresh, signal) => {
    if (settings.autodiscover === 'off') return configured(now());
    try {
      return { ...(await discover(access, signal)), found: now() };
    } catch (error) {
      const failure = failureFrom(error);
      if (settings.autodiscover !== 'auto' || failure.class !== 'configuration') throw failure;
      return configured(now() - placeMs + guessMs);
    }
  };
  return { find, configured: () => Promise.resolve(configured(now())), discover, trySoap };
}

/** What comes instead of SOAP: no such place, a page to sign in, no way in for a login that EWS lets in. */
export const isNoSoap: Pick<RegExp, 'test'> =
  /^(?:http-(?!408$|429$|502$|503$|504$)|answer-(?:unreadable|not-soap)$|too-many-redirects$|method-|challenge-|login-refused$|connection-not-kept$)/;

const soapPath = '/autodiscover/autodiscover.svc';
const poxPath = '/autodiscover/autodiscover.xml';

function domainOf(mailbox: string): string {
  return mailbox.slice(mailbox.lastIndexOf('@') + 1).toLowerCase();
}

function address(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
