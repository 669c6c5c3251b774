/** What a handler answers. `src/http` writes it to the connection. */

/** Text is sent as UTF-8. An iterable is sent as it comes, with back-pressure; it may fail half-way only for outages. */
export type ResponseBody = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface DavResponse {
  readonly status: number;
  /** Names in the usual spelling; `Content-Length` is left to `http`, but for HEAD, where it is told here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ResponseBody;
}

export const xmlContentType = 'application/xml; charset=utf-8';
