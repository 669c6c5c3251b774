/** A repetition in words. What the form cannot express is shown as its rule. */
import type { MessageKey } from '../../i18n/messages/en.ts';
import type { CustomRepeat, Repeat, Weekday } from '../../portal/api.ts';
import { formatDay, formatWall } from '../dates.ts';
import { t } from '../text.ts';
import { repeatValues, weekdays } from './form-values.ts';

export function repeatText(repeat: Repeat | CustomRepeat, start: string): string {
  if ('rule' in repeat) return `${t('repeatCustom')}: ${repeat.rule}`;
  const n = repeat.interval;
  const isWeekdays = repeatValues(repeat).repeat === 'weekdays';
  const usual = isWeekdays ? 'repeatWeekdays' : single[repeat.frequency];
  const every = n === 1 ? t(usual) : t(several[repeat.frequency], { n });
  const days = isWeekdays ? '' : (repeat.weekdays ?? []).map((day) => weekdayName(day, 'short')).join(', ');
  const on =
    typeof repeat.monthly === 'object'
      ? inSentence(nthText(repeat.monthly.nth, repeat.monthly.weekday))
      : days;
  const ends =
    repeat.ends.is === 'on'
      ? t('untilDay', { day: formatDay(repeat.ends.date) })
      : repeat.ends.is === 'after'
        ? t('times', { n: repeat.ends.count })
        : '';
  const month = repeat.frequency === 'yearly' ? formatWall(start, { day: 'numeric', month: 'long' }) : '';
  return [every, on, month, ends].filter((part) => part !== '').join(', ');
}

const single = {
  daily: 'repeatDaily',
  weekly: 'repeatWeekly',
  monthly: 'repeatMonthly',
  yearly: 'repeatYearly',
} as const satisfies Record<Repeat['frequency'], MessageKey>;

const several = {
  daily: 'everyDays',
  weekly: 'everyWeeks',
  monthly: 'everyMonths',
  yearly: 'everyYears',
} as const satisfies Record<Repeat['frequency'], MessageKey>;

/** Without the capital letter of a label of its own. */
function inSentence(text: string): string {
  return text.slice(0, 1).toLocaleLowerCase() + text.slice(1);
}

export function weekdayName(day: Weekday, length: 'short' | 'long' | 'narrow'): string {
  // 5 January 2026 was a Monday.
  return formatWall(`2026-01-${String(5 + weekdays.indexOf(day)).padStart(2, '0')}`, { weekday: length });
}

export function nthText(nth: number, weekday: Weekday): string {
  const day = weekdayName(weekday, 'long');
  const keys: Readonly<Record<number, MessageKey>> = {
    1: 'nth1',
    2: 'nth2',
    3: 'nth3',
    4: 'nth4',
    [-1]: 'nthLast',
  };
  // The form offers no other; a rule with another one is shown as it is.
  const key = keys[nth];
  return key === undefined ? `${nth}. ${day}` : t(key, { day });
}
