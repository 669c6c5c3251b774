/** A part of an answer that is known as a whole (RFC 9110 §14): one range of bytes, no more. */
import type { DoorResponse } from './door.ts';

export interface Part {
  readonly status: 206 | 416;
  readonly contentRange: string;
  readonly bytes: Uint8Array;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The part that a GET asks for; `undefined` where the whole is the right answer: no range, several, one that cannot be
 * read, or `If-Range` with another version. Only answers with a strong ETag have parts, or a client could join parts of
 * two versions.
 */
export function partOf(answer: DoorResponse, asked: Headers, bytes: Uint8Array): Part | undefined {
  const { range, 'if-range': ifRange } = asked;
  const etag = answer.headers['ETag'];
  if (typeof range !== 'string' || answer.status !== 200 || !etag?.startsWith('"')) return undefined;
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range) ?? [];
  if (first === '' && last === '') return undefined;
  const size = bytes.length;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) return { status: 416, contentRange: `bytes */${size}`, bytes: new Uint8Array() };
  return {
    status: 206,
    contentRange: `bytes ${start}-${end - 1}/${size}`,
    bytes: bytes.subarray(start, end),
  };
}
