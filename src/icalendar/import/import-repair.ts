/** Mends a component of an import so that a strict reader accepts it. */
import type { Component, Property } from '../component.ts';
import { canStandIn, needsStart } from '../nesting.ts';
import { cleanRuleText } from '../rule-text.ts';
import { LongText, type Steps, Stride, stepBytes } from '../steps.ts';
import {
  contentLine,
  type LineParameters,
  parseDateTime,
  parseDuration,
  parsePeriod,
  splitList,
} from '../value.ts';
import { propertyText } from '../write.ts';
import { mendedDate, mendedDuration, mendedRule } from './import-dates.ts';

export interface Repaired {
  /** In wire form. */
  readonly text: string;
  /** Each zone that is named, with the line that names it first. */
  readonly tzids: ReadonlyMap<string, number>;
}

type Notice = (line: number, message: string) => void;

/**
 * The component as it can be stored, or `undefined` (with a notice) when its time cannot be told.
 *
 * Dates with an offset become UTC; values that are none are left out where the component can do without; rules lose the
 * parts that are none; components inside components that have no place there go. `start` are the lines that stand in for a
 * DTSTART that is missing or none. In steps, of which few lines take one.
 */
export function* repairSteps(component: Component, notice: Notice, start = ''): Steps<Repaired | undefined> {
  const tzids = new Map<string, number>();
  const text = yield* componentLines(component, { notice, tzids, stride: new Stride(stepLines) }, start);
  if (text === undefined) return undefined;
  return { text, tzids };
}

/** Lines, and inner components, of one step: some milliseconds. */
const stepLines = 1_000;

interface Repair {
  readonly notice: Notice;
  readonly tzids: Map<string, number>;
  readonly stride: Stride;
}

function* componentLines(component: Component, repair: Repair, start = ''): Steps<string | undefined> {
  const { notice, tzids, stride } = repair;
  const lines = new LongText();
  lines.add(`BEGIN:${component.name}\r\n`);
  const seen = new Set<string>();
  for (const property of component.properties) {
    const { name } = property;
    const sizeBytes = property.end - property.start;
    if (stride.isOver(sizeBytes)) yield;
    const isLong = sizeBytes > stepBytes;
    if (isLong) yield;
    if (single.has(name) && seen.has(name)) {
      notice(property.line, `a second ${name} in line ${property.line} was left out`);
      continue;
    }
    const line = propertyLine(property, notice);
    if (isLong) yield;
    if (line === undefined) {
      // An empty one is as good as none, as with other dates.
      if (name === 'RECURRENCE-ID' && property.rawValue.trim() === '') continue;
      if (!required(component.name, name) || (name === 'DTSTART' && start !== '')) continue;
      notice(
        component.line,
        `the ${component.name} of line ${component.line} was skipped: its ${name} is no date`,
      );
      return undefined;
    }
    seen.add(name);
    const tzid = property.param('TZID');
    if (tzid !== undefined && !tzids.has(tzid)) tzids.set(tzid, property.line);
    lines.add(line);
  }
  if (needsStart(component.name) && !seen.has('DTSTART')) {
    const place = `the ${component.name} of line ${component.line}`;
    notice(
      component.line,
      start === ''
        ? `${place} was skipped: it has no DTSTART`
        : `${place} has no DTSTART; it stays in its place in the series`,
    );
    if (start === '') return undefined;
    lines.add(start);
  }
  for (const inner of component.components) {
    if (stride.isOver(0)) yield;
    if (!canStandIn(inner.name, component.name)) {
      notice(
        inner.line,
        `the ${inner.name} of line ${inner.line} was left out: it stands inside a ${component.name}`,
      );
      continue;
    }
    lines.add((yield* componentLines(inner, repair)) ?? '');
  }
  lines.add(`END:${component.name}\r\n`);
  return lines.text();
}

const single: ReadonlySet<string> = new Set([
  'UID',
  'TZID',
  'DTSTART',
  'DTEND',
  'DUE',
  'DURATION',
  'RECURRENCE-ID',
  'DTSTAMP',
]);

function required(component: string, property: string): boolean {
  return property === 'RECURRENCE-ID' || (property === 'DTSTART' && needsStart(component));
}

