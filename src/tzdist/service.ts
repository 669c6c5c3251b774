/**
 * The time zone data distribution service (RFC 7808): definitions of the zones that this server knows, for clients that
 * then leave them out of events (RFC 7809). It tells nothing about anybody, so nobody has to sign in.
 */
import { createHash } from 'node:crypto';
import { productId } from '../icalendar/repair.ts';
import { instant } from '../icalendar/time.ts';
import { contentLine, foldLine } from '../icalendar/value.ts';
import { zoneDefinition, zoneObservances } from '../icalendar/zones/vtimezone.ts';
import type { Zone } from '../icalendar/zones/zone.ts';
import { passingZone } from '../icalendar/zones/zone-iana.ts';
import { type ListedZone, listZones, zoneDataVersion } from '../icalendar/zones/zone-list.ts';
import { calendarType, capabilities, publisher } from './capabilities.ts';
import { leapSeconds } from './leap-seconds.ts';
import { Problem } from './problem.ts';
import { matcher, maxExpansionMs, single, stretchOf, utcText } from './query.ts';

export interface TimezoneRequest {
  readonly method: string;
  /** Path and query below the base path. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface TimezoneResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly compression: 'when-asked' | 'always' | 'never';
}

export interface TimezoneOptions {
  /** The path of the service for clients: `/tzdist`, behind a base path `/a/tzdist`. */
  readonly path: string;
  /** When the data came here, in milliseconds: those of the JavaScript engine, with the engine. */
  readonly changed: number;
}

/** The service below `/tzdist`. */
export function createTimezoneService(
  options: TimezoneOptions,
): (request: TimezoneRequest) => Promise<TimezoneResponse> {
  return async (request) => {
    try {
      return await answer(request, options);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const type = { 'Content-Type': 'application/problem+json', 'Content-Language': 'en' };
      const allow = error.status === 405 ? { Allow: allowed } : {};
      return {
        status: error.status,
        headers: { ...type, ...allow, 'Cache-Control': 'no-store' },
        body: error.body,
        compression: 'never',
      };
    }
  };
}

/** Below the prefix of the route; what stands behind it is the service's own. */
const prefix = '/tzdist';
const allowed = 'GET, HEAD, OPTIONS';

/** To be raised when the same data come out as other bytes. */
const formVersion = 1;

/** One edition of the data, one tag: of all resources, each of which changes with the edition only. */
const dataTag: string = createHash('sha256')
  .update(JSON.stringify([zoneDataVersion, process.versions['icu'], formVersion]))
  .digest('base64url')
  .slice(0, 16);

async function answer(request: TimezoneRequest, options: TimezoneOptions): Promise<TimezoneResponse> {
  const { method, target } = request;
  if (method === 'OPTIONS')
    return { status: 200, headers: { Allow: allowed }, body: '', compression: 'never' };
  if (method !== 'GET' && method !== 'HEAD')
    throw new Problem('invalid-action', 'time zones can only be read', 405);
  const [path = '', ...rest] = target.split('?');
  const query = new URLSearchParams(rest.join('?'));
  const segments = path.slice(prefix.length).split('/').slice(1);
  const [action, ...inner] = segments;
  if (action === 'capabilities' && inner.length === 0) return json(request, capabilities(options.path));
  if (action === 'leapseconds' && inner.length === 0) return json(request, leapSeconds);
  if (action !== 'zones') throw new Problem('invalid-action', 'there is capabilities, zones and leapseconds');
  if (inner.length === 0 || (inner.length === 1 && inner[0] === ''))
    return await listing(request, query, options);
  const isExpansion = inner.length > 1 && inner.at(-1) === 'observances';
  const tzid = decoded(isExpansion ? inner.slice(0, -1) : inner);
  const { zone, listed } = await zoneOf(tzid);
  return isExpansion
    ? expansion(request, query, tzid, zone)
    : definition(request, query, { tzid, zone, listed });
}

/** RFC 7808 §5.2 and §5.5. */
async function listing(
  request: TimezoneRequest,
  query: URLSearchParams,
  { changed }: TimezoneOptions,
): Promise<TimezoneResponse> {
  const since = single(query, 'changedsince', 'invalid-changedsince');
  const pattern = single(query, 'pattern', 'invalid-pattern');
  const matches = pattern === undefined ? undefined : matcher(pattern);
  // A token of another edition says nothing about what has changed since.
  const all = since === dataTag ? [] : await listZones();
  const found = matches ? all.filter(({ tzid, aliases }) => [tzid, ...aliases].some(matches)) : all;
  const timezones = found.map(({ tzid, aliases }) => ({
    tzid,
    etag: `"${dataTag}"`,
    'last-modified': utcText(Math.floor(changed / 1000) * 1000),
    publisher,
    version: zoneDataVersion,
    ...(aliases.length > 0 && { aliases }),
  }));
  return json(request, { synctoken: dataTag, timezones });
}

