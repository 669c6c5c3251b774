/** Times of iCalendar properties as an event's own, with the definitions of zones that have no name (RFC 5545 §3.3.5). */
import type { Component } from '../../icalendar/component.ts';
import { customZoneText } from '../../icalendar/custom-zone.ts';
import { parseRecurrenceRule, type RecurrenceRule } from '../../icalendar/recur-rule.ts';
import {
  type DateTimeValue,
  dayMs,
  type Instant,
  type LocalTime,
  localTime,
  minuteMs,
  secondMs,
} from '../../icalendar/time.ts';
import { isUtc, utc, type Zone, type ZoneResolver, zoneResolver } from '../../icalendar/timezone.ts';
import { contentLine } from '../../icalendar/value.ts';
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

  /** An instant in the zone in which `like` is written. */
  timeLike(at: Instant, like: DateTimeValue): EventTime {
    const zone = this.zones.zoneOf(like);
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
   * Which instance a RECURRENCE-ID or EXDATE means, for a series that starts at `start`. A day in a timed series means its
   * usual time on that day.
   */
  key(value: DateTimeValue, start: DateTimeValue): RecurrenceKey {
    const zone = this.zones.zoneOf(start);
    if (start.kind === 'date') {
      return dayText(value.kind === 'utc' ? zone.toLocal(value.instant) : value.local);
    }
    if (value.kind !== 'date') return `${clockText(this.zones.toInstant(value))}Z`;
    const clock = start.kind === 'utc' ? start.instant : start.local;
    const local = localTime(value.local + clock - Math.floor(clock / dayMs) * dayMs);
    return `${clockText(zone.toInstant(local))}Z`;
  }

  /** A rule in its one spelling: UNTIL is a day in a series of days, and an instant in any other. */
  rule(text: string, start: DateTimeValue): string {
    const { rule } = parseRecurrenceRule(text);
    if (!rule?.until) return normalRule(text);
    return ruleText({ ...rule, until: this.until(rule.until, start) });
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
