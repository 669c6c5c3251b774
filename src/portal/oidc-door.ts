/** Sign-in at an identity provider: the browser goes there, and comes back with proof (OpenID Connect Core 1.0 §3.1). */
import { Refusal } from '../core/refusal.ts';
import { issueCode } from '../service/codes.ts';
import { openTicket, signedTicket } from '../service/people/tickets.ts';
import { type PortalParts, publicUrlOf } from './parts.ts';
import { header, type PortalRequest, type PortalResponse } from './route.ts';
import { cookieScope, openFor } from './routes/session.ts';

const flowMs = 10 * 60_000;
const stateCookie = 'portcal-oidc';

/** `/api/v1/auth/oidc/start` and `/api/v1/auth/oidc/callback`. What fails leads back to the sign-in form. */
export function createOidcDoor(parts: PortalParts): (request: PortalRequest) => Promise<PortalResponse> {
  const { services, oidc, basePath } = parts;
  return async (request) => {
    if (request.method !== 'GET' || !oidc) return redirect(`${basePath}/`);
    const publicUrl = await publicUrlOf(parts);
    const url = new URL(`${publicUrl}${request.target}`);
    const { secure } = await cookieScope(parts);
    const flags = `Path=${basePath}/api/v1/auth/oidc; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
    try {
      if (url.pathname.endsWith('/start')) {
        const { url: there, memory } = await oidc.start(`${publicUrl}/api/v1/auth/oidc/callback`);
        const payload = JSON.stringify({ memory, next: ownPath(url.searchParams.get('next')) });
        const ticket = signedTicket(services, { purpose: 'oidc', payload, lifeMs: flowMs });
        // The cookie binds the sign-in to this browser: an answer to a sign-in that somebody else began signs nobody
        // in.
        return redirect(there, `${stateCookie}=${ticket}; Max-Age=${flowMs / 1000}; ${flags}`);
      }
      if (!url.pathname.endsWith('/callback')) return redirect(`${basePath}/`);
      const [, ticket = ''] =
        new RegExp(`(?:^|;\\s*)${stateCookie}=([\\w.-]{1,4096})`).exec(header(request, 'cookie') ?? '') ?? [];
      const { memory, next } = remembered(openTicket(services, 'oidc', ticket));
      const person = await oidc.finish(url, memory);
      if (!person) return redirect(`${basePath}/?signin=unknown`);
      // A proof counts only once, at the provider and here. It is noted only if it is valid, so that strangers cannot
      // fill the storage.
      await issueCode(services, { purpose: 'oidc', principal: person.id, code: ticket, lifeMs: flowMs });
      const { cookie } = await openFor({ parts, request }, person);
      return redirect(`${basePath}/${next}`, cookie);
    } catch (error) {
      if (!(error instanceof Refusal)) parts.logError(error, request.id);
      return redirect(`${basePath}/?signin=failed`);
    }
  };
}

/** A path below the base: never another site. */
function ownPath(next: string | null): string {
  return next !== null && /^[\w\-./?=&%#]{0,500}$/.test(next)
    ? next.replace(/^[/.]+/, '').replace(/\/{2,}/g, '/')
    : '';
}

function remembered(payload: string): { readonly memory: string; readonly next: string } {
  const value: unknown = JSON.parse(payload);
  const of = (name: string): string => {
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    return typeof found === 'string' ? found : '';
  };
  return { memory: of('memory'), next: of('next') };
}

function redirect(to: string, cookie?: string): PortalResponse {
  const headers = {
    Location: to,
    'Cache-Control': 'no-store',
    ...(cookie !== undefined && { 'Set-Cookie': cookie }),
  };
  return { status: 303, headers, body: '' };
}
