/** Calendars as one .ics: feeds, downloads, GET on a calendar (clients.md W44 to W48). */
import type { Calendar, Detail, ExportWindow, SeenCalendar } from '../core/calendar.ts';
import type { ETag } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { Instant } from '../icalendar/time.ts';
import { exportClosed, policiesOf } from './access.ts';
import type { Services } from './context.ts';

export interface ExportOptions {
  /** Never more than the reader may see. */
  readonly detail: Detail;
  readonly window: ExportWindow;
  readonly alarms: boolean;
  /** Objects that are not PUBLIC are reduced for everyone: the address may be in any hands. */
  readonly reducePrivate: boolean;
  /** BCP 47; of the words that the server itself puts in ("Busy"). */
  readonly language: string;
  /** Name of the whole; absent: the calendar's. */
  readonly title?: string;
}

export interface Exported {
  readonly etag: ETag;
  readonly lastModified: Instant;
  /** The same bytes for the same `etag`. Reads the storage as it is consumed. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export type ExportAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly by: 'owner' | 'administrator' };

/** May this calendar leave the portal to others now. Looked up at each request; nothing about it is remembered. */
export async function exportAllowed(services: Services, calendar: Calendar): Promise<ExportAnswer> {
  const closed = exportClosed(calendar, await policiesOf(services));
  if (!closed) return { allowed: true };
  return { allowed: false, by: closed === 'export-off' ? 'owner' : 'administrator' };
}

/**
 * The calendars as one VCALENDAR. Entity tag and date come from the calendars' rows, so a conditional request reads no object.
 * The caller has asked `exportAllowed` where others than the owner read.
 */
export async function exportCalendar(
  _services: Services,
  _reader: Actor,
  _calendars: readonly SeenCalendar[],
  _options: ExportOptions,
): Promise<Exported> {
  throw new Refusal('not-implemented', 'export is not there yet');
}
