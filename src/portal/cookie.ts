/** The session's cookie, and proof that a write comes from our own page (portal.md §11, clients.md part 4). */
import { Refusal } from '../core/refusal.ts';
import { sessionMs } from '../service/people/sessions.ts';
import { header, type PortalRequest } from './route.ts';

export interface CookieScope {
  /** `''` or `/a/b`. */
  readonly basePath: string;
  /** The public address begins with https. */
  readonly secure: boolean;
}

/** With `__Host-` no other host, path or plain connection can set it; that needs https and the root path. */
function nameOf({ basePath, secure }: CookieScope): string {
  return secure && basePath === '' ? '__Host-portcal' : 'portcal';
}

export function sessionCookie(scope: CookieScope, token: string): string {
  return cookie(scope, token, sessionMs / 1000);
}

export function noCookie(scope: CookieScope): string {
  return cookie(scope, '', 0);
}

function cookie(scope: CookieScope, value: string, maxAgeSeconds: number): string {
  const path = scope.basePath === '' ? '/' : scope.basePath;
  const flags = `Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${scope.secure ? '; Secure' : ''}`;
  return `${nameOf(scope)}=${value}; ${flags}`;
}

/** The browser's session token; `undefined` if it has none, or none of the right form. */
export function tokenOf(scope: CookieScope, request: PortalRequest): string | undefined {
  const name = nameOf(scope);
  for (const part of (header(request, 'cookie') ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (part.slice(0, equals).trim() !== name) continue;
    const token = part.slice(equals + 1).trim();
    return /^[\w-]{43}$/.test(token) ? token : undefined;
  }
  return undefined;
}

/**
 * Refuses a write that another site could have caused: a form cannot set `X-Requested-With`, a script of another origin may
 * not, and browsers say where a request comes from.
 */
export function requireOwnPage(request: PortalRequest, publicUrl: string): void {
  const origin = header(request, 'origin');
  const site = header(request, 'sec-fetch-site');
  const own =
    header(request, 'x-requested-with') === 'portal' &&
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || isOwnOrigin(origin, header(request, 'host'), publicUrl));
  if (!own)
    throw new Refusal('need-privileges', 'this request does not come from the page itself', {
      privilege: 'all',
    });
}

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  return origin === new URL(publicUrl).origin || new URL(origin).host === host;
}
