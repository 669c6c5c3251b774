/** What a client sees: items, masters of series, and the instances that a series is expanded to. */
import { EwsError } from './failure.ts';
import { type Day, dayMs, daysOf } from './recurrence.ts';
import type { Content, Item } from './store.ts';
import { instantOf, utcZone, wallClock } from './zones.ts';

export interface View {
  readonly item: Item;
  readonly kind: 'Single' | 'RecurringMaster' | 'Occurrence' | 'Exception';
  readonly content: Content;
  /** Of instances: the day of the pattern that they belong to. */
  readonly day?: Day;
  readonly originalStart?: number;
}

export function viewOf(item: Item): View {
  return { item, kind: item.recurrence ? 'RecurringMaster' : 'Single', content: item.content };
}

/** When the instance of this day would begin if nobody had touched it. */
export function originalStart(item: Item, day: Day): number {
  const zone = item.zones?.start ?? utcZone();
  const first = wallClock(zone, item.content.start);
  return instantOf(zone, day * dayMs + (first - Math.floor(first / dayMs) * dayMs));
}

/** The instance of this day, as it is now. */
export function instance(item: Item, day: Day): View {
  const zone = item.zones?.end ?? utcZone();
  const start = originalStart(item, day);
  const firstWall = wallClock(item.zones?.start ?? zone, item.content.start);
  const length = wallClock(zone, item.content.end) - firstWall;
  const startWall = wallClock(item.zones?.start ?? zone, start);
  const end = instantOf(zone, startWall + length);
  const exception = item.exceptions?.get(day);
  return {
    item,
    kind: exception ? 'Exception' : 'Occurrence',
    content: { ...item.content, start, end, ...exception },
    day,
    originalStart: start,
  };
}

/** The instances that overlap the span, deleted ones left out, in the order of their starts. */
export function instancesIn(item: Item, from: number, until: number): readonly View[] {
  if (!item.recurrence) return overlaps(item.content, from, until) ? [viewOf(item)] : [];
  const length = item.content.end - item.content.start;
  const last = Math.floor((until + 2 * dayMs) / dayMs);
  const found: View[] = [];
  for (const day of daysOf(item.recurrence, last)) {
    if (item.deleted?.has(day) || item.exceptions?.has(day)) continue;
    if ((day + 2) * dayMs + length < from) continue;
    const view = instance(item, day);
    if (overlaps(view.content, from, until)) found.push(view);
  }
  for (const day of item.exceptions?.keys() ?? []) {
    const view = instance(item, day);
    if (overlaps(view.content, from, until)) found.push(view);
  }
  return found.sort((a, b) => a.content.start - b.content.start);
}

function overlaps(
  { start, end }: { readonly start: number; readonly end: number },
  from: number,
  until: number,
): boolean {
  return start < until && (end > from || (start === end && start >= from));
}

/** The day of the instance with this number, which counts from 1 and counts deleted ones too (MS-OXWSCORE 2.2.4.35). */
export function dayOfIndex(item: Item, index: number): Day {
  if (!item.recurrence)
    throw new EwsError(
      'ErrorCalendarCannotUseIdForRecurringMasterId',
      'The item is not the master of a series.',
    );
  let number = 0;
  if (index >= 1)
    for (const day of daysOf(item.recurrence)) if (++number === index) return present(item, day);
  throw new EwsError(
    'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange',
    'Occurrence index is out of recurrence range.',
  );
}

/** Refuses days that were deleted, and days that never were in the series. */
export function present(item: Item, day: Day): Day {
  if (item.deleted?.has(day))
    throw new EwsError(
      'ErrorCalendarOccurrenceIsDeletedFromRecurrence',
      'Occurrence with this index was previously deleted from the recurrence.',
    );
  return day;
}

/** The first and the last instance that are still there; the last of an endless series is undefined. */
export function ends(item: Item): { readonly first: View | undefined; readonly last: View | undefined } {
  if (!item.recurrence) return { first: undefined, last: undefined };
  let first: Day | undefined;
  let last: Day | undefined;
  const endless = item.recurrence.end === undefined && item.recurrence.count === undefined;
  for (const day of daysOf(item.recurrence)) {
    if (item.deleted?.has(day)) continue;
    first ??= day;
    if (endless) break;
    last = day;
  }
  return {
    first: first === undefined ? undefined : instance(item, first),
    last: last === undefined ? undefined : instance(item, last),
  };
}

/**
 * Refuses to move an instance onto or past the day of a neighbour (exchange.md 10.2).
 *
 * Neighbours are the nearest instances that still exist, where they are now.
 */
export function checkNeighbours(item: Item, moved: Day, start: number): void {
  if (!item.recurrence) return;
  const zone = item.zones?.start ?? utcZone();
  const dayAt = (at: number): Day => Math.floor(wallClock(zone, at) / dayMs);
  const target = dayAt(start);
  let before: Day | undefined;
  let after: Day | undefined;
  for (const day of daysOf(item.recurrence)) {
    if (item.deleted?.has(day) || day === moved) continue;
    if (day < moved) before = day;
    else {
      after = day;
      break;
    }
  }
  const crossesBefore = before !== undefined && target <= dayAt(instance(item, before).content.start);
  const crossesAfter = after !== undefined && target >= dayAt(instance(item, after).content.start);
  if (crossesBefore || crossesAfter)
    throw new EwsError(
      'ErrorOccurrenceCrossingBoundary',
      'Modified occurrence is crossing or overlapping adjacent occurrence.',
    );
}
