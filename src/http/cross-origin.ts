/**
 * What scripts of other origins may do here: CORS, as the Fetch standard defines it (docs/decisions/0017).
 *
 * Nothing, unless the settings name their origin; and nothing ever by what a browser adds on its own. No answer has
 * `Access-Control-Allow-Credentials`, so cookies, remembered passwords and client certificates are of no use to them: a script sends
 * the name and password that it was given, as any other program does, or it has the secret address of a feed.
 */
import type { IncomingMessage } from 'node:http';
import type { DoorResponse, Route, ScriptAccess } from './door.ts';
import { routeFor } from './router.ts';

/** Doors at which a program says who it is. */
export const calendarScripts: ScriptAccess = {
  methods:
    'GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL, COPY, MOVE, LOCK, UNLOCK, ACL',
  anyOrigin: false,
};

/** Doors at which whoever has the address may read. */
export const readingScripts: ScriptAccess = { methods: 'GET, HEAD', anyOrigin: true };

/** Request headers that the doors read, and others that calendar programs in browsers send (CalDavZAP: `X-Client`). */
const requestHeaders =
  'Authorization, Brief, CalDAV-Timezones, Content-Range, Content-Type, Depth, Destination, If, If-Match, If-Modified-Since, ' +
  'If-None-Match, If-Range, If-Schedule-Tag-Match, If-Unmodified-Since, Lock-Token, Overwrite, Prefer, Range, Timeout, User-Agent, ' +
  'X-Client, X-Requested-With';

/** Response headers that scripts may read, besides those that they always see (Fetch §2.2.2). */
const responseHeaders =
  'Accept-Ranges, Allow, Content-Disposition, Content-Location, Content-Range, DAV, ETag, Location, Lock-Token, ' +
  'Preference-Applied, Retry-After, Schedule-Tag, WWW-Authenticate';

/** How long a browser may keep the answer to a preflight: Chromium keeps none longer. */
const rememberedSeconds = 7_200;

type Asking = Pick<IncomingMessage, 'method' | 'headers'>;

export interface CrossOrigin {
  /** The answer to a preflight (Fetch §3.3.2); `undefined` for all other requests, and where the origin may do nothing. */
  readonly preflight: (
    request: Asking,
    path: string,
  ) => { readonly door: string; readonly answer: DoorResponse } | undefined;
  /** The answer with the headers that let a script read it. Refusals get them too, or they look like a failing network to the script. */
  readonly marked: (answer: DoorResponse, request: Asking, path: string) => DoorResponse;
}

/** `undefined` where nobody is let in. Of `origins`, `*` counts for reading alone. */
export function createCrossOrigin(
  origins: readonly string[],
  routes: readonly Route[],
): CrossOrigin | undefined {
  if (origins.length === 0) return undefined;
  const named = new Set(origins);
  const isForAll = named.delete('*');

  return {
    preflight(request, path) {
      if (!isPreflight(request)) return undefined;
      const { door, crossOrigin: access } = routeOf(request, path) ?? {};
      if (door === undefined || access === undefined || allowed(access, request) === undefined)
        return undefined;
      const headers = {
        'Access-Control-Allow-Methods': access.methods,
        'Access-Control-Allow-Headers': requestHeaders,
        'Access-Control-Max-Age': String(rememberedSeconds),
      };
      return { door, answer: { status: 204, headers } };
    },
    marked(answer, request, path) {
      const access = routeOf(request, path)?.crossOrigin;
      if (access === undefined) return answer;
      const origin = allowed(access, request);
      const headers: Record<string, string> = {
        ...answer.headers,
        ...(origin !== undefined && { 'Access-Control-Allow-Origin': origin }),
        ...(origin !== undefined &&
          !isPreflight(request) && { 'Access-Control-Expose-Headers': responseHeaders }),
      };
      // Also on answers to requests without `Origin`: a cache must not give such an answer to a script that is let in.
      if (origin === '*' || named.size === 0) return { ...answer, headers };
      const vary = headers['Vary'] === undefined ? 'Origin' : `${headers['Vary']}, Origin`;
      return { ...answer, headers: { ...headers, Vary: vary } };
    },
  };

  /** What `Access-Control-Allow-Origin` says; `undefined`: nothing. `*` rather than the origin, so that caches keep one answer for all. */
  function allowed({ anyOrigin }: ScriptAccess, { headers: { origin } }: Asking): string | undefined {
    if (anyOrigin && isForAll) return '*';
    return origin !== undefined && named.has(origin) ? origin : undefined;
  }

  /** The route of a request; for a preflight, that of the request it announces, since a route may take some methods only. */
  function routeOf(request: Asking, path: string): Route | undefined {
    const { method = '', headers } = request;
    const wanted = isPreflight(request) ? headers['access-control-request-method'] : undefined;
    return routeFor(routes, path, wanted ?? method);
  }
}

/** An OPTIONS of a DAV client has neither of these headers. */
function isPreflight({ method, headers }: Asking): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}
