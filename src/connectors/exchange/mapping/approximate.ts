/** The nearest pattern and what has to be deleted from it, for rules that have none (exchange.md 10.4, `approximate`). */
import { parseRecurrenceRule } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, instant, type LocalTime, type TimeRange } from '../../../icalendar/time.ts';
import type { NeutralEvent, RecurrenceKey } from '../../event.ts';
import { instanceKeys, instantOfKey, maxSingles } from './instances.ts';
import { nearPatterns } from './nearest-pattern.ts';
import type { Pattern } from './pattern.ts';
import { importRecurrence } from './recurrence-import.ts';
import { keyAt, localOfKey, occurrences, type SeriesClock, seriesClock } from './series-walk.ts';

/** A pattern of which more had to be deleted is no approximation. */
const maxDeleted = 200;

/** More instances than these are not looked at. */
const maxInstances = 4 * maxSingles;

/**
 * A pattern is written a while beyond the window, always to the same days: it need not be renewed, which makes servers forget
 * what was deleted of it, before the window comes near to its end.
 */
const stepMs = 120 * dayMs;

export interface Approximation {
  /** A series that Exchange knows, from the first instance on: a pattern, with whatever is too much excluded. */
  readonly series: NeutralEvent;
  /** Does it tell of this instance? Not of those behind its end. */
  readonly has: (key: RecurrenceKey) => boolean;
}

/**
 * As much of the event as one pattern can say, from its first instance on. It ends behind the window and is renewed as that
 * moves on, as long as a pattern comes near; what lies behind an end that cannot be renewed any more is left to single items.
 * So it never takes back what it has said before. Undefined where no pattern comes near at all.
 */
export function approximated(event: NeutralEvent, window: TimeRange): Approximation | undefined {
  const clock = seriesClock(event.content.start, event.zones);
  const first = clock.zone.toInstant(clock.start);
  const steps = Math.ceil((window.end - first) / stepMs);
  const until = (step: number): number => Math.ceil(first / stepMs + step) * stepMs;
  const range = { start: instant(first - dayMs), end: instant(until(steps)) };
  const instances = instanceKeys(event, range, maxInstances).map((key) => ({
    key,
    at: instantOfKey(key),
    local: localOfKey(key, clock),
  }));
  const before = (end: number): readonly KnownInstance[] => instances.filter(({ at }) => at < end);
  const whole = approximatedAs(event, clock, instances);
  if (whole || steps < 1) return whole;
  // The longest part that a pattern comes near to.
  let [enough, best, tooMuch]: [number, Approximation | undefined, number] = [-1, undefined, steps];
  while (tooMuch - enough > 1) {
    const step = Math.floor((enough + tooMuch) / 2);
    const part = approximatedAs(event, clock, before(until(step)));
    if (part) [enough, best] = [step, part];
    else tooMuch = step;
  }
  return best;
}

interface KnownInstance {
  readonly key: RecurrenceKey;
  readonly at: number;
  readonly local: LocalTime;
}

/** `instances`: those from the start on, in order of time, up to where it is to end. */
function approximatedAs(
  event: NeutralEvent,
  clock: SeriesClock,
  instances: readonly KnownInstance[],
): Approximation | undefined {
  if (instances.length >= maxInstances) return undefined;
  const keys = instances.map(({ key }) => key);
  const locals = instances.map(({ local }) => local);
  const last = locals.at(-1);
  if (last === undefined || locals[0] !== clock.start) return undefined;
  const times = new Set(locals.map((local) => local - dayOf(local) * dayMs));
  if (times.size > 1 || new Set(locals.map(dayOf)).size < locals.length) return undefined;
  const candidates = nearPatterns(locals).flatMap((pattern) => {
    const rule = ruleOf(pattern, clock, last);
    const excess = excessOf(rule, clock, keys);
    return excess === undefined ? [] : [{ rule, excess }];
  });
  const [best] = candidates.sort((one, other) => one.excess.length - other.excess.length);
  if (!best) return undefined;
  const known = new Set(keys);
  const series: NeutralEvent = {
    ...event,
    recurrence: { rules: [best.rule], dates: [] },
    excluded: [...new Set([...event.excluded.filter((key) => known.has(key)), ...best.excess])].sort(),
    overrides: Object.fromEntries(Object.entries(event.overrides).filter(([key]) => known.has(key))),
  };
  return { series, has: (key) => known.has(key) };
}

const dayOf = (local: LocalTime): number => Math.floor(local / dayMs);

function ruleOf(pattern: Pattern, clock: SeriesClock, last: LocalTime): string {
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
