/** The instances that an event has in a window, whatever its recurrence is: for those that Exchange has to be told one by one. */
import { parseRecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, hourMs, type TimeRange } from '../../../icalendar/time.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { clockOf, instanceContent, instantOf, keyOf } from '../../series.ts';
import { keyAt, occurrences, seriesClock } from './series-walk.ts';

/** More items are not written for one series. */
export const maxSingles = 500;

/** So far the clock of an instance may lie from its key, in the hour that comes twice. */
const clockChangeMs = 2 * hourMs;

/** Keys and contents in order of time, at most `maxSingles`; excluded ones are none. */
export function instancesIn(
  event: NeutralEvent,
  window: TimeRange,
): ReadonlyMap<RecurrenceKey, EventContent> {
  const { zones, overrides } = event;
  const excluded = new Set(event.excluded);
  const keys = [...new Set([...keysIn(event, window), ...Object.keys(overrides)])]
    .filter((key) => !excluded.has(key))
    .map((key, place) => ({ key, place, at: instantOfKey(key) }))
    .sort((one, other) => one.at - other.at);
  const found: Found[] = [];
  let unchanged = 0;
  // Of those that lie behind enough others nothing has to be known, of thousands of a dense rule.
  let enough = Infinity;
  for (const { key, place, at } of keys) {
    const changed = overrides[key];
    if (changed === undefined && at > enough) continue;
    const own = changed ?? instanceContent(event, key);
    const start = instantOf(own.start, zones);
    if (!liesIn(own, start, zones, window)) continue;
    found.push({ key, own, start, place });
    if (changed === undefined) unchanged += 1;
    if (unchanged === maxSingles) enough = Math.min(enough, at + clockChangeMs);
  }
  found.sort((one, other) => one.start - other.start || one.place - other.place);
  return new Map(found.slice(0, maxSingles).map(({ key, own }) => [key, own]));
}

interface Found {
  readonly key: RecurrenceKey;
  readonly own: EventContent;
  readonly start: number;
  /** Which of several at one time comes first. */
  readonly place: number;
}

/**
 * The instances that begin in a range by rule, date or start, in order of time: also those that are excluded or changed. At
 * most `most` of each rule are looked for.
 */
export function instanceKeys(event: NeutralEvent, range: TimeRange, most: number): readonly RecurrenceKey[] {
  const found = [...new Set(keysIn(event, range, most))].map((key) => [key, instantOfKey(key)] as const);
  return found
    .filter(([, time]) => time >= range.start && time < range.end)
    .sort(([, one], [, other]) => one - other)
    .map(([key]) => key);
}

/** Of a day: its midnight in UTC. */
export function instantOfKey(key: RecurrenceKey): number {
  return Date.parse(key.length === 10 ? `${key}T00:00:00Z` : key);
}

/** A day lies there whatever zone it is seen from. */
function liesIn(
  { start, end }: EventContent,
  first: number,
  zones: NeutralEvent['zones'],
  window: TimeRange,
): boolean {
  const slack = 'date' in start ? dayMs : 0;
  return first < window.end + slack && Math.max(instantOf(end, zones), first + 1) > window.start - slack;
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
