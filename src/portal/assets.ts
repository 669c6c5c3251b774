/**
 * The built page from memory: one document for every screen, and files whose names hold their hash, with the compressed
 * copies that the build has made (portal.md 9, 10).
 */
import { readdir, readFile } from 'node:fs/promises';
import { etagOf } from '../service/fingerprint.ts';
import { header, type PortalRequest, type PortalResponse } from './route.ts';

export interface Assets {
  /** A file by its path below the base path; undefined: there is none of that name. */
  readonly file: (path: string, request: PortalRequest) => Promise<PortalResponse | undefined>;
  /** The document, for any screen. */
  readonly document: (request: PortalRequest) => Promise<PortalResponse>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly br: Buffer | undefined;
  readonly gz: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
}

/** Everything is loaded from this server and nothing is inline; the logo may be a data URL. */
const pagePolicy =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
  json: 'application/json',
};

/** Reads the folder at the first request; a server without a built page says so. */
export function createAssets(root: URL, basePath: string): Assets {
  let loading: Promise<ReadonlyMap<string, Stored>> | undefined;
  const files = async (): Promise<ReadonlyMap<string, Stored>> => {
    loading ??= load(root);
    const found = await loading;
    // The page is not built yet: the next request looks again.
    if (found.size === 0) loading = undefined;
    return found;
  };

  return {
    async file(path, request) {
      const stored = (await files()).get(path);
      if (!stored || path === 'index.html') return undefined;
      const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      return answer(stored, request, { 'Cache-Control': cache });
    },
    async document(request) {
      const stored = (await files()).get('index.html');
      if (!stored) return missing;
      const text = stored.bytes.toString('utf8').replace('<base href="/">', `<base href="${basePath}/">`);
      const bytes = Buffer.from(text);
      const document = { ...stored, bytes, br: undefined, gz: undefined, etag: etagOf(bytes) };
      return answer(document, request, {
        'Cache-Control': 'no-cache',
        'Content-Security-Policy': pagePolicy,
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
      });
    },
  };
}

const missing: PortalResponse = {
  status: 503,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: 'The page has not been built: npm run build makes it. Calendar programs work without it.\n',
};

function answer(
  { bytes, br, gz, type, etag }: Stored,
  request: PortalRequest,
  headers: Readonly<Record<string, string>>,
): PortalResponse {
  const all = { 'Content-Type': type, ETag: etag, Vary: 'Accept-Encoding', ...headers };
  if (header(request, 'if-none-match')?.includes(etag)) return { status: 304, headers: all };
  const accepted = header(request, 'accept-encoding') ?? '';
  const coded = br && /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(accepted) ? { name: 'br', body: br } : undefined;
  const zipped =
    gz && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(accepted) ? { name: 'gzip', body: gz } : undefined;
  const best = coded ?? zipped;
  if (!best) return { status: 200, headers: all, body: bytes };
  // Compressed bytes need a tag of their own (RFC 9110 §8.8.3.3).
  const tag = etag.replace(/"$/, `-${best.name}"`);
  return { status: 200, headers: { ...all, ETag: tag, 'Content-Encoding': best.name }, body: best.body };
}

async function load(root: URL): Promise<ReadonlyMap<string, Stored>> {
  const found = new Map<string, Stored>();
  let names: string[];
  try {
    names = await readdir(root, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return found;
    throw error;
  }
  const known = new Set(names.map((name) => name.replaceAll('\\', '/')));
  for (const name of known) {
    const type = types[/\.(\w+)$/.exec(name)?.[1] ?? ''];
    if (type === undefined) continue;
    const read = (file: string): Promise<Buffer> => readFile(new URL(file, root));
    const bytes = await read(name);
    const br = known.has(`${name}.br`) ? await read(`${name}.br`) : undefined;
    const gz = known.has(`${name}.gz`) ? await read(`${name}.gz`) : undefined;
    found.set(name, { bytes, br, gz, type, etag: etagOf(bytes) });
  }
  return found;
}