/** Properties whose values are checked. */
const judged: ReadonlySet<string> = new Set([...single, 'EXDATE', 'RDATE', 'FREEBUSY', 'RRULE']);

/** The line as it is or mended; `undefined` if it must be left out. */
function propertyLine(property: Property, notice: Notice): string | undefined {
  if (!judged.has(property.name)) return propertyText(property);
  const { name, rawValue, line } = property;
  const leftOut = (): undefined => {
    if (rawValue.trim() !== '')
      notice(line, `${name} in line ${line} was left out: its value is none of its type`);
    return undefined;
  };
  switch (name) {
    // One that is empty is none: another UID is derived, and another TZID may follow.
    case 'UID':
    case 'TZID':
      return rawValue.trim() === '' ? undefined : propertyText(property);
    case 'DTSTART':
    case 'DTEND':
    case 'DUE':
    case 'RECURRENCE-ID':
    case 'EXDATE':
    case 'RDATE':
      return dateLine(property, notice) ?? leftOut();
    case 'DURATION': {
      if (parseDuration(rawValue)) return propertyText(property);
      const mended = mendedDuration(rawValue);
      if (mended === undefined) return leftOut();
      notice(line, `DURATION in line ${line} is not written as a duration is; it was converted`);
      return contentLine(name, mended);
    }
    case 'FREEBUSY':
      return splitList(rawValue).every((period) => parsePeriod(period)) ? propertyText(property) : leftOut();
    case 'RRULE': {
      const rule = cleanRuleText(mendedRule(rawValue));
      if (rule === undefined) return leftOut();
      if (rule === rawValue || rule.toUpperCase() === rawValue.toUpperCase()) return propertyText(property);
      const meant = rawValue.replace(/\s+/g, '').replace(/;+/g, ';').replace(/^;|;$/g, '');
      if (rule.toUpperCase() !== meant.toUpperCase())
        notice(line, `parts of the RRULE in line ${line} were mended or left out`);
      return contentLine(name, rule);
    }
    default:
      return propertyText(property);
  }
}

/** A line of dates: as it is when all are dates, with those that have an offset in UTC, without those that are none. */
function dateLine(property: Property, notice: Notice): string | undefined {
  const { name, rawValue, line } = property;
  const isList = name === 'EXDATE' || name === 'RDATE';
  // More dates than any calendar accepts: the object is refused later, whatever they say.
  if (isList && rawValue.length > longestList) return propertyText(property);
  const all = splitList(isList ? rawValue.replaceAll(';', ',') : rawValue);
  // If there are several dates where only one can be, the first is taken.
  const values = isList ? all : all.slice(0, 1);
  if (values.length === 0) return undefined;
  const isDate = name === 'RDATE' ? isDateOrPeriod : isDateTime;
  if (isList ? !rawValue.includes(';') && values.every(isDate) : isDate(rawValue))
    return propertyText(property);
  const mended = values
    // A period where only a date can stand means its start.
    .map((value) => (isDate(value) ? value : mendedDate(value.replace(/\/.*$/s, ''))))
    .filter((value) => value !== undefined);
  if (mended.length === 0) return undefined;
  if (mended.length < values.length)
    notice(line, `a date of ${name} in line ${line} was left out: it does not exist`);
  else notice(line, `${name} in line ${line} is not written as a date is; it was converted`);
  if (mended.every((value) => /z$/i.test(value)))
    return contentLine(name, mended.join(','), rangeOf(property));
  const params = parametersOf(property);
  const days = mended.every((value) => /^\d{8}$/.test(value));
  return contentLine(name, mended.join(','), days ? { ...params, VALUE: 'DATE', TZID: undefined } : params);
}

const longestList: number = 1024 * 1024;

function parametersOf(property: Property): LineParameters {
  return { VALUE: property.param('VALUE'), TZID: property.param('TZID'), RANGE: property.param('RANGE') };
}

function rangeOf(property: Property): LineParameters {
  return { RANGE: property.param('RANGE') };
}

function isDateTime(value: string): boolean {
  return parseDateTime(value) !== undefined;
}

function isDateOrPeriod(value: string): boolean {
  return value.includes('/') ? parsePeriod(value) !== undefined : isDateTime(value);
}
