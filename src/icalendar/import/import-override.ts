/** Changed instances that do not say when they take place, or that stand for the rest of their series. */
import type { Component, Finding } from '../component.ts';
import { dateTimeOf } from '../instances/instance-times.ts';
import { type DateTimeValue, dayMs, instant, localTime } from '../time.ts';
import { contentLine, dateTimeParams, formatDateTime, formatDuration, parseDuration } from '../value.ts';
import { note } from './import-outline.ts';

/**
 * DTSTART, and DURATION where the length of the series is plain, for a component with RECURRENCE-ID that has no DTSTART; ''
 * when that cannot be told.
 */
export function placeInSeries(override: Component, master: Component | undefined): string {
  const replaced = dateTimeOf(override.first('RECURRENCE-ID'));
  if (!replaced) return '';
  const base = dateTimeOf(master?.first('DTSTART'));
  const start = base ? atTimeOf(base, replaced) : replaced;
  const lines = contentLine('DTSTART', formatDateTime(start), dateTimeParams(start));
  if (!master || override.first('DTEND') || override.first('DURATION')) return lines;
  return lines + lengthLine(master, base);
}

/**
 * The lines of a changed instance that comes without its series and has dates of its own, as those of a series; of others
 * as they are. Lotus Notes sends the rest of a series so, in one instance with all its days, of which nobody else would see
 * more than the first.
 */
export function seriesAlone(component: Component, lines: string, findings: Finding[]): string {
  // A rule in an instance without RANGE=THISANDFUTURE is a mistake of the program.
  const isRest = component.first('RECURRENCE-ID')?.param('RANGE')?.toUpperCase() === 'THISANDFUTURE';
  const hasDates = ['RDATE', ...(isRest ? ['RRULE'] : [])].some(
    (name) => (component.first(name)?.rawValue ?? '').trim() !== '',
  );
  if (!hasDates || !replaced.test(lines)) return lines;
  const { name, line } = component;
  note(
    findings,
    'value',
    line,
    `the ${name} of line ${line} is the rest of a series, and was taken for a series`,
  );
  return lines.replace(replaced, '\r\n');
}

const replaced = /\r\nRECURRENCE-ID[;:][^\r]*\r\n(?: [^\r]*\r\n)*/i;

/** A day becomes the usual time of the series on that day, if the series has times. */
function atTimeOf(base: DateTimeValue, replaced: DateTimeValue): DateTimeValue {
  if (replaced.kind !== 'date' || base.kind === 'date') return replaced;
  const timeOfDay = (ms: number): number => ms - Math.floor(ms / dayMs) * dayMs;
  if (base.kind === 'utc') return { kind: 'utc', instant: instant(replaced.local + timeOfDay(base.instant)) };
  return { ...base, local: localTime(replaced.local + timeOfDay(base.local)) };
}

function lengthLine(master: Component, start: DateTimeValue | undefined): string {
  const written = master.first('DURATION');
  if (written && parseDuration(written.rawValue)) return contentLine('DURATION', written.rawValue);
  const end = dateTimeOf(master.first('DTEND'));
  const length = start && end && lengthBetween(start, end);
  if (!length || !(length > 0)) return '';
  const isDays = start.kind === 'date';
  const duration = { weeks: 0, days: isDays ? length / dayMs : 0, ms: isDays ? 0 : length };
  return contentLine('DURATION', formatDuration(duration));
}

/** `undefined` for times of two clocks. */
function lengthBetween(start: DateTimeValue, end: DateTimeValue): number | undefined {
  if (start.kind === 'utc' || end.kind === 'utc')
    return start.kind === 'utc' && end.kind === 'utc' ? end.instant - start.instant : undefined;
  const zoneOf = (value: DateTimeValue): string => (value.kind === 'zoned' ? value.tzid : value.kind);
  return zoneOf(start) === zoneOf(end) ? end.local - start.local : undefined;
}
