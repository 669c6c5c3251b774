/**
 * The dates of an object in the one form that readers of feeds agree on: zones by their IANA names, no floating times,
 * end after start, and every date of a series in the type and zone of its DTSTART (RFC 5545 §3.8.5; outlook.md §17.3).
 */
import type { Component, Property } from '../component.ts';
import { type Instance, instances } from '../instances/instances.ts';
import type { CalendarObject } from '../object.ts';
import { cleanRuleText, knownParts } from '../rule-text.ts';
import type { Steps } from '../steps.ts';
import { type DateTimeValue, dayMs, instant, type LocalTime, localTime, secondMs } from '../time.ts';
import {
  contentLine,
  type Duration,
  dateTimeParams,
  durationMs,
  formatDate,
  formatDateTime,
  formatDuration,
  formatUtc,
  listEntries,
  parseDateTime,
  parseDuration,
  parsePeriod,
} from '../value.ts';
import { isUtc, type Zone, type ZoneResolver } from '../zones/timezone.ts';

/** Components with DTEND (RFC 5545 §3.8.2.2). */
const componentsWithEnd: ReadonlySet<string> = new Set(['VEVENT', 'VFREEBUSY']);

export class FeedDates {
  private readonly object: CalendarObject;
  private readonly zones: ZoneResolver;
  /** Under which TZID a zone is written; told once for each use. */
  private readonly nameOf: (zone: Zone) => string;
  /** DTSTART of the master: what the dates of the series look like. */
  private readonly anchor: DateTimeValue | undefined;
  /** Of all lists. */
  private passedDates = 0;

  constructor(object: CalendarObject, zones: ZoneResolver, nameOf: (zone: Zone) => string) {
    this.object = object;
    this.zones = zones;
    this.nameOf = nameOf;
    this.anchor = this.read(object.master?.first('DTSTART'));
  }

  /** DTSTART, DTEND or DUE or DURATION, RECURRENCE-ID and the rules of a component; in steps, of which few dates take one. */
  *lines(component: Component): Steps<string> {
    const start = this.read(component.first('DTSTART'));
    let lines = start ? this.line('DTSTART', start) : '';
    lines += component.name === 'VTODO' ? this.dueLine(component, start) : this.endLine(component, start);
    const id = this.read(component.first('RECURRENCE-ID'), this.anchor);
    if (id) {
      const range = component.first('RECURRENCE-ID')?.param('RANGE')?.toUpperCase();
      const written = this.anchor ? this.like(id, this.anchor) : id;
      return lines + this.line('RECURRENCE-ID', written, range === 'THISANDFUTURE' ? { RANGE: range } : {});
    }
    if (!start) return lines;
    for (const property of component.all('RRULE')) lines += this.ruleLine(property, start);
    for (const property of component.all('EXRULE')) lines += this.ruleLine(property, start);
    for (const name of ['RDATE', 'EXDATE']) {
      for (const property of component.all(name)) lines += yield* this.listLines(property, start);
    }
    return lines;
  }

  /** The dates of one instance, as if it were an event of its own. */
  singleLines({ component, value, endValue, start, end }: Instance): string {
    const from = this.normal(value);
    const lines = this.line('DTSTART', from);
    const hasEnd = component.first('DTEND') ?? component.first('DURATION');
    if (from.kind === 'date') {
      const until = wholeDay(this.clock(endValue), endValue.kind === 'date');
      return (
        lines + this.line('DTEND', { kind: 'date', local: localTime(Math.max(until, from.local + dayMs)) })
      );
    }
    return hasEnd && end >= start ? lines + this.line('DTEND', this.normal(endValue)) : lines;
  }

