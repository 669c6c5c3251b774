/**
 * A VTIMEZONE of a client in a form that harms nobody who reads it: offsets, beginnings and plain yearly rules.
 *
 * It may say anything otherwise: text that is nobody's business, or a rule with a change every second, in which readers
 * that expand it lose themselves.
 */
import type { Component, Property } from '../component.ts';
import { contentLine, parseDateTime, parsePeriod, splitList, textLine } from '../value.ts';
import { tzidOf } from '../zone-tzid.ts';
import { datesIn, maxDates, observancesOf } from './zone-vtimezone.ts';

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
 * Nothing for one that says no offset or no beginning, as readers of zones pass it over, too; an offset before it that is
 * none is the one behind it.
 */
function observanceText(observance: Component, room: Room): string {
  const [start, to, from] = ['DTSTART', 'TZOFFSETTO', 'TZOFFSETFROM'].map((name) => observance.first(name));
  if (!start || !to || !areDates(start) || start.rawValue.trim() === '' || !isOffset(to)) return '';
  const time = /T(\d\d)(\d\d)(\d\d)/i.exec(start.rawValue);
  let lines = `BEGIN:${observance.name}\r\n`;
  if (!from || !isOffset(from)) lines += contentLine('TZOFFSETFROM', strictOffset(to.rawValue));
  for (const property of observance.properties) {
    const { name, rawValue } = property;
    if (name === 'RRULE') {
      const rule = rawValue.length > maxLength ? '' : ruleOfDays(rawValue, time);
      if (isYearly(rule)) lines += contentLine(name, rule);
    } else if (name === 'RDATE') {
      const dates = datesIn(rawValue, room.dates);
      room.dates -= dates.length;
      if (dates.length > 0 && dates.every(isDate)) lines += contentLine(name, dates.join());
    } else if (name === 'TZNAME') {
      if (rawValue.length <= maxLength && room.names-- > 0) lines += contentLine(name, rawValue);
    } else if (rawValue.length <= maxLength && allowed.get(name)?.(property))
      lines += contentLine(name, strictValue(name, rawValue));
  }
  return `${lines}END:${observance.name}\r\n`;
}

/** What a definition may still say. */
interface Room {
  dates: number;
  names: number;
}

/** Two for each observance that is read: names in one or more languages. */
const maxNames = 1_000;
/** Characters of a name, an offset or a rule. */
const maxLength = 1_000;

/** Lotus Notes repeats the time of DTSTART in each rule, of which readers make other times or refuse the rule. */
function ruleOfDays(rule: string, time: RegExpExecArray | null): string {
  const [, hour, minute, second] = (time ?? []).map(Number);
  return rule
    .split(';')
    .filter((part) => {
      const [, name = '', value] = /^(BYHOUR|BYMINUTE|BYSECOND)=(\d{1,2})$/i.exec(part) ?? [];
      const said = { BYHOUR: hour, BYMINUTE: minute, BYSECOND: second }[name.toUpperCase()];
      return said === undefined || said !== Number(value);
    })
    .join(';');
}

type Test = (property: Property) => boolean;

/** As `parseOffset` reads them, colons and a missing sign too; of those some readers refuse the whole feed. */
const offset = /^\s*([+-]?)(\d{2}):?(\d{2}):?(\d{2})?\s*$/;

const isOffset: Test = ({ rawValue }) => offset.test(rawValue);

function strictValue(name: string, rawValue: string): string {
  if (name.startsWith('TZOFFSET')) return strictOffset(rawValue);
  // A beginning is a local time, whatever it looks like (RFC 5545 §3.6.5).
  return name === 'DTSTART' ? rawValue.trim().replace(/z$/i, '') : rawValue;
}

function strictOffset(rawValue: string): string {
  return rawValue.replace(offset, (_, sign: string, hours: string, minutes: string, seconds = '') => {
    return `${sign || '+'}${hours}${minutes}${String(seconds)}`;
  });
}

const isDate = (value: string): boolean => (parseDateTime(value) ?? parsePeriod(value)) !== undefined;

const areDates: Test = ({ rawValue }) => rawValue.length <= maxLength && splitList(rawValue).every(isDate);

/** One month and one weekday or some days of it, as outlook.md §17.3 has it and as all real zones are. */
const yearly =
  /^(FREQ=YEARLY|BYMONTH=\d{1,2}|BYDAY=[+-]?\d(MO|TU|WE|TH|FR|SA|SU)|BYDAY=(MO|TU|WE|TH|FR|SA|SU)|BYMONTHDAY=[\d,+-]{1,30}|UNTIL=\w+|WKST=\w\w|INTERVAL=1|COUNT=\d{1,4})$/i;

const isYearly = (rule: string): boolean => {
  const parts = rule.split(';').filter((part) => part !== '');
  const names = parts.map((part) => part.slice(0, part.indexOf('=')).toUpperCase());
  const month = names.includes('BYMONTH') || !names.some((name) => name.startsWith('BY'));
  return parts.every((part) => yearly.test(part)) && names.includes('FREQ') && month;
};

const allowed: ReadonlyMap<string, Test> = new Map([
  ['DTSTART', areDates],
  ['TZOFFSETFROM', isOffset],
  ['TZOFFSETTO', isOffset],
]);
