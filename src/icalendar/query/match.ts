/**
 * Decides whether an object satisfies the filter of a calendar-query (RFC 4791 §9.7).
 *
 * A comp-filter is satisfied by one component that meets all its conditions together; a prop-filter by one property
 * line. Time ranges follow the tables of RFC 4791 §9.9.
 */

import type { Component, Property } from '../component.ts';
import { OverlapFinder } from '../instances/overlap.ts';
import { periodRange } from '../instances/period.ts';
import type { CalendarObject } from '../object.ts';
import { completed, type Steps } from '../steps.ts';
import { dayMs, type TimeRange } from '../time.ts';
import { decodeText, decodeTextList, listEntries, parseDateTime, parsePeriod } from '../value.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { type Search, searchFor } from './collation.ts';
import type { Collation, CompFilter, ParamFilter, PropFilter, TextMatch } from './filter.ts';
import { foundIn, isLong, partsOf } from './long-text.ts';

export interface MatchOptions {
  /** Where floating times and days are, unless the object says otherwise: the request's zone, the calendar's, the owner's. */
  readonly zone: Zone;
  /** How many instances of a series are looked at before it is taken to match. */
  readonly maxInstances: number;
}

/**
 * The last word on whether an object belongs to an answer.
 *
 * Time: linear in the object, and for series proportional to the instances in the ranges. A series that is too dense to
 * be decided within `maxInstances` counts as a match: a client can cope with an object too many, not with one too few.
 */
export function matches(object: CalendarObject, filter: CompFilter, options: MatchOptions): boolean {
  return completed(matchSteps(object, filter, options));
}

/** The same in steps, of which a usual object and a usual filter take one. */
export function matchSteps(
  object: CalendarObject,
  filter: CompFilter,
  options: MatchOptions,
): Steps<boolean> {
  const context: Context = {
    zones: zoneResolver(object.timezones, options.zone),
    overlaps: new OverlapFinder(object, options),
    work: new Work(),
    folded: new Map(),
  };
  return matchesComponent([object.calendar], filter, context);
}

interface Context {
  readonly zones: ZoneResolver;
  readonly overlaps: OverlapFinder;
  readonly work: Work;
  /** Long texts by what they are the text of: each is folded once for all conditions. */
  readonly folded: Map<object, Map<Collation, readonly string[]>>;
}

/** Counts how much has been looked at in this step. */
class Work {
  private passed = 0;

  /** Adds `length` characters; returns whether it is time for a pause. */
  isStepOver(length: number): boolean {
    this.passed += length + lineCost;
    if (this.passed < stepLength) return false;
    this.passed = 0;
    return true;
  }
}

/** Characters of one step, some milliseconds, and how many of them a line is as dear as that has hardly any. */
const stepLength = 64 * 1024;
const lineCost = 32;

function* matchesComponent(
  candidates: readonly Component[],
  filter: CompFilter,
  context: Context,
): Steps<boolean> {
  const named = candidates.filter((component) => component.name === filter.name);
  if (filter.is === 'not-defined') return named.length === 0;
  for (const component of named) if (yield* satisfies(component, filter, context)) return true;
  return false;
}

function* satisfies(
  component: Component,
  { props, comps, timeRange }: Extract<CompFilter, { is: 'defined' }>,
  context: Context,
): Steps<boolean> {
  if (context.work.isStepOver(0)) yield;
  for (const prop of props) if (!(yield* matchesProperty(component, prop, context))) return false;
  for (const comp of comps) if (!(yield* matchesComponent(component.components, comp, context))) return false;
  // Last, because it may have to walk a series.
  return !timeRange || (yield* context.overlaps.overlaps(component, timeRange));
}

function* matchesProperty(component: Component, filter: PropFilter, context: Context): Steps<boolean> {
  const lines = component.all(filter.name);
  if (filter.is === 'not-defined') return lines.length === 0;
  for (const line of lines) if (yield* hasAll(line, filter, context)) return true;
  return false;
}

function* hasAll(
  line: Property,
  { textMatch, timeRange, params }: Extract<PropFilter, { is: 'defined' }>,
  context: Context,
): Steps<boolean> {
  if (context.work.isStepOver(0)) yield;
  if (textMatch && !(yield* matchesText(textOf(line), textMatch, context))) return false;
  if (timeRange && !(yield* liesWithin(line, timeRange, context))) return false;
  for (const param of params) if (!(yield* matchesParameter(line, param, context))) return false;
  return true;
}

function* matchesParameter(line: Property, filter: ParamFilter, context: Context): Steps<boolean> {
  const parameter = line.params.find(({ name }) => name === filter.name);
  if (filter.is === 'not-defined') return !parameter;
  if (!parameter || !filter.textMatch) return parameter !== undefined;
  const text: Text = { of: parameter, written: parameter.values.join(between), meaning: (part) => part };
  return yield* matchesText(text, filter.textMatch, context);
}

/** A text that is searched. Each entry of a list is looked at by itself: between two stands what no text of a filter has in it. */
interface Text {
  /** The property or parameter that has this text. */
  readonly of: object;
  readonly written: string;
  readonly meaning: (part: string) => string;
}

/** A character that no XML text can contain. */
const between = '\0';

/** Properties that hold a list of texts. */
const lists: ReadonlySet<string> = new Set(['CATEGORIES', 'RESOURCES']);

function textOf(line: Property): Text {
  const meaning = lists.has(line.name) ? (part: string) => decodeTextList(part).join(between) : decodeText;
  return { of: line, written: line.rawValue, meaning };
}

/** A negated test asks that no value contains the text. */
function* matchesText(text: Text, match: TextMatch, context: Context): Steps<boolean> {
  let search = searches.get(match);
  if (!search) searches.set(match, (search = searchFor(match.text, match.collation)));
  const { written, meaning } = text;
  if (context.work.isStepOver(written.length)) yield;
  const isFound = isLong(written)
    ? yield* foundIn(yield* foldedParts(text, search, context), search)
    : search.isIn(search.fold(meaning(written)));
  return isFound !== match.negate;
}

/** Prepared once for all objects. */
const searches = new WeakMap<TextMatch, Search>();

function* foldedParts(
  { of, written, meaning }: Text,
  { collation, fold }: Search,
  { folded }: Context,
): Steps<readonly string[]> {
  let known = folded.get(of);
  if (!known) folded.set(of, (known = new Map()));
  const before = known.get(collation);
  if (before) return before;
  const parts: string[] = [];
  for (const part of partsOf(written)) {
    parts.push(fold(meaning(part)));
    yield;
  }
  known.set(collation, parts);
  return parts;
}

/** RFC 4791 §9.7.2: some date of the property lies in the range, some day or period of it reaches into it. */
function* liesWithin(line: Property, range: TimeRange, { zones, work }: Context): Steps<boolean> {
  const tzid = line.param('TZID');
  for (const text of listEntries(line.rawValue)) {
    if (work.isStepOver(0)) yield;
    if (isWithin(text, tzid, range, zones)) return true;
  }
  return false;
}

function isWithin(text: string, tzid: string | undefined, range: TimeRange, zones: ZoneResolver): boolean {
  const period = parsePeriod(text, { tzid });
  if (period) {
    const { start, end } = periodRange(period, zones);
    return start < range.end && end > range.start;
  }
  const value = parseDateTime(text, { tzid });
  if (!value) return false;
  const start = zones.toInstant(value);
  if (start >= range.end) return false;
  return value.kind === 'date' ? start + dayMs > range.start : start >= range.start;
}
