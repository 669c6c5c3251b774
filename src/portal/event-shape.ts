/** Events between the API's words and those of the rules: times, repetitions, instances. */
import { Refusal } from '../core/refusal.ts';
import { ownAnswer } from '../icalendar/editing/answer.ts';
import { seriesStart } from '../icalendar/editing/series-edit.ts';
import { eventFacts } from '../icalendar/event-facts.ts';
import { dayOf, repeatOf, type Repeat as StoredRepeat } from '../icalendar/instances/repeat.ts';
import {
  type DateTimeValue,
  dayMs,
  type Instant,
  instant,
  type LocalTime,
  localTime,
} from '../icalendar/time.ts';
import { ianaZone, utc, type Zone, zoneResolver } from '../icalendar/zones/timezone.ts';
import { mayChange, mayRemove, recurrenceIdOf, zoneNameOf } from '../service/objects/drawn.ts';
import type { EventChange, OpenEvent, Target } from '../service/objects/events.ts';
import type { CustomRepeat, EventDetail, EventInput, EventPatch, EventTime, Repeat } from './api.ts';
import { timestamp } from './route.ts';

/** `2026-11-04T09:15:00`. */
function localText(at: LocalTime): string {
  const seconds = Math.floor((at - dayOf(at)) / 1000);
  const minute = Math.floor(seconds / 60);
  const clock = (clocks[minute] ??= `T${two(Math.floor(minute / 60))}:${two(minute % 60)}:`);
  return dayText(at) + clock + two(seconds % 60);
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** Texts by the minute of the day: `T09:15:`. */
const clocks: (string | undefined)[] = Array.from({ length: 1_440 });

/** A month of many calendars asks for the same few days thousands of times, and a `Date` writes each anew. */
const days = new Map<number, string>();
const maxDays = 4_000;

function dayText(at: LocalTime): string {
  const day = dayOf(at);
  let text = days.get(day);
  if (text === undefined) {
    if (days.size >= maxDays) days.clear();
    days.set(day, (text = new Date(day).toISOString().slice(0, 10)));
  }
  return text;
}

/** A clock reading or a day; undefined for what no calendar has. */
function localOf(text: string): LocalTime | undefined {
  const ms = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, text.length) !== text
    ? undefined
    : localTime(ms);
}

/** A day, or what the clock shows in a zone. */
export function shown(value: DateTimeValue, at: Instant, zone: Zone): string {
  if (value.kind === 'date') return dayText(value.local);
  return localText(value.kind === 'floating' ? value.local : zone.toLocal(at));
}

export function detailShape(
  { seen, uid, recurrenceId, zone }: Target,
  open: OpenEvent,
  guest: { readonly isGuest: boolean; readonly isOwn: (address: string) => boolean },
  own: ReadonlySet<string>,
): EventDetail {
  const {
    shown: { head, etag, shown: detail },
    object,
    instance,
    isSeries,
  } = open;
  const component = instance?.component ?? object.master ?? object.overrides[0];
  if (!component) throw new Refusal('not-found', 'there is no such event');
  const { organizer, ...facts } = eventFacts(component);
  const start: DateTimeValue = instance?.value ?? { kind: 'date', local: localTime(0) };
  const end: DateTimeValue = instance?.endValue ?? start;
  return {
    cal: String(seen.calendar.id),
    uid,
    etag,
    recurrenceId: recurrenceId === undefined || !instance ? null : recurrenceIdOf(instance),
    ...facts,
    start: timeShape(start),
    end: timeShape(end),
    repeat: repeatShape(open, zone),
    repeats: isSeries,
    organizer: organizer ?? null,
    readOnly: !mayChange(seen, head, own),
    canDelete: mayRemove(seen, head, own),
    isGuest: guest.isGuest,
    ownAnswer: ownAnswer(component, guest.isOwn) ?? null,
    detail,
    modified: timestamp(head.modified),
    local: {
      start: shown(start, instance?.start ?? instant(0), zone),
      end: shown(end, instance?.end ?? instant(0), zone),
      zone: zone.id,
    },
  };
}

