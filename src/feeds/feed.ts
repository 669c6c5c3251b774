/**
 * Read-only iCal feeds by secret address: `GET /feed/{token}/{name}.ics` (clients.md W44 to W49, outlook.md §17).
 *
 * The token alone opens a feed: there is no sign-in, no cookie and no redirect, because pollers can answer none of them.
 * What it opens is looked up at each request, so "Allow export" closes and revives a link at once.
 */
import { Refusal, type RefusalCode } from '../core/refusal.ts';
import { type SpokenLanguage, spokenLanguage } from '../i18n/languages.ts';
import { exportLink, type OpenLink, openLink } from '../service/calendars/links.ts';
import type { Services } from '../service/context.ts';
import type { Exported } from '../service/export/export.ts';
import { currentTag, isStale } from './conditional.ts';
import { contentDisposition } from './file-name.ts';

export interface FeedRequest {
  readonly method: string;
  /** Path and query below the base path. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface FeedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  readonly compression: 'always' | 'never';
}

/** How a request was answered: with 304, from bytes at hand, by reading the storage, without a body, or not at all. */
export type FeedAnswer = 'not-modified' | 'remembered' | 'written' | 'head' | 'refused';

/** Answers every request below `/feed/`; never throws a `Refusal`. `answered` is told of each answer, for who counts them. */
export function createFeeds(
  services: Services,
  answered: (how: FeedAnswer) => void = () => {},
): (request: FeedRequest) => Promise<FeedResponse> {
  const answering = feedDoor(services);
  return async (request) => {
    const response = await answering(request);
    if (request.method !== 'OPTIONS') answered(kindOf(request, response));
    return response;
  };
}

function kindOf({ method }: FeedRequest, { status, body }: FeedResponse): FeedAnswer {
  if (status === 304) return 'not-modified';
  if (status !== 200) return 'refused';
  if (method === 'HEAD') return 'head';
  return body instanceof Uint8Array || Array.isArray(body) ? 'remembered' : 'written';
}

function feedDoor(services: Services): (request: FeedRequest) => Promise<FeedResponse> {
  return async (request) => {
    if (request.method === 'OPTIONS') return answer(200, '', { Allow: allow });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(405, 'a feed can only be read', { Allow: allow });
    }
    const token = tokenOf(request.target);
    if (token === undefined) return answer(404, 'there is no such feed');
    try {
      return await feed(services, request, await openLink(services, token, { program: programOf(request) }));
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  };
}

async function feed(services: Services, request: FeedRequest, opened: OpenLink): Promise<FeedResponse> {
  const { link, principal, calendars } = opened;
  const title =
    link.target === 'favourites' ? favouritesTitle[spokenLanguage(principal.language) ?? 'en'] : undefined;
  const exported = await exportLink(services, opened, title, isOutlook(request));
  return await representation(request, exported, title ?? calendars[0]?.calendar.displayName ?? 'calendar');
}

async function representation(
  request: FeedRequest,
  exported: Exported,
  title: string,
): Promise<FeedResponse> {
  const compress = wantsGzip(request);
  // The compressed bytes are another representation with a tag of its own (RFC 9110 §8.8.3.3).
  const { etag } = exported;
  const zippedTag = etag.replace(/"$/, '-gzip"');
  const [ownTag, otherTag] = compress ? [zippedTag, etag] : [etag, zippedTag];
  const headers = {
    ...always,
    ETag: ownTag,
    'Last-Modified': new Date(exported.lastModified).toUTCString(),
    'Cache-Control': 'private, max-age=60',
    Vary: 'Accept-Encoding, User-Agent',
  };
  if (isStale(request.headers, [ownTag, otherTag], exported.lastModified)) {
    return answer(412, 'the feed is not as the request wants it', { ETag: ownTag });
  }
  const current = currentTag(request.headers, [ownTag, otherTag], exported.lastModified);
  if (current !== undefined)
    return { status: 304, headers: { ...headers, ETag: current }, compression: 'never' };
  const full = {
    ...headers,
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': contentDisposition(title),
    ...(compress && request.method === 'HEAD' && { 'Content-Encoding': 'gzip' }),
  };
  if (request.method === 'HEAD') return { status: 200, headers: full, compression: 'never' };
  if (!compress) return { status: 200, headers: full, body: await bytesOf(exported), compression: 'never' };
  const zipped = await exported.zipped();
  if (!zipped) return { status: 200, headers: full, body: exported.chunks, compression: 'always' };
  return {
    status: 200,
    headers: { ...full, 'Content-Encoding': 'gzip' },
    body: zipped,
    compression: 'never',
  };
}

/** With their length, where they are at hand. */
async function bytesOf({
  whole,
  chunks,
}: Exported): Promise<readonly Uint8Array[] | AsyncIterable<Uint8Array>> {
  return (await whole()) ?? chunks;
}

const allow = 'GET, HEAD, OPTIONS';

/** On every answer: a token in a Referer or a search index is a token in the wrong hands. */
const always = {
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
} as const;

function answer(
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): FeedResponse {
  return {
    status,
    headers: {
      ...always,
      'Cache-Control': 'no-store',
      'Content-Type': 'text/plain; charset=utf-8',
      ...headers,
    },
    body: sentence === '' ? '' : `${sentence}\n`,
    compression: 'never',
  };
}

/** Never 401: a poller would ask its user for a password that does not exist. */
function refused(refusal: Refusal): FeedResponse {
  const status = statuses[refusal.code];
  if (status === undefined) throw refusal;
  return answer(status, refusal.message);
}

const statuses: Partial<Readonly<Record<RefusalCode, number>>> = {
  'not-found': 404,
  // A dead link is not found, like one that never was: pollers take 410 for good, and a calendar can come back from the trash.
  gone: 404,
  'export-forbidden': 403,
  'need-privileges': 404,
  'too-many-results': 403,
};

/**
 * `/feed/{token}/{anything}.ics`; the last part is for people and for programs that look at the ending. A program may encode
 * what needs no encoding (RFC 3986 §6.2.2.2).
 */
function tokenOf(target: string): string | undefined {
  const sent = /^\/feed\/([A-Za-z0-9_%-]{22,400})\/[^/?]+(?:\.|%2e)ics(?:\?|$)/i.exec(target)?.[1] ?? '';
  const token = sent.replace(/%[0-9a-f]{2}/gi, (octet) => String.fromCharCode(parseInt(octet.slice(1), 16)));
  return /^[A-Za-z0-9_-]{22,128}$/.test(token) ? token : undefined;
}

function programOf(request: FeedRequest): string {
  const agent = request.headers['user-agent'];
  return typeof agent === 'string' ? agent.slice(0, 80) : '';
}

/** By the name that it gives itself, and the servers of Outlook on the web. */
function isOutlook({ headers }: FeedRequest): boolean {
  return /^Microsoft Office\/|outlook/i.test(String(headers['user-agent'] ?? ''));
}

/** Outlook asks for gzip and then fails on it (clients.md W45); `*` is no explicit wish. */
function wantsGzip({ headers }: FeedRequest): boolean {
  const { 'accept-encoding': accepted, 'user-agent': agent } = headers;
  if (typeof accepted !== 'string' || /microsoft|outlook|\boffice\b/i.test(String(agent ?? ''))) return false;
  return accepted
    .split(',')
    .some((coding) => /^\s*(?:x-)?gzip\s*(?:;|$)/i.test(coding) && !/;\s*q=0(?:\.0*)?\s*$/i.test(coding));
}

const favouritesTitle: Readonly<Record<SpokenLanguage, string>> = {
  en: 'Favourites',
  ru: 'Избранные календари',
  sv: 'Favoriter',
};
