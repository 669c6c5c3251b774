/** Calendar items that a client writes as an iCalendar object inside MimeContent, as DavMail does. */
import type { Draft } from './draft.ts';
import { EwsError } from './failure.ts';
import { dateOf, dayFrom, dayMs, daysOf, type Pattern, type Recurrence } from './recurrence.ts';
import type { Attendee } from './store.ts';
import { utcZone, type Zone, zoneIds, zoneNamed } from './zones.ts';

interface Line {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: string;
}

/** The draft that the object's first event stands for; what `given` says otherwise wins. */
export function draftOfMime(mime: string, given: Draft): Draft {
  const lines = linesOf(mime);
  const begin = lines.findIndex(({ name, value }) => name === 'BEGIN' && value === 'VEVENT');
  const end = lines.findIndex(({ name, value }, i) => i > begin && name === 'END' && value === 'VEVENT');
  if (begin < 0 || end < 0)
    throw new EwsError('ErrorMimeContentInvalid', 'The MIME content is no calendar object.');
  const event = lines.slice(begin + 1, end);
  const alarm = event.findIndex(({ name }) => name === 'BEGIN');
  const own = alarm < 0 ? event : event.slice(0, alarm);
  const draft: Draft = { ...given };
  const line = (name: string): Line | undefined => own.find((one) => one.name === name);
  const text = (name: string): string | undefined =>
    line(name)
      ?.value.replace(/\\n/gi, '\n')
      .replace(/\\([\\;,])/g, '$1');
  takeTexts(draft, text);
  takeTimes(draft, line('DTSTART'), line('DTEND'));
  const rule = line('RRULE');
  if (rule && draft.startText !== undefined) draft.recurrence = recurrenceOf(rule.value, draft.startText);
  const attendees = own.filter(({ name }) => name === 'ATTENDEE').map(attendeeOf);
  if (attendees.length > 0) draft.content.required = attendees;
  const trigger = event.find(({ name }) => name === 'TRIGGER')?.value ?? '';
  const [, hours = '0', minutes = '0'] = /^-PT(?:(\d+)H)?(?:(\d+)M)?/.exec(trigger) ?? [];
  draft.content.reminderSet = trigger !== '';
  if (trigger !== '') draft.content.reminderMinutes = Number(hours) * 60 + Number(minutes);
  // Kept in the item's own words otherwise, so that what is read is what the fake understood.
  delete draft.mime;
  return draft;
}

function takeTexts(draft: Draft, text: (name: string) => string | undefined): void {
  const { content } = draft;
  const uid = text('UID');
  if (uid !== undefined) draft.uid = uid;
  content.subject = text('SUMMARY') ?? '';
  const description = text('DESCRIPTION');
  if (description !== undefined) content.body = { html: false, text: description };
  const location = text('LOCATION');
  if (location !== undefined) content.location = location;
  content.busy = text('TRANSP') === 'TRANSPARENT' ? 'Free' : 'Busy';
  content.sensitivity =
    (text('CLASS') ?? 'PUBLIC') === 'PUBLIC'
      ? 'Normal'
      : text('CLASS') === 'CONFIDENTIAL'
        ? 'Confidential'
        : 'Private';
}

function takeTimes(draft: Draft, start: Line | undefined, end: Line | undefined): void {
  if (!start) return;
  const zone = zoneOf(start.parameters['TZID']);
  const allDay = start.parameters['VALUE'] === 'DATE';
  draft.content.allDay = allDay;
  draft.startZone ??= zone;
  draft.endZone ??= zone;
  draft.startText = timeText(start);
  if (end) draft.endText = timeText(end);
  else if (allDay) draft.endText = `${dateOf(dayFrom(draft.startText) + 1)}T00:00:00`;
}

