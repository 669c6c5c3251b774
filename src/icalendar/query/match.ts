/**
 * Does an object satisfy the filter of a calendar-query (RFC 4791 §9.7)?
 *
 * A comp-filter is satisfied by one component that meets all its conditions together; a prop-filter by one property
 * line. Time ranges follow the tables of RFC 4791 §9.9.
 */

import type { Component, Property } from '../component.ts';
import { OverlapFinder } from '../instances/overlap.ts';
import { periodRange } from '../instances/period.ts';
import type { CalendarObject } from '../object.ts';
import { dayMs, type TimeRange } from '../time.ts';
import { decodeText, decodeTextList, parseDateTime, parsePeriod, splitList } from '../value.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { containing } from './collation.ts';
import type { CompFilter, ParamFilter, PropFilter, TextMatch } from './filter.ts';

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
  const context: Context = {
    zones: zoneResolver(object.timezones, options.zone),
    overlaps: new OverlapFinder(object, options),
  };
  return matchesComponent([object.calendar], filter, context);
}

interface Context {
  readonly zones: ZoneResolver;
  readonly overlaps: OverlapFinder;
}

function matchesComponent(candidates: readonly Component[], filter: CompFilter, context: Context): boolean {
  const named = candidates.filter((component) => component.name === filter.name);
  if (filter.is === 'not-defined') return named.length === 0;
  const { props, comps, timeRange } = filter;
  return named.some(
    (component) =>
      props.every((prop) => matchesProperty(component, prop, context)) &&
      comps.every((comp) => matchesComponent(component.components, comp, context)) &&
      // Last, because it may have to walk a series.
      (!timeRange || context.overlaps.overlaps(component, timeRange)),
  );
}

function matchesProperty(component: Component, filter: PropFilter, context: Context): boolean {
  const lines = component.all(filter.name);
  if (filter.is === 'not-defined') return lines.length === 0;
  const { textMatch, timeRange, params } = filter;
  return lines.some(
    (line) =>
      (!textMatch || matchesText(valuesOf(line), textMatch)) &&
      (!timeRange || liesWithin(line, timeRange, context.zones)) &&
      params.every((param) => matchesParameter(line, param)),
  );
}

function matchesParameter(line: Property, filter: ParamFilter): boolean {
  const parameter = line.params.find(({ name }) => name === filter.name);
  if (filter.is === 'not-defined') return !parameter;
  return parameter !== undefined && (!filter.textMatch || matchesText(parameter.values, filter.textMatch));
}

/** A negated test asks that no value contains the text. */
function matchesText(values: readonly string[], { text, collation, negate }: TextMatch): boolean {
  return values.some(containing(text, collation)) !== negate;
}

/** Properties that hold a list of texts; each entry is looked at by itself. */
const lists: ReadonlySet<string> = new Set(['CATEGORIES', 'RESOURCES']);

function valuesOf({ name, rawValue }: Property): readonly string[] {
  return lists.has(name) ? decodeTextList(rawValue) : [decodeText(rawValue)];
}

/** RFC 4791 §9.7.2: some date of the property lies in the range, some day or period of it reaches into it. */
function liesWithin(line: Property, range: TimeRange, zones: ZoneResolver): boolean {
  const tzid = line.param('TZID');
  return splitList(line.rawValue).some((text) => {
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
  });
}
