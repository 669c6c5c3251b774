/**
 * Reading many objects: listings, ranges, multiget, what changed (RFC 4791 §7.8, §7.9, RFC 6578).
 *
 * Everything comes in pages and is shown as its reader may see it. Where the reader sees everything and the question is
 * one that the storage can answer alone, `fastRows` gives finished bytes.
 */
import type { ComponentName, ObjectHead, SeenCalendar } from '../core/calendar.ts';
import type { ETag } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { TimeRange } from '../icalendar/time.ts';
import type { ObjectQuery, RowTemplate } from '../storage/port.ts';
import type { Services } from './context.ts';
import { personOf } from './objects.ts';
import { type ShownObject, seesEverything, show, whole } from './shown.ts';
import { calendarToken, parseToken } from './sync-token.ts';

/** An object that may lie in the range. */
export interface Candidate {
  readonly object: ShownObject;
  /** The index proves that it does; else the door's filter has the last word. */
  readonly sure: boolean;
}

export interface RangeQuery {
  readonly range: TimeRange;
  readonly kinds?: readonly ComponentName[];
  /** IANA name by which the question reads floating times; absent: the calendar's (RFC 4791 §9.8). */
  readonly zone?: string;
}

/** What `fastRows` can answer. */
export type RowSelection =
  | { readonly by: 'all'; readonly kinds?: readonly ComponentName[] }
  | { readonly by: 'range'; readonly range: TimeRange; readonly kind: ComponentName; readonly zone?: string }
  | { readonly by: 'names'; readonly names: readonly string[] };

/** One line of a sync answer. */
export type SyncChange =
  | { readonly name: string; readonly gone: true }
  | { readonly name: string; readonly gone: false; readonly etag: ETag };

export interface SyncAnswer {
  /** Each name once. */
  readonly pages: AsyncIterable<readonly SyncChange[]>;
  /** Where the reader stands after the last page; to be asked only then. */
  readonly end: () => { readonly token: string; readonly truncated: boolean };
}

/** All objects of a calendar, as shown; optionally of some kinds only. */
export async function* candidates(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  kinds?: readonly ComponentName[],
): AsyncIterable<readonly ShownObject[]> {
  yield* shownPages(services, actor, seen, queryOf(actor, seen, { by: 'all' }, kinds));
}

/** Objects that may have an instance in a range: never too few. Those the index proves come first. */
export async function* overlapping(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: RangeQuery,
): AsyncIterable<readonly Candidate[]> {
  for (const by of ['indexed', 'unindexed'] as const) {
    const select = queryOf(actor, seen, { by, range: query.range }, query.kinds);
    for await (const page of shownPages(services, actor, seen, select)) {
      yield page.map((object) => ({ object, sure: by === 'indexed' && object.head.kind === 'VEVENT' }));
    }
  }
}

/** Names and entity tags of all objects as shown, for listings. */
export async function* listing(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  kinds?: readonly ComponentName[],
): AsyncIterable<readonly ObjectHead[]> {
  const query = queryOf(actor, seen, { by: 'all' }, kinds);
  if (seesEverything(seen)) {
    yield* services.storage.heads(query);
    return;
  }
  for await (const page of shownPages(services, actor, seen, query)) yield page.map(({ head }) => head);
}

/** The objects of these names (canonical, encoded), in that order; `object` is absent where there is none to see. */
export async function* multiget(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  names: readonly string[],
): AsyncIterable<readonly { readonly name: string; readonly object: ShownObject | undefined }[]> {
  if (names.length > services.limits.maxMultigetHrefs) {
    throw new Refusal('too-many-results', `at most ${services.limits.maxMultigetHrefs} objects at once`);
  }
  for (let at = 0; at < names.length; at += multigetPage) {
    const asked = names.slice(at, at + multigetPage);
    const found = new Map<string, ShownObject>();
    const query = queryOf(actor, seen, { by: 'names', names: asked });
    for await (const page of shownPages(services, actor, seen, query)) {
      for (const object of page) found.set(object.head.name, object);
    }
    yield asked.map((name) => ({ name, object: found.get(name) }));
  }
}

const multigetPage = 256;

/**
 * Finished rows written by the storage, when they are exactly what the actor may see and what was asked; else
 * `undefined`, and the door goes the long way. Names that do not exist are left out without a word.
 */
export async function fastRows(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  selection: RowSelection,
  template: RowTemplate,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (!seesEverything(seen) || selection.by === 'range') return undefined;
  const query =
    selection.by === 'all'
      ? queryOf(actor, seen, { by: 'all' }, selection.kinds)
      : queryOf(actor, seen, { by: 'names', names: selection.names });
  return services.storage.rows(query, template);
}

/**
 * What changed since a token, or everything without one (RFC 6578 §3.4). At most `limit` names, then `truncated`.
 * Refuses `bad-sync-token`.
 */
export async function changesSince(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  token: string | undefined,
  _limit: number = services.limits.maxSyncResults,
): Promise<SyncAnswer> {
  const since = token === undefined || token === '' ? undefined : parseToken(services, seen, token);
  const end = (): { token: string; truncated: boolean } => ({
    token: calendarToken(services, seen, { modseq: seen.calendar.modseq }),
    truncated: false,
  });
  async function* pages(): AsyncIterable<readonly SyncChange[]> {
    if (!since) {
      for await (const page of listing(services, actor, seen)) {
        yield page.map(({ name, etag }) => ({ name, gone: false, etag }));
      }
      return;
    }
    for await (const page of services.storage.changes(seen.calendar.id, since.modseq)) {
      const lines: SyncChange[] = [];
      for (const { name, gone, etag } of page) {
        if (gone || etag === undefined) lines.push({ name, gone: true });
        else lines.push({ name, gone: false, etag });
      }
      yield lines;
    }
  }
  return { pages: pages(), end };
}

async function* shownPages(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  query: ObjectQuery,
): AsyncIterable<readonly ShownObject[]> {
  const everything = seesEverything(seen);
  for await (const page of services.storage.objects(query)) {
    if (everything) yield page.map(whole);
    else {
      const shown: ShownObject[] = [];
      for (const object of page) {
        const form = show(services, actor, seen, object);
        if (form) shown.push(form);
      }
      yield shown;
    }
  }
}

function queryOf(
  actor: Actor,
  seen: SeenCalendar,
  select: ObjectQuery['select'],
  kinds?: readonly ComponentName[],
): ObjectQuery {
  const person = personOf(actor, seen);
  return {
    calendar: seen.calendar.id,
    select,
    ...(kinds && { kinds }),
    ...(person !== undefined && { person }),
  };
}
