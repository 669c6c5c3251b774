/** Times of iCalendar properties as an event's own, with the definitions of zones that have no name (RFC 5545 §3.3.5). */
import type { Component } from '../../icalendar/component.ts';
import { walkRule } from '../../icalendar/recurrence/recur.ts';
import {
  ofWholeDays,
  parseRecurrenceRule,
  type RecurrenceRule,
} from '../../icalendar/recurrence/recur-rule.ts';
import {
  type DateTimeValue,
  dayMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
  minuteMs,
  secondMs,
} from '../../icalendar/time.ts';
import { contentLine } from '../../icalendar/value.ts';
import { customZoneText } from '../../icalendar/zones/custom-zone.ts';
import { isUtc, utc, type Zone, type ZoneResolver, zoneResolver } from '../../icalendar/zones/timezone.ts';
import type { EventTime, RecurrenceKey } from '../event.ts';
import { normalRule, ruleText } from '../rule.ts';
import { clockText, dayText } from '../series.ts';

/** Reads the times of one object, and remembers the zones that only this object defines. */
export class TimeReader {
  readonly zones: ZoneResolver;
  readonly defined: Record<string, string> = {};
  private readonly timezones: ReadonlyMap<string, Component>;

  constructor(timezones: ReadonlyMap<string, Component>, fallback: Zone) {
    this.timezones = timezones;
    this.zones = zoneResolver(timezones, fallback);
  }

  time(value: DateTimeValue): EventTime {
    if (value.kind === 'date') return { date: dayText(value.local) };
    if (value.kind === 'utc') return { local: clockText(value.instant), zone: 'UTC' };
    return this.onClock(
      this.zones.zoneOf(value),
      value.local,
      value.kind === 'zoned' ? value.tzid : undefined,
    );
  }

  /** An instant in the zone in which `like` is written; in UTC where the clock shows the same time twice. */
  timeLike(at: Instant, like: DateTimeValue): EventTime {
    const zone = this.zones.zoneOf(like);
    if (zone.toInstant(zone.toLocal(at)) !== at) return { local: clockText(at), zone: 'UTC' };
    return this.onClock(zone, zone.toLocal(at), like.kind === 'zoned' ? like.tzid : undefined);
  }

  private onClock(zone: Zone, local: LocalTime, tzid: string | undefined): EventTime {
    if (isUtc(zone)) return { local: clockText(local), zone: 'UTC' };
    if (!zone.custom) return { local: clockText(local), zone: zone.id };
    const name = tzid?.trim() ?? '';
    const definition = this.timezones.get(tzid ?? '') ?? this.timezones.get(name);
    // A zone of the calendar itself, which has no name to be told by.
    if (name === '' || (definition === undefined && zone === this.zones.fallback)) {
      return { local: clockText(zone.toInstant(local)), zone: 'UTC' };
    }
    this.defined[name] ??= definition ? definitionOf(name, definition) : fixedZone(name, zone);
    return { local: clockText(local), zone: name };
  }

  /**
   * Which instance a RECURRENCE-ID, EXDATE or RDATE means, for a series that starts at `start`. A day in a timed series means
   * its usual time on that day; a time without a zone is on the clock of the series (docs/recurrence.md).
   */
  key(value: DateTimeValue, start: DateTimeValue): RecurrenceKey {
    const zone = this.zones.zoneOf(start);
    if (start.kind === 'date') {
      return dayText(value.kind === 'utc' ? zone.toLocal(value.instant) : value.local);
    }
    return `${clockText(this.zones.toInstant(this.onClockOf(start, value)))}Z`;
  }

  /** A date of a series that starts at `start` at a time, as that is written. */
  onClockOf(start: DateTimeValue, value: DateTimeValue): DateTimeValue {
    if (start.kind === 'date' || value.kind === 'utc' || value.kind === 'zoned') return value;
    const clock = start.kind === 'utc' ? start.instant : start.local;
    const timeMs = value.kind === 'date' ? clock - Math.floor(clock / dayMs) * dayMs : 0;
    const local = localTime(value.local + timeMs);
    return start.kind === 'utc' ? { kind: 'utc', instant: instant(local) } : { ...start, local };
  }

  /**
   * A rule in its one spelling: UNTIL is a day in a series of days, and an instant in any other; of UNTIL and COUNT only the
   * one that ends the series.
   */
  rule(text: string, start: DateTimeValue): string {
    const { rule: written } = parseRecurrenceRule(text);
    const rule = written && start.kind === 'date' ? ofWholeDays(written) : written;
    if (!rule || (!rule.until && rule === written)) return normalRule(text);
    return ruleText(this.endedOnce({ ...rule, until: rule.until && this.until(rule.until, start) }, start));
  }

  private endedOnce(rule: RecurrenceRule, start: DateTimeValue): RecurrenceRule {
    const { count, until } = rule;
    if (count === undefined || !until) return rule;
    const local = start.kind === 'utc' ? localTime(start.instant) : start.local;
    const last = until.kind === 'utc' ? this.zones.zoneOf(start).toLocal(until.instant) : until.local;
    const budget = { left: maxCounted };
    const walk = walkRule(rule, local, { from: local, until: last, budget, start: 'counts' });
    let found = 1;
    while (!Number.isNaN(walk.next())) found++;
    if (budget.left < 0) return rule;
    return found >= count ? { ...rule, until: undefined } : { ...rule, count: undefined };
  }

  private until(until: NonNullable<RecurrenceRule['until']>, start: DateTimeValue): RecurrenceRule['until'] {
    const zone = this.zones.zoneOf(start);
    if (start.kind === 'date') {
      const local = until.kind === 'utc' ? zone.toLocal(until.instant) : until.local;
      return { kind: 'date', local: localTime(Math.floor(local / dayMs) * dayMs) };
    }
    if (until.kind === 'utc') return until;
    const local = until.kind === 'date' ? localTime(until.local + dayMs - secondMs) : until.local;
    return { kind: 'utc', instant: zone.toInstant(local) };
  }
}

/** Periods that are looked at to know which end of a rule comes first. */
const maxCounted = 20_000;

/** The definition under the name by which times refer to it. */
function definitionOf(name: string, definition: Component): string {
  return customZoneText(definition).replace(/^TZID[:;][^\r\n]*(\r?\n[ \t][^\r\n]*)*\r?\n/m, () =>
    contentLine('TZID', name),
  );
}

/** A zone whose name says its offset. */
function fixedZone(name: string, zone: Zone): string {
  const minutes = Math.round((zone.toLocal(utc.toInstant(localTime(0))) - 0) / minuteMs);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}${two(Math.abs(minutes) % 60)}`;
  return [
    'BEGIN:VTIMEZONE\r\n',
    contentLine('TZID', name),
    'BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n',
    contentLine('TZOFFSETFROM', offset),
    contentLine('TZOFFSETTO', offset),
    'END:STANDARD\r\nEND:VTIMEZONE\r\n',
  ].join('');
}
