/** What of a calendar goes into an export, and in which form: read page by page. */
import type { Calendar, SeenCalendar, StoredObject } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import type { StoredPlace } from '../../icalendar/feed/feed.ts';
import { BytePage } from '../../icalendar/feed/feed-bytes.ts';
import { instances } from '../../icalendar/instances/instances.ts';
import { parseObject } from '../../icalendar/object.ts';
import type { TimeRange } from '../../icalendar/time.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import type { ContentPage, Selection } from '../../storage/port.ts';
import type { Services } from '../context.ts';
import { isShownWhole, show } from '../objects/shown.ts';
import type { Span } from './export-window.ts';

/** One calendar as it leaves. */
export interface Source {
  /** With the access that this audience has. */
  readonly seen: SeenCalendar;
  readonly reader: Actor;
  readonly zone: Zone;
  readonly span: Span;
  /** In which series are taken apart, if they have to be. */
  readonly singles: TimeRange;
  readonly attendees: boolean;
  readonly name: string;
  /** All that its bytes depend on, but the calendar's counter. */
  readonly mark: readonly string[];
  readonly modified: number;
}

/** An object in the form in which it leaves. */
export type Leaving = StoredPlace & Pick<StoredObject, 'id' | 'name' | 'uid' | 'modified' | 'modseq'>;

export interface LeavingPage {
  readonly page: BytePage;
  readonly objects: () => readonly Leaving[];
  /** All objects of the page as storage tells them, where all of them leave as they are. */
  readonly whole?: ContentPage;
}

/** The objects of one calendar that leave, with what is shown of them. */
export async function* objectsOf(services: Services, source: Source): AsyncIterable<LeavingPage> {
  const { span, seen } = source;
  const { calendar } = seen;
  if (span.isWhole) {
    yield* selectedObjects(services, source, { by: 'all' });
    return;
  }
  yield* selectedObjects(services, source, { by: 'indexed', range: span });
  for await (const { page, objects } of selectedObjects(services, source, { by: 'unproven', range: span })) {
    const found = objects().filter((object) => {
      try {
        return liesIn(services, page.bytes.subarray(object.from, object.to), source);
      } catch (error) {
        leaveOut(services, calendar, object, error);
        return false;
      }
    });
    yield { page, objects: () => found };
  }
}

/** Those of some names, of a calendar that leaves as a whole. */
export function objectsByName(
  services: Services,
  source: Source,
  names: readonly string[],
): AsyncIterable<LeavingPage> {
  return selectedObjects(services, source, { by: 'names', names });
}

async function* selectedObjects(
  services: Services,
  source: Source,
  select: Selection,
): AsyncIterable<LeavingPage> {
  const { seen } = source;
  const calendar = seen.calendar.id;
  if (seen.access.detail !== 'full') {
    for await (const page of services.storage.objects({ calendar, select }))
      yield await reduced(services, source, page);
    return;
  }
  for await (const content of services.storage.contents({ calendar, select })) {
    const page = new BytePage(content.bytes);
    const objects = content.isPublic || seen.access.seesPrivate ? undefined : content.objects();
    const names = objects?.filter((object) => !isShownWhole(seen, object)).map(({ name }) => name) ?? [];
    if (objects === undefined || names.length === 0) {
      yield { page, objects: content.objects, whole: content };
      continue;
    }
    const shown = objects.filter((object) => isShownWhole(seen, object));
    const restricted: StoredObject[] = [];
    for await (const some of services.storage.objects({ calendar, select: { by: 'names', names } }))
      restricted.push(...some);
    yield* inOrder({ page, objects: () => shown }, await reduced(services, source, restricted));
  }
}

/** The objects of both by their ids, so that what is written depends on the objects and not on how they came. */
function* inOrder(one: LeavingPage, other: LeavingPage): Iterable<LeavingPage> {
  const all = [
    ...one.objects().map((object) => ({ object, page: one.page })),
    ...other.objects().map((object) => ({ object, page: other.page })),
  ].sort((left, right) => left.object.id - right.object.id);
  for (let from = 0, to = 0; from < all.length; from = to) {
    const page = all[from]?.page ?? one.page;
    while (all[to]?.page === page) to += 1;
    const objects = all.slice(from, to).map(({ object }) => object);
    yield { page, objects: () => objects };
  }
}

/** What the audience sees of objects that it may not see whole. */
async function reduced(
  services: Services,
  { reader, seen }: Source,
  stored: readonly StoredObject[],
): Promise<LeavingPage> {
  const pieces: Uint8Array[] = [];
  const objects: Leaving[] = [];
  let to = 0;
  for (const object of stored) {
    try {
      const shown = await show(services, reader, seen, object);
      if (!shown) continue;
      const { id, name, kind, uid, modified, modseq } = object;
      const from = to;
      to += shown.bytes.length;
      pieces.push(shown.bytes);
      objects.push({ id, name, kind, uid, modified, modseq, plain: shown.plain, from, to });
    } catch (error) {
      leaveOut(services, seen.calendar, object, error);
    }
  }
  return { page: new BytePage(Buffer.concat(pieces)), objects: () => objects };
}

/** Series stay whole if any instance falls into the window. */
function liesIn({ limits }: Services, bytes: Uint8Array, { span, zone }: Source): boolean {
  const object = parseObject(bytes, 'forgiving');
  if (!object) return false;
  const cursor = instances(object, span, { zone, maxInstances: limits.maxInstances });
  return !cursor.next().done || cursor.truncated;
}

/** What cannot be written is left out: one object must not cut off the answer for all others (clients.md, demand 2). */
export function leaveOut(
  services: Services,
  calendar: Calendar,
  { id }: Pick<StoredObject, 'id'>,
  error: unknown,
): void {
  const reason = error instanceof Error ? error.name : typeof error;
  services.log({ event: 'object-left-out', calendar: calendar.id, object: id, reason });
}
