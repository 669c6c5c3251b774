/** `MeetingTimeZone`: how a series is told its zone by Exchange 2007 (exchange.md 12.1). */
import { localTime } from '../../../icalendar/time.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import { make, makeText } from '../wire/elements.ts';
import { durationText, localText } from './date-text.ts';
import { indexWords, monthWords, weekdayWords } from './pattern.ts';
import type { Era, EraChange } from './zone-eras.ts';
import type { WireZone } from './zones.ts';

export function meetingTimeZone(zone: WireZone): DocumentElement {
  if ('id' in zone) return make('MeetingTimeZone', [], { TimeZoneName: zone.id });
  // It knows one rule for all years: the last, which is the one in force.
  const era: Era = zone.eras.at(-1) ?? { from: null, offset: 0, changes: [] };
  const base = Math.min(era.offset, ...era.changes.map(({ offsetTo }) => offsetTo));
  const baseOffset = makeText('BaseOffset', durationText(-base));
  const standard = era.changes.find(({ offsetTo }) => offsetTo === base);
  const daylight = era.changes.find(({ offsetTo }) => offsetTo > base);
  if (!standard || !daylight) return make('MeetingTimeZone', [baseOffset], { TimeZoneName: zone.name });
  return make(
    'MeetingTimeZone',
    [baseOffset, timeChange('Standard', standard, base), timeChange('Daylight', daylight, base)],
    { TimeZoneName: zone.name },
  );
}

/** Nothing but weekdays can be repeated here: a fixed date becomes the Monday of its week of the month. */
function timeChange(local: string, change: EraChange, base: number): DocumentElement {
  const { day, month } = change;
  const weekday = 'date' in day ? 0 : day.weekday;
  const ordinal = 'date' in day ? Math.min(5, Math.ceil(day.date / 7)) : day.ordinal;
  const index = indexWords.get(ordinal > 4 ? -1 : ordinal) ?? 'Last';
  return make(local, [
    makeText('Offset', durationText(base - change.offsetTo)),
    make('RelativeYearlyRecurrence', [
      makeText('DaysOfWeek', weekdayWords[weekday] ?? ''),
      makeText('DayOfWeekIndex', index),
      makeText('Month', monthWords[month - 1] ?? ''),
    ]),
    makeText('Time', localText(localTime(change.time)).slice(11)),
  ]);
}
