/** An HTTP request as DAV handlers see it: headers parsed into values, the path into decoded segments. */
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { DavError } from './error.ts';
import { parseHttpDate } from './http-date.ts';
import { parseIf } from './if-header.ts';
import { parseDestination, requestPath } from './path.ts';
import type { Instant } from './resource.ts';

/** What `src/http` hands over. The engine parses it, so that a malformed header gets the same kind of answer as any other no. */
export interface RawRequest {
  readonly method: string;
  /** Request target as on the request line, path and query; an absolute form is accepted too. */
  readonly target: string;
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Who acts; absent for anonymous callers, whom the engine answers with 401 whatever they ask. */
  readonly actor: Actor | undefined;
  /** The request id of the access log; answers to unexpected errors name it. */
  readonly id: string;
}

/** Where this server is, as clients see it. */
export interface Site {
  /** Begins and ends with `/`: `/dav/`. All hrefs begin with it. */
  readonly basePath: string;
  /** `https://host[:port]` under which clients reach this server; the first is the preferred one. May be empty in tests. */
  readonly origins: readonly string[];
}

/** A path compared and addressed by its segments (clients.md W1): decoded once, Unicode NFC, `%2F` is data. */
export interface DavPath {
  /** Below `Site.basePath`. */
  readonly segments: readonly string[];
  readonly trailingSlash: boolean;
}

export type Depth = 0 | 1 | 'infinity';

/** The `If` header (RFC 4918 §10.4): true when any list is true; a list is true when all its conditions are. */
export interface IfHeader {
  readonly lists: readonly IfList[];
}

export interface IfList {
  /** The tagged resource, absent for untagged lists: those speak of the request URI. `elsewhere`: not on this server. */
  readonly resource: DavPath | 'elsewhere' | undefined;
  readonly conditions: readonly IfCondition[];
}

export type IfCondition =
  | { readonly is: 'token'; readonly not: boolean; readonly token: string }
  | { readonly is: 'etag'; readonly not: boolean; readonly etag: string };

/** Entity tags of `If-Match` and `If-None-Match`, with quotes and, where weak, `W/`. */
export type EntityTags = '*' | readonly string[];

export interface Conditions {
  readonly ifMatch: EntityTags | undefined;
  readonly ifNoneMatch: EntityTags | undefined;
  readonly ifModifiedSince: Instant | undefined;
  readonly ifUnmodifiedSince: Instant | undefined;
  readonly if: IfHeader | undefined;
}

/** RFC 7240, RFC 8144 and the older `Brief: t` (clients.md W21). */
export interface Preferences {
  readonly minimal: boolean;
  readonly representation: boolean;
  readonly noRoot: boolean;
}

/** Where COPY and MOVE go: `elsewhere` when the host is none of ours (RFC 4918 §9.8.5: 502). */
export type Destination = DavPath | 'elsewhere';

export interface DavRequest {
  readonly method: string;
  /** Absent when the target lies outside the base path or is no path at all: nothing is there. */
  readonly path: DavPath | undefined;
  /** Path and query as sent. */
  readonly target: string;
  /** Decoded query parameters; the last of a name wins. */
  readonly query: ReadonlyMap<string, string>;
  /** Any other header by lower-case name; several lines joined by `, `. */
  readonly header: (name: string) => string | undefined;
  /** Absent when not sent: what that means is the method's to say. */
  readonly depth: Depth | undefined;
  /** `Overwrite`, true when not sent. */
  readonly overwrite: boolean;
  readonly destination: Destination | undefined;
  readonly conditions: Conditions;
  readonly prefer: Preferences;
  readonly userAgent: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly id: string;
}

/** Reads the request line and the headers. Refuses: `malformed-request`. */
export function parseRequest(raw: RawRequest, site: Site): DavRequest {
  const header = headerReader(raw);
  const host = header('host');
  const when = <Value>(name: string, parse: (value: string) => Value): Value | undefined => {
    const value = header(name);
    return value === undefined ? undefined : parse(value);
  };
  return {
    method: raw.method,
    path: requestPath(site, raw.target),
    target: raw.target,
    query: queryOf(raw.target),
    header,
    depth: when('depth', parseDepth),
    overwrite: when('overwrite', parseOverwrite) ?? true,
    destination: when('destination', (value) => parseDestination(site, value, host)),
    conditions: {
      ifMatch: when('if-match', parseEntityTags),
      ifNoneMatch: when('if-none-match', parseEntityTags),
      ifModifiedSince: when('if-modified-since', parseHttpDate),
      ifUnmodifiedSince: when('if-unmodified-since', parseHttpDate),
      if: when('if', (value) => parseIf(value, site, host)),
    },
    prefer: parsePreferences(header('prefer'), header('brief'), header('depth')),
    userAgent: header('user-agent') ?? '',
    body: raw.body,
    id: raw.id,
  };
}

