/**
 * Calendars as one .ics: feeds, downloads, GET on a calendar (clients.md W44 to W48).
 *
 * Equal entity tags promise equal bytes: the tag is made of everything that the bytes are made of, the calendars' counters
 * among it, so that a conditional request reads no object and an answer given once can be given again.
 */
import { setImmediate } from 'node:timers/promises';
import type { Access } from '../core/acl.ts';
import type { Calendar, Detail, ExportWindow, SeenCalendar } from '../core/calendar.ts';
import type { ETag } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { type FeedHead, feedHead, feedParts } from '../icalendar/feed.ts';
import { SingleEvents } from '../icalendar/feed-singles.ts';
import { type MergePart, mergedCalendar } from '../icalendar/merge.ts';
import { type Instant, instant } from '../icalendar/time.ts';
import { formatDate } from '../icalendar/value.ts';
import { exportClosed, policiesOf } from './access.ts';
import type { Services } from './context.ts';
import { type Leaving, leaveOut, objectsOf, type Source } from './export-objects.ts';
import { covered, earlier, singlesRange, spanOf, today } from './export-window.ts';
import { etagOfParts } from './fingerprint.ts';
import { calendarZone } from './zones.ts';

export interface ExportOptions {
  /** Never more than the reader may see, and than the owner lets others have. */
  readonly detail: Detail;
  readonly window: ExportWindow;
  readonly alarms: boolean;
  /**
   * The address may be in any hands: nothing but public objects is shown whole, nobody counts as invited, and the limits
   * that the owner sets for others hold for the owner's own link, too.
   */
  readonly reducePrivate: boolean;
  /** Series that Outlook does not know come as single events. */
  readonly forOutlook?: boolean;
  /** BCP 47; of the words that the server itself puts in ("Busy"). */
  readonly language: string;
  /** Name of the whole; absent: that of the first calendar. */
  readonly title?: string;
}

