/** What administrators and people have decided about a link, in the engine's words (exchange.md 3). */
import type { ConnectorLink } from '../core/connector.ts';
import { type Instant, instant, type TimeRange } from '../icalendar/time.ts';
import type { Zone } from '../icalendar/zones/timezone.ts';
import type { ConflictPolicy } from './judge.ts';
import { instantOf, zoneNamed } from './series.ts';

export interface SyncRules {
  readonly conflictPolicy: ConflictPolicy;
  readonly backwardMonths: number;
  readonly forwardMonths: number;
  /** False: only what changes after the linking is taken over. */
  readonly autoSync: boolean;
  readonly massDeleteGuard: { readonly count: number; readonly percent: number };
  readonly deepCheckHours: number;
  /** `exchange`: the provider mails the attendees of meetings that are organised here. */
  readonly invitations: 'exchange' | 'none';
}

export const defaultRules: SyncRules = {
  conflictPolicy: 'newest',
  backwardMonths: 2,
  forwardMonths: 12,
  autoSync: true,
  massDeleteGuard: { count: 20, percent: 25 },
  deepCheckHours: 24,
  invitations: 'exchange',
};

/** Events that lie in it are kept in step (exchange.md 8.3). */
export function syncWindow(
  at: Instant,
  { backwardMonths, forwardMonths }: SyncRules,
  { startDate }: Pick<ConnectorLink, 'startDate'>,
  zone: Zone,
): TimeRange {
  const from = monthsFrom(at, -backwardMonths);
  const first = startDate === null ? from : zone.toInstant(localMidnight(startDate));
  return { start: instant(Math.max(from, first)), end: instant(monthsFrom(at, forwardMonths)) };
}

function localMidnight(date: string): Parameters<Zone['toInstant']>[0] {
  return zoneNamed('UTC', {}).toLocal(instantOf({ date }, {}));
}

function monthsFrom(at: Instant, months: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate());
}

/** Null: no end. */
export function liesIn(
  extent: { readonly start: number; readonly end: number | null },
  window: TimeRange,
): boolean {
  if (extent.start >= window.end) return false;
  return extent.end === null || extent.end > window.start || extent.start >= window.start;
}

/** So many at once are asked about first (exchange.md 9.5). */
export function isTooMany(
  deletions: number,
  of: number,
  { count, percent }: SyncRules['massDeleteGuard'],
): boolean {
  return deletions > count && deletions * 100 > of * percent;
}
