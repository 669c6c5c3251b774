/** What changed in a calendar since a client last looked (RFC 6578 §3). */
import type { SeenCalendar } from '../../core/calendar.ts';
import { type ETag, id, type ObjectId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Services } from '../context.ts';
import { personOf } from '../objects/object-rules.ts';
import { headsOf, listing } from '../objects/queries.ts';
import { seesEverything } from '../objects/shown.ts';
import { type CalendarState, calendarToken, parseToken } from './sync-token.ts';

/** One line of a sync answer; what the reader may not see, or not any more, is gone. */
export type SyncChange =
  | { readonly name: string; readonly gone: true }
  | { readonly name: string; readonly gone: false; readonly etag: ETag };

export interface SyncAnswer {
  /** Each name once. */
  readonly pages: AsyncIterable<readonly SyncChange[]>;
  /** Where the reader stands after the last page; to be asked only then. */
  readonly end: () => { readonly token: string; readonly truncated: boolean };
}

/**
 * What changed since a token, or everything without one. At most `limit` names; then it is truncated, and the token is
 * that of the partial state (RFC 6578 §3.6).
 *
 * The state is taken before anything is read: what changes meanwhile may be told now and again next time, but is never
 * passed over. Refuses `bad-sync-token`, and `too-many-results` for a limit of nothing.
 */
export async function changesSince(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  token: string | undefined,
  limit: number = services.limits.maxSyncResults,
): Promise<SyncAnswer> {
  if (limit < 1) throw new Refusal('too-many-results', 'a limit of results must be at least 1');
  const most = Math.min(limit, services.limits.maxSyncResults);
  const state: CalendarState =
    token === undefined || token === ''
      ? { modseq: seen.calendar.modseq }
      : parseToken(services, seen, token);
  const isListing = token === undefined || token === '' || state.after !== undefined;
  const progress = new Progress(isListing ? state : { modseq: seen.calendar.modseq }, most);
  const pages = isListing
    ? listed(services, actor, seen, state, progress)
    : changed(services, actor, seen, state.modseq, progress);
  return {
    pages,
    end: () => ({ token: calendarToken(services, seen, progress.reached), truncated: progress.truncated }),
  };
}

/** How far an answer has come. */
class Progress {
  reached: CalendarState;
  truncated = false;
  private left: number;

  constructor(whole: CalendarState, limit: number) {
    // What stands when nothing is cut off; without `after`, a listing is complete.
    this.reached = { modseq: whole.modseq };
    this.left = limit;
  }

  /** Takes as many lines as the limit leaves room for. If that is not all, the answer ends after the last of them. */
  take<Line>(lines: readonly Line[], stateAfter: (last: Line) => CalendarState): readonly Line[] {
    const taken = lines.length <= this.left ? lines : lines.slice(0, this.left);
    this.left -= taken.length;
    const last = taken.at(-1);
    if (last) this.last = stateAfter(last);
    if (taken.length < lines.length && this.last) {
      this.truncated = true;
      this.reached = this.last;
    }
    return taken;
  }

  private last: CalendarState | undefined;
}

/** Lists by id, so that a listing can continue where it was cut off, whatever has changed meanwhile. */
async function* listed(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  { modseq, after = id<ObjectId>(0) }: CalendarState,
  progress: Progress,
): AsyncIterable<readonly SyncChange[]> {
  for await (const page of listing(services, actor, seen, { after })) {
    const heads = progress.take(page, (head) => ({ modseq, after: head.id }));
    if (heads.length > 0) yield heads.map(({ name, etag }) => ({ name, gone: false, etag }));
    if (progress.truncated) return;
  }
}

async function* changed(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  since: number,
  progress: Progress,
): AsyncIterable<readonly SyncChange[]> {
  const told = new Set<string>();
  const whole = seesEverything(seen);
  for await (const page of services.storage.changes(seen.calendar.id, since, personOf(actor, seen))) {
    const fresh = page.filter(({ name }) => !told.has(name));
    const lines = progress.take(fresh, ({ modseq }) => ({ modseq }));
    for (const { name } of lines) told.add(name);
    const changes = lines.map(
      ({ name, gone, etag }): SyncChange =>
        gone || etag === undefined ? { name, gone: true } : { name, gone: false, etag },
    );
    if (changes.length > 0) yield whole ? changes : await reduced(services, actor, seen, changes);
    if (progress.truncated) return;
  }
}

/** The same lines for a reader who sees some objects reduced, and some not at all. */
async function reduced(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  changes: readonly SyncChange[],
): Promise<readonly SyncChange[]> {
  const names = changes.filter(({ gone }) => !gone).map(({ name }) => name);
  const etags = new Map<string, ETag>();
  for await (const page of headsOf(services, actor, seen, names)) {
    for (const { name, etag } of page) etags.set(name, etag);
  }
  return changes.map((change): SyncChange => {
    const etag = etags.get(change.name);
    return etag === undefined ? { name: change.name, gone: true } : { name: change.name, gone: false, etag };
  });
}
