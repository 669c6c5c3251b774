/** A whole .ics file into a calendar: forgiving, and repeatable (clients.md, demand 59). */
import type { SeenCalendar } from '../core/calendar.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { requireLevel } from './access.ts';
import type { Services } from './context.ts';

export interface ImportOptions {
  /** Nothing is written; the report says what would be. */
  readonly dryRun?: boolean;
  /** Called after each batch. `total` counts the components of the file, known from the start. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** One thing that was not taken as it was. */
export interface ImportNotice {
  readonly line?: number;
  readonly uid?: string;
  readonly message: string;
}

export interface ImportReport {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  /** At most a few hundred. */
  readonly notices: readonly ImportNotice[];
  /** What the file calls the calendar (`X-WR-CALNAME`, `X-WR-TIMEZONE`, ...); nothing of it is applied. */
  readonly calendar: { readonly name?: string; readonly timeZone?: string; readonly color?: string };
}

/**
 * Takes every object of the file into the calendar: new UIDs are added, known ones updated where they differ. One broken
 * event costs that event only. In batches, each a transaction; memory is that of the file and one batch.
 * Refuses `invalid-calendar-data` for what is no calendar at all, `too-large`, `need-privileges`.
 */
export async function importCalendar(
  _services: Services,
  _actor: Actor,
  seen: SeenCalendar,
  _source: Uint8Array,
  _options: ImportOptions = {},
): Promise<ImportReport> {
  requireLevel(seen.access, 'edit');
  throw new Refusal('not-implemented', 'import is not there yet');
}
