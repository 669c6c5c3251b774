/** Eras of a zone as a VTIMEZONE of our own, for a zone that no IANA name stands for (exchange.md 12.2; RFC 5545 §3.6.5). */
import { createHash } from 'node:crypto';
import { dateOf, yearOf } from '../../../icalendar/recurrence/recur-calendar.ts';
import { weekdayNames } from '../../../icalendar/recurrence/recur-rule.ts';
import { dayMs, type Instant, instant, localTime } from '../../../icalendar/time.ts';
import { contentLine, formatLocal, formatUtc } from '../../../icalendar/value.ts';
import { changeIn, type Era, type EraChange } from './zone-eras.ts';

/** Where an era begins that is open to the past. */
const firstYear = 1970;

/** The name under which such a zone is kept, and its definition. What they say of the clock decides both. */
export function customZone(eras: readonly Era[]): { readonly name: string; readonly text: string } {
  const observances = eras.flatMap((era, index) => eraLines(era, eras[index - 1], eras[index + 1])).join('');
  const digest = createHash('sha256').update(observances).digest('hex').slice(0, 8);
  const name = `Custom ${offsetText(eras[0]?.offset ?? 0)} ${digest}`;
  return {
    name,
    text: `${contentLine('BEGIN', 'VTIMEZONE')}${contentLine('TZID', name)}${observances}${contentLine('END', 'VTIMEZONE')}`,
  };
}

function eraLines(era: Era, before: Era | undefined, next: Era | undefined): readonly string[] {
  const from = era.from ?? instant(Date.UTC(firstYear, 0, 1) - era.offset);
  const until = next?.from ?? null;
  const year = yearOf(dateOf(Math.floor((from + era.offset) / dayMs)));
  const earlier = before ? (before.changes.at(-1)?.offsetTo ?? before.offset) : era.offset;
  const inForce = era.changes.findLast((change) => changeIn(change, year) < from)?.offsetTo ?? era.offset;
  const opening =
    era.changes.length === 0 || inForce !== earlier
      ? [observance('STANDARD', from, earlier, inForce, undefined)]
      : [];
  return [...opening, ...era.changes.flatMap((change) => changeLines(change, era, from, year, until))];
}

function changeLines(
  change: EraChange,
  era: Era,
  from: Instant,
  year: number,
  until: Instant | null,
): readonly string[] {
  const first = changeIn(change, year) < from ? changeIn(change, year + 1) : changeIn(change, year);
  if (until !== null && first >= until) return [];
  const base = Math.min(era.offset, ...era.changes.map(({ offsetTo }) => offsetTo));
  const rule = `FREQ=YEARLY;BYMONTH=${change.month};${dayText(change)}`;
  const end = until === null ? '' : `;UNTIL=${formatUtc(instant(until - 1000))}`;
  const kind = change.offsetTo > base ? 'DAYLIGHT' : 'STANDARD';
  return [observance(kind, first, change.offsetFrom, change.offsetTo, rule + end)];
}

function dayText({ day }: EraChange): string {
  if ('date' in day) return `BYMONTHDAY=${day.date}`;
  return `BYDAY=${day.ordinal}${weekdayNames[day.weekday] ?? ''}`;
}

function observance(
  kind: 'STANDARD' | 'DAYLIGHT',
  at: Instant,
  offsetFrom: number,
  offsetTo: number,
  rule: string | undefined,
): string {
  return [
    contentLine('BEGIN', kind),
    contentLine('DTSTART', formatLocal(localTime(at + offsetFrom))),
    contentLine('TZOFFSETFROM', offsetText(offsetFrom)),
    contentLine('TZOFFSETTO', offsetText(offsetTo)),
    rule === undefined ? '' : contentLine('RRULE', rule),
    contentLine('END', kind),
  ].join('');
}

/** `+0130` */
function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  return `${offset < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}${String(minute).padStart(2, '0')}`;
}
