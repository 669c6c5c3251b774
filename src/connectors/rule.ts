/** RRULE values in one spelling, so that two rules that say the same are the same text (RFC 5545 §3.3.10). */
import {
  parseRecurrenceRule,
  type RecurrenceRule,
  weekdayNames,
} from '../icalendar/recurrence/recur-rule.ts';
import { formatDateTime } from '../icalendar/value.ts';

/**
 * Parts in a fixed order, lists sorted, defaults left out. What our reader does not understand (another calendar than the
 * Gregorian) stays as it is, in upper case.
 */
export function normalRule(text: string): string {
  const { rule } = parseRecurrenceRule(text);
  return rule ? ruleText(rule) : text.trim().toUpperCase();
}

export function ruleText(rule: RecurrenceRule): string {
  const { frequency, interval, count, until, weekStart } = rule;
  const days = rule.byDay
    ?.toSorted((one, other) => one.weekday - other.weekday || one.ordinal - other.ordinal)
    .map(({ weekday, ordinal }) => `${ordinal === 0 ? '' : ordinal}${weekdayNames[weekday] ?? ''}`);
  const parts: readonly (readonly [string, readonly (number | string)[] | number | string | undefined])[] = [
    ['RSCALE', rule.skip === 'OMIT' ? undefined : 'GREGORIAN'],
    ['FREQ', frequency],
    ['INTERVAL', interval === 1 ? undefined : interval],
    ['BYMONTH', rule.byMonth],
    ['BYWEEKNO', rule.byWeekNo],
    ['BYYEARDAY', rule.byYearDay],
    ['BYMONTHDAY', rule.byMonthDay],
    ['BYDAY', days],
    ['BYHOUR', rule.byHour],
    ['BYMINUTE', rule.byMinute],
    ['BYSECOND', rule.bySecond],
    ['BYSETPOS', rule.bySetPos],
    ['COUNT', count],
    // COUNT wins where a careless program writes both.
    ['UNTIL', until === undefined || count !== undefined ? undefined : formatDateTime(until)],
    ['SKIP', rule.skip === 'OMIT' ? undefined : rule.skip],
    ['WKST', weekStart !== 0 && weekMatters(rule) ? weekdayNames[weekStart] : undefined],
  ];
  return parts
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(';');
}

/** The first day of the week changes nothing but these (RFC 5545 §3.3.10, WKST). */
function weekMatters({ frequency, interval, byDay, byWeekNo }: RecurrenceRule): boolean {
  return byWeekNo !== undefined || (frequency === 'WEEKLY' && interval > 1 && byDay !== undefined);
}
