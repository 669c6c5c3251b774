/**
 * A VTIMEZONE of a client in a form that harms nobody who reads it: offsets, beginnings and plain yearly rules.
 *
 * It may say anything otherwise: text that is nobody's business, or a rule with a change every second, in which readers
 * that expand it lose themselves.
 */
import type { Component } from '../component.ts';
import { instant, type LocalTime, localTime } from '../time.ts';
import { contentLine, formatLocal, formatUtc, parseDateTime, textLine } from '../value.ts';
import { tzidOf } from '../zone-tzid.ts';
import {
  datesIn,
  endOfDay,
  formatOffset,
  maxDates,
  observancesOf,
  onsetOf,
  parseOffset,
  startOf,
} from './zone-vtimezone.ts';

/**
 * The definition in wire form, as much of it as is read here (zone-vtimezone.ts). An observance whose rule is none of a time
 * zone holds from its start on.
 */
export function customZoneText(zone: Component): string {
  let lines = 'BEGIN:VTIMEZONE\r\n';
  const tzid = tzidOf(zone);
  if (tzid !== undefined) lines += textLine('TZID', tzid);
  const room: Room = { dates: maxDates, names: maxNames };
  for (const observance of observancesOf(zone)) lines += observanceText(observance, room);
  return `${lines}END:VTIMEZONE\r\n`;
}

/**
 * Nothing for one that says no offset, or begins at no date, as readers of zones pass it over, too; an offset before it that
 * is none is the one behind it.
 */
function observanceText(observance: Component, room: Room): string {
  const [from, to] = ['TZOFFSETFROM', 'TZOFFSETTO'].map((name) =>
    parseOffset(observance.first(name)?.rawValue.slice(0, maxLength) ?? ''),
  );
  const start = startOf(observance);
  if (start === undefined || to === undefined) return '';
  const before = from ?? to;
  let lines = `BEGIN:${observance.name}\r\n${contentLine('DTSTART', formatLocal(start))}`;
  lines += contentLine('TZOFFSETFROM', formatOffset(before)) + contentLine('TZOFFSETTO', formatOffset(to));
  let dates = '';
  for (const { name, rawValue } of observance.properties) {
    if (name === 'RRULE') {
      const rule = rawValue.length > maxLength ? '' : ruleOf(rawValue, start, before);
      if (isYearly(rule)) lines += contentLine(name, rule);
    } else if (name === 'RDATE') {
      const values = datesIn(rawValue, room.dates);
      room.dates -= values.length;
      for (const value of values) dates += dateLine(value, start, before);
    } else if (name === 'TZNAME' && rawValue.length <= maxLength && room.names-- > 0)
      lines += contentLine(name, rawValue);
  }
  // As in vtimezone.ts: some readers ignore DTSTART if there are RDATEs, and read one date of each RDATE line.
  if (dates !== '') lines += contentLine('RDATE', formatLocal(start)) + dates;
  return `${lines}END:${observance.name}\r\n`;
}

/** A day takes its time from DTSTART; what is no date is passed over, and DTSTART itself, which is written before. */
function dateLine(text: string, start: LocalTime, offsetFrom: number): string {
  const value = parseDateTime(text);
  const onset = value && localTime(onsetOf(value, start, offsetFrom) + offsetFrom);
  return onset === undefined || onset === start ? '' : contentLine('RDATE', formatLocal(onset));
}

/** How much a definition may still have. */
interface Room {
  dates: number;
  names: number;
}

/** Two for each observance that is read: names in one or more languages. */
const maxNames = 1_000;
/** Characters of a name, an offset or a rule. */
const maxLength = 1_000;

/**
 * Lotus Notes repeats the time of DTSTART in each rule, of which readers make other times or refuse the rule; and a rule ends
 * in UTC here, which others take for nothing else (RFC 5545 §3.3.10).
 */
function ruleOf(text: string, start: LocalTime, offsetFrom: number): string {
  const clock = new Date(start);
  const said = {
    BYHOUR: clock.getUTCHours(),
    BYMINUTE: clock.getUTCMinutes(),
    BYSECOND: clock.getUTCSeconds(),
  };
  return text
    .split(';')
    .filter((part) => {
      const [, name = '', value] = /^(BYHOUR|BYMINUTE|BYSECOND)=(\d{1,2})$/i.exec(part) ?? [];
      return Object.entries(said).every(([by, time]) => by !== name.toUpperCase() || time !== Number(value));
    })
    .map((part) => {
      const until = /^UNTIL=/i.test(part) ? parseDateTime(part.slice('UNTIL='.length)) : undefined;
      return until ? `UNTIL=${formatUtc(instant(onsetOf(until, endOfDay, offsetFrom)))}` : part;
    })
    .join(';');
}

/** One month and one weekday or some days of it, as outlook.md §17.3 has it and as all real zones are. */
const yearly =
  /^(FREQ=YEARLY|BYMONTH=\d{1,2}|BYDAY=[+-]?\d(MO|TU|WE|TH|FR|SA|SU)|BYDAY=(MO|TU|WE|TH|FR|SA|SU)|BYMONTHDAY=[\d,+-]{1,30}|UNTIL=\w+|WKST=\w\w|INTERVAL=1|COUNT=\d{1,4})$/i;

const isYearly = (rule: string): boolean => {
  const parts = rule.split(';').filter((part) => part !== '');
  const names = parts.map((part) => part.slice(0, part.indexOf('=')).toUpperCase());
  const month = names.includes('BYMONTH') || !names.some((name) => name.startsWith('BY'));
  return parts.every((part) => yearly.test(part)) && names.includes('FREQ') && month;
};
