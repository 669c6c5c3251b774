/** What the full form holds while it is edited, and what it becomes: dates and times as the inputs write them. */
import type {
  CustomRepeat,
  EventDetail,
  EventInput,
  EventTime,
  Preferences,
  Repeat,
  Weekday,
} from '../../portal/api.ts';
import { addDays, dayMs, wall, wallText, zone } from '../dates.ts';
import type { Draft } from '../state/app-state.ts';

export type RepeatChoice = 'none' | 'daily' | 'weekdays' | 'weekly' | 'monthly' | 'yearly' | 'custom';

export interface FormValues {
  readonly title: string;
  readonly cal: string;
  readonly allDay: boolean;
  readonly startDay: string;
  readonly startTime: string;
  /** Inclusive for whole days, as people say it. */
  readonly endDay: string;
  readonly endTime: string;
  /** Null: floating. */
  readonly startZone: string | null;
  readonly endZone: string | null;
  readonly repeat: RepeatChoice;
  /** What `custom` keeps. */
  readonly rule: string;
  readonly interval: number;
  readonly weekdays: readonly Weekday[];
  readonly monthlyBy: 'day' | 'weekday';
  readonly ends: 'never' | 'on' | 'after';
  readonly until: string;
  readonly count: number;
  readonly location: string;
  readonly description: string;
  readonly reminders: readonly number[];
  readonly busy: boolean;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly privacy: 'public' | 'private' | 'confidential';
  readonly categories: readonly string[];
  readonly attendees: readonly { readonly address: string; readonly name: string }[];
  readonly links: readonly { readonly url: string; readonly label: string }[];
}

