/** Moving a series on the clock: everything in it goes as far as the one instance that was dragged (RFC 5545 §3.8.5). */
import type { SeriesStart } from '../instances/repeat.ts';
import { type DateTimeValue, dayMs, type Instant, instant, type LocalTime, localTime } from '../time.ts';
import type { ZoneResolver } from '../zones/timezone.ts';

export interface TimeMove {
  /** The value moved by the same time on the clock, in the form and zone of the new start. */
  readonly moved: (value: DateTimeValue) => DateTimeValue;
  /** The end that belongs to a moved start. */
  readonly endOf: (start: DateTimeValue) => DateTimeValue;
  /** A value as a rule sees it. */
  readonly clock: (value: DateTimeValue) => SeriesStart;
}

/** The move that takes an instance from `base` to `start`, with the new end `end`. */
export function timeMove(
  base: DateTimeValue,
  start: DateTimeValue,
  end: DateTimeValue,
  zones: ZoneResolver,
): TimeMove {
  const zone = zones.zoneOf(start);
  /** What the clock of the new start showed at a value. */
  const reading = (value: DateTimeValue): LocalTime => {
    if (value.kind === 'date') return value.local;
    if (start.kind === 'date') return localTime(Math.floor(ownClock(value) / dayMs) * dayMs);
    return value.kind === 'floating' && start.kind === 'floating'
      ? value.local
      : zone.toLocal(zones.toInstant(value));
  };
  const ownClock = (value: DateTimeValue): LocalTime =>
    value.kind === 'utc' ? zones.zoneOf(value).toLocal(value.instant) : value.local;
  const target = start.kind === 'utc' ? zone.toLocal(start.instant) : start.local;
  const byMs = target - reading(base);
  const lengthMs = zones.toInstant(end) - zones.toInstant(start);
  return {
    moved: (value) => formed(localTime(reading(value) + byMs), start),
    endOf(from) {
      if (from.kind === 'date' && start.kind === 'date' && end.kind === 'date')
        return { kind: 'date', local: localTime(from.local + end.local - start.local) };
      const at = instant(zones.toInstant(from) + lengthMs);
      return formed(localOf(at, end), end);
    },
    clock: (value) => ({ kind: value.kind, zone: zones.zoneOf(value), local: ownClock(value) }),
  };

  function localOf(at: Instant, like: DateTimeValue): LocalTime {
    return zones.zoneOf(like).toLocal(at);
  }

  /** A clock reading in the form of another value. */
  function formed(local: LocalTime, like: DateTimeValue): DateTimeValue {
    switch (like.kind) {
      case 'date':
        return { kind: 'date', local: localTime(Math.floor(local / dayMs) * dayMs) };
      case 'utc':
        return { kind: 'utc', instant: zones.zoneOf(like).toInstant(local) };
      case 'zoned':
        return { kind: 'zoned', local, tzid: like.tzid };
      case 'floating':
      default:
        return { kind: 'floating', local };
    }
  }
}
