/**
 * Days and wall-clock times as the API writes them (`2026-11-04`, `2026-11-04T09:15:00`), and how people read them.
 *
 * Inside the page a wall-clock time is reckoned as if it were UTC: hours that a change of summer time skips or repeats
 * then need no thought. Which zone it belongs to is said beside it; only `toZone` goes from one to another.
 */
import type { Preferences } from '../portal/api.ts';
import { app } from './state/app-state.ts';
import { locale } from './text.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Milliseconds of a wall-clock time or a day, as if UTC. */
export function wall(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.slice(0, 19)}Z`);
}

export function wallText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return dayText(wall(day.slice(0, 10)) + days * dayMs);
}

/** The same day of another month, or its last one. */
export function addMonths(day: string, months: number): string {
  const from = new Date(wall(day));
  const target = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate();
  return dayText(target + (Math.min(from.getUTCDate(), last) - 1) * dayMs);
}

export function preferences(): Preferences | undefined {
  return app.get().me?.preferences;
}

export function zone(): string {
  return preferences()?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** 1 Monday to 7 Sunday. */
export function firstDay(): number {
  const chosen = preferences()?.firstDay;
  if (chosen) return chosen;
  const where: WithWeek = new Intl.Locale(locale());
  const week = where.getWeekInfo?.() ?? where.weekInfo;
  return week?.firstDay ?? (sundayFirst.includes(where.region ?? '-') ? 7 : 1);
}

/** Firefox knows neither, Safari 17 and Chromium know one of them. */
interface WithWeek extends Intl.Locale {
  readonly getWeekInfo?: () => { readonly firstDay: number };
  readonly weekInfo?: { readonly firstDay: number };
}

/** Where people speak English and begin the week on Sunday (CLDR). */
const sundayFirst = 'AG AS BS BW BZ CA DM GU HK ID IL IN JM KE MH MO MT PH PK PR SG TT UM US VI WS ZA ZW';

export function weekStart(day: string): string {
  const weekday = new Date(wall(day)).getUTCDay();
  return addDays(day, -((weekday - (firstDay() % 7) + 7) % 7));
}

/** What the clock shows now in a zone. */
export function nowIn(timeZone: string): string {
  return wallText(instantToWall(Date.now(), timeZone));
}

export function today(): string {
  return nowIn(zone()).slice(0, 10);
}

/** A wall-clock time of one zone, told by the clock of another. */
export function toZone(text: string, from: string, to: string): string {
  if (from === to) return text;
  const local = wall(text);
  // Twice, because the offset at the guess may be that of the other side of a change.
  let instant = local - (instantToWall(local, from) - local);
  instant = local - (instantToWall(instant, from) - instant);
  return wallText(instantToWall(instant, to));
}

function instantToWall(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const at = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), options);
    formats.set(key, found);
  }
  return found;
}

function hours(): Intl.DateTimeFormatOptions {
  const hour12 = preferences()?.hour12;
  return typeof hour12 === 'boolean' ? { hourCycle: hour12 ? 'h12' : 'h23' } : {};
}

export function formatWall(text: string, options: Intl.DateTimeFormatOptions): string {
  return format({ ...options, timeZone: 'UTC' }).format(wall(text));
}

export function formatTime(text: string): string {
  return formatWall(text, { hour: 'numeric', minute: '2-digit', ...hours() });
}

export function formatDay(text: string): string {
  return formatWall(text.slice(0, 10), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** An instant of the API in the person's zone, as short as it can be told. */
export function formatStamp(stamp: string): string {
  const at = wallText(instantToWall(Date.parse(stamp), zone()));
  if (at.slice(0, 10) === today()) return formatTime(at);
  return `${formatWall(at, { day: 'numeric', month: 'short', year: 'numeric' })}, ${formatTime(at)}`;
}

interface Span {
  readonly start: string;
  readonly end: string;
  readonly minutes?: number;
}

/** The end as the clock would show it had it not been set back. */
export function wallEnd({ start, end, minutes }: Span): number {
  return minutes === undefined ? wall(end) : wall(start) + minutes * minuteMs;
}

/** `9:15 – 10:00`; with the length where the clock does not tell it: it was set back meanwhile. */
export function formatTimes({ start, end, minutes }: Span): string {
  if (minutes === undefined)
    return start === end ? formatTime(start) : `${formatTime(start)} – ${formatTime(end)}`;
  const length = new Intl.NumberFormat(locale(), { style: 'unit', unit: 'minute' }).format(minutes);
  return `${formatTime(start)} – ${formatTime(end)} (${length})`;
}

/** `Mon 2 – Tue 3 Nov 2026`, as the language writes ranges. Ends are exclusive for whole days. */
export function formatSpan(span: Span & { readonly allDay: boolean }): string {
  const { start, end, allDay } = span;
  if (allDay) {
    const last = addDays(end, -1);
    const options: Intl.DateTimeFormatOptions = {
      weekday: 'short',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
    };
    if (last <= start) return formatWall(start, options);
    return format({ ...options, timeZone: 'UTC' }).formatRange(wall(start), wall(last));
  }
  const sameDay = start.slice(0, 10) === end.slice(0, 10);
  if (sameDay) return `${formatDay(start)}, ${formatTimes(span)}`;
  return `${formatDay(start)}, ${formatTime(start)} – ${formatDay(end)}, ${formatTime(end)}`;
}

/** `4 min ago`. */
export function formatAgo(stamp: string): string {
  const seconds = (Date.parse(stamp) - Date.now()) / 1000;
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ];
  for (const [unit, length] of steps)
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  return relative.format(0, 'minute');
}
