/** What a protocol behind the server is to `http`: a function from a request to an answer. */
import type { Actor } from '../core/principal.ts';

export interface DoorRequest {
  readonly method: string;
  /** Path and query in ASCII, without the base path, whether or not a proxy took it off. */
  readonly target: string;
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Read as much as is needed; the rest is thrown away. A client that waits for `100 Continue` gets it at the first read. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Always present behind a door that asks for sign-in. */
  readonly actor: Actor | undefined;
  /** The request id in the access log. */
  readonly id: string;
  /** The client's address, behind trusted proxies; empty for a client on the Unix socket. */
  readonly address: string;
  /** Whom a trusted proxy names, as it writes them; absent where that is no way to sign in, or it names nobody. */
  readonly proxyUser?: string;
}

/**
 * Text is sent as UTF-8, and pieces in an array with the length of them all. An iterable is sent as it comes, with
 * back-pressure, and closed when the client goes away.
 */
export type DoorBody = string | Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

export interface DoorResponse {
  readonly status: number;
  /** `Content-Length` is set by `http`, except for HEAD, where the door sets it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: DoorBody;
  /**
   * `when-asked` (the default): gzip if the client accepts it and the answer has no ETag, which would have to differ.
   * `always`: the client asked in words of its own and accepts it. `never`: Outlook cannot read compressed feeds, though
   * it says that it can (clients.md W45).
   */
  readonly compression?: 'when-asked' | 'always' | 'never';
  /** A body without an end (server-sent events): each piece goes out at once. */
  readonly live?: boolean;
}

export type Door = (request: DoorRequest) => Promise<DoorResponse>;

/** What scripts of other origins may do at a door, as far as the settings let them in at all (cross-origin.ts). */
export interface ScriptAccess {
  /** As in `Access-Control-Allow-Methods`. */
  readonly methods: string;
  /** Whether the setting `*` (any origin) lets scripts in here. */
  readonly anyOrigin: boolean;
}

export interface Route {
  /** The door's name in the log and the metrics. */
  readonly door: string;
  /** First segment of the path below the base path, `''` for the root itself; `undefined`: all that no other route takes. */
  readonly prefix: string | undefined;
  /** `required`: anonymous requests are answered with 401 before the door sees them. */
  readonly signIn: 'required' | 'none';
  /** Requests with other methods go on to the next route that fits. */
  readonly methods?: readonly string[];
  /** Absent: scripts of other origins may do nothing, as at the page, where cookies sign in. */
  readonly crossOrigin?: ScriptAccess;
  readonly handle: Door;
}