export interface Exported {
  readonly etag: ETag;
  /** Of the newest thing shown; with a window not before today, because it moves by day. */
  readonly lastModified: Instant;
  /** The same bytes for the same `etag`. Reads the storage as it is consumed; to be consumed once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export type ExportAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly by: 'owner' | 'administrator' };

/** May this calendar leave the portal to others now. Looked up at each request. */
export async function exportAllowed(services: Services, calendar: Calendar): Promise<ExportAnswer> {
  const closed = exportClosed(calendar, await policiesOf(services));
  if (!closed) return { allowed: true };
  return { allowed: false, by: closed === 'export-off' ? 'owner' : 'administrator' };
}

/**
 * The calendars as one VCALENDAR. The caller has asked `exportAllowed` where others than the owner read.
 *
 * Of several calendars, each event names its own as a category, and a UID that an earlier calendar has gets another name.
 * Memory: one page of objects; answers of moderate size are kept for the next reader.
 */
export async function exportCalendar(
  services: Services,
  reader: Actor,
  calendars: readonly SeenCalendar[],
  options: ExportOptions,
): Promise<Exported> {
  const sources: Source[] = [];
  for (const seen of calendars) sources.push(await sourceOf(services, reader, seen, options));
  const etag = etagOfParts([
    formVersion,
    services.storage.epoch,
    options.title ?? '',
    String(options.alarms),
    options.language,
    options.forOutlook ? 'Outlook' : '',
    ...sources.flatMap(({ mark }) => mark),
  ]);
  const lastModified = sources.reduce((newest, { modified }) => Math.max(newest, modified), 0);
  const known = services.memory.exports.get(etag);
  const chunks = known ? replay(known) : kept(services, etag, sources, written(services, sources, options));
  return { etag, lastModified: instant(lastModified), chunks };
}

/** To be raised when the same data come out as other bytes. */
const formVersion = 'feed 2';

async function sourceOf(
  services: Services,
  reader: Actor,
  seen: SeenCalendar,
  options: ExportOptions,
): Promise<Source> {
  const { calendar, view } = seen;
  const zone = await calendarZone(services, calendar);
  const isLimited = options.reducePrivate || !seen.access.isOwner;
  const day = today(services, zone);
  const wanted = spanOf(options.window, day, zone);
  const span = isLimited ? covered(wanted, spanOf(calendar.exportWindow, day, zone)) : wanted;
  const access = audienceAccess(seen.access, options, isLimited ? calendar.exportDetail : 'full');
  const { principal } = reader;
  const audience = options.reducePrivate ? [] : principal.addresses;
  const name = view?.displayName ?? calendar.displayName;
  const mark = [
    `${calendar.id} ${calendar.modseq} ${access.detail} ${access.seesPrivate}`,
    `${zone.id} ${span.start} ${span.end} ${formatDate(day.local).slice(0, 4)}`,
    name,
    view?.color ?? '',
    audience.join(' '),
  ];
  return {
    seen: { ...seen, access },
    reader: { ...reader, principal: { ...principal, addresses: audience, language: options.language } },
    zone,
    span,
    singles: singlesRange(span, day, zone),
    attendees: !options.reducePrivate && access.detail === 'full',
    name,
    mark,
    modified: span.isWhole ? calendar.modified : Math.max(calendar.modified, day.start),
  };
}

const details: readonly Detail[] = ['busy', 'titles', 'full'];

function audienceAccess(access: Access, options: ExportOptions, most: Detail): Access {
  const limits = [options.detail, most, access.detail].map((detail) =>
    details.indexOf(detail === 'none' ? 'busy' : detail),
  );
  const detail = details[Math.min(...limits)] ?? 'busy';
  return { ...access, detail, seesPrivate: access.seesPrivate && !options.reducePrivate };
}

async function* written(
  services: Services,
  sources: readonly Source[],
  options: ExportOptions,
): AsyncIterable<Uint8Array> {
  yield* mergedCalendar(pagesOf(services, sources, options), feedHead(headOf(sources, options)));
}

function headOf(sources: readonly Source[], { title }: ExportOptions): FeedHead {
  const [first, second] = sources;
  if (!first || second) return { name: title ?? first?.name ?? 'Calendar', timezone: first?.zone.id };
  const { calendar, view, access } = first.seen;
  const color = (view?.color ?? calendar.color)?.slice(0, 7);
  return {
    name: title ?? first.name,
    timezone: first.zone.id,
    color,
    id: calendar.id.toString(36),
    description: access.detail === 'full' ? (calendar.description ?? undefined) : undefined,
  };
}

async function* pagesOf(
  services: Services,
  sources: readonly Source[],
  { alarms, title, forOutlook }: ExportOptions,
): AsyncIterable<readonly MergePart[]> {
  // A set with a name of its own marks its events even while it holds one calendar: the mark must not come and go.
  const isMerged = sources.length > 1 || title !== undefined;
  /** UIDs of earlier calendars. */
  const taken = new Set<string>();
  for (const source of sources) {
    const { seen, span, zone, attendees, name } = source;
    const { calendar } = seen;
    const range = { start: await earlier(services, calendar, span, zone), end: span.zonesUntil };
    const singles = forOutlook ? new SingleEvents(source.singles, zone) : undefined;
    const hasAlarms = alarms && seen.access.detail === 'full';
    const part = feedParts({ zone, range, alarms: hasAlarms, attendees, singles });
    const suffix = `-${calendar.id.toString(36)}`;
    const own: string[] = [];
    for await (const { page, objects } of objectsOf(services, source)) {
      const parts: MergePart[] = [];
      for (const object of objects) {
        const { uid, modified, modseq } = object;
        if (isMerged) own.push(uid);
        const hooks = {
          changed: modified,
          sequence: modseq,
          category: isMerged ? name : undefined,
          uidSuffix: taken.has(uid) ? suffix : undefined,
        };
        try {
          const made = part(page, object, hooks);
          if (made) parts.push(withLog(made, services, calendar, object));
        } catch (error) {
          leaveOut(services, calendar, object, error);
        }
        if (parts.length < turnSize) continue;
        yield parts.splice(0);
        await setImmediate();
      }
      yield parts;
    }
    for (const uid of own) taken.add(uid);
  }
}

/** Objects between two turns of the event loop: some milliseconds, should each of them need the parser. */
const turnSize = 64;

/** Also what cannot be written together with others is left out. */
function withLog(part: MergePart, services: Services, calendar: Calendar, object: Leaving): MergePart {
  const { zones, lines } = part;
  return { zones, lines, leftOut: (error) => leaveOut(services, calendar, object, error) };
}

async function* replay(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

/** Keeps what passes, if it comes to its end, is not too large, and nothing was changed while it was read. */
async function* kept(
  services: Services,
  etag: ETag,
  sources: readonly Source[],
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const { exports } = services.memory;
  const gathered: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes <= exports.maxEntryBytes) gathered.push(chunk);
    yield chunk;
  }
  if (sizeBytes > exports.maxEntryBytes) return;
  for (const { seen } of sources) {
    const now = await services.storage.calendar(seen.calendar.id);
    if (now?.modseq !== seen.calendar.modseq) return;
  }
  exports.keep(etag, gathered, sizeBytes);
}
