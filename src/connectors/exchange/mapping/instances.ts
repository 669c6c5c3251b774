/** The instances that an event has in a window, whatever its recurrence is: for those that Exchange has to be told one by one. */
import { parseRecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, type TimeRange } from '../../../icalendar/time.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { clockOf, instanceContent, instantOf, keyOf } from '../../series.ts';
import { keyAt, occurrences, seriesClock } from './series-walk.ts';

/** More items are not written for one series. */
export const maxSingles = 500;

/** Keys and contents in order of time, at most `maxSingles`; excluded ones are none. */
export function instancesIn(
  event: NeutralEvent,
  window: TimeRange,
): ReadonlyMap<RecurrenceKey, EventContent> {
  const { zones, excluded, overrides } = event;
  const keys = new Set([...keysIn(event, window), ...Object.keys(overrides)]);
  const found: (readonly [RecurrenceKey, EventContent])[] = [];
  for (const key of keys) {
    if (excluded.includes(key)) continue;
    const own = overrides[key] ?? instanceContent(event, key);
    if (liesIn(own, zones, window)) found.push([key, own]);
  }
  const start = (one: EventContent): number => instantOf(one.start, zones);
  found.sort(([, one], [, other]) => start(one) - start(other));
  return new Map(found.slice(0, maxSingles));
}

/**
 * The instances that begin in a range by rule, date or start, in order of time: also those that are excluded or changed. At
 * most `most` of each rule are looked for.
 */
export function instanceKeys(event: NeutralEvent, range: TimeRange, most: number): readonly RecurrenceKey[] {
  const at = (key: RecurrenceKey): number => Date.parse(key.length === 10 ? `${key}T00:00:00Z` : key);
  const found = [...new Set(keysIn(event, range, most))].map((key) => [key, at(key)] as const);
  return found
    .filter(([, time]) => time >= range.start && time < range.end)
    .sort(([, one], [, other]) => one - other)
    .map(([key]) => key);
}

/** A day lies there whatever zone it is seen from. */
function liesIn({ start, end }: EventContent, zones: NeutralEvent['zones'], window: TimeRange): boolean {
  const slack = 'date' in start ? dayMs : 0;
  const [first, last] = [instantOf(start, zones), instantOf(end, zones)];
  return first < window.end + slack && Math.max(last, first + 1) > window.start - slack;
}

function keysIn(
  { content, recurrence, zones }: NeutralEvent,
  window: TimeRange,
  most: number = 4 * maxSingles,
): readonly RecurrenceKey[] {
  const clock = seriesClock(content.start, zones);
  const length = clockOf(content.end) - clockOf(content.start);
  const from = window.start - length - 2 * dayMs;
  const until = window.end + 2 * dayMs;
  const dates = (recurrence?.dates ?? []).map((time) => keyOf(time, zones));
  const byRule = (recurrence?.rules ?? []).flatMap((text) => {
    const { rule } = parseRecurrenceRule(text);
    if (!rule) return [];
    return occurrences(rule, clock, from, until, most).map((local) => keyAt(local, clock));
  });
  return [keyOf(content.start, zones), ...byRule, ...dates];
}