  private endLine(component: Component, start: DateTimeValue | undefined): string {
    if (!start || !componentsWithEnd.has(component.name)) return '';
    const end = this.read(component.first('DTEND'));
    const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
    if (start.kind === 'date') {
      const days = duration ? Math.ceil(duration.weeks * 7 + duration.days + duration.ms / dayMs) : 1;
      const day = end ? wholeDay(this.clock(end), end.kind === 'date') : start.local + days * dayMs;
      return this.line('DTEND', { kind: 'date', local: localTime(Math.max(day, start.local + dayMs)) });
    }
    if (end) {
      const written = end.kind === 'date' ? this.like(end, start, 0) : end;
      const early = this.zones.toInstant(written) < this.zones.toInstant(start);
      return this.line('DTEND', early ? start : written);
    }
    return duration && (duration.weeks * 7 + duration.days) * dayMs + duration.ms > 0
      ? contentLine('DURATION', formatDuration(duration))
      : '';
  }

  private dueLine(component: Component, start: DateTimeValue | undefined): string {
    const due = this.read(component.first('DUE'));
    if (due) {
      const written =
        start && (start.kind === 'date') !== (due.kind === 'date') ? this.like(due, start, 0) : due;
      return this.line('DUE', written);
    }
    const duration = parseDuration(component.first('DURATION')?.rawValue ?? '');
    return start && duration ? contentLine('DURATION', formatDuration(duration)) : '';
  }

  private ruleLine(property: Property, start: DateTimeValue): string {
    const rule = cleanRuleText(property.rawValue)?.toUpperCase();
    const parts = rule === undefined ? undefined : knownParts(rule);
    if (parts === undefined) return '';
    const kept: string[] = [];
    const twoEnds =
      parts.some((part) => part.startsWith('COUNT=')) && parts.some((part) => part.startsWith('UNTIL='));
    for (const part of parts) {
      if (/^INTERVAL=0+$/.test(part)) continue;
      if (part.startsWith('UNTIL=')) {
        const until = this.until(part.slice('UNTIL='.length), start);
        // Of a rule that ends before it begins readers show nothing at all, and we show DTSTART (docs/recurrence.md).
        const isOver = property.name === 'RRULE' && this.isBefore(until, start);
        if (!twoEnds) kept.push(isOver ? 'COUNT=1' : `UNTIL=${until}`);
      } else if (twoEnds && part.startsWith('COUNT=')) kept.push(`COUNT=${this.countOf(part)}`);
      else if (/^COUNT=0+$/.test(part)) kept.push('COUNT=1');
      else kept.push(part);
    }
    return contentLine(property.name, kept.join(';'));
  }

  /** With COUNT and UNTIL, which RFC 5545 §3.3.10 forbids together, whichever ends first counts. */
  private countOf(part: string): number {
    const limit = Number(part.slice('COUNT='.length));
    const { kind, master, timezones } = this.object;
    const all = { start: instant(-Infinity), end: instant(Infinity) };
    const options = { zone: this.zones.fallback, maxInstances: Math.min(limit, mostCounted) };
    let count = 0;
    const cursor = instances({ kind, master, overrides: [], timezones }, all, options);
    for (const _ of cursor) count++;
    return Math.max(1, cursor.truncated ? limit : count);
  }

  private until(text: string, start: DateTimeValue): string {
    const value = parseDateTime(text);
    if (!value) return text;
    if (start.kind === 'date') return formatDate(localTime(floorDay(this.clock(value))));
    if (value.kind === 'utc') return formatUtc(value.instant);
    // A day ends with its last second; a time without zone is on the clock of DTSTART.
    const local = value.kind === 'date' ? localTime(value.local + dayMs - secondMs) : value.local;
    return formatUtc(this.zones.zoneOf(start).toInstant(local));
  }

  private isBefore(until: string, start: DateTimeValue): boolean {
    const end = parseDateTime(until);
    return end !== undefined && this.zones.toInstant(end) < this.zones.toInstant(start);
  }

