/**
 * What the first run of a link would do, without writing anything (exchange.md §6.4): both sides are read and matched as the
 * run would match them, by marker, UID and content.
 */

import type { Calendar } from '../core/calendar.ts';
import type { Direction } from '../core/connector.ts';
import type { ConnectorLinkId } from '../core/ids.ts';
import { extent } from '../icalendar/instances/instances.ts';
import { parseObject } from '../icalendar/object.ts';
import type { TimeRange } from '../icalendar/time.ts';
import type { Services } from '../service/context.ts';
import { contentKey } from './content-key.ts';
import type { NeutralEvent } from './event.ts';
import { RemoteFailure } from './failure.ts';
import { readLocal } from './local/read.ts';
import type { LocalView } from './local/view.ts';
import type { RemoteCalendar, RemoteHead } from './remote.ts';
import { liesIn } from './rules.ts';

export interface PreviewRequest {
  readonly services: Services;
  readonly calendar: Calendar;
  readonly remote: RemoteCalendar;
  readonly view: LocalView;
  readonly window: TimeRange;
  readonly direction: Direction;
  /** False: what is there already stays where it is. */
  readonly autoSync: boolean;
  /** Of the same two calendars before: its markers still tell which events belong together. */
  readonly linkBefore: ConnectorLinkId | undefined;
  readonly signal: AbortSignal;
}

export interface Preview {
  readonly toImport: number;
  readonly toExport: number;
  readonly paired: number;
  /** They look the same, but not beyond doubt. */
  readonly unclear: readonly { readonly title: string; readonly start: string }[];
}

/** More heads than any calendar has; a server that lists without end is not believed. */
const maxPages = 2_000;
const shownUnclear = 100;

/** One side of a match. */
interface Seen {
  readonly uid: string;
  readonly marker: string | null;
  readonly key: string;
  readonly title: string;
  readonly start: string;
  /** UID of the series of which it is a single item; null for what stands by itself. */
  readonly of: string | null;
}

export async function preview(request: PreviewRequest): Promise<Preview> {
  const { direction, autoSync } = request;
  const [all, here] = [await remoteEvents(request), await localEvents(request)];
  const uids = new Set(here.map(({ uid }) => uid));
  // Single items of a series that is here are part of it; of one that is gone they are events by themselves.
  const there = all.filter(({ of }) => of === null || !uids.has(of));
  const paired = await pairs(request, there, here);
  const leftThere = there.filter((event) => !paired.there.has(event));
  const leftHere = here.filter((event) => !paired.here.has(event));
  const alikeHere = byKey(leftHere);
  const unclear = leftThere.filter(({ key }) => alikeHere.has(key));
  return {
    toImport: direction === 'to-remote' || !autoSync ? 0 : leftThere.length,
    toExport: direction === 'from-remote' || !autoSync ? 0 : leftHere.length,
    paired: paired.there.size,
    unclear: unclear.slice(0, shownUnclear).map(({ title, start }) => ({ title, start })),
  };
}

async function pairs(
  { services, linkBefore }: PreviewRequest,
  there: readonly Seen[],
  here: readonly Seen[],
): Promise<{ readonly there: ReadonlySet<Seen>; readonly here: ReadonlySet<Seen> }> {
  const found = { there: new Set<Seen>(), here: new Set<Seen>() };
  const byUid = new Map(here.map((event) => [event.uid, event]));
  const markers = there.flatMap(({ marker }) => marker ?? []);
  const before =
    linkBefore === undefined
      ? []
      : await services.storage.connectors.pairsBy(linkBefore, 'marker', markers, 'ended');
  const uidOfMarker = new Map(before.map(({ marker, uid }) => [marker, uid]));
  const take = (one: Seen, other: Seen | undefined): void => {
    if (!other || found.here.has(other)) return;
    found.there.add(one);
    found.here.add(other);
  };
  for (const event of there) {
    const marked = event.marker === null ? undefined : uidOfMarker.get(event.marker);
    take(event, byUid.get(marked ?? event.uid));
  }
  const rest = byKey(here.filter((event) => !found.here.has(event)));
  for (const [key, events] of byKey(there.filter((event) => !found.there.has(event)))) {
    const [event, ...others] = events;
    const alike = rest.get(key) ?? [];
    if (event && others.length === 0 && alike.length === 1) take(event, alike[0]);
  }
  return found;
}

function byKey(events: readonly Seen[]): ReadonlyMap<string, readonly Seen[]> {
  const found = new Map<string, Seen[]>();
  for (const event of events) {
    const alike = found.get(event.key);
    if (alike) alike.push(event);
    else found.set(event.key, [event]);
  }
  return found;
}

async function remoteEvents({ remote, window, signal }: PreviewRequest): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const { changed, last, cursor: next } = await remote.changes(cursor, signal);
    const ids = changed.filter((head) => mayLieIn(head, window)).map(({ id }) => id);
    for (let at = 0; at < ids.length; at += remote.batchSize) {
      for (const item of await remote.fetch(ids.slice(at, at + remote.batchSize), signal)) {
        if ('failed' in item || !liesIn(item.extent, window)) continue;
        const { event, marker, partOf } = item;
        found.push(partOf ? { ...seen(event, null), of: partOf.uid } : seen(event, marker));
      }
    }
    if (last) return found;
    cursor = next;
  }
  throw new RemoteFailure('ours', 'endless-listing', 'the listing goes on without end');
}

function mayLieIn({ foreign, recurring, start, end }: RemoteHead, window: TimeRange): boolean {
  if (foreign) return false;
  if (recurring || start === undefined) return true;
  return liesIn({ start, end: end ?? start }, window);
}

async function localEvents({ services, calendar, view, window }: PreviewRequest): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  const query = { calendar: calendar.id, select: { by: 'all' }, kinds: ['VEVENT'] } as const;
  for await (const page of services.storage.objects(query)) {
    for (const stored of page) {
      const object = parseObject(stored.bytes);
      const read = object && readLocal(object, view);
      if (!object || !read || 'refused' in read) continue;
      const { first, last } = extent(object, view.zone);
      const end = Number.isFinite(last) ? last : null;
      if (liesIn({ start: first, end }, window)) found.push(seen(read.event, null));
    }
  }
  return found;
}

function seen(event: NeutralEvent, marker: string | null): Seen {
  const { title, start } = event.content;
  const day = 'date' in start ? start.date : start.local.slice(0, 10);
  return { uid: event.uid, marker, key: contentKey(event), title, start: day, of: null };
}
