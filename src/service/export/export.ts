/**
 * Calendars as one .ics: feeds, downloads, GET on a calendar (clients.md W44 to W48).
 *
 * Equal entity tags promise equal bytes: the tag is made of everything that the bytes are made of, the calendars' counters
 * among it, so that a conditional request reads no object and an answer given once can be given again.
 */
import type { Access } from '../../core/acl.ts';
import type { Calendar, Detail, ExportWindow, LinkLook, SeenCalendar } from '../../core/calendar.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { feedHead } from '../../icalendar/feed/feed.ts';
import { type Instant, instant } from '../../icalendar/time.ts';
import { formatDate } from '../../icalendar/value.ts';
import { exportClosed, policiesOf } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOfParts } from '../fingerprint.ts';
import { calendarZone } from '../objects/zones.ts';
import type { Source } from './export-objects.ts';
import { covered, singlesRange, spanOf, today } from './export-window.ts';
import { chunksOf, type ExportPlan, wholeOf } from './export-writing.ts';

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
  /** Told what is made of all events alike, how often that has changed for this reader. Absent: nobody knows. */
  readonly lookOf?: (mark: string) => Promise<LinkLook>;
}

export interface Exported {
  readonly etag: ETag;
  /** Of the newest thing shown; with a window not before today, because it moves by day. */
  readonly lastModified: Instant;
  /** The same bytes for the same `etag`. Reads the storage as it is consumed; to be consumed once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** All of them at once, if they are at hand or soon made: of an answer that was given before, with what has changed since. */
  readonly whole: () => Promise<readonly Uint8Array[] | undefined>;
  /** The same in gzip form, as `gzipLevel` makes it. */
  readonly zipped: () => Promise<Uint8Array | undefined>;
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
 * Memory: one page of objects; answers of moderate size are kept for the next reader, and so are their parts: what was
 * given once costs from then on what has changed.
 */
export async function exportCalendar(
  services: Services,
  reader: Actor,
  calendars: readonly SeenCalendar[],
  options: ExportOptions,
): Promise<Exported> {
  const sources: Source[] = [];
  for (const seen of calendars) sources.push(await sourceOf(services, reader, seen, options));
  const look = await options.lookOf?.(lookMark(sources, options));
  const isMarked = isSet(sources, options);
  const form = [
    formVersion,
    services.storage.epoch,
    String(isMarked),
    String(options.alarms),
    options.language,
    options.forOutlook ? 'Outlook' : '',
    `${look?.since ?? ''} ${look?.changeCount ?? ''}`,
    ...sources.flatMap(({ mark, name }) => [...mark, isMarked ? name : '']),
  ];
  const head = headOf(sources, options);
  const counters = sources.map(({ seen }) => String(seen.calendar.modseq));
  const plan: ExportPlan = {
    sources,
    options,
    look,
    isMarked,
    head,
    form: etagOfParts(form),
    etag: etagOfParts([...form, ...head, ...counters]),
  };
  const { exports } = services.memory;
  const whole = (): Promise<readonly Uint8Array[] | undefined> => wholeOf(services, plan);
  return {
    etag: plan.etag,
    lastModified: instant(
      sources.reduce((newest, { modified }) => Math.max(newest, modified), look?.since ?? 0),
    ),
    chunks: chunksOf(services, plan),
    whole,
    zipped: async () => ((await whole()) ? await exports.zipped(plan.form, plan.etag) : undefined),
  };
}

/** To be raised when the same data come out as other bytes. */
const formVersion = 'feed 5';

/**
 * Whether events name the calendar that they come from. A set with a name of its own marks them even while it holds one: the mark
 * must not come and go.
 */
function isSet(sources: readonly Source[], { title }: Pick<ExportOptions, 'title'>): boolean {
  return sources.length > 1 || title !== undefined;
}

/**
 * What is made of all events alike. Not the window, which moves with the days and changes no event, nor what only some
 * programs get.
 */
function lookMark(sources: readonly Source[], options: ExportOptions): string {
  const { alarms, language } = options;
  const isMarked = isSet(sources, options);
  const marks = sources.flatMap(({ seen: { calendar, access }, zone, name }) => [
    `${calendar.id} ${access.detail} ${zone.id}`,
    isMarked ? name : '',
  ]);
  const mark = [formVersion, alarms, language, ...marks].join('\n');
  return mark.length > maxMarkLength ? etagOfParts([mark]) : mark;
}

/** Longer ones are kept by their tag. */
const maxMarkLength = 200;

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
    `${calendar.id} ${access.detail} ${access.seesPrivate}`,
    `${zone.id} ${span.start} ${span.end} ${formatDate(day.local).slice(0, 4)}`,
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

/** Content lines of the calendar itself. */
function headOf(sources: readonly Source[], { title }: ExportOptions): readonly string[] {
  const [first, second] = sources;
  if (!first || second)
    return feedHead({ name: title ?? first?.name ?? 'Calendar', timezone: first?.zone.id });
  const { calendar, view, access } = first.seen;
  const color = (view?.color ?? calendar.color)?.slice(0, 7);
  return feedHead({
    name: title ?? first.name,
    timezone: first.zone.id,
    color,
    id: calendar.id.toString(36),
    description: access.detail === 'full' ? (calendar.description ?? undefined) : undefined,
  });
}
