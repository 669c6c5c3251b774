/** Where other engines are known to differ from RFC 5545 as we read it; docs/recurrence.md has the same table in words. */
import type { LocalTime } from '../../src/icalendar/time.ts';

export interface Difference {
  readonly engine: string;
  readonly about: string;
  /** `start` is DTSTART, for those that do not depend on the rule alone. */
  readonly applies: (rule: string, start?: LocalTime) => boolean;
}

const has = (rule: string, part: string): boolean => rule.includes(`${part}=`);
const belowDaily = /FREQ=(?:HOURLY|MINUTELY|SECONDLY)/;

const differences: readonly Difference[] = [
  {
    engine: 'python-dateutil',
    about: 'BYWEEKNO without BYDAY means all seven days, not the weekday of DTSTART',
    applies: (rule) => has(rule, 'BYWEEKNO') && !has(rule, 'BYDAY'),
  },
  {
    engine: 'python-dateutil',
    about:
      'BYWEEKNO counts a week at the turn of the year to the year of each day, not to the year it is numbered in',
    applies: (rule) => has(rule, 'BYWEEKNO') && (has(rule, 'INTERVAL') || has(rule, 'BYSETPOS')),
  },
  {
    engine: 'python-dateutil',
    about: 'a BYDAY list with and without ordinals is an intersection of both kinds, not one list',
    applies: (rule) => /BYDAY=[^;]*\d/.test(rule) && /BYDAY=(?:[^;]*,)?[A-Z]/.test(rule),
  },
  {
    engine: 'python-dateutil',
    about:
      'in the week of DTSTART, BYSETPOS chooses among the days from DTSTART on, not among those of the week',
    applies: (rule) => rule.includes('FREQ=WEEKLY') && has(rule, 'BYSETPOS'),
  },
  {
    engine: 'rrule-rust',
    about: 'BYWEEKNO counts a week at the turn of the year to the year of each day, with BYDAY too',
    applies: (rule) => has(rule, 'BYWEEKNO'),
  },
  {
    engine: 'rrule-temporal',
    about: 'BYDAY does not limit BYYEARDAY',
    applies: (rule) => has(rule, 'BYYEARDAY') && has(rule, 'BYDAY'),
  },
  {
    engine: 'rrule-temporal',
    about: 'in a yearly BYDAY list with ordinals, entries without one are left out',
    applies: (rule) =>
      rule.includes('FREQ=YEARLY') && /BYDAY=[^;]*\d/.test(rule) && /BYDAY=(?:[^;]*,)?[A-Z]/.test(rule),
  },
  {
    engine: 'rrule-temporal',
    about: 'SKIP moves no day of BYMONTHDAY in a monthly rule, and in a yearly one the first of a list only',
    applies: (rule) => /SKIP=(?:BACKWARD|FORWARD)/.test(rule) && has(rule, 'BYMONTHDAY'),
  },
  {
    engine: 'libical',
    about:
      'WEEKLY counts INTERVAL from another week than that of DTSTART when the rule does not name its day',
    applies: (rule) => rule.includes('FREQ=WEEKLY') && has(rule, 'INTERVAL'),
  },
  {
    engine: 'libical',
    about: 'BYSETPOS is ignored, or applied to days and not to times',
    applies: (rule) => has(rule, 'BYSETPOS'),
  },
  {
    engine: 'libical',
    about: 'YEARLY with BYMONTHDAY and without BYMONTH keeps to the month of DTSTART',
    applies: (rule) => rule.includes('FREQ=YEARLY') && has(rule, 'BYMONTHDAY') && !has(rule, 'BYMONTH'),
  },
  {
    engine: 'libical',
    about: 'negative days of the month or year are not seen where they limit (DAILY and below)',
    applies: (rule) =>
      (belowDaily.test(rule) || rule.includes('FREQ=DAILY')) && /BY(?:MONTH|YEAR)DAY=(?:[^;]*,)?-/.test(rule),
  },
  {
    engine: 'libical',
    about: 'below DAILY, a limiting part restarts the phase of INTERVAL or keeps that of DTSTART',
    applies: (rule) =>
      belowDaily.test(rule) && /BY(?:HOUR|MINUTE|SECOND|MONTH|DAY|MONTHDAY|YEARDAY)=/.test(rule),
  },
  {
    engine: 'libical',
    about: 'BYWEEKNO is counted from other days than WKST gives',
    applies: (rule) => has(rule, 'BYWEEKNO'),
  },
  {
    engine: 'ical.js',
    about: 'YEARLY without a part from a 29 February on gives 1 March in years that have no such day',
    applies: (rule, start) =>
      /^FREQ=YEARLY(?:;INTERVAL=\d+)?$/.test(rule) && start !== undefined && isLeapDay(start),
  },
];

function isLeapDay(start: LocalTime): boolean {
  const day = new Date(start);
  return day.getUTCMonth() === 1 && day.getUTCDate() === 29;
}

/** Why `engine` may answer `rule` otherwise; `undefined` if it should not. */
export function knownDifference(engine: string, rule: string, start?: LocalTime): Difference | undefined {
  return differences.find((difference) => difference.engine === engine && difference.applies(rule, start));
}
