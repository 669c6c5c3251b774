/** gzip for answers, off the event loop and only where the client asked (performance.md, section 3). */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { gzipLevel } from '../core/limits.ts';
import type { DoorResponse } from './door.ts';

export const gzipOptions: { readonly level: number } = { level: gzipLevel };

/** Shorter answers are not compressed: the headers would cost more than is saved. */
export const minGzipBytes = 1024;

const compressible = /^(?:text\/|application\/(?:xml|json|[a-z.-]+\+xml|[a-z.-]+\+json)\b)/;

/** Whether an answer may be compressed for this client, its size aside. */
export function mayCompress(response: DoorResponse, acceptEncoding: string | undefined): boolean {
  const { compression = 'when-asked', headers } = response;
  if (compression === 'never' || !acceptsGzip(acceptEncoding)) return false;
  if (!compressible.test(headers['Content-Type'] ?? '') || headers['Content-Encoding'] !== undefined)
    return false;
  // Compressed bytes are another representation and owe another ETag (RFC 9110 §8.8.3.3), which clients would take for a change.
  return compression === 'always' || headers['ETag'] === undefined;
}

/** `gzip` or `x-gzip` named with a weight above 0. A bare `*` is no wish: proxies add it (RFC 9110 §12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  return acceptEncoding.split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    return /^(?:x-)?gzip$/.test(name) && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

const gzipAll: (bytes: Uint8Array | string, options: { level: number }) => Promise<Buffer> = promisify(gzip);

export function compressed(bytes: Uint8Array | string): Promise<Buffer> {
  return gzipAll(bytes, gzipOptions);
}
