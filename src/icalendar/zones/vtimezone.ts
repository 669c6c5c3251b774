/**
 * VTIMEZONE for what we generate (RFC 5545 §3.6.5): made from the time zone database, for the years that are needed.
 *
 * Years that follow one yearly rule become one STANDARD and one DAYLIGHT with RRULE, which is what Outlook understands;
 * single changes become observances of their own. Before the first observance nothing is defined, as nothing needs it.
 */

import { dateOf, dayOf, yearOf } from '../recurrence/recur-calendar.ts';
import { dayMs, type Instant, instant, localTime, type TimeRange } from '../time.ts';
import { contentLine, formatLocal, formatUtc } from '../value.ts';
import { namedZone } from './timezone.ts';
import { formatYearlyRule, type YearlyRule, yearlyRule } from './vtimezone-rule.ts';
import { StretchZone, type Transition, type Zone } from './zone.ts';
import { formatOffset } from './zone-vtimezone.ts';

/** A range without a start is taken to begin here. */
const defaultFirstYear = 1970;
/** Years behind the start that are looked at to tell a rule from a coincidence of dates: 12 hold all 7 weekdays of a date. */
const rulePeriodYears = 12;
/** Years that a range without an end covers if its zone has no lasting rule. */
const openYears = 30;
/** The last year whose changes are looked at: later ones follow the rules of this one. */
const lastIrregularYear = 2100;
/** A rule that held for fewer years is written as single changes. */
const shortestRuleYears = 3;

/**
 * The text of a VTIMEZONE with TZID `zoneId`, CRLF at each line's end, that is right for every time in `range`. It begins
 * with the year before the range, and goes on beyond the range where the rules do.
 *
 * Refuses (RangeError) names that no zone has.
 */