/** `0`, `1`, `infinity`; also `1,noroot`, the older spelling of the preference. */
function parseDepth(value: string): Depth {
  switch (
    value
      .trim()
      .toLowerCase()
      .replace(/ *, *noroot$/, '')
  ) {
    case '0':
      return 0;
    case '1':
      return 1;
    case 'infinity':
      return 'infinity';
    default:
      throw new Refusal('malformed-request', `Depth is 0, 1 or infinity, not ${value.slice(0, 40)}`);
  }
}

/**
 * `*`, or a list of entity tags. `"*"` in quotes is taken for `*` (clients.md W37), and a tag without quotes for one
 * with: refusing them makes programs retry for ever.
 */
function parseEntityTags(value: string): EntityTags {
  const trimmed = value.trim();
  if (trimmed === '*' || trimmed === '"*"') return '*';
  const tags: string[] = [];
  for (const [, weak = '', quoted, bare] of trimmed.matchAll(/(W\/)?("[^"]*")|([^\s,"]+)/g)) {
    tags.push(quoted === undefined ? `"${bare ?? ''}"` : weak + quoted);
  }
  return tags;
}

function parsePreferences(
  prefer: string | undefined,
  brief: string | undefined,
  depth: string | undefined,
): Preferences {
  if (prefer === undefined && brief === undefined && (depth === undefined || depth.length === 1))
    return noWishes;
  const wishes = (prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
    .map((wish) => wish.trim().replaceAll('"', ''));
  const minimal = wishes.includes('return=minimal') || wishes.includes('return-minimal');
  const representation = wishes.includes('return=representation') || wishes.includes('return-representation');
  return {
    // If both are sent, neither counts (RFC 7240 §4.2), in all methods alike.
    minimal: (minimal && !representation) || /^\s*t/i.test(brief ?? ''),
    representation: representation && !minimal,
    noRoot: wishes.includes('depth-noroot') || /noroot/i.test(depth ?? ''),
  };
}

const noWishes: Preferences = { minimal: false, representation: false, noRoot: false };

/**
 * All bytes of the body.
 *
 * Refuses: `unsupported-media-type` for a content coding, since the ETag promises the bytes that were sent (clients.md
 * W43); beyond `maxBytes` what `tooLarge` says, without reading on.
 */
export async function readBody(
  request: DavRequest,
  maxBytes: number,
  tooLarge?: () => Error,
): Promise<Uint8Array> {
  const pieces = await readPieces(request, maxBytes, tooLarge);
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** `readBody`, but in the pieces in which the body came: joining those of a large file would hold up everybody else. */
export async function readPieces(
  request: DavRequest,
  maxBytes: number,
  tooLarge: () => Error = () => new DavError(413, `the request body is longer than ${maxBytes} bytes`),
): Promise<readonly Uint8Array[]> {
  const coding = request.header('content-encoding')?.trim().toLowerCase();
  if (coding !== undefined && coding !== '' && coding !== 'identity') {
    throw new Refusal(
      'unsupported-media-type',
      `request bodies with the content coding ${coding} are not taken`,
    );
  }
  // The parser takes chunks apart and nothing else: what is still compressed would be stored as if it were the content.
  const transfer = request.header('transfer-encoding')?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked')
    throw new Refusal('not-implemented', `the transfer coding ${transfer} is not understood (RFC 9112 §6.1)`);
  if (Number(request.header('content-length') ?? 0) > maxBytes) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    pieces.push(chunk);
  }
  return pieces;
}

function headerReader(raw: RawRequest): (name: string) => string | undefined {
  return (name) => {
    const value = raw.headers[name];
    return value === undefined || typeof value === 'string' ? value : value.join(', ');
  };
}

function queryOf(target: string): ReadonlyMap<string, string> {
  const mark = target.indexOf('?');
  return mark === -1 ? noQuery : new Map(new URLSearchParams(target.slice(mark + 1)));
}

const noQuery: ReadonlyMap<string, string> = new Map();

function parseOverwrite(value: string): boolean {
  switch (value.trim().toUpperCase()) {
    case 'T':
      return true;
    case 'F':
      return false;
    default:
      throw new Refusal('malformed-request', `Overwrite is T or F, not ${value.slice(0, 40)}`);
  }
}
