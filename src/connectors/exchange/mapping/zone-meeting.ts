/** `MeetingTimeZone`: how Exchange 2007 is told the zone of a series, and tells it (exchange.md 12.1). */
import { localTime } from '../../../icalendar/time.ts';
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { child, make, makeText, textOf } from '../wire/elements.ts';
import { durationText, localText, readDay, readDuration, readInstant } from './date-text.ts';
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

/** Undefined where it only names a zone. */
export function readMeetingTimeZone(element: XmlElement | undefined): Era | undefined {
  const bias = readDuration(textOf(element, 'BaseOffset') ?? '');
  if (element === undefined || bias === undefined || Math.abs(bias) > maxOffset) return undefined;
  const [standard, daylight] = ['Standard', 'Daylight'].map((kind) =>
    readTimeChange(child(element, kind), -bias),
  );
  if (!standard || !daylight) return { from: null, offset: -bias || 0, changes: [] };
  const changes = [
    { ...standard, offsetFrom: daylight.offsetTo },
    { ...daylight, offsetFrom: standard.offsetTo },
  ].sort((one, other) => one.month - other.month);
  return { from: null, offset: changes.at(-1)?.offsetTo ?? 0, changes };
}

const maxOffset = 15 * 3_600_000;

/** `base`: the offset of the zone, from which those of its changes are told. */
function readTimeChange(
  element: XmlElement | undefined,
  base: number,
): Omit<EraChange, 'offsetFrom'> | undefined {
  const ahead = readDuration(textOf(element, 'Offset') ?? 'PT0S');
  const clock = readInstant(`1970-01-01T${textOf(element, 'Time')?.trim() ?? ''}`);
  const when = readYearDay(element);
  if (ahead === undefined || Math.abs(base - ahead) > maxOffset || clock === undefined || !when)
    return undefined;
  return { ...when, time: clock, offsetTo: base - ahead || 0 };
}

function readYearDay(element: XmlElement | undefined): Pick<EraChange, 'month' | 'day'> | undefined {
  const date = readDay(textOf(element, 'AbsoluteDate') ?? '');
  if (date !== undefined) {
    const at = new Date(date);
    return { month: at.getUTCMonth() + 1, day: { date: at.getUTCDate() } };
  }
  const rule = child(element, 'RelativeYearlyRecurrence');
  const month = monthWords.indexOf(textOf(rule, 'Month')?.trim() ?? '') + 1;
  const weekday = weekdayWords.indexOf(textOf(rule, 'DaysOfWeek')?.trim() ?? '');
  const word = textOf(rule, 'DayOfWeekIndex')?.trim();
  const ordinal = [...indexWords].find(([, name]) => name === word)?.[0];
  return month === 0 || weekday < 0 || ordinal === undefined
    ? undefined
    : { month, day: { weekday, ordinal } };
}