  private *listLines(property: Property, start: DateTimeValue): Steps<string> {
    const dates: DateTimeValue[] = [];
    let lines = '';
    const tzid = property.param('TZID');
    for (const text of listEntries(property.rawValue)) {
      if (++this.passedDates % stepDates === 0) yield;
      const period = property.name === 'RDATE' ? parsePeriod(text, { tzid }) : undefined;
      if (period && start.kind !== 'date') {
        const from = this.like(this.onClock(period.start, start), start);
        const until = period.end ? this.periodEnd(from, period.end, start) : lengthText(period.duration);
        lines += contentLine(property.name, `${formatDateTime(from)}/${until}`, {
          VALUE: 'PERIOD',
          ...this.params(from),
        });
        continue;
      }
      const value = period?.start ?? parseDateTime(text, { tzid });
      if (value) dates.push(this.like(this.onClock(value, start), start));
    }
    const [first] = dates;
    return first
      ? lines + contentLine(property.name, dates.map(formatDateTime).join(), this.params(first))
      : lines;
  }

  /** What ends before it starts has no length. */
  private periodEnd(from: DateTimeValue, end: DateTimeValue, start: DateTimeValue): string {
    const written = this.like(this.onClock(end, start), start);
    return formatDateTime(this.zones.toInstant(written) < this.zones.toInstant(from) ? from : written);
  }

  private line(name: string, value: DateTimeValue, params: Readonly<Record<string, string>> = {}): string {
    return contentLine(name, formatDateTime(value), { ...this.params(value), ...params });
  }

  private params(value: DateTimeValue): ReturnType<typeof dateTimeParams> {
    return value.kind === 'zoned' ? { TZID: this.nameOf(this.zones.zoneOf(value)) } : dateTimeParams(value);
  }

  private read(property: Property | undefined, series?: DateTimeValue): DateTimeValue | undefined {
    const tzid = property?.param('TZID');
    const value = property && parseDateTime(property.rawValue, { tzid, valueType: property.param('VALUE') });
    return value && (series ? this.onClock(value, series) : this.normal(value));
  }

  /** A date of a series: without a zone of its own it is on the clock of DTSTART (docs/recurrence.md). */
  private onClock(value: DateTimeValue, series: DateTimeValue): DateTimeValue {
    if (value.kind !== 'floating' || series.kind === 'date') return this.normal(value);
    return series.kind === 'utc'
      ? { kind: 'utc', instant: instant(value.local) }
      : { ...series, local: value.local };
  }

  /** With a zone in the place of none, and UTC for zones that are UTC. */
  private normal(value: DateTimeValue): DateTimeValue {
    if (value.kind === 'date' || value.kind === 'utc') return value;
    const zone = this.zones.zoneOf(value);
    if (isUtc(zone)) return { kind: 'utc', instant: instant(value.local) };
    return { kind: 'zoned', local: value.local, tzid: value.kind === 'zoned' ? value.tzid : zone.id };
  }

  /**
   * `value` in the type and zone of `model`. A day in a timed series means the instance of that day, or the given time of it.
   */
  private like(value: DateTimeValue, model: DateTimeValue, timeOfDay?: number): DateTimeValue {
    if (model.kind === 'date') return { kind: 'date', local: localTime(floorDay(this.clock(value))) };
    const zone = this.zones.zoneOf(model);
    const clock = model.kind === 'utc' ? localTime(model.instant) : model.local;
    const local =
      value.kind === 'date'
        ? localTime(value.local + (timeOfDay ?? clock - floorDay(clock)))
        : zone.toLocal(this.zones.toInstant(value));
    if (model.kind === 'utc') return { kind: 'utc', instant: instant(local) };
    return { ...model, local };
  }

  /** The clock where the value is written; of UTC, the clock of the reader's zone. */
  private clock(value: DateTimeValue): LocalTime {
    return value.kind === 'utc' ? this.zones.fallback.toLocal(value.instant) : value.local;
  }
}

function lengthText(duration: Duration): string {
  return durationMs(duration) < 0 ? 'PT0S' : formatDuration(duration);
}

/** Dates of one step: a millisecond or two, should each have to be told in another zone. */
const stepDates = 500;

/** Enough for any series that people enter with two ends. */
const mostCounted = 10_000;

function floorDay(local: number): number {
  return Math.floor(local / dayMs) * dayMs;
}

/** The day after the last one that a timed end touches. */
function wholeDay(local: number, isDate: boolean): number {
  const day = floorDay(local);
  return isDate || day === local ? day : day + dayMs;
}
