/** The request target as the doors see it. */

export interface Target {
  /** Below the base path, beginning with `/`, without the query; percent-encoding untouched. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/**
 * Reads the target of a request line in origin, absolute or asterisk form (RFC 9112 §3.2); `undefined` for any other.
 * The base path is taken off if it is there: some proxies do that themselves.
 */
export function readTarget(sent: string, basePath: string): Target | undefined {
  const local = localPart(sent);
  if (local === undefined) return undefined;
  const cut = local.indexOf('?');
  const path = (cut < 0 ? local : local.slice(0, cut)).replace(doubledSlash, '/');
  const query = cut < 0 ? '' : local.slice(cut);
  if (basePath === '' || !path.startsWith(basePath)) return { path, query };
  const rest = path.slice(basePath.length);
  if (rest === '') return { path: '/', query };
  return rest.startsWith('/') ? { path: rest.replace(doubledSlash, '/'), query } : { path, query };
}

/**
 * A double slash at the beginning, which clients make by joining a typed address that ends in a slash with a path of
 * ours. All other paths stay as they are, so that nobody gets around a proxy's rules about paths.
 */
const doubledSlash = /^\/{2,}(?=$|(?:dav|\.well-known)(?:\/|$))/;

function localPart(sent: string): string | undefined {
  if (sent.startsWith('/')) return sent;
  if (sent === '*') return '/';
  const absolute = /^https?:\/\/[^/?#]*/i.exec(sent);
  if (!absolute) return undefined;
  const rest = sent.slice(absolute[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