/** RFC 7808 §5.3. */
function definition(
  request: TimezoneRequest,
  query: URLSearchParams,
  { tzid, zone, listed }: { readonly tzid: string; readonly zone: Zone; readonly listed: ListedZone },
): TimezoneResponse {
  const { start, end } = stretchOf(query);
  if (!accepts(request.headers['accept'], calendarType))
    throw new Problem('invalid-format', `what is accepted does not include ${calendarType}`);
  const key = `${tzid} ${start ?? ''} ${end ?? ''}`;
  let text = texts.get(key);
  if (text === undefined) {
    const aliasOf = listed.tzid === tzid ? [] : [listed.tzid];
    text = [
      'BEGIN:VCALENDAR\r\n',
      contentLine('VERSION', '2.0'),
      foldLine(`PRODID:${productId}`),
      zoneDefinition(tzid, zone, { from: start, until: end, aliasOf }),
      'END:VCALENDAR\r\n',
    ].join('');
    if (texts.size >= maxTexts) texts.clear();
    texts.set(key, text);
  }
  return conditional(request, `${calendarType}; charset=utf-8`, text);
}

/** Definitions by name and stretch: all zones as a whole, and some that are cut. */
const texts = new Map<string, string>();
const maxTexts = 1_000;

/** RFC 7808 §5.4. */
function expansion(
  request: TimezoneRequest,
  query: URLSearchParams,
  tzid: string,
  zone: Zone,
): TimezoneResponse {
  const { start, end } = stretchOf(query);
  if (start === undefined) throw new Problem('invalid-start', 'start is missing');
  if (end === undefined) throw new Problem('invalid-end', 'end is missing');
  const reached = instant(Math.min(end, start + maxExpansionMs));
  const observances = zoneObservances(zone, { start, end: reached }).map((one) => ({
    name: one.isDaylight ? 'Daylight' : 'Standard',
    onset: utcText(one.at),
    'utc-offset-from': one.offsetFrom / 1000,
    'utc-offset-to': one.offsetTo / 1000,
  }));
  return json(request, { tzid, ...(reached < end && { end: utcText(reached) }), observances });
}

/** By its name or any of its aliases, in the case in which they are listed. */
async function zoneOf(tzid: string): Promise<{ readonly zone: Zone; readonly listed: ListedZone }> {
  const listed = (await listZones()).find((one) => one.tzid === tzid || one.aliases.includes(tzid));
  const zone = listed && passingZone(tzid);
  if (!zone)
    throw new Problem('tzid-not-found', `there is no time zone ${JSON.stringify(tzid.slice(0, 80))}`);
  return { zone, listed };
}

/** The slash of a name should come encoded; in plain form it means the same. */
function decoded(segments: readonly string[]): string {
  try {
    return segments.map(decodeURIComponent).join('/');
  } catch {
    throw new Problem('tzid-not-found', 'the name is not in UTF-8');
  }
}

function json(request: TimezoneRequest, value: object): TimezoneResponse {
  return conditional(request, 'application/json', `${JSON.stringify(value)}\n`);
}

function conditional(request: TimezoneRequest, type: string, body: string): TimezoneResponse {
  const headers = { ETag: `"${dataTag}"`, 'Cache-Control': 'public, max-age=86400', Vary: 'Accept' };
  const known = request.headers['if-none-match'];
  if (known !== undefined && (known === '*' || String(known).includes(headers.ETag)))
    return { status: 304, headers, compression: 'never' };
  return { status: 200, headers: { ...headers, 'Content-Type': type }, body, compression: 'when-asked' };
}

/** Whether a media type is named by an Accept header, by itself or by a range; without one, everything is. */
function accepts(header: string | readonly string[] | undefined, type: string): boolean {
  if (header === undefined || header.length === 0) return true;
  const [family = ''] = type.split('/');
  const wanted = new Set(['*/*', `${family}/*`, type]);
  return String(header)
    .split(',')
    .some((one) => {
      const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
      return wanted.has(name) && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    });
}
