/** The iCalendar form of items, which some clients read and write in place of properties (MimeContent). */

import { utc } from './markup.ts';
import { dateOf, type Pattern, type Recurrence } from './recurrence.ts';
import type { Attendee, Content } from './store.ts';
import { instance, type View } from './views.ts';
import { transitionsIn, utcZone, wallClock, type Zone } from './zones.ts';

/** base64 of the item's MIME form; of calendar items it is an iCalendar object. */
export function mimeOf(view: View): string {
  return Buffer.from(view.item.mime ?? icalendar(view), 'utf8').toString('base64');
}

function icalendar(view: View): string {
  const { item } = view;
  const lines = ['BEGIN:VCALENDAR', 'METHOD:PUBLISH', 'PRODID:Microsoft Exchange Server 2010', 'VERSION:2.0'];
  lines.push(...timezone(item.zones?.start), ...event(view));
  if (view.kind === 'RecurringMaster')
    for (const day of item.exceptions?.keys() ?? []) lines.push(...event(instance(item, day)));
  lines.push('END:VCALENDAR', '');
  return lines.map(fold).join('\r\n');
}

function event(view: View): string[] {
  const { item, content, kind } = view;
  const zone = item.zones?.start ?? utcZone();
  const date = (at: number): string =>
    new Date(wallClock(zone, at)).toISOString().slice(0, 10).replaceAll('-', '');
  const time = (name: string, at: number): string =>
    content.allDay
      ? `${name};VALUE=DATE:${date(at)}`
      : zone.id === 'UTC'
        ? `${name}:${compact(at)}`
        : `${name};TZID=${zone.id}:${compact(wallClock(zone, at)).slice(0, -1)}`;
  const lines = ['BEGIN:VEVENT', `UID:${item.uid}`, `DTSTAMP:${compact(item.modified)}`];
  if (view.originalStart !== undefined && kind !== 'RecurringMaster')
    lines.push(time('RECURRENCE-ID', view.originalStart));
  lines.push(time('DTSTART', content.start), time('DTEND', content.end));
  lines.push(`SUMMARY:${escape(content.subject ?? '')}`);
  if (content.body) lines.push(`DESCRIPTION:${escape(content.body.text)}`);
  if (content.location !== undefined) lines.push(`LOCATION:${escape(content.location)}`);
  if (kind === 'RecurringMaster' && item.recurrence) {
    lines.push(`RRULE:${rule(item.recurrence)}`);
    for (const day of item.deleted ?? []) lines.push(time('EXDATE', instance(item, day).content.start));
  }
  lines.push(`CLASS:${(content.sensitivity ?? 'Normal') === 'Normal' ? 'PUBLIC' : 'PRIVATE'}`);
  lines.push(`TRANSP:${content.busy === 'Free' ? 'TRANSPARENT' : 'OPAQUE'}`);
  lines.push(`X-MICROSOFT-CDO-BUSYSTATUS:${(content.busy ?? 'Busy').toUpperCase()}`);
  lines.push(`X-MICROSOFT-CDO-ALLDAYEVENT:${content.allDay ? 'TRUE' : 'FALSE'}`);
  lines.push(`SEQUENCE:${item.meeting?.sequence ?? 0}`);
  if (item.meeting?.sent) {
    lines.push(`ORGANIZER;CN=${item.meeting.organizer.name}:mailto:${item.meeting.organizer.address}`);
    lines.push(
      ...attendees(content.required, 'REQ-PARTICIPANT'),
      ...attendees(content.optional, 'OPT-PARTICIPANT'),
    );
  }
  if (content.reminderSet)
    lines.push(
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:REMINDER',
      `TRIGGER;RELATED=START:-PT${content.reminderMinutes ?? 15}M`,
      'END:VALARM',
    );
  return [...lines, 'END:VEVENT'];
}