export const weekdays: readonly Weekday[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const workdays: readonly Weekday[] = ['MO', 'TU', 'WE', 'TH', 'FR'];

export function weekdayOf(day: string): Weekday {
  return weekdays[(new Date(wall(day)).getUTCDay() + 6) % 7] ?? 'MO';
}

/** The how-manieth of its weekday in the month a day is; -1 for the last where it is the fifth. */
export function nthOf(day: string): number {
  const nth = Math.ceil(Number(day.slice(8, 10)) / 7);
  return nth === 5 ? -1 : nth;
}

export function valuesOfDraft(draft: Draft, cal: string, preferences: Preferences | undefined): FormValues {
  const reminder = preferences?.defaultReminder;
  return {
    ...unchosen,
    title: draft.title,
    cal: draft.cal ?? cal,
    ...times(draft.start, draft.end, draft.allDay),
    startZone: zone(),
    endZone: zone(),
    weekdays: [weekdayOf(draft.start)],
    until: addDays(draft.start, 90),
    reminders: typeof reminder === 'number' ? [reminder] : [],
  };
}

const unchosen = {
  repeat: 'none',
  rule: '',
  interval: 1,
  monthlyBy: 'day',
  ends: 'never',
  count: 10,
  location: '',
  description: '',
  busy: true,
  status: 'confirmed',
  privacy: 'public',
  categories: [],
  attendees: [],
  links: [],
} as const;

export function valuesOfDetail(detail: EventDetail): FormValues {
  const { start, end } = detail;
  const allDay = 'date' in start;
  const startText = 'date' in start ? start.date : start.dateTime;
  const endText = 'date' in end ? end.date : end.dateTime;
  return {
    ...unchosen,
    ...detail,
    ...times(startText, endText, allDay),
    startZone: 'date' in start ? zone() : start.zone,
    endZone: 'date' in end ? zone() : end.zone,
    weekdays: [weekdayOf(startText)],
    until: addDays(startText, 90),
    repeat: 'none',
    ...repeatValues(detail.repeat),
  };
}

function times(
  start: string,
  end: string,
  allDay: boolean,
): Pick<FormValues, 'allDay' | 'startDay' | 'startTime' | 'endDay' | 'endTime'> {
  const startDay = start.slice(0, 10);
  const last = allDay ? addDays(end, -1) : end.slice(0, 10);
  return {
    allDay,
    startDay,
    startTime: allDay ? '09:00' : start.slice(11, 16),
    endDay: last < startDay ? startDay : last,
    endTime: allDay ? '10:00' : end.slice(11, 16),
  };
}

export function repeatValues(repeat: Repeat | CustomRepeat | null): Partial<FormValues> {
  if (repeat === null) return {};
  if ('rule' in repeat) return { repeat: 'custom', rule: repeat.rule };
  const days = repeat.weekdays ?? [];
  const isWorkdays =
    repeat.frequency === 'weekly' &&
    repeat.interval === 1 &&
    days.length === workdays.length &&
    workdays.every((day) => days.includes(day));
  return {
    repeat: isWorkdays ? 'weekdays' : repeat.frequency,
    interval: repeat.interval,
    ...(days.length > 0 && { weekdays: days }),
    monthlyBy: typeof repeat.monthly === 'object' ? 'weekday' : 'day',
    ends: repeat.ends.is,
    ...(repeat.ends.is === 'on' && { until: repeat.ends.date }),
    ...(repeat.ends.is === 'after' && { count: repeat.ends.count }),
  };
}

export function inputOfValues(values: FormValues): EventInput {
  const { title, location, description, reminders, busy, status, privacy, categories, attendees } = values;
  return {
    title: title.trim(),
    start: timeOf(values.allDay, values.startDay, values.startTime, values.startZone),
    end: timeOf(
      values.allDay,
      values.allDay ? addDays(values.endDay, 1) : values.endDay,
      values.endTime,
      values.endZone,
    ),
    location,
    description,
    repeat: repeatOf(values),
    reminders,
    busy,
    status,
    privacy,
    categories,
    attendees,
    links: values.links.filter(({ url }) => url !== ''),
  };
}

function timeOf(allDay: boolean, day: string, time: string, timeZone: string | null): EventTime {
  return allDay ? { date: day } : { dateTime: `${day}T${time}:00`, zone: timeZone };
}

export function repeatOf(values: FormValues): Repeat | CustomRepeat | null {
  if (values.repeat === 'none') return null;
  if (values.repeat === 'custom') return { rule: values.rule };
  const ends: Repeat['ends'] =
    values.ends === 'on'
      ? { is: 'on', date: values.until }
      : values.ends === 'after'
        ? { is: 'after', count: values.count }
        : { is: 'never' };
  if (values.repeat === 'weekdays') return { frequency: 'weekly', interval: 1, weekdays: workdays, ends };
  const isByWeekday = values.repeat === 'monthly' && values.monthlyBy === 'weekday';
  return {
    frequency: values.repeat,
    interval: values.interval,
    ...(values.repeat === 'weekly' && values.weekdays.length > 0 && { weekdays: values.weekdays }),
    ...(isByWeekday && { monthly: { nth: nthOf(values.startDay), weekday: weekdayOf(values.startDay) } }),
    ends,
  };
}

/** Only what differs from what the form began with, so that what nobody touched is not written. */
export function difference(before: EventInput, after: EventInput): Partial<EventInput> {
  const known: Readonly<Record<string, unknown>> = { ...before };
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name]),
  );
  // The entries are those of an EventInput.
  const patch = Object.fromEntries(changed) as Partial<EventInput>;
  // Start and end are told together: one alone could be of the other's kind.
  return patch.start || patch.end ? { ...patch, start: after.start, end: after.end } : patch;
}

/** A later start takes the end along. */
export function withStart(
  values: FormValues,
  patch: Pick<Partial<FormValues>, 'startDay' | 'startTime'>,
): FormValues {
  const next = { ...values, ...patch };
  // Half typed: the field keeps what is in it, and the form what it was before.
  if (next.startDay === '' || next.startTime === '') return values;
  const length =
    wall(`${values.endDay}T${values.endTime}:00`) - wall(`${values.startDay}T${values.startTime}:00`);
  if (Number.isNaN(length)) return next;
  if (values.allDay) {
    const days = Math.max(0, wall(values.endDay) - wall(values.startDay)) / dayMs;
    return { ...next, endDay: addDays(next.startDay, days) };
  }
  const end = wallText(wall(`${next.startDay}T${next.startTime}:00`) + Math.max(0, length));
  return { ...next, endDay: end.slice(0, 10), endTime: end.slice(11, 16) };
}
