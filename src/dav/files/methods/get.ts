/** GET of a file, whole or a part of it (RFC 9110 §14). */
import { DavError } from '../../error.ts';
import { defineMethod } from '../../method.ts';
import { ifRangeHolds } from '../../preconditions.ts';
import { validators } from '../../response.ts';
import { parseRange } from '../range.ts';
import type { Method } from '../world.ts';

export const get: Method<'file'> = defineMethod({
  name: 'GET',
  spec: 'RFC 9110 §9.3.1, §14',
  on: ['file'],
  changesState: false,
  privilege: 'read',
  async handle(file, { request, services }) {
    const { etag, modified, sizeBytes = 0 } = file;
    const held = ifRangeHolds(request.header('if-range'), { exists: true, etag, modified });
    const range = held && request.method === 'GET' ? parseRange(request.header('range'), sizeBytes) : 'whole';
    const headers = {
      'Content-Type': file.contentType ?? 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      ...harmless,
      ...validators(file),
    };
    if (range === 'outside') {
      const total = { 'Content-Range': `bytes */${sizeBytes}` };
      throw new DavError(416, `the file has ${sizeBytes} bytes`, undefined, total);
    }
    const bytes = await services.store.readFile(file.node);
    if (range === 'whole') return { status: 200, headers, body: bytes };
    const { start, end } = range;
    const part = { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` };
    return { status: 206, headers: part, body: bytes.subarray(start, end) };
  },
});

export const getFolder: Method<'folder' | 'mount'> = defineMethod({
  name: 'GET',
  spec: 'RFC 4918 §9.4',
  on: ['folder', 'mount'],
  changesState: false,
  privilege: 'read',
  handle: async () => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'This is a WebDAV folder. Open its address with a WebDAV client to see what is in it.\n',
  }),
});

/**
 * What somebody put here is handed out as a download and never runs: stored markup must not act in the name of the
 * portal (clients.md, security: stored XSS).
 */
const harmless = {
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;
