/** When alarms go off (RFC 5545 §3.6.6): for time-range filters on VALARM and for reminders that the server sends. */
import type { Component } from './component.ts';
import { endOf } from './instance-times.ts';
import { type Instance, type InstanceOptions, instances } from './instances.ts';
import type { CalendarObject } from './object.ts';
import { clockOf } from './period.ts';
import { dayMs, type Instant, instant, type TimeRange } from './time.ts';
import { type ZoneResolver, zoneResolver } from './timezone.ts';
import { type Duration, parseDateTime, parseDuration } from './value.ts';

/** Repetitions of one alarm beyond this many are not looked at. */
export const maxAlarmRepeats = 100;

export interface AlarmTime {
  readonly at: Instant;
  readonly alarm: Component;
  /** The component that has the alarm. */
  readonly component: Component;
  /** Absent for an alarm at a fixed time, which goes off once whatever the series does. */
  readonly instance: Instance | undefined;
}

/** Does `alarm`, one of those of `component`, go off in `range`? RFC 4791 §9.9: at its start or later, before its end. */
export function alarmInRange(
  object: CalendarObject,
  component: Component,
  alarm: Component,
  range: TimeRange,
  options: InstanceOptions,
): boolean {
  return !timesOf(object, component, alarm, range, options).next().done;
}

/** All alarms of an object in `range`, in no order; at most `maxInstances` instances are looked at for each. */
export function* alarmTimes(
  object: CalendarObject,
  range: TimeRange,
  options: InstanceOptions,
): Generator<AlarmTime> {
  const all = object.master ? [object.master, ...object.overrides] : object.overrides;
  for (const component of all) {
    for (const alarm of component.components) {
      if (alarm.name === 'VALARM') yield* timesOf(object, component, alarm, range, options);
    }
  }
}

function* timesOf(
  object: CalendarObject,
  component: Component,
  alarm: Component,
  range: TimeRange,
  options: InstanceOptions,
): Generator<AlarmTime> {
  const repeats = repeatsOf(alarm);
  const fixed = absoluteTrigger(alarm);
  if (fixed !== undefined) {
    for (const at of repeated(fixed, repeats, range)) yield { at, alarm, component, instance: undefined };
    return;
  }
  const trigger = relativeTrigger(alarm);
  if (!trigger) return;
  const zones = zoneResolver(object.timezones, options.zone);
  for (const instance of instances(object, reachable(range, trigger, repeats), options)) {
    if (instance.component !== component) continue;
    const first = triggerInstant(instance, trigger, zones);
    if (!Number.isFinite(first)) continue;
    for (const at of repeated(first, repeats, range)) yield { at, alarm, component, instance };
  }
}

interface Trigger {
  readonly related: 'START' | 'END';
  readonly days: number;
  readonly ms: number;
}

interface Repeats {
  readonly count: number;
  readonly pauseMs: number;
}

function absoluteTrigger(alarm: Component): Instant | undefined {
  const value = parseDateTime(alarm.first('TRIGGER')?.rawValue ?? '');
  return value?.kind === 'utc' ? value.instant : undefined;
}

function relativeTrigger(alarm: Component): Trigger | undefined {
  const property = alarm.first('TRIGGER');
  const duration = property && parseDuration(property.rawValue);
  if (!duration) return undefined;
  return {
    related: property.param('RELATED')?.toUpperCase() === 'END' ? 'END' : 'START',
    ...lengthOf(duration),
  };
}

function lengthOf({ weeks, days, ms }: Duration): { readonly days: number; readonly ms: number } {
  return { days: weeks * 7 + days, ms };
}

/** REPEAT and DURATION come together or not at all (RFC 5545 §3.8.6.2). */
function repeatsOf(alarm: Component): Repeats {
  const written = alarm.first('REPEAT')?.rawValue.trim() ?? '';
  const pause = parseDuration(alarm.first('DURATION')?.rawValue ?? '');
  if (!pause || !/^\d{1,9}$/.test(written)) return { count: 0, pauseMs: 0 };
  const { days, ms } = lengthOf(pause);
  return { count: Math.min(Number(written), maxAlarmRepeats), pauseMs: Math.max(0, days * dayMs + ms) };
}

function* repeated(first: Instant, { count, pauseMs }: Repeats, range: TimeRange): Generator<Instant> {
  for (let n = 0; n <= count; n++) {
    const at = instant(first + n * pauseMs);
    if (at >= range.start && at < range.end) yield at;
  }
}

/** Where instances lie whose alarm can go off in `range`. Clocks that are turned move days by less than a day. */
function reachable(range: TimeRange, trigger: Trigger, repeats: Repeats): TimeRange {
  const offset = trigger.days * dayMs + trigger.ms;
  const doubt = trigger.days === 0 ? 1 : dayMs;
  return {
    start: instant(range.start - offset - repeats.count * repeats.pauseMs - doubt),
    end: instant(range.end - offset + doubt),
  };
}

function triggerInstant(instance: Instance, trigger: Trigger, zones: ZoneResolver): Instant {
  const end = trigger.related === 'END';
  const at = end ? instance.end : instance.start;
  if (trigger.days === 0 || !Number.isFinite(at)) return instant(at + trigger.ms);
  const value = end ? instance.endValue : instance.value;
  return endOf(zones.zoneOf(value), clockOf(value), at, trigger);
}
