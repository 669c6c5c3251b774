/**
 * A time zone as Exchange thinks of one: eras, in each of which the clock never changes, or changes twice a year by rules.
 * Exact for every zone whose years are like that; a year with other changes becomes eras of its own.
 */
import { dateOf, dayOf, weekdayOf, yearOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { dayMs, type Instant, instant } from '../../../icalendar/time.ts';
import { type YearlyRule, yearlyRule } from '../../../icalendar/zones/vtimezone-rule.ts';
import { StretchZone, type Transition, type Zone } from '../../../icalendar/zones/zone.ts';

/** A change of the clock in every year of an era. */
export interface EraChange {
  /** 1 to 12. */
  readonly month: number;
  /** The weekday (Monday is 0) and which of the month, -1 for the last; or a day of the month. */
  readonly day: { readonly weekday: number; readonly ordinal: number } | { readonly date: number };
  /** Milliseconds after midnight, by the clock before the change. */
  readonly time: number;
  readonly offsetFrom: number;
  readonly offsetTo: number;
}

export interface Era {
  /** Null: the first, there is none before. */
  readonly from: Instant | null;
  /** Where nothing changes within the era. */
  readonly offset: number;
  /** None, or those of each year in order. `offset` is then the one at the beginning of a year. */
  readonly changes: readonly EraChange[];
}

/** Years that are looked at before a yearly change is called a rule; it takes so many to tell a date from a weekday. */
const ruleYears = 8;

/** The eras of a zone between two years, both included; the first is open to the past, the last to the future. */
export function erasOf(zone: Zone, firstYear: number, lastYear: number): readonly Era[] {
  const begin = yearStart(zone, firstYear);
  if (!(zone instanceof StretchZone)) return [{ from: null, offset: zone.offsetAt(begin), changes: [] }];
  const seenTo = Math.max(lastYear, firstYear + ruleYears - 1);
  const years = changesByYear(zone, firstYear, seenTo);
  const eras: Era[] = [];
  let year = firstYear;
  while (year <= lastYear) {
    const length = runLength(years, year, seenTo);
    if (length === 0) {
      eras.push(...singleEras(zone, year, years.get(year) ?? []));
      year++;
      continue;
    }
    const rules = rulesOf(years, year, length) ?? [];
    const at = yearStart(zone, year);
    eras.push({ from: at, offset: zone.offsetAt(at), changes: rules });
    year += length;
  }
  return merged(eras);
}

/** Two zones are alike in a range when their clocks change alike. */
export function sameClocks(one: Zone, other: Zone, from: Instant, until: Instant): boolean {
  if (one.offsetAt(from) !== other.offsetAt(from)) return false;
  const [left, right] = [one, other].map((zone) =>
    zone instanceof StretchZone ? zone.transitions(from, until) : [],
  );
  if (left?.length !== right?.length) return false;
  return (left ?? []).every(({ at, offsetTo }, index) => {
    const twin = right?.[index];
    return twin?.at === at && twin.offsetTo === offsetTo;
  });
}

function yearStart(zone: Zone, year: number): Instant {
  const local = dayOf(year, 1, 1) * dayMs;
  return instant(local - zone.offsetAt(instant(local)));
}

type Years = ReadonlyMap<number, readonly Transition[]>;

/** By the year that the clock shows before the change. */
function changesByYear(zone: StretchZone, first: number, last: number): Years {
  const years = new Map<number, Transition[]>();
  const found = zone.transitions(yearStart(zone, first), yearStart(zone, last + 1));
  for (const change of found) {
    const year = yearOf(dateOf(Math.floor((change.at + change.offsetFrom) / dayMs)));
    years.set(year, [...(years.get(year) ?? []), change]);
  }
  return years;
}

/** How many years from `first` on are alike: without any change, or with the same two. 0: this one is like no other. */
function runLength(years: Years, first: number, last: number): number {
  const count = years.get(first)?.length ?? 0;
  let length = 0;
  while (first + length <= last && (years.get(first + length)?.length ?? 0) === count) {
    if (count !== 0 && rulesOf(years, first, length + 1) === undefined) break;
    length++;
  }
  return length;
}

/** The rules that the years have in common; undefined if they have none that Exchange could say. */
function rulesOf(years: Years, first: number, length: number): readonly EraChange[] | undefined {
  const slots = years.get(first)?.length ?? 0;
  const [opening, closing] = [years.get(first)?.[0], years.get(first)?.[1]];
  if (slots === 0) return [];
  // A year begins with the offset that the one before ended with: two changes, there and back.
  if (slots !== 2 || opening?.offsetFrom !== closing?.offsetTo) return undefined;
  const rules: EraChange[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const changes: Transition[] = [];
    for (let year = first; year < first + length; year++) {
      const change = years.get(year)?.[slot];
      if (change) changes.push(change);
    }
    const rule = yearlyRule(changes);
    const [sample] = changes;
    const day = rule && dayOfRule(rule);
    if (changes.length !== length || !rule || !sample || !day) return undefined;
    const local = sample.at + sample.offsetFrom;
    rules.push({
      month: rule.month,
      day,
      time: local - Math.floor(local / dayMs) * dayMs,
      offsetFrom: sample.offsetFrom,
      offsetTo: sample.offsetTo,
    });
  }
  return rules;
}

/** Exchange knows the nth and the last weekday and fixed dates, not "the Friday on or after the 23rd". */
function dayOfRule(rule: YearlyRule): EraChange['day'] | undefined {
  if (rule.date !== undefined) return { date: rule.date };
  return rule.ordinal === 0 || rule.ordinal > 4
    ? undefined
    : { weekday: rule.weekday, ordinal: rule.ordinal };
}

/** A year that follows no rule: one era from change to change, or fixed dates when the clock goes there and back. */
function singleEras(zone: Zone, year: number, changes: readonly Transition[]): readonly Era[] {
  const begin = yearStart(zone, year);
  const eras: Era[] = [{ from: begin, offset: zone.offsetAt(begin), changes: [] }];
  for (const change of changes) eras.push({ from: change.at, offset: change.offsetTo, changes: [] });
  return eras;
}

/** Eras that say nothing new are one with those before them. */
function merged(eras: readonly Era[]): readonly Era[] {
  const kept: Era[] = [];
  for (const era of eras) {
    const before = kept.at(-1);
    if (before && isAlike(before, era)) continue;
    kept.push(kept.length === 0 ? { ...era, from: null } : era);
  }
  return kept;
}

function isAlike(one: Era, other: Era): boolean {
  return one.offset === other.offset && JSON.stringify(one.changes) === JSON.stringify(other.changes);
}

/** When a change happens in a year, in UTC. */
export function changeIn(change: EraChange, year: number): Instant {
  return instant(dayIn(change, year) * dayMs + change.time - change.offsetFrom);
}

function dayIn({ month, day }: EraChange, year: number): number {
  if ('date' in day) return dayOf(year, month, day.date);
  if (day.ordinal < 0) {
    const last = dayOf(year, month + 1, 1) - 1;
    return last - ((weekdayOf(last) - day.weekday + 7) % 7);
  }
  const first = dayOf(year, month, 1);
  return first + ((day.weekday - weekdayOf(first) + 7) % 7) + (day.ordinal - 1) * 7;
}