function timeShape(value: DateTimeValue): EventTime {
  if (value.kind === 'date') return { date: dayText(value.local) };
  if (value.kind === 'utc') return { dateTime: localText(localTime(value.instant)), zone: 'UTC' };
  return { dateTime: localText(value.local), zone: zoneNameOf(value) ?? null };
}

function repeatShape({ object, instance, isSeries }: OpenEvent, zone: Zone): Repeat | CustomRepeat | null {
  const { master } = object;
  const rules = master?.all('RRULE') ?? [];
  const [rule] = rules;
  if (!isSeries || !rule || !instance)
    return isSeries && rules.length > 0 ? { rule: rule?.rawValue ?? '' } : null;
  const zones = zoneResolver(object.timezones, zone);
  const repeat =
    rules.length === 1 ? repeatOf(rule.rawValue, seriesStart(instance.recurrenceValue, zones)) : undefined;
  return repeat ? { ...repeat, ...formShape(repeat) } : { rule: rule.rawValue };
}

function formShape({ monthly, frequency, ends }: StoredRepeat): Pick<Repeat, 'monthly' | 'ends'> {
  const inMonth = frequency === 'monthly' || frequency === 'yearly';
  return {
    ...(inMonth && { monthly: monthly ?? 'day' }),
    ends: ends.is === 'on' ? { is: 'on', date: dayText(ends.day) } : ends,
  };
}

/** The change that an input or a patch means. Refuses times and zones that do not exist. */
export function changeOf(input: EventPatch): EventChange {
  const { start, end, repeat, cal: _, attendees, ...same } = input;
  return {
    ...same,
    ...(attendees && { attendees: attendees.map(({ address, name = '' }) => ({ address, name })) }),
    ...(start && { start: timeValue(start) }),
    ...(end && { end: timeValue(end) }),
    ...(repeat !== undefined && { repeat: repeat && storedRepeat(repeat) }),
  };
}

export function inputTimes({ start, end }: EventInput): {
  readonly start: DateTimeValue;
  readonly end: DateTimeValue;
} {
  return { start: timeValue(start), end: timeValue(end) };
}

function timeValue(time: EventTime): DateTimeValue {
  const text = 'date' in time ? time.date : time.dateTime;
  const local = localOf(text);
  if (local === undefined) throw new Refusal('malformed-request', `${text} is no day or time`);
  if ('date' in time) return { kind: 'date', local };
  if (time.zone === null) return { kind: 'floating', local };
  const zone = time.zone === 'UTC' ? utc : ianaZone(time.zone);
  if (!zone) throw new Refusal('invalid-property', `there is no time zone ${time.zone}`);
  return zone === utc ? { kind: 'utc', instant: instant(local) } : { kind: 'zoned', local, tzid: zone.id };
}

function storedRepeat(repeat: Repeat | CustomRepeat): StoredRepeat | string {
  if ('rule' in repeat) return repeat.rule;
  const { ends, monthly, ...same } = repeat;
  const day = ends.is === 'on' ? localOf(ends.date) : undefined;
  if (ends.is === 'on' && day === undefined) throw new Refusal('malformed-request', `${ends.date} is no day`);
  if (typeof monthly === 'object' && monthly.nth === 0)
    throw new Refusal('malformed-request', 'there is no 0th weekday');
  return {
    ...same,
    ...(typeof monthly === 'object' && { monthly }),
    ends: ends.is === 'on' ? { is: 'on', day: day ?? localTime(0) } : ends,
  };
}

/** An instant, or a day or clock reading in a zone. */
export function rangeEnd(text: string, zone: Zone): Instant {
  const isInstant = /[zZ]$|[+-]\d\d:\d\d$/.test(text);
  const at = isInstant ? Date.parse(text) : undefined;
  const local = isInstant ? undefined : localOf(text);
  if (at !== undefined && !Number.isNaN(at)) return instant(at);
  if (local === undefined) throw new Refusal('malformed-request', 'from and to are days or instants');
  return zone.toInstant(local);
}

/** The longest stretch of one question. */
export const maxRangeMs: number = 400 * dayMs;
