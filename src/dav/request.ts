/** An HTTP request as DAV handlers see it: headers parsed into values, the path into decoded segments. */
import type { Actor } from '../core/principal.ts';
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
  /** Of the access log; named in answers to unexpected errors. */
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
  readonly path: DavPath;
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