/** A VTIMEZONE of the zone's rules as they are this year. */
function timezone(zone: Zone | undefined): string[] {
  if (!zone || zone.id === 'UTC') return [];
  const changes = transitionsIn(zone, 2026);
  const standard = Math.min(...changes.map(({ after }) => after), zone.offset(Date.UTC(2026, 0, 1)));
  const observances =
    changes.length === 0
      ? observance('STANDARD', standard, standard, '16010101T000000')
      : changes.flatMap(({ at, before, after }) => {
          const wall = new Date(at + before);
          const weekday = codes[wall.getUTCDay()] ?? 'SU';
          const last =
            wall.getUTCDate() + 7 > new Date(Date.UTC(2026, wall.getUTCMonth() + 1, 0)).getUTCDate();
          const rule = `RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=${last ? -1 : Math.ceil(wall.getUTCDate() / 7)}${weekday};BYMONTH=${wall.getUTCMonth() + 1}`;
          const start = `16010101T${wall.toISOString().slice(11, 19).replaceAll(':', '')}`;
          return observance(after === standard ? 'STANDARD' : 'DAYLIGHT', before, after, start, rule);
        });
  return ['BEGIN:VTIMEZONE', `TZID:${zone.id}`, ...observances, 'END:VTIMEZONE'];
}

function observance(kind: string, before: number, after: number, start: string, rule?: string): string[] {
  const offset = (ms: number): string => {
    const minutes = Math.abs(ms) / 60_000;
    const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
    return `${ms < 0 ? '-' : '+'}${two(minutes / 60)}${two(minutes % 60)}`;
  };
  return [
    `BEGIN:${kind}`,
    `DTSTART:${start}`,
    `TZOFFSETFROM:${offset(before)}`,
    `TZOFFSETTO:${offset(after)}`,
    ...(rule === undefined ? [] : [rule]),
    `END:${kind}`,
  ];
}

function attendees(people: Content['required'] = [], role: string): string[] {
  const status: Readonly<Record<Attendee['response'], string>> = {
    Unknown: 'NEEDS-ACTION',
    NoResponseReceived: 'NEEDS-ACTION',
    Organizer: 'ACCEPTED',
    Accept: 'ACCEPTED',
    Tentative: 'TENTATIVE',
    Decline: 'DECLINED',
  };
  return people.map(
    ({ name, address, response }) =>
      `ATTENDEE;ROLE=${role};PARTSTAT=${status[response]};RSVP=TRUE;CN=${name}:mailto:${address}`,
  );
}

function compact(at: number): string {
  return utc(at).replace(/[-:]/g, '');
}

function escape(value: string): string {
  return value.replace(/([\\;,])/g, '\\$1').replace(/\r?\n/g, '\\n');
}

function fold(line: string): string {
  return line.replace(/(.{70})(?=.)/gu, '$1\r\n ');
}

const codes = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const byName: Readonly<Record<string, string>> = {
  Sunday: 'SU',
  Monday: 'MO',
  Tuesday: 'TU',
  Wednesday: 'WE',
  Thursday: 'TH',
  Friday: 'FR',
  Saturday: 'SA',
  Day: codes.join(),
  Weekday: 'MO,TU,WE,TH,FR',
  WeekendDay: 'SU,SA',
};

function rule({ pattern, end, count }: Recurrence): string {
  const until = end === undefined ? '' : `;UNTIL=${dateOf(end).replaceAll('-', '')}T235959Z`;
  return `${ruleOf(pattern)}${count === undefined ? until : `;COUNT=${count}`}`;
}

function ruleOf(pattern: Pattern): string {
  const days = (text: string): string =>
    text
      .split(/\s+/)
      .map((one) => byName[one] ?? '')
      .join();
  const position = (name: string): number =>
    name === 'Last' ? -1 : ['First', 'Second', 'Third', 'Fourth'].indexOf(name) + 1;
  switch (pattern.kind) {
    case 'daily':
      return `FREQ=DAILY;INTERVAL=${pattern.interval}`;
    case 'weekly':
      return `FREQ=WEEKLY;INTERVAL=${pattern.interval};BYDAY=${days(pattern.days)};WKST=${byName[pattern.firstDay] ?? 'SU'}`;
    case 'monthly':
      return `FREQ=MONTHLY;INTERVAL=${pattern.interval};BYMONTHDAY=${pattern.day}`;
    case 'monthlyNth':
      return `FREQ=MONTHLY;INTERVAL=${pattern.interval};BYDAY=${days(pattern.days)};BYSETPOS=${position(pattern.position)}`;
    case 'yearly':
      return `FREQ=YEARLY;BYMONTH=${pattern.month + 1};BYMONTHDAY=${pattern.day}`;
    case 'yearlyNth':
    default:
      return `FREQ=YEARLY;BYMONTH=${pattern.month + 1};BYDAY=${days(pattern.days)};BYSETPOS=${position(pattern.position)}`;
  }
}