export function vtimezone(zoneId: string, range: TimeRange): string {
  const zone = namedZone(zoneId);
  if (!zone) throw new RangeError(`no time zone has the name ${JSON.stringify(zoneId)}`);
  const first = Number.isFinite(range.start) ? yearOfInstant(range.start) - 1 : defaultFirstYear;
  const last = Number.isFinite(range.end) ? yearOfInstant(range.end) : Infinity;
  const key = `${zoneId} ${first} ${last}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = compose(zoneId, zone, first, Math.max(first, last));
  if (texts.size >= maxTexts) texts.clear();
  texts.set(key, text);
  return text;
}

/** Feeds and reports write the same few zones again and again. */
const texts = new Map<string, string>();
const maxTexts = 200;

function yearOfInstant(at: Instant): number {
  return Math.min(9998, Math.max(1601, yearOf(dateOf(Math.floor(at / dayMs)))));
}

interface Observance {
  readonly name: 'STANDARD' | 'DAYLIGHT';
  readonly start: Transition;
  /** Further single changes. */
  readonly dates: Transition[];
  readonly rule: string | undefined;
}

/** A definition for one stretch of time, exact at both ends (RFC 7808 §3.9). */
export interface DefinedStretch {
  /** In effect from here on; absent: from the first year that is known. */
  readonly from?: Instant | undefined;
  /** Valid until here; absent: for ever. */
  readonly until?: Instant | undefined;
  /** Other names of the zone, for TZID-ALIAS-OF. */
  readonly aliasOf?: readonly string[];
}

/** No zone changes before; the rows of the database begin with local mean time. */
const firstKnownYear = 1840;

/**
 * The VTIMEZONE of a whole zone or a stretch of it, for those who keep definitions rather than read one event by them.
 * Refuses nothing: `zone` is one.
 */
export function zoneDefinition(tzid: string, zone: Zone, stretch: DefinedStretch = {}): string {
  const { from, until, aliasOf = [] } = stretch;
  const begin = from ?? instant(dayOf(firstKnownYear, 1, 1) * dayMs);
  const firstYear = yearOfInstant(instant(begin + zone.offsetAt(begin)));
  const seenTo = Math.max(firstYear + rulePeriodYears, lastIrregularYear);
  const years = transitionsByYear(zone, firstYear, seenTo);
  const offsetTo = zone.offsetAt(begin);
  const first = { at: begin, offsetFrom: zone.offsetAt(instant(begin - 1)), offsetTo };
  const name = isSummerAt(zone, begin) ? 'DAYLIGHT' : 'STANDARD';
  const observances: Observance[] = [];
  for (const transition of years.get(firstYear) ?? [])
    if (transition.at > begin) addSingle(observances, transition, years);
  addYears(observances, years, firstYear + 1, seenTo);
  observances.sort((a, b) => a.start.at - b.start.at);
  observances.unshift({ name, start: first, dates: [], rule: undefined });
  const kept = observances.filter(({ start }) => until === undefined || start.at < until);
  const head = [
    contentLine('TZID', tzid),
    ...aliasOf.map((other) => contentLine('TZID-ALIAS-OF', other)),
    ...(until === undefined ? [] : [contentLine('TZUNTIL', formatUtc(until))]),
  ];
  const lines = kept.map((observance) => observanceText(observance, zone));
  return `${contentLine('BEGIN', 'VTIMEZONE')}${head.join('')}${lines.join('')}${contentLine('END', 'VTIMEZONE')}`;
}

/** A change of offset, and what it begins. */
export interface ZoneObservance extends Transition {
  readonly isDaylight: boolean;
}

/** What holds at the beginning of a range, as if it began there, and each change in it (RFC 7808 §5.4). */
export function zoneObservances(zone: Zone, { start, end }: TimeRange): readonly ZoneObservance[] {
  const offset = zone.offsetAt(start);
  const first = { at: start, offsetFrom: zone.offsetAt(instant(start - 1)), offsetTo: offset };
  const years = transitionsByYear(zone, yearOfInstant(start) - 1, yearOfInstant(end) + 1);
  const changes = [...years.values()].flat().filter(({ at }) => at > start && at < end);
  return [
    { ...first, isDaylight: isSummerAt(zone, start) },
    ...changes.map((change) => ({ ...change, isDaylight: isDaylight(change, years) })),
  ];
}

/** Whether the change before a moment was one to summer time. */
function isSummerAt(zone: Zone, at: Instant): boolean {
  const year = yearOfInstant(at);
  const years = transitionsByYear(zone, year - 1, year + 1);
  const last = [...years.values()].flat().findLast((transition) => transition.at <= at);
  return last !== undefined && isDaylight(last, years);
}

function compose(zoneId: string, zone: Zone, firstYear: number, lastYear: number): string {
  // A yearly rule is seen from enough years; transitions beyond the range only serve to see it.
  const seenTo = Math.max(firstYear + rulePeriodYears, Math.min(lastYear, firstYear + openYears));
  const coveredTo = lastYear === Infinity ? seenTo : Math.min(lastYear, Math.max(seenTo, lastIrregularYear));
  const years = transitionsByYear(zone, firstYear, Math.max(seenTo, coveredTo));
  const observances: Observance[] = [];
  addYears(observances, years, firstYear, coveredTo, Math.max(seenTo, coveredTo));
  const begin = instant(dayOf(firstYear, 1, 1) * dayMs);
  // The range begins in the year after the first: a change in the first year says what holds at its beginning.
  if ((years.get(firstYear) ?? []).length === 0) {
    const offset = zone.offsetAt(begin);
    const start = { at: instant(begin - offset), offsetFrom: offset, offsetTo: offset };
    observances.push({ name: 'STANDARD', start, dates: [], rule: undefined });
  }
  observances.sort((a, b) => a.start.at - b.start.at);
  const lines = observances.map((observance) => observanceText(observance, zone));
  return `${contentLine('BEGIN', 'VTIMEZONE')}${contentLine('TZID', zoneId)}${lines.join('')}${contentLine('END', 'VTIMEZONE')}`;
}

/** The changes of some years, as rules where they follow one. What still holds in the year `seenTo` goes on. */
function addYears(
  observances: Observance[],
  years: TransitionsByYear,
  firstYear: number,
  lastYear: number,
  seenTo: number = lastYear,
): void {
  let year = firstYear;
  while (year <= lastYear) {
    const run = longestRun(years, year);
    const length = run.length;
    if (length >= shortestRuleYears && run.rules.length > 0) {
      const open = year + length > seenTo;
      observances.push(...ruleObservances(years, year, length, run.rules, open));
      year += length;
    } else {
      for (const transition of years.get(year) ?? []) addSingle(observances, transition, years);
      year++;
    }
  }
}

type TransitionsByYear = ReadonlyMap<number, readonly Transition[]>;

/** By the year that the clock shows before the change. */
function transitionsByYear(zone: Zone, firstYear: number, lastYear: number): TransitionsByYear {
  const years = new Map<number, Transition[]>();
  if (!(zone instanceof StretchZone)) return years;
  const from = instant(dayOf(firstYear, 1, 1) * dayMs - dayMs);
  const until = instant(dayOf(lastYear + 1, 1, 1) * dayMs + dayMs);
  for (const transition of zone.transitions(from, until)) {
    const year = yearOf(dateOf(Math.floor((transition.at + transition.offsetFrom) / dayMs)));
    if (year < firstYear || year > lastYear) continue;
    const list = years.get(year);
    if (list) list.push(transition);
    else years.set(year, [transition]);
  }
  return years;
}

/** The years from `first` on in which the same changes happen by the same rules; none without changes. */
function longestRun(
  years: TransitionsByYear,
  first: number,
): { readonly length: number; readonly rules: readonly YearlyRule[] } {
  const slots = (years.get(first) ?? []).map((transition) => [transition]);
  let rules: readonly YearlyRule[] = [];
  if (slots.length === 0) return { length: 0, rules };
  for (let length = 1; ; length++) {
    const fitting = slots.map(yearlyRule);
    if (fitting.includes(undefined)) return { length: length - 1, rules };
    rules = fitting.filter((rule) => rule !== undefined);
    const next = years.get(first + length);
    if (next?.length !== slots.length) return { length, rules };
    slots.forEach((slot, index) => slot.push(...next.slice(index, index + 1)));
  }
}

function ruleObservances(
  years: TransitionsByYear,
  firstYear: number,
  length: number,
  rules: readonly YearlyRule[],
  open: boolean,
): readonly Observance[] {
  const firsts = years.get(firstYear) ?? [];
  const lasts = years.get(firstYear + length - 1) ?? [];
  return firsts.flatMap((start, index) => {
    const rule = rules[index];
    if (!rule) return [];
    const until = open ? '' : `;UNTIL=${formatUtc((lasts[index] ?? start).at)}`;
    const name = isDaylight(start, years) ? 'DAYLIGHT' : 'STANDARD';
    return [{ name, start, dates: [], rule: formatYearlyRule(rule) + until }];
  });
}

/** Adds a change that follows no rule, to an observance of the same kind if there is one. */
function addSingle(observances: Observance[], transition: Transition, years: TransitionsByYear): void {
  const name = isDaylight(transition, years) ? 'DAYLIGHT' : 'STANDARD';
  const alike = observances.find(
    (observance) =>
      observance.rule === undefined &&
      observance.name === name &&
      observance.start.offsetFrom === transition.offsetFrom &&
      observance.start.offsetTo === transition.offsetTo,
  );
  if (alike) alike.dates.push(transition);
  else observances.push({ name, start: transition, dates: [], rule: undefined });
}

/** The clock goes forward, and back again before a year has passed; else a country has changed its standard time. */
function isDaylight(transition: Transition, years: TransitionsByYear): boolean {
  if (transition.offsetTo <= transition.offsetFrom) return false;
  const year = yearOf(dateOf(Math.floor((transition.at + transition.offsetFrom) / dayMs)));
  const later = [...(years.get(year) ?? []), ...(years.get(year + 1) ?? [])];
  const next = later.find(({ at }) => at > transition.at);
  return next !== undefined && next.offsetTo < next.offsetFrom && next.at - transition.at < longestSummerMs;
}

const longestSummerMs = 300 * dayMs;

/** libical and ical.js overlook DTSTART where there are RDATEs, and ical.js reads one date of each: hence a line for each. */
function observanceText({ name, start, dates, rule }: Observance, zone: Zone): string {
  return [
    contentLine('BEGIN', name),
    contentLine('DTSTART', onsetText(start)),
    contentLine('TZOFFSETFROM', formatOffset(start.offsetFrom)),
    contentLine('TZOFFSETTO', formatOffset(start.offsetTo)),
    contentLine('TZNAME', zoneAbbreviation(zone.id, start)),
    rule === undefined ? '' : contentLine('RRULE', rule),
    ...(dates.length === 0 ? [] : [start, ...dates].map((date) => contentLine('RDATE', onsetText(date)))),
    contentLine('END', name),
  ].join('');
}

/** Onsets are written as the clock shows them before they happen. */
function onsetText({ at, offsetFrom }: Transition): string {
  return formatLocal(localTime(at + offsetFrom));
}

/** `CET`, `EDT`; zones without a customary abbreviation get their offset, as in the time zone database: `+03`. */
function zoneAbbreviation(zoneId: string, { at, offsetTo }: Transition): string {
  for (const locale of abbreviatingLocales) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zoneId, timeZoneName: 'short' });
    const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{3,5}$/.test(text) && (text !== 'GMT' || offsetTo === 0)) return text;
  }
  return formatOffset(offsetTo).replace(/^(...)00$/, '$1');
}

/** Each knows the abbreviations of its own part of the world. */
const abbreviatingLocales: readonly string[] = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-ZA', 'en-IN'];
