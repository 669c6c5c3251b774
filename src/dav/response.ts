/** What a handler answers. `src/http` writes it to the connection. */
import { httpDate } from './http-date.ts';
import type { Preferences } from './request.ts';
import type { DavResource } from './resource.ts';

/**
 * Text is sent as UTF-8, and pieces in an array with the length of them all. An iterable is sent as it comes, with
 * back-pressure; it may fail half-way only for outages.
 */
export type ResponseBody = string | Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/** In bytes; `undefined` where it is not known. */
export function lengthOf(body: ResponseBody): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  if (Symbol.asyncIterator in body) return undefined;
  return body.reduce((sum, { length }) => sum + length, 0);
}

export interface DavResponse {
  readonly status: number;
  /** Names in the usual spelling. `http` sets `Content-Length`, except for HEAD, where it is set here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ResponseBody;
}

export const xmlContentType = 'application/xml; charset=utf-8';

/** `ETag` and `Last-Modified` of a resource, for GET, HEAD and 304. */
export function validators({ etag, modified }: DavResource): Readonly<Record<string, string>> {
  return {
    ...(etag === undefined ? {} : { ETag: etag }),
    ...(modified === undefined ? {} : { 'Last-Modified': httpDate(modified) }),
  };
}

/**
 * `Preference-Applied` and `Vary`: which preferences were met, and that the answer depends on them (RFC 7240 §3;
 * clients.md W21).
 */
export function preferenceHeaders(applied: Partial<Preferences>): Readonly<Record<string, string>> {
  const met = [
    applied.minimal === true ? 'return=minimal' : '',
    applied.representation === true ? 'return=representation' : '',
    applied.noRoot === true ? 'depth-noroot' : '',
  ].filter((wish) => wish !== '');
  return { Vary: 'Prefer, Brief', ...(met.length === 0 ? {} : { 'Preference-Applied': met.join(', ') }) };
}
