import {
  type Credentials,
  caldav,
  type DavAnswer,
  dav,
  escapeXml,
  hrefIn,
  propertyOf,
  propfind,
  send,
  sendFollowing,
  xmlType,
} from './dav.ts';
import type { Portcal } from './portcal.ts';

export interface Account extends Credentials {
  readonly email: string;
}

/** A running CalDAV server and one person's account on it. */
export interface Target {
  readonly label: string;
  /** What a person types into a client. */
  readonly url: string;
  readonly account: Account;
  readonly principalUrl: string;
  /** Ends in a slash. */
  readonly homeUrl: string;
  /** A plain WebDAV collection for the WebDAV suites; the home where a server has no such collection. */
  readonly filesUrl: string;
  /** Present if we started the server ourselves and may administer it. */
  readonly portcal?: Portcal;
}

export interface TargetOptions {
  readonly label: string;
  readonly url: string;
  readonly account: Account;
  /** For servers without discovery. */
  readonly homeUrl?: string | undefined;
  readonly filesUrl?: string | undefined;
  readonly portcal?: Portcal;
}

/** Finds principal and home as RFC 6764 §6 and RFC 5397 describe it, by well-known and then by the URL itself. */
export async function discoverTarget(options: TargetOptions): Promise<Target> {
  const { url, account } = options;
  const principalUrl = await principal(url, account);
  const homeUrl = options.homeUrl ?? (await home(principalUrl, account));
  return {
    label: options.label,
    url,
    account,
    principalUrl,
    homeUrl,
    filesUrl: options.filesUrl ?? homeUrl,
    ...(options.portcal && { portcal: options.portcal }),
  };
}

async function principal(url: string, as: Credentials): Promise<string> {
  for (const entrance of [new URL('/.well-known/caldav', url).href, url]) {
    const answer = await sendFollowing(propfind(entrance, 0, '<d:current-user-principal/>', as));
    const href = hrefIn(propertyOf(answer, dav('current-user-principal')));
    if (href !== undefined) return new URL(href, answer.url).href;
  }
  throw new Error(`no current-user-principal by ${url} or its well-known address`);
}

async function home(principalUrl: string, as: Credentials): Promise<string> {
  const answer = await sendFollowing(propfind(principalUrl, 0, '<c:calendar-home-set/>', as));
  const href = hrefIn(propertyOf(answer, caldav('calendar-home-set')));
  if (href === undefined) throw new Error(`${principalUrl} has no calendar-home-set: ${answer.status}`);
  return new URL(href.replace(/\/?$/, '/'), answer.url).href;
}

/**
 * Makes an empty calendar in the person's home and answers its URL, which ends in a slash.
 *
 * Without `components` the server's default applies (RFC 4791 §5.2.3: every component is allowed).
 */
export async function makeCalendar(
  target: Target,
  name: string,
  { components = [], label = name }: { components?: readonly string[]; label?: string } = {},
): Promise<string> {
  const url = new URL(`${name}/`, target.homeUrl).href;
  const set = components.map((component) => `<c:comp name="${component}"/>`).join('');
  const restriction =
    set && `<c:supported-calendar-component-set>${set}</c:supported-calendar-component-set>`;
  const answer = await send({
    method: 'MKCALENDAR',
    url,
    headers: xmlType,
    body: `<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:displayname>${escapeXml(label)}</d:displayname>${restriction}</d:prop></d:set></c:mkcalendar>`,
    as: target.account,
  });
  if (answer.status !== 201) throw new Error(`MKCALENDAR ${url}: ${describe(answer)}`);
  return url;
}

export async function remove(target: Target, url: string): Promise<void> {
  const answer = await send({ method: 'DELETE', url, as: target.account });
  if (answer.status >= 300 && answer.status !== 404) throw new Error(`DELETE ${url}: ${describe(answer)}`);
}

export function describe({ status, text }: DavAnswer): string {
  return `${status} ${text.replace(/\s+/g, ' ').slice(0, 200)}`.trim();
}
