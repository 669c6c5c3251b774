/** When alarms go off (RFC 5545 §3.6.6), for time ranges on VALARM (RFC 4791 §9.9) and for reminders. */
import type { Component } from '../component.ts';
import { type DateTimeValue, dayMs, type Instant, instant, localTime, type TimeRange } from '../time.ts';
import { type Duration, durationMs, parseDuration } from '../value.ts';
import { type ZoneResolver, zoneResolver } from '../zones/timezone.ts';
import { dateTimeOf } from './instance-times.ts';
import { type Instance, type InstanceOptions, instances, type RecurringObject } from './instances.ts';

/** The times at which one alarm of one instance goes off: first, and `count - 1` times more, `everyMs` apart. */
export interface AlarmTimes {
  readonly first: Instant;
  readonly count: number;
  readonly everyMs: number;
}

/**
 * When an alarm goes off; `undefined` if its TRIGGER says nothing or counts from something that is not there: an alarm
 * that needs an instance and gets none, or a to-do without dates. Days follow the clock, hours are exact. REPEAT may be any
 * number: ask `alarmRings`.
 */
export function alarmTimes(
  alarm: Component,
  instance: Instance | undefined,
  zones: ZoneResolver,
): AlarmTimes | undefined {
  const first = triggerTime(alarm, instance, zones);
  return first === undefined || !Number.isFinite(first) ? undefined : { first, ...repetition(alarm) };
}

function triggerTime(
  alarm: Component,
  instance: Instance | undefined,
  zones: ZoneResolver,
): Instant | undefined {
  const trigger = alarm.first('TRIGGER');
  const duration = trigger && parseDuration(trigger.rawValue);
  if (!duration) {
    const at = dateTimeOf(trigger);
    return at && zones.toInstant(at);
  }
  if (!instance) return undefined;
  if (trigger.param('RELATED')?.toUpperCase() === 'END') {
    return after(instance.endValue, instance.end, duration, zones);
  }
  // A to-do with DUE alone starts and ends at DUE.
  return after(instance.value, instance.start, duration, zones);
}

function after(value: DateTimeValue, at: Instant, duration: Duration, zones: ZoneResolver): Instant {
  const days = duration.weeks * 7 + duration.days;
  if (days === 0) return instant(at + duration.ms);
  const zone = zones.zoneOf(value);
  return instant(zone.toInstant(localTime(zone.toLocal(at) + days * dayMs)) + duration.ms);
}

/** REPEAT and DURATION; only both together repeat. */
function repetition(alarm: Component): Omit<AlarmTimes, 'first'> {
  const everyMs = durationMs(durationOf(alarm, 'DURATION') ?? zero);
  const repeat = /^\d{1,9}$/.exec(alarm.first('REPEAT')?.rawValue.trim() ?? '')?.[0] ?? '0';
  return everyMs > 0 ? { count: 1 + Number(repeat), everyMs } : { count: 1, everyMs: 0 };
}

const zero: Duration = { weeks: 0, days: 0, ms: 0 };

/** Whether one of the times lies in `[range.start, range.end)`. */
export function alarmRings({ first, count, everyMs }: AlarmTimes, range: TimeRange): boolean {
  if (first >= range.end) return false;
  if (first >= range.start) return true;
  if (count === 1) return false;
  const step = Math.ceil((range.start - first) / everyMs);
  return step < count && first + step * everyMs < range.end;
}

/** An alarm that goes off, and when. */
export interface RingingAlarm {
  readonly alarm: Component;
  /** The component that holds it. */
  readonly component: Component;
  /** The instance that TRIGGER counts from; absent for an absolute time. */
  readonly instance: Instance | undefined;
  readonly times: AlarmTimes;
}

export interface RingingCursor extends Iterable<RingingAlarm> {
  /** Whether a bound ended the search early; known only at the end. */
  readonly truncated: boolean;
}

/**
 * The alarms of an object that go off in `range`, whatever instance they belong to: one that rings a week before an
 * instance of next week is found today. Absolute alarms come first, then the others in order of instances.
 */
export function ringingAlarms(
  object: RecurringObject,
  range: TimeRange,
  options: InstanceOptions,
): RingingCursor {
  return new Ringing(object, range, options);
}

/** The most alarms that one question looks at. */
const maxAlarms = 100_000;

class Ringing implements RingingCursor {
  truncated = false;
  private readonly object: RecurringObject;
  private readonly range: TimeRange;
  private readonly options: InstanceOptions;

  constructor(object: RecurringObject, range: TimeRange, options: InstanceOptions) {
    this.object = object;
    this.range = range;
    this.options = options;
  }

  *[Symbol.iterator](): Generator<RingingAlarm> {
    const { object, range } = this;
    const zones = zoneResolver(object.timezones, this.options.zone);
    const alarms = alarmsOf(object);
    for (const { component, alarm, relative } of alarms) {
      if (relative) continue;
      const times = alarmTimes(alarm, undefined, zones);
      if (times && alarmRings(times, range)) yield { alarm, component, instance: undefined, times };
    }
    const relative = alarms.filter((alarm) => alarm.relative);
    if (relative.length > 0) yield* this.ofInstances(relative, zones);
  }

  private *ofInstances(alarms: readonly HeldAlarm[], zones: ZoneResolver): Generator<RingingAlarm> {
    const { range } = this;
    const cursor = instances(this.object, reachedFrom(alarms, range), this.options);
    let left = maxAlarms;
    for (const instance of cursor) {
      for (const { component, alarm } of alarms) {
        if (component !== instance.component) continue;
        const times = alarmTimes(alarm, instance, zones);
        if (times && alarmRings(times, range)) yield { alarm, component, instance, times };
      }
      left -= alarms.length;
      if (left < 0) break;
    }
    this.truncated = cursor.truncated || left < 0;
  }
}

interface HeldAlarm {
  readonly component: Component;
  readonly alarm: Component;
  /** Whether TRIGGER counts from the instance. */
  readonly relative: boolean;
}

function alarmsOf({ master, overrides }: RecurringObject): readonly HeldAlarm[] {
  const held: HeldAlarm[] = [];
  for (const component of master ? [master, ...overrides] : overrides) {
    for (const alarm of component.components) {
      if (alarm.name !== 'VALARM') continue;
      held.push({ component, alarm, relative: durationOf(alarm, 'TRIGGER') !== undefined });
    }
  }
  return held;
}

function durationOf(component: Component, name: string): Duration | undefined {
  const property = component.first(name);
  return property && parseDuration(property.rawValue);
}

/** The range in which instances may lie whose alarms ring in `range`. */
function reachedFrom(alarms: readonly HeldAlarm[], range: TimeRange): TimeRange {
  let before = 0;
  let behind = 0;
  for (const { alarm } of alarms) {
    const offset = durationMs(durationOf(alarm, 'TRIGGER') ?? zero);
    const { count, everyMs } = repetition(alarm);
    // Where clocks are turned, nominal days are longer or shorter, by less than a day.
    before = Math.max(before, dayMs - offset);
    behind = Math.max(behind, dayMs + offset + everyMs * (count - 1));
  }
  return { start: instant(range.start - behind), end: instant(range.end + before) };
}
