/**
 * How a server of another maker keeps series (`Profile.laxSeries`), which is how Outlook does, without all that Outlook knows
 * of it: read in the sources of Gromox 3.
 *
 * - Instances are counted without those that were deleted, and of a series without a number of them only ten are known.
 * - Times of instances are told and taken with the offset from UTC that the first one has, all the year round.
 * - What was changed of an instance cannot be deleted, and outlives the pattern that it belonged to.
 * - Whole days recur as one day; every so many years is every year.
 * - Weekly series from Monday to Friday are told as those of a weekday, and so on.
 * - Rooms are invited as people (`overlooked.ts`).
 */
import type { Draft } from './draft.ts';
import { SoapFault } from './failure.ts';
import { type Day, dayMs, daysOf, type Recurrence } from './recurrence.ts';
import type { Item } from './store.ts';
import { instantOf, utcZone, wallClock } from './zones.ts';

const knownOfEndless = 10;

export function laxDayOfIndex(item: Item, index: number): Day {
  let raw = 0;
  let number = 0;
  for (const day of item.recurrence ? daysOf(item.recurrence) : []) {
    if (++raw > (item.recurrence?.count ?? knownOfEndless)) break;
    const isDeleted = item.deleted?.has(day) === true && item.exceptions?.has(day) !== true;
    if (!isDeleted && ++number === index) return day;
  }
  throw new SoapFault('Client', 'E-3307: no such occurrence');
}

/** An instant as it is told of an instance. */
export function laxMoment({ zones, content }: Item, at: number): number {
  const zone = zones?.start ?? utcZone();
  return wallClock(zone, at) - zone.offset(content.start);
}

/** The times of an instance that a client has written. */
export function laxStart<Times extends { readonly start: number; readonly end: number }>(
  { zones, content }: Item,
  draft: Draft,
  times: Times,
): Times {
  const zone = zones?.start ?? utcZone();
  const meant = (at: number): number => instantOf(zone, at + zone.offset(content.start));
  return {
    ...times,
    ...(draft.startText !== undefined && { start: meant(times.start) }),
    ...(draft.endText !== undefined && { end: meant(times.end) }),
  };
}

export function laxTold(recurrence: Recurrence): Recurrence {
  const { pattern } = recurrence;
  if (pattern.kind !== 'weekly') return recurrence;
  const days = pattern.days
    .split(/\s+/)
    .map((day) => weekdays.indexOf(day))
    .sort((one, other) => one - other)
    .join('');
  const name = { '0123456': 'Day', '12345': 'Weekday', '06': 'WeekendDay' }[days];
  return name === undefined ? recurrence : { ...recurrence, pattern: { ...pattern, days: name } };
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export function laxPattern(recurrence: Recurrence): Recurrence {
  const { pattern, start } = recurrence;
  if (!('interval' in pattern) || pattern.interval % 12 !== 0) return recurrence;
  const month = new Date(start * dayMs).getUTCMonth();
  if (pattern.kind === 'monthly')
    return { ...recurrence, pattern: { kind: 'yearly', day: pattern.day, month } };
  if (pattern.kind !== 'monthlyNth') return recurrence;
  const { days, position } = pattern;
  return { ...recurrence, pattern: { kind: 'yearlyNth', days, position, month } };
}
