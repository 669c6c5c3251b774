/**
 * Series that Outlook does not take from a feed, as single events (outlook.md §17.3).
 *
 * Outlook knows the rules that its own dialog can make; a feed with any other is shown without that series, or not at all.
 */
import { type Instance, instances } from '../instances/instances.ts';
import type { CalendarObject } from '../object.ts';
import { parseRecurrenceRule, type RecurrenceRule, type WeekdayNumber } from '../recurrence/recur-rule.ts';
import type { TimeRange } from '../time.ts';
import type { Zone } from '../zones/timezone.ts';

/** Single events of one series. */
const maxEvents = 1_000;
/** What all of one feed may grow by; series that do not fit any more stay series. */
const maxBytes = 16 * 1024 * 1024;

/** Takes the series of one feed apart. */
export class SingleEvents {
  private readonly range: TimeRange;
  private readonly zone: Zone;
  private bytesLeft = maxBytes;

  /** Instances within `range` become events; it is finite. */
  constructor(range: TimeRange, zone: Zone) {
    this.range = range;
    this.zone = zone;
  }

  /** The events that an object has to become; `undefined`: it can stay what it is. */
  of(object: CalendarObject): readonly Instance[] | undefined {
    if (isForOutlook(object)) return undefined;
    const maxInstances = Math.min(maxEvents, Math.floor(this.bytesLeft / object.bytes.length));
    if (maxInstances === 0) return undefined;
    const found = [...instances(object, this.range, { zone: this.zone, maxInstances })];
    this.bytesLeft -= found.length * object.bytes.length;
    return found;
  }
}

function isForOutlook({ kind, master, overrides }: CalendarObject): boolean {
  if (kind !== 'VEVENT' || !master) return true;
  const rules = master.all('RRULE');
  const isPlain = master.all('RDATE').length === 0 && master.all('EXRULE').length === 0 && rules.length < 2;
  if (!isPlain || overrides.some((one) => one.first('RECURRENCE-ID')?.param('RANGE') !== undefined)) {
    return false;
  }
  return rules.every(({ rawValue }) => isOutlookRule(rawValue));
}

/** Whether Outlook's dialog has a rule. A text that is no rule is nothing to be taken apart. */
export function isOutlookRule(text: string): boolean {
  const { rule } = parseRecurrenceRule(text);
  if (!rule) return true;
  const { frequency, byDay, byMonth, byMonthDay, bySetPos } = rule;
  if (rule.bySecond ?? rule.byMinute ?? rule.byHour ?? rule.byYearDay ?? rule.byWeekNo) return false;
  if (rule.skip !== 'OMIT') return false;
  switch (frequency) {
    case 'DAILY':
      return (byDay ?? byMonth ?? byMonthDay ?? bySetPos) === undefined;
    case 'WEEKLY':
      return (byMonth ?? byMonthDay ?? bySetPos) === undefined && everyOrdinal(byDay, 0);
    case 'MONTHLY':
      return byMonth === undefined && isInMonth(rule);
    case 'YEARLY':
      // Without a month these would be days of every month, or count through the year.
      return (byMonth?.length === 1 || (byMonth ?? byDay ?? byMonthDay) === undefined) && isInMonth(rule);
    case 'HOURLY':
    case 'MINUTELY':
    case 'SECONDLY':
    default:
      return false;
  }
}

function everyOrdinal(days: readonly WeekdayNumber[] | undefined, wanted: number): boolean {
  return days === undefined || days.every(({ ordinal }) => ordinal === wanted);
}

/** One day of the month, or the first to the fourth or last of a weekday or a kind of day. */
function isInMonth({ byDay, byMonthDay, bySetPos }: RecurrenceRule): boolean {
  if (!byDay) return bySetPos === undefined && (byMonthDay === undefined || isOneDay(byMonthDay));
  const [first, ...others] = byDay;
  if (byMonthDay || !first) return false;
  if (!bySetPos) return others.length === 0 && places.has(first.ordinal);
  const [place = 0, ...more] = bySetPos;
  if (more.length > 0 || !places.has(place) || !everyOrdinal(byDay, 0)) return false;
  const days = byDay.map(({ weekday }) => weekday).sort((a, b) => a - b);
  return days.length === 1 || daySets.has(days.join(''));
}

function isOneDay(days: readonly number[]): boolean {
  return days.length === 1 && (days[0] ?? 0) >= -1;
}

const places: ReadonlySet<number> = new Set([1, 2, 3, 4, -1]);

/** All days, working days, the weekend; Monday is 0. */
const daySets: ReadonlySet<string> = new Set(['0123456', '01234', '56']);
