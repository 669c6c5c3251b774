/** Paths and hrefs: compared by decoded segments, written in one canonical form (clients.md W1, W2, W5). */
import { decodeSegment, encodeSegment } from '../core/name.ts';
import { Refusal } from '../core/refusal.ts';
import type { DavPath, Destination, Site } from './request.ts';

/** Href in canonical form for segments below the site's base path. */
export function hrefOf(site: Site, segments: readonly string[], isCollection: boolean): string {
  const joined = segments.map(encodeSegment).join('/');
  return site.basePath + joined + (isCollection && joined !== '' ? '/' : '');
}

/**
 * A path as sent, without query, as segments below the base path; `undefined` when it lies outside or its escapes are broken.
 *
 * Empty segments are dropped: `//` is a mistake of clients that join URLs, never a name. `.` and `..`, bare or encoded,
 * name nothing here; a client that meant them has resolved them itself.
 */
export function pathBelow(site: Site, path: string): DavPath | undefined {
  const below = belowBase(site.basePath, path);
  if (below === undefined) return undefined;
  const known = decoded.get(below);
  if (known !== undefined) return known;
  const found = decodedPath(below);
  if (found !== undefined && below.length <= maxDecodedLength) {
    if (decoded.size >= maxDecoded) decoded.clear();
    decoded.set(below, found);
  }
  return found;
}

/** Clients ask for the same few paths again and again, and each request decodes its own several times. */
const decoded = new Map<string, DavPath>();
const maxDecoded = 4096;
const maxDecodedLength = 256;

function decodedPath(below: string): DavPath | undefined {
  const segments: string[] = [];
  for (const encoded of below.split('/')) {
    if (encoded === '') continue;
    const segment = decodeSegment(encoded);
    if (segment === undefined || segment === '.' || segment === '..' || segment.includes('\u0000'))
      return undefined;
    segments.push(segment);
  }
  return { segments, trailingSlash: below === '' || below.endsWith('/') };
}

function belowBase(basePath: string, path: string): string | undefined {
  if (path.startsWith(basePath)) return path.slice(basePath.length);
  return `${path}/` === basePath ? '' : undefined;
}

/**
 * The path of a request line; `undefined` when it lies outside of the base path. Refuses: `malformed-request` for broken
 * escapes and for dots, which no client sends that has resolved its URL.
 */
export function requestPath(site: Site, target: string): DavPath | undefined {
  const path = splitHref(target)?.path;
  if (path === undefined || belowBase(site.basePath, path) === undefined) return undefined;
  const below = pathBelow(site, path);
  if (below !== undefined) return below;
  throw new Refusal('malformed-request', `the path ${path.slice(0, 200)} cannot be decoded`);
}

/** A longer href could never be requested (Node bounds the request line): it names nothing, and is not parsed. */
const maxHrefLength: number = 16 * 1024;

/** An href as an absolute URI or a path: host and path apart. `undefined` for what is neither. */
export function splitHref(
  href: string,
): { readonly host: string | undefined; readonly path: string } | undefined {
  if (href.length > maxHrefLength || href.includes('#')) return undefined;
  if (href.startsWith('/') && !href.startsWith('//')) {
    const mark = href.indexOf('?');
    return { host: undefined, path: mark === -1 ? href : href.slice(0, mark) };
  }
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)([^?]*)/i.exec(href);
  if (absolute === null) return undefined;
  return { host: hostName(absolute[1] ?? ''), path: absolute[2] === '' ? '/' : (absolute[2] ?? '/') };
}

/**
 * Where a client's href leads. Behind a proxy the scheme and the port may differ from what the server sees, so only
 * host names are compared: with the public ones, and with the one the client used to get here.
 */
export function locate(site: Site, href: string, requestHost: string | undefined): Destination | undefined {
  const parts = splitHref(href.trim());
  if (parts === undefined) return undefined;
  if (parts.host !== undefined && !isOurHost(site, parts.host, requestHost)) return 'elsewhere';
  return (
    pathBelow(site, parts.path) ??
    (belowBase(site.basePath, parts.path) === undefined ? 'elsewhere' : undefined)
  );
}

/** `Destination` of COPY and MOVE (RFC 4918 §10.3). Refuses: `malformed-request`. */
export function parseDestination(site: Site, value: string, requestHost: string | undefined): Destination {
  const destination = locate(site, value, requestHost);
  // `http://[::1` is on no other server: it is no URI.
  const isBroken = destination === 'elsewhere' && value.includes('://') && !URL.canParse(value.trim());
  if (destination !== undefined && !isBroken) return destination;
  throw new Refusal(
    'malformed-request',
    `the Destination ${value.slice(0, 200)} is neither a URI nor a path`,
  );
}

function isOurHost(site: Site, host: string, requestHost: string | undefined): boolean {
  if (requestHost !== undefined && hostName(requestHost) === host) return true;
  return site.origins.some((origin) => splitHref(origin)?.host === host);
}

/** Lower case, without user and port. */
function hostName(authority: string): string {
  return authority.replace(/^.*@/s, '').replace(/:\d*$/, '').toLowerCase();
}

/** Whether `inner` names `outer` or something below it. */
export function isBelowOrSame(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.length <= inner.length && outer.every((segment, index) => inner[index] === segment);
}
