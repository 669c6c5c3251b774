/** The nearest pattern and what has to be deleted from it, for rules that have none (exchange.md 10.4, `approximate`). */
import { dateOf, dayOfMonthOf, monthOf, weekdayOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { parseRecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, instant, type LocalTime, type TimeRange } from '../../../icalendar/time.ts';
import type { NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instancesIn, maxSingles } from './instances.ts';
import type { Pattern } from './pattern.ts';
import { importRecurrence } from './recurrence-import.ts';
import {
  keyAt,
  lastOccurrence,
  localOfKey,
  occurrences,
  type SeriesClock,
  seriesClock,
} from './series-walk.ts';

/** A pattern of which more had to be deleted is no approximation. */
const maxDeleted = 120;

/**
 * The event as a series that Exchange knows: one of its patterns from the first instance to the last, with whatever is too
 * much excluded. Undefined where no pattern comes near, or where the series goes on behind the window: what is written must
 * be right when the window has moved on.
 */
export function approximated(event: NeutralEvent, window: TimeRange): NeutralEvent | undefined {
  const clock = seriesClock(event.content.start, event.zones);
  const ends = (event.recurrence?.rules ?? []).every((text) => endsWithin(text, clock, window));
  if (!ends) return undefined;
  const untilWindowEnd = { start: instant(clock.zone.toInstant(clock.start) - dayMs), end: window.end };
  const keys = [...instancesIn({ ...event, excluded: [], overrides: {} }, untilWindowEnd).keys()];
  const locals = keys.map((key) => localOfKey(key, clock));
  const last = locals.at(-1);
  if (last === undefined || keys.length >= maxSingles || locals[0] !== clock.start) return undefined;
  const times = new Set(locals.map((local) => local - dayOf(local) * dayMs));
  if (times.size > 1 || new Set(locals.map(dayOf)).size < locals.length) return undefined;
  const candidates = candidatePatterns(locals).flatMap((pattern) => {
    const rule = ruleOf(pattern, clock, last);
    const excess = rule === undefined ? undefined : excessOf(rule, clock, keys);
    return rule === undefined || excess === undefined ? [] : [{ rule, excess }];
  });
  const [best] = candidates.sort((one, other) => one.excess.length - other.excess.length);
  if (!best) return undefined;
  const known = new Set(keys);
  return {
    ...event,
    recurrence: { rules: [best.rule], dates: [] },
    excluded: [...new Set([...event.excluded.filter((key) => known.has(key)), ...best.excess])].sort(),
    overrides: Object.fromEntries(Object.entries(event.overrides).filter(([key]) => known.has(key))),
  };
}

function endsWithin(text: string, clock: SeriesClock, window: TimeRange): boolean {
  const { rule } = parseRecurrenceRule(text);
  if (!rule || (rule.count === undefined && rule.until === undefined)) return false;
  const last = lastOccurrence(rule, clock);
  return last !== undefined && clock.zone.toInstant(last) < window.end;
}

const dayOf = (local: LocalTime): number => Math.floor(local / dayMs);

/** Patterns that have all these times among theirs. */
function candidatePatterns(locals: readonly LocalTime[]): readonly Pattern[] {
  const days = locals.map(dayOf);
  const weekdays = [...new Set(days.map(weekdayOf))].sort((one, other) => one - other);
  const dates = days.map(dateOf);
  const dayOfMonth = Math.max(...dates.map(dayOfMonthOf));
  const [month] = dates.map(monthOf);
  const sameMonth = month !== undefined && dates.every((date) => monthOf(date) === month);
  return [
    ...(sameMonth ? [{ every: 'year', month, day: dayOfMonth } as const] : []),
    { every: 'month', interval: 1, day: dayOfMonth },
    { every: 'week', interval: 1, days: weekdays, weekStart: 0 },
  ];
}

function ruleOf(pattern: Pattern, clock: SeriesClock, last: LocalTime): string | undefined {
  const start = clock.start;
  return importRecurrence({ pattern, range: { start, end: 'date', until: last } }, clock);
}

/** What the rule has and the event has not; undefined where it lacks something, or has far too much. */
function excessOf(
  text: string,
  clock: SeriesClock,
  wanted: readonly RecurrenceKey[],
): readonly RecurrenceKey[] | undefined {
  const { rule } = parseRecurrenceRule(text);
  if (!rule) return undefined;
  const most = wanted.length + maxDeleted + 1;
  const found = occurrences(rule, clock, clock.start, Infinity, most).map((local) => keyAt(local, clock));
  const has = new Set(found);
  const needs = new Set(wanted);
  if (found.length >= most || wanted.some((key) => !has.has(key))) return undefined;
  return found.filter((key) => !needs.has(key));
}