function timeText({ value }: Line): string {
  const [, year, month, day, hour = '00', minute = '00', second = '00', utc = ''] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?/.exec(value) ?? [];
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${utc}`;
}

/** By its Windows name, or by whatever known zone has the same clocks all through this year. */
function zoneOf(tzid: string | undefined): Zone {
  if (tzid === undefined) return utcZone();
  const named = zoneNamed(tzid);
  if (named) return named;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: tzid,
      timeZoneName: 'longOffset',
      year: 'numeric',
    });
  } catch {
    return utcZone(); // No name that the runtime knows.
  }
  const offset = (at: number): number => {
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
  const moments = Array.from({ length: 24 }, (_, i) => Date.UTC(2026, 0, 10) + i * 15 * dayMs);
  const like = zoneIds.find((id) => moments.every((at) => zoneNamed(id)?.offset(at) === offset(at)));
  return (like === undefined ? undefined : zoneNamed(like)) ?? utcZone();
}

const weekdays: Readonly<Record<string, string>> = {
  SU: 'Sunday',
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
};
const positions = ['Last', '', 'First', 'Second', 'Third', 'Fourth'];

function recurrenceOf(rule: string, startText: string): Recurrence {
  const parts = Object.fromEntries(rule.split(';').map((part) => part.split('=', 2)));
  const start = dayFrom(startText);
  const recurrence: Recurrence = {
    pattern: patternOf(parts, startText),
    start,
    ...(parts['COUNT'] !== undefined && { count: Number(parts['COUNT']) }),
    ...(parts['UNTIL'] !== undefined && {
      end: dayFrom(timeText({ name: '', parameters: {}, value: parts['UNTIL'] })),
    }),
  };
  const [first = start] = daysOf(recurrence);
  return { ...recurrence, start: first };
}

function patternOf(parts: Readonly<Record<string, string | undefined>>, startText: string): Pattern {
  const interval = Number(parts['INTERVAL'] ?? 1);
  const at = new Date(`${startText.slice(0, 10)}T00:00:00Z`);
  const byDay = parts['BYDAY'];
  const days = byDay
    ?.split(',')
    .map((one) => weekdays[one.slice(-2)] ?? '')
    .join(' ');
  const position = Number(parts['BYSETPOS'] ?? /^-?\d+/.exec(byDay ?? '')?.[0] ?? 1);
  const positionName = positions[position + 1] ?? 'First';
  const month = Number(parts['BYMONTH'] ?? at.getUTCMonth() + 1) - 1;
  const day = Number(parts['BYMONTHDAY'] ?? at.getUTCDate());
  switch (parts['FREQ'] ?? '') {
    case 'DAILY':
      return { kind: 'daily', interval };
    case 'WEEKLY':
      return {
        kind: 'weekly',
        interval,
        days: days ?? Object.values(weekdays)[at.getUTCDay()] ?? 'Monday',
        firstDay: weekdays[parts['WKST'] ?? 'MO'] ?? 'Monday',
      };
    case 'MONTHLY':
      if (days !== undefined) return { kind: 'monthlyNth', interval, days, position: positionName };
      return { kind: 'monthly', interval, day };
    case 'YEARLY':
      if (days !== undefined) return { kind: 'yearlyNth', days, position: positionName, month };
      return { kind: 'yearly', day, month };
    default:
      throw new EwsError('ErrorUnsupportedRecurrence', `The rule ${parts['FREQ']} is not supported.`);
  }
}

function attendeeOf({ parameters, value }: Line): Attendee {
  const address = value.replace(/^mailto:/i, '');
  return { address, name: parameters['CN'] ?? address, response: 'Unknown' };
}

function linesOf(text: string): readonly Line[] {
  const unfolded = text.replace(/\r?\n[ \t]/g, '');
  return unfolded.split(/\r?\n/).flatMap((line) => {
    const [, name, parameters = '', value = ''] =
      /^([A-Za-z0-9-]+)((?:;[^:;=]+=(?:"[^"]*"|[^:;]*))*):(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...parameters.matchAll(/;([^=;]+)=("[^"]*"|[^;]*)/g)].map(([, key = '', given = '']) => [
      key.toUpperCase(),
      given.replaceAll('"', ''),
    ]);
    return [{ name: name.toUpperCase(), parameters: Object.fromEntries(pairs), value }];
  });
}
